/* Bootstrap intervals of correlations and of their differences. */
#include "math/bootstrap_plan.h"

#include "base/mem.h"
#include "math/correlation.h"
#include "math/distribution.h"

#include <math.h>
#include <stdlib.h>

/* Correlations. */

struct correlations {
    const double *x[2], *gold;
    struct ranking by_x[2], by_gold; /* Spearman only */
    double **ranks;                  /* [workers][2 n]: of a list, of the gold ratings */
    uint32_t n_systems;
};

static double pearson_statistic(const void *ctx, const uint32_t *counts, uint32_t n,
                                uint32_t worker)
{
    const struct correlations *work = ctx;
    (void)worker;
    double value = correlation_pearson_counted(work->x[0], work->gold, counts, n);
    return work->n_systems == 1
               ? value
               : value - correlation_pearson_counted(work->x[1], work->gold, counts, n);
}

static double spearman_statistic(const void *ctx, const uint32_t *counts, uint32_t n,
                                 uint32_t worker)
{
    const struct correlations *work = ctx;
    double *ranks = work->ranks[worker], *gold = ranks + n, values[2] = {0};
    ranking_resampled(&work->by_gold, counts, gold);
    for (uint32_t s = 0; s < work->n_systems; s++) {
        ranking_resampled(&work->by_x[s], counts, ranks);
        values[s] = correlation_pearson_counted(ranks, gold, counts, n);
    }
    return values[0] - values[1];
}

static struct interval pearson(const struct bootstrap *plan, const double *a, const double *b,
                               const double *gold, uint32_t n)
{
    struct correlations work = {.x = {a, b}, .gold = gold, .n_systems = b ? 2 : 1};
    return bootstrap_interval(plan, n, pearson_statistic, &work);
}

static struct interval spearman(const struct bootstrap *plan, const double *a, const double *b,
                                const double *gold, uint32_t n)
{
    if (plan->resamples == 0 || n == 0) {
        return (struct interval){NAN, NAN};
    }
    struct correlations work = {.x = {a, b}, .gold = gold, .n_systems = b ? 2 : 1};
    for (uint32_t s = 0; s < work.n_systems; s++) {
        ranking_init(&work.by_x[s], work.x[s], n);
    }
    ranking_init(&work.by_gold, gold, n);
    uint32_t workers = plan->pool ? pool_workers(plan->pool) : 1;
    work.ranks = mem_array(workers, sizeof *work.ranks);
    for (uint32_t w = 0; w < workers; w++) {
        work.ranks[w] = mem_array((size_t)n * 2, sizeof **work.ranks);
    }
    struct interval interval = bootstrap_interval(plan, n, spearman_statistic, &work);
    for (uint32_t w = 0; w < workers; w++) {
        free(work.ranks[w]);
    }
    free(work.ranks);
    for (uint32_t s = 0; s < work.n_systems; s++) {
        ranking_finish(&work.by_x[s]);
    }
    ranking_finish(&work.by_gold);
    return interval;
}

/* The interval of one correlation where resampling has no meaning; false: it has. */
static bool of_theory(const struct bootstrap *plan, double r, uint32_t n, bool of_ranks,
                      struct interval *ret_interval)
{
    *ret_interval = (struct interval){NAN, NAN};
    if (plan_draws_nothing(plan, n) || n < 4 || isnan(r) || fabs(r) >= CORRELATION_PERFECT) {
        return true;
    }
    if (n >= BOOTSTRAP_FEW || plan->clusters) {
        return false;
    }
    double error = sqrt((of_ranks ? 1 + r * r / 2 : 1) / (n - 3.0));
    double reach = normal_quantile((1 + plan_confidence(plan)) / 2) * error;
    *ret_interval = (struct interval){tanh(atanh(r) - reach), tanh(atanh(r) + reach)};
    return true;
}

struct interval bootstrap_pearson(const struct bootstrap *plan, const double *x, const double *y,
                                  uint32_t n)
{
    struct interval interval;
    return of_theory(plan, correlation_pearson(x, y, n), n, false, &interval)
               ? interval
               : pearson(plan, x, NULL, y, n);
}

struct interval bootstrap_spearman(const struct bootstrap *plan, const double *x, const double *y,
                                   uint32_t n)
{
    struct interval interval;
    return of_theory(plan, correlation_spearman(x, y, n), n, true, &interval)
               ? interval
               : spearman(plan, x, NULL, y, n);
}

struct interval bootstrap_pearson_difference(const struct bootstrap *plan, const double *a,
                                             const double *b, const double *gold, uint32_t n)
{
    return pearson(plan, a, b, gold, n);
}

struct interval bootstrap_spearman_difference(const struct bootstrap *plan, const double *a,
                                              const double *b, const double *gold, uint32_t n)
{
    return spearman(plan, a, b, gold, n);
}
