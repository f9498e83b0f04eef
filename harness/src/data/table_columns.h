/*
 * table_columns.h - what the columns of a table hold, from all of its lines: numbers or text, names
 * in a header line or none. What tells words from ratings and ratings from line numbers, so that
 * pairs.c and sts.c need not guess; what stays open is refused with the columns that were seen.
 *
 * A first line is a header if it has a name (with a letter in it) where the other lines have
 * numbers; "nan", "n/a" and the like are no names.
 */
#ifndef DATA_TABLE_COLUMNS_H
#define DATA_TABLE_COLUMNS_H

#include "data/table_text.h"

#define TABLE_NO_COLUMN UINT32_MAX

struct table_column {
    struct slice name;           /* in the header; {"", 0}: no header, or no name */
    uint32_t n_numbers, n_texts; /* fields of the lines below the header; the others are blank */
    bool fractions;              /* a number among them is not whole */
    bool counts;                 /* they are 0, 1, 2, … or 1, 2, 3, …, two or more */
    bool digits;                 /* every text has a digit in it, as ids do ("p001") */
    bool dashes;                 /* they are "-" or "--", throughout */
};

struct table_columns {
    struct str text; /* copy of the header, which the names point into */
    char separator;
    bool header;
    uint32_t n, n_lines; /* lines below the header */
    struct table_column columns[TABLE_FIELDS];
};

/* Reads the columns of a text with a line at least. Free with table_columns_finish. */
void table_columns_find(const struct str *text, char separator, bool comments,
                        struct table_columns *ret_columns);
void table_columns_finish(struct table_columns *columns);

/* A field's number; with semicolons as separators a decimal comma is one too ("5,5"). Quotes around
 * it are skipped. */
bool table_number(struct slice field, char separator, double *ret_value);

/* Without the quotes around it, if it has some. */
struct slice table_unquoted(struct slice field);

/* Most of its fields that are not blank are numbers. */
bool table_column_is_number(const struct table_columns *columns, uint32_t column);

/* Numbers of the lines, no ratings: a column of numbers without a name in a header, or called "id",
 * "index", "Unnamed: 0" and the like; without a header, one that counts the lines. */
bool table_column_is_index(const struct table_columns *columns, uint32_t column);

/* The column with one of these names (with blanks between), by letters and digits in lower case
 * ("Human (mean)" is "humanmean"); TABLE_NO_COLUMN if none has, or several have. */
uint32_t table_column_named(const struct table_columns *columns, const char *names);

/* Two columns of text, the first two that are called alike but for a last 1 and 2, or a and b; of
 * several such the ones whose common name is in `stems` (with blanks between), else none. */
bool table_columns_paired(const struct table_columns *columns, const char *stems,
                          uint32_t ret_pair[2]);

/* The one column of ratings: the only one of numbers, the only one named as a rating is, or, with
 * no header, the only one with fractions, between the least and the greatest of the whole numbers
 * behind it on every line (a mean of people's ratings). ERR_REQUEST names the columns seen. */
int table_rating_column(const char *path, const struct str *text, bool comments,
                        const struct table_columns *columns, uint32_t *ret_column);

#endif /* DATA_TABLE_COLUMNS_H */
