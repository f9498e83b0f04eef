/*
 * bootstrap.h - how sure a figure is: intervals by resampling (Efron & Tibshirani 1993, "An
 * Introduction to the Bootstrap", ch. 13 percentile, ch. 14 BCa).
 *
 * A resample is given as counts: item i occurs counts[i] times. Every statistic of the harness is a
 * function of such counts, so none needs a copy of the data. With clusters (documents), whole
 * clusters are drawn and their items come along, since items of one document are not independent.
 *
 * Resample r draws from random stream (seed, r): the result depends on the seed and on nothing
 * else; neither on the number of threads nor on their timing.
 */
#ifndef MATH_BOOTSTRAP_H
#define MATH_BOOTSTRAP_H

#include "base/pool.h"
#include "math/interval.h"

#include <stdint.h>

#define BOOTSTRAP_RESAMPLES 2000
#define BOOTSTRAP_CONFIDENCE 0.95

enum bootstrap_method {
    BOOTSTRAP_PERCENTILE, /* quantiles of the resampled values; the default */
    BOOTSTRAP_BCA         /* bias-corrected and accelerated; costs n statistics more */
};

struct bootstrap {
    uint32_t resamples; /* 0 = no interval: low and high become not-a-number */
    enum bootstrap_method method;
    uint64_t seed;
    double confidence;        /* 0.95; 0 = 0.95 */
    const uint32_t *clusters; /* [n] cluster of each item, 0..n_clusters-1; NULL = items alone */
    uint32_t n_clusters;
    struct pool *pool; /* NULL = this thread alone */
};

/* Fewer units than this (items, or clusters) are too few to stand for a population by themselves:
 * intervals then are those of theory (interval.h). */
#define BOOTSTRAP_FEW 10

/* The statistic of a resample, not-a-number where it is undefined. Called concurrently; worker is
 * in [0, pool's workers) for scratch memory of the caller's. */
typedef double (*bootstrap_statistic)(const void *ctx, const uint32_t *counts, uint32_t n,
                                      uint32_t worker);

/* Not-a-number if fewer than 20 resamples had a defined value, and of a single unit. */
struct interval bootstrap_interval(const struct bootstrap *plan, uint32_t n,
                                   bootstrap_statistic statistic, const void *ctx);

/* The same resamples, for those who need several figures of each and their differences: calls
 * take(ctx, r, counts, n, worker) for every resample r of the plan, concurrently. */
typedef void (*bootstrap_take)(void *ctx, uint32_t r, const uint32_t *counts, uint32_t n,
                               uint32_t worker);
void bootstrap_each(const struct bootstrap *plan, uint32_t n, bootstrap_take take, void *ctx);

/* The percentile interval of values[n] of resamples: defined ones sorted to the front, undefined
 * ones (NaN, infinities) left out. confidence 0 = 0.95. */
struct interval bootstrap_percentiles(double *values, uint32_t n, double confidence);

/* Interval of the sum of numerators over the sum of denominators; denominators NULL = 1 each, a
 * mean. Accuracy: top = 1 if right. F1 of P = ok / answered, R = ok / n: top = 2 ok, bottom =
 * answered + 1. */
struct interval bootstrap_ratio(const struct bootstrap *plan, const double *numerators,
                                const double *denominators, uint32_t n);

/* The same where the ratio is a share, 0 to 1, whose least unit is an item: of few units, and of a
 * share of 0 or 1, where every resample is the same, Clopper & Pearson's interval. */
struct interval bootstrap_share(const struct bootstrap *plan, const double *numerators,
                                const double *denominators, uint32_t n);
/* What bootstrap_share makes of a share `right` / `n` and its resampled interval. */
struct interval share_interval(struct interval resampled, double right, double n,
                               double confidence);

/* Intervals of correlations; in Spearman's each resample is ranked again. Of few items Fisher's
 * z (for ranks with the standard error of Bonett & Wright 2000); none of fewer than 4 items, and
 * none where the correlation is 1 or -1, of which neither resamples nor z know how far it could be
 * from that. */
struct interval bootstrap_pearson(const struct bootstrap *plan, const double *x, const double *y,
                                  uint32_t n);
struct interval bootstrap_spearman(const struct bootstrap *plan, const double *x, const double *y,
                                   uint32_t n);

/* Intervals of the difference of two systems' figures on the same items: a minus b. */
struct interval bootstrap_ratio_difference(const struct bootstrap *plan, const double *numerators_a,
                                           const double *denominators_a, const double *numerators_b,
                                           const double *denominators_b, uint32_t n);
struct interval bootstrap_pearson_difference(const struct bootstrap *plan, const double *a,
                                             const double *b, const double *gold, uint32_t n);
struct interval bootstrap_spearman_difference(const struct bootstrap *plan, const double *a,
                                              const double *b, const double *gold, uint32_t n);

/* The q-quantile of ascending values[n], n > 0, interpolated linearly (type 7 of Hyndman & Fan
 * 1996, numpy's default). */
double quantile_sorted(const double *values, uint32_t n, double q);

/* Numbers 0, 1, ... for equal texts in order of first occurrence: documents to clusters. Returns
 * how many; NULL texts are a cluster each. */
uint32_t bootstrap_clusters(const char *const *texts, uint32_t n, uint32_t *ret_clusters);

#endif /* MATH_BOOTSTRAP_H */
