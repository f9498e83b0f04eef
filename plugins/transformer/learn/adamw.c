/*
 * adamw.c - the update: Adam (Kingma & Ba 2015, algorithm 1) with decoupled weight decay
 * (Loshchilov & Hutter 2019), after clipping the gradient by its norm over all parameters (Pascanu
 * et al. 2013).
 */
#include "learn/exponential.h"
#include "learn/learn.h"
#include "learn/sums.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 15, MOST_SUMS = 1 << 10 };

struct update {
    struct learn_model *model;
    float rate, beta1, beta2, epsilon, decay, clip; /* clip: factor of the gradient */
    double memory1, memory2;                        /* beta1 and beta2 */
    double sums[MOST_SUMS];                         /* of squares */
    uint32_t n_sums;
};

static uint64_t edge(const struct update *of, uint32_t part)
{
    return of->model->n_parameters * part / of->n_sums;
}

LEARN_HOT static double squares(const float *g, uint64_t n)
{
    return sum_squares(g, n, 0);
}

static void square_part(void *arg, uint32_t part, uint32_t worker)
{
    struct update *of = arg;
    uint64_t first = edge(of, part);
    (void)worker;
    of->sums[part] = squares(of->model->gradients + first, edge(of, part + 1) - first);
}

/* correction: 1 / (1 - beta^updates) of the two moments. */
LEARN_HOT static void update_run(const struct update *of, float *restrict p, float *restrict g,
                                 float *restrict m, float *restrict v, uint64_t n, float decay,
                                 const float correction[2])
{
    float correction1 = correction[0], correction2 = correction[1];
    for (uint64_t i = 0; i < n; i++) {
        float gradient = g[i] * of->clip;
        m[i] = of->beta1 * m[i] + (1 - of->beta1) * gradient;
        v[i] = of->beta2 * v[i] + (1 - of->beta2) * gradient * gradient;
        float root = sqrtf(v[i] * correction2) + of->epsilon;
        p[i] -= of->rate * (m[i] * correction1 / root + decay * p[i]);
        g[i] = 0;
    }
}

static uint64_t length(const struct learn_tensor *tensor)
{
    return (uint64_t)tensor->rows * tensor->columns;
}

static uint32_t chunks_of(const struct learn_tensor *tensor)
{
    return (uint32_t)((length(tensor) + CHUNK - 1) / CHUNK);
}

/* model->step counts the update that is being made. */
static bool is_frozen(const struct learn_model *model, const struct learn_tensor *tensor)
{
    return tensor->frozen_until >= model->step;
}

/* Chunk number i of all tensors' chunks. */
static void update_chunk(void *arg, uint32_t i, uint32_t worker)
{
    const struct update *of = arg;
    const struct learn_model *model = of->model;
    const struct learn_tensor *tensor = model->tensors;
    (void)worker;
    for (; i >= chunks_of(tensor); tensor++) {
        i -= chunks_of(tensor);
    }
    uint64_t first = (uint64_t)i * CHUNK, left = length(tensor) - first, at = tensor->first + first;
    if (is_frozen(model, tensor)) {
        return;
    }
    double updates = (double)(model->step - tensor->frozen_until);
    const float correction[] = {(float)(1 / (1 - pow(of->memory1, updates))),
                                (float)(1 / (1 - pow(of->memory2, updates)))};
    update_run(of, model->values + at, model->gradients + at, model->moments[0] + at,
               model->moments[1] + at, left < CHUNK ? left : CHUNK, tensor->decays ? of->decay : 0,
               correction);
}

/* What stays as it is has no gradient, also none that clipping would count. */
static void clear_frozen(struct learn_model *model)
{
    for (uint32_t t = 0; t < model->n_tensors; t++) {
        const struct learn_tensor *tensor = &model->tensors[t];
        if (tensor->frozen_until > model->step) {
            memset(model->gradients + tensor->first, 0, length(tensor) * sizeof(float));
        }
    }
}

double learn_adamw_step(struct learn_model *model, const struct learn_adamw *how)
{
    uint64_t n_chunks = (model->n_parameters + CHUNK - 1) / CHUNK;
    struct update of = {.model = model,
                        .rate = (float)how->rate,
                        .beta1 = (float)how->beta1,
                        .beta2 = (float)how->beta2,
                        .memory1 = how->beta1,
                        .memory2 = how->beta2,
                        .epsilon = (float)how->epsilon,
                        .decay = (float)how->decay,
                        .clip = 1,
                        .n_sums = (uint32_t)(n_chunks < MOST_SUMS ? n_chunks : MOST_SUMS)};
    clear_frozen(model);
    job_items(model->job, of.n_sums, square_part, &of);
    double sum = 0;
    for (uint32_t i = 0; i < of.n_sums; i++) {
        sum += of.sums[i];
    }
    double norm = sqrt(sum);
    if (!isfinite(norm)) {
        return norm;
    }
    if (how->clip > 0 && norm > how->clip) {
        of.clip = (float)(how->clip / norm);
    }
    model->step++;
    uint32_t n = 0;
    for (uint32_t t = 0; t < model->n_tensors; t++) {
        n += chunks_of(&model->tensors[t]);
    }
    job_items(model->job, n, update_chunk, &of);
    return norm;
}
