#!/usr/bin/python3
"""What a figure of one's own data leaves out is said beside it: instances that training text holds
too, targets that are not their lemmas, thresholds fitted on the test set, scores that differ by
rounding, questions made of few pairs. Arguments: the harness program. Right values are worked out
here. Needs Python 3 and nothing else."""
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


def write(name, text):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done


def run(name, *arguments, resamples=50):
    done = harness("run", "--out", "out", "--name", name, "--resamples", str(resamples), "--threads", "1", *arguments)
    with open(f"out/{name}.json", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    with zstandard.open(f"out/{name}.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    return rows, items, done.stderr


def value(rows, **wanted):
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def instances(rows):
    return "".join(f"{i}\tbank\tNOUN\t{index}\t{text}\t{label}\n" for i, index, text, label in rows)


RIVER, MONEY = "bank%1:17:01::", "bank%1:14:00::"
TRAIN = [("a", 1, "The bank was muddy .", RIVER), ("b", 1, "The bank lent money .", MONEY),
         ("c", 2, "Their old bank lent nothing .", MONEY)]


def test_instances_in_training_text():
    write("train.tsv", instances(TRAIN))
    write("same.tsv", instances([("x", 1, "The bank was muddy .", RIVER), ("y", 1, "A bank was robbed .", MONEY),
                                 ("z", 3, "Their old bank lent nothing .", MONEY)]))
    rows, _, said = run("same", "--suite", "wsd", "--dataset", "same.tsv", "--train", "train.tsv",
                        "--embedder", "a=glove:v.txt", "--method", "nn")
    assert said.count("1 of 3 instances stand in the training data train.tsv too (first x), and 2 of 3 sentences") == 1, said
    row = value(rows, metric="train-overlap")
    assert (row["n"], row["answered"]) == (3, 1) and abs(row["value"] - 1 / 3) < 1e-12, row
    rows, _, said = run("apart", "--suite", "wsd", "--dataset", "same.tsv", "--train", write(
        "apart.tsv", instances([("q", 1, "One bank was steep .", RIVER)])), "--embedder", "a=glove:v.txt", "--method", "nn")
    assert "training data" not in said and not [r for r in rows if r["metric"] == "train-overlap"], said


def test_ties_go_to_the_most_frequent_label():
    """A look-up table gives every sense of a form one centroid, so that all its answers tie: of labels without an order the most
    frequent wins, whatever the file begins with, and what drawing would give stands beside it."""
    write("own-train.tsv", instances([("a", 1, "One bank lent .", "money"), ("b", 1, "The bank was muddy .", "river"),
                                      ("c", 1, "A bank was steep .", "river")]))
    write("own-test.tsv", instances([(i, 1, f"{i} bank was far .", "money" if i == "w" else "river") for i in "wxyz"]))
    rows, items, _ = run("tied", "--suite", "wsd", "--dataset", "own-test.tsv", "--train", "own-train.tsv",
                         "--embedder", "a=glove:v.txt", "--method", "nn")
    for metric, wanted in (("f1", .75), ("f1-ties-expected", .5), ("ties", 1)):
        assert value(rows, metric=metric, method="nn", split="all", policy="wn1")["value"] == wanted, (metric, wanted)
    assert {i["answer"] for i in items if i["method"] == "nn"} == {"river"}
    shown = harness("report", "out/tied.json", "--format", "table").stdout
    assert "= a nn at table: 100.0 % of the answers are ties; 75.0 by the rule, 50.0 expected if drawn at random" in shown, shown


def test_targets_beside_their_lemma():
    write("off.tsv", instances([("x", 1, "The bank was muddy .", RIVER), ("y", 2, "The bank was shut .", MONEY),
                                ("z", 0, "The bank was robbed .", MONEY)]))
    _, _, said = run("off", "--suite", "wsd", "--dataset", "off.tsv", "--train", write("train.tsv", instances(TRAIN)),
                     "--embedder", "a=glove:v.txt", "--method", "nn")
    warnings = [line for line in said.splitlines() if "share no letter" in line]  # "was" shares its a
    assert len(warnings) == 1 and 'off.tsv: 1 of 3' in warnings[0] and 'first line 3: target "The"' in warnings[0], said
    write("off.tsv", instances([("x", 1, "The bank was muddy .", RIVER), ("y", 2, "The bank is shut .", MONEY)]))
    _, _, said = run("off", "--suite", "wsd", "--dataset", "off.tsv", "--train", "train.tsv",
                     "--embedder", "a=glove:v.txt", "--method", "nn")
    assert 'off.tsv: 1 of 2 targets share no letter with their lemma (first line 2: target "is", lemma "bank")' in said, said


def test_labels_of_ones_own():
    write("own.tsv", instances([("x", 1, "The bank was muddy .", "river"), ("y", 1, "A bank was shut .", "money")]))
    refused = harness("--suite", "wsd", "--dataset", "own.tsv", "--embedder", "a=glove:v.txt", status=2).stderr
    assert "own.tsv" in refused and "--train CORPUS" in refused and "river" in refused, refused
    write("mixed.tsv", instances([("x", 1, "The bank was muddy .", RIVER), ("y", 1, "A bank was shut .", "bank%14:00")]))
    refused = harness("--suite", "wsd", "--dataset", "mixed.tsv", "--embedder", "a=glove:v.txt", status=2).stderr
    assert "'bank%14:00'" in refused and RIVER in refused, refused
    write("unknown.tsv", "x\tzzyzx\tNOUN\t1\tThe zzyzx was muddy .\tzzyzx%1:14:00::\n")
    refused = harness("--suite", "wsd", "--dataset", "unknown.tsv", "--embedder", "a=glove:v.txt", status=2).stderr
    assert "none of its 1 instances" in refused and "zzyzx" in refused, refused


def wic(folder, splits):
    for split, pairs in splits.items():
        write(f"{folder}/{split}/{split}.data.txt",
              "".join(f"{a}\tN\t0-0\t{a} .\t{b} .\n" for a, b, _ in pairs))
        write(f"{folder}/{split}/{split}.gold.txt", "".join("T\n" if same else "F\n" for *_, same in pairs))


def area(scored):
    """Mann and Whitney's U over all pairs of a same and a different one."""
    wins = [(s > d) + (s == d) / 2 for s, same in scored if same for d, other in scored if not other]
    return sum(wins) / len(wins)


# cosines of one to X in v.txt: near 1, far .6, off 0; "gap" has no vector
PAIRS = [("one", "near", 1), ("one", "far", 0), ("one", "off", 0), ("one", "gap", 1), ("near", "one", 1), ("gap", "one", 0)]
COSINES = {"near": 1.0, "far": 0.6, "off": 0.0, "one": 1.0, "gap": -math.inf}


def test_wic_without_training():
    wic("test-only", {"test": PAIRS})
    rows, items, said = run("wic", "--suite", "wic", "--dataset", "test-only", "--embedder", "a=glove:v.txt")
    assert "no training pairs, so no threshold and no accuracy" in said, said
    assert not [r for r in rows if r["metric"] == "accuracy" and r["embedder"] == "a"]
    assert [i for i in items if i["method"] == "target"]
    assert all(i["answer"] is None and i["correct"] is None for i in items if i["method"] == "target"), items
    scored = [(COSINES[b] if a != "gap" else -math.inf, same) for a, b, same in PAIRS]
    row = value(rows, metric="auc", method="target", split="all")
    assert abs(row["value"] - area(scored)) < 1e-9, (row, area(scored))
    assert (row["n"], row["answered"]) == (6, 4), row
    rows, _, _ = run("wic", "--suite", "wic", "--dataset", "test-only", "--embedder", "a=glove:v.txt", resamples=4000)
    row, draw, areas = value(rows, metric="auc", method="target", split="all"), random.Random(1), []
    for _ in range(20000):
        drawn = [draw.choice(scored) for _ in scored]
        if len({same for _, same in drawn}) == 2:
            areas.append(area(drawn))
    areas.sort()
    low, high = (areas[int(q * (len(areas) - 1))] for q in (.025, .975))
    assert abs(row["low"] - low) < .05 and abs(row["high"] - high) < .05, (row, low, high)


def test_wic_fitted_on_itself():
    wic("dev-only", {"dev": PAIRS, "test": [("near", "one", 1), ("far", "off", 0)]})
    rows, _, said = run("wic", "--suite", "wic", "--dataset", "dev-only", "--embedder", "a=glove:v.txt")
    assert "thresholds are fitted on dev" in said, said
    signature = lambda split: value(rows, metric="accuracy", method="target", split="all", dataset=f"dev-only:{split}")["signature"]
    assert "|threshold:itself|" in signature("dev") and "|threshold:dev|" in signature("test")
    assert "1 of 2 instances stand in the training data dev too (first test.1)" in said, said
    row = value(rows, metric="train-overlap", dataset="dev-only:test")
    assert (row["n"], row["answered"]) == (2, 1), row
    # The figures of dev are marked wherever they are shown, those of test are not; so are none of a majority.
    shown = {f: harness("report", "out/wic.json", "--format", f).stdout for f in ("table", "markdown", "latex", "html")}
    dev, test = (100 * value(rows, metric="accuracy", method="target", split="all", dataset=f"dev-only:{s}")["value"]
                 for s in ("dev", "test"))
    parts = re.split("(?m)^wic dev-only:", shown["table"])
    assert re.search(f"a target +{dev:.1f}# ", parts[1]) and re.search(f"a target +{test:.1f}  ", parts[2]), parts
    assert not re.search("majority.*#", shown["table"]) and "\n#: the threshold is fitted" in shown["table"], shown["table"]
    for format, cells, note in (("markdown", rf"\| {dev:.1f} ‡[^|]*\| {test:.1f}", " ‡: the threshold is fitted"),
                                ("latex", rf"& {dev:.1f} \\ddag{{}}[^&]*& {test:.1f}", " \\ddag{}: the threshold is fitted")):
        text = shown[format].replace("**", "").replace("\\textbf{", "")
        assert re.search(cells, text) and not re.search(rf"{test:.1f} (‡|\\ddag)", text) and note in text, text
    marks = re.findall(r'(\d+\.\d)<span class="above"[^>]*> ‡</span>', shown["html"])
    assert f"{dev:.1f}" in marks and " ‡: the threshold is fitted" in shown["html"], marks


def ranks(x):
    return [sum(b < a for b in x) + (sum(b == a for b in x) + 1) / 2 for a in x]


def pearson(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(
        sum((a - mx)**2 for a in x) * sum((b - my)**2 for b in y))


def test_ties_but_for_rounding():
    """Rows of one direction, seven lengths: every cosine is the same but for rounding."""
    lengths = [1, 3, 7, 11, 13, 101, 1009]
    write("scaled.txt", "base 2 1 1\n" + "".join(f"w{i} {3 * s} {5 * s} {7 * s}\n" for i, s in enumerate(lengths)) +
          "other 1 -1 0\n")
    ratings = [3, 1, 2, 5, 4, 7, 6, 9]
    words = [f"w{i}" for i in range(len(lengths))] + ["other"]
    write("tied.tsv", "".join(f"base\t{w}\t{r}\n" for w, r in zip(words, ratings)))
    rows, items, _ = run("tied", "--suite", "similarity", "--dataset", "tied.tsv", "--embedder", "a=glove:scaled.txt")
    right = pearson(ranks([1] * len(lengths) + [0]), ranks(ratings))
    row = value(rows, metric="spearman", policy="skip", split="all", embedder="a")
    assert abs(row["value"] - right) < 1e-12, (row["value"], right)
    assert len({i["score"] for i in items}) == 2, [i["score"] for i in items]
    write("constant.tsv", "".join(f"base\t{w}\t{r}\n" for w, r in list(zip(words, ratings))[:-1]))
    rows, _, _ = run("constant", "--suite", "similarity", "--dataset", "constant.tsv", "--embedder", "a=glove:scaled.txt")
    found = [r["value"] for r in rows if r["metric"] in ("spearman", "pearson") and r["policy"] == "skip"]
    assert all(v is None for v in found), found


def test_analogies_are_made_of_pairs():
    """Twelve pairs, four of whose second words no question can find: 132 questions, whose interval is
    that of twelve observations. The right one is found here by drawing pairs anew."""
    table = "".join(f"{side}{i} {' '.join(str(float(d == i) * 4 + (side == 'q') * (d == 12)) for d in range(14))}\n"
                    for i in range(12) for side in ("p", "q"))
    # the q of the last four stands where another word is nearer
    table += "".join(f"trap{i} {' '.join(str(float(d == i) * 4 + 1.0 * (d == 12)) for d in range(14))}\n" for i in range(8, 12))
    for i in range(8, 12):
        old = f"q{i} " + " ".join(str(float(d == i) * 4 + (d == 12)) for d in range(14))
        assert old in table
        table = table.replace(old, f"q{i} " + " ".join(str(float(d == i) * 4 + (d == 12) * .5 + (d == 13)) for d in range(14)))
    write("lines.txt", table)
    write("bats/R/R01.txt", "".join(f"p{i}\tq{i}\n" for i in range(12)))
    rows, items, _ = run("pairs", "--suite", "analogy", "--dataset", "bats", "--embedder", "a=glove:lines.txt",
                         "--method", "3cosadd", resamples=4000)
    row = value(rows, metric="accuracy", policy="skip", split="all")
    right = {}
    for item, (i, j) in zip(items, ((i, j) for i, j in itertools.product(range(12), repeat=2) if i != j)):
        right[i, j] = item["correct"]
    assert len(right) == 132 and 0 < sum(right.values()) < 132
    assert abs(row["value"] - sum(right.values()) / 132) < 1e-12
    draw, means = random.Random(2), []
    for _ in range(4000):
        counts = [0] * 12
        for _ in range(12):
            counts[draw.randrange(12)] += 1
        weights = {(i, j): counts[i] * counts[j] for i, j in right}
        total = sum(weights.values())
        if total:
            means.append(sum(w * right[k] for k, w in weights.items()) / total)
    means.sort()
    low, high = (means[int(q * (len(means) - 1))] for q in (.025, .975))
    assert abs(row["low"] - low) < .04 and abs(row["high"] - high) < .04, (row, low, high)
    assert "|interval:pairs" in row["signature"]


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    write("v.txt", "the 1 0.2\nbank 0.5 1\nwas 0.3 0.3\nmuddy 0 1\nlent 1 0\nmoney 1 0.1\none 1 0\nnear 2 0\nfar 0.6 0.8\noff 0 1\n")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
