#!/usr/bin/env python3
"""same_figures.py OLD.json NEW.json: do two reports of the same request, by two versions of the program, hold the same figures?

Figures are matched by their key (suite, data set, embedder, stage, method, metric, split, policy, signature); every column that both
versions write must agree exactly. Names that a version of the schema changed are mapped (harness/doc/REPORT.md, "Top level"). Of a report
of version 2 the typed fields must say what the texts say. Exit status 1 with what differs, a figure a line."""
import json
import re
import sys

KEY = ("suite", "dataset", "embedder", "stage", "method", "metric", "split", "policy", "signature")


def of_version_2(row):
    row["split"] = re.sub("^lacked-by(?=:|$)", "oov-of", row["split"])
    row["signature"] = re.sub(r"\|split:lacked-by(?=[:|])", "|split:oov-of", row["signature"])


def contradictions(report):
    """Of a report of version 2: texts against the fields beside them, worked out from REPORT.md and not by the program."""
    bare = {"suite", "dataset", "linkage", "version", None}
    terms = {p["signature"]: p.get("terms", []) for p in report["protocols"]}
    for signature, listed in terms.items():
        parts = []
        for term in listed:
            if term["key"] == "items":
                parts[-1] += f"({term['value']})"
            else:
                parts.append(term["value"] if term["key"] in bare else f"{term['key']}:{term['value']}")
        if "|".join(parts) != signature:
            yield f"the terms of {signature} say {'|'.join(parts)}"
    stages = {(e["name"], s["name"]): (s["block"], s["part"]) for e in report["embedders"] for s in e["stages"]}
    for row in report["results"]:
        split = ":".join(t for t in (row["split_axis"] or "all", row["split_value"]) if t is not None)
        if split != row["split"]:
            yield f"split {row['split']}, but axis and value say {split}"
        if row["signature"] not in terms:
            yield f"no protocol of {row['signature']}"
        place, known = (row["stage_block"], row["stage_part"]), stages.get((row["embedder"], row["stage"]))
        if (row["stage"] is None) != (row["stage_part"] is None) or (known and known != place):
            yield f"stage {row['stage']} of {row['embedder']} is {place}, its embedder's {known}"


def figures(path):
    found = {}
    report = json.load(open(path))
    wrong.extend(f"{path}: {line}" for line in (contradictions(report) if report["schema"].startswith("harness-report/2") else ()))
    for row in report["results"]:
        of_version_2(row)
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


wrong = []
old, new = figures(sys.argv[1]), figures(sys.argv[2])
wrong.extend(differences(old, new))
print(f"{sum(map(len, old.values()))} figures, {len(wrong)} differences")
for line in wrong[:40]:
    print(line)
sys.exit(bool(wrong) or not old)
