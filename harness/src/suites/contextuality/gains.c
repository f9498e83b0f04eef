/* Rows of how contextuality changes from stage to stage. */
#include "suites/contextuality/contextuality.h"

#include "base/mem.h"
#include "suites/shared/attribution.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>

/* What a group adds to the mean that is attributed: of a lemma how well its senses are apart, of a
 * word how alike its occurrences are. */
static double value_of(const struct contextuality_figures *figures, bool of_lemmas)
{
    return of_lemmas ? figures->within - figures->across : figures->self_similarity;
}

/* Gains along the stages of the mean over lemmas or words, each of which is known at every stage or
 * at none; resampled over them. slot: of the method's first stage. */
static void write_gains(const struct attribution *like, const struct contextuality_text *text,
                        const struct contextuality_scores *scores, uint32_t slot, bool of_lemmas)
{
    uint32_t n_stages = scores->n_stages, n = 0, n_all = 0;
    double **values = mem_array(n_stages, sizeof *values);
    struct stage *stages = mem_array(n_stages, sizeof *stages);
    for (uint32_t s = 0; s < n_stages; s++) {
        values[s] = mem_array(text->n_groups + 1u, sizeof **values);
        stages[s] = *embedder_stage(like->run->embedder, s);
    }
    for (uint32_t g = 0; g < text->n_groups; g++) {
        bool known = (text->groups[g].n_senses > 0) == of_lemmas;
        n_all += known;
        for (uint32_t s = 0; s < n_stages && known; s++) {
            const struct contextuality_figures *groups =
                scores->groups + (size_t)(slot + s) * text->n_groups;
            values[s][n] = value_of(&groups[g], of_lemmas);
            known = !isnan(values[s][n]);
        }
        n += known;
    }
    if (n > 0) {
        struct attribution of = *like;
        struct bootstrap plan = figures_plan(of.run);
        struct stage_curve curve;
        of.metric = of_lemmas ? "sense-separation" : "self-similarity";
        of.n = n_all;
        of.answered = n;
        stage_curve_init(&curve, stages, n_stages, plan.resamples);
        stage_curve_of_ratios(&curve, &plan, (const double *const *)values, NULL, n);
        attribution_write(&of, &curve);
        attribution_write_contextual(&of, &curve, stage_curve_last(&curve), "none");
        stage_curve_finish(&curve);
    }
    for (uint32_t s = 0; s < n_stages; s++) {
        free(values[s]);
    }
    free(values);
    free(stages);
}

void contextuality_report_gains(const struct suite_run *run, const struct contextuality_plan *plan,
                                const struct contextuality_text *text,
                                const struct contextuality_scores *scores)
{
    for (uint32_t m = 0; m < CONTEXTUALITY_N_METHODS && scores->n_stages > 1; m++) {
        if (!plan->wanted[m]) {
            continue;
        }
        const struct figure row = {
            .suite = "contextuality",
            .dataset = text->name,
            .embedder = embedder_name(run->embedder),
            .kind = embedder_kind(run->embedder),
            .method = contextuality_method_names[m],
        };
        struct protocol protocol = {0};
        contextuality_protocol(plan, text, scores, (enum contextuality_method)m, NULL, &protocol);
        const struct attribution like = {
            .run = run, .row = &row, .ending = "", .protocol = &protocol, .policy = "raw"};
        write_gains(&like, text, scores, m * scores->n_stages, true);
        write_gains(&like, text, scores, m * scores->n_stages, false);
        protocol_finish(&protocol);
    }
}
