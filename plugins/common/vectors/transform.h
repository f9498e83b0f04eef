/*
 * transform.h - a loaded table changed to order: limit, lower case, centring, all but the top,
 * unit length. In this order.
 */
#ifndef VECTORS_TRANSFORM_H
#define VECTORS_TRANSFORM_H

#include "vectors/vectors.h"

/* True if any option changes words or rows, so that a cache has to be written before. */
bool transform_wanted(const struct vector_options *options);

/* Apply all that is wanted. On failure host->fail has been called, and the table is good for
 * vectors_free() alone. */
emb_status transform_apply(struct vector_table *table, const struct vector_options *options);

/* Change one row of the table's dim, as `change` says. */
void row_change_apply(const struct row_change *change, uint32_t dim, float *row);

/* The mean row in double, [dim]. Blocks of fixed height are summed, then the sums in order: equal
 * for every number of workers. False: out of memory. */
bool table_mean(const struct emb_host *host, const float *rows, uint64_t n, uint32_t dim,
                double *ret_mean);

/* The D directions of greatest variance about `mean`, orthonormal, [D, dim], by descending
 * variance; D < dim. False: out of memory. */
bool principal_components(const struct emb_host *host, const float *rows, uint64_t n, uint32_t dim,
                          const double *mean, uint32_t D, double *ret_components);

#endif /* VECTORS_TRANSFORM_H */
