/* text.c - an explanation on a terminal of 80 columns, in ASCII where it has no more. */
#include "commands/explain/explain.h"
#include "commands/say.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/terminal.h"
#include "data/unicode.h"
#include "report/write.h"
#include "report/text/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 80, STAGE = 13, CURVE = 22, SENSE = 10, BAR = 24, WORD = 14 };

static struct table terminal(void)
{
    struct table table = {stdout, table_columns(stdout), terminal_speaks_utf8(), "", "", "", "", "",
                          NULL};
    table.columns = table.columns > WIDEST ? WIDEST : table.columns < 50 ? 50 : table.columns;
    if (table_colour(stdout, false)) {
        table.bold = "\033[1m";
        table.dim = "\033[2m";
        table.bad = "\033[31m";
        table.off = "\033[0m";
    }
    return table;
}

/* All of a text from outside. */
static void put(const struct table *table, const char *text)
{
    table_put(table, text, table_width(text), false);
}

static void put_n(const struct table *table, const char *text, size_t n)
{
    char *part = mem_text_n(text, n);
    put(table, part);
    free(part);
}

static void print_question(const struct explain_question *q)
{
    struct table table = terminal();
    fputs(table.bold, stdout);
    put(&table, q->word);
    printf("%s: %u sentence%s, %u sense%s in WordNet\n", table.off, q->n_sentences,
           q->n_sentences == 1 ? "" : "s", q->n_senses, q->n_senses == 1 ? "" : "s");
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        const struct explain_sentence *s = &q->sentences[i];
        printf("  %u  ", i + 1);
        put_n(&table, s->text, s->word.begin);
        printf("%s[", table.bold);
        put_n(&table, s->text + s->word.begin, s->word.end - s->word.begin);
        printf("]%s", table.off);
        put(&table, s->text + s->word.end);
        printf("\n");
    }
    printf("\n");
}

/* The left end of the curve's scale: the least cosine, rounded down to a tenth; 1 is the right. */
static double curve_begin(const struct explain_question *q, const struct explanation *e)
{
    double least = 0.9;
    for (uint32_t s = 0; s < e->n_stages; s++) {
        least = fmin(least, explain_mean_cosine(q, e, s)); /* fmin passes NAN over */
    }
    return floor(10 * least + 1e-9) / 10;
}

static void put_curve(const struct table *table, double begin, double value)
{
    int at = (int)lround((CURVE - 1) * (value - begin) / (1 - begin));
    for (int i = 0; i < CURVE; i++) {
        fputs(i == at      ? (table->unicode ? "●" : "o")
              : i % 7 == 0 ? (table->unicode ? "┊" : ":")
              : i < at     ? (table->unicode ? "─" : "-")
                           : " ",
              stdout);
    }
}

static void put_nearest(const struct table *table, const struct explain_question *q,
                        const struct explain_nearest *nearest)
{
    char text[40] = "-";
    if (nearest->ties > 1) {
        snprintf(text, sizeof text, "%u alike", nearest->ties);
    } else if (nearest->ties == 1) {
        snprintf(text, sizeof text, "%s %.3f", q->senses[nearest->sense].label, nearest->cosine);
    }
    table_put(table, text, SENSE, false);
    fputs(" ", stdout);
}

static bool has_pairs(const struct explain_question *q)
{
    return q->n_sentences > 1;
}

static void print_stage_heading(const struct explain_question *q, double begin, uint32_t first,
                                uint32_t end, bool curve)
{
    printf("  %-*s", STAGE, "stage");
    if (curve) {
        printf(" %-8s %-*.1f%3s  ", q->n_sentences == 2 ? "cos(1,2)" : "mean cos", CURVE - 3, begin,
               "1.0");
    }
    for (uint32_t i = first; i < end; i++) {
        printf("%s %-*u", i == first ? " sense in" : "         ", SENSE - 8, i + 1);
    }
    printf("\n");
}

/* Stages line by line: the curve (of the first block of sentences), and the nearest senses. */
static void print_stages(const struct table *table, const struct explain_question *q,
                         const struct explanation *e, uint32_t first, uint32_t end, bool curve)
{
    double begin = curve_begin(q, e);
    print_stage_heading(q, begin, first, end, curve);
    for (uint32_t s = 0; s < e->n_stages; s++) {
        printf("  ");
        table_put(table, e->stages[s].name, STAGE, false);
        double value = explain_mean_cosine(q, e, s);
        if (curve && isfinite(value)) {
            printf(" %8.3f ", value);
            put_curve(table, begin, value);
        } else if (curve) {
            printf(" %8s %*s", "-", CURVE, "");
        }
        fputs(curve ? "   " : " ", stdout);
        for (uint32_t i = first; i < end; i++) {
            struct explain_nearest nearest = explain_nearest(q, e, s, i);
            put_nearest(table, q, &nearest);
        }
        printf("\n");
    }
}

/* Curve and senses side by side where the senses of all sentences fit, else below each other. */
static void print_all_stages(const struct table *table, const struct explain_question *q,
                             const struct explanation *e)
{
    uint32_t width = (uint32_t)(table->columns - STAGE - 4) / (SENSE + 1);
    uint32_t n = q->n_senses > 0 ? q->n_sentences : 0, beside = 0;
    if (has_pairs(q)) {
        beside = n <= (uint32_t)(table->columns - STAGE - CURVE - 15) / (SENSE + 1) ? n : 0;
        print_stages(table, q, e, 0, beside, true);
    }
    for (uint32_t first = beside; first < n; first += width) {
        print_stages(table, q, e, first, n < first + width ? n : first + width, false);
    }
}

/* "n1 0.856, ahead of n10 by 0.012  sloping land …" */
static void print_nearest(const struct table *table, const struct explain_question *q,
                          const struct explain_nearest *nearest)
{
    const struct explain_sense *sense = &q->senses[nearest->sense];
    bool close = nearest->margin < 0.0005;
    char *head = nearest->second < q->n_senses
                     ? mem_format("%-4s%.3f, ahead of %s by %s%.3f  ", sense->label,
                                  nearest->cosine, q->senses[nearest->second].label,
                                  close ? "less than " : "", close ? 0.001 : nearest->margin)
                     : mem_format("%-4s%.3f  ", sense->label, nearest->cosine);
    put(table, head);
    table_put(table, sense->definition, table->columns - 8 - table_width(head), false);
    printf("\n");
    free(head);
}

static void print_senses(const struct table *table, const struct explain_question *q,
                         const struct explanation *e)
{
    say("  At %s%s:\n", e->stages[e->shown].name,
        !q->at && has_pairs(q) && e->n_stages > 1 ? ", where the sentences lie farthest apart"
                                                  : "");
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(q, e, e->shown, i);
        printf("  %3u  ", i + 1);
        if (e->status[i] == EMB_WORD_UNKNOWN) {
            printf("the embedder does not know the word\n");
        } else if (e->status[i] == EMB_WORD_CUT) {
            printf("the word stands beyond the model's window\n");
        } else if (nearest.ties > 1) {
            printf("%u senses lie equally near: the sentence changes nothing\n", nearest.ties);
        } else if (nearest.ties == 1) {
            print_nearest(table, q, &nearest);
        } else {
            printf("WordNet has no such sense of the word\n");
        }
    }
}

static void print_matrix(const struct table *table, const struct explain_question *q,
                         const struct explanation *e)
{
    uint32_t width = (uint32_t)(table->columns - 6) / 7;
    say("  Cosines at %s\n", e->stages[e->shown].name);
    for (uint32_t first = 0; first < q->n_sentences; first += width) {
        uint32_t end = q->n_sentences < first + width ? q->n_sentences : first + width;
        printf("      ");
        for (uint32_t j = first; j < end; j++) {
            printf("%7u", j + 1);
        }
        for (uint32_t i = 0; i < q->n_sentences; i++) {
            printf("\n  %4u", i + 1);
            for (uint32_t j = first; j < end; j++) {
                double value = explain_cosine(q, e, e->shown, i, j);
                isfinite(value) ? printf("%7.3f", value) : printf("%7s", "-");
            }
        }
        printf("\n");
    }
}

static void put_key(const struct table *table, const struct explain_key *key, int width)
{
    char *text = key->is_target ? mem_format("%s (itself)", key->text) : mem_text(key->text);
    table_put(table, text, width, false);
    free(text);
}

static void print_blocks(const struct table *table, const struct explain_attention *a)
{
    int width = (table->columns - 30) / 2;
    printf("      block  heads averaged, most at %*s strongest head\n", width - 17, "");
    for (uint32_t b = 0; b < a->n_blocks; b++) {
        const double *mean = a->mean + (size_t)b * a->n_keys;
        const double *strongest = a->strongest + (size_t)b * a->n_keys;
        uint32_t most = explain_attention_most(a, mean, false),
                 word = explain_attention_most(a, strongest, true);
        printf("      %5u  %3.0f %% ", b + 1, 100 * mean[most]);
        put_key(table, &a->keys[most], width);
        if (word != UINT32_MAX) {
            printf(" %2u: %3.0f %% ", a->head[b], 100 * strongest[word]);
            put_key(table, &a->keys[word], width - 5);
        }
        printf("\n");
    }
}

static void print_attention(const struct table *table, const struct explain_question *q,
                            const struct explain_attention *a, uint32_t sentence)
{
    if (a->n_keys == 0) {
        return;
    }
    uint32_t *order = explain_attention_order(a);
    printf("  Attention of the word in %u, all blocks and heads averaged\n", sentence + 1);
    for (uint32_t i = 0; i < a->n_keys && i < q->top; i++) {
        double weight = a->overall[order[i]];
        printf("    %5.1f %%  ", 100 * weight);
        put_key(table, &a->keys[order[i]], WORD + 6);
        printf(" ");
        table_bar(table, weight / a->overall[order[0]], BAR);
        printf("\n");
    }
    print_blocks(table, a);
    uint32_t block = explain_attention_block(a);
    const double *row = a->strongest + (size_t)block * a->n_keys;
    uint32_t word = explain_attention_most(a, row, true);
    if (word != UINT32_MAX) {
        printf("    strongest: block %u, head %u, %.0f %% at \"", block + 1, a->head[block],
               100 * row[word]);
        put(table, a->keys[word].text);
        printf("\"\n");
    }
    free(order);
}

static void print_prediction(const struct table *table, const struct explain_prediction *p,
                             double scale)
{
    printf("  Expected ");
    put(table, p->place);
    printf(" (%.2f bits)\n", p->entropy);
    for (uint32_t i = 0; i < p->n_top; i++) {
        char *quoted = mem_format("\"%s\"", p->top[i].text);
        printf("    %5.1f %%  ", 100 * p->top[i].probability);
        table_put(table, quoted, WORD + 6, false);
        printf(" ");
        table_bar(table, p->top[i].probability / scale, BAR);
        printf("\n");
        free(quoted);
    }
    if (p->actual.text) {
        printf("    %5.1f %%  \"", 100 * p->actual.probability);
        put(table, p->actual.text);
        printf("\", which stands there: number %llu of %llu\n", (unsigned long long)p->actual.rank,
               (unsigned long long)p->n_pieces);
    }
}

static void print_predictions(const struct table *table, const struct explanation *e)
{
    double scale = 1e-9;
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        scale = fmax(scale, e->predictions[i].n_top ? e->predictions[i].top[0].probability : 0);
    }
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        print_prediction(table, &e->predictions[i], scale);
    }
    if (!e->has_lm) {
        printf("  No output head (emb.lm/1): the model predicts no next word.\n");
    }
}

static void print_weights(const struct table *table, const struct explanation *e)
{
    const char *more = table->unicode ? "…" : "...";
    if (!e->weights_known) {
        printf("  The plugin does not show its weights.\n");
    } else if (explain_frozen(e)) {
        printf("  No weight changed: sha256 %.16s%s before and after.\n", e->weights_before, more);
    } else {
        printf("  %sWEIGHTS CHANGED: sha256 %.16s%s before, %.16s%s after.%s\n", table->bad,
               e->weights_before, more, e->weights_after, more, table->off);
    }
}

/* A sentence of findings.c, broken to the width. */
static void print_sentence(const struct table *table, char *sentence, const char *indent)
{
    struct slice rest = slice_of(sentence), word;
    int at = 0;
    while (slice_word(&rest, &word)) {
        char *one = mem_text_n(word.text, word.n);
        int width = table_width(one);
        bool begin = at == 0 || at + 1 + width > table->columns;
        fputs(!begin ? " " : at > 0 ? "\n" : "", stdout);
        fputs(begin ? indent : "", stdout);
        put(table, one);
        at = begin ? (int)strlen(indent) + width : at + 1 + width;
        free(one);
    }
    fputs(at > 0 ? "\n" : "", stdout);
    free(sentence);
}

static void print_embedder(const struct explain_question *q, const struct explanation *e)
{
    struct table table = terminal();
    fputs(table.bold, stdout);
    put(&table, e->name);
    printf("%s (%s, %u dimensions)\n", table.off, e->kind, e->dim);
    print_sentence(&table, explain_finding(q, e), "  ");
    print_all_stages(&table, q, e);
    print_senses(&table, q, e);
    if (q->n_sentences > 2) {
        print_matrix(&table, q, e);
    }
    for (uint32_t i = 0; e->has_attention && i < q->n_sentences; i++) {
        print_attention(&table, q, &e->attention[i], i);
    }
    print_predictions(&table, e);
    print_weights(&table, e);
    printf("\n");
}

void explain_print(const struct explain_question *q, const struct explanation *list, uint32_t n)
{
    struct table table = terminal();
    print_question(q);
    for (uint32_t i = 0; i < n; i++) {
        if (!explain_is_line(q, &list[i])) {
            print_embedder(q, &list[i]);
        }
    }
    char *line = explain_static_line(q, list, n);
    bool any = *line;
    print_sentence(&table, line, "");
    for (uint32_t i = 0; i < n; i++) {
        if (explain_is_line(q, &list[i]) && list[i].weights_known && !explain_frozen(&list[i])) {
            print_weights(&table, &list[i]);
        }
    }
    char *take_away = explain_take_away(q, list, n);
    fputs(any && *take_away ? "\n" : "", stdout);
    print_sentence(&table, take_away, "");
}
