#include "math/search_kernels.h"

#include <math.h>

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

/* Sixteen lanes of maxima, so that the compiler may use vectors without reordering a comparison. */
#define LANES 16

#define MAX_KERNEL(NAME, TARGET, SCORE)                                                            \
    TARGET static float NAME(const float *to_a, const float *to_b, const float *to_c, uint32_t n,  \
                             const struct search_scale *scale)                                     \
    {                                                                                              \
        float lanes[LANES];                                                                        \
        (void)to_a, (void)to_b, (void)scale;                                                       \
        for (uint32_t l = 0; l < LANES; l++) {                                                     \
            lanes[l] = -INFINITY;                                                                  \
        }                                                                                          \
        uint32_t i = 0;                                                                            \
        for (; i + LANES <= n; i += LANES) {                                                       \
            for (uint32_t l = 0; l < LANES; l++) {                                                 \
                float score = SCORE(i + l);                                                        \
                lanes[l] = score > lanes[l] ? score : lanes[l];                                    \
            }                                                                                      \
        }                                                                                          \
        for (; i < n; i++) {                                                                       \
            float score = SCORE(i);                                                                \
            lanes[0] = score > lanes[0] ? score : lanes[0];                                        \
        }                                                                                          \
        for (uint32_t l = 1; l < LANES; l++) {                                                     \
            lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];                                  \
        }                                                                                          \
        return lanes[0];                                                                           \
    }

#define OF_COSINE(i) to_c[i]
#define OF_ADD(i) score_add(to_a[i], to_b[i], to_c[i])
#define OF_MUL(i) score_mul(to_a[i], to_b[i], to_c[i])
#define OF_DIRECTION(i) score_direction(to_a[i], to_b[i], to_c[i], scale)

#define KERNELS(SUFFIX, TARGET)                                                                    \
    MAX_KERNEL(max_cosine_##SUFFIX, TARGET, OF_COSINE)                                             \
    MAX_KERNEL(max_add_##SUFFIX, TARGET, OF_ADD)                                                   \
    MAX_KERNEL(max_mul_##SUFFIX, TARGET, OF_MUL)                                                   \
    MAX_KERNEL(max_direction_##SUFFIX, TARGET, OF_DIRECTION)                                       \
    static const search_max kernels_##SUFFIX[] = {max_cosine_##SUFFIX, max_add_##SUFFIX,           \
                                                  max_mul_##SUFFIX, max_direction_##SUFFIX};

KERNELS(plain, )
#if defined(__x86_64__)
KERNELS(avx2, __attribute__((target("avx2"))))
KERNELS(avx512, __attribute__((target("avx512f,avx512vl,avx512dq,prefer-vector-width=512"))))
#endif

search_max search_max_plain(enum search_method method)
{
    return kernels_plain[method];
}

search_max search_max_kernel(enum search_method method)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        return kernels_avx512[method];
    }
    if (__builtin_cpu_supports("avx2")) {
        return kernels_avx2[method];
    }
#endif
    return kernels_plain[method];
}
