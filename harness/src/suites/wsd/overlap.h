/*
 * overlap.h - how much two glosses have in common: the measure of extended Lesk (Banerjee &
 * Pedersen 2003, "Extended gloss overlaps as a measure of semantic relatedness", section 3).
 * Internal to suites.
 */
#ifndef SUITES_WSD_OVERLAP_H
#define SUITES_WSD_OVERLAP_H

#include "base/map.h"

#include <stddef.h>
#include <stdint.h>

/* Words as numbers; those of an English text that say nothing by themselves come first. */
struct overlap_words {
    struct map numbers;              /* lower-cased; the first n_function are function words */
    uint32_t n_function;             /* 0: not begun */
    struct overlap_scratch *scratch; /* of overlap_score(); NULL: none yet */
};
void overlap_words_finish(struct overlap_words *words);

/* A text's words. */
struct overlap_text {
    uint32_t *words; /* [n] */
    uint32_t n;
    size_t capacity;
    uint64_t said[4]; /* a bit or more of each word that says something (Bloom 1970) */
};
/* Appends the words of a raw text (shared/text_words.h). Zero-initialise; free `words`. */
void overlap_text_add(struct overlap_text *text, struct overlap_words *words, const char *raw,
                      uint32_t n_bytes);

/* The sum of the squares of the lengths of the overlaps: the longest sequence of words that both
 * have, which neither begins nor ends with a function word; then the longest of what is left, and
 * so on, each word used once. Of equal lengths the first in a, then in b, counted from the function
 * words before them. In time of the words and of the pairs of places at which both have one that
 * says something. One thread for each struct overlap_words. */
uint64_t overlap_score(struct overlap_words *words, const struct overlap_text *a,
                       const struct overlap_text *b);

#endif /* SUITES_WSD_OVERLAP_H */
