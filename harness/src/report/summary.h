/*
 * summary.h - a result tree as a reader looks at it: per suite its data sets and its systems, and
 * where the two meet the figure that stands for them, its curve over the stages and what else is
 * known of it. The table and the page are drawn from this.
 *
 * The headline figure of a data set is the metric of highest role (report/metric.h) that its suite
 * gives for all items, by its first policy; where several embedders are compared on the items that
 * all of them know (policy "common"), that one, with the first beside it. Metrics that are declared
 * to stand alone make a set each of one data set. A system is an embedder with a method. All texts
 * and rows belong to the tree.
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "base/arena.h"
#include "report/metric.h"
#include "report/tree.h"

/* What a page or a table for people can hold. A suite that is beyond it is left out, and a sentence
 * says so. */
enum {
    SUMMARY_MOST_SYSTEMS = 5000,       /* of a suite */
    SUMMARY_MOST_STAGES = 5000,        /* of a data set */
    SUMMARY_MOST_CELLS = 50000,        /* data sets times systems, over the suites */
    SUMMARY_MOST_STAGE_CELLS = 1000000 /* stages times systems, over the data sets */
};

/* Rows in the order of the tree. */
struct summary_rows {
    const struct figure **rows; /* [n] */
    uint32_t n;
    size_t capacity;
};

struct summary_set {
    const char *dataset, *metric, *policy;
    const char *beside; /* policy whose figure stands beside the headline one; NULL: none */
    uint64_t n;         /* items */
    double scale;       /* figures are shown times this: 100 for shares and correlations, else 1 */
    enum metric_direction direction;
    bool alone;           /* one of several metrics of the data set */
    struct stage *stages; /* [n_stages] of all systems, in the order of the forward pass, other
                           * points and combinations behind it as they came */
    uint32_t n_stages;
    size_t stage_capacity;
};

struct summary_system {
    const char *embedder, *method;
    bool baseline, is_static;
    uint32_t number; /* of the embedder among those of the suite, 0 for baselines */
};

/* A system on a data set. NULL where there is no such row. */
struct summary_cell {
    struct summary_rows stages;  /* the headline figure at each stage; one row for baselines */
    const struct figure *table;  /* at the look-up table */
    const struct figure *best;   /* at the stage that is best on this very set */
    const struct figure *chosen; /* at the stage chosen on a development set */
    const struct figure *gain;   /* METRIC-contextual-gain */
    const struct figure *last;   /* at the last stage, of a set that is `alone` */
    const struct figure *beside; /* the figure of policy `beside`, at the stage shown */
    const struct figure *empty;  /* a headline figure without a value, where none has one */
    struct summary_rows gains;   /* METRIC-gain by stage */
    struct summary_rows parts;   /* METRIC-gain-total: all of it, part:attention … */
    struct summary_rows splits;  /* the headline figure by split, at the stage shown */
    struct summary_rows others;  /* other figures of all items, at the stage shown */
};

struct summary_suite {
    const char *suite;
    struct summary_set *sets; /* [n_sets] */
    uint32_t n_sets;
    size_t set_capacity;
    struct summary_system *systems; /* [n_systems], baselines first */
    uint32_t n_systems;
    size_t system_capacity;
    const char **embedders; /* [n_embedders] in the order of the tree */
    uint32_t n_embedders;
    size_t embedder_capacity;
    struct summary_cell *cells; /* [n_sets, n_systems] */
    uint32_t *best_systems;     /* [n_sets, n_embedders] summary_best_system() */
};

struct summary {
    struct summary_suite *suites; /* [n_suites] in the order of the tree */
    uint32_t n_suites;
    size_t suite_capacity;
    char **left_out; /* [n_left_out] a sentence for each suite that is too large */
    uint32_t n_left_out;
    size_t left_out_capacity;
};

/* tree must outlive the summary and stay as it is. */
void summary_init(struct summary *summary, const struct result_tree *tree);
void summary_finish(struct summary *summary);

const struct summary_cell *summary_cell(const struct summary_suite *suite, uint32_t set,
                                        uint32_t system);
/* The row that stands for a cell: chosen on a development set; else where the contextual gain is
 * measured (the last stage, if none was chosen); else the last stage, of a set that is `alone`;
 * else the best. NULL if the cell is empty. */
const struct figure *summary_shown(const struct summary_cell *cell);
/* The same row, or where no headline figure has a value the first of them, which says why. */
const struct figure *summary_said(const struct summary_cell *cell);
/* Were items left unanswered, and more than half of them? Of the figure that chose its own items:
 * the one beside, where there is one. */
bool summary_is_partial(const struct summary_cell *cell);
bool summary_is_below_half(const struct summary_cell *cell);
/* What a reader must know of a figure: its reason, or that less than half was answered; free() it.
 * NULL: nothing. */
char *summary_caveat(const struct summary_cell *cell);
/* Is the row shown the best on this very set, chosen with hindsight? */
bool summary_is_test_best(const struct summary_cell *cell);
/* Is it fitted on this very set, figure_is_self_fitted()? */
bool summary_is_self_fitted(const struct summary_cell *cell);
/* The figure that no reading of one vector per word can pass on a set, where the suite declares
 * such a baseline; NULL: there is none. */
const struct figure *summary_ceiling(const struct summary_suite *suite, uint32_t set);
/* The row of a cell at a stage, NULL if there is none. */
const struct figure *summary_at(const struct summary_cell *cell, const char *stage);
/* The system of an embedder with the best figure shown on a set; n_systems if it has none. */
uint32_t summary_best_system(const struct summary_suite *suite, uint32_t set, uint32_t embedder);

#endif /* REPORT_SUMMARY_H */
