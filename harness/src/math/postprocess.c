/* Fits and applies centring, all-but-the-top, whitening and rounding to a byte. */
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
    uint32_t n_stages, width; /* of the rows, [n_stages, width] */
    uint32_t dim;             /* of each stage, those that are kept */
    uint64_t n;               /* rows of the sample */
    double *origins;          /* [n_stages, dim] */
    double *means;            /* [n_stages, dim]; sums until fitted; of int8 the least */
    double *scales;     /* [n_stages, dim]: 1 / deviation, of dimensions or of components; sums of
                           squares until fitted; of int8 the step, the greatest until fitted */
    double *components; /* [n_stages, dim, dim] by descending variance, sums of products until
                           fitted; NULL if not needed */
    double *block;      /* [BLOCK, dim] scratch of adding */
};

/* "raw", "abtt:3" */
static bool parse_kind(struct slice text, struct postprocess_spec *spec)
{
    static const char *const names[] = {"raw",    "centre", "standardise", "abtt",
                                        "whiten", "int8",   "binary"};
    struct slice rest = text, name, number, more;
    uint64_t d = 0;
    slice_field(&rest, ':', &name);
    bool has_number = slice_field(&rest, ':', &number);
    bool has_more = slice_field(&rest, ':', &more);
    for (int kind = POSTPROCESS_RAW; kind <= POSTPROCESS_BINARY; kind++) {
        if (!has_more && slice_is(name, names[kind]) && has_number == (kind == POSTPROCESS_ABTT) &&
            (!has_number || (num_uint(number, &d) && d >= 1 && d <= 10000))) {
            spec->kind = (enum postprocess_kind)kind;
            spec->d = (uint32_t)d;
            return true;
        }
    }
    return false;
}

/* "dims:64" */
static bool parse_dims(struct slice text, struct postprocess_spec *spec)
{
    static const char name[] = "dims:";
    size_t n = sizeof name - 1;
    uint64_t dims = 0;
    if (text.n <= n || memcmp(text.text, name, n) != 0 ||
        !num_uint((struct slice){text.text + n, text.n - n}, &dims) || dims < 1 || dims > 1000000) {
        return false;
    }
    spec->dims = (uint32_t)dims;
    return true;
}

int postprocess_parse(const char *text, struct postprocess_spec *ret_spec)
{
    struct postprocess_spec spec = {.kind = POSTPROCESS_RAW};
    struct slice rest = slice_of(text), first, second = {"", 0}, more;
    slice_field(&rest, '+', &first);
    bool has_second = slice_field(&rest, '+', &second), has_more = slice_field(&rest, '+', &more);
    bool cut = parse_dims(first, &spec);
    bool known = !has_second
                     ? cut || parse_kind(first, &spec)
                     : cut && !has_more && !slice_is(second, "raw") && parse_kind(second, &spec);
    if (!known) {
        return error_set(
            ERR_REQUEST,
            "post-processing: found \"%s\", expected raw, centre, standardise, abtt:D, "
            "whiten, int8, binary, dims:N, or dims:N+ before one of these",
            text);
    }
    *ret_spec = spec;
    return 0;
}

bool postprocess_needs_sample(const struct postprocess_spec *spec)
{
    return spec->kind != POSTPROCESS_RAW && spec->kind != POSTPROCESS_BINARY;
}

struct postprocess *postprocess_create(const struct postprocess_spec *spec, uint32_t n_stages,
                                       uint32_t dim)
{
    struct postprocess *p = mem_alloc(sizeof *p);
    bool rotates = spec->kind == POSTPROCESS_ABTT || spec->kind == POSTPROCESS_WHITEN;
    uint32_t kept = spec->dims && spec->dims < dim ? spec->dims : dim;
    size_t size = (size_t)n_stages * kept;
    *p = (struct postprocess){.spec = *spec, .n_stages = n_stages, .width = dim, .dim = kept};
    p->origins = mem_array(size, sizeof(double));
    p->means = mem_array(size, sizeof(double));
    p->scales = mem_array(size, sizeof(double));
    p->components = rotates ? mem_array(size * kept, sizeof(double)) : NULL;
    p->block = mem_array((size_t)BLOCK * kept, sizeof(double));
    return p;
}

const struct postprocess_spec *postprocess_spec(const struct postprocess *p)
{
    return p ? &p->spec : NULL;
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

/* int8: the least and the greatest of each dimension. */
static void add_range(struct postprocess *p, uint32_t stage, const float *rows, size_t stride,
                      uint32_t n)
{
    double *least = p->means + (size_t)stage * p->dim, *most = p->scales + (size_t)stage * p->dim;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < p->dim; d++) {
            double x = (double)rows[i * stride + d];
            bool first = p->n == 0 && i == 0;
            least[d] = first || x < least[d] ? x : least[d];
            most[d] = first || x > most[d] ? x : most[d];
        }
    }
}

void postprocess_add(struct postprocess *p, const float *rows, size_t n)
{
    size_t stride = (size_t)p->n_stages * p->width;
    for (size_t i = 0; p->n == 0 && n > 0 && i < (size_t)p->n_stages * p->dim; i++) {
        p->origins[i] = (double)rows[i / p->dim * p->width + i % p->dim];
    }
    for (uint32_t s = 0; p->spec.kind == POSTPROCESS_INT8 && n > 0 && s < p->n_stages; s++) {
        add_range(p, s, rows + (size_t)s * p->width, stride, (uint32_t)n);
    }
    if (p->spec.kind == POSTPROCESS_INT8) {
        p->n += n;
        return;
    }
    for (size_t first = 0; first < n; first += BLOCK) {
        uint32_t block = n - first < BLOCK ? (uint32_t)(n - first) : BLOCK;
        for (uint32_t s = 0; s < p->n_stages; s++) {
            add_block(p, s, rows + first * stride + (size_t)s * p->width, stride, block);
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

/* From the greatest to the step between two codes, in float32 as there. */
static void fit_steps(struct postprocess *p)
{
    for (size_t i = 0; i < (size_t)p->n_stages * p->dim; i++) {
        p->scales[i] = (double)(((float)p->scales[i] - (float)p->means[i]) / 255.0f);
    }
}

int postprocess_fit(struct postprocess *p)
{
    uint32_t dim = p->dim, least = p->spec.kind == POSTPROCESS_WHITEN ? dim + 1 : p->spec.d + 2;
    if (p->spec.dims > p->width) {
        return error_set(ERR_REQUEST, "found vectors of %u dimensions, expected at least %u",
                         p->width, p->spec.dims);
    }
    if (!postprocess_needs_sample(&p->spec)) {
        return 0;
    }
    if (p->n < least) {
        return error_set(ERR_REQUEST, "found %llu known words in the sample, expected at least %u",
                         (unsigned long long)p->n, least);
    }
    if (p->spec.kind == POSTPROCESS_INT8) {
        fit_steps(p);
        return 0;
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

/* The code of a byte, or a sign. */
static void apply_rounding(const struct postprocess *p, uint32_t stage, const float *x, float *out)
{
    const double *least = p->means + (size_t)stage * p->dim;
    const double *steps = p->scales + (size_t)stage * p->dim;
    for (uint32_t d = 0; d < p->dim; d++) {
        if (p->spec.kind == POSTPROCESS_BINARY) {
            out[d] = x[d] > 0 ? 1.0f : -1.0f;
        } else {
            float step = (float)steps[d];
            float code = step > 0 ? (x[d] - (float)least[d]) / step - 128.0f : 0.0f;
            out[d] = truncf(code < -128.0f ? -128.0f : code > 127.0f ? 127.0f : code);
        }
    }
}

static void apply_linear(const struct postprocess *p, uint32_t stage, const float *x,
                         double *scratch, float *out)
{
    uint32_t dim = p->dim;
    const double *mean = p->means + (size_t)stage * dim, *scales = p->scales + (size_t)stage * dim;
    const double *components = p->components ? p->components + (size_t)stage * dim * dim : NULL;
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

void postprocess_apply(const struct postprocess *p, uint32_t stage, const float *x, double *scratch,
                       float *out)
{
    switch (p->spec.kind) {
    case POSTPROCESS_RAW:
        memmove(out, x, p->dim * sizeof *out);
        break;
    case POSTPROCESS_INT8:
    case POSTPROCESS_BINARY:
        apply_rounding(p, stage, x, out);
        break;
    case POSTPROCESS_CENTRE:
    case POSTPROCESS_STANDARDISE:
    case POSTPROCESS_ABTT:
    case POSTPROCESS_WHITEN:
        apply_linear(p, stage, x, scratch, out);
        break;
    }
    memset(out + p->dim, 0, (p->width - p->dim) * sizeof *out);
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
