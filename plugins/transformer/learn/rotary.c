/*
 * rotary.c - rotary positions (Su et al. 2021) of queries and keys, as Llama pairs them: entries i
 * and i + half of a head, turned by position * base^(-2i / head's dimensions). The gradient is
 * turned back.
 */
#include "learn/learn.h"

#include <math.h>

struct rotary {
    const struct learn_model *model;
    const struct learn_scratch *scratch;
    const float *cosines, *sines; /* [context, half] */
    float *qkv;
    float direction; /* 1, or -1: back */
};

void learn_rotary_angles(const struct learn_shape *shape, float *cosines, float *sines)
{
    uint32_t half = shape->dim / shape->n_heads / 2;
    for (uint32_t p = 0; p < shape->context; p++) {
        for (uint32_t i = 0; i < half; i++) {
            double angle = p * pow(shape->rotary_base, -(double)i / half);
            cosines[(uint64_t)p * half + i] = (float)cos(angle);
            sines[(uint64_t)p * half + i] = (float)sin(angle);
        }
    }
}

static void turn(const struct rotary *of, float *head, uint32_t position, uint32_t half)
{
    const float *cosines = of->cosines + (uint64_t)position * half;
    const float *sines = of->sines + (uint64_t)position * half;
    for (uint32_t i = 0; i < half; i++) {
        float a = head[i], b = head[i + half], sine = of->direction * sines[i];
        head[i] = a * cosines[i] - b * sine;
        head[i + half] = b * cosines[i] + a * sine;
    }
}

static void turn_sequence(void *arg, uint32_t sequence, uint32_t worker)
{
    const struct rotary *of = arg;
    const struct learn_shape *shape = &of->model->shape;
    uint32_t head_dim = shape->dim / shape->n_heads;
    (void)worker;
    uint32_t first = of->scratch->starts[sequence], n = of->scratch->starts[sequence + 1] - first;
    for (uint32_t p = 0; p < n; p++) {
        float *row = of->qkv + ((uint64_t)first + p) * 3 * shape->dim;
        for (uint32_t h = 0; h < 2 * shape->n_heads; h++) { /* queries, then keys */
            turn(of, row + (uint64_t)h * head_dim, p, head_dim / 2);
        }
    }
}

void learn_rotary(const struct learn_model *model, const struct learn_scratch *scratch, float *qkv,
                  bool back)
{
    struct rotary of = {model, scratch, scratch->cosines, scratch->sines, qkv, back ? -1 : 1};
    job_items(model->job, scratch->n_sequences, turn_sequence, &of);
}
