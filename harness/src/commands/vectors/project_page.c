/* Writes the page of a word's occurrences: a legend of its senses, and a plane for each stage. */
#include "commands/vectors/project.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/html/html.h"
#include "report/html/page.h"
#include "report/html/svg.h"

#include <inttypes.h>
#include <stdlib.h>

static void write_legend(FILE *out, const struct project *project)
{
    uint32_t n_rest = 0, occurrences = 0;
    fputs("<ul class=\"senses\">\n", out);
    for (uint32_t r = 0; r < project->n_senses; r++) {
        const struct project_sense *sense = &project->senses[project->ranked[r]];
        if (sense->look == PROJECT_LOOKS) {
            n_rest++;
            occurrences += sense->n;
            continue;
        }
        fputs("<li>", out);
        svg_key(out, sense->look, false);
        fputs(" <b>", out);
        html_name(out, *sense->label ? sense->label : "no sense given");
        fprintf(out, "</b> × %u", sense->n);
        if (sense->definition) {
            fputs(" <span class=\"where\">", out);
            html_text(out, sense->definition);
            fputs("</span>", out);
        }
        fputs("</li>\n", out);
    }
    if (n_rest > 0) {
        fputs("<li>", out);
        svg_key(out, PROJECT_LOOKS, false);
        fprintf(out, " %u rarer senses × %u</li>\n", n_rest, occurrences);
    }
    fputs("</ul>\n", out);
}

/* "bank%1:17:01::: he sat on the bank": what a pointer brings up. */
static char *name_of(const struct project *project, const struct occurrence *occurrence)
{
    const char *label = project->senses[occurrence->sense].label;
    return mem_format("%s%s%" PRIu64 ": %.240s", label, *label ? ", " : "", occurrence->sentence,
                      occurrence->text);
}

static void write_stage(FILE *out, const struct project *project, const struct projection *p,
                        uint32_t stage)
{
    struct svg_point *points = mem_array(p->n, sizeof *points);
    char **names = mem_array(p->n, sizeof *names);
    for (uint32_t i = 0; i < p->n; i++) {
        const double *place = p->places + ((size_t)stage * p->n + i) * 2;
        names[i] = name_of(project, &p->occurrences[i]);
        points[i] =
            (struct svg_point){.name = names[i],
                               .x = place[0],
                               .y = {place[1], 0, 0},
                               .colour_index = project->senses[p->occurrences[i].sense].look};
    }
    bool one = p->shares[stage][0] == 0;
    char *caption = one ? mem_format("%s: one vector for all", p->stages[stage])
                        : mem_format("%s: %.0f + %.0f %% of the variance", p->stages[stage],
                                     100 * p->shares[stage][0], 100 * p->shares[stage][1]);
    page_figure_begin(out, caption, false);
    svg_plane(out,
              &(struct svg_frame){.title = caption,
                                  .description = "A mark for each occurrence of the word on the "
                                                 "first two principal components."},
              points, p->n);
    page_figure_end(out);
    free(caption);
    for (uint32_t i = 0; i < p->n; i++) {
        free(names[i]);
    }
    free(names);
    free(points);
}

static void write_embedder(FILE *out, const struct project *project, const struct projection *p)
{
    page_heading(out, "h2", NULL, p->embedder);
    fprintf(out, "<p class=\"note\">%u occurrences in %" PRIu64 " texts", p->n, p->n_texts);
    if (p->n_lacking) {
        char *words = few_text(&p->lacking);
        fprintf(out, "; %u more have no vector and are left out: ", p->n_lacking);
        html_text(out, words);
        free(words);
    }
    fputs("</p>\n<div class=\"planes\">\n", out);
    for (uint32_t s = 0; s < p->n_stages; s++) {
        write_stage(out, project, p, s);
    }
    fputs("</div>\n", out);
}

static void write_page(void *ctx, FILE *out)
{
    const struct project *project = ctx;
    char *title = mem_format("Where “%s” lies", project->word);
    html_page_begin(out, title, "A word's occurrences, from the look-up table on");
    free(title);
    fputs("<p class=\"note\">Each mark is an occurrence of the word, in the colour of its sense; a "
          "pointer on it brings its sentence up. At each stage the vectors, minus their mean, "
          "are seen along the two directions in which they differ most; above it stands how much "
          "of their variance these two show. What is not shown lies in the other dimensions: "
          "senses that overlap here may lie apart there, and a picture is no figure.</p>\n",
          out);
    write_legend(out, project);
    for (uint32_t e = 0; e < project->n; e++) {
        write_embedder(out, project, &project->list[e]);
    }
    fputs("<p class=\"command\"><code>", out);
    html_name(out, project->command);
    fputs("</code></p>\n", out);
    html_page_end(out, 0);
}

int project_write_page(const struct project *project, const char *path)
{
    return html_write_file(path, write_page, (void *)(uintptr_t)project);
}
