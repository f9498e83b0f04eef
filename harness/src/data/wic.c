#include "data/context_pairs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/json.h"
#include "data/unicode.h"
#include "data/target_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* T, F, 1, 0; -1 for anything else. */
static int8_t label_of(struct slice text)
{
    text = slice_trim(text);
    return slice_is(text, "T") || slice_is(text, "1")   ? 1
           : slice_is(text, "F") || slice_is(text, "0") ? 0
                                                        : -1;
}

static struct context_pair *add_pair(struct context_set *set, const char *split, uint32_t line,
                                     struct slice lemma, struct slice pos, uint32_t first,
                                     uint32_t second)
{
    char *name = mem_text_n(pos.text, pos.n), *id = mem_format("%s.%u", split, line);
    struct context_pair *pair = context_add_pair(set);
    pair->id = context_copy(set, slice_of(id));
    pair->lemmas[0] = pair->lemmas[1] = context_copy(set, lemma);
    pair->occurrences[0] = first;
    pair->occurrences[1] = second;
    pair->pos = (uint8_t)wordnet_pos_of(name);
    free(name);
    free(id);
    return pair;
}

/* Files of one split that are read side by side, line by line. */
struct side_by_side {
    char *paths[3];
    struct str bytes[3];
    uint32_t n;
};

static int open_files(struct side_by_side *files)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < files->n; i++) {
        code = byte_source_read_all(files->paths[i], &files->bytes[i]);
    }
    return code;
}

static void close_files(struct side_by_side *files)
{
    for (uint32_t i = 0; i < files->n; i++) {
        str_finish(&files->bytes[i]);
        free(files->paths[i]);
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
        int code = body(ctx, number, lines);
        if (code) {
            return code;
        }
    }
}

struct reading {
    struct context_set *set;
    const struct side_by_side *files;
    const char *split_name;
    uint8_t split;
};

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
    int8_t same = label_of(lines[1]);
    if (same < 0) {
        return error_set(ERR_REQUEST, "%s:%u: found \"%.*s\", expected T or F",
                         reading->files->paths[1], number, (int)(lines[1].n < 20 ? lines[1].n : 20),
                         lines[1].text);
    }
    struct context_pair *pair =
        add_pair(reading->set, reading->split_name, number, field[0], field[1], first, second);
    pair->same = same;
    pair->split = reading->split;
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
    struct context_pair *pair = add_pair(reading->set, reading->split_name, number, target,
                                         slice_of("NOUN"), first, second);
    pair->same = reading->files->n > 2 ? label_of(lines[2]) : -1;
    pair->split = reading->split;
    return 0;
}

static int read_side_by_side(struct context_set *set, struct side_by_side *files, uint8_t split,
                             int (*take)(void *, uint32_t, const struct slice *))
{
    static const char *const names[] = {"train", "dev", "test", "all"};
    struct reading reading = {set, files, names[split], split};
    int code = open_files(files);
    if (code == 0) {
        code = each_line(files, take, &reading);
    }
    close_files(files);
    return code;
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

static uint32_t add_by_points(struct context_set *set, struct slice text, uint64_t start,
                              uint64_t end)
{
    struct emb_span span;
    return span_of_points(text, start, end, &span) ? context_add_plain(set, text, span)
                                                   : WORDNET_NONE;
}

/* A number, or a text that is one. */
static bool number_of(const json *object, const char *key, uint64_t *ret_value)
{
    const json *value = jsonr_get(object, key);
    const char *text = jsonr_as_text(value);
    return text ? num_uint(slice_of(text), ret_value) : jsonr_as_uint(value, ret_value);
}

static uint32_t add_json_side(struct context_set *set, const json *object, int side)
{
    char key[16];
    snprintf(key, sizeof key, "sentence%d", side);
    const char *sentence = jsonr_get_text(object, key, NULL);
    uint64_t start, end;
    snprintf(key, sizeof key, "start%d", side);
    bool good = sentence && number_of(object, key, &start);
    snprintf(key, sizeof key, "end%d", side);
    good = good && number_of(object, key, &end);
    return good ? add_by_points(set, slice_of(sentence), start, end) : WORDNET_NONE;
}

static int8_t gold_tag(const json *gold, const char *id)
{
    for (size_t i = 0; i < jsonr_length(gold); i++) {
        if (strcmp(jsonr_get_text(jsonr_at(gold, i), "id", ""), id) == 0) {
            return label_of(slice_of(jsonr_get_text(jsonr_at(gold, i), "tag", "")));
        }
    }
    return -1;
}

static int add_json_pair(struct context_set *set, const char *path, const json *object, size_t i,
                         const json *gold, uint8_t split)
{
    const char *id = jsonr_get_text(object, "id", NULL);
    uint32_t first = add_json_side(set, object, 1), second = add_json_side(set, object, 2);
    if (!id || first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(
            ERR_REQUEST,
            "%s: element %zu: expected id, lemma, pos, sentence1, sentence2, and start1, "
            "end1, start2, end2 as offsets in code points",
            path, i);
    }
    struct context_pair *pair =
        add_pair(set, "", 0, slice_of(jsonr_get_text(object, "lemma", "")),
                 slice_of(jsonr_get_text(object, "pos", "")), first, second);
    pair->id = context_copy(set, slice_of(id));
    pair->same = gold ? gold_tag(jsonr_at(gold, i), id) : -1;
    if (gold && pair->same < 0) { /* another order than the data's */
        pair->same = gold_tag(gold, id);
    }
    pair->split = split;
    return gold && pair->same < 0
               ? error_set(ERR_REQUEST, "%s: no T or F for \"%s\" in its gold", path, id)
               : 0;
}

static int read_json(struct context_set *set, const char *path, uint8_t split)
{
    json *data = NULL, *gold = NULL;
    char *gold_path = mem_format("%.*s.gold", (int)(strlen(path) - strlen(".data")), path);
    int code = jsonr_read_file(path, &data);
    if (code == 0 && file_exists(gold_path)) {
        code = jsonr_read_file(gold_path, &gold);
    }
    if (code == 0 && jsonr_length(data) == 0) {
        code = error_set(ERR_REQUEST, "%s: expected an array of pairs", path);
    }
    for (size_t i = 0; code == 0 && i < jsonr_length(data); i++) {
        code = add_json_pair(set, path, jsonr_at(data, i), i, gold, split);
    }
    jsonr_free(data);
    jsonr_free(gold);
    free(gold_path);
    return code;
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
    uint32_t first = good ? add_by_points(reading->set, field[6], at[0], at[1]) : WORDNET_NONE;
    uint32_t second = good ? add_by_points(reading->set, field[7], at[2], at[3]) : WORDNET_NONE;
    if (first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(ERR_REQUEST,
                         "%s:%u: expected LEMMA, POS, START1, END1, START2, END2, SENTENCE1, "
                         "SENTENCE2 and a label by tabs, offsets in code points",
                         reading->files->paths[0], number);
    }
    struct context_pair *pair =
        add_pair(reading->set, reading->split_name, number, field[0], field[1], first, second);
    pair->same = n > 8 ? label_of(field[8]) : -1;
    pair->split = reading->split;
    return 0;
}

/* The split that a file or folder is named after; CONTEXT_WHOLE if none. */
static uint8_t split_of(const char *name)
{
    static const struct {
        const char *part;
        uint8_t split;
    } names[] = {{"train", CONTEXT_TRAIN}, {"Train", CONTEXT_TRAIN}, {"dev", CONTEXT_DEV},
                 {"Dev", CONTEXT_DEV},     {"valid", CONTEXT_DEV},   {"test", CONTEXT_TEST},
                 {"Test", CONTEXT_TEST}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strstr(name, names[i].part)) {
            return names[i].split;
        }
    }
    return CONTEXT_WHOLE;
}

/* "x/dev.data.txt" with another ending. */
static char *beside(const char *path, const char *ending, const char *other)
{
    return mem_format("%.*s%s", (int)(strlen(path) - strlen(ending)), path, other);
}

/* One file, if it is the main one of a format. */
static int read_one(struct context_set *set, const char *path, uint8_t folder_split)
{
    const char *name = file_name(path);
    uint8_t split = split_of(name) == CONTEXT_WHOLE ? folder_split : split_of(name);
    if (text_ends(name, ".data.txt")) {
        struct side_by_side files = {
            .paths = {mem_text(path), beside(path, ".data.txt", ".gold.txt")}, .n = 2};
        return read_side_by_side(set, &files, split, take_wic);
    }
    if (text_ends(name, "_examples.txt")) {
        char *labels = beside(path, "_examples.txt", "_labels.txt");
        struct side_by_side files = {
            .paths = {mem_text(path), beside(path, "_examples.txt", "_definitions.txt"), labels},
            .n = file_exists(labels) ? 3 : 2};
        if (files.n == 2) {
            free(labels);
        }
        return read_side_by_side(set, &files, split, take_tsv);
    }
    if (text_ends(name, ".data")) {
        return read_json(set, path, split);
    }
    bool of_tsv = text_ends(name, "_definitions.txt") || text_ends(name, "_hypernyms.txt") ||
                  text_ends(name, "_labels.txt");
    if (text_ends(name, ".txt") && strchr(name, '_') && split != CONTEXT_WHOLE && !of_tsv) {
        struct side_by_side files = {.paths = {mem_text(path)}, .n = 1};
        return read_side_by_side(set, &files, split, take_xl);
    }
    return 0;
}

static int read_folder(struct context_set *set, const char *path, uint8_t split, int depth)
{
    struct file_list list;
    int code = file_list_folder(path, &list);
    for (uint32_t i = 0; code == 0 && i < list.n; i++) {
        char *inside = file_join(path, list.names[i]);
        if (!file_is_folder(inside)) {
            code = read_one(set, inside, split);
        } else if (depth == 0) {
            code = read_folder(set, inside, split_of(list.names[i]), depth + 1);
        }
        free(inside);
    }
    if (code == 0 || list.n) {
        file_list_finish(&list);
    }
    return code;
}

/* A target that is its whole text, such as a definition, is no occurrence of the lemma. */
static void check_targets(const struct context_set *set)
{
    struct target_check check = {0};
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        for (int side = 0; side < 2; side++) {
            const struct context_occurrence *at = &set->occurrences[pair->occurrences[side]];
            const struct slice target = {at->text + at->target.begin,
                                         at->target.end - at->target.begin};
            if (target.n < at->n_bytes) {
                target_check_add(&check, pair->id, target, pair->lemmas[side]);
            }
        }
    }
    target_check_finish(&check, set->path, 0.02,
                        "do the indices count tokens, or the offsets code points, from 0?");
}

int wic_read(const char *path, struct context_set *ret_set)
{
    if (!file_exists(path)) {
        return error_set(ERR_REQUEST, "%s: no such file or folder", path);
    }
    char *trimmed = mem_text(path);
    for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--) {
        trimmed[n - 1] = '\0';
    }
    struct context_set set;
    context_set_init(&set, file_name(trimmed), path);
    free(trimmed);
    int code = file_is_folder(path) ? read_folder(&set, path, CONTEXT_WHOLE, 0)
                                    : read_one(&set, path, CONTEXT_WHOLE);
    if (code == 0 && set.n_pairs == 0) {
        code = error_set(ERR_REQUEST,
                         "%s: holds no pairs; expected the files of WiC (*.data.txt, *.gold.txt), "
                         "WiC-TSV (*_examples.txt), MCL-WiC (*.data) or XL-WiC (*_SPLIT.txt)",
                         path);
    }
    if (code) {
        context_set_finish(&set);
        return code;
    }
    check_targets(&set);
    *ret_set = set;
    return 0;
}
