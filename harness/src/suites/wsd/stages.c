/* Turns one method's scores at all stages into a curve of gains. */
#include "suites/wsd/stages.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void write_curve(const struct wsd_stages *of, const struct attribution *attribution,
                        const struct stage_curve *curve)
{
    attribution_write(attribution, curve);
    if (of->headline) {
        wsd_headline_keep(of->headline, attribution, curve);
    }
}

/* F1 of one stage in the cell, by the same sums as its row. */
static double f1(const struct wsd_stages *of, const double *correct)
{
    double numerator = 0;
    uint32_t denominator = 0;
    for (uint32_t o = of->cell->begin; o < of->cell->end; o++) {
        uint32_t i = of->family->order[o];
        numerator += correct[i];
        denominator += 1u + of->answerable[i];
    }
    return denominator ? 2 * numerator / denominator : 0;
}

static void write_by_document(const struct wsd_stages *of)
{
    const struct suite_request *request = of->attribution.run->request;
    size_t n_all = of->test->data->documents.n + 1u;
    double **numerators = mem_array(of->n_stages, sizeof *numerators);
    double *denominators = mem_array(n_all, sizeof *denominators);
    uint32_t n = 0;
    for (uint32_t s = 0; s < of->n_stages; s++) {
        numerators[s] = mem_array(n_all, sizeof **numerators);
        n = wsd_by_document(of->test, of->family, of->cell, of->correct[s], of->answerable,
                            numerators[s], denominators);
    }
    if (n > 1) {
        struct bootstrap plan = {.resamples = request->resamples, .seed = request->seed};
        struct attribution attribution = of->attribution;
        struct stage_curve curve;
        struct protocol protocol = {0};
        protocol_append(&protocol, of->attribution.protocol, PROTOCOL_OTHER);
        protocol_format(&protocol, PROTOCOL_INTERVAL, "documents(%u)", n);
        attribution.ending = "-by-document";
        attribution.protocol = &protocol;
        stage_curve_init(&curve, of->stages, of->n_stages, request->resamples);
        stage_curve_of_ratios(&curve, &plan, (const double *const *)numerators, denominators, n);
        write_curve(of, &attribution, &curve);
        stage_curve_finish(&curve);
        protocol_finish(&protocol);
    }
    for (uint32_t s = 0; s < of->n_stages; s++) {
        free(numerators[s]);
    }
    free(numerators);
    free(denominators);
}

void wsd_write_stages(const struct wsd_stages *of)
{
    struct stage_curve curve;
    stage_curve_init(&curve, of->stages, of->n_stages, of->resampled->resamples);
    for (uint32_t s = 0; s < of->n_stages; s++) {
        curve.scores[s] = f1(of, of->correct[s]);
        memcpy(curve.resampled + (size_t)s * curve.resamples,
               wsd_resampled_values(of->resampled, of->first_system + s, of->cell_number),
               curve.resamples * sizeof *curve.resampled);
    }
    write_curve(of, &of->attribution, &curve);
    stage_curve_finish(&curve);
    if (of->has_documents) {
        write_by_document(of);
    }
}
