/*
 * interval.h - intervals that need no resampling: where a bootstrap has nothing to resample (few
 * items, a share of 0 or 1), and those that belong to a test.
 */
#ifndef MATH_INTERVAL_H
#define MATH_INTERVAL_H

#include <stdint.h>

struct interval {
    double low, high; /* not-a-number: none */
};

/* Clopper & Pearson 1934: the exact interval of a share of k in n. k need not be whole. */
struct interval clopper_pearson(double k, double n, double confidence);

/* Wilson 1927: the score interval of a share of k in n, without correction for continuity. */
struct interval wilson(double k, double n, double confidence);

/* The difference of two shares on the same items, b minus a: items that both have right, that one
 * alone has, and that none has. Newcombe 1998, "Improved confidence intervals for the difference
 * between binomial proportions based on paired data", method 10: squares of the two Wilson
 * intervals added, their correlation corrected for continuity. Never of zero width, never beyond -1
 * and 1. */
struct interval newcombe(uint64_t both, uint64_t only_a, uint64_t only_b, uint64_t neither,
                         double confidence);

/* The same difference by inversion of McNemar's exact test: Clopper & Pearson's interval of only_b
 * among those in which the systems differ (Fagerland, Lydersen & Laake 2013, "exact conditional").
 * It leaves 0 out exactly if mcnemar_exact() <= 1 - confidence. n: all items. */
struct interval mcnemar_interval(uint64_t only_a, uint64_t only_b, uint64_t n, double confidence);

/* The interval of a difference whose two-sided test has this p: the standard error is what makes
 * the difference as far from 0 as p says (Altman & Bland 2011, "How to obtain the confidence
 * interval from a P value"). It leaves 0 out exactly if p <= 1 - confidence. freedom: of Student's
 * t; not-a-number: of the normal distribution. Not-a-number for a difference of 0 or p of 0 or 1.
 */
struct interval interval_from_p(double difference, double p, double freedom, double confidence);

#endif /* MATH_INTERVAL_H */
