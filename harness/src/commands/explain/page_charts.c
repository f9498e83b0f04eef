/* page_charts.c - curves over the stages, and the senses on one scale. */
#include "commands/explain/page.h"

#include "base/mem.h"
#include "report/html/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct svg_value value_of(double cosine)
{
    return (struct svg_value){100 * cosine, NAN, NAN};
}

/* The stages of all embedders, those of the one with the most first; free() the array. */
static const char **all_stages(const struct explain_page *page, uint32_t *ret_n)
{
    const char **names = NULL;
    uint32_t n = 0, widest = 0;
    for (uint32_t i = 1; i < page->n; i++) {
        widest = page->list[i].n_stages > page->list[widest].n_stages ? i : widest;
    }
    for (uint32_t i = 0; i < page->n; i++) {
        const struct explanation *e = &page->list[(widest + i) % page->n];
        for (uint32_t s = 0; s < e->n_stages; s++) {
            uint32_t k = 0;
            while (k < n && strcmp(names[k], e->stages[s].name) != 0) {
                k++;
            }
            if (k == n && stage_is_native(&e->stages[s])) {
                names = mem_resize(names, n + 1u, sizeof *names);
                names[n++] = e->stages[s].name;
            }
        }
    }
    *ret_n = n;
    return names;
}

/* A curve an embedder; one that has the table alone is a line across. */
void write_page_overview(const struct explain_page *page)
{
    uint32_t n_ticks;
    const char **ticks = all_stages(page, &n_ticks);
    bool wide = n_ticks > PAGE_NARROW_STAGES;
    struct svg_series *series = mem_array(page->n + 1u, sizeof *series);
    struct svg_value *values = mem_array((size_t)page->n * n_ticks + 1, sizeof *values);
    for (uint32_t i = 0; i < page->n; i++) {
        const struct explanation *e = &page->list[i];
        struct svg_value *row = values + (size_t)i * n_ticks;
        for (uint32_t t = 0; t < n_ticks; t++) {
            row[t] = value_of(NAN);
            for (uint32_t s = 0; s < e->n_stages; s++) {
                if (strcmp(e->stages[s].name, ticks[t]) == 0) {
                    row[t] = value_of(explain_mean_cosine(page->q, e, s));
                }
            }
        }
        series[i] = (struct svg_series){.name = e->name,
                                        .values = row,
                                        .colour_index = i,
                                        .level = e->n_stages == 1 && n_ticks > 1};
    }
    page_figure_begin(page->out,
                      page->q->n_sentences == 2
                          ? "How alike the word's two vectors are, stage by stage"
                          : "How alike the word's vectors are, the mean over all pairs, stage by "
                            "stage",
                      wide);
    svg_lines(page->out,
              &(struct svg_frame){.title = "Cosine by stage",
                                  .description = "A curve for each embedder, from the look-up "
                                                 "table to its last stage.",
                                  .label = "cosine × 100",
                                  .width = wide ? PAGE_WIDE : PAGE_NARROW},
              ticks, n_ticks, n_ticks, series, page->n);
    write_page_figure_end(
        page->out,
        "100 means the same direction: before the sentence has been looked at, a word has "
        "one vector, whatever it means. A number with “.attention” is the stage after that "
        "block's attention, a number alone the stage after its feed-forward part.");
    free(values);
    free(series);
    free(ticks);
}

/* Of three or four sentences a curve for each pair. */
void write_page_pairs(const struct explain_page *page, const struct explanation *e)
{
    uint32_t n = page->q->n_sentences, n_pairs = n * (n - 1) / 2, at = 0, n_ticks = e->n_stages;
    while (n_ticks > 1 && !stage_is_native(&e->stages[n_ticks - 1])) {
        n_ticks--; /* they stand last */
    }
    bool wide = n_ticks > PAGE_NARROW_STAGES;
    struct svg_series *series = mem_array(n_pairs + 1u, sizeof *series);
    struct svg_value *values = mem_array((size_t)n_pairs * e->n_stages + 1, sizeof *values);
    char **names = mem_array(n_pairs + 1u, sizeof *names);
    const char **ticks = mem_array(n_ticks + 1u, sizeof *ticks);
    for (uint32_t s = 0; s < n_ticks; s++) {
        ticks[s] = e->stages[s].name;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++, at++) {
            struct svg_value *row = values + (size_t)at * e->n_stages;
            for (uint32_t s = 0; s < e->n_stages; s++) {
                row[s] = value_of(explain_cosine(page->q, e, s, i, j));
            }
            names[at] = mem_format("%u and %u", i + 1, j + 1);
            series[at] = (struct svg_series){.name = names[at], .values = row, .colour_index = at};
        }
    }
    page_figure_begin(page->out, "Each pair of sentences by itself", wide);
    svg_lines(page->out,
              &(struct svg_frame){.title = "Cosine of each pair of sentences by stage",
                                  .description = "A curve for each pair.",
                                  .label = "cosine × 100",
                                  .width = wide ? PAGE_WIDE : PAGE_NARROW},
              ticks, n_ticks, n_ticks, series, n_pairs);
    page_figure_end(page->out);
    for (uint32_t i = 0; i < n_pairs; i++) {
        free(names[i]);
    }
    free(names);
    free(ticks);
    free(values);
    free(series);
}

/* The senses on one scale, a dot for each sentence: which lies nearest to which, and by how much.
 */
void write_page_senses(const struct explain_page *page, const struct explanation *e)
{
    const struct explain_question *q = page->q;
    struct svg_row *rows = mem_array(q->n_senses + 1u, sizeof *rows);
    struct svg_dot *dots = mem_array((size_t)q->n_senses * q->n_sentences + 1, sizeof *dots);
    char **names = mem_array((size_t)q->n_sentences + q->n_senses + 1, sizeof *names);
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        names[i] = mem_format("sentence %u", i + 1);
    }
    for (uint32_t k = 0; k < q->n_senses; k++) {
        struct svg_dot *row = dots + (size_t)k * q->n_sentences;
        for (uint32_t i = 0; i < q->n_sentences; i++) {
            row[i] = (struct svg_dot){.name = names[i],
                                      .colour_index = i,
                                      .at = value_of(explain_sense_cosine(q, e, e->shown, i, k))};
        }
        char **name = &names[q->n_sentences + k];
        *name = mem_format("%s %s", q->senses[k].label, q->senses[k].definition);
        rows[k] = (struct svg_row){.name = *name, .dots = row, .n_dots = q->n_sentences};
    }
    char *caption = mem_format("How near each sense lies at %s", e->stages[e->shown].name);
    page_figure_begin(page->out, caption, false);
    svg_rows(page->out,
             &(struct svg_frame){.title = caption,
                                 .description = "A row for each sense, a mark for each sentence.",
                                 .label = "cosine × 100",
                                 .width = PAGE_NARROW},
             rows, q->n_senses, NULL, 0);
    html_scroll_end(page->out);
    fputs("<p class=\"legend\">", page->out);
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        fputs("<span>", page->out);
        svg_key(page->out, i, false);
        fprintf(page->out, " sentence %u</span> ", i + 1);
    }
    fputs("</p>\n</figure>\n", page->out);
    for (uint32_t i = 0; i < q->n_sentences + q->n_senses; i++) {
        free(names[i]);
    }
    free(caption);
    free(names);
    free(dots);
    free(rows);
}
