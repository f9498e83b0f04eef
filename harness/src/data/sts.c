#include "data/sts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/pairs.h"
#include "data/table_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NO_COLUMN UINT32_MAX

struct layout {
    uint32_t first, second, rating, genre; /* columns */
    bool header;
    const char *expected; /* what a line should hold */
};

static const struct layout sts_benchmark = {
    5, 6, 4, 0, false, "genre, file, year, id, score and two sentences, separated by tabs"};
static const struct layout score_last = {
    0, 1, 2, NO_COLUMN, false, "two sentences and a score, separated by tabs"};
static const struct layout score_first = {
    1, 2, 0, NO_COLUMN, false, "a score and two sentences, separated by tabs"};
static const struct layout input_only = {0,         1,     NO_COLUMN,
                                         NO_COLUMN, false, "two sentences, separated by a tab"};

static uint32_t find_name(const struct slice *fields, uint32_t n, const char *const *names)
{
    for (; *names; names++) {
        for (uint32_t i = 0; i < n; i++) {
            if (fields[i].n == strlen(*names) &&
                strncasecmp(fields[i].text, *names, fields[i].n) == 0) {
                return i;
            }
        }
    }
    return NO_COLUMN;
}

static bool by_header(const struct slice *fields, uint32_t n, struct layout *ret_layout)
{
    static const char *const firsts[] = {"sentence1", "sentence_A", NULL};
    static const char *const seconds[] = {"sentence2", "sentence_B", NULL};
    static const char *const ratings[] = {"score", "relatedness_score", "similarity", NULL};
    static const char *const genres[] = {"genre", NULL};
    struct layout layout = {find_name(fields, n, firsts),
                            find_name(fields, n, seconds),
                            find_name(fields, n, ratings),
                            find_name(fields, n, genres),
                            true,
                            "the columns of the header, separated by tabs"};
    if (layout.first == NO_COLUMN || layout.second == NO_COLUMN || layout.rating == NO_COLUMN) {
        return false;
    }
    *ret_layout = layout;
    return true;
}

static int find_layout(const char *path, struct table_lines lines, bool has_ratings,
                       struct layout *ret_layout)
{
    struct slice line, fields[TABLE_FIELDS];
    if (!table_line(&lines, false, &line)) {
        return error_set(ERR_REQUEST, "%s: empty; expected pairs of sentences with scores", path);
    }
    uint32_t n = table_fields(line, '\t', fields);
    double value;
    if (has_ratings && n >= 2) {
        *ret_layout = input_only;
    } else if (by_header(fields, n, ret_layout)) {
        return 0;
    } else if (n >= 7 && num_real(fields[4], &value)) {
        *ret_layout = sts_benchmark;
    } else if (n >= 3 && num_real(fields[2], &value)) {
        *ret_layout = score_last;
    } else if (n >= 3 && num_real(fields[0], &value)) {
        *ret_layout = score_first;
    } else {
        char excerpt[TABLE_EXCERPT];
        return error_set(ERR_REQUEST,
                         "%s:%llu: found \"%s\", expected two sentences and a score in columns "
                         "separated by tabs (STS benchmark, SICK, STS 2012-2016)",
                         path, (unsigned long long)lines.number, table_excerpt(line, excerpt));
    }
    return 0;
}

static int read_line(const char *path, uint64_t number, struct slice line,
                     const struct layout *layout, struct sts_set *set, struct sts_pair *pair)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, '\t', fields);
    char excerpt[TABLE_EXCERPT];
    bool rated = layout->rating != NO_COLUMN;
    if (n <= layout->first || n <= layout->second || (rated && n <= layout->rating) ||
        fields[layout->first].n == 0 || fields[layout->second].n == 0) {
        return error_set(ERR_REQUEST, "%s:%llu: found \"%s\", expected %s", path,
                         (unsigned long long)number, table_excerpt(line, excerpt),
                         layout->expected);
    }
    if (rated && !num_real(fields[layout->rating], &pair->rating)) {
        return error_set(ERR_REQUEST, "%s:%llu: field %u: found \"%s\", expected a score", path,
                         (unsigned long long)number, layout->rating + 1,
                         table_excerpt(fields[layout->rating], excerpt));
    }
    struct slice first = fields[layout->first], second = fields[layout->second];
    pair->first = arena_text(&set->texts, first.text, first.n);
    pair->second = arena_text(&set->texts, second.text, second.n);
    if (layout->genre != NO_COLUMN && layout->genre < n) {
        struct slice genre = fields[layout->genre];
        pair->genre = arena_text(&set->texts, genre.text, genre.n);
    }
    char id[24];
    int digits = snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    pair->id = arena_text(&set->texts, id, (size_t)digits);
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
    int error = table_text_read(path, &text);
    if (error) {
        return error;
    }
    struct slice rest = {str_text(&text), text.n}, line;
    uint32_t n = 0, kept = 0;
    char excerpt[TABLE_EXCERPT];
    for (; !error && slice_line(&rest, &line); n++) {
        struct slice number = slice_trim(line);
        if (n >= set->n) {
            error = number.n ? error_set(ERR_REQUEST, "%s:%u: more scores than the %u pairs of %s",
                                         path, n + 1, set->n, input)
                             : 0;
            n -= number.n == 0;
            continue;
        }
        struct sts_pair pair = set->pairs[n];
        if (number.n == 0) {
            continue;
        }
        if (!num_real(number, &pair.rating)) {
            error = error_set(ERR_REQUEST, "%s:%u: found \"%s\", expected a score", path, n + 1,
                              table_excerpt(line, excerpt));
        }
        set->pairs[kept++] = pair;
    }
    if (!error && n < set->n) {
        error = error_set(ERR_REQUEST, "%s: found %u lines, expected %u, one for each pair of %s",
                          path, n, set->n, input);
    }
    set->n = kept;
    str_finish(&text);
    return error;
}

static int read_pairs(const char *path, const struct str *text, const char *ratings,
                      struct sts_set *set)
{
    struct layout layout;
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line;
    size_t capacity = 0;
    int error = find_layout(path, lines, ratings != NULL, &layout);
    if (!error && layout.header) {
        table_line(&lines, false, &line);
    }
    while (!error && table_line(&lines, false, &line)) {
        MEM_GROW(set->pairs, capacity, (size_t)set->n + 1);
        struct sts_pair *pair = &set->pairs[set->n++];
        *pair = (struct sts_pair){0};
        error = read_line(path, lines.number, line, &layout, set, pair);
    }
    return !error && ratings ? read_ratings(ratings, path, set) : error;
}

int sts_read(const char *path, struct sts_set *ret_set)
{
    struct str text = {0};
    int error = table_text_read(path, &text);
    if (error) {
        return error;
    }
    struct sts_set set = {.name = data_set_name(path)};
    char *ratings = ratings_path(path);
    error = read_pairs(path, &text, ratings, &set);
    if (!error && set.n == 0) {
        error = error_set(ERR_REQUEST, "%s: no rated pair of sentences in it", path);
    }
    free(ratings);
    str_finish(&text);
    if (error) {
        sts_finish(&set);
        return error;
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
