/*
 * write.h - a result tree as files and as a table. Files are written beside their name and renamed
 * when complete; on failure the error names the file and nothing is left behind.
 */
#ifndef REPORT_WRITE_H
#define REPORT_WRITE_H

#include "report/tree.h"

#include <stdbool.h>
#include <stdio.h>

/* harness/doc/REPORT.md and the schemas describe it. */
#define REPORT_SCHEMA "harness-report/2"

int report_write_json(const struct result_tree *tree, const char *path);
int report_write_xml(const struct result_tree *tree, const char *path);
int report_write_html(const struct result_tree *tree, const char *path);
/* report.schema.json and report.rng into `folder`, which is made if it is not there. */
int report_write_schemas(const char *folder);

/* The table for people. columns: width to fit; colour: ANSI sequences. Bars and curves are drawn in
 * Unicode where the locale (LC_ALL, LC_CTYPE, LANG) is one of UTF-8, else in ASCII. */
void report_write_table(const struct result_tree *tree, FILE *stream, int columns, bool colour);
/* The width of a terminal; else $COLUMNS, else 120. */
int table_columns(FILE *stream);
/* Is it a terminal that takes colours? Not if `refused` (--no-color), NO_COLOR or TERM=dumb. */
bool table_colour(FILE *stream, bool refused);

/* Per-item records as they come: JSON Lines packed by zstd, and gold-key style files for the suites
 * whose answers are sense keys. */
struct item_writer;

/* What follows a report's NAME in the path of its records. */
#define REPORT_ITEMS_ENDING ".items.jsonl.zst"

/* keys_folder NULL: no key files. */
int item_writer_open(const char *path, const char *keys_folder, struct item_writer **ret_writer);
void item_writer_add(struct item_writer *writer, const struct result_item *item);
int item_writer_commit(struct item_writer *writer); /* destroys */
void item_writer_abort(struct item_writer *writer); /* destroys; NULL is fine */

#endif /* REPORT_WRITE_H */
