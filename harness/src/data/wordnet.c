/* Answers questions about lemmas, senses and synsets of WordNet. */
#include "data/wordnet_own.h"

#include "base/mem.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

enum wordnet_pos wordnet_pos_of(const char *name)
{
    static const struct {
        const char *name;
        enum wordnet_pos pos;
    } names[] = {
        {"NOUN", WORDNET_NOUN}, {"VERB", WORDNET_VERB}, {"ADJ", WORDNET_ADJ},
        {"ADV", WORDNET_ADV},   {"n", WORDNET_NOUN},    {"v", WORDNET_VERB},
        {"a", WORDNET_ADJ},     {"s", WORDNET_ADJ},     {"r", WORDNET_ADV},
        {"N", WORDNET_NOUN},    {"V", WORDNET_VERB},    {"A", WORDNET_ADJ},
        {"S", WORDNET_ADJ},     {"R", WORDNET_ADV},     {"noun", WORDNET_NOUN},
        {"verb", WORDNET_VERB}, {"adj", WORDNET_ADJ},   {"adv", WORDNET_ADV},
        {"J", WORDNET_ADJ},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].pos;
        }
    }
    return text_starts(name, "NN")   ? WORDNET_NOUN
           : text_starts(name, "VB") ? WORDNET_VERB
           : text_starts(name, "JJ") ? WORDNET_ADJ
           : text_starts(name, "RB") ? WORDNET_ADV
                                     : WORDNET_NO_POS;
}

const char *wordnet_pos_name(enum wordnet_pos pos)
{
    static const char *const names[] = {"", "NOUN", "VERB", "ADJ", "ADV"};
    return names[pos];
}

uint32_t *wordnet_key_slot(const struct wordnet *wordnet, const struct wordnet_sense *senses,
                           const char *key, size_t n)
{
    uint32_t at = (uint32_t)hash_bytes(key, n, 0) & wordnet->by_key.mask;
    for (;; at = (at + 1) & wordnet->by_key.mask) {
        uint32_t *slot = &wordnet->by_key.slots[at];
        const char *there = *slot ? senses[*slot - 1].key : NULL;
        if (!there || (strncmp(there, key, n) == 0 && there[n] == '\0')) {
            return slot;
        }
    }
}

uint32_t wordnet_pos_of_key(const char *percent)
{
    return percent[1] == '5' ? WORDNET_ADJ : (uint32_t)(percent[1] - '0');
}

bool wordnet_is_of_lemma(const char *key, const char *lemma, size_t n, uint32_t pos)
{
    return strncmp(key, lemma, n) == 0 && key[n] == '%' && wordnet_pos_of_key(key + n) == pos;
}

uint32_t *wordnet_lemma_slot(const struct wordnet *wordnet, const char *lemma, size_t n,
                             uint32_t pos)
{
    uint32_t at = (uint32_t)hash_bytes(lemma, n, pos) & wordnet->by_lemma.mask;
    for (;; at = (at + 1) & wordnet->by_lemma.mask) {
        uint32_t *slot = &wordnet->by_lemma.slots[at];
        if (!*slot || wordnet_is_of_lemma(wordnet->group_keys[*slot - 1], lemma, n, pos)) {
            return slot;
        }
    }
}

void wordnet_close(struct wordnet *wordnet)
{
    if (!wordnet) {
        return;
    }
    for (int pos = 0; pos <= WORDNET_N_POS; pos++) {
        str_finish(&wordnet->data[pos]);
        map_finish(&wordnet->exceptions[pos].forms);
        free(wordnet->exceptions[pos].bases);
    }
    str_finish(&wordnet->index);
    free(wordnet->by_key.slots);
    free(wordnet->by_lemma.slots);
    arena_finish(&wordnet->texts);
    free(wordnet->synsets);
    free(wordnet->offsets);
    free(wordnet->group_keys);
    free(wordnet->group_begin);
    free(wordnet->senses);
    free(wordnet->synset_senses);
    free(wordnet->folder);
    free(wordnet);
}

const struct wordnet_sense *wordnet_senses(const struct wordnet *wordnet, const char *lemma,
                                           enum wordnet_pos pos, uint32_t *ret_n)
{
    struct str folded = {0};
    unicode_lower(lemma, strlen(lemma), &folded);
    for (size_t i = 0; i < folded.n; i++) {
        if (folded.data[i] == ' ') {
            folded.data[i] = '_';
        }
    }
    bool possible = folded.n > 0 && !memchr(folded.data, '%', folded.n);
    uint32_t number = possible ? *wordnet_lemma_slot(wordnet, folded.data, folded.n, pos) : 0;
    str_finish(&folded);
    if (number == 0) {
        *ret_n = 0;
        return NULL;
    }
    *ret_n = wordnet->group_begin[number] - wordnet->group_begin[number - 1];
    return wordnet->senses + wordnet->group_begin[number - 1];
}

const struct wordnet_sense *wordnet_find(const struct wordnet *wordnet, const char *key)
{
    uint32_t number = *wordnet_key_slot(wordnet, wordnet->senses, key, strlen(key));
    return number ? &wordnet->senses[number - 1] : NULL;
}

uint32_t wordnet_n_senses(const struct wordnet *wordnet)
{
    return (uint32_t)wordnet->n_senses;
}

const struct wordnet_sense *wordnet_sense_at(const struct wordnet *wordnet, uint32_t i)
{
    return &wordnet->senses[i];
}

uint32_t wordnet_sense_index(const struct wordnet *wordnet, const struct wordnet_sense *sense)
{
    return (uint32_t)(sense - wordnet->senses);
}

uint32_t wordnet_n_synsets(const struct wordnet *wordnet)
{
    return (uint32_t)wordnet->n_synsets;
}

const struct wordnet_synset *wordnet_synset(const struct wordnet *wordnet, uint32_t i)
{
    return &wordnet->synsets[i];
}

void wordnet_definition(const struct wordnet_synset *synset, struct str *text)
{
    struct str kept = {0};
    const char *at = synset->gloss.text, *end = at + synset->gloss.n;
    while (at < end) {
        const char *open = memchr(at, '"', (size_t)(end - at));
        const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
        const char *stop = close ? open : end;
        str_append(&kept, at, (size_t)(stop - at));
        at = close ? close + 1 : end;
    }
    size_t begin = 0, n = kept.n;
    while (begin < n && (kept.data[begin] == ';' || kept.data[begin] == ' ')) {
        begin++;
    }
    while (n > begin && (kept.data[n - 1] == ';' || kept.data[n - 1] == ' ')) {
        n--;
    }
    str_append(text, n > begin ? kept.data + begin : "", n - begin);
    str_finish(&kept);
}

bool wordnet_example(const struct wordnet_synset *synset, uint32_t n, struct slice *ret_example)
{
    const char *at = synset->gloss.text, *end = at + synset->gloss.n;
    for (uint32_t i = 0; at < end; i++) {
        const char *open = memchr(at, '"', (size_t)(end - at));
        const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
        if (!close) {
            return false;
        }
        if (i == n) {
            *ret_example = (struct slice){open + 1, (size_t)(close - open - 1)};
            return true;
        }
        at = close + 1;
    }
    return false;
}

const char *wordnet_exceptions(const struct wordnet *wordnet, enum wordnet_pos pos,
                               const char *form)
{
    uint32_t i = map_find_text(&wordnet->exceptions[pos].forms, form);
    return i == MAP_NONE ? NULL : wordnet->exceptions[pos].bases[i];
}
