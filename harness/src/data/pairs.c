#include "data/pairs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/table_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMN_NONE UINT32_MAX
#define MAX_VALUES 20 /* different texts in a column that is taken as an attribute */

/* How a file is cut, from its first lines. */
struct layout {
    char separator;
    bool header;
    uint32_t rating; /* column; COLUMN_NONE: the ratings are in a file of their own */
    uint32_t columns[PAIR_ATTRIBUTES]; /* of attributes */
    bool is_pos[PAIR_ATTRIBUTES];
    uint32_t n_columns;
};

char *data_set_name(const char *path)
{
    static const char *const packings[] = {".gz", ".xz", ".bz2", ".zst"};
    char *name = mem_text(file_name(path));
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        if (text_ends(name, packings[i])) {
            name[strlen(name) - strlen(packings[i])] = '\0';
        }
    }
    char *dot = strrchr(name, '.');
    if (dot && dot != name) {
        *dot = '\0';
    }
    return name;
}

const char *pairs_part_of_speech(const char *text, size_t n)
{
    static const char *const known[][2] = {
        {"n", "NOUN"},    {"noun", "NOUN"}, {"nn", "NOUN"}, {"v", "VERB"},
        {"verb", "VERB"}, {"vb", "VERB"},   {"a", "ADJ"},   {"adj", "ADJ"},
        {"j", "ADJ"},     {"jj", "ADJ"},    {"s", "ADJ"},   {"adjective", "ADJ"},
        {"r", "ADV"},     {"adv", "ADV"},   {"rb", "ADV"},  {"adverb", "ADV"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i][0]) == n && strncasecmp(text, known[i][0], n) == 0) {
            return known[i][1];
        }
    }
    return NULL;
}

/* The first column after the words that holds a number, or COLUMN_NONE. */
static uint32_t number_column(struct slice line, char separator)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, separator, fields);
    double value;
    if (n < 3 || fields[0].n == 0 || fields[1].n == 0) {
        return COLUMN_NONE;
    }
    for (uint32_t i = 2; i < n; i++) {
        if (num_real(fields[i], &value)) {
            return i;
        }
    }
    return COLUMN_NONE;
}

/* Separator, header and rating column from the first two lines. */
static int find_layout(const char *path, const struct str *text, bool has_ratings,
                       struct layout *ret_layout)
{
    static const char separators[] = {'\t', ';', ',', ' '};
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice first, second;
    if (!table_line(&lines, true, &first)) {
        return error_set(ERR_REQUEST, "%s: empty; expected lines of two words and a rating", path);
    }
    uint64_t number = lines.number;
    bool two = table_line(&lines, true, &second);
    struct slice fields[TABLE_FIELDS];
    for (size_t i = 0; i < sizeof separators; i++) {
        struct layout layout = {.separator = separators[i]};
        if (has_ratings) {
            layout.rating = COLUMN_NONE;
            if (table_fields(first, layout.separator, fields) == 2) {
                *ret_layout = layout;
                return 0;
            }
            continue;
        }
        layout.rating = number_column(first, layout.separator);
        if (layout.rating == COLUMN_NONE && two) {
            layout.header = true;
            layout.rating = number_column(second, layout.separator);
        }
        if (layout.rating != COLUMN_NONE) {
            *ret_layout = layout;
            return 0;
        }
    }
    char excerpt[TABLE_EXCERPT];
    return error_set(ERR_REQUEST,
                     "%s:%llu: found \"%s\", expected two words and a rating, separated by tabs, "
                     "semicolons, commas or spaces",
                     path, (unsigned long long)number, table_excerpt(first, excerpt));
}

/* Attribute columns. */

/* The different texts of a column, or 0 if it is empty somewhere, numeric, or has too many. */
static uint32_t different_values(const struct str *text, const struct layout *layout,
                                 uint32_t column, bool *ret_pos)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line, fields[TABLE_FIELDS];
    struct map map = {0};
    bool header = layout->header, numeric = false;
    *ret_pos = true;
    while (table_line(&lines, true, &line) && map.n <= MAX_VALUES && !numeric) {
        if (header) {
            header = false;
            continue;
        }
        double value;
        if (table_fields(line, layout->separator, fields) <= column || fields[column].n == 0) {
            numeric = true;
        } else if (num_real(fields[column], &value)) {
            numeric = true;
        } else {
            map_put(&map, fields[column].text, fields[column].n);
            *ret_pos &= pairs_part_of_speech(fields[column].text, fields[column].n) != NULL;
        }
    }
    uint32_t n = numeric || map.n > MAX_VALUES ? 0 : map.n;
    map_finish(&map);
    return n;
}

static void add_column(struct pair_set *set, struct layout *layout, uint32_t column, bool is_pos,
                       const char *name, size_t n)
{
    char *copy = arena_text(&set->texts, name, n);
    for (char *c = copy; *c; c++) {
        *c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c) : *c);
    }
    layout->columns[layout->n_columns] = column;
    layout->is_pos[layout->n_columns++] = is_pos;
    set->attributes[set->n_attributes++] = copy;
}

static void find_columns(const struct str *text, struct layout *layout, struct pair_set *set)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line, fields[TABLE_FIELDS];
    table_line(&lines, true, &line);
    uint32_t n = table_fields(line, layout->separator, fields);
    for (uint32_t i = 2; i < n && layout->n_columns < PAIR_ATTRIBUTES; i++) {
        bool is_pos;
        if (i == layout->rating) {
            continue;
        }
        if (layout->header && slice_is(fields[i], "concQ")) {
            add_column(set, layout, i, false, "concreteness", strlen("concreteness"));
        } else if (different_values(text, layout, i, &is_pos) == 0) {
            continue;
        } else if (is_pos) {
            add_column(set, layout, i, true, "pos", 3);
        } else if (layout->header && fields[i].n > 0) {
            add_column(set, layout, i, false, fields[i].text, fields[i].n);
        } else {
            add_column(set, layout, i, false, "relation", strlen("relation"));
        }
    }
}

/* Suffixes of the part of speech: word-n, word#n. */

static const char *suffix_of(const char *word, size_t *ret_n)
{
    size_t n = strlen(word);
    const char *mark = NULL;
    for (const char *p = word; *p; p++) {
        mark = *p == '-' || *p == '#' ? p : mark;
    }
    if (!mark || mark == word || mark + 1 == word + n) {
        return NULL;
    }
    *ret_n = (size_t)(mark - word);
    return pairs_part_of_speech(mark + 1, n - *ret_n - 1);
}

static void take_suffixes(struct pair_set *set)
{
    size_t n;
    if (set->n_attributes == PAIR_ATTRIBUTES) {
        return;
    }
    for (uint32_t i = 0; i < set->n; i++) {
        if (!suffix_of(set->pairs[i].first, &n) || !suffix_of(set->pairs[i].second, &n)) {
            return;
        }
    }
    uint32_t a = set->n_attributes++;
    set->attributes[a] = "pos";
    for (uint32_t i = 0; i < set->n; i++) {
        struct pair *pair = &set->pairs[i];
        const char *first = suffix_of(pair->first, &n);
        pair->first = arena_text(&set->texts, pair->first, n);
        const char *second = suffix_of(pair->second, &n);
        pair->second = arena_text(&set->texts, pair->second, n);
        char both[16];
        bool same = first == second;
        size_t m = (size_t)snprintf(both, sizeof both, "%s%s%s", first, same ? "" : "-",
                                    same ? "" : second);
        pair->values[a] = arena_text(&set->texts, both, m);
    }
}

/* Ratings in a file of their own: SemEval-2017 task 2. */

/* The file that holds the ratings of path, or NULL: "data" becomes "gold" in its name, beside it or
 * in ../keys. free() it. */
static char *ratings_path(const char *path)
{
    const char *name = file_name(path), *data = strstr(name, "data");
    if (!data) {
        return NULL;
    }
    char *folder = file_folder(path);
    char *gold = mem_format("%.*sgold%s", (int)(data - name), name, data + 4);
    char *beside = file_join(folder, gold), *keys = mem_format("%s/../keys/%s", folder, gold);
    char *found = file_exists(beside) ? mem_text(beside)
                  : file_exists(keys) ? mem_text(keys)
                                      : NULL;
    free(folder);
    free(gold);
    free(beside);
    free(keys);
    return found;
}

static int read_ratings(const char *path, const char *pairs_path, struct pair_set *set)
{
    struct str text = {0};
    int error = table_text_read(path, &text);
    if (error) {
        return error;
    }
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line;
    uint32_t n = 0;
    char excerpt[TABLE_EXCERPT];
    while (!error && table_line(&lines, true, &line)) {
        if (n == set->n) {
            error = error_set(ERR_REQUEST, "%s:%llu: more ratings than the %u pairs of %s", path,
                              (unsigned long long)lines.number, set->n, pairs_path);
        } else if (!num_real(slice_trim(line), &set->pairs[n++].rating)) {
            error = error_set(ERR_REQUEST, "%s:%llu: found \"%s\", expected a rating", path,
                              (unsigned long long)lines.number, table_excerpt(line, excerpt));
        }
    }
    if (!error && n < set->n) {
        error = error_set(ERR_REQUEST, "%s: found %u ratings, expected %u, one for each pair of %s",
                          path, n, set->n, pairs_path);
    }
    str_finish(&text);
    return error;
}

static int read_line(const char *path, uint64_t number, struct slice line,
                     const struct layout *layout, struct pair_set *set, struct pair *pair)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, layout->separator, fields);
    uint32_t wanted = layout->rating == COLUMN_NONE ? 2 : layout->rating + 1;
    char excerpt[TABLE_EXCERPT];
    if (n < wanted || fields[0].n == 0 || fields[1].n == 0) {
        return error_set(ERR_REQUEST, "%s:%llu: found \"%s\", expected two words%s", path,
                         (unsigned long long)number, table_excerpt(line, excerpt),
                         layout->rating == COLUMN_NONE ? "" : " and a rating");
    }
    if (layout->rating != COLUMN_NONE && !num_real(fields[layout->rating], &pair->rating)) {
        return error_set(ERR_REQUEST, "%s:%llu: field %u: found \"%s\", expected a rating", path,
                         (unsigned long long)number, layout->rating + 1,
                         table_excerpt(fields[layout->rating], excerpt));
    }
    pair->first = arena_text(&set->texts, fields[0].text, fields[0].n);
    pair->second = arena_text(&set->texts, fields[1].text, fields[1].n);
    for (uint32_t a = 0; a < layout->n_columns; a++) {
        uint32_t column = layout->columns[a];
        struct slice value = column < n ? fields[column] : (struct slice){"", 0};
        pair->values[a] = layout->is_pos[a] ? pairs_part_of_speech(value.text, value.n)
                                            : arena_text(&set->texts, value.text, value.n);
    }
    char id[24];
    int digits = snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    pair->id = arena_text(&set->texts, id, (size_t)digits);
    return 0;
}

static int read_pairs(const char *path, const struct str *text, const char *ratings,
                      struct pair_set *set)
{
    struct layout layout;
    int error = find_layout(path, text, ratings != NULL, &layout);
    if (error) {
        return error;
    }
    find_columns(text, &layout, set);
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line;
    size_t capacity = 0;
    if (layout.header) {
        table_line(&lines, true, &line);
    }
    while (!error && table_line(&lines, true, &line)) {
        MEM_GROW(set->pairs, capacity, (size_t)set->n + 1);
        struct pair *pair = &set->pairs[set->n++];
        *pair = (struct pair){0};
        error = read_line(path, lines.number, line, &layout, set, pair);
    }
    if (!error && ratings) {
        error = read_ratings(ratings, path, set);
    }
    if (!error) {
        take_suffixes(set);
    }
    return error;
}

int pairs_read(const char *path, struct pair_set *ret_set)
{
    struct str text = {0};
    int error = table_text_read(path, &text);
    if (error) {
        return error;
    }
    struct pair_set set = {.name = data_set_name(path)};
    char *ratings = ratings_path(path);
    error = read_pairs(path, &text, ratings, &set);
    free(ratings);
    str_finish(&text);
    if (error) {
        pairs_finish(&set);
        return error;
    }
    *ret_set = set;
    return 0;
}

void pairs_finish(struct pair_set *set)
{
    arena_finish(&set->texts);
    free(set->pairs);
    free(set->name);
    *set = (struct pair_set){0};
}
