/* Chooses the best static method on development data, before the test set is seen. */
#include "suites/wsd/best.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/figure_text.h"
#include "suites/shared/figures.h"
#include "suites/wsd/figures.h"
#include "suites/wsd/headline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define METHOD "static-best"
#define N_GRID WORD_MEANS_GRID

/* How the means do on the training text, each occurrence left out in its turn. */
struct leaving {
    const struct wsd_task *task;
    const struct wsd_centroids *centroids;
    uint32_t *group_of;         /* [labels.n] of a sense; WSD_NONE: of none */
    int64_t *right[1 + N_GRID]; /* [n_groups] */
    uint32_t *n;                /* [n_groups] occurrences, where there is a choice */
    uint8_t *own;               /* [most candidates] scratch */
    double *cosines;            /* the same */
};

struct wsd_best {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_plan *plan;
    struct word_mean means[1 + N_GRID];
    struct wsd_answer **answers; /* [n_tests][1 + N_GRID, n_instances]; NULL: nothing was asked */
};

struct wsd_best *wsd_best_create(const struct suite_run *run, const struct wsd_task *task,
                                 const struct wsd_plan *plan)
{
    struct wsd_best *best = mem_alloc(sizeof *best);
    best->run = run;
    best->task = task;
    best->plan = plan;
    best->means[0] = *plan->mean;
    best->answers = mem_array(task->n_tests + 1u, sizeof *best->answers);
    word_means_grid(run->embedder, true, true, best->means + 1);
    return best;
}

void wsd_best_free(struct wsd_best *best)
{
    for (uint32_t t = 0; best && t < best->task->n_tests; t++) {
        free(best->answers[t]);
    }
    free(best ? best->answers : NULL);
    free(best);
}

const struct word_mean *wsd_best_means(const struct wsd_best *best, uint32_t *ret_n)
{
    *ret_n = 1 + N_GRID;
    return best->means;
}

struct wsd_answer *wsd_best_answer(struct wsd_best *best, const struct wsd_test *test, uint32_t m,
                                   uint32_t instance)
{
    struct wsd_answer **answers = &best->answers[test - best->task->tests];
    size_t n = wsd_n(test);
    if (!*answers) {
        *answers = mem_array((1 + N_GRID) * n + 1, sizeof **answers);
    }
    return *answers + m * n + instance;
}

/* Leave-one-out. */

/* The group of a training occurrence, NULL if there is nothing to choose; marks its own senses. */
static const struct wsd_group *mark_own(const struct leaving *leaving, uint32_t set,
                                        uint32_t number)
{
    const struct wsd_instance *instance = &leaving->task->train.sets[set]->instances[number];
    const uint32_t *senses = leaving->task->train_sense[set] + instance->first_gold;
    const struct wsd_group *group = NULL;
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        uint32_t of = senses[g] == WSD_NONE ? WSD_NONE : leaving->group_of[senses[g]];
        if (!group && of != WSD_NONE) {
            group = &leaving->task->groups[of];
            memset(leaving->own, 0, group->n);
        }
        if (group && of != WSD_NONE && group == &leaving->task->groups[of]) {
            leaving->own[senses[g] - group->first] = 1;
        }
    }
    return group && group->n > 1 ? group : NULL;
}

static void take_out(void *ctx, uint32_t set, uint32_t instance, uint32_t m, const float *vector)
{
    struct leaving *leaving = ctx;
    const struct wsd_group *group = m ? mark_own(leaving, set, instance) : NULL;
    if (!group) {
        return;
    }
    wsd_centroids_score_without(leaving->centroids, group, WSD_CONTEXT + m, vector, leaving->own,
                                leaving->cosines);
    double most = -INFINITY;
    for (uint32_t c = 0; c < group->n; c++) {
        most = leaving->cosines[c] > most ? leaving->cosines[c] : most;
    }
    uint32_t answer = 0; /* the first sense where no other has a centroid */
    while (answer < group->n && !(leaving->cosines[answer] >= most - WSD_TIE)) {
        answer++;
    }
    answer = answer < group->n ? answer : 0;
    leaving->right[m][group - leaving->task->groups] +=
        (int64_t)leaving->own[answer] - leaving->own[0];
}

/* Every occurrence begins as an answer of the first sense, which is what it backs off to. */
static void begin_leaving(struct leaving *leaving)
{
    const struct wsd_task *task = leaving->task;
    uint32_t most = 1;
    leaving->group_of = mem_array(task->labels.n + 1u, sizeof *leaving->group_of);
    for (uint32_t s = 0; s < task->labels.n; s++) {
        leaving->group_of[s] = WSD_NONE;
    }
    for (uint32_t g = 0; g < task->n_groups; g++) {
        const struct wsd_group *group = &task->groups[g];
        most = group->n > most ? group->n : most;
        for (uint32_t c = 0; c < group->n; c++) {
            leaving->group_of[group->first + c] = g;
        }
    }
    leaving->own = mem_array(most, 1);
    leaving->cosines = mem_array(most, sizeof *leaving->cosines);
    leaving->n = mem_array(task->n_groups + 1u, sizeof *leaving->n);
    for (uint32_t m = 1; m <= N_GRID; m++) {
        leaving->right[m] = mem_array(task->n_groups + 1u, sizeof *leaving->right[m]);
    }
    for (uint32_t t = 0; t < task->train.n; t++) {
        for (size_t i = 0; i < task->train.sets[t]->n_instances; i++) {
            const struct wsd_group *group = mark_own(leaving, t, (uint32_t)i);
            for (uint32_t m = 1; group && m <= N_GRID; m++) {
                leaving->right[m][group - task->groups] += leaving->own[0];
            }
            if (group) {
                leaving->n[group - task->groups]++;
            }
        }
    }
}

static void end_leaving(struct leaving *leaving)
{
    for (uint32_t m = 1; m <= N_GRID; m++) {
        free(leaving->right[m]);
    }
    free(leaving->group_of);
    free(leaving->n);
    free(leaving->own);
    free(leaving->cosines);
}

/* Shares right over the occurrences of a test set's lemmas; how many there are. */
static uint32_t scores_by_leaving(const struct leaving *leaving, const struct wsd_test *test,
                                  double *ret_scores)
{
    uint8_t *met = mem_array(leaving->task->n_groups + 1u, 1);
    int64_t right[1 + N_GRID] = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        uint32_t group = test->group[i];
        if (group == WSD_NONE || met[group]++) {
            continue;
        }
        n += leaving->n[group];
        for (uint32_t m = 1; m <= N_GRID; m++) {
            right[m] += leaving->right[m][group];
        }
        met[group] = 1;
    }
    for (uint32_t m = 1; m <= N_GRID; m++) {
        ret_scores[m] = n ? (double)right[m] / n : 0;
    }
    free(met);
    return n;
}

/* The development set. */

static struct wsd_answers system_of(struct wsd_best *best, const struct wsd_test *test, uint32_t m,
                                    const struct protocol *protocol)
{
    return (struct wsd_answers){.method = METHOD,
                                .stage = *embedder_stage(best->run->embedder, 0),
                                .protocol = protocol,
                                .answers = wsd_best_answer(best, test, m, 0),
                                .can_back_off = true};
}

/* F1 with back-off on a set, or on a part of it; of how many instances. */
static uint32_t scores_on(struct wsd_best *best, const struct wsd_test *test, uint32_t part,
                          double *ret_scores)
{
    uint32_t n = 0, answered = 0;
    uint8_t *answerable = mem_array(wsd_n(test) + 1u, 1);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        bool is_in = part == WSD_NONE || test->data->instances[i].part == part;
        answerable[i] = test->group[i] != WSD_NONE;
        n += is_in;
        answered += is_in && answerable[i];
    }
    for (uint32_t m = 1; m <= N_GRID; m++) {
        const struct wsd_answers system = system_of(best, test, m, NULL);
        struct wsd_credit credit;
        double correct = 0;
        wsd_measure(best->task, test, &system, answerable, &credit);
        for (uint32_t i = 0; i < wsd_n(test); i++) {
            correct +=
                part == WSD_NONE || test->data->instances[i].part == part ? credit.correct[i] : 0;
        }
        ret_scores[m] = n + answered ? 2 * correct / (n + answered) : 0;
        wsd_credit_finish(&credit);
    }
    free(answerable);
    return n;
}

/* The set, and its part or WSD_NONE, whose rows are called so; NULL: none with answers. */
static const struct wsd_test *find_rows(const struct wsd_best *best, const char *name,
                                        uint32_t *ret_part)
{
    const struct wsd_test *found = NULL;
    for (uint32_t t = 0; name && t < best->task->n_tests && !found; t++) {
        const struct wsd_test *test = &best->task->tests[t];
        *ret_part = WSD_NONE;
        found = best->answers[t] && strcmp(test->data->name, name) == 0 ? test : NULL;
        for (uint32_t p = 0; best->answers[t] && !found && p < test->data->n_parts; p++) {
            char *part = wsd_part_name(test->data, p);
            if (strcmp(part, name) == 0) {
                found = test;
                *ret_part = p;
            }
            free(part);
        }
    }
    return found;
}

static void report_choice(struct wsd_best *best, const struct wsd_test *test, const char *dev,
                          const double *scores, uint32_t n)
{
    uint32_t chosen = 1;
    for (uint32_t m = 2; m <= N_GRID; m++) {
        chosen = scores[m] > scores[chosen] ? m : chosen;
    }
    const struct suite_run *run = best->run;
    const struct stage *stage = embedder_stage(run->embedder, 0);
    const char *name = test->data->name;
    struct protocol took = {0}, own = {0}, protocol = {0};
    struct str words = {0};
    word_mean_protocol(&best->means[chosen], NULL, &took);
    if (took.n == 0) {
        protocol_add(&took, PROTOCOL_WEIGHTS, "uniform");
    }
    protocol_write(&took, &words);
    protocol_add(&own, PROTOCOL_METHOD, METHOD);
    protocol_append(&own, &took, PROTOCOL_OTHER);
    protocol_add(&own, PROTOCOL_STAGE, stage->name);
    protocol_add(&own, PROTOCOL_POOL, "mean");
    protocol_add(&own, PROTOCOL_CHOSEN_ON, dev);
    protocol_add_number(&own, PROTOCOL_GRID, N_GRID);
    log_info("%s, %s: static-best takes %s, chosen on %s (%.2f %%)", embedder_name(run->embedder),
             name, str_text(&words), dev, 100 * scores[chosen]);
    const struct wsd_answers system = system_of(best, test, chosen, &own);
    wsd_report(run, best->task, test, &system, 1);
    protocol_begin(&protocol, "wsd", name, wsd_n(test));
    protocol_add(&protocol, PROTOCOL_TRAIN, test->train_names);
    protocol_append(&protocol, &own, PROTOCOL_OTHER);
    const struct figure row = {.suite = "wsd",
                               .dataset = name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = *stage,
                               .method = METHOD};
    const struct measured figure = {"choice-score", SPLIT_ALL, NULL, scores[chosen],
                                    {NAN, NAN},     n,         n};
    figures_row(run, &row, &protocol, &figure);
    protocol_finish(&protocol);
    protocol_finish(&own);
    protocol_finish(&took);
    str_finish(&words);
}

int wsd_best_report(struct wsd_best *best, struct wsd_contexts *contexts,
                    const struct wsd_centroids *centroids)
{
    const struct wsd_task *task = best->task;
    struct leaving leaving = {.task = task, .centroids = centroids};
    int status = 0;
    for (uint32_t t = 0; status == 0 && t < task->n_tests; t++) {
        const struct wsd_test *test = &task->tests[t];
        if (!best->answers[t]) {
            continue;
        }
        double scores[1 + N_GRID];
        uint32_t part, n;
        const char *dev =
            wsd_headline_dev(best->plan->headline, task, best->plan->dev, test->data->name);
        const struct wsd_test *dev_test = find_rows(best, dev, &part);
        if (!dev_test && !leaving.n) {
            begin_leaving(&leaving);
            status = wsd_each_context(best->run, task, best->plan, contexts, take_out, &leaving);
        }
        n = dev_test ? scores_on(best, dev_test, part, scores)
                     : scores_by_leaving(&leaving, test, scores);
        if (status == 0) {
            report_choice(best, test, dev_test ? dev : "leave-one-out", scores, n);
        }
    }
    end_leaving(&leaving);
    return status;
}
