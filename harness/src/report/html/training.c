/*
 * Scores over training: of embedders that are one model at several times (facts.series), the table,
 * a middle stage and the last over the tokens seen, and the held-out loss beside.
 */
#include "report/html/page.h"
#include "report/course.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

struct drawing {
    const struct page_set *set;
    const struct course *course;
    const char *method;
    uint32_t colour_index; /* of its last step */
};

static void draw(const struct drawing *of, const char *what, const char *label,
                 const struct svg_series *series, uint32_t n_series)
{
    const struct course *course = of->course;
    FILE *out = of->set->page->out;
    char *title = mem_format("%s over training: %s", what, course->series);
    char *about = mem_format("%s of %s against tokens of training, on %s.", what, course->series,
                             page_set_of(of->set)->dataset);
    page_figure_begin(out, title, false);
    svg_lines(out,
              &(struct svg_frame){
                  .title = title, .description = about, .label = label, .width = PAGE_NARROW},
              (const char *const *)course->ticks, course->n, course->n, series, n_series);
    page_figure_end(out);
    free(about);
    free(title);
}

static void draw_scores(const struct drawing *of)
{
    const struct course *course = of->course;
    const struct summary_set *here = page_set_of(of->set);
    struct svg_value *values = mem_array((size_t)COURSE_STAGES * course->n, sizeof *values);
    struct svg_series series[COURSE_STAGES];
    const char *stages[COURSE_STAGES];
    uint32_t n = 0;
    course_stages(here, stages);
    for (uint32_t c = 0; c < COURSE_STAGES && stages[c]; c++) {
        struct svg_value *own = values + (size_t)c * course->n;
        bool any = false;
        for (uint32_t i = 0; i < course->n; i++) {
            const struct summary_cell *cell =
                course_cell(course, i, of->set->suite, of->set->number, of->method);
            own[i] = page_value(cell ? summary_at(cell, stages[c]) : NULL);
            any = any || isfinite(own[i].value);
        }
        if (any) {
            series[n++] = (struct svg_series){
                .name = stages[c], .values = own, .colour_index = of->colour_index, .dash = c};
        }
    }
    char *label = page_axis(here);
    char *what = mem_format("%s, method %s,", here->metric, of->method);
    if (n > 0) {
        draw(of, what, label, series, n);
    }
    free(what);
    free(label);
    free(values);
}

static void draw_loss(const struct drawing *of)
{
    const struct course *course = of->course;
    struct svg_value *values = mem_array(course->n, sizeof *values);
    bool any = false;
    for (uint32_t i = 0; i < course->n; i++) {
        values[i] = (struct svg_value){course->steps[i]->held_out_loss, NAN, NAN};
        any = any || isfinite(values[i].value);
    }
    const struct svg_series series = {
        .name = "held-out loss", .values = values, .colour_index = of->colour_index};
    if (any) {
        draw(of, "Held-out loss", "nats per piece", &series, 1);
    }
    free(values);
}

void write_html_training(const struct page_set *set)
{
    const struct result_tree *tree = set->page->tree;
    const struct summary_suite *suite = set->suite;
    for (uint32_t e = 0; e < tree->n_embedders; e++) {
        struct course course = course_of(tree, e);
        struct drawing of = {.set = set, .course = &course};
        if (course.n) {
            of.colour_index = page_colour_index(set->page, course.steps[course.n - 1]->name);
        }
        for (uint32_t s = 0; s < suite->n_systems && course.n; s++) {
            if (course_is_method(suite, s)) {
                of.method = suite->systems[s].method;
                draw_scores(&of);
            }
        }
        if (course.n) {
            draw_loss(&of);
        }
        course_finish(&course);
    }
}
