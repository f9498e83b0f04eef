#!/usr/bin/env python3
"""compare_figures.py FIGURES.tsv REPORT.json ... : do reports hold the figures of an independent program?

FIGURES.tsv: suite, dataset, embedder, stage, method, metric, policy, split, value x 100, tolerance; of the
figures, those whose suite and data set some report holds are compared. Prints each that is off and a closing count;
exit status 1 if one is off or none was compared.
"""
import json
import sys

rows = {}
held = set()
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as source:
        for r in json.load(source)["results"]:
            key = (r["suite"], r["dataset"], r["embedder"], r["stage"] or "", r["method"], r["metric"])
            rows[key + (r["policy"] or "", r["split"])] = r["value"]
            held.add((r["suite"], r["dataset"], r["embedder"]))

compared = off = 0
with open(sys.argv[1], encoding="utf-8") as source:
    for line in source:
        if line.startswith("#"):
            continue
        suite, dataset, embedder, stage, method, metric, policy, split, value, tolerance = line.rstrip("\n").split("\t")
        if (suite, dataset, embedder) not in held:
            continue
        found = rows.get((suite, dataset, embedder, stage, method, metric, policy, split))
        compared += 1
        if found is None or abs(100 * found - float(value)) > float(tolerance) + 1e-9:
            off += 1
            shown = "missing" if found is None else f"{100 * found:.2f}"
            print(f"{suite} {dataset} {embedder} {stage} {method} {metric} {policy} {split}: "
                  f"found {shown}, expected {value} +- {tolerance}")
print(f"{compared} figures compared, {off} off")
sys.exit(1 if off or not compared else 0)
