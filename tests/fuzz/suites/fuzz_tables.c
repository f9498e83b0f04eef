/*
 * fuzz_tables.c - the readers of word pairs, analogies, synonym questions and sentence pairs and
 * inventories of senses on arbitrary bytes, all on each input. What one of them accepts must be
 * whole: every text is read through.
 */
#include "data/analogy.h"
#include "data/inventory.h"
#include "data/sense_classes.h"
#include "data/pairs.h"
#include "data/sts.h"
#include "data/synonyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched; /* keeps the reads below from being optimised away */

static void touch_pairs(const struct pair_set *set)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pair *pair = &set->pairs[i];
        touched += strlen(pair->first) + strlen(pair->second) + strlen(pair->id);
        for (uint32_t a = 0; a < set->n_attributes; a++) {
            touched += strlen(pair->values[a]);
        }
    }
}

static void touch_analogies(const struct analogy_set *set)
{
    for (uint32_t i = 0; i < set->n && i < 1000; i++) {
        const struct analogy_question *question = &set->questions[i];
        char *id = analogy_id(set, i);
        touched += strlen(id) + strlen(map_key(&set->words, question->a));
        free(id);
        for (uint32_t j = 0; j < question->n_answers; j++) {
            uint32_t answer = set->answers[question->first_answer + j];
            uint32_t word =
                question->n_choices ? set->choices[question->choices + answer][1] : answer;
            touched += strlen(map_key(&set->words, word));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || size > 20000 || write(file, data, size) != (ssize_t)size) {
        close(file);
        return 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct pair_set pairs;
    if (pairs_read(path, &pairs) == 0) {
        touch_pairs(&pairs);
        pairs_finish(&pairs);
    }
    struct analogy_set analogies;
    if (analogy_read(path, &analogies) == 0) {
        touch_analogies(&analogies);
        analogy_finish(&analogies);
    }
    struct synonym_set synonyms;
    if (synonyms_read(path, &synonyms) == 0) {
        touched += strlen(synonyms.questions[synonyms.n - 1].choices[3]);
        synonyms_finish(&synonyms);
    }
    struct sts_set sentences;
    if (sts_read(path, &sentences) == 0) {
        touched += strlen(sentences.pairs[sentences.n - 1].second);
        sts_finish(&sentences);
    }
    struct inventory *inventory;
    if (inventory_open(path, &inventory) == 0) {
        uint32_t n;
        const struct inventory_sense *senses =
            inventory_senses(inventory, "bank", WORDNET_NOUN, &n);
        for (uint32_t i = 0; i < n; i++) {
            touched += strlen(senses[i].label) + inventory_has_sense(inventory, senses[i].label);
        }
        inventory_close(inventory);
    }
    struct sense_classes *classes;
    if (sense_classes_open(path, &classes) == 0) {
        const char *class = sense_class(classes, "bank%1:17:01::");
        touched += class ? strlen(class) : 0;
        sense_classes_close(classes);
    }
    close(file);
    return 0;
}
