/*
 * search_kernels.h - the inner loop of search.c: the greatest score of a panel, from three rows of
 * cosines. Run-time dispatch; the plain kernel is the reference of the others.
 */
#ifndef MATH_SEARCH_KERNELS_H
#define MATH_SEARCH_KERNELS_H

#include "math/search.h"

/* What a query's scores are made of, beside the cosines of a panel's rows. */
struct search_scale {
    float offset; /* PAIR_DIRECTION: cos(b, c) - cos(a, c) */
    float factor; /* PAIR_DIRECTION: 1 / |b - a| */
};

/* One row's score in float32. */
float search_score_float(enum search_method method, float to_a, float to_b, float to_c,
                         const struct search_scale *scale);

/* The greatest of n scores, n > 0; to within one rounding of search_score_float. */
typedef float (*search_max)(const float *to_a, const float *to_b, const float *to_c, uint32_t n,
                            const struct search_scale *scale);

search_max search_max_kernel(enum search_method method); /* the fastest of this processor */
search_max search_max_plain(enum search_method method);  /* what it must compute */

#endif /* MATH_SEARCH_KERNELS_H */
