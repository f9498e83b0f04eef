/* Bootstrap resamples; intervals of any statistic and of ratios. */
#include "math/bootstrap_plan.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/rng.h"
#include "math/distribution.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MIN_DEFINED 20 /* fewer defined resamples make no interval */

struct resampling {
    const struct bootstrap *plan;
    bootstrap_statistic statistic;
    const void *ctx;
    bootstrap_take take;
    void *take_ctx;
    uint32_t n;
    uint32_t **counts;   /* [workers][n] */
    uint32_t **clusters; /* [workers][n_clusters] or NULL */
    double *values;      /* [resamples] */
};

static void draw(const struct resampling *work, struct rng *rng, uint32_t worker)
{
    const struct bootstrap *plan = work->plan;
    uint32_t *counts = work->counts[worker];
    if (!plan->clusters) {
        memset(counts, 0, work->n * sizeof *counts);
        for (uint32_t i = 0; i < work->n; i++) {
            counts[rng_below(rng, work->n)]++;
        }
        return;
    }
    uint32_t *clusters = work->clusters[worker];
    memset(clusters, 0, plan->n_clusters * sizeof *clusters);
    for (uint32_t i = 0; i < plan->n_clusters; i++) {
        clusters[rng_below(rng, plan->n_clusters)]++;
    }
    for (uint32_t i = 0; i < work->n; i++) {
        counts[i] = clusters[plan->clusters[i]];
    }
}

static void resample(void *arg, uint32_t r, uint32_t worker)
{
    struct resampling *work = arg;
    struct rng rng;
    rng_init(&rng, work->plan->seed, r);
    draw(work, &rng, worker);
    work->take(work->take_ctx, r, work->counts[worker], work->n, worker);
}

static void keep_value(void *ctx, uint32_t r, const uint32_t *counts, uint32_t n, uint32_t worker)
{
    struct resampling *work = ctx;
    work->values[r] = work->statistic(work->ctx, counts, n, worker);
}

static void for_each(struct pool *pool, uint32_t n, void (*body)(void *, uint32_t, uint32_t),
                     void *arg)
{
    if (pool) {
        pool_for(pool, n, body, arg);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        body(arg, i, 0);
    }
}

/* The statistic without item (or cluster) i: the jackknife that BCa's acceleration is made of. */
static void leave_out(void *arg, uint32_t out, uint32_t worker)
{
    struct resampling *work = arg;
    uint32_t *counts = work->counts[worker];
    const uint32_t *clusters = work->plan->clusters;
    for (uint32_t i = 0; i < work->n; i++) {
        counts[i] = (clusters ? clusters[i] : i) != out;
    }
    work->values[out] = work->statistic(work->ctx, counts, work->n, worker);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Undefined values out, the others in order; returns how many there are. */
static uint32_t sort_defined(double *values, uint32_t n)
{
    uint32_t defined = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            values[defined++] = values[i];
        }
    }
    qsort(values, defined, sizeof *values, ascending);
    return defined;
}

double quantile_sorted(const double *values, uint32_t n, double q)
{
    double place = q * (double)(n - 1);
    double below = floor(place);
    uint32_t i = (uint32_t)below;
    if (i + 1 >= n) {
        return values[n - 1];
    }
    return values[i] + (place - below) * (values[i + 1] - values[i]);
}

/* Efron & Tibshirani 1993, eq. 14.15: sum of cubes over 6 (sum of squares)^1.5 of the jackknife. */
static double acceleration(struct resampling *work)
{
    uint32_t n = work->plan->clusters ? work->plan->n_clusters : work->n;
    double *values = mem_array(n, sizeof *values), *resampled = work->values;
    work->values = values;
    for_each(work->plan->pool, n, leave_out, work);
    work->values = resampled;
    double mean = 0, squares = 0, cubes = 0;
    uint32_t defined = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            mean += values[i];
            defined++;
        }
    }
    mean /= defined ? defined : 1;
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            double d = mean - values[i];
            squares += d * d;
            cubes += d * d * d;
        }
    }
    free(values);
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

/* Efron & Tibshirani 1993, eq. 14.9 and 14.10; ties with the estimate count half. */
static void bca_levels(struct resampling *work, uint32_t defined, double *low, double *high)
{
    uint32_t *counts = work->counts[0];
    for (uint32_t i = 0; i < work->n; i++) {
        counts[i] = 1;
    }
    double estimate = work->statistic(work->ctx, counts, work->n, 0), below = 0;
    for (uint32_t i = 0; i < defined; i++) {
        below += work->values[i] < estimate ? 1 : work->values[i] == estimate ? 0.5 : 0;
    }
    double share = below / defined;
    if (!isfinite(estimate) || share <= 0 || share >= 1) {
        return; /* the estimate lies outside its own resamples: keep the percentiles */
    }
    double bias = normal_quantile(share), a = acceleration(work);
    double z_low = bias + normal_quantile(*low), z_high = bias + normal_quantile(*high);
    *low = normal_cdf(bias + z_low / (1 - a * z_low));
    *high = normal_cdf(bias + z_high / (1 - a * z_high));
}

static void scratch_init(struct resampling *work)
{
    uint32_t workers = work->plan->pool ? pool_workers(work->plan->pool) : 1;
    work->counts = mem_array(workers, sizeof *work->counts);
    work->clusters = mem_array(workers, sizeof *work->clusters);
    for (uint32_t w = 0; w < workers; w++) {
        work->counts[w] = mem_array(work->n, sizeof **work->counts);
        work->clusters[w] = mem_array((size_t)work->plan->n_clusters + 1, sizeof **work->clusters);
    }
}

static void scratch_finish(struct resampling *work)
{
    uint32_t workers = work->plan->pool ? pool_workers(work->plan->pool) : 1;
    for (uint32_t w = 0; w < workers; w++) {
        free(work->counts[w]);
        free(work->clusters[w]);
    }
    free(work->counts);
    free(work->clusters);
}

static uint32_t n_units(const struct bootstrap *plan, uint32_t n)
{
    return plan->clusters ? plan->n_clusters : n;
}

struct interval bootstrap_interval(const struct bootstrap *plan, uint32_t n,
                                   bootstrap_statistic statistic, const void *ctx)
{
    struct interval interval = {NAN, NAN};
    if (plan_draws_nothing(plan, n) || n_units(plan, n) < 2) {
        return interval;
    }
    struct resampling work = {
        .plan = plan, .statistic = statistic, .ctx = ctx, .take = keep_value, .n = n};
    work.take_ctx = &work;
    scratch_init(&work);
    work.values = mem_array(plan->resamples, sizeof *work.values);
    for_each(plan->pool, plan->resamples, resample, &work);
    uint32_t defined = sort_defined(work.values, plan->resamples);
    if (defined >= MIN_DEFINED) {
        double confidence = plan_confidence(plan);
        double low = (1 - confidence) / 2, high = (1 + confidence) / 2;
        if (plan->method == BOOTSTRAP_BCA) {
            bca_levels(&work, defined, &low, &high);
        }
        interval.low = quantile_sorted(work.values, defined, low);
        interval.high = quantile_sorted(work.values, defined, high);
    }
    scratch_finish(&work);
    free(work.values);
    return interval;
}

void bootstrap_each(const struct bootstrap *plan, uint32_t n, bootstrap_take take, void *ctx)
{
    if (plan_draws_nothing(plan, n)) {
        return;
    }
    struct resampling work = {.plan = plan, .take = take, .take_ctx = ctx, .n = n};
    scratch_init(&work);
    for_each(plan->pool, plan->resamples, resample, &work);
    scratch_finish(&work);
}

struct interval bootstrap_percentiles(double *values, uint32_t n, double confidence)
{
    uint32_t defined = sort_defined(values, n);
    if (defined < MIN_DEFINED) {
        return (struct interval){NAN, NAN};
    }
    double tail = (1 - (confidence > 0 ? confidence : BOOTSTRAP_CONFIDENCE)) / 2;
    return (struct interval){quantile_sorted(values, defined, tail),
                             quantile_sorted(values, defined, 1 - tail)};
}

/* Ratios: accuracy, F1, and their differences. */

struct ratios {
    const double *numerators[2], *denominators[2];
    uint32_t n_systems;
};

static double ratio(const double *numerators, const double *denominators, const uint32_t *counts,
                    uint32_t n)
{
    double numerator = 0, denominator = 0;
    for (uint32_t i = 0; i < n; i++) {
        numerator += counts[i] * numerators[i];
        denominator += denominators ? counts[i] * denominators[i] : counts[i];
    }
    return denominator > 0 ? numerator / denominator : NAN;
}

static double ratio_statistic(const void *ctx, const uint32_t *counts, uint32_t n, uint32_t worker)
{
    const struct ratios *ratios = ctx;
    (void)worker;
    double value = ratio(ratios->numerators[0], ratios->denominators[0], counts, n);
    return ratios->n_systems == 1
               ? value
               : value - ratio(ratios->numerators[1], ratios->denominators[1], counts, n);
}

struct interval bootstrap_ratio(const struct bootstrap *plan, const double *numerators,
                                const double *denominators, uint32_t n)
{
    struct ratios ratios = {{numerators}, {denominators}, 1};
    return bootstrap_interval(plan, n, ratio_statistic, &ratios);
}

struct interval share_interval(struct interval resampled, double right, double n, double confidence)
{
    bool at_an_end = right <= 0 || right >= n;
    return n < BOOTSTRAP_FEW || at_an_end
               ? clopper_pearson(right > 0 ? fmin(right, n) : 0, n, confidence)
               : resampled;
}

struct interval bootstrap_share(const struct bootstrap *plan, const double *numerators,
                                const double *denominators, uint32_t n)
{
    double numerator = 0, denominator = 0, most = 0;
    if (plan_draws_nothing(plan, n)) {
        return (struct interval){NAN, NAN};
    }
    for (uint32_t i = 0; i < n; i++) {
        double one = denominators ? denominators[i] : 1;
        numerator += numerators[i];
        denominator += one;
        most = one > most ? one : most;
    }
    if (!(denominator > 0)) {
        return (struct interval){NAN, NAN};
    }
    /* an item that counts half (unanswered, in F1) is half an item; a cluster is one */
    double units = plan->clusters ? plan->n_clusters : denominator / most;
    return share_interval(bootstrap_ratio(plan, numerators, denominators, n),
                          numerator / denominator * units, units, plan_confidence(plan));
}

struct interval bootstrap_ratio_difference(const struct bootstrap *plan, const double *numerators_a,
                                           const double *denominators_a, const double *numerators_b,
                                           const double *denominators_b, uint32_t n)
{
    struct ratios ratios = {{numerators_a, numerators_b}, {denominators_a, denominators_b}, 2};
    return bootstrap_interval(plan, n, ratio_statistic, &ratios);
}

uint32_t bootstrap_clusters(const char *const *texts, uint32_t n, uint32_t *ret_clusters)
{
    struct map map = {0};
    uint32_t *numbers = mem_array((size_t)n + 1, sizeof *numbers), n_clusters = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!texts[i]) {
            ret_clusters[i] = n_clusters++;
            continue;
        }
        uint32_t known = map.n, key = map_put_text(&map, texts[i]);
        if (key == known) {
            numbers[key] = n_clusters++;
        }
        ret_clusters[i] = numbers[key];
    }
    map_finish(&map);
    free(numbers);
    return n_clusters;
}
