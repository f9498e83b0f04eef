/* Reads rated sentence pairs from tables. */
#include "data/sts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/json_lines.h"
#include "data/pairs.h"
#include "data/sts_json.h"
#include "data/table_columns.h"
#include "data/table_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct layout {
    char separator;
    uint32_t first, second, rating, genre; /* columns */
    bool header;
    const char *expected; /* what a line should hold */
};

static bool is_text(const struct table_columns *columns, uint32_t i)
{
    return i < columns->n && columns->columns[i].n_texts > 0 && !table_column_is_number(columns, i);
}

/* Columns that the header names. */
static int by_header(const char *path, const struct str *text, const struct table_columns *columns,
                     const uint32_t sentences[2], struct layout *layout)
{
    layout->header = true;
    layout->first = sentences[0];
    layout->second = sentences[1];
    layout->genre = table_column_named(columns, "genre");
    layout->expected = "the columns of the header";
    return table_rating_column(path, text, false, columns, &layout->rating);
}

/* Columns by what they hold: the STS benchmark's seven; else one of numbers and two of sentences,
 * which stand behind each other. */
static int by_content(const char *path, const struct str *text, struct slice line,
                      const struct table_columns *columns, struct layout *layout)
{
    uint32_t n_texts = 0, first = 0;
    if (columns->n >= 7 && table_column_is_number(columns, 4) && is_text(columns, 5) &&
        is_text(columns, 6) && is_text(columns, 0)) {
        *layout = (struct layout){
            '\t', 5, 6, 4, 0, false, "genre, file, year, id, score and two sentences by tabs"};
        return 0;
    }
    TRY(table_rating_column(path, text, false, columns, &layout->rating));
    for (uint32_t i = 0; i < columns->n; i++) {
        n_texts += is_text(columns, i);
    }
    while (first < columns->n && !is_text(columns, first)) {
        first++;
    }
    bool beside = layout->rating == first + 2 || layout->rating + 1 == first;
    if (!is_text(columns, first + 1) || (n_texts > 2 && !beside)) {
        return table_refuse(path, 1, line,
                            "two columns of sentences, or a header that names "
                            "sentence1, sentence2 and score");
    }
    layout->first = first;
    layout->second = first + 1;
    layout->expected = "two sentences and a score";
    return 0;
}

static int find_layout(const char *path, const struct str *text, bool has_ratings,
                       struct layout *layout)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct table_columns columns;
    struct slice line;
    uint32_t sentences[2];
    if (!table_line(&lines, false, &line)) {
        return error_set(ERR_REQUEST, "%s: empty; expected pairs of sentences with scores", path);
    }
    bool commas = memchr(line.text, ',', line.n) && !memchr(line.text, ';', line.n);
    *layout = (struct layout){.separator = memchr(line.text, '\t', line.n) ? '\t'
                                           : commas                        ? ','
                                                                           : ';',
                              .genre = TABLE_NO_COLUMN,
                              .rating = TABLE_NO_COLUMN};
    table_columns_find(text, layout->separator, false, &columns);
    int status = 0;
    if (has_ratings && layout->separator == '\t' && is_text(&columns, 0) && is_text(&columns, 1)) {
        layout->second = 1;
        layout->expected = "two sentences by a tab";
    } else if (table_columns_paired(&columns, "sentence sent s text", sentences)) {
        status = by_header(path, text, &columns, sentences, layout);
    } else if (layout->separator == '\t') {
        status = by_content(path, text, line, &columns, layout);
    } else { /* sentences hold commas: only a header tells that they separate */
        status =
            table_refuse(path, lines.number, line,
                         "two sentences and a score in columns separated by tabs, or a header of a "
                         "comma-separated table that names sentence1, sentence2 and score");
    }
    table_columns_finish(&columns);
    return status;
}

static int read_line(const char *path, uint64_t number, struct slice line,
                     const struct layout *layout, struct sts_set *set)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, layout->separator, fields);
    bool rated = layout->rating != TABLE_NO_COLUMN;
    char excerpt[TABLE_EXCERPT];
    if (layout->separator != '\t' && !table_quotes_close(line)) {
        return table_refuse(path, number, line, "every quoted field to end on its line");
    }
    if (n <= layout->first || n <= layout->second || (rated && n <= layout->rating) ||
        fields[layout->first].n == 0 || fields[layout->second].n == 0) {
        return table_refuse(path, number, line, layout->expected);
    }
    struct sts_pair pair = {0};
    if (rated && fields[layout->rating].n == 0) {
        sts_skip_unrated(set, number);
        return 0;
    }
    if (rated && !table_number(fields[layout->rating], layout->separator, &pair.rating)) {
        return error_set(ERR_REQUEST, "%s:%llu: field %u: found \"%s\", expected a score", path,
                         (unsigned long long)number, layout->rating + 1,
                         table_excerpt(fields[layout->rating], excerpt));
    }
    pair.first = table_copy(&set->texts, fields[layout->first], layout->separator);
    pair.second = table_copy(&set->texts, fields[layout->second], layout->separator);
    if (layout->genre != TABLE_NO_COLUMN && layout->genre < n) {
        pair.genre = table_copy(&set->texts, fields[layout->genre], layout->separator);
    }
    sts_add(set, number, &pair);
    return 0;
}

/* STS 2012-2016: "input" becomes "gs" in the file's name. NULL if there is no such file; free(). */
static char *ratings_path(const char *path)
{
    const char *name = file_name(path), *input = strstr(name, "input");
    if (!input) {
        return NULL;
    }
    char *folder = file_folder(path);
    char *gold = mem_format("%.*sgs%s", (int)(input - name), name, input + strlen("input"));
    char *found = file_join(folder, gold);
    free(folder);
    free(gold);
    if (!file_exists(found)) {
        free(found);
        return NULL;
    }
    return found;
}

/* One rating a line; pairs whose line is blank are taken out. Lines are counted from the input's
 * first, so both files must have as many. */
static int read_ratings(const char *path, const char *input, struct sts_set *set)
{
    struct str text = {0};
    int status = table_text_read(path, &text);
    if (status) {
        return status;
    }
    struct slice rest = {str_text(&text), text.n}, line;
    uint32_t n = 0, kept = 0;
    char excerpt[TABLE_EXCERPT];
    for (; !status && slice_line(&rest, &line); n++) {
        struct slice number = slice_trim(line);
        if (n >= set->n) {
            status = number.n ? error_set(ERR_REQUEST, "%s:%u: more scores than the %u pairs of %s",
                                          path, n + 1, set->n, input)
                              : 0;
            n -= number.n == 0;
            continue;
        }
        struct sts_pair pair = set->pairs[n];
        if (number.n == 0) {
            sts_skip_unrated(set, n + UINT64_C(1));
            continue;
        }
        if (!num_real(number, &pair.rating)) {
            status = error_set(ERR_REQUEST, "%s:%u: found \"%s\", expected a score", path, n + 1,
                               table_excerpt(line, excerpt));
        }
        set->pairs[kept++] = pair;
    }
    if (!status && n < set->n) {
        status = error_set(ERR_REQUEST, "%s: found %u lines, expected %u, one for each pair of %s",
                           path, n, set->n, input);
    }
    set->n = kept;
    str_finish(&text);
    return status;
}

static int read_pairs(const char *path, const struct str *text, const char *ratings,
                      struct sts_set *set)
{
    struct layout layout;
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line;
    int status = find_layout(path, text, ratings != NULL, &layout);
    if (!status && layout.header) {
        table_line(&lines, false, &line);
    }
    while (!status && table_line(&lines, false, &line)) {
        status = read_line(path, lines.number, line, &layout, set);
    }
    return !status && ratings ? read_ratings(ratings, path, set) : status;
}

void sts_add(struct sts_set *set, uint64_t number, const struct sts_pair *pair)
{
    char id[24];
    int digits = snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    MEM_GROW(set->pairs, set->capacity, (size_t)set->n + 1);
    set->pairs[set->n] = *pair;
    set->pairs[set->n++].id = arena_text(&set->texts, id, (size_t)digits);
}

void sts_skip_unrated(struct sts_set *set, uint64_t number)
{
    set->first_unrated = set->n_unrated++ == 0 ? number : set->first_unrated;
}

int sts_read(const char *path, struct sts_set *ret_set)
{
    struct str text = {0};
    TRY(table_text_read(path, &text));
    struct sts_set set = {.name = data_set_name(path)};
    char *ratings = ratings_path(path);
    int status = json_lines_are_in(&text) ? sts_json_read(path, &text, &set)
                                          : read_pairs(path, &text, ratings, &set);
    if (!status && set.n == 0) {
        status = error_set(ERR_REQUEST, "%s: no rated pair of sentences in it", path);
    }
    free(ratings);
    str_finish(&text);
    if (status) {
        sts_finish(&set);
        return status;
    }
    *ret_set = set;
    return 0;
}

void sts_finish(struct sts_set *set)
{
    arena_finish(&set->texts);
    free(set->pairs);
    free(set->name);
    *set = (struct sts_set){0};
}
