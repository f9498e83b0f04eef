/* page_tables.c - stage by stage, and sentence by sentence. */
#include "commands/explain/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static void write_nearest(const struct explain_page *page, const struct explanation *e,
                          uint32_t stage, uint32_t sentence)
{
    struct explain_nearest nearest = explain_nearest(page->q, e, stage, sentence);
    fputs("<td>", page->out);
    if (nearest.ties > 1) {
        fprintf(page->out, "%u alike", nearest.ties);
    } else if (nearest.ties == 1) {
        fprintf(page->out, "<b>%s</b> <span class=\"where\">",
                page->q->senses[nearest.sense].label);
        write_page_cosine(page->out, nearest.cosine);
        fputs("</span>", page->out);
    } else {
        fputs("–", page->out);
    }
    fputs("</td>", page->out);
}

void write_page_stages(const struct explain_page *page, const struct explanation *e)
{
    FILE *out = page->out;
    const struct explain_question *q = page->q;
    uint32_t n = q->n_senses > 0 ? q->n_sentences : 0;
    page_figure_begin(out, "The nearest sense by stage", false);
    fputs("<table>\n<thead><tr><th scope=\"col\">stage</th>", out);
    fputs(q->n_sentences > 1 ? "<th scope=\"col\" class=\"n\">cosine</th>" : "", out);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "<th scope=\"col\">sense in %u</th>", i + 1);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t s = 0; s < e->n_stages; s++) {
        fprintf(out, "<tr%s><th scope=\"row\">", s == e->shown ? " class=\"chosen\"" : "");
        html_name(out, e->stages[s].name);
        fputs("</th>", out);
        if (q->n_sentences > 1) {
            fputs("<td class=\"n\">", out);
            write_page_cosine(out, explain_mean_cosine(q, e, s));
            fputs("</td>", out);
        }
        for (uint32_t i = 0; i < n; i++) {
            write_nearest(page, e, s, i);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n", out);
    write_page_figure_end(
        out, n > 0 ? "n2 is the second sense of the noun in WordNet, as near as the nearest "
                     "of its texts: “word : definition” and WordNet's examples."
                   : NULL);
}

void write_page_matrix(const struct explain_page *page, const struct explanation *e)
{
    FILE *out = page->out;
    uint32_t n = page->q->n_sentences;
    double least = 1;
    for (uint32_t i = 0; i < n * n; i++) {
        least = fmin(least, explain_cosine(page->q, e, e->shown, i / n, i % n));
    }
    char *caption = mem_format("Every sentence with every other at %s", e->stages[e->shown].name);
    page_figure_begin(out, caption, false);
    fputs("<table class=\"heat\">\n<thead><tr><td></td>", out);
    for (uint32_t j = 0; j < n; j++) {
        fprintf(out, "<th scope=\"col\">%u</th>", j + 1);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "<tr><th scope=\"row\">%u</th>", i + 1);
        for (uint32_t j = 0; j < n; j++) {
            double value = explain_cosine(page->q, e, e->shown, i, j);
            fputs("<td", out);
            write_page_tint(out, isfinite(value) && least < 1 ? (value - least) / (1 - least) : 0);
            fputs(">", out);
            write_page_cosine(out, value);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n", out);
    write_page_figure_end(out, "The darker, the more alike.");
    free(caption);
}
