/*
 * stages.h - one method at several stages of one embedder, on a whole set or a part of it:
 * where along the stages its F1 is earned. Internal to suites.
 */
#ifndef SUITES_WSD_STAGES_H
#define SUITES_WSD_STAGES_H

#include "suites/shared/attribution.h"
#include "suites/wsd/headline.h"
#include "suites/wsd/splits.h"

struct wsd_stages {
    struct attribution attribution;
    const struct wsd_test *test;
    const struct wsd_family *family;
    const struct wsd_cell *cell; /* of the family */
    const struct stage *stages;  /* [n_stages] */
    uint32_t n_stages;
    const double *const *correct; /* [n_stages][n_instances] what each earned, 0…1: of ties what is
                                   * expected, so that no rule for them looks like a gain */
    const uint8_t *answerable;    /* [n_instances] it was answered */
    const struct wsd_resampled *resampled;
    uint32_t first_system, cell_number; /* where the stages begin in it */
    struct wsd_headline *headline;      /* keeps the curves; NULL: none */
};

/* Rows of attribution.h, metric "f1". */
void wsd_write_stages(const struct wsd_stages *of);

#endif /* SUITES_WSD_STAGES_H */
