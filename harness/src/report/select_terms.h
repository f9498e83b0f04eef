/*
 * select_terms.h - a selection as its terms; select.h says what one looks like.
 */
#ifndef REPORT_SELECT_TERMS_H
#define REPORT_SELECT_TERMS_H

#include "report/fields.h"

enum select_comparison {
    SELECT_IS,
    SELECT_IS_NOT,
    SELECT_LESS,
    SELECT_AT_MOST,
    SELECT_MORE,
    SELECT_AT_LEAST
};

struct select_value {
    char *text;
    char *literal; /* [strlen(text)] 1 where a * or ? was quoted */
    double number; /* of a number column */
};

struct select_term {
    const struct field *field; /* of fields_of_row */
    enum select_comparison comparison;
    struct select_value *values; /* [n] */
    uint32_t n;
    char *as_written;
};

struct selection {
    struct select_term *terms; /* [n] */
    uint32_t n;
};

/* Errors quote the term. Free with selection_finish. */
int selection_parse(const char *text, struct selection *ret_selection);
void selection_finish(struct selection *selection);

/* Does a text match one of the term's values? text NULL matches the empty value alone. */
bool select_term_lists(const struct select_term *term, const char *text);
/* Does the value of the term's column in this row pass? */
bool select_term_passes(const struct select_term *term, const struct figure *row);

#endif /* REPORT_SELECT_TERMS_H */
