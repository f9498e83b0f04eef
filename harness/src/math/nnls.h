/*
 * nnls.h - least squares without negative coefficients: of what a vector is a mixture.
 */
#ifndef MATH_NNLS_H
#define MATH_NNLS_H

#include <stdint.h>

/* The x >= 0 of least |sum of x[j] column j - target| (Lawson & Hanson 1974, "Solving Least Squares
 * Problems", ch. 23, algorithm NNLS). columns: [n, m], each contiguous; target: [m]; ret_x: [n];
 * *ret_residual: that length. Inputs must be finite. A column that depends on those already in use
 * gets 0. Columns that would do equally well: the first is taken. m or n may be 0.
 * 0, or ERR_FAILED where 30 n steps were not enough (rounding on columns that are nearly
 * dependent); ret_ are untouched then. */
int nnls(uint32_t m, uint32_t n, const double *columns, const double *target, double *ret_x,
         double *ret_residual);

#endif /* MATH_NNLS_H */
