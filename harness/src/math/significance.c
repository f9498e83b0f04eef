/* Paired tests on the same items, and corrections for many comparisons. */
#include "math/significance.h"

#include "base/mem.h"
#include "base/rng.h"
#include "math/correlation.h"
#include "math/distribution.h"

#include <math.h>
#include <stdlib.h>

double mcnemar_exact(uint64_t only_a, uint64_t only_b)
{
    uint64_t n = only_a + only_b, fewer = only_a < only_b ? only_a : only_b;
    if (n == 0) {
        return 1;
    }
    double p = 2 * binomial_cdf((double)fewer, (double)n, 0.5);
    return p > 1 ? 1 : p;
}

/* Approximate randomisation: what is exchanged, and the difference after the exchange. */
struct rounds {
    const struct randomisation *plan;
    double (*difference)(const struct rounds *work, const bool *swapped);
    const double *numerators[2], *denominators[2], *gold;
    uint32_t n;
    bool **swapped; /* [workers][n] */
    bool **coins;   /* [workers][n_clusters] */
    double observed;
    bool all;          /* round r exchanges what the bits of r say */
    uint32_t *reached; /* [workers] rounds at least as far from 0 */
};

static void one_round(void *arg, uint32_t r, uint32_t worker)
{
    struct rounds *work = arg;
    const struct randomisation *plan = work->plan;
    bool *swapped = work->swapped[worker], *coins = work->coins[worker];
    bool *drawn = plan->clusters ? coins : swapped;
    uint32_t n_drawn = plan->clusters ? plan->n_clusters : work->n;
    struct rng rng;
    rng_init(&rng, plan->seed, r);
    uint64_t bits = r;
    for (uint32_t i = 0; i < n_drawn; i++, bits >>= 1) {
        if (i % 64 == 0 && !work->all) {
            bits = rng_next(&rng);
        }
        drawn[i] = bits & 1;
    }
    for (uint32_t i = 0; plan->clusters && i < work->n; i++) {
        swapped[i] = coins[plan->clusters[i]];
    }
    /* Rounds that only differ from the observed by rounding count as equal to it. */
    double reach = fabs(work->difference(work, swapped));
    work->reached[worker] += !(reach < fabs(work->observed) - 1e-12);
}

static double run_rounds(struct rounds *work)
{
    const struct randomisation *plan = work->plan;
    uint32_t workers = plan->pool ? pool_workers(plan->pool) : 1, reached = 0;
    work->swapped = mem_array(workers, sizeof *work->swapped);
    work->coins = mem_array(workers, sizeof *work->coins);
    work->reached = mem_array(workers, sizeof *work->reached);
    for (uint32_t w = 0; w < workers; w++) {
        work->swapped[w] = mem_array((size_t)work->n + 1, sizeof **work->swapped);
        work->coins[w] = mem_array((size_t)plan->n_clusters + 1, sizeof **work->coins);
    }
    work->observed = work->difference(work, work->swapped[0]);
    uint32_t units = plan->clusters ? plan->n_clusters : work->n;
    work->all = units <= RANDOMISATION_ALL;
    uint32_t rounds = work->all ? 1u << units : plan->rounds;
    if (plan->pool) {
        pool_for(plan->pool, rounds, one_round, work);
    } else {
        for (uint32_t r = 0; r < rounds; r++) {
            one_round(work, r, 0);
        }
    }
    for (uint32_t w = 0; w < workers; w++) {
        reached += work->reached[w];
        free(work->swapped[w]);
        free(work->coins[w]);
    }
    free(work->swapped);
    free(work->coins);
    free(work->reached);
    if (isnan(work->observed)) {
        return NAN;
    }
    return work->all ? (double)reached / rounds : ((double)reached + 1) / ((double)rounds + 1);
}

static double ratio_difference(const struct rounds *work, const bool *swapped)
{
    double numerator[2] = {0}, denominator[2] = {0};
    for (uint32_t i = 0; i < work->n; i++) {
        for (uint32_t s = 0; s < 2; s++) {
            uint32_t from = s ^ (swapped[i] ? 1 : 0);
            numerator[s] += work->numerators[from][i];
            denominator[s] += work->denominators[from] ? work->denominators[from][i] : 1;
        }
    }
    return numerator[0] / denominator[0] - numerator[1] / denominator[1];
}

double randomisation_ratio(const struct randomisation *plan, const double *numerators_a,
                           const double *denominators_a, const double *numerators_b,
                           const double *denominators_b, uint32_t n)
{
    struct rounds work = {.plan = plan,
                          .difference = ratio_difference,
                          .numerators = {numerators_a, numerators_b},
                          .denominators = {denominators_a, denominators_b},
                          .n = n};
    return run_rounds(&work);
}

static double correlation_difference(const struct rounds *work, const bool *swapped)
{
    double sum[2] = {0}, squares[2] = {0}, products[2] = {0}, gold = 0, golds = 0, n = work->n;
    for (uint32_t i = 0; i < work->n; i++) {
        double g = work->gold[i];
        gold += g;
        golds += g * g;
        for (uint32_t s = 0; s < 2; s++) {
            double x = work->numerators[s ^ (swapped[i] ? 1 : 0)][i];
            sum[s] += x;
            squares[s] += x * x;
            products[s] += x * g;
        }
    }
    double r[2];
    for (uint32_t s = 0; s < 2; s++) {
        r[s] = (products[s] - sum[s] * gold / n) /
               sqrt((squares[s] - sum[s] * sum[s] / n) * (golds - gold * gold / n));
    }
    return r[0] - r[1];
}

/* Zero mean and unit variance, of the ranks if asked for. */
static double *scaled(const double *x, uint32_t n, bool of_ranks)
{
    double *values = mem_array((size_t)n + 1, sizeof *values), mean = 0, squares = 0;
    if (of_ranks) {
        correlation_ranks(x, n, values);
    }
    for (uint32_t i = 0; i < n; i++) {
        values[i] = of_ranks ? values[i] : x[i];
        mean += values[i];
    }
    mean /= n;
    for (uint32_t i = 0; i < n; i++) {
        values[i] -= mean;
        squares += values[i] * values[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        values[i] /= sqrt(squares / n);
    }
    return values;
}

double randomisation_correlation(const struct randomisation *plan, const double *a, const double *b,
                                 const double *gold, uint32_t n, bool of_ranks)
{
    double *scaled_a = scaled(a, n, of_ranks), *scaled_b = scaled(b, n, of_ranks),
           *scaled_gold = scaled(gold, n, of_ranks);
    struct rounds work = {.plan = plan,
                          .difference = correlation_difference,
                          .numerators = {scaled_a, scaled_b},
                          .gold = scaled_gold,
                          .n = n};
    double p = run_rounds(&work);
    free(scaled_a);
    free(scaled_b);
    free(scaled_gold);
    return p;
}

struct test_result williams(const struct dependent_correlations *r)
{
    double n = (double)r->n, a = r->r_a, b = r->r_b, ab = r->r_ab;
    struct test_result result = {NAN, n - 3, NAN};
    if (r->n < 4) {
        return result;
    }
    double determinant = 1 - a * a - b * b - ab * ab + 2 * a * b * ab, mean = (a + b) / 2;
    double variance = 2 * (n - 1) / (n - 3) * determinant + mean * mean * pow(1 - ab, 3);
    if (a == b) {
        result.statistic = 0; /* also where the systems are the same and the variance is 0 */
    } else {
        result.statistic = (a - b) * sqrt((n - 1) * (1 + ab) / variance);
    }
    result.p = student_two_sided(result.statistic, result.freedom);
    return result;
}

struct test_result steiger(const struct dependent_correlations *r)
{
    struct test_result result = {NAN, NAN, NAN};
    if (r->n < 4) {
        return result;
    }
    double n = (double)r->n, mean = (r->r_a + r->r_b) / 2, ab = r->r_ab, m2 = mean * mean;
    /* covariance of the two z's (Pearson & Filon 1898), both correlations pooled to their mean */
    double psi = ab * (1 - 2 * m2) - 0.5 * m2 * (1 - 2 * m2 - ab * ab);
    double covariance = psi / ((1 - m2) * (1 - m2));
    if (r->r_a == r->r_b) {
        result.statistic = 0;
    } else {
        result.statistic = (atanh(r->r_a) - atanh(r->r_b)) * sqrt(n - 3) / sqrt(2 - 2 * covariance);
    }
    result.p = erfc(fabs(result.statistic) / sqrt(2.0));
    return result;
}

struct interval fisher_interval(double r, uint64_t n, double confidence)
{
    if (n < 4) {
        return (struct interval){NAN, NAN};
    }
    double reach = normal_quantile((1 + confidence) / 2) / sqrt((double)n - 3);
    return (struct interval){tanh(atanh(r) - reach), tanh(atanh(r) + reach)};
}

struct interval zou(const struct dependent_correlations *r, double confidence)
{
    double a = r->r_a, b = r->r_b, ab = r->r_ab;
    struct interval of_a = fisher_interval(a, r->n, confidence);
    struct interval of_b = fisher_interval(b, r->n, confidence);
    double shared = ((ab - 0.5 * a * b) * (1 - a * a - b * b - ab * ab) + ab * ab * ab) /
                    ((1 - a * a) * (1 - b * b));
    double below_a = a - of_a.low, above_a = of_a.high - a;
    double below_b = b - of_b.low, above_b = of_b.high - b;
    double down = below_a * below_a + above_b * above_b - 2 * shared * below_a * above_b;
    double up = above_a * above_a + below_b * below_b - 2 * shared * above_a * below_b;
    return (struct interval){a - b - sqrt(down > 0 ? down : 0), a - b + sqrt(up > 0 ? up : 0)};
}

struct place {
    double p;
    uint32_t i;
};

static int by_p(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->p != y->p) {
        return x->p < y->p ? -1 : 1;
    }
    return x->i < y->i ? -1 : x->i > y->i;
}

/* The defined p-values in ascending order; the undefined go straight to ret_p. */
static struct place *sort_p(const double *p, uint32_t n, double *ret_p, uint32_t *ret_defined)
{
    struct place *places = mem_array((size_t)n + 1, sizeof *places);
    uint32_t defined = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(p[i])) {
            ret_p[i] = NAN;
        } else {
            places[defined++] = (struct place){p[i], i};
        }
    }
    qsort(places, defined, sizeof *places, by_p);
    *ret_defined = defined;
    return places;
}

double equivalence(double difference, double error, double freedom, double margin)
{
    if (!(error > 0)) {
        bool within = fabs(difference) < margin && margin <= 1;
        return isnan(error) ? NAN : within ? pow(1 - margin, freedom + 1) : 1;
    }
    return student_cdf((fabs(difference) - margin) / error, freedom);
}

double equivalence_correlations(const struct dependent_correlations *r, double margin)
{
    double low = 0,
           high = 0.5; /* of p: the interval narrows as p grows, to the difference itself */
    if (!(fabs(r->r_a - r->r_b) < margin)) {
        return 1; /* beyond even the narrowest */
    }
    for (int halving = 0; halving < 60; halving++) {
        double p = (low + high) / 2;
        struct interval of = zou(r, 1 - 2 * p);
        bool within = of.low > -margin && of.high < margin;
        low = within ? low : p;
        high = within ? p : high;
    }
    return high;
}

void correct_holm(const double *p, uint32_t n, double *ret_p)
{
    uint32_t defined;
    struct place *places = sort_p(p, n, ret_p, &defined);
    double least = 0;
    for (uint32_t k = 0; k < defined; k++) {
        double corrected = (double)(defined - k) * places[k].p;
        least = corrected > least ? corrected : least;
        ret_p[places[k].i] = least > 1 ? 1 : least;
    }
    free(places);
}

void correct_benjamini_hochberg(const double *p, uint32_t n, double *ret_p)
{
    uint32_t defined;
    struct place *places = sort_p(p, n, ret_p, &defined);
    double most = 1;
    for (uint32_t k = defined; k-- > 0;) {
        double corrected = (double)defined / (double)(k + 1) * places[k].p;
        most = corrected < most ? corrected : most;
        ret_p[places[k].i] = most;
    }
    free(places);
}

void rank_sets(const bool *better, uint32_t n, struct rank_set *ret_sets)
{
    for (uint32_t i = 0; i < n; i++) {
        struct rank_set set = {1, n};
        for (uint32_t j = 0; j < n; j++) {
            if (j != i) {
                set.low += better[(size_t)j * n + i];
                set.high -= better[(size_t)i * n + j];
            }
        }
        ret_sets[i] = set;
    }
}
