/*
 * What the page begins with: findings in sentences, and one picture of the embedders on one axis.
 */
#include "report/html/page.h"
#include "report/findings.h"
#include "report/html/svg_plot.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 12, MOST_MARKS = 2, MOST_FINDINGS = 60 };

/* The first sentence stands out. */
static void write_sentences(FILE *out, const char *text)
{
    const char *end = strstr(text, ". ");
    size_t n = end ? (size_t)(end - text) + 1 : strlen(text);
    fputs("<p class=\"finding\"><strong>", out);
    html_text_n(out, text, n);
    fputs("</strong>", out);
    html_text(out, text + n);
    fputs("</p>\n", out);
}

/* Which findings stand where: that of the picture above it, those that head the other suites below
 * it, the others folded. */
enum place { ABOVE, BELOW, FOLDED };

static enum place place_of(const struct report_page *page, const struct finding *finding)
{
    bool hero = finding->suite == page->hero_suite && finding->set == page->hero_set;
    return hero ? ABOVE : finding->first ? BELOW : FOLDED;
}

static void write_findings(const struct report_page *page, const struct finding *findings,
                           uint32_t n, enum place place)
{
    struct tied_figures tied;
    tied_init(&tied, page->tree);
    for (uint32_t i = 0, written = 0; i < n && written < MOST_FINDINGS; i++) {
        if (place_of(page, &findings[i]) == place) {
            char *text = finding_text(page->summary, page->tree, &tied, &findings[i]);
            if (*text) {
                write_sentences(page->out, text);
                written++;
            }
            free(text);
        }
    }
    tied_finish(&tied);
}

static uint32_t n_with_text(const struct report_page *page, const struct finding *findings,
                            uint32_t n)
{
    uint32_t more = 0;
    for (uint32_t i = 0; i < n; i++) {
        more += place_of(page, &findings[i]) == FOLDED &&
                findings[i].lead < page->summary->suites[findings[i].suite].n_systems;
    }
    return more;
}

/* The picture. Rows are laid out by the style, so that words keep their size on any screen. */
struct picture {
    const struct page_set *set;
    uint32_t *systems; /* [n] */
    uint32_t n;
    struct svg_scale scale; /* from 0 to 100 % */
    struct svg_mark marks[MOST_MARKS];
    uint32_t n_marks;
};

static const struct summary_cell *cell_of(const struct picture *picture, uint32_t row)
{
    return summary_cell(picture->set->suite, picture->set->number, picture->systems[row]);
}

/* The ceiling of static vectors, and the best other baseline where it is another value. */
static void find_marks(struct picture *picture)
{
    const struct summary_suite *suite = picture->set->suite;
    const struct figure *ceiling = summary_ceiling(suite, picture->set->number), *best = NULL;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct figure *row = summary_shown(summary_cell(suite, picture->set->number, s));
        if (suite->systems[s].baseline && row && isfinite(row->value) && row != ceiling &&
            !(ceiling && fabs(row->value - ceiling->value) < 5e-4) &&
            !(ceiling && metric_before(suite->suite, row->metric, row->value, ceiling->value)) &&
            (!best || metric_before(suite->suite, row->metric, row->value, best->value))) {
            best = row;
        }
    }
    const struct figure *const rows[MOST_MARKS] = {ceiling, best};
    for (int i = 0; i < MOST_MARKS; i++) {
        if (rows[i] && isfinite(rows[i]->value)) {
            picture->marks[picture->n_marks++] =
                (struct svg_mark){rows[i]->method, page_value(rows[i]).value};
        }
    }
}

static void find_scale(struct picture *picture)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < picture->n; i++) {
        const struct summary_cell *cell = cell_of(picture, i);
        struct svg_value shown = page_value(summary_shown(cell)), table = page_value(cell->table);
        table.low = table.high = NAN;
        svg_extend(&low, &high, &shown);
        svg_extend(&low, &high, &table);
    }
    for (uint32_t i = 0; i < picture->n_marks; i++) {
        svg_extend(&low, &high, &(struct svg_value){picture->marks[i].value, NAN, NAN});
    }
    picture->scale = svg_scale_round(low, high, 5);
    picture->scale.to = 100;
}

static void write_at(const struct picture *picture, double value)
{
    fprintf(picture->set->page->out, "left:%.2f%%", svg_at(&picture->scale, value));
}

static void write_span(const struct picture *picture, const char *class_name, double a, double b)
{
    FILE *out = picture->set->page->out;
    double left = svg_at(&picture->scale, fmin(a, b)), right = svg_at(&picture->scale, fmax(a, b));
    fprintf(out, "<span class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></span>", class_name, left,
            right - left);
}

static void write_dot(const struct picture *picture, const struct svg_dot *dot, const char *who)
{
    FILE *out = picture->set->page->out;
    fputs("<svg class=\"mk\" viewBox=\"0 0 12 12\" style=\"", out);
    write_at(picture, dot->at.value);
    fputs("\">", out);
    svg_marker(out, 6, 6, dot->colour_index, dot->hollow);
    svg_marker_end(out, who, dot->name, &dot->at);
    fputs("</svg>", out);
}

static void write_lane(const struct picture *picture, uint32_t row)
{
    FILE *out = picture->set->page->out;
    const struct summary_system *system = &picture->set->suite->systems[picture->systems[row]];
    const struct summary_cell *cell = cell_of(picture, row);
    const struct figure *shown = summary_shown(cell);
    uint32_t colour = page_colour_index(picture->set->page, system->embedder);
    struct svg_value at = page_value(shown), table = page_value(cell->table);
    bool moved = cell->table && cell->table->stage.name != shown->stage.name;
    fprintf(out, "<span class=\"lane %s\">", svg_series_class(colour));
    for (uint32_t i = 0; i < picture->n_marks; i++) {
        fputs(i ? "<span class=\"rule thin\" style=\"" : "<span class=\"rule\" style=\"", out);
        write_at(picture, picture->marks[i].value);
        fputs("\"></span>", out);
    }
    if (moved && isfinite(table.value)) {
        write_span(picture, "way", table.value, at.value);
    }
    if (isfinite(at.low) && isfinite(at.high)) {
        write_span(picture, "range", at.low, at.high);
    }
    if (moved && isfinite(table.value)) {
        table.low = table.high = NAN;
        write_dot(picture, &(struct svg_dot){"table", table, colour, true}, system->embedder);
    }
    write_dot(picture, &(struct svg_dot){shown->stage.name, at, colour, false}, system->embedder);
    fputs("</span>", out);
}

static void write_row(const struct picture *picture, uint32_t row)
{
    FILE *out = picture->set->page->out;
    const struct summary_system *system = &picture->set->suite->systems[picture->systems[row]];
    const struct summary_cell *cell = cell_of(picture, row);
    const struct figure *shown = summary_shown(cell);
    fputs("<div class=\"row\"><span class=\"who\">", out);
    html_name(out, system->embedder);
    fputs(" <span class=\"how\">", out);
    html_name(out, system->method);
    fputs("</span></span>", out);
    write_lane(picture, row);
    fputs("<span class=\"val\">", out);
    page_figure(out, shown);
    fputs(" <span class=\"how\">", out);
    html_name(out, shown->stage.name);
    fputs(summary_is_test_best(cell) ? " †</span></span></div>\n" : "</span></span></div>\n", out);
}

/* Names of the lines above, numbers of the axis below. */
static void write_marks(const struct picture *picture)
{
    FILE *out = picture->set->page->out;
    for (uint32_t i = 0; i < picture->n_marks; i++) {
        double at = svg_at(&picture->scale, picture->marks[i].value);
        fputs("<div class=\"row names\"><span class=\"who\"></span><span class=\"lane\">", out);
        fprintf(out, "<span class=\"name%s\" style=\"%s:%.2f%%\">", at > 50 ? " end" : "",
                at > 50 ? "right" : "left", at > 50 ? 100 - at : at);
        html_name(out, picture->marks[i].name);
        fputc(' ', out);
        html_figure(out, picture->marks[i].value);
        fputs("</span></span><span class=\"val\"></span></div>\n", out);
    }
}

static void write_axis(const struct picture *picture)
{
    FILE *out = picture->set->page->out;
    const struct svg_scale *scale = &picture->scale;
    int n = (int)lround((scale->high - scale->low) / scale->step);
    int digits = scale->step >= 1 ? 0 : scale->step >= 0.1 ? 1 : 2;
    fputs("<div class=\"row axis\"><span class=\"who\"></span><span class=\"lane\">", out);
    for (int i = 0; i <= n; i++) {
        double value = scale->low + i * scale->step;
        fputs("<span class=\"tick\" style=\"", out);
        write_at(picture, value);
        fprintf(out, "\">%s%.*f</span>", value < -1e-9 ? "−" : "", digits, fabs(value));
    }
    fputs("</span><span class=\"val\"></span></div>\n", out);
}

static void write_picture(const struct picture *picture, uint32_t all)
{
    FILE *out = picture->set->page->out;
    const struct summary_set *set = page_set_of(picture->set);
    char *label = page_axis(set);
    bool staged = false, hindsight = false;
    for (uint32_t i = 0; i < picture->n; i++) {
        staged = staged || cell_of(picture, i)->stages.n > 1;
        hindsight = hindsight || summary_is_test_best(cell_of(picture, i));
    }
    fputs("<figure class=\"card hero\" id=\"hero\">\n<figcaption>", out);
    html_name(out, set->dataset);
    fputs(", ", out);
    html_text(out, label);
    fputs(set->direction == METRIC_LOWER ? " (lower is better)" : "", out);
    fputs("</figcaption>\n<div class=\"dots\">\n", out);
    write_marks(picture);
    for (uint32_t i = 0; i < picture->n; i++) {
        write_row(picture, i);
    }
    write_axis(picture);
    fputs("</div>\n<p class=\"note\">", out);
    fputs(staged
              ? "Hollow: the look-up table alone; full: the stage named beside the figure; bars: "
                "95 % intervals."
              : "Bars: 95 % intervals.",
          out);
    fputs(hindsight ? " †: the stage that is best on this very set, with hindsight." : "", out);
    fputs(picture->n_marks && summary_ceiling(picture->set->suite, picture->set->number)
              ? " Dashed: what one vector per word, read alone, cannot exceed."
              : "",
          out);
    if (all > picture->n) {
        fprintf(out, " The first %u of %u rows.", picture->n, all);
    }
    fputs("</p>\n</figure>\n", out);
    free(label);
}

bool page_is_hero(const struct page_set *set)
{
    const struct report_page *page = set->page;
    return page->hero_suite < page->summary->n_suites && set->number == page->hero_set &&
           set->suite == &page->summary->suites[page->hero_suite];
}

static bool has_any_figure(const struct summary_suite *suite, uint32_t set)
{
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        uint32_t system = summary_best_system(suite, set, e);
        const struct figure *row =
            system < suite->n_systems ? summary_shown(summary_cell(suite, set, system)) : NULL;
        if (row && isfinite(row->value)) {
            return true;
        }
    }
    return false;
}

/* The set of the first finding that heads a suite and has a leader, by more than few items if there
 * is one; where nothing leads, the first on which an embedder has a figure. */
void page_find_hero(struct report_page *page)
{
    const struct summary *summary = page->summary;
    struct finding *findings;
    uint32_t n = findings_list(summary, &findings);
    page->hero_suite = summary->n_suites;
    for (int led = 2; led >= 0; led--) {
        for (uint32_t i = 0; i < n && page->hero_suite == summary->n_suites; i++) {
            const struct summary_suite *suite = &summary->suites[findings[i].suite];
            if (led ? findings[i].first && findings[i].lead < suite->n_systems &&
                          (led == 1 || !findings[i].few)
                    : has_any_figure(suite, findings[i].set)) {
                page->hero_suite = findings[i].suite;
                page->hero_set = findings[i].set;
            }
        }
    }
    free(findings);
}

static void write_hero(const struct report_page *page)
{
    if (page->hero_suite == page->summary->n_suites) {
        return;
    }
    const struct summary_suite *suite = &page->summary->suites[page->hero_suite];
    const struct page_set set = {page, suite, page->hero_set};
    struct picture picture = {.set = &set,
                              .systems = mem_array(suite->n_systems + 1u, sizeof(uint32_t))};
    uint32_t all = page_leading(&set, picture.systems);
    picture.n = all < MOST_ROWS ? all : MOST_ROWS;
    find_marks(&picture);
    find_scale(&picture);
    write_picture(&picture, all);
    free(picture.systems);
}

void write_html_lead(const struct report_page *page)
{
    struct finding *findings;
    uint32_t n = findings_list(page->summary, &findings);
    uint32_t more = n_with_text(page, findings, n);
    fputs("<section class=\"lead-in\" id=\"findings\" aria-label=\"Findings\">\n", page->out);
    write_findings(page, findings, n, ABOVE);
    write_hero(page);
    write_findings(page, findings, n, BELOW);
    if (more > 0) {
        fprintf(page->out, "<details>\n<summary>Findings on %u more data set%s</summary>\n", more,
                more == 1 ? "" : "s");
        write_findings(page, findings, n, FOLDED);
        fputs("</details>\n", page->out);
    }
    fputs("</section>\n", page->out);
    free(findings);
}
