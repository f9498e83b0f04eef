/* Losses to gradients: each step of forward.c backwards. */
#include "learn/learn.h"

#include <string.h>

struct scatter {
    const struct learn_model *model;
    const struct learn_scratch *scratch;
    const uint32_t *ids;
    const float *from; /* [T, dim] the gradient of what the rows are the sum of */
};

/* Some columns of all rows, in their order, onto the gradients of table, positions and type. */
static void scatter_columns(void *arg, uint32_t tile, uint32_t worker)
{
    const struct scatter *of = arg;
    const struct learn_model *model = of->model;
    uint32_t dim = model->shape.dim;
    uint32_t first = tile * LEARN_COLUMNS, sequence = 0;
    uint32_t end = first + LEARN_COLUMNS < dim ? first + LEARN_COLUMNS : dim;
    float *table = learn_of_tensor(model, model->gradients, LEARN_TABLE);
    float *positions = learn_of_tensor(model, model->gradients, LEARN_POSITIONS);
    float *type = learn_of_tensor(model, model->gradients, LEARN_PIECE_TYPES);
    (void)worker;
    for (uint32_t r = 0; r < of->scratch->n_rows; r++) {
        const float *from = of->from + (uint64_t)r * dim;
        float *piece = table + (uint64_t)of->ids[r] * dim;
        sequence += r == of->scratch->starts[sequence + 1];
        uint64_t position = r - of->scratch->starts[sequence];
        for (uint32_t d = first; d < end; d++) {
            piece[d] += from[d];
        }
        for (uint32_t d = first; d < end && positions; d++) {
            positions[position * dim + d] += from[d];
        }
        for (uint32_t d = first; d < end && type; d++) {
            type[d] += from[d];
        }
    }
}

void learn_backward_states(struct learn_model *model, struct learn_scratch *scratch,
                           const uint32_t *ids, uint32_t first)
{
    const struct learn_shape *shape = &model->shape;
    uint32_t n_blocks = shape->n_blocks;
    uint64_t n = (uint64_t)scratch->n_rows * shape->dim;
    float *values = model->values, *to = model->gradients;
    struct scatter of = {model, scratch, ids, scratch->stream};
    if (shape->arch != LEARN_BERT) {
        memcpy(scratch->d_normed, scratch->stream, n * sizeof(float));
        memset(scratch->stream, 0, n * sizeof(float));
        learn_norm_back(model->job, scratch->kept[n_blocks - 1].out,
                        learn_of_tensor(model, values, LEARN_FINAL_GAIN), scratch->final_mean,
                        scratch->final_scale, scratch->d_normed, scratch->n_rows, shape->dim,
                        scratch->stream, scratch->partials,
                        learn_of_tensor(model, to, LEARN_FINAL_GAIN),
                        learn_of_tensor(model, to, LEARN_FINAL_BIAS));
    }
    for (uint32_t b = n_blocks; b-- > first;) {
        const float *x = b ? scratch->kept[b - 1].out : scratch->input;
        if (scratch->recomputes && b + 1 < n_blocks) { /* the last one's are still there */
            learn_block(model, scratch, b, x);
        }
        learn_block_back(model, scratch, b, x);
    }
    if (first > 0) {
        return;
    }
    if (shape->arch == LEARN_BERT) {
        of.from = scratch->d_normed;
        memset(scratch->d_normed, 0, n * sizeof(float));
        learn_norm_back(
            model->job, scratch->summed, learn_of_tensor(model, values, LEARN_INPUT_GAIN),
            scratch->input_mean, scratch->input_scale, scratch->stream, scratch->n_rows, shape->dim,
            scratch->d_normed, scratch->partials, learn_of_tensor(model, to, LEARN_INPUT_GAIN),
            learn_of_tensor(model, to, LEARN_INPUT_BIAS));
    }
    job_items(model->job, (shape->dim + LEARN_COLUMNS - 1) / LEARN_COLUMNS, scatter_columns, &of);
}

void learn_backward(struct learn_model *model, struct learn_scratch *scratch, const uint32_t *ids)
{
    learn_backward_states(model, scratch, ids, 0);
}
