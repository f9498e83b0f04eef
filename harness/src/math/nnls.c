/* Non-negative least squares by an active set of columns. */
#include "math/nnls.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A column whose part outside the span of those in use is shorter than this share of it is taken
 * for dependent on them. */
#define DEPENDENT 1e-10

struct problem {
    uint32_t m, n;
    const double *columns, *target; /* [n, m], [m] */
    double *x, *gradient;           /* [n]: the solution so far; columns' products with residual */
    double *residual;               /* [m] target - sum of x columns */
    bool *refused;                  /* [n] tried since the solution last moved, without use */
    /* Columns in use, by when they were taken, and their QR factorisation. */
    uint32_t *used; /* [n_used] */
    uint32_t n_used;
    double *q, *r; /* [n_used, m] orthonormal rows; [n_used, n] upper triangle, by column used */
    double *z;     /* [n_used] the least squares solution with the columns in use */
};

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Column `place` of those in use joins the factorisation of those before it: Gram-Schmidt, twice,
 * which is enough for working precision (Giraud et al. 2005, "Rounding error analysis of the
 * classical Gram-Schmidt orthogonalization process"). False if it depends on them. */
static bool factor(struct problem *p, uint32_t place)
{
    const double *column = p->columns + (size_t)p->used[place] * p->m;
    double *q = p->q + (size_t)place * p->m, *r = p->r + (size_t)place * p->n;
    double length = sqrt(dot(column, column, p->m));
    memcpy(q, column, p->m * sizeof *q);
    memset(r, 0, (place + 1u) * sizeof *r);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t k = 0; k < place; k++) {
            const double *other = p->q + (size_t)k * p->m;
            double share = dot(other, q, p->m);
            r[k] += share;
            for (uint32_t i = 0; i < p->m; i++) {
                q[i] -= share * other[i];
            }
        }
    }
    r[place] = sqrt(dot(q, q, p->m));
    if (!(r[place] > DEPENDENT * length)) {
        return false;
    }
    for (uint32_t i = 0; i < p->m; i++) {
        q[i] /= r[place];
    }
    return true;
}

/* z of R z = Q target. */
static void solve(struct problem *p)
{
    for (uint32_t k = p->n_used; k-- > 0;) {
        double value = dot(p->q + (size_t)k * p->m, p->target, p->m);
        for (uint32_t later = k + 1; later < p->n_used; later++) {
            value -= p->r[(size_t)later * p->n + k] * p->z[later];
        }
        p->z[k] = value / p->r[(size_t)k * p->n + k];
    }
}

static void set_residual(struct problem *p)
{
    memcpy(p->residual, p->target, p->m * sizeof *p->residual);
    for (uint32_t k = 0; k < p->n_used; k++) {
        const double *column = p->columns + (size_t)p->used[k] * p->m;
        for (uint32_t i = 0; i < p->m; i++) {
            p->residual[i] -= p->x[p->used[k]] * column[i];
        }
    }
    for (uint32_t j = 0; j < p->n; j++) {
        p->gradient[j] = dot(p->columns + (size_t)j * p->m, p->residual, p->m);
    }
}

static bool is_used(const struct problem *p, uint32_t j)
{
    bool used = false;
    for (uint32_t k = 0; k < p->n_used; k++) {
        used = used || p->used[k] == j;
    }
    return used;
}

/* The column that would shorten the residual most per unit of itself; n if none would: those whose
 * product is within rounding of 0 are left where they are. */
static uint32_t next_column(const struct problem *p)
{
    uint32_t best = p->n;
    double scale = sqrt(dot(p->target, p->target, p->m));
    for (uint32_t j = 0; j < p->n; j++) {
        const double *column = p->columns + (size_t)j * p->m;
        double least = 1e-13 * scale * sqrt(dot(column, column, p->m));
        if (!p->refused[j] && p->gradient[j] > least &&
            (best == p->n || p->gradient[j] > p->gradient[best]) && !is_used(p, j)) {
            best = j;
        }
    }
    return best;
}

/* Takes column j into use; false if it is of no use: dependent, or its own coefficient would not be
 * positive, which rounding can make of a product that is hardly above 0. */
static bool take(struct problem *p, uint32_t j)
{
    p->used[p->n_used] = j;
    if (!factor(p, p->n_used)) {
        return false;
    }
    p->n_used++;
    solve(p);
    if (p->z[p->n_used - 1] > 0) {
        return true;
    }
    p->n_used--;
    return false;
}

/* From x towards z as far as nothing becomes negative; what arrives at 0 goes out of use. */
static void step(struct problem *p)
{
    double share = 1;
    uint32_t first = p->n_used, kept = 0;
    for (uint32_t k = 0; k < p->n_used; k++) {
        double x = p->x[p->used[k]];
        if (p->z[k] <= 0 && x / (x - p->z[k]) < share) {
            share = x / (x - p->z[k]);
            first = k;
        }
    }
    for (uint32_t k = 0; k < p->n_used; k++) {
        double *x = &p->x[p->used[k]];
        *x = share < 1 ? *x + share * (p->z[k] - *x) : p->z[k];
        if (k == first || *x <= 0) {
            *x = 0;
        } else {
            p->used[kept++] = p->used[k];
        }
    }
    bool fewer = kept < p->n_used;
    p->n_used = kept;
    for (uint32_t k = 0; fewer && k < kept; k++) {
        factor(p, k);
    }
}

/* All of z is to be positive; the columns in use shrink until it is. Returns the steps taken. */
static uint32_t settle(struct problem *p, uint32_t most)
{
    for (uint32_t n = 0; n < most; n++) {
        bool positive = true;
        for (uint32_t k = 0; k < p->n_used; k++) {
            positive = positive && p->z[k] > 0;
        }
        step(p);
        if (positive) {
            return n + 1;
        }
        solve(p);
    }
    return most;
}

static int run(struct problem *p)
{
    uint32_t steps = 0, most = 30 * (p->n + 1);
    set_residual(p);
    for (uint32_t j; (j = next_column(p)) < p->n;) {
        if (!take(p, j)) {
            p->refused[j] = true;
            continue;
        }
        steps += settle(p, most - steps);
        if (steps >= most) {
            return error_set(ERR_FAILED,
                             "non-negative least squares: no convergence after %u steps", most);
        }
        memset(p->refused, 0, p->n * sizeof *p->refused);
        set_residual(p);
    }
    return 0;
}

int nnls(uint32_t m, uint32_t n, const double *columns, const double *target, double *ret_x,
         double *ret_residual)
{
    double *scratch =
        mem_array(3 * (size_t)n + m + (size_t)n * (m + (size_t)n) + 1, sizeof *scratch);
    struct problem p = {.m = m, .n = n, .columns = columns, .target = target};
    p.x = scratch;
    p.gradient = p.x + n;
    p.z = p.gradient + n;
    p.residual = p.z + n;
    p.q = p.residual + m;
    p.r = p.q + (size_t)n * m;
    p.refused = mem_array(n + 1u, sizeof *p.refused);
    p.used = mem_array(n + 1u, sizeof *p.used);
    int status = run(&p);
    if (status == 0) {
        memcpy(ret_x, p.x, n * sizeof *ret_x);
        *ret_residual = sqrt(dot(p.residual, p.residual, m));
    }
    free(p.used);
    free(p.refused);
    free(scratch);
    return status;
}
