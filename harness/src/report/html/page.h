/*
 * page.h - the sections of the report page, a file each; page.c puts them together.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "report/findings.h"
#include "report/html/html.h"
#include "report/summary.h"
#include "report/html/svg.h"
#include "report/readouts.h"

struct report_page {
    FILE *out;
    const struct result_tree *tree;
    const struct summary *summary;
    const struct map *looks; /* names of embedders */
    const uint32_t *numbers; /* [looks->n] their colours' numbers */
    const struct readouts *readouts;
    bool full;                     /* else findings, headline figures, cost and provenance alone */
    uint32_t hero_suite, hero_set; /* the data set of the picture at the top; if there is none, the
                                    * number of suites */
};

/* A data set of a suite on its page. */
struct page_set {
    const struct report_page *page;
    const struct summary_suite *suite;
    uint32_t number; /* of the set */
};

enum { PAGE_NARROW = 500, PAGE_WIDE = 1120 /* widths of charts: half the page, all of it */ };
enum { PAGE_NARROW_STAGES = 18 /* as many at most in a chart of half the page */ };
enum { PAGE_FEW_ITEMS = FINDINGS_FEW_ITEMS /* figures of fewer are marked */ };

void page_find_hero(struct report_page *page);
void write_html_lead(const struct report_page *page);      /* findings, and one picture */
bool page_is_hero(const struct page_set *set);             /* is it the one of that picture? */
void write_html_failures(const struct report_page *page);  /* who did not end well */
void write_html_embedders(const struct report_page *page); /* who ran, and how it ended */
void write_html_headline(const struct report_page *page, const struct summary_suite *suite);
void write_html_ranks(const struct page_set *set);
void write_html_curves(const struct page_set *set);
void write_html_gains(const struct page_set *set);
void write_html_training(const struct page_set *set); /* of series over training */
void write_html_splits(const struct page_set *set);
void write_html_figures(const struct page_set *set);
void write_html_readouts(const struct report_page *page); /* do ways of reading vectors agree? */
void write_html_cost(const struct report_page *page);
void write_html_coverage(const struct report_page *page);
void write_html_items(const struct report_page *page);
void write_html_facts(const struct report_page *page);

/* What the sections share. */

const struct summary_set *page_set_of(const struct page_set *set);
/* Colour and marker of an embedder, the same on the whole page. */
uint32_t page_colour_index(const struct report_page *page, const char *embedder);
/* A row's value and interval as they are shown, shares and correlations × 100; NAN for NULL. */
struct svg_value page_value(const struct figure *row);
/* The same as text; nothing where there is none. */
void page_figure(FILE *out, const struct figure *row);
void page_interval(FILE *out, const struct figure *row);
/* "f1 × 100": the headline metric of a set as the label of an axis. free() it. */
char *page_axis(const struct summary_set *set);
/* Each embedder's best system on a set, the greatest figure first: [n_embedders]; how many. */
uint32_t page_ranking(const struct page_set *set, uint32_t *ret_systems);
/* The same with each embedder's first method behind its best, where that is another: [n_systems].
 */
uint32_t page_leading(const struct page_set *set, uint32_t *ret_systems);
/* Systems that a long table of a set shows, `cells` of each: [n_systems]; all of them if they fit
 * into the set's share of PAGE_MOST_CELLS, else as many of page_leading() as do. *ret_all there
 * are. */
enum { PAGE_MOST_CELLS = 9000, PAGE_LEAST_SHARE = 300 };
uint32_t page_rows(const struct page_set *set, uint32_t cells, uint32_t *ret_systems,
                   uint32_t *ret_all);
/* "minilm · nn"; "first-sense" of a baseline. free() it. */
char *page_system_name(const struct summary_system *system);

/* <figure> with a caption, the chart's box open; `wide` takes the width of the page. */
void page_figure_begin(FILE *out, const char *caption, bool wide);
void page_figure_end(FILE *out);
void page_heading(FILE *out, const char *tag, const char *id, const char *text);

#endif /* REPORT_HTML_PAGE_H */
