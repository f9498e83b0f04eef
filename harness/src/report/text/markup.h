/*
 * markup.h - texts in Markdown and in LaTeX: whatever they hold stands there as it is, in one line.
 * (HTML: html/html.h. XML and JSON: data/xml.h, base/json_write.h. BibTeX: bibtex.c.)
 */
#ifndef REPORT_TEXT_MARKUP_H
#define REPORT_TEXT_MARKUP_H

#include "base/str.h"

/* Appended; as in the cell of a pipe table, which ends with its line. */
void markup_markdown(const char *text, struct str *out);
/* Appended; minus, times, dashes in LaTeX's own way. */
void markup_latex(const char *text, struct str *out);

#endif /* REPORT_TEXT_MARKUP_H */
