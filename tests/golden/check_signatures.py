#!/usr/bin/python3
"""check_signatures.py REPORT small|made-up: what every field of every figure must say follows from what was asked for. It is worked
out here, from the request and the data as test_golden_report.sh and test_signatures.sh write them down, and without the program.

A signature is SUITE|DATASET(N)|PART:VALUE|…: its parts must be these and no others, in whatever order."""
import json
import sys

PLAIN = {"pool": "mean", "context": None, "post": None}
GLOVE = {"kind": "static", "stages": ["table"], **PLAIN}
REQUESTS = {
    # --suite similarity,wsd --dataset similarity=pairs.tsv --dataset wsd=set --embedder v=glove:vectors.txt --embedder toy,dim=16
    "small": {"embedders": {"v": GLOVE, "toy": GLOVE}, "train": "none", "n": {"pairs": 5, "set": 3}},
    # test_signatures.sh: both sets of wsd train on wsd/train; k=3 nearest; pooling, context and post-processing are varied
    "made-up": {
        "embedders": {**{e + p: {**GLOVE, "post": p[1:] or None} for e in ("small", "v") for p in ("", "+centre")},
                      **{f"shuffled{c}{f}{p}": {"kind": "contextual", "stages": ["table", "1"], "pool": f[1:] or "mean",
                                               "context": c[1:] or None, "post": p[1:] or None}
                         for c in ("", "@left") for f in ("", "@first") for p in ("", "+centre")}},
        "train": "train", "k": 3, "induction": (7, 2),
        # make_names.py: four and three instances; two instances; five pairs; three of everything else but text
        "n": {"ALL": 7, "ALL/x2": 4, "ALL/semeval2007": 3, "ALL-without-semeval2007": 4, "x2": 2, "pairs": 5, "one:train": 3,
              "one:dev": 3, "one:test": 3, "sat": 1, "sentences": 3, "text": 12, "words": 3, "mixture": 2},
        "vocabulary": {"small": 10, "v": 12},
    },
}
BASELINES = {"random", "first-sense", "train-mfs", "static-ceiling", "static-ceiling:lemma", "one-cluster", "singletons", "majority",
             "uniform"}


def threshold(dataset):
    return {"train": "itself"}.get(dataset.split(":")[1], "train")


def protocol(row, request, embedder):
    """What the parts of a figure's signature must be, but for those that its metric adds."""
    suite, method, n = row["suite"], row["method"], row["n"]
    parts = {"method": method}
    if embedder:
        parts["stage"] = row["stage"]
        if suite not in ("neighbours", "analogy") or (suite == "analogy" and embedder["kind"] == "contextual"):
            parts["pool"] = embedder["pool"]
        parts.update({k: v for k, v in (("context", embedder["context"]),
                                        ("post", embedder["post"] and embedder["post"] + " on wordnet-definitions")) if v})
    if suite == "wsd":
        if row["metric"] == "train-overlap":
            return {"method": method, "train": request["train"]}
        if row["metric"] not in ("mixed-share", "occurrences-per-lemma", "ceiling-sharp"):
            parts.update({"train": request["train"], "cand": "lemma+pos", "tie": "expected" if "gain" in row["metric"] else "lowest"})
        if method in ("nn", "nn-context"):
            parts["k"] = str(request["k"])
        if row["split"].startswith("oov-of:"):
            parts["split"] = row["split"]
    elif suite == "induction":
        parts.update({"least": "2", "most": "200"})
        if embedder:
            parts.update({"k": "2", "average-linkage": None})
    elif suite == "similarity":
        parts.update({"case": "lower" if embedder["kind"] == "static" else "written", "template": "none"})
    elif suite == "wic":
        if embedder:
            learnt = row["metric"] != "auc" or row["embedder"].startswith(("v", "shuffled"))
            parts["threshold"] = threshold(row["dataset"]) if learnt else None  # small may know no pair of train
        if row["split"].startswith("oov-of:"):
            parts["split"] = row["split"]
    elif suite == "analogy":
        parts["case"] = "lower" if embedder["kind"] == "static" else "written"
    elif suite == "contextuality":
        parts.update({"least": "2", "draws": "1000"})
        if method == "standardised":
            parts["standardised-on"] = "all"
    elif suite == "neighbours":
        parts.update({"case": "lower", "k": "10", "vocabulary": "whole" if row["metric"] == "overlap" else
                      str(request["vocabulary"][row["embedder"].split("+")[0]])})
    elif suite == "mixture":
        parts.update({"stage": "table", "case": "lower", "centre": "1", "least": "1,1", "forms": "all", "pos": "all", "fit": "nnls"})
        if method == "contexts":
            parts["balance"] = "1"
    return parts


def check(row, request):
    embedder = request["embedders"].get(row["embedder"])
    faults = []
    wanted_kind = embedder["kind"] if embedder else "baseline"
    if row["kind"] != wanted_kind:
        faults.append(f"kind: found {row['kind']}, expected {wanted_kind}")
    if not embedder and (row["embedder"] != "baseline" or row["method"] not in BASELINES or row["stage"] is not None):
        faults.append(f"found embedder {row['embedder']}, method {row['method']}, stage {row['stage']}")
    if embedder and row["stage"] not in embedder["stages"]:
        faults.append(f"stage: found {row['stage']}, expected one of {embedder['stages']}")
    if not row["answered"] <= row["n"] or (row["n"] and abs(row["coverage"] - row["answered"] / row["n"]) > 1e-12):
        faults.append(f"coverage {row['coverage']} is not answered {row['answered']} of n {row['n']}")
    suite, set_, *found = row["signature"].split("|")
    n = request["n"]["mixture" if row["suite"] == "mixture" else row["dataset"]]
    narrow = row["suite"] in ("wsd", "wic")  # these sign with the items of the split, the others with those of the set
    signed = f"{row['dataset']}({row['n'] if narrow else n})"
    if row["suite"] == "induction":
        signed = "{}({} in {} lemmas)".format(row["dataset"], *request["induction"])
    if (suite, set_) != (row["suite"], signed):
        faults.append(f"found {suite}|{set_}, expected {row['suite']}|{signed}")
    whole = row["split"] == "all" and "overlap" not in row["metric"] and row["suite"] not in ("contextuality", "induction")
    if whole and row["n"] != n:
        faults.append(f"n: found {row['n']}, expected {n}")
    wanted = protocol(row, request, embedder)
    made = row["metric"]
    if row["suite"] == "wsd" and row["policy"] != "none" and made.startswith("f1") and made not in ("f1-ties-expected", "f1-supersense"):
        wanted["interval"] = "instances"  # no set here has ten documents
    if "-gain" in made:
        wanted["from"] = "table"
    if row["metric"] in ("mixed-share", "occurrences-per-lemma", "ceiling-sharp"):
        wanted["sharp-from"] = "0.5"
        found = [p for p in found if not p.startswith(("occurrences-per-lemma:", "mixed-share:", "ceiling:"))]
    if "contextual-gain" in made or made.endswith(("-dev-chosen", "-test-best")):
        wanted["stage-chosen-on"] = chosen_on(row)
    if row["policy"] is not None:
        wanted["policy"] = row["policy"]
    wanted["v1"] = None
    parts = dict((p.split(":", 1) + [None])[:2] for p in found)
    if parts.get("threshold") == "none" and wanted.get("threshold", "") is None:
        wanted["threshold"] = "none"
    elif wanted.get("threshold", "") is None:
        wanted["threshold"] = threshold(row["dataset"])
    if len(parts) != len(found) or parts != wanted:
        faults += [f"{k}: found {parts.get(k, 'nothing')}, expected {wanted.get(k, 'nothing')}"
                   for k in sorted({*parts, *wanted}) if k not in parts or k not in wanted or parts[k] != wanted[k]]
        faults += ["a part comes twice"] if len(parts) != len(found) else []
    return faults


def chosen_on(row):
    """wsd: the set's own part semeval2007; x2 has no such part, but ALL is the only one that has: its. wic: dev."""
    if row["metric"].endswith("-test-best"):
        return "itself"
    if row["suite"] == "wsd":
        return "ALL/semeval2007" if row["dataset"] in ("ALL/x2", "ALL-without-semeval2007", "x2") else "none"
    return "dev" if row["suite"] == "wic" and row["dataset"] != "one:dev" else "none"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = json.load(file)["results"]
    off = 0
    for row in rows:
        for fault in check(row, REQUESTS[sys.argv[2]]):
            off += 1
            if off <= 20:
                print(f"{row['signature']} ({row['embedder']} {row['metric']} {row['split']}): {fault}")
    print(f"{len(rows)} figures, {off} faults")
    sys.exit(1 if off or not rows else 0)


if __name__ == "__main__":
    main()
