#!/usr/bin/python3
"""Suites similarity, analogy and sts on the real models, against an independent computation (numpy,
scipy) and the figures that another program computed by the same protocol. Arguments: the harness
program. Exit status 77 (skipped) without the shared data sets or the models."""
import json
import os
import subprocess
import sys
import tempfile

HARNESS = os.path.abspath(sys.argv[1])
SHARED = os.environ.get("HARNESS_SHARED", "")
CACHE = os.environ.get("HARNESS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness")
GLOVE, MINILM = (os.path.join(CACHE, "models", m) for m in ("glove/vectors.txt", "minilm"))

try:
    import numpy
    from scipy import stats
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
for path in (SHARED, GLOVE, MINILM):
    if not path or not os.path.exists(path):
        print(f"skipped: no {path or 'HARNESS_SHARED'}")
        sys.exit(77)

# found pairs; Spearman and Pearson x 100 by policy skip, then zero
GLOVE_SIMILARITY = {
    "EN-WS-353-ALL": (353, 53.27, 54.84, 53.27, 54.84), "EN-WS-353-SIM": (203, 60.35, 59.42, 60.35, 59.42),
    "EN-WS-353-REL": (252, 49.55, 54.28, 49.55, 54.28), "EN-SIMLEX-999": (999, 29.75, 32.53, 29.75, 32.53),
    "EN-MEN-TR-3k": (3000, 68.09, 68.07, 68.09, 68.07), "EN-RW-STANFORD": (1782, 36.64, 36.17, 30.09, 30.93),
    "EN-RG-65": (65, 69.07, 68.16, 69.07, 68.16), "EN-MC-30": (30, 62.71, 62.91, 62.71, 62.91),
    "EN-MTurk-287": (287, 61.93, 67.56, 61.93, 67.56), "EN-VERB-143": (144, 30.23, 41.79, 30.23, 41.79),
}
STAGES = ["table", "input", "1", "2", "3", "4", "5", "6", "sum:3-6"]
MINILM_SIMILARITY = {
    "EN-WS-353-ALL": (74.18, 72.51, 73.86, 74.47, 75.41, 73.99, 73.57, 75.01, 75.78),
    "EN-SIMLEX-999": (46.73, 47.54, 47.88, 48.66, 47.67, 47.17, 47.73, 50.13, 49.21),
    "EN-RG-65": (70.04, 63.08, 64.56, 67.44, 69.58, 71.49, 71.98, 72.23, 71.90),
}
# right answers and questions attempted with 30,000 words and with all
ANALOGY = {
    "section:capital-common-countries": (477, 506, 475, 506), "section:capital-world": (2547, 2842, 4024, 4524),
    "section:currency": (49, 268, 124, 866), "section:city-in-state": (691, 2203, 764, 2467),
    "section:family": (332, 380, 413, 506), "section:gram1-adjective-to-adverb": (206, 930, 243, 992),
    "section:gram2-opposite": (100, 420, 163, 812), "section:gram3-comparative": (1068, 1332, 1065, 1332),
    "section:gram4-superlative": (440, 702, 619, 1122), "section:gram5-present-participle": (655, 930, 743, 1056),
    "section:gram6-nationality-adjective": (1371, 1445, 1406, 1599), "section:gram7-past-tense": (866, 1560, 866, 1560),
    "section:gram8-plural": (823, 1056, 959, 1332), "section:gram9-plural-verbs": (407, 702, 508, 870),
    "semantic": (4096, 6199, 5800, 8869), "syntactic": (5936, 9077, 6572, 10675), "all": (10032, 15276, 12372, 19544),
}


def run(name, *arguments):
    command = [HARNESS, "run", "--out", folder, "--name", name, "--resamples", "0", "--no-items", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(f"{folder}/{name}.json", encoding="utf-8") as file:
        return [r for r in json.load(file)["results"] if r["embedder"] != "baseline"]


def value(rows, **wanted):
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def near(a, b, tolerance, what):
    assert abs(a - b) <= tolerance, (what, a, b)


def read_pairs(name):
    with open(f"{SHARED}/similarity/{name}.txt", encoding="utf-8") as file:
        fields = [line.split() for line in file if line.strip()]
    return [(a.lower(), b.lower(), float(s)) for a, b, s in fields]


def glove_similarity():
    sets = {name: read_pairs(name) for name in GLOVE_SIMILARITY}
    words = {w for pairs in sets.values() for a, b, _ in pairs for w in (a, b)}
    rows_of = {}
    with open(GLOVE, encoding="utf-8") as file:
        for line in file:
            word, rest = line.split(" ", 1)
            if word in words and word not in rows_of:
                rows_of[word] = numpy.array(rest.split(), dtype=numpy.float32).astype(float)
    files = [x for name in sets for x in ("--dataset", f"{SHARED}/similarity/{name}.txt")]
    rows = run("glove", "--suite", "similarity", "--embedder", f"glove=glove:{GLOVE}", *files)
    for name, pairs in sets.items():
        # divided by the product of the norms: one order or the other must not tell (a, b) from (b, a)
        scores = numpy.array([rows_of[a] @ rows_of[b] / (numpy.linalg.norm(rows_of[a]) * numpy.linalg.norm(rows_of[b]))
                              if a in rows_of and b in rows_of else numpy.nan for a, b, _ in pairs])
        gold = numpy.array([s for *_, s in pairs])
        known = ~numpy.isnan(scores)
        found, *table = GLOVE_SIMILARITY[name]
        cases = [("skip", scores[known], gold[known]), ("zero", numpy.where(known, scores, 0), gold)]
        for i, (policy, x, y) in enumerate(cases):
            for j, (metric, f) in enumerate((("spearman", stats.spearmanr), ("pearson", stats.pearsonr))):
                row = value(rows, dataset=name, metric=metric, policy=policy, split="all")
                near(row["value"], f(x, y)[0], 1e-6, (name, policy, metric))
                assert round(100 * row["value"], 2) == table[2 * i + j], (name, policy, metric, row["value"])
                assert row["answered"] == found == known.sum()


def minilm_similarity():
    files = [x for name in MINILM_SIMILARITY for x in ("--dataset", f"{SHARED}/similarity/{name}.txt")]
    rows = run("minilm", "--suite", "similarity", "--embedder", f"minilm=transformer:{MINILM}", "--stages",
               ",".join(STAGES), *files)
    for name, figures in MINILM_SIMILARITY.items():
        for stage, figure in zip(STAGES, figures):
            row = value(rows, dataset=name, stage=stage, metric="spearman", policy="skip", split="all")
            near(100 * row["value"], figure, 0.2, (name, stage))


def analogy():
    for column, limit in ((0, ["--vocabulary-limit", "30000"]), (2, [])):
        rows = run("analogy", "--suite", "analogy", "--dataset", f"{SHARED}/analogy/questions-words.txt", "--method",
                   "3cosadd", "--embedder", f"glove=glove:{GLOVE}", *limit)
        for split, figures in ANALOGY.items():
            row = value(rows, split=split, policy="skip")
            assert row["answered"] == figures[column + 1], (split, row)
            near(row["value"] * row["answered"], figures[column], 3, split)


def sts():
    test = ["--suite", "sts", "--dataset", f"{SHARED}/sts/sts-test.csv", "--embedder"]
    rows = run("sts", *test, f"minilm=transformer:{MINILM},special=1", "--stages", "6")
    near(value(rows, metric="spearman", policy="skip", split="all")["value"], 0.820, 0.002, "MiniLM")
    rows = run("sts", *test, f"glove=glove:{GLOVE}")
    near(value(rows, metric="spearman", policy="skip", split="all")["value"], 0.43, 0.005, "GloVe")


with tempfile.TemporaryDirectory() as folder:
    for test in (glove_similarity, minilm_similarity, analogy, sts):
        test()
        print("ok", test.__name__)
