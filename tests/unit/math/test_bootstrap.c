/* Intervals: reproducible, independent of threads and of order, and they cover what they claim. */
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "math/bootstrap.h"
#include "math/correlation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define N 200

static void correlated(uint64_t stream, uint32_t n, double share, double *x, double *y)
{
    struct rng rng;
    rng_init(&rng, 7, stream);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = rng_normal(&rng);
        y[i] = share * x[i] + sqrt(1 - share * share) * rng_normal(&rng);
    }
}

Test(bootstrap, independent_of_threads)
{
    double x[N], y[N];
    uint32_t clusters[N];
    correlated(1, N, 0.5, x, y);
    for (uint32_t i = 0; i < N; i++) {
        clusters[i] = i / 8;
    }
    struct pool *pool = pool_create(3);
    for (int by_cluster = 0; by_cluster < 2; by_cluster++) {
        for (int method = BOOTSTRAP_PERCENTILE; method <= BOOTSTRAP_BCA; method++) {
            struct bootstrap plan = {.resamples = 500, .seed = 3, .method = method};
            plan.clusters = by_cluster ? clusters : NULL;
            plan.n_clusters = by_cluster ? N / 8 : 0;
            struct interval alone = bootstrap_spearman(&plan, x, y, N);
            plan.pool = pool;
            struct interval crew = bootstrap_spearman(&plan, x, y, N);
            cr_assert_eq(alone.low, crew.low);
            cr_assert_eq(alone.high, crew.high);
            cr_assert_lt(alone.low, correlation_spearman(x, y, N));
            cr_assert_gt(alone.high, correlation_spearman(x, y, N));
            plan.seed = 4;
            cr_assert_neq(bootstrap_spearman(&plan, x, y, N).low, alone.low);
        }
    }
    pool_destroy(pool);
}

/* Ranks of a resample by counts are those of the resample written out. */
Test(bootstrap, counted_ranks)
{
    double x[N], y[N], wx[3 * N], wy[3 * N], rx[N], ry[N];
    uint32_t counts[N];
    correlated(2, N, 0.4, x, y);
    struct rng rng;
    rng_init(&rng, 5, 0);
    for (int round = 0; round < 20; round++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < N; i++) {
            x[i] = round % 2 ? x[i] : round / 2 * x[i] > 0 ? floor(x[i] * 3) : x[i]; /* ties */
            counts[i] = (uint32_t)rng_below(&rng, 4);
            for (uint32_t c = 0; c < counts[i]; c++) {
                wx[n] = x[i];
                wy[n++] = y[i];
            }
        }
        struct ranking by_x, by_y;
        ranking_init(&by_x, x, N);
        ranking_init(&by_y, y, N);
        ranking_resampled(&by_x, counts, rx);
        ranking_resampled(&by_y, counts, ry);
        cr_assert_float_eq(correlation_pearson_counted(rx, ry, counts, N),
                           correlation_spearman(wx, wy, n), 1e-13);
        ranking_finish(&by_x);
        ranking_finish(&by_y);
    }
}

/* Permuting the items changes the resamples but not what they estimate. */
Test(bootstrap, order_of_items)
{
    double numerators[1000], mixed[1000];
    uint32_t order[1000];
    struct rng rng;
    rng_init(&rng, 9, 0);
    for (uint32_t i = 0; i < 1000; i++) {
        numerators[i] = rng_unit(&rng) < 0.7;
        order[i] = i;
    }
    rng_shuffle(&rng, order, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        mixed[i] = numerators[order[i]];
    }
    struct bootstrap plan = {.resamples = 4000, .seed = 1};
    struct interval a = bootstrap_ratio(&plan, numerators, NULL, 1000);
    struct interval b = bootstrap_ratio(&plan, mixed, NULL, 1000);
    cr_assert_float_eq(a.low, b.low, 0.003);
    cr_assert_float_eq(a.high, b.high, 0.003);
}

struct coverage {
    uint32_t n;
    int statistic; /* 0 mean, 1 Spearman, 2 accuracy of clusters */
    uint8_t *covered;
};

/* Population value of Spearman's rho of a bivariate normal: 6/pi asin(r / 2). */
static void cover(void *arg, uint32_t set, uint32_t worker)
{
    const struct coverage *coverage = arg;
    double x[N], y[N], truth = 0;
    (void)worker;
    struct bootstrap plan = {.resamples = 400, .seed = set};
    struct interval interval;
    correlated(1000 + set, coverage->n, 0.6, x, y);
    if (coverage->statistic == 0) {
        interval = bootstrap_ratio(&plan, x, NULL, coverage->n);
    } else if (coverage->statistic == 1) {
        interval = bootstrap_spearman(&plan, x, y, coverage->n);
        truth = 6 / 3.14159265358979 * asin(0.3);
    } else {
        uint32_t clusters[N];
        for (uint32_t i = 0; i < coverage->n; i++) {
            clusters[i] = i / 2;
            x[i] = x[i / 2 * 2] > 0; /* the two items of a document agree */
        }
        plan.clusters = clusters;
        plan.n_clusters = coverage->n / 2;
        interval = bootstrap_ratio(&plan, x, NULL, coverage->n);
        truth = 0.5;
    }
    coverage->covered[set] = interval.low <= truth && truth <= interval.high;
}

#define SETS 2000

Test(bootstrap, covers_what_it_claims)
{
    struct pool *pool = pool_create(0);
    for (int statistic = 0; statistic < 3; statistic++) {
        uint8_t covered[SETS];
        struct coverage coverage = {120, statistic, covered};
        pool_for(pool, SETS, cover, &coverage);
        uint32_t sum = 0;
        for (uint32_t i = 0; i < SETS; i++) {
            sum += covered[i];
        }
        cr_expect(sum >= SETS * 93 / 100 && sum <= SETS * 97 / 100,
                  "statistic %d: covered in %u of %d", statistic, sum, SETS);
    }
    pool_destroy(pool);
}

/* The law school data of Efron & Tibshirani 1993, table 3.1: r = 0.776 among 15 schools. Intervals
 * from scipy.stats.bootstrap with 100,000 resamples. */
Test(bootstrap, law_schools)
{
    const double lsat[15] = {576, 635, 558, 578, 666, 580, 555, 661,
                             651, 605, 653, 575, 545, 572, 594};
    const double gpa[15] = {3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43,
                            3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96};
    cr_assert_float_eq(correlation_pearson(lsat, gpa, 15), 0.776, 5e-4);
    struct bootstrap plan = {.resamples = 40000, .seed = 1};
    struct interval percentile = bootstrap_pearson(&plan, lsat, gpa, 15);
    cr_expect_float_eq(percentile.low, 0.4594, 0.012);
    cr_expect_float_eq(percentile.high, 0.9617, 0.003);
    plan.method = BOOTSTRAP_BCA;
    struct interval bca = bootstrap_pearson(&plan, lsat, gpa, 15);
    cr_expect_float_eq(bca.low, 0.3385, 0.02);
    cr_expect_float_eq(bca.high, 0.9419, 0.004);
}

static void keep_mean(void *ctx, uint32_t r, const uint32_t *counts, uint32_t n, uint32_t worker)
{
    double *values = ctx, sum = 0;
    (void)worker;
    for (uint32_t i = 0; i < n; i++) {
        sum += counts[i] * (double)(i * i % 7);
    }
    values[r] = sum / n;
}

/* Whoever takes the resamples himself sees those that intervals are made of. */
Test(bootstrap, each_resample)
{
    enum { ITEMS = 30, RESAMPLES = 200 };
    double values[RESAMPLES], numerators[ITEMS];
    for (uint32_t i = 0; i < ITEMS; i++) {
        numerators[i] = i * i % 7;
    }
    struct bootstrap plan = {.resamples = RESAMPLES, .seed = 9};
    struct interval expected = bootstrap_ratio(&plan, numerators, NULL, ITEMS);
    plan.pool = pool_create(2);
    bootstrap_each(&plan, ITEMS, keep_mean, values);
    pool_destroy(plan.pool);
    struct interval found = bootstrap_percentiles(values, RESAMPLES, 0);
    cr_expect_float_eq(found.low, expected.low, 1e-12);
    cr_expect_float_eq(found.high, expected.high, 1e-12);
    cr_expect(isnan(bootstrap_percentiles(values, 19, 0).low), "too few");
}

Test(bootstrap, degenerate)
{
    double x[3] = {1, 1, 1}, y[3] = {1, 2, 3};
    struct bootstrap plan = {.resamples = 100, .seed = 1};
    cr_assert(isnan(bootstrap_pearson(&plan, x, y, 3).low));
    cr_assert(isnan(bootstrap_ratio(&plan, x, NULL, 0).low));
    cr_assert_eq(bootstrap_ratio(&plan, x, NULL, 3).high, 1);
    plan.resamples = 0;
    cr_assert(isnan(bootstrap_ratio(&plan, x, NULL, 3).low));
    const char *texts[5] = {"d1", "d2", "d1", NULL, "d2"};
    uint32_t clusters[5];
    cr_assert_eq(bootstrap_clusters(texts, 5, clusters), 3u);
    cr_assert_eq(clusters[2], clusters[0]);
    cr_assert_eq(clusters[3], 2u);
    cr_assert_eq(clusters[4], 1u);
}
