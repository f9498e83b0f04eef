/*
 * check_sentence.c - emb.sentence/1, the vectors of whole sentences, put to the test.
 */
#include "plugin/check_rules.h"

#include "base/mem.h"
#include "plugin/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A part of signatures, which are cut at bars. */
static bool can_be_signed(const char *text)
{
    return text && text[0] && strlen(text) < 512 && !strpbrk(text, "|\t\r\n");
}

/* n texts' vectors into a new array, [n, dim] and a guard behind. */
static enum verdict embed_texts(struct check *check, const struct emb_ext_sentence *own,
                                const struct emb_sentence *texts, uint32_t n, float **ret_vectors)
{
    const float guard = 12345.0f;
    size_t most = (size_t)n * own->dim(check->model);
    float *vectors = mem_array(most + 1, sizeof *vectors);
    vectors[most] = guard;
    emb_status status = own->embed(check->model, texts, n, vectors);
    enum verdict verdict = status ? check_failed_call(check, "embed of emb.sentence/1", status)
                           : vectors[most] != guard
                               ? check_failed(check, "it writes beyond %u vectors", n)
                               : VERDICT_PASSED;
    for (uint32_t i = 0; i < n && !verdict; i++) {
        const float *x = vectors + (size_t)i * (most / n);
        double length = 0;
        for (size_t c = 0; c < most / n; c++) {
            length += (double)x[c] * (double)x[c];
        }
        if (!isfinite(length) || length == 0) {
            verdict = check_failed(check, "the vector of text %u is %s", i,
                                   length == 0 ? "all zero" : "not finite");
        }
    }
    *ret_vectors = vectors;
    return verdict;
}

static double cosine(const float *x, const float *y, uint32_t dim)
{
    double xy = 0, xx = 0, yy = 0;
    for (uint32_t c = 0; c < dim; c++) {
        xy += (double)x[c] * (double)y[c];
        xx += (double)x[c] * (double)x[c];
        yy += (double)y[c] * (double)y[c];
    }
    return xy / sqrt(xx * yy);
}

/* Finite, within bounds, the same again, and each text's whatever stands beside it. */
static enum verdict check_own(struct check *check, const struct emb_ext_sentence *own, uint32_t dim)
{
    enum { TEXTS = 3 };
    struct sample sample = check_sample(check);
    struct emb_sentence texts[TEXTS];
    float *first = NULL, *again = NULL, *alone = NULL;
    uint32_t n = sample.n < TEXTS ? sample.n : TEXTS;
    for (uint32_t i = 0; i < n; i++) {
        const struct emb_sentence *from = &sample.sentences[sample.n - 1 - i];
        texts[i] = (struct emb_sentence){.text = from->text, .n_bytes = from->n_bytes};
    }
    enum verdict verdict = embed_texts(check, own, texts, n, &first);
    verdict = verdict ? verdict : embed_texts(check, own, texts, n, &again);
    if (!verdict && memcmp(first, again, (size_t)n * dim * sizeof *first) != 0) {
        verdict = check_failed(check, "equal texts give other bytes the second time");
    }
    verdict = verdict ? verdict : embed_texts(check, own, texts + n - 1, 1, &alone);
    if (!verdict && !(cosine(first + (size_t)(n - 1) * dim, alone, dim) > 1 - 1e-5)) {
        verdict = check_failed(check, "a text has another vector where it stands alone");
    }
    free(first);
    free(again);
    free(alone);
    return verdict;
}

enum verdict rule_sentence(struct check *check)
{
    const struct emb_ext_sentence *sentence = check->ops->extension(check->model, EMB_EXT_SENTENCE);
    if (!sentence) {
        return check_skipped(check, "not offered");
    }
    const char *own = sentence->own(check->model), *refusal = sentence->refusal(check->model);
    if (!can_be_signed(sentence->whole(check->model)) || (own && !can_be_signed(own))) {
        return check_failed(check, "whole() or own() is no text that can stand in a signature: "
                                   "empty, of several lines, or with a bar");
    }
    if (own && refusal) {
        return check_failed(check, "there is a vector, \"%s\", and a reason why there is none",
                            own);
    }
    if (!own) {
        return check_skipped(check, "no sentence vector of its own%s%s", refusal ? ": " : "",
                             refusal ? refusal : "");
    }
    uint32_t dim = sentence->dim(check->model);
    if (dim == 0 || dim > LIMITS_DIM) {
        return check_failed(check, "dim() is %u, wanted 1 to %u", dim, LIMITS_DIM);
    }
    return check_own(check, sentence, dim);
}
