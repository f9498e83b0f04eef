"""What STUDY.md stands on: rows of reports, paired tests between their systems, gains by part from their records, and the commands that
make them.

A fact that a chapter asks for is kept, so that the page can be written again, and checked, without the runs:
harness/doc/study/study.json. With the program a fact is measured, without it it is looked up."""
import json
import sys

from study_statistics import holm

FIELDS = ("suite", "dataset", "embedder", "stage", "method", "metric", "value", "low", "high", "n", "split", "policy", "signature")
LEVEL = 0.05


class Facts:
    def __init__(self, path, runs=None):
        self.path, self.runs, self.reports = path, runs, {}
        self.kept = {"runs": {}, "tests": {}, "parts": {}}
        if not runs:
            with open(path, encoding="utf-8") as file:
                self.kept = json.load(file)

    def text(self):
        """What study.json holds: all that was asked for so far."""
        for run in self.kept["runs"].values():
            run["rows"].sort(key=lambda row: json.dumps(row, sort_keys=True))
        return json.dumps(self.kept, indent=0, ensure_ascii=False, sort_keys=True) + "\n"

    def command(self, name):
        """As a reader would type it."""
        if self.runs:
            self._run(name)["command"] = self.runs.shown(name)
        return self.kept["runs"][name]["command"]

    def _run(self, name):
        return self.kept["runs"].setdefault(name, {"rows": []})

    def rows(self, name, **like):
        """All rows of a run that are so; a tuple is one of."""
        def fits(row):
            return all(row.get(k) in v if isinstance(v, tuple) else row.get(k) == v for k, v in like.items())
        if not self.runs:
            return [row for row in self.kept["runs"][name]["rows"] if fits(row)]
        if name not in self.reports:
            self.reports[name] = self.runs.report(name)["results"]
        found = [{k: row.get(k) for k in FIELDS if k != "signature" or row["method"] == "static-best"}
                 for row in self.reports[name] if fits(row)]
        kept = self._run(name)["rows"]
        kept.extend(row for row in found if row not in kept)
        return found

    def row(self, name, **like):
        found = self.rows(name, **like)
        if len(found) != 1:
            sys.exit(f"study: {name}: {len(found)} rows are {like}, expected one")
        return found[0]

    def f1(self, name, embedder, stage, method="nn", split="all", dataset="ALL", suite="wsd", metric="f1"):
        return self.row(name, suite=suite, metric=metric, embedder=embedder, stage=stage, method=method, split=split,
                        dataset=dataset, policy="wn1")

    def baseline(self, name, method, dataset, split="all", suite="wsd"):
        return self.row(name, suite=suite, metric="f1", embedder="baseline", method=method, split=split, dataset=dataset,
                        policy=(None, "wn1"))

    def measured(self, kind, key, measure):
        """A fact of kind "tests" or "parts"."""
        if self.runs:
            self.kept[kind][key] = measure()
        if key not in self.kept[kind]:
            sys.exit(f"study: {self.path} has no {key} among its {kind}")
        return self.kept[kind][key]

    def tests(self, run, dataset, pairs, suite="wsd"):
        """Paired tests, one for each (system, other), a system being (embedder, stage, method); Holm over all of them. A third thing of
        a pair is its own run instead of `run` (two as one are "one+other"), a fourth the split whose items are compared."""
        def test(a, b, name=run, split="all"):
            of_split = "" if split == "all" else f" on {split}"
            return self.measured("tests", f"{name} {suite} {dataset}{of_split}: {' '.join(a)} against {' '.join(b)}",
                                 lambda: self.runs.compare(name, suite, dataset, a, b, split))
        kept = [test(*pair) for pair in pairs]
        corrected, same = holm([k["p"] for k in kept]), holm([k["p_same"] for k in kept])
        return [Test(k, p, s) for k, p, s in zip(kept, corrected, same)]

    def parts(self, name, suite, dataset, embedder, method):
        """What attention and feed-forward parts gain, and the difference of the two: {part: {"value", "low", "high", "p"}}."""
        return self.measured("parts", f"{name} {suite} {dataset}: {embedder} {method}",
                             lambda: self.runs.parts(name, suite, dataset, embedder, method))


def p_text(p):
    return "p < .0001" if p < 1e-4 else f"p = {p:.2g}".replace("= 0.", "= .") if p < 0.995 else "p = 1"


class Test:
    """A system against another, in points: positive where the first is better."""

    def __init__(self, kept, p, same):
        self.difference, self.low, self.high = (100 * kept[k] for k in ("difference", "low", "high"))
        self.p, self.same, self.margin = p, same, 100 * kept["margin"]
        self.units, self.detectable = f"{kept['units']} {kept['units_are']}", kept["detectable"]

    @property
    def sign(self):
        """1: the first is better, -1: worse, 0: no difference shown."""
        return 0 if self.p > LEVEL else 1 if self.difference > 0 else -1

    @property
    def is_same(self):
        """Shown to be within the margin, by two one-sided tests."""
        return self.same <= LEVEL

    def verdict(self):
        if self.sign:
            return p_text(self.p) + (f"; the same within {self.margin:g} point" if self.is_same else "")
        if self.is_same:
            return f"the same within {self.margin:g} point"
        return f"no difference shown, {p_text(self.p)}"

    def __str__(self):
        return f"{self.difference:+.1f} ({self.low:+.1f} to {self.high:+.1f}; {self.verdict()})"
