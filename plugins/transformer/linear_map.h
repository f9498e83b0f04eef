/*
 * linear_map.h - a linear map between two vector spaces, fitted on pairs of rows: how static
 * vectors find their way into a transformer's table.
 *
 *     y = (x - mean of the x) matrix + mean of the y
 *
 *   procrustes  matrix = s Q that minimises sum |y - y'|^2, Q orthogonal (Schoenemann and Carroll
 *               1970; Xing et al. 2015 for word vectors): turn, scale, move. Unequal dimensions: Q
 *               has orthonormal rows, or columns, those of the polar factor.
 *   ridge       matrix that minimises sum |y - y'|^2 + lambda |matrix|^2 (Hoerl and Kennard 1970)
 *   pca         projection onto the first principal directions of x (Pearson 1901); y is x
 *
 * All in double; the same for every number of workers.
 */
#ifndef TRANSFORMER_LINEAR_MAP_H
#define TRANSFORMER_LINEAR_MAP_H

#include "embedder.h"

struct linear_map {
    uint32_t n_in, n_out;
    double *matrix;             /* [n_in, n_out] */
    double *mean_in, *mean_out; /* [n_in], [n_out] */
};

/* Pairs of rows: x[n, n_in] goes to y[n, n_out]. */
struct pairs {
    const float *x, *y;
    uint32_t n, n_in, n_out;
};

/* The caller calls linear_map_finish, after failure too. pairs->n >= 1. EMB_E_NOMEM;
 * EMB_E_OPTION: lambda is too small for rows that do not span their space. */
emb_status linear_map_procrustes(const struct emb_host *host, const struct pairs *pairs,
                                 struct linear_map *ret_map);
emb_status linear_map_ridge(const struct emb_host *host, const struct pairs *pairs, double lambda,
                            struct linear_map *ret_map);
/* Of rows[n, dim], n >= 1, the k <= dim directions of most variance. EMB_E_NOMEM. */
emb_status linear_map_pca(const struct emb_host *host, const float *rows, uint32_t n, uint32_t dim,
                          uint32_t k, struct linear_map *ret_map);
void linear_map_finish(const struct emb_host *host, struct linear_map *map);

/* ret_y[n_out] of x[n_in]. */
void linear_map_apply(const struct linear_map *map, const float *x, float *ret_y);

/* What of y - mean the rows `guess` [n, dim] explain: 1 - sum |y - guess|^2 / sum |y - mean|^2. NaN
 * if n is 0. mean: [dim], of the rows that the guess was fitted on. */
double explained(const float *y, const float *guess, const double *mean, uint32_t n, uint32_t dim);
/* Mean row of x[n, dim]. */
void mean_row(const float *x, uint32_t n, uint32_t dim, double *ret_mean);

#endif /* TRANSFORMER_LINEAR_MAP_H */
