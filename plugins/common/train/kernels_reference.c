/* kernels_reference.c - what the vector kernels must compute, written to be read. */
#include "train/kernels.h"

static double dot(const float *x, const float *y, uint32_t width)
{
    double sum = 0;
    for (uint32_t d = 0; d < width; d++) {
        sum += (double)x[d] * (double)y[d];
    }
    return sum;
}

static void pair_gradient(const struct pair_block *block, float *gradient)
{
    for (uint32_t i = 0; i < block->n_in; i++) {
        for (uint32_t j = 0; j < block->n_out; j++) {
            double s = dot(block->in[i], block->out[j], block->width);
            double positive = (double)block->positive[j], weight = (double)block->weight[j];
            if (block->want_loss) {
                *block->loss += positive * softplus(-s) + (weight - positive) * softplus(s);
            }
            gradient[i * block->n_out + j] =
                (float)((double)block->rate * (positive - weight / (1 + exp(-s))));
        }
    }
}

static void pair_block(const struct pair_block *block)
{
    float gradient[PAIR_MAX_IN * PAIR_MAX_OUT];
    pair_gradient(block, gradient);
    for (uint32_t d = 0; d < block->width; d++) {
        float in[PAIR_MAX_IN], out[PAIR_MAX_OUT];
        for (uint32_t i = 0; i < block->n_in; i++) {
            in[i] = block->in[i][d];
        }
        for (uint32_t j = 0; j < block->n_out; j++) {
            out[j] = block->out[j][d];
        }
        for (uint32_t i = 0; i < block->n_in; i++) {
            for (uint32_t j = 0; j < block->n_out; j++) {
                float g = gradient[i * block->n_out + j];
                block->in_add[i][d] += g * out[j];
                block->out[j][d] += g * in[i];
            }
        }
    }
}

static double glove_step(const struct glove_tile *tile, const struct glove_record *record)
{
    float *w = tile->left + (uint64_t)record->row * 2 * tile->width, *w_squares = w + tile->width;
    float *c = tile->right + (uint64_t)record->column * 2 * tile->width,
          *c_squares = c + tile->width;
    double difference = dot(w, c, tile->width) - (double)record->log_count;
    float slope = (float)((double)tile->eta * (double)record->weight * difference);
    for (uint32_t d = 0; d < tile->width; d++) {
        float w_step = slope * c[d], c_step = slope * w[d];
        w[d] -= w_step / sqrtf(w_squares[d]);
        c[d] -= c_step / sqrtf(c_squares[d]);
        w_squares[d] += w_step * w_step;
        c_squares[d] += c_step * c_step;
    }
    w[tile->dim + 1] = 1;
    c[tile->dim] = 1;
    return 0.5 * (double)record->weight * difference * difference;
}

static double glove_tile(const struct glove_tile *tile)
{
    double loss = 0;
    for (uint64_t n = 0; n < tile->n; n++) {
        loss += glove_step(tile, &tile->records[n]);
    }
    return loss;
}

static void add_scaled(float *y, const float *x, float a, uint32_t width)
{
    for (uint32_t d = 0; d < width; d++) {
        y[d] += a * x[d];
    }
}

const struct kernels kernels_reference = {
    .name = "reference",
    .pair_block = pair_block,
    .glove_tile = glove_tile,
    .add_scaled = add_scaled,
};
