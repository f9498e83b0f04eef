"""The study's chapter of interventions: parts of MiniLM taken out, beside what the attribution credits them with.
Called by study.py, whose Runs and Report it is given."""
import json
import subprocess

# name of the embedder, what is changed, how the table calls it
INTERVENTIONS = [
    ("no-attention", "ablate=attention", "attention taken out of all blocks"),
    ("uniform", "ablate=uniform", "attention uniform: every piece alike"),
    ("no-feed-forward", "ablate=feed-forward", "feed-forward taken out of all blocks"),
    ("no-positions", "ablate=positions", "no position table"),
    ("causal", "mask=causal", "causal mask inside"),
    ("left", "context=left", "right context cut away instead"),
    ("pca", "map=pca:100", "look-up rows in 100 dimensions, lengths kept"),
]
STAGE = "6"


def command():
    embedders = ["--embedder", "minilm"]
    for name, option, _ in INTERVENTIONS:
        embedders += ["--embedder", f"{name}=minilm,{option}"]
    return ["--suite", "wsd", "--dataset", "homographs", "--method", "nn"] + embedders


def differences(harness, path):
    """Embedder: (difference from the plain model in points, its interval, corrected p), paired over items."""
    text = subprocess.run([harness, "compare", path, "--against", "minilm", "--stage", STAGE, "--method", "nn", "--format", "json"],
                          check=True, stdout=subprocess.PIPE).stdout
    found = {}
    for c in json.loads(text)["comparisons"]:
        sign, other = (1, c["b"]) if c["a"]["embedder"] == "minilm" else (-1, c["a"])  # difference: b - a
        ends = sorted(100 * sign * c[end] for end in ("low", "high"))
        found[other["embedder"]] = (100 * sign * c["difference"], *ends, c["p_corrected"])
    return found


def chapter(runs, _pictures, out):
    report = runs.report("interventions")
    paired = differences(runs.harness, runs.path("interventions"))
    splits = ("all", "clue:left", "clue:right")

    def figures(name):
        return [100 * report.f1(name, STAGE, split=s, dataset="homographs")["value"] for s in splits]

    out.append("## Interventions\n")
    out.append(f"    {runs.shown('interventions')}\n    harness compare interventions.json --against minilm --stage {STAGE} --method nn\n")
    out.append("An attribution credits a part with what a cosine sees right after it. What the model loses without the part is another "
               "question, which only an experiment answers: what the part adds to the residual is zero in every block, or the mask or the "
               f"look-up rows are others, and stage `{STAGE}` is read as before. Differences are paired over the sentences, p by McNemar's exact "
               "test, corrected after Holm over this table.\n")
    out.append("| MiniLM | all | clue left | clue right | against plain | 95 % interval | p |\n|---|---|---|---|---|---|---|")
    out.append("| plain | " + " | ".join(f"{v:.1f}" for v in figures("minilm")) + " | | | |")
    for name, option, label in INTERVENTIONS:
        difference, low, high, p = paired[name]
        out.append(f"| {label} (`{option}`) | " + " | ".join(f"{v:.1f}" for v in figures(name)) +
                   f" | {difference:+.1f} | {low:+.1f} – {high:+.1f} | {'< .0001' if p < 1e-4 else f'{p:.4f}'} |")
    out.append("")

    def credit(part):
        return 100 * report.row(metric="f1-gain-total", embedder="minilm", method="nn", dataset="homographs", split="part:" + part)["value"]

    out.append("| part | credited by the attribution | lost without it |\n|---|---|---|")
    out.append(f"| attention | {credit('attention'):+.1f} | {-paired['no-attention'][0]:.1f}; uniform {-paired['uniform'][0]:.1f} |")
    out.append(f"| feed-forward | {credit('feed-forward'):+.1f} | {-paired['no-feed-forward'][0]:.1f} |")
    out.append("")
    out.append("The columns answer different questions and need not agree: parts make use of one another, and no part of the model was "
               "trained to do without another. A loss says what the rest cannot do alone, not what the part holds.\n")
    out.append("`mask=causal` is not `context=left`: under the mask no piece is read with what stands to its right, in any block; with the "
               "context cut, what is left is a shorter text, read both ways. `map=pca:100` is the control of rank for word vectors of 100 "
               "dimensions in the look-up table.\n")
