/*
 * table.h - the parts of the table for people: what a terminal can show, and the two layouts.
 */
#ifndef REPORT_TEXT_TABLE_H
#define REPORT_TEXT_TABLE_H

#include "report/summary.h"
#include "report/tied.h"

#include <stdio.h>

struct table {
    FILE *out;
    int columns;
    bool unicode;                              /* else ASCII */
    const char *bold, *dim, *good, *bad, *off; /* terminal sequences, or "" */
    const struct tied_figures *tied;
};

/* Text in a place `width` columns wide, cut if it is longer; what a terminal could take for a
 * command is shown as '?'. */
void table_put(const struct table *table, const char *text, int width, bool right);
int table_width(const char *text); /* columns it takes */
/* A value with one decimal; sign: '+' before a gain. Empty if it is not finite. */
void table_figure(const struct table *table, double value, int width, bool sign);
/* The curve of a cell over the stages of its set in `width` columns: the greatest value that falls
 * into each. */
void table_curve(const struct table *table, const struct summary_set *set,
                 const struct summary_cell *cell, int width);
/* Values [n] between the greatest and the least of a plot, a column each. */
void table_spark(const struct table *table, const double *values, int n, double low, double high);
/* "41/353": items answered of all; "" if it is all of them, or unknown. */
void table_answered(const struct table *table, const struct figure *row, int width);
/* What a reader must know of the figures of a set: a line a system; returns whether there was one.
 * named: with the data set's name. */
bool table_caveats(const struct table *table, const struct summary_suite *suite, uint32_t set,
                   bool named);
/* How the stages shown were chosen, on `n` sets from `first` on: a line for each rule that was
 * followed. */
void table_stage_rule(const struct table *table, const struct summary_suite *suite, uint32_t first,
                      uint32_t n);
/* What the figures of a set, the one shown and the one at the look-up table, would be without the
 * rule for ties, where that moves much: a line a figure; returns whether there was one. */
bool table_ties(const struct table *table, const struct summary_suite *suite, uint32_t set,
                bool named);
/* The same of a text of ours, whose signs are plain where the terminal has no more than ASCII. */
void table_signs(const struct table *table, const char *text, int width, bool right);
/* A sentence broken at blanks where the width is reached, of which no more is read easily. */
void table_wrapped(const struct table *table, const char *text);
/* A bar from 0 to 1. */
void table_bar(const struct table *table, double value, int width);
/* "minilm nn", "first-sense"; free() it. */
char *table_name(const struct summary_system *system);
/* What the mark "#" behind a figure means. */
#define TABLE_SELF_FITTED "#: the threshold is fitted on these very items, with hindsight\n"

/* A block per data set, a line per system: for suites that take no more than a few screens. */
void write_table_sets(const struct table *table, const struct summary_suite *suite);
/* Data sets side by side, figure, stage and curve of each; where systems are many a line per
 * embedder. */
void write_table_matrix(const struct table *table, const struct summary_suite *suite);
/* Of models seen at several times of their training: held-out loss, and each set's figure at the
 * table, a middle stage and the last, over the tokens. */
void write_table_training(const struct table *table, const struct summary *summary,
                          const struct result_tree *tree);

/* What each readout of an embedder says that its parts add, and where the readouts agree. */
void write_table_readouts(const struct table *table, const struct result_tree *tree);

#endif /* REPORT_TEXT_TABLE_H */
