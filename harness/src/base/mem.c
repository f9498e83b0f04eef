/* Allocation that ends the process with a message where memory runs out. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21, CACHE_LINE = 64 /* bytes */ };

_Noreturn static void out_of_memory(size_t n, size_t size)
{
    fprintf(stderr, "harness: out of memory: %zu elements of %zu bytes asked for\n", n, size);
    exit(3);
}

/* Fewer faults for a large block, half of the time that WordNet takes; no harm where it is refused.
 */
static void *in_huge_pages(void *block, size_t bytes)
{
    uintptr_t begin = ((uintptr_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t end = ((uintptr_t)block + bytes) / HUGE_PAGE * HUGE_PAGE;
    if (end > begin) {
        madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    }
    return block;
}

void *mem_alloc(size_t bytes)
{
    return mem_array(bytes, 1);
}

void *mem_array(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size ? size : 1);
    if (!block) {
        out_of_memory(n, size);
    }
    return in_huge_pages(block, n * size);
}

void *mem_lines(size_t n, size_t size)
{
    size_t bytes = n * size;
    if ((size != 0 && n > SIZE_MAX / size) || bytes > SIZE_MAX - CACHE_LINE) {
        out_of_memory(n, size);
    }
    void *block = aligned_alloc(CACHE_LINE, (bytes / CACHE_LINE + 1) * CACHE_LINE);
    if (!block) {
        out_of_memory(n, size);
    }
    return memset(in_huge_pages(block, bytes), 0, bytes);
}

void *mem_resize(void *block, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        out_of_memory(n, size);
    }
    void *resized = realloc(block, n > 0 && size > 0 ? n * size : 1);
    if (!resized) {
        out_of_memory(n, size);
    }
    return in_huge_pages(resized, n * size);
}

char *mem_text(const char *text)
{
    return mem_text_n(text, strlen(text));
}

char *mem_text_n(const char *text, size_t n)
{
    char *copy = mem_alloc(n + 1);
    if (n > 0) {
        memcpy(copy, text, n);
    }
    return copy;
}

char *mem_format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256]; /* nearly all fit: formatted once, not measured first */
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    size_t length = n > 0 ? (size_t)n : 0;
    char *text = mem_alloc(length + 1);
    if (length < sizeof small) {
        memcpy(text, small, length);
    } else {
        vsnprintf(text, length + 1, format, again);
    }
    va_end(again);
    return text;
}
