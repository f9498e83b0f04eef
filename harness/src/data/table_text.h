/*
 * table_text.h - line-based data sets: a file's text as UTF-8, its lines with their numbers, their
 * fields by a separator. What pairs.c, sts.c, synonyms.c and analogy.c share.
 */
#ifndef DATA_TABLE_TEXT_H
#define DATA_TABLE_TEXT_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The unpacked text of a file without byte order mark; Latin-1 becomes UTF-8. A file that holds a
 * NUL byte is no text: ERR_REQUEST. Free with str_finish. */
int table_text_read(const char *path, struct str *ret_text);

struct table_lines {
    struct slice rest;
    uint64_t number; /* of the line last returned, from 1 */
};

/* Next line that is not blank; with comments, lines starting with # are skipped too. */
bool table_line(struct table_lines *lines, bool comments, struct slice *ret_line);

#define TABLE_FIELDS 64 /* a line's fields beyond these are not cut */

/* Cuts a line into fields, trimmed of white space; ' ' cuts at runs of white space, ',' and ';'
 * respect "quoted, fields" with doubled quotes (the quotes are taken off, doubled ones stay
 * doubled). Returns how many, at most TABLE_FIELDS. */
uint32_t table_fields(struct slice line, char separator, struct slice ret_fields[TABLE_FIELDS]);

/* A copy of a field in which doubled quotes are single ones, as "quoted, fields" write them. */
char *table_copy(struct arena *arena, struct slice field, char separator);

/* Does every quote of a comma-separated line close? A field that goes on in the next line does not.
 */
bool table_quotes_close(struct slice line);

/* For error messages: at most 60 bytes of a line, cut at a code point; no-break spaces are
 * shown as such. */
#define TABLE_EXCERPT 64
const char *table_excerpt(struct slice line, char buffer[TABLE_EXCERPT]);

/* ERR_REQUEST: "PATH:NUMBER: found "LINE", expected EXPECTED". */
int table_refuse(const char *path, uint64_t number, struct slice line, const char *expected);

#endif /* DATA_TABLE_TEXT_H */
