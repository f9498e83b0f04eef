/*
 * plane.h - vectors on the plane that shows most of them: their first two principal components.
 */
#ifndef MATH_PLANE_H
#define MATH_PLANE_H

#include <stdint.h>

/* rows[n, dim], `stride` floats apart, minus their mean, on the two directions of greatest variance
 * (Pearson 1901): ret_places[n, 2]. Of each direction the place farthest from the middle is
 * positive, which makes the result unique up to equal variances. ret_shares: which share of the
 * variance lies along each; both zero, as all places are, where all rows are one. ERR_FAILED: the
 * eigenvalues were not found.
 *
 * By the eigenvectors of the smaller of covariance and Gram matrix: O(n dim min(n, dim)). */
int plane_project(const float *rows, uint64_t stride, uint32_t n, uint32_t dim, double *ret_places,
                  double ret_shares[2]);

#endif /* MATH_PLANE_H */
