/* Reads WiC-like pairs from JSON. */
#include "data/wic_files.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/json.h"
#include "data/json_lines.h"
#include "data/table_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct context_set *set;
    const char *path, *gold_path;
    const json *gold; /* NULL: none */
    size_t n;         /* objects so far */
    uint8_t split;
};

/* A number, or a text that is one. */
static bool number_of(const json *object, const char *key, uint64_t *ret_value)
{
    const json *value = jsonr_get(object, key);
    const char *text = jsonr_as_text(value);
    return text ? num_uint(slice_of(text), ret_value) : jsonr_as_uint(value, ret_value);
}

/* "5-9", or "20-22,29-31", which is read from the first to the last. */
static bool range_of(const char *text, uint64_t *ret_start, uint64_t *ret_end)
{
    struct slice rest = slice_of(text), range;
    bool first = true;
    while (slice_field(&rest, ',', &range)) {
        struct slice start;
        uint64_t begin, end;
        if (!slice_field(&range, '-', &start) || !range.text ||
            !num_uint(slice_trim(start), &begin) || !num_uint(slice_trim(range), &end) ||
            (!first && begin < *ret_end)) {
            return false;
        }
        *ret_start = first ? begin : *ret_start;
        *ret_end = end;
        first = false;
    }
    return !first;
}

static uint32_t add_side(struct context_set *set, const json *object, int side)
{
    char key[16];
    uint64_t start, end;
    snprintf(key, sizeof key, "sentence%d", side);
    const char *sentence = jsonr_get_text(object, key, NULL);
    snprintf(key, sizeof key, "ranges%d", side);
    const char *ranges = jsonr_get_text(object, key, NULL);
    bool good = sentence != NULL;
    if (ranges) {
        good = good && range_of(ranges, &start, &end);
    } else {
        snprintf(key, sizeof key, "start%d", side);
        good = good && number_of(object, key, &start);
        snprintf(key, sizeof key, "end%d", side);
        good = good && number_of(object, key, &end);
    }
    return good ? wic_add_by_points(set, slice_of(sentence), start, end) : WORDNET_NONE;
}

/* Some ids begin with a byte order mark. */
static bool is_id(const char *written, const char *id)
{
    return strcmp(text_starts(written, "\xEF\xBB\xBF") ? written + 3 : written, id) == 0;
}

static int8_t tag_if(const json *gold, const char *id)
{
    return is_id(jsonr_get_text(gold, "id", ""), id)
               ? wic_label_of(slice_of(jsonr_get_text(gold, "tag", "")))
               : -1;
}

/* On the pair's own place in the gold, else wherever it is. */
static int8_t gold_tag(const struct reading *reading, const char *id)
{
    int8_t tag = tag_if(jsonr_at(reading->gold, reading->n), id);
    for (size_t i = 0; tag < 0 && i < jsonr_length(reading->gold); i++) {
        tag = tag_if(jsonr_at(reading->gold, i), id);
    }
    return tag;
}

/* The label within the object: true, 1, "T"; -1 if there is none. */
static bool own_label(const json *object, int8_t *ret_same)
{
    const json *label = jsonr_get(object, "label");
    label = label ? label : jsonr_get(object, "tag");
    const char *text = jsonr_as_text(label);
    uint64_t number = 2;
    if (!label) {
        *ret_same = -1;
        return true;
    }
    if (text) {
        *ret_same = wic_label_of(slice_of(text));
    } else if (jsonr_as_uint(label, &number)) {
        *ret_same = number < 2 ? (int8_t)number : -1;
    } else { /* true and false differ from what they fall back to; other things do not */
        bool same = jsonr_as_bool(label, false);
        *ret_same = same == jsonr_as_bool(label, true) ? same : -1;
    }
    return *ret_same >= 0;
}

static struct context_pair *add_pair(struct reading *reading, uint64_t number, const json *object,
                                     uint32_t first, uint32_t second)
{
    const char *id = jsonr_get_text(object, "id", NULL);
    const char *lemma = jsonr_get_text(object, "lemma", NULL);
    lemma = lemma ? lemma : jsonr_get_text(object, "word", "");
    number = jsonr_get_uint(object, "idx", number);
    struct context_pair *pair =
        wic_add_pair(reading->set, reading->split, number, slice_of(lemma),
                     slice_of(jsonr_get_text(object, "pos", "")), first, second);
    pair->id = id ? context_copy(reading->set, slice_of(id)) : pair->id;
    return pair;
}

static int take_object(void *ctx, uint64_t number, const json *object)
{
    struct reading *reading = ctx;
    uint32_t first = add_side(reading->set, object, 1), second = add_side(reading->set, object, 2);
    if (first == WORDNET_NONE || second == WORDNET_NONE) {
        return error_set(
            ERR_REQUEST,
            "%s:%llu: expected sentence1, sentence2 and start1, end1, start2, end2, or "
            "ranges1, ranges2, as offsets in code points",
            reading->path, (unsigned long long)number);
    }
    struct context_pair *pair = add_pair(reading, number, object, first, second);
    if (reading->gold) {
        pair->same = gold_tag(reading, pair->id);
        if (pair->same < 0) {
            return error_set(ERR_REQUEST, "%s: no T or F for \"%s\" of %s", reading->gold_path,
                             pair->id, reading->path);
        }
    } else if (!own_label(object, &pair->same)) {
        return error_set(ERR_REQUEST, "%s:%llu: label: expected true or false", reading->path,
                         (unsigned long long)number);
    }
    reading->n++;
    return 0;
}

int wic_read_json(struct context_set *set, const char *path, const char *gold, uint8_t split)
{
    struct reading reading = {.set = set, .path = path, .gold_path = gold, .split = split};
    struct str text = {0};
    json *tags = NULL;
    int status = gold ? table_text_read(gold, &text) : 0;
    status = status || !gold ? status : jsonr_read_text(str_text(&text), text.n, gold, &tags);
    str_finish(&text);
    status = status ? status : table_text_read(path, &text);
    reading.gold = tags;
    if (status == 0 && !json_lines_are_in(&text)) {
        status = error_set(ERR_REQUEST, "%s: expected pairs as JSON: an array, or an object a line",
                           path);
    }
    status = status ? status : json_lines_each(path, &text, take_object, &reading);
    str_finish(&text);
    jsonr_free(tags);
    return status;
}
