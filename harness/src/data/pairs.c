/* Reads rated word pairs in all their layouts. */
#include "data/pairs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/table_columns.h"
#include "data/table_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_VALUES 20 /* different texts in a column that is taken as an attribute */

/* How a file is cut, from its first lines. */
struct layout {
    char separator;
    bool header;
    uint32_t words[2]; /* columns */
    uint32_t rating;   /* column; TABLE_NO_COLUMN: the ratings are in a file of their own */
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

/* Finding the layout. */

/* The first separator that cuts the first line into enough fields; '\0' if none does. */
static char find_separator(struct slice first, uint32_t wanted)
{
    static const char separators[] = {'\t', ';', ',', ' '};
    struct slice fields[TABLE_FIELDS];
    for (size_t i = 0; i < sizeof separators; i++) {
        if (table_fields(first, separators[i], fields) >= wanted) {
            return separators[i];
        }
    }
    return '\0';
}

/* Column `column` is no word: for a message. */
static int no_words(const char *path, const struct table_columns *columns, uint32_t column)
{
    return error_set(ERR_REQUEST,
                     "%s: column %u holds numbers, expected words in the first two columns%s", path,
                     column + 1, columns->header ? " or in word1 and word2" : "");
}

/* The next column that is not "--" between two words. */
static uint32_t behind(const struct table_columns *columns, uint32_t column)
{
    uint32_t next = column + 1;
    return next < columns->n && columns->columns[next].dashes ? next + 1 : next;
}

/* By their names; else the first two columns of text, which nothing but numbers of lines and
 * ratings may stand before. A header must leave no choice. */
static int find_words(const char *path, const struct table_columns *columns, struct layout *layout)
{
    if (table_columns_paired(columns, "word w term verb noun adj", layout->words)) {
        return 0;
    }
    uint32_t first = 0, n_texts = 0;
    for (uint32_t i = 0; i < columns->n; i++) {
        n_texts += !table_column_is_number(columns, i) && columns->columns[i].n_texts > 0;
    }
    while (first < columns->n && table_column_is_number(columns, first)) {
        first++;
    }
    uint32_t second = behind(columns, first);
    if (second >= columns->n || table_column_is_number(columns, second)) {
        return no_words(path, columns, first > 0 ? 0 : second >= columns->n ? 0 : second);
    }
    if (columns->columns[first].digits && columns->n_lines > 1) {
        return error_set(
            ERR_REQUEST,
            "%s: column %u holds a digit on every line, as ids do; expected words in the "
            "first two columns, or a header that names word1 and word2",
            path, first + 1);
    }
    if (columns->header && n_texts > 2) {
        char one[TABLE_EXCERPT], other[TABLE_EXCERPT];
        return error_set(
            ERR_REQUEST,
            "%s:1: found \"%s\", \"%s\" and %u more columns of text, expected a header "
            "that names word1 and word2",
            path, table_excerpt(columns->columns[first].name, one),
            table_excerpt(columns->columns[second].name, other), n_texts - 2);
    }
    layout->words[0] = first;
    layout->words[1] = second;
    return 0;
}

static int find_columns_of_pairs(const char *path, const struct str *text, bool has_ratings,
                                 struct table_columns *columns, struct layout *layout)
{
    layout->header = columns->header;
    TRY(find_words(path, columns, layout));
    if (has_ratings) {
        layout->rating = TABLE_NO_COLUMN;
        return columns->n == 2 ? 0
                               : error_set(ERR_REQUEST,
                                           "%s: found %u columns, expected two words; their "
                                           "ratings are in a file beside it",
                                           path, columns->n);
    }
    return table_rating_column(path, text, true, columns, &layout->rating);
}

static int find_layout(const char *path, const struct str *text, bool has_ratings,
                       struct table_columns *columns, struct layout *layout)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice first;
    if (!table_line(&lines, true, &first)) {
        return error_set(ERR_REQUEST, "%s: empty; expected lines of two words and a rating", path);
    }
    layout->separator = find_separator(first, has_ratings ? 2 : 3);
    if (!layout->separator || first.text[0] == '{' || first.text[0] == '[') {
        return table_refuse(path, lines.number, first,
                            "two words and a rating, separated by tabs, semicolons, commas or "
                            "spaces");
    }
    table_columns_find(text, layout->separator, true, columns);
    return find_columns_of_pairs(path, text, has_ratings, columns, layout);
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
            struct slice field = table_unquoted(fields[column]);
            map_put(&map, field.text, field.n);
            *ret_pos &= pairs_part_of_speech(field.text, field.n) != NULL;
        }
    }
    uint32_t n = numeric || map.n > MAX_VALUES ? 0 : map.n;
    map_finish(&map);
    return n;
}

/* Splits are distinguished by their columns. */
static bool has_attribute(const struct pair_set *set, const char *name)
{
    bool has = false;
    for (uint32_t a = 0; a < set->n_attributes; a++) {
        has = has || strcmp(set->attributes[a], name) == 0;
    }
    return has;
}

static void add_column(struct pair_set *set, struct layout *layout, uint32_t column, bool is_pos,
                       struct slice name)
{
    char *copy = arena_text(&set->texts, name.text, name.n);
    for (char *c = copy; *c; c++) {
        *c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c) : *c);
    }
    const char *plain = copy;
    for (unsigned number = 2; has_attribute(set, copy); number++) { /* "relation", "relation-2" */
        char *numbered = mem_format("%s-%u", plain, number);
        copy = arena_text(&set->texts, numbered, strlen(numbered));
        free(numbered);
    }
    layout->columns[layout->n_columns] = column;
    layout->is_pos[layout->n_columns++] = is_pos;
    set->attributes[set->n_attributes++] = copy;
}

static void find_attributes(const struct str *text, const struct table_columns *columns,
                            struct layout *layout, struct pair_set *set)
{
    for (uint32_t i = 0; i < columns->n && layout->n_columns < PAIR_ATTRIBUTES; i++) {
        bool is_pos;
        struct slice name = columns->columns[i].name;
        if (i == layout->rating || i == layout->words[0] || i == layout->words[1] ||
            columns->columns[i].dashes) {
            continue;
        }
        if (slice_is(name, "concQ")) {
            add_column(set, layout, i, false, slice_of("concreteness"));
        } else if (different_values(text, layout, i, &is_pos) == 0) {
            continue;
        } else if (is_pos) {
            add_column(set, layout, i, true, slice_of("pos"));
        } else {
            add_column(set, layout, i, false, name.n ? name : slice_of("relation"));
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
    const char *name = has_attribute(set, "pos") ? "pos-suffix" : "pos";
    uint32_t a = set->n_attributes++;
    set->attributes[a] = name;
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
    int status = table_text_read(path, &text);
    if (status) {
        return status;
    }
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line;
    uint32_t n = 0;
    char excerpt[TABLE_EXCERPT];
    while (!status && table_line(&lines, true, &line)) {
        if (n == set->n) {
            status = error_set(ERR_REQUEST, "%s:%llu: more ratings than the %u pairs of %s", path,
                               (unsigned long long)lines.number, set->n, pairs_path);
        } else if (!num_real(slice_trim(line), &set->pairs[n++].rating)) {
            status = error_set(ERR_REQUEST, "%s:%llu: found \"%s\", expected a rating", path,
                               (unsigned long long)lines.number, table_excerpt(line, excerpt));
        }
    }
    if (!status && n < set->n) {
        status =
            error_set(ERR_REQUEST, "%s: found %u ratings, expected %u, one for each pair of %s",
                      path, n, set->n, pairs_path);
    }
    str_finish(&text);
    return status;
}

static uint32_t greatest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t most = a > b ? a : b;
    return c != TABLE_NO_COLUMN && c > most ? c : most;
}

static void set_attributes(struct pair_set *set, const struct layout *layout,
                           const struct slice *fields, uint32_t n, struct pair *pair)
{
    for (uint32_t a = 0; a < layout->n_columns; a++) {
        uint32_t column = layout->columns[a];
        struct slice value = column < n ? table_unquoted(fields[column]) : (struct slice){"", 0};
        pair->values[a] = layout->is_pos[a] ? pairs_part_of_speech(value.text, value.n)
                                            : arena_text(&set->texts, value.text, value.n);
    }
}

static int read_line(const char *path, uint64_t number, struct slice line,
                     const struct layout *layout, struct pair_set *set, struct pair *pair)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, layout->separator, fields);
    bool rated = layout->rating != TABLE_NO_COLUMN;
    bool whole = n > greatest(layout->words[0], layout->words[1], layout->rating);
    struct slice first = whole ? table_unquoted(fields[layout->words[0]]) : line;
    struct slice second = whole ? table_unquoted(fields[layout->words[1]]) : line;
    char excerpt[TABLE_EXCERPT];
    if (!whole || first.n == 0 || second.n == 0) {
        return table_refuse(path, number, line, rated ? "two words and a rating" : "two words");
    }
    if (rated && !table_number(fields[layout->rating], layout->separator, &pair->rating)) {
        return error_set(ERR_REQUEST, "%s:%llu: field %u: found \"%s\", expected a rating", path,
                         (unsigned long long)number, layout->rating + 1,
                         table_excerpt(fields[layout->rating], excerpt));
    }
    pair->first = arena_text(&set->texts, first.text, first.n);
    pair->second = arena_text(&set->texts, second.text, second.n);
    set_attributes(set, layout, fields, n, pair);
    char id[24];
    int digits = snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    pair->id = arena_text(&set->texts, id, (size_t)digits);
    return 0;
}

static int read_pairs(const char *path, const struct str *text, const char *ratings,
                      struct pair_set *set)
{
    struct layout layout = {0};
    struct table_columns columns = {0};
    int status = find_layout(path, text, ratings != NULL, &columns, &layout);
    if (!status) {
        find_attributes(text, &columns, &layout, set);
    }
    table_columns_finish(&columns);
    if (status) {
        return status;
    }
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct slice line;
    size_t capacity = 0;
    if (layout.header) {
        table_line(&lines, true, &line);
    }
    while (!status && table_line(&lines, true, &line)) {
        MEM_GROW(set->pairs, capacity, (size_t)set->n + 1);
        struct pair *pair = &set->pairs[set->n++];
        *pair = (struct pair){0};
        status = read_line(path, lines.number, line, &layout, set, pair);
    }
    if (!status && ratings) {
        status = read_ratings(ratings, path, set);
    }
    if (!status) {
        take_suffixes(set);
    }
    return status;
}

int pairs_read(const char *path, struct pair_set *ret_set)
{
    struct str text = {0};
    TRY(table_text_read(path, &text));
    struct pair_set set = {.name = data_set_name(path)};
    char *ratings = ratings_path(path);
    int status = read_pairs(path, &text, ratings, &set);
    free(ratings);
    str_finish(&text);
    if (status) {
        pairs_finish(&set);
        return status;
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
