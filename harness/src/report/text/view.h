/*
 * view.h - figures of a report as tables of rows and columns, one table a suite: what the Markdown
 * and the LaTeX writer lay out.
 */
#ifndef REPORT_TEXT_VIEW_H
#define REPORT_TEXT_VIEW_H

#include "base/str.h"
#include "report/tree.h"

struct view_options {
    const char *rows;    /* text columns of results[], "embedder,stage"; NULL: embedder, and every
                            column that is needed to tell figures apart */
    const char *columns; /* likewise; NULL: dataset */
    const char *value;   /* number column; NULL: value */
    bool intervals;      /* [low, high] beside each value */
    int digits;          /* after the point; -1: 1 where figures are times 100, else 3 */
};

struct view_cell {
    const struct figure *row; /* NULL: there is no such figure */
    char *text;               /* "72.1", "72.1 (6)" with the stage where rows do not say it */
    char *interval;           /* "[70.2, 73.9]", NULL: not wanted or not there */
    bool best;                /* of its column and metric, baselines aside */
};

struct view_table {
    const char *suite;
    char *title;              /* "wsd: f1 x 100" */
    char *notes;              /* n, policy, how stages were chosen, …; sentences */
    const char **label_names; /* [n_labels] names of what stands before the cells */
    const char ***labels;     /* [n_rows][n_labels] NULL: none */
    char **columns;           /* [n_columns] headings */
    struct view_cell **cells; /* [n_rows][n_columns] */
    uint32_t n_labels, n_rows, n_columns;
};

struct view {
    struct view_table *tables; /* [n_tables] */
    uint32_t n_tables;
};

/* ERR_REQUEST: an option names no such column, or two figures fall into one cell (the message says
 * in what they differ). The tree must outlive the view. Free with view_finish. */
int view_build(const struct result_tree *tree, const struct view_options *options,
               struct view *ret_view);
void view_finish(struct view *view);

#endif /* REPORT_TEXT_VIEW_H */
