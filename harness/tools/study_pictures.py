"""The pictures of STUDY.md (matplotlib; Debian: python3-matplotlib). With no folder to write to, nothing is drawn."""
import os

INK, BLUE, ORANGE, GREEN, GREY = "#222222", "#0072b2", "#d55e00", "#009e73", "#767676"


def new_picture(width=7.2, height=3.4, **subplots):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "harness", "font.family": "sans-serif", "font.size": 10,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "text.color": INK,
        "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "figure.facecolor": "white"})
    import matplotlib.pyplot as plt
    return plt.subplots(figsize=(width, height), constrained_layout=True, **subplots)


def save(figure, folder, name):
    os.makedirs(folder, exist_ok=True)
    figure.savefig(os.path.join(folder, name + ".svg"), metadata={"Date": None})


def band(axes, x, rows, colour, label, marker="o"):
    axes.fill_between(x, [100 * r["low"] for r in rows], [100 * r["high"] for r in rows], color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, [100 * r["value"] for r in rows], color=colour, marker=marker, markersize=4, label=label)


def level(axes, row, label, colour=GREY, style="--", left=False, below=False):
    axes.axhline(100 * row["value"], color=colour, linestyle=style, linewidth=1)
    axes.annotate(label, (0.01 if left else 0.995, 100 * row["value"]), xycoords=("axes fraction", "data"),
                  xytext=(0, -2 if below else 1), textcoords="offset points",
                  ha="left" if left else "right", va="top" if below else "bottom", fontsize=8.5, color=colour)


def legend_above(axes, columns):
    axes.legend(frameon=False, fontsize=9, ncol=columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)


def name_stages(axes, order):
    axes.set_xticks(range(len(order)), [s.replace("attention", "att") for s in order], rotation=45, ha="right")


def stages(folder, order, series, levels):
    """series: (name, rows) each, from the first of `order` on, as far as they go."""
    if not folder:
        return
    figure, axes = new_picture()
    for (name, rows), colour, marker in zip(series, (BLUE, GREEN), "oD"):
        band(axes, range(len(rows)), rows, colour, name, marker)
    ranked = sorted((row["value"] for row, _ in levels), reverse=True)
    for (row, label), colour, style in zip(levels, (GREY, ORANGE, ORANGE), ("--", "--", ":")):
        level(axes, row, label, colour, style, below=ranked.index(row["value"]) == 1, left=ranked.index(row["value"]) < 2)
    name_stages(axes, order)
    axes.set_ylabel("F1 on ALL, %")
    legend_above(axes, len(series))
    save(figure, folder, "stages")


def gains(folder, order, rows):
    if not folder:
        return
    figure, axes = new_picture()
    for i, (stage, row) in enumerate(zip(order, rows)):
        colour = BLUE if stage.endswith("attention") else ORANGE if stage != "input" else GREY
        axes.bar(i, 100 * row["value"], color=colour, width=0.7)
        axes.plot([i, i], [100 * row["low"], 100 * row["high"]], color=INK, linewidth=1)
    axes.axhline(0, color=GREY, linewidth=0.8)
    name_stages(axes, order)
    axes.set_ylabel("gain over the stage before, points")
    save(figure, folder, "attribution")


def readouts(folder, panels):
    """panels: (data set, labels of the readouts, their gains by part) each, one below the other."""
    if not folder:
        return
    heights = [len(labels) for _, labels, _ in panels]
    figure, all_axes = new_picture(7.2, 1.6 + 0.33 * sum(heights), nrows=len(panels), sharex=True, height_ratios=heights)
    for axes, (where, labels, parts) in zip(all_axes, panels):
        for side, part, colour in ((-0.19, "attention", BLUE), (0.19, "feed-forward", ORANGE)):
            y = [i + side for i in range(len(labels))]
            axes.barh(y, [100 * p[part]["value"] for p in parts], height=0.36, color=colour, label=part + " parts")
            for at, p in zip(y, parts):
                axes.plot([100 * p[part]["low"], 100 * p[part]["high"]], [at, at], color=INK, linewidth=1)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlabel(f"gain on {where}, points of F1")
        axes.tick_params(labelbottom=True)
    legend_above(all_axes[0], 2)
    save(figure, folder, "readouts")


def distances(folder, names, minilm, glove, ceiling):
    if not folder:
        return
    figure, axes = new_picture()
    band(axes, range(len(names)), minilm, BLUE, "MiniLM, last block")
    band(axes, range(len(names)), glove, ORANGE, "GloVe, static-best", "s")
    level(axes, ceiling, "static ceiling", left=True)
    axes.set_xticks(range(len(names)), [d.split(":")[1] for d in names])
    axes.set_xlabel("words between the target and its nearest clue")
    axes.set_ylabel("F1, %")
    legend_above(axes, 2)
    save(figure, folder, "distance")


def windows(folder, names, table, last):
    if not folder:
        return
    figure, axes = new_picture()
    band(axes, range(len(names)), last, BLUE, "MiniLM, last block")
    band(axes, range(len(names)), table, GREY, "MiniLM table", "s")
    axes.set_xticks(range(len(names)), names)
    axes.set_xlabel("words on each side of the target, in training and test")
    axes.set_ylabel("F1 on homographs, %")
    legend_above(axes, 2)
    save(figure, folder, "windows")


def contextuality(folder, order, series):
    if not folder:
        return
    figure, axes = new_picture()
    for (metric, rows), colour, marker in zip(series.items(), (BLUE, ORANGE, GREY, GREEN), "os^D"):
        axes.plot(range(len(order)), [r["value"] for r in rows], color=colour, marker=marker, markersize=4,
                  label=metric.replace("-", " "))
    name_stages(axes, order)
    axes.set_ylabel("cosine")
    legend_above(axes, 2)
    save(figure, folder, "contextuality")
