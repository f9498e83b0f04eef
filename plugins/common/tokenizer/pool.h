/*
 * pool.h - memory that lives as long as its tokenizer, given back at once.
 */
#ifndef TOKENIZER_POOL_H
#define TOKENIZER_POOL_H

#include "embedder.h"

struct pool_block;

struct pool {
    const struct emb_host *host;
    struct pool_block *blocks;
};

void pool_finish(struct pool *pool);
/* Zeroed; NULL: out of memory, reported to the host. */
void *pool_alloc(struct pool *pool, size_t n_bytes);
/* A copy with a NUL after it. */
char *pool_copy(struct pool *pool, const char *text, size_t n_bytes);

#endif /* TOKENIZER_POOL_H */
