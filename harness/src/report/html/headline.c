/*
 * The headline figures: a table per suite, a row per system, and for each data set the look-up
 * table's figure, that of the stage chosen, and what context gained.
 */
#include "report/html/page.h"
#include "report/tied.h"

#include "base/mem.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>

/* What the columns of one suite's table have to show. */
struct sheet {
    const struct report_page *page;
    const struct summary_suite *suite;
    const struct figure **ceilings; /* [n_sets] NULL: none */
    double *best;                   /* [n_sets] figure that an embedder has; NAN: none */
    bool *staged;                   /* [n_sets] has a system several stages there? */
    struct tied_figures tied;       /* which figures a rule for ties decides in part */
    bool any_chosen, any_last, any_test_best, any_ceiling, any_fitted, any_mean, any_staged,
        any_tied;
};

/* The best figure shown that an embedder has on a set; NAN if none has any. */
static double best_on(const struct summary_suite *suite, uint32_t set)
{
    double best = NAN;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct figure *shown = summary_shown(summary_cell(suite, set, s));
        if (!suite->systems[s].baseline && shown && !shown->reason &&
            metric_before(suite->suite, shown->metric, shown->value, best)) {
            best = shown->value;
        }
    }
    return best;
}

static void write_interval(FILE *out, const struct figure *row)
{
    if (isfinite(row->low) && isfinite(row->high)) {
        fputs("<small>", out);
        page_interval(out, row);
        fputs("</small>", out);
    }
}

/* Below a figure that a rule for ties decides in part: what would be expected without. */
static void write_tied(const struct sheet *sheet, uint32_t set, const struct figure *row)
{
    FILE *out = sheet->page->out;
    struct tied tied;
    if (tied_find(&sheet->tied, row, &tied)) {
        fputs("<small>= ", out);
        html_figure(out, sheet->suite->sets[set].scale * tied.expected);
        fputs(" drawn</small>", out);
    }
}

/* What stands below a figure that is not of all items, or has something else to be said. */
static void write_caveat(FILE *out, const struct summary_set *set, const struct summary_cell *cell)
{
    const struct figure *row = summary_said(cell);
    const struct figure *own = cell->beside ? cell->beside : row;
    if (cell->beside && isfinite(cell->beside->value)) {
        fputs("<small>", out);
        html_text(out, set->beside);
        fputc(' ', out);
        html_figure(out, set->scale * cell->beside->value);
        fputs("</small>", out);
    }
    if (own && own->answered < own->n) {
        bool half = summary_is_below_half(cell);
        fputs(half ? "<small><strong>" : "<small>", out);
        html_count(out, own->answered);
        fputs(" of ", out);
        html_count(out, own->n);
        fputs(half ? " answered: below half</strong></small>" : " answered</small>", out);
    }
    if (row && row->reason) {
        fputs("<small><strong>", out);
        html_text(out, row->reason);
        fputs("</strong></small>", out);
    }
}

/* The figure that stands for a system: at the stage shown, or its only one. */
static void write_shown_cell(const struct sheet *sheet, uint32_t set,
                             const struct summary_cell *cell, bool best)
{
    FILE *out = sheet->page->out;
    const struct figure *shown = summary_shown(cell), *ceiling = sheet->ceilings[set];
    bool staged = cell->stages.n > 1;
    fputs(best ? "<td class=\"best\">" : "<td>", out);
    if (shown) {
        page_figure(out, shown);
        if (staged && ceiling && shown->value > ceiling->value) {
            fputs("<i> ▲</i>", out);
        }
        if (staged) {
            html_name(out, shown->stage.name);
            fputs(summary_is_test_best(cell) ? " †" : "", out);
        }
        write_interval(out, shown);
        write_tied(sheet, set, shown);
    } else if (cell->empty) {
        fputs("–", out);
    }
    write_caveat(out, &sheet->suite->sets[set], cell);
    fputs("</td>", out);
}

/* The figure at the look-up table of a system that goes on from there. */
static void write_table_cell(const struct sheet *sheet, uint32_t set,
                             const struct summary_cell *cell)
{
    FILE *out = sheet->page->out;
    fputs("<td>", out);
    if (cell->stages.n > 1 && cell->table && isfinite(cell->table->value)) {
        page_figure(out, cell->table);
        write_tied(sheet, set, cell->table);
    }
    fputs("</td>", out);
}

/* The suite's own row with its paired interval; without one the plain difference. */
static void write_gain_cell(FILE *out, const struct summary_set *set,
                            const struct summary_cell *cell)
{
    const struct figure *shown = summary_shown(cell);
    double gain = cell->gain                                   ? cell->gain->value
                  : shown && cell->stages.n > 1 && cell->table ? shown->value - cell->table->value
                                                               : NAN;
    double better = set->direction == METRIC_NEITHER ? 0
                    : set->direction == METRIC_LOWER ? -gain
                                                     : gain;
    fputs(better > 0 ? "<td class=\"up\">" : better < 0 ? "<td class=\"down\">" : "<td>", out);
    if (isfinite(gain)) {
        fputs(gain < 0 ? "" : "+", out);
        html_figure(out, set->scale * gain);
        if (cell->gain) {
            write_interval(out, cell->gain);
        }
    }
    fputs("</td>", out);
}

static void write_system(const struct sheet *sheet, uint32_t number)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    const struct summary_system *system = &suite->systems[number];
    fputs("<tr><th scope=\"row\">", out);
    svg_key(out, page_colour_index(sheet->page, system->embedder), system->is_static);
    fputc(' ', out);
    html_name(out, system->embedder);
    fputs(" <span class=\"ci\">", out);
    html_name(out, system->method);
    fputs("</span></th>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct summary_cell *cell = summary_cell(suite, d, number);
        const struct figure *shown = summary_shown(cell);
        bool best = shown && !suite->sets[d].alone && shown->value == sheet->best[d];
        write_shown_cell(sheet, d, cell, best);
        if (sheet->staged[d]) {
            write_gain_cell(out, &suite->sets[d], cell);
            write_table_cell(sheet, d, cell);
        }
    }
    fputs("</tr>\n", out);
}

static void write_baseline(const struct sheet *sheet, uint32_t number)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    fputs("<tr><th scope=\"row\">", out);
    html_name(out, suite->systems[number].method);
    fputs("</th>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct figure *row = summary_shown(summary_cell(suite, d, number));
        fputs("<td>", out);
        if (row) {
            page_figure(out, row);
            write_interval(out, row);
            write_tied(sheet, d, row);
        }
        fputs(sheet->staged[d] ? "</td><td></td><td></td>" : "</td>", out);
    }
    fputs("</tr>\n", out);
}

static void write_head(const struct sheet *sheet)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    fputs("<thead><tr><th scope=\"col\" rowspan=\"2\">Embedder</th>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        fputs(sheet->staged[d] ? "<th scope=\"colgroup\" colspan=\"3\">"
                               : "<th scope=\"colgroup\">",
              out);
        html_name(out, suite->sets[d].dataset);
        fputs("<span class=\"ci\">", out);
        html_name(out, suite->sets[d].metric);
        fputs(", n = ", out);
        html_count(out, suite->sets[d].n);
        if (suite->sets[d].beside) {
            fputs(", policy ", out);
            html_text(out, suite->sets[d].policy);
        }
        fputs("</span></th>", out);
    }
    fputs("</tr>\n<tr>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        fputs("<th scope=\"col\" class=\"n of\">score</th>", out);
        fputs(sheet->staged[d] ? "<th scope=\"col\" class=\"n\">gain</th>"
                                 "<th scope=\"col\" class=\"n\">table</th>"
                               : "",
              out);
    }
    fputs("</tr></thead>\n", out);
}

static void write_legend(const struct sheet *sheet)
{
    FILE *out = sheet->page->out;
    fputs("<p class=\"note\">Shares and correlations × 100, 95 % intervals below them.", out);
    if (sheet->any_staged) {
        fputs(" <b>score</b>: at the stage of the forward pass that is named beside it", out);
        fputs(sheet->any_chosen ? ", chosen on the development set"
              : sheet->any_last ? ", the last, since no development set chose one"
                                : "",
              out);
        fputs(". <b>table</b>: at the look-up table alone, before any context. <b>gain</b>: what "
              "context adds to the table, by the readout of its row.",
              out);
    }
    if (sheet->any_tied) {
        fputs(" <b>= drawn</b>: more than 1 % of the best choices tie; what is expected of drawing "
              "among them, where the figure goes by the rule.",
              out);
    }
    if (sheet->any_test_best) {
        fputs(" †: the stage that is best on this very set, with hindsight.", out);
    }
    if (sheet->any_fitted) {
        fputs(" ‡: the threshold is fitted on these very items, with hindsight.", out);
    }
    if (sheet->any_mean) {
        fputs(" ±: standard deviation (n − 1) over the runs with several seeds that the figure is "
              "the mean of.",
              out);
    }
    if (sheet->any_ceiling) {
        fputs(" ▲: above the static ceiling, the best that one vector per word can reach.", out);
    }
    fputs("</p>\n", out);
}

static bool is_tied(const struct sheet *sheet, const struct figure *row)
{
    struct tied tied;
    return row && tied_find(&sheet->tied, row, &tied);
}

static void look_over(struct sheet *sheet)
{
    const struct summary_suite *suite = sheet->suite;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct figure *ceiling = summary_ceiling(suite, d);
        sheet->ceilings[d] = ceiling;
        sheet->best[d] = best_on(suite, d);
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            const struct summary_cell *cell = summary_cell(suite, d, s);
            const struct figure *shown = summary_shown(cell);
            sheet->staged[d] = sheet->staged[d] || cell->stages.n > 1;
            sheet->any_staged = sheet->any_staged || cell->stages.n > 1;
            sheet->any_chosen = sheet->any_chosen || cell->chosen;
            sheet->any_last = sheet->any_last || cell->gain;
            sheet->any_fitted = sheet->any_fitted || summary_is_self_fitted(cell);
            sheet->any_mean = sheet->any_mean || (shown && isfinite(shown->sd));
            sheet->any_test_best = sheet->any_test_best || summary_is_test_best(cell);
            sheet->any_tied =
                sheet->any_tied || is_tied(sheet, shown) || is_tied(sheet, cell->table);
            sheet->any_ceiling = sheet->any_ceiling ||
                                 (ceiling && shown && cell->stages.n > 1 &&
                                  !suite->systems[s].baseline && shown->value > ceiling->value);
        }
    }
}

enum {
    MOST_LEADING = 25, /* embedders in the first table */
    MOST_CHOOSING = 8, /* data sets that choose rows for it */
    MOST_CELLS = 4000  /* of the table of all rows */
};

/* Each embedder's best method on a data set, on the first also its first; the ceiling, and where
 * baselines are few all of them. Returns how many. */
static uint32_t choose_rows(const struct sheet *sheet, bool *chosen)
{
    const struct summary_suite *suite = sheet->suite;
    uint32_t *systems = mem_array(suite->n_systems + 1u, sizeof *systems), n = 0, n_baselines = 0;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct page_set set = {sheet->page, suite, d};
        uint32_t leading = page_leading(&set, systems);
        for (uint32_t i = 0; i < leading && i < MOST_LEADING && d < MOST_CHOOSING; i++) {
            uint32_t embedder = suite->systems[systems[i]].number;
            bool best = summary_best_system(suite, d, embedder) == systems[i];
            chosen[systems[i]] = chosen[systems[i]] || d == 0 || best;
        }
    }
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        n_baselines += suite->systems[s].baseline;
    }
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const char *method = suite->systems[s].method;
        if (suite->systems[s].baseline) {
            chosen[s] = n_baselines <= 3 || suite_is_ceiling(suite->suite, method);
        }
        n += chosen[s];
    }
    free(systems);
    return n;
}

/* chosen NULL: all rows, as far as they fit. */
static void write_table(const struct sheet *sheet, const char *label, const bool *chosen)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    uint32_t most = chosen ? UINT32_MAX : MOST_CELLS / (suite->n_sets ? suite->n_sets : 1), n = 0;
    html_scroll_begin(out, label);
    fputs("<table class=\"headline numbers sortable\">\n<caption class=\"hidden\">", out);
    html_text(out, label);
    fputs("</caption>\n", out);
    write_head(sheet);
    fputs("<tbody class=\"baselines\">\n", out);
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (suite->systems[s].baseline && (!chosen || chosen[s])) {
            write_baseline(sheet, s);
        }
    }
    fputs("</tbody>\n<tbody>\n", out);
    for (uint32_t s = 0; s < suite->n_systems && n < most; s++) {
        if (!suite->systems[s].baseline && (!chosen || chosen[s])) {
            write_system(sheet, s);
            n++;
        }
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    if (n == most) {
        fprintf(out, "<p class=\"note\">The first %u; harness report --format csv lists all.</p>\n",
                n);
    }
}

void write_html_headline(const struct report_page *page, const struct summary_suite *suite)
{
    FILE *out = page->out;
    struct sheet sheet = {
        .page = page,
        .suite = suite,
        .ceilings = mem_array(suite->n_sets + 1u, sizeof *sheet.ceilings),
        .best = mem_array(suite->n_sets + 1u, sizeof *sheet.best),
        .staged = mem_array(suite->n_sets + 1u, sizeof *sheet.staged),
    };
    bool *chosen = mem_array(suite->n_systems + 1u, sizeof *chosen);
    tied_init(&sheet.tied, page->tree);
    look_over(&sheet);
    uint32_t n = choose_rows(&sheet, chosen);
    char *label = mem_format("Headline figures of %s", suite->suite);
    fputs("<div class=\"card\">\n", out);
    page_heading(out, "h3", NULL, suite->suite);
    write_table(&sheet, label, chosen);
    write_legend(&sheet);
    if (n < suite->n_systems) {
        fprintf(out, "<details>\n<summary>All %u rows</summary>\n", suite->n_systems);
        free(label);
        label = mem_format("All rows of %s", suite->suite);
        write_table(&sheet, label, NULL);
        fputs("</details>\n", out);
    }
    fputs("</div>\n", out);
    free(label);
    free(chosen);
    tied_finish(&sheet.tied);
    free(sheet.ceilings);
    free(sheet.best);
    free(sheet.staged);
}
