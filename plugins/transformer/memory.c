/* memory.c - the blocks that a model has from the host, and buffers that grow. */
#include "model.h"

#include "embedder_util.h"

#include <string.h>

void *memory_take(struct memory *memory, uint64_t n, uint64_t size)
{
    const struct emb_host *host = memory->host;
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    if (memory->n == memory->capacity) {
        uint32_t capacity = memory->capacity ? 2 * memory->capacity : 64;
        void **blocks = host->alloc(host, capacity * sizeof *blocks);
        if (!blocks) {
            return NULL;
        }
        if (memory->n > 0) {
            memcpy(blocks, memory->blocks, memory->n * sizeof *blocks);
        }
        host->free(host, memory->blocks);
        memory->blocks = blocks;
        memory->capacity = capacity;
    }
    void *block = host->alloc(host, (size_t)(n * size));
    if (block) {
        memory->blocks[memory->n++] = block;
    }
    return block;
}

void memory_give(struct memory *memory, void *block)
{
    for (uint32_t i = memory->n; block && i > 0; i--) {
        if (memory->blocks[i - 1] == block) {
            memory->blocks[i - 1] = memory->blocks[--memory->n];
            memory->host->free(memory->host, block);
            return;
        }
    }
}

void memory_finish(struct memory *memory)
{
    for (uint32_t i = 0; i < memory->n; i++) {
        memory->host->free(memory->host, memory->blocks[i]);
    }
    if (memory->host) {
        memory->host->free(memory->host, memory->blocks);
    }
    *memory = (struct memory){.host = memory->host};
}

emb_status no_memory(const struct emb_host *host, const char *what)
{
    return emb_failf(host, EMB_E_NOMEM, "transformer: no memory for %s", what);
}

emb_status memory_grow(struct memory *memory, void *array, uint64_t *capacity, uint64_t n,
                       size_t size)
{
    void *old;
    memcpy(&old, array, sizeof old); /* array is the address of a pointer of any type */
    if (n <= *capacity) {
        return EMB_OK;
    }
    uint64_t wanted = *capacity * 2 > n ? *capacity * 2 : n;
    void *block = memory_take(memory, wanted, size);
    if (!block) {
        return no_memory(memory->host, "a batch");
    }
    if (old) {
        memcpy(block, old, (size_t)*capacity * size);
        memory_give(memory, old);
    }
    memcpy(array, &block, sizeof block);
    *capacity = wanted;
    return EMB_OK;
}
