/* page.c - an explanation as one page that needs nothing else, and no script. */
#include "commands/explain/page.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIR_CURVES = 6 };

void write_page_figure_end(FILE *out, const char *note)
{
    html_scroll_end(out);
    if (note) {
        fputs("<p class=\"note\">", out);
        html_text(out, note);
        fputs("</p>\n", out);
    }
    fputs("</figure>\n", out);
}

void write_page_cosine(FILE *out, double value)
{
    if (isfinite(value)) {
        fprintf(out, "%s%.3f", value < 0 ? "−" : "", fabs(value));
    } else {
        fputs("–", out);
    }
}

/* What a cell is tinted by: a share, as a custom property of page.css. */
void write_page_tint(FILE *out, double share)
{
    fprintf(out, " style=\"--p:%.0f%%\"", 100 * fmin(fmax(share, 0), 1));
}

static void write_sentences(const struct explain_page *page)
{
    FILE *out = page->out;
    fputs("<ol class=\"sentences\">\n", out);
    for (uint32_t i = 0; i < page->q->n_sentences; i++) {
        const struct explain_sentence *s = &page->q->sentences[i];
        fputs("<li><span class=\"sentence\"><bdi>", out);
        html_text_n(out, s->text, s->word.begin);
        fputs("<mark>", out);
        html_text_n(out, s->text + s->word.begin, s->word.end - s->word.begin);
        fputs("</mark>", out);
        html_text(out, s->text + s->word.end);
        fputs("</bdi></span></li>\n", out);
    }
    fputs("</ol>\n", out);
}

static void write_verdict(const struct explain_page *page, const struct explanation *e)
{
    FILE *out = page->out;
    const struct explain_question *q = page->q;
    bool several = q->n_sentences > 1;
    char *finding = explain_finding(q, e);
    fputs("<p><strong>", out);
    html_text(out, finding);
    fputs(*finding ? "</strong> " : "</strong>", out);
    free(finding);
    if (several && e->identical[0] && e->stages[0].part == STAGE_TABLE) {
        fputs("At <b>table</b> the word has one vector, byte by byte the same in every sentence: "
              "the cosine is exactly 1. ",
              out);
    }
    if (e->n_stages > 1 && several) {
        fputs(q->at ? "At <b>" : "The sentences lie farthest apart at <b>", out);
        html_name(out, e->stages[e->shown].name);
        fputs(q->at ? "</b> the cosine is " : "</b>, with a cosine of ", out);
        write_page_cosine(out, explain_mean_cosine(q, e, e->shown));
        fputs(".", out);
    } else if (e->n_stages == 1 && e->is_static) {
        fputs("A static embedder has no other stage: no sentence can change the vector.", out);
    }
    fputs("</p>\n", out);
}

/* What lies nearest to each sentence, in words. */
static void write_answers(const struct explain_page *page, const struct explanation *e)
{
    FILE *out = page->out;
    fputs("<ol class=\"answers\">\n", out);
    for (uint32_t i = 0; i < page->q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(page->q, e, e->shown, i);
        fputs("<li>", out);
        if (e->status[i] == EMB_WORD_UNKNOWN) {
            fputs("The embedder does not know the word.", out);
        } else if (e->status[i] == EMB_WORD_CUT) {
            fputs("The word stands beyond the model's window.", out);
        } else if (nearest.ties > 1) {
            fprintf(out, "%u senses lie equally near.", nearest.ties);
        } else if (nearest.ties == 1) {
            const struct explain_sense *sense = &page->q->senses[nearest.sense];
            fprintf(out, "<b>%s</b> ", sense->label);
            html_text(out, sense->definition);
            fputs(" <span class=\"where\">", out);
            html_text(out, sense->sense->key);
            fputs(", ", out);
            write_page_cosine(out, nearest.cosine);
            if (nearest.second < page->q->n_senses) {
                fprintf(out, ", ahead of %s by ", page->q->senses[nearest.second].label);
                if (nearest.margin < 0.0005) { /* what is not nothing is not shown as 0.000 */
                    fputs("less than 0.001", out);
                } else {
                    write_page_cosine(out, nearest.margin);
                }
            }
            fputs("</span>", out);
        } else {
            fputs("WordNet has no such sense of the word.", out);
        }
        fputs("</li>\n", out);
    }
    fputs("</ol>\n", out);
}

static void write_weights(FILE *out, const struct explanation *e)
{
    if (!e->weights_known) {
        fputs("<p class=\"note\">The plugin does not show its weights.</p>\n", out);
    } else if (explain_frozen(e)) {
        fputs("<p class=\"note\">No weight changed while all this was computed: sha256 <code>",
              out);
        html_text(out, e->weights_before);
        fputs("</code> before and after.</p>\n", out);
    } else {
        fputs("<p class=\"failure\">Weights changed: sha256 <code>", out);
        html_text(out, e->weights_before);
        fputs("</code> before, <code>", out);
        html_text(out, e->weights_after);
        fputs("</code> after.</p>\n", out);
    }
}

/* Of a static embedder every sense lies equally near: there is nothing to draw. */
static bool senses_differ(const struct explain_page *page, const struct explanation *e)
{
    bool differ = false;
    for (uint32_t i = 0; i < page->q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(page->q, e, e->shown, i);
        differ |= nearest.ties > 0 && nearest.ties < page->q->n_senses;
    }
    return differ;
}

static void write_embedder(const struct explain_page *page, const struct explanation *e)
{
    FILE *out = page->out;
    uint32_t n = page->q->n_sentences;
    fputs("<section>\n", out);
    page_heading(out, "h2", NULL, e->name);
    fprintf(out, "<p class=\"note\">%s, %u dimensions, %u stage%s</p>\n", e->kind, e->dim,
            e->n_stages, e->n_stages == 1 ? "" : "s");
    write_verdict(page, e);
    write_answers(page, e);
    if (senses_differ(page, e)) {
        write_page_senses(page, e);
    }
    if (n > 2) {
        write_page_matrix(page, e);
    }
    if (n > 2 && e->n_stages > 1 && n * (n - 1) / 2 <= MOST_PAIR_CURVES) {
        write_page_pairs(page, e);
    }
    write_page_stages(page, e);
    for (uint32_t i = 0; e->has_attention && i < n; i++) {
        write_page_attention(page, &e->attention[i], i);
    }
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        write_page_prediction(page, &e->predictions[i]);
    }
    if (!e->has_lm) {
        fputs("<p class=\"note\">The model has no output head: it predicts no next word.</p>\n",
              out);
    }
    write_weights(out, e);
    fputs("</section>\n", out);
}

/* A sentence of findings.c, if there is one. */
static void write_line(const struct explain_page *page, char *sentence, const char *class_name)
{
    if (*sentence) {
        fprintf(page->out, "<p class=\"%s\"><strong>", class_name);
        html_text(page->out, sentence);
        fputs("</strong></p>\n", page->out);
    }
    free(sentence);
}

static void write_page(const struct explain_page *page)
{
    char *title = mem_format("What does “%s” mean?", page->q->word);
    html_page_begin(page->out, title, "One word in its sentences, from the look-up table on");
    free(title);
    write_sentences(page);
    write_line(page, explain_take_away(page->q, page->list, page->n), "finding");
    if (page->q->n_sentences > 1) {
        write_page_overview(page);
    }
    for (uint32_t i = 0; i < page->n; i++) {
        if (!explain_is_line(page->q, &page->list[i])) {
            write_embedder(page, &page->list[i]);
        }
    }
    write_line(page, explain_static_line(page->q, page->list, page->n), "finding");
    for (uint32_t i = 0; i < page->n; i++) {
        if (explain_is_line(page->q, &page->list[i])) {
            page_heading(page->out, "h3", NULL, page->list[i].name);
            write_weights(page->out, &page->list[i]);
        }
    }
    fputs("<p class=\"command\"><code>", page->out);
    html_name(page->out, page->command);
    fputs("</code></p>\n", page->out);
    html_page_end(page->out, false);
}

static void write_explanation(void *ctx, FILE *out)
{
    struct explain_page *page = ctx;
    page->out = out;
    write_page(page);
}

int explain_write_page(const struct explain_question *q, const struct explanation *list, uint32_t n,
                       const char *command, const char *path)
{
    struct explain_page page = {NULL, q, list, n, command};
    return html_write_file(path, write_explanation, &page);
}
