#!/usr/bin/python3
"""check_gains.py REPORT.json …: do gains along the stages add up, in every report?

For each suite, data set, embedder and method with rows METRIC-gain: the gains and the parts add up to
the total, which is the last stage's METRIC minus the first's, and the contextual gain is the chosen
stage's minus the table's. Prints what is off; status 1 if anything is, or if no report has a gain."""
import json
import sys

CLOSE = 1e-12


def is_native(stage):
    return not stage.startswith(("sum:", "mean:"))


def groups(rows):
    """(suite, dataset, embedder, method) → its rows."""
    found = {}
    for row in rows:
        found.setdefault((row["suite"], row["dataset"], row["embedder"], row["method"]), []).append(row)
    return found


def check_group(rows, metric):
    """What is wrong with one metric of a group, and how many gains it has."""
    def of(name, split="all"):
        return [r for r in rows if r["metric"] == f"{metric}-{name}" and r["split"] == split]
    gains, totals = of("gain"), of("gain-total")
    if not gains:
        return [], 0
    policy = gains[0]["policy"]
    kinds = {r["metric"] for r in rows}
    known = f"{metric}-ties-expected" if f"{metric}-ties-expected" in kinds else metric  # gains are of the former
    scores = {r["stage"]: r["value"] for r in rows
              if r["metric"] == known and r["split"] == "all" and r["policy"] == policy}
    native = [s for s in scores if is_native(s)]
    parts = [r["value"] for r in rows
             if r["metric"] == f"{metric}-gain-total" and r["split"].startswith("part:")]
    off = []

    def expect(what, found, expected):
        if abs(found - expected) > CLOSE:
            off.append(f"{what}: found {found!r}, expected {expected!r}")
    if [r["stage"] for r in gains] != native[1:] or len(totals) != 1:
        return [f"gains of {[r['stage'] for r in gains]}, stages {native}"], len(gains)
    for before, row in zip(native, gains):
        expect(f"gain at {row['stage']}", row["value"], scores[row["stage"]] - scores[before])
        if f"|from:{before}|" not in row["signature"]:
            off.append(f"{row['signature']}: expected from:{before}")
        if row["low"] is not None and not row["low"] - CLOSE <= row["value"] <= row["high"] + CLOSE:
            off.append(f"gain at {row['stage']}: {row['value']} outside {row['low']} … {row['high']}")
    expect("total", totals[0]["value"], scores[native[-1]] - scores[native[0]])
    expect("sum of the gains", sum(r["value"] for r in gains), totals[0]["value"])
    expect("sum of the parts", sum(parts), totals[0]["value"])
    for row in of("contextual-gain"):
        expect("contextual gain", row["value"], scores[row["stage"]] - scores["table"])
    by_part = {r["split"]: r["value"] for r in rows if r["metric"] == f"{metric}-gain-total"}
    for row in of("attention-lead"):
        expect("attention over feed-forward", row["value"],
               by_part["part:attention"] - by_part["part:feed-forward"])
    for row in of("half-gain-block"):
        half = next(s for s in native if scores[s] - scores[native[0]] >= totals[0]["value"] / 2)
        if row["stage"] != half:
            off.append(f"half at {row['stage']}, expected {half}")
    return off, len(gains)


def check_rows(rows):
    off, n = [], 0
    for key, group in groups(rows).items():
        metrics = {r["metric"][:-len("-gain")] for r in group if r["metric"].endswith("-gain")
                   and not r["metric"].endswith("-contextual-gain")}
        for metric in sorted(metrics):
            wrong, gains = check_group(group, metric)
            off += [f"{' '.join(key)} {metric}: {what}" for what in wrong]
            n += gains
    return off, n


def main():
    off, n = [], 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            wrong, gains = check_rows(json.load(file)["results"])
        off += [f"{path}: {what}" for what in wrong]
        n += gains
    for what in off:
        print(what)
    print(f"{n} gains in {len(sys.argv) - 1} reports add up" if not off else f"{len(off)} are off")
    return 1 if off or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
