/* Products of query blocks with table rows, dispatched by instruction set. */
#include "math/search_kernels.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Below this squared distance of d and c (rounding noise of float32) the direction is none. */
#define NO_DISTANCE 1e-6f

static inline float score_add(float to_a, float to_b, float to_c)
{
    return to_b - to_a + to_c;
}

static inline float score_mul(float to_a, float to_b, float to_c)
{
    /* (1+b)/2 (1+c)/2 / ((1+a)/2 + 0.001), the halves gathered */
    return 0.5f * ((1 + to_b) * (1 + to_c)) / (1.002f + to_a);
}

static inline float score_direction(float to_a, float to_b, float to_c,
                                    const struct search_scale *scale)
{
    float distance = 2 - 2 * to_c;
    distance = distance > NO_DISTANCE ? distance : NO_DISTANCE;
    return (to_b - to_a - scale->offset) * scale->factor / sqrtf(distance);
}

float search_score_float(enum search_method method, float to_a, float to_b, float to_c,
                         const struct search_scale *scale)
{
    switch (method) {
    case SEARCH_3COSADD:
        return score_add(to_a, to_b, to_c);
    case SEARCH_3COSMUL:
        return score_mul(to_a, to_b, to_c);
    case SEARCH_PAIR_DIRECTION:
        return score_direction(to_a, to_b, to_c, scale);
    default:
        return to_c;
    }
}

#define PLAIN(NAME, SCORE)                                                                         \
    static float NAME##_plain(const float *to_a, const float *to_b, const float *to_c, uint32_t n, \
                              const struct search_scale *scale)                                    \
    {                                                                                              \
        float most = -INFINITY;                                                                    \
        (void)to_a, (void)to_b, (void)scale;                                                       \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            float score = SCORE;                                                                   \
            most = score > most ? score : most;                                                    \
        }                                                                                          \
        return most;                                                                               \
    }

PLAIN(cosine, to_c[i])
PLAIN(add, score_add(to_a[i], to_b[i], to_c[i]))
PLAIN(mul, score_mul(to_a[i], to_b[i], to_c[i]))
PLAIN(direction, score_direction(to_a[i], to_b[i], to_c[i], scale))
static const search_max kernels_plain[] = {cosine_plain, add_plain, mul_plain, direction_plain};

#if defined(__x86_64__) || defined(__aarch64__)

/* The same on vectors of WIDTH floats; a, b, c are loaded cosines. Two maxima at a time, so that
 * one does not wait for the other; what is left over goes to the plain kernel. */
#define WIDE(NAME, ISA, TARGET, VECTOR, WIDTH, LOAD, MAX, REDUCE, SET, SCORE)                      \
    TARGET static float NAME##_##ISA(const float *to_a, const float *to_b, const float *to_c,      \
                                     uint32_t n, const struct search_scale *scale)                 \
    {                                                                                              \
        VECTOR most = SET(-INFINITY), other = most;                                                \
        uint32_t i = 0;                                                                            \
        for (; i + 2 * WIDTH <= n; i += 2 * WIDTH) {                                               \
            VECTOR a = LOAD(to_a + i), b = LOAD(to_b + i), c = LOAD(to_c + i);                     \
            most = MAX(most, SCORE);                                                               \
            a = LOAD(to_a + i + WIDTH), b = LOAD(to_b + i + WIDTH), c = LOAD(to_c + i + WIDTH);    \
            other = MAX(other, SCORE);                                                             \
        }                                                                                          \
        float least = NAME##_plain(to_a + i, to_b + i, to_c + i, n - i, scale);                    \
        float lanes[WIDTH];                                                                        \
        REDUCE(lanes, MAX(most, other));                                                           \
        for (uint32_t l = 0; l < WIDTH; l++) {                                                     \
            least = lanes[l] > least ? lanes[l] : least;                                           \
        }                                                                                          \
        return least;                                                                              \
    }

#define KERNELS(ISA, TARGET, VECTOR, WIDTH, LOAD, STORE, MAX, SET, SQRT)                           \
    WIDE(cosine, ISA, TARGET, VECTOR, WIDTH, LOAD, MAX, STORE, SET, ((void)a, (void)b, c))         \
    WIDE(add, ISA, TARGET, VECTOR, WIDTH, LOAD, MAX, STORE, SET, b - a + c)                        \
    WIDE(mul, ISA, TARGET, VECTOR, WIDTH, LOAD, MAX, STORE, SET,                                   \
         SET(0.5f) * ((SET(1) + b) * (SET(1) + c)) / (SET(1.002f) + a))                            \
    WIDE(direction, ISA, TARGET, VECTOR, WIDTH, LOAD, MAX, STORE, SET,                             \
         (b - a - SET(scale->offset)) * SET(scale->factor) /                                       \
             SQRT(MAX(SET(2) - SET(2) * c, SET(NO_DISTANCE))))                                     \
    static const search_max kernels_##ISA[] = {cosine_##ISA, add_##ISA, mul_##ISA, direction_##ISA};

#if defined(__x86_64__)
KERNELS(avx2, __attribute__((target("avx2"))), __m256, 8, _mm256_loadu_ps, _mm256_storeu_ps,
        _mm256_max_ps, _mm256_set1_ps, _mm256_sqrt_ps)
KERNELS(avx512, __attribute__((target("avx512f"))), __m512, 16, _mm512_loadu_ps, _mm512_storeu_ps,
        _mm512_max_ps, _mm512_set1_ps, _mm512_sqrt_ps)
#else
/* x > y ? x : y, as the others have it: vmaxq_f32 would keep a NaN. */
static inline float32x4_t max_neon(float32x4_t x, float32x4_t y)
{
    return vbslq_f32(vcgtq_f32(x, y), x, y);
}

KERNELS(neon, , float32x4_t, 4, vld1q_f32, vst1q_f32, max_neon, vdupq_n_f32, vsqrtq_f32)
#endif

#endif

search_max search_max_plain(enum search_method method)
{
    return kernels_plain[method];
}

search_max search_max_kernel(enum search_method method)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        return kernels_avx512[method];
    }
    if (__builtin_cpu_supports("avx2")) {
        return kernels_avx2[method];
    }
#elif defined(__aarch64__)
    return kernels_neon[method];
#endif
    return kernels_plain[method];
}
