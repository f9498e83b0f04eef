#!/usr/bin/env python3
"""Golden values of the statistics, from scipy and numpy: tests/golden/stats/stats.txt.

One case a line: a function's name, its arguments, "=", the value. A word in place of a number is a
list, given before on a line of its own: "list NAME numbers...". tests/unit/math/test_golden.c
reads the file, calls our function and compares. Run again after a change here:

    python3 tests/golden/make_stats_golden.py > tests/golden/stats/stats.txt
"""
import itertools

import numpy
import scipy
from scipy import optimize, special, stats

LINES = []
RANDOM = numpy.random.default_rng(20261130)


def case(name, *arguments, value):
    words = [a if isinstance(a, str) else repr(float(a)) for a in arguments]
    LINES.append(" ".join([name, *words, "=", repr(float(value))]))


def lists(name, values):
    LINES.append(" ".join(["list", name, *(repr(float(v)) for v in values)]))
    return values


def student_quantile(p, freedom):
    """By the inverse incomplete beta function: scipy 1.10's t.ppf is good to 1e-9 only."""
    x = special.betaincinv(freedom / 2, 0.5, 2 * min(p, 1 - p))
    return numpy.sign(p - 0.5) * numpy.sqrt(freedom * (1 / x - 1))


def distributions():
    for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.0749, 0.075, 0.3, 0.5, 0.8, 0.925, 0.975, 0.9999]:
        case("normal_quantile", p, value=special.ndtri(p))
    for z in [-38, -10, -6, -1.96, -0.1, 0, 0.5, 1.6448536269514722, 5, 9]:
        case("normal_cdf", z, value=special.ndtr(z))
    for a, b in itertools.product([0.5, 1, 2.5, 10, 180, 5000], [0.5, 1, 3, 40, 1300]):
        for x in [1e-6, 0.01, 0.2, 0.5, 0.77, 0.999]:
            value = special.betainc(a, b, x)
            if value > 1e-290:
                case("beta_regularised", x, a, b, value=value)
    for t, freedom in itertools.product([-40, -3, -1.5, -0.01, 0, 0.4, 2, 6], [1, 2, 5, 30, 350, 7250]):
        case("student_cdf", t, freedom, value=stats.t.cdf(t, freedom))
        case("student_two_sided", t, freedom, value=2 * stats.t.sf(abs(t), freedom))
    for p, freedom in itertools.product([1e-6, 0.025, 0.3, 0.5, 0.9, 0.995], [1, 3, 12, 350]):
        case("student_quantile", p, freedom, value=student_quantile(p, freedom))
    for k, n, p in [(0, 10, 0.5), (3, 10, 0.5), (10, 10, 0.2), (499, 1000, 0.5), (70, 80, 0.9)]:
        case("binomial_cdf", k, n, p, value=stats.binom.cdf(k, n, p))
    for b, c in [(0, 0), (5, 5), (10, 2), (0, 6), (121, 59), (1000, 1100), (3000, 3001), (1, 40)]:
        p = stats.binomtest(b, b + c).pvalue if b + c else 1.0
        case("mcnemar_exact", b, c, value=p)


def correlations():
    random = numpy.random.default_rng(20240229)
    sets = []
    for name, n, ties in [("two", 2, 0), ("small", 7, 0), ("tied", 60, 8), ("rated", 353, 40), ("long", 900, 0)]:
        x = random.normal(size=n)
        y = 0.6 * x + random.normal(size=n)
        if ties:
            y = numpy.round(y * ties / 4) / ties * 4
            x = numpy.round(x, 1)
        z = numpy.round(0.3 * x + random.normal(size=n), 6)
        sets.append([lists(name + suffix, numpy.round(v, 6)) for suffix, v in zip("xyz", (x, y, z))])
        sets[-1].append(name)
    for *values, name in sets:
        x, y, z = (numpy.round(v, 6) for v in values)
        for (a, u), (b, v) in itertools.combinations(list(zip("xyz", (x, y, z))), 2):
            case("pearson", name + a, name + b, value=stats.pearsonr(u, v)[0])
            case("spearman", name + a, name + b, value=stats.spearmanr(u, v)[0])
    lists("constant", [2.5] * 7)
    case("pearson", "constant", "smallx", value=float("nan"))
    case("spearman", "smallx", "constant", value=float("nan"))


def dependent():
    """Williams' t and Steiger's Z written from the papers with numpy determinants and matrices,
    Zou's interval from its definition: other arithmetic than the C code's."""
    for ra, rb, rab, n in [(0.63, 0.51, 0.46, 63), (0.396, 0.179, 0.088, 66), (0.5327, 0.7501, 0.41, 353),
                           (0.3, 0.3, 0.9, 999), (-0.2, 0.4, 0.1, 20), (0.98, 0.97, 0.99, 500)]:
        matrix = numpy.array([[1, ra, rb], [ra, 1, rab], [rb, rab, 1]])
        mean = (ra + rb) / 2
        t = (ra - rb) * numpy.sqrt(((n - 1) * (1 + rab))
                                   / (2 * (n - 1) / (n - 3) * numpy.linalg.det(matrix) + mean**2 * (1 - rab)**3))
        case("williams_t", ra, rb, rab, n, value=t)
        case("williams_p", ra, rb, rab, n, value=2 * stats.t.sf(abs(t), n - 3))
        # Pearson & Filon 1898: covariance of r(j,k) and r(j,h), both taken at their mean
        jk = jh = mean
        psi = rab * (1 - jk**2 - jh**2) - 0.5 * jk * jh * (1 - jk**2 - jh**2 - rab**2)
        covariance = psi / ((1 - jk**2) * (1 - jh**2))
        z = (numpy.arctanh(ra) - numpy.arctanh(rb)) * numpy.sqrt((n - 3) / (2 - 2 * covariance))
        case("steiger_z", ra, rb, rab, n, value=z)
        case("steiger_p", ra, rb, rab, n, value=2 * stats.norm.sf(abs(z)))
        reach = stats.norm.ppf(0.975) / numpy.sqrt(n - 3)
        (la, ua), (lb, ub) = ((numpy.tanh(numpy.arctanh(r) - reach), numpy.tanh(numpy.arctanh(r) + reach))
                              for r in (ra, rb))
        c = ((rab - ra * rb / 2) * (1 - ra**2 - rb**2 - rab**2) + rab**3) / ((1 - ra**2) * (1 - rb**2))
        case("zou_low", ra, rb, rab, n, value=ra - rb - numpy.sqrt((ra - la)**2 + (ub - rb)**2 - 2 * c * (ra - la) * (ub - rb)))
        case("zou_high", ra, rb, rab, n, value=ra - rb + numpy.sqrt((ua - ra)**2 + (rb - lb)**2 - 2 * c * (ua - ra) * (rb - lb)))
        interval = numpy.tanh(numpy.arctanh(ra) + numpy.array([-1, 1]) * reach)
        case("fisher_low", ra, n, value=interval[0])
        case("fisher_high", ra, n, value=interval[1])


def equivalences():
    """Two one-sided t tests of scipy on made-up differences; Zou's interval of 1 - 2 p at its edge."""
    for mean, spread, n, margin in [(0.2, 1.0, 40, 0.6), (-0.4, 1.0, 26, 0.5), (0.7, 0.5, 12, 0.5), (0.0, 2.0, 9, 1.0)]:
        sample = RANDOM.normal(mean, spread, n)
        upper = stats.ttest_1samp(sample, margin, alternative="less").pvalue
        lower = stats.ttest_1samp(sample, -margin, alternative="greater").pvalue
        case("equivalence", sample.mean(), sample.std(ddof=1) / numpy.sqrt(n), n - 1, margin, value=max(upper, lower))
    case("equivalence", 0, 0, 19, 0.05, value=0.95**20)  # none of twenty differs
    for ra, rb, rab, n, margin in [(0.63, 0.6, 0.9, 300, 0.1), (0.71, 0.72, 0.95, 999, 0.02)]:
        def edge(p):
            reach = special.ndtri(1 - p) / numpy.sqrt(n - 3)
            (la, ua), (lb, ub) = ((numpy.tanh(numpy.arctanh(r) - reach), numpy.tanh(numpy.arctanh(r) + reach))
                                  for r in (ra, rb))
            c = ((rab - ra * rb / 2) * (1 - ra**2 - rb**2 - rab**2) + rab**3) / ((1 - ra**2) * (1 - rb**2))
            low = ra - rb - numpy.sqrt((ra - la)**2 + (ub - rb)**2 - 2 * c * (ra - la) * (ub - rb))
            high = ra - rb + numpy.sqrt((ua - ra)**2 + (rb - lb)**2 - 2 * c * (ua - ra) * (rb - lb))
            return max(high, -low) - margin
        case("equivalence_correlations", ra, rb, rab, n, margin, value=optimize.brentq(edge, 1e-12, 0.499999, xtol=1e-15))


def corrections():
    p = lists("ps", [0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 0.9, 0.00001])
    order = numpy.argsort(p, kind="stable")
    n = len(p)
    holm, hochberg = numpy.empty(n), numpy.empty(n)
    holm[order] = numpy.minimum(1, numpy.maximum.accumulate((n - numpy.arange(n)) * numpy.array(p)[order]))
    ranked = n / numpy.arange(1, n + 1) * numpy.array(p)[order]
    hochberg[order] = numpy.minimum(1, numpy.minimum.accumulate(ranked[::-1])[::-1])
    for i in range(n):
        case("holm", "ps", i, value=holm[i])
        case("benjamini_hochberg", "ps", i, value=hochberg[i])


def quantiles():
    values = lists("ascending", sorted([3.5, 1.25, 9, -2, 4, 4, 7.75]))
    for q in [0, 0.025, 0.1, 0.5, 0.77, 0.975, 1]:
        case("quantile", "ascending", q, value=numpy.quantile(values, q))
    for deviation, n, alpha in [(0.5, 1000, 0.05), (0.3, 12, 0.05), (1.2, 40, 0.05 / 6)]:
        case("detectable_mean", deviation, n, alpha, 0.8,
             value=(student_quantile(1 - alpha / 2, n - 1) + student_quantile(0.8, n - 1)) * deviation / numpy.sqrt(n))


def intervals():
    for k, n, confidence in [(0, 1, 0.95), (1, 1, 0.95), (0, 9, 0.95), (9, 9, 0.95), (3, 7, 0.95), (2, 2, 0.9),
                             (50, 50, 0.95), (12, 353, 0.99), (4700, 7253, 0.95), (0, 7253, 0.95)]:
        for method, name in [("exact", "clopper"), ("wilson", "wilson")]:
            low, high = stats.binomtest(k, n).proportion_ci(confidence, method)
            case(name + "_low", k, n, confidence, value=low)
            case(name + "_high", k, n, confidence, value=high)
    for p, a, b in [(0.025, 3, 5), (0.975, 1, 400), (0.5, 700.5, 2.25), (1e-6, 12, 4), (0.025, 5000, 2300)]:
        case("beta_quantile", p, a, b, value=special.betaincinv(a, b, p))
    for both, a, b, neither in [(0, 0, 0, 5), (5, 0, 0, 0), (3, 0, 2, 0), (1, 4, 0, 2), (20, 12, 2, 16), (8, 3, 3, 6)]:
        # Newcombe 1998, method 10, from scipy's Wilson intervals
        n = both + a + b + neither
        of_a, of_b = (stats.binomtest(both + x, n).proportion_ci(0.95, "wilson") for x in (a, b))
        left, right = (both + a) / n, (both + b) / n
        margins = (both + a) * (b + neither) * (both + b) * (a + neither)
        product = both * neither - a * b
        phi = 0 if margins == 0 else (max(product - n / 2, 0) if product > 0 else product) / margins ** 0.5
        down = numpy.array([right - of_b.low, of_a.high - left])
        up = numpy.array([of_b.high - right, left - of_a.low])
        shared = numpy.array([[1, -phi], [-phi, 1]])
        case("newcombe_low", both, a, b, neither, value=right - left - numpy.sqrt(down @ shared @ down))
        case("newcombe_high", both, a, b, neither, value=right - left + numpy.sqrt(up @ shared @ up))
    for a, b, n in [(0, 5, 9), (1, 7, 21), (121, 59, 1000), (30, 31, 7253)]:
        share = stats.binomtest(b, a + b).proportion_ci(0.95, "exact")
        case("mcnemar_of_low", a, b, n, value=(2 * share.low - 1) * (a + b) / n)
        case("mcnemar_of_high", a, b, n, value=(2 * share.high - 1) * (a + b) / n)
    for difference, p, freedom in [(0.12, 0.03, 0), (-0.4, 0.2, 0), (0.12, 0.05, 6), (-0.02, 0.0004, 350)]:
        quantile = (lambda q: student_quantile(q, freedom)) if freedom else stats.norm.ppf
        reach = abs(difference) / quantile(1 - p / 2) * quantile(0.975)
        case("from_p_low", difference, p, freedom, value=difference - reach)
        case("from_p_high", difference, p, freedom, value=difference + reach)


def exchanges():
    """All exchanges of few items: scipy's permutation test of paired samples."""
    for name, x, y in [("five", [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]), ("eight", [0.2, 1, 0.5, 0, 1, 1, 0.25, 1],
                                                                   [0.1, 0, 1, 0, 0.5, 0, 0, 1]),
                       ("twelve", RANDOM.normal(size=12), RANDOM.normal(0.6, size=12))]:
        lists(name + "_x", x)
        lists(name + "_y", y)
        done = stats.permutation_test((numpy.array(x, float), numpy.array(y, float)), lambda a, b: a.mean() - b.mean(),
                                      permutation_type="samples", n_resamples=numpy.inf)
        case("exchanges", name + "_x", name + "_y", value=done.pvalue)
    x, y = lists("seven_x", RANDOM.normal(size=7)), lists("seven_y", RANDOM.normal(size=7))
    rho = stats.spearmanr(x, y)[0]  # Bonett & Wright 2000
    reach = stats.norm.ppf(0.975) * numpy.sqrt((1 + rho**2 / 2) / (7 - 3))
    case("spearman_few_low", "seven_x", "seven_y", value=numpy.tanh(numpy.arctanh(rho) - reach))
    case("spearman_few_high", "seven_x", "seven_y", value=numpy.tanh(numpy.arctanh(rho) + reach))


def mcnemar_power(difference, discordant, n, alpha):
    """Summed over how many items differ, and how they fall."""
    share = max(difference, discordant)
    differ = numpy.arange(n + 1)
    chance = stats.binom.pmf(differ, n, share)
    power = 0
    for d in differ[chance > 1e-14]:
        fall = numpy.arange(d + 1)
        p = numpy.minimum(1, 2 * stats.binom.cdf(numpy.minimum(fall, d - fall), d, 0.5))
        found = (p <= alpha) & (fall > d - fall)
        power += chance[d] * stats.binom.pmf(fall, d, min(1, (share + difference) / (2 * share)))[found].sum()
    return power


def detectable():
    for discordant, n, alpha in [(0.2, 200, 0.05), (0.2, 200, 0.01), (0.05, 60, 0.05), (0.4, 1000, 0.05 / 3), (0, 30, 0.05)]:
        value = optimize.brentq(lambda d: mcnemar_power(d, discordant, n, alpha) - 0.8, 1e-6, 1, xtol=1e-10)
        case("detectable_mcnemar", discordant, n, alpha, 0.8, value=value)


print(f"# scipy {scipy.__version__}, numpy {numpy.__version__}; made by tests/golden/make_stats_golden.py")
distributions()
correlations()
dependent()
corrections()
quantiles()
intervals()
exchanges()
detectable()
equivalences()
print("\n".join(LINES))
