/*
 * sums.h - sums and the greatest of a row, by 16 lanes that are joined at the end: one order for
 * every instruction set, and one that compilers turn into vectors, which they may not do with a sum
 * from left to right. For LEARN_HOT functions.
 */
#ifndef TRANSFORMER_LEARN_SUMS_H
#define TRANSFORMER_LEARN_SUMS_H

#include <stdint.h>
#include <string.h>

enum { SUM_LANES = 16 };

typedef float sum_floats __attribute__((vector_size(4 * SUM_LANES)));
typedef int32_t sum_ints __attribute__((vector_size(4 * SUM_LANES)));
typedef double sum_doubles __attribute__((vector_size(8 * SUM_LANES)));

#define SUM_INLINE static inline __attribute__((always_inline))

/* Lanes [i, i + 16) of x, 0 past n. */
#define SUM_LOAD(to, x, i, n)                                                                      \
    do {                                                                                           \
        if ((i) + SUM_LANES <= (n)) {                                                              \
            memcpy(&(to), (x) + (i), sizeof(to));                                                  \
        } else {                                                                                   \
            (to) = (sum_floats){0};                                                                \
            memcpy(&(to), (x) + (i), ((n) - (i)) * sizeof *(x));                                   \
        }                                                                                          \
    } while (0)

#define SUM_JOIN(type, lanes, ret)                                                                 \
    do {                                                                                           \
        type sum_part[SUM_LANES];                                                                  \
        memcpy(sum_part, &(lanes), sizeof sum_part);                                               \
        for (int sum_half = SUM_LANES / 2; sum_half > 0; sum_half /= 2) {                          \
            for (int sum_i = 0; sum_i < sum_half; sum_i++) {                                       \
                sum_part[sum_i] += sum_part[sum_i + sum_half];                                     \
            }                                                                                      \
        }                                                                                          \
        (ret) = sum_part[0];                                                                       \
    } while (0)

SUM_INLINE float sum_of(const float *x, uint64_t n)
{
    sum_floats sum = {0}, now;
    float ret;
    for (uint64_t i = 0; i < n; i += SUM_LANES) {
        SUM_LOAD(now, x, i, n);
        sum += now;
    }
    SUM_JOIN(float, sum, ret);
    return ret;
}

/* Of products. */
SUM_INLINE float sum_dot(const float *x, const float *y, uint64_t n)
{
    sum_floats sum = {0}, a, b;
    float ret;
    for (uint64_t i = 0; i < n; i += SUM_LANES) {
        SUM_LOAD(a, x, i, n);
        SUM_LOAD(b, y, i, n);
        sum += a * b;
    }
    SUM_JOIN(float, sum, ret);
    return ret;
}

/* Of squares of x - off, in double. */
SUM_INLINE double sum_squares(const float *x, uint64_t n, float off)
{
    sum_doubles sum = {0};
    sum_floats now;
    double ret;
    uint64_t i = 0;
    for (; i + SUM_LANES <= n; i += SUM_LANES) {
        SUM_LOAD(now, x, i, n);
        sum_doubles wide = __builtin_convertvector(now, sum_doubles) - (double)off;
        sum += wide * wide;
    }
    SUM_JOIN(double, sum, ret);
    for (; i < n; i++) {
        ret += ((double)x[i] - (double)off) * ((double)x[i] - (double)off);
    }
    return ret;
}

/* In double. */
SUM_INLINE double sum_wide(const float *x, uint64_t n)
{
    sum_doubles sum = {0};
    sum_floats now;
    double ret;
    for (uint64_t i = 0; i < n; i += SUM_LANES) {
        SUM_LOAD(now, x, i, n);
        sum += __builtin_convertvector(now, sum_doubles);
    }
    SUM_JOIN(double, sum, ret);
    return ret;
}

/* The greatest of x[n], n > 0; not that of a NaN. */
SUM_INLINE float sum_most(const float *x, uint64_t n)
{
    sum_floats most = x[0] - (sum_floats){0}, now;
    uint64_t i = 0;
    for (; i + SUM_LANES <= n; i += SUM_LANES) {
        SUM_LOAD(now, x, i, n);
        sum_ints is_more = now > most;
        most = (sum_floats)((is_more & (sum_ints)now) | (~is_more & (sum_ints)most));
    }
    float ret = x[0];
    for (int l = 0; l < SUM_LANES; l++) {
        ret = most[l] > ret ? most[l] : ret;
    }
    for (; i < n; i++) {
        ret = x[i] > ret ? x[i] : ret;
    }
    return ret;
}

#endif /* TRANSFORMER_LEARN_SUMS_H */
