/*
 * lookup.h - from a word of a text to a row: the rules of static_model.h.
 */
#ifndef VECTORS_LOOKUP_H
#define VECTORS_LOOKUP_H

#include "embedder.h"
#include "vectors/vectors.h"

/* Rules 1 and 3. EMB_WORD_OK, EMB_WORD_BACKOFF (*ret_i written), EMB_WORD_UNKNOWN or EMB_E_NOMEM.
 */
int32_t lookup_number(const struct vector_table *table, const char *word, size_t n_bytes,
                      uint64_t *ret_i);

/* All rules: writes `ret_vector` ([dim]). EMB_WORD_* or EMB_E_NOMEM. */
int32_t lookup_vector(const struct vector_table *table, const char *word, size_t n_bytes,
                      float *ret_vector);

/* The table [n_words, dim]; for a fastText model made at the first call. NULL: out of memory. */
const float *lookup_rows(const struct vector_table *table);

struct lookup_pieces {
    const struct vector_table *table;
    struct emb_piece *pieces; /* [capacity] */
    uint32_t capacity, n;     /* n may pass capacity: how many there are */
};

/* The pieces of a sentence: its words, or without any what stands between white space; each found
 * as a whole by rules 1 and 3, else its parts between white space, '_' and, where the sentence has
 * no words of its own, ASCII punctuation. EMB_OK or EMB_E_NOMEM. */
emb_status lookup_cut(struct lookup_pieces *out, const struct emb_sentence *sentence);

#endif /* VECTORS_LOOKUP_H */
