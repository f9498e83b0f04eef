/* Random streams: xoshiro256++ seeded by splitmix64, and bounded draws from them. */
#include "base/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

void rng_init(struct rng *rng, uint64_t seed, uint64_t stream)
{
    uint64_t state = stream;
    state = splitmix(&state) ^ seed;
    for (int i = 0; i < 4; i++) {
        rng->s[i] = splitmix(&state);
    }
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Lemire 2019: multiply, and reject the few values that would favour small numbers. */
uint64_t rng_below(struct rng *rng, uint64_t n)
{
    __uint128_t product = (__uint128_t)rng_next(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t least = -n % n;
        while ((uint64_t)product < least) {
            product = (__uint128_t)rng_next(rng) * n;
        }
    }
    return (uint64_t)(product >> 64);
}

double rng_unit(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* Box & Muller 1958. */
double rng_normal(struct rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - rng_unit(rng)));
    return radius * cos(2.0 * 3.14159265358979323846 * rng_unit(rng));
}

void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)rng_below(rng, i), moved = items[i - 1];
        items[i - 1] = items[j];
        items[j] = moved;
    }
}
