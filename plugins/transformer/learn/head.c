/*
 * head.c - a piece by the look-up table as output head, and its cross-entropy: logits = final
 * table^T (BERT: + bias), loss = log(sum of exp(logits)) - logit of the target. LEARN_HEAD_ROWS
 * rows at a time, so that all logits of a batch never stand in memory together.
 */
#include "learn/exponential.h"
#include "learn/learn.h"
#include "learn/sums.h"

#include <math.h>
#include <string.h>

struct head {
    const struct learn_model *model;
    const struct learn_products *how;
    const float *final, *bias;
    struct learn_right turned, table, states; /* table^T, table, final */
    const uint32_t *targets;
    float *logits, *d_final, *d_table, *d_bias;
    double *losses;
    uint32_t rows, ld; /* of this group; floats from a row of logits to the next */
    float scale;
};

/* Sum of e^(x - most), x replaced by it. */
LEARN_HOT static float exponentials(float *x, uint32_t n, float *ret_most)
{
    float most = sum_most(x, n), sum;
    sum_floats sums = {0}, now;
    for (uint32_t i = 0; i < n; i += SUM_LANES) {
        uint32_t end = n - i < SUM_LANES ? n : i + SUM_LANES;
        for (uint32_t j = i; j < end; j++) {
            x[j] = learn_exp(x[j] - most);
        }
        SUM_LOAD(now, x, i, n);
        sums += now;
    }
    SUM_JOIN(float, sums, sum);
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
    uint32_t first, n = learn_tile(of->how, of->rows, false, tile, &first);
    float *logits = of->logits + (uint64_t)first * of->ld;
    for (uint32_t r = 0; r < n && of->bias; r++) {
        memcpy(logits + (uint64_t)r * of->ld, of->bias, n_pieces * sizeof *logits);
    }
    learn_rows(of->how, worker, (struct blas_factor){of->final + (uint64_t)first * dim, dim, 0}, n,
               &of->turned, of->bias != NULL, logits, of->ld);
    for (uint32_t r = 0; r < n; r++) {
        of->losses[first + r] =
            cross_entropy(of, logits + (uint64_t)r * of->ld, of->targets[first + r]);
    }
    if (of->d_final) {
        learn_rows(of->how, worker, (struct blas_factor){logits, of->ld, 0}, n, &of->table, false,
                   of->d_final + (uint64_t)first * dim, dim);
    }
}

static void table_rows(void *arg, uint32_t tile, uint32_t worker)
{
    const struct head *of = arg;
    uint32_t dim = of->model->shape.dim, n_pieces = of->model->shape.vocabulary;
    uint32_t first, n = learn_tile(of->how, n_pieces, true, tile, &first);
    learn_rows(of->how, worker, (struct blas_factor){of->logits + first, of->ld, 1}, n, &of->states,
               true, of->d_table + (uint64_t)first * dim, dim);
    for (uint32_t r = 0; r < of->rows && of->d_bias; r++) {
        const float *row = of->logits + (uint64_t)r * of->ld;
        for (uint32_t i = first; i < first + n; i++) {
            of->d_bias[i] += row[i];
        }
    }
}

void learn_head(struct learn_model *model, const struct learn_scratch *scratch, const float *final,
                uint32_t rows, const uint32_t *targets, float scale, double *losses, float *d_final)
{
    uint32_t dim = model->shape.dim, n_pieces = model->shape.vocabulary;
    const struct learn_products *how = &scratch->products;
    const float *table = learn_of_tensor(model, model->values, LEARN_TABLE);
    struct learn_right turned, right = {0};
    turned =
        learn_lay_right(how, LEARN_WEIGHTS, (struct blas_factor){table, dim, 1}, dim, n_pieces);
    if (d_final) {
        right =
            learn_lay_right(how, LEARN_SLOPES, (struct blas_factor){table, dim, 0}, n_pieces, dim);
    }
    for (uint32_t first = 0; first < rows; first += LEARN_HEAD_ROWS) {
        struct head of = {.model = model,
                          .how = how,
                          .final = final + (uint64_t)first * dim,
                          .turned = turned,
                          .table = right,
                          .bias = learn_of_tensor(model, model->values, LEARN_HEAD_BIAS),
                          .targets = targets + first,
                          .logits = scratch->logits,
                          .d_final = d_final ? d_final + (uint64_t)first * dim : NULL,
                          .d_table = learn_of_tensor(model, model->gradients, LEARN_TABLE),
                          .d_bias = learn_of_tensor(model, model->gradients, LEARN_HEAD_BIAS),
                          .losses = losses + first,
                          .ld = learn_logits_ld(&model->shape),
                          .scale = scale};
        uint32_t left = rows - first;
        of.rows = left < LEARN_HEAD_ROWS ? left : LEARN_HEAD_ROWS;
        job_items(model->job, learn_tiles(how, of.rows, false), head_rows, &of);
        if (d_final) {
            of.states = learn_lay_right(how, LEARN_STATES, (struct blas_factor){of.final, dim, 0},
                                        of.rows, dim);
            job_items(model->job, learn_tiles(how, n_pieces, true), table_rows, &of);
        }
    }
}
