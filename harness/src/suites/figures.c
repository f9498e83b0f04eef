#include "suites/figures.h"

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
        .seed = run->request->seed,
        .pool = run->embedder ? embedder_pool(run->embedder) : NULL,
    };
}

void figures_row(const struct suite_run *run, const struct result_row *row, const char *signature,
                 const struct figure *figure)
{
    struct result_row full = *row;
    struct str text = {0};
    str_add(&text, signature);
    if (figure->policy) {
        str_format(&text, "|policy:%s", figure->policy);
    }
    str_add(&text, "|v1");
    full.metric = figure->metric;
    full.split = figure->split;
    full.policy = figure->policy;
    full.signature = str_text(&text);
    full.value = figure->value;
    full.low = figure->interval.low;
    full.high = figure->interval.high;
    full.n = figure->n;
    full.answered = figure->answered;
    full.coverage = figure->n ? (double)figure->answered / (double)figure->n : NAN;
    run->sink->row(run->sink->ctx, &full);
    str_finish(&text);
}

void figures_correlations(const struct suite_run *run, const struct result_row *row,
                          const char *signature, const char *split, const char *policy,
                          const struct scored *scored)
{
    bool zero = strcmp(policy, "zero") == 0;
    double *scores = mem_array((size_t)scored->n * 2 + 1, sizeof *scores),
           *gold = scores + scored->n;
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
    struct figure figure = {"spearman",
                            split,
                            policy,
                            correlation_spearman(scores, gold, n),
                            bootstrap_spearman(&plan, scores, gold, n),
                            scored->n,
                            known};
    figures_row(run, row, signature, &figure);
    figure.metric = "pearson";
    figure.value = correlation_pearson(scores, gold, n);
    figure.interval = bootstrap_pearson(&plan, scores, gold, n);
    figures_row(run, row, signature, &figure);
    free(scores);
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
