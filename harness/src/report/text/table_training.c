/*
 * Scores over training in the table for people. A curve has a column a time; the curves of one set
 * and method share a scale, so that they can be compared:
 *
 *     over training: gpt, 8 times, 0 to 1.0M tokens
 *                               ▁▂▃▄▅▆▇█      0   1.0M
 *     held-out loss             █▇▆▅▄▃▂▁  8.318  5.402
 *     wsd homographs nn  table  ▄▄▄▄▄▄▄▄   43.8   43.8
 *                        2      ▄▃▁▄▅▆▆▇   43.9   45.3
 *                        norm   ▄▄▂▄▅▅▇█   44.1   46.0
 */
#include "report/course.h"
#include "report/text/table.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STAGE = 14, VALUE = 9 };

struct curve {
    char *label;       /* of the first curve of a set and method, else "" */
    const char *stage; /* "" for the held-out loss */
    double *values;    /* [course.n] as they are shown */
    int digits;
    double low, high; /* of the set and method */
};

struct curves {
    struct curve *items; /* [n] */
    uint32_t n;
    size_t capacity;
};

static struct curve *add(struct curves *curves, const struct course *course, char *label,
                         const char *stage)
{
    MEM_GROW(curves->items, curves->capacity, curves->n + 1u);
    struct curve *curve = &curves->items[curves->n++];
    *curve = (struct curve){.label = label,
                            .stage = stage,
                            .values = mem_array(course->n, sizeof *curve->values),
                            .digits = 1};
    return curve;
}

/* Gives the curves from `first` on the scale that they share; without a value they are dropped. */
static void settle(struct curves *curves, uint32_t first, const struct course *course)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t c = first; c < curves->n; c++) {
        for (uint32_t i = 0; i < course->n; i++) {
            low = fmin(low, curves->items[c].values[i]); /* both pass NAN over */
            high = fmax(high, curves->items[c].values[i]);
        }
    }
    for (uint32_t c = first; c < curves->n; c++) {
        curves->items[c].low = low;
        curves->items[c].high = high;
    }
    while (!isfinite(low) && curves->n > first) {
        free(curves->items[--curves->n].values);
        free(curves->items[curves->n].label);
    }
}

static void add_loss(struct curves *curves, const struct course *course)
{
    struct curve *curve = add(curves, course, mem_text("held-out loss"), "");
    curve->digits = 3;
    for (uint32_t i = 0; i < course->n; i++) {
        curve->values[i] = course->steps[i]->held_out_loss;
    }
    settle(curves, 0, course);
}

static void add_scores(struct curves *curves, const struct course *course,
                       const struct summary_suite *suite, uint32_t set, const char *method)
{
    const struct summary_set *here = &suite->sets[set];
    const char *stages[COURSE_STAGES];
    uint32_t first = curves->n;
    course_stages(here, stages);
    for (uint32_t c = 0; c < COURSE_STAGES && stages[c]; c++) {
        char *label =
            c ? mem_text("")
              : mem_format("%s %s %s%s%s", suite->suite, here->dataset,
                           here->alone ? here->metric : "", here->alone ? " " : "", method);
        struct curve *curve = add(curves, course, label, stages[c]);
        for (uint32_t i = 0; i < course->n; i++) {
            const struct summary_cell *cell = course_cell(course, i, suite, set, method);
            const struct figure *row = cell ? summary_at(cell, stages[c]) : NULL;
            curve->values[i] = row ? here->scale * row->value : (double)NAN;
        }
    }
    settle(curves, first, course);
}

static void put_value(const struct table *table, double value, int digits)
{
    char text[32] = "";
    if (isfinite(value)) {
        snprintf(text, sizeof text, "%.*f", digits, value);
    }
    table_put(table, text, VALUE, true);
}

static void put_curves(const struct table *table, const struct course *course,
                       const struct curves *curves)
{
    int label = 0, last = (int)course->n - 1;
    int most = table->columns - STAGE - 2 - (int)course->n - 2 * VALUE;
    for (uint32_t c = 0; c < curves->n; c++) {
        int width = table_width(curves->items[c].label);
        label = width > label ? width : label;
    }
    label = label > most && most > 8 ? most : label;
    fputs(table->bold, table->out);
    char *head = mem_format("over training: %s, %u times, %s to %s tokens", course->series,
                            course->n, course->ticks[0], course->ticks[last]);
    table_put(table, head, table_width(head), false);
    fprintf(table->out, "%s\n%s", table->off, table->dim);
    table_put(table, "", label + 2 + STAGE + (int)course->n, false);
    table_put(table, course->ticks[0], VALUE, true);
    table_put(table, course->ticks[last], VALUE, true);
    fprintf(table->out, "%s\n", table->off);
    for (uint32_t c = 0; c < curves->n; c++) {
        const struct curve *curve = &curves->items[c];
        table_put(table, curve->label, label, false);
        table_put(table, "", 2, false);
        table_put(table, curve->stage, STAGE, false);
        table_spark(table, curve->values, (int)course->n, curve->low, curve->high);
        put_value(table, curve->values[0], curve->digits);
        put_value(table, curve->values[last], curve->digits);
        fputc('\n', table->out);
    }
    fputc('\n', table->out);
    free(head);
}

static void add_all(struct curves *curves, const struct course *course,
                    const struct summary *summary)
{
    add_loss(curves, course);
    for (uint32_t u = 0; u < summary->n_suites; u++) {
        const struct summary_suite *suite = &summary->suites[u];
        for (uint32_t d = 0; d < suite->n_sets; d++) {
            for (uint32_t s = 0; s < suite->n_systems; s++) {
                if (course_is_method(suite, s)) {
                    add_scores(curves, course, suite, d, suite->systems[s].method);
                }
            }
        }
    }
}

void write_table_training(const struct table *table, const struct summary *summary,
                          const struct result_tree *tree)
{
    for (uint32_t e = 0; e < tree->n_embedders; e++) {
        struct course course = course_of(tree, e);
        struct curves curves = {0};
        if (course.n) {
            add_all(&curves, &course, summary);
        }
        if (curves.n) {
            put_curves(table, &course, &curves);
        }
        for (uint32_t c = 0; c < curves.n; c++) {
            free(curves.items[c].label);
            free(curves.items[c].values);
        }
        free(curves.items);
        course_finish(&course);
    }
}
