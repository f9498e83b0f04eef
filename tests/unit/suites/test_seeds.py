#!/usr/bin/python3
"""run --seed 1,2,3: what several seeds come to. The oracle is three runs with one seed each, and statistics.stdev.
Argument: the harness program."""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HARNESS = os.path.abspath(sys.argv[1])
KEY = ("suite", "dataset", "stage", "method", "metric", "split", "policy")
PAIRS = ["--suite", "similarity", "--dataset", "pairs.tsv", "--resamples", "50", "--out", "out"]
WORDS = "car auto tree boy lad sun moon king queen man woman bank".split()


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stdout} {done.stderr}"
    return done


def run(name, *arguments):
    harness("run", "--name", name, *arguments)
    return read(name)


def read(name):
    with open(f"out/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def key_of(row, *without):
    return tuple(row[k] for k in KEY if k not in without)


def of(report, embedder):
    return [r for r in report["results"] if r["embedder"] == embedder]


def near(a, b):
    return abs(a - b) < 1e-12


def check_unique(report):
    keys = [(r["embedder"], *key_of(r)) for r in report["results"]]
    assert len(keys) == len(set(keys)), "two rows of one key"


def test_means_and_deviations():
    with open("seeds.json", "w", encoding="utf-8") as file:
        json.dump({"suite": "similarity", "dataset": "pairs.tsv", "embedder": ["toy,dim=8", "fixed=toy,dim=8,seed=7"], "seeds": [1, 2, 3],
                   "resamples": 50}, file)
    several = run("several", "--config", "seeds.json", "--out", "out")
    assert json.loads(several["run"]["config"])["seed"] == [1, 2, 3] and several["run"]["seed"] == 1
    names = [e["name"] for e in several["embedders"]]
    assert names == [f"{n}@seed:{s}" for n in ("toy", "fixed") for s in (1, 2, 3)], names
    assert [e["options"] for e in several["embedders"]] == ["dim=8", "dim=8,seed=2", "dim=8,seed=3"] + 3 * ["dim=8,seed=7"]
    means = {key_of(r): r for r in of(several, "toy")}
    alone = [run(f"alone{s}", *PAIRS, "--embedder", "toy,dim=8", "--seed", str(s)) for s in (1, 2, 3)]
    assert [a["embedders"][0]["options"] for a in alone] == ["dim=8", "dim=8,seed=2", "dim=8,seed=3"]  # one seed goes to the plugin, too
    moved = 0
    for place, rows in enumerate(zip(*(of(report, "toy") for report in alone))):
        values = [r["value"] for r in rows]
        mean = means[key_of(rows[0])]
        for s, row in zip((1, 2, 3), rows):
            mine, = [r for r in of(several, f"toy@seed:{s}") if key_of(r) == key_of(row)]
            same = ["value", "n", "answered", "signature", "reason", "seeds", "sd"]
            same += ["low", "high"] if row["policy"] != "common" else []  # of all embedders: resampled with the first seed
            assert [mine[k] for k in same] == [row[k] for k in same] and mine["sd"] is None, (mine, row)
        assert near(mean["value"], statistics.mean(values)) and near(mean["sd"], statistics.stdev(values)), (mean, values)
        assert (mean["low"], mean["high"], mean["seeds"]) == (None, None, "1,2,3") and "|mean-of-seeds:1,2,3|" in mean["signature"]
        assert several["results"].index(mean) == several["results"].index(
            next(r for r in of(several, "toy@seed:3") if key_of(r) == key_of(mean))) + 1  # beside its seeds
        moved += mean["sd"] > 0
    assert moved > 3
    fixed = [(r["value"], r["sd"]) for r in of(several, "fixed")]
    assert fixed and all(sd == 0 for _, sd in fixed)  # its own seed stands; equal figures have that mean to the last bit
    assert {v for v, _ in fixed} <= {r["value"] for r in of(several, "fixed@seed:1")}
    check_unique(several)


def test_stages_chosen_by_seed():
    """Where each seed chooses a stage of its own, the mean is of what was chosen."""
    report = run("wic", "--suite", "wic", "--dataset", "wic", "--embedder", "random", "--context", "shuffled", "--seeds", "1,2,3,4,5,6",
                 "--resamples", "20", "--out", "out")
    check_unique(report)
    assert {e["name"] for e in report["embedders"]} == {f"random@shuffled@seed:{s}" for s in range(1, 7)}
    means = of(report, "random@shuffled")
    assert means and all("|context:by-seed|" in r["signature"] and r["seeds"] == "1,2,3,4,5,6" for r in means), means
    by_seed = 0
    for mean in (r for r in means if r["metric"] == "accuracy-contextual-gain" and r["dataset"] == "wic:test"):
        rows = [r for s in range(1, 7) for r in of(report, f"random@shuffled@seed:{s}") if key_of(r, "stage") == key_of(mean, "stage")]
        values = [r["value"] for r in rows]
        assert len(rows) == 6 and near(mean["value"], statistics.mean(values)) and near(mean["sd"], statistics.stdev(values))
        stages = {r["stage"] for r in rows}
        by_seed += len(stages) == 2 and mean["stage"] is None and "|stage:by-seed|" in mean["signature"]
    assert by_seed == 1, [(r["stage"], r["signature"]) for r in means if r["metric"] == "accuracy-contextual-gain"]
    signed = {r["signature"].split("|context:")[1].split("|")[0] for s in range(1, 7) for r in of(report, f"random@shuffled@seed:{s}")}
    assert signed == {"shuffled", *(f"shuffled:{s}" for s in range(2, 7))}, signed


def test_what_shows_them():
    deviation = next(r for r in of(read("several"), "toy") if (r["metric"], r["policy"]) == ("spearman", "common"))
    mean, sd = (f"{100 * deviation[k]:.1f}" for k in ("value", "sd"))
    table = harness("report", "out/several.json", "--select", "metric=spearman").stdout
    line, = [l for l in table.splitlines() if l.startswith("toy cosine")]
    head = table[: table.index(line)].splitlines()
    assert line.split()[2:4] == [mean, sd] and any("  sd  " in l for l in head), table
    many = harness("report", "out/several.json", "--format", "markdown").stdout
    assert f"| toy | common | {mean} ± {sd} |" in many.replace("**", "").replace("\\", "") and "seeds 1,2,3" in many, many
    latex = harness("report", "out/several.json", "--format", "latex").stdout
    assert f"{mean} $\\pm$ {sd}".replace("-", "$-$") in latex.replace("\\textbf{", ""), latex
    with open("out/several.html", encoding="utf-8") as file:
        page = file.read()
    assert f"{mean.replace('-', '−')}<span class=\"sd\"> ± {sd}</span>" in page and "standard deviation (n − 1)" in page
    harness("report", "out/several.json", "-o", "again.xml")
    harness("report", "again.xml", "-o", "again.json")
    with open("again.json", encoding="utf-8") as file:
        assert json.load(file)["results"] == read("several")["results"]


def test_other_commands():
    several = read("several")
    said = harness("verify", "out/several.json").stdout
    assert f"{len(several['results'])} figures" in said and " 0 differ" in said, said
    done = json.loads(harness("compare", "out/several.json", "--rounds", "50", "--format", "json").stdout)["comparisons"]
    assert {c[s]["embedder"] for c in done for s in "ab"} == {e["name"] for e in several["embedders"]}
    said = harness("compare", "out/several.json", "--embedder", "toy", status=2).stderr
    assert "means over seeds" in said and "toy@seed:N" in said, said
    said = harness("history", "out/several.json", "--select", "embedder=toy metric=spearman policy=skip split=all").stdout
    assert "sd " in said, said
    # an embedder of the mean's name in another report is another
    merged = json.loads(harness("report", "out/several.json", "out/alone1.json", "--format", "json").stdout)
    assert len({e["name"] for e in merged["embedders"]}) == 7 and "toy" not in {e["name"] for e in merged["embedders"]}
    for value in ("1,x", "1,1", "-1", ","):
        said = harness("run", *PAIRS, "--embedder", "toy", "--seed", value, status=2).stderr
        assert "--seed" in said, said
    beyond = run("beyond", *PAIRS, "--embedder", "toy", "--seed", "10000000000000000")  # toy takes 0 to 2^53
    assert beyond["embedders"][0]["options"] == f"seed={10000000000000000 % (2**53 + 1)}", beyond["embedders"][0]


def test_resume():
    """Cut off after the first seed, finished, and the same as in one go."""
    arguments = ["run", *PAIRS, "--embedder", "toy,dim=8", "--seed", "1,2,3", "--name", "cut"]
    child = subprocess.Popen([HARNESS, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = "out/cut.partial/journal"
    for _ in range(20000):
        if child.poll() is not None or (os.path.exists(journal) and os.path.getsize(journal) > 4000):
            break
        time.sleep(.0005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    if os.path.exists("out/cut.json"):
        print("note: it was done before it could be cut off")
    else:
        said = harness("run", "--resume", "cut", "--out", "out", "--seed", "1,2", status=2).stderr
        assert "--seed: found 1, 2" in said or "--seed: found 1,2" in said, said
        harness("run", "--resume", "cut", "--out", "out")
    assert read("cut")["results"] == run("whole", *arguments[1:-2])["results"]


def test_a_seed_that_fails():
    """A mean of what finished would be a mean of another thing: it has no value, and says which seed lacks one."""
    harness("run", *PAIRS, "--embedder", "toy,dim=8", "--embedder", "rare=glove:rare.txt", "--seed", "1,2", "--name", "lacking")
    rare = [r for r in of(read("lacking"), "rare") if r["metric"] == "spearman" and r["policy"] == "skip"]
    assert len(rare) == 1 and rare[0]["value"] is None and rare[0]["sd"] is None and rare[0]["reason"] == "no pair known", rare


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    for split in ("train", "dev", "test"):
        os.makedirs(f"wic/{split}")
        with open(f"wic/{split}/{split}.data.txt", "w", encoding="utf-8") as file:
            file.writelines(f"bank\tN\t1-2\tThe bank {a} {split}\tOne more bank {b}\n" for a, b in zip(WORDS, WORDS[3:]))
        with open(f"wic/{split}/{split}.gold.txt", "w", encoding="utf-8") as file:
            file.writelines("TF"[i % 2] + "\n" for i in range(len(WORDS) - 3))
    with open("pairs.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{a}\t{b}\t{(i * 7) % 11}\n" for i, (a, b) in enumerate(zip(WORDS, WORDS[3:] + WORDS[:3])))
    with open("rare.txt", "w", encoding="utf-8") as file:
        file.write("zebra 1 2 3\nzoo 2 3 4\n")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            begun = time.time()
            test()
            print("ok", name, f"{time.time() - begun:.1f} s")
