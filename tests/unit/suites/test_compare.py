#!/usr/bin/python3
"""The command compare: which rows it takes, what it says of few items, whether what it prints holds.

Reports are made here, record by record, or by the program on data small enough to work out; p-values and
intervals come from scipy. Argument: the harness program. Needs python3-numpy and python3-scipy."""
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy
import zstandard
from scipy import stats

HARNESS = os.path.abspath(sys.argv[1])


def harness(*arguments, status=0):
    done = subprocess.run([HARNESS, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}: {done.stdout} {done.stderr}"
    return done


def compare(*arguments):
    return json.loads(harness("compare", *arguments, "--format", "json").stdout)["comparisons"]


def near(a, b, tolerance=1e-9):
    assert abs(a - b) <= tolerance, (a, b)


def item(system, number, **more):
    full = {"suite": "wsd", "dataset": "d", "embedder": system, "stage": "table", "method": "nn", "id": f"i{number}",
            "answer": "x", "gold": "y", "status": "ok", "score": None, "gold_score": None, "correct": None,
            "attributes": {}}
    return {**full, **more}


def row(system, value, n, **more):
    full = {"suite": "wsd", "dataset": "d", "embedder": system, "kind": "static", "stage": "table", "method": "nn",
            "metric": "accuracy", "value": value, "low": None, "high": None, "n": n, "answered": n, "coverage": 1,
            "split": "all", "policy": None, "signature": f"wsd|d({n})|method:nn|v1"}
    return {**full, **more}


SUITES = {"f1": "wsd", "accuracy": "analogy", "v-measure": "induction", "paired-f": "induction",
          "adjusted-rand": "induction", "spearman": "similarity", "pearson": "similarity"}


def report(name, rows, items):
    """Rows and items of a suite that declares the metric, where they name no other than the usual one."""
    suite = SUITES.get(rows[0]["metric"], "wsd") if rows else "wsd"
    for one in [*rows, *(items or [])]:
        one["suite"] = suite if one["suite"] == "wsd" else one["suite"]
    head = {"schema": "harness-report/1", "harness": {"version": "0"},
            "run": {"command": "made", "seed": 1, "start": "2026-01-01T00:00:00Z", "seconds": 0, "machine": {}},
            "items": f"{name}.items.jsonl" if items is not None else None, "keys": None, "embedders": [], "results": rows}
    with open(f"{name}.json", "w", encoding="utf-8") as file:
        json.dump(head, file)
    if items is not None:
        with open(f"{name}.items.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(i) + "\n" for i in items)
    return f"{name}.json"


def shares(name, **systems):
    """A report of systems that have these items right (1) or wrong (0)."""
    rows = [row(s, sum(right) / len(right), len(right)) for s, right in systems.items()]
    return report(name, rows, [item(s, i, correct=r) for s, right in systems.items() for i, r in enumerate(right)])


def ratings(name, gold, **systems):
    like = {"suite": "similarity", "method": "cosine"}
    rows = [row(s, stats.spearmanr(x, gold)[0] if len(x) > 1 else None, len(x), metric="spearman", policy="skip",
                signature=f"similarity|d({len(x)})|v1", **like) for s, x in systems.items()]
    for r in rows:
        r["value"] = None if r["value"] is None or numpy.isnan(r["value"]) else float(r["value"])
    return report(name, rows, [item(s, i, score=float(v), gold_score=float(gold[i]), gold=None, **like)
                               for s, x in systems.items() for i, v in enumerate(x)])


def leaves_out_0(c):
    return c["low"] is not None and (c["low"] > 0 or c["high"] < 0)


def test_few_items():
    """The verdict and the interval never say different things, at any n, of shares and correlations."""
    random = numpy.random.default_rng(1)
    better = 0
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15]:
        for k in range(6):
            a, b = (random.random(n) < p for p in ([0, 0.2, 0.5, 0.4, 1, 1][k], [1, 0.9, 0.5, 0.8, 1, 0][k]))
            c, = compare(shares("few", a=[int(x) for x in a], b=[int(x) for x in b]))
            if n == 1:
                assert c["p"] is None and "1 item" in c["not_tested"], c
                continue
            only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
            assert {c["only_a"], c["only_b"]} == {only_a, only_b}
            near(c["p"], stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1)
            assert -1 <= c["low"] < c["high"] <= 1, c  # never of zero width
            assert leaves_out_0(c) == ("better" in c["verdict"]) == (c["p_corrected"] <= 0.05), c
            better += "better" in c["verdict"]
            if n < 6:
                assert "none could be" in c["verdict"] and f"of {n} items" in c["verdict"], c
            gold = random.normal(size=n)
            noise = [0, 0.1, 1, 3, 0.5, 5][k]
            c, = compare(ratings("few", gold, a=gold + noise * random.normal(size=n), b=random.normal(size=n)))
            if n < 4:
                assert c["p"] is None and "a correlation needs 4" in c["verdict"] and c["low"] is None, c
                continue
            assert c["test"] == ("randomisation" if n < 10 else "Williams"), c
            assert ("better" in c["verdict"]) == (c["p_corrected"] <= 0.05), c
            if c["low"] is None:
                assert max(abs(c["value_a"]), abs(c["value_b"])) > 1 - 1e-12, c
            else:
                assert leaves_out_0(c) == ("better" in c["verdict"]) and -2 <= c["low"] < c["high"] <= 2, c
    assert better > 3
    c, = compare(ratings("same", range(20), a=numpy.sin(range(20)), b=numpy.sin(range(20))))
    assert "same score on every item" in c["verdict"] and c["p"] is None
    c, = compare(ratings("constant", [1, 2, 3, 4, 5], a=[1, 1, 1, 1, 1], b=[1, 2, 3, 5, 4]))
    assert "same score everywhere" in c["not_tested"], c


def test_exact_exchanges():
    """Few ratings: all exchanges of both systems' ranks, as scipy makes them."""
    gold = numpy.array([1, 2, 3, 4, 5, 6, 7, 8.0])
    a, b = numpy.array([2, 1, 3, 5, 4, 6, 8, 7.0]), numpy.array([5, 1, 8, 2, 7, 3, 6, 4.0])
    c, = compare(ratings("eight", gold, a=a, b=b))
    done = stats.permutation_test((a, b), lambda x, y: numpy.corrcoef(x, gold)[0, 1] - numpy.corrcoef(y, gold)[0, 1],
                                  permutation_type="samples", n_resamples=numpy.inf)
    near(c["p"], done.pvalue)


def test_ordinary_n():
    """From 10 items on: the bootstrap's percentiles and McNemar's exact test, as ever."""
    random = numpy.random.default_rng(2)
    a = random.random(400) < 0.6
    b = a ^ (random.random(400) < 0.2)
    c, = compare(shares("many", a=[int(x) for x in a], b=[int(x) for x in b]))
    assert c["interval_by"] == "bootstrap" and c["test"] == "McNemar", c
    d = random.choice((b.astype(int) - a.astype(int)), (4000, 400)).mean(axis=1)
    sign = 1 if c["b"]["embedder"] == "b" else -1
    low, high = sorted(sign * numpy.quantile(d, q) for q in (0.025, 0.975))
    near(c["low"], low, 0.006)
    near(c["high"], high, 0.006)
    wide, = compare("many.json", "--alpha", "0.01")
    assert wide["low"] < c["low"] and wide["high"] > c["high"]
    assert "99 % interval" in harness("compare", "many.json", "--alpha", "0.01").stdout


def simulate(c, level, rounds=3000):
    """How often McNemar's test finds the printed difference, in the direction shown, at this level."""
    random = numpy.random.default_rng(3)
    n, x = c["n"], c["detectable"]
    share = max(x, (c["only_a"] + c["only_b"]) / n)
    kinds = random.multinomial(n, [(share + x) / 2, (share - x) / 2, 1 - share], rounds)
    return numpy.mean([b > a and stats.binomtest(int(a), int(a + b)).pvalue <= level for b, a, _ in kinds])


def test_unseen_differences():
    """One below X would go unseen: X is found with power .80, Holm's correction as it was applied."""
    random = numpy.random.default_rng(4)
    base = random.random(300) < 0.8
    systems = {name: [int(x) for x in base ^ (random.random(300) < flip)]
               for name, flip in {"a": 0, "b": 0.1, "c": 0.15, "d": 0.6}.items()}
    comparisons = compare(shares("family", **systems))
    p = sorted(c["p"] for c in comparisons)
    found = 0
    while found < 6 and p[found] <= 0.05 / (6 - found):
        found += 1
    unseen = [c for c in comparisons if c["detectable"] is not None]
    assert len(comparisons) == 6 and 0 < found and len(unseen) == 6 - found, comparisons
    for c in unseen:
        near(c["level"], 0.05 / (6 - found))
        assert f"one below {100 * c['detectable']:.1f} points" in c["verdict"]
        power = simulate(c, c["level"])
        assert 0.77 < power < 0.83, (power, c)


def test_rows():
    """Parts, splits, groups and baselines are paired by what their records say."""
    os.makedirs("set", exist_ok=True)
    words, lines, keys = ["bank", "plant"], [], []
    text = '<corpus lang="en">\n'
    for part in ("one", "two"):
        text += f'<text id="{part}.d0">\n'
        for s in range(12):
            lemma = words[s % 2]
            text += (f'<sentence id="{part}.d0.s{s}"><wf lemma="the" pos="DET">the</wf>'
                     f'<instance id="{part}.d0.s{s}.t0" lemma="{lemma}" pos="NOUN">{lemma}</instance>'
                     f'<wf lemma="w" pos="NOUN">{"water" if s % 3 else "money"}</wf></sentence>\n')
            keys.append(f'{part}.d0.s{s}.t0 ' + {"bank": ["bank%1:17:01::", "bank%1:14:00::"],
                                                   "plant": ["plant%1:06:01::", "plant%1:03:00::"]}[lemma][s % 3 == 0])
        text += "</text>\n"
    with open("set/set.data.xml", "w", encoding="utf-8") as file:
        file.write(text + "</corpus>\n")
    with open("set/set.gold.key.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(keys) + "\n")
    vectors = {"the": (0, 0, 1), "bank": (1, 0.2, 0), "plant": (0, 1, 0.1), "water": (0.3, 0.1, 1), "money": (0.9, 0.9, 0),
               "river": (0.4, 0, 1), "financial": (1, 1, 0)}
    for name, turn in {"v": 1, "w": -1}.items():
        with open(f"{name}.txt", "w", encoding="utf-8") as file:
            file.writelines(f"{w} {x} {y * turn} {z}\n" for w, (x, y, z) in vectors.items())
    harness("run", "--suite", "wsd,induction", "--dataset", "set", "--embedder", "v=glove:v.txt", "--embedder",
            "w=glove:w.txt", "--out", "out", "--name", "r", "--resamples", "100", "--set", "least=4")
    with open("out/r.json", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    parts = sorted({r["dataset"] for r in rows if r["suite"] == "wsd"})
    assert len(parts) == 3, parts
    for dataset in parts:
        tested = compare("out/r.json", "--suite", "wsd", "--dataset", dataset)
        methods = {(c["a"]["kind"], c["b"]["kind"]) for c in tested}
        assert ("baseline", "static") in methods or ("static", "baseline") in methods, methods
        assert all(c["p"] is not None and c["n"] == (24 if dataset == "set" else 12) for c in tested), tested
        ceiling = compare("out/r.json", "--suite", "wsd", "--dataset", dataset, "--against", "static-ceiling")
        assert all(c["p"] is not None for c in ceiling), ceiling
        near(ceiling[0]["value_a"], next(r["value"] for r in rows if r["dataset"] == dataset and r["metric"] == "f1" and
                                         r["method"] == "static-ceiling" and r["split"] == "all"))
    chance = compare("out/r.json", "--suite", "wsd", "--dataset", "set", "--against", "random")
    assert chance and all(c["test"] == "randomisation" for c in chance), chance
    groups = compare("out/r.json", "--suite", "induction", "--dataset", "set", "--embedder", "v,baseline")
    assert {c["units_are"] for c in groups} == {"lemmas"} and all(c["units"] == 2 for c in groups), groups
    for c in groups:
        for side in "ab":
            of = [r for r in rows if r["suite"] == "induction" and r["metric"] == "v-measure" and
                  r["embedder"] == c[side]["embedder"] and r["method"] == c[side]["method"]]
            near(c["value_" + side], of[0]["value"])
    # one row against others of its own report and of another
    harness("compare", "out/r.json", "out/r.json", "--against", "first-sense")
    # what is not there is named, with what is
    for option, found in {"--embedder": "v, w", "--dataset": parts[0], "--method": "first-sense"}.items():
        failed = harness("compare", "out/r.json", option, "nothing", status=2)
        assert "nothing" in failed.stderr and found in failed.stderr, failed.stderr
    failed = harness("compare", "out/r.json", "--against", "nothing", status=2)
    assert "first-sense" in failed.stderr and "wsd set:" in failed.stderr, failed.stderr
    failed = harness("compare", "out/r.json", "--against", "embedder=v stage=7", status=2)
    assert "rows to choose from:" in failed.stderr, failed.stderr


def test_direction_is_declared():
    """A perplexity that rises is worse, and is told in its own unit; of what nobody declares nothing is claimed."""
    of = {"suite": "lm", "metric": "perplexity", "signature": "lm|d(5)|v1"}
    low, high = (report(name, [row("m", value, 5, **of)], None) for name, value in (("low", 20), ("high", 30)))
    failed = harness("compare", low, high, "--fail-on-regression", "0.5", status=1)
    assert "A x 100" not in failed.stdout and "higher by 10.000, not tested" in failed.stdout, failed.stdout
    assert "from 20.0000 to 30.0000" in failed.stderr, failed.stderr
    harness("compare", high, low, "--fail-on-regression", "0.5")
    # the headline figures: the best perplexity is the least, and no loss of a suite that is not there is best
    for suite, metric, bold in (("lm", "perplexity", ["**20.000**"]), ("own", "loss", [])):
        both = report("both", [row(name, value, 5, **{**of, "suite": suite, "metric": metric})
                               for name, value in (("x", 20), ("y", 30))], None)
        table = harness("report", both, "--format", "markdown").stdout
        assert re.findall(r"\*\*[0-9.]+\*\*", table) == bold, table


def test_units():
    """The units that the rows' intervals are over: a randomisation and two one-sided tests over lemmas, worked out here."""
    harness("run", "--suite", "wsd", "--dataset", "homographs", "--method", "nn-context", "--embedder", "x=toy", "--embedder", "y=toy,dim=8",
            "--out", "out", "--name", "units", "--seed", "3")
    with open("out/units.json", encoding="utf-8") as file:
        rows = [r for r in json.load(file)["results"] if r["metric"] == "f1" and r["split"] == "all" and r["method"] == "nn-context"
                and r["policy"] == "wn1"]
    with zstandard.open("out/units.items.jsonl.zst", "rt", encoding="utf-8") as file:
        items = [i for i in map(json.loads, file) if i["method"] == "nn-context"]
    lemmas = sorted({i["attributes"]["lemma"] for i in items})
    right = {e: numpy.zeros(len(lemmas)) for e in "xy"}
    n = numpy.zeros(len(lemmas))
    for i in items:
        right[i["embedder"]][lemmas.index(i["attributes"]["lemma"])] += i["correct"]
        n[lemmas.index(i["attributes"]["lemma"])] += i["embedder"] == "x"
    for r in rows:
        assert f"|interval:lemmas({len(lemmas)})|" in r["signature"], r["signature"]
        draws = numpy.random.default_rng(1).integers(0, len(lemmas), (4000, len(lemmas)))
        values = right[r["embedder"]][draws].sum(1) / n[draws].sum(1)
        low, high = numpy.quantile(values, [0.025, 0.975])
        assert abs(r["low"] - low) < 0.012 and abs(r["high"] - high) < 0.012, (r["low"], low, r["high"], high)
    c, = compare("out/units.json", "--method", "nn-context", "--embedder", "x,y", "--margin", "0.05")
    assert (c["units_are"], c["units"], c["test"]) == ("lemmas", len(lemmas), "randomisation"), c
    differences = (right["y"] - right["x"]) * (1 if c["b"]["embedder"] == "y" else -1)
    near(c["difference"], differences.sum() / n.sum())
    signs = numpy.random.default_rng(2).choice([-1, 1], (20000, len(lemmas)))
    p = (abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean()
    assert abs(c["p"] - p) < 0.03, (c["p"], p)
    # the ratio's linear form (Cochran 1977), one value a lemma
    linear = (differences - c["difference"] * n) / n.mean() + c["difference"]
    same = max(stats.ttest_1samp(linear, 0.05, alternative="less").pvalue,
               stats.ttest_1samp(linear, -0.05, alternative="greater").pvalue)
    near(c["p_same_corrected"], same)
    assert ("the same within 5.0 points" in c["verdict"]) == (same <= 0.05 < c["p_corrected"]), c
    c, = compare("out/units.json", "--method", "nn-context", "--embedder", "x,y", "--cluster", "item")
    assert (c["units_are"], c["test"]) == ("items", "McNemar"), c
    assert "which no record has" in harness("compare", "out/units.json", "--cluster", "nothing", status=2).stderr
    # the splits of the program's own rows
    splits = ["clue:left", "clue:left,distance:3-5", "distance:6-10", "pos:NOUN"]
    with open("out/units.json", encoding="utf-8") as file:
        of = {(r["embedder"], r["split"]): r for r in json.load(file)["results"]
              if r["metric"] == "f1" and r["method"] == "nn-context" and r["policy"] == "wn1"}
    tested = compare("out/units.json", "--method", "nn-context", "--embedder", "x,y", *[w for s in splits for w in ("--split", s)])
    assert sorted(c["split"] for c in tested) == sorted(splits), tested
    for c in tested:
        for side in "ab":
            of_split = of[c[side]["embedder"], c["split"]]
            near(c["value_" + side], of_split["value"])
            assert c["n"] == of_split["n"] and c["p"] is not None, c


def test_splits():
    """The items that their attributes put into a split, each split a question of its own; what no attribute says is refused."""
    random = numpy.random.default_rng(5)
    n, sides, far = 90, ["left", "right", "both"], ["0", "4", "25"]
    said = [{"clue": sides[i % 3], "distance": far[i // 3 % 3], "section": "odd, very:so" if i % 2 else "even"} for i in range(n)]
    right = {name: (random.random(n) < share).astype(int) for name, share in (("a", 0.5), ("b", 0.8))}
    inside = {
        "all": [True] * n,
        "clue:left": [x["clue"] == "left" for x in said],
        "clue:left,distance:3-5": [x["clue"] == "left" and x["distance"] == "4" for x in said],
        "distance:21+": [x["distance"] == "25" for x in said],
        "section:odd, very:so": [i % 2 == 1 for i in range(n)],
        "sense:first": [i < 30 for i in range(n)],
    }
    of = {name: numpy.flatnonzero(where) for name, where in inside.items()}
    rows = [row(s, float(x[of[name]].mean()), len(of[name]), split=name) for s, x in right.items() for name in of]
    rows += [row(s, 0.1, n, metric="accuracy-gain-total", split="part:attention") for s in right]
    items = [item(s, i, correct=int(x[i]), attributes=said[i]) for s, x in right.items() for i in range(n)]
    path = report("splits", rows, items)
    asked = ["clue:left,distance:3-5", "clue:left", "distance:21+", "section:odd, very:so", "all"]
    options = [word for name in asked for word in ("--split", name)]
    tested = {c["split"]: c for c in compare(path, *options)}
    assert sorted(tested) == sorted(asked), tested.keys()
    p = {}
    for name, c in tested.items():
        first, second = (right[c[side]["embedder"]][of[name]] for side in "ab")
        near(c["value_a"], first.mean())
        near(c["value_b"], second.mean())
        assert (c["n"], c["test"]) == (len(of[name]), "McNemar"), c
        only = int((first & ~second & 1).sum()), int((second & ~first & 1).sum())
        assert (c["only_a"], c["only_b"]) == only, (c, only)
        p[name] = stats.binomtest(only[0], sum(only)).pvalue
        near(c["p"], p[name])
    most = 0
    for place, name in enumerate(sorted(p, key=p.get)):  # Holm 1979, over all splits
        most = max(most, min(1, (len(p) - place) * p[name]))
        near(tested[name]["p_corrected"], most)
    text, markdown = (harness("compare", path, *options, "--format", name).stdout for name in ("text", "markdown"))
    for name in asked[:4]:
        assert f", accuracy, {name}\n" in text and f", accuracy, {name}\n" in markdown, (text, markdown)
    assert [c["split"] for c in compare(path)] == ["all"]
    there = "there is: all, clue:left, clue:left,distance:3-5, distance:21+, section:odd, very:so\n"
    for name in ("sense:first", "part:attention", "clue:up"):
        failed = harness("compare", path, "--split", "clue:left", "--split", name, status=2)
        assert f'--split: found "{name}"' in failed.stderr and failed.stderr.endswith(there), failed.stderr
    # held to the row: its value, and its number of items
    off = [{**r, "value": 0.25} if r["split"] == "clue:left" and r["embedder"] == "a" else r for r in rows]
    c, = compare(report("off", off, items), "--split", "clue:left")
    assert c["p"] is None and "its row says 0.2500" in c["not_tested"], c
    fewer = [{**i, "attributes": {}} if i["id"] == "i0" else i for i in items]
    c, = compare(report("fewer", rows, fewer), "--split", "clue:left")
    assert c["p"] is None and "29 records of" in c["not_tested"] and "has 30 items" in c["not_tested"], c
    c, = compare(report("none", rows, None), "--split", "clue:left")
    assert "no per-item records" in c["not_tested"], c


def test_records_that_contradict():
    path = shares("odd", a=[1, 0, 1, 1], b=[0, 0, 1, 1])
    with open(path, encoding="utf-8") as file:
        changed = json.load(file)
    changed["results"][0]["value"] = 0.5
    with open(path, "w", encoding="utf-8") as file:
        json.dump(changed, file)
    c, = compare(path)
    assert c["p"] is None and "make 0.7500, its row says 0.5000" in c["not_tested"], c
    c, = compare(report("none", changed["results"], None))
    assert "no per-item records" in c["not_tested"], c


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
