/*
 * vocab.h - spellings and their ids, both ways.
 *
 * Built once (vocab_add, then vocab_seal), read by any number of threads.
 */
#ifndef TOKENIZER_VOCAB_H
#define TOKENIZER_VOCAB_H

#include "embedder.h"

#include <stdbool.h>

#define VOCAB_MAX_ID ((1u << 24) - 1) /* larger ids only stand in files made to exhaust memory */

struct vocab_entry {
    uint64_t text; /* where it begins in `bytes` */
    uint32_t n_bytes, id;
};

struct vocab_slot {
    uint32_t hash;
    uint32_t entry; /* index + 1; 0 = free */
};

struct vocab {
    const struct emb_host *host;
    char *bytes;                 /* all spellings, each NUL-terminated */
    struct vocab_entry *entries; /* [n] */
    struct vocab_slot *slots;    /* [mask + 1], at most half of them taken */
    uint32_t *by_id;             /* [n_ids] index into entries + 1, 0 = no such id */
    uint64_t n_bytes, bytes_capacity;
    uint32_t n, capacity, mask, n_ids;
    uint32_t longest; /* bytes of the longest spelling */
};

void vocab_init(struct vocab *vocab, const struct emb_host *host);
void vocab_finish(struct vocab *vocab);

/* EMB_E_NOMEM (reported to the host), or EMB_OK. id <= VOCAB_MAX_ID. */
emb_status vocab_add(struct vocab *vocab, const char *text, uint32_t n_bytes, uint32_t id);
/* Build the tables. Where a spelling was added twice the last id counts. */
emb_status vocab_seal(struct vocab *vocab);

bool vocab_find(const struct vocab *vocab, const char *text, uint32_t n_bytes, uint32_t *ret_id);
/* NULL if there is no such id. */
const char *vocab_text(const struct vocab *vocab, uint32_t id, uint32_t *ret_n_bytes);

/* The hash is built byte by byte, so that all prefixes of a text are hashed in one go. */
#define VOCAB_HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t vocab_hash_step(uint64_t state, unsigned char byte)
{
    return (state ^ byte) * UINT64_C(0x100000001b3); /* FNV-1a */
}

/* Id of prefix + text[0, n_bytes), given the state after both. */
bool vocab_find_hashed(const struct vocab *vocab, uint64_t state, const char *prefix,
                       uint32_t n_prefix, const char *text, uint32_t n_bytes, uint32_t *ret_id);

#endif /* TOKENIZER_VOCAB_H */
