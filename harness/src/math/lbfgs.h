/*
 * lbfgs.h - the least of a smooth function of many variables: limited-memory BFGS (Liu & Nocedal
 * 1989) with 10 pairs, and a line search to the strong Wolfe conditions by bracketing and cubic
 * interpolation (Nocedal & Wright 2006, algorithms 7.4, 7.5, 3.5 and 3.6).
 */
#ifndef MATH_LBFGS_H
#define MATH_LBFGS_H

#include <stdint.h>

/* The value at x[n], and its gradient [n]. */
typedef double (*lbfgs_function)(void *ctx, const double *x, double *ret_gradient);

struct lbfgs_end {
    double value;        /* at the x that was reached */
    double gradient;     /* greatest component of its gradient, by size */
    uint32_t iterations; /* steps taken */
};

/* Steps to stop after, and what is near enough: a gradient no component of which is greater, or a
 * step that lowers the value by no more than this share of it. */
struct lbfgs_limits {
    uint32_t iterations;
    double gradient;
    double decrease;
};

/* From x[n] on, which becomes where it ended: at a limit, or where no step leads further down. */
struct lbfgs_end lbfgs_minimise(const struct lbfgs_limits *limits, uint32_t n,
                                lbfgs_function function, void *ctx, double *x);

#endif /* MATH_LBFGS_H */
