/*
 * formats.h - what a report can be written as. `run`, `report` and `compare` take formats from here
 * alone: their help, completion, refusals and file endings follow.
 */
#ifndef REPORT_FORMATS_H
#define REPORT_FORMATS_H

#include "report/text/cells.h"
#include "report/text/view.h"
#include "report/tree.h"

#include <stdbool.h>

struct readouts; /* readouts.h */

/* What a writer can be asked for beyond the tree. */
struct report_look {
    struct view_options view;
    const struct readouts *readouts; /* of the whole report, behind tables of its headline figures;
                                        NULL: not wanted */
    bool no_color;
    bool summary; /* of pages: what matters alone */
};

struct report_format {
    const char *name;   /* "csv" */
    const char *about;  /* one line */
    const char *ending; /* ".csv": of files that are written so; NULL: none says it */
    /* A whole report to a file, "-": standard output. One of the two; errors name the file, and on
     * failure nothing is left behind. */
    int (*write)(const struct result_tree *tree, const char *path);
    int (*write_look)(const struct result_tree *tree, const struct report_look *look,
                      const char *path);
    /* Comparisons, for `compare`; NULL: it does not offer the format. */
    void (*write_cells)(const struct cell_tables *tables, struct str *out);
    bool cells_escaped; /* no control character of a name comes through write_cells */
    enum { REPORT_NO_ITEMS, REPORT_ITEMS_BESIDE, REPORT_ITEMS_WITHIN } items; /* records go there */
    bool of_view;  /* goes by look.view; shows headline figures unless more is asked for */
    bool with_run; /* every run writes it beside the others */
};

extern const struct report_format *const report_formats[]; /* NULL-terminated; first: the default */

/* The format of a name. ERR_REQUEST names the option and lists what there is. */
int report_format_find(const char *option, const char *name,
                       const struct report_format **ret_format);
/* The format that a path's ending says; NULL: none. */
const struct report_format *report_format_of_file(const char *path);
int report_format_write(const struct report_format *format, const struct result_tree *tree,
                        const struct report_look *look, const char *path);
/* Every format that a run writes (with_run), beside each other: `base` with the format's ending.
 * The endings, with commas, are appended (NULL: not). */
int report_formats_write_run(const struct result_tree *tree, const struct report_look *look,
                             const char *base, struct str *endings);
/* Names between `between`: of all that `has` (NULL: all). */
void report_format_names(bool (*has)(const struct report_format *format), const char *between,
                         struct str *out);

/* --page: "full" (the default, NULL too) or "summary". ERR_REQUEST for anything else. */
int report_page_of(const char *given, bool *ret_summary);
void report_page_each(void (*visit)(const char *name, const char *about, void *ctx), void *ctx);

/* Calls visit for every format. */
void report_format_each(void (*visit)(const char *name, const char *about, void *ctx), void *ctx);

#endif /* REPORT_FORMATS_H */
