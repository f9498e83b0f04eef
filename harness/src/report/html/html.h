/*
 * html.h - pages that need nothing but themselves: the frame, the style and the texts in it. What
 * comes from outside (names, sentences, messages) passes html_text() or html_name() and cannot
 * become markup.
 *
 * Streams keep their first error; the caller that commits the file reports it.
 */
#ifndef REPORT_HTML_HTML_H
#define REPORT_HTML_HTML_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The page up to and with <main>: head, style, a band with `title` and, under it, `subtitle` (NULL
 * = none). Light and dark, for print, from 390 pixels on. */
void html_page_begin(FILE *out, const char *title, const char *subtitle);
/* script: adds the buttons that sort and filter tables of class "sortable". */
void html_page_end(FILE *out, int script);

/* A page in a file of its own, there as a whole or not at all. Numbers have points while `write`
 * writes, whatever a library has made of the locale. Returns 0 or an error code. */
int html_write_file(const char *path, void (*write)(void *ctx, FILE *out), void *ctx);

/* UTF-8 as text of an element or of a quoted attribute. NULL writes nothing. A control character
 * that HTML forbids is shown as its picture (U+2401 for U+0001), a byte that is no UTF-8 as U+FFFD.
 */
void html_text(FILE *out, const char *text);
void html_text_n(FILE *out, const char *text, size_t n);
/* The same, appended. */
void html_append(const char *text, struct str *out);
/* The same as an element of its own that keeps its writing direction to itself. */
void html_name(FILE *out, const char *text);

/* A figure with one decimal and a true minus sign. */
void html_figure(FILE *out, double value);
/* "58.0 to 64.1"; nothing if an end is not finite. */
void html_interval(FILE *out, double low, double high);
/* "1.2 GB": bytes for people, powers of 1000. */
void html_bytes(FILE *out, uint64_t bytes);
/* 12 345 678 with narrow spaces. */
void html_count(FILE *out, uint64_t count);

/* A box that scrolls by itself, by keyboard too, so that the page never does; `label` names it. */
void html_scroll_begin(FILE *out, const char *label);
void html_scroll_end(FILE *out);

#endif /* REPORT_HTML_HTML_H */
