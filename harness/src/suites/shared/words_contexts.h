/*
 * words_contexts.h - a contextual embedder turned into a static one: a word's vector is the mean
 * over its occurrences in a text (Bommasani, Davis & Cardie 2020, pooling by mean).
 */
#ifndef SUITES_SHARED_WORDS_CONTEXTS_H
#define SUITES_SHARED_WORDS_CONTEXTS_H

#include "suites/shared/words.h"

/* Words' vectors become means over at most `most` occurrences each (lower-cased, whole words) in
 * the lines of a text file, packed or not. `words` was embedded before (words_embed): a word that
 * does not occur keeps that vector and becomes EMB_WORD_BACKOFF. *ret_found: words that occur. */
int words_from_contexts(struct words *words, struct embedder *embedder, const char *path,
                        uint32_t most, uint32_t *ret_found);

/* The known words' vectors at a stage as a word2vec text file. */
int words_save(const struct words *words, uint32_t stage, const char *path);

#endif /* SUITES_SHARED_WORDS_CONTEXTS_H */
