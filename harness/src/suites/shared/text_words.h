/*
 * text_words.h - the words of a text as a static embedder is given them: what its contexts and its
 * definitions are means of. Only words with a letter count (METRICS.md).
 */
#ifndef SUITES_SHARED_TEXT_WORDS_H
#define SUITES_SHARED_TEXT_WORDS_H

#include <embedder.h>

#include <stddef.h>
#include <stdint.h>

struct text_words {
    struct emb_span *spans; /* [n] by begin */
    uint32_t n;
    size_t capacity;
};

/* Raw text: runs of letters, digits and '_'. Replaces what was there. */
void text_words_cut(struct text_words *words, const char *text, uint32_t n_bytes);
/* Adds the white-space parts of one token of a tokenised text. */
void text_words_add_token(struct text_words *words, const char *text, struct emb_span token);
void text_words_finish(struct text_words *words);

#endif /* SUITES_SHARED_TEXT_WORDS_H */
