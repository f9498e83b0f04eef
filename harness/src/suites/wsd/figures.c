/* F1, precision, recall and macro means of one system in one cell. */
#include "suites/wsd/figures.h"

#include "base/mem.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COARSE "f1-coarse"

/* What an instance gets where a system has no answer: the first sense, or the most frequent in
 * training where senses have no order of their own. */
static uint32_t fallback(const struct wsd_test *test, const struct wsd_group *group)
{
    return test->data->inventory == WSD_OWN ? group->mfs : 0;
}

uint32_t wsd_final_choice(const struct wsd_task *task, const struct wsd_test *test,
                          const struct wsd_answers *system, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(task, test, i);
    uint32_t choice = system->answers[i].choice;
    return choice == WSD_NONE && group && system->can_back_off ? fallback(test, group) : choice;
}

/* The lexicographer file of a sense key, "17" of "bank%1:17:01::": its supersense. Empty: none. */
static struct slice supersense_of(const char *key)
{
    const char *sign = strchr(key, '%');
    const char *file = sign ? strchr(sign, ':') : NULL;
    const char *end = file ? strchr(file + 1, ':') : NULL;
    return end ? (struct slice){file + 1, (size_t)(end - file - 1)} : (struct slice){"", 0};
}

/* By the request's file; of a sense that it lacks the sense itself. */
static struct slice class_of(const struct wsd_task *task, const char *label)
{
    const char *class = sense_class(task->classes, label);
    return slice_of(class ? class : label);
}

/* What a label counts as: its class, or its supersense. */
static struct slice coarse_of(const struct wsd_task *task, const char *label, bool by_file)
{
    return by_file ? class_of(task, label) : supersense_of(label);
}

static bool is_right_coarsely(const struct wsd_task *task, const struct wsd_data *data, uint32_t i,
                              const char *answer, bool by_file)
{
    const struct wsd_instance *instance = &data->instances[i];
    struct slice given = coarse_of(task, answer, by_file);
    bool found = false;
    for (uint32_t g = 0; g < instance->n_gold && given.n > 0 && !found; g++) {
        const char *label = map_key(&data->labels, data->gold[instance->first_gold + g]);
        struct slice right = coarse_of(task, label, by_file);
        found = right.n == given.n && memcmp(right.text, given.text, right.n) == 0;
    }
    return found;
}

/* [n] 1 where a sense of a right one's class was answered. NULL: no answer is a single sense. Free
 * it. */
static double *measure_coarsely(const struct wsd_task *task, const struct wsd_test *test,
                                const struct wsd_answers *system, bool by_file)
{
    double *correct = mem_array(wsd_n(test) + 1u, sizeof *correct);
    bool any = false;
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        uint32_t choice = wsd_final_choice(task, test, system, i);
        if (choice != WSD_NONE) {
            const char *label = wsd_label(task, wsd_group_of(task, test, i), choice);
            correct[i] = is_right_coarsely(task, test->data, i, label, by_file);
            any = true;
        }
    }
    if (!any) {
        free(correct);
    }
    return any ? correct : NULL;
}

void wsd_measure(const struct wsd_task *task, const struct wsd_test *test,
                 const struct wsd_answers *system, const uint8_t *answerable,
                 struct wsd_credit *credit)
{
    uint32_t n = wsd_n(test);
    credit->correct = mem_array(n + 1u, sizeof(double));
    credit->expected = mem_array(n + 1u, sizeof(double));
    credit->correct_without_backoff = mem_array(n + 1u, sizeof(double));
    credit->without_backoff = mem_array(n + 1u, 1);
    credit->supersense =
        test->data->inventory == WSD_WORDNET ? measure_coarsely(task, test, system, false) : NULL;
    credit->coarse = task->classes ? measure_coarsely(task, test, system, true) : NULL;
    credit->answerable = answerable;
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_answer *answer = &system->answers[i];
        uint32_t choice = wsd_final_choice(task, test, system, i);
        bool expected_only =
            !system->can_back_off && choice == WSD_NONE && answerable[i]; /* random, rescored */
        credit->correct[i] = expected_only        ? answer->expected
                             : choice != WSD_NONE ? (double)wsd_right(test, i, choice)
                                                  : 0;
        credit->expected[i] = answer->choice != WSD_NONE ? answer->expected : credit->correct[i];
        credit->without_backoff[i] = answer->choice != WSD_NONE || expected_only;
        credit->correct_without_backoff[i] = credit->without_backoff[i] ? credit->correct[i] : 0;
    }
}

void wsd_credit_finish(struct wsd_credit *credit)
{
    free(credit->correct);
    free(credit->expected);
    free(credit->supersense);
    free(credit->coarse);
    free(credit->correct_without_backoff);
    free(credit->without_backoff);
}

struct wsd_tally wsd_tally_of(const struct wsd_family *family, const struct wsd_cell *cell,
                              const double *correct, const uint8_t *answered)
{
    struct wsd_tally tally = {0, 0, cell->end - cell->begin};
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        tally.correct += correct[family->order[o]];
        tally.answered += answered[family->order[o]];
    }
    return tally;
}

static double precision(struct wsd_tally tally)
{
    return tally.answered ? tally.correct / tally.answered : 0;
}

static double recall(struct wsd_tally tally)
{
    return tally.n ? tally.correct / tally.n : 0;
}

static double f1(struct wsd_tally tally)
{
    return tally.answered + tally.n ? 2 * tally.correct / (tally.answered + tally.n) : 0;
}

void wsd_protocol(const struct wsd_writing *writing, const struct wsd_cell *cell,
                  enum protocol_key without, struct protocol *ret_protocol)
{
    bool listed = writing->test->data->inventory == WSD_LISTED;
    protocol_begin(ret_protocol, writing->task->suite, cell->dataset, cell->end - cell->begin);
    protocol_add(ret_protocol, PROTOCOL_TRAIN, writing->test->train_names);
    protocol_append(ret_protocol, writing->system->protocol, without);
    protocol_add(ret_protocol, PROTOCOL_CANDIDATES,
                 writing->system->candidates ? writing->system->candidates
                 : listed                    ? "lemma"
                                             : "lemma+pos");
    if (writing->test->data->inventory == WSD_NAMED) {
        protocol_add(ret_protocol, PROTOCOL_INVENTORY, inventory_name(writing->task->inventory));
    }
    protocol_add(ret_protocol, PROTOCOL_TIE, writing->is_expected ? "expected" : "lowest");
}

void wsd_protocol_interval(const struct wsd_writing *writing, const struct wsd_cell *cell,
                           struct protocol *protocol)
{
    if (cell->units) {
        protocol_format(protocol, PROTOCOL_INTERVAL, "%s(%u)", writing->units->name, cell->units);
    } else {
        protocol_add(protocol, PROTOCOL_INTERVAL, "instances");
    }
}

static void write_row(struct wsd_writing *writing, const struct wsd_cell *cell, const char *metric,
                      const char *policy, double value, struct interval interval,
                      struct wsd_tally tally)
{
    struct protocol protocol = {0};
    wsd_protocol(writing, cell, PROTOCOL_OTHER, &protocol);
    bool without_backoff = policy && strcmp(policy, "none") == 0;
    bool coarse = strcmp(metric, COARSE) == 0;
    if ((strcmp(metric, "f1") == 0 && !without_backoff) || coarse) { /* the others have none */
        wsd_protocol_interval(writing, cell, &protocol);
    }
    if (coarse) {
        protocol_format(&protocol, PROTOCOL_COARSE, "%s%s",
                        sense_classes_name(writing->task->classes),
                        writing->task->classes_alone ? "+alone" : "");
    }
    struct measured figure = {metric,   cell->split, policy,        value,
                              interval, tally.n,     tally.answered};
    writing->row.dataset = cell->dataset;
    figures_row_because(writing->run, &writing->row, &protocol, &figure, writing->reason);
    protocol_finish(&protocol);
}

static const struct interval no_interval = {NAN, NAN};

/* Mean over lemmas of the share right of each. */
static double macro_over_lemmas(const struct wsd_writing *writing, const struct wsd_family *family,
                                const struct wsd_cell *cell)
{
    const struct wsd_test *test = writing->test;
    uint32_t n_groups = writing->task->n_groups, n_lemmas = 0;
    double *correct = mem_array(n_groups + 1u, sizeof *correct), sum = 0;
    uint32_t *n = mem_array(n_groups + 1u, sizeof *n);
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o], group = test->group[i];
        if (group != WSD_NONE) {
            correct[group] += writing->credit->correct[i];
            n[group]++;
        }
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        sum += n[g] ? correct[g] / n[g] : 0;
        n_lemmas += n[g] > 0;
    }
    free(correct);
    free(n);
    return n_lemmas ? sum / n_lemmas : NAN;
}

/* Mean over the labels of the gold of the share of its instances that are right. */
static double macro_recall(const struct wsd_writing *writing, const struct wsd_family *family,
                           const struct wsd_cell *cell)
{
    const struct wsd_data *data = writing->test->data;
    uint32_t n_labels = data->labels.n, n_used = 0;
    double *correct = mem_array(n_labels + 1u, sizeof *correct), sum = 0;
    uint32_t *n = mem_array(n_labels + 1u, sizeof *n);
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o], label = data->gold[data->instances[i].first_gold];
        correct[label] += writing->credit->correct[i];
        n[label]++;
    }
    for (uint32_t l = 0; l < n_labels; l++) {
        sum += n[l] ? correct[l] / n[l] : 0;
        n_used += n[l] > 0;
    }
    free(correct);
    free(n);
    return n_used ? sum / n_used : NAN;
}

/* Nothing where correct is NULL: systems whose answers are not single senses. */
static void write_coarse(struct wsd_writing *writing, const struct wsd_family *family,
                         const struct wsd_cell *cell, const char *policy, const char *metric,
                         const double *correct, struct interval interval)
{
    if (correct) {
        struct wsd_tally tally = wsd_tally_of(family, cell, correct, writing->credit->answerable);
        write_row(writing, cell, metric, policy, f1(tally), interval, tally);
    }
}

/* Ties and what chance among the tied would have earned; back-off and the score without it. */
static void write_details(struct wsd_writing *writing, const struct wsd_family *family,
                          const struct wsd_cell *cell)
{
    const struct wsd_credit *credit = writing->credit;
    struct wsd_tally without_backoff =
        wsd_tally_of(family, cell, credit->correct_without_backoff, credit->without_backoff);
    struct wsd_tally with = wsd_tally_of(family, cell, credit->correct, credit->answerable);
    struct wsd_tally ties = with, expected = with;
    ties.correct = expected.correct = 0;
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o];
        const struct wsd_answer *answer = &writing->system->answers[i];
        ties.correct += answer->status == WSD_TIED;
        expected.correct += credit->expected[i];
    }
    write_row(writing, cell, "f1", "none", f1(without_backoff), no_interval, without_backoff);
    write_row(writing, cell, "precision", "none", precision(without_backoff), no_interval,
              without_backoff);
    write_row(writing, cell, "recall", "none", recall(without_backoff), no_interval,
              without_backoff);
    write_row(writing, cell, "backoff", "wn1",
              with.n ? (double)(with.answered - without_backoff.answered) / with.n : 0, no_interval,
              with);
    write_row(writing, cell, "ties", "wn1", recall(ties), no_interval, with);
    write_row(writing, cell, "f1-ties-expected", "wn1", f1(expected), no_interval, with);
}

void wsd_write_cell(struct wsd_writing *writing, const struct wsd_family *family,
                    const struct wsd_cell *cell, struct interval interval, struct interval coarse)
{
    const struct wsd_credit *credit = writing->credit;
    const char *policy = writing->system->can_back_off ? "wn1" : NULL;
    struct wsd_tally with = wsd_tally_of(family, cell, credit->correct, credit->answerable);
    if (with.n == 0) {
        return;
    }
    bool all_backed_off =
        writing->system->can_back_off && with.answered > 0 &&
        wsd_tally_of(family, cell, credit->correct_without_backoff, credit->without_backoff)
                .answered == 0;
    writing->reason = all_backed_off ? "every answer is back-off" : NULL;
    write_row(writing, cell, "f1", policy, f1(with), interval, with);
    if (!split_is_all(&cell->split)) {
        writing->reason = NULL;
        return;
    }
    write_row(writing, cell, "precision", policy, precision(with), no_interval, with);
    write_row(writing, cell, "recall", policy, recall(with), no_interval, with);
    write_row(writing, cell, "macro-accuracy-lemmas", policy,
              macro_over_lemmas(writing, family, cell), no_interval, with);
    if (writing->test->data->inventory == WSD_WORDNET) {
        write_coarse(writing, family, cell, policy, "f1-supersense", credit->supersense,
                     no_interval);
    } else {
        write_row(writing, cell, "macro-recall", policy, macro_recall(writing, family, cell),
                  no_interval, with);
    }
    write_coarse(writing, family, cell, policy, COARSE, credit->coarse, coarse);
    writing->reason = NULL;
    if (writing->system->can_back_off) {
        write_details(writing, family, cell);
    }
}
