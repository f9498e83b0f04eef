/* Losses to gradients: each step of forward.c backwards. */
#include "learn/learn.h"

#include <string.h>

/* `stream` holds the gradient of the block's output, and then that of its input. */
static void backward_block(struct learn_model *model, struct learn_room *room, uint32_t b,
                           const float *x)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    const struct learn_kept *kept = &room->kept[b];
    uint32_t rows = room->n_rows, dim = shape->dim;
    float *values = model->values, *to = model->gradients;
    learn_linear_back(job, kept->active, learn_of(model, values, b, LEARN_DOWN), room->stream, rows,
                      shape->inner, dim, room->d_inner, learn_of(model, to, b, LEARN_DOWN),
                      learn_of(model, to, b, LEARN_DOWN_BIAS));
    float *d_up = room->d_inner;
    if (shape->arch == LEARN_LLAMA) {
        d_up = room->d_up;
        learn_gated_back(job, kept->up, room->d_inner, rows, shape->inner, d_up);
    } else {
        learn_gelu_back(job, kept->up, (uint64_t)rows * shape->inner, d_up);
    }
    learn_linear_back(job, kept->normed2, learn_of(model, values, b, LEARN_UP), d_up, rows, dim,
                      learn_up_columns(shape), room->d_normed, learn_of(model, to, b, LEARN_UP),
                      learn_of(model, to, b, LEARN_UP_BIAS));
    learn_norm_back(job, kept->middle, learn_of(model, values, b, LEARN_NORM2_GAIN), kept->means[1],
                    kept->scales[1], room->d_normed, rows, dim, room->stream, room->partials,
                    learn_of(model, to, b, LEARN_NORM2_GAIN),
                    learn_of(model, to, b, LEARN_NORM2_BIAS));
    learn_linear_back(job, kept->heads, learn_of(model, values, b, LEARN_PROJECTION), room->stream,
                      rows, dim, dim, room->d_heads, learn_of(model, to, b, LEARN_PROJECTION),
                      learn_of(model, to, b, LEARN_PROJECTION_BIAS));
    learn_attention_back(model, room->n_sequences, kept->qkv, kept->weights, room->d_heads,
                         room->scratch, room->d_qkv);
    if (shape->arch == LEARN_LLAMA) {
        learn_rotary(model, room, room->d_qkv, true);
    }
    learn_linear_back(job, kept->normed1, learn_of(model, values, b, LEARN_QKV), room->d_qkv, rows,
                      dim, 3 * dim, room->d_normed, learn_of(model, to, b, LEARN_QKV),
                      learn_of(model, to, b, LEARN_QKV_BIAS));
    learn_norm_back(job, x, learn_of(model, values, b, LEARN_NORM1_GAIN), kept->means[0],
                    kept->scales[0], room->d_normed, rows, dim, room->stream, room->partials,
                    learn_of(model, to, b, LEARN_NORM1_GAIN),
                    learn_of(model, to, b, LEARN_NORM1_BIAS));
}

struct scatter {
    const struct learn_model *model;
    const struct learn_room *room;
    const uint32_t *ids;
};

/* Some columns of all rows, in their order, onto the table's and the positions' gradients. */
static void scatter_columns(void *arg, uint32_t tile, uint32_t worker)
{
    const struct scatter *of = arg;
    const struct learn_model *model = of->model;
    uint32_t dim = model->shape.dim, context = model->shape.context;
    uint32_t first = tile * LEARN_COLUMNS;
    uint32_t end = first + LEARN_COLUMNS < dim ? first + LEARN_COLUMNS : dim;
    float *table = model->gradients + model->tensors[LEARN_TABLE].first;
    float *positions = learn_of_tensor(model, model->gradients, LEARN_POSITIONS);
    (void)worker;
    for (uint64_t r = 0; r < of->room->n_rows; r++) {
        const float *from = of->room->stream + r * dim;
        float *piece = table + (uint64_t)of->ids[r] * dim;
        for (uint32_t d = first; d < end; d++) {
            piece[d] += from[d];
        }
        for (uint32_t d = first; d < end && positions; d++) {
            positions[r % context * dim + d] += from[d];
        }
    }
}

void learn_backward(struct learn_model *model, struct learn_room *room, const uint32_t *ids)
{
    const struct learn_shape *shape = &model->shape;
    uint32_t n_blocks = shape->n_blocks;
    memset(room->stream, 0, (uint64_t)room->n_rows * shape->dim * sizeof(float));
    learn_norm_back(model->job, room->kept[n_blocks - 1].out,
                    model->values + model->tensors[LEARN_FINAL_GAIN].first, room->final_mean,
                    room->final_scale, room->d_normed, room->n_rows, shape->dim, room->stream,
                    room->partials, learn_of_tensor(model, model->gradients, LEARN_FINAL_GAIN),
                    learn_of_tensor(model, model->gradients, LEARN_FINAL_BIAS));
    for (uint32_t b = n_blocks; b-- > 0;) {
        backward_block(model, room, b, b ? room->kept[b - 1].out : room->input);
    }
    struct scatter of = {model, room, ids};
    job_items(model->job, (shape->dim + LEARN_COLUMNS - 1) / LEARN_COLUMNS, scatter_columns, &of);
}
