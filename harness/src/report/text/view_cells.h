/*
 * view_cells.h - what stands in the cells of a view's tables. Internal to view.
 */
#ifndef REPORT_TEXT_VIEW_CELLS_H
#define REPORT_TEXT_VIEW_CELLS_H

#include "report/fields.h"
#include "report/text/view.h"
#include "report/tied.h"

/* How the figures of a table are written. */
struct view_look {
    const struct field *field; /* the number column that is shown */
    const struct field *low, *high, *sd;
    double scale;   /* figures are shown times this: 1 or 100 */
    int digits;     /* after the point */
    bool is_value;  /* `field` is the value itself */
    bool intervals; /* [low, high] beside it */
    const struct tied_figures *tied; /* NULL: none is */
    bool stages;    /* neither a label nor a heading says them: each cell does */
};

/* name: of the number column; all_shares: every figure of the table is shown times 100. */
struct view_look view_look(const struct view_options *options, const char *name, bool all_shares);

/* The texts of a cell that has a row. */
void view_fill_cell(const struct view_look *look, struct view_cell *cell);
/* Marks the best of a column among figures of one metric and split; what prints the same as the
 * best is as good. */
void view_mark_best(const struct view_look *look, struct view_table *table, uint32_t column);

/* Was the figure's stage chosen, by the suite or by a selection? */
bool view_is_chosen(const struct figure *row);

#endif /* REPORT_TEXT_VIEW_CELLS_H */
