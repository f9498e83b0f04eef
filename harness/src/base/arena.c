/* Small allocations carved out of growing blocks and freed together. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks grow: many arenas hold little, such as a protocol's, and some hold a data set. */
enum { FIRST_BYTES = 1024, MOST_BYTES = 64 * 1024 };

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
        size_t size = !block                     ? FIRST_BYTES
                      : block->size < MOST_BYTES ? 2 * block->size
                                                 : MOST_BYTES;
        size = rounded > size ? rounded : size;
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

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = arena_alloc(arena, (size_t)(n < 0 ? 0 : n) + 1);
    vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, format, again);
    va_end(again);
    return text;
}

const char *arena_keep(struct arena *arena, const char *text)
{
    return text ? arena_text(arena, text, strlen(text)) : NULL;
}

void arena_finish(struct arena *arena)
{
    while (arena->last) {
        struct arena_block *block = arena->last;
        arena->last = block->before;
        free(block);
    }
}
