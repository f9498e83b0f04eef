/* utf8.h - well-formed UTF-8, for names that come from a file. */
#ifndef COMMON_TENSORS_UTF8_H
#define COMMON_TENSORS_UTF8_H

#include <stdint.h>

/* Length of the well-formed sequence at bytes (Unicode 15, table 3-7), `left` >= 1 bytes being
 * there; 0 if there is none. */
static inline uint32_t utf8_length(const uint8_t *bytes, uint64_t left)
{
    uint8_t b = bytes[0];
    if (b < 0x80) {
        return 1;
    }
    uint32_t n = b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
    if (n == 0 || left < n) {
        return 0;
    }
    uint8_t low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    uint8_t high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    for (uint32_t i = 2; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

#endif /* COMMON_TENSORS_UTF8_H */
