/* The table of one system's figures set by set on a terminal. */
#include "report/text/table.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum {
    FIGURE = 7,
    SD = 5,
    INTERVAL = 14,
    ANSWERED = 11,
    STAGE_MOST = 14,
    CURVE_MOST = 26,
    BAR_LEAST = 10,
    BAR_MOST = 30,
    GAP = 2
};

/* Which columns there are, and how wide; 0: none. */
struct layout {
    int label, table, shown, mark, sd, beside, answered, stage, gain, curve, interval, bar;
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Takes `wanted` columns and a gap of what is left, if there is so much. */
static int take(int *left, int wanted)
{
    if (wanted <= 0 || *left < wanted + GAP) {
        return 0;
    }
    *left -= wanted + GAP;
    return wanted;
}

/* What a line can do without goes first: the bar, the curve, the interval. */
static struct layout lay_out(const struct table *table, const struct summary_suite *suite,
                             uint32_t set)
{
    struct layout layout = {0};
    int label = 8, stage = 5, left = table->columns;
    bool staged = false, intervals = false, partial = false, means = false, fitted = false;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct summary_cell *cell = summary_cell(suite, set, s);
        const struct figure *shown = summary_shown(cell);
        char *name = table_name(&suite->systems[s]);
        label = summary_said(cell) && table_width(name) > label ? table_width(name) : label;
        partial = partial || summary_is_partial(cell);
        free(name);
        staged = staged || cell->stages.n > 1;
        fitted = fitted || summary_is_self_fitted(cell);
        means = means || (shown && isfinite(shown->sd));
        intervals = intervals || (shown && isfinite(shown->low));
        if (shown && shown->stage.name && cell->stages.n > 1) {
            int width = table_width(shown->stage.name);
            stage = width > stage ? width : stage;
        }
    }
    layout.label = least(label, table->columns / 2);
    left -= layout.label;
    layout.shown = take(&left, FIGURE);
    layout.mark = fitted && left > 0 ? 1 : 0;
    left -= layout.mark;
    layout.sd = means ? take(&left, SD) : 0;
    layout.beside = suite->sets[set].beside ? take(&left, FIGURE) : 0;
    layout.answered = partial ? take(&left, ANSWERED) : 0;
    layout.table = staged ? take(&left, FIGURE) : 0;
    layout.stage = staged ? take(&left, least(stage, STAGE_MOST)) : 0;
    layout.gain = staged ? take(&left, FIGURE) : 0;
    layout.interval = intervals ? take(&left, INTERVAL) : 0;
    layout.curve = staged ? take(&left, least((int)suite->sets[set].n_stages, CURVE_MOST)) : 0;
    layout.bar =
        suite->sets[set].scale > 1 && left - GAP >= BAR_LEAST ? least(left - GAP, BAR_MOST) : 0;
    return layout;
}

static void gap(const struct table *table, int width)
{
    fprintf(table->out, "%*s", width ? GAP : 0, "");
}

static void head(const struct table *table, const char *text, int width, bool right)
{
    if (width) {
        gap(table, width);
        table_put(table, text, width, right);
    }
}

static void write_head(const struct table *table, const struct summary_suite *suite, uint32_t set,
                       const struct layout *layout)
{
    const struct summary_set *here = &suite->sets[set];
    fputs(table->bold, table->out);
    table_put(table, suite->suite, table_width(suite->suite), false);
    fputc(' ', table->out);
    table_put(table, here->dataset, table_width(here->dataset), false);
    fprintf(table->out, "%s  ", table->off);
    table_put(table, here->metric, table_width(here->metric), false);
    fprintf(table->out, "%s, %llu items", here->scale > 1 ? " x 100" : "",
            (unsigned long long)here->n);
    if (here->policy) {
        fputs(", policy ", table->out);
        table_put(table, here->policy, table_width(here->policy), false);
    }
    if (here->beside) {
        fprintf(table->out, ", %s beside", here->beside);
    }
    fprintf(table->out, "\n%s", table->dim);
    table_put(table, "", layout->label, false);
    head(table, "table", layout->table, true);
    head(table, here->beside ? here->policy : "score", layout->shown, true);
    fprintf(table->out, "%*s", layout->mark, "");
    head(table, "sd", layout->sd, true);
    head(table, here->beside, layout->beside, true);
    head(table, "answered", layout->answered, true);
    head(table, "stage", layout->stage, false);
    head(table, "gain", layout->gain, true);
    head(table, "95 % interval", layout->interval, true);
    head(table, "by stage", layout->curve, false);
    fprintf(table->out, "%s\n", table->off);
}

static void write_interval(const struct table *table, const struct figure *row, double scale,
                           int width)
{
    char text[32] = "";
    if (isfinite(row->low) && isfinite(row->high)) {
        snprintf(text, sizeof text, "%.1f to %.1f", scale * row->low, scale * row->high);
    }
    table_put(table, text, width, true);
}

static double gain_of(const struct summary_cell *cell, const struct figure *shown)
{
    return cell->gain                          ? cell->gain->value
           : cell->stages.n > 1 && cell->table ? shown->value - cell->table->value
                                               : NAN;
}

/* What stands behind a stage: chosen with hindsight, above what a static embedder can reach. */
static const char *remark(const struct summary_suite *suite, uint32_t set, uint32_t system,
                          const struct figure *shown)
{
    const struct summary_cell *cell = summary_cell(suite, set, system);
    const struct figure *ceiling = summary_ceiling(suite, set);
    if (suite->systems[system].baseline || cell->stages.n < 2) {
        return "";
    }
    return summary_is_test_best(cell) ? "*" : ceiling && shown->value > ceiling->value ? "^" : "";
}

/* A dash where there is a figure, but no value. */
static void write_figure(const struct table *table, const struct figure *row, double scale,
                         int width)
{
    if (row && !isfinite(row->value)) {
        table_put(table, table->unicode ? "–" : "-", width, true);
    } else {
        table_figure(table, row ? scale * row->value : NAN, width, false);
    }
}

static void write_line(const struct table *table, const struct summary_suite *suite, uint32_t set,
                       uint32_t number, const struct layout *layout)
{
    const struct summary_system *system = &suite->systems[number];
    const struct summary_cell *cell = summary_cell(suite, set, number);
    const struct figure *shown = summary_said(cell);
    FILE *out = table->out;
    if (!shown) {
        return;
    }
    char *name = table_name(system);
    double gain = gain_of(cell, shown), scale = suite->sets[set].scale;
    bool empty = shown == cell->empty;
    enum metric_direction direction = suite->sets[set].direction;
    double better = direction == METRIC_NEITHER ? 0 : direction == METRIC_LOWER ? -gain : gain;
    fputs(system->baseline ? table->dim : "", out);
    table_put(table, name, layout->label, false);
    if (layout->table) {
        gap(table, layout->table);
        table_figure(table, cell->table ? scale * cell->table->value : NAN, layout->table, false);
    }
    gap(table, layout->shown);
    write_figure(table, shown, scale, layout->shown);
    fprintf(out, "%.*s", layout->mark, summary_is_self_fitted(cell) ? "#" : " ");
    if (layout->sd) {
        gap(table, layout->sd);
        table_figure(table, scale * shown->sd, layout->sd, false);
    }
    if (layout->beside) {
        gap(table, layout->beside);
        write_figure(table, cell->beside, scale, layout->beside);
    }
    if (layout->answered) {
        gap(table, layout->answered);
        table_answered(table, cell->beside ? cell->beside : shown, layout->answered);
    }
    if (layout->stage) {
        const char *mark = remark(suite, set, number, shown);
        fprintf(out, "%-*s", GAP, mark);
        table_put(table, shown->stage.name && cell->stages.n > 1 && !empty ? shown->stage.name : "",
                  layout->stage, false);
    }
    if (layout->gain) {
        gap(table, layout->gain);
        fputs(better > 0 ? table->good : better < 0 ? table->bad : "", out);
        table_figure(table, scale * gain, layout->gain, true);
        fputs(better > 0 || better < 0 ? table->off : "", out);
    }
    if (layout->interval) {
        gap(table, layout->interval);
        write_interval(table, shown, scale, layout->interval);
    }
    if (layout->curve) {
        gap(table, layout->curve);
        table_curve(table, &suite->sets[set], cell, layout->curve);
    }
    if (layout->bar) {
        gap(table, layout->bar);
        table_bar(table, shown->value, layout->bar);
    }
    fprintf(out, "%s\n", system->baseline ? table->off : "");
    free(name);
}

static void write_notes(const struct table *table, const struct summary_suite *suite)
{
    bool above = false, fitted = false;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            const struct figure *shown = summary_shown(summary_cell(suite, d, s));
            const char *mark = shown ? remark(suite, d, s, shown) : "";
            fitted = fitted || summary_is_self_fitted(summary_cell(suite, d, s));
            above = above || *mark == '^';
        }
    }
    fputs(table->dim, table->out);
    fputs(above ? "^: above the static ceiling\n" : "", table->out);
    fputs(fitted ? TABLE_SELF_FITTED : "", table->out);
    fputs(table->off, table->out);
    fputs(above || fitted ? "\n" : "", table->out);
}

void write_table_sets(const struct table *table, const struct summary_suite *suite)
{
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        struct layout layout = lay_out(table, suite, d);
        write_head(table, suite, d, &layout);
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            write_line(table, suite, d, s, &layout);
        }
        table_caveats(table, suite, d, false);
        table_ties(table, suite, d, false);
        table_stage_rule(table, suite, d, 1);
        fputc('\n', table->out);
    }
    write_notes(table, suite);
}
