/* Writes where along the stages accuracy is earned. */
#include "suites/wic/wic.h"

#include "base/mem.h"
#include "suites/shared/attribution.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>

/* The curve of one split; false if it has no pair. */
static bool make_curve(const struct wic_staged *staged, uint32_t split, struct stage_curve *curve,
                       uint32_t *ret_n, uint32_t *ret_known)
{
    const struct wic_scoring *scoring = &staged->scoring;
    const struct context_set *set = scoring->set;
    const struct wic_share share = {.split = split};
    double **numerators = mem_array(staged->n_stages, sizeof *numerators);
    uint32_t n = 0;
    *ret_known = 0;
    for (uint32_t s = 0; s < staged->n_stages; s++) {
        numerators[s] = mem_array(set->n_pairs + 1, sizeof **numerators);
        n = 0;
        for (size_t p = 0; p < set->n_pairs; p++) {
            if (wic_belongs(set, &share, p)) {
                numerators[s][n++] = staged->right[s][p];
                *ret_known += s == 0 && !isnan(scoring->cosines[p]);
            }
        }
    }
    struct bootstrap plan = figures_plan(scoring->run);
    stage_curve_init(curve, staged->stages, staged->n_stages, plan.resamples);
    stage_curve_of_ratios(curve, &plan, (const double *const *)numerators, NULL, n);
    for (uint32_t s = 0; s < staged->n_stages; s++) {
        free(numerators[s]);
    }
    free(numerators);
    *ret_n = n;
    return n > 0;
}

/* The stage with the greatest accuracy on dev, the first of equals; the last where there is none.
 */
static uint32_t choose_stage(const struct wic_staged *staged, const char **ret_chosen_on)
{
    struct stage_curve curve;
    uint32_t n, known, best = 0;
    bool has_dev = make_curve(staged, CONTEXT_DEV, &curve, &n, &known);
    for (uint32_t s = 1; s < staged->n_stages; s++) {
        best = curve.scores[s] > curve.scores[best] ? s : best;
    }
    *ret_chosen_on = has_dev ? "dev" : "none";
    best = has_dev ? best : stage_curve_last(&curve);
    stage_curve_finish(&curve);
    return best;
}

void wic_write_stages(struct wic_staged *staged)
{
    const char *chosen_on;
    uint32_t chosen = choose_stage(staged, &chosen_on);
    for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
        struct stage_curve curve;
        uint32_t n, known;
        if (make_curve(staged, split, &curve, &n, &known)) {
            char *dataset = contexts_dataset(staged->scoring.set, split);
            struct protocol protocol = {0};
            wic_protocol(&staged->scoring, split, n, NULL, &protocol);
            staged->scoring.row.dataset = dataset;
            const struct attribution of = {.run = staged->scoring.run,
                                           .row = &staged->scoring.row,
                                           .metric = "accuracy",
                                           .ending = "",
                                           .protocol = &protocol,
                                           .n = n,
                                           .answered = known};
            bool own = split == CONTEXT_DEV; /* the choice would be made on the very pairs */
            attribution_write(&of, &curve);
            attribution_write_contextual(&of, &curve, own ? stage_curve_last(&curve) : chosen,
                                         own ? "none" : chosen_on);
            protocol_finish(&protocol);
            free(dataset);
        }
        stage_curve_finish(&curve);
    }
}
