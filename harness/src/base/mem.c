#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void out_of_memory(size_t n, size_t size)
{
    fprintf(stderr, "harness: out of memory: %zu elements of %zu bytes asked for\n", n, size);
    exit(3);
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
    return block;
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
    return resized;
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
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = mem_alloc((size_t)(n < 0 ? 0 : n) + 1);
    vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, format, again);
    va_end(again);
    return text;
}
