#include "suites/postprocess.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "math/blas.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define LEAST_VARIANCE 1e-12 /* relative to the greatest: below it a direction is empty */

struct postprocess {
    struct postprocess_spec spec;
    uint32_t n_stages, dim;
    double *means;      /* [n_stages, dim] */
    double *scales;     /* [n_stages, dim]: 1 / deviation, of dimensions or of components */
    double *components; /* [n_stages, dim, dim] by descending variance; NULL if not needed */
};

static int parse_one(struct slice text, struct postprocess_spec *ret_spec)
{
    static const char *const names[] = {"raw", "centre", "standardise", "abtt", "whiten"};
    struct slice rest = text, name, number;
    uint64_t d = 0;
    slice_field(&rest, ':', &name);
    bool has_number = slice_field(&rest, ':', &number);
    for (int kind = POSTPROCESS_RAW; kind <= POSTPROCESS_WHITEN; kind++) {
        if (!slice_is(name, names[kind]) || has_number != (kind == POSTPROCESS_ABTT) ||
            (has_number && (!num_uint(number, &d) || d < 1 || d > 10000))) {
            continue;
        }
        *ret_spec =
            (struct postprocess_spec){.kind = (enum postprocess_kind)kind, .d = (uint32_t)d};
        snprintf(ret_spec->name, sizeof ret_spec->name, "%.*s", (int)text.n, text.text);
        return 0;
    }
    return error_set(ERR_REQUEST,
                     "option postprocess: found \"%.*s\", expected raw, centre, standardise, "
                     "abtt:D or whiten",
                     (int)text.n, text.text);
}

int postprocess_parse(const char *list, struct postprocess_spec specs[POSTPROCESS_MAX],
                      uint32_t *ret_n)
{
    struct slice rest = slice_of(list), part;
    uint32_t n = 0;
    while (slice_field(&rest, ',', &part)) {
        if (n == POSTPROCESS_MAX) {
            return error_set(ERR_REQUEST, "option postprocess: more than %d", POSTPROCESS_MAX);
        }
        int error = parse_one(slice_trim(part), &specs[n++]);
        if (error) {
            return error;
        }
    }
    *ret_n = n;
    return 0;
}

/* The known rows of a stage in double, centred; returns how many. */
static uint32_t centred_rows(const struct words *sample, uint32_t stage, double *mean, double *rows)
{
    uint32_t n = 0, dim = sample->dim;
    for (uint32_t w = 0; w < sample->map.n; w++) {
        if (words_known(sample, w)) {
            const float *vector = words_vector(sample, w, stage);
            for (uint32_t d = 0; d < dim; d++) {
                rows[(size_t)n * dim + d] = (double)vector[d];
                mean[d] += (double)vector[d];
            }
            n++;
        }
    }
    for (uint32_t d = 0; d < dim; d++) {
        mean[d] /= n ? n : 1;
    }
    for (size_t i = 0; i < (size_t)n * dim; i++) {
        rows[i] -= mean[i % dim];
    }
    return n;
}

static double inverse_root(double variance, double greatest)
{
    return variance > greatest * LEAST_VARIANCE ? 1 / sqrt(variance) : 0;
}

static void fit_deviations(struct postprocess *fitted, uint32_t stage, const double *rows,
                           uint32_t n)
{
    double *scales = fitted->scales + (size_t)stage * fitted->dim, greatest = 0;
    for (size_t i = 0; i < (size_t)n * fitted->dim; i++) {
        scales[i % fitted->dim] += rows[i] * rows[i] / n;
    }
    for (uint32_t d = 0; d < fitted->dim; d++) {
        greatest = scales[d] > greatest ? scales[d] : greatest;
    }
    for (uint32_t d = 0; d < fitted->dim; d++) {
        scales[d] = inverse_root(scales[d], greatest);
    }
}

static int fit_components(struct postprocess *fitted, uint32_t stage, const double *rows,
                          uint32_t n)
{
    uint32_t dim = fitted->dim;
    double *gram = mem_array((size_t)dim * dim, sizeof *gram);
    double *values = mem_array(dim, sizeof *values);
    double *components = fitted->components + (size_t)stage * dim * dim;
    double *scales = fitted->scales + (size_t)stage * dim;
    blas_gram(n, dim, rows, dim, gram, dim);
    int error = blas_symmetric_eigen(dim, gram, values);
    for (uint32_t k = 0; !error && k < dim; k++) {
        memcpy(components + (size_t)k * dim, gram + (size_t)(dim - 1 - k) * dim,
               dim * sizeof *gram);
        scales[k] = inverse_root(values[dim - 1 - k] / n, values[dim - 1] / n);
    }
    free(gram);
    free(values);
    return error;
}

int postprocess_fit(const struct postprocess_spec *spec, const struct words *sample,
                    struct postprocess **ret_postprocess)
{
    uint32_t dim = sample->dim;
    bool rotates = spec->kind == POSTPROCESS_ABTT || spec->kind == POSTPROCESS_WHITEN;
    struct postprocess *fitted = mem_alloc(sizeof *fitted);
    *fitted = (struct postprocess){.spec = *spec, .n_stages = sample->n_stages, .dim = dim};
    size_t size = (size_t)sample->n_stages * dim;
    fitted->means = mem_array(size + 1, sizeof(double));
    fitted->scales = mem_array(size + 1, sizeof(double));
    fitted->components = rotates ? mem_array(size * dim + 1, sizeof(double)) : NULL;
    double *rows = mem_array((size_t)sample->map.n * dim + 1, sizeof *rows);
    int error = 0;
    for (uint32_t s = 0; !error && s < sample->n_stages; s++) {
        uint32_t n = centred_rows(sample, s, fitted->means + (size_t)s * dim, rows);
        uint32_t least = spec->kind == POSTPROCESS_WHITEN ? dim + 1 : spec->d + 2;
        if (n < least) {
            error = error_set(ERR_REQUEST,
                              "postprocess %s: found %u known words in the sample, expected at "
                              "least %u",
                              spec->name, n, least);
        } else if (rotates) {
            error = fit_components(fitted, s, rows, n);
        } else {
            fit_deviations(fitted, s, rows, n);
        }
    }
    free(rows);
    if (error) {
        postprocess_free(fitted);
        return error;
    }
    *ret_postprocess = fitted;
    return 0;
}

static double along(const double *component, const double *x, uint32_t dim)
{
    double sum = 0;
    for (uint32_t d = 0; d < dim; d++) {
        sum += component[d] * x[d];
    }
    return sum;
}

/* One centred vector x[dim]; out[dim]. */
static void transform(const struct postprocess *p, uint32_t stage, double *x, float *out)
{
    uint32_t dim = p->dim;
    const double *scales = p->scales + (size_t)stage * dim;
    const double *components = p->components ? p->components + (size_t)stage * dim * dim : NULL;
    for (uint32_t k = 0; p->spec.kind == POSTPROCESS_ABTT && k < p->spec.d && k < dim; k++) {
        double share = along(components + (size_t)k * dim, x, dim);
        for (uint32_t d = 0; d < dim; d++) {
            x[d] -= share * components[(size_t)k * dim + d];
        }
    }
    for (uint32_t d = 0; d < dim; d++) {
        double value = x[d];
        if (p->spec.kind == POSTPROCESS_STANDARDISE) {
            value *= scales[d];
        } else if (p->spec.kind == POSTPROCESS_WHITEN) {
            value = scales[d] * along(components + (size_t)d * dim, x, dim);
        }
        out[d] = (float)value;
    }
}

void postprocess_apply(const struct postprocess *postprocess, struct words *words)
{
    uint32_t dim = postprocess->dim;
    double *x = mem_array((size_t)dim + 1, sizeof *x);
    for (uint32_t w = 0; postprocess->spec.kind != POSTPROCESS_RAW && w < words->map.n; w++) {
        for (uint32_t s = 0; words_known(words, w) && s < words->n_stages; s++) {
            float *vector = words->vectors + ((size_t)w * words->n_stages + s) * dim;
            for (uint32_t d = 0; d < dim; d++) {
                x[d] = (double)vector[d] - postprocess->means[(size_t)s * dim + d];
            }
            transform(postprocess, s, x, vector);
        }
    }
    free(x);
    words_set_norms(words);
}

void postprocess_free(struct postprocess *postprocess)
{
    if (postprocess) {
        free(postprocess->means);
        free(postprocess->scales);
        free(postprocess->components);
        free(postprocess);
    }
}
