/*
 * What the figures cost, and how much of the data was answered.
 */
#include "report/html/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct embedder_facts *facts_of(const struct report_page *page, const char *name)
{
    uint32_t number = page_colour_index(page, name);
    return number < page->tree->n_embedders ? &page->tree->embedders[number] : NULL;
}

/* Mean of an embedder's figures over the data sets of a suite; NAN if one is missing, since means
 * over different sets do not compare. */
static double mean_score(const struct summary_suite *suite, uint32_t embedder)
{
    double sum = 0;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        uint32_t system = summary_best_system(suite, d, embedder);
        if (system == suite->n_systems) {
            return NAN;
        }
        sum += page_value(summary_shown(summary_cell(suite, d, system))).value;
    }
    return sum / suite->n_sets;
}

enum cost { SPEED, SECONDS, MEMORY, N_COSTS };
static const struct {
    const char *caption, *label;
} costs[N_COSTS] = {
    [SPEED] = {"Score against speed", "words per second"},
    [SECONDS] = {"Score against time", "seconds in all, loading included"},
    [MEMORY] = {"Score against memory", "peak memory, MB"},
};

static double cost_of(const struct embedder_facts *facts, enum cost cost)
{
    return cost == SPEED     ? facts->tokens_per_second
           : cost == SECONDS ? facts->seconds
                             : (double)facts->peak_rss_bytes / 1e6;
}

static void write_chart(const struct report_page *page, const struct summary_suite *suite,
                        enum cost cost)
{
    struct svg_point *points = mem_array(suite->n_embedders + 1u, sizeof *points);
    uint32_t n = 0;
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        const struct embedder_facts *facts = facts_of(page, suite->embedders[e]);
        double score = mean_score(suite, e);
        if (facts && isfinite(score) && cost_of(facts, cost) > 0) {
            points[n++] = (struct svg_point){suite->embedders[e],
                                             cost_of(facts, cost),
                                             {score, NAN, NAN},
                                             page_colour_index(page, suite->embedders[e])};
        }
    }
    if (n > 1) { /* a single mark compares nothing */
        char *caption = mem_format("%s: %s", costs[cost].caption, suite->suite);
        page_figure_begin(page->out, caption, false);
        svg_scatter(page->out,
                    &(struct svg_frame){.title = caption,
                                        .description = "A mark per embedder: its mean over the "
                                                       "data sets of the suite, each with its "
                                                       "best method, against what it cost.",
                                        .label = "mean score",
                                        .width = PAGE_NARROW,
                                        .height = 220},
                    costs[cost].label, true, points, n);
        page_figure_end(page->out);
        free(caption);
    }
    free(points);
}

/* Answers that were read from a file cost nothing. */
static bool has_cost(const struct embedder_facts *facts)
{
    return !facts->kind || strcmp(facts->kind, "predictions") != 0;
}

static void write_costs(const struct report_page *page)
{
    FILE *out = page->out;
    bool any = false;
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        any = any || has_cost(&page->tree->embedders[i]);
    }
    if (!any) {
        return;
    }
    fputs("<div class=\"card\">\n", out);
    html_scroll_begin(out, "Cost of each embedder");
    fputs(
        "<table class=\"numbers sortable\">\n<caption>Cost of each embedder</caption>\n<thead><tr>"
        "<th scope=\"col\">Embedder</th><th scope=\"col\" class=\"n\">Loading, s</th>"
        "<th scope=\"col\" class=\"n\">In all, s</th><th scope=\"col\" class=\"n\">Words/s</th>"
        "<th scope=\"col\" class=\"n\">Peak memory, MB</th>"
        "<th scope=\"col\" class=\"n\">Asked of the host, MB</th></tr></thead>\n<tbody>\n",
        out);
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        const struct embedder_facts *facts = &page->tree->embedders[i];
        if (!has_cost(facts)) {
            continue;
        }
        fputs("<tr><th scope=\"row\">", out);
        html_name(out, facts->name);
        fprintf(out, "</th><td>%.2f</td><td>%.2f</td><td>", facts->load_seconds, facts->seconds);
        html_count(out, facts->tokens_per_second > 0 ? (uint64_t)facts->tokens_per_second : 0);
        fprintf(out, "</td><td>%.1f</td><td>%.1f</td></tr>\n", (double)facts->peak_rss_bytes / 1e6,
                (double)facts->allocated_bytes / 1e6);
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    fputs("</div>\n", out);
}

void write_html_cost(const struct report_page *page)
{
    write_costs(page);
    fputs("<div class=\"figures\">\n", page->out);
    for (uint32_t i = 0; i < page->summary->n_suites; i++) {
        for (int cost = 0; cost < N_COSTS; cost++) {
            write_chart(page, &page->summary->suites[i], (enum cost)cost);
        }
    }
    fputs("</div>\n", page->out);
}

static void write_coverage_row(const struct report_page *page, const struct summary_suite *suite,
                               uint32_t embedder)
{
    FILE *out = page->out;
    fputs("<tr><th scope=\"row\">", out);
    svg_key(out, page_colour_index(page, suite->embedders[embedder]), false);
    fputc(' ', out);
    html_name(out, suite->embedders[embedder]);
    fputs("</th>", out);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        uint32_t system = summary_best_system(suite, d, embedder);
        const struct figure *row =
            system < suite->n_systems ? summary_shown(summary_cell(suite, d, system)) : NULL;
        fputs("<td>", out);
        if (row && row->n > 0) {
            fprintf(out, "%.1f\u00a0%%<span class=\"ci\">%llu of %llu</span>",
                    100 * (double)row->answered / (double)row->n, (unsigned long long)row->answered,
                    (unsigned long long)row->n);
        }
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

enum { MOST_PARTIAL = 25 };

/* Embedders that left an item of any set unanswered; returns how many. */
static uint32_t find_partial(const struct summary_suite *suite, bool *ret_partial)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        for (uint32_t d = 0; d < suite->n_sets && !ret_partial[e]; d++) {
            uint32_t system = summary_best_system(suite, d, e);
            ret_partial[e] =
                system < suite->n_systems && summary_is_partial(summary_cell(suite, d, system));
        }
        n += ret_partial[e];
    }
    return n;
}

void write_html_coverage(const struct report_page *page)
{
    FILE *out = page->out;
    bool any = false;
    for (uint32_t i = 0; i < page->summary->n_suites; i++) {
        const struct summary_suite *suite = &page->summary->suites[i];
        bool *partial = mem_array(suite->n_embedders + 1u, sizeof *partial);
        uint32_t n = find_partial(suite, partial);
        any = any || n > 0;
        if (n == 0) {
            free(partial);
            continue;
        }
        char *title = mem_format("Items answered, %s: embedders that left some", suite->suite);
        fputs("<div class=\"card\">\n", out);
        html_scroll_begin(out, title);
        fputs("<table class=\"numbers\">\n<caption>", out);
        html_text(out, title);
        fputs("</caption>\n<thead><tr><th scope=\"col\">Embedder</th>", out);
        for (uint32_t d = 0; d < suite->n_sets; d++) {
            fputs("<th scope=\"col\" class=\"n\">", out);
            html_name(out, suite->sets[d].dataset);
            fputs("</th>", out);
        }
        fputs("</tr></thead>\n<tbody>\n", out);
        for (uint32_t e = 0, written = 0; e < suite->n_embedders; e++) {
            if (partial[e] && written++ < MOST_PARTIAL) {
                write_coverage_row(page, suite, e);
            }
        }
        fputs("</tbody></table>\n", out);
        html_scroll_end(out);
        if (n > MOST_PARTIAL) {
            fprintf(out, "<p class=\"note\">The first %d of %u.</p>\n", MOST_PARTIAL, n);
        }
        fputs("</div>\n", out);
        free(title);
        free(partial);
    }
    if (!any) {
        fputs("<p class=\"note\">Every embedder answered every item.</p>\n", out);
    }
}
