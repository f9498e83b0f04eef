/* Sends a test set through the embedder, block by block, and scores every method. */
#include "suites/wsd/wsd.h"

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
struct pass {
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

static struct wsd_answer *answer_at(const struct pass *pass, int method, uint32_t stage,
                                    uint32_t instance)
{
    return &pass->answers[method][(size_t)stage * wsd_n(pass->test) + instance];
}

static void answer_nothing(const struct pass *pass, int method, uint32_t instance, uint8_t status)
{
    for (uint32_t s = 0; s < pass->n_stages && pass->answers[method]; s++) {
        *answer_at(pass, method, s, instance) =
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

static void score_nn(struct pass *pass, uint32_t instance, int method, uint32_t representation,
                     const float *vector)
{
    const struct wsd_group *group = wsd_group_of(pass->task, pass->test, instance);
    wsd_centroids_score(pass->centroids, group, representation, vector, pass->cosines,
                        pass->most_candidates);
    for (uint32_t s = 0; s < pass->n_stages; s++) {
        const double *cosines = pass->cosines + (size_t)s * pass->most_candidates;
        *answer_at(pass, method, s, instance) = wsd_choose(pass->test, instance, cosines, group->n);
        if (method == NN && pass->nn_cosines) {
            size_t first = pass->nn_first[instance - pass->held.first];
            for (uint32_t c = 0; c < group->n; c++) {
                pass->nn_cosines[(first + c) * pass->n_stages + s] = cosines[c];
            }
        }
    }
}

static void keep_row(const struct pass *pass, size_t row, const float *vectors, float *rows,
                     double *norms)
{
    size_t size = (size_t)pass->n_stages * pass->dim;
    memcpy(rows + row * size, vectors, size * sizeof *rows);
    for (uint32_t s = 0; s < pass->n_stages; s++) {
        norms[row * pass->n_stages + s] = vec_norm(vectors + (size_t)s * pass->dim, pass->dim);
    }
}

/* The words around the target, by each mean that is asked for. */
static void take_contexts(struct pass *pass, const struct embedded *embedded, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(pass->task, pass->test, pass->targets.owners[i]);
    for (uint32_t m = 0; m < wsd_contexts_n(pass->contexts); m++) {
        if (!wsd_wants_mean(pass->plan, m) ||
            !wsd_contexts_vector(pass->contexts, m, &pass->targets, embedded,
                                 pass->targets.tokens[i], pass->context_vector)) {
            continue;
        }
        wsd_contexts_remove(pass->contexts, m, pass->context_vector);
        if (m == 0) {
            score_nn(pass, pass->targets.owners[i], NN_CONTEXT, WSD_CONTEXT, pass->context_vector);
            continue;
        }
        wsd_centroids_score(pass->centroids, group, WSD_CONTEXT + m, pass->context_vector,
                            pass->cosines, pass->most_candidates);
        *wsd_best_answer(pass->best, pass->test, m, pass->targets.owners[i]) =
            wsd_choose(pass->test, pass->targets.owners[i], pass->cosines, group->n);
    }
}

static void take_instance(struct pass *pass, const struct embedded *embedded, uint32_t i)
{
    uint32_t instance = pass->targets.owners[i];
    const float *vectors = embedded->vectors + (size_t)i * pass->n_stages * pass->dim;
    uint8_t status = embedded->status[i] == EMB_WORD_CUT ? WSD_CUT : WSD_OOV;
    bool known = word_has_vector(embedded->status[i]),
         has_lemma = pass->test->group[instance] != WSD_NONE;
    status = !has_lemma ? WSD_NO_LEMMA : known ? WSD_BACKOFF : status;
    for (int m = 0; m < N_METHODS; m++) {
        answer_nothing(pass, m, instance, status);
    }
    for (uint32_t m = 1; pass->plan->best && m < wsd_contexts_n(pass->contexts); m++) {
        *wsd_best_answer(pass->best, pass->test, m, instance) =
            (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = status};
    }
    if (known && has_lemma && pass->plan->nn) {
        score_nn(pass, instance, NN, WSD_TARGET, vectors);
    }
    if (has_lemma && pass->contexts) {
        take_contexts(pass, embedded, i);
    }
    if (known && pass->held_targets) {
        keep_row(pass, instance - pass->held.first, vectors, pass->held_targets,
                 pass->held_target_norms);
    }
}

/* A sentence as a whole is one span to a contextual embedder, and its words to a static one. */
static void list_targets(const struct pass *pass, uint32_t sentence, struct wsd_targets *targets)
{
    const struct wsd_plan *plan = pass->plan;
    wsd_list_targets(pass->test->data, sentence, plan->sentence_gloss && !plan->words,
                     plan->context || plan->best || (plan->sentence_gloss && plan->words), NULL,
                     NULL, targets);
}

static int take_sentence(void *ctx, const struct embedded *embedded)
{
    struct pass *pass = ctx;
    uint32_t sentence = (uint32_t)embedded->tag;
    list_targets(pass, sentence, &pass->targets);
    if (pass->contexts) {
        wsd_contexts_weigh(pass->contexts, wsd_sentence_text(pass->test->data, sentence),
                           &pass->targets);
    }
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (pass->targets.owners[i] != WSD_NONE) {
            take_instance(pass, embedded, i);
        } else if (pass->targets.tokens[i] == WSD_NONE && word_has_vector(embedded->status[i])) {
            keep_row(pass, sentence - pass->held.first_sentence,
                     embedded->vectors + (size_t)i * pass->n_stages * pass->dim,
                     pass->held_sentences, pass->held_sentence_norms);
        }
    }
    if (pass->plan->sentence_gloss && pass->plan->words &&
        wsd_contexts_vector(pass->contexts, 0, &pass->targets, embedded, WSD_NONE,
                            pass->context_vector)) {
        keep_row(pass, sentence - pass->held.first_sentence, pass->context_vector,
                 pass->held_sentences, pass->held_sentence_norms);
    }
    return 0;
}

/* Sentences [first, end) through the embedder. */
static int stream_sentences(struct pass *pass, uint32_t first, uint32_t end)
{
    const struct wsd_data *data = pass->test->data;
    struct embed_stream *stream = embed_stream_create(pass->run->embedder, EMB_POOL_MEAN,
                                                      take_sentence, pass, data->name, end - first);
    struct wsd_targets targets = {0};
    int code = 0;
    for (uint32_t s = first; code == 0 && s < end; s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        if (sentence->n_instances) {
            list_targets(pass, s, &targets);
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
static uint32_t end_of_block(const struct pass *pass, uint32_t first)
{
    const struct wsd_data *data = pass->test->data;
    size_t row = (size_t)pass->n_stages * (pass->dim * sizeof(float) + sizeof(double));
    uint64_t bytes = 0;
    uint32_t s = first;
    for (; s < data->n_sentences; s++) {
        bytes += row * (data->sentences[s].n_instances + (pass->plan->sentence_gloss ? 1u : 0u));
        if (s > first && bytes > pass->plan->block_bytes) {
            break;
        }
    }
    return s;
}

static void begin_block(struct pass *pass, uint32_t first, uint32_t end)
{
    const struct wsd_data *data = pass->test->data;
    const struct wsd_sentence *last = &data->sentences[end - 1];
    pass->held.first_sentence = first;
    pass->held.first = data->sentences[first].first_instance;
    pass->held.n = last->first_instance + last->n_instances - pass->held.first;
    size_t stages = pass->n_stages, size = stages * pass->dim;
    pass->held.targets = pass->held_targets = mem_array(pass->held.n * size + 1, sizeof(float));
    pass->held.target_norms = pass->held_target_norms =
        mem_array(pass->held.n * stages + 1, sizeof(double));
    if (pass->plan->sentence_gloss) {
        pass->held.sentences = pass->held_sentences =
            mem_array((end - first) * size + 1, sizeof(float));
        pass->held.sentence_norms = pass->held_sentence_norms =
            mem_array((end - first) * stages + 1, sizeof(double));
    }
    if (pass->plan->nn_gloss) {
        pass->nn_first = mem_array(pass->held.n + 1u, sizeof *pass->nn_first);
        for (uint32_t i = 0; i < pass->held.n; i++) {
            const struct wsd_group *group =
                wsd_group_of(pass->task, pass->test, pass->held.first + i);
            pass->nn_first[i + 1] = pass->nn_first[i] + (group ? group->n : 0);
        }
        size_t n = pass->nn_first[pass->held.n] * stages;
        pass->nn_cosines = mem_array(n + 1, sizeof(double));
        for (size_t i = 0; i < n; i++) {
            pass->nn_cosines[i] = NAN;
        }
    }
}

static void end_block(struct pass *pass)
{
    free(pass->held_targets);
    free(pass->held_target_norms);
    free(pass->held_sentences);
    free(pass->held_sentence_norms);
    free(pass->nn_cosines);
    free(pass->nn_first);
    pass->held = (struct wsd_held){0};
    pass->held_targets = pass->held_sentences = NULL;
    pass->held_target_norms = pass->held_sentence_norms = pass->nn_cosines = NULL;
    pass->nn_first = NULL;
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

static void answer_from_glosses(struct pass *pass, const struct wsd_gloss_scores *scores,
                                uint32_t i, uint32_t s)
{
    uint32_t instance = pass->held.first + i;
    const struct wsd_group *group = wsd_group_of(pass->task, pass->test, instance);
    for (int v = 0; group && v < WSD_N_GLOSSES; v++) {
        if (!scores->cosines[v]) {
            continue;
        }
        for (uint32_t c = 0; c < group->n; c++) {
            pass->cosines[c] = scores->cosines[v][(scores->first[i] + c) * pass->n_stages + s];
        }
        struct wsd_answer answer = wsd_choose(pass->test, instance, pass->cosines, group->n);
        if (answer.choice != WSD_NONE) {
            *answer_at(pass, GLOSSES + v, s, instance) = answer;
        }
    }
    if (group && pass->nn_cosines) {
        for (uint32_t c = 0; c < group->n; c++) {
            pass->cosines[c] = concatenated(
                pass->nn_cosines[(pass->nn_first[i] + c) * pass->n_stages + s],
                scores->cosines[WSD_TARGET_GLOSS][(scores->first[i] + c) * pass->n_stages + s]);
        }
        struct wsd_answer answer = wsd_choose(pass->test, instance, pass->cosines, group->n);
        if (answer.choice != WSD_NONE) {
            *answer_at(pass, NN_GLOSS, s, instance) = answer;
        }
    }
}

static int run_block(struct pass *pass, uint32_t first, uint32_t end)
{
    begin_block(pass, first, end);
    int code = stream_sentences(pass, first, end);
    struct wsd_gloss_scores scores = {0};
    if (code == 0) {
        code = wsd_gloss_score(pass->run, pass->task, pass->test, pass->plan, pass->contexts,
                               &pass->held, &scores);
    }
    for (uint32_t i = 0; code == 0 && i < pass->held.n; i++) {
        for (uint32_t s = 0; s < pass->n_stages; s++) {
            answer_from_glosses(pass, &scores, i, s);
        }
    }
    wsd_gloss_scores_finish(&scores);
    end_block(pass);
    return code;
}

static int run_sentences(struct pass *pass)
{
    uint32_t n = (uint32_t)pass->test->data->n_sentences;
    if (!pass->plan->gloss) {
        return stream_sentences(pass, 0, n);
    }
    int code = 0;
    for (uint32_t first = 0, end; code == 0 && first < n; first = end) {
        end = end_of_block(pass, first);
        code = run_block(pass, first, end);
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

static void protocol_of(const struct pass *pass, int method, const struct stage *stage,
                        struct protocol *ret_protocol)
{
    const struct wsd_plan *plan = pass->plan;
    bool trained = method == NN || method == NN_CONTEXT;
    protocol_add(ret_protocol, PROTOCOL_METHOD, method_names[method]);
    if (plan->k > 1 && trained) {
        protocol_add_number(ret_protocol, PROTOCOL_K, plan->k);
    }
    mean_protocol(plan, method, ret_protocol);
    protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    /* definitions are whole texts */
    protocol_add(ret_protocol, PROTOCOL_POOL,
                 method >= GLOSSES ? embedder_whole_pool(pass->run->embedder) : "mean");
    if (plan->relatives && (trained || method == NN_GLOSS)) {
        protocol_add(ret_protocol, PROTOCOL_UNSEEN, "synset+hypernym");
    }
}

static void report(const struct pass *pass)
{
    size_t most = (size_t)N_METHODS * pass->n_stages;
    struct wsd_answers *systems = mem_array(most, sizeof *systems);
    struct protocol *protocols = mem_array(most, sizeof *protocols);
    uint32_t n = 0;
    for (int m = 0; m < N_METHODS; m++) {
        for (uint32_t s = 0; s < pass->n_stages && pass->answers[m]; s++, n++) {
            const struct stage *stage = embedder_stage(pass->run->embedder, s);
            protocol_of(pass, m, stage, &protocols[n]);
            systems[n] = (struct wsd_answers){.method = method_names[m],
                                              .stage = *stage,
                                              .protocol = &protocols[n],
                                              .answers = answer_at(pass, m, s, 0),
                                              .can_back_off = true};
        }
    }
    if (n) {
        wsd_report_stages(pass->run, pass->task, pass->test, systems, n, pass->plan->headline);
    }
    for (uint32_t i = 0; i < n; i++) {
        protocol_finish(&protocols[i]);
    }
    free(protocols);
    free(systems);
}

static int run_test(struct pass *pass)
{
    const struct wsd_plan *plan = pass->plan;
    const bool wanted[N_METHODS] = {
        [NN] = plan->nn,
        [NN_CONTEXT] = plan->context,
        [GLOSSES + WSD_TARGET_GLOSS] = plan->target_gloss,
        [GLOSSES + WSD_TARGET_LEMMA] = plan->target_lemma,
        [GLOSSES + WSD_SENTENCE_GLOSS] = plan->sentence_gloss,
        [NN_GLOSS] = plan->nn_gloss,
    };
    for (int m = 0; m < N_METHODS; m++) {
        pass->answers[m] = wanted[m] ? mem_array((size_t)pass->n_stages * wsd_n(pass->test),
                                                 sizeof(struct wsd_answer))
                                     : NULL;
    }
    int code = run_sentences(pass);
    if (code == 0) {
        report(pass);
    }
    for (int m = 0; m < N_METHODS; m++) {
        free(pass->answers[m]);
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

static int run_tests(struct pass *pass, const struct wsd_plan *plan)
{
    int code = 0;
    for (uint32_t t = 0; code == 0 && t < pass->task->n_tests; t++) {
        pass->test = &pass->task->tests[t];
        struct wsd_plan allowed = allowed_on(plan, pass->test);
        pass->plan = &allowed;
        if (allowed.nn || allowed.context || allowed.best || allowed.gloss) {
            code = run_test(pass);
        } else {
            log_warn("%s: none of the methods asked for; nn needs training text with its senses, "
                     "gloss their definitions",
                     pass->test->data->name);
        }
    }
    return code;
}

int wsd_run(const struct suite_run *run, const struct wsd_task *task, const struct wsd_plan *plan)
{
    struct pass pass = {
        .run = run,
        .task = task,
        .n_stages = embedder_n_stages(run->embedder),
        .dim = embedder_dim(run->embedder),
        .most_candidates = 1,
    };
    for (uint32_t g = 0; g < task->n_groups; g++) {
        uint32_t n = task->groups[g].n;
        pass.most_candidates = n > pass.most_candidates ? n : pass.most_candidates;
    }
    struct wsd_centroids *centroids = NULL;
    pass.best = plan->best ? wsd_best_create(run, task, plan) : NULL;
    int code = 0;
    if (plan->words) {
        uint32_t n_means = 1;
        const struct wsd_mean *means = pass.best ? wsd_best_means(pass.best, &n_means) : plan->mean;
        code = wsd_contexts_create(run->embedder, task, plan->frequencies, means, n_means,
                                   &pass.contexts);
    }
    if (code == 0 && (plan->nn || plan->context || plan->best)) {
        bool contexts = plan->context || plan->best;
        code = wsd_centroids_train(run, task, plan, contexts ? pass.contexts : NULL, &centroids);
    }
    pass.centroids = centroids;
    pass.cosines = mem_array((size_t)pass.n_stages * pass.most_candidates, sizeof(double));
    pass.context_vector = mem_array(pass.dim, sizeof(float));
    code = code ? code : run_tests(&pass, plan);
    if (code == 0 && pass.best) {
        code = wsd_best_report(pass.best, pass.contexts, centroids);
    }
    wsd_best_free(pass.best);
    wsd_contexts_free(pass.contexts);
    wsd_centroids_free(centroids);
    wsd_targets_finish(&pass.targets);
    free(pass.cosines);
    free(pass.context_vector);
    return code;
}
