#!/usr/bin/env python3
"""Does every row of a report hold what its suite declares?  check_declared.py TABLES.md REPORT.json...

TABLES.md is `harness help --tables`. Metrics, axes of splits (`pos` of `pos:NOUN`), policies and the keys of protocols
with their roles are looked up as a reader of the page would."""
import collections
import json
import re
import sys

declared = {"metric": collections.defaultdict(set), "split": collections.defaultdict(set),
            "policy": collections.defaultdict(set)}
keys = {}  # {key: (role, suites)}, "all" among them
endings, values, kind = [], collections.defaultdict(set), None
for line in open(sys.argv[1], encoding="utf-8"):
    cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
    if len(cells) < 2 or set(cells[0]) <= {"-"}:
        continue
    if cells[0] in ("suite", "derived", "key"):
        kind = cells[1] if cells[0] == "suite" else cells[0]
    elif kind == "derived":
        endings.append(cells[0].strip("`").removeprefix("METRIC"))
    elif kind == "key":
        keys[cells[0].strip("`")] = (cells[1], set(cells[3].split(", ")))
    elif kind in declared:
        name = cells[1].strip("`")
        declared[kind][cells[0]].add(name.split(":")[0] if kind == "split" else name)
        if kind == "split":
            axis, _, listed = name.partition(":")
            values[cells[0]] |= {f"{axis}:{v}" for v in listed.split("|")} if listed else set(axis.split("|"))



def bases(metric):
    """A metric without its endings, of which f1-contextual-gain-by-document has two: all readings."""
    once = {metric.removesuffix(ending) for ending in endings} | {metric}
    return once | {name.removesuffix(ending) for name in once for ending in endings}


flaws, n = set(), 0
for path in sys.argv[2:]:
    report = json.load(open(path, encoding="utf-8"))
    terms = {p["signature"]: p["terms"] for p in report["protocols"]}
    for row in report["results"]:
        suite, metric, split, policy = row["suite"], row["metric"], row["split"], row["policy"]
        n += 1
        names = {re.sub(r"@[0-9]+$", "@K", name) for name in bases(metric)}
        if not names & declared["metric"][suite]:
            flaws.add(f"{suite}: metric {row['metric']}")
        open_axis = {"NAME", "FOLDER"} & declared["split"][suite]
        axis = split.split(":")[0]
        if split != "all" and split not in values[suite] and not open_axis:
            named = any(v.startswith(axis + ":") and (v.split(":")[1] == "NAME" or "…" in v) for v in values[suite])
            if not named:
                flaws.add(f"{suite}: split {split}")
        if policy is not None and policy not in declared["policy"][suite]:
            flaws.add(f"{suite}: policy {policy}")
        for term in terms[row["signature"]]:
            role, suites = keys.get(term["key"], (None, set()))
            if role != term["role"] or not suites & {"all", suite}:
                flaws.add(f"{suite}: key {term['key']}, role {term['role']}")
assert n > 0, "no rows"
assert all(declared.values()) and endings and keys, "the tables look otherwise"
print("\n".join(sorted(flaws)) or f"{n} rows hold what is declared")
sys.exit(1 if flaws else 0)
