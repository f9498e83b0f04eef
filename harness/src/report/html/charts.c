/*
 * Of one data set: the order of the embedders with their intervals, and the curves over the stages.
 */
#include "report/html/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_RANKS = 24,
    MOST_CURVES = 12 /* more cover each other */
};

struct ranked {
    uint32_t system;
    double worth; /* the greater the better */
};

static int by_worth(const void *a, const void *b)
{
    const struct ranked *first = a, *second = b;
    if (first->worth != second->worth) {
        return first->worth < second->worth ? 1 : -1;
    }
    return (first->system > second->system) - (first->system < second->system);
}

/* Each embedder's best system, the best figure first. */
static uint32_t rank(const struct page_set *set, struct ranked *ranked)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < set->suite->n_embedders; e++) {
        uint32_t system = summary_best_system(set->suite, set->number, e);
        if (system < set->suite->n_systems) {
            ranked[n].system = system;
            double value = summary_shown(summary_cell(set->suite, set->number, system))->value;
            ranked[n++].worth = page_set_of(set)->direction == METRIC_LOWER ? -value : value;
        }
    }
    qsort(ranked, n, sizeof *ranked, by_worth);
    return n;
}

uint32_t page_ranking(const struct page_set *set, uint32_t *ret_systems)
{
    struct ranked *ranked = mem_array(set->suite->n_embedders + 1u, sizeof *ranked);
    uint32_t n = rank(set, ranked);
    for (uint32_t i = 0; i < n; i++) {
        ret_systems[i] = ranked[i].system;
    }
    free(ranked);
    return n;
}

static bool has_figure(const struct page_set *set, uint32_t system)
{
    const struct figure *row = summary_shown(summary_cell(set->suite, set->number, system));
    return row && isfinite(row->value);
}

/* The first method of an embedder that has a figure: the suite's own way of asking. */
static uint32_t first_of(const struct page_set *set, uint32_t embedder)
{
    for (uint32_t s = 0; s < set->suite->n_systems; s++) {
        const struct summary_system *system = &set->suite->systems[s];
        if (!system->baseline && system->number == embedder && has_figure(set, s)) {
            return s;
        }
    }
    return set->suite->n_systems;
}

uint32_t page_leading(const struct page_set *set, uint32_t *ret_systems)
{
    struct ranked *ranked = mem_array(set->suite->n_embedders + 1u, sizeof *ranked);
    uint32_t n_ranked = rank(set, ranked), n = 0;
    for (uint32_t i = 0; i < n_ranked; i++) {
        uint32_t best = ranked[i].system, first = first_of(set, set->suite->systems[best].number);
        if (has_figure(set, best)) {
            ret_systems[n++] = best;
            if (first != best) {
                ret_systems[n++] = first;
            }
        }
    }
    free(ranked);
    return n;
}

uint32_t page_rows(const struct page_set *set, uint32_t cells, uint32_t *ret_systems,
                   uint32_t *ret_all)
{
    const struct summary_suite *suite = set->suite;
    uint32_t n = 0, n_sets = 0;
    for (uint32_t i = 0; i < set->page->summary->n_suites; i++) {
        n_sets += set->page->summary->suites[i].n_sets;
    }
    uint32_t share = PAGE_MOST_CELLS / (n_sets > 6 ? n_sets : 6);
    uint32_t most = (share > PAGE_LEAST_SHARE ? share : PAGE_LEAST_SHARE) / (cells ? cells : 1);
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (summary_said(summary_cell(suite, set->number, s))) {
            ret_systems[n++] = s;
        }
    }
    *ret_all = n;
    if (n > most) {
        n = page_leading(set, ret_systems);
        n = n < most ? n : most > 0 ? most : 1;
    }
    return n;
}

static uint32_t list_marks(const struct page_set *set, struct svg_mark *marks)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < set->suite->n_systems; s++) {
        const struct figure *row = summary_shown(summary_cell(set->suite, set->number, s));
        if (set->suite->systems[s].baseline && row) {
            marks[n++] = (struct svg_mark){set->suite->systems[s].method, page_value(row).value};
        }
    }
    return n;
}

/* From the table to the stage shown: what lies between is what the blocks add. */
static uint32_t list_dots(const struct summary_cell *cell, uint32_t colour_index,
                          struct svg_dot dots[2])
{
    const struct figure *shown = summary_shown(cell);
    uint32_t n = 0;
    if (cell->table && cell->table->stage.name != shown->stage.name) {
        dots[n++] = (struct svg_dot){"table", page_value(cell->table), colour_index, true};
        dots[0].at.low = dots[0].at.high = NAN;
    }
    dots[n++] = (struct svg_dot){shown->stage.name, page_value(shown), colour_index, false};
    return n;
}

void write_html_ranks(const struct page_set *set)
{
    const struct summary_suite *suite = set->suite;
    FILE *out = set->page->out;
    uint32_t *ranked = mem_array(suite->n_systems + 1u, sizeof *ranked);
    uint32_t all = page_leading(set, ranked), n = all < MOST_RANKS ? all : MOST_RANKS;
    struct svg_row *rows = mem_array(n + 1u, sizeof *rows);
    struct svg_dot(*dots)[2] = mem_array(n + 1u, sizeof *dots);
    struct svg_mark *marks = mem_array(suite->n_systems + 1u, sizeof *marks);
    char **names = mem_array(n + 1u, sizeof *names);
    for (uint32_t i = 0; i < n; i++) {
        const struct summary_system *system = &suite->systems[ranked[i]];
        uint32_t n_dots = list_dots(summary_cell(suite, set->number, ranked[i]),
                                    page_colour_index(set->page, system->embedder), dots[i]);
        names[i] = page_system_name(system);
        rows[i] = (struct svg_row){names[i], dots[i], n_dots, true};
    }
    char *label = page_axis(page_set_of(set));
    char *about = mem_format(
        "Embedders by %s on %s, the best first, each with its best and its first method. Hollow "
        "mark: the look-up table; full mark: the stage shown; line: its 95 %% interval.",
        page_set_of(set)->metric, page_set_of(set)->dataset);
    bool wide = page_set_of(set)->n_stages > PAGE_NARROW_STAGES; /* as the curves that follow */
    if (n > 1 && !page_is_hero(set)) {
        char *caption = n < all ? mem_format("Rank: the first %u of %u", n, all)
                                : mem_text("Rank: table (hollow) and stage shown (full)");
        page_figure_begin(out, caption, wide);
        free(caption);
        svg_rows(out,
                 &(struct svg_frame){.title = "Embedders by score",
                                     .description = about,
                                     .label = label,
                                     .width = wide ? PAGE_WIDE : PAGE_NARROW},
                 rows, n, marks, list_marks(set, marks));
        page_figure_end(out);
    }
    for (uint32_t i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
    free(about);
    free(label);
    free(marks);
    free(dots);
    free(rows);
    free(ranked);
}

/* The chart of one method: its contextual systems as curves, static ones and baselines as lines. */
struct curves {
    const struct page_set *set;
    struct svg_series *series;
    struct svg_value *values; /* [n_systems, n_stages] */
    uint32_t n, n_curves;
    char **names; /* [n_systems] of baselines, owned */
    uint32_t n_names;
};

/* Baselines of one value are one line, by the name of the first and how many more. */
static bool joins_line(struct curves *curves, const struct summary_cell *cell)
{
    double value = page_value(cell->best).value;
    for (uint32_t i = 0; i < curves->n; i++) {
        struct svg_series *line = &curves->series[i];
        if (line->quiet && fabs(line->values[0].value - value) < 0.05) {
            const char *more = strstr(line->name, " +");
            unsigned n = more ? (unsigned)atoi(more + 2) : 0;
            int kept = (int)(more ? (size_t)(more - line->name) : strlen(line->name));
            char *name = mem_format("%.*s +%u", kept, line->name, n + 1);
            curves->names[curves->n_names++] = name;
            line->name = name;
            return true;
        }
    }
    return false;
}

static void add_series(struct curves *curves, uint32_t number)
{
    const struct page_set *set = curves->set;
    const struct summary_set *here = page_set_of(set);
    const struct summary_system *system = &set->suite->systems[number];
    const struct summary_cell *cell = summary_cell(set->suite, set->number, number);
    if (!cell->best) {
        return;
    }
    if (system->baseline && joins_line(curves, cell)) {
        return;
    }
    struct svg_value *values = curves->values + (size_t)number * here->n_stages;
    bool level = cell->stages.n == 1;
    for (uint32_t t = 0; t < here->n_stages; t++) {
        values[t] = page_value(level ? cell->best : summary_at(cell, here->stages[t].name));
    }
    curves->series[curves->n++] = (struct svg_series){
        .name = system->baseline ? system->method : system->embedder,
        .values = values,
        .colour_index = page_colour_index(set->page, system->embedder),
        .level = level,
        .quiet = system->baseline,
    };
    curves->n_curves += !level;
}

static bool is_first_of_method(const struct summary_suite *suite, uint32_t number)
{
    for (uint32_t s = 0; s < number; s++) {
        if (!suite->systems[s].baseline &&
            suite->systems[s].method == suite->systems[number].method) {
            return false;
        }
    }
    return !suite->systems[number].baseline;
}

/* Is its embedder among those that the curves have room for? */
static bool is_among_first(const struct page_set *set, uint32_t system)
{
    uint32_t n = set->suite->n_embedders;
    if (n <= MOST_CURVES) {
        return true;
    }
    uint32_t *ranked = mem_array(n + 1u, sizeof *ranked);
    bool among = false;
    n = page_ranking(set, ranked);
    for (uint32_t i = 0; i < n && i < MOST_CURVES; i++) {
        among =
            among || set->suite->systems[ranked[i]].number == set->suite->systems[system].number;
    }
    free(ranked);
    return among;
}

static void write_method(struct curves *curves, const char *method)
{
    const struct page_set *set = curves->set;
    const struct summary_set *here = page_set_of(set);
    curves->n = curves->n_curves = 0;
    uint32_t n_known = 0, n_joined = 0;
    for (uint32_t s = 0; s < set->suite->n_systems; s++) {
        bool baseline = set->suite->systems[s].baseline;
        if (!baseline && set->suite->systems[s].method != method) {
            continue;
        }
        n_known += !baseline && has_figure(set, s);
        if (baseline || (has_figure(set, s) && is_among_first(set, s))) {
            add_series(curves, s);
        }
    }
    if (curves->n_curves == 0) {
        return;
    }
    while (n_joined < here->n_stages && isfinite(stage_place(&here->stages[n_joined]))) {
        n_joined++;
    }
    bool wide = here->n_stages > PAGE_NARROW_STAGES;
    const char **ticks = mem_array(here->n_stages + 1u, sizeof *ticks);
    for (uint32_t t = 0; t < here->n_stages; t++) {
        ticks[t] = here->stages[t].name;
    }
    char *label = page_axis(here);
    char *title = n_known > MOST_CURVES ? mem_format("%s by stage: %s, the best %d of %u embedders",
                                                     here->metric, method, MOST_CURVES, n_known)
                                        : mem_format("%s by stage: %s", here->metric, method);
    char *about =
        mem_format("%s on %s at each of %u stages of the forward pass, method %s: a curve "
                   "per contextual embedder with its 95 %% interval, a dashed line per "
                   "static embedder and baseline.",
                   here->metric, here->dataset, here->n_stages, method);
    page_figure_begin(set->page->out, title, wide);
    svg_lines(set->page->out,
              &(struct svg_frame){.title = title,
                                  .description = about,
                                  .label = label,
                                  .width = wide ? PAGE_WIDE : PAGE_NARROW},
              ticks, here->n_stages, n_joined, curves->series, curves->n);
    page_figure_end(set->page->out);
    free(ticks);
    free(about);
    free(title);
    free(label);
}

static void write_one(struct curves *curves, const char *method)
{
    write_method(curves, method);
    while (curves->n_names > 0) {
        free(curves->names[--curves->n_names]);
    }
}

void write_html_curves(const struct page_set *set)
{
    const struct summary_suite *suite = set->suite;
    const struct summary_set *here = page_set_of(set);
    if (here->n_stages < 2) {
        return;
    }
    struct curves curves = {
        .set = set,
        .series = mem_array(suite->n_systems + 1u, sizeof *curves.series),
        .values = mem_array((size_t)suite->n_systems * here->n_stages + 1, sizeof *curves.values),
        .names = mem_array(suite->n_systems + 1u, sizeof *curves.names),
    };
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (is_first_of_method(suite, s)) {
            write_one(&curves, suite->systems[s].method);
        }
    }
    free(curves.names);
    free(curves.values);
    free(curves.series);
}
