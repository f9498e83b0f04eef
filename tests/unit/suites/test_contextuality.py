#!/usr/bin/python3
"""Suite contextuality from the command line: what a static embedder does not know, coverage, items,
refusals. Arguments: the harness program. Needs Python 3 and nothing else."""
import json
import math
import os
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
VECTORS = {"the": (1, 0, 0.2), "bank": (0.3, 1, 0), "river": (0, 0.8, 0.6), "of": (0.5, -0.5, 1)}
SENTENCES = [
    "The bank of the river", "zebra bank the", "zebra the zebra", "zebra, zebra!", "river of zebra", "the", "1999",
    "bank", "the bank",
]


def cosine(u, v):
    return sum(a * b for a, b in zip(u, v)) / math.hypot(*u) / math.hypot(*v)


def mean(values):
    return sum(values) / len(values)


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, "run", "--suite", "contextuality", "--out", "out", "--name", "r", *arguments],
                          capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done


def row(rows, metric, policy="raw", method="ethayarajh"):
    found = [r for r in rows if (r["metric"], r["policy"], r["method"]) == (metric, policy, method)]
    assert len(found) == 1, (metric, policy, found)
    return found[0]


def near(a, b):
    assert abs(a - b) < 1e-6, (a, b)


def test_unknown_words():
    harness("--dataset", "text.txt", "--embedder", "a=glove:a.txt", "--set", "least=4")
    with open("out/r.json", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    words = [[w.strip(",!").lower() for w in s.split() if not w.isdigit()] for s in SENTENCES]
    words = [s for s in words if s]
    known = [[VECTORS[w] for w in s if w in VECTORS] for s in words]
    anisotropy = row(rows, "anisotropy")
    vectors = sum(known, [])
    near(anisotropy["value"], mean([cosine(u, v) for i, u in enumerate(vectors) for v in vectors[:i]]))
    assert (anisotropy["n"], anisotropy["answered"]) == (sum(map(len, words)), len(vectors))
    # of eight sentences with a word six have two, of which four have two with a vector
    intra = row(rows, "intra-sentence-similarity")
    measured = [s for s in known if len(s) > 1]
    near(intra["value"], mean([mean([cosine(v, [mean(c) for c in zip(*s)]) for v in s]) for s in measured]))
    assert (intra["n"], intra["answered"]) == (sum(len(s) > 1 for s in words), len(measured)) == (6, 4)
    # "the", "bank" and "zebra" occur four times or more
    itself = row(rows, "self-similarity")
    assert (itself["value"], itself["n"], itself["answered"]) == (1, 3, 2), itself
    near(row(rows, "self-similarity", "adjusted")["value"], 1 - anisotropy["value"])
    near(row(rows, "self-similarity", "baseline")["value"], anisotropy["value"])
    assert not [r for r in rows if "sense" in r["metric"]], "senses without gold"
    with zstandard.open("out/r.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = {i["id"]: i for i in map(json.loads, file) if i["method"] == "ethayarajh"}
    zebra = items["self-similarity:zebra"]
    assert (zebra["status"], zebra["score"], zebra["attributes"]["n"]) == ("oov", None, "0"), zebra
    the = items["mev:the"]
    assert (the["status"], the["score"], the["attributes"]["n"], the["attributes"]["word"]) == ("ok", 1, "6", "the"), the
    assert items["intra-sentence-similarity:3"]["score"] is None
    assert "intra-sentence-similarity:6" not in items  # one word


def test_senses():
    harness("--dataset", "tagged.tsv", "--embedder", "a=glove:a.txt", "--method", "ethayarajh")
    with open("out/r.json", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    # forms give it away: sense 1 is "bank", "bank" and "river", sense 2 "the" and "of"
    first, second = ["bank", "bank", "river"], ["the", "of"]
    pairs = [(0, 1), (0, 2), (1, 2)]
    within = mean([cosine(VECTORS[first[i]], VECTORS[first[j]]) for i, j in pairs] +
                  [cosine(VECTORS[second[0]], VECTORS[second[1]])])
    across = mean([cosine(VECTORS[a], VECTORS[b]) for a in first for b in second])
    separation = [r for r in rows if r["metric"] == "sense-separation"]
    assert [(r["split"], r["n"]) for r in separation] == [("all", 1), ("pos:NOUN", 1)], separation
    for r in separation:
        near(r["value"], within - across)
    near(row(rows, "within-sense-similarity")["value"], within)
    near(row(rows, "across-sense-similarity")["value"], across)
    with zstandard.open("out/r.items.jsonl.zst", "rt", encoding="utf-8") as file:
        item, = [i for i in map(json.loads, file) if i["id"].startswith("sense-separation:")]
    assert item["id"] == "sense-separation:shore.NOUN" and item["attributes"] == {
        "metric": "sense-separation", "n": "5", "lemma": "shore", "pos": "NOUN", "senses": "2"}, item


def test_refusals():
    a = ("--embedder", "a=glove:a.txt")
    assert "holds no word" in harness("--dataset", "digits.txt", *a, status=2).stderr
    assert "no such file" in harness("--dataset", "missing.txt", *a, status=2).stderr
    assert "\"nn\"" in harness("--dataset", "text.txt", "--method", "nn", *a, status=2).stderr
    assert "least" in harness("--dataset", "text.txt", "--set", "least=0", *a, status=2).stderr


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    for name, text in {
        "a.txt": "".join(f"{w} {' '.join(map(str, v))}\n" for w, v in VECTORS.items()),
        "text.txt": "\n".join(SENTENCES),
        "digits.txt": "1 2 3\n",
        "tagged.tsv": "".join(
            f"i{n}\t{lemma}\tNOUN\t1\t{n} {form}\tshore%1:{sense}\n" for n, (lemma, form, sense) in enumerate([
                ("Shore", "bank", 1), ("shore", "the", 2), ("shore", "bank", 1), ("shore", "of", 2),
                ("shore", "river", 1), ("alone", "river", 1), ("alone", "river", 2)])),
    }.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
