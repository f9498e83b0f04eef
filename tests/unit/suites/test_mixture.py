#!/usr/bin/python3
"""Suite mixture against the same worked out here another way: sense vectors from the text of the data
and of WordNet's own files, non-negative least squares by trying every set of columns. Arguments: the
harness program. Needs Python 3, WordNet 3.0, and nothing else."""
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
WORDNET = os.environ.get("WNSEARCHDIR", "/usr/share/wordnet")
DIM = 12
# Occurrences of each sense in the corpus; bat is not in the vectors, bass has too few.
SENSES = {
    "bank": {"bank%1:17:01::": 7, "bank%1:14:00::": 12, "bank%1:17:00::": 3, "bank%2:38:00::": 2},
    "crane": {"crane%1:05:00::": 6, "crane%1:06:00::": 5},
    "seal": {"seal%1:05:00::": 4, "seal%2:35:00::": 9, "seal%1:06:02::": 4},
    "bat": {"bat%1:05:00::": 6, "bat%1:06:00::": 6},
    "bass": {"bass%1:13:01::": 2, "bass%1:10:01::": 2},
}
POS = {"1": "NOUN", "2": "VERB"}


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def words_of(text):
    return [w for w in re.findall(r"\w+", text.lower()) if re.search(r"[a-z]", w)]


def definition(key):
    with open(f"{WORDNET}/index.sense", encoding="ascii") as file:
        offset = next(int(line.split()[1]) for line in file if line.startswith(key + " "))
    kind = {"1": "noun", "2": "verb"}[key.split("%")[1][0]]
    with open(f"{WORDNET}/data.{kind}", "rb") as file:
        file.seek(offset)
        gloss = file.readline().decode().split("| ", 1)[1].strip()
    return re.sub(r'"[^"]*"', "", gloss)


def make_corpus():
    """Sentences of context words c0 … c59 around each occurrence, one of them with a second one."""
    rng = random.Random(1)
    xml, gold, sentences = ["<corpus><text id='d'>"], [], []
    for lemma, senses in SENSES.items():
        for s, (key, count) in enumerate(senses.items()):
            for i in range(count):
                context = [f"c{rng.randrange(20 * s, 20 * s + 30) % 60}" for _ in range(6)]
                form = lemma if i % 3 else lemma + "s"
                name = f"d.{len(gold)}"
                pos = POS[key.split("%")[1][0]]
                tagged = f"<instance id='{name}' lemma='{lemma}' pos='{pos}'>{form}</instance>"
                own = f"<wf>{lemma}</wf>" if i == 0 else ""  # never in its own vector
                xml.append("<sentence>" + "".join(f"<wf>{w}</wf>" for w in context) + tagged + own +
                           "<wf>,</wf></sentence>")
                gold.append(f"{name} {key}\n")
                sentences.append((key, form, context))
    write("own.data.xml", "".join(xml) + "</text></corpus>")
    write("own.gold.key.txt", "".join(gold))
    return sentences


def make_vectors():
    rng = random.Random(2)
    words = {f"c{i}" for i in range(60)} | {"crane", "seal", "bank", "bass"}
    for senses in SENSES.values():
        for key in senses:
            words |= set(words_of(definition(key)))
    words -= {"c7"}  # a context word without a vector
    words = sorted(words)
    table = {w: [round(rng.gauss(0.3, 1), 3) for _ in range(DIM)] for w in words}
    write("vectors.txt", "".join(f"{w} {' '.join(map(repr, v))}\n" for w, v in table.items()))
    return table


def dot(u, v):
    return math.fsum(a * b for a, b in zip(u, v))


def solve(matrix, right):
    """Gaussian elimination with pivots."""
    rows, n = [r[:] + [b] for r, b in zip(matrix, right)], len(right)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def nnls(columns, target):
    best = (dot(target, target), [0.0] * len(columns))
    for n in range(1, len(columns) + 1):
        for used in itertools.combinations(range(len(columns)), n):
            x = solve([[dot(columns[a], columns[b]) for b in used] for a in used], [dot(columns[a], target) for a in used])
            if min(x) >= 0:
                fitted = [math.fsum(c * columns[a][d] for a, c in zip(used, x)) for d in range(DIM)]
                rest = [t - f for t, f in zip(target, fitted)]
                if dot(rest, rest) < best[0]:
                    whole = [0.0] * len(columns)
                    for a, c in zip(used, x):
                        whole[a] = c
                    best = (dot(rest, rest), whole)
    return best


def mean(vectors):
    return [math.fsum(column) / len(vectors) for column in zip(*vectors)]


def minus(u, v):
    return [a - b for a, b in zip(u, v)]


def expected(table, sentences, method, centre, lemmas, balance):
    """{key: (share, frequency)}, {lemma: explained}"""
    def vector(key):
        if method == "gloss":
            lemma = key.split("%")[0]
            words = [w for w in words_of(definition(key)) if w not in (lemma, lemma + "s", lemma + "ing")]
        else:
            contexts = [c for k, _, c in sentences if k == key]
            n, least = len(contexts), min(SENSES[key.split("%")[0]].values())
            if balance:  # evenly spaced
                contexts = [c for i, c in enumerate(contexts) if (i + 1) * least // n > i * least // n]
                assert len(contexts) == least
            words = [w for c in contexts for w in c]
        return mean([table[w] for w in words if w in table])

    senses = {key: vector(key) for lemma in lemmas for key in SENSES[lemma]}
    words = {lemma: table[lemma] for lemma in lemmas if lemma in table}
    if centre:
        common, of_words = mean(list(senses.values())), mean(list(words.values()))
        senses = {k: minus(v, common) for k, v in senses.items()}
        words = {k: minus(v, of_words) for k, v in words.items()}
    senses = {k: [x / math.sqrt(dot(v, v)) for x in v] for k, v in senses.items()}
    shares, explained = {}, {}
    for lemma, word in words.items():
        rest, x = nnls([senses[k] for k in SENSES[lemma]], word)
        if sum(x) == 0:  # nothing of the word is a mixture of its senses
            shares.update({key: None for key in SENSES[lemma]})
            continue
        explained[lemma] = 1 - rest / dot(word, word)
        total = sum(SENSES[lemma].values())
        for key, coefficient in zip(SENSES[lemma], x):
            shares[key] = (coefficient / sum(x), SENSES[lemma][key] / total)
    return shares, explained


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, "run", "--out", "out", "--threads", "1", "--resamples", "200", "--suite", "mixture",
                           "--embedder", "v=glove:vectors.txt", *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done.stderr


def results(*arguments):
    harness("--name", "m", *arguments)
    with open("out/m.json", encoding="utf-8") as file:
        rows = [r for r in json.load(file)["results"]]
    with zstandard.open("out/m.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    return rows, items


def ranks(x):
    return [sum(b < a for b in x) + (sum(b == a for b in x) + 1) / 2 for a in x]


def spearman(x, y):
    x, y = ranks(x), ranks(y)
    mx, my = sum(x) / len(x), sum(y) / len(y)
    top = sum((a - mx) * (b - my) for a, b in zip(x, y))
    return top / math.sqrt(sum((a - mx)**2 for a in x) * sum((b - my)**2 for b in y))


def check_figures(rows, items, method, lemmas, explained):
    def value(metric, split="all"):
        found = [r for r in rows if (r["embedder"], r["method"], r["metric"], r["split"]) == ("v", method, metric, split)]
        assert len(found) == 1, (metric, split, found)
        return found[0]

    known = [i for i in items if i["method"] == method and i["score"] is not None]
    x, y = [i["score"] for i in known], [i["gold_score"] for i in known]
    assert abs(value("spearman")["value"] - spearman(x, y)) < 1e-9
    size = {m: sum(i["attributes"]["lemma"] == m for i in known) for m in lemmas}
    n = [size[i["attributes"]["lemma"]] for i in known]
    within = spearman([round(a - 1 / k, 12) for a, k in zip(x, n)], [round(b - 1 / k, 12) for b, k in zip(y, n)])
    assert abs(value("spearman-within")["value"] - within) < 1e-9, (value("spearman-within"), within)
    right, chance, answered = [], [], [m for m in lemmas if size[m]]
    for lemma in answered:
        own = [(i["score"], i["gold_score"]) for i in known if i["attributes"]["lemma"] == lemma]
        most = max(g for _, g in own)
        right.append(max(own)[1] == most)
        chance.append(sum(g == most for _, g in own) / len(own))
    row = value("dominant")
    assert (row["n"], row["answered"]) == (len(lemmas), len(answered)), row
    assert abs(row["value"] - sum(right) / len(right)) < 1e-9, (row, right)
    assert row["low"] <= row["value"] <= row["high"]
    assert abs(value("dominant-chance")["value"] - sum(chance) / len(chance)) < 1e-9
    assert abs(value("explained")["value"] - sum(explained.values()) / len(explained)) < 1e-6
    assert abs(value("spearman-chance")["value"]) < 0.9
    return value


def check_method(table, sentences, method, centre, balance):
    lemmas = ["bank", "bat", "crane", "seal"]
    rows, items = results("--train", "own.data.xml", "--method", method, "--set", f"centre={centre}",
                          "--set", f"balance={balance}", "--set", "least-sense=1")
    shares, explained = expected(table, sentences, method, centre, lemmas, balance)
    found = {i["id"]: i for i in items if i["embedder"] == "v"}
    assert set(found) == {key for lemma in lemmas for key in SENSES[lemma]}, set(found)
    for key, item in found.items():
        lemma = key.split("%")[0]
        assert item["attributes"]["lemma"] == lemma and item["attributes"]["count"] == str(SENSES[lemma][key])
        if lemma == "bat":
            assert item["score"] is None and item["status"] == "oov", item
            continue
        if shares[key] is None:
            assert item["score"] is None and item["status"] == "empty", item
            continue
        assert abs(item["score"] - shares[key][0]) < 1e-5, (method, centre, key, item, shares[key])
        assert abs(item["gold_score"] - shares[key][1]) < 1e-12, (item, shares[key])
    value = check_figures(rows, items, method, lemmas, explained)
    assert value("dominant", "pos:mixed")["n"] == 2, value("dominant", "pos:mixed")
    assert value("dominant", "senses:2")["n"] == 2
    signature = value("dominant")["signature"]
    assert f"mixture|own(4)|method:{method}|stage:table|case:lower|centre:{centre}|least:10,1" in signature, signature
    uniform = [r for r in rows if r["embedder"] == "baseline" and r["metric"] == "dominant" and r["split"] == "all"]
    assert abs(uniform[0]["value"] - (1 / 4 + 1 + 1 / 2 + 1 / 3) / 4) < 1e-12, uniform  # bat's senses are equal


def check_options():
    _, items = results("--train", "own.data.xml")
    assert all(int(i["attributes"]["count"]) >= 5 for i in items), "senses of five occurrences by default"
    rows, items = results("--train", "own.data.xml", "--set", "least=4", "--set", "forms=lemma", "--set", "least-sense=2",
                          "--method", "contexts")
    counts = {i["id"]: int(i["attributes"]["count"]) for i in items}
    written = {key: count - (count + 2) // 3 for senses in SENSES.values() for key, count in senses.items()}
    assert counts == {k: c for k, c in written.items() if c >= 2 and not k.startswith("bass")}, (counts, written)
    _, items = results("--train", "own.data.xml", "--set", "pos=noun", "--set", "least-sense=1")
    assert all(i["attributes"]["pos"] == "NOUN" for i in items)
    assert {i["method"] for i in items} == {"gloss", "contexts"}
    _, items = results("--train", "own.data.xml", "--limit", "2", "--set", "least-sense=1")
    assert len({i["attributes"]["lemma"] for i in items}) == 2
    # Without a corpus WordNet's own counts stand in, and there are no contexts.
    rows, items = results("--limit", "40", "--set", "least=50", "--wordnet", WORDNET)
    assert {r["dataset"] for r in rows} == {"wordnet-counts"} and {i["method"] for i in items} <= {"gloss"}
    said = harness("--method", "contexts", status=2)
    assert "method contexts needs sense-tagged text: --train CORPUS" in said, said
    for option, wanted in {"centre=2": 'found "2", expected 1 or 0', "pos=x": "expected all, noun, verb, adj or adv",
                           "least=many": 'found "many", expected an integer, 0 or more', "forms=some": "expected all or lemma",
                           "least=1000": "no word with two senses and 1000 occurrences"}.items():
        said = harness("--train", "own.data.xml", "--set", option, status=2)
        assert wanted in said, (option, said)
    assert "expected gloss or contexts" in harness("--train", "own.data.xml", "--method", "nn", status=2)


def main():
    if not os.path.exists(f"{WORDNET}/index.sense"):
        print(f"skipped: no WordNet in {WORDNET}")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HARNESS_CACHE"] = folder
        sentences = make_corpus()
        table = make_vectors()
        for method in ("contexts", "gloss"):
            for centre in (0, 1):
                check_method(table, sentences, method, centre, centre)
        check_method(table, sentences, "contexts", 1, 0)
        check_options()
        os.chdir("/")
    print("ok")


if __name__ == "__main__":
    main()
