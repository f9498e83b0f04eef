/*
 * rng.h - random numbers that are the same everywhere: xoshiro256++ (Blackman & Vigna 2021), seeded
 * by splitmix64. A stream of its own per (seed, stream), so that results do not depend on threads.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_init(struct rng *rng, uint64_t seed, uint64_t stream); /* stream: one a purpose */
uint64_t rng_next(struct rng *rng);              /* 64 uniform bits */
uint64_t rng_below(struct rng *rng, uint64_t n); /* uniform in [0, n), n > 0, unbiased */
double rng_unit(struct rng *rng);                /* uniform in [0, 1) */
double rng_normal(struct rng *rng);              /* mean 0, variance 1 */
void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t n); /* [n], every order alike */

#endif /* BASE_RNG_H */
