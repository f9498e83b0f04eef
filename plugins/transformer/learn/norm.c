/* Layer norm (Ba, Kiros & Hinton 2016) of each row, forward and backward; without a bias RMS norm
 * (Zhang & Sennrich 2019): the same with a mean of 0. */
#include "learn/exponential.h"
#include "learn/learn.h"
#include "learn/sums.h"

#include <math.h>
#include <string.h>

struct norm {
    const float *x, *gain, *bias, *dy;
    float *y, *dx, *means, *scales, *partials;
    uint32_t rows, dim;
    float epsilon;
    bool is_rms;
};

static uint32_t n_tiles(uint32_t rows)
{
    return (rows + LEARN_ROWS - 1) / LEARN_ROWS;
}

static uint32_t end_of(const struct norm *of, uint32_t tile)
{
    uint32_t end = (tile + 1) * LEARN_ROWS;
    return end < of->rows ? end : of->rows;
}

LEARN_HOT static void forward_row(const struct norm *of, uint32_t r)
{
    const float *x = of->x + (uint64_t)r * of->dim, *gain = of->gain, *bias = of->bias;
    float *y = of->y + (uint64_t)r * of->dim;
    float mean = bias ? (float)(sum_wide(x, of->dim) / of->dim) : 0;
    float scale = (float)(1 / sqrt(sum_squares(x, of->dim, mean) / of->dim + of->epsilon));
    for (uint32_t d = 0; d < of->dim; d++) {
        y[d] = (x[d] - mean) * scale * gain[d];
    }
    for (uint32_t d = 0; d < of->dim && bias; d++) {
        y[d] += bias[d];
    }
    of->means[r] = mean;
    of->scales[r] = scale;
}

static void forward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct norm *of = arg;
    (void)worker;
    for (uint32_t r = tile * LEARN_ROWS; r < end_of(of, tile); r++) {
        forward_row(of, r);
    }
}

void learn_norm(const struct train_job *job, const float *x, const float *gain, const float *bias,
                uint32_t rows, uint32_t dim, float epsilon, float *y, float *means, float *scales)
{
    struct norm of = {.x = x,
                      .gain = gain,
                      .bias = bias,
                      .y = y,
                      .means = means,
                      .scales = scales,
                      .rows = rows,
                      .dim = dim,
                      .epsilon = epsilon};
    job_items(job, n_tiles(rows), forward_rows, &of);
}

/* With h = (x - mean) scale and g = dy gain:
 * dx += scale (g - mean of g - h * mean of (g h)); gain's gradient dy h, bias' dy. */
LEARN_HOT static void backward_row(const struct norm *of, uint32_t r, float *restrict d_gain,
                                   float *restrict d_bias)
{
    const float *x = of->x + (uint64_t)r * of->dim, *dy = of->dy + (uint64_t)r * of->dim;
    const float *gain = of->gain;
    float *restrict dx = of->dx + (uint64_t)r * of->dim, mean = of->means[r], scale = of->scales[r];
    float sum, product;
    sum_floats sums = {0}, products = {0}, here, slope, weight;
    for (uint32_t d = 0; d < of->dim; d += SUM_LANES) {
        SUM_LOAD(here, x, d, of->dim);
        SUM_LOAD(slope, dy, d, of->dim);
        SUM_LOAD(weight, gain, d, of->dim);
        sum_floats g = slope * weight;
        sums += g;
        products += g * ((here - mean) * scale); /* past the end g is 0 */
    }
    SUM_JOIN(float, sums, sum);
    SUM_JOIN(float, products, product);
    float mean_g = of->is_rms ? 0 : sum / (float)of->dim, mean_gh = product / (float)of->dim;
    for (uint32_t d = 0; d < of->dim; d++) {
        float h = (x[d] - mean) * scale;
        d_gain[d] += dy[d] * h;
        d_bias[d] += dy[d];
        dx[d] += scale * (dy[d] * gain[d] - mean_g - h * mean_gh);
    }
}

static void backward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct norm *of = arg;
    float *d_gain = of->partials + (uint64_t)tile * 2 * of->dim, *d_bias = d_gain + of->dim;
    (void)worker;
    memset(d_gain, 0, 2 * (uint64_t)of->dim * sizeof *d_gain);
    for (uint32_t r = tile * LEARN_ROWS; r < end_of(of, tile); r++) {
        backward_row(of, r, d_gain, d_bias);
    }
}

void learn_norm_back(const struct train_job *job, const float *x, const float *gain,
                     const float *means, const float *scales, const float *dy, uint32_t rows,
                     uint32_t dim, float *dx, float *partials, float *d_gain, float *d_bias)
{
    struct norm of = {.x = x,
                      .gain = gain,
                      .dy = dy,
                      .dx = dx,
                      .means = (float *)means,
                      .scales = (float *)scales,
                      .partials = partials,
                      .rows = rows,
                      .dim = dim,
                      .is_rms = d_bias == NULL};
    job_items(job, n_tiles(rows), backward_rows, &of);
    for (uint32_t t = 0; t < n_tiles(rows); t++) {
        for (uint32_t d = 0; d < dim; d++) {
            d_gain[d] += partials[(uint64_t)t * 2 * dim + d];
            if (d_bias) {
                d_bias[d] += partials[((uint64_t)t * 2 + 1) * dim + d];
            }
        }
    }
}
