"""The runs of the study: their commands, their reports, and what is measured on their records."""
import json
import os
import shlex
import subprocess
import sys

import semcor_fifth
from study_statistics import gains, part_of

SHOTS, LAST = "5", "6"  # LAST: MiniLM's last block
WINDOWS = ["none", "window:1", "window:2", "window:4", "window:8", "window:16"]
TEXT_WINDOWS = ["window:2", "window:4", "window:8"]
MAPS = ["ridge", "ridge-raw", "procrustes", "procrustes-raw", "random", "shuffled-rows"]
INTERVENTIONS = [  # embedder, what is changed, how the table calls it
    ("no-attention", "ablate=attention", "attention taken out of all blocks"),
    ("uniform", "ablate=uniform", "attention uniform: every piece alike"),
    ("no-feed-forward", "ablate=feed-forward", "feed-forward taken out of all blocks"),
    ("no-positions", "ablate=positions", "no position table"),
    ("causal", "mask=causal", "causal mask inside"),
    ("left", "context=left", "right context cut away"),
    ("right", "context=right", "left context cut away"),
    ("pca", "map=pca:100", "look-up rows in 100 dimensions, lengths kept"),
]
COMPARED_STAGES = ["table", "input", "1", "4", "6", "norm", ""]
COMPARED = ("value_a", "value_b", "n", "units", "units_are", "test", "p", "margin", "detectable")


def commands(data, cache, folder):
    """{name: arguments of harness run}, in the order of their use, and what is shown in place of paths. folder: of the reports."""
    wsd = os.path.join(data, "wsd") if data else None
    everything = os.path.join(wsd, "raganato2017", "ALL") if wsd else "raganato2017/ALL"
    semcor = os.path.join(wsd, "semcor") if wsd else "semcor"
    glove, minilm = os.path.join(cache, "models/glove/vectors.txt"), os.path.join(cache, "models/minilm")
    train = ["--suite", "wsd", "--dataset", everything, "--train", semcor]
    few = train + ["--method", "nn", "--set", "wsd.shots=" + SHOTS, "--stages", "table,input,1-6"]
    fifth = ["--dataset", everything, "--train", os.path.join(folder, semcor_fifth.NAME)]
    spaces = ["--stages", "table,input,1-6,*.attention", "--embedder", "minilm", "--postprocess", "raw,standardise"]
    probe = ["--suite", "probe"] + fifth + ["--method", "lemma", "--set", "probe.c=0.1,1,10,100,1000"]
    definitions = ["--suite", "wsd", "--dataset", everything, "--method", "gloss:target-gloss,gloss:target-lemma,gloss:sentence-gloss",
                   "--embedder", "minilm"]
    homographs = ["--suite", "wsd", "--dataset", "homographs"]
    four = ["--embedder", "minilm", "--embedder", "gpt", "--embedder", "glove", "--embedder", "word2vec"]
    sif = ["--method", "nn-context", "--set", "weights=sif", "--set", "a=1e-4", "--embedder", "glove"]
    changed_rows = {n: ["--embedder", f"{n}=transformer:{minilm},table={glove},map={n.removesuffix('-raw')},"
                        f"norms={'raw' if n.endswith('-raw') else 'matched'}"] for n in MAPS}
    changed_rows["pca"] = ["--embedder", f"pca=transformer:{minilm},table={glove},map=pca:100,norms=matched"]

    def rows(maps):
        return [word for name in maps for word in changed_rows[name]]

    changed = [word for name, option, _ in INTERVENTIONS for word in ("--embedder", f"{name}=minilm,{option}")]
    return {
        "homographs": homographs + ["--method", "nn,nn-context,static-best,gloss:target-gloss,gloss:target-lemma,gloss:sentence-gloss,"
                                    "lesk,bag-of-words"] + four,
        "homographs-sif": homographs + sif,
        "homographs-bert": homographs + ["--method", "nn", "--embedder", "bert"],
        "interventions": homographs + ["--method", "nn,gloss:sentence-gloss", "--embedder", "minilm"] + changed,
        "readouts": ["--suite", "wsd,probe", "--dataset", "homographs", "--embedder", "minilm", "--postprocess", "raw,standardise"],
        "all": train + ["--method", "nn,nn-context,static-best"] + four,
        "all-sif": train + sif,
        "all-bert": train + ["--method", "nn", "--embedder", "bert"],
        "contextuality": ["--suite", "contextuality", "--dataset", semcor, "--limit", "5000", "--embedder", "minilm"],
        "windows": homographs + ["--method", "nn", "--embedder", "minilm", "--context", ",".join(WINDOWS + ["both"])],
        "windows-text": few + ["--embedder", "minilm", "--context", ",".join(TEXT_WINDOWS + ["both"])],
        "transplant": homographs + ["--method", "nn", "--embedder", "minilm"] + rows(MAPS + ["pca"]),
        "transplant-text": ["--suite", "wsd"] + fifth + ["--method", "nn", "--stages", "table,input,3,6"] + rows(MAPS + ["pca"]),
        "nn-text": ["--suite", "wsd"] + fifth + ["--method", "nn"] + spaces,
        "probe-text": probe + ["--set", "probe.controls=no"] + spaces,
        "probe-control-text": probe + ["--stages", f"table,{LAST}", "--embedder", "minilm"],
        "all-readouts": definitions,
        "all-readouts-standardised": definitions + ["--postprocess", "standardise"],
    }, ((everything, "raganato2017/ALL"), (os.path.join(folder, semcor_fifth.NAME), "results/study/" + semcor_fifth.NAME), (semcor, "semcor"),
        (glove, "GLOVE"), (minilm, "MINILM"))


class Runs:
    """Reports by name, made where they are not there yet."""

    def __init__(self, harness, folder, data, cache):
        self.harness, self.folder = harness, folder
        self.commands, self.shorter = commands(data, cache, folder)
        self.semcor = os.path.join(data, "wsd", "semcor") if data else os.path.join(cache, "datasets", "semcor")
        self.known = os.path.join(folder, "tests.json")  # of earlier calls, each of a report of one time
        self.records = {}

    def path(self, name):
        return os.path.join(self.folder, name + ".json")

    def made(self, name):
        """The path of a report, which is made if it is not there."""
        if not os.path.exists(self.path(name)):
            command = [self.harness, "run"] + self.commands[name] + ["--out", self.folder, "--name", name]
            if os.path.join(self.folder, semcor_fifth.NAME) in command:
                semcor_fifth.make(self.semcor, self.folder)
            print(shlex.join(command), file=sys.stderr, flush=True)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return self.path(name)

    def report(self, name):
        with open(self.made(name), encoding="utf-8") as file:
            return json.load(file)

    def shown(self, name):
        text = shlex.join(["harness"] + self.commands[name])
        for path, short in self.shorter:
            text = text.replace(path, short)
        return text

    def remembered(self, name, key, measure):
        """What was measured on this very report before, or now."""
        stamp = " ".join(str(os.stat(self.made(one)).st_mtime_ns) for one in name.split("+"))
        kept = {}
        if os.path.exists(self.known):
            with open(self.known, encoding="utf-8") as file:
                kept = json.load(file)
        key = f"{name} {stamp} {key}"
        if key not in kept:
            kept[key] = measure()
            with open(self.known, "w", encoding="utf-8") as file:
                json.dump(kept, file)
        return kept[key]

    def compare(self, name, suite, dataset, a, b, split="all"):
        """a against b by `harness compare`: difference and interval of a less b. name: of a report, or of several, "one+other"."""
        options = ["--suite", suite, "--dataset", dataset, "--metric", "f1", "--embedder", a[0], "--method", a[2], "--against",
                   b[2] if b[0] == "baseline" else f"embedder={b[0]} stage={b[1]} method={b[2]}", "--format", "json"]
        options += (["--stage", a[1]] if a[1] else []) + (["--split", split] if split != "all" else [])
        return self.remembered(name, shlex.join(options),
                               lambda: self._compare([self.harness, "compare", self._short(name, split)] + options, a, b))

    def _short(self, name, split):
        """The report, or several as one, with what is compared alone, since each comparison reads all records."""
        path = os.path.join(self.folder, "compared", name + ("" if split == "all" else "@" + split.replace(":", "-")) + ".json")
        sources = [self.path(one) for one in name.split("+")]
        if not os.path.exists(path) or os.path.getmtime(path) < max(map(os.path.getmtime, sources)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            subprocess.run([self.harness, "report", *sources, "--format", "json", "-o", path, "--select",
                            f"split={split} metric=f1 policy!=none stage={','.join(COMPARED_STAGES)}"], check=True)
        return path

    @staticmethod
    def _compare(command, a, b):
        def is_system(found, system):
            return found["method"] == system[2] and (system[0] == "baseline" or
                                                     (found["embedder"], found["stage"]) == system[:2])
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        for c in json.loads(text)["comparisons"]:
            sign = -1 if is_system(c["a"], a) and is_system(c["b"], b) else 1  # its difference: b - a
            if sign == 1 and not (is_system(c["a"], b) and is_system(c["b"], a)):
                continue
            if json.loads(text)["tested"] != 1:
                sys.exit(f"study: {shlex.join(command)}: more than one comparison")
            kept = {k: c[k] for k in COMPARED}
            low, high = sorted(sign * c[end] for end in ("low", "high"))
            kept.update(difference=sign * c["difference"], low=low, high=high, p_same=c["p_same_corrected"])
            return kept
        sys.exit(f"study: {shlex.join(command)}: no comparison of {a} with {b}")

    def parts(self, name, suite, dataset, embedder, method):
        return self.remembered(name, f"parts {suite} {dataset} {embedder} {method}",
                               lambda: self._parts(name, suite, dataset, embedder, method))

    def _parts(self, name, suite, dataset, embedder, method):
        """From the records, held to the gains that the report has."""
        if name not in self.records:
            self.records[name] = self._right(name)
        right, clusters = self.records[name][suite, dataset, embedder, method]
        order = sorted(right, key=lambda s: (s != "table", s != "input", int(s.split(".")[0]) if s[0].isdigit() else 0,
                                             not s.endswith("attention")))
        found = gains(right, order, clusters)
        held = 0
        for row in self.report(name)["results"]:
            part = row["split"].removeprefix("part:")
            if (row["suite"], row["dataset"], row["embedder"], row["method"], row["metric"], row["policy"]) == \
                    (suite, dataset, embedder, method, "f1-gain-total", "wn1") and part in ("attention", "feed-forward"):
                held += 1
                if abs(row["value"] - found[part]["value"]) > 2e-3:  # it counts ties by chance
                    sys.exit(f"study: {name}: {part}: records give {found[part]['value']}, the report {row['value']}")
        if held != 2:
            sys.exit(f"study: {name}: found {held} gains of {suite} {dataset} {embedder} {method}, expected 2")
        return found

    def _right(self, name):
        """{(suite, dataset, embedder, method): ({stage: {item: share right}}, {item: document, or lemma in homographs})}"""
        found = {}
        with subprocess.Popen(["zstdcat", os.path.join(self.folder, name + ".items.jsonl.zst")], stdout=subprocess.PIPE) as cat:
            for line in cat.stdout:
                item = json.loads(line)
                if item["stage"] and part_of(item["stage"]):
                    right, clusters = found.setdefault(tuple(item[k] for k in ("suite", "dataset", "embedder", "method")), ({}, {}))
                    right.setdefault(item["stage"], {})[item["id"]] = item["correct"]
                    clusters[item["id"]] = item["attributes"]["document"]
        return found
