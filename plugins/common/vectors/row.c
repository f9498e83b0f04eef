/* Is a row finite, and is a word valid UTF-8? */
#include "base/unicode.h"
#include "vectors/reader.h"

#include <string.h>

uint32_t first_not_finite(const float *values, uint32_t n)
{
    uint32_t n_bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        n_bad += (bits & 0x7F800000u) == 0x7F800000u;
    }
    uint32_t i = 0;
    while (n_bad > 0 && i < n && values[i] - values[i] == 0.0f) {
        i++;
    }
    return n_bad > 0 ? i : n;
}

bool is_utf8(const char *text, size_t n_bytes)
{
    return utf8_valid_prefix(text, n_bytes) == n_bytes;
}
