/* First sense, most frequent sense, random, and the best that fixed answers could reach. */
#include "suites/wsd/common.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"
#include "suites/shared/figures.h"
#include "suites/wsd/ceiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct wsd_answer *new_answers(const struct wsd_test *test)
{
    struct wsd_answer *answers = mem_array(wsd_n(test) + 1u, sizeof *answers);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        answers[i] =
            (struct wsd_answer){.score = NAN,
                                .choice = WSD_NONE,
                                .status = test->group[i] == WSD_NONE ? WSD_NO_LEMMA : WSD_OK};
    }
    return answers;
}

static void choose_candidate(const struct wsd_test *test, struct wsd_answer *answers, uint32_t i,
                             uint32_t candidate)
{
    answers[i].choice = candidate;
    answers[i].expected = wsd_right(test, i, candidate);
}

static void report_one(const struct suite_run *run, const struct wsd_task *task,
                       const struct wsd_test *test, const char *method, struct wsd_answer *answers,
                       enum wsd_scope scope)
{
    struct protocol protocol = {0};
    protocol_add(&protocol, PROTOCOL_METHOD, method);
    struct wsd_answers system = {.method = method,
                                 .protocol = &protocol,
                                 .answers = answers,
                                 .scope = scope,
                                 .is_baseline = true,
                                 .tells_texts = strcmp(method, "static-ceiling") == 0 &&
                                                scope != WSD_ON_PARTS};
    wsd_report(run, task, test, &system, 1);
    protocol_finish(&protocol);
    free(answers);
}

static void report_first_sense(const struct suite_run *run, const struct wsd_task *task,
                               const struct wsd_test *test)
{
    struct wsd_answer *answers = new_answers(test);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        if (wsd_group_of(task, test, i)) {
            choose_candidate(test, answers, i, 0);
        }
    }
    report_one(run, task, test, "first-sense", answers, WSD_EVERYWHERE);
}

static void report_train_mfs(const struct suite_run *run, const struct wsd_task *task,
                             const struct wsd_test *test)
{
    struct wsd_answer *answers = new_answers(test);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        if (group) {
            choose_candidate(test, answers, i, group->mfs);
        }
    }
    report_one(run, task, test, "train-mfs", answers, WSD_EVERYWHERE);
}

/* No single answer: each instance scores the share of its candidates that are right. */
static void report_random(const struct suite_run *run, const struct wsd_task *task,
                          const struct wsd_test *test)
{
    struct wsd_answer *answers = new_answers(test);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        uint32_t right = 0;
        for (uint32_t c = 0; group && c < group->n; c++) {
            right += wsd_right(test, i, c);
        }
        answers[i].expected = group ? (double)right / group->n : 0;
    }
    report_one(run, task, test, "random", answers, WSD_EVERYWHERE);
}

/* What an instance's answer may depend on: its lemma and part of speech (its lemma alone where
 * senses are listed whatever their part of speech), and its surface form; and
 * the part of the set that it is in, where each part is a set of its own. */
static void ceiling_key(const struct wsd_data *data, uint32_t i, bool by_surface, bool by_part,
                        struct str *key)
{
    const struct wsd_instance *instance = &data->instances[i];
    const char *text = wsd_sentence_text(data, instance->sentence);
    str_clear(key);
    str_format(key, "%d %d ", by_part ? instance->part : 0,
               data->inventory == WSD_LISTED ? 0 : instance->pos);
    unicode_lower(instance->lemma, strlen(instance->lemma), key);
    if (by_surface) {
        str_add_char(key, '\t');
        unicode_lower(text + instance->span.begin, instance->span.end - instance->span.begin, key);
    }
}

/* The best fixed answer per class of instances that a system without context cannot tell apart. */
static void report_ceiling(const struct suite_run *run, const struct wsd_task *task,
                           const struct wsd_test *test, bool by_surface, bool by_part)
{
    uint32_t n = wsd_n(test), n_counts = 0;
    struct map classes = {0};
    struct str key = {0};
    uint32_t *class_of = mem_array(n + 1u, sizeof *class_of);
    uint32_t *first = mem_array(n + 1u, sizeof *first); /* [classes] in counts */
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        ceiling_key(test->data, i, by_surface, by_part, &key);
        uint32_t known = classes.n;
        class_of[i] = map_put(&classes, key.data, key.n);
        if (class_of[i] == known) {
            first[known] = n_counts;
            n_counts += group ? group->n : 0;
        }
    }
    uint32_t *counts = mem_array(n_counts + 1u, sizeof *counts);
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        for (uint32_t c = 0; group && c < group->n; c++) {
            counts[first[class_of[i]] + c] += wsd_right(test, i, c);
        }
    }
    struct wsd_answer *answers = new_answers(test);
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        uint32_t best = 0;
        for (uint32_t c = 1; group && c < group->n; c++) {
            best = counts[first[class_of[i]] + c] > counts[first[class_of[i]] + best] ? c : best;
        }
        if (group) {
            choose_candidate(test, answers, i, best);
        }
    }
    report_one(run, task, test, by_surface ? "static-ceiling" : "static-ceiling:lemma", answers,
               by_part                   ? WSD_ON_PARTS
               : test->data->n_parts > 1 ? WSD_ON_WHOLE
                                         : WSD_EVERYWHERE);
    const struct wsd_classes by_class = {class_of, first, counts, classes.n};
    for (uint32_t part = 0; part < test->data->n_parts && by_surface && by_part; part++) {
        wsd_report_sharpness(run, task, test, &by_class, part);
    }
    if (by_surface && !by_part) {
        wsd_report_sharpness(run, task, test, &by_class, WSD_NONE);
    }
    free(counts);
    free(first);
    free(class_of);
    str_finish(&key);
    map_finish(&classes);
}

/* Instances that stand in the training text too: beside every figure of what was trained on it. */
static void report_overlap(const struct suite_run *run, const struct wsd_task *task,
                           const struct wsd_test *test)
{
    uint32_t n = wsd_n(test);
    struct protocol protocol = {0};
    protocol_begin(&protocol, task->suite, test->data->name, n);
    protocol_add(&protocol, PROTOCOL_TRAIN, test->train_names);
    protocol_add(&protocol, PROTOCOL_METHOD, "train-mfs");
    const struct figure row = {.suite = task->suite,
                               .dataset = test->data->name,
                               .embedder = "baseline",
                               .kind = "baseline",
                               .method = "train-mfs"};
    const struct measured figure = {
        "train-overlap",   SPLIT_ALL, NULL, (double)test->n_trained_on / n, {NAN, NAN}, n,
        test->n_trained_on};
    figures_row(run, &row, &protocol, &figure);
    protocol_finish(&protocol);
}

int wsd_report_baselines(const struct suite_run *run, const struct wsd_task *task)
{
    for (uint32_t t = 0; t < task->n_tests; t++) {
        const struct wsd_test *test = &task->tests[t];
        char *why = wsd_no_candidates(task, test, "");
        bool none = why != NULL;
        free(why);
        if (none) {
            continue; /* all would be zeros */
        }
        report_random(run, task, test);
        if (test->data->inventory != WSD_OWN) { /* whose senses have no order */
            report_first_sense(run, task, test);
        }
        if (test->trained) {
            report_train_mfs(run, task, test);
        }
        if (test->n_trained_on) {
            report_overlap(run, task, test);
        }
        for (int by_surface = 1; by_surface >= 0; by_surface--) {
            report_ceiling(run, task, test, by_surface, false);
            if (test->data->n_parts > 1) {
                report_ceiling(run, task, test, by_surface, true);
            }
        }
    }
    return 0;
}
