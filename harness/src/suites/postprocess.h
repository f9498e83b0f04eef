/*
 * postprocess.h - vectors made isotropic before they are compared, since cosines of anisotropic
 * spaces mislead. Fitted on a sample of words that holds none of the test items.
 *
 *     raw           as they are
 *     centre        minus the sample's mean
 *     standardise   and divided by the sample's standard deviation, dimension by dimension
 *                   (Timkey & van Schijndel 2021)
 *     abtt:D        minus the mean and the projection on the D first principal components, all but
 *                   the top (Mu & Viswanath 2018)
 *     whiten        minus the mean, rotated on the principal components and scaled to unit variance
 *                   (Su et al. 2021)
 */
#ifndef SUITES_POSTPROCESS_H
#define SUITES_POSTPROCESS_H

#include "suites/words.h"

enum postprocess_kind {
    POSTPROCESS_RAW,
    POSTPROCESS_CENTRE,
    POSTPROCESS_STANDARDISE,
    POSTPROCESS_ABTT,
    POSTPROCESS_WHITEN
};

struct postprocess_spec {
    enum postprocess_kind kind;
    uint32_t d;    /* of abtt */
    char name[24]; /* "abtt:3" */
};

#define POSTPROCESS_MAX 16

/* "raw,centre,abtt:3": at most POSTPROCESS_MAX; the error names what was found. */
int postprocess_parse(const char *list, struct postprocess_spec specs[POSTPROCESS_MAX],
                      uint32_t *ret_n);

struct postprocess; /* what was fitted, for every stage */

/* ERR_REQUEST where the sample has fewer words than the method needs. The sample's unknown words
 * are left out. */
int postprocess_fit(const struct postprocess_spec *spec, const struct words *sample,
                    struct postprocess **ret_postprocess);
/* Every known row of words, and their norms. */
void postprocess_apply(const struct postprocess *postprocess, struct words *words);
void postprocess_free(struct postprocess *postprocess); /* NULL is fine */

#endif /* SUITES_POSTPROCESS_H */
