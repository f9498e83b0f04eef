/*
 * postprocess.h - what becomes of vectors before they are compared: made isotropic, since cosines
 * of anisotropic spaces mislead, or cut and rounded, as they are stored where there are many.
 * Fitted, stage by stage, on the vectors of a sample, and on nothing that is scored.
 *
 *     raw           as they are
 *     centre        minus the sample's mean
 *     standardise   and divided by the sample's standard deviation, dimension by dimension
 *                   (Timkey & van Schijndel 2021)
 *     abtt:D        minus the mean and the projection on the D first principal components, all but
 *                   the top (Mu & Viswanath 2018)
 *     whiten        minus the mean, rotated on the principal components and scaled to unit variance
 *                   (Su et al. 2021)
 *     int8          rounded to 256 levels a dimension, as quantize_embeddings of
 *                   sentence-transformers does with calibration vectors:
 *                   (x - least) / step - 128 cut towards 0, with least, greatest and
 *                   step = (greatest - least) / 255 of the dimension in the sample, in float32;
 *                   beyond them -128 or 127 (there the code wraps around). The codes are what is
 *                   compared. A dimension that does not vary in the sample is 0
 *     binary        1 where a dimension is above 0, else -1, needs no sample: the cosine of two is
 *                   1 - 2 Hamming / dim, so that it ranks as the Hamming distance of "ubinary" does
 *
 * "dims:N" keeps the first N dimensions and makes the others 0, which cosines, products and
 * distances do not tell from a vector cut (Matryoshka: Kusupati et al. 2022); alone, or before
 * another with '+', which then knows no other dimensions: "dims:128+int8".
 *
 * Create, add the sample's rows, fit, apply as often as there are rows, free.
 */
#ifndef MATH_POSTPROCESS_H
#define MATH_POSTPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum postprocess_kind {
    POSTPROCESS_RAW,
    POSTPROCESS_CENTRE,
    POSTPROCESS_STANDARDISE,
    POSTPROCESS_ABTT,
    POSTPROCESS_WHITEN,
    POSTPROCESS_INT8,
    POSTPROCESS_BINARY
};

struct postprocess_spec {
    enum postprocess_kind kind;
    uint32_t d;    /* of abtt: principal components taken away; else 0 */
    uint32_t dims; /* dimensions kept; 0: all */
};

/* "raw", "abtt:3", "dims:64", "dims:64+whiten"; the error says what was found. */
int postprocess_parse(const char *text, struct postprocess_spec *ret_spec);
/* Is there anything to estimate? Else a sample is neither needed nor looked at. */
bool postprocess_needs_sample(const struct postprocess_spec *spec);

struct postprocess;

/* What it was created with; NULL of NULL. */
const struct postprocess_spec *postprocess_spec(const struct postprocess *postprocess);

struct postprocess *postprocess_create(const struct postprocess_spec *spec, uint32_t n_stages,
                                       uint32_t dim);
/* n rows of the sample, [n, n_stages, dim] contiguous. */
void postprocess_add(struct postprocess *postprocess, const float *rows, size_t n);
/* ERR_REQUEST where the sample has too few rows for the method, dim + 1 for whiten, D + 2 else, or
 * vectors have fewer dimensions than are to be kept. */
int postprocess_fit(struct postprocess *postprocess);

/* One vector of a stage, [dim]; out may be x. scratch: [dim] of the caller's. [any thread] */
void postprocess_apply(const struct postprocess *postprocess, uint32_t stage, const float *x,
                       double *scratch, float *out);
void postprocess_free(struct postprocess *postprocess); /* NULL is fine */

#endif /* MATH_POSTPROCESS_H */
