/* Turns one method's scores at all stages into a curve of gains. */
#include "suites/wsd/stages.h"

#include <string.h>

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
    attribution_write(&of->attribution, &curve);
    if (of->headline) {
        wsd_headline_keep(of->headline, &of->attribution, &curve);
    }
    stage_curve_finish(&curve);
}
