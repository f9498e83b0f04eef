#!/usr/bin/python3
"""The project's own data set in suite wsd: what no static embedder can do on it, its splits, and what a
model sees that reads to one side alone. Arguments: the harness program; `models`: on MiniLM and GloVe
instead of small made-up ones, exit status 77 (skipped) without them. Needs Python 3 and nothing else."""
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import zstandard

HARNESS = os.path.abspath(sys.argv[1])
REAL = sys.argv[2:] == ["models"]
ROOT = os.environ["HARNESS_SOURCE_ROOT"]
FOLDER = os.path.join(ROOT, "datasets", "homographs")
CACHE = os.environ.get("HARNESS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness")
SIDES = ("left", "right", "both")
DISTANCES = {"0": (0, 0), "1-2": (1, 2), "3-5": (3, 5), "6-10": (6, 10), "11-20": (11, 20), "21+": (21, 999)}
# A tie of two senses is one within 1e-6 of a cosine: exact but for that.
EXACT = 1e-9


def rows_of_table(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def read_items():
    """id: (homograph, sense, side, distance) of the test half, read without the program's help."""
    homograph_of = {sense: homograph for sense, homograph, *_ in rows_of_table("senses.tsv")}
    items = {}
    for ident, sense, split, sentence in rows_of_table("items.tsv"):
        words = sentence.split()
        target = next(i for i, word in enumerate(words) if "[" in word)
        clues = [i for i, word in enumerate(words) if "{" in word]
        left, right = any(c < target for c in clues), any(c > target for c in clues)
        if split == "test":
            items[ident] = (homograph_of[sense], sense, "both" if left and right else "left" if left else "right",
                            min(abs(c - target) for c in clues) - 1)
    return items


ITEMS = read_items()
SENSES = collections.defaultdict(list)
for _sense, _homograph, *_ in rows_of_table("senses.tsv"):
    SENSES[_homograph].append(_sense)
OF_LEMMA = collections.Counter(homograph for homograph, *_ in ITEMS.values())
MACRO = sum(1 / len(senses) for senses in SENSES.values()) / len(SENSES)
MICRO = sum(OF_LEMMA[h] / len(senses) for h, senses in SENSES.items()) / len(ITEMS)


def cell(split):
    """Ids of the items of a split."""
    found = set(ITEMS)
    for part in split.split(","):
        kind, value = part.split(":")
        if kind == "clue":
            found &= {i for i, item in ITEMS.items() if item[2] == value}
        else:
            least, most = DISTANCES[value]
            found &= {i for i, item in ITEMS.items() if least <= item[3] <= most}
    return found


def run(name, *arguments, resamples=200):
    command = [HARNESS, "run", "--suite", "wsd", "--out", "out", "--name", name, "--resamples", str(resamples),
               *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: status {done.returncode}: {done.stderr}"
    with open(f"out/{name}.json", encoding="utf-8") as file:
        return json.load(file)["results"]


def items_of(name):
    with zstandard.open(f"out/{name}.items.jsonl.zst", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def value(rows, **wanted):
    wanted = {"metric": "f1", "split": "all", "dataset": "homographs", **wanted}
    if wanted["metric"] == "f1" and wanted["embedder"] != "baseline":
        wanted["policy"] = "wn1"
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def near(found, wanted, what):
    assert abs(found - wanted) <= EXACT, (what, found, wanted)


def check_baselines(rows):
    """Senses are equally frequent: whatever does not look at the sentence is worth 1/k."""
    for method in ("first-sense", "train-mfs", "random", "static-ceiling", "static-ceiling:lemma"):
        near(value(rows, embedder="baseline", method=method)["value"], MICRO, method)
        near(value(rows, embedder="baseline", method=method, metric="macro-accuracy-lemmas")["value"], MACRO, method)
    assert value(rows, embedder="baseline", method="static-ceiling", metric="ceiling-sharp")["value"] == 1


def check_static(rows, embedder, stage):
    """A look-up row answers the same wherever its word stands: right in 1/k of the cases."""
    methods = {r["method"] for r in rows if r["embedder"] == embedder and r["stage"] == stage}
    assert {"nn", "gloss:target-gloss"} <= methods, methods
    for method in ("nn", "gloss:target-gloss"):
        near(value(rows, embedder=embedder, stage=stage, method=method)["value"], MICRO, (embedder, method))
        near(value(rows, embedder=embedder, stage=stage, method=method, metric="macro-accuracy-lemmas")["value"], MACRO,
             (embedder, method))


def check_splits(rows, embedder, stage):
    """A row with an interval for each side and distance, of as many items as the files have."""
    splits = [f"clue:{s}" for s in SIDES] + [f"distance:{d}" for d in DISTANCES]
    splits += [f"clue:{s},distance:{d}" for s in SIDES[:2] for d in DISTANCES]
    for split in splits:
        ids = cell(split)
        if not ids:
            continue
        row = value(rows, embedder=embedder, stage=stage, method="nn", split=split)
        assert row["n"] == row["answered"] == len(ids), (split, row, len(ids))
        if len(ids) > 20:
            assert row["low"] < row["value"] < row["high"], row
    assert not [r for r in rows if r["split"].startswith("clue:both,")]


def check_items(name):
    """Every record says where the clue stands, as the file does; the sentence comes along, as it is read."""
    seen, told = set(), 0
    for item in items_of(name):
        if item["id"] not in ITEMS:  # of an embedder's vocabulary
            continue
        homograph, sense, side, distance = ITEMS[item["id"]]
        facts = item["attributes"]
        assert (facts["lemma"], item["gold"], facts["clue"], facts["distance"]) == (homograph, sense, side,
                                                                                    str(distance)), item
        assert facts["candidates"] == str(len(SENSES[homograph]))
        if "sentence" in facts:
            begin, end = map(int, facts["span"].split("-"))
            assert facts["sentence"][begin:end] == homograph and not re.search(r"[\[\]{}]", facts["sentence"])
            assert [line.split("\t")[0] for line in facts["definitions"].split("\n")] == SENSES[homograph]
            told += 1
        seen.add(item["id"])
    assert seen == set(ITEMS) and told >= len(ITEMS), (len(seen), told, len(ITEMS))


def vectors(path):
    """A vector for each word of the sentences and definitions, drawn by chance."""
    dice = random.Random(1)
    text = " ".join(cells[3] for table in ("items.tsv", "senses.tsv") for cells in rows_of_table(table))
    with open(path, "w", encoding="utf-8") as file:
        for word in sorted(set(re.findall(r"[a-z]+", text.lower()))):
            file.write(word + "".join(f" {dice.gauss(0, 1):.3f}" for _ in range(16)) + "\n")


def test_ceiling_and_splits():
    vectors("v.txt")
    rows = run("static", "--dataset", "homographs", "--embedder", "v=glove:v.txt")
    check_baselines(rows)
    check_static(rows, "v", "table")
    check_splits(rows, "v", "table")
    check_items("static")
    assert all("|train:homographs|" in r["signature"] for r in rows if r["metric"] == "f1"), rows[0]["signature"]


def test_beside_a_set_without_training():
    """A set that brings its training part leaves the rows of its neighbour alone."""
    os.makedirs("bank", exist_ok=True)
    with open("bank/bank.data.xml", "w", encoding="utf-8") as file:
        file.write("<corpus><text id='d'><sentence><wf>river</wf><instance id='b' lemma='bank' pos='NOUN'>bank"
                   "</instance></sentence></text></corpus>")
    with open("bank/bank.gold.key.txt", "w", encoding="utf-8") as file:
        file.write("b bank%1:17:01::\n")
    alone = run("alone", "--dataset", "bank", "--embedder", "v=glove:v.txt", resamples=0)
    both = run("both", "--dataset", "homographs", "--dataset", "bank", "--embedder", "v=glove:v.txt", resamples=0)
    assert both[0]["dataset"] == "homographs"
    beside = [r for r in both if r["dataset"] == "bank"]
    assert beside == alone, (len(beside), len(alone))
    assert {r["method"] for r in beside if r["embedder"] == "v"} == {"gloss:target-gloss", "gloss:sentence-gloss"}
    # a data set of one's own labels for a homograph keeps its own senses
    os.makedirs("coarse/bank", exist_ok=True)
    for split in ("train", "test"):
        with open(f"coarse/bank/{split}.data.txt", "w", encoding="utf-8") as file:
            file.write("1\tthe bank lends money\n1\tthe bank of mud\n")
        with open(f"coarse/bank/{split}.gold.txt", "w", encoding="utf-8") as file:
            file.write("0\n1\n")
    with open("coarse/bank/classes_map.txt", "w", encoding="utf-8") as file:
        file.write('{"0": "money", "1": "mud"}')
    rows = run("coarse", "--dataset", "homographs", "--dataset", "coarse", "--embedder", "v=glove:v.txt", resamples=0)
    assert value(rows, embedder="baseline", method="random", dataset="coarse")["value"] == 0.5
    near(value(rows, embedder="baseline", method="random")["value"], MICRO, "random")


def own_set(folder, items):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/senses.tsv", "w", encoding="utf-8") as file:
        file.write("bank.river\tbank\tNOUN\tland beside flowing water\tbank%1:17:01::\n"
                   "bank.money\tbank\tNOUN\ta house that lends\tbank%1:14:00::\n")
    with open(f"{folder}/items.tsv", "w", encoding="utf-8") as file:
        file.writelines("\t".join(item) + "\n" for item in items)


def test_causal_model_is_blind_to_the_right():
    """Sentences that differ only to the right of the target are one and the same to a decoder."""
    subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "tests/cli/make_gpt2.py"), "gpt2", "1"], check=True)
    own_set("blind", [
        ("r0", "bank.river", "train", "The {river} of the [bank] plant."),
        ("m0", "bank.money", "train", "The {money} of the [bank] plant."),
        ("r1", "bank.river", "test", "The plant of the [bank] saw the {river} rise."),
        ("m1", "bank.money", "test", "The plant of the [bank] saw the {money}."),
        ("r2", "bank.river", "test", "The {river} of a [bank] saw it."),
        ("m2", "bank.money", "test", "The {money} of a [bank] saw it."),
    ])
    run("blind", "--dataset", "blind", "--embedder", "gpt=transformer:gpt2", "--embedder",
        "right=transformer:gpt2,context=right", "--method", "nn", resamples=0)
    scores = {(i["embedder"], i["stage"], i["id"]): (i["answer"], i["score"]) for i in items_of("blind")
              if i["embedder"] != "baseline"}
    stages = {stage for name, stage, _ in scores if name == "gpt"}
    assert len(stages) > 3, stages
    for stage in stages:
        assert scores["gpt", stage, "r1"] == scores["gpt", stage, "m1"], stage
        assert (scores["gpt", stage, "r2"] != scores["gpt", stage, "m2"]) == (stage not in ("table", "input")), stage
        assert scores["right", stage, "r2"] == scores["right", stage, "m2"], stage


def test_first_table_of_a_plain_run():
    """By default homographs come first, from the program's own folder, whatever manifests a user has."""
    os.makedirs("manifests", exist_ok=True)
    os.makedirs("cache/datasets/wordnet-examples", exist_ok=True)
    for kind in ("data.xml", "gold.key.txt"):
        with open(f"bank/bank.{kind}", encoding="utf-8") as file, \
                open(f"cache/datasets/wordnet-examples/wordnet-examples.{kind}", "w", encoding="utf-8") as out:
            out.write(file.read())
    os.environ["HARNESS_DATASETS"] = os.path.abspath("manifests")
    rows = run("plain", "--embedder", "v=glove:v.txt", resamples=0)
    del os.environ["HARNESS_DATASETS"]
    names = list(dict.fromkeys(r["dataset"] for r in rows))
    assert names == ["homographs", "wordnet-examples"], names


def test_interval_by_classes():
    """Each sense a class of its own: f1-coarse is f1, and its interval over lemmas is f1's."""
    with open("own.tsv", "w", encoding="utf-8") as file:
        file.write("bank.none\tnothing\n")
    rows = run("classes", "--dataset", "homographs", "--embedder", "v=glove:v.txt", "--method", "nn-context", "--set", "wsd.coarse=own.tsv",
               "--set", "wsd.unclassed=alone")
    coarse = [r for r in rows if r["metric"] == "f1-coarse"]
    assert {r["method"] for r in coarse} >= {"first-sense", "nn-context"}, coarse
    for row in coarse:
        fine = value(rows, embedder=row["embedder"], method=row["method"], stage=row["stage"])
        assert row["low"] < row["value"] < row["high"] and "|interval:lemmas(" in row["signature"], row
        assert [row[k] for k in ("value", "low", "high", "n")] == [fine[k] for k in ("value", "low", "high", "n")], (row, fine)
    done = subprocess.run([HARNESS, "compare", "out/classes.json", "--metric", "f1-coarse"], capture_output=True, text=True)
    assert "not tested: records do not hold what f1-coarse is made of" in " ".join(done.stdout.split()), done.stdout


def test_refusal_names_file_and_line():
    own_set("broken", [("r0", "bank.river", "train", "The [bank of the {river}.")])
    done = subprocess.run([HARNESS, "--suite", "wsd", "--dataset", "broken", "--embedder", "v=glove:v.txt", "--out",
                           "none"], capture_output=True, text=True)
    assert done.returncode == 2 and "broken/items.tsv:1: found '[bank'" in done.stderr, done.stderr
    assert not os.path.exists("none")


def real_models():
    """Bounds, generous: the sentences may still be mended."""
    rows = run("real", "--dataset", "homographs", "--stages", "table,6", "--embedder", "minilm", "--embedder",
               "glove", "--embedder", "minilm,context=left")
    check_baselines(rows)
    check_static(rows, "minilm", "table")
    check_static(rows, "glove", "table")
    check_splits(rows, "minilm", "6")
    check_items("real")

    def f1(embedder, method="nn", stage="6", split="all"):
        return value(rows, embedder=embedder, method=method, stage=stage, split=split)

    def chance(split):
        return value(rows, embedder="baseline", method="random", split=split)["value"]

    last = f1("minilm")
    assert last["low"] > MICRO + 0.2, last
    for split in ("clue:left", "clue:right", "clue:both", "distance:6-10"):
        assert f1("minilm", split=split)["low"] > chance(split) + 0.15, f1("minilm", split=split)
    assert f1("minilm", method="gloss:sentence-gloss")["low"] > MICRO + 0.2
    assert f1("glove", method="nn-context", stage="table")["low"] > MICRO + 0.1
    assert f1("glove", method="nn-context", stage="table")["value"] < last["value"]
    # what stands to the right was cut away: clues there are gone, those to the left are not
    blind, seeing = f1("minilm@left", split="clue:right"), f1("minilm@left", split="clue:left")
    assert blind["value"] < chance("clue:right") + 0.12, blind
    assert seeing["low"] > chance("clue:left") + 0.2, seeing
    assert seeing["low"] > blind["high"], (seeing, blind)
    print("ok real_models")


if REAL:
    for needed in ("minilm", "glove/vectors.txt"):
        if not os.path.exists(os.path.join(CACHE, "models", needed)):
            print(f"skipped: no {needed}")
            sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    if REAL:
        real_models()
        sys.exit(0)
    os.environ["HARNESS_CACHE"] = os.path.join(scratch, "cache")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
