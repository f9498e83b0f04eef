/* What the kernels of vectors.c compute, written to be read. */
#include "math/vectors.h"

static double add_lanes(double lanes[VECTORS_LANES])
{
    for (size_t width = VECTORS_LANES / 2; width > 0; width /= 2) {
        for (size_t l = 0; l < width; l++) {
            lanes[l] += lanes[l + width];
        }
    }
    return lanes[0];
}

double vec_dot_ref(const float *a, const float *b, size_t n)
{
    double lanes[VECTORS_LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        lanes[i % VECTORS_LANES] += (double)a[i] * (double)b[i];
    }
    return add_lanes(lanes);
}

double vec_dot_double_ref(const double *a, const double *b, size_t n)
{
    double lanes[VECTORS_LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        double product = a[i] * b[i]; /* rounded: the kernels use no fused multiply-add here */
        lanes[i % VECTORS_LANES] += product;
    }
    return add_lanes(lanes);
}

void vec_axpy_ref(double scale, const float *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double product = scale * (double)x[i];
        y[i] += product;
    }
}
