#!/usr/bin/python3
"""Suite probe against golden figures that make_probe_golden.py worked out with scikit-learn and scipy, and its refusals.
Argument: the harness program. Needs Python 3 and nothing else."""
import json
import os
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
GOLDEN = os.path.join(os.environ["HARNESS_SOURCE_ROOT"], "tests", "golden", "probe")
DATA = ["--dataset", "test.tsv", "--train", "train.tsv", "--embedder", "v=glove:vectors.txt"]


def harness(*arguments, status=0):
    command = [HARNESS, "run", "--suite", "probe", "--out", out, "--name", "probe", "--resamples", "100", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=GOLDEN)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done.stderr


def figures(method):
    with open(os.path.join(out, "probe.json"), encoding="utf-8") as file:
        return {r["metric"]: r for r in json.load(file)["results"]
                if r["method"] == method and r["split"] == "all" and r["policy"] != "none" and r["dataset"] == "test"}


def answers(method):
    with zstandard.open(os.path.join(out, "probe.items.jsonl.zst"), "rt", encoding="utf-8") as file:
        found = {i["id"]: i for i in map(json.loads, file) if i["method"] == method}
    return [found[f"test.{i}"]["answer"] for i in range(len(found))]


def test_golden():
    with open(os.path.join(GOLDEN, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    harness(*DATA, "--set", "c=0.1,1,10")
    for method, texts in (("lemma", "answers"), ("supersense", "supersenses")):
        rows = figures(method)
        for metric, value in expected[method].items():
            most = 0.002 * max(1, abs(value))  # 0.2 points; codes in bits
            assert abs(rows[metric]["value"] - value) <= most, f"{method} {metric}: {rows[metric]['value']}, expected {value}"
        assert answers(method) == expected[texts], method
        assert rows["selectivity"]["low"] < rows["selectivity"]["value"] < rows["selectivity"]["high"], rows["selectivity"]
        assert "|grid:0.1,1,10|chosen-on:train-fifth|" in rows["penalty"]["signature"], rows["penalty"]["signature"]
    # WordNet's first senses: a bank is sloping land, a plant a factory, a crane a writer
    first, right = figures("supersense-first-sense")["f1"], gold_keys()
    right = sum(key in ("bank%1:17:01::", "plant%1:06:01::", "crane%1:18:01::") for key in right)
    assert abs(first["value"] - right / 90) < 1e-9, (first, right)
    assert "|cand:supersenses|" in first["signature"], first


def gold_keys():
    with open(os.path.join(GOLDEN, "test.tsv"), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t")[5] for line in file]


def test_refusals():
    for setting, wanted in (("c=10,1", '"1"'), ("memory=1K", "option memory")):
        message = harness(*DATA, "--set", setting, status=2)
        assert wanted in message, (setting, message)
    message = harness("--dataset", "test.tsv", "--embedder", "v=glove:vectors.txt", status=2)
    assert "expected --train CORPUS" in message, message
    message = harness(*DATA, "--method", "nn", status=2)
    assert "supersense-context" in message, message


with tempfile.TemporaryDirectory() as out:
    test_golden()
    test_refusals()
print("probe: ok")
