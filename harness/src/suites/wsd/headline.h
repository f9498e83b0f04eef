/*
 * headline.h - the figure to quote: choosing the best stage on the test set is overfitting, so
 * the stage is chosen on a development set, and the test set's own best is marked as such.
 *
 * For each method with several stages and each data set but the development set and sets that hold
 * it, two rows are copied from the stage they name:
 *   metric "f1-dev-chosen"  the stage with the greatest F1 on the development set (the first of
 *                           equals); "stage-chosen-on" in its protocol is NAME
 *   metric "f1-test-best"   the stage that is best on this very set; "|stage-chosen-on:itself"
 *
 * And for each method and data set the gain of context, attribution.h's "f1-contextual-gain": the
 * stage chosen on the development set minus "table"; where there is no such choice (no development
 * set, or it is in the data set), the last stage, "|stage-chosen-on:none".
 */
#ifndef SUITES_WSD_HEADLINE_H
#define SUITES_WSD_HEADLINE_H

#include "base/arena.h"
#include "report/result.h"
#include "suites/shared/attribution.h"
#include "suites/wsd/common.h"

#include <stddef.h>

/* A sink between a suite and its own: passes everything on and keeps the rows that matter. */
struct wsd_headline {
    struct result_sink *sink; /* the real one */
    struct result_sink own;   /* give this to the suite */
    struct figure *rows;      /* [n] F1 with back-off of whole sets, texts in `kept` */
    size_t n, capacity;
    struct kept_curve *curves; /* [n_curves] */
    size_t n_curves, curve_capacity;
    const struct suite_run *run;
    struct arena kept; /* texts and protocols */
};

/* The run's sink is the real one. */
void wsd_headline_init(struct wsd_headline *headline, const struct suite_run *run);
/* Copies both: curves of F1 of whole sets and parts. */
void wsd_headline_keep(struct wsd_headline *headline, const struct attribution *of,
                       const struct stage_curve *curve);
/* What the rows of the development set are called, for those of a data set, by the rule of
 * wsd_headline_write; NULL: there is none, or several, and no way to say which. */
const char *wsd_headline_dev(struct wsd_headline *headline, const struct wsd_task *task,
                             const char *asked, const char *dataset);
/* Writes the rows to the real sink. asked: what the rows of the development set are called; NULL:
 * the customary one, each set's own part of that name, else the only set or part of the run that is
 * called so. */
void wsd_headline_write(struct wsd_headline *headline, const struct wsd_task *task,
                        const char *asked);
void wsd_headline_finish(struct wsd_headline *headline);

#endif /* SUITES_WSD_HEADLINE_H */
