#!/usr/bin/env python3
"""Does every row of a report hold what its suite declares?  check_declared.py TABLES.md REPORT.json...

TABLES.md is `harness help --tables`. Metrics, axes of splits (`pos` of `pos:NOUN`) and policies are looked up
as a reader of the page would."""
import collections
import json
import re
import sys

declared = {"metric": collections.defaultdict(set), "split": collections.defaultdict(set),
            "policy": collections.defaultdict(set)}
endings, values, kind = [], collections.defaultdict(set), None
for line in open(sys.argv[1], encoding="utf-8"):
    cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
    if len(cells) < 2 or set(cells[0]) <= {"-"}:
        continue
    if cells[0] in ("suite", "derived"):
        kind = cells[1] if cells[0] == "suite" else "derived"
    elif kind == "derived":
        endings.append(cells[0].strip("`").removeprefix("METRIC"))
    elif kind in declared:
        name = cells[1].strip("`")
        declared[kind][cells[0]].add(name.split(":")[0] if kind == "split" else name)
        if kind == "split":
            axis, _, listed = name.partition(":")
            values[cells[0]] |= {f"{axis}:{v}" for v in listed.split("|")} if listed else set(axis.split("|"))

flaws, n = set(), 0
for path in sys.argv[2:]:
    for row in json.load(open(path, encoding="utf-8"))["results"]:
        suite, metric, split, policy = row["suite"], row["metric"], row["split"], row["policy"]
        n += 1
        for ending in sorted(endings, key=len, reverse=True):
            if metric not in declared["metric"][suite]:
                metric = metric.removesuffix(ending)
        metric = re.sub(r"@[0-9]+$", "@K", metric)
        if metric not in declared["metric"][suite]:
            flaws.add(f"{suite}: metric {row['metric']}")
        open_axis = {"NAME", "FOLDER"} & declared["split"][suite]
        axis = split.split(":")[0]
        if split != "all" and split not in values[suite] and not open_axis:
            named = any(v.startswith(axis + ":") and (v.split(":")[1] == "NAME" or "…" in v) for v in values[suite])
            if not named:
                flaws.add(f"{suite}: split {split}")
        if policy is not None and policy not in declared["policy"][suite]:
            flaws.add(f"{suite}: policy {policy}")
assert n > 0, "no rows"
assert all(declared.values()) and endings, "the tables look otherwise"
print("\n".join(sorted(flaws)) or f"{n} rows hold what is declared")
sys.exit(1 if flaws else 0)
