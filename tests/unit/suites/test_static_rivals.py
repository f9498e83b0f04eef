#!/usr/bin/python3
"""Suite wsd's means of words (weights, distances, common components) and method static-best, against golden answers that
make_static_rivals_golden.py worked out without the program. Arguments: the harness program; `models`: the published figures on the
real vectors and data instead, exit status 77 (skipped) without them. Needs Python 3 and nothing else."""
import json
import math
import os
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
GOLDEN = os.path.join(os.environ["HARNESS_SOURCE_ROOT"], "tests", "golden", "static-rivals")
SHARED = os.environ.get("HARNESS_SHARED", "")
CACHE = os.environ.get("HARNESS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness")
TEST = ["--dataset", "test.data.xml", "--train", "train.data.xml", "--embedder", "v=glove:vectors.txt"]
# what the signature of each case says between the method and the stage
SIGNED = {
    "rank": "|weights:sif|a:0.01|frequencies:rank|window:4|distance:exponential|components:1",
    "file": "|weights:sif|a:0.001|frequencies:unigrams.txt|window:3|distance:linear",
    "train": "|weights:sif|a:0.001|frequencies:train|distance:inverse", "idf": "|weights:idf|window:2|components:2",
}


def harness(*arguments, status=0):
    command = [HARNESS, "run", "--out", out, "--name", "rivals", "--resamples", "0", "--threads", "1", "--suite", "wsd", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=GOLDEN)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done.stderr


def rows(**wanted):
    with open(os.path.join(out, "rivals.json"), encoding="utf-8") as file:
        return [r for r in json.load(file)["results"] if all(r[k] == v for k, v in wanted.items())]


def check_items(method, answers):
    with zstandard.open(os.path.join(out, "rivals.items.jsonl.zst"), "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    found = {i["id"]: i for i in items if i["method"] == method and i["dataset"] == "test"}
    assert len(found) == len(answers), (method, len(found))
    for i, (sense, score) in enumerate(answers):
        item = found[f"test.{i}"]
        same = item["score"] is None if score is None else item["score"] is not None and abs(item["score"] - score) < 1e-5
        assert item["answer"] == sense and same, f"{method}: found {item}, expected {sense} {score}"


def settings(case):
    return [word for name, value in case.items() for word in ("--set", f"{name}={value}")]


def test_means():
    for name, case in EXPECTED["cases"].items():
        if name == "plain":
            continue  # test_static_best runs it beside
        harness(*TEST, "--method", "nn-context", *settings(case["settings"]))
        check_items("nn-context", case["answers"])
        signature = rows(method="nn-context", metric="f1", split="all")[0]["signature"]
        assert f"|method:nn-context{SIGNED[name]}|stage:table|" in signature, signature


def test_static_best():
    for chosen_on, more in (("leave-one-out", []), ("dev", ["--dataset", "dev.data.xml", "--dev", "dev"])):
        best = EXPECTED[chosen_on]
        harness(*TEST, *more, "--method", "static-best,nn-context")
        check_items("static-best", best["answers"])
        row, = rows(method="static-best", metric="choice-score", dataset="test")
        assert abs(row["value"] - best["score"]) < 1e-9, (chosen_on, row, best["score"])
        signature = rows(method="static-best", metric="f1", split="all", dataset="test")[0]["signature"]
        order = ["weights", "a", "frequencies", "window", "distance", "components"]
        takes = {**best["takes"], **({"frequencies": "rank"} if "a" in best["takes"] else {})}
        took = "|".join(f"{k}:{float(takes[k]):g}" if k == "a" else f"{k}:{takes[k]}" for k in order if k in takes)
        assert f"|method:static-best|{took}|stage:table|pool:mean|chosen-on:{chosen_on}|grid:{len(best['scores'])}|" in signature, signature
        check_items("nn-context", EXPECTED["cases"]["plain"]["answers"])
        signature = rows(method="nn-context", metric="f1", split="all", dataset="test")[0]["signature"]
        assert "|method:nn-context|stage:table|" in signature, signature


def read_xml(name):
    """Sentences of a golden set: tokens as lists of words, and (place, id, keys) of its instances."""
    with open(os.path.join(GOLDEN, f"{name}.gold.key.txt"), encoding="utf-8") as file:
        gold = {line.split()[0]: line.split()[1:] for line in file}
    found = []
    for sentence in ElementTree.parse(os.path.join(GOLDEN, f"{name}.data.xml")).iter("sentence"):
        words = list(sentence)
        found.append(([w.text.lower().split() for w in words],
                      [(at, w.get("id"), gold[w.get("id")]) for at, w in enumerate(words) if w.tag == "instance"]))
    return found


def test_bag_of_words():
    """Sentences as idf-weighted counts, senses as their sums, the greatest cosine; worked out here."""
    train, test = read_xml("train"), read_xml("test")
    n, seen = len(train), {}
    for words, _ in train:
        for word in set(sum(words, [])):
            seen[word] = seen.get(word, 0) + 1
    idf = {w: math.log((1 + n) / (1 + seen.get(w, 0))) for words, _ in train + test for w in sum(words, [])}

    def bag(words, at):
        counts = {}
        for word in sum(words[:at] + words[at + 1:], []):
            if any(c.isalpha() for c in word):
                counts[word] = counts.get(word, 0) + idf[word]
        return counts
    senses = {}
    for words, instances in train:
        for at, _, keys in instances:
            for key in keys:
                sums = senses.setdefault(key, {})
                for word, value in bag(words, at).items():
                    sums[word] = sums.get(word, 0) + value
    harness(*TEST, "--method", "bag-of-words,lesk,lesk-extended")
    with zstandard.open(os.path.join(out, "rivals.items.jsonl.zst"), "rt", encoding="utf-8") as file:
        items = {i["id"]: i for i in map(json.loads, file) if i["method"] == "bag-of-words" and i["dataset"] == "test"}

    def dot(x, y):
        return sum(v * y.get(w, 0) for w, v in x.items())
    def file_of(key):
        return key.split("%")[1].split(":")[1]
    right = sum(file_of(i["answer"]) in map(file_of, i["gold"].split()) for i in items.values())
    found = rows(method="bag-of-words", metric="f1-supersense", dataset="test")[0]["value"]
    assert abs(found - right / len(items)) < 1e-12, (found, right)
    decided = 0
    for words, instances in test:
        for at, name, _ in instances:
            own = bag(words, at)
            cosines = {k: dot(own, s) / math.sqrt(dot(own, own) * dot(s, s) or math.inf) for k, s in senses.items()}
            best = sorted(cosines.values())[-2:]
            if max(best) > 0 and best[1] - best[0] > 1e-6:
                decided += 1
                assert items[name]["answer"] == max(cosines, key=cosines.get), (name, items[name], cosines)
                assert abs(items[name]["score"] - best[1]) < 1e-9, (items[name], best)
    assert decided > 20, decided
    assert rows(method="lesk", metric="f1", split="all") and "|window:1|" in rows(method="lesk-extended", metric="f1")[0]["signature"]


def test_refusals():
    bad = os.path.join(out, "bad.txt")
    with open(bad, "w", encoding="utf-8") as file:
        file.write("the 12\nof many\n")
    for method, options, *words in (
            ("nn-context", ["weights=best"], "weights", "uniform, sif or idf"), ("nn-context", ["a=1"], "weights=sif"),
            ("nn-context", ["weights=sif", f"frequencies={bad}"], "bad.txt:2", "of many"),
            ("nn-context", ["weights=sif", "frequencies=none"], "rank, train or a file"),
            ("nn-context", ["distance=exponential", "window=1"], "window=2"), ("static-best", ["k=2"], "static-best")):
        message = harness(*TEST, "--method", method, *settings(dict(o.split("=", 1) for o in options)), status=2)
        assert "suite wsd" in message or "bad.txt" in message, message
        assert all(word in message for word in words), (options, message)
    assert "dimension 8" in harness(*TEST, "--method", "nn-context", "--set", "components=8", status=2)


def test_models():
    """GloVe 6B 100d: figures of an independent program (numpy), F1 x 100; its tokens differ a little from the program's."""
    folder = os.path.join(os.environ["HARNESS_SOURCE_ROOT"], "datasets", "homographs")
    everything = ["--dataset", os.path.join(SHARED, "wsd/raganato2017/ALL"), "--train", os.path.join(SHARED, "wsd/semcor")]
    for data, options, expected in ((["--dataset", folder], [], 64.0), (["--dataset", folder], ["weights=sif", "a=1e-3"], 71.9),
                                    (["--dataset", folder], ["weights=sif", "a=1e-4"], 76.3), (everything, ["weights=sif", "a=1e-4"], 64.9)):
        harness(*data, "--no-items", "--embedder", f"glove=glove:{GLOVE}", "--method", "nn-context",
                *settings(dict(o.split("=") for o in options)))
        found = 100 * rows(method="nn-context", metric="f1", split="all", policy="wn1")[0]["value"]
        print(f"{data[1]} {options}: {found:.2f}, reference {expected}")
        assert abs(found - expected) < 0.8, (data, options, found, expected)


GLOVE = os.path.join(CACHE, "models", "glove", "vectors.txt")
with open(os.path.join(GOLDEN, "expected.json"), encoding="utf-8") as golden:
    EXPECTED = json.load(golden)
REAL = sys.argv[2:] == ["models"]
if REAL and not (os.path.exists(GLOVE) and os.path.isdir(os.path.join(SHARED, "wsd", "semcor"))):
    print("skipped: needs the model glove and ../shared/datasets")
    sys.exit(77)
with tempfile.TemporaryDirectory() as out:
    os.environ["HARNESS_CACHE"] = os.path.join(out, "cache")
    for _name, _test in list(globals().items()):
        if _name.startswith("test_") and (_name == "test_models") == REAL:
            _test()
            print("ok", _name)
