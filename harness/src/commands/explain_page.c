/* explain_page.c - an explanation as one page that needs nothing else, and no script. */
#include "commands/explain.h"

#include "base/file.h"
#include "base/mem.h"
#include "report/html.h"
#include "report/svg.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct page {
    FILE *out;
    const struct explain_question *q;
    const struct explanation *list; /* [n] */
    uint32_t n;
    const char *command;
};

enum { MOST_PAIR_CURVES = 6 };

static void heading(FILE *out, const char *tag, const char *text)
{
    fprintf(out, "<%s>", tag);
    html_name(out, text);
    fprintf(out, "</%s>\n", tag);
}

static void figure_begin(FILE *out, const char *caption)
{
    fputs("<figure class=\"card\">\n<figcaption>", out);
    html_text(out, caption);
    fputs("</figcaption>\n", out);
    html_scroll_begin(out, caption);
}

static void figure_end(FILE *out, const char *note)
{
    html_scroll_end(out);
    if (note) {
        fputs("<p class=\"note\">", out);
        html_text(out, note);
        fputs("</p>\n", out);
    }
    fputs("</figure>\n", out);
}

static struct svg_value value_of(double cosine)
{
    return (struct svg_value){100 * cosine, NAN, NAN};
}

static void write_sentences(const struct page *page)
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

/* The stages of all embedders, those of the one with the most first; free() the array. */
static const char **all_stages(const struct page *page, uint32_t *ret_n)
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
            while (k < n && strcmp(names[k], e->stages[s]) != 0) {
                k++;
            }
            if (k == n) {
                names = mem_resize(names, n + 1u, sizeof *names);
                names[n++] = e->stages[s];
            }
        }
    }
    *ret_n = n;
    return names;
}

/* A curve an embedder; one that has the table alone is a line across. */
static void write_overview(const struct page *page)
{
    uint32_t n_ticks;
    const char **ticks = all_stages(page, &n_ticks);
    struct svg_series *series = mem_array(page->n + 1u, sizeof *series);
    struct svg_value *values = mem_array((size_t)page->n * n_ticks + 1, sizeof *values);
    for (uint32_t i = 0; i < page->n; i++) {
        const struct explanation *e = &page->list[i];
        struct svg_value *row = values + (size_t)i * n_ticks;
        for (uint32_t t = 0; t < n_ticks; t++) {
            row[t] = value_of(NAN);
            for (uint32_t s = 0; s < e->n_stages; s++) {
                if (strcmp(e->stages[s], ticks[t]) == 0) {
                    row[t] = value_of(explain_mean_cosine(page->q, e, s));
                }
            }
        }
        series[i] = (struct svg_series){
            .name = e->name, .values = row, .look = i, .level = e->n_stages == 1 && n_ticks > 1};
    }
    figure_begin(page->out, page->q->n_sentences == 2
                                ? "How alike the word's two vectors are, stage by stage"
                                : "How alike the word's vectors are, the mean over all pairs, "
                                  "stage by stage");
    svg_lines(page->out,
              &(struct svg_frame){.title = "Cosine by stage",
                                  .description = "A curve for each embedder, from the look-up "
                                                 "table to its last stage.",
                                  .label = "cosine × 100",
                                  .width = 1000},
              ticks, n_ticks, series, page->n);
    figure_end(page->out,
               "100 means the same direction: before the sentence has been looked at, a word has "
               "one vector, whatever it means. A number with “.attention” is the stage after that "
               "block's attention, a number alone the stage after its feed-forward part.");
    free(values);
    free(series);
    free(ticks);
}

/* Of three or four sentences a curve for each pair. */
static void write_pairs(const struct page *page, const struct explanation *e)
{
    uint32_t n = page->q->n_sentences, n_pairs = n * (n - 1) / 2, at = 0;
    struct svg_series *series = mem_array(n_pairs + 1u, sizeof *series);
    struct svg_value *values = mem_array((size_t)n_pairs * e->n_stages + 1, sizeof *values);
    char **names = mem_array(n_pairs + 1u, sizeof *names);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++, at++) {
            struct svg_value *row = values + (size_t)at * e->n_stages;
            for (uint32_t s = 0; s < e->n_stages; s++) {
                row[s] = value_of(explain_cosine(page->q, e, s, i, j));
            }
            names[at] = mem_format("%u and %u", i + 1, j + 1);
            series[at] = (struct svg_series){.name = names[at], .values = row, .look = at};
        }
    }
    figure_begin(page->out, "Each pair of sentences by itself");
    svg_lines(page->out,
              &(struct svg_frame){.title = "Cosine of each pair of sentences by stage",
                                  .description = "A curve for each pair.",
                                  .label = "cosine × 100",
                                  .width = 1000},
              (const char *const *)e->stages, e->n_stages, series, n_pairs);
    figure_end(page->out, NULL);
    for (uint32_t i = 0; i < n_pairs; i++) {
        free(names[i]);
    }
    free(names);
    free(values);
    free(series);
}

static void write_cosine(FILE *out, double value)
{
    if (isfinite(value)) {
        fprintf(out, "%s%.3f", value < 0 ? "−" : "", fabs(value));
    } else {
        fputs("–", out);
    }
}

static void write_nearest(const struct page *page, const struct explanation *e, uint32_t stage,
                          uint32_t sentence)
{
    struct explain_nearest nearest = explain_nearest(page->q, e, stage, sentence);
    fputs("<td>", page->out);
    if (nearest.ties > 1) {
        fprintf(page->out, "%u alike", nearest.ties);
    } else if (nearest.ties == 1) {
        fprintf(page->out, "<b>%s</b> <span class=\"where\">",
                page->q->senses[nearest.sense].label);
        write_cosine(page->out, nearest.cosine);
        fputs("</span>", page->out);
    } else {
        fputs("–", page->out);
    }
    fputs("</td>", page->out);
}

static void write_stages(const struct page *page, const struct explanation *e)
{
    FILE *out = page->out;
    const struct explain_question *q = page->q;
    uint32_t n = q->n_senses > 0 ? q->n_sentences : 0;
    fputs("<figure class=\"card\">\n<figcaption>The nearest sense by stage</figcaption>\n", out);
    html_scroll_begin(out, "The nearest sense by stage");
    fputs("<table>\n<thead><tr><th scope=\"col\">stage</th>", out);
    fputs(q->n_sentences > 1 ? "<th scope=\"col\" class=\"n\">cosine</th>" : "", out);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "<th scope=\"col\">sense in %u</th>", i + 1);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (uint32_t s = 0; s < e->n_stages; s++) {
        fprintf(out, "<tr%s><th scope=\"row\">", s == e->shown ? " class=\"chosen\"" : "");
        html_name(out, e->stages[s]);
        fputs("</th>", out);
        if (q->n_sentences > 1) {
            fputs("<td class=\"n\">", out);
            write_cosine(out, explain_mean_cosine(q, e, s));
            fputs("</td>", out);
        }
        for (uint32_t i = 0; i < n; i++) {
            write_nearest(page, e, s, i);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n", out);
    figure_end(out, n > 0 ? "n2 is the second sense of the noun in WordNet, as near as the nearest "
                            "of its texts: “word : definition” and WordNet's examples."
                          : NULL);
}

/* The senses on one scale, a dot for each sentence: which lies nearest to which, and by how much.
 */
static void write_senses(const struct page *page, const struct explanation *e)
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
                                      .look = i,
                                      .at = value_of(explain_sense_cosine(q, e, e->shown, i, k))};
        }
        char **name = &names[q->n_sentences + k];
        *name = mem_format("%s %s", q->senses[k].label, q->senses[k].definition);
        rows[k] = (struct svg_row){.name = *name, .dots = row, .n_dots = q->n_sentences};
    }
    char *caption = mem_format("How near each sense lies at %s", e->stages[e->shown]);
    figure_begin(page->out, caption);
    svg_rows(page->out,
             &(struct svg_frame){.title = caption,
                                 .description = "A row for each sense, a mark for each sentence.",
                                 .label = "cosine × 100",
                                 .width = 1000},
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

/* What a cell is tinted by: a share of the greatest, as a custom property of page.css. */
static void write_tint(FILE *out, double share)
{
    fprintf(out, " style=\"--p:%.0f%%\"", 100 * fmin(fmax(share, 0), 1));
}

static void write_matrix(const struct page *page, const struct explanation *e)
{
    FILE *out = page->out;
    uint32_t n = page->q->n_sentences;
    double least = 1;
    for (uint32_t i = 0; i < n * n; i++) {
        least = fmin(least, explain_cosine(page->q, e, e->shown, i / n, i % n));
    }
    char *caption = mem_format("Every sentence with every other at %s", e->stages[e->shown]);
    figure_begin(out, caption);
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
            write_tint(out, isfinite(value) && least < 1 ? (value - least) / (1 - least) : 0);
            fputs(">", out);
            write_cosine(out, value);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n", out);
    figure_end(out, "The darker, the more alike.");
    free(caption);
}

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
            write_tint(out, a->overall[k] / scale);
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
        write_tint(out, row[k] / fmax(row[most], 1e-9));
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
        fputs("<th scope=\"col\">", out);
        html_name(out, a->keys[k].text);
        fputs("</th>", out);
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

static void write_attention(const struct page *page, const struct explain_attention *a,
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
    fputs("<tr><th scope=\"row\"><code>", out);
    html_name(out, piece->text);
    fputs("</code></th><td class=\"share\"", out);
    write_tint(out, piece->probability / scale);
    fprintf(out, ">%.1f\u00a0%%</td></tr>\n", 100 * piece->probability);
}

static void write_prediction(const struct page *page, const struct explain_prediction *p)
{
    FILE *out = page->out;
    char *caption = mem_format("Expected %s", p->place);
    figure_begin(out, caption);
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
        fputs(" There stands <code>", out);
        html_name(out, p->actual.text);
        fprintf(out, "</code>: %.2f\u00a0%%, number ", 100 * p->actual.probability);
        html_count(out, p->actual.rank);
        fputs(".", out);
    }
    fputs("</p>\n</figure>\n", out);
    free(caption);
}

static void write_verdict(const struct page *page, const struct explanation *e)
{
    FILE *out = page->out;
    const struct explain_question *q = page->q;
    bool several = q->n_sentences > 1;
    fputs("<p>", out);
    if (several && e->identical[0] && strcmp(e->stages[0], "table") == 0) {
        fputs("At <b>table</b> the word has one vector, byte by byte the same in every sentence: "
              "the cosine is exactly 1. ",
              out);
    }
    if (e->n_stages > 1 && several) {
        fputs(q->at ? "At <b>" : "The sentences lie farthest apart at <b>", out);
        html_name(out, e->stages[e->shown]);
        fputs(q->at ? "</b> the cosine is " : "</b>, with a cosine of ", out);
        write_cosine(out, explain_mean_cosine(q, e, e->shown));
        fputs(explain_told_apart(q, e)
                  ? ". There the nearest senses differ: the meanings are told apart."
                  : ".",
              out);
    } else if (e->n_stages == 1 && e->is_static) {
        fputs("A static embedder has no other stage: no sentence can change the vector.", out);
    }
    fputs("</p>\n", out);
}

/* What lies nearest to each sentence, in words. */
static void write_answers(const struct page *page, const struct explanation *e)
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
static bool senses_differ(const struct page *page, const struct explanation *e)
{
    bool differ = false;
    for (uint32_t i = 0; i < page->q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(page->q, e, e->shown, i);
        differ |= nearest.ties > 0 && nearest.ties < page->q->n_senses;
    }
    return differ;
}

static void write_embedder(const struct page *page, const struct explanation *e)
{
    FILE *out = page->out;
    uint32_t n = page->q->n_sentences;
    fputs("<section>\n", out);
    heading(out, "h2", e->name);
    fprintf(out, "<p class=\"note\">%s, %u dimensions, %u stage%s</p>\n", e->kind, e->dim,
            e->n_stages, e->n_stages == 1 ? "" : "s");
    write_verdict(page, e);
    write_answers(page, e);
    if (senses_differ(page, e)) {
        write_senses(page, e);
    }
    if (n > 2) {
        write_matrix(page, e);
    }
    if (n > 2 && e->n_stages > 1 && n * (n - 1) / 2 <= MOST_PAIR_CURVES) {
        write_pairs(page, e);
    }
    write_stages(page, e);
    for (uint32_t i = 0; e->has_attention && i < n; i++) {
        write_attention(page, &e->attention[i], i);
    }
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        write_prediction(page, &e->predictions[i]);
    }
    if (!e->has_lm) {
        fputs("<p class=\"note\">The model has no output head: it expects no next word.</p>\n",
              out);
    }
    write_weights(out, e);
    fputs("</section>\n", out);
}

static void write_page(const struct page *page)
{
    char *title = mem_format("What does “%s” mean?", page->q->word);
    html_page_begin(page->out, title, "One word in its sentences, from the look-up table on");
    free(title);
    write_sentences(page);
    if (page->q->n_sentences > 1) {
        write_overview(page);
    }
    for (uint32_t i = 0; i < page->n; i++) {
        write_embedder(page, &page->list[i]);
    }
    fputs("<p class=\"command\"><code>", page->out);
    html_name(page->out, page->command);
    fputs("</code></p>\n", page->out);
    html_page_end(page->out, false);
}

int explain_write_page(const struct explain_question *q, const struct explanation *list, uint32_t n,
                       const char *command, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    /* Numbers have points, whatever a library has made of the locale. */
    locale_t numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = numbers ? uselocale(numbers) : (locale_t)0;
    write_page(&(struct page){file.stream, q, list, n, command});
    if (numbers) {
        uselocale(before);
        freelocale(numbers);
    }
    return file_out_commit(&file);
}
