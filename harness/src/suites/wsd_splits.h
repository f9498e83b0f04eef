/*
 * wsd_splits.h - the ways to cut a test set into kinds of instances. Internal to suites.
 *
 * A family gives each instance to one of its cells, or to none; a cell is a row of the report: the
 * name of its data set ("ALL", or a part of it) and of its split.
 */
#ifndef SUITES_WSD_SPLITS_H
#define SUITES_WSD_SPLITS_H

#include "math/bootstrap.h"
#include "suites/wsd.h"

#define WSD_NO_CELL UINT8_MAX

struct wsd_cell {
    char *dataset, *split;
    uint32_t begin, end; /* in its family's order */
};

struct wsd_family {
    uint32_t *order; /* instances by cell, then by number; those of no cell are left out */
    uint32_t n_order;
    struct wsd_cell *cells; /* [n_cells] */
    uint32_t n_cells;
    bool is_parts; /* its cells are the parts of the set */
};

struct wsd_splits {
    struct wsd_family *families; /* [n]; the first has one cell: the whole set, "all" */
    uint32_t n;
};

/* embedder: asked how it cuts the targets; NULL for systems without one. */
void wsd_splits_init(struct wsd_splits *splits, const struct wsd_task *task,
                     const struct wsd_test *test, struct embedder *embedder);
void wsd_splits_finish(struct wsd_splits *splits);

/* 95 % percentile bootstrap intervals of F1, over instances, of every system in every cell:
 * [n_systems, cells in order], free() it. ok[s][i]: what system s earned on instance i, 0…1;
 * could[i]: it was answered (the same for all). Not-a-number without resamples. */
struct interval *wsd_intervals(const struct suite_run *run, const struct wsd_splits *splits,
                               const double *const *ok, uint32_t n_systems, const uint8_t *could,
                               uint32_t n);

/* The same for one system in one cell, over documents: whole documents are drawn and all their
 * instances come along, since instances of one document are not independent. *ret_documents: how
 * many the cell has; of one alone nothing can be said, not-a-number. */
struct interval wsd_interval_by_document(const struct suite_run *run, const struct wsd_test *test,
                                         const struct wsd_family *family,
                                         const struct wsd_cell *cell, const double *ok,
                                         const uint8_t *could, uint32_t *ret_documents);

#endif /* SUITES_WSD_SPLITS_H */
