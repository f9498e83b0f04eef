/* Fits and applies centring, all-but-the-top and whitening. */
#include "math/postprocess.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "math/blas.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_VARIANCE 1e-12 /* relative to the greatest: below it a direction is empty */
#define BLOCK 256u           /* sample rows of a stage that enter a product at once */

/* Sums are kept of x - origin, the sample's first row, so that nothing is lost where the mean is
 * far from 0 (Chan, Golub & LeVeque 1983). */
struct postprocess {
    struct postprocess_spec spec;
    uint32_t n_stages, dim;
    uint64_t n;         /* rows of the sample */
    double *origins;    /* [n_stages, dim] */
    double *means;      /* [n_stages, dim]; sums until fitted */
    double *scales;     /* [n_stages, dim]: 1 / deviation, of dimensions or of components; sums of
                           squares until fitted */
    double *components; /* [n_stages, dim, dim] by descending variance, sums of products until
                           fitted; NULL if not needed */
    double *block;      /* [BLOCK, dim] scratch of adding */
};

int postprocess_parse(const char *text, struct postprocess_spec *ret_spec)
{
    static const char *const names[] = {"raw", "centre", "standardise", "abtt", "whiten"};
    struct slice rest = slice_of(text), name, number, more;
    uint64_t d = 0;
    slice_field(&rest, ':', &name);
    bool has_number = slice_field(&rest, ':', &number);
    bool has_more = slice_field(&rest, ':', &more);
    for (int kind = POSTPROCESS_RAW; kind <= POSTPROCESS_WHITEN; kind++) {
        if (!has_more && slice_is(name, names[kind]) && has_number == (kind == POSTPROCESS_ABTT) &&
            (!has_number || (num_uint(number, &d) && d >= 1 && d <= 10000))) {
            *ret_spec =
                (struct postprocess_spec){.kind = (enum postprocess_kind)kind, .d = (uint32_t)d};
            return 0;
        }
    }
    return error_set(ERR_REQUEST,
                     "post-processing: found \"%s\", expected raw, centre, standardise, abtt:D or "
                     "whiten",
                     text);
}

struct postprocess *postprocess_create(const struct postprocess_spec *spec, uint32_t n_stages,
                                       uint32_t dim)
{
    struct postprocess *p = mem_alloc(sizeof *p);
    bool rotates = spec->kind == POSTPROCESS_ABTT || spec->kind == POSTPROCESS_WHITEN;
    size_t size = (size_t)n_stages * dim;
    *p = (struct postprocess){.spec = *spec, .n_stages = n_stages, .dim = dim};
    p->origins = mem_array(size, sizeof(double));
    p->means = mem_array(size, sizeof(double));
    p->scales = mem_array(size, sizeof(double));
    p->components = rotates ? mem_array(size * dim, sizeof(double)) : NULL;
    p->block = mem_array((size_t)BLOCK * dim, sizeof(double));
    return p;
}

/* At most BLOCK rows of one stage, `stride` floats apart. */
static void add_block(struct postprocess *p, uint32_t stage, const float *rows, size_t stride,
                      uint32_t n)
{
    uint32_t dim = p->dim;
    const double *origin = p->origins + (size_t)stage * dim;
    double *sums = p->means + (size_t)stage * dim, *squares = p->scales + (size_t)stage * dim;
    for (uint32_t i = 0; i < n; i++) {
        double *row = p->block + (size_t)i * dim;
        for (uint32_t d = 0; d < dim; d++) {
            row[d] = (double)rows[i * stride + d] - origin[d];
            sums[d] += row[d];
            squares[d] += row[d] * row[d];
        }
    }
    if (p->components) {
        blas_gram(n, dim, p->block, dim, p->components + (size_t)stage * dim * dim, dim);
    }
}

void postprocess_add(struct postprocess *p, const float *rows, size_t n)
{
    size_t stride = (size_t)p->n_stages * p->dim;
    for (size_t i = 0; p->n == 0 && n > 0 && i < stride; i++) {
        p->origins[i] = (double)rows[i];
    }
    for (size_t first = 0; first < n; first += BLOCK) {
        uint32_t block = n - first < BLOCK ? (uint32_t)(n - first) : BLOCK;
        for (uint32_t s = 0; s < p->n_stages; s++) {
            add_block(p, s, rows + first * stride + (size_t)s * p->dim, stride, block);
        }
    }
    p->n += n;
}

static double inverse_root(double variance, double greatest)
{
    return variance > greatest * LEAST_VARIANCE ? 1 / sqrt(variance) : 0;
}

/* From sums of squares to 1 / deviation. mean: of x - origin. */
static void fit_deviations(const struct postprocess *p, const double *mean, double *scales)
{
    double greatest = 0;
    for (uint32_t d = 0; d < p->dim; d++) {
        scales[d] = scales[d] / (double)p->n - mean[d] * mean[d];
        greatest = scales[d] > greatest ? scales[d] : greatest;
    }
    for (uint32_t d = 0; d < p->dim; d++) {
        scales[d] = inverse_root(scales[d], greatest);
    }
}

/* From sums of products to principal components and 1 / deviation along them. */
static int fit_components(const struct postprocess *p, const double *mean, double *scales,
                          double *components)
{
    uint32_t dim = p->dim;
    double *covariance = mem_array((size_t)dim * dim, sizeof *covariance);
    double *variances = mem_array(dim, sizeof *variances);
    for (uint32_t i = 0; i < dim; i++) {
        for (uint32_t k = 0; k < dim; k++) {
            covariance[(size_t)i * dim + k] =
                components[(size_t)i * dim + k] / (double)p->n - mean[i] * mean[k];
        }
    }
    int status = blas_symmetric_eigen(dim, covariance, variances);
    for (uint32_t k = 0; !status && k < dim; k++) {
        uint32_t from = dim - 1 - k;
        memcpy(components + (size_t)k * dim, covariance + (size_t)from * dim,
               dim * sizeof *components);
        scales[k] = inverse_root(variances[from], variances[dim - 1]);
    }
    free(covariance);
    free(variances);
    return status;
}

int postprocess_fit(struct postprocess *p)
{
    uint32_t dim = p->dim, least = p->spec.kind == POSTPROCESS_WHITEN ? dim + 1 : p->spec.d + 2;
    if (p->n < least) {
        return error_set(ERR_REQUEST, "found %llu known words in the sample, expected at least %u",
                         (unsigned long long)p->n, least);
    }
    for (uint32_t s = 0; s < p->n_stages; s++) {
        double *mean = p->means + (size_t)s * dim, *scales = p->scales + (size_t)s * dim;
        for (uint32_t d = 0; d < dim; d++) {
            mean[d] /= (double)p->n;
        }
        if (p->components) {
            TRY(fit_components(p, mean, scales, p->components + (size_t)s * dim * dim));
        } else {
            fit_deviations(p, mean, scales);
        }
        for (uint32_t d = 0; d < dim; d++) {
            mean[d] += p->origins[(size_t)s * dim + d];
        }
    }
    return 0;
}

void postprocess_apply(const struct postprocess *p, uint32_t stage, const float *x, double *scratch,
                       float *out)
{
    uint32_t dim = p->dim;
    const double *mean = p->means + (size_t)stage * dim, *scales = p->scales + (size_t)stage * dim;
    const double *components = p->components ? p->components + (size_t)stage * dim * dim : NULL;
    if (p->spec.kind == POSTPROCESS_RAW) {
        memmove(out, x, dim * sizeof *out);
        return;
    }
    for (uint32_t d = 0; d < dim; d++) {
        scratch[d] = (double)x[d] - mean[d];
    }
    for (uint32_t k = 0; k < p->spec.d && k < dim; k++) {
        const double *component = components + (size_t)k * dim;
        double share = vec_dot_double(component, scratch, dim);
        for (uint32_t d = 0; d < dim; d++) {
            scratch[d] -= share * component[d];
        }
    }
    for (uint32_t d = 0; d < dim; d++) {
        double value = scratch[d];
        if (p->spec.kind == POSTPROCESS_STANDARDISE) {
            value *= scales[d];
        } else if (p->spec.kind == POSTPROCESS_WHITEN) {
            value = scales[d] * vec_dot_double(components + (size_t)d * dim, scratch, dim);
        }
        out[d] = (float)value;
    }
}

void postprocess_free(struct postprocess *p)
{
    if (p) {
        free(p->origins);
        free(p->means);
        free(p->scales);
        free(p->components);
        free(p->block);
        free(p);
    }
}
