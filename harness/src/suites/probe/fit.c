/* Fits the classifiers of one problem: which C, which answers, how many bits. */
#include "suites/probe/probe.h"

#include "base/mem.h"
#include "math/softmax.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void probe_problem_finish(struct probe_problem *problem)
{
    free(problem->train);
    free(problem->test);
    free(problem->labels);
    free(problem->controls);
    free(problem->instances);
    free(problem->asked);
    free(problem->classes);
    *problem = (struct probe_problem){0};
}

/* Gram & Schmidt, twice, which is enough for orthogonality to rounding (Giraud et al. 2005). A row
 * of which less than this share is left lies in the space already. */
#define IN_SPACE 1e-5

static uint32_t span(const float *rows, uint32_t n, uint32_t dim, double *basis)
{
    uint32_t rank = 0;
    for (uint32_t i = 0; i < n && rank < dim; i++) {
        double *left = basis + (size_t)rank * dim, whole = vec_norm(rows + (size_t)i * dim, dim);
        for (uint32_t d = 0; d < dim; d++) {
            left[d] = rows[(size_t)i * dim + d];
        }
        for (uint32_t b = 0; b < 2 * rank; b++) {
            const double *unit = basis + (size_t)(b % rank) * dim;
            double along = vec_dot_double(left, unit, dim);
            for (uint32_t d = 0; d < dim; d++) {
                left[d] -= along * unit[d];
            }
        }
        double length = sqrt(vec_dot_double(left, left, dim));
        if (length > IN_SPACE * whole) {
            for (uint32_t d = 0; d < dim; d++) {
                left[d] /= length;
            }
            rank++;
        }
    }
    return rank;
}

/* rows[n, dim] by their products with the basis: [n, rank]. */
static float *project(const float *rows, uint32_t n, uint32_t dim, const double *basis,
                      uint32_t rank)
{
    float *products = mem_array((size_t)n * rank + 1, sizeof *products);
    double *wide = mem_array(dim, sizeof *wide);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < dim; d++) {
            wide[d] = rows[(size_t)i * dim + d];
        }
        for (uint32_t b = 0; b < rank; b++) {
            products[(size_t)i * rank + b] =
                (float)vec_dot_double(wide, basis + (size_t)b * dim, dim);
        }
    }
    free(wide);
    return products;
}

void probe_reduce(struct probe_problem *problem)
{
    uint32_t dim = problem->dim;
    if (problem->n_train >= dim) {
        return;
    }
    double *basis = mem_array((size_t)(problem->n_train + 1) * dim, sizeof *basis);
    uint32_t rank = span(problem->train, problem->n_train, dim, basis);
    if (rank > 0) { /* all rows zero: left as they are */
        float *train = project(problem->train, problem->n_train, dim, basis, rank);
        float *test = project(problem->test, problem->n_test, dim, basis, rank);
        free(problem->train);
        free(problem->test);
        problem->train = train;
        problem->test = test;
        problem->dim = rank;
    }
    free(basis);
}

static struct softmax_rows part(const struct probe_problem *problem, const uint32_t *labels,
                                uint32_t first, uint32_t n)
{
    return (struct softmax_rows){.rows = problem->train + (size_t)first * problem->dim,
                                 .labels = labels + first,
                                 .n = n,
                                 .dim = problem->dim,
                                 .n_classes = problem->n_classes};
}

static double *new_model(const struct probe_problem *problem)
{
    return mem_array(softmax_size(problem->dim, problem->n_classes), sizeof(double));
}

static uint32_t count_right(const struct softmax_rows *of, const double *model, double *logs)
{
    uint32_t n_right = 0;
    softmax_log_probabilities(of, model, logs);
    for (uint32_t i = 0; i < of->n; i++) {
        const double *row = logs + (size_t)i * of->n_classes;
        uint32_t best = 0;
        for (uint32_t k = 1; k < of->n_classes; k++) {
            best = row[k] > row[best] ? k : best;
        }
        n_right += best == of->labels[i];
    }
    return n_right;
}

uint32_t probe_try(const struct probe_problem *problem, const double *c, uint32_t n_c,
                   uint32_t *right)
{
    uint32_t n_dev = problem->n_train / 5, n = problem->n_train - n_dev;
    if (n_dev == 0) {
        return 0;
    }
    struct softmax_rows train = part(problem, problem->labels, 0, n),
                        dev = part(problem, problem->labels, n, n_dev);
    double *model = new_model(problem),
           *logs = mem_array((size_t)n_dev * problem->n_classes, sizeof *logs);
    for (uint32_t i = 0; i < n_c; i++) { /* each begins where the one before ended: it is near */
        softmax_fit(&train, c[i], false, model);
        right[i] += count_right(&dev, model, logs);
    }
    free(logs);
    free(model);
    return n_dev;
}

void probe_answer(const struct probe_problem *problem, const uint32_t *labels, double c,
                  double *ret)
{
    struct softmax_rows train = part(problem, labels, 0, problem->n_train), test = train;
    test.rows = problem->test;
    test.labels = NULL;
    test.n = problem->n_test;
    double *model = new_model(problem);
    softmax_fit(&train, c, false, model);
    softmax_log_probabilities(&test, model, ret);
    size_t size = (size_t)problem->n_test * problem->n_classes;
    for (size_t i = 0; i < size; i++) {
        ret[i] = exp(ret[i]);
    }
    free(model);
}

/* Where the blocks of n labels end; returns how many there are. */
enum { MOST_BLOCKS = 11 };

static uint32_t blocks_of(uint32_t n, uint32_t *ret_ends)
{
    static const double shares[MOST_BLOCKS] = {0.001,  0.002, 0.004, 0.008, 0.016, 0.032,
                                               0.0625, 0.125, 0.25,  0.5,   1};
    uint32_t n_blocks = 0;
    for (size_t i = 0; i < MOST_BLOCKS; i++) {
        uint32_t end = (uint32_t)(shares[i] * n);
        if (end > (n_blocks ? ret_ends[n_blocks - 1] : 0)) {
            ret_ends[n_blocks++] = end;
        }
    }
    return n_blocks;
}

void probe_code_length(const struct probe_problem *problem, const uint32_t *labels, const double *c,
                       uint32_t n_c, double *bits)
{
    uint32_t ends[MOST_BLOCKS], n_blocks = blocks_of(problem->n_train, ends);
    double *logs = mem_array((size_t)problem->n_train * problem->n_classes + 1, sizeof *logs);
    double *model = new_model(problem);
    for (uint32_t i = 0; i < n_c; i++) {
        bits[i] += ends[0] * log2(problem->n_classes);
    }
    for (uint32_t b = 1; b < n_blocks; b++) {
        struct softmax_rows before = part(problem, labels, 0, ends[b - 1]),
                            block = part(problem, labels, ends[b - 1], ends[b] - ends[b - 1]);
        memset(model, 0, softmax_size(problem->dim, problem->n_classes) * sizeof *model);
        for (uint32_t i = 0; i < n_c; i++) {
            softmax_fit(&before, c[i], true, model);
            softmax_log_probabilities(&block, model, logs);
            for (uint32_t j = 0; j < block.n; j++) {
                bits[i] -= logs[(size_t)j * problem->n_classes + block.labels[j]] / log(2);
            }
        }
    }
    free(model);
    free(logs);
}
