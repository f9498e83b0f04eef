/* fuzz_decimal.c - any bytes as a number: the same end and the same bits as strtof. */
#include "vectors/decimal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size = size < 4096 ? size : 4096;
    char *text = calloc(1, size + 1 + DECIMAL_SLACK);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    for (size_t at = 0; at < size && at < 64; at++) {
        float fast = -7.0f, slow = -7.0f;
        const char *fast_end = decimal_parse(text + at, &fast);
        const char *slow_end = decimal_parse_ref(text + at, &slow);
        if (fast_end != slow_end || memcmp(&fast, &slow, sizeof fast) != 0) {
            fprintf(stderr, "'%s': %a, strtof %a\n", text + at, (double)fast, (double)slow);
            abort();
        }
    }
    free(text);
    return 0;
}
