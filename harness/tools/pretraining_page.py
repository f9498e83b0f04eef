#!/usr/bin/python3
"""Write harness/doc/PRETRAINING.md from what pretraining.py measured (harness/doc/study/pretraining.json).

    harness/tools/pretraining_page.py             the page, and its picture (python3-matplotlib)
    harness/tools/pretraining_page.py --check     is the page what that file makes? Status 1 if not

Every figure of the page, and every verdict on a claim, is computed here from that file. Figures are means over the seeds
with their standard deviation. Two conditions differ where the interval of their paired difference (seed by seed,
Student's t, 95 %) leaves out 0.
"""
import argparse
import json
import math
import os
import statistics
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEPT = os.path.join(ROOT, "harness/doc/study/pretraining.json")
PAGE = os.path.join(ROOT, "harness/doc/PRETRAINING.md")
SENSES = os.path.join(ROOT, "harness/doc/study/pretraining_senses.md")  # a chapter written by hand, if it is there
PICTURE = os.path.join(ROOT, "harness/doc/study/pretraining.svg")
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # of Student's t, by the number of pairs
NAMES = {
    "random": "random, learned",
    "glove": "GloVe, learned further",
    "word2vec": "Word2Vec, learned further",
    "earlier": "of an earlier run, learned further",
    "random-frozen": "random, frozen",
    "glove-frozen": "GloVe, frozen",
    "earlier-frozen": "of an earlier run, frozen",
}


class Figures:
    def __init__(self, kept):
        self.kept, self.stages = kept, kept["stages"]
        self.seeds = sorted({r["seed"] for r in kept["runs"]})

    def runs(self, condition, tuned=False):
        """Of a condition, by seed."""
        found = {r["seed"]: r for r in self.kept["tuned" if tuned else "runs"] if r["condition"] == condition}
        return [found[s] for s in self.seeds]

    def read(self, readout, condition, tokens, stage):
        """F1 on ALL of each seed by a readout."""
        found = {r["seed"]: r["f1"] for r in self.kept["read"]
                 if (r["readout"], r["condition"], r["tokens"]) == (readout, condition, tokens)}
        return [found[s][self.stages.index(stage)] for s in self.seeds]

    def times(self, condition="random"):
        return [at["tokens"] for at in self.runs(condition)[0]["at"]]


def mean_sd(values, digits=1, times=1.0):
    values = [times * v for v in values]
    if statistics.mean(values) > 1e6:  # an untrained model that is sure of nonsense
        return "over a million"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


class Difference:
    """Of pairs, seed by seed: second minus first."""

    def __init__(self, first, second, times=1.0, digits=1):
        pairs = [times * (b - a) for a, b in zip(first, second)]
        self.mean, self.digits = statistics.mean(pairs), digits
        wide = T95[len(pairs)] * statistics.stdev(pairs) / math.sqrt(len(pairs))
        self.low, self.high = self.mean - wide, self.mean + wide

    @property
    def sign(self):
        """1 above 0, -1 below, 0: cannot be told."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def __str__(self):
        d = self.digits
        return f"{self.mean:+.{d}f} ({self.low:+.{d}f} to {self.high:+.{d}f})"


def verdict(*signs):
    """Of comparisons that a claim needs, 1 for it, -1 against it, 0 neither."""
    return "did not hold" if -1 in signs else "held" if all(s == 1 for s in signs) else "cannot be told"


def tokens(n):
    return f"{n / 1e3:.0f}k" if n >= 1000 else str(n)


def table(out, head, rows):
    out.append("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    out.extend("| " + " | ".join(row) + " |" for row in rows)
    out.append("")


def last(runs, *path):
    """The figure of each seed at the end of training."""
    values = []
    for run in runs:
        value = run["at"][-1]
        for key in path:
            value = value[key]
        values.append(value)
    return values


def chapter_end(f, out):
    out.append("## Where they end\n")
    out.append(f"After {tokens(f.times()[-1])} pieces. Perplexity a piece of lines that were held out; Spearman x 100 of the word "
               f"pairs whose words are one piece each ({f.kept['pairs']['men']} of MEN, {f.kept['pairs']['simlex']} of SimLex-999), at `table`; F1 on ALL by the nearest of SemCor's sense centroids (five occurrences a sense), at `table` and at `norm`, the last "
               "stage.\n")
    rows = []
    for condition, name in NAMES.items():
        runs = f.runs(condition)
        t, n = f.stages.index("table"), f.stages.index("norm")
        rows.append([name, mean_sd(last(runs, "perplexity", "novels")), mean_sd(last(runs, "men", t), 1, 100),
                     mean_sd(last(runs, "simlex", t), 1, 100), mean_sd([r["all"][t] for r in runs], 1, 100),
                     mean_sd([r["all"][n] for r in runs], 1, 100)])
    table(out, ["table", "perplexity", "MEN", "SimLex", "ALL, `table`", "ALL, `norm`"], rows)
    first = f.runs("random")[0]["first_sense"]
    out.append(f"The first sense of WordNet gives {100 * first:.1f} on ALL.\n")


def chapter_course(f, out):
    out.append("## On the way\n")
    out.append("![Perplexity, and what word pairs say of the table, over the pieces seen](study/pretraining.svg)\n")
    times = f.times()
    for title, path, times_100, digits in (
            ("Perplexity of the held-out lines", ("perplexity", "novels"), 1, 0),
            ("MEN at `table`, Spearman x 100", ("men", 0), 100, 1)):
        out.append(f"{title}, after so many pieces:\n")
        rows = []
        for condition, name in NAMES.items():
            runs = f.runs(condition)
            cells = []
            for i in range(len(times)):
                values = [r["at"][i][path[0]][path[1]] for r in runs]
                cells.append(mean_sd(values, digits, times_100))
            rows.append([name] + cells)
        table(out, ["table"] + [tokens(n) for n in times], rows)
    for title, key, note in (
            ("Homographs, F1", "homographs", "one vector a word gives {ceiling:.1f}, whatever it is"),
            ("Contextuality: self-similarity above that of random occurrences, x 100", "self_similarity",
             "a word's occurrences in other sentences; below `table`'s, where only case and form differ, the sentence counts")):
        ceiling = 100 * last(f.runs("random"), "homographs", 0)[0]
        out.append(f"{title}, by stage at the end ({note.format(ceiling=ceiling)}):\n")
        rows = [[name] + [mean_sd([(r[key] if key in r else r["at"][-1][key])[i] for r in f.runs(c)], 1, 100)
                          for i in range(len(f.stages))] for c, name in NAMES.items()]
        table(out, ["table"] + [f"`{s}`" for s in f.stages], rows)
    out.append("The same of the random table that learned, by pieces seen, homographs:\n")
    rows = [[tokens(n)] + [mean_sd([r["at"][i]["homographs"][s] for r in f.runs("random")], 1, 100) for s in range(len(f.stages))]
            for i, n in enumerate(times)]
    table(out, ["pieces"] + [f"`{s}`" for s in f.stages], rows)


READOUTS = {
    "nn": "The nearest of the senses' centroids (`nn`)",
    "probe": "A linear classifier for each lemma (`probe`)",
}


def chapter_read(f, out):
    out.append("## Senses on the way\n")
    out.append("F1 x 100 on ALL with a fifth of SemCor (every fifth sentence) as training, by stage, after so many pieces. A word whose lemma "
               "is not in that fifth gets WordNet's first sense. At `table` every occurrence of a form is one vector: the centroids of senses that "
               "occur in one form are equal, and the lowest number, WordNet's most frequent sense, wins; a classifier learns there "
               "which sense of a form is frequent, and nothing else.\n")
    times = f.times()
    conditions = list(dict.fromkeys(r["condition"] for r in f.kept["read"]))
    for readout, title in READOUTS.items():
        out.append(f"{title}, `{f.kept['readouts'][readout]}`:\n")
        rows = [[NAMES[c], tokens(n)] + [mean_sd(f.read(readout, c, n, s), 1, 100) for s in f.stages]
                for c in conditions for n in times]
        table(out, ["table", "pieces"] + [f"`{s}`" for s in f.stages], rows)
    first = f.runs("random")[0]["first_sense"]
    highest, place = max((statistics.mean(f.read(r, c, n, s)), f"`{r}`, {NAMES[c]}, `{s}` after {tokens(n)} pieces")
                         for r in READOUTS for c in conditions for n in times for s in f.stages)
    out.append(f"The highest of these means, {100 * highest:.1f} ({place}), is {'above' if highest > first else 'not above'} WordNet's first "
               f"sense, {100 * first:.1f}.\n")
    out.append("Points of F1, paired over the seeds, with 95 % intervals, which say what other seeds would change, not what other words would. What "
               "`norm` has above `table` before the first update is no knowledge of senses, for the blocks have learned nothing: what counts is what training adds.\n")
    rows = []
    for readout in READOUTS:
        for c in conditions:
            norm, static = ([f.read(readout, c, n, stage) for n in (times[0], times[-1])] for stage in ("norm", "table"))
            rows.append([f"`{readout}`", NAMES[c], f"{Difference(static[0], norm[0], 100)}", f"{Difference(static[1], norm[1], 100)}",
                         f"{Difference(norm[0], norm[1], 100)}"])
    table(out, ["readout", "table", "`norm` less `table`, begin", "the same, end", "`norm`, end less begin"], rows)


def moves(f, condition, tuned, part, what):
    return [r["moved"][part][what] for r in f.runs(condition, tuned)]


def chapter_moved(f, out):
    some = f.runs("random")[0]["moved"]
    out.append("## How far rows moved\n")
    out.append(f"Rows of whole words; frequent: the {some['frequent']['words']} most frequent, a tenth; rare: the {some['rare']['words']} rarest, "
               "half. Distance: |end - begin| / |end|; cosine: of begin and end; medians over the rows. Pre-training, then going on to "
               "the other text:\n")
    rows = []
    for tuned in (False, True):
        for condition, name in NAMES.items():
            if condition.endswith("frozen") or (tuned and not any(r["condition"] == condition for r in f.kept["tuned"])):
                continue
            rows.append([("going on: " if tuned else "") + name] + [
                mean_sd(moves(f, condition, tuned, part, what), 2) for part in ("frequent", "rare") for what in ("distance", "cosine")])
    table(out, ["table", "frequent, distance", "frequent, cosine", "rare, distance", "rare, cosine"], rows)


def chapter_tuned(f, out):
    pieces = f.runs("random", True)[0]["at"][-1]["tokens"]
    out.append("## Going on to another text\n")
    out.append(f"Documentation in place of novels, {tokens(pieces)} pieces (`{f.kept['further']}`). Perplexity of held-out lines of both, before and "
               "after; homographs at `norm`.\n")
    rows = []
    for condition in dict.fromkeys(r["condition"] for r in f.kept["tuned"]):
        before, after = f.runs(condition), f.runs(condition, True)
        n = f.stages.index("norm")
        rows.append([NAMES[condition]] + [mean_sd(last(runs, "perplexity", text)) for text in ("other", "novels") for runs in (before, after)]
                    + [mean_sd(last(runs, "homographs", n), 1, 100) for runs in (before, after)])
    table(out, ["table", "documentation, before", "after", "novels, before", "after", "homographs, before", "after"], rows)


def claims(f, out):
    def loss(condition):
        return [math.log(v) for v in last(f.runs(condition), "perplexity", "novels")]

    def men(condition, i):
        return [r["at"][i]["men"][0] for r in f.runs(condition)]

    def at_norm(condition):
        return [v for v in last(f.runs(condition), "homographs", f.stages.index("norm"))]

    out.append("## The claims of the notes\n")
    out.append("Differences are paired over the seeds, with 95 % intervals; losses are natural logarithms of the perplexities.\n")
    frozen = Difference(loss("random"), loss("glove-frozen"), 1, 3)
    out.append(f"- *A table learned together with the blocks fits them; GloVe's, left as it is, does not.* With GloVe frozen the held-out loss is "
               f"{frozen} above that of a random table that learned: {verdict(frozen.sign)}.")
    control = Difference(loss("glove-frozen"), loss("random-frozen"), 1, 3)
    out.append(f"- *Even so, GloVe's rows are worth more than none.* Random rows that stay frozen lose {control} against GloVe's: {verdict(control.sign)}.")
    tuned = Difference(men("glove", 0), men("glove", -1), 100)
    out.append(f"- *Tuning ruins GloVe.* As a store of similarity: MEN at `table` moves by {tuned} x 100 while it learns: {verdict(-tuned.sign)}.")
    helps = Difference(loss("random"), loss("glove"), 1, 3)
    out.append(f"- *GloVe in the table is no better a beginning than random rows.* Held-out loss at the end, GloVe learned further less random learned: "
               f"{helps}: {'did not hold' if helps.sign < 0 else 'held' if helps.sign > 0 else 'cannot be told'}.")
    old = Difference(loss("random"), loss("earlier-frozen"), 1, 3)
    new = Difference(loss("glove-frozen"), loss("earlier-frozen"), 1, 3)
    out.append(f"- *A table that grew up with other blocks fits new ones.* Frozen, it gives {old} against a table that learns with them, and {new} "
               f"against GloVe frozen: better than GloVe: {verdict(-new.sign)}; as good as learning: "
               f"{'cannot be distinguished' if old.sign == 0 else 'did not hold' if old.sign > 0 else 'held, and more'}.")
    for part in ("frequent", "rare"):
        moved = Difference(moves(f, "random", False, part, "distance"), moves(f, "random", True, part, "distance"), 1, 2)
        out.append(f"- *Pre-training carries the weights near the answer, going on moves them little*, {part} rows: the distance moved changes by "
                   f"{moved}: {verdict(-moved.sign)} (the budgets differ, too: {tokens(f.times()[-1])} and "
                   f"{tokens(f.runs('random', True)[0]['at'][-1]['tokens'])} pieces).")
    out.append(f"- *Inference moves nothing.* The hash of all weights was the same before and after in {f.kept['unchanged']} of "
               f"{f.kept['looked_at']} models scored: {'held' if f.kept['unchanged'] == f.kept['looked_at'] else 'did not hold'}.")
    everywhere = {round(100 * r["at"][i]["homographs"][0], 3) for r in f.kept["runs"] for i in range(len(r["at"]))}
    out.append(f"- *After training, a table is as static as GloVe's.* On homographs `table` gives {', '.join(f'{v:.1f}' for v in sorted(everywhere))} "
               f"in every run at every time, the ceiling of one vector a word: {'held' if len(everywhere) == 1 else 'did not hold'}.")
    ceiling = last(f.runs("random"), "homographs", 0)
    senses = Difference(ceiling, at_norm("random"), 100)
    out.append(f"- *The blocks tell the senses of a word apart.* At `norm`, homographs stand {senses} points from that ceiling: "
               f"{verdict(senses.sign)} at this scale.")
    begin, end = f.times()[0], f.times()[-1]
    for readout, what in (("nn", "the nearest centroid"), ("probe", "a linear classifier")):
        learned = Difference(f.read(readout, "random", begin, "norm"), f.read(readout, "random", end, "norm"), 100)
        over = Difference(f.read(readout, "random", end, "table"), f.read(readout, "random", end, "norm"), 100)
        out.append(f"- *Training teaches the blocks to tell senses apart*, on ALL by {what}: from before the first update to the end `norm` moves by "
                   f"{learned}, and then stands {over} above `table`: {verdict(learned.sign, over.sign)} at this scale.")
        frozen = Difference(f.read(readout, "random", end, "norm"), f.read(readout, "glove-frozen", end, "norm"), 100)
        out.append(f"- *Blocks over GloVe's frozen rows tell senses apart worse than blocks whose table learned with them*, on ALL by {what}: `norm` "
                   f"differs by {frozen}: {verdict(-frozen.sign)}.")
    out.append("")


def picture(f):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "harness", "font.family": "sans-serif", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False})
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), constrained_layout=True)
    colours = {"random": "#222222", "glove": "#0072b2", "word2vec": "#d55e00", "earlier": "#009e73"}
    x = [max(n, 1) for n in f.times()]
    x[0] = x[1] / 8  # where "none" stands on the logarithmic axis
    for condition, name in NAMES.items():
        colour, style = colours[condition.split("-")[0]], ":" if condition.endswith("frozen") else "-"
        for axis, of in ((axes[0], lambda at: at["perplexity"]["novels"]), (axes[1], lambda at: 100 * at["men"][0])):
            axis.plot(x, [statistics.mean(of(r["at"][i]) for r in f.runs(condition)) for i in range(len(x))], style, color=colour,
                      marker="o", markersize=3, label=name)
    for axis, label in zip(axes, ("perplexity, held out", "MEN at table, Spearman x 100")):
        axis.set_xscale("log")
        axis.set_xticks(x, ["0"] + [tokens(n) for n in f.times()[1:]])
        axis.minorticks_off()
        axis.set_xlabel("pieces seen")
        axis.set_ylabel(label)
    axes[0].set_yscale("log")
    axes[1].legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(PICTURE, metadata={"Date": None})


def page(f):
    out = [f"""# What becomes of a look-up table in training

After pre-training a transformer's table is as static as GloVe's: why not put GloVe's vectors there, and tune them? Small GPTs,
{len(f.seeds)} seeds of each, that differ in what their table begins as and in whether it learns; same text, tokenizer, shape and budget. Written by
[`harness/tools/pretraining_page.py`](../tools/pretraining_page.py) from [`study/pretraining.json`](study/pretraining.json), which
[`harness/tools/pretraining.py`](../tools/pretraining.py) makes:

    harness/tools/pretraining.py --novels NOVELS --documentation DOCUMENTATION --data FOLDER
    harness train transformer novels.txt tokenizer=T {f.kept['shape']} {f.kept['steps']}

Text: a share of what [`datasets/gpt/make_text.py`](../../datasets/gpt/make_text.py) makes, {f.kept['words']:,} words of English novels. GloVe and Word2Vec are
this program's own, trained on that text in the same 64 dimensions; they fill the rows of the words that are one piece, other rows stay
random. "Of an earlier run": the table of the random run with another seed, under new blocks. Models of this size and so little text
are far from what is called a language model, and {len(f.seeds)} seeds are few: nothing here is said of larger ones.
"""]
    chapter_end(f, out)
    chapter_course(f, out)
    chapter_read(f, out)
    chapter_moved(f, out)
    chapter_tuned(f, out)
    claims(f, out)
    if os.path.exists(SENSES):
        with open(SENSES, encoding="utf-8") as file:
            out.append(file.read())
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with open(KEPT, encoding="utf-8") as file:
        figures = Figures(json.load(file))
    text = page(figures)
    if options.check:
        with open(PAGE, encoding="utf-8") as file:
            there = file.read()
        if there != text:
            line = next((i for i, (a, b) in enumerate(zip(there.split("\n"), text.split("\n")), 1) if a != b), 0)
            sys.exit(f"{PAGE}:{line}: is not what {KEPT} makes; run pretraining_page.py")
        return
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)
    picture(figures)


if __name__ == "__main__":
    main()
