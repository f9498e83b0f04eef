#!/usr/bin/python3
"""check_keys.py REPORT…: no two figures of a report share a key, nor two items, two answer files or two cases of its JUnit
twin. REPORT.json, beside it REPORT.items.jsonl.zst and REPORT.keys where the report names them; REPORT.junit.xml if it is there."""
import collections
import json
import os
import sys
import xml.etree.ElementTree

import zstandard

KEY = ("suite", "dataset", "embedder", "stage", "method", "metric", "split", "policy")
ITEM = ("suite", "dataset", "embedder", "stage", "method", "id")


def twice(what, keys, faults):
    faults += [f"{what}: {n} times {key}" for key, n in collections.Counter(keys).items() if n > 1]


def check(path):
    faults = []
    stem, folder = path.removesuffix(".json"), os.path.dirname(path)
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    rows = report["results"]
    assert rows, path
    chosen = [r for r in rows if "stage-chosen-on:" in r["signature"] and not r["metric"].endswith(("-chosen", "-best", "-gain"))]
    # a figure that a selection chose by its stage may stand beside the same figure as a stage's own: the signature says which
    twice("figure", [tuple(r[k] for k in KEY) for r in rows if r not in chosen] if chosen else
          [tuple(r[k] for k in KEY) for r in rows], faults)
    twice("figure with signature", [tuple(r[k] for k in (*KEY, "signature")) for r in rows], faults)
    twice("embedder", [e["name"] for e in report["embedders"]], faults)
    if report["items"]:
        packed = report["items"].endswith(".zst")
        with (zstandard.open if packed else open)(os.path.join(folder, report["items"]), "rt", encoding="utf-8") as file:
            items = [json.loads(line) for line in file]
        twice("item", [tuple(i[k] for k in ITEM) for i in items], faults)
        systems = {tuple(i[k] for k in ITEM[:-1]) for i in items
                   if i["suite"] == "wsd" and i["gold"] and "%" in i["gold"] and i["status"] != "expected"}  # chance answers nothing
        if report["keys"]:
            files = os.listdir(os.path.join(folder, report["keys"]))
            if len(files) != len(systems):
                faults.append(f"{len(files)} answer files of {len(systems)} systems: {files}")
        elif systems:
            faults.append("no answer files")
    if os.path.exists(stem + ".junit.xml"):
        cases = xml.etree.ElementTree.parse(stem + ".junit.xml").getroot().iter("testcase")
        twice("JUnit case", [(c.get("classname"), c.get("name")) for c in cases], faults)
    for fault in faults[:10]:
        print(f"{path}: {fault}")
    return not faults


sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)
