/* Reads rated words in context: SCWS, Usim and CoSimLex. */
#include "data/context_pairs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/table_text.h"
#include "data/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct context_set *set;
    struct str gold; /* CoSimLex: ratings in a file of their own; empty: none */
    struct table_lines gold_lines;
    struct slice gold_columns[TABLE_FIELDS]; /* names in its header */
    uint32_t n_gold_columns;
    struct slice columns[TABLE_FIELDS]; /* names in the header, where the format has one */
    uint32_t n_columns;
};

static int bad_line(const struct reading *reading, uint64_t number, const char *expected)
{
    return error_set(ERR_REQUEST, "%s:%llu: expected %s", reading->set->path,
                     (unsigned long long)number, expected);
}

static struct context_pair *add_pair(struct context_set *set, struct slice id, struct slice word1,
                                     struct slice word2, struct slice pos, uint32_t first,
                                     uint32_t second, double rating)
{
    char *name = mem_text_n(pos.text, pos.n);
    struct context_pair *pair = context_add_pair(set);
    pair->id = context_copy(set, id);
    pair->lemmas[0] = context_copy(set, word1);
    pair->lemmas[1] = context_copy(set, word2);
    pair->occurrences[0] = first;
    pair->occurrences[1] = second;
    pair->rating = rating;
    pair->pos = (uint8_t)wordnet_pos_of(name);
    free(name);
    return pair;
}

static int read_scws(struct reading *reading, struct table_lines *lines)
{
    struct slice line, field[TABLE_FIELDS];
    while (table_line(lines, false, &line)) {
        double rating;
        uint32_t n = table_fields(line, '\t', field);
        if (n < 8 || !num_real(field[7], &rating)) {
            return bad_line(reading, lines->number,
                            "ID, WORD1, POS1, WORD2, POS2, CONTEXT1, CONTEXT2, RATING by tabs");
        }
        uint32_t first = context_add_marked(reading->set, field[5], "<b>", "</b>", 0);
        uint32_t second = context_add_marked(reading->set, field[6], "<b>", "</b>", 0);
        if (first == WORDNET_NONE || second == WORDNET_NONE) {
            return bad_line(reading, lines->number, "each context to mark its target <b> … </b>");
        }
        add_pair(reading->set, field[0], field[1], field[3], field[2], first, second, rating);
    }
    return 0;
}

/* "bright.a 1" → "bright", "a" */
static void cut_lexelt(struct slice text, struct slice *ret_lemma, struct slice *ret_pos)
{
    struct slice rest = text, name;
    if (!slice_word(&rest, &name)) {
        name = text;
    }
    const char *dot = memrchr(name.text, '.', name.n);
    size_t n = dot ? (size_t)(dot - name.text) : name.n;
    *ret_lemma = (struct slice){name.text, n};
    *ret_pos = dot ? (struct slice){dot + 1, name.n - n - 1} : (struct slice){name.text, 0};
}

static bool usim_line(struct reading *reading, struct slice line, uint32_t *ret_occurrence,
                      double *ret_rating, struct slice *ret_lexelt)
{
    struct slice field[TABLE_FIELDS];
    uint64_t index;
    if (table_fields(line, '\t', field) < 4 || !num_uint(field[1], &index) ||
        !num_real(field[2], ret_rating)) {
        return false;
    }
    *ret_lexelt = field[3];
    *ret_occurrence = context_add_tokens(reading->set, field[0], index);
    return *ret_occurrence != WORDNET_NONE;
}

static int read_usim(struct reading *reading, struct table_lines *lines)
{
    struct slice line, lexelt[2], lemma[2], pos[2];
    uint32_t occurrence[2], half = 0;
    double rating[2];
    while (table_line(lines, false, &line)) {
        if (!usim_line(reading, line, &occurrence[half], &rating[half], &lexelt[half])) {
            return bad_line(reading, lines->number,
                            "SENTENCE, INDEX of a token, RATING, LEMMA.POS by tabs");
        }
        cut_lexelt(lexelt[half], &lemma[half], &pos[half]);
        if (half == 1) {
            if (rating[0] > rating[1] || rating[0] < rating[1]) {
                return bad_line(reading, lines->number, "both lines of a pair to have one rating");
            }
            char *id = mem_format("%zu", reading->set->n_pairs + 1);
            add_pair(reading->set, slice_of(id), lemma[0], lemma[1], pos[0], occurrence[0],
                     occurrence[1], rating[0]);
            free(id);
        }
        half = 1 - half;
    }
    return half ? bad_line(reading, lines->number, "a second line of the last pair") : 0;
}

/* A field by its column's name; empty if there is no such column. */
static struct slice column(const struct reading *reading, const struct slice *fields, uint32_t n,
                           const char *name)
{
    for (uint32_t i = 0; i < n && i < reading->n_columns; i++) {
        if (slice_is(reading->columns[i], name)) {
            return fields[i];
        }
    }
    return (struct slice){"", 0};
}

/* Which of the marked runs of a context is the word: the one that equals its inflected form, or
 * that shares the longest beginning with it. */
static uint32_t run_of(struct slice context, struct slice word)
{
    uint32_t best = 0, run = 0;
    size_t most = 0;
    for (size_t at = 0; at + 8 <= context.n; at++) {
        if (memcmp(context.text + at, "<strong>", 8) != 0) {
            continue;
        }
        size_t same = 0;
        while (same < word.n && at + 8 + same < context.n &&
               (context.text[at + 8 + same] | 32) == (word.text[same] | 32)) {
            same++;
        }
        if (same > most) {
            most = same;
            best = run;
        }
        run++;
    }
    return best;
}

/* The rating of the which-th context: from the line's own column, or its line of the gold file. */
static bool cosimlex_rating(const struct reading *reading, const struct slice *fields, uint32_t n,
                            const struct slice *gold, uint32_t n_gold, int which,
                            double *ret_rating)
{
    char name[24];
    snprintf(name, sizeof name, reading->gold.n ? "sim_context%d" : "sim%d", which);
    struct slice field = column(reading, fields, n, name);
    for (uint32_t i = 0; i < n_gold && i < reading->n_gold_columns; i++) {
        field = slice_is(reading->gold_columns[i], name) ? gold[i] : field;
    }
    return num_real(field, ret_rating);
}

static int add_cosimlex(struct reading *reading, uint64_t number, const struct slice *fields,
                        uint32_t n, int which, double rating)
{
    char name[24];
    struct slice word[2];
    uint32_t occurrence[2];
    snprintf(name, sizeof name, "context%d", which);
    struct slice context = column(reading, fields, n, name);
    for (int w = 0; w < 2; w++) {
        snprintf(name, sizeof name, "word%d_context%d", w + 1, which);
        word[w] = column(reading, fields, n, name);
        if (word[w].n == 0) {
            snprintf(name, sizeof name, "word%d", w + 1);
            word[w] = column(reading, fields, n, name);
        }
        occurrence[w] = context_add_marked(reading->set, context, "<strong>", "</strong>",
                                           run_of(context, word[w]));
        if (occurrence[w] == WORDNET_NONE) {
            return bad_line(reading, number, "contexts that mark both words <strong>…</strong>");
        }
    }
    char *id = mem_format("%llu.%d", (unsigned long long)number - 1, which);
    add_pair(reading->set, slice_of(id), column(reading, fields, n, "word1"),
             column(reading, fields, n, "word2"), slice_of(""), occurrence[0], occurrence[1],
             rating);
    free(id);
    return 0;
}

/* A line is two pairs. */
static int add_cosimlex_line(struct reading *reading, uint64_t number, const struct slice *fields,
                             uint32_t n)
{
    struct slice line, gold[TABLE_FIELDS];
    uint32_t n_gold = 0;
    if (reading->gold.n) {
        if (!table_line(&reading->gold_lines, false, &line)) {
            return bad_line(reading, number, "as many lines in the file of its ratings");
        }
        n_gold = table_fields(line, '\t', gold);
    }
    for (int which = 1; which <= 2; which++) {
        double rating;
        if (!cosimlex_rating(reading, fields, n, gold, n_gold, which, &rating)) {
            return bad_line(reading, number,
                            "ratings in sim1 and sim2, or in sim_context1 and sim_context2 of the "
                            "file of its ratings");
        }
        TRY(add_cosimlex(reading, number, fields, n, which, rating));
    }
    return 0;
}

/* "data_en.tsv" with "gold_en.tsv" beside it or in ../gold, as the task's kit has them. */
static int open_gold(struct reading *reading)
{
    const char *path = reading->set->path, *name = file_name(path);
    char *folder = file_folder(path);
    char *gold = text_starts(name, "data") ? mem_format("gold%s", name + 4) : NULL;
    char *here = gold ? file_join(folder, gold) : NULL;
    char *there = gold ? mem_format("%s/../gold/%s", folder, gold) : NULL;
    const char *found = here && file_exists(here)     ? here
                        : there && file_exists(there) ? there
                                                      : NULL;
    int status = found
                     ? table_text_read(found, &reading->gold)
                     : error_set(ERR_REQUEST,
                                 "%s: has no ratings of people: expected columns sim1 and sim2, or "
                                 "%s beside it or in ../gold, with sim_context1 and sim_context2",
                                 path, gold ? gold : "a file of them called gold_EN.tsv");
    free(here);
    free(there);
    free(gold);
    free(folder);
    struct slice header;
    reading->gold_lines = (struct table_lines){.rest = {str_text(&reading->gold), reading->gold.n}};
    if (status == 0 && table_line(&reading->gold_lines, false, &header)) {
        reading->n_gold_columns = table_fields(header, '\t', reading->gold_columns);
    }
    return status;
}

/* The first place where a word stands as a word of its own, else where it begins one. */
static struct emb_span find_word(struct slice text, struct slice word)
{
    struct emb_span begun = {0, 0};
    for (size_t at = 0; word.n && at + word.n <= text.n; at++) {
        bool starts = at == 0 || !unicode_has_letter(text.text + at - 1, 1);
        bool ends = at + word.n == text.n || !unicode_has_letter(text.text + at + word.n, 1);
        if (!starts || strncasecmp(text.text + at, word.text, word.n) != 0) {
            continue;
        }
        struct emb_span span = {(uint32_t)at, (uint32_t)(at + word.n)};
        if (ends) {
            return span;
        }
        begun = begun.end ? begun : span;
    }
    return begun;
}

static int add_raw_c(struct reading *reading, uint64_t number, const struct slice *fields,
                     uint32_t n)
{
    struct slice word = column(reading, fields, n, "word"),
                 form = column(reading, fields, n, "string");
    struct slice sentence[2] = {
        slice_of(table_copy(&reading->set->texts, column(reading, fields, n, "sentence1"), ',')),
        slice_of(table_copy(&reading->set->texts, column(reading, fields, n, "sentence2"), ','))};
    uint32_t occurrence[2];
    double rating;
    if (!num_real(column(reading, fields, n, "mean_relatedness"), &rating)) {
        return bad_line(reading, number, "a rating in mean_relatedness");
    }
    for (int s = 0; s < 2; s++) {
        struct emb_span span = find_word(sentence[s], form.n ? form : word);
        span = span.end ? span : find_word(sentence[s], word);
        occurrence[s] = context_add_plain(reading->set, sentence[s], span);
        if (occurrence[s] == WORDNET_NONE) {
            return bad_line(reading, number, "the word to stand in both sentences");
        }
    }
    char *id = mem_format("%llu", (unsigned long long)number - 1);
    struct context_pair *pair =
        add_pair(reading->set, slice_of(id), word, word, column(reading, fields, n, "Class"),
                 occurrence[0], occurrence[1], rating);
    struct slice same = column(reading, fields, n, "same");
    pair->same = slice_is(same, "True") ? 1 : slice_is(same, "False") ? 0 : -1;
    free(id);
    return 0;
}

static int read_with_header(struct reading *reading, struct table_lines *lines, char separator)
{
    struct slice line, fields[TABLE_FIELDS];
    bool raw_c = separator == ',';
    if (table_line(lines, false, &line)) {
        reading->n_columns = table_fields(line, separator, reading->columns);
    }
    while (table_line(lines, false, &line)) {
        uint32_t n = table_fields(line, separator, fields);
        TRY(raw_c && !table_quotes_close(line)
                ? bad_line(reading, lines->number, "every quoted field to end on its line")
            : raw_c ? add_raw_c(reading, lines->number, fields, n)
                    : add_cosimlex_line(reading, lines->number, fields, n));
    }
    return reading->gold.n && table_line(&reading->gold_lines, false, &line)
               ? bad_line(reading, lines->number, "as many lines as in the file of its ratings")
               : 0;
}

static bool has_column(struct slice header, char separator, const char *name)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(header, separator, fields);
    for (uint32_t i = 0; i < n; i++) {
        if (slice_is(fields[i], name)) {
            return true;
        }
    }
    return false;
}

static int read_format(struct reading *reading, struct slice text)
{
    struct table_lines peek = {.rest = text}, lines = {.rest = text};
    struct slice first, fields[TABLE_FIELDS];
    if (!table_line(&peek, false, &first)) {
        return error_set(ERR_REQUEST, "%s: is empty", reading->set->path);
    }
    uint32_t n = table_fields(first, '\t', fields);
    double number;
    if (has_column(first, ',', "mean_relatedness")) {
        return read_with_header(reading, &lines, ',');
    }
    if (has_column(first, '\t', "sim1")) {
        return read_with_header(reading, &lines, '\t');
    }
    if (has_column(first, '\t', "word1_context1")) {
        TRY(open_gold(reading));
        return read_with_header(reading, &lines, '\t');
    }
    if (n >= 8 && num_real(fields[7], &number)) {
        return read_scws(reading, &lines);
    }
    if (n == 4 && num_real(fields[2], &number)) {
        return read_usim(reading, &lines);
    }
    return error_set(ERR_REQUEST, "%s:1: neither SCWS, Usim, CoSimLex with ratings, nor RAW-C",
                     reading->set->path);
}

/* A folder stands for the one file of ratings in it. */
static int find_file(const char *path, char **ret_file)
{
    static const char *const known[] = {"ratings.txt", "usim_en.txt", "cosimlex_en.csv",
                                        "raw-c.csv", "data_en.tsv"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *file = file_join(path, known[i]);
        if (file_exists(file)) {
            *ret_file = file;
            return 0;
        }
        free(file);
    }
    return error_set(ERR_REQUEST,
                     "%s: holds none of ratings.txt, usim_en.txt, cosimlex_en.csv, raw-c.csv, "
                     "data_en.tsv",
                     path);
}

/* "scws/ratings.txt" → "scws", "x/usim_en.txt" → "usim_en", "x/data_en.tsv" → "cosimlex_en" */
static char *set_name(const char *path)
{
    const char *name = file_name(path);
    if (strcmp(name, "ratings.txt") == 0) {
        char *folder = file_folder(path), *copy = mem_text(file_name(folder));
        free(folder);
        return copy;
    }
    int n = (int)strcspn(name, ".");
    return text_starts(name, "data_") ? mem_format("cosimlex%.*s", n - 4, name + 4)
                                      : mem_text_n(name, (size_t)n);
}

int context_ratings_read(const char *path, struct context_set *ret_set)
{
    char *file = NULL;
    TRY(file_is_folder(path) ? find_file(path, &file) : 0);
    file = file ? file : mem_text(path);
    struct str text;
    int status = table_text_read(file, &text);
    if (status) {
        free(file);
        return status;
    }
    char *name = set_name(file);
    struct context_set set;
    context_set_init(&set, name, file);
    free(name);
    struct reading reading = {.set = &set};
    status = read_format(&reading, (struct slice){text.data, text.n});
    str_finish(&text);
    str_finish(&reading.gold);
    free(file);
    if (status == 0 && set.n_pairs == 0) {
        status = error_set(ERR_REQUEST, "%s: holds no pair", set.path);
    }
    if (status) {
        context_set_finish(&set);
        return status;
    }
    *ret_set = set;
    return 0;
}
