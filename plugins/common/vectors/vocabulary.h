/*
 * vocabulary.h - words by number and numbers by word.
 *
 * Three arrays without pointers, so that a cache file can hold them and be mapped as they are:
 *   text     the words in order, a NUL byte after each
 *   offsets  [n_words + 1] word i is text[offsets[i] .. offsets[i + 1] - 1)
 *   slots    [n_slots, a power of two] open addressing: the word with fingerprint f is in the first
 *            slot from f mod n_slots on (cyclically) that has its tag f >> 32 and its spelling;
 *            an empty slot ends the search
 */
#ifndef VECTORS_VOCABULARY_H
#define VECTORS_VOCABULARY_H

#include "vectors/pages.h"

#include <stdbool.h>
#include <stdint.h>

#define VOCABULARY_MAX_WORDS (UINT64_C(1) << 31)
#define VOCABULARY_NONE UINT64_MAX

struct vocabulary_slot {
    uint32_t tag;    /* upper half of the fingerprint */
    uint32_t number; /* word + 1; 0 = empty */
};

struct vocabulary {
    uint64_t n_words;
    uint64_t n_bytes; /* of text, NULs included */
    uint64_t n_slots;
    const char *text;
    const uint64_t *offsets;
    const struct vocabulary_slot *slots;
};

/* Do the arrays keep the promises above, wherever they come from: offsets that grow from 0 to the
 * end of the text, a NUL behind each word, slots that name each word once and leave one empty? */
bool vocabulary_holds(const struct vocabulary *words);

/* Word i, NUL-terminated (it may hold NULs itself); *ret_n_bytes without the NUL. i < n_words. */
const char *vocabulary_word(const struct vocabulary *words, uint64_t i, uint32_t *ret_n_bytes);
/* Number of the word, VOCABULARY_NONE if there is none. */
uint64_t vocabulary_find(const struct vocabulary *words, const char *word, size_t n_bytes);
/* The same, its fingerprint_of() in hand. */
uint64_t vocabulary_find_print(const struct vocabulary *words, const char *word, size_t n_bytes,
                               uint64_t print);

/* A vocabulary under construction, zero-initialised. `words` can be searched between additions;
 * its pointers move with each. */
struct vocabulary_builder {
    struct vocabulary words;
    struct pages text, offsets, slots;
};

/* Room for n words in all, of n_bytes in all without NULs. False: out of memory. */
bool vocabulary_reserve(struct vocabulary_builder *builder, uint64_t n, uint64_t n_bytes);
/* 1: added as the last word; 0: already there; -1: out of memory. */
int vocabulary_add(struct vocabulary_builder *builder, const char *word, size_t n_bytes,
                   uint64_t print);
/* Forget all words from number n on. */
void vocabulary_cut(struct vocabulary_builder *builder, uint64_t n);
void vocabulary_release(struct vocabulary_builder *builder);

#endif /* VECTORS_VOCABULARY_H */
