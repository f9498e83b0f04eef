/*
 * Principal components of a tall table: the covariance matrix, then its leading eigenvectors by
 * orthogonal iteration with some columns to spare and a last Rayleigh-Ritz step
 * (Golub & Van Loan, Matrix computations, 4th ed., 8.2.4 and 8.1.3).
 */
#include "vectors/transform.h"

#include <math.h>
#include <string.h>

enum {
    SUM_ROWS = 4096, /* in a block of table_mean */
    N_PARTS = 8,     /* of the covariance sum; fixed, so that workers do not matter */
    SPARE = 10,      /* columns iterated beyond those wanted */
    MAX_ITERATIONS = 500
};

struct mean_job {
    const float *rows;
    uint64_t n;
    uint32_t dim;
    double *sums; /* [blocks, dim] */
};

static void sum_block(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct mean_job *job = arg;
    double *sum = job->sums + (uint64_t)i * job->dim;
    uint64_t begin = (uint64_t)i * SUM_ROWS;
    uint64_t end = begin + SUM_ROWS < job->n ? begin + SUM_ROWS : job->n;
    for (uint64_t r = begin; r < end; r++) {
        const float *row = job->rows + r * job->dim;
        for (uint32_t d = 0; d < job->dim; d++) {
            sum[d] += (double)row[d];
        }
    }
}

bool table_mean(const struct emb_host *host, const float *rows, uint64_t n, uint32_t dim,
                double *ret_mean)
{
    uint32_t n_blocks = (uint32_t)((n + SUM_ROWS - 1) / SUM_ROWS);
    struct mean_job job = {rows, n, dim, NULL};
    job.sums = host->alloc(host, (size_t)n_blocks * dim * sizeof *job.sums);
    if (!job.sums) {
        return false;
    }
    host->parallel_for(host, n_blocks, sum_block, &job);
    for (uint32_t d = 0; d < dim; d++) {
        double sum = 0;
        for (uint32_t b = 0; b < n_blocks; b++) {
            sum += job.sums[(uint64_t)b * dim + d];
        }
        ret_mean[d] = sum / (double)n;
    }
    host->free(host, job.sums);
    return true;
}

struct covariance_job {
    const float *rows;
    uint64_t n;
    uint32_t dim;
    const double *mean;
    double *parts;  /* [N_PARTS, dim, dim], upper triangles */
    double *packed; /* [N_PARTS, 4, dim]: four centred rows */
};

/* upper += sum over four rows x of x x^T */
static inline __attribute__((always_inline)) void rank_four(double *upper, const double *x,
                                                            uint32_t dim)
{
    const double *x0 = x, *x1 = x + dim, *x2 = x + 2 * dim, *x3 = x + 3 * dim;
    for (uint32_t i = 0; i < dim; i++) {
        double *line = upper + (size_t)i * dim;
        double a0 = x0[i], a1 = x1[i], a2 = x2[i], a3 = x3[i];
        for (uint32_t j = i; j < dim; j++) {
            line[j] += (a0 * x0[j] + a1 * x1[j]) + (a2 * x2[j] + a3 * x3[j]);
        }
    }
}

static void rank_four_plain(double *upper, const double *x, uint32_t dim)
{
    rank_four(upper, x, dim);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void rank_four_avx2(double *upper, const double *x,
                                                               uint32_t dim)
{
    rank_four(upper, x, dim);
}
#endif

static void (*rank_four_here(void))(double *, const double *, uint32_t)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return rank_four_avx2;
    }
#endif
    return rank_four_plain;
}

static void covariance_part(void *arg, uint32_t part, uint32_t worker)
{
    (void)worker;
    struct covariance_job *job = arg;
    uint32_t dim = job->dim;
    double *upper = job->parts + (size_t)part * dim * dim;
    double *packed = job->packed + (size_t)part * 4 * dim;
    void (*add)(double *, const double *, uint32_t) = rank_four_here();
    uint64_t begin = job->n * part / N_PARTS, end = job->n * (part + 1) / N_PARTS;
    for (uint64_t r = begin; r < end; r += 4) {
        for (uint64_t k = 0; k < 4; k++) {
            const float *row = job->rows + (r + k) * dim;
            for (uint32_t d = 0; d < dim; d++) {
                packed[k * dim + d] = r + k < end ? (double)row[d] - job->mean[d] : 0.0;
            }
        }
        add(upper, packed, dim);
    }
}

/* The covariance times n, full symmetric, into the first part. NULL: out of memory. */
static double *covariance(const struct emb_host *host, const float *rows, uint64_t n, uint32_t dim,
                          const double *mean)
{
    struct covariance_job job = {.rows = rows, .n = n, .dim = dim, .mean = mean};
    job.parts = host->alloc(host, (size_t)N_PARTS * dim * dim * sizeof(double));
    job.packed = host->alloc(host, (size_t)N_PARTS * 4 * dim * sizeof(double));
    if (job.parts && job.packed) {
        host->parallel_for(host, N_PARTS, covariance_part, &job);
        for (uint32_t i = 0; i < dim; i++) {
            for (uint32_t j = i; j < dim; j++) {
                double sum = 0;
                for (uint32_t p = 0; p < N_PARTS; p++) {
                    sum += job.parts[((size_t)p * dim + i) * dim + j];
                }
                job.parts[(size_t)i * dim + j] = job.parts[(size_t)j * dim + i] = sum;
            }
        }
    } else {
        host->free(host, job.parts);
        job.parts = NULL;
    }
    host->free(host, job.packed);
    return job.parts;
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Gram-Schmidt, twice, on k rows of length n. */
static void orthonormalise(double *rows, uint32_t k, uint32_t n)
{
    for (uint32_t i = 0; i < k; i++) {
        double *row = rows + (size_t)i * n;
        for (int pass = 0; pass < 2; pass++) {
            for (uint32_t j = 0; j < i; j++) {
                const double *other = rows + (size_t)j * n;
                double along = dot(row, other, n);
                for (uint32_t d = 0; d < n; d++) {
                    row[d] -= along * other[d];
                }
            }
        }
        double length = sqrt(dot(row, row, n));
        if (length > 1e-300) {
            for (uint32_t d = 0; d < n; d++) {
                row[d] /= length;
            }
        }
    }
}

/* Eigenvectors of the symmetric k x k matrix `a` (destroyed) into the columns of `v`, by cyclic
 * Jacobi rotations (Golub & Van Loan, 8.5). */
static void jacobi(double *a, double *v, uint32_t k)
{
    memset(v, 0, (size_t)k * k * sizeof *v);
    for (uint32_t i = 0; i < k; i++) {
        v[i * k + i] = 1;
    }
    for (int sweep = 0; sweep < 60; sweep++) {
        double off = 0, all = 0;
        for (uint32_t i = 0; i < k * k; i++) {
            all += a[i] * a[i];
            off += i % (k + 1) ? a[i] * a[i] : 0;
        }
        if (off <= 1e-30 * all) {
            return;
        }
        for (uint32_t p = 0; p + 1 < k; p++) {
            for (uint32_t q = p + 1; q < k; q++) {
                if (a[p * k + q] == 0) {
                    continue;
                }
                double tau = (a[q * k + q] - a[p * k + p]) / (2 * a[p * k + q]);
                double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
                double c = 1 / sqrt(1 + t * t), s = t * c;
                for (uint32_t i = 0; i < k; i++) {
                    double x = a[i * k + p], y = a[i * k + q];
                    a[i * k + p] = c * x - s * y;
                    a[i * k + q] = s * x + c * y;
                }
                for (uint32_t i = 0; i < k; i++) {
                    double x = a[p * k + i], y = a[q * k + i];
                    a[p * k + i] = c * x - s * y;
                    a[q * k + i] = s * x + c * y;
                    x = v[i * k + p], y = v[i * k + q];
                    v[i * k + p] = c * x - s * y;
                    v[i * k + q] = s * x + c * y;
                }
            }
        }
    }
}

/* out = rows * matrix, rows [k, n], matrix symmetric [n, n]. */
static void multiply(const double *rows, const double *matrix, double *out, uint32_t k, uint32_t n)
{
    memset(out, 0, (size_t)k * n * sizeof *out);
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t d = 0; d < n; d++) {
            double a = rows[(size_t)i * n + d];
            const double *line = matrix + (size_t)d * n;
            double *to = out + (size_t)i * n;
            for (uint32_t e = 0; e < n; e++) {
                to[e] += a * line[e];
            }
        }
    }
}

/* Rayleigh-Ritz: turn the basis [k, n] into approximate eigenvectors, the greatest first.
 * `image` is [k, n], `small` [2 k k + k]. */
static void rotate_to_eigenvectors(double *basis, const double *matrix, double *image,
                                   double *small, uint32_t k, uint32_t n)
{
    double *projected = small, *v = small + k * k, *values = small + 2 * k * k;
    multiply(basis, matrix, image, k, n);
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = 0; j < k; j++) {
            projected[i * k + j] = dot(basis + (size_t)i * n, image + (size_t)j * n, n);
        }
    }
    jacobi(projected, v, k);
    for (uint32_t i = 0; i < k; i++) {
        values[i] = projected[i * k + i];
    }
    for (uint32_t i = 0; i < k; i++) {
        uint32_t best = 0;
        for (uint32_t j = 1; j < k; j++) {
            best = values[j] > values[best] ? j : best;
        }
        values[best] = -INFINITY;
        double *to = image + (size_t)i * n;
        memset(to, 0, n * sizeof *to);
        for (uint32_t j = 0; j < k; j++) {
            for (uint32_t d = 0; d < n; d++) {
                to[d] += v[j * k + best] * basis[(size_t)j * n + d];
            }
        }
    }
    memcpy(basis, image, (size_t)k * n * sizeof *basis);
}

/* A start that no table is orthogonal to by design. */
static void start_basis(double *basis, size_t n)
{
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        basis[i] = (double)(state >> 11) * 0x1p-53 - 0.5;
    }
}

/* The greatest distance of a row of `new` from the span of the same row of `old`. */
static double movement(const double *new, const double *old, uint32_t k, uint32_t n)
{
    double most = 0;
    for (uint32_t i = 0; i < k; i++) {
        double along = dot(new + (size_t)i *n, old + (size_t)i * n, n);
        most = fmax(most, 1 - along * along);
    }
    return most;
}

bool principal_components(const struct emb_host *host, const float *rows, uint64_t n, uint32_t dim,
                          const double *mean, uint32_t D, double *ret_components)
{
    uint32_t k = D + SPARE < dim ? D + SPARE : dim;
    size_t size = (size_t)k * dim;
    double *matrix = covariance(host, rows, n, dim, mean);
    double *basis = host->alloc(host, (2 * size + 2 * (size_t)k * k + k) * sizeof *basis);
    bool enough = matrix && basis;
    if (enough) {
        double *image = basis + size, *small = image + size;
        start_basis(basis, size);
        orthonormalise(basis, k, dim);
        for (int i = 0; i < MAX_ITERATIONS; i++) {
            for (int power = 0; power < 4; power++) {
                multiply(basis, matrix, image, k, dim);
                orthonormalise(image, k, dim);
                memcpy(basis, image, size * sizeof *basis);
            }
            memcpy(ret_components, basis, (size_t)D * dim * sizeof *basis);
            rotate_to_eigenvectors(basis, matrix, image, small, k, dim);
            if (i > 0 && movement(basis, ret_components, D, dim) < 1e-20) {
                break;
            }
        }
        memcpy(ret_components, basis, (size_t)D * dim * sizeof *basis);
    }
    host->free(host, basis);
    host->free(host, matrix);
    return enough;
}
