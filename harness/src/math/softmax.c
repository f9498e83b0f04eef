/* Fits linear classifiers, products by BLAS. */
#include "math/softmax.h"

#include "base/mem.h"
#include "math/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 }; /* rows at a time: what lies between the products stays small */

struct fitting {
    const struct softmax_rows *of;
    double penalty; /* 1 / (c n) */
    bool penalise_biases;
    float *weights; /* [n_classes, dim] of the present model */
    float *scores;  /* [BLOCK, n_classes] */
    float *errors;  /* [n_classes, BLOCK] p - 1 of the label */
    float *product; /* [n_classes, dim] */
    double *logs;   /* [n_classes] of a row */
};

static void begin(struct fitting *fitting, const struct softmax_rows *of)
{
    *fitting = (struct fitting){.of = of};
    size_t k = of->n_classes, dim = of->dim;
    fitting->weights = mem_array(2 * k * dim + 2 * k * BLOCK + 1, sizeof(float));
    fitting->product = fitting->weights + k * dim;
    fitting->scores = fitting->product + k * dim;
    fitting->errors = fitting->scores + k * BLOCK;
    fitting->logs = mem_array(k, sizeof(double));
}

static void finish(struct fitting *fitting)
{
    free(fitting->weights);
    free(fitting->logs);
}

static void take_weights(struct fitting *fitting, const double *model)
{
    size_t n = (size_t)fitting->of->n_classes * fitting->of->dim;
    for (size_t i = 0; i < n; i++) {
        fitting->weights[i] = (float)model[i];
    }
}

/* The scores of rows first … first + n - 1. */
static void score(struct fitting *fitting, uint32_t first, uint32_t n)
{
    const struct softmax_rows *of = fitting->of;
    blas_product_nt(n, of->n_classes, of->dim, of->rows + (size_t)first * of->dim, of->dim,
                    fitting->weights, of->dim, fitting->scores, of->n_classes);
}

/* Logarithms of the probabilities of one row. */
static void log_softmax(const float *scores, const double *biases, uint32_t n, double *ret)
{
    double most = -INFINITY, sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        ret[k] = scores[k] + biases[k];
        most = ret[k] > most ? ret[k] : most;
    }
    for (uint32_t k = 0; k < n; k++) {
        sum += exp(ret[k] - most);
    }
    double shift = most + log(sum);
    for (uint32_t k = 0; k < n; k++) {
        ret[k] -= shift;
    }
}

/* Loss and gradient of one block, added up. */
static double add_block(struct fitting *fitting, uint32_t first, uint32_t n, const double *biases,
                        double *gradient)
{
    const struct softmax_rows *of = fitting->of;
    uint32_t k = of->n_classes;
    size_t n_weights = (size_t)k * of->dim;
    double loss = 0, *bias_gradient = gradient + n_weights;
    score(fitting, first, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t label = of->labels[first + i];
        log_softmax(fitting->scores + (size_t)i * k, biases, k, fitting->logs);
        loss -= fitting->logs[label];
        for (uint32_t c = 0; c < k; c++) {
            double error = exp(fitting->logs[c]) - (c == label);
            fitting->errors[(size_t)c * BLOCK + i] = (float)error;
            bias_gradient[c] += error;
        }
    }
    blas_product_nn(k, of->dim, n, fitting->errors, BLOCK, of->rows + (size_t)first * of->dim,
                    of->dim, fitting->product, of->dim);
    for (size_t i = 0; i < n_weights; i++) {
        gradient[i] += fitting->product[i];
    }
    return loss;
}

/* The objective over n: its scale does not depend on how many rows there are. */
static double objective(void *ctx, const double *model, double *gradient)
{
    struct fitting *fitting = ctx;
    const struct softmax_rows *of = fitting->of;
    size_t n_weights = (size_t)of->n_classes * of->dim, size = n_weights + of->n_classes;
    take_weights(fitting, model);
    memset(gradient, 0, size * sizeof *gradient);
    double loss = 0, square = 0;
    for (uint32_t first = 0; first < of->n; first += BLOCK) {
        uint32_t left = of->n - first;
        loss += add_block(fitting, first, left < BLOCK ? left : BLOCK, model + n_weights, gradient);
    }
    for (size_t i = 0; i < size; i++) {
        bool penalised = i < n_weights || fitting->penalise_biases;
        gradient[i] = gradient[i] / of->n + (penalised ? fitting->penalty * model[i] : 0);
        square += penalised ? model[i] * model[i] : 0;
    }
    return loss / of->n + fitting->penalty * square / 2;
}

struct lbfgs_end softmax_fit(const struct softmax_rows *rows, double c, bool penalise_biases,
                             double *model)
{
    static const struct lbfgs_limits limits = {
        .iterations = 500, .gradient = 1e-6, .decrease = 1e-8};
    struct fitting fitting;
    begin(&fitting, rows);
    fitting.penalty = 1 / (c * rows->n);
    fitting.penalise_biases = penalise_biases;
    struct lbfgs_end end = lbfgs_minimise(
        &limits, (uint32_t)softmax_size(rows->dim, rows->n_classes), objective, &fitting, model);
    finish(&fitting);
    return end;
}

void softmax_log_probabilities(const struct softmax_rows *rows, const double *model, double *ret)
{
    struct fitting fitting;
    begin(&fitting, rows);
    take_weights(&fitting, model);
    const double *biases = model + (size_t)rows->n_classes * rows->dim;
    for (uint32_t first = 0; first < rows->n; first += BLOCK) {
        uint32_t n = rows->n - first < BLOCK ? rows->n - first : BLOCK;
        score(&fitting, first, n);
        for (uint32_t i = 0; i < n; i++) {
            log_softmax(fitting.scores + (size_t)i * rows->n_classes, biases, rows->n_classes,
                        ret + (size_t)(first + i) * rows->n_classes);
        }
    }
    finish(&fitting);
}
