"""What README.md and RESULTS.md quote of the study's runs: text between "<!-- study: NAME -->" and "<!-- end of study -->"."""
import textwrap

from study_chapters import BERT, BERT_LAST, BLOCKS as NUMBERS, CEILING, GLOVE, GPT, GPT_LAST, LAST, MINILM, ORDER, WITHOUT
from study_words import percent, table, verdict, with_interval

SETS = ["senseval2", "senseval3", "semeval2007", "semeval2013", "semeval2015"]


def filled(text):
    return textwrap.fill(text, 150, break_long_words=False, break_on_hyphens=False)


def headline(facts):
    """README: homographs, with the rivals."""
    run, dataset, splits, out = "homographs", "homographs", ("all", "clue:left", "clue:right"), []

    def line(label, note, source, embedder, stage, method="nn"):
        return [label] + [percent(facts.f1(source, embedder, stage, method, s, dataset)) for s in splits] + [note]

    grid = next(t for t in facts.f1(run, *GLOVE, dataset=dataset)["signature"].split("|") if t.startswith("grid:")).split(":")[1]
    table(out, ["", "all", "clue left", "clue right", ""],
          [["best that one vector per word could reach"] +
           [percent(facts.baseline(run, "static-ceiling", dataset, s)) for s in splits] + ["static ceiling"],
           line("GloVe, Word2Vec, MiniLM `table`", "a look-up table", run, "glove", "table"),
           line("GloVe, plain mean of the sentence's other words", "static", run, "glove", "table", "nn-context"),
           line("GloVe, mean weighted by rareness (SIF, a = 1e-4)", "static", "homographs-sif", "glove", "table", "nn-context"),
           line(f"GloVe, the best of {grid} such means by the training sentences", "static, `static-best`", run, *GLOVE),
           line("MiniLM `input`", "position added", run, "minilm", "input"),
           line("MiniLM `1.attention`", "contextual from here on", run, "minilm", "1.attention"),
           line("MiniLM after block 1", "", run, "minilm", "1"),
           line(f"MiniLM after block {LAST}", "", run, "minilm", LAST),
           line("the same, what follows the word cut away", "`context=left`", "interventions", "left", LAST),
           line("the same, a causal mask inside", "`mask=causal`", "interventions", "causal", LAST),
           line("`gpt`, last stage", "causal, under two million parameters", run, "gpt", GPT_LAST),
           line("`bert`, last block", "masked, not tuned, as small", "homographs-bert", "bert", BERT_LAST)])
    same = {tuple(percent(facts.f1(run, name, "table", split=s, dataset=dataset)) for s in splits) for name in ("glove", "word2vec", "minilm")}
    if len(same) != 1:
        raise SystemExit(f"study: the look-up tables do not score alike on {dataset}: {same}")
    out.insert(0, f"No table with one vector per word can exceed {percent(facts.baseline(run, 'static-ceiling', dataset))}.\n")
    minilm, ceiling, gpt, bert = facts.tests(run, dataset, [(MINILM, GLOVE), (MINILM, CEILING), (GPT, CEILING), (BERT, CEILING, "homographs-bert")])
    out.append(filled(" ".join((
        verdict(minilm, f"MiniLM after block {LAST}", "the best mean of GloVe", f"Paired over {minilm.units},"),
        verdict(ceiling, "MiniLM", "the static ceiling", "There"), verdict(gpt, "`gpt`, a small decoder,", "that ceiling", "There"),
        verdict(bert, "`bert`, a small encoder,", "that ceiling", "There"), "p is corrected after Holm over these four."))))
    return "\n".join(out)


def everything(facts):
    """README: ALL."""
    run = "all"
    blocks = [percent(facts.f1(run, "minilm", b)) for b in NUMBERS]
    expected = facts.f1(run, "minilm", "table", metric="f1-ties-expected")
    test, = facts.tests(run, WITHOUT, [(MINILM, GLOVE)])
    size = facts.f1(run, "minilm", "table")["n"]
    return filled(f"On ALL of the unified evaluation framework ({size:,} instances), with senses learned from SemCor and the nearest of their centroids (`nn`): first "
            f"sense {percent(facts.baseline(run, 'first-sense', 'ALL'))}, GloVe's own vector {percent(facts.f1(run, 'glove', 'table'))}, its "
            f"`static-best` {percent(facts.f1(run, *GLOVE))}, MiniLM `table` {percent(facts.f1(run, 'minilm', 'table'))} "
            f"({percent(expected)} with ties by chance), then {', '.join(blocks[:-1])} and {blocks[-1]} after its six blocks. " +
                  verdict(test, f"MiniLM after block {LAST}", "GloVe `static-best`",
                          f"Over {test.units} without SemEval-2007, on which the mean is chosen,"))


def homographs(facts):
    """RESULTS."""
    run, dataset, out = "homographs", "homographs", []
    splits = ["all"] + ["clue:" + s for s in ("left", "right", "both")]

    def line(label, source, embedder, stage, method="nn"):
        return [label] + [with_interval(facts.f1(source, embedder, stage, method, s, dataset), 1) for s in splits]

    def baseline(label, method):
        return [label] + [with_interval(facts.baseline(run, method, dataset, s), 1) for s in splits]

    out.append(f"    {facts.command(run)}\n    {facts.command('homographs-bert')}\n    {facts.command('interventions')}\n")
    table(out, ["", "all", "clue left", "clue right", "both sides"],
          [["test sentences"] + [str(facts.baseline(run, "random", dataset, s)["n"]) for s in splits],
           baseline("chance, expected", "random"),
           baseline("first sense, training MFS, static ceiling", "static-ceiling"),
           baseline("Lesk", "lesk"), baseline("bag of words", "bag-of-words"),
           line("GloVe, Word2Vec, MiniLM `table`: the word itself", run, "glove", "table")] +
          [line(f"{title}, {label}", run, name, "table", method) for name, title in (("glove", "GloVe"), ("word2vec", "Word2Vec"))
           for method, label in (("nn-context", "mean of the other words"), ("static-best", "`static-best`"))] +
          [line("`gpt`, last stage", run, "gpt", GPT_LAST), line("`bert`, last block", "homographs-bert", "bert", BERT_LAST)] +
          [line(f"MiniLM `{s}`", run, "minilm", s) for s in
           ("input", "1.attention", "1", "2", "3", "4", "5", "6.attention", "6", "sum:3-6")] +
          [line(f"MiniLM `{LAST}`, `{option}`", "interventions", name, LAST)
           for name, option in (("left", "context=left"), ("right", "context=right"), ("causal", "mask=causal"))])
    return "\n".join(out)


def definitions(facts):
    """RESULTS: homographs by senses.tsv's definitions alone."""
    run, dataset, out = "homographs", "homographs", []
    splits = ["all"] + ["clue:" + s for s in ("left", "right", "both")]
    table(out, ["", "all", "clue left", "clue right", "both sides"],
          [[f"{title}, `gloss:{method}`"] +
           [with_interval(facts.f1(run, name, stage, "gloss:" + method, s, dataset), 1) for s in splits]
           for title, name, stage, method in (
               (f"MiniLM `{LAST}`", "minilm", LAST, "sentence-gloss"), (f"MiniLM `{LAST}`", "minilm", LAST, "target-lemma"),
               (f"MiniLM `{LAST}`", "minilm", LAST, "target-gloss"), ("GloVe", "glove", "table", "sentence-gloss"),
               ("Word2Vec", "word2vec", "table", "sentence-gloss"))])
    return "\n".join(out)


def distance(facts):
    """RESULTS: homographs by the distance of the clue."""
    run, dataset, out = "homographs", "homographs", []
    bins = ("0", "1-2", "3-5", "6-10", "11-20", "21+")
    table(out, [""] + [b.replace("-", "–") for b in bins],
          [["test sentences"] + [str(facts.f1(run, "minilm", LAST, split="distance:" + b, dataset=dataset)["n"]) for b in bins]] +
          [[label] + [with_interval(facts.f1(run, *system, split="distance:" + b, dataset=dataset), 1) for b in bins]
           for label, system in (("GloVe, mean of the other words", ("glove", "table", "nn-context")), ("GloVe, `static-best`", GLOVE),
                                 ("Word2Vec, mean of the other words", ("word2vec", "table", "nn-context")),
                                 ("MiniLM `1`", ("minilm", "1", "nn")), (f"MiniLM `{LAST}`", MINILM),
                                 (f"MiniLM `{LAST}`, `gloss:sentence-gloss`", ("minilm", LAST, "gloss:sentence-gloss")))])
    return "\n".join(out)


def framework(facts):
    """RESULTS: ALL and its parts."""
    run, out = "all", []
    sets = ["ALL/" + s for s in SETS] + ["ALL"]

    def line(label, *system, source=run):
        return [label] + [percent(facts.f1(source, *system, dataset=s)) for s in sets]

    out.append(f"    {facts.command(run)}\n    {facts.command('all-bert')}\n")
    table(out, [""] + SETS + ["ALL"],
          [[label] + [percent(facts.baseline(run, method, s)) for s in sets] for label, method in (
              ("chance, expected", "random"), ("first sense", "first-sense"), ("most frequent sense in SemCor", "train-mfs"),
              ("static ceiling", "static-ceiling"))] +
          [line("GloVe, the word itself", "glove", "table"), line("GloVe, mean of the other words", "glove", "table", "nn-context"),
           line("GloVe, `static-best` (chosen on semeval2007)", *GLOVE), line("`gpt`, last stage", *GPT),
           line("`bert`, last block", *BERT, source="all-bert")] +
          [line(f"MiniLM `{s}`", "minilm", s) for s in [o for o in ORDER if not o.endswith("attention")] + ["sum:3-6"]])
    return "\n".join(out)


BLOCKS = {
    "README.md": {"headline": headline, "all": everything},
    "harness/doc/RESULTS.md": {"homographs": homographs, "definitions": definitions, "distance": distance, "framework": framework},
}
