/* What is said to be found with power .80 is found so: by simulation, the test and its correction
 * as they are applied. */
#include "base/rng.h"
#include "math/correlation.h"
#include "math/power.h"
#include "math/significance.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define ROUNDS 4000 /* standard error of a power of .8: .0063 */
#define MOST 400    /* items */

/* The others' p-values of a family of five; Holm rejects one of them. */
static const double others[4] = {0.001, 0.2, 0.04, 0.7};

/* Would a comparison with this p be found among the others? */
static bool is_found(double p)
{
    double family[5] = {others[0], others[1], others[2], others[3], p}, corrected[5];
    correct_holm(family, 5, corrected);
    return corrected[4] <= 0.05;
}

static double level(void)
{
    /* the comparison at hand has not been found yet */
    const double family[5] = {others[0], others[1], others[2], others[3], 0.3};
    return correction_level(family, 5, 4, true, 0.05);
}

Test(power, level_of_holm)
{
    cr_assert_float_eq(level(), 0.05 / 4, 1e-15);
    cr_expect(is_found(0.0124));
    cr_expect_not(is_found(0.0126));
    const double alone[2] = {0.6, NAN};
    cr_expect_eq(correction_level(alone, 2, 0, true, 0.05), 0.05);
}

Test(power, level_of_benjamini_hochberg)
{
    const double family[5] = {0.001, 0.2, 0.021, 0.7, 0.3};
    double level = correction_level(family, 5, 4, false, 0.05), again[5], corrected[5];
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < 5; i++) {
            again[i] = family[i];
        }
        again[4] = side ? level * 1.0001 : level * 0.9999;
        correct_benjamini_hochberg(again, 5, corrected);
        cr_expect_eq(corrected[4] <= 0.05, side == 0);
    }
}

static void mcnemar_is_as_strong(double discordant, uint32_t n, uint64_t stream)
{
    double difference = detectable_mcnemar(discordant, n, level(), 0.8);
    double share = difference > discordant ? difference : discordant;
    struct rng rng;
    uint32_t found = 0;
    rng_init(&rng, 17, stream);
    for (uint32_t r = 0; r < ROUNDS; r++) {
        uint64_t only_a = 0, only_b = 0;
        for (uint32_t i = 0; i < n; i++) {
            double u = rng_unit(&rng);
            only_b += u < (share + difference) / 2;
            only_a += u >= (share + difference) / 2 && u < share;
        }
        found += only_b > only_a && is_found(mcnemar_exact(only_a, only_b));
    }
    cr_expect_float_eq((double)found / ROUNDS, 0.8, 0.025, "n %u: %.3f", n, (double)found / ROUNDS);
}

Test(power, mcnemar)
{
    mcnemar_is_as_strong(0.2, 100, 1);
    mcnemar_is_as_strong(0.05, 300, 2);
    mcnemar_is_as_strong(0.01, 40, 3); /* more items must differ than do now */
    cr_expect(isnan(detectable_mcnemar(0.5, 5, 0.05, 0.8)), "p of 5 items is .0625 at least");
}

Test(power, means)
{
    enum { N = 40 };
    const struct randomisation plan = {.rounds = 999, .seed = 3};
    double difference = detectable_mean(0.7, N, level(), 0.8), a[N] = {0}, b[N];
    struct rng rng;
    uint32_t found = 0;
    rng_init(&rng, 18, 1);
    for (uint32_t r = 0; r < ROUNDS / 2; r++) {
        for (uint32_t i = 0; i < N; i++) {
            b[i] = difference + 0.7 * rng_normal(&rng);
        }
        found += is_found(randomisation_ratio(&plan, a, NULL, b, NULL, N));
    }
    cr_expect_float_eq(2.0 * found / ROUNDS, 0.8, 0.035, "%.3f", 2.0 * found / ROUNDS);
}

/* Three normal variables with these correlations (Cholesky's factor by hand). */
static void correlated(struct rng *rng, double r_a, double r_b, double r_ab, double *gold,
                       double *a, double *b, uint32_t n)
{
    double second = sqrt(1 - r_a * r_a), slope = (r_ab - r_a * r_b) / second;
    double third = sqrt(1 - r_b * r_b - slope * slope);
    for (uint32_t i = 0; i < n; i++) {
        double x = rng_normal(rng), y = rng_normal(rng), z = rng_normal(rng);
        gold[i] = x;
        a[i] = r_a * x + second * y;
        b[i] = r_b * x + slope * y + third * z;
    }
}

/* Spearman's rho of normal variables that correlate by r is 6 / pi asin(r / 2) (Pearson 1907). */
static double pearson_of(double rho)
{
    return 2 * sin(3.14159265358979323846 / 6 * rho);
}

static void williams_is_as_strong(struct detectable_correlation of, uint64_t stream)
{
    double difference = detectable_correlation(&of, level(), 0.8);
    double r_a = of.r_a, r_b = of.below ? r_a - difference : r_a + difference, r_ab = of.r_ab;
    double (*correlate)(const double *, const double *, uint32_t) =
        of.of_ranks ? correlation_spearman : correlation_pearson;
    double gold[MOST], a[MOST], b[MOST];
    uint32_t n = (uint32_t)of.n, found = 0;
    struct rng rng;
    cr_assert(difference > 0, "%g", difference);
    if (of.of_ranks) {
        r_a = pearson_of(r_a), r_b = pearson_of(r_b), r_ab = pearson_of(r_ab);
    }
    rng_init(&rng, 19, stream);
    for (uint32_t r = 0; r < ROUNDS; r++) {
        correlated(&rng, r_a, r_b, r_ab, gold, a, b, n);
        const struct dependent_correlations sample = {correlate(b, gold, n), correlate(a, gold, n),
                                                      correlate(a, b, n), n};
        bool right_way = (sample.r_a < sample.r_b) == of.below;
        found += right_way && is_found(williams(&sample).p);
    }
    cr_expect_float_eq((double)found / ROUNDS, 0.8, 0.035, "r_a %g, r_ab %g, n %u, %s%s: %.3f",
                       of.r_a, of.r_ab, n, of.of_ranks ? "ranks, " : "",
                       of.below ? "below" : "above", (double)found / ROUNDS);
}

Test(power, correlations)
{
    for (int ranks = 0; ranks < 2; ranks++) {
        for (int below = 0; below < 2; below++) {
            uint64_t stream = (uint64_t)(2 * ranks + below) * 10;
            williams_is_as_strong((struct detectable_correlation){0.5, 0.7, 353, ranks, below},
                                  stream);
            williams_is_as_strong((struct detectable_correlation){0.3, 0.4, 65, ranks, below},
                                  stream + 1);
            williams_is_as_strong((struct detectable_correlation){0.7, 0.8, 100, ranks, below},
                                  stream + 2);
        }
    }
    const struct detectable_correlation few = {0.5, 0.7, 3, false, false};
    cr_expect(isnan(detectable_correlation(&few, 0.05, 0.8)));
}
