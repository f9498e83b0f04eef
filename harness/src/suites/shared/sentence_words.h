/*
 * sentence_words.h - the words of a sentence of which a static embedder makes the sentence's
 * vector, their mean.
 */
#ifndef SUITES_SHARED_SENTENCE_WORDS_H
#define SUITES_SHARED_SENTENCE_WORDS_H

#include "base/str.h"

#include <embedder.h>

/* Words of a lower-cased raw text: runs of letters and digits; what an apostrophe joins to them is
 * a word of its own with it ('s, 're; n't takes its n along), as the Penn Treebank cuts and as
 * GloVe's vocabulary has it. Punctuation is no word. spans has room for every byte. */
uint32_t sentence_words_cut(const struct str *text, struct emb_span *spans);

#endif /* SUITES_SHARED_SENTENCE_WORDS_H */
