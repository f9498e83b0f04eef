#!/usr/bin/env python3
"""same_figures.py OLD.json NEW.json: do two reports of the same request, by two versions of the program, hold the same figures?

Figures are matched by their key (suite, data set, embedder, stage, method, metric, split, policy, signature); every column that both
versions write must agree exactly. Exit status 1 with what differs, a figure a line."""
import json
import sys

KEY = ("suite", "dataset", "embedder", "stage", "method", "metric", "split", "policy", "signature")


def figures(path):
    found = {}
    for row in json.load(open(path))["results"]:
        key = tuple(row[name] for name in KEY)
        found.setdefault(key, []).append(row)
    return found


def differences(old, new):
    for key in old:
        if key not in new:
            yield f"gone: {key}"
            continue
        if len(old[key]) != len(new[key]):
            yield f"{len(old[key])} times before, {len(new[key])} now: {key}"
        for a, b in zip(old[key], new[key]):
            for name in a.keys() & b.keys():
                if a[name] != b[name]:
                    yield f"{name} was {a[name]}, is {b[name]}: {key}"
    for key in new:
        if key not in old:
            yield f"new: {key}"


old, new = figures(sys.argv[1]), figures(sys.argv[2])
wrong = list(differences(old, new))
print(f"{sum(map(len, old.values()))} figures, {len(wrong)} differences")
for line in wrong[:40]:
    print(line)
sys.exit(bool(wrong) or not old)
