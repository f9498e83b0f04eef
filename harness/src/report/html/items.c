/*
 * Single items: those that no system gets right, and those about which systems differ most, each
 * with its sentence, its gold answer and what every embedder made of it.
 */
#include "report/html/page.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 25 /* of a kind */ };

/* "12-17": code points of a text, end exclusive, as bytes of it. */
static bool read_span(const char *text, const char *span, size_t *ret_begin, size_t *ret_end)
{
    struct slice rest = span ? slice_of(span) : (struct slice){0}, part;
    uint64_t begin, end;
    size_t n = strlen(text);
    return span && slice_field(&rest, '-', &part) && num_uint(part, &begin) &&
           num_uint(rest, &end) && begin < end && unicode_offset(text, n, begin, ret_begin) &&
           unicode_offset(text, n, end, ret_end);
}

static void write_marked(FILE *out, const char *text, const char *span)
{
    size_t begin, end;
    fputs("<span class=\"sentence\" dir=\"auto\">", out);
    if (read_span(text, span, &begin, &end)) {
        html_text_n(out, text, begin);
        fputs("<mark>", out);
        html_text_n(out, text + begin, end - begin);
        fputs("</mark>", out);
        html_text(out, text + end);
    } else {
        html_text(out, text);
    }
    fputs("</span>", out);
}

/* The sentence, or both of them, or what else names the item. */
static void write_sentences(FILE *out, const struct item_history *item_history)
{
    const char *sentence = item_attribute(item_history, "sentence");
    const char *other = item_attribute(item_history, "other-sentence");
    if (sentence) {
        write_marked(out, sentence, item_attribute(item_history, "span"));
    } else {
        const char *lemma = item_attribute(item_history, "lemma");
        html_name(out, lemma ? lemma : item_history->id);
    }
    if (other) {
        write_marked(out, other, item_attribute(item_history, "other-span"));
    }
}

/* The definition of an answer from lines "ANSWER<TAB>DEFINITION". */
static struct slice definition_of(const struct item_history *item_history, struct slice answer)
{
    const char *list = item_attribute(item_history, "definitions");
    struct slice rest = slice_of(list ? list : ""), line;
    while (slice_line(&rest, &line)) {
        if (line.n > answer.n && line.text[answer.n] == '\t' &&
            memcmp(line.text, answer.text, answer.n) == 0) {
            return (struct slice){line.text + answer.n + 1, line.n - answer.n - 1};
        }
    }
    return (struct slice){"", 0};
}

static void write_answer(FILE *out, const struct item_history *item_history, struct slice answer)
{
    struct slice definition = definition_of(item_history, answer);
    fputs("<code><bdi>", out);
    html_text_n(out, answer.text, answer.n);
    fputs("</bdi></code>", out);
    if (definition.n > 0) {
        fputs(" <span class=\"definition\">", out);
        html_text_n(out, definition.text, definition.n);
        fputs("</span>", out);
    }
}

static void write_gold(FILE *out, const struct item_history *item_history)
{
    struct slice rest = slice_of(item_history->gold ? item_history->gold : ""), answer;
    fputs("<p class=\"gold\"><b>Gold:</b> ", out);
    for (bool more = false; slice_word(&rest, &answer); more = true) {
        fputs(more ? "<br>" : "", out);
        write_answer(out, item_history, answer);
    }
    fputs("</p>\n", out);
}

static void write_reader(const struct report_page *page, const struct item_history *item_history,
                         const struct item_reader *reader)
{
    FILE *out = page->out;
    const char *name = map_key(&page->tree->item_histories.embedders, reader->embedder);
    const struct item_answer *answer = item_main_answer(reader);
    fputs("<tr><th scope=\"row\">", out);
    svg_key(out, page_colour_index(page, name), false);
    fputc(' ', out);
    html_name(out, name);
    fprintf(out, "</th><td class=\"n\">%.0f\u00a0%%<span class=\"ci\">of %u</span></td><td>",
            100 * reader->right / reader->n, reader->n);
    if (answer->answer) {
        write_answer(out, item_history, slice_of(answer->answer));
    } else {
        fputs("no answer", out);
    }
    fprintf(out, "<span class=\"ci\">%u of %u readings</span></td></tr>\n", answer->n, reader->n);
}

static void write_item_history(const struct report_page *page,
                               const struct item_history *item_history)
{
    FILE *out = page->out;
    const char *pos = item_attribute(item_history, "pos"),
               *lemma = item_attribute(item_history, "lemma");
    fputs("<details class=\"item\">\n<summary>", out);
    write_sentences(out, item_history);
    fputs("<span class=\"where\">", out);
    html_name(out, lemma);
    fputs(lemma && pos ? ", " : "", out);
    html_name(out, pos);
    fputs(lemma || pos ? " · " : "", out);
    html_name(out, item_history->dataset);
    fputs(" · ", out);
    html_name(out, item_history->id);
    fprintf(out, " · %.0f\u00a0%% right</span></summary>\n", 100 * item_right(item_history));
    write_gold(out, item_history);
    html_scroll_begin(out, "Answers by embedder");
    fputs("<table>\n<caption class=\"hidden\">Answers by embedder</caption>\n<thead><tr>"
          "<th scope=\"col\">Embedder</th><th scope=\"col\" class=\"n\">Right</th>"
          "<th scope=\"col\">Most frequent answer</th></tr></thead>\n<tbody>\n",
          out);
    for (uint32_t r = 0; r < item_history->n_readers; r++) {
        write_reader(page, item_history, &item_history->readers[r]);
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    fputs("</details>\n", out);
}

static void write_kind(const struct report_page *page, enum item_kind kind, const char *title,
                       const char *about)
{
    FILE *out = page->out;
    size_t numbers[MOST_ITEMS], all;
    size_t n = item_histories_pick(&page->tree->item_histories, kind, MOST_ITEMS, numbers, &all);
    if (n == 0) {
        return;
    }
    fputs("<details class=\"card\">\n<summary>", out);
    html_text(out, title);
    fprintf(out, " <span class=\"where\">%zu of %zu</span></summary>\n<p class=\"note\">", n, all);
    html_text(out, about);
    if (n < all) {
        fprintf(out, " Shown are %zu of %zu, the data sets taking turns.", n, all);
    }
    fputs("</p>\n<div class=\"items\">\n", out);
    for (size_t i = 0; i < n; i++) {
        write_item_history(page, &page->tree->item_histories.items[numbers[i]]);
    }
    fputs("</div>\n</details>\n", out);
}

void write_html_items(const struct report_page *page)
{
    FILE *out = page->out;
    if (page->tree->item_histories.n == 0) {
        return;
    }
    fputs("<section>\n", out);
    page_heading(out, "h2", "items", "Single items");
    fputs(
        "<p class=\"note\">A reading is one stage of an embedder with one method; the share right "
        "is the mean over embedders of their readings' shares.</p>\n",
        out);
    write_kind(page, ITEM_HARDEST, "The hardest",
               "No reading of any embedder is right; first those where embedders agree on the same "
               "wrong answer.");
    write_kind(page, ITEM_CONTESTED, "The most contested",
               "Some readings are right, some are not; first those where it is about half.");
    fputs("</section>\n", out);
}
