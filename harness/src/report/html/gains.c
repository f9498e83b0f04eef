/*
 * Of one data set: what each stage adds to the one before it, and what all attention layers, all
 * feed-forward layers and the input add together.
 */
#include "report/html/page.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum part { ATTENTION, FEED_FORWARD, INPUT, BLOCK, N_PARTS };
static const char *const part_names[N_PARTS] = {"attention", "feed-forward", "input",
                                                "several parts together"};

/* The part of the stage that a gain is counted from. */
static enum stage_part gained_from(const struct summary_set *set, const struct figure *row)
{
    const char *from = protocol_get(row->protocol, PROTOCOL_FROM);
    for (uint32_t t = 0; from && t < set->n_stages; t++) {
        if (strcmp(set->stages[t].name, from) == 0) {
            return set->stages[t].part;
        }
    }
    return STAGE_NONE;
}

/* What lies between two stages: a feed-forward layer alone only from "N.attention" on. */
static enum part part_of(const struct summary_set *set, const struct figure *row)
{
    return row->stage.part == STAGE_ATTENTION         ? ATTENTION
           : gained_from(set, row) == STAGE_ATTENTION ? FEED_FORWARD
           : row->stage.part == STAGE_INPUT           ? INPUT
                                                      : BLOCK;
}

/* The colour is the embedder's; parts differ in how their bars are filled. */
static void write_legend(FILE *out, const struct summary_set *set, const struct summary_cell *cell,
                         uint32_t colour_index)
{
    bool used[N_PARTS] = {false};
    for (uint32_t i = 0; i < cell->gains.n; i++) {
        used[part_of(set, cell->gains.rows[i])] = true;
    }
    fputs("<p class=\"legend\">Gain: the figure at a stage minus that at the stage before. ", out);
    for (uint32_t p = 0; p < N_PARTS; p++) {
        if (used[p]) {
            fputs("<span>", out);
            svg_shade_key(out, colour_index, p);
            fputs(part_names[p], out);
            fputs("</span> ", out);
        }
    }
    fputs("</p>\n", out);
}

static void write_gain(FILE *out, const char *name, const struct figure *row)
{
    fputs("<span>", out);
    html_name(out, name);
    fputs(row->value < 0 ? " <b>" : " <b>+", out);
    page_figure(out, row);
    fputs("</b> ", out);
    page_interval(out, row);
    fputs("</span> ", out);
}

static void write_parts(FILE *out, const struct summary_cell *cell)
{
    if (cell->parts.n == 0) {
        return;
    }
    fputs("<p class=\"legend\">Together: ", out);
    for (uint32_t i = 0; i < cell->parts.n; i++) {
        const struct figure *row = cell->parts.rows[i];
        write_gain(out, row->split.value ? row->split.value : row->split.text, row);
    }
    fputs("</p>\n", out);
}

static void write_system(const struct page_set *set, uint32_t number)
{
    const struct summary_cell *cell = summary_cell(set->suite, set->number, number);
    FILE *out = set->page->out;
    uint32_t colour_index = page_colour_index(set->page, set->suite->systems[number].embedder);
    char *name = page_system_name(&set->suite->systems[number]);
    char *title = mem_format("Gain of each stage over the one before: %s", name);
    char *label = page_axis(page_set_of(set));
    struct svg_bar *bars = mem_array(cell->gains.n, sizeof *bars);
    for (uint32_t i = 0; i < cell->gains.n; i++) {
        const struct figure *row = cell->gains.rows[i];
        const char *stage = row->stage.name ? row->stage.name : "";
        bars[i] = (struct svg_bar){stage, page_value(row), colour_index,
                                   (uint32_t)part_of(page_set_of(set), row)};
    }
    page_figure_begin(out, title, cell->gains.n > 24);
    svg_bars(out,
             &(struct svg_frame){.title = title,
                                 .description = "A bar per stage, up for a gain and down for a "
                                                "loss, with its paired 95 % interval.",
                                 .label = label,
                                 .width = cell->gains.n > 24 ? PAGE_WIDE : PAGE_NARROW},
             bars, cell->gains.n);
    html_scroll_end(out);
    write_legend(out, page_set_of(set), cell, colour_index);
    write_parts(out, cell);
    fputs("</figure>\n", out);
    free(bars);
    free(label);
    free(title);
    free(name);
}

/* Is there something to see? */
static bool has_gains(const struct summary_cell *cell)
{
    for (uint32_t i = 0; i < cell->gains.n; i++) {
        if (cell->gains.n > 1 && fabs(cell->gains.rows[i]->value) > 5e-4) {
            return true;
        }
    }
    return false;
}

enum { MOST_CHARTS = 4 };

/* Of each embedder the system that does best here, the best embedders first: more charts than these
 * nobody compares, and every figure is in the other formats. */
void write_html_gains(const struct page_set *set)
{
    uint32_t *systems = mem_array(set->suite->n_embedders + 1u, sizeof *systems);
    uint32_t n = page_ranking(set, systems), all = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (has_gains(summary_cell(set->suite, set->number, systems[i])) && all++ < MOST_CHARTS) {
            write_system(set, systems[i]);
        }
    }
    if (all > MOST_CHARTS) {
        fprintf(
            set->page->out,
            "<p class=\"note\">Gains of the best %d of %u embedders; harness report --format csv "
            "lists those of all.</p>\n",
            MOST_CHARTS, all);
    }
    free(systems);
}
