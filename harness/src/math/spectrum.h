/*
 * spectrum.h - how much of a set of vectors lies along one line.
 */
#ifndef MATH_SPECTRUM_H
#define MATH_SPECTRUM_H

#include <stdint.h>

/* σ₁² / Σ σᵢ² of the singular values of rows[n, dim], contiguous, as they are, not centred: the
 * greatest share of their squared lengths that one direction can explain ("maximum explainable
 * variance", Ethayarajh 2019, section 3.2). Between 1 / min(n, dim) and 1; not-a-number where
 * every row is zero or there is none.
 *
 * By Lanczos' method with full reorthogonalisation on the Gram matrix, which is never formed
 * (Golub & Van Loan 2013, section 10.1): two passes over the rows a step, about ten steps where one
 * direction dominates. The relative error is below 1e-8. Memory: 8 dim bytes a step, at most
 * min(n, dim) steps. */
double spectrum_top_share(const float *rows, uint32_t n, uint32_t dim);

#endif /* MATH_SPECTRUM_H */
