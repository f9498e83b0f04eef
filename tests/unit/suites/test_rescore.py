#!/usr/bin/python3
"""The command rescore on key files made by hand: what their answers are worth is worked out here, from the Scorer's
description (Raganato et al. 2017): A∩G / A per instance, P over the answered, R over all. Argument: the harness
program."""
import json
import os
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
WORDS = [("a", "bank", "NOUN", "bank%1:14:00::"), ("b", "able", "ADJ", "able%5:00:00:competent:00"),
         ("c", "river", "NOUN", "river%1:17:00::"), ("d", "able", "ADJ", "able%3:00:00::"),
         ("e", "bank", "NOUN", "bank%1:17:01:: bank%1:14:00::")]
PREFIX = "semeval2007."


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stdout} {done.stderr}"
    return done


def keys(name, answers):
    return write(name, "".join(f"{PREFIX}{i} {a}\n" for i, a in answers.items()))


def rescore(*arguments):
    done = harness("rescore", "--dataset", "set", "--resamples", "50", "--out", "out", "--name", "r", *arguments)
    with open("out/r.json", encoding="utf-8") as file:
        report = json.load(file)
    with zstandard.open(os.path.join("out", report["items"]), "rt", encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    return report["results"], items, done.stderr


def value(rows, metric, embedder, field="value"):
    found = [r for r in rows if (r["metric"], r["embedder"], r["split"]) == (metric, embedder, "all")]
    assert len(found) == 1, (metric, embedder, found)
    return found[0][field]


def near(a, b):
    assert abs(a - b) <= 1e-12, (a, b)


def test_worth_and_counts():
    # a: right; b: right but for %3; c: another inventory's id; d: half right, half no candidate; e: none
    rows, items, said = rescore(keys("mine.key", {"a": "bank%1:14:00::", "b": "able%3:00:00:competent:00", "c": "bn:00067948n",
                                                  "d": "able%3:00:00:: wn:01", "zzz": "bank%1:14:00::"}))
    near(value(rows, "precision", "mine"), 1.5 / 4)
    near(value(rows, "recall", "mine"), 1.5 / 5)
    near(value(rows, "unknown-ids", "mine"), 1 / 5)
    assert value(rows, "unknown-ids", "mine", "n") == 5
    near(value(rows, "no-candidate", "mine"), 3 / 5)
    assert "1 of its 5 ids are not in set" in said, said
    assert "3 of 5 answers are no sense of their instance" in said and f"{PREFIX}b able%3:00:00:competent:00" in said, said
    assert "1 of these would be one except for %3 or %5" in said and "--satellites" in said, said
    of = {i["id"][len(PREFIX):]: i for i in items if i["embedder"] == "mine"}
    assert [of[i]["status"] for i in "abcde"] == ["ok", "no-candidate", "no-candidate", "ok", "empty"], of
    assert [of[i]["correct"] for i in "abcde"] == [1, 0, 0, 0.5, 0] and of["e"]["answer"] is None
    # with satellites for one
    rows, items, said = rescore("--satellites", "mine.key")
    near(value(rows, "precision", "mine"), 2.5 / 4)
    near(value(rows, "no-candidate", "mine"), 2 / 5)
    assert "satellites:3=5" in value(rows, "f1", "mine", "signature") and "--satellites" not in said, said
    # the two spellings of one answer are one answer
    rows, _, _ = rescore("--satellites", keys("two.key", {"b": "able%3:00:00:competent:00 able%5:00:00:competent:00"}))
    near(value(rows, "precision", "two"), 1)


def test_nothing_matches():
    plain = write("plain.key", "a bank%1:14:00::\nc river%1:17:00::\n")
    said = harness("rescore", "--dataset", "set", plain, status=2).stderr
    assert 'none of its 2 ids is an instance of set; its first is "a", that of the set "semeval2007.a"' in said, said
    for text in ("", "\n\n"):
        said = harness("rescore", "--dataset", "set", write("empty.key", text), status=2).stderr
        assert "empty.key: found no answer" in said, said
    _, _, said = rescore(keys("babelnet.key", {w[0]: "bn:0000000" + w[0] for w in WORDS}))
    assert "all, 5 of 5 answers are no sense" in said, said


def test_another_inventory():
    """Gold keys of no inventory: published answers are worth what the Scorer says, and no baseline stands beside them."""
    gold = keys("bn.gold.key.txt", {"a": "bn:1", "b": "bn:2 bn:3", "c": "bn:4", "d": "bn:5", "e": "bn:6"})
    rows, items, said = rescore("--label-set", gold, keys("bn.key", {"a": "bn:1", "b": "bn:3 bn:9", "c": "bn:7", "d": "bn:5"}))
    near(value(rows, "precision", "bn"), 2.5 / 4)
    near(value(rows, "recall", "bn"), 2.5 / 5)
    assert "none of its gold labels (bn:1, …) is in WordNet; expected --inventory=FILE" in said and "by their keys alone" in said, said
    assert {r["embedder"] for r in rows} == {"bn"} == {i["embedder"] for i in items}, "a baseline without candidates"
    assert "no-candidate" not in {r["metric"] for r in rows} and "no sense of their instance" not in said, said
    assert {i["status"] for i in items} == {"ok", "empty"}, items
    # where some labels are known, the baselines are, and the others count as they do in a run
    mixed = keys("mixed.gold.key.txt", {"a": "bank%1:14:00::", "b": "bn:2", "c": "bn:4", "d": "bn:5", "e": "bn:6"})
    rows, _, said = rescore("--label-set", mixed, keys("m.key", {"a": "bank%1:14:00::", "b": "bn:2"}))
    near(value(rows, "recall", "m"), 2 / 5)
    assert "4 gold labels are not in WordNet, so that no candidate is one of them" in said, said
    assert {r["method"] for r in rows} > {"first-sense", "predictions"}


def test_names():
    os.makedirs("other", exist_ok=True)
    right, wrong = keys("x.key", {w[0]: w[3].split()[0] for w in WORDS}), keys("other/x.key", {w[0]: "bank%1:17:00::" for w in WORDS})
    said = harness("rescore", "--dataset", "set", right, wrong, status=2).stderr
    assert '"x" has the name of another' in said and "NAME=other/x.key" in said, said
    harness("rescore", "--dataset", "set", f"baseline={right}", status=2)
    harness("rescore", "--dataset", "set", "--name", "a/b", right, status=2)
    rows, items, _ = rescore(f"good={right}", f"bad={wrong}")
    near(value(rows, "f1", "good"), 1)
    assert value(rows, "f1", "bad") < 0.5
    assert len({(i["embedder"], i["method"], i["dataset"], i["id"]) for i in items}) == len(items)
    baselines = [i for i in items if i["embedder"] == "baseline" and i["method"] == "first-sense"]
    assert len(baselines) == 5  # once, whatever the number of files
    return rows


def test_label_sets():
    """Each of several golds makes data sets of its own, so that no two figures have one key."""
    right = keys("x.key", {w[0]: w[3].split()[0] for w in WORDS})
    os.makedirs("other", exist_ok=True)
    one = keys("one.gold.key.txt", {w[0]: w[3] for w in WORDS})
    two = keys("other/one.gold.key.txt", {w[0]: "bank%1:17:00::" if w[0] == "a" else w[3] for w in WORDS})
    rows, items, _ = rescore("--label-set", one, "--label-set", f"two={two}", right)
    of = {r["dataset"]: r for r in rows if (r["metric"], r["embedder"], r["split"]) == ("f1", "x", "all")}
    assert set(of) == {"set@one", "set@two"}, of
    near(of["set@one"]["value"], 1)
    near(of["set@two"]["value"], 4 / 5)
    assert "wsd|set@two(5)|" in of["set@two"]["signature"] and "wsd|set@one(5)|" in of["set@one"]["signature"]
    named = [tuple(r[k] for k in ("dataset", "embedder", "stage", "method", "metric", "split", "policy")) for r in rows]
    assert len(named) == len(set(named))
    told = [(i["dataset"], i["embedder"], i["method"], i["id"]) for i in items]
    assert len(told) == len(set(told)) and {i["dataset"] for i in items} == {"set@one", "set@two"}
    compared = json.loads(harness("compare", "out/r.json", "--format", "json").stdout)["comparisons"]
    assert {c["dataset"] for c in compared} == {"set@one", "set@two"}, compared
    said = harness("rescore", "--dataset", "set", "--label-set", one, "--label-set", two, right, status=2).stderr
    assert "--label-set" in said and '"one" has the name of another' in said, said


def test_compare_with_own_run():
    test_names()
    write("v.txt", "bank 1 0 0\nable 0 1 0\nriver 0 0 1\nmoney 1 0.2 0\nwater 0.1 0 1\n")
    harness("run", "--suite", "wsd", "--dataset", "set", "--embedder", "v=glove:v.txt", "--out", "out", "--name", "own",
            "--resamples", "50", "--method", "gloss:target-gloss")
    text = harness("compare", "out/r.json", "out/own.json", "--format", "json").stdout
    pairs = {frozenset((c["a"]["embedder"], c["b"]["embedder"])): c for c in json.loads(text)["comparisons"]}
    own = pairs[frozenset(("good", "v"))]
    assert own["n"] == 5 and own["p"] is not None, own
    assert pairs[frozenset(("good", "bad"))]["n"] == 5 and frozenset(("v", "baseline")) in pairs, pairs.keys()
    against = json.loads(harness("compare", "out/r.json", "out/own.json", "--embedder", "v", "--against", "good", "--format",
                                 "json").stdout)["comparisons"]
    assert len(against) == 1 and against[0]["p"] == own["p"], against


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    os.makedirs("set")
    write("set/set.data.xml", '<corpus lang="en"><text id="d0"><sentence id="d0.s0">' + "".join(
        f'<instance id="{PREFIX}{i}" lemma="{l}" pos="{p}">{l}</instance>' for i, l, p, _ in WORDS) + "</sentence></text></corpus>\n")
    keys("set/set.gold.key.txt", {w[0]: w[3] for w in WORDS})
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
