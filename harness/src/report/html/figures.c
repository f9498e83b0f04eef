/*
 * Of one data set: the figures behind its charts as tables, and the protocol of each.
 */
#include "report/html/page.h"

#include "base/map.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_name(const struct page_set *set, uint32_t number)
{
    const struct summary_system *system = &set->suite->systems[number];
    char *name = page_system_name(system);
    fputs("<tr><th scope=\"row\">", set->page->out);
    html_name(set->page->out, name);
    fputs("</th>", set->page->out);
    free(name);
}

static void write_value(FILE *out, const struct figure *row, bool best)
{
    fputs(best ? "<td class=\"best\"" : "<td", out);
    if (row && isfinite(row->low) && isfinite(row->high)) {
        fputs(" title=\"", out);
        page_interval(out, row);
        fputc('"', out);
    }
    fputc('>', out);
    if (row && isfinite(row->value)) {
        page_figure(out, row);
    }
    fputs("</td>", out);
}

static void begin_table(const struct page_set *set, const char *title)
{
    FILE *out = set->page->out;
    fputs("<details>\n<summary>", out);
    html_text(out, title);
    fputs("</summary>\n", out);
    html_scroll_begin(out, title);
    fputs("<table class=\"numbers sortable\">\n<caption class=\"hidden\">", out);
    html_text(out, title);
    fputs("</caption>\n<thead><tr><th scope=\"col\">System</th>", out);
}

static void end_table(const struct page_set *set)
{
    fputs("</tbody></table>\n", set->page->out);
    html_scroll_end(set->page->out);
    fputs("</details>\n", set->page->out);
}

/* "f1 at every stage: the first 20 of 300 systems". free() it. */
static char *titled(const char *what, uint32_t n, uint32_t all)
{
    return n < all ? mem_format("%s: the first %u of %u systems; harness report --format csv lists "
                                "all",
                                what, n, all)
                   : mem_text(what);
}

static void write_stages(const struct page_set *set)
{
    FILE *out = set->page->out;
    const struct summary_set *here = page_set_of(set);
    uint32_t *rows = mem_array(set->suite->n_systems + 1u, sizeof *rows), all;
    uint32_t n = page_rows(set, here->n_stages + 1, rows, &all);
    char *what = mem_format("%s at every stage", here->metric);
    char *title = titled(what, n, all);
    free(what);
    begin_table(set, title);
    fputs("<th scope=\"col\" class=\"n\">one figure</th>", out);
    for (uint32_t t = 0; t < here->n_stages; t++) {
        fputs("<th scope=\"col\" class=\"n\">", out);
        html_name(out, here->stages[t].name);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t i = 0; i < n; i++) {
        const struct summary_cell *cell = summary_cell(set->suite, set->number, rows[i]);
        if (!cell->best) {
            continue;
        }
        write_name(set, rows[i]);
        write_value(out, summary_at(cell, NULL), false);
        for (uint32_t t = 0; t < here->n_stages; t++) {
            const struct figure *row = summary_at(cell, here->stages[t].name);
            write_value(out, row, row && row == cell->best);
        }
        fputs("</tr>\n", out);
    }
    end_table(set);
    free(title);
    free(rows);
}

/* A figure other than the headline: metric and policy, texts of the tree. */
struct shown_figure {
    const char *metric, *policy;
};

/* The first `most` of them; returns how many there are. */
static uint32_t list_figures(const struct page_set *set, struct shown_figure *figures,
                             uint32_t most)
{
    struct map known = {0};
    for (uint32_t s = 0; s < set->suite->n_systems; s++) {
        const struct summary_rows *rows = &summary_cell(set->suite, set->number, s)->others;
        for (uint32_t r = 0; r < rows->n; r++) {
            struct shown_figure figure = {rows->rows[r]->metric, rows->rows[r]->policy};
            uint32_t n = known.n; /* texts of the tree are the same where they are equal */
            if (map_put(&known, (const char *)&figure, sizeof figure) == n && n < most) {
                figures[n] = figure;
            }
        }
    }
    uint32_t all = known.n;
    map_finish(&known);
    return all;
}

static const struct figure *row_of(const struct summary_cell *cell,
                                   const struct shown_figure *figure)
{
    for (uint32_t r = 0; r < cell->others.n; r++) {
        const struct figure *row = cell->others.rows[r];
        if (row->metric == figure->metric && row->policy == figure->policy) {
            return row;
        }
    }
    return NULL;
}

enum { MOST_FIGURES = 64 };

static void write_others(const struct page_set *set)
{
    FILE *out = set->page->out;
    struct shown_figure figures[MOST_FIGURES];
    uint32_t all = list_figures(set, figures, MOST_FIGURES);
    uint32_t n = all < MOST_FIGURES ? all : MOST_FIGURES;
    if (n == 0) {
        return;
    }
    uint32_t *rows = mem_array(set->suite->n_systems + 1u, sizeof *rows), all_rows;
    uint32_t n_rows = page_rows(set, n + 1, rows, &all_rows);
    char *what = n < all
                     ? mem_format("Other figures at the stage shown: the first %u of %u; harness "
                                  "report --format csv lists all",
                                  n, all)
                     : mem_text("Other figures at the stage shown");
    char *title = titled(what, n_rows, all_rows);
    begin_table(set, title);
    free(title);
    free(what);
    fputs("<th scope=\"col\">Stage</th>", out);
    for (uint32_t i = 0; i < n; i++) {
        fputs("<th scope=\"col\" class=\"n\">", out);
        html_name(out, figures[i].metric);
        if (figures[i].policy) {
            fputs("<span class=\"ci\">", out);
            html_name(out, figures[i].policy);
            fputs("</span>", out);
        }
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t r = 0; r < n_rows; r++) {
        const struct summary_cell *cell = summary_cell(set->suite, set->number, rows[r]);
        const struct figure *shown = summary_shown(cell);
        if (!shown) {
            continue;
        }
        write_name(set, rows[r]);
        fputs("<td class=\"text\">", out);
        html_name(out, shown->stage.name);
        fputs("</td>", out);
        for (uint32_t i = 0; i < n; i++) {
            write_value(out, row_of(cell, &figures[i]), false);
        }
        fputs("</tr>\n", out);
    }
    free(rows);
    end_table(set);
}

static void write_protocols(const struct page_set *set)
{
    FILE *out = set->page->out;
    uint32_t *rows = mem_array(set->suite->n_systems + 1u, sizeof *rows), all;
    uint32_t n = page_rows(set, 10, rows, &all); /* a signature is as long as ten figures */
    char *title = titled("Protocol of each figure shown", n, all);
    begin_table(set, title);
    free(title);
    fputs("<th scope=\"col\" class=\"n\">items</th><th scope=\"col\" class=\"n\">answered</th>"
          "<th scope=\"col\">Signature: two figures are comparable if it agrees</th>"
          "</tr></thead>\n<tbody>\n",
          out);
    for (uint32_t r = 0; r < n; r++) {
        const struct figure *shown = summary_shown(summary_cell(set->suite, set->number, rows[r]));
        if (shown) {
            write_name(set, rows[r]);
            fprintf(out, "<td>%llu</td><td>%llu</td><td class=\"text\"><code>",
                    (unsigned long long)shown->n, (unsigned long long)shown->answered);
            html_name(out, shown->signature);
            fputs("</code></td></tr>\n", out);
        }
    }
    free(rows);
    end_table(set);
}

void write_html_figures(const struct page_set *set)
{
    write_stages(set);
    write_others(set);
    write_protocols(set);
}
