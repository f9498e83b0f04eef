/* Keeps a block of sentences' vectors at a time, and answers it from the senses' definitions. */
#include "suites/wsd/scan.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* The sentences from `first` on whose vectors, kept, stay within the plan's bytes: at least one. */
static uint32_t end_of_block(const struct wsd_scan *scan, uint32_t first)
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

static void begin_block(struct wsd_scan *scan, uint32_t first, uint32_t end)
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

static void end_block(struct wsd_scan *scan)
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

static void answer_from_glosses(struct wsd_scan *scan, const struct wsd_gloss_scores *scores,
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
            *wsd_scan_answer(scan, GLOSSES + v, s, instance) = answer;
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
            *wsd_scan_answer(scan, NN_GLOSS, s, instance) = answer;
        }
    }
}

static int run_block(struct wsd_scan *scan, uint32_t first, uint32_t end)
{
    begin_block(scan, first, end);
    int status = wsd_scan_sentences(scan, first, end);
    struct wsd_gloss_scores scores = {0};
    if (status == 0) {
        status = wsd_gloss_score(scan->run, scan->task, scan->test, scan->plan, scan->contexts,
                                 &scan->held, &scores);
    }
    for (uint32_t i = 0; status == 0 && i < scan->held.n; i++) {
        for (uint32_t s = 0; s < scan->n_stages; s++) {
            answer_from_glosses(scan, &scores, i, s);
        }
    }
    wsd_gloss_scores_finish(&scores);
    end_block(scan);
    return status;
}

int wsd_scan_blocks(struct wsd_scan *scan)
{
    uint32_t n = (uint32_t)scan->test->data->n_sentences;
    for (uint32_t first = 0, end; first < n; first = end) {
        end = end_of_block(scan, first);
        TRY(run_block(scan, first, end));
    }
    return 0;
}
