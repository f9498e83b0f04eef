/* Dot products, norms and cosines of float32 rows in double. */
#include "math/vectors.h"

#include <math.h>

/* Eight doubles; two of them are the 16 lanes. The compiler splits them into what a target has. */
typedef double lanes8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef double doubles8 __attribute__((vector_size(64), aligned(8)));

/* Pairwise, as in vectors_ref.c: 16 -> 8 -> 4 -> 2 -> 1. */
#define ADD_LANES(low, high, ret_sum)                                                              \
    do {                                                                                           \
        lanes8 s_ = (low) + (high);                                                                \
        (ret_sum) = ((s_[0] + s_[4]) + (s_[2] + s_[6])) + ((s_[1] + s_[5]) + (s_[3] + s_[7]));     \
    } while (0)

/* The remainder joins the lanes it belongs to, so that the order of additions has no exception. */
#define DOT_BODY(TYPE, WIDE)                                                                       \
    lanes8 low = {0}, high = {0};                                                                  \
    size_t i = 0;                                                                                  \
    for (; i + 16 <= n; i += 16) {                                                                 \
        const WIDE *x = (const WIDE *)(const void *)(a + i);                                       \
        const WIDE *y = (const WIDE *)(const void *)(b + i);                                       \
        low += __builtin_convertvector(x[0], lanes8) * __builtin_convertvector(y[0], lanes8);      \
        high += __builtin_convertvector(x[1], lanes8) * __builtin_convertvector(y[1], lanes8);     \
    }                                                                                              \
    for (size_t l = 0; i < n; i++, l++) {                                                          \
        double product = (double)a[i] * (double)b[i];                                              \
        if (l < 8) {                                                                               \
            low[l] += product;                                                                     \
        } else {                                                                                   \
            high[l - 8] += product;                                                                \
        }                                                                                          \
    }                                                                                              \
    double sum;                                                                                    \
    ADD_LANES(low, high, sum);                                                                     \
    return sum

#define KERNELS(NAME, TARGET)                                                                      \
    TARGET static double dot_##NAME(const float *a, const float *b, size_t n)                      \
    {                                                                                              \
        DOT_BODY(float, floats8);                                                                  \
    }                                                                                              \
    TARGET static double dot_double_##NAME(const double *a, const double *b, size_t n)             \
    {                                                                                              \
        DOT_BODY(double, doubles8);                                                                \
    }                                                                                              \
    TARGET static void axpy_##NAME(double scale, const float *x, double *y, size_t n)              \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            double product = scale * (double)x[i];                                                 \
            y[i] += product;                                                                       \
        }                                                                                          \
    }

/* This room is compiled with -ffp-contract=off: a fused multiply-add would round once where the
 * reference rounds twice. (For products of floats it would make no difference: they are exact.) */
KERNELS(plain, )
#if defined(__x86_64__)
KERNELS(avx2, __attribute__((target("avx2"))))
KERNELS(avx512, __attribute__((target("avx512f,avx512vl,avx512dq"))))
#endif

struct kernels {
    double (*dot)(const float *, const float *, size_t);
    double (*dot_double)(const double *, const double *, size_t);
    void (*axpy)(double, const float *, double *, size_t);
};

static const struct kernels *kernels(void)
{
    static const struct kernels plain = {dot_plain, dot_double_plain, axpy_plain};
#if defined(__x86_64__)
    static const struct kernels avx2 = {dot_avx2, dot_double_avx2, axpy_avx2};
    static const struct kernels avx512 = {dot_avx512, dot_double_avx512, axpy_avx512};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        return &avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return &avx2;
    }
#endif
    return &plain;
}

double vec_dot(const float *a, const float *b, size_t n)
{
    return kernels()->dot(a, b, n);
}

double vec_dot_double(const double *a, const double *b, size_t n)
{
    return kernels()->dot_double(a, b, n);
}

void vec_axpy(double scale, const float *x, double *y, size_t n)
{
    kernels()->axpy(scale, x, y, n);
}

double vec_norm(const float *a, size_t n)
{
    return sqrt(vec_dot(a, a, n));
}

static double clamp_cosine(double dot, double norms)
{
    if (!(norms > 0)) {
        return 0;
    }
    double cosine = dot / norms;
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

double vec_cosine_normed(const float *a, double a_norm, const float *b, double b_norm, size_t n)
{
    return clamp_cosine(vec_dot(a, b, n), a_norm * b_norm);
}

double vec_cosine(const float *a, const float *b, size_t n)
{
    return vec_cosine_normed(a, vec_norm(a, n), b, vec_norm(b, n), n);
}

double vec_cosine_double(const double *a, const double *b, size_t n)
{
    double norms = sqrt(vec_dot_double(a, a, n)) * sqrt(vec_dot_double(b, b, n));
    return clamp_cosine(vec_dot_double(a, b, n), norms);
}

double vec_unit(const float *x, float *out, size_t n)
{
    double norm = vec_norm(x, n);
    double scale = norm > 0 ? 1 / norm : 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)((double)x[i] * scale);
    }
    return norm;
}
