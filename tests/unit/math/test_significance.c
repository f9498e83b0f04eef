/* Tests and corrections against printed examples of their papers, and against each other. */
#include "base/pool.h"
#include "base/rng.h"
#include "math/correlation.h"
#include "math/distribution.h"
#include "math/significance.h"

#include <criterion/criterion.h>
#include <math.h>

/* Fagerland, Lydersen & Laake 2013, airway hyper-responsiveness of 21 children: 1 and 7 discordant;
 * exact conditional test p = 0.070. */
Test(significance, mcnemar_of_fagerland)
{
    cr_assert_float_eq(mcnemar_exact(1, 7), 0.070, 5e-4);
    cr_assert_eq(mcnemar_exact(7, 1), mcnemar_exact(1, 7));
}

/* Benjamini & Hochberg 1995, section 4.1: fifteen p-values of a study of thrombolysis; at level
 * 0.05 their procedure rejects the four smallest, Bonferroni's (and so Holm's first steps) three.
 */
Test(significance, corrections_of_benjamini_hochberg)
{
    const double p[15] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                          0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    double hochberg[15], holm[15];
    correct_benjamini_hochberg(p, 15, hochberg);
    correct_holm(p, 15, holm);
    uint32_t by_hochberg = 0, by_holm = 0;
    for (int i = 0; i < 15; i++) {
        by_hochberg += hochberg[i] <= 0.05;
        by_holm += holm[i] <= 0.05;
    }
    cr_assert_eq(by_hochberg, 4u);
    cr_assert_eq(by_holm, 3u);
}

Test(significance, corrections_skip_undefined)
{
    const double p[3] = {0.02, NAN, 0.03};
    double holm[3];
    correct_holm(p, 3, holm);
    cr_assert_float_eq(holm[0], 0.04, 1e-15);
    cr_assert(isnan(holm[1]));
    cr_assert_float_eq(holm[2], 0.04, 1e-15);
}

/* Zou 2007, example of overlapping correlations: 0.396 and 0.179 with 0.088 between, n = 66;
 * interval -0.093 to 0.517. */
Test(significance, zou_of_zou)
{
    const struct dependent_correlations r = {0.396, 0.179, 0.088, 66};
    struct interval interval = zou(&r, 0.95);
    cr_assert_float_eq(interval.low, -0.093, 5e-4);
    cr_assert_float_eq(interval.high, 0.517, 5e-4);
}

/* Twice the same system is no difference, whatever the correlations. */
Test(significance, same_system)
{
    const struct dependent_correlations r = {0.5, 0.5, 1, 100};
    cr_assert_eq(williams(&r).p, 1);
    cr_assert_eq(steiger(&r).p, 1);
    const double x[4] = {1, 0, 1, 1};
    const struct randomisation plan = {.rounds = 99, .seed = 1};
    cr_assert_eq(randomisation_ratio(&plan, x, NULL, x, NULL, 4), 1);
}

#define N 300

static void outcomes(uint64_t stream, double lead, double *a, double *b)
{
    struct rng rng;
    rng_init(&rng, 11, stream);
    for (uint32_t i = 0; i < N; i++) {
        double ease = rng_normal(&rng);
        a[i] = ease + rng_normal(&rng) + lead > 0;
        b[i] = ease + rng_normal(&rng) > 0;
    }
}

/* On right-and-wrong data approximate randomisation estimates what McNemar's test computes. */
Test(significance, randomisation_agrees_with_mcnemar)
{
    const struct randomisation plan = {.rounds = 10000, .seed = 5};
    for (uint64_t set = 0; set < 30; set++) {
        double a[N], b[N];
        uint64_t only_a = 0, only_b = 0;
        outcomes(set, 0.02 * (double)set, a, b);
        for (uint32_t i = 0; i < N; i++) {
            only_a += a[i] > b[i];
            only_b += b[i] > a[i];
        }
        double exact = mcnemar_exact(only_a, only_b);
        double sampled = randomisation_ratio(&plan, a, NULL, b, NULL, N);
        double error = sqrt(exact * (1 - exact) / plan.rounds);
        cr_expect_float_eq(sampled, exact, 4.5 * error + 2e-4, "set %d: %g, exact %g", (int)set,
                           sampled, exact);
    }
}

Test(significance, randomisation_independent_of_threads)
{
    double a[N], b[N], gold[N];
    struct rng rng;
    rng_init(&rng, 2, 2);
    for (uint32_t i = 0; i < N; i++) {
        gold[i] = rng_normal(&rng);
        a[i] = gold[i] + rng_normal(&rng);
        b[i] = gold[i] + 1.3 * rng_normal(&rng);
    }
    struct randomisation plan = {.rounds = 2000, .seed = 5};
    double alone = randomisation_correlation(&plan, a, b, gold, N, true);
    plan.pool = pool_create(3);
    cr_assert_eq(randomisation_correlation(&plan, a, b, gold, N, true), alone);
    pool_destroy(plan.pool);
    plan.pool = NULL;
    /* Williams' t asks the same question by a formula. */
    const struct dependent_correlations r = {correlation_spearman(a, gold, N),
                                             correlation_spearman(b, gold, N),
                                             correlation_spearman(a, b, N), N};
    cr_assert_float_eq(alone, williams(&r).p, 0.05);
}

/* The order of the items is no matter. */
Test(significance, permuted_items)
{
    double a[N], b[N], pa[N], pb[N];
    outcomes(3, 0.3, a, b);
    uint32_t order[N];
    struct rng rng;
    rng_init(&rng, 4, 4);
    for (uint32_t i = 0; i < N; i++) {
        order[i] = i;
    }
    rng_shuffle(&rng, order, N);
    for (uint32_t i = 0; i < N; i++) {
        pa[i] = a[order[i]] + 0.001 * order[i];
        pb[i] = b[order[i]] - 0.001 * order[i];
        a[order[i]] += 0.001 * order[i];
        b[order[i]] -= 0.001 * order[i];
    }
    cr_assert_float_eq(correlation_spearman(a, b, N), correlation_spearman(pa, pb, N), 1e-14);
    cr_assert_float_eq(correlation_pearson(a, b, N), correlation_pearson(pa, pb, N), 1e-13);
}

/* Clusters change places together: with one cluster every round is as extreme as the observed. */
Test(significance, randomisation_by_cluster)
{
    double a[N], b[N];
    uint32_t clusters[N] = {0};
    outcomes(29, 0.6, a, b);
    struct randomisation plan = {.rounds = 500, .seed = 1};
    cr_assert_lt(randomisation_ratio(&plan, a, NULL, b, NULL, N), 0.05);
    plan.clusters = clusters;
    plan.n_clusters = 1;
    cr_assert_eq(randomisation_ratio(&plan, a, NULL, b, NULL, N), 1);
}

Test(significance, ranks)
{
    /* 0 beats 2 and 3; 1 beats 3; nothing else can be told. */
    bool better[16] = {0};
    better[0 * 4 + 2] = better[0 * 4 + 3] = better[1 * 4 + 3] = true;
    struct rank_set sets[4];
    rank_sets(better, 4, sets);
    const struct rank_set expected[4] = {{1, 2}, {1, 3}, {2, 4}, {3, 4}};
    for (int i = 0; i < 4; i++) {
        cr_expect_eq(sets[i].low, expected[i].low);
        cr_expect_eq(sets[i].high, expected[i].high);
    }
}
