/*
 * mem.h - memory that is there. A request that cannot be met says so on stderr and ends the process
 * with status 3: a harness process holds nothing that a report needs but what is already written,
 * and an embedder's worker that ends so becomes a row in the report.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t bytes);                        /* zeroed; never NULL */
void *mem_array(size_t n, size_t size);               /* zeroed; n * size checked */
void *mem_resize(void *block, size_t n, size_t size); /* realloc; new bytes not zeroed */
/* zeroed, its address a multiple of 64, a cache line: vectors of 64 bytes do not lie across two */
void *mem_lines(size_t n, size_t size);
char *mem_text(const char *text);             /* strdup */
char *mem_text_n(const char *text, size_t n); /* strndup, always NUL-terminated */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Room for at least n elements in an array that grows by half: for `MEM_GROW(items, capacity, n)`.
 */
#define MEM_GROW(items, capacity, n)                                                               \
    do {                                                                                           \
        if ((size_t)(n) > (size_t)(capacity)) {                                                    \
            size_t grown_ = (size_t)(capacity) + (size_t)(capacity) / 2 + 8;                       \
            (capacity) = grown_ < (size_t)(n) ? (size_t)(n) : grown_;                              \
            (items) = mem_resize((items), (capacity), sizeof *(items));                            \
        }                                                                                          \
    } while (0)

#endif /* BASE_MEM_H */
