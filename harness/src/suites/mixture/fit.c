/* Embeds words and contexts and fits each word as a mixture of its senses. */
#include "suites/mixture/mixture.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "math/nnls.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct embedding {
    struct mixture_vectors *vectors;
    uint32_t table; /* its place among the delivered stages */
};

static int take_word(void *ctx, const struct embedded *embedded)
{
    const struct embedding *embedding = ctx;
    struct mixture_vectors *vectors = embedding->vectors;
    uint8_t status = embedded->status[0];
    memcpy(vectors->rows + embedded->tag * vectors->dim,
           embedded->vectors + (size_t)embedding->table * vectors->dim,
           vectors->dim * sizeof *vectors->rows);
    vectors->known[embedded->tag] = word_has_vector(status);
    return 0;
}

int mixture_embed(const struct suite_run *run, const struct mixture_task *task,
                  struct mixture_vectors *ret_vectors, bool *ret_there)
{
    struct embedder *embedder = run->embedder;
    uint32_t table = 0, n = task->words.n;
    while (table < embedder_n_stages(embedder) &&
           embedder_stage(embedder, table)->part != STAGE_TABLE) {
        table++;
    }
    *ret_there = table < embedder_n_stages(embedder);
    if (!*ret_there) {
        log_warn("%s: suite mixture reads the look-up table, which --stages leaves out",
                 embedder_name(embedder));
        return 0;
    }
    struct mixture_vectors vectors = {.dim = embedder_dim(embedder)};
    struct embedding embedding = {&vectors, table};
    vectors.rows = mem_array((size_t)n + 1, vectors.dim * sizeof *vectors.rows);
    vectors.known = mem_array((size_t)n + 1, sizeof *vectors.known);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take_word, &embedding, "words", n);
    int status = 0;
    for (uint32_t w = 0; w < n && status == 0; w++) {
        struct emb_span whole = {0, task->words.lengths[w]};
        status =
            embed_stream_push(stream, w, map_key(&task->words, w), whole.end, &whole, 1, &whole, 1);
    }
    status = embed_stream_end(stream, status);
    if (status) {
        mixture_vectors_finish(&vectors);
        return status;
    }
    *ret_vectors = vectors;
    return 0;
}

void mixture_vectors_finish(struct mixture_vectors *vectors)
{
    free(vectors->rows);
    free(vectors->known);
    *vectors = (struct mixture_vectors){0};
}

/* Sense vectors in the making. */
struct senses {
    double *rows;    /* [n_senses, dim] sums, then means */
    uint64_t *n;     /* [n_senses] words in them */
    uint32_t *asked; /* [n_senses] occurrences met so far */
};

static void add_word(const struct mixture_vectors *vectors, struct senses *senses, uint32_t sense,
                     uint32_t word)
{
    if (vectors->known[word]) {
        vec_axpy(1, vectors->rows + (size_t)word * vectors->dim,
                 senses->rows + (size_t)sense * vectors->dim, vectors->dim);
        senses->n[sense]++;
    }
}

static void add_glosses(const struct mixture_task *task, const struct mixture_vectors *vectors,
                        struct senses *senses)
{
    for (uint32_t s = 0; s < task->n_senses; s++) {
        for (size_t w = task->first_gloss[s]; w < task->first_gloss[s + 1]; w++) {
            add_word(vectors, senses, s, task->gloss_words[w]);
        }
    }
}

/* Is token the occurrence, another of the same lemma, or the lemma itself? */
static bool is_own(const struct wsd_data *data, const struct wsd_sentence *sentence,
                   const struct wsd_instance *of, uint32_t token)
{
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        const struct wsd_instance *instance = &data->instances[sentence->first_instance + i];
        if (instance->token == token && strcmp(instance->lemma, of->lemma) == 0) {
            return true;
        }
    }
    return false;
}

/* Occurrence number i of `count` is one of `most`, evenly spaced. */
static bool is_chosen(uint64_t i, uint64_t count, uint64_t most)
{
    return count <= most || (i + 1) * most / count > i * most / count;
}

static void add_occurrence(const struct mixture_task *task, const struct mixture_vectors *vectors,
                           uint32_t corpus, const struct wsd_instance *instance, uint32_t sense,
                           struct senses *senses)
{
    const struct wsd_data *data = task->corpora.sets[corpus];
    const struct wsd_sentence *sentence = &data->sentences[instance->sentence];
    const struct mixture_text *text = &task->texts[corpus];
    uint32_t lemma =
        map_find(&task->words, task->senses[sense].key, strcspn(task->senses[sense].key, "%"));
    for (size_t w = text->first[instance->sentence]; w < text->first[instance->sentence + 1]; w++) {
        if (text->words[w] != lemma && !is_own(data, sentence, instance, text->tokens[w])) {
            add_word(vectors, senses, sense, text->words[w]);
        }
    }
}

/* Occurrences of each studied sense, whatever form they are counted in. With totals, most[sense] of
 * the totals[sense] are added; without, they are counted. */
static void each_occurrence(const struct mixture_task *task, const struct mixture_vectors *vectors,
                            const uint32_t *totals, const uint32_t *most, struct senses *senses)
{
    for (uint32_t c = 0; c < task->corpora.n; c++) {
        const struct wsd_data *data = task->corpora.sets[c];
        for (size_t i = 0; i < data->n_instances; i++) {
            const struct wsd_instance *instance = &data->instances[i];
            for (uint32_t g = 0; g < instance->n_gold; g++) {
                const char *label = map_key(&data->labels, data->gold[instance->first_gold + g]);
                const struct wordnet_sense *found = wordnet_find(task->wordnet, label);
                uint32_t sense =
                    found ? task->sense_of[wordnet_sense_index(task->wordnet, found)] : MAP_NONE;
                if (sense == MAP_NONE) {
                    continue;
                }
                uint32_t number = senses->asked[sense]++;
                if (totals && is_chosen(number, totals[sense], most[sense])) {
                    add_occurrence(task, vectors, c, instance, sense, senses);
                }
            }
        }
    }
}

/* How many occurrences of each sense are used: all, or as many as its word's rarest sense has, so
 * that no sense vector is less certain than another, which alone would make its share smaller. */
static uint32_t *choose_most(const struct mixture_task *task, const struct mixture_plan *plan,
                             const uint32_t *totals)
{
    uint32_t *most = mem_array(task->n_senses + 1u, sizeof *most);
    for (uint32_t l = 0; l < task->n_lemmas; l++) {
        const struct mixture_lemma *lemma = &task->lemmas[l];
        uint32_t least = UINT32_MAX;
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            least = totals[s] > 0 && totals[s] < least ? totals[s] : least;
        }
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            most[s] = plan->balance ? least : totals[s];
        }
    }
    return most;
}

/* Once to count, once to add. */
static void add_contexts(const struct mixture_task *task, const struct mixture_plan *plan,
                         const struct mixture_vectors *vectors, struct senses *senses)
{
    uint32_t *totals = mem_array(task->n_senses + 1u, sizeof *totals);
    each_occurrence(task, vectors, NULL, NULL, senses);
    memcpy(totals, senses->asked, task->n_senses * sizeof *totals);
    memset(senses->asked, 0, task->n_senses * sizeof *senses->asked);
    uint32_t *most = choose_most(task, plan, totals);
    each_occurrence(task, vectors, totals, most, senses);
    free(most);
    free(totals);
}

/* Takes the mean of the rows that count from each of them. */
static void centre(double *rows, const uint64_t *counts, uint32_t n, uint32_t dim)
{
    double *mean = mem_array(dim, sizeof *mean);
    uint32_t known = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < dim && counts[i]; d++) {
            mean[d] += rows[(size_t)i * dim + d];
        }
        known += counts[i] > 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < dim && counts[i]; d++) {
            rows[(size_t)i * dim + d] -= mean[d] / known;
        }
    }
    free(mean);
}

/* Means, centred if asked for, of length 1: so that a share does not depend on how many words a
 * sense vector is the mean of. A sense whose vector is nothing then counts as without one. */
static void finish_senses(const struct mixture_plan *plan, struct senses *senses, uint32_t n,
                          uint32_t dim)
{
    for (uint32_t s = 0; s < n; s++) {
        for (uint32_t d = 0; d < dim && senses->n[s]; d++) {
            senses->rows[(size_t)s * dim + d] /= (double)senses->n[s];
        }
    }
    if (plan->centre) {
        centre(senses->rows, senses->n, n, dim);
    }
    for (uint32_t s = 0; s < n; s++) {
        double *row = senses->rows + (size_t)s * dim, length = sqrt(vec_dot_double(row, row, dim));
        senses->n[s] = length > 0 ? senses->n[s] : 0;
        for (uint32_t d = 0; d < dim && length > 0; d++) {
            row[d] /= length;
        }
    }
}

/* The words' own vectors, [n_lemmas, dim]; counts 1 where known. */
static double *lemma_rows(const struct mixture_task *task, const struct mixture_plan *plan,
                          const struct mixture_vectors *vectors, uint64_t *ret_known)
{
    uint32_t dim = vectors->dim;
    double *rows = mem_array((size_t)task->n_lemmas * dim + 1, sizeof *rows);
    for (uint32_t l = 0; l < task->n_lemmas; l++) {
        uint32_t word = task->lemmas[l].word;
        ret_known[l] = vectors->known[word];
        vec_axpy(1, vectors->rows + (size_t)word * dim, rows + (size_t)l * dim, dim);
    }
    if (plan->centre) {
        centre(rows, ret_known, task->n_lemmas, dim);
    }
    return rows;
}

/* The senses of a lemma that have a vector: their rows one after the other, and their numbers. */
static uint32_t gather(const struct mixture_lemma *lemma, const struct senses *senses, uint32_t dim,
                       double *columns, uint32_t *numbers)
{
    uint32_t n = 0;
    for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
        if (senses->n[s] > 0) {
            memcpy(columns + (size_t)n * dim, senses->rows + (size_t)s * dim,
                   dim * sizeof *columns);
            numbers[n++] = s;
        }
    }
    return n;
}

static int fit_lemma(const struct mixture_task *task, const struct senses *senses, uint32_t l,
                     const double *target, uint32_t dim, struct mixture_shares *shares)
{
    const struct mixture_lemma *lemma = &task->lemmas[l];
    double *columns = mem_array((size_t)lemma->n * dim + 1, sizeof *columns);
    double *x = mem_array(lemma->n + 1u, sizeof *x), residual, sum = 0, total = 0;
    uint32_t *numbers = mem_array(lemma->n + 1u, sizeof *numbers);
    uint32_t n = gather(lemma, senses, dim, columns, numbers);
    int status = n > 1 ? nnls(dim, n, columns, target, x, &residual) : 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
        total += task->senses[numbers[i]].count;
    }
    bool mixed = status == 0 && n > 1 && sum > 0 && total > 0;
    for (uint32_t i = 0; mixed && i < n; i++) {
        shares->share[numbers[i]] = x[i] / sum;
        shares->frequency[numbers[i]] = task->senses[numbers[i]].count / total;
    }
    if (mixed) {
        shares->explained[l] = 1 - residual * residual / vec_dot_double(target, target, dim);
    } else if (status == 0 && n > 1) {
        shares->explained[l] = 0;
    }
    free(numbers);
    free(x);
    free(columns);
    return status ? error_context(status, "%s", lemma->text) : 0;
}

static double *unknown(uint32_t n)
{
    double *values = mem_array(n + 1u, sizeof *values);
    for (uint32_t i = 0; i < n; i++) {
        values[i] = NAN;
    }
    return values;
}

int mixture_fit(const struct mixture_task *task, const struct mixture_plan *plan,
                const struct mixture_vectors *vectors, enum mixture_method method,
                struct mixture_shares *ret_shares)
{
    uint32_t dim = vectors->dim, n = task->n_senses;
    struct senses senses = {.rows = mem_array((size_t)n * dim + 1, sizeof *senses.rows),
                            .n = mem_array(n + 1u, sizeof *senses.n),
                            .asked = mem_array(n + 1u, sizeof *senses.asked)};
    if (method == MIXTURE_GLOSS) {
        add_glosses(task, vectors, &senses);
    } else {
        add_contexts(task, plan, vectors, &senses);
    }
    finish_senses(plan, &senses, n, dim);
    uint64_t *known = mem_array(task->n_lemmas + 1u, sizeof *known);
    double *rows = lemma_rows(task, plan, vectors, known);
    struct mixture_shares shares = {
        .share = unknown(n), .frequency = unknown(n), .explained = unknown(task->n_lemmas)};
    int status = 0;
    for (uint32_t l = 0; l < task->n_lemmas && status == 0; l++) {
        status = known[l] ? fit_lemma(task, &senses, l, rows + (size_t)l * dim, dim, &shares) : 0;
    }
    free(rows);
    free(known);
    free(senses.rows);
    free(senses.n);
    free(senses.asked);
    if (status) {
        mixture_shares_finish(&shares);
        return status;
    }
    *ret_shares = shares;
    return 0;
}

void mixture_shares_finish(struct mixture_shares *shares)
{
    free(shares->share);
    free(shares->frequency);
    free(shares->explained);
    *shares = (struct mixture_shares){0};
}
