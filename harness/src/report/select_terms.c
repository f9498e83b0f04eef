/* Parses a selection into terms and says whether a row passes one. */
#include "report/select_terms.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *sign;
    enum select_comparison comparison;
} comparisons[] = {/* the longer first */
                   {"!=", SELECT_IS_NOT}, {"<=", SELECT_AT_MOST}, {">=", SELECT_AT_LEAST},
                   {"=", SELECT_IS},      {"<", SELECT_LESS},     {">", SELECT_MORE}};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_number(const struct field *field)
{
    return !field_is_text(field);
}

static int wrong_term(const struct select_term *term, const char *expected)
{
    return error_set(ERR_REQUEST, "found \"%s\", expected %s", term->as_written, expected);
}

static int unknown_column(const char *term, struct slice name)
{
    struct str list = {0};
    for (const struct field *field = fields_of_row; field->name; field++) {
        str_format(&list, "%s%s", list.n ? ", " : "", field->name);
    }
    int status =
        error_set(ERR_REQUEST, "found \"%s\": there is no column \"%.*s\"; expected one of %s",
                  term, (int)name.n, name.text, str_text(&list));
    str_finish(&list);
    return status;
}

/* "method=nn,metric=f1": a comma separates the values of one column, so that a term behind it would
 * be a value of that one, which nothing has. Quoted, it is meant. */
static int check_is_no_term(const struct select_term *term, const struct select_value *value)
{
    size_t n = strcspn(value->text, "=!<>");
    struct slice name = {value->text, n};
    if (term->n < 2 || value->text[n] == '\0' || value->literal[n]) {
        return 0;
    }
    for (const struct field *field = fields_of_row; field->name; field++) {
        if (slice_is(name, field->name)) {
            return error_set(ERR_REQUEST,
                             "found \"%s\", where \"%s\" would be another value of %s; expected a "
                             "space between terms, or \"…\" around a value that is meant so",
                             term->as_written, value->text, term->field->name);
        }
    }
    return 0;
}

/* One value up to its comma; *at moves behind it. */
static int take_value(struct select_term *term, const char **at, size_t *capacity)
{
    struct str text = {0}, literal = {0};
    bool quoted = false;
    for (; **at && (quoted || **at != ','); ++*at) {
        if (**at == '"') {
            quoted = !quoted;
            continue;
        }
        str_add_char(&text, **at);
        str_add_char(&literal, quoted ? 1 : 0);
    }
    struct select_value value = {text.data ? text.data : mem_text(""),
                                 literal.data ? literal.data : mem_text(""), NAN};
    MEM_GROW(term->values, *capacity, (size_t)term->n + 1);
    term->values[term->n++] = value;
    if (quoted) {
        return wrong_term(term, "a second '\"'");
    }
    TRY(check_is_no_term(term, &value));
    if (is_number(term->field) &&
        !num_real(slice_of(value.text), &term->values[term->n - 1].number)) {
        return wrong_term(term, "a number after the comparison");
    }
    return 0;
}

static int parse_values(struct select_term *term, const char *at)
{
    size_t capacity = 0;
    int status = take_value(term, &at, &capacity);
    while (status == 0 && *at == ',') {
        at++;
        status = take_value(term, &at, &capacity);
    }
    return status;
}

static int parse_term(struct select_term *term)
{
    const char *text = term->as_written;
    size_t n = strcspn(text, "=!<>");
    struct slice name = {text, n};
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (!text_starts(text + n, comparisons[i].sign)) {
            continue;
        }
        for (const struct field *field = fields_of_row; field->name; field++) {
            if (slice_is(name, field->name)) {
                term->field = field;
            }
        }
        if (!term->field) {
            return unknown_column(text, name);
        }
        term->comparison = comparisons[i].comparison;
        if (!is_number(term->field) && term->comparison != SELECT_IS &&
            term->comparison != SELECT_IS_NOT) {
            return wrong_term(term, "= or != after the name of a text column");
        }
        return parse_values(term, text + n + strlen(comparisons[i].sign));
    }
    return wrong_term(term, "COLUMN=VALUE, as in suite=wsd");
}

int selection_parse(const char *text, struct selection *ret_selection)
{
    struct selection selection = {0};
    size_t capacity = 0;
    int status = 0;
    for (const char *at = text; status == 0 && *at;) {
        const char *begin = at;
        bool quoted = false;
        for (; *at && (quoted || !is_space(*at)); at++) {
            quoted ^= *at == '"';
        }
        if (at > begin) {
            MEM_GROW(selection.terms, capacity, (size_t)selection.n + 1);
            struct select_term *term = &selection.terms[selection.n++];
            *term = (struct select_term){.as_written = mem_text_n(begin, (size_t)(at - begin))};
            status = parse_term(term);
        }
        at += *at != '\0';
    }
    if (status != 0) {
        selection_finish(&selection);
        return status;
    }
    *ret_selection = selection;
    return 0;
}

void selection_finish(struct selection *selection)
{
    for (uint32_t i = 0; i < selection->n; i++) {
        struct select_term *term = &selection->terms[i];
        for (uint32_t v = 0; v < term->n; v++) {
            free(term->values[v].text);
            free(term->values[v].literal);
        }
        free(term->values);
        free(term->as_written);
    }
    free(selection->terms);
    *selection = (struct selection){0};
}

/* Does a pattern match? Where the rest fails, the last * takes one character more. `?` is one byte
 * of ASCII or one whole character of UTF-8. */
static bool matches(const struct select_value *value, const char *text)
{
    const char *pattern = value->text, *star = NULL, *from = NULL;
    for (;;) {
        bool literal = value->literal[pattern - value->text];
        if (*pattern == '*' && !literal) {
            star = ++pattern;
            from = text;
        } else if (*pattern == '\0' && *text == '\0') {
            return true;
        } else if (*pattern == '?' && !literal && *text) {
            pattern++;
            do {
                text++;
            } while ((*text & 0xc0) == 0x80);
        } else if (*pattern && *pattern == *text) {
            pattern++;
            text++;
        } else if (star && *from) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
}

bool select_term_lists(const struct select_term *term, const char *text)
{
    for (uint32_t i = 0; i < term->n; i++) {
        if (text ? matches(&term->values[i], text) : term->values[i].text[0] == '\0') {
            return true;
        }
    }
    return false;
}

static bool compares(enum select_comparison comparison, double value, double with)
{
    switch (comparison) {
    case SELECT_IS:
    case SELECT_IS_NOT:
        return value == with;
    case SELECT_LESS:
        return value < with;
    case SELECT_AT_MOST:
        return value <= with;
    case SELECT_MORE:
        return value > with;
    case SELECT_AT_LEAST:
        return value >= with;
    }
    return false;
}

bool select_term_passes(const struct select_term *term, const struct figure *row)
{
    bool any = false;
    if (!is_number(term->field)) {
        any = select_term_lists(term, field_text(term->field, row));
    } else {
        double value = field_number(term->field, row);
        for (uint32_t i = 0; i < term->n && !any; i++) {
            any = compares(term->comparison, value, term->values[i].number);
        }
    }
    return any != (term->comparison == SELECT_IS_NOT);
}
