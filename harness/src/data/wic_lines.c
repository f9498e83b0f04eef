/* Reads WiC-like pairs from tables and their gold beside them. */
#include "data/wic_files.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

/* Begin the pairs' ids. */
static const char *const split_labels[CONTEXT_N_SPLITS] = {"train", "dev", "test", "all"};

int8_t wic_label_of(struct slice text)
{
    static const char *const same[] = {"T", "1", "true", "True"};
    static const char *const different[] = {"F", "0", "false", "False"};
    text = slice_trim(text);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (slice_is(text, same[i]) || slice_is(text, different[i])) {
            return slice_is(text, same[i]);
        }
    }
    return -1;
}

struct context_pair *wic_add_pair(struct context_set *set, uint8_t split, uint64_t number,
                                  struct slice lemma, struct slice pos, uint32_t first,
                                  uint32_t second)
{
    char *name = mem_text_n(pos.text, pos.n);
    char *id = mem_format("%s.%llu", split_labels[split], (unsigned long long)number);
    struct context_pair *pair = context_add_pair(set);
    pair->id = context_copy(set, slice_of(id));
    pair->lemmas[0] = pair->lemmas[1] = context_copy(set, lemma);
    pair->occurrences[0] = first;
    pair->occurrences[1] = second;
    pair->pos = (uint8_t)wordnet_pos_of(name);
    pair->split = split;
    free(name);
    free(id);
    return pair;
}

/* Files of one split that are read side by side, line by line. */
struct side_by_side {
    const char *paths[3];
    struct str bytes[3];
    uint32_t n;
};

static int open_files(struct side_by_side *files)
{
    for (uint32_t i = 0; i < files->n; i++) {
        TRY(byte_source_read_all(files->paths[i], &files->bytes[i]));
    }
    return 0;
}

static void close_files(struct side_by_side *files)
{
    for (uint32_t i = 0; i < files->n; i++) {
        str_finish(&files->bytes[i]);
    }
}

/* body(ctx, line number, lines): one line of each. A file that ends before another is an error. */
static int each_line(const struct side_by_side *files,
                     int (*body)(void *ctx, uint32_t number, const struct slice *lines), void *ctx)
{
    struct slice rest[3], lines[3];
    for (uint32_t i = 0; i < files->n; i++) {
        rest[i] = (struct slice){files->bytes[i].data, files->bytes[i].n};
    }
    for (uint32_t number = 1;; number++) {
        uint32_t n_there = 0, there = 0, ended = 0;
        for (uint32_t i = 0; i < files->n; i++) {
            bool has = slice_line(&rest[i], &lines[i]);
            n_there += has;
            there = has ? i : there;
            ended = has ? ended : i;
        }
        if (n_there == 0) {
            return 0;
        }
        if (n_there < files->n) {
            return error_set(ERR_REQUEST, "%s:%u: ends before %s does", files->paths[ended], number,
                             files->paths[there]);
        }
        TRY(body(ctx, number, lines));
    }
}

struct reading {
    struct context_set *set;
    const struct side_by_side *files;
    uint8_t split;
};

static int bad_label(const struct reading *reading, uint32_t file, uint32_t number,
                     struct slice line)
{
    return error_set(ERR_REQUEST, "%s:%u: found \"%.*s\", expected T or F",
                     reading->files->paths[file], number, (int)(line.n < 20 ? line.n : 20),
                     line.text);
}

static int take_wic(void *ctx, uint32_t number, const struct slice *lines)
{
    struct reading *reading = ctx;
    struct slice rest = lines[0], field[5], first_index, indices;
    uint64_t i, j;
    bool good = true;
    for (int f = 0; f < 5; f++) {
        good = good && slice_field(&rest, '\t', &field[f]);
    }
    good = good && (indices = field[2], slice_field(&indices, '-', &first_index)) && indices.text &&
           num_uint(first_index, &i) && num_uint(slice_trim(indices), &j);
    uint32_t first = good ? context_add_tokens(reading->set, field[3], i) : WORDNET_NONE;
    uint32_t second = good ? context_add_tokens(reading->set, field[4], j) : WORDNET_NONE;
    if (first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(
            ERR_REQUEST,
            "%s:%u: expected LEMMA, POS, I-J, SENTENCE1, SENTENCE2 by tabs, with I and "
            "J numbers of tokens of the sentences",
            reading->files->paths[0], number);
    }
    int8_t same = wic_label_of(lines[1]);
    if (same < 0) {
        return bad_label(reading, 1, number, lines[1]);
    }
    wic_add_pair(reading->set, reading->split, number, field[0], field[1], first, second)->same =
        same;
    return 0;
}

static int take_tsv(void *ctx, uint32_t number, const struct slice *lines)
{
    struct reading *reading = ctx;
    struct slice rest = lines[0], target, index, definition = slice_trim(lines[1]);
    uint64_t i;
    bool good = slice_field(&rest, '\t', &target) && slice_field(&rest, '\t', &index) &&
                rest.text && num_uint(slice_trim(index), &i);
    uint32_t first = good ? context_add_tokens(reading->set, rest, i) : WORDNET_NONE;
    uint32_t second =
        context_add_plain(reading->set, definition, (struct emb_span){0, (uint32_t)definition.n});
    if (first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(ERR_REQUEST,
                         "%s:%u: expected TARGET, INDEX, CONTEXT by tabs, INDEX the number of a "
                         "token, and a definition on the same line of %s",
                         reading->files->paths[0], number, reading->files->paths[1]);
    }
    int8_t same = reading->files->n > 2 ? wic_label_of(lines[2]) : -1;
    wic_add_pair(reading->set, reading->split, number, target, slice_of("NOUN"), first, second)
        ->same = same;
    return reading->files->n > 2 && same < 0 ? bad_label(reading, 2, number, lines[2]) : 0;
}

static int read_side_by_side(struct context_set *set, struct side_by_side *files, uint8_t split,
                             int (*take)(void *, uint32_t, const struct slice *))
{
    struct reading reading = {set, files, split};
    int status = open_files(files);
    if (status == 0) {
        status = each_line(files, take, &reading);
    }
    close_files(files);
    return status;
}

/* The bytes of code points [start, end) of a text. */
static bool span_of_points(struct slice text, uint64_t start, uint64_t end,
                           struct emb_span *ret_span)
{
    size_t begin_byte, end_byte;
    if (start >= end || !unicode_offset(text.text, text.n, start, &begin_byte) ||
        !unicode_offset(text.text, text.n, end, &end_byte)) {
        return false;
    }
    *ret_span = (struct emb_span){(uint32_t)begin_byte, (uint32_t)end_byte};
    return true;
}

uint32_t wic_add_by_points(struct context_set *set, struct slice text, uint64_t start, uint64_t end)
{
    struct emb_span span;
    return span_of_points(text, start, end, &span) ? context_add_plain(set, text, span)
                                                   : WORDNET_NONE;
}

static int take_xl(void *ctx, uint32_t number, const struct slice *lines)
{
    struct reading *reading = ctx;
    struct slice rest = lines[0], field[9] = {{0}};
    uint64_t at[4];
    uint32_t n = 0;
    while (n < 9 && slice_field(&rest, '\t', &field[n])) {
        n++;
    }
    bool good = n >= 8;
    for (uint32_t i = 0; good && i < 4; i++) {
        good = num_uint(slice_trim(field[2 + i]), &at[i]);
    }
    uint32_t first = good ? wic_add_by_points(reading->set, field[6], at[0], at[1]) : WORDNET_NONE;
    uint32_t second = good ? wic_add_by_points(reading->set, field[7], at[2], at[3]) : WORDNET_NONE;
    if (first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(ERR_REQUEST,
                         "%s:%u: expected LEMMA, POS, START1, END1, START2, END2, SENTENCE1, "
                         "SENTENCE2 and a label by tabs, offsets in code points",
                         reading->files->paths[0], number);
    }
    bool beside = reading->files->n > 1, labelled = beside || n > 8;
    struct slice label = beside ? lines[1] : n > 8 ? field[8] : slice_of("");
    int8_t same = labelled ? wic_label_of(label) : -1;
    wic_add_pair(reading->set, reading->split, number, field[0], field[1], first, second)->same =
        same;
    return labelled && same < 0 ? bad_label(reading, beside, number, label) : 0;
}

int wic_read_wic(struct context_set *set, const char *data, const char *gold, uint8_t split)
{
    struct side_by_side files = {.paths = {data, gold}, .n = 2};
    return read_side_by_side(set, &files, split, take_wic);
}

int wic_read_tsv(struct context_set *set, const char *examples, const char *definitions,
                 const char *labels, uint8_t split)
{
    struct side_by_side files = {.paths = {examples, definitions, labels}, .n = labels ? 3 : 2};
    return read_side_by_side(set, &files, split, take_tsv);
}

int wic_read_xl(struct context_set *set, const char *path, const char *gold, uint8_t split)
{
    struct side_by_side files = {.paths = {path, gold}, .n = gold ? 2 : 1};
    return read_side_by_side(set, &files, split, take_xl);
}
