/*
 * gelu.c - gelu (Hendrycks & Gimpel 2016): by tanh, as GPT-2 has it, x/2 (1 + tanh(k (x + c x^3))),
 * or x times the normal distribution function of x, as BERT has it, by the engine's fit of it.
 */
#include "gelu_coefficients.h"
#include "learn/exponential.h"
#include "learn/learn.h"

#define K 0.7978845608028654f /* sqrt(2 / pi) */
#define C 0.044715f
#define DENSITY 0.3989422804014327f /* 1 / sqrt(2 pi) */

enum { CHUNK = 1 << 14 };

struct gelu {
    const float *x;
    float *y;
    uint64_t n;
    bool by_tanh;
};

static inline float tanh_of(float u)
{
    return 1 - 2 / (learn_exp(2 * u) + 1);
}

LEARN_HOT static void forward(const float *x, float *y, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        y[i] = 0.5f * x[i] * (1 + tanh_of(K * (x[i] + C * x[i] * x[i] * x[i])));
    }
}

/* dy becomes dx. */
LEARN_HOT static void backward(const float *x, float *dy, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        float t = tanh_of(K * (x[i] + C * x[i] * x[i] * x[i]));
        float slope = K * (1 + 3 * C * x[i] * x[i]);
        dy[i] *= 0.5f * (1 + t) + 0.5f * x[i] * (1 - t * t) * slope;
    }
}

/* The normal distribution function. */
static inline float share_below(float x)
{
    float c = x < -GELU_REACH ? -GELU_REACH : x > GELU_REACH ? GELU_REACH : x;
    float t = c * c, p = gelu_p[0], q = gelu_q[0];
    for (int i = 1; i < GELU_P; i++) {
        p = p * t + gelu_p[i];
    }
    for (int i = 1; i < GELU_Q; i++) {
        q = q * t + gelu_q[i];
    }
    return c * p / q + 0.5f;
}

LEARN_HOT static void forward_normal(const float *x, float *y, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        y[i] = x[i] * share_below(x[i]);
    }
}

/* dy becomes dx. */
LEARN_HOT static void backward_normal(const float *x, float *dy, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        dy[i] *= share_below(x[i]) + x[i] * DENSITY * learn_exp(-0.5f * x[i] * x[i]);
    }
}

static uint64_t size_of(const struct gelu *of, uint32_t chunk)
{
    uint64_t first = (uint64_t)chunk * CHUNK;
    return of->n - first < CHUNK ? of->n - first : CHUNK;
}

static void forward_chunk(void *arg, uint32_t chunk, uint32_t worker)
{
    const struct gelu *of = arg;
    (void)worker;
    uint64_t first = (uint64_t)chunk * CHUNK;
    (of->by_tanh ? forward : forward_normal)(of->x + first, of->y + first, size_of(of, chunk));
}

static void backward_chunk(void *arg, uint32_t chunk, uint32_t worker)
{
    const struct gelu *of = arg;
    (void)worker;
    uint64_t first = (uint64_t)chunk * CHUNK;
    (of->by_tanh ? backward : backward_normal)(of->x + first, of->y + first, size_of(of, chunk));
}

void learn_gelu(const struct train_job *job, bool by_tanh, const float *x, uint64_t n, float *y)
{
    struct gelu of = {x, y, n, by_tanh};
    job_items(job, (uint32_t)((n + CHUNK - 1) / CHUNK), forward_chunk, &of);
}

void learn_gelu_back(const struct train_job *job, bool by_tanh, const float *x, uint64_t n,
                     float *dy)
{
    struct gelu of = {x, dy, n, by_tanh};
    job_items(job, (uint32_t)((n + CHUNK - 1) / CHUNK), backward_chunk, &of);
}
