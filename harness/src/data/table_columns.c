/* Tells the columns of a table by their names and by what all lines hold. */
#include "data/table_columns.h"

#include "base/error.h"
#include "base/num.h"
#include "data/unicode.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define NAME_MOST 48 /* bytes of a column's name that are compared */

/* What ratings are called, as compare_name makes it. */
static const char rating_names[] =
    "rating ratings score scores mean average avg similarity relatedness sim gold human label "
    "humanmean humanscore humanrating humanratings meanrating meanratings avgrating averagerating "
    "meanscore avgscore averagescore goldscore meansimilarity avgsim meansim similarityscore "
    "relatednessscore meanrelatedness judgement judgment humanjudgement humanjudgment simlex999 "
    "simverb3500 simlex simverb";

static const char index_names[] =
    "id ids idx index no nr number num line row pair pairid pairno pairnum itemid oldindex";

struct slice table_unquoted(struct slice field)
{
    bool quoted = field.n >= 2 && field.text[0] == '"' && field.text[field.n - 1] == '"';
    return quoted ? slice_trim((struct slice){field.text + 1, field.n - 2}) : field;
}

bool table_number(struct slice field, char separator, double *ret_value)
{
    char text[NUM_TEXT_MAX * 2];
    field = table_unquoted(field);
    if (num_real(field, ret_value)) {
        return true;
    }
    const char *comma = separator == ';' && field.n ? memchr(field.text, ',', field.n) : NULL;
    if (!comma || field.n >= sizeof text) {
        return false;
    }
    memcpy(text, field.text, field.n);
    text[comma - field.text] = '.';
    return num_real((struct slice){text, field.n}, ret_value);
}

/* What stands where a number is lacking. */
static bool is_missing(struct slice field)
{
    static const char *const marks[] = {"nan", "na", "n/a", "null", "none", "inf", "-inf", "+inf"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (field.n == strlen(marks[i]) && strncasecmp(field.text, marks[i], field.n) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_name(struct slice field, char separator)
{
    double value;
    field = table_unquoted(field);
    return !table_number(field, separator, &value) && !is_missing(field) &&
           unicode_has_letter(field.text, field.n);
}

/* Letters and digits in lower case. */
static void compare_name(struct slice name, char ret_name[NAME_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n + 1 < NAME_MOST; i++) {
        unsigned char c = (unsigned char)name.text[i];
        if (isalnum(c) || c >= 0x80) {
            ret_name[n++] = (char)(c < 0x80 ? tolower(c) : c);
        }
    }
    ret_name[n] = '\0';
}

/* names: with blanks between */
static bool is_among(const char *name, const char *names)
{
    struct slice rest = slice_of(names), word;
    while (slice_word(&rest, &word)) {
        if (slice_is(word, name)) {
            return true;
        }
    }
    return false;
}

static bool has_digit(struct slice field)
{
    for (size_t i = 0; i < field.n; i++) {
        if (isdigit((unsigned char)field.text[i])) {
            return true;
        }
    }
    return false;
}

static void add_field(struct table_column *column, struct slice field, char separator,
                      uint32_t line)
{
    double value;
    if (field.n == 0) {
        return;
    }
    if (table_number(field, separator, &value)) {
        bool first = column->n_numbers == 0 && line == 0;
        column->counts = first ? value >= 0 && value <= 1 && value == floor(value)
                               : column->counts && column->n_numbers == line;
        column->fractions |= value != floor(value);
        column->n_numbers++;
    } else {
        column->digits = (column->digits || column->n_texts == 0) && has_digit(field);
        column->n_texts++;
    }
    bool dash = slice_is(field, "-") || slice_is(field, "--");
    column->dashes = (column->dashes || column->n_numbers + column->n_texts == 1) && dash;
}

/* Does the number follow the one of the line before? */
static bool follows(struct slice field, char separator, double *last)
{
    double value;
    bool is = table_number(field, separator, &value) && value - *last > 0.5 && value - *last < 1.5;
    *last = is ? value : NAN;
    return is;
}

static void add_line(struct table_columns *columns, const struct slice *fields, uint32_t n,
                     double last[TABLE_FIELDS])
{
    uint32_t line = columns->n_lines++;
    for (uint32_t i = 0; i < n; i++) {
        struct table_column *column = &columns->columns[i];
        add_field(column, fields[i], columns->separator, line);
        if (line == 0) {
            last[i] = NAN;
            table_number(fields[i], columns->separator, &last[i]);
        } else {
            column->counts &= follows(fields[i], columns->separator, &last[i]);
        }
    }
    columns->n = n > columns->n ? n : columns->n;
}

void table_columns_find(const struct str *text, char separator, bool comments,
                        struct table_columns *ret_columns)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice first, line, fields[TABLE_FIELDS];
    double last[TABLE_FIELDS] = {0};
    *ret_columns = (struct table_columns){.separator = separator};
    if (!table_line(&lines, comments, &first)) {
        return;
    }
    while (table_line(&lines, comments, &line)) {
        add_line(ret_columns, fields, table_fields(line, separator, fields), last);
    }
    str_append(&ret_columns->text, first.text, first.n);
    first.text = ret_columns->text.data;
    uint32_t n = table_fields(first, separator, fields);
    for (uint32_t i = 0; i < n; i++) {
        ret_columns->header |=
            is_name(fields[i], separator) && table_column_is_number(ret_columns, i);
    }
    if (ret_columns->header) {
        for (uint32_t i = 0; i < n; i++) {
            ret_columns->columns[i].name = table_unquoted(fields[i]);
        }
        ret_columns->n = n > ret_columns->n ? n : ret_columns->n;
        return;
    }
    table_columns_finish(ret_columns); /* once more, with the first line among the others */
    *ret_columns = (struct table_columns){.separator = separator};
    lines = (struct table_lines){.rest = {str_text(text), text->n}};
    while (table_line(&lines, comments, &line)) {
        add_line(ret_columns, fields, table_fields(line, separator, fields), last);
    }
}

void table_columns_finish(struct table_columns *columns)
{
    str_finish(&columns->text);
}

bool table_column_is_number(const struct table_columns *columns, uint32_t column)
{
    const struct table_column *c = &columns->columns[column];
    return column < columns->n && c->n_numbers > 0 && c->n_numbers >= c->n_texts;
}

bool table_column_is_index(const struct table_columns *columns, uint32_t column)
{
    const struct table_column *c = &columns->columns[column];
    char name[NAME_MOST];
    if (!table_column_is_number(columns, column)) {
        return false;
    }
    if (!columns->header) {
        return column == 0 && c->counts && columns->n_lines > 1;
    }
    compare_name(c->name, name);
    return name[0] == '\0' || is_among(name, index_names) || strncmp(name, "unnamed", 7) == 0;
}

uint32_t table_column_named(const struct table_columns *columns, const char *names)
{
    uint32_t found = TABLE_NO_COLUMN, n = 0;
    for (uint32_t i = 0; columns->header && i < columns->n; i++) {
        char name[NAME_MOST];
        compare_name(columns->columns[i].name, name);
        if (name[0] && is_among(name, names)) {
            found = i;
            n++;
        }
    }
    return n == 1 ? found : TABLE_NO_COLUMN;
}

/* "word1" and "word2", "sentence_A" and "sentence_B" */
static bool are_paired(struct slice one, struct slice other, char ret_stem[NAME_MOST])
{
    char second[NAME_MOST];
    compare_name(one, ret_stem);
    compare_name(other, second);
    size_t n = strlen(ret_stem);
    if (n < 2 || strlen(second) != n || strncmp(ret_stem, second, n - 1) != 0) {
        return false;
    }
    char a = ret_stem[n - 1], b = second[n - 1];
    ret_stem[n - 1] = '\0';
    return (a == '1' && b == '2') || (a == 'a' && b == 'b');
}

bool table_columns_paired(const struct table_columns *columns, const char *stems,
                          uint32_t ret_pair[2])
{
    uint32_t n = 0, n_known = 0;
    for (uint32_t i = 0; columns->header && i < columns->n; i++) {
        for (uint32_t j = 0; j < columns->n; j++) {
            char stem[NAME_MOST];
            if (!are_paired(columns->columns[i].name, columns->columns[j].name, stem) ||
                table_column_is_number(columns, i) || table_column_is_number(columns, j)) {
                continue;
            }
            bool known = is_among(stem, stems);
            if (known || n_known == 0) {
                ret_pair[0] = i;
                ret_pair[1] = j;
            }
            n++;
            n_known += known;
        }
    }
    return n_known == 1 || (n_known == 0 && n == 1);
}

/* "2 "Human (mean)", 3 "1" and 11 more" */
static void list_columns(const struct table_columns *columns, const bool *wanted, struct str *text)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < columns->n; i++) {
        char excerpt[TABLE_EXCERPT];
        if (!wanted[i] || n++ >= 4) {
            continue;
        }
        str_format(text, "%s%u", n > 1 ? ", " : "", i + 1);
        if (columns->columns[i].name.n) {
            str_format(text, " \"%s\"", table_excerpt(columns->columns[i].name, excerpt));
        }
    }
    if (n > 4) {
        str_format(text, " and %u more", n - 4);
    }
}

/* Is the column a mean of the whole numbers in the others that are wanted, as far as can be seen?
 */
static bool is_mean(const struct str *text, bool comments, const struct table_columns *columns,
                    const bool *wanted, uint32_t mean)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line, fields[TABLE_FIELDS];
    while (table_line(&lines, comments, &line)) {
        uint32_t n = table_fields(line, columns->separator, fields);
        double value, other, least = INFINITY, most = -INFINITY;
        if (n <= mean || !table_number(fields[mean], columns->separator, &value)) {
            return false;
        }
        for (uint32_t i = mean + 1; i < n; i++) {
            if (wanted[i] && table_number(fields[i], columns->separator, &other)) {
                least = other < least ? other : least;
                most = other > most ? other : most;
            }
        }
        if (!(least <= value && value <= most)) {
            return false;
        }
    }
    return true;
}

static uint32_t find_mean(const struct str *text, bool comments,
                          const struct table_columns *columns, const bool *wanted)
{
    uint32_t first = TABLE_NO_COLUMN, n_fractions = 0;
    for (uint32_t i = 0; i < columns->n; i++) {
        if (wanted[i]) {
            first = first == TABLE_NO_COLUMN ? i : first;
            n_fractions += columns->columns[i].fractions;
        }
    }
    bool mean = n_fractions == 1 && columns->columns[first].fractions && !columns->header &&
                is_mean(text, comments, columns, wanted, first);
    return mean ? first : TABLE_NO_COLUMN;
}

/* wanted: the columns of numbers; n of them. */
static int refuse_ratings(const char *path, const struct str *text, bool comments,
                          const struct table_columns *columns, const bool *wanted, uint32_t n)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice first;
    struct str seen = {0};
    bool index[TABLE_FIELDS] = {false};
    int status;
    for (uint32_t i = 0; i < columns->n; i++) {
        index[i] = table_column_is_index(columns, i);
    }
    list_columns(columns, n ? wanted : index, &seen);
    if (n > 0) {
        status =
            error_set(ERR_REQUEST,
                      "%s: several columns hold numbers: %s; expected one column of ratings, or "
                      "a header that calls one score, rating, mean or similarity",
                      path, str_text(&seen));
    } else if (seen.n > 0) {
        status =
            error_set(ERR_REQUEST,
                      "%s: the only column of numbers, %s, numbers the lines; expected a column "
                      "of ratings",
                      path, str_text(&seen));
    } else {
        table_line(&lines, comments, &first);
        status = table_refuse(path, lines.number, first, "a column of numbers, the ratings");
    }
    str_finish(&seen);
    return status;
}

int table_rating_column(const char *path, const struct str *text, bool comments,
                        const struct table_columns *columns, uint32_t *ret_column)
{
    bool wanted[TABLE_FIELDS] = {false};
    uint32_t n = 0, found = TABLE_NO_COLUMN;
    for (uint32_t i = 0; i < columns->n; i++) {
        wanted[i] = table_column_is_number(columns, i) && !table_column_is_index(columns, i);
        n += wanted[i];
        found = wanted[i] ? i : found;
    }
    if (n > 1) {
        found = table_column_named(columns, rating_names);
        found = found != TABLE_NO_COLUMN && wanted[found]
                    ? found
                    : find_mean(text, comments, columns, wanted);
    }
    if (found == TABLE_NO_COLUMN) {
        return refuse_ratings(path, text, comments, columns, wanted, n);
    }
    *ret_column = found;
    return 0;
}
