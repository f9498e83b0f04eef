/*
 * bibtex.h - what to cite for a report, as BibTeX: the harness, each model and plugin, each data
 * set, with the licences of the files as notes.
 */
#ifndef REPORT_BIBTEX_H
#define REPORT_BIBTEX_H

#include "report/tree.h"

#include <stdio.h>

/* Each work once. Citations that are written as "A, B: Title. Venue 2017", "A & B (2017). Title.
 * Venue" or "A et al. 2017, Title", several between semicolons, become fields; others a note. */
void report_write_bibtex(const struct result_tree *tree, FILE *stream);

#endif /* REPORT_BIBTEX_H */
