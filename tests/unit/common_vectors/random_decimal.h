/* random_decimal.h - numbers as people and programs write them, and hard cases, from a seed. */
#ifndef RANDOM_DECIMAL_H
#define RANDOM_DECIMAL_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_DECIMAL_ROOM = 128 };

static inline uint64_t random_bits(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A float of any sign and exponent, finite. */
static inline float random_float(uint64_t *state)
{
    uint32_t bits;
    do {
        bits = (uint32_t)random_bits(state);
    } while ((bits & 0x7F800000u) == 0x7F800000u);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The midpoint of a float and the next greater one, as a double: exact. */
static inline double random_midpoint(uint64_t *state)
{
    double value = (double)random_float(state);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits |= UINT64_C(0x10000000);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Writes one number and a NUL; text[RANDOM_DECIMAL_ROOM] may be read to its end. */
static inline void random_decimal(uint64_t *state, char *text)
{
    uint64_t kind = random_bits(state) % 12;
    uint64_t r = random_bits(state);
    double unit = (double)(int64_t)r * 0x1p-63;
    size_t room = RANDOM_DECIMAL_ROOM - 24;
    switch (kind) {
    case 0:
        snprintf(text, room, "%.6f", unit);
        return;
    case 1:
        snprintf(text, room, "%.*f", (int)(r % 20), unit * 8);
        return;
    case 2:
        snprintf(text, room, "%.5g", unit * 1e-3);
        return;
    case 3:
        snprintf(text, room, "%.9g", (double)random_float(state));
        return;
    case 4:
        snprintf(text, room, "%.17g", unit);
        return;
    case 5:
        snprintf(text, room, "%.18e", unit);
        return;
    case 6: /* around a midpoint, with as many digits as decide it or fewer */
        snprintf(text, room, "%.*e", (int)(6 + r % 40), random_midpoint(state));
        return;
    case 7:
        snprintf(text, room, "%.*g", (int)(6 + r % 16), random_midpoint(state));
        return;
    case 8:
        snprintf(text, room, "%llue%d", (unsigned long long)(r >> (r % 60)),
                 (int)(random_bits(state) % 90) - 60);
        return;
    case 9:
        snprintf(text, room, "%llu.%llu", (unsigned long long)(r >> 40),
                 (unsigned long long)(random_bits(state) >> (r % 64)));
        return;
    case 10: /* a float near 1, halfway, in full */
        snprintf(text, room, "%.30f", (double)(1u << 24 | (uint32_t)(r & 0xFFFFFF)) * 0x1p-24);
        return;
    default:
        snprintf(text, room, "-%.*f", (int)(r % 9), (double)(r >> 44) * 1e-4);
        return;
    }
}

#endif /* RANDOM_DECIMAL_H */
