/*
 * masked_head.c - BERT's head of masked learning (Devlin et al. 2019): the rows that have a target,
 * norm(gelu(x W + b)) and the look-up table. The others take no part in it.
 */
#include "learn/learn.h"

#include <string.h>

static uint32_t pick(struct learn_room *room, const float *states, const uint32_t *targets,
                     uint32_t dim)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < room->n_rows; r++) {
        if (targets[r] != LEARN_NO_TARGET) {
            memcpy(room->picked_states + (uint64_t)n * dim, states + (uint64_t)r * dim,
                   dim * sizeof *states);
            room->picked[n] = r;
            room->picked_targets[n++] = targets[r];
        }
    }
    return n;
}

static void backward(struct learn_model *model, struct learn_room *room, uint32_t n)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    uint32_t dim = shape->dim;
    float *values = model->values, *to = model->gradients, *dx = room->d_heads;
    memset(dx, 0, (uint64_t)n * dim * sizeof *dx);
    learn_norm_back(job, room->head_active, learn_of_tensor(model, values, LEARN_HEAD_GAIN),
                    room->final_mean, room->final_scale, room->d_normed, n, dim, dx, room->partials,
                    learn_of_tensor(model, to, LEARN_HEAD_GAIN),
                    learn_of_tensor(model, to, LEARN_HEAD_NORM_BIAS));
    learn_gelu_back(job, learn_gelu_is_tanh(shape), room->head_up, (uint64_t)n * dim, dx);
    learn_linear_back(job, room->picked_states, learn_of_tensor(model, values, LEARN_HEAD_DENSE),
                      dx, n, dim, dim, room->d_normed, learn_of_tensor(model, to, LEARN_HEAD_DENSE),
                      learn_of_tensor(model, to, LEARN_HEAD_DENSE_BIAS));
    for (uint32_t i = 0; i < n; i++) {
        memcpy(room->stream + (uint64_t)room->picked[i] * dim, room->d_normed + (uint64_t)i * dim,
               dim * sizeof *dx);
    }
}

void learn_masked_head(struct learn_model *model, struct learn_room *room, const float *states,
                       const uint32_t *targets, bool keep_gradient, float scale)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    uint32_t dim = shape->dim, n = pick(room, states, targets, dim);
    float *values = model->values;
    double *losses = room->losses;
    memset(room->stream, 0, (uint64_t)room->n_rows * dim * sizeof(float));
    learn_linear(job, room->picked_states, learn_of_tensor(model, values, LEARN_HEAD_DENSE),
                 learn_of_tensor(model, values, LEARN_HEAD_DENSE_BIAS), n, dim, dim, room->head_up);
    learn_gelu(job, learn_gelu_is_tanh(shape), room->head_up, (uint64_t)n * dim, room->head_active);
    learn_norm(job, room->head_active, learn_of_tensor(model, values, LEARN_HEAD_GAIN),
               learn_of_tensor(model, values, LEARN_HEAD_NORM_BIAS), n, dim, shape->epsilon,
               room->final, room->final_mean, room->final_scale);
    learn_head(model, room, room->final, n, room->picked_targets, scale, losses,
               keep_gradient ? room->d_normed : NULL);
    for (uint32_t r = room->n_rows, left = n;
         r-- > 0;) { /* from the picked to all rows, in place */
        losses[r] = left && room->picked[left - 1] == r ? losses[--left] : 0;
    }
    if (keep_gradient) {
        backward(model, room, n);
    }
}
