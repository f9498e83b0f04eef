/*
 * Who ran, and what it comes to: a table per suite, a row per system, and for each data set the
 * look-up table's figure, the one of the stage chosen, and what context gained.
 */
#include "report/html/page.h"

#include "base/mem.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static void write_failures(const struct report_page *page)
{
    FILE *out = page->out;
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        const struct embedder_facts *facts = &page->tree->embedders[i];
        if (!is(facts->status, "ok")) {
            fputs("<p class=\"failure\"><strong>", out);
            html_name(out, facts->name);
            fputs("</strong> did not end well (", out);
            html_text(out, facts->status ? facts->status : "unknown");
            fputs("): ", out);
            html_name(out, facts->error ? facts->error : "no reason was given");
            fputs("</p>\n", out);
        }
    }
}

static void write_embedder(const struct report_page *page, uint32_t number)
{
    FILE *out = page->out;
    const struct embedder_facts *facts = &page->tree->embedders[number];
    bool frozen = facts->weights_before && is(facts->weights_after, facts->weights_before);
    fputs("<tr><th scope=\"row\">", out);
    svg_key(out, number, is(facts->kind, "static"));
    fputc(' ', out);
    html_name(out, facts->name);
    fputs("</th><td>", out);
    html_text(out, facts->kind ? facts->kind : "–");
    fputs("</td><td>", out);
    html_name(out, facts->plugin);
    fprintf(out, "</td><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">", facts->dim,
            facts->n_stages);
    if (facts->n_words) {
        html_count(out, facts->n_words);
    } else {
        fputs("open", out);
    }
    fputs("</td><td class=\"n\">", out);
    html_bytes(out, facts->model_bytes);
    fputs("</td><td>", out);
    fputs(!facts->weights_before ? "not shown"
          : frozen               ? "unchanged"
                                 : "<strong>CHANGED</strong>",
          out);
    fputs("</td></tr>\n", out);
}

void write_html_embedders(const struct report_page *page)
{
    FILE *out = page->out;
    write_failures(page);
    if (page->tree->n_embedders == 0) {
        return;
    }
    fputs("<div class=\"card\">\n", out);
    page_heading(out, "h3", NULL, "embedders");
    html_scroll_begin(out, "Embedders");
    fputs("<table>\n<caption class=\"hidden\">Embedders</caption>\n<thead><tr><th "
          "scope=\"col\">Embedder</th><th scope=\"col\">Kind</th>"
          "<th scope=\"col\">Plugin</th><th scope=\"col\" class=\"n\">Dimensions</th>"
          "<th scope=\"col\" class=\"n\">Stages</th><th scope=\"col\" class=\"n\">Words</th>"
          "<th scope=\"col\" class=\"n\">On disk</th><th scope=\"col\">Weights</th></tr></thead>\n"
          "<tbody>\n",
          out);
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        write_embedder(page, i);
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    fputs("<p class=\"note\">Colour and marker stand for an embedder on the whole page.</p>\n"
          "</div>\n",
          out);
}

/* What the columns of one suite's table have to show. */
struct sheet {
    const struct report_page *page;
    const struct summary_suite *suite;
    const struct result_row **ceilings; /* [n_sets] NULL: none */
    double *best;                       /* [n_sets] figure that an embedder has; NAN: none */
    bool any_chosen, any_last, any_test_best, any_ceiling, any_fitted, any_mean;
};

static const struct result_row *ceiling_of(const struct sheet *sheet, uint32_t set)
{
    for (uint32_t s = 0; s < sheet->suite->n_systems; s++) {
        if (sheet->suite->systems[s].baseline &&
            is(sheet->suite->systems[s].method, "static-ceiling")) {
            return summary_shown(summary_cell(sheet->suite, set, s));
        }
    }
    return NULL;
}

/* The best figure shown that an embedder has on a set; NAN if none has any. */
static double best_on(const struct summary_suite *suite, uint32_t set)
{
    double best = NAN;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct result_row *shown = summary_shown(summary_cell(suite, set, s));
        if (!suite->systems[s].baseline && shown && !shown->reason &&
            metric_before(suite->suite, shown->metric, shown->value, best)) {
            best = shown->value;
        }
    }
    return best;
}

static void write_interval(FILE *out, const struct result_row *row)
{
    if (isfinite(row->low) && isfinite(row->high)) {
        fputs("<span class=\"ci\">", out);
        page_interval(out, row);
        fputs("</span>", out);
    }
}

/* What stands below a figure that is not of all items, or has something else to be said. */
static void write_caveat(FILE *out, const struct summary_set *set, const struct summary_cell *cell)
{
    const struct result_row *row = summary_said(cell);
    const struct result_row *own = cell->beside ? cell->beside : row;
    if (cell->beside && isfinite(cell->beside->value)) {
        fputs("<span class=\"ci\">", out);
        html_text(out, set->beside);
        fputc(' ', out);
        html_figure(out, set->scale * cell->beside->value);
        fputs("</span>", out);
    }
    if (own && own->answered < own->n) {
        bool half = summary_is_below_half(cell);
        fputs(half ? "<span class=\"ci\"><strong>" : "<span class=\"ci\">", out);
        html_count(out, own->answered);
        fputs(" of ", out);
        html_count(out, own->n);
        fputs(half ? " answered: below half</strong></span>" : " answered</span>", out);
    }
    if (row && row->reason) {
        fputs("<span class=\"ci\"><strong>", out);
        html_text(out, row->reason);
        fputs("</strong></span>", out);
    }
}

/* The figure at the table, or of a system that has no stages to choose from. */
static void write_table_cell(FILE *out, const struct summary_set *set,
                             const struct summary_cell *cell, const struct result_row *row,
                             bool best, bool alone)
{
    fputs(best ? "<td class=\"n best\">" : "<td class=\"n\">", out);
    if (row && isfinite(row->value)) {
        page_figure(out, row);
        if (alone) {
            write_interval(out, row);
        }
    } else if (cell->empty && !summary_shown(cell)) {
        fputs("–", out);
        alone = true;
    }
    if (alone) {
        write_caveat(out, set, cell);
    }
    fputs("</td>", out);
}

static void write_shown_cell(const struct sheet *sheet, uint32_t set,
                             const struct summary_cell *cell, bool best)
{
    FILE *out = sheet->page->out;
    const struct result_row *shown = summary_shown(cell), *ceiling = sheet->ceilings[set];
    fputs(best ? "<td class=\"n best\">" : "<td class=\"n\">", out);
    if (shown && cell->stages.n > 1) {
        page_figure(out, shown);
        if (ceiling && shown->value > ceiling->value) {
            fputs("<span class=\"above\" title=\"above the static ceiling\"> ▲</span>", out);
        }
        fputs("<span class=\"stage\">", out);
        html_name(out, shown->stage.name);
        fputs(summary_is_test_best(cell) ? " †</span>" : "</span>", out);
        write_interval(out, shown);
        write_caveat(out, &sheet->suite->sets[set], cell);
    }
    fputs("</td>", out);
}

/* The suite's own row with its paired interval; without one the plain difference. */
static void write_gain_cell(FILE *out, const struct summary_set *set,
                            const struct summary_cell *cell)
{
    const struct result_row *shown = summary_shown(cell);
    double gain = cell->gain                                   ? cell->gain->value
                  : shown && cell->stages.n > 1 && cell->table ? shown->value - cell->table->value
                                                               : NAN;
    double better = set->direction == METRIC_NEITHER ? 0
                    : set->direction == METRIC_LOWER ? -gain
                                                     : gain;
    fprintf(out, "<td class=\"n%s\">", better > 0 ? " up" : better < 0 ? " down" : "");
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
    fputs("</th><td>", out);
    html_name(out, system->method);
    fputs("</td>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct summary_cell *cell = summary_cell(suite, d, number);
        const struct result_row *shown = summary_shown(cell);
        bool best = shown && !suite->sets[d].alone && shown->value == sheet->best[d],
             alone = cell->stages.n == 1;
        write_table_cell(out, &suite->sets[d], cell, alone ? shown : cell->table,
                         best && (alone || shown == cell->table), alone);
        write_shown_cell(sheet, d, cell, best);
        write_gain_cell(out, &suite->sets[d], cell);
    }
    fputs("</tr>\n", out);
}

static void write_baseline(const struct sheet *sheet, uint32_t number)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    fputs("<tr><th scope=\"row\">", out);
    html_name(out, suite->systems[number].method);
    fputs("</th><td></td>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct result_row *row = summary_shown(summary_cell(suite, d, number));
        fputs("<td class=\"n\">", out);
        if (row) {
            page_figure(out, row);
            write_interval(out, row);
        }
        fputs("</td><td></td><td></td>", out);
    }
    fputs("</tr>\n", out);
}

static void write_head(const struct sheet *sheet)
{
    FILE *out = sheet->page->out;
    const struct summary_suite *suite = sheet->suite;
    fputs("<thead><tr><th scope=\"col\" rowspan=\"2\">Embedder</th>"
          "<th scope=\"col\" rowspan=\"2\">Method</th>",
          out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        fputs("<th scope=\"colgroup\" colspan=\"3\" class=\"of\">", out);
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
        fputs("<th scope=\"col\" class=\"n\">table</th><th scope=\"col\" class=\"n\">stage</th>"
              "<th scope=\"col\" class=\"n\">gain</th>",
              out);
    }
    fputs("</tr></thead>\n", out);
}

static void write_legend(const struct sheet *sheet)
{
    FILE *out = sheet->page->out;
    fputs("<p class=\"note\">Shares and correlations × 100, 95 % bootstrap intervals below them. "
          "<b>table</b>: the look-up table alone, before any context. <b>stage</b>: a later stage "
          "of the forward pass, named beside its figure",
          out);
    fputs(sheet->any_chosen ? ", chosen on the development set"
          : sheet->any_last ? ", the last one, since there is no set to choose on"
                            : "",
          out);
    fputs(". <b>gain</b>: what context adds to the table.", out);
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
        fputs(" ▲: above the static ceiling, which no reading of one vector per word can pass.",
              out);
    }
    fputs("</p>\n", out);
}

static void look_over(struct sheet *sheet)
{
    const struct summary_suite *suite = sheet->suite;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct result_row *ceiling = ceiling_of(sheet, d);
        sheet->ceilings[d] = ceiling;
        sheet->best[d] = best_on(suite, d);
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            const struct summary_cell *cell = summary_cell(suite, d, s);
            const struct result_row *shown = summary_shown(cell);
            sheet->any_chosen = sheet->any_chosen || cell->chosen;
            sheet->any_last = sheet->any_last || cell->gain;
            sheet->any_fitted = sheet->any_fitted || summary_is_self_fitted(cell);
            sheet->any_mean = sheet->any_mean || (shown && isfinite(shown->sd));
            sheet->any_test_best = sheet->any_test_best || summary_is_test_best(cell);
            sheet->any_ceiling = sheet->any_ceiling ||
                                 (ceiling && shown && cell->stages.n > 1 &&
                                  !suite->systems[s].baseline && shown->value > ceiling->value);
        }
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
    };
    look_over(&sheet);
    char *label = mem_format("Headline figures of %s", suite->suite);
    fputs("<div class=\"card\">\n", out);
    page_heading(out, "h3", NULL, suite->suite);
    html_scroll_begin(out, label);
    fputs("<table class=\"headline sortable\">\n<caption class=\"hidden\">", out);
    html_text(out, label);
    fputs("</caption>\n", out);
    write_head(&sheet);
    fputs("<tbody class=\"baselines\">\n", out);
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (suite->systems[s].baseline) {
            write_baseline(&sheet, s);
        }
    }
    fputs("</tbody>\n<tbody>\n", out);
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (!suite->systems[s].baseline) {
            write_system(&sheet, s);
        }
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    write_legend(&sheet);
    fputs("</div>\n", out);
    free(label);
    free(sheet.ceilings);
    free(sheet.best);
}
