"""The little statistics that `harness compare` does not do for the study: Holm over the comparisons of one table, and the gains of the
parts of a forward pass by any suite whose answers are right or wrong, bootstrapped over documents or lemmas (needs numpy)."""

RESAMPLES = 10000


def holm(values):
    """p-values corrected after Holm (1979): of the k-th smallest of n, n - k + 1 times as much, and no less than the one before."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    corrected, least = [0.0] * len(values), 0.0
    for k, i in enumerate(order):
        least = max(least, min(1.0, (len(values) - k) * values[i]))
        corrected[i] = least
    return corrected


def part_of(stage):
    """Of a stage: which part of the forward pass ends there; None of sums and means."""
    if stage in ("table", "input"):
        return stage
    if stage.isdigit():
        return "feed-forward"
    return "attention" if stage.endswith(".attention") else None


def gains(right, order, clusters):
    """right: {stage: {item: share right}}, order: stages as the model has them, clusters: {item: cluster}. What the parts between
    the stages gain, summed; "difference": attention less feed-forward. p: two-sided, by the resamples' shares on either side of 0."""
    import numpy
    items = sorted(clusters)
    names = sorted(set(clusters.values()))
    place = {name: i for i, name in enumerate(names)}
    sizes = numpy.zeros(len(names))
    sums = {part: numpy.zeros(len(names)) for part in ("input", "attention", "feed-forward")}
    for item in items:
        at = place[clusters[item]]
        sizes[at] += 1
        for before, stage in zip(order, order[1:]):
            sums[part_of(stage)][at] += right[stage][item] - right[before][item]
    sums["difference"] = sums["attention"] - sums["feed-forward"]
    draws = numpy.random.default_rng(1).integers(0, len(names), (RESAMPLES, len(names)))
    found = {"units": len(names)}
    for part, of_cluster in sums.items():
        drawn = of_cluster[draws].sum(axis=1) / sizes[draws].sum(axis=1)
        low, high = numpy.percentile(drawn, (2.5, 97.5))
        tail = min((drawn <= 0).sum(), (drawn >= 0).sum())
        found[part] = {"value": of_cluster.sum() / sizes.sum(), "low": low, "high": high,
                       "p": min(1.0, 2 * (int(tail) + 1) / (RESAMPLES + 1))}
    return found
