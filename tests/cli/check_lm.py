"""The report of suite lm on tests/golden/tiny-gpt against PyTorch's log-probabilities. Arguments: the
folder of the report lm.json, the golden folder. Needs Python 3 and nothing else."""
import glob
import json
import math
import sys

import zstandard

out, golden = sys.argv[1:]
lines = open(golden + "/held-out.txt", encoding="ascii").read().splitlines()
*rows, unigram = open(golden + "/expected.txt", encoding="ascii").read().splitlines()
values = [[float(v) for v in row.split()] for row in rows]
assert len(lines) == len(values) > 20

report = json.load(open(out + "/lm.json", encoding="utf-8"))
status = {e["name"]: e["status"] for e in report["embedders"]}
assert status == {"gpt": "ok", "static": "ok", "blind": "ok"}, status
found = {(r["method"], r["metric"]): r for r in report["results"]}
assert {r["embedder"] for r in report["results"]} == {"gpt"}
assert len(found) == 6, sorted(found)


def close(name, a, b, most=1e-4):
    assert abs(a - b) < most * abs(b), f"{name}: {a}, not {b}"


loss = -sum(map(sum, values))
pieces = sum(map(len, values))
words = sum(len(line.split()) for line in lines)
bytes_ = sum(map(len, lines))
figures = {"perplexity": math.exp(loss / pieces), "perplexity-per-word": math.exp(loss / words),
           "bits-per-byte": loss / math.log(2) / bytes_}
for metric, value in figures.items():
    row = found["causal", metric]
    close(metric, row["value"], value)
    assert row["low"] < row["value"] < row["high"] and row["n"] == row["answered"] == len(lines), row

# far below knowing nothing (512 pieces), and below knowing only how often pieces come: in the
# training text (PyTorch's figure) and in this very text (the suite's)
own = found["unigram", "perplexity"]["value"]
assert figures["perplexity"] < 0.25 * math.exp(-float(unigram)) and math.exp(-float(unigram)) < 512
assert own < math.exp(-float(unigram)) and figures["perplexity"] < own / 3, (own, unigram)

items = [json.loads(line) for path in glob.glob(out + "/lm*.jsonl.zst") for line in zstandard.open(path, "rt", encoding="utf-8")]
items = {i["id"]: i for i in items if i.get("suite") == "lm"}
assert len(items) == len(lines), len(items)
for number, row in enumerate(values, 1):
    item = items[str(number)]
    close(f"line {number}", item["score"], sum(row) / len(row))
    assert item["status"] == "ok", item
