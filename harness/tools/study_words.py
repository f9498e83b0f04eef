"""How the study says things: tables, figures, and sentences that follow from a test's result."""
from study_facts import p_text


def percent(row, digits=1):
    return f"{100 * row['value']:.{digits}f}"


def interval(row, digits=1):
    return f"{100 * row['low']:.{digits}f} – {100 * row['high']:.{digits}f}" if row.get("low") is not None else ""


def with_interval(row, digits=0):
    return f"{percent(row)} ({100 * row['low']:.{digits}f}–{100 * row['high']:.{digits}f})"


def gain(row, times=100, digits=1):
    return f"{times * row['value']:+.{digits}f} ({times * row['low']:+.{digits}f} to {times * row['high']:+.{digits}f})"


def table(out, heads, lines):
    out.append("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    out.extend("| " + " | ".join(line) + " |" for line in lines)
    out.append("")


def verdict(test, first, second, where=""):
    """One sentence on a paired test, whatever came out."""
    figures = f"{test.difference:+.1f} ({test.low:+.1f} to {test.high:+.1f}; {p_text(test.p)})"
    if test.sign:
        said = f"{first} scores {'higher' if test.sign > 0 else 'lower'} than {second}: {figures}"
        said += f", but the same within {test.margin:g} point" if test.is_same else ""
    elif test.is_same:
        said = f"{first} and {second} score the same within {test.margin:g} point: {figures}"
    else:
        said = f"no difference between {first} and {second} is shown: {figures}"
        said += f"; one below {100 * test.detectable:.1f} would go undetected" if test.detectable else ""
    said = f"{where} {said}." if where else said + "."
    return said[0].upper() + said[1:]


def tested(out, facts, run, dataset, pairs):
    """A table of differences, (first, its name, second, its name) each, and the run if it is another; the tests, in this order."""
    tests = facts.tests(run, dataset, [(a, b, *other) for a, _, b, _, *other in pairs])
    table(out, [f"difference, over {tests[0].units}", "points of F1 (95 % interval; paired test)"],
          [(f"{a} – {b}", str(test)) for test, (_, a, _, b, *_) in zip(tests, pairs)])
    return tests


def names(labels):
    return ", ".join(labels[:-1]) + " and " + labels[-1] if len(labels) > 1 else "".join(labels) or "none"


def which_part(parts, p):
    """Of gains by part: does attention or the feed-forward part gain more, by the corrected p of their difference?"""
    side = "neither is shown to gain more" if p > 0.05 else \
        "attention more" if parts["difference"]["value"] > 0 else "feed-forward more"
    return f"{side}, {p_text(p)}"
