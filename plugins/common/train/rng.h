/*
 * rng.h - small counter-seeded random numbers: every piece of work (a chunk of text in an epoch,
 * a tile of records) seeds its own stream, so that results do not depend on who runs it.
 *
 * splitmix64 (Steele, Lea and Flood 2014) for seeding, xoroshiro128+ (Blackman and Vigna 2018)
 * for the stream; the low bits of the latter are weak and never used alone.
 */
#ifndef TRAIN_RNG_H
#define TRAIN_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[2];
};

static inline uint64_t rng_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The stream of piece (a, b) under a seed. */
static inline struct rng rng_stream(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t key = rng_mix(rng_mix(rng_mix(seed) ^ a) ^ (b + UINT64_C(0x632be59bd9b4e019)));
    return (struct rng){{rng_mix(key), rng_mix(key + 1) | 1}};
}

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t a = rng->s[0], b = rng->s[1], sum = a + b;
    b ^= a;
    rng->s[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    rng->s[1] = (b << 37) | (b >> 27);
    return sum;
}

/* Uniform in [0, n), n >= 1; the bias is below n / 2^32. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* Uniform in [0, 1), 24 bits. */
static inline float rng_unit(struct rng *rng)
{
    return (float)(rng_next(rng) >> 40) * 0x1p-24f;
}

#endif /* TRAIN_RNG_H */
