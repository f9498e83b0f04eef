/*
 * exponential.h - e^x in float32, in a form that compilers turn into vectors.
 *
 * x = n ln 2 + r, |r| <= ln 2 / 2; e^r by the polynomial of the Cephes library's expf (Moshier
 * 1989), 2^n by the exponent's bits. Relative error below 2e-7 between -87 and 88; beyond, the
 * value there.
 */
#ifndef TRANSFORMER_LEARN_EXPONENTIAL_H
#define TRANSFORMER_LEARN_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

/* Instruction sets that a hot loop is compiled for; the loader picks one. Not by clang, whose
 * clones of static functions of one name, of several files, collide when linked. */
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) &&                 \
    !defined(__clang__)
#define LEARN_HOT __attribute__((target_clones("avx512f", "avx2,fma", "default"), optimize("O3")))
#else
#define LEARN_HOT
#endif

static inline float learn_exp(float x)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float n = (x * 1.44269504088896341f + round) - round;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * r * r + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return y * power;
}

#endif /* TRANSFORMER_LEARN_EXPONENTIAL_H */
