/* Who ran, and who failed. */
#include "report/html/page.h"

#include <string.h>

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

void write_html_failures(const struct report_page *page)
{
    FILE *out = page->out;
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        const struct embedder_facts *facts = &page->tree->embedders[i];
        if (!is(facts->status, "ok")) {
            fputs("<p class=\"failure\"><strong>", out);
            html_name(out, facts->name);
            fputs("</strong> failed (", out);
            html_text(out, facts->status ? facts->status : "unknown");
            fputs("): ", out);
            html_name(out, facts->error ? facts->error : "no reason was given");
            fputs("</p>\n", out);
        }
    }
}

static void write_embedder(const struct report_page *page, uint32_t number)
{
    FILE *out = page->out;
    const struct embedder_facts *facts = &page->tree->embedders[number];
    bool frozen = facts->weights_before && is(facts->weights_after, facts->weights_before);
    fputs("<tr><th scope=\"row\">", out);
    svg_key(out, number, is(facts->kind, "static"));
    fputc(' ', out);
    html_name(out, facts->name);
    fputs("</th><td>", out);
    html_text(out, facts->kind ? facts->kind : "–");
    fputs("</td><td>", out);
    html_name(out, facts->plugin);
    fprintf(out, "</td><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">", facts->dim,
            facts->n_stages);
    if (facts->n_words) {
        html_count(out, facts->n_words);
    } else {
        fputs("open", out);
    }
    fputs("</td><td class=\"n\">", out);
    html_bytes(out, facts->model_bytes);
    fputs("</td><td>", out);
    fputs(!facts->weights_before ? "not shown"
          : frozen               ? "unchanged"
                                 : "<strong>CHANGED</strong>",
          out);
    fputs("</td></tr>\n", out);
}

void write_html_embedders(const struct report_page *page)
{
    FILE *out = page->out;
    if (page->tree->n_embedders == 0) {
        return;
    }
    fprintf(out, "<details class=\"card\">\n<summary>The %u embedder%s</summary>\n",
            page->tree->n_embedders, page->tree->n_embedders == 1 ? "" : "s");
    html_scroll_begin(out, "Embedders");
    fputs("<table>\n<caption class=\"hidden\">Embedders</caption>\n<thead><tr><th "
          "scope=\"col\">Embedder</th><th scope=\"col\">Kind</th>"
          "<th scope=\"col\">Plugin</th><th scope=\"col\" class=\"n\">Dimensions</th>"
          "<th scope=\"col\" class=\"n\">Stages</th><th scope=\"col\" class=\"n\">Words</th>"
          "<th scope=\"col\" class=\"n\">On disk</th><th scope=\"col\">Weights</th></tr></thead>\n"
          "<tbody>\n",
          out);
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        write_embedder(page, i);
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    fputs("<p class=\"note\">Colour and marker stand for an embedder on the whole page.</p>\n"
          "</details>\n",
          out);
}
