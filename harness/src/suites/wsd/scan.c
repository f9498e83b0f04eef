/* Sends a test set through the embedder, block by block, and scores every method. */
#include "suites/wsd/scan.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void answer_nothing(const struct wsd_scan *scan, int method, uint32_t instance,
                           uint8_t status)
{
    for (uint32_t s = 0; s < scan->n_stages && scan->answers[method]; s++) {
        *wsd_scan_answer(scan, method, s, instance) =
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

static void score_nn(struct wsd_scan *scan, uint32_t instance, int method, uint32_t representation,
                     const float *vector)
{
    const struct wsd_group *group = wsd_group_of(scan->task, scan->test, instance);
    wsd_centroids_score(scan->centroids, group, representation, vector, scan->cosines,
                        scan->most_candidates);
    for (uint32_t s = 0; s < scan->n_stages; s++) {
        const double *cosines = scan->cosines + (size_t)s * scan->most_candidates;
        *wsd_scan_answer(scan, method, s, instance) =
            wsd_choose(scan->test, instance, cosines, group->n);
        if (method == NN && scan->nn_cosines) {
            size_t first = scan->nn_first[instance - scan->held.first];
            for (uint32_t c = 0; c < group->n; c++) {
                scan->nn_cosines[(first + c) * scan->n_stages + s] = cosines[c];
            }
        }
    }
}

static void keep_row(const struct wsd_scan *scan, size_t row, const float *vectors, float *rows,
                     double *norms)
{
    size_t size = (size_t)scan->n_stages * scan->dim;
    memcpy(rows + row * size, vectors, size * sizeof *rows);
    for (uint32_t s = 0; s < scan->n_stages; s++) {
        norms[row * scan->n_stages + s] = vec_norm(vectors + (size_t)s * scan->dim, scan->dim);
    }
}

/* The words around the target, by each mean that is asked for. */
static void take_contexts(struct wsd_scan *scan, const struct embedded *embedded, uint32_t i)
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

static void take_instance(struct wsd_scan *scan, const struct embedded *embedded, uint32_t i)
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
static void list_targets(const struct wsd_scan *scan, uint32_t sentence,
                         struct wsd_targets *targets)
{
    const struct wsd_plan *plan = scan->plan;
    wsd_list_targets(scan->test->data, sentence, plan->sentence_gloss && !plan->words,
                     plan->context || plan->best || (plan->sentence_gloss && plan->words), NULL,
                     NULL, targets);
}

static int take_sentence(void *ctx, const struct embedded *embedded)
{
    struct wsd_scan *scan = ctx;
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

int wsd_scan_sentences(struct wsd_scan *scan, uint32_t first, uint32_t end)
{
    const struct wsd_data *data = scan->test->data;
    struct embed_stream *stream = embed_stream_create(scan->run->embedder, EMB_POOL_MEAN,
                                                      take_sentence, scan, data->name, end - first);
    struct wsd_targets targets = {0};
    int status = 0;
    for (uint32_t s = first; status == 0 && s < end; s++) {
        if (data->sentences[s].n_instances) {
            list_targets(scan, s, &targets);
            status = wsd_push_sentence(stream, data, s, &targets);
        }
    }
    wsd_targets_finish(&targets);
    return embed_stream_end(stream, status);
}

static int run_test(struct wsd_scan *scan)
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
    int status = scan->plan->gloss
                     ? wsd_scan_blocks(scan)
                     : wsd_scan_sentences(scan, 0, (uint32_t)scan->test->data->n_sentences);
    if (status == 0) {
        wsd_scan_report(scan);
    }
    for (int m = 0; m < N_METHODS; m++) {
        free(scan->answers[m]);
    }
    return status;
}

/* The methods that a test set's data allow. */
static struct wsd_plan allowed_on(const struct wsd_plan *plan, const struct wsd_task *task,
                                  const struct wsd_test *test)
{
    bool defined = test->data->inventory == WSD_NAMED ? inventory_has_definitions(task->inventory)
                                                      : test->data->inventory != WSD_OWN;
    struct wsd_plan allowed = *plan;
    if (!test->trained) {
        allowed.nn = allowed.context = allowed.best = allowed.nn_gloss = false;
    }
    if (!defined) {
        allowed.gloss = allowed.target_gloss = allowed.target_lemma = false;
        allowed.sentence_gloss = allowed.nn_gloss = false;
    }
    return allowed;
}

static int run_tests(struct wsd_scan *scan, const struct wsd_plan *plan)
{
    for (uint32_t t = 0; t < scan->task->n_tests; t++) {
        scan->test = &scan->task->tests[t];
        const struct wsd_plan allowed = allowed_on(plan, scan->task, scan->test);
        if (allowed.nn || allowed.context || allowed.best || allowed.gloss) {
            scan->plan = &allowed;
            int status = run_test(scan);
            scan->plan = NULL; /* ends with this turn */
            TRY(status);
        } else {
            log_warn("%s: none of the chosen methods applies; nn needs training text with these "
                     "senses, gloss their definitions",
                     scan->test->data->name);
        }
    }
    return 0;
}

int wsd_run(const struct suite_run *run, const struct wsd_task *task, const struct wsd_plan *plan)
{
    struct wsd_scan scan = {
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
    int status = 0;
    if (plan->words) {
        uint32_t n_means = 1;
        const struct word_mean *means =
            scan.best ? wsd_best_means(scan.best, &n_means) : plan->mean;
        status = wsd_contexts_create(run->embedder, task, plan->frequencies, means, n_means,
                                     &scan.contexts);
    }
    if (status == 0 && (plan->nn || plan->context || plan->best)) {
        bool contexts = plan->context || plan->best;
        status = wsd_centroids_train(run, task, plan, contexts ? scan.contexts : NULL, &centroids);
    }
    scan.centroids = centroids;
    scan.cosines = mem_array((size_t)scan.n_stages * scan.most_candidates, sizeof(double));
    scan.context_vector = mem_array(scan.dim, sizeof(float));
    status = status ? status : run_tests(&scan, plan);
    if (status == 0 && scan.best) {
        status = wsd_best_report(scan.best, scan.contexts, centroids);
    }
    wsd_best_free(scan.best);
    wsd_contexts_free(scan.contexts);
    wsd_centroids_free(centroids);
    wsd_targets_finish(&scan.targets);
    free(scan.cosines);
    free(scan.context_vector);
    return status;
}
