/*
 * sentence.h - a sentence as a message shows it.
 *
 * JSON is UTF-8 and the host's texts are any bytes: what is ill-formed becomes U+FFFD, and all
 * offsets are those of the text as it is sent.
 */
#ifndef PROCESS_SENTENCE_H
#define PROCESS_SENTENCE_H

#include "embedder.h"
#include "text.h"

/* Where each byte of a sentence is in the text as sent; scratch that grows. Only filled in for
 * texts that are not ASCII. */
struct places {
    uint32_t *bytes, *points; /* [n_bytes + 1] byte and code point as sent */
    size_t capacity;
};

/* {"text":…,"words":[begin,end,…],"targets":[begin,end,…]} and, where the text is not ASCII,
 * "words_chars" and "targets_chars" in code points. "words" is null for plain text. Out of memory:
 * text->failed. */
void sentence_write(struct text *text, const struct emb_sentence *sentence, struct places *places);
void places_finish(struct places *places);

/* The sentence's own byte that is `sent` bytes into the text as sent. */
uint32_t sentence_byte_at(const struct emb_sentence *sentence, uint64_t sent);

#endif /* PROCESS_SENTENCE_H */
