/*
 * page.h - the parts of the page of an explanation, a file for each kind.
 */
#ifndef COMMANDS_EXPLAIN_PAGE_H
#define COMMANDS_EXPLAIN_PAGE_H

#include "commands/explain/explain.h"
#include "report/html/page.h"

struct explain_page {
    FILE *out;
    const struct explain_question *q;
    const struct explanation *list; /* [n] */
    uint32_t n;
    const char *command;
};

/* page_charts.c: of vectors. */
void write_page_overview(const struct explain_page *page); /* a curve an embedder */
void write_page_pairs(const struct explain_page *page, const struct explanation *e);
void write_page_senses(const struct explain_page *page, const struct explanation *e);

/* page_tables.c: of vectors, too. */
void write_page_stages(const struct explain_page *page, const struct explanation *e);
void write_page_matrix(const struct explain_page *page, const struct explanation *e);

/* page_looks.c: what the model looks at and expects. */
void write_page_attention(const struct explain_page *page, const struct explain_attention *a,
                          uint32_t sentence);
void write_page_prediction(const struct explain_page *page, const struct explain_prediction *p);

/* page.c: what they share. Closes box and figure of page_figure_begin, a note between (NULL
 * = none). */
void write_page_figure_end(FILE *out, const char *note);
/* Three decimals and a true minus sign; a dash for NAN. */
void write_page_cosine(FILE *out, double value);
/* What a cell is tinted by: a share, as a custom property of page.css. */
void write_page_tint(FILE *out, double share);

#endif /* COMMANDS_EXPLAIN_PAGE_H */
