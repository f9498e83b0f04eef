/* Products with weights, forward and backward, by fixed tiles. */
#include "learn/learn.h"

#include <string.h>

struct product {
    const struct learn_products *how;
    const float *x, *bias, *dy;
    struct learn_right weight, slopes; /* forward: weight; backward: its transpose, dy */
    float *y, *dx, *d_weight, *d_bias;
    uint32_t rows, in, out;
};

static void forward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct product *of = arg;
    uint32_t first, n = learn_tile(of->how, of->rows, false, tile, &first);
    float *y = of->y + (uint64_t)first * of->out;
    for (uint32_t r = 0; r < n && of->bias; r++) {
        memcpy(y + (uint64_t)r * of->out, of->bias, of->out * sizeof *y);
    }
    learn_rows(of->how, worker, (struct blas_factor){of->x + (uint64_t)first * of->in, of->in, 0},
               n, &of->weight, of->bias != NULL, y, of->out);
}

void learn_linear(const struct learn_products *how, const float *x, const float *weight,
                  const float *bias, uint32_t rows, uint32_t in, uint32_t out, float *y)
{
    struct product of = {
        .how = how, .x = x, .bias = bias, .y = y, .rows = rows, .in = in, .out = out};
    of.weight = learn_lay_right(how, LEARN_WEIGHTS, (struct blas_factor){weight, out, 0}, in, out);
    job_items(how->job, learn_tiles(how, rows, false), forward_rows, &of);
}

static void input_rows(const struct product *of, uint32_t tile, uint32_t worker)
{
    uint32_t first, n = learn_tile(of->how, of->rows, false, tile, &first);
    learn_rows(of->how, worker,
               (struct blas_factor){of->dy + (uint64_t)first * of->out, of->out, 0}, n, &of->weight,
               false, of->dx + (uint64_t)first * of->in, of->in);
}

static void weight_rows(const struct product *of, uint32_t tile, uint32_t worker)
{
    uint32_t first, n = learn_tile(of->how, of->in, true, tile, &first);
    learn_rows(of->how, worker, (struct blas_factor){of->x + first, of->in, 1}, n, &of->slopes,
               true, of->d_weight + (uint64_t)first * of->out, of->out);
}

static void bias_columns(const struct product *of, uint32_t tile)
{
    uint32_t first = tile * LEARN_COLUMNS;
    uint32_t end = of->out - first < LEARN_COLUMNS ? of->out : first + LEARN_COLUMNS;
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

/* Tiles of rows of the weight, of rows of dx, of the bias: the long ones first, so that workers end
 * together. */
static void backward_tile(void *arg, uint32_t tile, uint32_t worker)
{
    const struct product *of = arg;
    uint32_t n_weights = learn_tiles(of->how, of->in, true);
    uint32_t n_inputs = of->dx ? learn_tiles(of->how, of->rows, false) : 0;
    if (tile < n_weights) {
        weight_rows(of, tile, worker);
    } else if (tile < n_weights + n_inputs) {
        input_rows(of, tile - n_weights, worker);
    } else {
        bias_columns(of, tile - n_weights - n_inputs);
    }
}

void learn_linear_back(const struct learn_products *how, const float *x, const float *weight,
                       const float *dy, uint32_t rows, uint32_t in, uint32_t out, float *dx,
                       float *d_weight, float *d_bias)
{
    struct product of = {.how = how,
                         .x = x,
                         .dy = dy,
                         .dx = dx,
                         .d_weight = d_weight,
                         .d_bias = d_bias,
                         .rows = rows,
                         .in = in,
                         .out = out};
    if (dx) {
        of.weight =
            learn_lay_right(how, LEARN_WEIGHTS, (struct blas_factor){weight, out, 1}, out, in);
    }
    of.slopes = learn_lay_right(how, LEARN_SLOPES, (struct blas_factor){dy, out, 0}, rows, out);
    uint32_t n = (dx ? learn_tiles(how, rows, false) : 0) + learn_tiles(how, in, true);
    uint32_t n_bias = d_bias ? (out + LEARN_COLUMNS - 1) / LEARN_COLUMNS : 0;
    job_items(how->job, n + n_bias, backward_tile, &of);
}
