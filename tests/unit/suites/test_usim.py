#!/usr/bin/python3
"""Suite context-similarity on Usim (Erk et al. 2009) with a real model: the correlations that it reports
against scipy's, from its items and the means of the annotators as this test reads them in the file.
Arguments: the harness program. Exit status 77 (skipped) without the shared data sets or the model."""
import json
import os
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
USIM = os.path.join(os.environ.get("HARNESS_SHARED", ""), "contextual", "usim")
CACHE = os.environ.get("HARNESS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness")
GLOVE = os.path.join(CACHE, "models", "glove", "vectors.txt")

try:
    from scipy import stats
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
for path in (USIM, GLOVE):
    if not os.path.exists(path):
        print(f"skipped: no {path}")
        sys.exit(77)

with open(os.path.join(USIM, "usim_en.txt"), encoding="utf-8") as file:
    lines = [line.rstrip("\r\n").split("\t") for line in file if line.strip()]
gold = [float(line[2]) for line in lines[::2]]  # two lines a pair
assert gold == [float(line[2]) for line in lines[1::2]] and len(gold) == 1133
words = [tuple(line[0].split()[int(line[1])].lower() for line in pair) for pair in zip(lines[::2], lines[1::2])]

with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run([HARNESS, "run", "--out", folder, "--name", "usim", "--resamples", "0", "--threads", "1",
                           "--suite", "context-similarity", "--dataset", USIM, "--embedder", f"glove=glove:{GLOVE}"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(folder, "usim.json"), encoding="utf-8") as file:
        rows = [r for r in json.load(file)["results"] if r["embedder"] == "glove" and r["split"] == "all"]
    with zstandard.open(os.path.join(folder, "usim.items.jsonl.zst"), "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]

checked = 0
for method in ("target", "lemma", "context"):
    scores = [i["score"] for i in sorted((i for i in items if i["method"] == method), key=lambda i: int(i["id"]))]
    assert len(scores) == len(gold), (method, len(scores))
    known = [(s, g) for s, g in zip(scores, gold) if s is not None]
    cases = {"skip": known, "zero": [(s if s is not None else 0, g) for s, g in zip(scores, gold)]}
    for policy, pairs in cases.items():
        for metric, f in (("spearman", stats.spearmanr), ("pearson", stats.pearsonr)):
            row, = [r for r in rows if (r["method"], r["metric"], r["policy"]) == (method, metric, policy)]
            assert row["answered"] == len(known) and row["n"] == len(gold), row
            x, y = zip(*pairs)
            if len(set(x)) == 1:  # a lemma beside itself: no correlation
                assert row["value"] is None, row
                continue
            expected = f(x, y)[0]
            assert abs(row["value"] - expected) <= 1e-9, (method, metric, policy, row["value"], expected)
            checked += 1
            print(f"ok {method} {metric} {policy}: {expected:.6f} over {len(pairs)}")
    if method == "target":
        assert all(s is None or words[i][0] != words[i][1] or s > 1 - 1e-9 for i, s in enumerate(scores))
assert checked >= 4, checked
