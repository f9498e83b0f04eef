/*
 * arena.h - many small things that die together. Zero-initialise, use, finish.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *last;
};

void *arena_alloc(struct arena *arena, size_t bytes);              /* zeroed, 16-byte aligned */
char *arena_text(struct arena *arena, const char *text, size_t n); /* NUL-terminated copy */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *arena_keep(struct arena *arena, const char *text); /* the same; NULL stays NULL */
void arena_finish(struct arena *arena); /* frees all; the arena may be used again */

#endif /* BASE_ARENA_H */
