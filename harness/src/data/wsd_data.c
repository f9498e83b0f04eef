/* Builds a set of sense-tagged sentences token by token, checks it, finds its parts and thins it.
 */
#include "data/wsd_data.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct wsd_data *wsd_data_create(const char *name, const char *path)
{
    struct wsd_data *data = mem_alloc(sizeof *data);
    data->name = mem_text(name);
    data->path = mem_text(path);
    str_append(&data->text, "", 0);
    return data;
}

struct wsd_data *wsd_data_of_folder(const char *path)
{
    char *trimmed = mem_text(path);
    for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--) {
        trimmed[n - 1] = '\0';
    }
    struct wsd_data *data = wsd_data_create(file_name(trimmed), trimmed);
    free(trimmed);
    return data;
}

void wsd_data_free(struct wsd_data *data)
{
    if (data) {
        arena_finish(&data->texts);
        str_finish(&data->text);
        map_finish(&data->ids);
        map_finish(&data->documents);
        map_finish(&data->labels);
        free(data->words);
        free(data->sentences);
        free(data->instances);
        free(data->gold);
        free(data->clues);
        free(data->senses);
        free(data->path);
        free(data->name);
        free(data);
    }
}

void wsd_sets_finish(struct wsd_sets *sets)
{
    for (uint32_t i = 0; i < sets->n; i++) {
        wsd_data_free(sets->sets[i]);
    }
    free(sets->sets);
    *sets = (struct wsd_sets){0};
}

uint32_t wsd_begin_sentence(struct wsd_data *data, const char *document)
{
    MEM_GROW(data->sentences, data->sentences_capacity, data->n_sentences + 1);
    data->sentences[data->n_sentences] = (struct wsd_sentence){
        .text = data->text.n,
        .first_word = data->n_words,
        .first_instance = (uint32_t)data->n_instances,
        .document = map_put_text(&data->documents, document),
    };
    return (uint32_t)data->n_sentences++;
}

static uint32_t add_token(struct wsd_data *data, struct slice text, bool apart)
{
    if (text.n == 0) {
        return MAP_NONE;
    }
    struct wsd_sentence *sentence = &data->sentences[data->n_sentences - 1];
    if (sentence->n_words && apart) {
        str_add_char(&data->text, ' ');
        sentence->n_bytes++;
    }
    str_append(&data->text, text.text, text.n);
    MEM_GROW(data->words, data->words_capacity, data->n_words + 1);
    data->words[data->n_words++] =
        (struct emb_span){sentence->n_bytes, sentence->n_bytes + (uint32_t)text.n};
    sentence->n_bytes += (uint32_t)text.n;
    return sentence->n_words++;
}

uint32_t wsd_add_token(struct wsd_data *data, struct slice text)
{
    return add_token(data, text, true);
}

uint32_t wsd_join_token(struct wsd_data *data, struct slice text)
{
    return add_token(data, text, false);
}

uint32_t wsd_add_instance(struct wsd_data *data, const char *id, const char *lemma,
                          enum wordnet_pos pos, uint32_t token)
{
    uint32_t number = map_put_text(&data->ids, id);
    if (number != data->n_instances) {
        return MAP_NONE;
    }
    struct wsd_sentence *sentence = &data->sentences[data->n_sentences - 1];
    assert(token < sentence->n_words);
    MEM_GROW(data->instances, data->instances_capacity, data->n_instances + 1);
    data->instances[data->n_instances++] = (struct wsd_instance){
        .id = map_key(&data->ids, number),
        .lemma = arena_keep(&data->texts, lemma),
        .span = data->words[sentence->first_word + token],
        .sentence = (uint32_t)data->n_sentences - 1,
        .token = token,
        .pos = (uint8_t)pos,
    };
    sentence->n_instances++;
    return number;
}

void wsd_add_gold(struct wsd_data *data, uint32_t instance, struct slice label)
{
    struct wsd_instance *owner = &data->instances[instance];
    uint32_t number = map_put(&data->labels, label.text, label.n);
    if (owner->n_gold == 0) {
        owner->first_gold = (uint32_t)data->n_gold;
    }
    for (uint16_t i = 0; i < owner->n_gold; i++) {
        if (data->gold[owner->first_gold + i] == number) {
            return;
        }
    }
    MEM_GROW(data->gold, data->gold_capacity, data->n_gold + 1);
    data->gold[data->n_gold++] = number;
    owner->n_gold++;
}

bool wsd_add_golds(struct wsd_data *data, uint32_t instance, struct slice labels)
{
    struct slice label;
    while (slice_word(&labels, &label)) {
        if (data->instances[instance].n_gold == WSD_MAX_GOLD) {
            return false;
        }
        wsd_add_gold(data, instance, label);
    }
    return true;
}

void wsd_add_clue(struct wsd_data *data, uint32_t instance, uint32_t token, uint32_t distance)
{
    struct wsd_instance *owner = &data->instances[instance];
    uint8_t side = token < owner->token ? WSD_LEFT : WSD_RIGHT;
    uint16_t kept = distance < UINT16_MAX ? (uint16_t)distance : UINT16_MAX;
    if (owner->n_clues == 0) {
        owner->first_clue = (uint32_t)data->n_clues;
        owner->side = side;
        owner->distance = kept;
    }
    owner->side = owner->side == side ? side : WSD_BOTH_SIDES;
    owner->distance = kept < owner->distance ? kept : owner->distance;
    if (owner->n_clues < UINT8_MAX) {
        MEM_GROW(data->clues, data->clues_capacity, data->n_clues + 1);
        data->clues[data->n_clues++] = token;
        owner->n_clues++;
    }
}

uint32_t wsd_add_listed_sense(struct wsd_data *data, struct slice label, struct slice lemma,
                              enum wordnet_pos pos, struct slice definition, struct slice keys)
{
    MEM_GROW(data->senses, data->senses_capacity, data->n_senses + 1);
    data->senses[data->n_senses] = (struct wsd_listed_sense){
        .label = arena_text(&data->texts, label.text, label.n),
        .lemma = arena_text(&data->texts, lemma.text, lemma.n),
        .definition = arena_text(&data->texts, definition.text, definition.n),
        .keys = arena_text(&data->texts, keys.text, keys.n),
        .pos = (uint8_t)pos,
    };
    return (uint32_t)data->n_senses++;
}

/* The part that an instance id names, "senseval2" of "senseval2.d000.s000.t000"; empty if what
 * follows the first '.' is no document number. */
static struct slice part_of(const char *id)
{
    size_t n = strcspn(id, ".");
    const char *document = id + n + (id[n] == '.');
    bool numbered = document[0] == 'd' && strspn(document + 1, "0123456789") > 0;
    return (struct slice){id, numbered ? n : 0};
}

/* A set whose ids carry the names of two sets or more is made of them. */
static void find_parts(struct wsd_data *data)
{
    struct map names = {0};
    bool all = true;
    for (size_t i = 0; i < data->n_instances && all; i++) {
        struct slice part = part_of(data->instances[i].id);
        uint32_t number = part.n ? map_put(&names, part.text, part.n) : MAP_NONE;
        all = number < WSD_MAX_PARTS;
        data->instances[i].part = all ? (uint8_t)number : 0;
    }
    if (all && names.n > 1) {
        for (uint32_t p = 0; p < names.n; p++) {
            const char *name = map_key(&names, p);
            data->parts[p] = arena_keep(&data->texts, name);
        }
        data->n_parts = names.n;
    } else {
        for (size_t i = 0; i < data->n_instances; i++) {
            data->instances[i].part = 0;
        }
    }
    map_finish(&names);
}

int wsd_data_check(struct wsd_data *data, const char *gold_path)
{
    if (data->n_instances == 0) {
        return error_set(ERR_REQUEST, "%s: holds no instance", data->path);
    }
    for (size_t i = 0; i < data->n_instances; i++) {
        if (data->instances[i].n_gold == 0) {
            return error_set(ERR_REQUEST, "%s: no gold for the instance '%s' of %s", gold_path,
                             data->instances[i].id, data->path);
        }
    }
    if (data->n_parts == 0) {
        find_parts(data);
    }
    return 0;
}

void wsd_data_thin(struct wsd_data *data, uint64_t step, uint64_t limit)
{
    size_t n = 0, n_sentences = 0;
    for (size_t s = 0; s < data->n_sentences; s++) {
        struct wsd_sentence sentence = data->sentences[s];
        size_t first = n;
        for (size_t i = sentence.first_instance;
             i < (size_t)sentence.first_instance + sentence.n_instances; i++) {
            if (i % step == 0 && (limit == 0 || n < limit)) {
                data->instances[n] = data->instances[i];
                data->instances[n++].sentence = (uint32_t)n_sentences;
            }
        }
        if (n > first) {
            sentence.first_instance = (uint32_t)first;
            sentence.n_instances = (uint32_t)(n - first);
            data->sentences[n_sentences++] = sentence;
        }
    }
    data->n_instances = n;
    data->n_sentences = n_sentences;
}

const char *wsd_side_name(uint8_t side)
{
    static const char *const names[] = {NULL, "left", "right", "both"};
    return names[side];
}
