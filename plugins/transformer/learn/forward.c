/* Rows of pieces to losses. */
#include "learn/learn.h"

#include <string.h>

struct rows {
    const struct learn_model *model;
    const uint32_t *ids;
    const float *a, *b;
    float *out;
    uint64_t n;
};

enum { CHUNK = 1 << 14 };

static void embed_rows(void *arg, uint32_t sequence, uint32_t worker)
{
    const struct rows *of = arg;
    const struct learn_model *model = of->model;
    uint32_t dim = model->shape.dim, context = model->shape.context;
    const float *table = model->values + model->tensors[LEARN_TABLE].first;
    const float *positions = learn_of_tensor(model, model->values, LEARN_POSITIONS);
    (void)worker;
    for (uint32_t p = 0; p < context; p++) {
        uint64_t row = (uint64_t)sequence * context + p;
        const float *piece = table + (uint64_t)of->ids[row] * dim;
        memcpy(of->out + row * dim, piece, dim * sizeof *piece);
        for (uint32_t d = 0; d < dim && positions; d++) {
            of->out[row * dim + d] += positions[(uint64_t)p * dim + d];
        }
    }
}

static void add_chunk(void *arg, uint32_t chunk, uint32_t worker)
{
    const struct rows *of = arg;
    uint64_t first = (uint64_t)chunk * CHUNK, end = first + CHUNK < of->n ? first + CHUNK : of->n;
    (void)worker;
    for (uint64_t i = first; i < end; i++) {
        of->out[i] += of->a[i];
    }
}

/* out += a */
static void add(const struct train_job *job, const float *a, uint64_t n, float *out)
{
    struct rows of = {.a = a, .out = out, .n = n};
    job_items(job, (uint32_t)((n + CHUNK - 1) / CHUNK), add_chunk, &of);
}

static void forward_block(const struct learn_model *model, const struct learn_room *room,
                          uint32_t b, const float *x)
{
    const struct learn_shape *shape = &model->shape;
    const struct train_job *job = model->job;
    const struct learn_kept *kept = &room->kept[b];
    uint32_t rows = room->n_rows, dim = shape->dim;
    float *values = model->values;
    uint64_t n = (uint64_t)rows * dim;
    learn_norm(job, x, learn_of(model, values, b, LEARN_NORM1_GAIN),
               learn_of(model, values, b, LEARN_NORM1_BIAS), rows, dim, shape->epsilon,
               kept->normed1, kept->means[0], kept->scales[0]);
    learn_linear(job, kept->normed1, learn_of(model, values, b, LEARN_QKV),
                 learn_of(model, values, b, LEARN_QKV_BIAS), rows, dim, 3 * dim, kept->qkv);
    if (shape->arch == LEARN_LLAMA) {
        learn_rotary(model, room, kept->qkv, false);
    }
    learn_attention(model, room->n_sequences, kept->qkv, kept->weights, kept->heads);
    learn_linear(job, kept->heads, learn_of(model, values, b, LEARN_PROJECTION),
                 learn_of(model, values, b, LEARN_PROJECTION_BIAS), rows, dim, dim, kept->middle);
    add(job, x, n, kept->middle);
    learn_norm(job, kept->middle, learn_of(model, values, b, LEARN_NORM2_GAIN),
               learn_of(model, values, b, LEARN_NORM2_BIAS), rows, dim, shape->epsilon,
               kept->normed2, kept->means[1], kept->scales[1]);
    learn_linear(job, kept->normed2, learn_of(model, values, b, LEARN_UP),
                 learn_of(model, values, b, LEARN_UP_BIAS), rows, dim, learn_up_columns(shape),
                 kept->up);
    if (shape->arch == LEARN_LLAMA) {
        learn_gated(job, kept->up, rows, shape->inner, kept->active);
    } else {
        learn_gelu(job, kept->up, (uint64_t)rows * shape->inner, kept->active);
    }
    learn_linear(job, kept->active, learn_of(model, values, b, LEARN_DOWN),
                 learn_of(model, values, b, LEARN_DOWN_BIAS), rows, shape->inner, dim, kept->out);
    add(job, kept->middle, n, kept->out);
}

void learn_forward(const struct learn_model *model, struct learn_room *room, const uint32_t *ids,
                   const uint32_t *targets, bool keep_gradient, float scale)
{
    const struct learn_shape *shape = &model->shape;
    struct rows of = {.model = model, .ids = ids, .out = room->input};
    job_items(model->job, room->n_sequences, embed_rows, &of);
    const float *x = room->input;
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        forward_block(model, room, b, x);
        x = room->kept[b].out;
    }
    learn_norm(model->job, x, learn_of_tensor(model, model->values, LEARN_FINAL_GAIN),
               learn_of_tensor(model, model->values, LEARN_FINAL_BIAS), room->n_rows, shape->dim,
               shape->epsilon, room->final, room->final_mean, room->final_scale);
    learn_head(model, room, targets, scale, room->losses, keep_gradient ? room->d_normed : NULL,
               model->gradients + model->tensors[LEARN_TABLE].first);
}
