#!/usr/bin/python3
"""Suite wsd's method nn with k nearest occurrences, against the same rule worked out here, on vectors
made up so that centroids and neighbours disagree. Arguments: the harness program. Needs Python 3 and
nothing else.

A target's vector is its surface form's, all of one lemma; its context is one other word, whose vector
method nn-context sees."""
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
SENSES = ["bank%1:17:01::", "bank%1:14:00::", "bank%1:17:00::"]  # by sense number
TIE = 1e-6


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def cosine(u, v):
    both = math.hypot(*u) * math.hypot(*v)
    return sum(a * b for a, b in zip(u, v)) / both if both else 0


def write_set(name, occurrences):
    """occurrences: (target vector, context vector, keys of the gold)"""
    xml, gold = ["<corpus><text id='d'>"], []
    for i, (_, _, keys) in enumerate(occurrences):
        xml.append(f"<sentence><wf>{name}context{i}</wf><instance id='{name}.{i}' lemma='bank' pos='NOUN'>"
                   f"{name}target{i}</instance></sentence>")
        gold.append(f"{name}.{i} {' '.join(keys)}\n")
    write(f"{name}.data.xml", "".join(xml) + "</text></corpus>")
    write(f"{name}.gold.key.txt", "".join(gold))


def write_vectors(**sets):
    with open("vectors.txt", "w", encoding="utf-8") as file:
        for name, occurrences in sets.items():
            for i, (target, context, _) in enumerate(occurrences):
                for kind, vector in (("target", target), ("context", context)):
                    if vector:
                        file.write(f"{name}{kind}{i} {' '.join(map(repr, vector))}\n")


def harness(*arguments, status=0):
    command = [HARNESS, "run", "--out", "out", "--name", "knn", "--resamples", "0", "--threads", "1", "--suite", "wsd",
               "--dataset", "test.data.xml", "--train", "train.data.xml", "--embedder", "v=glove:vectors.txt",
               *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}"
    return done.stderr


def items(k):
    harness("--method", "nn", "--method", "nn-context", "--set", f"k={k}")
    with zstandard.open("out/knn.items.jsonl.zst", "rt", encoding="utf-8") as file:
        all_items = [json.loads(line) for line in file]
    return {(i["method"], i["id"]): i for i in all_items if i["embedder"] == "v"}


def neighbours(query, training, k):
    """(sense, status) by the rule of suites/wsd/neighbours.h; training: (vector, keys)"""
    near = [(cosine(query, v), keys) for v, keys in training if v]
    bound = sorted((c for c, _ in near), reverse=True)[k - 1] - TIE if len(near) > k else -2
    voters = [(c, keys) for c, keys in near if c >= bound]
    votes = {s: sum(s in keys for _, keys in voters) for s in SENSES}
    most = max(votes.values())
    if not most:
        return SENSES[0], "backoff"
    nearest = {s: max(c for c, keys in voters if s in keys) for s in SENSES if votes[s] == most}
    best = [s for s in SENSES if s in nearest and nearest[s] >= max(nearest.values()) - TIE]
    return best[0], "tie" if len(best) > 1 else "ok"


def centroid(query, training):
    sums = {s: [sum(c) for c in zip(*(v for v, keys in training if v and s in keys))] for s in SENSES}
    cosines = {s: cosine(query, v) for s, v in sums.items() if v}
    return next(s for s in SENSES if s in cosines and cosines[s] >= max(cosines.values()) - TIE)


def angle(degrees):
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


def test_by_hand():
    """Sense 14:00 lies next to the question, with stragglers that pull its centroid away."""
    far, other = [SENSES[1]], [SENSES[0]]
    train = [(angle(d), angle(d), far) for d in (1, 2, 120, 125, 130)]
    train += [(angle(d), angle(d), other) for d in (20, 22, 24)]
    test = [(angle(0), angle(0), far)]
    write_set("train", train)
    write_set("test", test)
    write_vectors(train=train, test=test)
    # k = 3: two against one; 4: two each, 14:00 is nearer; 5: two against three; 100: five
    # against three
    expected = {1: 0, 3: 1, 4: 1, 5: 0, 100: 1}
    for k, sense in expected.items():
        found = items(k)
        for method in ("nn", "nn-context"):
            item = found[method, "test.0"]
            assert item["answer"] == SENSES[sense], (k, method, item)
            if k in (3, 4, 100):
                assert abs(item["score"] - math.cos(math.radians(1))) < 1e-6, item
    with open("out/knn.json", encoding="utf-8") as file:
        rows = [r for r in json.load(file)["results"] if r["embedder"] == "v"]
    assert all("|k:100|" in r["signature"] for r in rows if r["method"] == "nn"), rows[0]["signature"]
    items(1)
    with open("out/knn.json", encoding="utf-8") as file:
        assert all("|k:" not in r["signature"] for r in json.load(file)["results"])
    # one document: instances are drawn
    with open("out/knn.json", encoding="utf-8") as file:
        assert all("|interval:instances|" in r["signature"] for r in json.load(file)["results"] if r["low"] is not None)


def test_random_sets():
    """Several gold keys, missing vectors, occurrences that coincide."""
    dice = random.Random(5)
    for round_ in range(2):
        def vector():
            return tuple(dice.choice((-1.0, 0.5, 2.0)) for _ in range(3)) if dice.random() < 0.9 else None

        def some(n):
            return [(vector(), vector(), dice.sample(SENSES[:3], dice.choice((1, 1, 1, 2)))) for _ in range(n)]
        train, test = some(40), some(90)
        write_set("train", train)
        write_set("test", test)
        write_vectors(train=train, test=test)
        differ = 0
        for k in (1, 2, 5, 200):
            found = items(k)
            for m, method in enumerate(("nn", "nn-context")):
                training = [(t[m], t[2]) for t in train]
                for i, question in enumerate(test):
                    item = found[method, f"test.{i}"]
                    if not question[m]:
                        status = "backoff" if question[0] else "oov"  # a known word, nothing known around it
                        assert item["status"] == status and item["answer"] == SENSES[0], item
                        continue
                    if k == 1:
                        assert item["answer"] == centroid(question[m], training), (i, item)
                        continue
                    sense, status = neighbours(question[m], training, k)
                    assert (item["answer"], item["status"]) == (sense, status), (round_, k, method, i, item, sense)
                    differ += sense != centroid(question[m], training)
        assert differ > 10, "centroids and neighbours should differ on these data"


def test_refusals():
    message = harness("--method", "nn", "--set", "k=2", "--set", "memory=100", status=2)
    assert "--stages" in message and "memory" in message and "k=2" in message, message
    harness("--method", "nn", "--set", "memory=100")  # centroids ask for nothing
    for options in (["--set", "k=0"], ["--set", "k=many"], ["--set", "k=2", "--method", "nn+gloss"],
                    ["--set", "k=2", "--set", "backoff=hypernym"], ["--set", "memory=none"]):
        assert re.search("suite wsd[:,] ", harness(*options, status=2))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
