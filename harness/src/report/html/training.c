/*
 * Scores over training: of embedders that are one model at several times (facts.series), the table,
 * a middle stage and the last over the tokens seen, and the held-out loss beside.
 */
#include "report/html/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES = 3 };

struct course {
    const struct page_set *set;
    const char *series, *method;
    const struct embedder_facts **steps; /* [n] by tokens */
    char **ticks;                        /* [n] */
    uint32_t n;
    const char *stages[CURVES]; /* table, middle, last */
};

static int by_tokens(const void *a, const void *b)
{
    const struct embedder_facts *first = *(const struct embedder_facts *const *)a;
    const struct embedder_facts *second = *(const struct embedder_facts *const *)b;
    return (first->series_tokens > second->series_tokens) -
           (first->series_tokens < second->series_tokens);
}

/* "0", "512", "4.1k", "2.0M" */
static char *tick(double tokens)
{
    return tokens < 1e3   ? mem_format("%.0f", tokens)
           : tokens < 1e6 ? mem_format("%.1fk", tokens / 1e3)
                          : mem_format("%.1fM", tokens / 1e6);
}

static void find_steps(struct course *course)
{
    const struct result_tree *tree = course->set->page->tree;
    course->n = 0;
    for (uint32_t e = 0; e < tree->n_embedders; e++) {
        const struct embedder_facts *facts = &tree->embedders[e];
        if (facts->series && strcmp(facts->series, course->series) == 0 &&
            isfinite(facts->series_tokens)) {
            course->steps[course->n++] = facts;
        }
    }
    qsort(course->steps, course->n, sizeof *course->steps, by_tokens);
    for (uint32_t i = 0; i < course->n; i++) {
        course->ticks[i] = tick(course->steps[i]->series_tokens);
    }
}

/* Of the stages of the forward pass; sums of several ("sum:3-6") are none. */
static void choose_stages(struct course *course)
{
    const struct summary_set *here = page_set_of(course->set);
    const char **plain = mem_array(here->n_stages + 1u, sizeof *plain);
    uint32_t n = 0;
    for (uint32_t t = 0; t < here->n_stages; t++) {
        if (!strchr(here->stages[t], ':')) {
            plain[n++] = here->stages[t];
        }
    }
    for (uint32_t c = 0; c < CURVES; c++) {
        course->stages[c] = n > c ? plain[c * (n - 1) / (CURVES - 1)] : NULL;
    }
    free(plain);
}

static const struct summary_cell *cell_of(const struct course *course, const char *embedder)
{
    const struct summary_suite *suite = course->set->suite;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct summary_system *system = &suite->systems[s];
        if (!system->baseline && strcmp(system->embedder, embedder) == 0 &&
            system->method == course->method) {
            return summary_cell(suite, course->set->number, s);
        }
    }
    return NULL;
}

static void draw(const struct course *course, const char *what, const char *label,
                 const struct svg_series *series, uint32_t n_series)
{
    FILE *out = course->set->page->out;
    char *title = mem_format("%s over training: %s", what, course->series);
    char *about = mem_format("%s of %s after so many tokens of training, on %s.", what,
                             course->series, page_set_of(course->set)->dataset);
    page_figure_begin(out, title, false);
    svg_lines(
        out,
        &(struct svg_frame){.title = title, .description = about, .label = label, .width = 600},
        (const char *const *)course->ticks, course->n, series, n_series);
    page_figure_end(out);
    free(about);
    free(title);
}

static void draw_scores(struct course *course)
{
    struct svg_value *values = mem_array((size_t)CURVES * course->n + 1, sizeof *values);
    struct svg_series series[CURVES];
    uint32_t n = 0;
    choose_stages(course);
    for (uint32_t c = 0; c < CURVES && course->stages[c]; c++) {
        struct svg_value *own = values + (size_t)c * course->n;
        bool any = false;
        for (uint32_t i = 0; i < course->n; i++) {
            const struct summary_cell *cell = cell_of(course, course->steps[i]->name);
            own[i] = page_value(cell ? summary_at(cell, course->stages[c]) : NULL);
            any = any || isfinite(own[i].value);
        }
        if (any) {
            series[n++] = (struct svg_series){.name = course->stages[c], .values = own, .look = c};
        }
    }
    char *label = page_axis(page_set_of(course->set));
    char *what = mem_format("%s, method %s,", page_set_of(course->set)->metric, course->method);
    if (n > 0) {
        draw(course, what, label, series, n);
    }
    free(what);
    free(label);
    free(values);
}

static void draw_loss(const struct course *course)
{
    struct svg_value *values = mem_array(course->n + 1u, sizeof *values);
    bool any = false;
    for (uint32_t i = 0; i < course->n; i++) {
        values[i] = (struct svg_value){course->steps[i]->held_out_loss, NAN, NAN};
        any = any || isfinite(values[i].value);
    }
    const struct svg_series series = {.name = "held-out loss", .values = values, .look = 3};
    if (any) {
        draw(course, "Held-out loss", "nats a piece", &series, 1);
    }
    free(values);
}

static void draw_course(const struct page_set *set, const char *name)
{
    const struct summary_suite *suite = set->suite;
    uint32_t most = set->page->tree->n_embedders + 1u;
    struct course course = {.set = set,
                            .series = name,
                            .steps = mem_array(most, sizeof *course.steps),
                            .ticks = mem_array(most, sizeof *course.ticks)};
    find_steps(&course);
    for (uint32_t s = 0; s < suite->n_systems && course.n > 1; s++) {
        bool first = !suite->systems[s].baseline;
        for (uint32_t k = 0; k < s; k++) {
            first = first && suite->systems[k].method != suite->systems[s].method;
        }
        if (first) {
            course.method = suite->systems[s].method;
            draw_scores(&course);
        }
    }
    if (course.n > 1) {
        draw_loss(&course);
    }
    for (uint32_t i = 0; i < course.n; i++) {
        free(course.ticks[i]);
    }
    free(course.ticks);
    free(course.steps);
}

void write_html_training(const struct page_set *set)
{
    const struct result_tree *tree = set->page->tree;
    for (uint32_t e = 0; e < tree->n_embedders; e++) {
        const char *name = tree->embedders[e].series;
        bool first = name != NULL;
        for (uint32_t k = 0; first && k < e; k++) {
            first = !tree->embedders[k].series || strcmp(tree->embedders[k].series, name) != 0;
        }
        if (first) {
            draw_course(set, name);
        }
    }
}
