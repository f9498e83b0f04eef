/*
 * softmax.h - multinomial logistic regression, a linear classifier that gives probabilities:
 *
 *   p(y | x) = exp(w_y · x + b_y) / Σ_k exp(w_k · x + b_k)
 *
 * with the weights that minimise the sum over rows of -ln p(label | row) + |w|² / (2 c), which is
 * scikit-learn's LogisticRegression(C=c, multi_class="multinomial"), biases free of the penalty. On
 * request they bear it too, as if each row had one more column, of ones: then a class that no row
 * has keeps a probability above zero.
 */
#ifndef MATH_SOFTMAX_H
#define MATH_SOFTMAX_H

#include "math/lbfgs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct softmax_rows {
    const float *rows;      /* [n, dim] */
    const uint32_t *labels; /* [n] 0 … n_classes-1 */
    uint32_t n, dim, n_classes;
};

/* Numbers of a classifier: its weights [n_classes, dim], then its biases [n_classes]. */
static inline size_t softmax_size(uint32_t dim, uint32_t n_classes)
{
    return (size_t)n_classes * dim + n_classes;
}

/* From model[softmax_size] on, zeros or another fit: where it begins does not matter to where it
 * ends but for rounding. */
struct lbfgs_end softmax_fit(const struct softmax_rows *rows, double c, bool penalise_biases,
                             double *model);

/* ret[n, n_classes]: natural logarithms of the probabilities; labels are not read. */
void softmax_log_probabilities(const struct softmax_rows *rows, const double *model, double *ret);

#endif /* MATH_SOFTMAX_H */
