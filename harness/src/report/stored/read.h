/*
 * read.h - a report back from its files: the result tree that a writer made them from.
 *
 * Read are reports of schema harness-report/2 and harness-report/1 and of later minors
 * (harness-report/2.N), as JSON or XML, distinguished by their first character. Fields that this
 * version does not know are left out with one warning that names them; a report that lacks a field
 * which it needs, has a value of a wrong type, or fields that contradict each other, is refused. In
 * version 1 stages, splits and protocols were texts: version1.h.
 */
#ifndef REPORT_STORED_READ_H
#define REPORT_STORED_READ_H

#include "report/tree.h"

/* A report without its items. path: a file, or "-" for standard input (JSON alone). Errors, all
 * ERR_REQUEST, name the file, the place, what was found and what was expected. Free with
 * result_tree_finish. */
int report_read(const char *path, struct result_tree *ret_tree);

/* Where the records of a report in `path` are, which it says that it has; free() it. */
char *report_items_path(const char *path, const struct result_tree *report);
/* The per-item records of a report in `path`, packed or not, one by one: take(ctx, item) != 0 stops
 * and is returned, with the file and the line before its message. An item's texts live until take
 * returns. Nothing is done for a report without records. */
int report_read_items(const char *path, const struct result_tree *report,
                      int (*take)(void *ctx, const struct result_item *item), void *ctx);

#endif /* REPORT_STORED_READ_H */
