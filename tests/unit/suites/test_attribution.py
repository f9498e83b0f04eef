#!/usr/bin/python3
"""Gains along the stages, words that an embedder lacks, and the sharpness of the static ceiling, as the
program reports them on data small enough to work out here. Arguments: the harness program and
check_gains.py. Needs Python 3 and nothing else."""
import json
import os
import random
import subprocess
import sys
import tempfile

import zstandard

HARNESS, CHECK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
KEYS = {"bank": ["bank%1:17:01::", "bank%1:14:00::"], "crane": ["crane%1:06:00::", "crane%1:05:00::"],
        "river": ["river%1:17:00::"], "seal": ["seal%1:05:00::", "seal%1:06:01::"]}
LACKED = {"crane", "seals"}  # by the vectors of "small"
failures = 0


def expect(what, found, expected):
    global failures
    same = abs(found - expected) < 1e-12 if isinstance(expected, float) else found == expected
    if not same:
        failures += 1
        print(f"FAILED: {what}: found {found!r}, expected {expected!r}")


def run(name, *arguments):
    done = subprocess.run([HARNESS, "run", "--out", "out", "--name", name, "--resamples", "60", "--threads", "2",
                           *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: status {done.returncode}: {done.stderr}"
    with open(f"out/{name}.json", encoding="utf-8") as file:
        report = json.load(file)
    with zstandard.open(f"out/{name}.items.jsonl.zst", "rt", encoding="utf-8") as file:
        return report, [json.loads(line) for line in file]


def rows(report, **wanted):
    return [r for r in report["results"] if all(r[k] == v for k, v in wanted.items())]


def one(report, **wanted):
    found = rows(report, **wanted)
    assert len(found) == 1, (wanted, len(found))
    return found[0]


def write_wsd(name, n, seed):
    """A set of n sentences in three documents; returns (form, lemma, key) of its instances."""
    lot = random.Random(seed)
    instances = []
    os.makedirs(name)
    with open(f"{name}/{name}.data.xml", "w", encoding="utf-8") as data, \
            open(f"{name}/{name}.gold.key.txt", "w", encoding="utf-8") as gold:
        data.write("<corpus>")
        for d in range(3):
            data.write(f"<text id='d{d}'>")
            for s in range(d, n, 3):
                lemma = lot.choice(sorted(KEYS))
                form, key = lot.choice([lemma, lemma + "s"]), lot.choice(KEYS[lemma])
                instances.append((form, lemma, key))
                words = [f"w{lot.randrange(40)}" for _ in range(6)]
                where = lot.randrange(6)
                data.write(f"<sentence id='d{d}.s{s}'>")
                for i, word in enumerate(words):
                    data.write(f"<instance id='d{d}.s{s}.t0' lemma='{lemma}' pos='NOUN'>{form}</instance>"
                               if i == where else f"<wf>{word}</wf>")
                data.write("</sentence>\n")
                gold.write(f"d{d}.s{s}.t0 {key}\n")
            data.write("</text>")
        data.write("</corpus>\n")
    return instances


def write_wic():
    lot = random.Random(5)
    words = {}
    for split, n in (("train", 40), ("dev", 30), ("test", 30)):
        os.makedirs(f"wic/{split}")
        with open(f"wic/{split}/{split}.data.txt", "w", encoding="utf-8") as data, \
                open(f"wic/{split}/{split}.gold.txt", "w", encoding="utf-8") as gold:
            for i in range(n):
                lemma = lot.choice(sorted(KEYS))
                forms = [lot.choice([lemma, lemma + "s"]) for _ in range(2)]
                words.setdefault(split, []).append(forms)
                texts = [f"w{lot.randrange(30)} {form} w{lot.randrange(30)} w{i}" for form in forms]
                data.write(f"{lemma}\tN\t1-1\t{texts[0]}\t{texts[1]}\n")
                gold.write(lot.choice("TF") + "\n")
    return words


def write_vectors():
    lot = random.Random(6)
    forms = [lemma + ending for lemma in KEYS for ending in ("", "s")]
    with open("small.txt", "w", encoding="utf-8") as file:
        for word in [f for f in forms if f not in LACKED] + [f"w{i}" for i in range(40)]:
            file.write(word + "".join(f" {lot.gauss(0, 1):.4f}" for _ in range(6)) + "\n")


def check_oov_of(report, items, suite, metric, dataset, of):
    """Rows oov-of:small against the items themselves. of(item): does it belong to the rows' set?"""
    lacking = {i["id"] for i in items if i["suite"] == suite and i["embedder"] == "small" and i["status"] == "oov"
               and i["method"] in ("gloss:target-gloss", "target") and of(i)}
    found = rows(report, suite=suite, dataset=dataset, split="oov-of:small", metric=metric)
    expect(f"{suite}: embedders on what small lacks", {r["embedder"] for r in found}, {"small", "shuffled", "random"})
    for row in found:
        mine = [i for i in items if i["suite"] == suite and i["id"] in lacking and of(i) and all(
            i[k] == row[k] for k in ("embedder", "stage", "method"))]
        expect(f"{suite} n", row["n"], len(lacking))
        expect(f"{suite} {row['embedder']} {row['stage']}", row["value"], sum(i["correct"] for i in mine) / len(mine))
    for row in rows(report, suite=suite, dataset=dataset, split="vocabulary:unknown", metric=metric, policy=found[0]["policy"]):
        twin = one(report, suite=suite, dataset=dataset, split="oov-of:small", metric=metric, stage=row["stage"],
                   embedder="small", method=row["method"])
        expect(f"{suite}: small on what it lacks, twice", twin["value"], row["value"])
        expect(f"{suite}: n of it", twin["n"], row["n"])
    return lacking


def check_words(items, suite, forms):
    """The list of the words that small lacks; forms: every target of the set."""
    listed = {i["id"]: int(i["attributes"]["count"]) for i in items
              if i["suite"] == suite and i["method"] == "vocabulary" and i["embedder"] == "small"}
    expect(f"{suite}: words that small lacks", listed, {w: forms.count(w) for w in LACKED if w in forms})


def check_ceiling(report, dataset, instances):
    senses, lemmas = {}, {}
    for form, lemma, key in instances:
        senses.setdefault((form, lemma), set()).add(key)
        lemmas[lemma] = lemmas.get(lemma, 0) + 1
    mixed = sum(len(senses[form, lemma]) > 1 for form, lemma, _ in instances) / len(instances)

    def said(metric):
        return one(report, method="static-ceiling", metric=metric, dataset=dataset)
    expect("mixed share", said("mixed-share")["value"], mixed)
    expect("occurrences", said("occurrences-per-lemma")["value"], len(instances) / len(lemmas))
    expect("sharp", said("ceiling-sharp")["value"], 1 if mixed >= 0.5 else 0)
    assert said("ceiling-sharp")["signature"].endswith("|ceiling:sharp|v1" if mixed >= 0.5 else "|ceiling:loose|v1")


def main():
    test, dev = write_wsd("few", 60, 1), write_wsd("semeval2007", 30, 2)
    pairs = write_wic()
    write_vectors()
    report, items = run("both", "--suite", "wsd,wic", "--dataset", "wsd=few", "--dataset", "wsd=semeval2007",
                        "--dataset", "wic=wic", "--embedder", "small=glove:small.txt", "--embedder", "shuffled",
                        "--embedder", "random")
    done = subprocess.run([sys.executable, CHECK, "out/both.json"], capture_output=True, text=True)
    expect("gains add up: " + done.stdout, done.returncode, 0)
    # of two sets and three methods; and of wic's three splits
    expect("gains of wsd", len(rows(report, suite="wsd", metric="f1-gain", embedder="random")), 6)
    expect("gains of wic", len(rows(report, suite="wic", metric="accuracy-gain", embedder="shuffled")), 3)
    expect("none of a static embedder", rows(report, metric="f1-gain", embedder="small"), [])
    for dataset, chosen in (("few", "semeval2007"), ("semeval2007", "none")):
        gain = one(report, suite="wsd", dataset=dataset, metric="f1-contextual-gain", embedder="random",
                   method="gloss:target-gloss")
        assert f"|stage-chosen-on:{chosen}|" in gain["signature"], gain["signature"]
    for dataset, chosen in (("wic:test", "dev"), ("wic:train", "dev"), ("wic:dev", "none")):
        gain = one(report, dataset=dataset, metric="accuracy-contextual-gain", embedder="random")
        assert f"|stage-chosen-on:{chosen}|" in gain["signature"], gain["signature"]
    check_ceiling(report, "few", test)
    check_ceiling(report, "semeval2007", dev)
    lacking = check_oov_of(report, items, "wsd", "f1", "few", lambda i: i["dataset"] == "few")
    expect("instances that small lacks", len(lacking), sum(form in LACKED for form, _, _ in test))
    check_oov_of(report, items, "wic", "accuracy", "wic:test", lambda i: i["attributes"].get("split") == "test")
    check_words([i for i in items if i["dataset"] == "few"], "wsd", [form for form, _, _ in test])
    check_words(items, "wic", sum(sum(pairs.values(), []), []))
    for embedder in report["embedders"]:
        expect(f"{embedder['name']} is as it claims", embedder["claim"], "verified")
    print("ok" if not failures else f"{failures} failed")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    sys.exit(main())
