/*
 * cells.h - tables of ready texts, as `compare` makes them, in the markup of a format.
 */
#ifndef REPORT_TEXT_CELLS_H
#define REPORT_TEXT_CELLS_H

#include "base/str.h"

#include <stdint.h>

struct cell_table {
    const char *title;
    struct str *cells; /* [1 + n_rows][n_columns]: headings, then the rows */
    struct str note;   /* below the table; empty: none */
    uint32_t n_rows;
};

struct cell_tables {
    const char *align; /* [n_columns] 'l' or 'r' */
    struct cell_table *tables;
    uint32_t n, n_columns;
    struct str opening; /* lines above all: what a reader must know first; empty: none */
    struct str closing; /* a paragraph below all */
};

/* What a format puts around texts. */
struct cell_markup {
    const char *begin_title, *end_title, *begin_table, *end_table;
    const char *begin_head, *end_head, *begin_row, *end_row;
    const char *head_cell, *between_heads, *cell, *between_cells;
    void (*escape)(const char *text, struct str *out);
};

void cells_write(const struct cell_tables *tables, const struct cell_markup *markup,
                 struct str *out);
void cells_write_html(const struct cell_tables *tables, struct str *out);
void cells_write_markdown(const struct cell_tables *tables, struct str *out);
void cells_write_latex(const struct cell_tables *tables, struct str *out);

#endif /* REPORT_TEXT_CELLS_H */
