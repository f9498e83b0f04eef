/* Allocates from the host in blocks that are freed with the tokenizer. */
#include "tokenizer/pool.h"

#include "embedder_util.h"

#include <string.h>

struct pool_block {
    struct pool_block *next;
    max_align_t data[];
};

void pool_finish(struct pool *pool)
{
    while (pool->blocks) {
        struct pool_block *next = pool->blocks->next;
        pool->host->free(pool->host, pool->blocks);
        pool->blocks = next;
    }
}

void *pool_alloc(struct pool *pool, size_t n_bytes)
{
    struct pool_block *block = NULL;
    if (n_bytes < SIZE_MAX / 2) {
        block = pool->host->alloc(pool->host, sizeof *block + n_bytes);
    }
    if (!block) {
        emb_failf(pool->host, EMB_E_NOMEM, "out of memory for a tokenizer (%zu bytes)", n_bytes);
        return NULL;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    return block->data;
}

char *pool_copy(struct pool *pool, const char *text, size_t n_bytes)
{
    char *copy = pool_alloc(pool, n_bytes + 1);
    if (copy) {
        memcpy(copy, text, n_bytes);
        copy[n_bytes] = '\0';
    }
    return copy;
}
