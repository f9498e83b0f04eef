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
static double f1(const struct wsd_stages *of, const double *ok)
{
    double top = 0;
    uint32_t bottom = 0;
    for (uint32_t o = of->cell->begin; o < of->cell->end; o++) {
        uint32_t i = of->family->order[o];
        top += ok[i];
        bottom += 1u + of->could[i];
    }
    return bottom ? 2 * top / bottom : 0;
}

static void write_by_document(const struct wsd_stages *of)
{
    const struct suite_request *request = of->attribution.run->request;
    size_t n_all = of->test->data->documents.n + 1u;
    double **tops = mem_array(of->n_stages, sizeof *tops);
    double *bottoms = mem_array(n_all, sizeof *bottoms);
    uint32_t n = 0;
    for (uint32_t s = 0; s < of->n_stages; s++) {
        tops[s] = mem_array(n_all, sizeof **tops);
        n = wsd_by_document(of->test, of->family, of->cell, of->ok[s], of->could, tops[s], bottoms);
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
        stage_curve_of_ratios(&curve, &plan, (const double *const *)tops, bottoms, n);
        write_curve(of, &attribution, &curve);
        stage_curve_finish(&curve);
        protocol_finish(&protocol);
    }
    for (uint32_t s = 0; s < of->n_stages; s++) {
        free(tops[s]);
    }
    free(tops);
    free(bottoms);
}

void wsd_write_stages(const struct wsd_stages *of)
{
    struct stage_curve curve;
    stage_curve_init(&curve, of->stages, of->n_stages, of->resampled->resamples);
    for (uint32_t s = 0; s < of->n_stages; s++) {
        curve.scores[s] = f1(of, of->ok[s]);
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
