/*
 * figure_text.h - the typed parts of a figure as text: signatures and splits. The one place where
 * such texts are made; report/stored/version1.h is the one that takes them apart.
 */
#ifndef REPORT_FIGURE_TEXT_H
#define REPORT_FIGURE_TEXT_H

#include "base/str.h"
#include "report/figure.h"

/* "wsd|ALL(7253)|train:semcor|…|v1", appended. */
void protocol_write(const struct protocol *protocol, struct str *out);
/* Term i alone, with the number of items behind the data set: "ALL(7253)", "train:semcor". The
 * items as a term of their own are "". */
void protocol_write_term(const struct protocol *protocol, uint32_t i, struct str *out);
/* "all", "pos:NOUN", appended. */
void split_write(const struct split *split, struct str *out);
#define SPLIT_ALL_TEXT "all" /* of SPLIT_ALL */

#endif /* REPORT_FIGURE_TEXT_H */
