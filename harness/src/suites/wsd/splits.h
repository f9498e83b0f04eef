/*
 * splits.h - the ways to cut a test set into kinds of instances. Internal to suites.
 *
 * A family gives each instance to one of its cells, or to none; a cell is a row of the report: the
 * name of its data set ("ALL", or a part of it) and of its split.
 */
#ifndef SUITES_WSD_SPLITS_H
#define SUITES_WSD_SPLITS_H

#include "math/bootstrap.h"
#include "suites/shared/vocabulary.h"
#include "suites/wsd/common.h"

#define WSD_NO_CELL UINT8_MAX

struct wsd_cell {
    char *dataset;
    struct split split;
    uint32_t begin, end; /* in its family's order */
    uint32_t units;      /* drawn whole for its interval; 0: its instances are drawn */
};

struct wsd_family {
    uint32_t *order; /* instances by cell, then by number; those of no cell are left out */
    uint32_t n_order;
    struct wsd_cell *cells; /* [n_cells] */
    uint32_t n_cells;
    bool is_parts; /* its cells are the parts of the set */
};

/* What is drawn for an interval, all its instances with it, since they are not independent: the
 * documents of running text, the lemmas of sets that gather occurrences of chosen words. */
struct wsd_units {
    uint32_t *of; /* [n_instances] number of its unit; NULL: instances are drawn */
    uint32_t n;
    const char *name; /* "documents", "lemmas"; "instances" */
};

/* A cell of fewer than BOOTSTRAP_FEW units has its instances drawn: so few stand for no population.
 */
struct wsd_splits {
    struct wsd_family *families; /* [n]; the first has one cell: the whole set, "all" */
    uint32_t n;
    struct wsd_units units;
    struct vocabulary vocabulary; /* targets that the embedder lacks, or cuts into pieces */
};

/* By the run's option "unit". Free `of`. */
struct wsd_units wsd_units_of(const struct suite_request *request, const struct wsd_test *test);

/* The run's option "unit" says what is drawn, and its embedder how it cuts the targets (NULL for
 * systems without one). unknown: [n_instances] 1 where it lacks the target; NULL: it lacks none, or
 * that is not known. */
void wsd_splits_init(struct wsd_splits *splits, const struct suite_run *run,
                     const struct wsd_task *task, const struct wsd_test *test,
                     const uint8_t *unknown);
void wsd_splits_finish(struct wsd_splits *splits);

/* Every system's F1 in every cell, resample by resample, over the cell's units. */
struct wsd_resampled {
    double *values; /* [n_systems, n_cells, resamples]; cells in the order of the families */
    uint32_t n_cells, resamples;
};

/* correct[s][i]: what system s earned on instance i, 0…1; answerable[i]: it was answered (the same
 * for all). Free with wsd_resampled_finish. */
struct wsd_resampled wsd_resample(const struct suite_run *run, const struct wsd_splits *splits,
                                  const double *const *correct, uint32_t n_systems,
                                  const uint8_t *answerable, uint32_t n);
void wsd_resampled_finish(struct wsd_resampled *resampled);
/* [resamples] of one system in one cell. */
const double *wsd_resampled_values(const struct wsd_resampled *resampled, uint32_t system,
                                   uint32_t cell);
/* Their 95 % percentile interval; not-a-number without resamples. */
struct interval wsd_resampled_interval(const struct wsd_resampled *resampled, uint32_t system,
                                       uint32_t cell);

#endif /* SUITES_WSD_SPLITS_H */
