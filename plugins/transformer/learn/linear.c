/* Products with weights, forward and backward, by fixed tiles. */
#include "learn/learn.h"

#include "base/blas.h"

#include <string.h>

static uint32_t tiles(uint32_t n, uint32_t size)
{
    return (n + size - 1) / size;
}

struct product {
    const float *x, *weight, *bias, *dy;
    float *y, *dx, *d_weight, *d_bias;
    uint32_t rows, in, out;
};

static uint32_t tile_end(uint32_t first, uint32_t size, uint32_t n)
{
    return first + size < n ? first + size : n;
}

static void forward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct product *of = arg;
    uint32_t first = tile * LEARN_ROWS, n = tile_end(first, LEARN_ROWS, of->rows) - first;
    float *y = of->y + (uint64_t)first * of->out;
    (void)worker;
    for (uint32_t r = 0; r < n && of->bias; r++) {
        memcpy(y + (uint64_t)r * of->out, of->bias, of->out * sizeof *y);
    }
    blas_multiply(n, of->out, of->in, 1,
                  (struct blas_factor){of->x + (uint64_t)first * of->in, of->in, 0},
                  (struct blas_factor){of->weight, of->out, 0}, of->bias ? 1 : 0, y, of->out);
}

void learn_linear(const struct train_job *job, const float *x, const float *weight,
                  const float *bias, uint32_t rows, uint32_t in, uint32_t out, float *y)
{
    struct product of = {
        .x = x, .weight = weight, .bias = bias, .y = y, .rows = rows, .in = in, .out = out};
    job_items(job, tiles(rows, LEARN_ROWS), forward_rows, &of);
}

/* Tiles of rows of dx, then tiles of rows of the weight, then tiles of the bias. */
static void input_rows(const struct product *of, uint32_t tile)
{
    uint32_t first = tile * LEARN_ROWS, n = tile_end(first, LEARN_ROWS, of->rows) - first;
    blas_multiply(
        n, of->in, of->out, 1, (struct blas_factor){of->dy + (uint64_t)first * of->out, of->out, 0},
        (struct blas_factor){of->weight, of->out, 1}, 0, of->dx + (uint64_t)first * of->in, of->in);
}

static void weight_rows(const struct product *of, uint32_t tile)
{
    uint32_t first = tile * LEARN_COLUMNS, n = tile_end(first, LEARN_COLUMNS, of->in) - first;
    blas_multiply(n, of->out, of->rows, 1, (struct blas_factor){of->x + first, of->in, 1},
                  (struct blas_factor){of->dy, of->out, 0}, 1,
                  of->d_weight + (uint64_t)first * of->out, of->out);
}

static void bias_columns(const struct product *of, uint32_t tile)
{
    uint32_t first = tile * LEARN_COLUMNS, end = tile_end(first, LEARN_COLUMNS, of->out);
    float sums[LEARN_COLUMNS] = {0};
    for (uint32_t r = 0; r < of->rows; r++) {
        const float *dy = of->dy + (uint64_t)r * of->out;
        for (uint32_t c = first; c < end; c++) {
            sums[c - first] += dy[c];
        }
    }
    for (uint32_t c = first; c < end; c++) {
        of->d_bias[c] += sums[c - first];
    }
}

static void backward_tile(void *arg, uint32_t tile, uint32_t worker)
{
    const struct product *of = arg;
    uint32_t n_inputs = of->dx ? tiles(of->rows, LEARN_ROWS) : 0;
    uint32_t n_weights = tiles(of->in, LEARN_COLUMNS);
    (void)worker;
    if (tile < n_inputs) {
        input_rows(of, tile);
    } else if (tile < n_inputs + n_weights) {
        weight_rows(of, tile - n_inputs);
    } else {
        bias_columns(of, tile - n_inputs - n_weights);
    }
}

void learn_linear_back(const struct train_job *job, const float *x, const float *weight,
                       const float *dy, uint32_t rows, uint32_t in, uint32_t out, float *dx,
                       float *d_weight, float *d_bias)
{
    struct product of = {.x = x,
                         .weight = weight,
                         .dy = dy,
                         .dx = dx,
                         .d_weight = d_weight,
                         .d_bias = d_bias,
                         .rows = rows,
                         .in = in,
                         .out = out};
    uint32_t n = dx ? tiles(rows, LEARN_ROWS) : 0;
    uint32_t n_bias = d_bias ? tiles(out, LEARN_COLUMNS) : 0;
    job_items(job, n + tiles(in, LEARN_COLUMNS) + n_bias, backward_tile, &of);
}
