/*
 * half.h - float32 to IEEE 754 binary16 and back, rounded to nearest, ties to even; beyond 65504
 * infinite, NaN stays NaN.
 */
#ifndef TRANSFORMER_LEARN_HALF_H
#define TRANSFORMER_LEARN_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint16_t half_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t size = bits & 0x7fffffff;
    if (size >= 0x7f800000) {
        return sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00);
    }
    if (size >= 0x477ff000) { /* rounds to 65536 or more */
        return sign | 0x7c00;
    }
    if (size < 0x38800000) { /* below 2^-14: in steps of 2^-24, which adding 0.5 rounds to */
        float whole;
        memcpy(&whole, &size, sizeof whole);
        whole += 0.5f;
        memcpy(&size, &whole, sizeof size);
        return (uint16_t)(sign | (size - 0x3f000000));
    }
    uint32_t odd = size >> 13 & 1;
    return (uint16_t)(sign | (size - 0x38000000 + 0xfff + odd) >> 13);
}

static inline float half_value(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, size = half & 0x7fff, bits;
    float x;
    if (size < 0x400) {
        x = (float)size * 0x1p-24f;
        memcpy(&bits, &x, sizeof bits);
    } else {
        bits = (size << 13) + (size >= 0x7c00 ? 0x70000000 : 0x38000000);
    }
    bits |= sign;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif /* TRANSFORMER_LEARN_HALF_H */
