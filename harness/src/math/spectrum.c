/* The greatest eigenvalue of a covariance by Lanczos' method, as a share of all. */
#include "math/spectrum.h"

#include "base/mem.h"
#include "base/rng.h"
#include "math/vectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define TOLERANCE 1e-9 /* of the residual, relative to the eigenvalue: the error is below it */

/* The Krylov space of AᵀA so far: an orthonormal basis in which it is tridiagonal. */
struct lanczos {
    const float *rows; /* A[n, dim] */
    uint32_t n, dim;
    uint32_t steps, most; /* most: steps after which the space is exhausted */
    double *basis;        /* [steps, dim] */
    size_t basis_capacity;
    double *diagonal; /* [most] */
    double *beside;   /* [most] beside[i] stands between i and i + 1 */
    float *parts;     /* [2, dim] scratch: a vector of doubles as the sum of two of floats */
    double *next;     /* [dim] */
};

/* ret = AᵀA v. v is split into floats, whose products with the rows are exact in double. */
static void apply(struct lanczos *l, const double *v, double *ret)
{
    float *high = l->parts, *low = l->parts + l->dim;
    for (uint32_t d = 0; d < l->dim; d++) {
        high[d] = (float)v[d];
        low[d] = (float)(v[d] - (double)high[d]);
        ret[d] = 0;
    }
    for (uint32_t i = 0; i < l->n; i++) {
        const float *row = l->rows + (size_t)i * l->dim;
        double along = vec_dot(row, high, l->dim) + vec_dot(row, low, l->dim);
        vec_axpy(along, row, ret, l->dim);
    }
}

/* Takes from v what lies in the basis; twice, since once leaves the rounding errors of a long v
 * (Golub & Van Loan 2013, section 5.2). Returns the length of what is left. */
static double orthogonalise(const struct lanczos *l, double *v)
{
    for (int round = 0; round < 2; round++) {
        for (uint32_t k = 0; k < l->steps; k++) {
            const double *b = l->basis + (size_t)k * l->dim;
            double along = vec_dot_double(b, v, l->dim);
            for (uint32_t d = 0; d < l->dim; d++) {
                v[d] -= along * b[d];
            }
        }
    }
    return sqrt(vec_dot_double(v, v, l->dim));
}

/* One more basis vector: v of the given length, made a unit. */
static double *extend(struct lanczos *l, const double *v, double length)
{
    MEM_GROW(l->basis, l->basis_capacity, (size_t)(l->steps + 1) * l->dim);
    double *unit = l->basis + (size_t)l->steps++ * l->dim;
    for (uint32_t d = 0; d < l->dim; d++) {
        unit[d] = v[d] / length;
    }
    return unit;
}

/* Are all eigenvalues of the tridiagonal matrix below x? (Sylvester's law of inertia.) */
static bool is_above_all(const struct lanczos *l, double x)
{
    double pivot = l->diagonal[0] - x;
    for (uint32_t i = 1; i < l->steps && pivot < 0; i++) {
        pivot = l->diagonal[i] - x - l->beside[i - 1] * l->beside[i - 1] / pivot;
    }
    return pivot < 0;
}

/* The greatest eigenvalue by bisection, between a value it is not below and Gershgorin's bound. */
static double greatest(const struct lanczos *l, double low)
{
    double high = 0;
    for (uint32_t i = 0; i < l->steps; i++) {
        double left = i > 0 ? l->beside[i - 1] : 0;
        double right = i + 1 < l->steps ? l->beside[i] : 0;
        double bound = l->diagonal[i] + left + right;
        high = bound > high ? bound : high;
    }
    high *= 1 + 1e-15;
    while (high - low > 4e-16 * high) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) {
            break;
        }
        if (is_above_all(l, middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* The last component of the unit eigenvector of the greatest eigenvalue: from the last to the
 * first the recurrence grows, and is stable. */
static double last_component(const struct lanczos *l, double eigenvalue)
{
    double after = 0, at = 1, squares = 1;
    for (uint32_t i = l->steps - 1; i > 0; i--) {
        double beyond = i + 1 < l->steps ? l->beside[i] * after : 0;
        double before = ((eigenvalue - l->diagonal[i]) * at - beyond) / l->beside[i - 1];
        after = at;
        at = before;
        squares += at * at;
    }
    return 1 / sqrt(squares);
}

/* The greatest eigenvalue of AᵀA, given the sum of all. */
static double top_eigenvalue(struct lanczos *l, double trace)
{
    struct rng rng;
    rng_init(&rng, 0, 0);
    for (uint32_t i = 0; i < l->n; i++) { /* a random vector of the row space */
        vec_axpy(rng_normal(&rng), l->rows + (size_t)i * l->dim, l->next, l->dim);
    }
    double eigenvalue = 0, length = sqrt(vec_dot_double(l->next, l->next, l->dim));
    while (l->steps < l->most) {
        uint32_t k = l->steps;
        const double *v = extend(l, l->next, length);
        apply(l, v, l->next);
        l->diagonal[k] = vec_dot_double(v, l->next, l->dim);
        eigenvalue = greatest(l, eigenvalue > l->diagonal[k] ? eigenvalue : l->diagonal[k]);
        length = l->beside[k] = orthogonalise(l, l->next);
        /* A length of rounding errors: the space is exhausted and holds the eigenvector. */
        if (length <= 1e-13 * trace ||
            length * last_component(l, eigenvalue) <= TOLERANCE * eigenvalue) {
            break;
        }
    }
    return eigenvalue;
}

double spectrum_top_share(const float *rows, uint32_t n, uint32_t dim)
{
    double trace = 0;
    for (uint32_t i = 0; i < n; i++) {
        trace += vec_dot(rows + (size_t)i * dim, rows + (size_t)i * dim, dim);
    }
    if (!(trace > 0)) {
        return NAN;
    }
    struct lanczos l = {.rows = rows, .n = n, .dim = dim, .most = n < dim ? n : dim};
    l.diagonal = mem_array(l.most, sizeof *l.diagonal);
    l.beside = mem_array(l.most, sizeof *l.beside);
    l.parts = mem_array(2 * (size_t)dim, sizeof *l.parts);
    l.next = mem_array(dim, sizeof *l.next);
    double share = top_eigenvalue(&l, trace) / trace;
    free(l.basis);
    free(l.diagonal);
    free(l.beside);
    free(l.parts);
    free(l.next);
    return share < 1 ? share : 1;
}
