#!/usr/bin/python3
"""Make and score the runs of harness/doc/PRETRAINING.md: what becomes of a look-up table in training.

    harness/tools/pretraining.py --novels TEXT --documentation TEXT --data FOLDER [--harness PROGRAM] [--jobs N]

TEXT is what datasets/gpt/make_text.py writes, of the novels (--novels) and of the packages (--root); FOLDER holds
similarity/, wsd/raganato2017/ALL and wsd/semcor. Models and reports go to results/pretraining; what is there is not made
again. Every figure that the page may use ends in harness/doc/study/pretraining.json; pretraining_page.py writes the page.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import struct
import subprocess
import sys
import threading

import semcor_fifth

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEPT = os.path.join(ROOT, "harness/doc/study/pretraining.json")
SEEDS = (1, 2, 3)
STAGES = ("table", "input", "1", "2", "3", "norm")
SHAPE = "blocks=3 dim=64 heads=4 context=64".split()
STEPS = "batch=256 rate=4e-3 held-out=0 tokens=400000 snapshots=8".split()
FURTHER = "batch=256 rate=1e-3 held-out=0 tokens=100000 snapshots=2".split()
VOCABULARY = "vocabulary=4096"
PAIRS = {"men": "EN-MEN-TR-3k.txt", "simlex": "EN-SIMLEX-999.txt"}
CONDITIONS = {  # what the table begins as, and whether it learns
    "random": "random numbers, learned",
    "glove": "GloVe of the same text, learned",
    "word2vec": "Word2Vec of the same text, learned",
    "earlier": "the table of an earlier run, learned",
    "random-frozen": "random numbers, frozen",
    "glove-frozen": "GloVe of the same text, frozen",
    "earlier-frozen": "the table of an earlier run, frozen",
}
TUNED = ("random", "glove", "glove-frozen", "earlier")  # that go on to another text
READ = ("random", "glove", "glove-frozen")  # whose senses are read on ALL on the way, too
READOUTS = {  # by a fifth of SemCor, of every sentence the fifth
    "nn": "--suite wsd --method nn".split(),
    "probe": "--suite probe --method lemma --set probe.controls=no --set probe.c=1,10".split(),
}


# ---- runs ----

class Lab:
    def __init__(self, options):
        self.options = options
        self.folder = os.path.join(ROOT, "results", "pretraining")
        os.makedirs(os.path.join(self.folder, "reports"), exist_ok=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def make(self, target, *arguments):
        """harness ARGUMENTS, if what it makes is not there; what is half made never stands under that name."""
        if not os.path.exists(target):
            environment = dict(os.environ, HARNESS_DATASETS=os.path.join(ROOT, "datasets"))
            done = subprocess.run([self.options.harness, *arguments, "--threads", "1"], env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
            if done.returncode != 0:
                sys.exit(f"pretraining: harness {' '.join(arguments)}\n{done.stderr}")
        return target

    def texts(self):
        """A share of each text, every fiftieth line of it held out."""
        for name, source, every in (("novels", self.options.novels, 8), ("other", self.options.documentation, 4)):
            if os.path.exists(self.path(name + ".txt")):
                continue
            with open(source, encoding="utf-8") as lines:
                taken = [line for i, line in enumerate(lines) if i % every == 0]
            for part, wanted in (("-held", True), ("", False)):
                with open(self.path(name + part + ".txt"), "w", encoding="utf-8") as out:
                    out.writelines(line for i, line in enumerate(taken) if (i % 50 == 24) == wanted)

    def tokenizer(self):
        folder = self.path("tokenizer")
        self.make(folder, "train", "transformer", self.path("novels.txt"), "-o", folder, VOCABULARY, "tokens=1", *SHAPE,
                  "batch=64", "held-out=0")
        return os.path.join(folder, "tokenizer.json")

    def vectors(self, kind, seed):
        sizes = {"glove": ["vector-size=64", "iter=25"], "word2vec": ["size=64", "iter=5", "sample=1e-3"]}[kind]
        out = self.path(f"{kind}-{seed}.{'txt' if kind == 'glove' else 'bin'}")
        return self.make(out, "train", kind, self.path("novels.txt"), "-o", out, "--seed", str(seed), "min-count=5",
                         "strip-punctuation=1", *sizes)

    def pretrain(self, condition, seed):
        start, _, how = condition.partition("-")
        arguments = [f"tokenizer={self.tokenizer()}"]
        if start in ("glove", "word2vec"):
            arguments.append(f"table={self.vectors(start, seed)}")
        elif start == "earlier":  # that of the run with the next seed, so that the blocks never met it
            arguments = [f"from={self.pretrain('random', SEEDS[seed % len(SEEDS)])}", "keep=table"]
        if how:
            arguments.append("table-train=frozen")
        out = self.path(f"{condition}-{seed}")
        return self.make(out, "train", "transformer", self.path("novels.txt"), "-o", out, "--seed", str(seed), *SHAPE,
                         *STEPS, *arguments)

    def tune(self, condition, seed):
        out = self.path(f"{condition}-{seed}-tuned")
        return self.make(out, "train", "transformer", self.path("other.txt"), "-o", out, "--seed", str(seed), *FURTHER,
                         f"from={self.path(f'{condition}-{seed}')}")

    def report(self, model, name, *arguments):
        path = self.path("reports", f"{os.path.basename(model)}-{name}.json")
        self.make(path, "run", *arguments, "--resamples", "0", "--no-items", "--out", os.path.dirname(path), "--name",
                  os.path.basename(path)[:-5])
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def score(self, model):
        """At the times looked at: losses, similarity, homographs; at the end: contextuality, ALL."""
        data, times = self.options.data, looked_at(model)
        texts = [f"lm={name}={self.path(name + '-held.txt')}" for name in ("novels", "other")]
        pairs = [f"similarity={name}={self.pairs(name)}" for name in PAIRS]
        sets = [part for text in texts + pairs for part in ("--dataset", text)]
        stages = ["--stages", ",".join(STAGES)]
        models = [part for n in times for part in ("--embedder", f"gpt@{n}=transformer-causal:{model}/at-{n}")]
        plain = self.report(model, "text", "--suite", "lm,similarity", *sets, *stages, *models, "--set",
                            "similarity.template=the {}")
        senses = self.report(model, "homographs", "--suite", "wsd", "--dataset", "homographs", "--method", "nn", *stages,
                             *models)
        both = plain["results"] + senses["results"]
        occurrences = self.report(model, "contextuality", "--suite", "contextuality", "--dataset", "wordnet-examples", "--method",
                                  "ethayarajh", *stages, *models[-2:])
        answer = {
            "at": [dict(tokens=n, **figures(both, f"gpt@{n}")) for n in times],
            "self_similarity": by_stage(occurrences["results"], f"gpt@{times[-1]}", "self-similarity", method="ethayarajh",
                                        policy="adjusted", split="all"),
            "moved": moved(model, times[-1], self.words()),
            "unchanged": sum(bool(e["weights_sha256_before"]) and e["weights_sha256_before"] == e["weights_sha256_after"]
                             for e in plain["embedders"]),
        }
        if model.endswith("-tuned"):
            return answer
        wsd = self.report(model, "all", "--suite", "wsd", "--dataset", f"{data}/wsd/raganato2017/ALL", "--train",
                          f"{data}/wsd/semcor", "--method", "nn", "--set", "wsd.shots=5", *stages, "--embedder",
                          f"gpt=transformer-causal:{model}")
        answer["all"] = by_stage(wsd["results"], "gpt", "f1", method="nn", dataset="ALL", split="all")
        answer["first_sense"] = one(wsd["results"], metric="f1", method="first-sense", dataset="ALL", split="all")
        return answer

    def fifth(self):
        return semcor_fifth.make(os.path.join(self.options.data, "wsd", "semcor"), self.folder)

    def read(self, seed, readout):
        """Of READ's models of a seed, at the times looked at: f1 on ALL by a readout. GloVe's two begin as the same model."""
        times = looked_at(self.path(f"{READ[0]}-{seed}"))
        names = {(c, n): f"{c}@{n}" for c in READ for n in times if c != "glove-frozen" or n != times[0]}
        models = [part for (c, n), name in names.items()
                  for part in ("--embedder", f"{name}=transformer-causal:{self.path(f'{c}-{seed}')}/at-{n}")]
        rows = self.report(f"seed-{seed}", readout, *READOUTS[readout], "--dataset",
                           f"{self.options.data}/wsd/raganato2017/ALL", "--train", self.fifth(), "--stages", ",".join(STAGES),
                           *models)["results"]
        names["glove-frozen", times[0]] = names["glove", times[0]]
        return {(c, n): by_stage(rows, name, "f1", dataset="ALL", split="all", policy="wn1")
                for (c, n), name in names.items()}

    def pairs(self, name):
        """The pairs of a set whose words are a piece each: rows that vectors begin as. In a text, as a piece has its blank."""
        _, words = table_of(self.path("random-1"))
        with open(os.path.join(self.options.data, "similarity", PAIRS[name]), encoding="utf-8") as file:
            lines = [line for line in file if all(word in words for word in line.split()[:2])]
        path = self.path(f"pairs-{name}.txt")
        with open(f"{path}.{threading.get_ident()}", "w", encoding="utf-8") as file:
            file.writelines(lines)
        os.replace(file.name, path)
        return path

    def words(self):
        """How often each word stands in the text of the novels."""
        if not hasattr(self, "counts"):
            with open(self.path("novels.txt"), encoding="utf-8") as text:
                self.counts = collections.Counter(re.findall("[A-Za-z]+", text.read()))
        return self.counts


def looked_at(model):
    """Tokens of the snapshots that are scored: none, and the last three of a geometric row; of a tuned model the last."""
    with open(os.path.join(model, "training.json"), encoding="utf-8") as file:
        times = sorted(s["pieces"] for s in json.load(file)["snapshots"])
    return times[-1:] if model.endswith("-tuned") else times[:1] + times[-3:]


def count_lines(path):
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)


def one(rows, **like):
    values = [r["value"] for r in rows if all(r.get(k) == v for k, v in like.items())]
    return round(values[0], 5) if values and values[0] is not None else None


def by_stage(rows, embedder, metric, **like):
    return [one(rows, embedder=embedder, metric=metric, stage=stage, **like) for stage in STAGES]


def figures(rows, name):
    return {
        "perplexity": {text: one(rows, embedder=name, metric="perplexity", method="causal", dataset=text)
                       for text in ("novels", "other")},
        "men": by_stage(rows, name, "spearman", dataset="men", policy="skip"),
        "simlex": by_stage(rows, name, "spearman", dataset="simlex", policy="skip"),
        "homographs": by_stage(rows, name, "f1", dataset="homographs", method="nn", split="all"),
    }


def table_of(folder):
    """wte.weight of a model.safetensors of float32, and its tokenizer's whole words: {word: row}."""
    import numpy
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        head = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        name = next(n for n in head if n.endswith("wte.weight"))
        begin = file.tell() + head[name]["data_offsets"][0]
        rows = numpy.fromfile(file, numpy.float32, head[name]["shape"][0] * head[name]["shape"][1],
                              offset=begin - file.tell()).reshape(head[name]["shape"])
    with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as file:
        pieces = json.load(file)["model"]["vocab"]
    return rows, {p[1:]: i for p, i in pieces.items() if re.fullmatch("Ġ[A-Za-z]+", p)}


def moved(model, last, counts):
    """Of rows of whole words, the most frequent tenth and the rarest half: |change| / |end|, and the cosine of begin and end."""
    import numpy
    begin, words = table_of(os.path.join(model, "at-0"))
    end, _ = table_of(os.path.join(model, f"at-{last}"))
    order = sorted((w for w in words if counts[w] > 0), key=lambda w: (-counts[w], w))
    answer = {}
    for name, some in (("frequent", order[:len(order) // 10]), ("rare", order[len(order) // 2:])):
        a, b = (m[[words[w] for w in some]].astype(float) for m in (begin, end))
        norm = numpy.linalg.norm
        answer[name] = {"words": len(some), "distance": round(float(numpy.median(norm(b - a, axis=1) / norm(b, axis=1))), 4),
                        "cosine": round(float(numpy.median((a * b).sum(1) / norm(a, axis=1) / norm(b, axis=1))), 4)}
    return answer


def run(options):
    lab = Lab(options)
    lab.texts()
    lab.tokenizer()
    lab.words()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        def all_of(make, conditions):
            return {(c, s): pool.submit(make, c, s) for c in conditions for s in SEEDS}

        def results_of(futures):
            return {key: future.result() for key, future in futures.items()}

        for kind in ("glove", "word2vec"):
            results_of(all_of(lab.vectors, [kind]))
        models = results_of(all_of(lab.pretrain, ["random"]))
        models |= results_of(all_of(lab.pretrain, [c for c in CONDITIONS if c != "random"]))
        scores = {key: pool.submit(lab.score, model) for key, model in models.items()}
        tuned = results_of(all_of(lab.tune, TUNED))
        further = {key: pool.submit(lab.score, model) for key, model in tuned.items()}
        lab.fifth()
        reads = {(s, readout): pool.submit(lab.read, s, readout) for s in SEEDS for readout in READOUTS}
        runs = [dict(condition=c, seed=s, **score) for (c, s), score in results_of(scores).items()]
        further = [dict(condition=c, seed=s, **score) for (c, s), score in results_of(further).items()]
        kept = {
            "stages": STAGES,
            "shape": " ".join(SHAPE + [VOCABULARY]), "steps": " ".join(STEPS), "further": " ".join(FURTHER),
            "words": sum(lab.words().values()), "pairs": {name: count_lines(lab.pairs(name)) for name in PAIRS},
            "looked_at": sum(len(r["at"]) for r in runs + further), "unchanged": sum(r.pop("unchanged") for r in runs + further),
            "runs": runs, "tuned": further, "readouts": {name: " ".join(how) for name, how in READOUTS.items()},
            "read": [{"condition": c, "seed": s, "readout": readout, "tokens": n, "f1": f1}
                     for (s, readout), future in reads.items() for (c, n), f1 in future.result().items()],
        }
    with open(KEPT, "w", encoding="utf-8") as file:
        file.write(dense(kept) + "\n")


def dense(kept):
    """JSON with a line a run and time of training."""
    text = json.dumps(kept, separators=(", ", ": "))
    return re.sub(r'(?<=, )(?=\{"(condition|tokens)")|(?<=\[)(?=\{"(condition|tokens)")', "\n", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--novels", required=True)
    parser.add_argument("--documentation", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--harness", default=os.path.join(ROOT, "build/harness/src/commands/harness"))
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
