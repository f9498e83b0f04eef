/* Embeds definitions and lemmas of candidates and compares them with targets. */
#include "suites/wsd/common.h"

#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"
#include "suites/shared/text_words.h"
#include "suites/wsd/contexts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A candidate whose definition is wanted, in the order of definitions. */
struct defined {
    uint64_t definition; /* the same for the same: see definition_of */
    uint32_t group, candidate;
};

struct gloss_scan {
    const struct wsd_task *task;
    const struct wsd_test *test;
    const struct wsd_held *held;
    const struct wsd_plan *plan;
    const struct wsd_contexts *contexts; /* weigh words where plan->words */
    double *weights;                     /* queue of the weights of the words pushed, in order */
    size_t n_weights, weights_capacity, next_weight;
    struct wsd_gloss_scores *scores;
    uint32_t n_stages, dim;
    uint32_t *members;       /* held instances, by group */
    uint32_t *members_begin; /* [n_groups + 1] */
    struct defined *defined; /* [n_defined] */
    size_t n_defined;
    double *sum; /* [dim] scratch of text_vectors */
    float *mean; /* [dim] */
};

static void list_members(struct gloss_scan *scan)
{
    uint32_t n_groups = scan->task->n_groups, n = scan->held->n;
    const uint32_t *group = scan->test->group + scan->held->first;
    uint32_t *begin = mem_array(n_groups + 1u, sizeof *begin);
    for (uint32_t i = 0; i < n; i++) {
        if (group[i] != WSD_NONE) {
            begin[group[i] + 1]++;
        }
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        begin[g + 1] += begin[g];
    }
    uint32_t *next = mem_array(n_groups + 1u, sizeof *next);
    memcpy(next, begin, n_groups * sizeof *next);
    scan->members = mem_array(n + 1u, sizeof *scan->members);
    for (uint32_t i = 0; i < n; i++) {
        if (group[i] != WSD_NONE) {
            scan->members[next[group[i]]++] = i;
        }
    }
    free(next);
    scan->members_begin = begin;
}

/* WordNet's candidates share the definitions of their synsets; those of a data set's own list are
 * each sense's, behind all of WordNet's. */
static uint64_t definition_of(const struct wsd_task *task, uint32_t sense)
{
    const struct wsd_sense *candidate = &task->senses[sense];
    return candidate->definition ? (uint64_t)UINT32_MAX + 1 + sense
                                 : wordnet_sense_at(task->wordnet, candidate->wordnet)->synset;
}

static int by_definition(const void *a, const void *b)
{
    const struct defined *x = a, *y = b;
    return x->definition != y->definition ? (x->definition < y->definition ? -1 : 1)
           : x->group != y->group         ? (x->group < y->group ? -1 : 1)
           : x->candidate < y->candidate  ? -1
                                          : x->candidate > y->candidate;
}

static void list_defined(struct gloss_scan *scan)
{
    const struct wsd_task *task = scan->task;
    scan->defined = mem_array(task->labels.n + 1u, sizeof *scan->defined);
    for (uint32_t g = 0; g < task->n_groups; g++) {
        const struct wsd_group *group = &task->groups[g];
        if (scan->members_begin[g] == scan->members_begin[g + 1]) {
            continue;
        }
        for (uint32_t c = 0; c < group->n; c++) {
            uint32_t sense = group->first + c;
            if (task->senses[sense].definition || task->senses[sense].wordnet != WORDNET_NONE) {
                scan->defined[scan->n_defined++] =
                    (struct defined){definition_of(task, sense), g, c};
            }
        }
    }
    if (scan->n_defined) {
        qsort(scan->defined, scan->n_defined, sizeof *scan->defined, by_definition);
    }
}

/* One candidate's vectors [n_stages, dim] against the held vectors of its group's instances. */
static void compare(const struct gloss_scan *scan, const struct defined *defined,
                    enum wsd_gloss variant, const float *vectors)
{
    const struct wsd_held *held = scan->held;
    uint32_t n_stages = scan->n_stages, dim = scan->dim;
    bool of_sentence = variant == WSD_SENTENCE_GLOSS;
    const float *all = of_sentence ? held->sentences : held->targets;
    const double *norms = of_sentence ? held->sentence_norms : held->target_norms;
    for (uint32_t s = 0; s < n_stages; s++) {
        const float *vector = vectors + (size_t)s * dim;
        double norm = vec_norm(vector, dim);
        for (uint32_t m = scan->members_begin[defined->group];
             m < scan->members_begin[defined->group + 1]; m++) {
            uint32_t i = scan->members[m];
            uint32_t sentence = scan->test->data->instances[held->first + i].sentence;
            size_t row = of_sentence ? sentence - held->first_sentence : i;
            double row_norm = norms[row * n_stages + s];
            scan->scores
                ->cosines[variant][(scan->scores->first[i] + defined->candidate) * n_stages + s] =
                row_norm > 0 ? vec_cosine_normed(all + (row * n_stages + s) * dim, row_norm, vector,
                                                 norm, dim)
                             : NAN;
        }
    }
}

/* The vectors of a whole text: of its first target, or the mean of all where texts are words. NULL
 * if there is none. */
static const float *text_vectors(struct gloss_scan *scan, const struct embedded *embedded)
{
    if (!scan->plan->words) {
        return word_has_vector(embedded->status[0]) ? embedded->vectors : NULL;
    }
    double total = 0;
    memset(scan->sum, 0, scan->dim * sizeof *scan->sum);
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        double weight = scan->weights[scan->next_weight++];
        if (word_has_vector(embedded->status[i]) && weight > 0) {
            vec_axpy(weight, embedded->vectors + (size_t)i * scan->dim, scan->sum, scan->dim);
            total += weight;
        }
    }
    for (uint32_t d = 0; d < scan->dim && total > 0; d++) {
        scan->mean[d] = (float)(scan->sum[d] / total);
    }
    return total > 0 ? scan->mean : NULL;
}

static int push_text(struct gloss_scan *scan, struct embed_stream *stream, size_t tag,
                     const struct str *text)
{
    struct emb_span whole = {0, (uint32_t)text->n};
    if (text->n == 0) {
        return 0;
    }
    if (!scan->plan->words) {
        return embed_stream_push(stream, tag, text->data, (uint32_t)text->n, NULL, 0, &whole, 1);
    }
    struct text_words words = {0};
    text_words_cut(&words, text->data, (uint32_t)text->n);
    for (uint32_t i = 0; i < words.n; i++) {
        struct emb_span span = words.spans[i];
        MEM_GROW(scan->weights, scan->weights_capacity, scan->n_weights + 1);
        scan->weights[scan->n_weights++] =
            wsd_contexts_word(scan->contexts, text->data + span.begin, span.end - span.begin);
    }
    int status = words.n ? embed_stream_push(stream, tag, text->data, (uint32_t)text->n,
                                             words.spans, words.n, words.spans, words.n)
                         : 0;
    text_words_finish(&words);
    return status;
}

static int take_definition(void *ctx, const struct embedded *embedded)
{
    struct gloss_scan *scan = ctx;
    size_t first = (size_t)embedded->tag;
    const float *vectors = text_vectors(scan, embedded);
    for (size_t i = first; vectors && i < scan->n_defined &&
                           scan->defined[i].definition == scan->defined[first].definition;
         i++) {
        compare(scan, &scan->defined[i], WSD_TARGET_GLOSS, vectors);
    }
    return 0;
}

/* Target 0 is the whole text, target 1 the lemma. */
static int take_lemma(void *ctx, const struct embedded *embedded)
{
    struct gloss_scan *scan = ctx;
    const struct defined *defined = &scan->defined[embedded->tag];
    const float *vectors = scan->plan->sentence_gloss ? text_vectors(scan, embedded) : NULL;
    if (vectors) {
        compare(scan, defined, WSD_SENTENCE_GLOSS, vectors);
    }
    if (scan->plan->target_lemma && word_has_vector(embedded->status[1])) {
        compare(scan, defined, WSD_TARGET_LEMMA,
                embedded->vectors + (size_t)scan->n_stages * scan->dim);
    }
    return 0;
}

static int finish(struct embed_stream *stream, int status)
{
    return embed_stream_end(stream, status);
}

/* Each definition once, though several candidates may share it. */
static int stream_definitions(const struct suite_run *run, struct gloss_scan *scan)
{
    struct embed_stream *stream = embed_stream_create(run->embedder, EMB_POOL_MEAN, take_definition,
                                                      scan, "definitions", scan->n_defined);
    struct str text = {0};
    int status = 0;
    for (size_t i = 0; status == 0 && i < scan->n_defined; i++) {
        const struct defined *defined = &scan->defined[i];
        if (i > 0 && defined->definition == defined[-1].definition) {
            continue;
        }
        str_clear(&text);
        wsd_definition(scan->task, &scan->task->groups[defined->group], defined->candidate, &text);
        status = push_text(scan, stream, i, &text);
    }
    str_finish(&text);
    return finish(stream, status);
}

/* "LEMMA : DEFINITION", its three parts cut one by one (METRICS.md). */
static int push_lemma(struct embed_stream *stream, struct gloss_scan *scan, size_t i,
                      struct str *text)
{
    const struct defined *defined = &scan->defined[i];
    const struct wsd_group *group = &scan->task->groups[defined->group];
    str_clear(text);
    str_add(text, group->lemma);
    for (size_t b = 0; b < text->n; b++) {
        text->data[b] = text->data[b] == '_' ? ' ' : text->data[b];
    }
    uint32_t n_lemma = (uint32_t)text->n;
    str_add(text, " : ");
    wsd_definition(scan->task, group, defined->candidate, text);
    if (scan->plan->words) {
        return push_text(scan, stream, i, text);
    }
    uint32_t n = (uint32_t)text->n;
    struct emb_span words[3] = {{0, n_lemma}, {n_lemma + 1, n_lemma + 2}, {n_lemma + 3, n}};
    struct emb_span targets[2] = {{0, n}, {0, n_lemma}};
    return embed_stream_push(stream, i, text->data, n, words, n > n_lemma + 3 ? 3 : 2, targets, 2);
}

static int stream_lemmas(const struct suite_run *run, struct gloss_scan *scan)
{
    struct embed_stream *stream = embed_stream_create(
        run->embedder, EMB_POOL_MEAN, take_lemma, scan, "lemmas with definitions", scan->n_defined);
    struct str text = {0};
    int status = 0;
    for (size_t i = 0; status == 0 && i < scan->n_defined; i++) {
        status = push_lemma(stream, scan, i, &text);
    }
    str_finish(&text);
    return finish(stream, status);
}

static void make_space(const struct gloss_scan *scan, struct wsd_gloss_scores *scores)
{
    const bool wanted[WSD_N_GLOSSES] = {[WSD_TARGET_GLOSS] = scan->plan->target_gloss,
                                        [WSD_TARGET_LEMMA] = scan->plan->target_lemma,
                                        [WSD_SENTENCE_GLOSS] = scan->plan->sentence_gloss};
    scores->first = mem_array(scan->held->n + 1u, sizeof *scores->first);
    for (uint32_t i = 0; i < scan->held->n; i++) {
        const struct wsd_group *group = wsd_group_of(scan->task, scan->test, scan->held->first + i);
        scores->first[i + 1] = scores->first[i] + (group ? group->n : 0);
    }
    size_t n = scores->first[scan->held->n] * scan->n_stages;
    for (int v = 0; v < WSD_N_GLOSSES; v++) {
        if (wanted[v]) {
            scores->cosines[v] = mem_array(n + 1, sizeof(double));
            for (size_t i = 0; i < n; i++) {
                scores->cosines[v][i] = NAN;
            }
        }
    }
}

int wsd_gloss_score(const struct suite_run *run, const struct wsd_task *task,
                    const struct wsd_test *test, const struct wsd_plan *plan,
                    const struct wsd_contexts *contexts, const struct wsd_held *held,
                    struct wsd_gloss_scores *ret_scores)
{
    struct gloss_scan scan = {
        .task = task,
        .test = test,
        .held = held,
        .plan = plan,
        .contexts = contexts,
        .scores = ret_scores,
        .n_stages = embedder_n_stages(run->embedder),
        .dim = embedder_dim(run->embedder),
    };
    *ret_scores = (struct wsd_gloss_scores){0};
    make_space(&scan, ret_scores);
    scan.sum = mem_array(scan.dim, sizeof *scan.sum);
    scan.mean = mem_array(scan.dim, sizeof *scan.mean);
    list_members(&scan);
    list_defined(&scan);
    int status = plan->target_gloss ? stream_definitions(run, &scan) : 0;
    if (status == 0 && (plan->target_lemma || plan->sentence_gloss)) {
        status = stream_lemmas(run, &scan);
    }
    free(scan.members);
    free(scan.members_begin);
    free(scan.defined);
    free(scan.weights);
    free(scan.sum);
    free(scan.mean);
    if (status) {
        wsd_gloss_scores_finish(ret_scores);
    }
    return status;
}

void wsd_gloss_scores_finish(struct wsd_gloss_scores *scores)
{
    free(scores->first);
    for (int v = 0; v < WSD_N_GLOSSES; v++) {
        free(scores->cosines[v]);
    }
    *scores = (struct wsd_gloss_scores){0};
}
