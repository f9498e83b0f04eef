/* Rows of pieces to hidden states and to losses. */
#include "learn/learn.h"

#include <string.h>

struct rows {
    const struct learn_model *model;
    const struct learn_scratch *scratch;
    const uint32_t *ids;
    float *out;
};

static void embed_rows(void *arg, uint32_t sequence, uint32_t worker)
{
    const struct rows *of = arg;
    const struct learn_model *model = of->model;
    uint32_t dim = model->shape.dim, first = of->scratch->starts[sequence];
    const float *table = learn_of_tensor(model, model->values, LEARN_TABLE);
    const float *positions = learn_of_tensor(model, model->values, LEARN_POSITIONS);
    const float *type = learn_of_tensor(model, model->values, LEARN_PIECE_TYPES); /* row 0 */
    (void)worker;
    for (uint32_t row = first; row < of->scratch->starts[sequence + 1]; row++) {
        float *out = of->out + (uint64_t)row * dim;
        memcpy(out, table + (uint64_t)of->ids[row] * dim, dim * sizeof *out);
        for (uint32_t d = 0; d < dim && positions; d++) {
            out[d] += positions[(uint64_t)(row - first) * dim + d];
        }
        for (uint32_t d = 0; d < dim && type; d++) {
            out[d] += type[d];
        }
    }
}

const float *learn_forward_states(const struct learn_model *model, struct learn_scratch *scratch,
                                  const uint32_t *ids)
{
    const struct learn_shape *shape = &model->shape;
    bool is_bert = shape->arch == LEARN_BERT;
    struct rows of = {model, scratch, ids, is_bert ? scratch->summed : scratch->input};
    job_items(model->job, scratch->n_sequences, embed_rows, &of);
    if (is_bert) {
        learn_norm(
            model->job, scratch->summed, learn_of_tensor(model, model->values, LEARN_INPUT_GAIN),
            learn_of_tensor(model, model->values, LEARN_INPUT_BIAS), scratch->n_rows, shape->dim,
            shape->epsilon, scratch->input, scratch->input_mean, scratch->input_scale);
    }
    const float *x = scratch->input;
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        learn_block(model, scratch, b, x);
        x = scratch->kept[b].out;
    }
    if (is_bert) {
        return x;
    }
    learn_norm(model->job, x, learn_of_tensor(model, model->values, LEARN_FINAL_GAIN),
               learn_of_tensor(model, model->values, LEARN_FINAL_BIAS), scratch->n_rows, shape->dim,
               shape->epsilon, scratch->final, scratch->final_mean, scratch->final_scale);
    return scratch->final;
}

void learn_forward(struct learn_model *model, struct learn_scratch *scratch, const uint32_t *ids,
                   const uint32_t *targets, bool keep_gradient, float scale)
{
    if (!keep_gradient) {
        learn_products_choose(&scratch->products, COMPUTE_F32);
    }
    const float *states = learn_forward_states(model, scratch, ids);
    if (model->shape.arch == LEARN_BERT) {
        learn_masked_head(model, scratch, states, targets, keep_gradient, scale);
    } else {
        learn_head(model, scratch, states, scratch->n_rows, targets, scale, scratch->losses,
                   keep_gradient ? scratch->stream : NULL);
    }
    learn_products_choose(&scratch->products, model->compute);
}
