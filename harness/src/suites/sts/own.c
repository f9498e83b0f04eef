/*
 * own.c - cosines of the sentence vectors that a model gives of its own (emb.sentence/1).
 */
#include "suites/sts/own.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"
#include "plugin/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 32 }; /* embedded at a time */

static void hash_question(const struct emb_sentence *sentences, uint32_t n,
                          char ret_hex[DIGEST_TEXT_BYTES])
{
    static const char kind[] = EMB_EXT_SENTENCE;
    struct digest *digest = digest_create();
    digest_add(digest, kind, sizeof kind);
    for (uint32_t i = 0; i < n; i++) {
        digest_add(digest, &sentences[i].n_bytes, sizeof sentences[i].n_bytes);
        digest_add(digest, sentences[i].text, sentences[i].n_bytes);
    }
    digest_finish(digest, ret_hex);
}

/* Vectors [n, dim] of sentences: the model's or recorded ones; zero, of what is left to others. */
static int embed_own(struct embedder *embedder, const struct emb_ext_sentence *own,
                     const struct emb_sentence *sentences, uint32_t n, uint32_t dim, float *vectors)
{
    struct split *split = embedder_split(embedder);
    char question[DIGEST_TEXT_BYTES] = "";
    const size_t bytes = (size_t)n * dim * sizeof *vectors;
    struct split_answer answer = {vectors, bytes, 0};
    if (split) {
        hash_question(sentences, n, question);
    }
    switch (split_turn(split, question, &answer)) {
    case SPLIT_ASK:
        if (own->embed(embedder_model(embedder), sentences, n, vectors) != EMB_OK) {
            return split_fail(split, error_set(ERR_FAILED, "%s: its own sentence vectors failed",
                                               embedder_name(embedder)));
        }
        TRY(split_record(split, question, &answer));
        break;
    case SPLIT_RECORDED:
        if (answer.n != bytes) {
            return error_set(ERR_FAILED, "found %zu bytes recorded of %u sentences, expected %zu",
                             answer.n, n, bytes);
        }
        memcpy(vectors, answer.bytes, bytes);
        break;
    case SPLIT_LEFT:
        break;
    }
    if (split_is_chunk(split)) {
        memset(vectors, 0, bytes);
    }
    return 0;
}

/* Scores of pairs [first, first + n): NaN where a text is empty. */
static int score_pairs(struct embedder *embedder, const struct emb_ext_sentence *own,
                       const struct sts_set *set, uint32_t first, uint32_t n, float *vectors,
                       double *ret_scores)
{
    struct emb_sentence sentences[2 * PAIRS];
    uint32_t dim = own->dim(embedder_model(embedder)), n_sentences = 0;
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
    if (n_sentences > 0) {
        TRY(embed_own(embedder, own, sentences, n_sentences, dim, vectors));
    }
    for (size_t v = 0; v < (size_t)n_sentences * dim; v++) {
        if (!isfinite(vectors[v])) {
            return error_set(ERR_FAILED, "%s: a sentence vector of its own is not finite",
                             embedder_name(embedder));
        }
    }
    TRY(embedder_postprocess_own(embedder, dim, vectors, n_sentences));
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
