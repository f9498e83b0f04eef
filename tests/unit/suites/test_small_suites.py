#!/usr/bin/python3
"""Suites similarity, analogy, sts and neighbours, and the command compare, on data small enough to
work out here. Arguments: the harness program. Needs Python 3 and nothing else."""
import json
import math
import os
import re
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
VECTORS = {
    "car": (1, 0, 0.1), "auto": (0.9, 0.1, 0), "tree": (0, 1, 0), "boy": (0, 0, 1), "lad": (0.1, 0, 0.9),
    "sun": (0.5, 0.5, 0), "moon": (0.4, 0.2, 0.3), "king": (1, 1, 0), "queen": (1, 0, 1), "man": (0, 1, 0.05),
    "woman": (0, 0.05, 1), "kings": (1.1, 1, 0), "twin": (2, 0, 2), "n't": (0.3, 0.3, 0.3),
}
OTHER = {w: (v[1] + 0.2, v[0], v[2] * 0.5) for w, v in VECTORS.items() if w != "lad"}


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def vectors(name, table):
    return write(name, "".join(f"{w} {' '.join(map(str, v))}\n" for w, v in table.items()))


def cosine(u, v):
    return sum(a * b for a, b in zip(u, v)) / math.hypot(*u) / math.hypot(*v)


def ranks(x):
    return [sum(b < a for b in x) + (sum(b == a for b in x) + 1) / 2 for a in x]


def pearson(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    top = sum((a - mx) * (b - my) for a, b in zip(x, y))
    return top / math.sqrt(sum((a - mx)**2 for a in x) * sum((b - my)**2 for b in y))


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done


def run(name, *arguments):
    harness("run", "--out", "out", "--name", name, "--resamples", "50", "--threads", "1", *arguments)
    with open(f"out/{name}.json", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    for row in rows:
        suite, axis, policy = row["suite"], row["split_axis"] or row["split"], row["policy"]
        ways = {way.split(":")[0] for what, way in DECLARED if what == (suite, "split") for way in way.split("\\|")}
        assert axis == "all" or axis in ways or ways & {"NAME", "FOLDER"}, f"{suite} does not declare split {axis}"
        assert policy is None or ((suite, "policy"), policy) in DECLARED, f"{suite} does not declare policy {policy}"
    return rows


def declared():
    """((suite, "split" or "policy"), name), as `harness help --tables` has them."""
    found, what = set(), None
    for line in harness("help", "--tables").stdout.splitlines():
        cells = [cell.strip(" `") for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) > 3 and cells[1] == "suite":
            what = cells[2]
        elif len(cells) > 3:
            found.add(((cells[1], what), cells[2]))
    return found


def value(rows, **wanted):
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def near(a, b, tolerance=1e-6):
    assert abs(a - b) <= tolerance, (a, b)


def test_similarity():
    pairs = [("car", "auto", 9), ("car", "tree", 2), ("Boy", "lad", 8), ("boy", "car", 1), ("sun", "moon", 5),
             ("zebra", "moon", 3), ("king_tree", "queen", 6)]
    write("pairs.tsv", "w1\tw2\tpos\tscore\n" + "".join(
        f"{a}\t{b}\t{'n' if i % 2 else 'v'}\t{s}\n" for i, (a, b, s) in enumerate(pairs)))
    rows = run("similarity", "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "a=glove:a.txt",
               "--embedder", "b=glove:b.txt")
    phrase = [(x + y) / 2 for x, y in zip(VECTORS["king"], VECTORS["tree"])]

    def score(a, b):
        u, v = (phrase if w == "king_tree" else VECTORS.get(w.lower()) for w in (a, b))
        return cosine(u, v) if u and v else None

    scores, gold = [score(a, b) for a, b, _ in pairs], [s for *_, s in pairs]
    known = [i for i, s in enumerate(scores) if s is not None]
    skip = [scores[i] for i in known], [gold[i] for i in known]
    of_a = dict(embedder="a", split="all")
    for policy, (x, y) in {"skip": skip, "zero": ([s or 0 for s in scores], gold)}.items():
        row = value(rows, metric="pearson", policy=policy, **of_a)
        near(row["value"], pearson(x, y))
        assert (row["n"], row["answered"]) == (7, 6)
        near(value(rows, metric="spearman", policy=policy, **of_a)["value"], pearson(ranks(x), ranks(y)))
    near(value(rows, metric="coverage", policy="skip", **of_a)["value"], 6 / 7)
    common = [i for i in known if i != 2]  # b does not know "lad"
    near(value(rows, metric="pearson", policy="common", **of_a)["value"],
         pearson([scores[i] for i in common], [gold[i] for i in common]))
    assert value(rows, metric="pearson", policy="common", **of_a)["answered"] == 5
    assert value(rows, metric="pearson", policy="skip", embedder="a", split="pos:VERB")["n"] == 4
    vectors("c.txt", {w: v for w, v in VECTORS.items() if w not in ("car", "sun")})
    lacking = run("lacking", "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "a=glove:a.txt",
                  "--embedder", "c=glove:c.txt")
    of_c = [0, 1, 3, 4]  # pairs with a car or the sun; both lack the zebra of pair 5
    row = value(lacking, metric="pearson", split="oov-of:c", embedder="a")
    near(row["value"], pearson([scores[i] for i in of_c], [gold[i] for i in of_c]))
    assert (row["n"], row["answered"], row["policy"]) == (5, 4, "skip")
    assert not [r for r in lacking if r["embedder"] == "c" and r["split"] == "oov-of:c"]
    assert value(lacking, metric="pearson", split="oov-of:a", embedder="c")["n"] == 1
    again = run("again", "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "a=glove:a.txt",
                "--embedder", "b=glove:b.txt", "--threads", "2")
    assert again == rows, "figures and intervals depend on the number of threads"


def test_synonyms():
    write("synonyms.tsv", "# id\tpos\ttarget\tchoices\nq1\tn\tcar\ttree\tauto\tboy\tmoon\t2\n"
          "q2\tn\tboy\ttree\tlad\tzebra\tcar\t2\nq3\tn\tzebra\tcar\tauto\tboy\tmoon\t1\nq4\tv\tsun\tcar\tboy\tlad\tmoon\t1\n")
    rows = run("synonyms", "--suite", "similarity", "--dataset", "synonyms.tsv", "--embedder", "a=glove:a.txt")
    skip = value(rows, embedder="a", metric="accuracy", policy="skip", split="all")
    zero = value(rows, embedder="a", metric="accuracy", policy="zero", split="all")
    best = max(["car", "boy", "lad", "moon"], key=lambda w: cosine(VECTORS["sun"], VECTORS[w]))
    right = 1 + (best == "car")
    near(skip["value"], right / 2)
    near(zero["value"], (right + 1) / 4)
    assert (skip["answered"], zero["answered"], skip["n"]) == (2, 3, 4)
    near(value(rows, embedder="baseline", metric="accuracy")["value"], 0.25)


def test_analogy():
    write("questions.txt", ": people\nman king woman queen\nking man queen woman\nzebra king woman queen\n")
    rows = run("analogy", "--suite", "analogy", "--dataset", "questions.txt", "--embedder", "a=glove:a.txt",
               "--method", "3cosadd,3cosmul,pair-direction")
    said = harness("--suite", "similarity", "--dataset", write("m.tsv", "man\tking\t3\nking\tqueen\t1\n"),
                   "--embedder", "toy", "--method", "bogus", status=2).stderr
    assert "--method bogus: none of these suites has methods to choose from" in said, said
    units = {w: [x / math.hypot(*v) for x in v] for w, v in VECTORS.items()}

    def answer(a, b, c):
        return max((w for w in units if w not in (a, b, c)),
                   key=lambda w: cosine(units[w], units[b]) - cosine(units[w], units[a]) + cosine(units[w], units[c]))

    right = (answer("man", "king", "woman") == "queen") + (answer("king", "man", "queen") == "woman")
    row = value(rows, method="3cosadd", policy="skip", split="all")
    near(row["value"], right / 2)
    assert (row["n"], row["answered"]) == (3, 2)
    near(value(rows, method="3cosadd", policy="zero", split="all")["value"], right / 3)
    assert {r["method"] for r in rows} == {"3cosadd", "3cosmul", "pair-direction"}
    limited = run("limited", "--suite", "analogy", "--dataset", "questions.txt", "--embedder", "a=glove:a.txt",
                  "--method", "3cosadd", "--vocabulary-limit", "9")
    assert value(limited, policy="skip", split="all")["answered"] == 0  # queen is the 9th, woman the 11th
    os.makedirs("bats/1_People", exist_ok=True)
    write("bats/1_People/P01.txt", "man\tking/kings\nwoman\tqueen\n")
    rows = run("bats", "--suite", "analogy", "--dataset", "bats", "--embedder", "a=glove:a.txt", "--method", "3cosadd")
    assert value(rows, policy="skip", split="all")["answered"] == 2
    assert value(rows, policy="skip", split="1_People")["n"] == 2
    write("sat.txt", "# SAT\nA question\nman king n:n\ncar tree n:n\nwoman queen n:n\nsun moon n:n\nb\n")
    for embedder in ("a=glove:a.txt", "toy"):
        rows = run("sat", "--suite", "analogy", "--dataset", "sat.txt", "--embedder", embedder)
        assert value(rows, policy="skip", split="all")["n"] == 1
    assert value(run("sat", "--suite", "analogy", "--dataset", "sat.txt", "--embedder", "a=glove:a.txt"),
                 policy="skip", split="all")["value"] == 1


def test_sts():
    sentences = [("The car, a tree.", "Auto! Boy", 4), ("sun moon", "moon sun", 5), ("don't king", "queen", 1),
                 ("zebra", "king", 2), ("boy lad", "man woman", 3)]
    write("sts.tsv", "".join(f"{a}\t{b}\t{s}\n" for a, b, s in sentences))
    rows = run("sts", "--suite", "sts", "--dataset", "sts.tsv", "--embedder", "a=glove:a.txt")
    words = [(["car", "tree"], ["auto", "boy"]), (["sun", "moon"], ["moon", "sun"]), (["n't", "king"], ["queen"]),
             None, (["boy", "lad"], ["man", "woman"])]
    scores = [cosine(*([sum(c) for c in zip(*(VECTORS[w] for w in side))] for side in both))
              for both in words if both]
    gold = [s for (*_, s), both in zip(sentences, words) if both]
    row = value(rows, metric="pearson", policy="skip", split="all")
    near(row["value"], pearson(scores, gold))
    assert (row["n"], row["answered"]) == (5, 4)
    # smooth inverse frequencies, and what static-best takes: by a development set, else the recommended a
    with open("a.txt", encoding="utf-8") as file:
        ranks = {line.split()[0]: r for r, line in enumerate(file, 1)}
    harmonic = sum(1 / r for r in ranks.values())

    def weighted(a):
        def mean(side):
            return [sum(c) for c in zip(*([x * a / (a + 1 / (ranks[w] * harmonic)) for x in VECTORS[w]] for w in side))]
        return pearson([cosine(*map(mean, both)) for both in words if both], gold)
    rows = run("sif", "--suite", "sts", "--dataset", "sts.tsv", "--embedder", "a=glove:a.txt", "--set", "weights=sif", "--set",
               "a=0.01", "--set", "best=yes")
    row = value(rows, metric="pearson", policy="skip", split="all", method="mean")
    near(row["value"], weighted(0.01), 1e-5)
    assert "|weights:sif|a:0.01|frequencies:rank|" in row["signature"], row["signature"]
    row = value(rows, metric="pearson", policy="skip", split="all", method="static-best")
    near(row["value"], weighted(1e-3), 1e-5)
    assert "|weights:sif|a:0.001|frequencies:rank|chosen-on:none|grid:4|stage:table|pool:mean|" in row["signature"], row["signature"]
    rows = run("dev", "--suite", "sts", "--dataset", "sts.tsv", "--embedder", "a=glove:a.txt", "--set", "best=yes", "--dev", "sts")
    row = value(rows, metric="spearman", policy="skip", split="all", method="static-best")
    assert "|chosen-on:sts|grid:10|" in row["signature"], row["signature"]
    assert row["value"] >= value(rows, metric="spearman", policy="skip", split="all", method="mean")["value"]


def test_words_in_context():
    write("raw-c.csv", "word,sentence1,sentence2,same,mean_relatedness,string,Class\n" + "".join(
        f"sun,the sun {a}.,sun {b} car.,{same},{i},sun,{'NV'[i % 2]}\n" for i, (a, b, same) in enumerate([
            ("car", "tree", True), ("boy", "lad", True), ("moon", "king", True), ("queen", "man", True),
            ("kings", "boy", False), ("twin", "car", False)])))
    rows = run("raw-c", "--suite", "context-similarity", "--dataset", "raw-c.csv", "--embedder", "a=glove:a.txt")
    for split, n in (("all", 6), ("sense:same", 4), ("sense:different", 2), ("pos:NOUN", 3), ("pos:VERB", 3)):
        assert value(rows, split=split, method="context", metric="spearman", policy="skip")["n"] == n, split


def test_neighbours():
    write("words.txt", "car\nking\nzebra\n")
    rows = run("neighbours", "--suite", "neighbours", "--dataset", "words.txt", "--embedder", "a=glove:a.txt",
               "--embedder", "b=glove:b.txt", "--set", "k=2")
    with zstandard.open("out/neighbours.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = {(i["embedder"], i["id"]): i["answer"].split() for i in map(json.loads, file)}
    for word in ("car", "king"):
        nearest = sorted((w for w in VECTORS if w != word), key=lambda w: -cosine(VECTORS[word], VECTORS[w]))
        assert items["a", word] == nearest[:2], (items["a", word], nearest)
    shared = sum(len(set(items["a", w]) & set(items["b", w])) / 2 for w in ("car", "king")) / 2
    near(value(rows, metric="overlap")["value"], shared)


def test_compare():
    text = harness("compare", "out/similarity.json").stdout
    assert "a table" in text and "b table" in text and "rank" in text, text
    done = json.loads(harness("compare", "out/similarity.json", "--format", "json").stdout)
    first, = [c for c in done["comparisons"]]
    assert first["n"] == 5 and first["test"] == "randomisation" and done["ranks"], done
    with zstandard.open("out/similarity.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    both = {}
    for item in items:
        both.setdefault(item["id"], {})[item["embedder"]] = item
    scored = [p for p in both.values() if all(i["score"] is not None for i in p.values())]
    for side in ("a", "b"):
        name = first[side]["embedder"]
        rho = pearson(ranks([p[name]["score"] for p in scored]), ranks([p[name]["gold_score"] for p in scored]))
        near(first["value_" + side], rho, 1e-9)
    for form, sign in {"markdown": "|---", "latex": "\\begin{tabular}", "html": "<table>"}.items():
        assert sign in harness("compare", "out/similarity.json", "--format", form).stdout
    # the same systems in two reports, one of them worse
    vectors("worse.txt", dict(VECTORS, auto=VECTORS["tree"], tree=VECTORS["auto"]))
    run("worse", "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "a=glove:worse.txt")
    harness("compare", "out/similarity.json", "out/again.json", "--fail-on-regression", "0")
    old = value(json.load(open("out/similarity.json"))["results"], embedder="a", metric="spearman", policy="skip", split="all")
    new = value(json.load(open("out/worse.json"))["results"], embedder="a", metric="spearman", policy="skip", split="all")
    assert new["value"] < old["value"] - 0.01, "the data of this test should regress"
    failed = harness("compare", "out/similarity.json", "out/worse.json", "--fail-on-regression", "0.01", status=1)
    assert "are worse by more than 0.01" in failed.stderr
    # signatures that differ are refused by name, unless forced
    run("exact", "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "a=glove:a.txt", "--set", "case=exact")
    refused = harness("compare", "out/similarity.json", "out/exact.json", status=2)
    assert "case:lower" in refused.stderr and "case:exact" in refused.stderr, refused.stderr
    for form in "text", "markdown", "latex", "html":  # what was forced stands first, whatever the format
        forced = harness("compare", "out/similarity.json", "out/exact.json", "--force", "--resamples", "50", "--format", form).stdout
        assert "compared by force: " in forced.split("a table")[0], (form, forced)
    # right-and-wrong data: McNemar's exact test
    write("more.tsv", "# id\tpos\ttarget\tchoices\nq1\tn\tcar\ttree\tauto\tboy\tmoon\t2\n"
          "q2\tn\tking\ttree\tqueen\tmoon\tcar\t2\nq3\tn\tsun\tcar\tauto\tboy\tmoon\t4\n")
    run("syn", "--suite", "similarity", "--dataset", "more.tsv", "--embedder", "a=glove:a.txt", "--embedder", "b=glove:b.txt")
    done = json.loads(harness("compare", "out/syn.json", "--format", "json").stdout)
    assert done["comparisons"][0]["test"] == "McNemar", done
    # what is no report
    harness("compare", "out/similarity.items.jsonl.zst", status=2)
    harness("compare", "pairs.tsv", status=2)
    harness("compare", "missing.json", status=2)
    harness("compare", status=2)
    harness("compare", "out/similarity.json", "--test", "guess", status=2)
    # rows that are not of the items answered are left out by name
    with open("out/syn.json", encoding="utf-8") as file:
        report = json.load(file)
    report["results"] = [r for r in report["results"] if r["policy"] == "zero"]
    write("out/zero.json", json.dumps(report))
    for option in (), ("--metric", "accuracy"):
        assert "rows of policy zero are left out" in harness("compare", "out/zero.json", *option, status=2).stderr
    os.remove("out/syn.items.jsonl.zst")
    harness("compare", "out/syn.json", status=2)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    vectors("a.txt", VECTORS)
    vectors("b.txt", OTHER)
    DECLARED = declared()
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
