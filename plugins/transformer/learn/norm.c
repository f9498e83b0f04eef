/* Layer norm (Ba, Kiros & Hinton 2016) of each row, forward and backward; without a bias RMS norm
 * (Zhang & Sennrich 2019): the same with a mean of 0. */
#include "learn/learn.h"

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

static void forward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct norm *of = arg;
    (void)worker;
    for (uint32_t r = tile * LEARN_ROWS; r < end_of(of, tile); r++) {
        const float *x = of->x + (uint64_t)r * of->dim;
        float *y = of->y + (uint64_t)r * of->dim;
        double sum = 0, squares = 0;
        for (uint32_t d = 0; d < of->dim && of->bias; d++) {
            sum += x[d];
        }
        float mean = (float)(sum / of->dim);
        for (uint32_t d = 0; d < of->dim; d++) {
            double off = x[d] - mean;
            squares += off * off;
        }
        float scale = (float)(1 / sqrt(squares / of->dim + of->epsilon));
        for (uint32_t d = 0; d < of->dim; d++) {
            y[d] = (x[d] - mean) * scale * of->gain[d] + (of->bias ? of->bias[d] : 0);
        }
        of->means[r] = mean;
        of->scales[r] = scale;
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
static void backward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct norm *of = arg;
    float *d_gain = of->partials + (uint64_t)tile * 2 * of->dim, *d_bias = d_gain + of->dim;
    (void)worker;
    memset(d_gain, 0, 2 * (uint64_t)of->dim * sizeof *d_gain);
    for (uint32_t r = tile * LEARN_ROWS; r < end_of(of, tile); r++) {
        const float *x = of->x + (uint64_t)r * of->dim, *dy = of->dy + (uint64_t)r * of->dim;
        float *dx = of->dx + (uint64_t)r * of->dim, mean = of->means[r], scale = of->scales[r];
        double sum = 0, product = 0;
        for (uint32_t d = 0; d < of->dim; d++) {
            float h = (x[d] - mean) * scale, g = dy[d] * of->gain[d];
            sum += g;
            product += (double)g * h;
            d_gain[d] += dy[d] * h;
            d_bias[d] += dy[d];
        }
        float mean_g = of->is_rms ? 0 : (float)(sum / of->dim),
              mean_gh = (float)(product / of->dim);
        for (uint32_t d = 0; d < of->dim; d++) {
            float h = (x[d] - mean) * scale, g = dy[d] * of->gain[d];
            dx[d] += scale * (g - mean_g - h * mean_gh);
        }
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
