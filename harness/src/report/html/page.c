/*
 * The report as one page that needs nothing else: no network, and no script to read it.
 */
#include "report/html/page.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/metric.h"
#include "report/formats.h"
#include "report/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct summary_set *page_set_of(const struct page_set *set)
{
    return &set->suite->sets[set->number];
}

uint32_t page_colour_index(const struct report_page *page, const char *embedder)
{
    uint32_t number = embedder ? map_find_text(page->looks, embedder) : MAP_NONE;
    return number == MAP_NONE ? page->tree->n_embedders : page->numbers[number];
}

struct svg_value page_value(const struct figure *row)
{
    double scale = row ? metric_shown_times(row->suite, row->metric) : 1;
    return row ? (struct svg_value){scale * row->value, scale * row->low, scale * row->high}
               : (struct svg_value){NAN, NAN, NAN};
}

void page_figure(FILE *out, const struct figure *row)
{
    struct svg_value value = page_value(row);
    if (isfinite(value.value)) {
        html_figure(out, value.value);
    }
    if (row && isfinite(row->value) && figure_is_self_fitted(row)) {
        fputs("<span class=\"above\" title=\"threshold fitted on these very items\"> ‡</span>",
              out);
    }
    if (row && isfinite(row->sd)) {
        fputs("<span class=\"sd\"> ± ", out);
        html_figure(out, metric_shown_times(row->suite, row->metric) * row->sd);
        fputs("</span>", out);
    }
}

void page_interval(FILE *out, const struct figure *row)
{
    struct svg_value value = page_value(row);
    html_interval(out, value.low, value.high);
}

char *page_axis(const struct summary_set *set)
{
    return mem_format("%s%s", set->metric, set->scale > 1 ? " × 100" : "");
}

char *page_system_name(const struct summary_system *system)
{
    return system->baseline ? mem_text(system->method)
                            : mem_format("%s · %s", system->embedder, system->method);
}

void page_figure_begin(FILE *out, const char *caption, bool wide)
{
    fprintf(out, "<figure class=\"card%s\">\n<figcaption>", wide ? " wide" : "");
    html_text(out, caption);
    fputs("</figcaption>\n", out);
    html_scroll_begin(out, caption);
}

void page_figure_end(FILE *out)
{
    html_scroll_end(out);
    fputs("</figure>\n", out);
}

void page_heading(FILE *out, const char *tag, const char *id, const char *text)
{
    fprintf(out, "<%s", tag);
    if (id) {
        fputs(" id=\"", out);
        fputs(id, out);
        fputc('"', out);
    }
    fputc('>', out);
    html_name(out, text);
    fprintf(out, "</%s>\n", tag);
}

/* An anchor that no name from outside can break: "set-2-5". */
static char *set_id(uint32_t suite, uint32_t set)
{
    return mem_format("set-%u-%u", suite + 1, set + 1);
}

static void write_set_name(FILE *out, const struct summary_set *set)
{
    html_name(out, set->dataset);
    if (set->alone) {
        fputs(": ", out);
        html_name(out, set->metric);
    }
}

static void write_link(FILE *out, const char *to, const char *text)
{
    fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", to, text);
}

enum { MOST_LINKS = 40 /* to data sets of a suite */ };

static void write_suite_links(const struct report_page *page, uint32_t number)
{
    FILE *out = page->out;
    const struct summary_suite *suite = &page->summary->suites[number];
    fprintf(out, "<li><a href=\"#suite-%u\">", number + 1);
    html_name(out, suite->suite);
    fputs("</a>\n<ul>\n", out);
    for (uint32_t d = 0; d < suite->n_sets && d < MOST_LINKS; d++) {
        char *id = set_id(number, d);
        fprintf(out, "<li><a href=\"#%s\">", id);
        write_set_name(out, &suite->sets[d]);
        fputs("</a></li>\n", out);
        free(id);
    }
    fputs("</ul></li>\n", out);
}

static void write_contents(const struct report_page *page)
{
    FILE *out = page->out;
    fputs("<nav class=\"contents\" aria-label=\"Contents\">\n<ul>\n", out);
    write_link(out, "headline", "Headline figures");
    if (page->readouts->n > 0) {
        write_link(out, "readouts", "Readouts");
    }
    for (uint32_t i = 0; i < page->summary->n_suites && page->full; i++) {
        write_suite_links(page, i);
    }
    write_link(out, "cost", "Cost and coverage");
    if (page->tree->item_histories.n > 0 && page->full) {
        write_link(out, "items", "Single items");
    }
    write_link(out, "facts", "Provenance");
    fputs("</ul>\n</nav>\n", out);
}

enum { MOST_KEYS = 12 };

/* Which colour and marker is whose, above the charts that do not name them. */
static void write_legend(const struct page_set *set)
{
    FILE *out = set->page->out;
    uint32_t *systems = mem_array(set->suite->n_embedders + 1u, sizeof *systems);
    uint32_t n = page_ranking(set, systems);
    fputs("<p class=\"legend\">", out);
    for (uint32_t i = 0; i < n && i < MOST_KEYS; i++) {
        const struct summary_system *system = &set->suite->systems[systems[i]];
        fputs("<span>", out);
        svg_key(out, page_colour_index(set->page, system->embedder), system->is_static);
        fputc(' ', out);
        html_name(out, system->embedder);
        fputs("</span> ", out);
    }
    fputs("</p>\n", out);
    free(systems);
}

/* opened: as the page comes. */
static void write_set(const struct report_page *page, uint32_t number, uint32_t d, bool opened)
{
    const struct summary_suite *suite = &page->summary->suites[number];
    const struct summary_set *set = &suite->sets[d];
    struct page_set here = {page, suite, d};
    char *id = set_id(number, d);
    fprintf(page->out, "<details class=\"set\" id=\"%s\"%s>\n<summary>", id, opened ? " open" : "");
    write_set_name(page->out, set);
    fputs(" <span class=\"where\">", page->out);
    html_name(page->out, set->metric);
    fputs(set->scale > 1 ? " × 100, " : ", ", page->out);
    html_count(page->out, set->n);
    fputs(set->n == 1 ? " item" : " items", page->out);
    fputs(set->n < PAGE_FEW_ITEMS ? " °" : "", page->out);
    if (set->policy) {
        fputs(", policy ", page->out);
        html_name(page->out, set->policy);
    }
    fputs("</span></summary>\n", page->out);
    write_legend(&here);
    fputs("<div class=\"figures\">\n", page->out);
    write_html_ranks(&here);
    write_html_curves(&here);
    write_html_gains(&here);
    write_html_training(&here);
    write_html_splits(&here);
    fputs("</div>\n", page->out);
    write_html_figures(&here);
    fputs("</details>\n", page->out);
    free(id);
}

static void write_headlines(const struct report_page *page)
{
    fputs("<section>\n", page->out);
    page_heading(page->out, "h2", "headline", "Headline figures");
    for (uint32_t i = 0; i < page->summary->n_suites; i++) {
        write_html_headline(page, &page->summary->suites[i]);
    }
    write_html_embedders(page);
    fputs("</section>\n", page->out);
}

static void write_suites(const struct report_page *page)
{
    for (uint32_t i = 0; i < page->summary->n_suites; i++) {
        char *id = mem_format("suite-%u", i + 1);
        fputs("<section>\n", page->out);
        page_heading(page->out, "h2", id, page->summary->suites[i].suite);
        for (uint32_t d = 0; d < page->summary->suites[i].n_sets; d++) {
            write_set(page, i, d, i == 0 && d == 0);
        }
        fputs("</section>\n", page->out);
        free(id);
    }
}

static void write_body(const struct report_page *page)
{
    write_html_failures(page);
    for (uint32_t i = 0; i < page->summary->n_left_out; i++) {
        fputs("<p class=\"failure\">", page->out);
        html_name(page->out, page->summary->left_out[i]);
        fputs("</p>\n", page->out);
    }
    write_html_lead(page);
    write_contents(page);
    write_headlines(page);
    write_html_readouts(page);
    if (page->full) {
        write_suites(page);
    }
    fputs("<section>\n", page->out);
    page_heading(page->out, "h2", "cost", "Cost and coverage");
    write_html_cost(page);
    write_html_coverage(page);
    fputs("</section>\n", page->out);
    if (page->full) {
        write_html_items(page);
    }
    write_html_facts(page);
    if (!page->full) {
        fputs("<p class=\"note\">A summary: --page full adds each data set's curves, gains, parts "
              "and single items.</p>\n",
              page->out);
    }
}

static void count(struct str *text, size_t n, const char *one)
{
    str_format(text, "%s%zu %s%s", text->n ? " · " : "", n, one, n == 1 ? "" : "s");
}

/* "2026-01-31T12:00:00Z" as "31 January 2026, 12:00 UTC"; anything else as it is. */
static void add_date(struct str *text, const char *stamp)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    unsigned year, month, day, hour, minute;
    if (stamp && sscanf(stamp, "%4u-%2u-%2uT%2u:%2u", &year, &month, &day, &hour, &minute) == 5 &&
        month >= 1 && month <= 12) {
        str_format(text, " · %u %s %u, %02u:%02u UTC", day, months[month - 1], year, hour, minute);
    } else if (stamp) {
        str_format(text, " · %s", stamp);
    }
}

static void put_colour(struct map *looks, uint32_t *numbers, const char *name, size_t n_bytes,
                       uint32_t colour_index)
{
    uint32_t before = looks->n, number = map_put(looks, name, n_bytes);
    if (number == before) {
        numbers[number] = colour_index;
    }
}

/* A mean over seeds, NAME of NAME@seed:1 and so on, looks like none of these: as if it came behind
 * all embedders, by the first of its seeds. */
static void number_embedders(const struct result_tree *tree, struct map *looks, uint32_t *numbers)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const char *name = tree->embedders[i].name;
        if (name) {
            put_colour(looks, numbers, name, strlen(name), i);
        }
    }
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const char *name = tree->embedders[i].name;
        const char *seed = name ? strstr(name, "@seed:") : NULL;
        if (seed) {
            put_colour(looks, numbers, name, (size_t)(seed - name), tree->n_embedders + i);
        }
    }
}

static void write_page(const struct result_tree *tree, bool full, FILE *out)
{
    struct summary summary;
    struct str subtitle = {0};
    size_t n_sets = 0;
    summary_init(&summary, tree);
    for (uint32_t i = 0; i < summary.n_suites; i++) {
        n_sets += summary.suites[i].n_sets;
    }
    struct map looks = {0};
    uint32_t *numbers = mem_array(2 * (size_t)tree->n_embedders + 1, sizeof *numbers);
    number_embedders(tree, &looks, numbers);
    struct readouts readouts;
    readouts_list(tree, &readouts);
    struct report_page page = {out, tree, &summary, &looks, numbers, &readouts, full, 0, 0};
    page_find_hero(&page);
    count(&subtitle, tree->n_embedders, "embedder");
    count(&subtitle, summary.n_suites, "suite");
    count(&subtitle, n_sets, "data set");
    add_date(&subtitle, tree->run.started);
    html_page_begin(out, "Benchmark report", str_text(&subtitle));
    write_body(&page);
    html_page_end(out, true);
    readouts_finish(&readouts);
    map_finish(&looks);
    free(numbers);
    str_finish(&subtitle);
    summary_finish(&summary);
}

struct writing {
    const struct result_tree *tree;
    bool full;
};

static void write_report(void *ctx, FILE *out)
{
    const struct writing *writing = ctx;
    write_page(writing->tree, writing->full, out);
}

int report_write_html(const struct result_tree *tree, const char *path)
{
    return html_write_file(path, write_report, &(struct writing){tree, true});
}

static int write_look(const struct result_tree *tree, const struct report_look *look,
                      const char *path)
{
    return html_write_file(path, write_report, &(struct writing){tree, !look->summary});
}

const struct report_format report_format_html = {
    .name = "html",
    .about = "a page that needs nothing else",
    .ending = ".html",
    .write_look = write_look,
    .write_cells = cells_write_html,
    .cells_escaped = true,
    .items = REPORT_ITEMS_WITHIN,
    .with_run = true,
};
