/* Writes rows of figures with their intervals: any, and correlations with their coverage. */
#include "suites/shared/figures.h"
#include "suites/options.h"

#include "base/mem.h"
#include "base/str.h"
#include "math/correlation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct bootstrap figures_plan(const struct suite_run *run)
{
    return (struct bootstrap){
        .resamples = run->request->resamples,
        .method =
            suite_says(run->request, "interval", "bca") ? BOOTSTRAP_BCA : BOOTSTRAP_PERCENTILE,
        .seed = run->request->seed,
        .pool = run->embedder ? embedder_pool(run->embedder) : NULL,
    };
}

static const char *reason_of(const struct measured *figure)
{
    return !isnan(figure->value)   ? NULL
           : figure->n == 0        ? "no item"
           : figure->answered == 0 ? "no item answered"
                                   : "not defined on these items";
}

void figures_row(const struct suite_run *run, const struct figure *row,
                 const struct protocol *protocol, const struct measured *figure)
{
    figures_row_because(run, row, protocol, figure, NULL);
}

void figures_row_because(const struct suite_run *run, const struct figure *row,
                         const struct protocol *protocol, const struct measured *figure,
                         const char *reason)
{
    struct figure full = *row;
    struct protocol whole = {0};
    protocol_append(&whole, protocol, PROTOCOL_OTHER);
    if (figure->policy) {
        protocol_add(&whole, PROTOCOL_POLICY, figure->policy);
    }
    protocol_add(&whole, PROTOCOL_VERSION, "v1");
    full.metric = figure->metric;
    full.split = figure->split;
    full.policy = figure->policy;
    full.protocol = &whole;
    full.reason = reason ? reason : reason_of(figure);
    full.value = figure->value;
    full.low = figure->interval.low;
    full.high = figure->interval.high;
    full.n = figure->n;
    full.answered = figure->answered;
    full.coverage = figure->n ? (double)figure->answered / (double)figure->n : NAN;
    run->sink->row(run->sink->ctx, &full);
    protocol_finish(&whole);
}

static bool is_constant(const double *values, uint32_t n)
{
    bool constant = true;
    for (uint32_t i = 1; i < n; i++) {
        constant = constant && values[i] == values[0];
    }
    return constant;
}

/* Why n pairs have no correlation; NULL: they have. */
static const char *why_none(const double *scores, const double *gold, uint32_t n, uint32_t known)
{
    return known == 0               ? "no pair known"
           : n == 1                 ? "one pair"
           : is_constant(gold, n)   ? "ratings constant"
           : is_constant(scores, n) ? "scores constant"
                                    : NULL;
}

struct correlations figures_correlate(const struct suite_run *run, const struct scored *scored,
                                      bool zero)
{
    double *scores = mem_array((size_t)scored->n * 2 + 1, sizeof *scores);
    double *gold = scores + scored->n;
    uint32_t n = 0, known = 0;
    for (uint32_t i = 0; i < scored->n; i++) {
        bool has = !isnan(scored->scores[i]);
        known += has;
        if (has || zero) {
            scores[n] = has ? scored->scores[i] : 0;
            gold[n++] = scored->gold[i];
        }
    }
    struct bootstrap plan = figures_plan(run);
    struct correlations of = {.spearman = correlation_spearman(scores, gold, n),
                              .pearson = correlation_pearson(scores, gold, n),
                              .spearman_interval = bootstrap_spearman(&plan, scores, gold, n),
                              .pearson_interval = bootstrap_pearson(&plan, scores, gold, n),
                              .n = scored->n,
                              .known = known,
                              .reason = why_none(scores, gold, n, known)};
    free(scores);
    return of;
}

void figures_correlation_rows(const struct suite_run *run, const struct figure *row,
                              const struct protocol *protocol, struct split split,
                              const char *policy, const struct correlations *of)
{
    struct measured figure = {"spearman", split,    policy, of->spearman, of->spearman_interval,
                              of->n,      of->known};
    figures_row_because(run, row, protocol, &figure, isnan(of->spearman) ? of->reason : NULL);
    figure.metric = "pearson";
    figure.value = of->pearson;
    figure.interval = of->pearson_interval;
    figures_row_because(run, row, protocol, &figure, isnan(of->pearson) ? of->reason : NULL);
}

void figures_skip_and_zero(const struct suite_run *run, const struct figure *row,
                           const struct protocol *protocol, struct split split,
                           const struct scored *scored)
{
    struct correlations of = figures_correlate(run, scored, false);
    figures_correlation_rows(run, row, protocol, split, "skip", &of);
    const struct measured coverage = {
        "coverage", split, "skip",  of.n ? (double)of.known / of.n : NAN,
        {NAN, NAN}, of.n,  of.known};
    figures_row(run, row, protocol, &coverage);
    if (of.known < of.n) {
        of = figures_correlate(run, scored, true);
    }
    figures_correlation_rows(run, row, protocol, split, "zero", &of);
}

uint32_t figures_select(const struct scored *scored, const char *const *keys, const char *key,
                        double *ret_scores, double *ret_gold)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < scored->n; i++) {
        if (strcmp(keys[i], key) == 0) {
            ret_scores[n] = scored->scores[i];
            ret_gold[n++] = scored->gold[i];
        }
    }
    return n;
}
