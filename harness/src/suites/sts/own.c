/*
 * own.c - cosines of the sentence vectors that a model gives of its own (emb.sentence/1).
 */
#include "suites/sts/own.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 32 }; /* embedded at a time */

/* Scores of pairs [first, first + n): NaN where a text is empty. */
static int score_pairs(struct embedder *embedder, const struct emb_ext_sentence *own,
                       const struct sts_set *set, uint32_t first, uint32_t n, float *vectors,
                       double *ret_scores)
{
    struct emb_sentence sentences[2 * PAIRS];
    struct emb_model *model = embedder_model(embedder);
    uint32_t dim = own->dim(model), n_sentences = 0;
    bool there[PAIRS];
    for (uint32_t i = 0; i < n; i++) {
        const struct sts_pair *pair = &set->pairs[first + i];
        struct slice a = slice_trim(slice_of(pair->first)), b = slice_trim(slice_of(pair->second));
        there[i] = a.n > 0 && b.n > 0;
        if (there[i]) {
            sentences[n_sentences++] =
                (struct emb_sentence){.text = a.text, .n_bytes = (uint32_t)a.n};
            sentences[n_sentences++] =
                (struct emb_sentence){.text = b.text, .n_bytes = (uint32_t)b.n};
        }
    }
    if (n_sentences > 0 && own->embed(model, sentences, n_sentences, vectors) != EMB_OK) {
        return error_set(ERR_FAILED, "%s: its own sentence vectors failed",
                         embedder_name(embedder));
    }
    for (size_t v = 0; v < (size_t)n_sentences * dim; v++) {
        if (!isfinite(vectors[v])) {
            return error_set(ERR_FAILED, "%s: a sentence vector of its own is not finite",
                             embedder_name(embedder));
        }
    }
    const float *at = vectors;
    for (uint32_t i = 0; i < n; i++) {
        ret_scores[first + i] = NAN;
        if (there[i]) {
            ret_scores[first + i] = vec_cosine(at, at + dim, dim);
            at += 2 * (size_t)dim;
        }
    }
    return 0;
}

int sts_own_scores(struct embedder *embedder, const struct emb_ext_sentence *own,
                   const struct sts_set *set, double *ret_scores)
{
    float *vectors =
        mem_array(2 * PAIRS * (size_t)own->dim(embedder_model(embedder)) + 1, sizeof *vectors);
    int status = 0;
    for (uint32_t first = 0; first < set->n && !status; first += PAIRS) {
        uint32_t n = set->n - first < PAIRS ? set->n - first : PAIRS;
        status = score_pairs(embedder, own, set, first, n, vectors, ret_scores);
    }
    free(vectors);
    return status;
}
