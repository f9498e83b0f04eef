/*
 * head.c - a piece by the look-up table as output head, and its cross-entropy: logits = final
 * table^T (BERT: + bias), loss = log(sum of exp(logits)) - logit of the target. LEARN_HEAD_ROWS
 * rows at a time, so that all logits of a batch never stand in memory together.
 */
#include "learn/exponential.h"
#include "learn/learn.h"

#include "base/blas.h"

#include <math.h>
#include <string.h>

struct head {
    const struct learn_model *model;
    const float *final, *table, *bias;
    const uint32_t *targets;
    float *logits, *d_final, *d_table, *d_bias;
    double *losses;
    uint32_t rows; /* of this group */
    float scale;
};

static uint32_t tiles(uint32_t n, uint32_t size)
{
    return (n + size - 1) / size;
}

/* Sum of e^(x - most), x replaced by it. */
LEARN_HOT static float exponentials(float *x, uint32_t n, float *ret_most)
{
    float most = x[0], sum = 0;
    for (uint32_t i = 1; i < n; i++) {
        most = x[i] > most ? x[i] : most;
    }
    for (uint32_t i = 0; i < n; i++) {
        x[i] = learn_exp(x[i] - most);
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
    }
    *ret_most = most;
    return sum;
}

LEARN_HOT static void multiply(float *x, uint32_t n, float by)
{
    for (uint32_t i = 0; i < n; i++) {
        x[i] *= by;
    }
}

/* The loss of a row; its logits become their gradient, where one is wanted. */
static double cross_entropy(const struct head *of, float *logits, uint32_t target)
{
    uint32_t n = of->model->shape.vocabulary;
    if (target == LEARN_NO_TARGET) {
        memset(logits, 0, n * sizeof *logits);
        return 0;
    }
    float right = logits[target], most, sum = exponentials(logits, n, &most);
    if (of->d_final) {
        multiply(logits, n, of->scale / sum);
        logits[target] -= of->scale;
    }
    return log((double)sum) + (double)most - (double)right;
}

static void head_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct head *of = arg;
    uint32_t dim = of->model->shape.dim, n_pieces = of->model->shape.vocabulary;
    uint32_t first = tile * LEARN_COLUMNS;
    uint32_t n = of->rows - first < LEARN_COLUMNS ? of->rows - first : LEARN_COLUMNS;
    float *logits = of->logits + (uint64_t)first * n_pieces;
    (void)worker;
    for (uint32_t r = 0; r < n && of->bias; r++) {
        memcpy(logits + (uint64_t)r * n_pieces, of->bias, n_pieces * sizeof *logits);
    }
    blas_multiply(n, n_pieces, dim, 1,
                  (struct blas_factor){of->final + (uint64_t)first * dim, dim, 0},
                  (struct blas_factor){of->table, dim, 1}, of->bias ? 1 : 0, logits, n_pieces);
    for (uint32_t r = 0; r < n; r++) {
        of->losses[first + r] =
            cross_entropy(of, logits + (uint64_t)r * n_pieces, of->targets[first + r]);
    }
    if (of->d_final) {
        blas_multiply(n, dim, n_pieces, 1, (struct blas_factor){logits, n_pieces, 0},
                      (struct blas_factor){of->table, dim, 0}, 0,
                      of->d_final + (uint64_t)first * dim, dim);
    }
}

static void table_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct head *of = arg;
    uint32_t dim = of->model->shape.dim, n_pieces = of->model->shape.vocabulary;
    uint32_t first = tile * LEARN_ROWS;
    uint32_t n = n_pieces - first < LEARN_ROWS ? n_pieces - first : LEARN_ROWS;
    (void)worker;
    blas_multiply(n, dim, of->rows, 1, (struct blas_factor){of->logits + first, n_pieces, 1},
                  (struct blas_factor){of->final, dim, 0}, 1, of->d_table + (uint64_t)first * dim,
                  dim);
    for (uint32_t r = 0; r < of->rows && of->d_bias; r++) {
        const float *row = of->logits + (uint64_t)r * n_pieces;
        for (uint32_t i = first; i < first + n; i++) {
            of->d_bias[i] += row[i];
        }
    }
}

void learn_head(struct learn_model *model, const struct learn_scratch *scratch, const float *final,
                uint32_t rows, const uint32_t *targets, float scale, double *losses, float *d_final)
{
    uint32_t dim = model->shape.dim;
    for (uint32_t first = 0; first < rows; first += LEARN_HEAD_ROWS) {
        struct head of = {.model = model,
                          .final = final + (uint64_t)first * dim,
                          .table = learn_of_tensor(model, model->values, LEARN_TABLE),
                          .bias = learn_of_tensor(model, model->values, LEARN_HEAD_BIAS),
                          .targets = targets + first,
                          .logits = scratch->logits,
                          .d_final = d_final ? d_final + (uint64_t)first * dim : NULL,
                          .d_table = learn_of_tensor(model, model->gradients, LEARN_TABLE),
                          .d_bias = learn_of_tensor(model, model->gradients, LEARN_HEAD_BIAS),
                          .losses = losses + first,
                          .scale = scale};
        uint32_t left = rows - first;
        of.rows = left < LEARN_HEAD_ROWS ? left : LEARN_HEAD_ROWS;
        job_items(model->job, tiles(of.rows, LEARN_COLUMNS), head_rows, &of);
        if (d_final) {
            job_items(model->job, tiles(model->shape.vocabulary, LEARN_ROWS), table_rows, &of);
        }
    }
}
