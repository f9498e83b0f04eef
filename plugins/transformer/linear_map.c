/*
 * linear_map.c - the fits of linear_map.h: cross products over the workers, the polar factor by
 * one-sided Jacobi rotations, which find principal directions too, ridge regression by Cholesky.
 */
#include "linear_map.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static emb_status out_of_memory(const struct emb_host *host)
{
    return emb_failf(host, EMB_E_NOMEM, "transformer: no memory for a map between vectors");
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum[4] = {0}; /* four chains: the compiler may not reorder one */
    uint32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (uint32_t k = 0; k < 4; k++) {
            sum[k] += a[i + k] * b[i + k];
        }
    }
    for (; i < n; i++) {
        sum[0] += a[i] * b[i];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void mean_row(const float *x, uint32_t n, uint32_t dim, double *ret_mean)
{
    memset(ret_mean, 0, dim * sizeof *ret_mean);
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t c = 0; c < dim; c++) {
            ret_mean[c] += (double)x[(size_t)r * dim + c];
        }
    }
    for (uint32_t c = 0; c < dim; c++) {
        ret_mean[c] /= n;
    }
}

/* ---- sums of products ---- */

enum { COLUMNS_PER_TASK = 8, ROWS_AT_ONCE = 4 };

struct cross {
    const float *a, *b; /* [n, n_a], [n, n_b] */
    uint32_t n, n_a, n_b;
    double *scratch; /* [n_workers, ROWS_AT_ONCE, n_b] */
    double *out;     /* [n_a, n_b], zero */
};

/* Rows [i * COLUMNS_PER_TASK, ...) of out: each a sum over all n in one order. */
static void cross_task(void *arg, uint32_t i, uint32_t worker)
{
    const struct cross *c = arg;
    size_t n_b = c->n_b;
    double *b = c->scratch + worker * ROWS_AT_ONCE * n_b;
    uint32_t first = i * COLUMNS_PER_TASK;
    uint32_t last = c->n_a - first < COLUMNS_PER_TASK ? c->n_a : first + COLUMNS_PER_TASK;
    for (uint32_t r = 0; r < c->n; r += ROWS_AT_ONCE) {
        uint32_t rows = c->n - r < ROWS_AT_ONCE ? c->n - r : ROWS_AT_ONCE;
        memset(b, 0, ROWS_AT_ONCE * n_b * sizeof *b);
        for (size_t k = 0; k < rows * n_b; k++) {
            b[k] = (double)c->b[r * n_b + k];
        }
        for (uint32_t column = first; column < last; column++) {
            double a[ROWS_AT_ONCE] = {0}, *line = c->out + column * n_b;
            for (uint32_t k = 0; k < rows; k++) {
                a[k] = (double)c->a[(size_t)(r + k) * c->n_a + column];
            }
            for (size_t j = 0; j < n_b; j++) {
                line[j] += (a[0] * b[j] + a[1] * b[n_b + j]) +
                           (a[2] * b[2 * n_b + j] + a[3] * b[3 * n_b + j]);
            }
        }
    }
}

/* (a - mean_a)^T (b - mean_b), [n_a, n_b]; NULL: out of memory. Free by host->free. */
static double *cross_product(const struct emb_host *host, const float *a, const double *mean_a,
                             uint32_t n_a, const float *b, const double *mean_b, uint32_t n_b,
                             uint32_t n)
{
    struct cross c = {.a = a, .b = b, .n = n, .n_a = n_a, .n_b = n_b};
    c.out = host->alloc(host, (size_t)n_a * n_b * sizeof *c.out);
    c.scratch = host->alloc(host, (size_t)host->n_workers * ROWS_AT_ONCE * n_b * sizeof *c.scratch);
    if (c.out && c.scratch) {
        host->parallel_for(host, (n_a + COLUMNS_PER_TASK - 1) / COLUMNS_PER_TASK, cross_task, &c);
        for (uint32_t i = 0; i < n_a; i++) {
            for (uint32_t j = 0; j < n_b; j++) {
                c.out[(size_t)i * n_b + j] -= n * mean_a[i] * mean_b[j];
            }
        }
    } else {
        host->free(host, c.out);
        c.out = NULL;
    }
    host->free(host, c.scratch);
    return c.out;
}

static emb_status start(const struct emb_host *host, const struct pairs *pairs,
                        struct linear_map *map)
{
    *map = (struct linear_map){.n_in = pairs->n_in, .n_out = pairs->n_out};
    map->mean_in = host->alloc(host, pairs->n_in * sizeof *map->mean_in);
    map->mean_out = host->alloc(host, pairs->n_out * sizeof *map->mean_out);
    if (!map->mean_in || !map->mean_out) {
        return out_of_memory(host);
    }
    mean_row(pairs->x, pairs->n, pairs->n_in, map->mean_in);
    mean_row(pairs->y, pairs->n, pairs->n_out, map->mean_out);
    map->matrix = cross_product(host, pairs->x, map->mean_in, pairs->n_in, pairs->y, map->mean_out,
                                pairs->n_out, pairs->n);
    return map->matrix ? EMB_OK : out_of_memory(host);
}

void linear_map_finish(const struct emb_host *host, struct linear_map *map)
{
    host->free(host, map->matrix);
    host->free(host, map->mean_in);
    host->free(host, map->mean_out);
    *map = (struct linear_map){.n_in = 0};
}

/* ---- procrustes ---- */

static void rotate_rows(double *p, double *q, uint32_t n, double c, double s)
{
    for (uint32_t i = 0; i < n; i++) {
        double x = p[i], y = q[i];
        p[i] = c * x - s * y;
        q[i] = s * x + c * y;
    }
}

/* Make the rows of a[k, m] orthogonal by rotations, which turn[k, k] (the unit matrix) collects:
 * one-sided Jacobi (Hestenes 1958; Golub & Van Loan, 4th ed., 8.6.3). */
static void orthogonalise(double *a, double *turn, uint32_t k, uint32_t m)
{
    const double enough = 1e-15;
    bool turned = true;
    for (int sweep = 0; turned && sweep < 60; sweep++) {
        turned = false;
        for (uint32_t p = 0; p + 1 < k; p++) {
            for (uint32_t q = p + 1; q < k; q++) {
                double *x = a + (size_t)p * m, *y = a + (size_t)q * m;
                double xx = dot(x, x, m), yy = dot(y, y, m), xy = dot(x, y, m);
                if (fabs(xy) <= enough * sqrt(xx * yy)) {
                    continue;
                }
                double zeta = (yy - xx) / (2 * xy);
                double t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
                double c = 1 / sqrt(1 + t * t);
                rotate_rows(x, y, m, c, c * t);
                rotate_rows(turn + (size_t)p * k, turn + (size_t)q * k, k, c, c * t);
                turned = true;
            }
        }
    }
}

/* a[k, m], k <= m, by its polar factor: with a = U S V^T, ret = U V^T. Directions without any
 * weight are left out of it. Destroys a; returns the sum of S. turn: [k, k]. */
static double polar_factor(double *a, double *turn, uint32_t k, uint32_t m, double *ret)
{
    double sum = 0, most = 0;
    memset(turn, 0, (size_t)k * k * sizeof *turn);
    memset(ret, 0, (size_t)k * m * sizeof *ret);
    for (uint32_t i = 0; i < k; i++) {
        turn[(size_t)i * k + i] = 1;
    }
    orthogonalise(a, turn, k, m);
    for (uint32_t i = 0; i < k; i++) {
        most = fmax(most, sqrt(dot(a + (size_t)i * m, a + (size_t)i * m, m)));
    }
    for (uint32_t i = 0; i < k; i++) { /* turn a = rows of length S: a = turn^T (S W) */
        const double *row = a + (size_t)i * m;
        double value = sqrt(dot(row, row, m));
        if (!(value > 1e-12 * most)) {
            continue;
        }
        sum += value;
        for (uint32_t r = 0; r < k; r++) {
            double share = turn[(size_t)i * k + r] / value;
            for (uint32_t c = 0; c < m; c++) {
                ret[(size_t)r * m + c] += share * row[c];
            }
        }
    }
    return sum;
}

static void transpose(const double *a, uint32_t rows, uint32_t columns, double *ret)
{
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < columns; c++) {
            ret[(size_t)c * rows + r] = a[(size_t)r * columns + c];
        }
    }
}

/* sum |(x - mean) Q|^2 over the pairs, Q the map's matrix; with orthonormal rows, just that of x.
 */
static double turned_length(const struct pairs *pairs, const struct linear_map *map)
{
    uint32_t n_in = map->n_in, n_out = map->n_out;
    double sum = 0;
    for (uint32_t r = 0; r < pairs->n; r++) {
        const float *x = pairs->x + (size_t)r * n_in;
        for (uint32_t i = 0; n_in <= n_out && i < n_in; i++) {
            double value = (double)x[i] - map->mean_in[i];
            sum += value * value;
        }
        for (uint32_t j = 0; n_in > n_out && j < n_out; j++) {
            double y = 0;
            for (uint32_t i = 0; i < n_in; i++) {
                y += ((double)x[i] - map->mean_in[i]) * map->matrix[(size_t)i * n_out + j];
            }
            sum += y * y;
        }
    }
    return sum;
}

emb_status linear_map_procrustes(const struct emb_host *host, const struct pairs *pairs,
                                 struct linear_map *ret_map)
{
    TRY(start(host, pairs, ret_map));
    bool tall = pairs->n_in > pairs->n_out;
    uint32_t k = tall ? pairs->n_out : pairs->n_in, m = tall ? pairs->n_in : pairs->n_out;
    size_t size = (size_t)k * m;
    double *scratch = host->alloc(host, (2 * size + (size_t)k * k) * sizeof *scratch);
    if (!scratch) {
        return out_of_memory(host);
    }
    double *cross = scratch, *factor = scratch + size, *turn = scratch + 2 * size;
    if (tall) {
        transpose(ret_map->matrix, m, k, cross);
    } else {
        memcpy(cross, ret_map->matrix, size * sizeof *cross);
    }
    double trace = polar_factor(cross, turn, k, m, factor);
    if (tall) {
        transpose(factor, k, m, ret_map->matrix);
    } else {
        memcpy(ret_map->matrix, factor, size * sizeof *factor);
    }
    host->free(host, scratch);
    double length = turned_length(pairs, ret_map);
    for (size_t i = 0; i < size; i++) {
        ret_map->matrix[i] *= length > 0 ? trace / length : 0;
    }
    return EMB_OK;
}

/* ---- ridge ---- */

/* a[n, n] = L L^T into its lower triangle; false if a is not positive definite. */
static bool cholesky(double *a, uint32_t n)
{
    double most = 0;
    for (uint32_t i = 0; i < n; i++) {
        most = fmax(most, a[(size_t)i * n + i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        double *row = a + (size_t)i * n;
        for (uint32_t j = 0; j < i; j++) {
            row[j] = (row[j] - dot(row, a + (size_t)j * n, j)) / a[(size_t)j * n + j];
        }
        double rest = row[i] - dot(row, row, i);
        if (!(rest > 1e-13 * most)) {
            return false;
        }
        row[i] = sqrt(rest);
    }
    return true;
}

/* x[n, m] becomes what L L^T sends there. */
static void solve(const double *l, uint32_t n, double *x, uint32_t m)
{
    for (uint32_t i = 0; i < n; i++) { /* L forward */
        for (uint32_t j = 0; j < i; j++) {
            for (uint32_t c = 0; c < m; c++) {
                x[(size_t)i * m + c] -= l[(size_t)i * n + j] * x[(size_t)j * m + c];
            }
        }
        for (uint32_t c = 0; c < m; c++) {
            x[(size_t)i * m + c] /= l[(size_t)i * n + i];
        }
    }
    for (uint32_t i = n; i-- > 0;) { /* L^T backward */
        for (uint32_t j = i + 1; j < n; j++) {
            for (uint32_t c = 0; c < m; c++) {
                x[(size_t)i * m + c] -= l[(size_t)j * n + i] * x[(size_t)j * m + c];
            }
        }
        for (uint32_t c = 0; c < m; c++) {
            x[(size_t)i * m + c] /= l[(size_t)i * n + i];
        }
    }
}

emb_status linear_map_ridge(const struct emb_host *host, const struct pairs *pairs, double lambda,
                            struct linear_map *ret_map)
{
    emb_status status = start(host, pairs, ret_map);
    if (status != EMB_OK) {
        return status;
    }
    uint32_t k = pairs->n_in;
    double *gram =
        cross_product(host, pairs->x, ret_map->mean_in, k, pairs->x, ret_map->mean_in, k, pairs->n);
    if (!gram) {
        return out_of_memory(host);
    }
    for (uint32_t i = 0; i < k; i++) {
        gram[(size_t)i * k + i] += lambda;
    }
    if (cholesky(gram, k)) {
        solve(gram, k, ret_map->matrix, pairs->n_out);
    } else {
        status = emb_failf(host, EMB_E_OPTION,
                           "ridge=%g: found too little for %u rows of %u dimensions that depend on "
                           "one another, expected more",
                           lambda, pairs->n, k);
    }
    host->free(host, gram);
    return status;
}

/* ---- pca ---- */

/* Which row of a[n, n] is the longest of those not taken yet. */
static uint32_t longest_row(const double *a, const bool *taken, uint32_t n)
{
    uint32_t best = 0;
    double most = -1;
    for (uint32_t i = 0; i < n; i++) {
        double length = dot(a + (size_t)i * n, a + (size_t)i * n, n);
        if (!taken[i] && length > most) {
            most = length;
            best = i;
        }
    }
    return best;
}

/* The map's matrix, (rows - mean)^T (rows - mean), by the projection onto its first k eigenvectors.
 * Rotated until its rows are orthogonal, a positive semidefinite matrix V L V^T has become L V^T by
 * turn = V^T. */
static emb_status project(const struct emb_host *host, struct linear_map *map, uint32_t k)
{
    uint32_t n = map->n_in;
    double *turn = host->alloc(host, (size_t)n * n * sizeof *turn);
    bool *taken = host->alloc(host, n * sizeof *taken);
    if (!turn || !taken) {
        host->free(host, turn);
        host->free(host, taken);
        return out_of_memory(host);
    }
    for (uint32_t i = 0; i < n; i++) {
        turn[(size_t)i * n + i] = 1;
    }
    orthogonalise(map->matrix, turn, n, n);
    double *found = host->alloc(host, (size_t)n * n * sizeof *found);
    for (uint32_t i = 0; found && i < k; i++) {
        uint32_t longest = longest_row(map->matrix, taken, n);
        const double *direction = turn + (size_t)longest * n;
        taken[longest] = true;
        for (uint32_t r = 0; r < n; r++) {
            for (uint32_t c = 0; c < n; c++) {
                found[(size_t)r * n + c] += direction[r] * direction[c];
            }
        }
    }
    host->free(host, turn);
    host->free(host, taken);
    if (!found) {
        return out_of_memory(host);
    }
    host->free(host, map->matrix);
    map->matrix = found;
    return EMB_OK;
}

emb_status linear_map_pca(const struct emb_host *host, const float *rows, uint32_t n, uint32_t dim,
                          uint32_t k, struct linear_map *ret_map)
{
    const struct pairs pairs = {rows, rows, n, dim, dim};
    emb_status status = start(host, &pairs, ret_map);
    return status == EMB_OK ? project(host, ret_map, k) : status;
}

/* ---- use ---- */

void linear_map_apply(const struct linear_map *map, const float *x, float *ret_y)
{
    enum { BLOCK = 64 };
    for (uint32_t first = 0; first < map->n_out; first += BLOCK) {
        uint32_t n = map->n_out - first < BLOCK ? map->n_out - first : BLOCK;
        double y[BLOCK];
        memcpy(y, map->mean_out + first, n * sizeof *y);
        for (uint32_t i = 0; i < map->n_in; i++) {
            double value = (double)x[i] - map->mean_in[i];
            const double *row = map->matrix + (size_t)i * map->n_out + first;
            for (uint32_t j = 0; j < n; j++) {
                y[j] += value * row[j];
            }
        }
        for (uint32_t j = 0; j < n; j++) {
            ret_y[first + j] = (float)y[j];
        }
    }
}

double explained(const float *y, const float *guess, const double *mean, uint32_t n, uint32_t dim)
{
    double left = 0, all = 0;
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t c = 0; c < dim; c++) {
            double value = (double)y[(size_t)r * dim + c];
            double miss = value - (double)guess[(size_t)r * dim + c];
            left += miss * miss;
            all += (value - mean[c]) * (value - mean[c]);
        }
    }
    return n > 0 ? 1 - left / all : NAN;
}
