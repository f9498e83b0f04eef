/* ask.c - the questions that a model is asked, in its own pieces. */
#include "commands/predict/predict.h"

#include "base/error.h"
#include "base/mem.h"
#include "plugin/host.h"

#include <stdlib.h>
#include <string.h>

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
    static const char *const masks[] = {PREDICT_MASK, "<mask>"};
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
                           "%s: its tokenizer makes no single piece of " PREDICT_MASK " or <mask>",
                           embedder_name(p->embedder));
}

int predictor_ask(struct predictor *p, const struct question *q)
{
    return p->causal ? ask_causal(p, q) : ask_masked(p, q);
}

void predictor_finish(struct predictor *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        free(p->predictions[i].place);
        free(p->predictions[i].context);
        free(p->predictions[i].log_probs);
    }
    p->n = 0;
}
