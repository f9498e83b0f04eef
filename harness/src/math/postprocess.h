/*
 * postprocess.h - vectors made isotropic before they are compared, since cosines of anisotropic
 * spaces mislead. Fitted, stage by stage, on the vectors of a sample.
 *
 *     raw           as they are
 *     centre        minus the sample's mean
 *     standardise   and divided by the sample's standard deviation, dimension by dimension
 *                   (Timkey & van Schijndel 2021)
 *     abtt:D        minus the mean and the projection on the D first principal components, all but
 *                   the top (Mu & Viswanath 2018)
 *     whiten        minus the mean, rotated on the principal components and scaled to unit variance
 *                   (Su et al. 2021)
 *
 * Create, add the sample's rows, fit, apply as often as there are rows, free.
 */
#ifndef MATH_POSTPROCESS_H
#define MATH_POSTPROCESS_H

#include <stddef.h>
#include <stdint.h>

enum postprocess_kind {
    POSTPROCESS_RAW,
    POSTPROCESS_CENTRE,
    POSTPROCESS_STANDARDISE,
    POSTPROCESS_ABTT,
    POSTPROCESS_WHITEN
};

struct postprocess_spec {
    enum postprocess_kind kind;
    uint32_t d; /* of abtt: principal components taken away; else 0 */
};

/* "raw", "abtt:3"; the error says what was found. */
int postprocess_parse(const char *text, struct postprocess_spec *ret_spec);

struct postprocess;

struct postprocess *postprocess_create(const struct postprocess_spec *spec, uint32_t n_stages,
                                       uint32_t dim);
/* n rows of the sample, [n, n_stages, dim] contiguous. */
void postprocess_add(struct postprocess *postprocess, const float *rows, size_t n);
/* ERR_REQUEST where the sample has too few rows for the method: dim + 1 for whiten, D + 2 else. */
int postprocess_fit(struct postprocess *postprocess);

/* One vector of a stage, [dim]; out may be x. scratch: [dim] of the caller's. [any thread] */
void postprocess_apply(const struct postprocess *postprocess, uint32_t stage, const float *x,
                       double *scratch, float *out);
void postprocess_free(struct postprocess *postprocess); /* NULL is fine */

#endif /* MATH_POSTPROCESS_H */
