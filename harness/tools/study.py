#!/usr/bin/python3
"""Run the study of harness/doc/STUDY.md and write it: tables, pictures and what they allow to say.

    harness/tools/study.py [--harness PROGRAM] [--data FOLDER] [--out FOLDER] [--only NAME,...]

Needs the embedders that ./run sets up (minilm, glove, word2vec), the unified framework's ALL and
SemCor (by name, or under FOLDER/wsd), and matplotlib (Debian: python3-matplotlib). Reports are kept
in results/study; a run whose report is there is not repeated: remove the report to measure anew.
Every figure in the text is read from a report; sentences that compare say what intervals allow.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys

import study_interventions

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAGES = "table,input,1,2,3,4,5,6".split(",")
WINDOWS = ["none", "window:1", "window:2", "window:4", "window:8", "window:16", "both"]
MAPS = ["ridge", "procrustes", "random", "shuffled-rows"]
SHOTS = "5"
PAIRED = ["interventions"]  # items are kept for paired tests
INK, BLUE, ORANGE, GREEN, GREY = "#222222", "#0072b2", "#d55e00", "#009e73", "#767676"


class Runs:
    """Reports by name, made where they are not there yet."""

    def __init__(self, options):
        self.harness, self.folder = options.harness, os.path.join(ROOT, "results", "study")
        wsd = os.path.join(options.data, "wsd") if options.data else None
        self.all = os.path.join(wsd, "raganato2017", "ALL") if wsd else "raganato2017/ALL"
        self.semcor = os.path.join(wsd, "semcor") if wsd else "semcor"
        self.glove = os.path.join(os.environ.get("HARNESS_CACHE") or os.path.join(
            os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness"), "models/glove/vectors.txt")
        self.minilm = os.path.join(os.path.dirname(os.path.dirname(self.glove)), "minilm")

    def commands(self):
        train = ["--suite", "wsd", "--dataset", self.all, "--train", self.semcor]
        few = train + ["--method", "nn", "--set", "wsd.shots=" + SHOTS, "--stages", "table,input,1-6"]
        homographs = ["--suite", "wsd", "--dataset", "homographs"]
        transplants = []
        for kind in MAPS:
            for norms in ("matched", "raw") if kind in ("ridge", "procrustes") else ("matched",):
                name = kind + ("" if norms == "matched" else "-raw")
                transplants += ["--embedder",
                                f"{name}=transformer:{self.minilm},table={self.glove},map={kind},norms={norms}"]
        return {
            "all": train + ["--method", "nn,nn-context", "--embedder", "minilm", "--embedder", "glove",
                            "--embedder", "word2vec"],
            "windows": few + ["--embedder", "minilm", "--context", ",".join(WINDOWS)],
            "transplant": few + ["--embedder", "minilm"] + transplants,
            "homographs": homographs + ["--method", "nn,nn-context", "--embedder", "minilm", "--embedder", "glove",
                                        "--embedder", "word2vec"],
            "sides": homographs + ["--method", "nn", "--embedder", "minilm", "--context", "none,left,right,both"],
            "contextuality": ["--suite", "contextuality", "--dataset", self.semcor, "--limit", "5000", "--embedder",
                              "minilm"],
            "interventions": study_interventions.command(),
        }

    def path(self, name):
        return os.path.join(self.folder, name + ".json")

    def report(self, name):
        path = self.path(name)
        if not os.path.exists(path):
            command = [self.harness, "run"] + self.commands()[name] + ["--out", self.folder, "--name", name]
            command += [] if name in PAIRED else ["--no-items"]
            print(shlex.join(command), file=sys.stderr)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as file:
            return Report(json.load(file))

    def shown(self, name):
        """The command as a reader would type it."""
        text = shlex.join(["harness"] + self.commands()[name])
        for path, short in ((self.all, "raganato2017/ALL"), (self.semcor, "semcor"), (self.glove, "GLOVE"),
                            (self.minilm, "MINILM")):
            text = text.replace(path, short)
        return text


class Report:
    def __init__(self, tree):
        self.rows, self.run = tree["results"], tree["run"]

    def row(self, **like):
        found = [r for r in self.rows if all(r.get(k) == v for k, v in like.items())]
        if len(found) != 1:
            sys.exit(f"study: {len(found)} rows for {like}, expected one")
        return found[0]

    def find(self, **like):
        found = [r for r in self.rows if all(r.get(k) == v for k, v in like.items())]
        return found[0] if found else None

    def f1(self, embedder, stage, method="nn", split="all", dataset="ALL"):
        return self.row(metric="f1", embedder=embedder, stage=stage, method=method, split=split, dataset=dataset,
                        policy="wn1")


def percent(row, digits=1):
    return f"{100 * row['value']:.{digits}f}"


def interval(row, digits=1):
    return f"{100 * row['low']:.{digits}f} – {100 * row['high']:.{digits}f}" if row.get("low") is not None else ""


def apart(a, b):
    return a["low"] > b["high"] or b["low"] > a["high"]


# ---- pictures ----

def new_picture(width=7.2, height=3.4):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "harness", "font.family": "sans-serif", "font.size": 10,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "text.color": INK,
        "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "figure.facecolor": "white"})
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(width, height), constrained_layout=True)
    return figure, axes


def save(figure, folder, name):
    os.makedirs(folder, exist_ok=True)
    figure.savefig(os.path.join(folder, name + ".svg"), metadata={"Date": None})


def band(axes, x, rows, colour, label, marker="o"):
    axes.fill_between(x, [100 * r["low"] for r in rows], [100 * r["high"] for r in rows], color=colour, alpha=0.18,
                      linewidth=0)
    axes.plot(x, [100 * r["value"] for r in rows], color=colour, marker=marker, markersize=4, label=label)


def level(axes, row, label, colour=GREY, style="--", left=False):
    axes.axhline(100 * row["value"], color=colour, linestyle=style, linewidth=1)
    axes.annotate(label, (0.01 if left else 0.995, 100 * row["value"]), xycoords=("axes fraction", "data"),
                  ha="left" if left else "right", va="bottom", fontsize=8.5, color=colour)


def legend_above(axes, columns):
    axes.legend(frameon=False, fontsize=9, ncol=columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)


# ---- chapters ----

def chapter_all(runs, pictures, out):
    report = runs.report("all")
    order = [r["stage"] for r in report.rows if r["metric"] == "f1" and r["embedder"] == "minilm" and
             r["method"] == "nn" and r["split"] == "all" and r["dataset"] == "ALL" and r["policy"] == "wn1" and
             ":" not in r["stage"]]
    rows = [report.f1("minilm", stage) for stage in order]
    first = report.row(metric="f1", method="first-sense", split="all", dataset="ALL")
    mfs = report.row(metric="f1", method="train-mfs", split="all", dataset="ALL")
    ceiling = report.row(metric="f1", method="static-ceiling", split="all", dataset="ALL")
    figure, axes = new_picture()
    band(axes, range(len(order)), rows, BLUE, "MiniLM")
    level(axes, first, "first sense of WordNet")
    level(axes, report.f1("glove", "table"), "GloVe, the word's own vector", ORANGE)
    level(axes, report.f1("glove", "table", "nn-context"), "GloVe, mean of the other words", ORANGE, ":")
    axes.set_xticks(range(len(order)), [s.replace("attention", "att") for s in order], rotation=45, ha="right")
    axes.set_ylabel("F1 on ALL, %")
    save(figure, pictures, "stages")

    out.append("## Where along the stages is a word disambiguated?\n")
    out.append(f"    {runs.shown('all')}\n")
    out.append("![F1 by stage](study/stages.svg)\n")
    out.append("| | F1 | 95 % interval |\n|---|---|---|")
    for label, row in [("first sense of WordNet", first), ("most frequent sense in SemCor", mfs),
                       ("GloVe, own vector", report.f1("glove", "table")),
                       ("GloVe, mean of the other words", report.f1("glove", "table", "nn-context")),
                       ("our Word2Vec, own vector", report.f1("word2vec", "table")),
                       ("our Word2Vec, mean of the other words", report.f1("word2vec", "table", "nn-context"))] + \
            [(f"MiniLM `{s}`", r) for s, r in zip(order, rows)] + [("static ceiling (gold in hand)", ceiling)]:
        out.append(f"| {label} | {percent(row)} | {interval(row)} |")
    table, glove, last = rows[0], report.f1("glove", "table"), rows[-1]
    out.append("")
    out.append(f"MiniLM's own look-up table ({percent(table)}) stands where GloVe's does ({percent(glove)}): "
               f"{'the intervals overlap' if not apart(table, glove) else 'the intervals do not overlap'}, and both lie "
               f"{'below' if table['high'] < first['low'] and glove['high'] < first['low'] else 'near'} the rule that always "
               f"answers the first sense ({percent(first)}). After the last block the same weights give {percent(last)}.\n")
    gains = [report.find(metric="f1-gain", embedder="minilm", method="nn", split="all", dataset="ALL", stage=s)
             for s in order[1:]]
    parts = {p: report.find(metric="f1-gain-total", embedder="minilm", method="nn", dataset="ALL", split="part:" + p)
             for p in ("input", "attention", "feed-forward")}
    total = report.find(metric="f1-gain-total", embedder="minilm", method="nn", dataset="ALL", split="all")
    if all(gains) and all(parts.values()) and total:
        figure, axes = new_picture()
        for i, (stage, gain) in enumerate(zip(order[1:], gains)):
            colour = BLUE if stage.endswith("attention") else ORANGE if stage != "input" else GREY
            axes.bar(i, 100 * gain["value"], color=colour, width=0.7)
            axes.plot([i, i], [100 * gain["low"], 100 * gain["high"]], color=INK, linewidth=1)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_xticks(range(len(gains)), [s.replace("attention", "att") for s in order[1:]], rotation=45, ha="right")
        axes.set_ylabel("gain over the stage before, points")
        save(figure, pictures, "attribution")
        out.append("![Gain of each stage over the one before it](study/attribution.svg)\n")
        out.append("Gain of each stage over the one before it (attention blue, feed-forward orange), paired bootstrap over "
                   "instances:\n")
        out.append("| part of the forward pass | points of F1 | 95 % interval |\n|---|---|---|")
        for label, row in [("input (position, normalisation)", parts["input"]), ("attention, six blocks", parts["attention"]),
                           ("feed-forward, six blocks", parts["feed-forward"]), ("table → 6 in all", total)]:
            out.append(f"| {label} | {100 * row['value']:+.1f} | {100 * row['low']:+.1f} – {100 * row['high']:+.1f} |")
        share = 100 * parts["attention"]["value"] / total["value"]
        settled = apart(parts["attention"], parts["feed-forward"])
        out.append("")
        ties = report.find(metric="ties", embedder="minilm", method="nn", dataset="ALL", stage="table")
        out.append(f"By this readout, and with ties ({100 * ties['value']:.0f} % of the best choices at `table`) scored by their "
                   f"expected value, the attention parts hold {share:.0f} % of the whole gain; " + (
            "their interval lies apart from that of the feed-forward parts."
            if settled else "their interval overlaps that of the feed-forward parts, so the order of the two is not settled here.") +
            " The sum over the stages is the difference between last and first, by construction. A stage is credited with what a "
            "cosine sees right after it: a feed-forward part may well make use of what the attention before it brought in.\n")
    out.append(f"The best that one fixed answer per word form could reach, gold in hand, is {percent(ceiling)}. On ALL most lemmas "
               "occur once or in one sense, so this ceiling is loose; the gain over `table` is the headline here, and the set "
               "of the next chapter has a sharp one.\n")


def chapter_homographs(runs, pictures, out):
    report, sides = runs.report("homographs"), runs.report("sides")
    like = dict(dataset="homographs")
    best = max((report.f1("minilm", s, **like) for s in STAGES), key=lambda r: r["value"])
    out.append("## Homographs: senses that nobody confuses\n")
    out.append(f"    {runs.shown('homographs')}\n    {runs.shown('sides')}\n")
    out.append("Senses are balanced, so one vector per word cannot beat the ceiling. Half of the sentences train, half test.\n")
    ceiling = report.row(metric="f1", method="static-ceiling", split="all", **like)
    splits = ["all"] + ["clue:" + s for s in ("left", "right", "both")]
    distances = sorted({r["split"] for r in report.rows if r["split"].startswith("distance:")},
                       key=lambda s: int(s.split(":")[1].split("-")[0].rstrip("+")))
    out.append("| | " + " | ".join(s.replace("clue:", "clue ") for s in splits) + " |\n|---" + "|---" * len(splits) + "|")

    def line(label, source, embedder, stage, method="nn"):
        cells = [source.f1(embedder, stage, method, split, "homographs") for split in splits]
        out.append(f"| {label} | " + " | ".join(f"{percent(c)} ({interval(c, 0)})" for c in cells) + " |")

    out.append(f"| static ceiling | {percent(ceiling)} | | | |")
    for name in ("glove", "word2vec"):
        line(name + ", own vector", report, name, "table")
        line(name + ", mean of the other words", report, name, "table", "nn-context")
    for stage in STAGES:
        line(f"MiniLM `{stage}`", report, "minilm", stage)
    for context in ("none", "left", "right"):
        line(f"MiniLM `{best['stage']}`, context={context}", sides, "minilm@" + context, best["stage"])
    out.append("")
    figure, axes = new_picture()
    x = range(len(distances))
    band(axes, x, [report.f1("minilm", best["stage"], split=d, **like) for d in distances], BLUE, f"MiniLM {best['stage']}")
    band(axes, x, [report.f1("glove", "table", "nn-context", split=d, **like) for d in distances], ORANGE,
         "GloVe, mean of the other words", "s")
    level(axes, ceiling, "static ceiling", left=True)
    axes.set_xticks(x, [d.split(":")[1] for d in distances])
    axes.set_xlabel("words between the target and its nearest clue")
    axes.set_ylabel("F1, %")
    legend_above(axes, 2)
    save(figure, pictures, "distance")
    out.append("![F1 by distance of the clue](study/distance.svg)\n")
    left = sides.f1("minilm@left", best["stage"], split="clue:right", dataset="homographs")
    plain = report.f1("minilm", best["stage"], split="clue:right", **like)
    out.append(f"With everything to the right of the target cut away (what a causal model is given), MiniLM reads the items whose "
               f"clue stands to the right at {percent(left)} ({interval(left, 0)}) instead of {percent(plain)} "
               f"({interval(plain, 0)}).\n")


def chapter_windows(runs, pictures, out):
    report = runs.report("windows")
    names = ["minilm" if w == "both" else "minilm@" + w for w in WINDOWS]
    best = max((report.f1("minilm", s) for s in STAGES), key=lambda r: r["value"])["stage"]
    figure, axes = new_picture()
    x = range(len(WINDOWS))
    table = [report.f1(n, "table") for n in names]
    rows = [report.f1(n, best) for n in names]
    band(axes, x, rows, BLUE, f"MiniLM {best}")
    band(axes, x, table, GREY, "MiniLM table", "s")
    axes.set_xticks(x, ["0", "1", "2", "4", "8", "16", "all"])
    axes.set_xlabel("words on each side of the target, in training and test")
    axes.set_ylabel("F1 on ALL, %")
    legend_above(axes, 2)
    save(figure, pictures, "windows")
    out.append("## How much context does it take?\n")
    out.append(f"    {runs.shown('windows')}\n")
    out.append(f"At most {SHOTS} training occurrences a sense (`shots={SHOTS}`), so figures are not those of the first chapter.\n")
    out.append("![F1 by size of the window](study/windows.svg)\n")
    out.append("| words each side | `table` | `" + best + "` | 95 % interval |\n|---|---|---|---|")
    for label, t, r in zip(["0", "1", "2", "4", "8", "16", "all"], table, rows):
        out.append(f"| {label} | {percent(t)} | {percent(r)} | {interval(r)} |")
    whole, enough = rows[-1], None
    for label, r in zip(["0", "1", "2", "4", "8", "16"], rows):
        if enough is None and not apart(r, whole):
            enough = label
    out.append("")
    out.append(f"`table` does not move with the window: it cannot. From {enough} words on each side the interval overlaps that of the "
               "whole sentence.\n" if enough else "No window's interval overlaps that of the whole sentence.\n")


def chapter_transplant(runs, _pictures, out):
    report = runs.report("transplant")
    out.append("## GloVe's vectors in the transformer's table\n")
    out.append(f"    {runs.shown('transplant')}\n")
    out.append("The look-up rows of the words that GloVe has too are replaced, everything else stays frozen. `ridge` and `procrustes` "
               "map GloVe's 100 dimensions to MiniLM's 384; `random` and `shuffled-rows` are controls. "
               f"`shots={SHOTS}` as above. `-raw`: rows as long as the map makes them; else as long as those they replace.\n")
    names = ["minilm"] + [r for r in dict.fromkeys(r["embedder"] for r in report.rows)
                          if r not in ("minilm", "baseline")]
    best = max((report.f1("minilm", s) for s in STAGES), key=lambda r: r["value"])["stage"]
    first = report.row(metric="f1", method="first-sense", split="all", dataset="ALL")
    out.append("| rows | `table` | `input` | `3` | `" + best + "` | 95 % interval |\n|---|---|---|---|---|---|")
    for name in names:
        cells = [report.f1(name, s) for s in ("table", "input", "3", best)]
        label = "MiniLM's own" if name == "minilm" else name
        out.append(f"| {label} | " + " | ".join(percent(c) for c in cells) + f" | {interval(cells[-1])} |")
    own, ridge, shuffled = (report.f1(n, best) for n in ("minilm", "ridge", "shuffled-rows"))
    out.append("")
    out.append(f"First sense: {percent(first)}. " + (
        f"Mapped GloVe rows keep some of the blocks' work (`ridge` {percent(ridge)} against {percent(shuffled)} with shuffled rows)"
        if apart(ridge, shuffled) and ridge["value"] > shuffled["value"] else
        "Mapped GloVe rows do not stand clear of shuffled ones") + (
        f", but reach less than the rows the blocks were trained with ({percent(own)}).\n"
        if apart(own, ridge) and own["value"] > ridge["value"] else ", and the intervals overlap those of the model's own rows.\n"))


def chapter_contextuality(runs, pictures, out):
    report = runs.report("contextuality")
    metrics = [("self-similarity", BLUE, "o"), ("intra-sentence-similarity", ORANGE, "s"), ("anisotropy", GREY, "^")]
    order = [r["stage"] for r in report.rows if r["metric"] == "self-similarity" and r["method"] == "ethayarajh" and
             r["policy"] == "raw" and r["split"] == "all" and ":" not in r["stage"]]
    figure, axes = new_picture()
    for metric, colour, marker in metrics:
        rows = [report.row(metric=metric, method="ethayarajh", policy="raw", split="all", stage=s) for s in order]
        axes.plot(range(len(order)), [r["value"] for r in rows], color=colour, marker=marker, markersize=4, label=metric)
    separation = [report.find(metric="sense-separation", method="ethayarajh", policy="raw", split="all", stage=s) for s in order]
    if all(separation):
        axes.plot(range(len(order)), [r["value"] for r in separation], color=GREEN, marker="D", markersize=4,
                  label="sense separation")
    axes.set_xticks(range(len(order)), [s.replace("attention", "att") for s in order], rotation=45, ha="right")
    axes.set_ylabel("cosine")
    legend_above(axes, 4)
    save(figure, pictures, "contextuality")
    out.append("## How contextual are the stages?\n")
    out.append(f"    {runs.shown('contextuality')}\n")
    out.append("![Self-similarity and related measures by stage](study/contextuality.svg)\n")
    out.append("| stage | self-similarity | intra-sentence | anisotropy | sense separation | 95 % interval |\n|---|---|---|---|---|---|")
    for i, stage in enumerate(order):
        values = [report.row(metric=m, method="ethayarajh", policy="raw", split="all", stage=stage) for m, _, _ in metrics]
        s = separation[i]
        out.append(f"| `{stage}` | " + " | ".join(f"{v['value']:.4f}" for v in values) + " | " +
                   (f"{s['value']:.4f} | {s['low']:.4f} – {s['high']:.4f} |" if s else " | |"))
    out.append("")
    if all(separation):
        first, last = separation[0], max(separation, key=lambda r: r["value"])
        out.append(f"Occurrences of one sense lie closer together than those of two senses of the lemma by {last['value']:.3f} at "
                   f"`{last['stage']}`, and by {first['value']:.3f} at `table`, where only the form of the word (`bank`, `banks`) can "
                   f"tell: the intervals {'lie apart' if apart(first, last) else 'overlap'}.\n")


HEAD = """# A small study: where does a word become contextual?

MiniLM (all-MiniLM-L6-v2, six blocks), GloVe 6B 100d and the Word2Vec that `./run` trains. Written by `harness/tools/study.py` from the
reports of the commands shown; run it to repeat all. F1 with back-off to WordNet's first sense, in percent; intervals are 95 %
bootstrap over instances. One contextual model, English, one inventory of senses: what is said here is said of these.
"""

CHAPTERS = {
    "all": chapter_all,
    "homographs": chapter_homographs,
    "windows": chapter_windows,
    "transplant": chapter_transplant,
    "contextuality": chapter_contextuality,
    "interventions": study_interventions.chapter,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--harness", default=os.path.join(ROOT, "build/harness/src/commands/harness"))
    parser.add_argument("--data", help="folder with wsd/raganato2017/ALL and wsd/semcor; default: by name")
    parser.add_argument("--out", default=os.path.join(ROOT, "harness/doc"))
    parser.add_argument("--only", default=",".join(CHAPTERS), help="chapters: " + ", ".join(CHAPTERS))
    parser.add_argument("--run-only", help="make these reports and write nothing")
    options = parser.parse_args()
    runs = Runs(options)
    if options.run_only:
        for name in options.run_only.split(","):
            runs.report(name)
        return
    out = [HEAD]
    for name in options.only.split(","):
        CHAPTERS[name](runs, os.path.join(options.out, "study"), out)
    with open(os.path.join(options.out, "STUDY.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(out))


if __name__ == "__main__":
    main()
