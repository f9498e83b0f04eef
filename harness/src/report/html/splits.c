/*
 * Of one data set: a chart per kind of split (part of speech, sense rank, …), a row per part of it
 * and in the row a mark per embedder, each with its best method.
 */
#include "report/html/page.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The systems shown, and the axis at hand: "pos" of "pos:NOUN". */
struct splits {
    const struct page_set *set;
    const uint32_t *systems; /* [n_systems] */
    uint32_t n_systems;
    const char *kind;
};

static bool of_kind(const struct splits *splits, const struct split *split)
{
    return split->axis && split->value && strcmp(split->axis, splits->kind) == 0;
}

static const struct summary_cell *cell_of(const struct splits *splits, uint32_t i)
{
    return summary_cell(splits->set->suite, splits->set->number, splits->systems[i]);
}

/* Parts of the split in the order in which they come, `most` of them; n of items beside the name.
 * Returns how many there are. */
static uint32_t list_parts(const struct splits *splits, const struct split **parts,
                           uint64_t *n_items, uint32_t most)
{
    struct map known = {0};
    for (uint32_t i = 0; i < splits->n_systems; i++) {
        const struct summary_rows *rows = &cell_of(splits, i)->splits;
        for (uint32_t r = 0; r < rows->n; r++) {
            const struct split *part = &rows->rows[r]->split;
            uint32_t n = known.n;
            if (of_kind(splits, part) && map_put_text(&known, part->text) == n && n < most) {
                n_items[n] = rows->rows[r]->n;
                parts[n] = part;
            }
        }
    }
    uint32_t all = known.n;
    map_finish(&known);
    return all;
}

static const struct figure *row_of(const struct summary_cell *cell, const struct split *split)
{
    for (uint32_t r = 0; r < cell->splits.n; r++) {
        if (cell->splits.rows[r]->split.text == split->text) {
            return cell->splits.rows[r];
        }
    }
    return NULL;
}

enum { MOST_PARTS = 24, MOST_SYSTEMS = 8 /* marks in a row */ };

static void write_meaning(FILE *out, const char *meaning, bool any_few)
{
    if (meaning || any_few) {
        fputs("<p class=\"legend\">", out);
        html_text(out, meaning);
        fputs(meaning && any_few ? ". " : "", out);
        if (any_few) {
            fprintf(out, "°: fewer than %d items, which say little.", PAGE_FEW_ITEMS);
        }
        fputs("</p>\n", out);
    }
}

static void write_kind(const struct splits *splits)
{
    const struct page_set *set = splits->set;
    const struct split *parts[MOST_PARTS];
    uint64_t n_items[MOST_PARTS];
    uint32_t all = list_parts(splits, parts, n_items, MOST_PARTS);
    uint32_t n = all < MOST_PARTS ? all : MOST_PARTS;
    struct svg_row *rows = mem_array(n + 1u, sizeof *rows);
    struct svg_dot *dots = mem_array((size_t)n * splits->n_systems + 1, sizeof *dots);
    struct arena names = {0};
    bool any_few = false;
    for (uint32_t p = 0; p < n; p++) {
        struct svg_dot *mine = dots + (size_t)p * splits->n_systems;
        uint32_t n_dots = 0;
        for (uint32_t i = 0; i < splits->n_systems; i++) {
            const struct figure *row = row_of(cell_of(splits, i), parts[p]);
            const char *embedder = set->suite->systems[splits->systems[i]].embedder;
            if (row) {
                mine[n_dots] = (struct svg_dot){embedder, page_value(row),
                                                page_colour_index(set->page, embedder), false};
                n_dots++;
            }
        }
        bool few = n_items[p] < PAGE_FEW_ITEMS;
        any_few = any_few || few;
        rows[p] = (struct svg_row){arena_format(&names, "%s (%llu)%s", parts[p]->value,
                                                (unsigned long long)n_items[p], few ? " °" : ""),
                                   mine, n_dots, false};
    }
    const char *name = splits->kind, *meaning = split_meaning(set->suite->suite, name);
    char *caption = n < all ? mem_format("By %s (items): the first %u of %u parts; harness report "
                                         "--format csv lists all",
                                         name, n, all)
                            : mem_format("By %s (items)", name);
    char *label = page_axis(page_set_of(set));
    if (n < 2) { /* no chart: one row compares nothing within the set */
        fputs("<details class=\"card\">\n<summary>", set->page->out);
        html_text(set->page->out, caption);
        fputs("</summary>\n", set->page->out);
    }
    page_figure_begin(set->page->out, caption, false);
    svg_rows(set->page->out,
             &(struct svg_frame){.title = caption,
                                 .description = "A row per part of the data set, in it a mark per "
                                                "embedder with its best method.",
                                 .label = label,
                                 .width = PAGE_NARROW},
             rows, n, NULL, 0);
    html_scroll_end(set->page->out);
    write_meaning(set->page->out, meaning, any_few);
    fputs(n < 2 ? "</figure>\n</details>\n" : "</figure>\n", set->page->out);
    arena_finish(&names);
    free(label);
    free(caption);
    free(dots);
    free(rows);
}

static void write_kinds(struct splits *splits)
{
    struct map kinds = {0};
    for (uint32_t i = 0; i < splits->n_systems; i++) {
        const struct summary_rows *rows = &cell_of(splits, i)->splits;
        for (uint32_t r = 0; r < rows->n; r++) {
            const struct split *split = &rows->rows[r]->split;
            if (split->axis && split->value) {
                map_put_text(&kinds, split->axis);
            }
        }
    }
    for (uint32_t k = 0; k < kinds.n; k++) {
        splits->kind = map_key(&kinds, k);
        write_kind(splits);
    }
    map_finish(&kinds);
}

void write_html_splits(const struct page_set *set)
{
    uint32_t *systems = mem_array(set->suite->n_embedders + 1u, sizeof *systems);
    uint32_t n = page_ranking(set, systems);
    n = n < MOST_SYSTEMS ? n : MOST_SYSTEMS;
    struct splits splits = {.set = set, .systems = systems, .n_systems = n};
    write_kinds(&splits);
    free(systems);
}
