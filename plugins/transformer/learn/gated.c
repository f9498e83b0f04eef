/*
 * gated.c - the gated feed-forward part (Shazeer 2020) with silu: of each row's gate g and value u,
 * [rows, 2 inner], silu(g) u = g u / (1 + e^-g).
 */
#include "learn/exponential.h"
#include "learn/learn.h"

struct gated {
    const float *up, *d_active;
    float *active, *d_up;
    uint32_t inner, rows;
};

enum { ROWS = 32 };

LEARN_HOT static void forward(const float *gate, const float *value, float *y, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        y[i] = gate[i] * value[i] / (1 + learn_exp(-gate[i]));
    }
}

LEARN_HOT static void backward(const float *gate, const float *value, const float *dy,
                               float *d_gate, float *d_value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        float share = 1 / (1 + learn_exp(-gate[i]));
        d_value[i] = dy[i] * gate[i] * share;
        d_gate[i] = dy[i] * value[i] * share * (1 + gate[i] * (1 - share));
    }
}

static uint32_t end_of(const struct gated *of, uint32_t tile)
{
    return (tile + 1) * ROWS < of->rows ? (tile + 1) * ROWS : of->rows;
}

static void forward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct gated *of = arg;
    (void)worker;
    for (uint64_t r = (uint64_t)tile * ROWS; r < end_of(of, tile); r++) {
        const float *up = of->up + r * 2 * of->inner;
        forward(up, up + of->inner, of->active + r * of->inner, of->inner);
    }
}

static void backward_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct gated *of = arg;
    (void)worker;
    for (uint64_t r = (uint64_t)tile * ROWS; r < end_of(of, tile); r++) {
        const float *up = of->up + r * 2 * of->inner;
        float *d_up = of->d_up + r * 2 * of->inner;
        backward(up, up + of->inner, of->d_active + r * of->inner, d_up, d_up + of->inner,
                 of->inner);
    }
}

void learn_gated(const struct train_job *job, const float *up, uint32_t rows, uint32_t inner,
                 float *active)
{
    struct gated of = {.up = up, .active = active, .inner = inner, .rows = rows};
    job_items(job, (rows + ROWS - 1) / ROWS, forward_rows, &of);
}

void learn_gated_back(const struct train_job *job, const float *up, const float *d_active,
                      uint32_t rows, uint32_t inner, float *d_up)
{
    struct gated of = {.up = up, .d_active = d_active, .d_up = d_up, .inner = inner, .rows = rows};
    job_items(job, (rows + ROWS - 1) / ROWS, backward_rows, &of);
}
