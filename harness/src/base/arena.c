/* Small allocations carved out of growing blocks and freed together. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

struct arena_block {
    struct arena_block *before;
    size_t used, size;
    _Alignas(16) char bytes[];
};

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + 15) / 16 * 16;
    struct arena_block *block = arena->last;
    if (!block || block->size - block->used < rounded) {
        size_t size = rounded > ARENA_BLOCK_BYTES ? rounded : ARENA_BLOCK_BYTES;
        block = mem_alloc(sizeof *block + size);
        block->size = size;
        block->before = arena->last;
        arena->last = block;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    return memory;
}

char *arena_text(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (n > 0) {
        memcpy(copy, text, n);
    }
    return copy;
}

void arena_finish(struct arena *arena)
{
    while (arena->last) {
        struct arena_block *block = arena->last;
        arena->last = block->before;
        free(block);
    }
}
