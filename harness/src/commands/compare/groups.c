/* Compares what is to be compared, in groups of rows that answer one question. */
#include "commands/compare/groups.h"

#include "base/error.h"
#include "base/mem.h"
#include "commands/compare/rivals.h"
#include "commands/compare/select.h"
#include "report/metric.h"

#include <stdlib.h>
#include <string.h>

/* A pair that stands further up is shown again and counted once. */
static struct comparison comparison_of(struct compare *compare, const struct compare_system *a,
                                       const struct compare_system *b)
{
    const struct compare_system *const pair[] = {a, b};
    uint32_t known = compare->seen.n;
    uint32_t number = map_put(&compare->seen, (const char *)pair, sizeof pair);
    if (number == known) {
        return compare_systems(a, b, &compare->input, &compare->settings);
    }
    uint32_t i = 0;
    while (compare->result.comparisons[i].a != a || compare->result.comparisons[i].b != b) {
        i++;
    }
    struct comparison again = compare->result.comparisons[i];
    again.repeated = true;
    again.reason = again.reason ? mem_text(again.reason) : NULL;
    return again;
}

static int add_comparison(struct compare *compare, const struct compare_system *a,
                          const struct compare_system *b)
{
    char *differ = compare_signatures(a, b);
    if (differ && !compare->force) {
        int status =
            error_set(ERR_REQUEST, "%s %s: the signatures differ: %s; --force compares anyway",
                      a->suite, a->dataset, differ);
        free(differ);
        return status;
    }
    if (differ) {
        MEM_GROW(compare->warnings, compare->warnings_capacity,
                 (size_t)compare->result.n_warnings + 1);
        compare->warnings[compare->result.n_warnings++] = arena_keep(&compare->input.texts, differ);
        free(differ);
    }
    struct compare_result *result = &compare->result;
    struct comparison comparison = comparison_of(compare, a, b);
    MEM_GROW(result->comparisons, compare->comparisons_capacity, (size_t)result->n + 1);
    result->comparisons[result->n++] = comparison;
    return 0;
}

static struct compare_group *add_group(struct compare *compare, const struct compare_system *first)
{
    struct compare_result *result = &compare->result;
    MEM_GROW(result->groups, compare->groups_capacity, (size_t)result->n_groups + 1);
    struct compare_group *group = &result->groups[result->n_groups++];
    bool of_all = split_is_all(&first->split);
    *group = (struct compare_group){
        .title = mem_format("%s %s, %s%s%s", first->suite, first->dataset, first->metric,
                            of_all ? "" : ", ", of_all ? "" : first->split.text),
        .first = result->n};
    return group;
}

/* Report by report: each system of the first with itself in the others. */
int compare_pairs(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    bool baselines = compare_names_baselines(compare->args, input);
    struct compare_group *group = NULL;
    int status = 0;
    for (uint32_t i = 0; i < input->n && !status; i++) {
        const struct compare_system *a = &input->systems[i];
        if (a->report != 0 || !a->wanted || (a->is_baseline && !baselines)) {
            continue;
        }
        for (uint32_t j = i + 1; j < input->n && !status; j++) {
            const struct compare_system *b = &input->systems[j];
            if (b->report == 0 || !compare_same_system(a, b) || !b->wanted) {
                continue;
            }
            if (!group || !compare_same_place(a, compare->result.comparisons[group->first].a)) {
                group = add_group(compare, a);
            }
            status = add_comparison(compare, a, b);
            group->n += !status;
        }
    }
    return status;
}

/* --against: each system that is wanted with each reference. */
int compare_against(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    int status = 0;
    for (uint32_t r = 0; r < input->n && !status; r++) {
        const struct compare_system *reference = &input->systems[r];
        struct compare_group *group = NULL;
        for (uint32_t i = 0; reference->reference && i < input->n && !status; i++) {
            const struct compare_system *system = &input->systems[i];
            if (i == r || !system->wanted || system->reference ||
                !compare_same_place(reference, system)) {
                continue;
            }
            group = group ? group : add_group(compare, reference);
            status = add_comparison(compare, reference, system);
            group->n += !status;
        }
    }
    return status;
}

static int by_value(const void *a, const void *b)
{
    const struct compare_system *x = *(const struct compare_system *const *)a;
    const struct compare_system *y = *(const struct compare_system *const *)b;
    return metric_before(y->suite, y->metric, y->value, x->value) -
           metric_before(x->suite, x->metric, x->value, y->value);
}

/* Baselines and published answers are the rivals of every method, so they join each group. */
static bool joins_all(const struct compare_system *system)
{
    return system->is_baseline || strcmp(system->kind, "predictions") == 0;
}

/* The same row came with an earlier report. */
static bool is_known_baseline(const struct compare_input *input, uint32_t i)
{
    const struct compare_system *system = &input->systems[i];
    for (uint32_t k = 0; system->is_baseline && k < i; k++) {
        const struct compare_system *other = &input->systems[k];
        if (other->report != system->report && compare_same_system(other, system) &&
            other->value == system->value && other->n == system->n) {
            return true;
        }
    }
    return false;
}

/* All with all of one question. `done` marks the systems that were taken. */
static int compare_group(struct compare *compare, uint32_t first, bool *done)
{
    const struct compare_input *input = &compare->input;
    const struct compare_system **systems = mem_array((size_t)input->n + 1, sizeof *systems);
    uint32_t n = 0;
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *system = &input->systems[i];
        if (!system->wanted || (done[i] && !joins_all(system)) ||
            !compare_same_question(compare->args, &input->systems[first], system)) {
            continue;
        }
        done[i] = true;
        if (!is_known_baseline(input, i)) {
            systems[n++] = system;
        }
    }
    int status = 0;
    if (n < 2) {
        free(systems);
        return 0;
    }
    qsort(systems, n, sizeof *systems, by_value);
    struct compare_group *group = add_group(compare, systems[0]);
    group->systems = systems;
    group->n_systems = n;
    for (uint32_t i = 0; i < n && !status; i++) {
        for (uint32_t j = i + 1; j < n && !status; j++) {
            status = add_comparison(compare, systems[i], systems[j]);
            group->n += !status;
        }
    }
    return status;
}

/* Groups are led by what embedders answered; what joins all leads where there is nothing else. */
int compare_all(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    bool *done = mem_array((size_t)input->n + 1, sizeof *done);
    int status = 0;
    for (int joining = 0; joining < 2; joining++) {
        for (uint32_t i = 0; i < input->n && !status; i++) {
            const struct compare_system *system = &input->systems[i];
            if (!done[i] && system->wanted && joins_all(system) == joining) {
                status = compare_group(compare, i, done);
            }
        }
    }
    free(done);
    return status;
}
