/* Cosines of sentence pairs by every stage of a contextual embedder, or every mean of words. */
#include "suites/sts/scoring.h"

#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"
#include "math/correlation.h"
#include "math/vectors.h"
#include "suites/shared/sentence_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scoring one set: sentences come two by two. A static embedder has a row for each mean of words, a
 * contextual one for each stage. */
struct scoring {
    const struct sts_set *set;
    struct word_means *means; /* NULL: contextual */
    bool learns;              /* the training text: nothing else is wanted of it */
    uint32_t n_rows, dim;
    float *vectors[2]; /* [n_rows, dim] of the first and the second sentence */
    bool *known[2];    /* [n_rows] */
    double *scores;    /* [n_rows, n] */
};

/* The words of sentence number `tag` of the set, lower-cased; the caller finishes both. */
static uint32_t words_of(const struct sts_set *set, uint64_t tag, struct str *ret_text,
                         struct emb_span **ret_spans)
{
    const struct sts_pair *pair = &set->pairs[tag / 2];
    const char *text = tag & 1 ? pair->second : pair->first;
    unicode_lower(text, strlen(text), ret_text);
    *ret_spans = mem_array(ret_text->n + 1, sizeof **ret_spans);
    return sentence_words_cut(ret_text, *ret_spans);
}

static void take_means(struct scoring *scoring, const struct embedded *embedded)
{
    uint32_t which = embedded->tag & 1, dim = scoring->dim;
    struct str text = {0};
    struct emb_span *spans;
    uint32_t n = words_of(scoring->set, embedded->tag, &text, &spans);
    uint32_t *places = mem_array((size_t)n + 1, sizeof *places);
    for (uint32_t i = 0; i < n; i++) {
        places[i] = i;
    }
    const struct word_list words = {spans, places, n};
    word_means_weigh(scoring->means, str_text(&text), &words);
    for (uint32_t m = 0; m < scoring->n_rows; m++) {
        float *vector = scoring->vectors[which] + (size_t)m * dim;
        bool known = word_means_vector(scoring->means, m, &words, embedded, WORD_NOWHERE, vector);
        scoring->known[which][m] = known;
        if (known && scoring->learns) {
            word_means_learn(scoring->means, m, vector);
        } else if (known) {
            word_means_remove(scoring->means, m, vector);
        }
    }
    free(places);
    free(spans);
    str_finish(&text);
}

static void take_stages(struct scoring *scoring, const struct embedded *embedded)
{
    uint32_t which = embedded->tag & 1;
    bool known = embedded->n_targets > 0 && word_has_vector(embedded->status[0]);
    for (uint32_t s = 0; s < scoring->n_rows; s++) {
        scoring->known[which][s] = known;
    }
    if (known) {
        memcpy(scoring->vectors[which], embedded->vectors,
               (size_t)scoring->n_rows * scoring->dim * sizeof(float));
    }
}

static int take_sentence(void *ctx, const struct embedded *embedded)
{
    struct scoring *scoring = ctx;
    if (scoring->means) {
        take_means(scoring, embedded);
    } else {
        take_stages(scoring, embedded);
    }
    if ((embedded->tag & 1) == 0 || scoring->learns) {
        return 0;
    }
    for (uint32_t s = 0; s < scoring->n_rows; s++) {
        const float *a = scoring->vectors[0] + (size_t)s * scoring->dim;
        const float *b = scoring->vectors[1] + (size_t)s * scoring->dim;
        bool known = scoring->known[0][s] && scoring->known[1][s];
        scoring->scores[s * scoring->set->n + embedded->tag / 2] =
            known ? vec_cosine(a, b, scoring->dim) : NAN;
    }
    return 0;
}

static int push_words(const struct scoring *scoring, struct embed_stream *stream, uint64_t tag)
{
    struct str lower = {0};
    struct emb_span *spans;
    uint32_t n = words_of(scoring->set, tag, &lower, &spans);
    int status =
        embed_stream_push(stream, tag, str_text(&lower), (uint32_t)lower.n, spans, n, spans, n);
    free(spans);
    str_finish(&lower);
    return status;
}

static int push_sentence(const struct scoring *scoring, struct embed_stream *stream, uint64_t tag,
                         const char *text)
{
    if (scoring->means) {
        return push_words(scoring, stream, tag);
    }
    struct slice trimmed = slice_trim(slice_of(text));
    struct emb_span whole = {0, (uint32_t)trimmed.n};
    return embed_stream_push(stream, tag, trimmed.text, (uint32_t)trimmed.n, NULL, 0, &whole,
                             trimmed.n > 0);
}

static int embed_set(struct scoring *scoring, const struct suite_run *run)
{
    const struct sts_set *set = scoring->set;
    struct embed_stream *stream = embed_stream_create(run->embedder, EMB_POOL_MEAN, take_sentence,
                                                      scoring, set->name, (uint64_t)set->n * 2);
    for (uint32_t i = 0; i < set->n; i++) {
        int status = push_sentence(scoring, stream, 2 * (uint64_t)i, set->pairs[i].first);
        status = status ? status
                        : push_sentence(scoring, stream, 2 * (uint64_t)i + 1, set->pairs[i].second);
        if (status) {
            embed_stream_cancel(stream);
            return status;
        }
    }
    return embed_stream_finish(stream);
}

/* Counts and components of the training text. */
static int learn(struct scoring *scoring, const struct suite_run *run, const struct sts_set *train,
                 const struct word_mean *specs)
{
    const struct sts_set *set = scoring->set;
    bool fits = false;
    for (uint64_t tag = 0; tag < 2 * (uint64_t)train->n; tag++) {
        struct str text = {0};
        struct emb_span *spans;
        uint32_t n = words_of(train, tag, &text, &spans);
        word_means_count(scoring->means, str_text(&text), spans, n);
        free(spans);
        str_finish(&text);
    }
    for (uint32_t m = 0; m < scoring->n_rows; m++) {
        fits |= specs[m].components > 0;
    }
    scoring->set = train;
    scoring->learns = true;
    int status = fits ? embed_set(scoring, run) : 0;
    for (uint32_t m = 0; status == 0 && m < scoring->n_rows; m++) {
        status = word_means_fit(scoring->means, m);
    }
    scoring->set = set;
    scoring->learns = false;
    return status;
}

int sts_score(const struct suite_run *run, const struct sts_set *set, const struct sts_rows *rows,
              double **ret_scores)
{
    uint32_t n_rows = rows->n;
    struct scoring scoring = {.set = set, .n_rows = n_rows, .dim = embedder_dim(run->embedder)};
    size_t size = (size_t)n_rows * scoring.dim + 1;
    int status = 0;
    for (int which = 0; which < 2; which++) {
        scoring.vectors[which] = mem_array(size, sizeof(float));
        scoring.known[which] = mem_array(n_rows + 1u, sizeof(bool));
    }
    scoring.scores = mem_array((size_t)n_rows * set->n + 1, sizeof(double));
    if (embedder_is_static(run->embedder)) {
        status = word_means_create(run->embedder, rows->frequencies, rows->specs, n_rows,
                                   &scoring.means);
        status = status || !rows->train ? status : learn(&scoring, run, rows->train, rows->specs);
    }
    status = status ? status : embed_set(&scoring, run);
    word_means_free(scoring.means);
    for (int which = 0; which < 2; which++) {
        free(scoring.vectors[which]);
        free(scoring.known[which]);
    }
    if (status) {
        free(scoring.scores);
        return status;
    }
    for (uint32_t m = 0; m < n_rows; m++) {
        correlation_merge_ties(scoring.scores + (size_t)m * set->n, set->n);
    }
    *ret_scores = scoring.scores;
    return 0;
}

static double spearman_of(const struct sts_set *set, const double *scores)
{
    double *known = mem_array(2 * (size_t)set->n + 1, sizeof *known), *gold = known + set->n;
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        if (!isnan(scores[i])) {
            known[n] = scores[i];
            gold[n++] = set->pairs[i].rating;
        }
    }
    double spearman = correlation_spearman(known, gold, n);
    free(known);
    return spearman;
}

uint32_t sts_choose(const struct word_mean *specs, uint32_t n, const struct sts_set *dev,
                    const double *scores)
{
    uint32_t chosen = n;
    double most = -INFINITY;
    for (uint32_t m = 0; m < n; m++) {
        double value = dev ? spearman_of(dev, scores + (size_t)m * dev->n)
                           : (specs[m].words.kind == WORDS_SIF ? 1 : 0);
        if (value > most) {
            chosen = m;
            most = value;
        }
    }
    return chosen < n ? chosen : 0;
}
