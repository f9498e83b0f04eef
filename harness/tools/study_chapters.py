"""The chapters of STUDY.md: tables, pictures, and sentences chosen by what a paired test says. A chapter returns what the summary at the
head of the page says of it. Called by study.py."""
import study_pictures as draw
from study_runs import INTERVENTIONS, LAST, MAPS, TEXT_WINDOWS, WINDOWS
from study_statistics import holm
from study_words import gain, interval, names, percent, table, tested, verdict, which_part, with_interval

BLOCKS = [str(b) for b in range(1, 7)]
STAGES = ["table", "input"] + BLOCKS
ORDER = ["table", "input"] + [s for b in BLOCKS for s in (b + ".attention", b)]
GPT_LAST, BERT_LAST = "norm", "4"
PARTS = ["attention", "feed-forward"]
MINILM, TABLE, FIRST = ("minilm", LAST, "nn"), ("minilm", "table", "nn"), ("minilm", "1", "nn")
GLOVE, GLOVE_OWN, GLOVE_MEAN = (("glove", "table", method) for method in ("static-best", "nn", "nn-context"))
GPT, GPT_TABLE = ("gpt", GPT_LAST, "nn"), ("gpt", "table", "nn")
BERT, BERT_TABLE = ("bert", BERT_LAST, "nn"), ("bert", "table", "nn")
CEILING, FIRST_SENSE, WORDS = (("baseline", "", method) for method in ("static-ceiling", "first-sense", "bag-of-words"))
WITHOUT = "ALL-without-semeval2007"  # static-best and stages are chosen on SemEval-2007, which is a part of ALL
READOUTS = [  # suite, method, how the tables call it
    ("wsd", "nn", "nearest sense centroid"),
    ("wsd", "gloss:target-gloss", "word and definition"),
    ("wsd", "gloss:target-lemma", "word and defined lemma"),
    ("wsd", "gloss:sentence-gloss", "sentence and definition"),
    ("probe", "lemma", "linear classifier per lemma"),
]
LEARNED = ("nn", "lemma")  # readouts that learn from occurrences; the others know definitions alone
SPACES = [("minilm", ""), ("minilm+standardise", ", standardised")]
HEAD = """# A small study: where does a word become contextual?

MiniLM (all-MiniLM-L6-v2: an encoder of six blocks, tuned for the similarity of sentences); two small models of our own, of the same text, four
blocks and under two million parameters each: GPT (`datasets/gpt`, causal) and BERT (`datasets/bert`, masked, as its pre-training left it);
GloVe 6B 100d and the Word2Vec that `./run` trains. Written by `harness/tools/study.py` from the reports of the commands shown;
`study.py --check` compares page and facts (`study/study.json`).

F1 in percent, with back-off to the first sense. Intervals are 95 %, by bootstrap over whole documents on ALL and over lemmas on `homographs`.
Differences are paired over the same items; the test exchanges the same documents or lemmas (10,000 times, two-sided), p is corrected
after Holm over its table. "The same within 1 point" is what two one-sided tests bear, "no difference shown" says neither; each sentence
that compares is chosen by such a result. A **rival** is the best that a model without context could do instead, a **control** what the same
treatment does when what it is said to carry is taken out.
"""
NOT_SHOWN = """## What this does not show

- Nothing of models at large: one encoder, tuned for the similarity of sentences, and an encoder and a decoder of under two million
  parameters. Our BERT shows what an encoder as small as this one has before any tuning, not what tuning does to a large one: no large
  encoder as its pre-training left it, and no larger decoder, could be had here. English, and one inventory of senses per set.
- Nothing of what a part of the model "does". A gain by stage is a fact about a readout: another divides the same score otherwise. An
  intervention runs a model in a way that it was not trained for: what is lost is what the rest cannot do without the part.
- That a difference comes from context alone: the models were trained on different texts, and MiniLM was tuned on pairs of sentences besides.
- Texts as they are: `homographs` was written for this program, with senses that nobody confuses and clues that are there. On ALL, what has
  no training sentence is answered by the first sense, whatever the model.
- That there is no difference where none is shown: lemmas and documents are few, and the intervals say how few.
- `static-best` chooses among 60 means on held-out or left-out data; other static rivals may do better still.
"""


def chapter_homographs(facts, pictures, out):
    run, dataset, like = "homographs", "homographs", {"dataset": "homographs"}
    splits = ["all"] + ["clue:" + s for s in ("left", "right", "both")]

    def line(label, source, embedder, stage, method="nn"):
        return [label] + [with_interval(facts.f1(source, embedder, stage, method, split, dataset)) for split in splits]

    def baseline(label, method):
        return [label] + [with_interval(facts.baseline(run, method, dataset, split)) for split in splits]

    out.append("## Homographs: senses that nobody confuses\n")
    out.append(f"    {facts.command(run)}\n    {facts.command('homographs-sif')}\n    {facts.command('homographs-bert')}\n"
               f"    {facts.command('interventions')}\n")
    out.append("Senses are balanced, so that one vector per word cannot beat the static ceiling. Half of the sentences train, half test.\n")
    table(out, ["", "all", "clue left", "clue right", "clue both"],
          [baseline("static ceiling", "static-ceiling"), baseline("Lesk, no vectors", "lesk"),
           baseline("bag of words, no vectors", "bag-of-words"),
           line("GloVe, Word2Vec, MiniLM: own vector", run, "glove", "table"),
           line("Word2Vec, mean of the other words", run, "word2vec", "table", "nn-context"),
           line("Word2Vec, `static-best`", run, "word2vec", "table", "static-best"),
           line("GloVe, mean of the other words", run, "glove", "table", "nn-context"),
           line("GloVe, the same by rareness (SIF, a = 1e-4)", "homographs-sif", "glove", "table", "nn-context"),
           line("GloVe, `static-best`", run, "glove", "table", "static-best"),
           line("our GPT, last stage (causal)", run, "gpt", GPT_LAST),
           line("our BERT, last block (masked)", "homographs-bert", "bert", BERT_LAST)] +
          [line(f"MiniLM `{s}`", run, "minilm", s) for s in STAGES] +
          [line(f"MiniLM `{LAST}`, right context cut", "interventions", "left", LAST),
           line(f"MiniLM `{LAST}`, left context cut", "interventions", "right", LAST),
           line(f"MiniLM `{LAST}`, causal mask inside", "interventions", "causal", LAST)])
    chosen = [facts.f1(run, name, *GLOVE[1:], dataset=dataset)["signature"].split("|") for name in ("glove", "word2vec")]
    took = ["; ".join(t for t in signature if t.split(":")[0] in ("weights", "a", "window", "distance", "components")) for signature in chosen]
    out.append("`static-best`, the rival: of 60 weighted means of the other words, without the word's own vector, the one that the training "
               f"sentences choose, each against centroids that leave it out. GloVe took {took[0]}; Word2Vec {took[1]}.\n")
    tests = tested(out, facts, run, dataset, [
        (MINILM, f"MiniLM `{LAST}`", GLOVE, "GloVe `static-best`"),
        (FIRST, "MiniLM `1`", GLOVE, "GloVe `static-best`"),
        (MINILM, f"MiniLM `{LAST}`", WORDS, "bag of words"),
        (MINILM, f"MiniLM `{LAST}`", CEILING, "static ceiling"),
        (GLOVE, "GloVe `static-best`", CEILING, "static ceiling"),
        (GLOVE, "GloVe `static-best`", GLOVE_MEAN, "GloVe, mean of the other words"),
        (GPT, "our GPT, last stage", CEILING, "static ceiling"),
        (BERT, "our BERT, last block", CEILING, "static ceiling", "homographs-bert"),
        (BERT, "our BERT, last block", GLOVE, "GloVe `static-best`", "homographs+homographs-bert"),
        (("minilm", "input", "nn"), "MiniLM `input`", CEILING, "static ceiling")])
    distances = sorted({r["split"] for r in facts.rows(run, suite="wsd", metric="f1", embedder="minilm", method="nn", stage=LAST,
                                                       policy="wn1", **like) if r["split"].startswith("distance:")},
                       key=lambda s: int(s.split(":")[1].split("-")[0].rstrip("+")))
    draw.distances(pictures, distances, [facts.f1(run, "minilm", LAST, split=d, **like) for d in distances],
                   [facts.f1(run, "glove", "table", "static-best", d, **like) for d in distances],
                   facts.baseline(run, "static-ceiling", dataset))
    out.append("![F1 by distance of the clue](study/distance.svg)\n")
    return [verdict(tests[0], f"MiniLM `{LAST}`", "GloVe `static-best`", "On `homographs`"),
            verdict(tests[3], f"MiniLM `{LAST}`", "the best that one vector per word could reach, the static ceiling", "There"),
            verdict(tests[6], "our GPT, causal in earnest but small,", "that ceiling", "There"),
            verdict(tests[7], "our BERT, an encoder as small and not tuned,", "that ceiling", "There") + " " +
            verdict(tests[8], "it", "GloVe `static-best`")]


def chapter_all(facts, pictures, out):
    like, run = {"dataset": "ALL"}, "all"
    rows = [facts.f1(run, "minilm", s) for s in ORDER]
    own, mean, best = (facts.f1(run, *system) for system in (GLOVE_OWN, GLOVE_MEAN, GLOVE))

    def line(label, embedder, stage, method="nn", source=run):
        ties = facts.row(source, suite="wsd", metric="ties", embedder=embedder, stage=stage, method=method, split="all", **like)
        expected = facts.f1(source, embedder, stage, method, metric="f1-ties-expected")
        row = facts.f1(source, embedder, stage, method)
        return [label, percent(row), interval(row), percent(expected) if ties["value"] > 0.01 else "",
                percent(facts.f1(source, embedder, stage, method, dataset=WITHOUT))]

    def baseline(label, method):
        row = facts.baseline(run, method, "ALL")
        return [label, percent(row), interval(row), "", percent(facts.baseline(run, method, WITHOUT))]

    first = facts.baseline(run, "first-sense", "ALL")
    bert = [facts.f1("all-bert", "bert", s) for s in ORDER[:ORDER.index(BERT_LAST) + 1]]
    draw.stages(pictures, ORDER, [("MiniLM", rows), ("our BERT", bert)],
                [(first, "first sense of WordNet"), (own, "GloVe, own vector"), (best, "GloVe, static-best")])
    out.append("## Text: where along the stages is a word disambiguated?\n")
    out.append(f"    {facts.command(run)}\n    {facts.command('all-sif')}\n    {facts.command('all-bert')}\n")
    out.append("![F1 by stage](study/stages.svg)\n")
    table(out, ["", "F1 on ALL", "95 % interval", "ties by chance", "ALL without SemEval-2007"],
          [baseline("first sense of WordNet", "first-sense"), baseline("most frequent sense in SemCor", "train-mfs")] +
          [line(f"{title}, {label}", name, "table", method) for name, title in (("word2vec", "Word2Vec"), ("glove", "GloVe"))
           for method, label in (("nn", "own vector"), ("nn-context", "mean of the other words"), ("static-best", "`static-best`"))] +
          [line("GloVe, mean by rareness (SIF, a = 1e-4)", "glove", "table", "nn-context", "all-sif"),
           line("our GPT `table`", *GPT_TABLE), line("our GPT, last stage (causal)", *GPT),
           line("our BERT `table`", *BERT_TABLE, "all-bert"), line("our BERT, last block (masked)", *BERT, "all-bert")] +
          [line(f"MiniLM `{s}`", "minilm", s) for s in ORDER] + [baseline("static ceiling (gold in hand)", "static-ceiling")])
    out.append("*Ties by chance*: where more than 1 % of the best choices tie, what drawing among them would give; the rule, the first "
               "sense wins, is in the column before. `static-best` is chosen on SemEval-2007, so tests with it are over the other parts.\n")
    tests = tested(out, facts, run, WITHOUT, [
        (MINILM, f"MiniLM `{LAST}`", GLOVE, "GloVe `static-best`"),
        (MINILM, f"MiniLM `{LAST}`", ("word2vec",) + GLOVE[1:], "Word2Vec `static-best`"),
        (GLOVE, "GloVe `static-best`", GLOVE_MEAN, "GloVe, mean of the other words"),
        (GLOVE, "GloVe `static-best`", FIRST_SENSE, "first sense"),
        (MINILM, f"MiniLM `{LAST}`", FIRST_SENSE, "first sense"),
        (MINILM, f"MiniLM `{LAST}`", GPT, "our GPT, last stage"),
        (MINILM, f"MiniLM `{LAST}`", BERT, "our BERT, last block", "all+all-bert"),
        (BERT, "our BERT, last block", GLOVE, "GloVe `static-best`", "all+all-bert"),
        (BERT, "our BERT, last block", GPT, "our GPT, last stage", "all+all-bert")])
    others = tested(out, facts, run, "ALL", [
        (TABLE, "MiniLM `table`", GLOVE_OWN, "GloVe, own vector"),
        (TABLE, "MiniLM `table`", FIRST_SENSE, "first sense"),
        (MINILM, f"MiniLM `{LAST}`", TABLE, "MiniLM `table`"),
        (GPT, "our GPT, last stage", GPT_TABLE, "its `table`"),
        (BERT, "our BERT, last block", BERT_TABLE, "its `table`", "all-bert")])
    ceiling = facts.baseline(run, "static-ceiling", "ALL")
    mixed = facts.row(run, suite="wsd", metric="mixed-share", method="static-ceiling", dataset="ALL", split="all")
    out.append(f"The best that one fixed answer per word form could reach, gold in hand, is {percent(ceiling)}. It says little here: only "
               f"{percent(mixed, 0)} % of the instances have a word form that occurs in several senses.\n")
    return [verdict(tests[0], f"MiniLM `{LAST}`", "GloVe `static-best`", "On ALL without SemEval-2007"),
            verdict(tests[4], f"MiniLM `{LAST}`", "WordNet's first sense", "There"),
            verdict(others[0], "MiniLM's look-up table", "GloVe's vector of the word", "On ALL"),
            verdict(others[3], "our GPT's last stage", "its look-up table", "There") + " " +
            verdict(others[4], "our BERT's last block", "its look-up table") + " " +
            verdict(tests[7], "it", "GloVe `static-best`", "Without SemEval-2007")]


def readouts_of(runs):
    """[(run, suite, method, embedder, label)] of {(method, embedder): run}, in the order of the tables."""
    return [(runs[m, e], suite, m, e, label + space) for suite, m, label in READOUTS for e, space in SPACES if (m, e) in runs]


def gains_by_readout(facts, out, where, dataset, readouts):
    """A table of gains, a readout per row; their parts, and [(method, 1: attention gains more, -1: less, 0: neither is shown)]."""
    parts = [facts.parts(run, suite, dataset, e, method) for run, suite, method, e, _ in readouts]
    corrected = holm([p["difference"]["p"] for p in parts])
    table(out, [f"gain {where}, by this readout"] + PARTS + ["attention – feed-forward", "which"],
          [[label] + [gain(p[part]) for part in PARTS] + [gain(p["difference"]), which_part(p, c)]
           for (*_, label), p, c in zip(readouts, parts, corrected)])
    side = {"attention more": 1, "feed-forward more": -1}
    return parts, [(method, side.get(which_part(p, c).split(",")[0], 0)) for (_, _, method, *_), p, c in zip(readouts, parts, corrected)]


def kinds_of_readout(where, sides):
    """Which part gains more, counted among readouts that learn from occurrences and among those by definitions; kinds at one."""
    said, at_one = [], []
    for kind, learned in (("that learn from occurrences", True), ("by definitions", False)):
        found = [side for method, side in sides if (method in LEARNED) == learned]
        said.append(f"by {found.count(1)} of {len(found)} readouts {kind}, less by {found.count(-1)}")
        at_one += [kind] if len(set(found) - {0}) < 2 else []
    return f"{where} attention gains more than feed-forward {', and '.join(said)}", at_one


def classifier_controls(facts, out):
    """What a classifier gets of labels that say nothing, and of vectors that have no context."""
    said = []
    for where, name, set_ in (("on `homographs`", "readouts", "homographs"), ("on ALL", "probe-control-text", "ALL")):
        probed, control, chance = (facts.row(name, suite="probe", metric=metric, embedder="minilm", method="lemma", stage=LAST, split="all",
                                             dataset=set_) for metric in ("probed-accuracy", "control-accuracy", "control-majority"))
        said.append(f"{where} {percent(control)} % of them are right at `{LAST}`, and {percent(chance)} % by the most frequent label, beside "
                    f"{percent(probed)} % of the senses")
    out.append("The classifier's control is labels that say nothing of the sense, each drawn for the second word before the target: " +
               "; ".join(said) + ". These are shares of the instances that a classifier of two classes or more answered; the table's F1 is of all "
               "instances, whatever answered. Controls no better than the most frequent label were not remembered.")
    frequent = ("baseline", "", "train-mfs")
    mfs = facts.baseline("probe-text", "train-mfs", "ALL", suite="probe")
    last, table_ = ("minilm", LAST, "lemma"), ("minilm", "table", "lemma")
    by_table, by_frequency, of_table = facts.tests("probe-text", "ALL", [(last, table_), (last, frequent), (table_, frequent)], suite="probe")
    out.append("\nAt `table`, where a form is one vector, a classifier can learn nothing but how frequent the senses of forms are. " +
               verdict(of_table, "the classifier there", f"the most frequent sense in that fifth of SemCor ({percent(mfs)})", "On ALL") + " " +
               verdict(by_table, f"the classifier at `{LAST}`", "at `table`") + " " +
               verdict(by_frequency, "it", "that most frequent sense") + "\n")


def lemmas_on_all(facts, out):
    """Why one readout is not in the table of ALL: its answers tie, and records hold what the rule made of ties."""
    like = {"suite": "wsd", "dataset": "ALL", "embedder": "minilm", "method": "gloss:target-lemma"}
    ties = facts.row("all-readouts", metric="ties", stage="table", split="all", policy="wn1", **like)
    by_rule, drawn, last = (facts.f1("all-readouts", "minilm", stage, "gloss:target-lemma", metric=metric)
                            for stage, metric in (("table", "f1"), ("table", "f1-ties-expected"), (LAST, "f1")))
    parts = [gain(facts.row("all-readouts", metric="f1-gain-total", split="part:" + part, policy="wn1", **like)) for part in PARTS]
    out.append(f"*Word and defined lemma* is not in the table of ALL. At `table` {percent(ties, 0)} % of its answers tie: by the rule the "
               f"first sense wins ({percent(by_rule)}), drawing would give {percent(drawn)}; at `{LAST}` it gets {percent(last)}. With ties drawn, "
               f"{' and '.join(f'{part} gains {found}' for part, found in zip(PARTS, parts))}.\n")


def chapter_readouts(facts, pictures, out):
    run, dataset = "readouts", "homographs"
    readouts = readouts_of({(m, e): run for _, m, _ in READOUTS for e, _ in SPACES})
    readouts_text = readouts_of({(m, e): name for m, name in zip(LEARNED, ("nn-text", "probe-text")) for e, _ in SPACES} |
                                {("gloss:" + m, e): name for m in ("target-gloss", "sentence-gloss")
                                 for (e, _), name in zip(SPACES, ("all-readouts", "all-readouts-standardised"))})
    out.append("## Attention or feed-forward: by which readout?\n")
    out.append("".join(f"    {facts.command(name)}\n" for name in (
        run, "nn-text", "probe-text", "probe-control-text", "all-readouts", "all-readouts-standardised")))
    out.append("The same vectors, read in several ways. *Standardised*: each dimension with mean 0 and deviation 1 over WordNet's definitions. On "
               "ALL, those that learn from occurrences do so from every fifth sentence of SemCor (`semcor-fifth`, which `study.py` makes), so "
               "that their figures are not those of the chapter before; those by definitions learn from nothing. F1:\n")
    for where, of, set_ in (("`homographs`", readouts, dataset), ("ALL", readouts_text, "ALL")):
        table(out, [where] + [f"`{s}`" for s in STAGES],
              [[label] + [percent(facts.f1(name, e, s, m, "all", set_, suite)) for s in STAGES] for name, suite, m, e, label in of])
    classifier_controls(facts, out)
    parts, sides = gains_by_readout(facts, out, "on `homographs`", dataset, readouts)
    parts_text, sides_text = gains_by_readout(facts, out, "on ALL", "ALL", readouts_text)
    draw.readouts(pictures, [(where, [label for *_, label in of], gained)
                             for where, of, gained in ((dataset, readouts, parts), ("ALL", readouts_text, parts_text))])
    gains = [facts.row("all", metric="f1-gain", embedder="minilm", method="nn", split="all", stage=s, dataset="ALL") for s in ORDER[1:]]
    draw.gains(pictures, ORDER[1:], gains)
    out.append("A gain is the score right after a part less that right before it, summed over the blocks, over whole documents or lemmas; p by "
               "the bootstrap, Holm over the table.\n")
    lemmas_on_all(facts, out)
    out.append("![Gains of attention and feed-forward parts, by readout](study/readouts.svg)\n")
    out.append("On ALL by nearest centroid, learned from all of SemCor, with ties counted by chance, stage "
               "by stage:\n")
    out.append("![Gain of each stage over the one before it, on ALL](study/attribution.svg)\n")
    (said, one), (said_text, one_text) = kinds_of_readout("On `homographs`", sides), kinds_of_readout("On ALL", sides_text)
    against = len({side for _, side in sides + sides_text} - {0}) > 1
    agree = [kind for kind in one if kind in one_text]
    found = f"On either set, no two readouts {' and no two readouts '.join(agree)} contradict each other" if agree else \
        "Readouts of one kind contradict each other, too"
    out.append(("The readouts contradict each other: no share of the gain belongs to a part of the model as such. " if against else
                "No two readouts contradict each other here. ") + found + ".\n")
    return [("Which part gains more depends on the readout. " if against else "") + said + ". " + said_text + ". " + found + "."]


def one_side(facts, out):
    """A table of each side of the clue alone: what becomes of it when the other side, or this one, cannot be seen; what to say of it."""
    run, dataset, sides = "interventions", "homographs", ("clue:left", "clue:right")
    rows = [("causal", "causal mask", MINILM, "plain", run), ("left", "right context cut", MINILM, "plain", run),
            ("right", "left context cut", MINILM, "plain", run), ("gpt", "our GPT", CEILING, "static ceiling", "homographs")]
    tests = facts.tests(run, dataset, [(GPT if name == "gpt" else (name, LAST, "nn"), against, source, side)
                                       for name, _, against, _, source in rows for side in sides])
    table(out, ["difference, by the side of the clue", "clue left", "clue right"],
          [[f"{label} – {against}", str(tests[2 * i]), str(tests[2 * i + 1])] for i, (_, label, _, against, _) in enumerate(rows)])
    return [verdict(tests[2], "MiniLM with its right context cut away", "plain MiniLM", "Where the clue stands to the left,") + " " +
            verdict(tests[3], "it", "plain MiniLM", "Where the clue stands to the right,")]


def chapter_interventions(facts, _pictures, out):
    run, dataset, splits = "interventions", "homographs", ("all", "clue:left", "clue:right")
    others = [(n, label) for n, _, label in INTERVENTIONS]
    paired = facts.tests(run, dataset, [((n, LAST, "nn"), MINILM) for n, _ in others])
    ablated = ["no-attention", "uniform", "no-feed-forward"]
    gloss = dict(zip(ablated, facts.tests(run, dataset, [((n, LAST, "gloss:sentence-gloss"), ("minilm", LAST, "gloss:sentence-gloss"))
                                                         for n in ablated])))
    out.append("## Interventions\n")
    out.append(f"    {facts.command(run)}\n")
    out.append("What a readout sees right after a part is one question; what the model loses without it is another. What the part adds to "
               f"the residual is zero in every block, or the mask, the text or the look-up rows are others; stage `{LAST}` is read as before.\n")
    table(out, ["MiniLM", "all", "clue left", "clue right", "nearest centroid – plain", "sentence and definition – plain"],
          [["plain"] + [percent(facts.f1(run, "minilm", LAST, split=s, dataset=dataset)) for s in splits] + ["", ""]] +
          [[f"{label} (`{option}`)"] + [percent(facts.f1(run, n, LAST, split=s, dataset=dataset)) for s in splits] +
           [str(test), str(gloss.get(n, ""))] for (n, option, label), test in zip(INTERVENTIONS, paired)])
    pairs = [(("causal", LAST, "nn"), "causal mask", ("left", LAST, "nn"), "right context cut"),
             (("uniform", LAST, "nn"), "uniform attention", ("no-feed-forward", LAST, "nn"), "no feed-forward"),
             (("no-attention", LAST, "nn"), "no attention", ("baseline", "", "static-ceiling"), "static ceiling")]
    tests = tested(out, facts, run, dataset, pairs)
    said = one_side(facts, out)
    credit = {method: facts.parts("readouts", "wsd", dataset, "minilm", method) for method in ("nn", "gloss:sentence-gloss")}
    lost = dict(zip([n for n, _ in others], paired))
    table(out, ["part", "nearest centroid: gain right after it", "lost without it", "sentence and definition: gain right after it", "lost without it"],
          [[part, f"{100 * credit['nn'][part]['value']:+.1f}", f"{-lost[name].difference:.1f}",
            f"{100 * credit['gloss:sentence-gloss'][part]['value']:+.1f}", f"{-gloss[name].difference:.1f}"]
           for part, name in (("attention", "no-attention"), ("feed-forward", "no-feed-forward"))])
    out.append("`context=left` is an encoder whose right context is cut: a shorter text, read both ways, which MiniLM was not trained for. "
               "`mask=causal` lets no piece see what stands to its right, in any block, which it was not trained for either. Neither is a "
               "causal model; our GPT is, and is small. Gains and losses need not agree: parts make use of one another.\n")
    return [verdict(lost["no-feed-forward"], "MiniLM without feed-forward parts", "MiniLM as it is", "On `homographs`"),
            verdict(lost["uniform"], "MiniLM with uniform attention", "MiniLM as it is", "There"),
            verdict(tests[0], "MiniLM with a causal mask inside", "with its right context cut away", "There")] + said


def windows_table(facts, out, run, dataset, windows):
    """Rows of a window each, tested against the whole sentence; returns the tests by width."""
    embedders, widths = ["minilm@" + w for w in windows], [w.replace("none", "0").replace("window:", "") for w in windows]
    tests = facts.tests(run, dataset, [((n, LAST, "nn"), MINILM) for n in embedders])

    def figures(name):
        return [percent(facts.f1(run, name, s, dataset=dataset)) for s in ("table", LAST)]

    table(out, ["words on each side", "`table`", f"`{LAST}`", f"– whole sentence, over {tests[0].units}"],
          [[w] + figures(n) + [str(test)] for w, n, test in zip(widths, embedders, tests)] + [["all"] + figures("minilm") + [""]])
    lower = [w for w, t in zip(widths, tests) if t.sign < 0 and not t.is_same]
    same = [w for w, t in zip(widths, tests) if t.is_same]
    return (f"with {names(lower)} words on each side MiniLM scores lower than with the whole sentence, " if lower else
            "no window is shown to score lower than the whole sentence, ") + \
        (f"with {names(same)} the same within 1 point" if same else "with none the same within 1 point")


def chapter_windows(facts, pictures, out):
    run, dataset = "windows", "homographs"
    rows = {s: [facts.f1(run, n, s, dataset=dataset) for n in ["minilm@" + w for w in WINDOWS] + ["minilm"]] for s in ("table", LAST)}
    draw.windows(pictures, [w.replace("none", "0").replace("window:", "") for w in WINDOWS] + ["all"], rows["table"], rows[LAST])
    out.append("## How much context does it take?\n")
    out.append(f"    {facts.command(run)}\n    {facts.command('windows-text')}\n")
    out.append("The control is `table`, which no window can move. On `homographs`, whose clues may stand more than 20 words away:\n")
    out.append("![F1 by size of the window](study/windows.svg)\n")
    said = windows_table(facts, out, run, dataset, WINDOWS)
    out.append("On ALL, with at most 5 training occurrences of a sense (`shots=5`), so that figures are not those above:\n")
    said_text = windows_table(facts, out, "windows-text", "ALL", TEXT_WINDOWS)
    return [f"On `homographs` {said}; on ALL {said_text}."]


def count_of(tests):
    return f"higher {sum(t.sign > 0 for t in tests)}, lower {sum(t.sign < 0 for t in tests)}, no difference shown " \
        f"{sum(t.sign == 0 for t in tests)}"


def transplant_table(facts, out, where, dataset, run, plain, both):
    """Maps by row, against the model's own rows, the control of rank and that of what rows say. run, plain, both: the reports of the maps,
    of the model as it is, and the name of the two as one. What is to be said of it."""
    stages, rows, mapped = ("table", "input", "3", LAST), MAPS + ["pca"], [n for n in MAPS if n not in ("random", "shuffled-rows")]
    own = facts.tests(both, dataset, [((n, LAST, "nn"), MINILM) for n in rows])
    tests = facts.tests(run, dataset, [((n, LAST, "nn"), (control, LAST, "nn")) for control in ("pca", "shuffled-rows") for n in mapped])
    rank, shuffled = dict(zip(mapped, tests)), dict(zip(mapped, tests[len(mapped):]))

    def figures(name, source):
        return [percent(facts.f1(source, name, s, dataset=dataset)) for s in stages]

    table(out, [f"rows, {where}"] + [f"`{s}`" for s in stages] + [f"– MiniLM's own, over {own[0].units}", "– `pca`", "– `shuffled-rows`"],
          [["MiniLM's own"] + figures("minilm", plain) + [""] * 3] +
          [[f"`{n}`"] + figures(n, run) + [str(test), str(rank.get(n, "")), str(shuffled.get(n, ""))] for n, test in zip(rows, own)])
    best = max(mapped, key=lambda n: facts.f1(run, n, LAST, dataset=dataset)["value"])
    return [verdict(own[-1], "MiniLM with its own rows of GloVe's words in 100 dimensions", "with these rows as they are", f"On {where}"),
            f"GloVe's vectors in their place, by {len(mapped)} maps: against these rows in 100 dimensions {count_of(rank.values())}; "
            f"against shuffled rows {count_of(shuffled.values())}. " +
            verdict(rank[best], f"the best of the maps, `{best}`,", "those rows in 100 dimensions")]


def chapter_transplant(facts, _pictures, out):
    out.append("## GloVe's vectors in the transformer's table\n")
    out.append("".join(f"    {facts.command(name)}\n" for name in ("transplant", "transplant-text")))
    out.append("The look-up rows of the words that GloVe has too are replaced, everything else stays frozen. `ridge` and `procrustes` map "
               "GloVe's 100 dimensions to MiniLM's 384; `-raw`: rows as long as the map makes them; else as long as those they replace. The "
               "control of rank is `pca`: MiniLM's own rows of the same words in 100 dimensions. What it loses, dimension costs; what a map "
               "loses against it, GloVe's vectors cost. The control of what a row says is `shuffled-rows`; `random` rows still tell words "
               "apart. On ALL, senses are learned from every fifth sentence of SemCor, and MiniLM's own figures are those of the nearest "
               "centroid above.\n")
    said = transplant_table(facts, out, "`homographs`", "homographs", "transplant", "transplant", "transplant")
    return said + transplant_table(facts, out, "ALL", "ALL", "transplant-text", "nn-text", "nn-text+transplant-text")


def chapter_contextuality(facts, pictures, out):
    run = "contextuality"
    metrics = ["self-similarity", "intra-sentence-similarity", "anisotropy"]

    def figures(metric, method, policy="raw"):
        found = {r["stage"]: r for r in facts.rows(run, metric=metric, method=method, policy=policy, split="all")}
        return [found[s] for s in ORDER]

    raw = {m: figures(m, "ethayarajh") for m in metrics}
    standardised = figures("sense-separation", "standardised")
    draw.contextuality(pictures, ORDER, dict(raw, **{"sense separation, standardised": standardised}))
    out.append("## How contextual are the stages?\n")
    out.append(f"    {facts.command(run)}\n")
    out.append("![Self-similarity and related measures by stage](study/contextuality.svg)\n")
    table(out, ["stage", "self-similarity", "intra-sentence", "anisotropy", "sense separation, standardised"],
          [[f"`{s}`"] + [f"{raw[m][i]['value']:.3f}" for m in metrics] +
           [f"{standardised[i]['value']:.3f} ({standardised[i]['low']:.3f} – {standardised[i]['high']:.3f})"]
           for i, s in enumerate(ORDER)])
    total = facts.row(run, metric="sense-separation-gain-total", method="standardised", split="all")
    out.append("Raw cosines of stages whose spread (anisotropy) differs are not to be compared with each other; for sense separation each "
               "dimension of a stage has mean 0 and deviation 1. `table` is the control: only the form of a word (`bank`, `banks`) can tell "
               f"its occurrences apart there. The gain of `{LAST}` over it, paired over lemmas: {gain(total, 1, 3)}.\n")
    side = "grows" if total["low"] > 0 else "shrinks" if total["high"] < 0 else "is not shown to change"
    return [f"From `table` to `{LAST}` the separation of a lemma's senses, in standardised vectors, {side}: {gain(total, 1, 3)}."]


CHAPTERS = [chapter_homographs, chapter_all, chapter_readouts, chapter_interventions, chapter_windows, chapter_transplant,
            chapter_contextuality]


def page(facts, pictures):
    summary, chapters = [], []
    for chapter in CHAPTERS:
        summary += chapter(facts, pictures, chapters)
    return "\n".join([HEAD, "## In short\n"] + ["- " + sentence for sentence in summary] + [""] + chapters + [NOT_SHOWN])
