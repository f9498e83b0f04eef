/* Finds the embedders that are one model at several times, and the stages to plot. */
#include "report/course.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_tokens(const void *a, const void *b)
{
    const struct embedder_facts *first = *(const struct embedder_facts *const *)a;
    const struct embedder_facts *second = *(const struct embedder_facts *const *)b;
    return (first->series_tokens > second->series_tokens) -
           (first->series_tokens < second->series_tokens);
}

static char *tick(double tokens)
{
    return tokens < 1e3   ? mem_format("%.0f", tokens)
           : tokens < 1e6 ? mem_format("%.1fk", tokens / 1e3)
                          : mem_format("%.1fM", tokens / 1e6);
}

static bool is_of(const struct embedder_facts *facts, const char *series)
{
    return facts->series && strcmp(facts->series, series) == 0;
}

struct course course_of(const struct result_tree *tree, uint32_t first)
{
    struct course course = {.series = tree->embedders[first].series};
    for (uint32_t e = 0; course.series && e < first; e++) {
        if (is_of(&tree->embedders[e], course.series)) {
            course.series = NULL;
        }
    }
    if (!course.series) {
        return course;
    }
    course.steps = mem_array(tree->n_embedders, sizeof *course.steps);
    for (uint32_t e = first; e < tree->n_embedders; e++) {
        if (is_of(&tree->embedders[e], course.series) &&
            isfinite(tree->embedders[e].series_tokens)) {
            course.steps[course.n++] = &tree->embedders[e];
        }
    }
    course.n = course.n > 1 ? course.n : 0;
    qsort(course.steps, course.n, sizeof *course.steps, by_tokens);
    course.ticks = mem_array(course.n + 1u, sizeof *course.ticks);
    for (uint32_t i = 0; i < course.n; i++) {
        course.ticks[i] = tick(course.steps[i]->series_tokens);
    }
    return course;
}

void course_finish(struct course *course)
{
    for (uint32_t i = 0; i < course->n; i++) {
        free(course->ticks[i]);
    }
    free(course->ticks);
    free(course->steps);
    *course = (struct course){0};
}

void course_stages(const struct summary_set *set, const char *ret_stages[COURSE_STAGES])
{
    const char **plain = mem_array(set->n_stages + 1u, sizeof *plain);
    uint32_t n = 0;
    for (uint32_t t = 0; t < set->n_stages; t++) {
        if (stage_is_native(&set->stages[t])) {
            plain[n++] = set->stages[t].name;
        }
    }
    for (uint32_t c = 0; c < COURSE_STAGES; c++) {
        ret_stages[c] = n > c ? plain[c * (n - 1) / (COURSE_STAGES - 1)] : NULL;
    }
    free(plain);
}

const struct summary_cell *course_cell(const struct course *course, uint32_t step,
                                       const struct summary_suite *suite, uint32_t set,
                                       const char *method)
{
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct summary_system *system = &suite->systems[s];
        if (!system->baseline && strcmp(system->embedder, course->steps[step]->name) == 0 &&
            strcmp(system->method, method) == 0) {
            return summary_cell(suite, set, s);
        }
    }
    return NULL;
}

bool course_is_method(const struct summary_suite *suite, uint32_t system)
{
    bool is_first = !suite->systems[system].baseline;
    for (uint32_t s = 0; s < system && is_first; s++) {
        is_first = suite->systems[s].baseline ||
                   strcmp(suite->systems[s].method, suite->systems[system].method) != 0;
    }
    return is_first;
}
