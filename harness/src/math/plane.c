/* Projects vectors on their first two principal components. */
#include "math/plane.h"

#include "base/error.h"
#include "base/mem.h"
#include "math/blas.h"
#include "math/vectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Below this share of the rows' squared lengths a variance is rounding of float32. */
#define LEAST_VARIANCE 1e-12

/* The rows minus their mean as [m, k], turned if `turn`: k is the smaller of n and dim. Returns the
 * sum of the squares before. */
static double centre(const float *rows, uint64_t stride, uint32_t n, uint32_t dim, bool turn,
                     double *ret_centred)
{
    double squares = 0;
    for (uint32_t d = 0; d < dim; d++) {
        double sum = 0;
        for (uint32_t i = 0; i < n; i++) {
            double x = (double)rows[i * stride + d];
            sum += x;
            squares += x * x;
        }
        for (uint32_t i = 0; i < n; i++) {
            ret_centred[turn ? (size_t)d * n + i : (size_t)i * dim + d] =
                (double)rows[i * stride + d] - sum / n;
        }
    }
    return squares;
}

/* One direction's places, the farthest positive. */
static void place(const double *centred, const double *vector, double value, bool turn, uint32_t n,
                  uint32_t dim, double *ret_places)
{
    double farthest = 0;
    for (uint32_t i = 0; i < n; i++) {
        double at =
            turn ? vector[i] * sqrt(value) : vec_dot_double(vector, centred + (size_t)i * dim, dim);
        ret_places[2 * (size_t)i] = at;
        farthest = fabs(at) > fabs(farthest) * (1 + 1e-9) ? at : farthest;
    }
    for (uint32_t i = 0; farthest < 0 && i < n; i++) {
        ret_places[2 * (size_t)i] = -ret_places[2 * (size_t)i];
    }
}

int plane_project(const float *rows, uint64_t stride, uint32_t n, uint32_t dim, double *ret_places,
                  double ret_shares[2])
{
    bool turn = n < dim;
    uint32_t k = turn ? n : dim, m = turn ? dim : n;
    double *centred = mem_array((size_t)n * dim, sizeof *centred), total = 0;
    double *matrix = mem_array((size_t)k * k, sizeof *matrix);
    double *values = mem_array(k, sizeof *values);
    double squares = centre(rows, stride, n, dim, turn, centred);
    memset(ret_places, 0, 2 * (size_t)n * sizeof *ret_places);
    ret_shares[0] = ret_shares[1] = 0;
    blas_gram(m, k, centred, k, matrix, k);
    int status = blas_symmetric_eigen(k, matrix, values);
    for (uint32_t i = 0; !status && i < k; i++) {
        total += fmax(values[i], 0);
    }
    for (uint32_t c = 0; !status && c < 2 && c < k && total > LEAST_VARIANCE * squares; c++) {
        uint32_t from = k - 1 - c;
        double value = fmax(values[from], 0);
        place(centred, matrix + (size_t)from * k, value, turn, n, dim, ret_places + c);
        ret_shares[c] = value / total;
    }
    free(centred);
    free(matrix);
    free(values);
    return status;
}
