/*
 * vocabulary.h - the closed vocabulary that a program announced: its words and their table, held by
 * the plugin, where the program cannot change them.
 */
#ifndef PROCESS_VOCABULARY_H
#define PROCESS_VOCABULARY_H

#include "base/json.h"
#include "embedder.h"

struct vocabulary {
    char *bytes;      /* the words, one behind the other */
    uint64_t *begins; /* [n + 1] */
    uint32_t *slots;  /* [n_slots] word number + 1 by its hash; 0 = free */
    float *table;     /* [n, dim], the host's memory; NULL = not given */
    uint64_t n, n_slots;
};

/* words: an array of n texts. */
emb_status vocabulary_fill(const struct emb_host *host, const struct json *words, uint64_t n,
                           struct vocabulary *ret_vocabulary);
const char *vocabulary_word(const struct vocabulary *vocabulary, uint64_t i, uint32_t *ret_n_bytes);
/* UINT64_MAX: not in it. */
uint64_t vocabulary_find(const struct vocabulary *vocabulary, const char *word, uint32_t n_bytes);
void vocabulary_finish(struct vocabulary *vocabulary, const struct emb_host *host);

#endif /* PROCESS_VOCABULARY_H */
