/* page_looks.c - where the word looks, and what the model expects. */
#include "commands/explain/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* The sentence as the model was shown it, each word tinted by the attention that it gets. */
static void write_tinted(FILE *out, const struct explain_attention *a)
{
    uint32_t at = 0, most = explain_attention_most(a, a->overall, true);
    double scale = most == UINT32_MAX ? 1 : fmax(a->overall[most], 1e-9);
    fputs("<p class=\"sentence\"><bdi>", out);
    for (uint32_t k = 0; k < a->n_keys; k++) {
        const struct explain_key *key = &a->keys[k];
        if (key->span.begin >= key->span.end || key->span.begin < at) {
            continue;
        }
        html_text_n(out, a->text + at, key->span.begin - at);
        fputs(key->is_target ? "<mark" : "<span class=\"lit\"", out);
        if (key->is_other_word) {
            write_page_tint(out, a->overall[k] / scale);
        }
        fputs(">", out);
        html_text_n(out, a->text + key->span.begin, key->span.end - key->span.begin);
        fputs(key->is_target ? "</mark>" : "</span>", out);
        at = key->span.end;
    }
    html_text(out, a->text + at);
    fputs("</bdi></p>\n", out);
}

static void write_weights_row(FILE *out, const struct explain_attention *a, const double *row)
{
    uint32_t most = explain_attention_most(a, row, false);
    for (uint32_t k = 0; k < a->n_keys; k++) {
        fputs("<td", out);
        write_page_tint(out, row[k] / fmax(row[most], 1e-9));
        fprintf(out, ">%.0f</td>", 100 * row[k]);
    }
    fputs("</tr>\n", out);
}

/* Blocks by words. head: of the strongest head of each block, else of all heads. */
static void write_blocks(FILE *out, const struct explain_attention *a, bool head)
{
    const char *caption = head ? "Attention × 100 of each block's strongest head"
                               : "Attention × 100 of each block, heads averaged";
    html_scroll_begin(out, caption);
    fputs("<table class=\"heat\">\n<caption>", out);
    fputs(caption, out);
    fputs("</caption>\n<thead><tr><th scope=\"col\">block</th>", out);
    fputs(head ? "<th scope=\"col\">head</th>" : "", out);
    for (uint32_t k = 0; k < a->n_keys; k++) {
        fputs(a->keys[k].is_target ? "<th scope=\"col\"><mark>" : "<th scope=\"col\">", out);
        html_name(out, a->keys[k].text);
        fputs(a->keys[k].is_target ? "</mark></th>" : "</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t b = 0; b < a->n_blocks; b++) {
        fprintf(out, "<tr><th scope=\"row\">%u</th>", b + 1);
        if (head) {
            fprintf(out, "<th scope=\"row\">%u</th>", a->head[b]);
        }
        write_weights_row(out, a, (head ? a->strongest : a->mean) + (size_t)b * a->n_keys);
    }
    fputs("</tbody>\n</table>\n", out);
    html_scroll_end(out);
}

void write_page_attention(const struct explain_page *page, const struct explain_attention *a,
                          uint32_t sentence)
{
    FILE *out = page->out;
    fprintf(out,
            "<figure class=\"card\">\n<figcaption>Where the word looks in sentence "
            "%u</figcaption>\n",
            sentence + 1);
    if (a->n_keys == 0) {
        fputs("<p class=\"note\">The word stands beyond the model's window.</p>\n</figure>\n", out);
        return;
    }
    write_tinted(out, a);
    uint32_t block = explain_attention_block(a);
    const double *row = a->strongest + (size_t)block * a->n_keys;
    uint32_t word = explain_attention_most(a, row, true);
    fputs("<p class=\"note\">The stronger the tint, the more attention, all blocks and heads "
          "averaged.",
          out);
    if (word != UINT32_MAX) {
        fprintf(out, " Strongest on one other word: block %u, head %u, with %.0f\u00a0%% at <b>",
                block + 1, a->head[block], 100 * row[word]);
        html_name(out, a->keys[word].text);
        fputs("</b>.", out);
    }
    fputs("</p>\n<details>\n<summary>Block by block</summary>\n", out);
    write_blocks(out, a, false);
    write_blocks(out, a, true);
    fputs("</details>\n</figure>\n", out);
}

static void write_piece(FILE *out, const struct explain_piece *piece, double scale)
{
    fputs("<tr><th scope=\"row\"><code>\"", out);
    html_name(out, piece->text);
    fputs("\"</code></th><td class=\"share\"", out);
    write_page_tint(out, piece->probability / scale);
    fprintf(out, ">%.1f\u00a0%%</td></tr>\n", 100 * piece->probability);
}

void write_page_prediction(const struct explain_page *page, const struct explain_prediction *p)
{
    FILE *out = page->out;
    char *caption = mem_format("Expected %s", p->place);
    page_figure_begin(out, caption, false);
    fputs("<table>\n<thead><tr><th scope=\"col\">piece</th><th scope=\"col\">probability</th></tr>"
          "</thead>\n<tbody>\n",
          out);
    for (uint32_t i = 0; i < p->n_top; i++) {
        write_piece(out, &p->top[i], fmax(p->top[0].probability, 1e-9));
    }
    fputs("</tbody>\n</table>\n", out);
    html_scroll_end(out);
    fprintf(out, "<p class=\"note\">Entropy %.2f bits over ", p->entropy);
    html_count(out, p->n_pieces);
    fputs(" pieces.", out);
    if (p->actual.text) {
        fputs(" There stands <code>\"", out);
        html_name(out, p->actual.text);
        fprintf(out, "\"</code>: %.2f\u00a0%%, number ", 100 * p->actual.probability);
        html_count(out, p->actual.rank);
        fputs(".", out);
    }
    fputs("</p>\n</figure>\n", out);
    free(caption);
}
