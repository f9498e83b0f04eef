/*
 * significance.h - is one system better than another? Paired tests on the same items, corrections
 * for asking many questions at once, and what a data set of this size could show at all.
 *
 * All p-values are two-sided.
 */
#ifndef MATH_SIGNIFICANCE_H
#define MATH_SIGNIFICANCE_H

#include "base/pool.h"
#include "math/bootstrap.h"

#include <stdbool.h>
#include <stdint.h>

/* Right and wrong. only_a: items that only system a has right; only_b the reverse. Exact: twice the
 * smaller tail of the binomial distribution with p = 1/2 (McNemar 1947 in the exact form that
 * Fagerland, Lydersen & Laake 2013 call "exact conditional"). 1 if the systems never differ. */
double mcnemar_exact(uint64_t only_a, uint64_t only_b);

/* Approximate randomisation (Noreen 1989; Yeh 2000): the two systems' outcomes of each item are
 * exchanged by a coin, p = (r + 1) / (R + 1), r the number of R rounds whose difference is at least
 * as far from 0 as the observed. The figure is the sum of numerators over the sum of denominators
 * (denominators NULL = 1 each). Round r draws from random stream (seed, r). Of few items or
 * clusters all exchanges are made once, the one that changes nothing among them, and p = r / R. */
#define RANDOMISATION_ALL                                                                          \
    12 /* units: up to this many, all 2^n exchanges are made, and p is exact                       \
        */
struct randomisation {
    uint32_t rounds; /* 10000 by custom */
    uint64_t seed;
    struct pool *pool;        /* NULL = this thread alone */
    const uint32_t *clusters; /* [n]: items of a cluster change places together; NULL = items */
    uint32_t n_clusters;
};
double randomisation_ratio(const struct randomisation *plan, const double *numerators_a,
                           const double *denominators_a, const double *numerators_b,
                           const double *denominators_b, uint32_t n);

/* The same for the difference of two Spearman or Pearson correlations with one gold list. The
 * systems' values are exchanged after each was put on one scale (ranks, or zero mean and unit
 * variance), since an item's cosines of two models are not interchangeable as they are. */
double randomisation_correlation(const struct randomisation *plan, const double *a, const double *b,
                                 const double *gold, uint32_t n, bool of_ranks);

/* Two dependent correlations that share a variable: r_a and r_b of systems a and b with the gold
 * list, r_ab of the systems with each other, on the same n items. */
struct dependent_correlations {
    double r_a, r_b, r_ab;
    uint64_t n;
};

/* Williams 1959, t with n - 3 degrees of freedom; T2 of Steiger 1980. */
struct test_result {
    double statistic, freedom, p; /* freedom is not-a-number for a normal statistic */
};
struct test_result williams(const struct dependent_correlations *r);

/* Steiger 1980: Z on Fisher-transformed correlations, their covariance taken at the pooled mean
 * (r_a + r_b) / 2. */
struct test_result steiger(const struct dependent_correlations *r);

/* Zou 2007, "Toward using confidence intervals to compare correlations", with the
 * correlation of Olkin & Siotani 1976: interval of r_a - r_b. */
struct interval zou(const struct dependent_correlations *r, double confidence);

/* Fisher 1921: interval of one correlation by its z-transform, standard error 1 / sqrt(n - 3). */
struct interval fisher_interval(double r, uint64_t n, double confidence);

/* Are two figures the same, give or take a margin? Two one-sided tests (Schuirmann 1987): the p of
 * "the difference is the margin or more, on either side", that is the larger of the two; small
 * where the difference is shown to lie within. A difference with its standard error and the freedom
 * of Student's t; of correlations the least p at which Zou's interval of 1 - 2 p lies within. Of an
 * error of 0, where no unit differs: the chance that none of freedom + 1 would if a share of them
 * as great as the margin did. */
double equivalence(double difference, double error, double freedom, double margin);
double equivalence_correlations(const struct dependent_correlations *r, double margin);

/* Corrected p-values in the order given. Holm 1979 bounds the chance of any false claim,
 * Benjamini & Hochberg 1995 the share of false claims. Not-a-number stays, and is not counted. */
void correct_holm(const double *p, uint32_t n, double *ret_p);
void correct_benjamini_hochberg(const double *p, uint32_t n, double *ret_p);

/* Rank confidence sets from all pairwise comparisons (Mogstad, Romano, Shaikh & Wilhelm 2024,
 * "Inference for ranks"): with family-wise corrected comparisons, system i's rank lies, jointly
 * for all i, in [1 + systems significantly better, n - systems significantly worse].
 * better[i * n + j]: i is significantly better than j. */
struct rank_set {
    uint32_t low, high; /* 1 = best */
};
void rank_sets(const bool *better, uint32_t n, struct rank_set *ret_sets);

#endif /* MATH_SIGNIFICANCE_H */
