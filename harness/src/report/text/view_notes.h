/*
 * view_notes.h - what a table must say beside its figures, so that it cannot be misread.
 */
#ifndef REPORT_TEXT_VIEW_NOTES_H
#define REPORT_TEXT_VIEW_NOTES_H

#include "report/text/view.h"

#define VIEW_DRAWN "=" /* in a cell, before what is expected of drawing among the tied */

/* "wsd: f1 x 100". free() it. */
char *view_title(const struct view_table *table, const char *value, bool times_100);
/* How many items, which policy and split, how stages were chosen, what brackets and bold mean.
 * free() it. */
char *view_notes(const struct view_table *table, bool intervals);

#endif /* REPORT_TEXT_VIEW_NOTES_H */
