/* Power of tests, and the smallest difference that a data set can show. */
#include "math/power.h"

#include "base/mem.h"
#include "math/distribution.h"
#include "math/significance.h"

#include <math.h>
#include <stdlib.h>

#define STEPS 60       /* halvings of a bracket, at most */
#define PRECISION 1e-5 /* of the difference found */

/* A difference in (low, high], by halving; power_of rises with it. */
static double search(double (*power_of)(void *ctx, double difference), void *ctx, double high,
                     double wanted)
{
    double low = 0;
    if (!(power_of(ctx, high) >= wanted)) {
        return NAN;
    }
    for (int i = 0; i < STEPS && high - low > PRECISION * high; i++) {
        double middle = (low + high) / 2;
        if (power_of(ctx, middle) >= wanted) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* McNemar. */

struct mcnemar {
    double discordant, alpha;
    uint64_t n;
    double *critical; /* [n + 1] least count of the more frequent kind that is significant; -1 = not
                       * known yet */
};

/* Of `differ` items, how many must fall one way? differ + 1 if even all would not do. */
static double critical_count(struct mcnemar *test, uint64_t differ)
{
    double *known = &test->critical[differ];
    if (*known >= 0) {
        return *known;
    }
    uint64_t low = differ / 2, high = differ + 1; /* low is not enough, high is */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (mcnemar_exact(differ - middle, middle) <= test->alpha) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return *known = (double)high;
}

static double log_binomial(double k, double n, double p)
{
    int sign;
    return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) +
           (k > 0 ? k * log(p) : 0) + (n - k > 0 ? (n - k) * log1p(-p) : 0);
}

/* The chance of a significant result in the direction of the difference. */
static double mcnemar_power(void *ctx, double difference)
{
    struct mcnemar *test = ctx;
    double share = difference > test->discordant ? difference : test->discordant;
    double one_way = (share + difference) / (2 * share), n = (double)test->n, power = 0;
    double reach = 7 * sqrt(n * share * (1 - share)) + 7; /* beyond: less than 1e-10 */
    double from = floor(n * share - reach), to = ceil(n * share + reach);
    for (double d = from > 0 ? from : 0; d <= to && d <= n; d++) {
        double critical = critical_count(test, (uint64_t)d);
        if (critical <= d) {
            power += exp(log_binomial(d, n, share)) *
                     (1 - binomial_cdf(critical - 1, d, one_way > 1 ? 1 : one_way));
        }
    }
    return power;
}

double detectable_mcnemar(double discordant, uint64_t n, double alpha, double power)
{
    if (n == 0) {
        return NAN;
    }
    struct mcnemar test = {.discordant = discordant, .alpha = alpha, .n = n};
    test.critical = mem_array((size_t)n + 1, sizeof *test.critical);
    for (uint64_t i = 0; i <= n; i++) {
        test.critical[i] = -1;
    }
    double found = search(mcnemar_power, &test, 1, power);
    free(test.critical);
    return found;
}

double least_p(uint64_t n)
{
    return n > 0 ? mcnemar_exact(0, n) : 1;
}

/* Means. */

double detectable_mean(double deviation, uint64_t n, double alpha, double power)
{
    if (n < 2) {
        return NAN;
    }
    double freedom = (double)n - 1;
    return (student_quantile(1 - alpha / 2, freedom) + student_quantile(power, freedom)) *
           deviation / sqrt((double)n);
}

/* Correlations. */

struct correlated {
    const struct detectable_correlation *of;
    double critical; /* of Student's t */
};

/* n times the variance of r_b - r_a, and for ranks. */
static double variance_of_difference(double a, double b, double ab, bool of_ranks)
{
    double of_a = (1 - a * a) * (1 - a * a), of_b = (1 - b * b) * (1 - b * b);
    double shared = ab * (1 - a * a - b * b) - 0.5 * a * b * (1 - a * a - b * b - ab * ab);
    double up_a = of_ranks ? 1 + a * a / 2 : 1, up_b = of_ranks ? 1 + b * b / 2 : 1;
    return of_a * up_a + of_b * up_b - 2 * shared * sqrt(up_a * up_b);
}

static double correlation_power(void *ctx, double difference)
{
    const struct correlated *test = ctx;
    const struct detectable_correlation *of = test->of;
    double b = of->below ? of->r_a - difference : of->r_a + difference;
    struct dependent_correlations r = {b, of->r_a, of->r_ab, of->n};
    double determinant =
        1 - b * b - of->r_a * of->r_a - of->r_ab * of->r_ab + 2 * b * of->r_a * of->r_ab;
    double variance = variance_of_difference(of->r_a, b, of->r_ab, of->of_ranks);
    if (!(determinant > 0) || !(variance > 0)) {
        return difference > 0 ? 1 : 0; /* no such three correlations, or without any noise */
    }
    double statistic = fabs(williams(&r).statistic);
    double error_of_test = difference / statistic;
    double deviation = sqrt(variance / ((double)of->n - 1));
    return normal_cdf((difference - test->critical * error_of_test) / deviation);
}

double detectable_correlation(const struct detectable_correlation *of, double alpha, double power)
{
    if (of->n < 4 || isnan(of->r_a) || isnan(of->r_ab)) {
        return NAN;
    }
    struct correlated test = {of, student_quantile(1 - alpha / 2, (double)of->n - 3)};
    double reach_left = (of->below ? 1 + of->r_a : 1 - of->r_a) - 1e-9;
    /* the greatest difference that the two lists' own correlation allows */
    double spread = sqrt((1 - of->r_a * of->r_a) * (1 - of->r_ab * of->r_ab));
    double reach =
        of->below ? of->r_a - (of->r_a * of->r_ab - spread) : of->r_a * of->r_ab + spread - of->r_a;
    reach_left = reach - 1e-9 < reach_left ? reach - 1e-9 : reach_left;
    return reach_left > 0 ? search(correlation_power, &test, reach_left, power) : NAN;
}

/* Corrections. */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double correction_level(const double *p, uint32_t n, uint32_t own, bool holm, double alpha)
{
    double *others = mem_array((size_t)n + 1, sizeof *others), level = 0;
    uint32_t n_others = 0, found = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i != own && !isnan(p[i])) {
            others[n_others++] = p[i];
        }
    }
    uint32_t all = n_others + 1;
    qsort(others, n_others, sizeof *others, ascending);
    if (holm) {
        while (found < n_others && others[found] <= alpha / (all - found)) {
            found++;
        }
        level = alpha / (all - found);
    }
    for (uint32_t k = all; !holm && k > 0 && level == 0; k--) {
        /* found as one of k if the k - 1 least others pass the k-th step, too */
        level = k == 1 || others[k - 2] <= alpha * k / all ? alpha * k / all : 0;
    }
    free(others);
    return level;
}
