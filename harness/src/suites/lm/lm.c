/*
 * Suite `lm`: how well an embedder's output head predicts a text, by emb.score/1.
 *
 * Of a causal model each piece given those before it; of a masked one each piece given all others
 * (pseudo-log-likelihood, Salazar et al. 2020). With L the sum of the natural log-probabilities:
 *     perplexity           exp(-L / pieces)
 *     perplexity-per-word  exp(-L / words)  words: the data's tokens, or between white space
 *     bits-per-byte        -L / (bytes log 2)
 * over the stretch of each sentence that has them: the first piece of a causal model that knows no
 * beginning has none, nor has what lies beyond the window. Intervals resample sentences, or, of a
 * tagged corpus of ten documents or more, whole documents. Beside it
 * stands "unigram": what knowing no more than how often each piece occurs in this very text is
 * worth.
 */
#include "suites/suite.h"

#include "suites/lm/text.h"
#include "suites/shared/figures.h"
#include "suites/shared/piece_scores.h"

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/progress.h"
#include "plugin/open.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "lm"
/* Beyond every stage that a vector is read at. */
#define STAGE ((struct stage){"head", STAGE_NO_BLOCK, STAGE_OTHER})

struct suite_state {
    struct lm_text *texts; /* [n] */
    uint32_t n;
};

static void release(struct suite_state *state)
{
    for (uint32_t i = 0; state && i < state->n; i++) {
        lm_text_finish(&state->texts[i]);
    }
    free(state ? state->texts : NULL);
    free(state);
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    int status = lm_texts_read(request, &state->texts, &state->n);
    if (status) {
        free(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

/* ---- a sentence ---- */

/* What is known of one sentence: sums over its stretch. */
struct stretch {
    double loss; /* -log of its probability */
    uint32_t n_pieces, n_words, n_bytes;
    bool cut; /* pieces beyond the window */
};

struct scan {
    const struct suite_run *run;
    const struct lm_text *text;
    struct piece_scores pieces;
    struct stretch *stretches; /* [text->n] */
    uint32_t *ids;             /* [n_ids] of all pieces with a number, sentence after sentence */
    size_t n_ids, ids_capacity;
};

static struct emb_sentence as_asked(const struct lm_sentence *sentence)
{
    return (struct emb_sentence){.text = sentence->text,
                                 .words = sentence->tokens,
                                 .n_bytes = sentence->n_bytes,
                                 .n_words = sentence->n_tokens};
}

static int score(struct scan *scan, const struct lm_sentence *sentence)
{
    struct emb_sentence asked = as_asked(sentence);
    int status = piece_scores_of(scan->run->embedder, &asked, &scan->pieces);
    return status
               ? error_context(status, "%s: %s, sentence %llu", embedder_name(scan->run->embedder),
                               scan->text->name, (unsigned long long)sentence->line)
               : 0;
}

/* The sums, and the stretch of bytes that they are about. */
static void sum_up(struct scan *scan, const struct lm_sentence *sentence, struct stretch *stretch)
{
    uint32_t from = 0, to = 0, end = 0;
    for (uint32_t i = 0; i < scan->pieces.n; i++) {
        const struct emb_piece *piece = &scan->pieces.pieces[i];
        float log_prob = scan->pieces.log_probs[i];
        end = piece->end > end ? piece->end : end;
        if (isnan(log_prob)) {
            from = stretch->n_pieces == 0 && piece->end > from ? piece->end : from;
            continue;
        }
        stretch->loss -= (double)log_prob;
        stretch->n_pieces++;
        to = piece->end > to ? piece->end : to;
        MEM_GROW(scan->ids, scan->ids_capacity, scan->n_ids + 1);
        scan->ids[scan->n_ids++] = piece->id;
    }
    struct slice beyond = slice_trim((struct slice){sentence->text + end, sentence->n_bytes - end});
    stretch->cut = beyond.n > 0;
    stretch->n_bytes = to > from ? to - from : 0;
    stretch->n_words = to > from ? lm_count_words(sentence, from, to) : 0;
}

static void write_item(const struct scan *scan, const char *method, uint32_t s)
{
    const struct stretch *stretch = &scan->stretches[s];
    const struct result_sink *sink = scan->run->sink;
    if (!sink->item) {
        return;
    }
    char id[24], loss[32], counts[3][16];
    snprintf(id, sizeof id, "%llu", (unsigned long long)scan->text->sentences[s].line);
    snprintf(loss, sizeof loss, "%.6f", stretch->loss);
    const struct wsd_data *data = scan->text->data;
    const uint32_t numbers[3] = {stretch->n_pieces, stretch->n_words, stretch->n_bytes};
    for (int i = 0; i < 3; i++) {
        snprintf(counts[i], sizeof counts[i], "%u", numbers[i]);
    }
    const struct result_attribute attributes[] = {
        {"kind", embedder_kind(scan->run->embedder)},
        {"loss", loss},
        {"pieces", counts[0]},
        {"words", counts[1]},
        {"bytes", counts[2]},
        {"document", data ? map_key(&data->documents, scan->text->sentences[s].document) : NULL}};
    const struct result_item item = {
        .suite = SUITE,
        .dataset = scan->text->name,
        .embedder = embedder_name(scan->run->embedder),
        .stage = STAGE,
        .method = method,
        .id = id,
        .status = stretch->n_pieces == 0 ? "empty"
                  : stretch->cut         ? "cut"
                                         : "ok",
        .score = stretch->n_pieces ? -stretch->loss / stretch->n_pieces : NAN,
        .gold_score = NAN,
        .correct = NAN,
        .attributes = attributes,
        .n_attributes = sizeof attributes / sizeof *attributes - !data};
    sink->item(sink->ctx, &item);
}

/* ---- figures ---- */

enum unit { PER_PIECE, PER_WORD, PER_BYTE, N_UNITS };

/* Losses and how many units they are of, a sentence each, those without any left out. */
struct losses {
    double *losses, *units[N_UNITS]; /* [n] */
    uint32_t n, n_all;
    uint32_t *documents;  /* [n] numbers from 0 on of those with a loss */
    uint32_t n_documents; /* 0: the text has none, or too few to be drawn */
};

/* Sentences of one document are not independent. */
static void list_documents(const struct scan *scan, struct losses *of)
{
    struct map seen = {0};
    of->documents = mem_array((size_t)of->n_all + 1, sizeof *of->documents);
    for (uint32_t s = 0, n = 0; s < of->n_all && scan->text->data; s++) {
        uint32_t document = scan->text->sentences[s].document;
        if (scan->stretches[s].n_pieces > 0) {
            of->documents[n++] = map_put(&seen, (const char *)&document, sizeof document);
        }
    }
    of->n_documents = seen.n < BOOTSTRAP_FEW ? 0 : seen.n;
    map_finish(&seen);
}

static struct losses collect(const struct scan *scan, const double *losses)
{
    uint32_t n_all = scan->text->n;
    double *scratch = mem_array((size_t)n_all * 4 + 1, sizeof *scratch);
    struct losses of = {.losses = scratch, .n_all = n_all};
    for (uint32_t u = 0; u < N_UNITS; u++) {
        of.units[u] = scratch + (size_t)n_all * (u + 1);
    }
    for (uint32_t s = 0; s < n_all; s++) {
        const struct stretch *stretch = &scan->stretches[s];
        if (stretch->n_pieces > 0) {
            of.losses[of.n] = losses ? losses[s] : stretch->loss;
            of.units[PER_PIECE][of.n] = stretch->n_pieces;
            of.units[PER_WORD][of.n] = stretch->n_words;
            of.units[PER_BYTE][of.n++] = stretch->n_bytes;
        }
    }
    list_documents(scan, &of);
    return of;
}

static void losses_finish(struct losses *of)
{
    free(of->losses);
    free(of->documents);
}

static double per_unit(const struct losses *of, enum unit unit)
{
    double loss = 0, units = 0;
    for (uint32_t i = 0; i < of->n; i++) {
        loss += of->losses[i];
        units += of->units[unit][i];
    }
    return units > 0 ? loss / units : NAN;
}

static double in_bits(double x)
{
    return x / M_LN2;
}

/* Intervals of exp(x) are those of x sent through exp: percentiles follow any rising function. */
static void rows(const struct scan *scan, const char *method, const struct losses *of)
{
    static const struct {
        const char *metric;
        enum unit unit;
        double (*of)(double);
    } figures[] = {{"perplexity", PER_PIECE, exp},
                   {"perplexity-per-word", PER_WORD, exp},
                   {"bits-per-byte", PER_BYTE, in_bits}};
    const struct figure row = {.suite = SUITE,
                               .dataset = scan->text->name,
                               .embedder = embedder_name(scan->run->embedder),
                               .kind = embedder_kind(scan->run->embedder),
                               .stage = STAGE,
                               .method = method};
    struct protocol protocol = {0};
    protocol_begin(&protocol, SUITE, scan->text->name, of->n_all);
    protocol_add(&protocol, PROTOCOL_METHOD, method);
    protocol_add(&protocol, PROTOCOL_STAGE, row.stage.name);
    protocol_add(&protocol, PROTOCOL_TEXT, scan->text->data ? "tokens" : "running");
    struct bootstrap plan = figures_plan(scan->run);
    if (of->n_documents) {
        plan.clusters = of->documents;
        plan.n_clusters = of->n_documents;
        protocol_format(&protocol, PROTOCOL_INTERVAL, "documents(%u)", of->n_documents);
    }
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        double x = per_unit(of, figures[f].unit);
        struct interval i = bootstrap_ratio(&plan, of->losses, of->units[figures[f].unit], of->n);
        struct measured figure = {.metric = figures[f].metric,
                                  .split = SPLIT_ALL,
                                  .value = figures[f].of(x),
                                  .interval = {figures[f].of(i.low), figures[f].of(i.high)},
                                  .n = of->n_all,
                                  .answered = of->n};
        figures_row(scan->run, &row, &protocol, &figure);
    }
    protocol_finish(&protocol);
}

/* How often a piece has a number in the text. */
struct frequency {
    uint32_t id, count;
};

static int by_id(const void *a, const void *b)
{
    const struct frequency *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Of pass->ids, sorted by id; *ret_n of them. Free it. */
static struct frequency *count_pieces(const struct scan *scan, size_t *ret_n)
{
    struct frequency *counts = mem_array(scan->n_ids + 1, sizeof *counts);
    size_t n = 0;
    for (size_t i = 0; i < scan->n_ids; i++) {
        counts[i] = (struct frequency){scan->ids[i], 1};
    }
    qsort(counts, scan->n_ids, sizeof *counts, by_id);
    for (size_t i = 0; i < scan->n_ids; i++) {
        if (n > 0 && counts[n - 1].id == counts[i].id) {
            counts[n - 1].count++;
        } else {
            counts[n++] = counts[i];
        }
    }
    *ret_n = n;
    return counts;
}

/* Each piece's loss is -log of its share among the text's pieces. */
static double *unigram_losses(const struct scan *scan)
{
    double *losses = mem_array((size_t)scan->text->n + 1, sizeof *losses);
    size_t n, at = 0;
    struct frequency *counts = count_pieces(scan, &n);
    for (uint32_t s = 0; s < scan->text->n; s++) {
        for (uint32_t i = 0; i < scan->stretches[s].n_pieces; i++, at++) {
            const struct frequency key = {scan->ids[at], 0};
            const struct frequency *found = bsearch(&key, counts, n, sizeof *counts, by_id);
            losses[s] += log((double)scan->n_ids / found->count);
        }
    }
    free(counts);
    return losses;
}

static void conclude_text(const struct scan *scan, const char *method)
{
    struct losses of = collect(scan, NULL);
    rows(scan, method, &of);
    log_info(
        "%s: %s, %s: perplexity %.2f per piece, %.1f per word, %.3f bits per byte, on %u sentences",
        embedder_name(scan->run->embedder), scan->text->name, method, exp(per_unit(&of, PER_PIECE)),
        exp(per_unit(&of, PER_WORD)), per_unit(&of, PER_BYTE) / M_LN2, of.n);
    losses_finish(&of);
    double *unigram = unigram_losses(scan);
    of = collect(scan, unigram);
    rows(scan, "unigram", &of);
    losses_finish(&of);
    free(unigram);
}

static int run_text(const struct suite_run *run, const struct lm_text *text)
{
    bool causal = embedder_plugin(run->embedder)->desc->caps & EMB_CAP_CAUSAL;
    const char *method = causal ? "causal" : "masked";
    struct scan scan = {.run = run, .text = text};
    const char *beyond = piece_scores_beyond_reach(run->embedder);
    if (beyond) {
        log_info("%s: %s does not reach an output head; %s is left out",
                 embedder_name(run->embedder), beyond, text->name);
        return 0;
    }
    if (!piece_scores_can(run->embedder)) {
        log_info("%s: gives no log-probabilities (" EMB_EXT_SCORE "): its file holds no output "
                 "head, or a decoder was opened as transformer instead of transformer-causal; %s "
                 "is left out",
                 embedder_name(run->embedder), text->name);
        return 0;
    }
    scan.stretches = mem_array((size_t)text->n + 1, sizeof *scan.stretches);
    int status = 0;
    progress_begin(text->name, "sentences", text->n);
    for (uint32_t s = 0; !status && s < text->n; s++) {
        status = score(&scan, &text->sentences[s]);
        if (!status) {
            sum_up(&scan, &text->sentences[s], &scan.stretches[s]);
            write_item(&scan, method, s);
        }
        progress_to(s + UINT64_C(1));
    }
    progress_end();
    if (!status) {
        conclude_text(&scan, method);
    }
    free(scan.stretches);
    free(scan.ids);
    piece_scores_finish(&scan.pieces);
    return status;
}

static int run(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        TRY(run_text(run, &run->state->texts[i]));
    }
    return 0;
}

static const struct metric metrics[] = {
    {"perplexity", "exp of the mean negative log-probability of a piece", METRIC_LOWER,
     METRIC_PLAIN, METRIC_HEADLINE, METRIC_OF_RECORDS, .own_units = true, .low = 1,
     .high = INFINITY},
    {"perplexity-per-word", "the same per word, as separated by white space", METRIC_LOWER,
     METRIC_PLAIN, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 1, .high = INFINITY},
    {"bits-per-byte", "negative log2-probability of a byte", METRIC_LOWER, METRIC_PLAIN,
     METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = INFINITY},
    {0},
};

const struct suite suite_lm = {
    .id = SUITE,
    .title = "language modelling",
    .summary =
        "How well does an embedder's output head predict a text? Perplexity per piece and per "
        "word, and bits per byte, of the lines of any text file or of a tagged corpus' sentences: "
        "a causal model predicts each piece from those before it, a masked one from all others "
        "(Salazar et al. 2020; comparable only among masked models). The baseline unigram knows "
        "how often each piece occurs in this very text. Needs an embedder with emb.score/1.",
    .methods = "causal, masked (whichever the model is), unigram",
    .figures = {.metrics = metrics, .yardstick = "unigram"},
    .protocol_keys = PROTOCOL_BIT(TEXT) | PROTOCOL_BIT(INTERVAL),
    .prepare = prepare,
    .release = release,
    .run = run,
};
