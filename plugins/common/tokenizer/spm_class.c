/* SentencePiece models as the tokenizer classes read them: see spm.h. */
#include "tokenizer/spm.h"

#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/charsmap.h"

#include <stdlib.h>
#include <string.h>

#define SPACE_MARK "\xE2\x96\x81" /* U+2581 */
#define MAX_JOINED 4096           /* bytes; longer pieces, of which none is known, are not joined */

static emb_status refuse(const struct spm *spm, const char *why)
{
    return emb_failf(spm->tokenizer->host, EMB_E_UNSUPPORTED, "%s: %s", spm->tokenizer->name, why);
}

/* Where the model's own rules and its class's are not the same, it is not known which wins. */
static emb_status refuse_contradictions(const struct spm *spm)
{
    const struct spm_rules *rules = spm->rules;
    bool is_decoder = rules->kind == CLASS_LLAMA || rules->kind == CLASS_GEMMA;
    if (is_decoder && spm->n_charsmap) {
        return refuse(spm, "the model maps characters, its tokenizer class does not");
    }
    if (rules->add_prefix_space && !spm->add_dummy_prefix) {
        return refuse(spm, "the model puts no space before a text, its tokenizer class does");
    }
    if (!spm->escape_whitespaces) {
        return refuse(spm, "the model does not escape spaces, its tokenizer class does");
    }
    if (!is_decoder && !spm->remove_extra_whitespaces) {
        return refuse(spm, "the model keeps runs of spaces, its tokenizer class does not");
    }
    if (!is_decoder && spm->byte_fallback) {
        return refuse(spm, "the model falls back on bytes, its tokenizer class does not");
    }
    return EMB_OK;
}

static emb_status add_charsmap(const struct spm *spm)
{
    if (!spm->n_charsmap) {
        return EMB_OK;
    }
    struct normalizer *step = add_normalizer(spm->tokenizer, NORMALIZER_PRECOMPILED);
    return !step ? EMB_E_FORMAT
                 : charsmap_create(spm->tokenizer->host, spm->tokenizer->name, spm->charsmap,
                                   spm->n_charsmap, false, &step->charsmap);
}

static emb_status add_metaspace(struct tokenizer *tokenizer, enum prepend_scheme prepend,
                                bool split)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_METASPACE);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->c = 0x2581;
    step->prepend = prepend;
    step->split = split;
    return EMB_OK;
}

/* Encoders: words at white space, each with the mark before it. */
static emb_status add_words(const struct spm *spm)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    if (spm->rules->kind == CLASS_ALBERT) {
        TRY(spm_add_replace(tokenizer, "``", NULL, "\""));
        TRY(spm_add_replace(tokenizer, "''", NULL, "\""));
        if (!spm->rules->keep_accents) {
            struct normalizer *unicode = add_normalizer(tokenizer, NORMALIZER_UNICODE);
            unicode->unicode.compatibility = true;
            add_normalizer(tokenizer, NORMALIZER_STRIP_ACCENTS);
        }
        if (spm->rules->lowercase) {
            add_normalizer(tokenizer, NORMALIZER_LOWERCASE);
        }
    }
    TRY(add_charsmap(spm));
    if (!add_pre_tokenizer(tokenizer, PRE_WHITESPACE_SPLIT)) {
        return EMB_E_FORMAT;
    }
    return add_metaspace(tokenizer, spm->rules->add_prefix_space ? PREPEND_ALWAYS : PREPEND_NEVER,
                         true);
}

/* Decoders: every space is a mark, and a text is one word. */
static emb_status add_text(const struct spm *spm)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    if (spm->rules->first_alone) {
        return add_metaspace(tokenizer,
                             spm->rules->add_prefix_space ? PREPEND_FIRST : PREPEND_NEVER, false);
    }
    if (spm->rules->add_prefix_space) {
        struct normalizer *prepend = add_normalizer(tokenizer, NORMALIZER_PREPEND);
        prepend->prepend.text = SPACE_MARK;
        prepend->prepend.n_bytes = (uint32_t)strlen(SPACE_MARK);
    }
    return spm_add_replace(tokenizer, " ", NULL, SPACE_MARK);
}

/* "7," is made unlikely, so that a number is cut from its comma. */
static void lower_number_commas(const struct spm *spm)
{
    const struct vocab *vocab = &spm->tokenizer->model.vocab;
    for (uint32_t id = 0; id < spm->n; id++) {
        uint32_t n = 0;
        const char *text = vocab_text(vocab, id, &n);
        if (!text || n < 2 || text[n - 1] != ',') {
            continue;
        }
        uint32_t at = utf8_back(text, n - 1);
        if (unicode_category(utf8_next(text, &at)) & UNICODE_ND) {
            spm->scores[id] -= 100;
        }
    }
}

struct merge {
    double score;
    uint32_t left, right, joined;
    uint32_t n_left, n_right; /* code points */
};

/* Falling scores, then the longer left part, the longer right one, the order of the pieces. */
static int by_rank(const void *a, const void *b)
{
    const struct merge *x = a;
    const struct merge *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    if (x->n_left != y->n_left) {
        return x->n_left > y->n_left ? -1 : 1;
    }
    if (x->n_right != y->n_right) {
        return x->n_right > y->n_right ? -1 : 1;
    }
    return x->joined < y->joined ? -1 : x->joined > y->joined;
}

struct merge_list {
    struct merge *items;
    uint32_t n, capacity;
};

/* Every cut of a piece into two others is a rule. */
static bool add_cuts(const struct spm *spm, uint32_t joined, struct merge_list *list)
{
    const struct vocab *vocab = &spm->tokenizer->model.vocab;
    uint32_t n_bytes = 0;
    const char *text = vocab_text(vocab, joined, &n_bytes);
    uint32_t n_chars = 0;
    for (uint32_t at = 0; text && at < n_bytes; n_chars++) {
        utf8_next(text, &at);
    }
    uint32_t at = 0;
    uint64_t state = VOCAB_HASH_START;
    if (n_bytes > MAX_JOINED) {
        return true;
    }
    for (uint32_t n_left = 1; n_left < n_chars; n_left++) {
        struct merge merge = {
            .score = spm->scores[joined],
            .joined = joined,
            .n_left = n_left,
            .n_right = n_chars - n_left,
        };
        for (uint32_t begin = at, end = (utf8_next(text, &at), at); begin < end; begin++) {
            state = vocab_hash_step(state, (unsigned char)text[begin]);
        }
        if (!vocab_find_hashed(vocab, state, "", 0, text, at, &merge.left) ||
            !vocab_find(vocab, text + at, n_bytes - at, &merge.right)) {
            continue;
        }
        if (list->n >= 1u << 28 || !grow_items(&list->items, &list->capacity, (uint64_t)list->n + 1,
                                               sizeof *list->items)) {
            return false;
        }
        list->items[list->n++] = merge;
    }
    return true;
}

static emb_status make_merges(const struct spm *spm)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    struct merge_list list = {0};
    bool good = true;
    for (uint32_t id = 0; id < spm->n && good; id++) {
        good = add_cuts(spm, id, &list);
    }
    emb_status status =
        good ? bpe_reserve(&tokenizer->model, &tokenizer->pool, list.n)
             : emb_failf(tokenizer->host, EMB_E_NOMEM, "%s: out of memory", tokenizer->name);
    if (status == EMB_OK && list.n) {
        qsort(list.items, list.n, sizeof *list.items, by_rank);
    }
    for (uint32_t i = 0; i < list.n && status == EMB_OK; i++) {
        const struct merge *merge = &list.items[i];
        bpe_add_rule(&tokenizer->model.bpe, merge->left, merge->right, merge->joined);
    }
    free(list.items);
    return status;
}

emb_status spm_finish_class(struct spm *spm)
{
    struct model *model = &spm->tokenizer->model;
    bool is_decoder = spm->rules->kind == CLASS_LLAMA || spm->rules->kind == CLASS_GEMMA;
    TRY(vocab_seal(&model->vocab));
    TRY(refuse_contradictions(spm));
    TRY(is_decoder ? add_text(spm) : add_words(spm));
    if (spm->is_unigram) {
        if (spm->rules->kind == CLASS_ALBERT) {
            lower_number_commas(spm);
        }
        model->kind = MODEL_UNIGRAM;
        model->unigram.scores = spm->scores;
        model->unigram.n_scores = spm->n;
        model->unigram.unknown = spm->unknown;
        model->unigram.byte_fallback = spm->byte_fallback;
        model->unigram.fuse_unknown = true;
        return unigram_prepare(model);
    }
    model->kind = MODEL_BPE;
    model->bpe.unknown = spm->unknown;
    model->bpe.fuse_unknown = true;
    model->bpe.byte_fallback = spm->byte_fallback;
    bpe_prepare(model);
    return make_merges(spm);
}
