/*
 * attention.c - from which words of its sentence a word takes what it becomes.
 *
 * Pieces are added up to words, a special piece ("[CLS]") is by itself; of a target in several
 * pieces the mean is taken. The strongest head of a block is the one that looks hardest at one
 * other word, which special pieces, signs and the target itself are not. Neither is the first word
 * of a causal model: heads that need nothing look there ("attention sink", Xiao et al. 2024,
 * "Efficient streaming language models with attention sinks").
 */
#include "commands/explain/explain.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "plugin/context.h"
#include "plugin/host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct attender {
    struct emb_model *model;
    const struct emb_ext_attention *ext;
    const struct emb_ext_tokens *tokens;
    const char *name;
    struct explain_view view;
    struct emb_piece *pieces; /* [n_pieces] */
    uint32_t *key;            /* [n_pieces] whose weight a piece's is added to */
    uint32_t n_pieces;
};

static int failed(const struct attender *a, const char *doing, emb_status status)
{
    return host_error(a->name, doing, status);
}

static int cut(struct attender *a)
{
    uint32_t n = 0;
    host_forget_failure();
    emb_status status = a->tokens->cut(a->model, &a->view.sentence, NULL, 0, &n);
    if (status) {
        return failed(a, "cut", status);
    }
    a->pieces = mem_array((size_t)n + 1, sizeof *a->pieces);
    a->key = mem_array((size_t)n + 1, sizeof *a->key);
    a->n_pieces = n;
    status = a->tokens->cut(a->model, &a->view.sentence, a->pieces, n, &n);
    return status ? failed(a, "cut", status) : 0;
}

static bool overlaps(struct emb_span a, struct emb_span b)
{
    return a.begin < b.end && b.begin < a.end;
}

/* The word or sign of the text that byte `at` is part of: the target, else a run of letters and
 * digits (with what joins two of them: "don't", "well-known"), else one code point. */
static struct emb_span word_at(const struct emb_sentence *s, struct emb_span target, uint32_t at)
{
    struct emb_span word = {0, 0};
    uint32_t from = 0, to = s->n_bytes;
    if (at >= target.begin && at < target.end) {
        return target;
    }
    *(at < target.begin ? &to : &from) = at < target.begin ? target.begin : target.end;
    while (word.end <= at && from < to) {
        size_t bytes;
        bool joined = true;
        word = (struct emb_span){from, from};
        while (joined && word.end < to) {
            int32_t code = unicode_next(s->text + word.end, to - word.end, &bytes);
            bool inside = unicode_is_alphanumeric(code);
            uint32_t next = word.end + (uint32_t)bytes;
            if (!inside && word.end > word.begin && next < to && (code == '\'' || code == '-')) {
                size_t ignored;
                inside = unicode_is_alphanumeric(unicode_next(s->text + next, to - next, &ignored));
            }
            joined = inside;
            if (inside || word.end == word.begin) {
                word.end = next;
            }
        }
        from = word.end;
    }
    return word;
}

static void add_key(struct attender *a, uint32_t piece, struct explain_attention *ret)
{
    const struct emb_sentence *s = &a->view.sentence;
    const struct emb_piece *p = &a->pieces[piece];
    struct explain_key key = {.span = {p->begin, p->begin}};
    if (p->begin < p->end) {
        key.span = word_at(s, a->view.target, p->end - 1);
        key.is_target = overlaps(key.span, a->view.target);
        key.is_other_word =
            !key.is_target &&
            unicode_trim((struct slice){s->text + key.span.begin, key.span.end - key.span.begin})
                    .n > 0;
    }
    struct explain_key *last = ret->n_keys > 0 ? &ret->keys[ret->n_keys - 1] : NULL;
    if (!last || p->begin == p->end || last->span.begin != key.span.begin ||
        last->span.end != key.span.end) {
        const char *spelling = a->tokens->spelling(a->model, p->id);
        struct slice shown =
            slice_trim((struct slice){s->text + key.span.begin, key.span.end - key.span.begin});
        key.text = p->begin == p->end ? mem_text(spelling ? spelling : "?")
                   : shown.n > 0      ? mem_text_n(shown.text, shown.n)
                                      : mem_text("(blank)");
        ret->keys[ret->n_keys++] = key;
    }
    a->key[piece] = ret->n_keys - 1;
}

/* The piece belongs to the target if it shares a byte with it. */
static bool of_target(const struct attender *a, uint32_t piece)
{
    return overlaps((struct emb_span){a->pieces[piece].begin, a->pieces[piece].end},
                    a->view.target);
}

/* Weights of each head over the keys, the mean over the target's pieces: heads [n_heads, n_keys];
 * weights [n_heads, n_pieces] is scratch. */
static int read_block(const struct attender *a, uint32_t block, uint32_t n_heads, uint32_t n_keys,
                      float *weights, double *heads)
{
    uint32_t n_target = 0;
    for (uint32_t p = 0; p < a->n_pieces; p++) {
        n_target += of_target(a, p);
    }
    for (uint32_t p = 0; p < a->n_pieces; p++) {
        if (!of_target(a, p)) {
            continue;
        }
        host_forget_failure();
        emb_status status = a->ext->weights(a->model, &a->view.sentence, block + 1, p, weights);
        if (status) {
            return failed(a, "attention weights", status);
        }
        for (uint32_t h = 0; h < n_heads; h++) {
            for (uint32_t k = 0; k < a->n_pieces; k++) {
                heads[(size_t)h * n_keys + a->key[k]] +=
                    (double)weights[(size_t)h * a->n_pieces + k] / n_target;
            }
        }
    }
    return 0;
}

uint32_t explain_attention_most(const struct explain_attention *attention, const double *row,
                                bool other_words)
{
    uint32_t most = UINT32_MAX;
    for (uint32_t k = 0; k < attention->n_keys; k++) {
        bool counts = !other_words || (attention->keys[k].is_other_word && row[k] > 0);
        if (counts && (most == UINT32_MAX || row[k] > row[most])) {
            most = k;
        }
    }
    return most;
}

static void keep_block(struct explain_attention *ret, uint32_t block, const double *heads,
                       uint32_t n_heads)
{
    double *mean = ret->mean + (size_t)block * ret->n_keys, strongest = -1;
    for (uint32_t h = 0; h < n_heads; h++) {
        const double *row = heads + (size_t)h * ret->n_keys;
        uint32_t most = explain_attention_most(ret, row, true);
        double weight = most == UINT32_MAX ? 0 : row[most];
        if (weight > strongest) {
            strongest = weight;
            ret->head[block] = h + 1;
            memcpy(ret->strongest + (size_t)block * ret->n_keys, row, ret->n_keys * sizeof *row);
        }
        for (uint32_t k = 0; k < ret->n_keys; k++) {
            mean[k] += row[k] / n_heads;
        }
    }
    for (uint32_t k = 0; k < ret->n_keys; k++) {
        ret->overall[k] += mean[k] / ret->n_blocks;
    }
}

static int read_blocks(const struct attender *a, struct explain_attention *ret)
{
    int status = 0;
    for (uint32_t b = 0; status == 0 && b < ret->n_blocks; b++) {
        uint32_t n_heads = a->ext->n_heads(a->model, b + 1);
        float *weights = mem_array((size_t)n_heads * a->n_pieces + 1, sizeof *weights);
        double *heads = mem_array((size_t)n_heads * ret->n_keys + 1, sizeof *heads);
        status = read_block(a, b, n_heads, ret->n_keys, weights, heads);
        if (status == 0) {
            keep_block(ret, b, heads, n_heads);
        }
        free(weights);
        free(heads);
    }
    return status;
}

static int attend(struct attender *a, bool is_causal, struct explain_attention *ret)
{
    bool seen = false;
    TRY(cut(a));
    ret->text = mem_text_n(a->view.sentence.text, a->view.sentence.n_bytes);
    ret->n_blocks = a->ext->n_blocks(a->model);
    ret->keys = mem_array((size_t)a->n_pieces + 1, sizeof *ret->keys);
    for (uint32_t p = 0; p < a->n_pieces; p++) {
        add_key(a, p, ret);
        seen |= of_target(a, p);
    }
    if (is_causal && ret->n_keys > 0) {
        ret->keys[0].is_other_word = false;
    }
    if (!seen) { /* beyond the window */
        for (uint32_t k = 0; k < ret->n_keys; k++) {
            free(ret->keys[k].text);
        }
        ret->n_keys = 0;
    }
    size_t cells = (size_t)ret->n_blocks * ret->n_keys + 1;
    ret->mean = mem_array(cells, sizeof *ret->mean);
    ret->strongest = mem_array(cells, sizeof *ret->strongest);
    ret->head = mem_array(ret->n_blocks + 1u, sizeof *ret->head);
    ret->overall = mem_array(ret->n_keys + 1u, sizeof *ret->overall);
    return seen ? read_blocks(a, ret) : 0;
}

int explain_attend(struct embedder *embedder, const struct explain_sentence *sentence,
                   bool is_causal, struct explain_attention *ret)
{
    struct attender a = {.model = embedder_model(embedder),
                         .ext = embedder_extension(embedder, EMB_EXT_ATTENTION),
                         .tokens = embedder_extension(embedder, EMB_EXT_TOKENS),
                         .name = embedder_name(embedder)};
    explain_view_init(&a.view, embedder, sentence);
    int status = attend(&a, is_causal, ret);
    explain_view_finish(&a.view);
    free(a.pieces);
    free(a.key);
    return status;
}

void explain_attention_finish(struct explain_attention *attention)
{
    for (uint32_t k = 0; k < attention->n_keys; k++) {
        free(attention->keys[k].text);
    }
    free(attention->text);
    free(attention->keys);
    free(attention->mean);
    free(attention->strongest);
    free(attention->head);
    free(attention->overall);
}

uint32_t explain_attention_block(const struct explain_attention *attention)
{
    uint32_t best = 0;
    double most = -1;
    for (uint32_t b = 0; b < attention->n_blocks; b++) {
        const double *row = attention->strongest + (size_t)b * attention->n_keys;
        uint32_t key = explain_attention_most(attention, row, true);
        if (key != UINT32_MAX && row[key] > most) {
            most = row[key];
            best = b;
        }
    }
    return best;
}

uint32_t *explain_attention_order(const struct explain_attention *attention)
{
    uint32_t *order = mem_array(attention->n_keys + 1u, sizeof *order);
    for (uint32_t k = 0; k < attention->n_keys; k++) {
        uint32_t at = k; /* by insertion: equal ones stay in the order of the sentence */
        while (at > 0 && attention->overall[order[at - 1]] < attention->overall[k]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = k;
    }
    return order;
}
