/*
 * masked_head.c - BERT's head of masked learning (Devlin et al. 2019): the rows that have a target,
 * norm(gelu(x W + b)) and the look-up table. The others take no part in it.
 */
#include "learn/learn.h"

#include <string.h>

static uint32_t pick(struct learn_scratch *scratch, const float *states, const uint32_t *targets,
                     uint32_t dim)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < scratch->n_rows; r++) {
        if (targets[r] != LEARN_NO_TARGET) {
            memcpy(scratch->picked_states + (uint64_t)n * dim, states + (uint64_t)r * dim,
                   dim * sizeof *states);
            scratch->picked[n] = r;
            scratch->picked_targets[n++] = targets[r];
        }
    }
    return n;
}

static void backward(struct learn_model *model, struct learn_scratch *scratch, uint32_t n)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    uint32_t dim = shape->dim;
    float *values = model->values, *to = model->gradients, *dx = scratch->d_heads;
    memset(dx, 0, (uint64_t)n * dim * sizeof *dx);
    learn_norm_back(job, scratch->head_active, learn_of_tensor(model, values, LEARN_HEAD_GAIN),
                    scratch->final_mean, scratch->final_scale, scratch->d_normed, n, dim, dx,
                    scratch->partials, learn_of_tensor(model, to, LEARN_HEAD_GAIN),
                    learn_of_tensor(model, to, LEARN_HEAD_NORM_BIAS));
    learn_gelu_back(job, learn_gelu_is_tanh(shape), scratch->head_up, (uint64_t)n * dim, dx);
    learn_linear_back(&scratch->products, scratch->picked_states,
                      learn_of_tensor(model, values, LEARN_HEAD_DENSE), dx, n, dim, dim,
                      scratch->d_normed, learn_of_tensor(model, to, LEARN_HEAD_DENSE),
                      learn_of_tensor(model, to, LEARN_HEAD_DENSE_BIAS));
    for (uint32_t i = 0; i < n; i++) {
        memcpy(scratch->stream + (uint64_t)scratch->picked[i] * dim,
               scratch->d_normed + (uint64_t)i * dim, dim * sizeof *dx);
    }
}

void learn_masked_head(struct learn_model *model, struct learn_scratch *scratch,
                       const float *states, const uint32_t *targets, bool keep_gradient,
                       float scale)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    uint32_t dim = shape->dim, n = pick(scratch, states, targets, dim);
    float *values = model->values;
    double *losses = scratch->losses;
    memset(scratch->stream, 0, (uint64_t)scratch->n_rows * dim * sizeof(float));
    learn_linear(&scratch->products, scratch->picked_states,
                 learn_of_tensor(model, values, LEARN_HEAD_DENSE),
                 learn_of_tensor(model, values, LEARN_HEAD_DENSE_BIAS), n, dim, dim,
                 scratch->head_up);
    learn_gelu(job, learn_gelu_is_tanh(shape), scratch->head_up, (uint64_t)n * dim,
               scratch->head_active);
    learn_norm(job, scratch->head_active, learn_of_tensor(model, values, LEARN_HEAD_GAIN),
               learn_of_tensor(model, values, LEARN_HEAD_NORM_BIAS), n, dim, shape->epsilon,
               scratch->final, scratch->final_mean, scratch->final_scale);
    learn_head(model, scratch, scratch->final, n, scratch->picked_targets, scale, losses,
               keep_gradient ? scratch->d_normed : NULL);
    for (uint32_t r = scratch->n_rows, left = n;
         r-- > 0;) { /* from the picked to all rows, in place */
        losses[r] = left && scratch->picked[left - 1] == r ? losses[--left] : 0;
    }
    if (keep_gradient) {
        backward(model, scratch, n);
    }
}
