/*
 * predict - what a language model expects: after a word alone and after the same word in its
 * sentence, or, of a masked model, in the word's place.
 */
#include "base/error.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "data/unicode.h"
#include "math/blas.h"
#include "plugin/host.h"
#include "plugin/open.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    {"word", "WORD", "the word in TEXT; default: [MASK] where it stands there, else the last word"},
    {"top", "N", "how many pieces to show (default 10)"},
    {"json", NULL, "print JSON"},
    {0},
};

#define MASK "[MASK]"

struct question {
    const char *text;
    struct emb_span word; /* in text */
    bool is_mask;         /* the word is [MASK] */
    uint32_t top;
    bool json;
};

/* One distribution: of the piece that stands at a place. */
struct prediction {
    char *place;      /* "after \"bank\" alone" */
    char *context;    /* the text that the model was given */
    float *log_probs; /* [n] */
    uint64_t n;
    int64_t actual; /* the piece that does stand there, -1 = none, or several */
};

enum { MOST_PREDICTIONS = 2 };

/* An open model with an output head. */
struct predictor {
    struct embedder *embedder;
    struct emb_model *model;
    const struct emb_ext_lm *lm;
    const struct emb_ext_tokens *tokens;
    bool causal;
    struct prediction predictions[MOST_PREDICTIONS];
    uint32_t n;
};

/* ---- the question ---- */

static bool find_mask(struct question *q)
{
    const char *at = strstr(q->text, MASK);
    q->is_mask = at != NULL;
    if (at) {
        uint32_t begin = (uint32_t)(at - q->text);
        q->word = (struct emb_span){begin, begin + (uint32_t)strlen(MASK)};
    }
    return q->is_mask;
}

/* The first part of the text that is `word` but for case and signs at its ends; NULL: the last that
 * holds a letter or digit. */
static int find_word(struct question *q, const char *word)
{
    struct slice rest = slice_of(q->text), part;
    char *wanted = word ? unicode_lower_text(word) : NULL;
    bool found = false;
    while (!(found && wanted) && slice_word(&rest, &part)) {
        part = unicode_trim(part);
        struct str lower = {0};
        unicode_lower(part.text, part.n, &lower);
        if (part.n > 0 && (!wanted || strcmp(str_text(&lower), wanted) == 0)) {
            uint32_t begin = (uint32_t)(part.text - q->text);
            q->word = (struct emb_span){begin, begin + (uint32_t)part.n};
            found = true;
        }
        str_finish(&lower);
    }
    free(wanted);
    return found  ? 0
           : word ? error_set(ERR_REQUEST, "predict: the word '%s' does not stand in \"%s\"", word,
                              q->text)
                  : error_set(ERR_REQUEST, "predict: \"%s\" holds no word", q->text);
}

static int read_question(const struct args *args, struct question *q)
{
    uint64_t top;
    int status = args_uint(args, "top", 10, &top);
    const char *word = args_value(args, "word", NULL);
    if (status != 0) {
        return status;
    }
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST,
                         "predict: found %u texts, expected one, in quotes; see harness "
                         "predict --help",
                         args_n(args));
    }
    if (top < 1 || top > 1000) {
        return error_set(ERR_REQUEST, "--top: found %llu, expected 1 to 1000",
                         (unsigned long long)top);
    }
    *q = (struct question){
        .text = args_word(args, 0), .top = (uint32_t)top, .json = args_flag(args, "json")};
    return !word && find_mask(q) ? 0 : find_word(q, word);
}

/* ---- the answer ---- */

static struct emb_sentence running_text(const char *text)
{
    return (struct emb_sentence){.text = text, .n_bytes = (uint32_t)strlen(text)};
}

/* The pieces of a text; free() them. */
static int cut(const struct predictor *p, const char *text, struct emb_piece **ret_pieces,
               uint32_t *ret_n)
{
    const struct emb_sentence sentence = running_text(text);
    uint32_t n = 0;
    host_forget_failure();
    emb_status status = p->tokens->cut(p->model, &sentence, NULL, 0, &n);
    struct emb_piece *pieces = mem_array((size_t)n + 1, sizeof *pieces);
    status = status ? status : p->tokens->cut(p->model, &sentence, pieces, n, &n);
    if (status) {
        free(pieces);
        return host_error(embedder_name(p->embedder), "cut", status);
    }
    *ret_pieces = pieces;
    *ret_n = n;
    return 0;
}

/* Takes place and context. */
static int ask(struct predictor *p, char *place, char *context, uint32_t piece, int64_t actual)
{
    struct prediction *prediction = &p->predictions[p->n++];
    uint64_t n = p->lm->n_pieces(p->model);
    *prediction = (struct prediction){.place = place,
                                      .context = context,
                                      .log_probs = mem_array(n + 1, sizeof(float)),
                                      .n = n,
                                      .actual = actual >= 0 && (uint64_t)actual < n ? actual : -1};
    const struct emb_sentence sentence = running_text(context);
    host_forget_failure();
    emb_status status = p->lm->log_probs(p->model, &sentence, piece, prediction->log_probs);
    return status ? host_error(embedder_name(p->embedder), "log_probs", status) : 0;
}

/* The number of the piece that follows the text. */
static int end_of(const struct predictor *p, const char *text, uint32_t *ret_piece)
{
    struct emb_piece *pieces;
    uint32_t n;
    int status = cut(p, text, &pieces, &n);
    if (status == 0) {
        uint32_t end = n;
        while (end > 0 && pieces[end - 1].begin == pieces[end - 1].end) {
            end--; /* what a template puts behind the text */
        }
        *ret_piece = end;
        free(pieces);
    }
    return status;
}

/* The piece of the whole text that begins where its first `n_bytes` end (or after white space). */
static int next_of(const struct predictor *p, const struct question *q, uint32_t n_bytes,
                   int64_t *ret_id)
{
    struct emb_piece *pieces;
    uint32_t n;
    int status = cut(p, q->text, &pieces, &n);
    *ret_id = -1;
    for (uint32_t i = 0; status == 0 && i < n && *ret_id < 0; i++) {
        if (pieces[i].begin >= n_bytes && pieces[i].begin < pieces[i].end) {
            *ret_id = pieces[i].id;
        }
    }
    if (status == 0) {
        free(pieces);
    }
    return status;
}

/* Do the pieces of `text` that are its own cover bytes `span` of the question's text, too? */
static int cut_alike(const struct predictor *p, const struct question *q, struct emb_span span,
                     const char *text, bool *ret_alike)
{
    struct emb_piece *whole = NULL, *part = NULL;
    uint32_t n_whole = 0, n_part = 0, at = 0;
    int status = cut(p, q->text, &whole, &n_whole);
    status = status ? status : cut(p, text, &part, &n_part);
    *ret_alike = status == 0;
    for (uint32_t i = 0; status == 0 && i < n_whole; i++) {
        if (whole[i].begin >= span.end || whole[i].end <= span.begin) {
            continue;
        }
        while (at < n_part && part[at].begin == part[at].end) {
            at++; /* what a template puts before the text */
        }
        *ret_alike &= at < n_part && part[at++].id == whole[i].id;
    }
    free(whole);
    free(part);
    return status;
}

/* The word by itself, in the pieces that it has in the text: for most decoders, with the blank
 * before it. free() it. */
static int word_alone(const struct predictor *p, const struct question *q, char **ret_text)
{
    char *spaced = mem_format(" %.*s", (int)(q->word.end - q->word.begin), q->text + q->word.begin);
    bool alike = false;
    int status = cut_alike(p, q, q->word, spaced, &alike);
    if (status == 0) {
        *ret_text = mem_text(alike ? spaced : spaced + 1);
    }
    free(spaced);
    return status;
}

static int ask_causal(struct predictor *p, const struct question *q)
{
    uint32_t to = q->is_mask ? q->word.begin : q->word.end;
    while (q->is_mask && to > 0 && q->text[to - 1] == ' ') {
        to--;
    }
    char *word = mem_text_n(q->text + q->word.begin, q->word.end - q->word.begin);
    char *before = mem_text_n(q->text, to);
    uint32_t piece = 0;
    int64_t next = -1;
    int status = 0;
    if (!q->is_mask) {
        char *alone = NULL;
        status = word_alone(p, q, &alone);
        status = status ? status : end_of(p, alone, &piece);
        if (status == 0) {
            status = ask(p, mem_format("after \"%s\" alone", word), alone, piece, -1);
        } else {
            free(alone);
        }
        status = status ? status : next_of(p, q, to, &next);
    }
    if (status == 0 && (q->is_mask || strcmp(word, before) != 0)) {
        status = end_of(p, before, &piece);
        status = status ? status
                        : ask(p, mem_format("after \"%s\"", before), mem_text(before), piece, next);
    }
    free(word);
    free(before);
    return status;
}

/* The one piece of a text that is exactly bytes [begin, end), but for white space before; -1. */
static int only_piece(const struct predictor *p, const char *text, struct emb_span span,
                      uint32_t *ret_piece, int64_t *ret_id)
{
    struct emb_piece *pieces;
    uint32_t n, n_inside = 0;
    int status = cut(p, text, &pieces, &n);
    *ret_id = -1;
    for (uint32_t i = 0; status == 0 && i < n; i++) {
        if (pieces[i].begin < span.end && pieces[i].end > span.begin) {
            n_inside++;
            *ret_piece = i;
            *ret_id = pieces[i].end == span.end ? (int64_t)pieces[i].id : -1;
        }
    }
    *ret_id = n_inside == 1 ? *ret_id : -1;
    if (status == 0) {
        free(pieces);
    }
    return status;
}

static int ask_masked(struct predictor *p, const struct question *q)
{
    static const char *const masks[] = {MASK, "<mask>"};
    uint32_t piece = 0;
    int64_t actual = -1, mask = -1;
    int status = q->is_mask ? 0 : only_piece(p, q->text, q->word, &piece, &actual);
    for (size_t i = 0; status == 0 && mask < 0 && i < sizeof masks / sizeof *masks; i++) {
        char *context =
            mem_format("%.*s%s%s", (int)q->word.begin, q->text, masks[i], q->text + q->word.end);
        const struct emb_span span = {q->word.begin, q->word.begin + (uint32_t)strlen(masks[i])};
        status = only_piece(p, context, span, &piece, &mask);
        if (status || mask < 0) {
            free(context);
            continue;
        }
        char *place = q->is_mask ? mem_format("in \"%s\"", context)
                                 : mem_format("in the place of \"%.*s\" in \"%s\"",
                                              (int)(q->word.end - q->word.begin),
                                              q->text + q->word.begin, q->text);
        status = ask(p, place, context, piece, actual);
    }
    return status || mask >= 0
               ? status
               : error_set(ERR_FAILED,
                           "%s: its tokenizer makes no single piece of " MASK " or <mask>",
                           embedder_name(p->embedder));
}

/* ---- out ---- */

/* Numbers of the most likely pieces, [n], in falling order; of equals the lower number first. */
static uint32_t *most_likely(const struct prediction *prediction, uint32_t wanted, uint32_t *ret_n)
{
    uint32_t n = 0;
    uint32_t *best = mem_array((size_t)wanted + 1, sizeof *best);
    for (uint64_t id = 0; id < prediction->n; id++) {
        uint32_t at = n;
        while (at > 0 && prediction->log_probs[best[at - 1]] < prediction->log_probs[id]) {
            at--;
        }
        if (at < wanted) {
            n += n < wanted;
            memmove(best + at + 1, best + at, (n - 1 - at) * sizeof *best);
            best[at] = (uint32_t)id;
        }
    }
    *ret_n = n;
    return best;
}

static double probability(const struct prediction *prediction, uint64_t id)
{
    return exp((double)prediction->log_probs[id]);
}

static double entropy_bits(const struct prediction *prediction)
{
    double sum = 0;
    for (uint64_t id = 0; id < prediction->n; id++) {
        double p = probability(prediction, id);
        sum -= p > 0 ? p * log2(p) : 0;
    }
    return sum;
}

static uint64_t rank_of(const struct prediction *prediction, uint64_t id)
{
    uint64_t rank = 1;
    for (uint64_t i = 0; i < prediction->n; i++) {
        rank += prediction->log_probs[i] > prediction->log_probs[id];
    }
    return rank;
}

/* A piece as people read it: the signs of byte-level (U+0120, U+010A) and SentencePiece (U+2581)
 * vocabularies for a space and a line end are those. */
static char *readable(const struct predictor *p, uint64_t id)
{
    const char *spelling = p->tokens->spelling(p->model, (uint32_t)id);
    struct str text = {0};
    size_t n = spelling ? strlen(spelling) : 0, bytes;
    for (size_t at = 0; at < n; at += bytes) {
        int32_t code = unicode_next(spelling + at, n - at, &bytes);
        if (code == 0x120 || code == 0x2581) {
            str_add_char(&text, ' ');
        } else if (code == 0x10a || code == '\n') {
            str_add(&text, "\\n");
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            str_add_char(&text, '?');
        } else {
            str_append(&text, spelling + at, bytes);
        }
    }
    return text.data ? text.data : mem_format("piece %llu", (unsigned long long)id);
}

/* The encoding by the locale's rules; setlocale() is never called. */
static bool is_utf8_terminal(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; isatty(STDOUT_FILENO) && i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) {
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
        }
    }
    return false;
}

enum { BAR_COLUMNS = 30 };

/* share of BAR_COLUMNS, to an eighth where the terminal can show it. */
static void print_bar(double share, bool unicode)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int units = (int)lround(share * BAR_COLUMNS * 8), columns = units / 8;
    for (int i = 0; i < columns; i++) {
        fputs(unicode ? "█" : "#", stdout);
    }
    if (unicode && units % 8) {
        fputs(eighths[units % 8], stdout);
        columns++;
    }
    printf("%*s", BAR_COLUMNS - columns, "");
}

static void print_prediction(const struct predictor *p, const struct question *q,
                             const struct prediction *prediction, double scale, bool unicode)
{
    uint32_t n;
    uint32_t *best = most_likely(prediction, q->top, &n);
    printf("  %s (entropy %.2f bits)\n", prediction->place, entropy_bits(prediction));
    for (uint32_t i = 0; i < n; i++) {
        char *text = readable(p, best[i]);
        double share = probability(prediction, best[i]);
        printf("    %6.2f %%  ", 100 * share);
        print_bar(share / scale, unicode);
        printf("  \"%s\"\n", text);
        free(text);
    }
    if (prediction->actual >= 0) {
        char *text = readable(p, (uint64_t)prediction->actual);
        printf("    %6.2f %%  \"%s\", which stands there: number %llu of %llu\n",
               100 * probability(prediction, (uint64_t)prediction->actual), text,
               (unsigned long long)rank_of(prediction, (uint64_t)prediction->actual),
               (unsigned long long)prediction->n);
        free(text);
    }
    free(best);
}

static void print_text(const struct predictor *p, const struct question *q)
{
    double scale = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        for (uint64_t id = 0; id < p->predictions[i].n; id++) {
            scale = fmax(scale, probability(&p->predictions[i], id));
        }
    }
    printf("%s (%s)\n", embedder_name(p->embedder),
           p->causal ? "causal: what comes next" : "masked: what stands there");
    for (uint32_t i = 0; i < p->n; i++) {
        print_prediction(p, q, &p->predictions[i], scale, is_utf8_terminal());
    }
    printf("\n");
}

static void write_piece(const struct predictor *p, const struct prediction *prediction, uint64_t id,
                        struct json_writer *w)
{
    char *text = readable(p, id);
    jsonw_open(w, '{');
    jsonw_put_text(w, "piece", text);
    jsonw_put_text(w, "spelling", p->tokens->spelling(p->model, (uint32_t)id));
    jsonw_put_uint(w, "id", id);
    jsonw_put_real(w, "probability", probability(prediction, id));
    jsonw_put_uint(w, "rank", rank_of(prediction, id));
    jsonw_close(w, '}');
    free(text);
}

static void write_prediction(const struct predictor *p, const struct question *q,
                             const struct prediction *prediction, struct json_writer *w)
{
    uint32_t n;
    uint32_t *best = most_likely(prediction, q->top, &n);
    jsonw_open(w, '{');
    jsonw_put_text(w, "place", prediction->place);
    jsonw_put_text(w, "context", prediction->context);
    jsonw_put_real(w, "entropy_bits", entropy_bits(prediction));
    jsonw_put_uint(w, "pieces", prediction->n);
    jsonw_key(w, "actual");
    if (prediction->actual >= 0) {
        write_piece(p, prediction, (uint64_t)prediction->actual, w);
    } else {
        jsonw_null(w);
    }
    jsonw_key(w, "top");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        write_piece(p, prediction, best[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
    free(best);
}

static void write_json(const struct predictor *p, const struct question *q, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(p->embedder));
    jsonw_put_text(w, "direction", p->causal ? "causal" : "masked");
    jsonw_key(w, "predictions");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < p->n; i++) {
        write_prediction(p, q, &p->predictions[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

static int answer(struct predictor *p, const struct question *q, struct json_writer *w)
{
    int status = p->causal ? ask_causal(p, q) : ask_masked(p, q);
    if (status == 0 && q->json) {
        write_json(p, q, w);
    } else if (status == 0) {
        print_text(p, q);
    }
    for (uint32_t i = 0; i < p->n; i++) {
        free(p->predictions[i].place);
        free(p->predictions[i].context);
        free(p->predictions[i].log_probs);
    }
    return status;
}

/* Counts in *n_answers; a model without a head is named and passed over. */
static int predict(const struct question *q, const struct embedder_spec *spec, struct pool *pool,
                   struct json_writer *w, uint32_t *n_answers)
{
    struct embedder *embedder;
    int status = embedder_open(spec, NULL, pool, &embedder);
    if (status != 0) {
        return status;
    }
    struct predictor p = {.embedder = embedder,
                          .model = embedder_model(embedder),
                          .lm = embedder_extension(embedder, EMB_EXT_LM),
                          .tokens = embedder_extension(embedder, EMB_EXT_TOKENS),
                          .causal = embedder_plugin(embedder)->desc->caps & EMB_CAP_CAUSAL};
    if (p.lm && p.tokens) {
        status = answer(&p, q, w);
        ++*n_answers;
    } else {
        log_info("%s: has no output head (" EMB_EXT_LM "), so it expects nothing",
                 embedder_name(embedder));
    }
    embedder_close(embedder);
    return status;
}

static int run(const struct args *args)
{
    struct question q = {.text = NULL};
    struct embedders embedders = {0};
    int status = read_question(args, &q);
    if (status == 0) {
        status = embedders_from_args(args, &embedders);
    }
    if (status != 0) {
        embedders_finish(&embedders);
        return status;
    }
    blas_use_one_thread();
    struct pool *pool = pool_create(0);
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    uint32_t n_answers = 0;
    jsonw_open(&w, '[');
    for (uint32_t i = 0; status == 0 && i < embedders.n; i++) {
        status = predict(&q, &embedders.specs[i], pool, &w, &n_answers);
    }
    jsonw_close(&w, ']');
    if (status == 0 && n_answers == 0) {
        char *who = embedders.n == 1 ? mem_format("%s has", embedders.specs[0].name)
                                     : mem_text("the embedders have");
        status = error_set(ERR_REQUEST,
                           "predict: %s no output head, expected a model whose file holds one: "
                           "a masked one (BERT, RoBERTa, ModernBERT … with its head) as "
                           "transformer:FOLDER, a decoder (GPT-2, Llama, Qwen …) as "
                           "transformer-causal:FOLDER",
                           who);
        free(who);
    } else if (status == 0 && q.json) {
        printf("%s\n", str_text(&out));
    }
    str_finish(&out);
    pool_destroy(pool);
    embedders_finish(&embedders);
    return status;
}

const struct command command_predict = {
    .name = "predict",
    .synopsis = "TEXT [--word WORD] [options]",
    .summary = "what a language model expects after a word, or in its place",
    .details =
        "Of a decoder: the next piece after the word alone, and after the word in its text; what\n"
        "stands behind the word is not shown to it. Of a masked model: the piece in the place of\n"
        "the word, which is masked. Probabilities with a bar each, the longest for the greatest.\n"
        "Needs a model with an output head (emb.lm/1); sentence encoders such as minilm have "
        "none.\n"
        "\n"
        "  harness predict \"He sat by the river bank\" --embedder transformer-causal:gpt2\n"
        "  harness predict \"He sat by the [MASK] bank.\" --embedder transformer:bert-base-uncased",
    .options = options,
    .run = run,
};
