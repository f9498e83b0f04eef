/* Sends a test set through the embedder, block by block, and scores every method. */
#include "suites/wsd/common.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"
#include "suites/wsd/best.h"
#include "suites/wsd/contexts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Methods in the order of the report; the glosses are in the order of enum wsd_gloss. */
enum method { NN, NN_CONTEXT, GLOSSES, NN_GLOSS = GLOSSES + WSD_N_GLOSSES, N_METHODS };
static const char *const method_names[N_METHODS] = {
    "nn",       "nn-context", "gloss:target-gloss", "gloss:target-lemma", "gloss:sentence-gloss",
    "nn+gloss",
};

/* The test data on their way through the embedder. */
struct scan {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_test *test;
    const struct wsd_plan *plan;
    const struct wsd_centroids *centroids;
    struct wsd_contexts *contexts; /* of static embedders; NULL: no means of words */
    struct wsd_best *best;         /* NULL: not asked for */
    uint32_t n_stages, dim;
    struct wsd_answer *answers[N_METHODS]; /* [n_stages, n_instances]; NULL: not wanted */
    struct wsd_targets targets;
    double *cosines; /* [n_stages, most_candidates] scratch */
    uint32_t most_candidates;
    float *context_vector; /* [dim] */
    /* What gloss needs of the present block of sentences. */
    struct wsd_held held;
    float *held_targets, *held_sentences;
    double *held_target_norms, *held_sentence_norms;
    double *nn_cosines; /* [candidates of the block, n_stages], for nn+gloss */
    size_t *nn_first;   /* [held.n + 1] */
};

static struct wsd_answer *answer_at(const struct scan *scan, int method, uint32_t stage,
                                    uint32_t instance)
{
    return &scan->answers[method][(size_t)stage * wsd_n(scan->test) + instance];
}

static void answer_nothing(const struct scan *scan, int method, uint32_t instance, uint8_t status)
{
    for (uint32_t s = 0; s < scan->n_stages && scan->answers[method]; s++) {
        *answer_at(scan, method, s, instance) =
            (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = status};
    }
}

struct wsd_answer wsd_choose(const struct wsd_test *test, uint32_t instance, const double *cosines,
                             uint32_t n)
{
    double most = -INFINITY;
    for (uint32_t c = 0; c < n; c++) {
        most = cosines[c] > most ? cosines[c] : most;
    }
    struct wsd_answer answer = {.score = NAN, .choice = WSD_NONE, .status = WSD_BACKOFF};
    uint32_t n_best = 0, n_right = 0;
    for (uint32_t c = 0; c < n; c++) {
        if (cosines[c] >= most - WSD_TIE) {
            answer.choice = n_best++ ? answer.choice : c;
            n_right += wsd_right(test, instance, c);
        }
    }
    if (n_best) {
        answer.score = cosines[answer.choice];
        answer.expected = (double)n_right / n_best;
        answer.status = n_best > 1 ? WSD_TIED : WSD_OK;
    }
    return answer;
}

static void score_nn(struct scan *scan, uint32_t instance, int method, uint32_t representation,
                     const float *vector)
{
    const struct wsd_group *group = wsd_group_of(scan->task, scan->test, instance);
    wsd_centroids_score(scan->centroids, group, representation, vector, scan->cosines,
                        scan->most_candidates);
    for (uint32_t s = 0; s < scan->n_stages; s++) {
        const double *cosines = scan->cosines + (size_t)s * scan->most_candidates;
        *answer_at(scan, method, s, instance) = wsd_choose(scan->test, instance, cosines, group->n);
        if (method == NN && scan->nn_cosines) {
            size_t first = scan->nn_first[instance - scan->held.first];
            for (uint32_t c = 0; c < group->n; c++) {
                scan->nn_cosines[(first + c) * scan->n_stages + s] = cosines[c];
            }
        }
    }
}

static void keep_row(const struct scan *scan, size_t row, const float *vectors, float *rows,
                     double *norms)
{
    size_t size = (size_t)scan->n_stages * scan->dim;
    memcpy(rows + row * size, vectors, size * sizeof *rows);
    for (uint32_t s = 0; s < scan->n_stages; s++) {
        norms[row * scan->n_stages + s] = vec_norm(vectors + (size_t)s * scan->dim, scan->dim);
    }
}

/* The words around the target, by each mean that is asked for. */
static void take_contexts(struct scan *scan, const struct embedded *embedded, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(scan->task, scan->test, scan->targets.owners[i]);
    for (uint32_t m = 0; m < wsd_contexts_n(scan->contexts); m++) {
        if (!wsd_wants_mean(scan->plan, m) ||
            !wsd_contexts_vector(scan->contexts, m, &scan->targets, embedded,
                                 scan->targets.tokens[i], scan->context_vector)) {
            continue;
        }
        wsd_contexts_remove(scan->contexts, m, scan->context_vector);
        if (m == 0) {
            score_nn(scan, scan->targets.owners[i], NN_CONTEXT, WSD_CONTEXT, scan->context_vector);
            continue;
        }
        wsd_centroids_score(scan->centroids, group, WSD_CONTEXT + m, scan->context_vector,
                            scan->cosines, scan->most_candidates);
        *wsd_best_answer(scan->best, scan->test, m, scan->targets.owners[i]) =
            wsd_choose(scan->test, scan->targets.owners[i], scan->cosines, group->n);
    }
}

static void take_instance(struct scan *scan, const struct embedded *embedded, uint32_t i)
{
    uint32_t instance = scan->targets.owners[i];
    const float *vectors = embedded->vectors + (size_t)i * scan->n_stages * scan->dim;
    uint8_t status = embedded->status[i] == EMB_WORD_CUT ? WSD_CUT : WSD_OOV;
    bool known = word_has_vector(embedded->status[i]),
         has_lemma = scan->test->group[instance] != WSD_NONE;
    status = !has_lemma ? WSD_NO_LEMMA : known ? WSD_BACKOFF : status;
    for (int m = 0; m < N_METHODS; m++) {
        answer_nothing(scan, m, instance, status);
    }
    for (uint32_t m = 1; scan->plan->best && m < wsd_contexts_n(scan->contexts); m++) {
        *wsd_best_answer(scan->best, scan->test, m, instance) =
            (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = status};
    }
    if (known && has_lemma && scan->plan->nn) {
        score_nn(scan, instance, NN, WSD_TARGET, vectors);
    }
    if (has_lemma && scan->contexts) {
        take_contexts(scan, embedded, i);
    }
    if (known && scan->held_targets) {
        keep_row(scan, instance - scan->held.first, vectors, scan->held_targets,
                 scan->held_target_norms);
    }
}

/* A sentence as a whole is one span to a contextual embedder, and its words to a static one. */
static void list_targets(const struct scan *scan, uint32_t sentence, struct wsd_targets *targets)
{
    const struct wsd_plan *plan = scan->plan;
    wsd_list_targets(scan->test->data, sentence, plan->sentence_gloss && !plan->words,
                     plan->context || plan->best || (plan->sentence_gloss && plan->words), NULL,
                     NULL, targets);
}

static int take_sentence(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    uint32_t sentence = (uint32_t)embedded->tag;
    list_targets(scan, sentence, &scan->targets);
    if (scan->contexts) {
        wsd_contexts_weigh(scan->contexts, wsd_sentence_text(scan->test->data, sentence),
                           &scan->targets);
    }
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (scan->targets.owners[i] != WSD_NONE) {
            take_instance(scan, embedded, i);
        } else if (scan->targets.tokens[i] == WSD_NONE && word_has_vector(embedded->status[i])) {
            keep_row(scan, sentence - scan->held.first_sentence,
                     embedded->vectors + (size_t)i * scan->n_stages * scan->dim,
                     scan->held_sentences, scan->held_sentence_norms);
        }
    }
    if (scan->plan->sentence_gloss && scan->plan->words &&
        wsd_contexts_vector(scan->contexts, 0, &scan->targets, embedded, WSD_NONE,
                            scan->context_vector)) {
        keep_row(scan, sentence - scan->held.first_sentence, scan->context_vector,
                 scan->held_sentences, scan->held_sentence_norms);
    }
    return 0;
}

/* Sentences [first, end) through the embedder. */
static int stream_sentences(struct scan *scan, uint32_t first, uint32_t end)
{
    const struct wsd_data *data = scan->test->data;
    struct embed_stream *stream = embed_stream_create(scan->run->embedder, EMB_POOL_MEAN,
                                                      take_sentence, scan, data->name, end - first);
    struct wsd_targets targets = {0};
    int code = 0;
    for (uint32_t s = first; code == 0 && s < end; s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        if (sentence->n_instances) {
            list_targets(scan, s, &targets);
            code = embed_stream_push(stream, s, wsd_sentence_text(data, s), sentence->n_bytes,
                                     data->words + sentence->first_word, sentence->n_words,
                                     targets.spans, targets.n);
        }
    }
    wsd_targets_finish(&targets);
    if (code) {
        embed_stream_cancel(stream);
        return code;
    }
    return embed_stream_finish(stream);
}

/* The sentences from `first` on whose vectors, kept, stay within the plan's bytes: at least one. */
static uint32_t end_of_block(const struct scan *scan, uint32_t first)
{
    const struct wsd_data *data = scan->test->data;
    size_t row = (size_t)scan->n_stages * (scan->dim * sizeof(float) + sizeof(double));
    uint64_t bytes = 0;
    uint32_t s = first;
    for (; s < data->n_sentences; s++) {
        bytes += row * (data->sentences[s].n_instances + (scan->plan->sentence_gloss ? 1u : 0u));
        if (s > first && bytes > scan->plan->block_bytes) {
            break;
        }
    }
    return s;
}

static void begin_block(struct scan *scan, uint32_t first, uint32_t end)
{
    const struct wsd_data *data = scan->test->data;
    const struct wsd_sentence *last = &data->sentences[end - 1];
    scan->held.first_sentence = first;
    scan->held.first = data->sentences[first].first_instance;
    scan->held.n = last->first_instance + last->n_instances - scan->held.first;
    size_t stages = scan->n_stages, size = stages * scan->dim;
    scan->held.targets = scan->held_targets = mem_array(scan->held.n * size + 1, sizeof(float));
    scan->held.target_norms = scan->held_target_norms =
        mem_array(scan->held.n * stages + 1, sizeof(double));
    if (scan->plan->sentence_gloss) {
        scan->held.sentences = scan->held_sentences =
            mem_array((end - first) * size + 1, sizeof(float));
        scan->held.sentence_norms = scan->held_sentence_norms =
            mem_array((end - first) * stages + 1, sizeof(double));
    }
    if (scan->plan->nn_gloss) {
        scan->nn_first = mem_array(scan->held.n + 1u, sizeof *scan->nn_first);
        for (uint32_t i = 0; i < scan->held.n; i++) {
            const struct wsd_group *group =
                wsd_group_of(scan->task, scan->test, scan->held.first + i);
            scan->nn_first[i + 1] = scan->nn_first[i] + (group ? group->n : 0);
        }
        size_t n = scan->nn_first[scan->held.n] * stages;
        scan->nn_cosines = mem_array(n + 1, sizeof(double));
        for (size_t i = 0; i < n; i++) {
            scan->nn_cosines[i] = NAN;
        }
    }
}

static void end_block(struct scan *scan)
{
    free(scan->held_targets);
    free(scan->held_target_norms);
    free(scan->held_sentences);
    free(scan->held_sentence_norms);
    free(scan->nn_cosines);
    free(scan->nn_first);
    scan->held = (struct wsd_held){0};
    scan->held_targets = scan->held_sentences = NULL;
    scan->held_target_norms = scan->held_sentence_norms = scan->nn_cosines = NULL;
    scan->nn_first = NULL;
}

/* Cosine of [t; t] with [centroid; definition], each part of length 1, a missing part zero: the
 * concatenation of Loureiro & Jorge 2019 (LMMS). */
static double concatenated(double nn, double gloss)
{
    return isnan(nn) && isnan(gloss) ? NAN
           : isnan(nn)               ? gloss / sqrt(2)
           : isnan(gloss)            ? nn / sqrt(2)
                                     : (nn + gloss) / 2;
}

static void answer_from_glosses(struct scan *scan, const struct wsd_gloss_scores *scores,
                                uint32_t i, uint32_t s)
{
    uint32_t instance = scan->held.first + i;
    const struct wsd_group *group = wsd_group_of(scan->task, scan->test, instance);
    for (int v = 0; group && v < WSD_N_GLOSSES; v++) {
        if (!scores->cosines[v]) {
            continue;
        }
        for (uint32_t c = 0; c < group->n; c++) {
            scan->cosines[c] = scores->cosines[v][(scores->first[i] + c) * scan->n_stages + s];
        }
        struct wsd_answer answer = wsd_choose(scan->test, instance, scan->cosines, group->n);
        if (answer.choice != WSD_NONE) {
            *answer_at(scan, GLOSSES + v, s, instance) = answer;
        }
    }
    if (group && scan->nn_cosines) {
        for (uint32_t c = 0; c < group->n; c++) {
            scan->cosines[c] = concatenated(
                scan->nn_cosines[(scan->nn_first[i] + c) * scan->n_stages + s],
                scores->cosines[WSD_TARGET_GLOSS][(scores->first[i] + c) * scan->n_stages + s]);
        }
        struct wsd_answer answer = wsd_choose(scan->test, instance, scan->cosines, group->n);
        if (answer.choice != WSD_NONE) {
            *answer_at(scan, NN_GLOSS, s, instance) = answer;
        }
    }
}

static int run_block(struct scan *scan, uint32_t first, uint32_t end)
{
    begin_block(scan, first, end);
    int code = stream_sentences(scan, first, end);
    struct wsd_gloss_scores scores = {0};
    if (code == 0) {
        code = wsd_gloss_score(scan->run, scan->task, scan->test, scan->plan, scan->contexts,
                               &scan->held, &scores);
    }
    for (uint32_t i = 0; code == 0 && i < scan->held.n; i++) {
        for (uint32_t s = 0; s < scan->n_stages; s++) {
            answer_from_glosses(scan, &scores, i, s);
        }
    }
    wsd_gloss_scores_finish(&scores);
    end_block(scan);
    return code;
}

static int run_sentences(struct scan *scan)
{
    uint32_t n = (uint32_t)scan->test->data->n_sentences;
    if (!scan->plan->gloss) {
        return stream_sentences(scan, 0, n);
    }
    int code = 0;
    for (uint32_t first = 0, end; code == 0 && first < n; first = end) {
        end = end_of_block(scan, first);
        code = run_block(scan, first, end);
    }
    return code;
}

/* How a method reads words, where that is not plain: nothing for methods that take no mean of them.
 */
static void mean_protocol(const struct wsd_plan *plan, int method, struct protocol *protocol)
{
    struct wsd_mean mean = *plan->mean;
    if (!plan->words || method == NN || method == GLOSSES + WSD_TARGET_LEMMA) {
        return;
    }
    if (method != NN_CONTEXT) { /* definitions and sentences have no target to be far from */
        mean = (struct wsd_mean){.words = mean.words};
    }
    wsd_mean_protocol(&mean, plan->file, protocol);
}

static void protocol_of(const struct scan *scan, int method, const struct stage *stage,
                        struct protocol *ret_protocol)
{
    const struct wsd_plan *plan = scan->plan;
    bool trained = method == NN || method == NN_CONTEXT;
    protocol_add(ret_protocol, PROTOCOL_METHOD, method_names[method]);
    if (plan->k > 1 && trained) {
        protocol_add_number(ret_protocol, PROTOCOL_K, plan->k);
    }
    mean_protocol(plan, method, ret_protocol);
    protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    /* definitions are whole texts */
    protocol_add(ret_protocol, PROTOCOL_POOL,
                 method >= GLOSSES ? embedder_whole_pool(scan->run->embedder) : "mean");
    if (plan->relatives && (trained || method == NN_GLOSS)) {
        protocol_add(ret_protocol, PROTOCOL_UNSEEN, "synset+hypernym");
    }
}

static void report(const struct scan *scan)
{
    size_t most = (size_t)N_METHODS * scan->n_stages;
    struct wsd_answers *systems = mem_array(most, sizeof *systems);
    struct protocol *protocols = mem_array(most, sizeof *protocols);
    uint32_t n = 0;
    for (int m = 0; m < N_METHODS; m++) {
        for (uint32_t s = 0; s < scan->n_stages && scan->answers[m]; s++, n++) {
            const struct stage *stage = embedder_stage(scan->run->embedder, s);
            protocol_of(scan, m, stage, &protocols[n]);
            systems[n] = (struct wsd_answers){.method = method_names[m],
                                              .stage = *stage,
                                              .protocol = &protocols[n],
                                              .answers = answer_at(scan, m, s, 0),
                                              .can_back_off = true};
        }
    }
    if (n) {
        wsd_report_stages(scan->run, scan->task, scan->test, systems, n, scan->plan->headline);
    }
    for (uint32_t i = 0; i < n; i++) {
        protocol_finish(&protocols[i]);
    }
    free(protocols);
    free(systems);
}

static int run_test(struct scan *scan)
{
    const struct wsd_plan *plan = scan->plan;
    const bool wanted[N_METHODS] = {
        [NN] = plan->nn,
        [NN_CONTEXT] = plan->context,
        [GLOSSES + WSD_TARGET_GLOSS] = plan->target_gloss,
        [GLOSSES + WSD_TARGET_LEMMA] = plan->target_lemma,
        [GLOSSES + WSD_SENTENCE_GLOSS] = plan->sentence_gloss,
        [NN_GLOSS] = plan->nn_gloss,
    };
    for (int m = 0; m < N_METHODS; m++) {
        scan->answers[m] = wanted[m] ? mem_array((size_t)scan->n_stages * wsd_n(scan->test),
                                                 sizeof(struct wsd_answer))
                                     : NULL;
    }
    int code = run_sentences(scan);
    if (code == 0) {
        report(scan);
    }
    for (int m = 0; m < N_METHODS; m++) {
        free(scan->answers[m]);
    }
    return code;
}

/* The methods that a test set's data allow. */
static struct wsd_plan allowed_on(const struct wsd_plan *plan, const struct wsd_test *test)
{
    struct wsd_plan allowed = *plan;
    if (!test->trained) {
        allowed.nn = allowed.context = allowed.best = allowed.nn_gloss = false;
    }
    if (test->data->inventory == WSD_OWN) { /* no definitions */
        allowed.gloss = allowed.target_gloss = allowed.target_lemma = false;
        allowed.sentence_gloss = allowed.nn_gloss = false;
    }
    return allowed;
}

static int run_tests(struct scan *scan, const struct wsd_plan *plan)
{
    int code = 0;
    for (uint32_t t = 0; code == 0 && t < scan->task->n_tests; t++) {
        scan->test = &scan->task->tests[t];
        struct wsd_plan allowed = allowed_on(plan, scan->test);
        scan->plan = &allowed;
        if (allowed.nn || allowed.context || allowed.best || allowed.gloss) {
            code = run_test(scan);
        } else {
            log_warn("%s: none of the methods asked for; nn needs training text with its senses, "
                     "gloss their definitions",
                     scan->test->data->name);
        }
    }
    return code;
}

int wsd_run(const struct suite_run *run, const struct wsd_task *task, const struct wsd_plan *plan)
{
    struct scan scan = {
        .run = run,
        .task = task,
        .n_stages = embedder_n_stages(run->embedder),
        .dim = embedder_dim(run->embedder),
        .most_candidates = 1,
    };
    for (uint32_t g = 0; g < task->n_groups; g++) {
        uint32_t n = task->groups[g].n;
        scan.most_candidates = n > scan.most_candidates ? n : scan.most_candidates;
    }
    struct wsd_centroids *centroids = NULL;
    scan.best = plan->best ? wsd_best_create(run, task, plan) : NULL;
    int code = 0;
    if (plan->words) {
        uint32_t n_means = 1;
        const struct wsd_mean *means = scan.best ? wsd_best_means(scan.best, &n_means) : plan->mean;
        code = wsd_contexts_create(run->embedder, task, plan->frequencies, means, n_means,
                                   &scan.contexts);
    }
    if (code == 0 && (plan->nn || plan->context || plan->best)) {
        bool contexts = plan->context || plan->best;
        code = wsd_centroids_train(run, task, plan, contexts ? scan.contexts : NULL, &centroids);
    }
    scan.centroids = centroids;
    scan.cosines = mem_array((size_t)scan.n_stages * scan.most_candidates, sizeof(double));
    scan.context_vector = mem_array(scan.dim, sizeof(float));
    code = code ? code : run_tests(&scan, plan);
    if (code == 0 && scan.best) {
        code = wsd_best_report(scan.best, scan.contexts, centroids);
    }
    wsd_best_free(scan.best);
    wsd_contexts_free(scan.contexts);
    wsd_centroids_free(centroids);
    wsd_targets_finish(&scan.targets);
    free(scan.cosines);
    free(scan.context_vector);
    return code;
}
