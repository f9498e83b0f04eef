/* Test instances and sentences that training text holds too. */
#include "suites/shared/text_overlap.h"

#include "base/log.h"
#include "base/mem.h"
#include "data/context_pairs.h"

#include <stdlib.h>

/* The same target of the same text; texts are numbered. */
struct place {
    uint32_t text, begin, end;
};

static uint32_t find_text(const struct map *texts, const struct wsd_data *data, uint32_t sentence)
{
    return map_find(texts, wsd_sentence_text(data, sentence), data->sentences[sentence].n_bytes);
}

static struct place place_of(const struct wsd_instance *instance, uint32_t text)
{
    return (struct place){text, instance->span.begin, instance->span.end};
}

/* Marks the test's texts and places that the training text holds. */
static void meet(const struct wsd_data *train, const struct map *texts, const struct map *places,
                 uint8_t *text_met, uint8_t *place_met)
{
    for (uint32_t s = 0; s < train->n_sentences; s++) {
        const struct wsd_sentence *sentence = &train->sentences[s];
        uint32_t text = find_text(texts, train, s);
        if (text == MAP_NONE) {
            continue;
        }
        text_met[text] = 1;
        for (uint32_t i = 0; i < sentence->n_instances; i++) {
            struct place at = place_of(&train->instances[sentence->first_instance + i], text);
            uint32_t place = map_find(places, (const char *)&at, sizeof at);
            if (place != MAP_NONE) {
                place_met[place] = 1;
            }
        }
    }
}

struct text_overlap text_overlap_wsd(const struct wsd_data *test, const struct wsd_data *train)
{
    struct text_overlap overlap = {.n_instances = test->n_instances,
                                   .n_sentences = test->n_sentences};
    struct map texts = {0}, places = {0};
    for (uint32_t s = 0; s < test->n_sentences; s++) {
        map_put(&texts, wsd_sentence_text(test, s), test->sentences[s].n_bytes);
    }
    uint32_t *place = mem_array(test->n_instances + 1, sizeof *place);
    for (size_t i = 0; i < test->n_instances; i++) {
        const struct wsd_instance *instance = &test->instances[i];
        struct place at = place_of(instance, find_text(&texts, test, instance->sentence));
        place[i] = map_put(&places, (const char *)&at, sizeof at);
    }
    uint8_t *text_met = mem_array(texts.n + 1u, 1), *place_met = mem_array(places.n + 1u, 1);
    meet(train, &texts, &places, text_met, place_met);
    for (uint32_t s = 0; s < test->n_sentences; s++) {
        overlap.sentences += text_met[find_text(&texts, test, s)];
    }
    for (size_t i = 0; i < test->n_instances; i++) {
        if (place_met[place[i]]) {
            overlap.first = overlap.first ? overlap.first : test->instances[i].id;
            overlap.instances++;
        }
    }
    free(text_met);
    free(place_met);
    free(place);
    map_finish(&texts);
    map_finish(&places);
    return overlap;
}

/* The two occurrences of a pair, the lower number first. */
static void key_of(const struct context_pair *pair, uint32_t ret_key[2])
{
    bool swap = pair->occurrences[1] < pair->occurrences[0];
    ret_key[0] = pair->occurrences[swap];
    ret_key[1] = pair->occurrences[!swap];
}

struct text_overlap text_overlap_pairs(const struct context_set *set, uint32_t split,
                                       uint32_t train)
{
    struct text_overlap overlap = {0};
    struct map pairs = {0}, texts = {0};
    uint32_t key[2];
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (set->pairs[p].split == train) {
            key_of(&set->pairs[p], key);
            map_put(&pairs, (const char *)key, sizeof key);
            for (int side = 0; side < 2; side++) {
                const struct context_occurrence *at = &set->occurrences[key[side]];
                map_put(&texts, at->text, at->n_bytes);
            }
        }
    }
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (set->pairs[p].split != split) {
            continue;
        }
        key_of(&set->pairs[p], key);
        overlap.n_instances++;
        if (map_find(&pairs, (const char *)key, sizeof key) != MAP_NONE) {
            overlap.first = overlap.first ? overlap.first : set->pairs[p].id;
            overlap.instances++;
        }
        for (int side = 0; side < 2; side++) {
            const struct context_occurrence *at = &set->occurrences[key[side]];
            overlap.n_sentences++;
            overlap.sentences += map_find(&texts, at->text, at->n_bytes) != MAP_NONE;
        }
    }
    map_finish(&pairs);
    map_finish(&texts);
    return overlap;
}

void text_overlap_warn(const struct text_overlap *overlap, const char *test, const char *train)
{
    if (overlap->instances) {
        log_warn("%s: %llu of %llu instances stand in the training data %s too (first %s), and "
                 "%llu of %llu sentences; on these, scores do not show generalisation",
                 test, (unsigned long long)overlap->instances,
                 (unsigned long long)overlap->n_instances, train, overlap->first,
                 (unsigned long long)overlap->sentences, (unsigned long long)overlap->n_sentences);
    } else if (overlap->sentences) {
        log_warn("%s: %llu of %llu sentences stand in the training data %s too, with other targets",
                 test, (unsigned long long)overlap->sentences,
                 (unsigned long long)overlap->n_sentences, train);
    }
}
