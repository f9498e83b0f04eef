/* Sets normaliser and model up as SentencePiece's options say. */
#include "tokenizer/spm.h"

#include "base/regex.h"
#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/charsmap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPACE_MARK "\xE2\x96\x81" /* U+2581 */

emb_status spm_init(struct spm *spm, struct tokenizer *tokenizer, uint32_t n)
{
    *spm = (struct spm){
        .tokenizer = tokenizer,
        .add_dummy_prefix = true,
        .remove_extra_whitespaces = true,
        .escape_whitespaces = true,
        .capacity = n,
        .unknown = NO_ID,
    };
    if (n == 0 || n > VOCAB_MAX_ID) {
        return emb_failf(tokenizer->host, EMB_E_FORMAT, "%s: found %u pieces, expected 1 to %u",
                         tokenizer->name, n, VOCAB_MAX_ID);
    }
    spm->scores = pool_alloc(&tokenizer->pool, n * sizeof *spm->scores);
    return spm->scores ? EMB_OK : EMB_E_NOMEM;
}

emb_status spm_add(struct spm *spm, const char *where, const char *text, uint64_t n_bytes,
                   double score, uint64_t type)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    uint32_t id = spm->n++;
    if (id >= spm->capacity || n_bytes > UINT16_MAX || type < SPM_NORMAL || type > SPM_BYTE ||
        !isfinite(score) || utf8_valid_prefix(text, n_bytes) < n_bytes) {
        return emb_failf(
            tokenizer->host, EMB_E_FORMAT,
            "%s: piece %u: found %llu bytes of type %llu with score %g, expected valid "
            "UTF-8 of at most %d, a type from 1 to 6 and a finite score",
            where, id, (unsigned long long)n_bytes, (unsigned long long)type, score, UINT16_MAX);
    }
    bool in_class = spm->rules != NULL;
    spm->scores[id] = type == SPM_NORMAL || in_class ? score : NAN;
    spm->byte_fallback |= type == SPM_BYTE;
    if (type == SPM_UNKNOWN) {
        spm->unknown = id;
    }
    bool is_special = type == SPM_CONTROL || type == SPM_UNKNOWN;
    if ((type == SPM_USER || (in_class && is_special)) && n_bytes) {
        struct added_token token = {.text = text,
                                    .n_bytes = (uint32_t)n_bytes,
                                    .id = id,
                                    .special = is_special,
                                    .normalized = !in_class,
                                    .verbatim = true};
        TRY(add_token(tokenizer, token));
    }
    return vocab_add(&tokenizer->model.vocab, text, (uint32_t)n_bytes, id);
}

emb_status spm_add_replace(struct tokenizer *tokenizer, const char *literal, const char *pattern,
                           const char *content)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_REPLACE);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->replace.literal = literal;
    step->replace.n_literal = literal ? (uint32_t)strlen(literal) : 0;
    step->replace.content = content;
    step->replace.n_content = (uint32_t)strlen(content);
    return pattern ? regex_compile(tokenizer->host, tokenizer->name, pattern, strlen(pattern),
                                   &step->replace.regex)
                   : EMB_OK;
}

static emb_status add_normalizers(struct spm *spm)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    const char *space = spm->escape_whitespaces ? SPACE_MARK : " ";
    emb_status status = EMB_OK;
    if (spm->n_charsmap) {
        struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_PRECOMPILED);
        status = charsmap_create(tokenizer->host, tokenizer->name, spm->charsmap, spm->n_charsmap,
                                 true, &step->charsmap);
    }
    if (status == EMB_OK && spm->remove_extra_whitespaces) {
        struct normalizer *strip = add_normalizer(tokenizer, NORMALIZER_STRIP);
        strip->strip.left = strip->strip.right = strip->strip.spaces_only = true;
        status = spm_add_replace(tokenizer, NULL, " {2,}", " ");
    }
    if (status == EMB_OK && spm->add_dummy_prefix) {
        struct normalizer *prepend = add_normalizer(tokenizer, NORMALIZER_PREPEND);
        prepend->prepend.text = space;
        prepend->prepend.n_bytes = (uint32_t)strlen(space);
    }
    return status || !spm->escape_whitespaces ? status
                                              : spm_add_replace(tokenizer, " ", NULL, SPACE_MARK);
}

struct scored {
    double score;
    uint32_t id;
};

static int by_falling_score(const void *a, const void *b)
{
    const struct scored *left = a;
    const struct scored *right = b;
    return left->score > right->score ? -1 : left->score < right->score;
}

/* Equal scores get equal ranks: of those the leftmost place is joined first. */
static emb_status rank_pieces(struct spm *spm)
{
    struct tokenizer *tokenizer = spm->tokenizer;
    struct bpe *bpe = &tokenizer->model.bpe;
    bpe->ranks = pool_alloc(&tokenizer->pool, spm->n * sizeof *bpe->ranks);
    struct scored *order = malloc(spm->n * sizeof *order);
    if (!bpe->ranks || !order) {
        free(order);
        return emb_failf(tokenizer->host, EMB_E_NOMEM, "%s: out of memory", tokenizer->name);
    }
    uint32_t n = 0;
    for (uint32_t id = 0; id < spm->n; id++) {
        bpe->ranks[id] = NO_ID;
        if (!isnan(spm->scores[id])) {
            order[n++] = (struct scored){spm->scores[id], id};
        }
    }
    qsort(order, n, sizeof *order, by_falling_score);
    for (uint32_t i = 0, rank = 0; i < n; i++) {
        rank = i > 0 && order[i].score < order[i - 1].score ? i : rank;
        bpe->ranks[order[i].id] = rank;
    }
    free(order);
    return EMB_OK;
}

emb_status spm_finish(struct spm *spm)
{
    if (spm->rules) {
        return spm_finish_class(spm);
    }
    struct model *model = &spm->tokenizer->model;
    emb_status status = vocab_seal(&model->vocab);
    status = status ? status : add_normalizers(spm);
    if (status == EMB_OK && spm->is_unigram) {
        model->kind = MODEL_UNIGRAM;
        model->unigram.scores = spm->scores;
        model->unigram.n_scores = spm->n;
        model->unigram.unknown = spm->unknown;
        model->unigram.byte_fallback = spm->byte_fallback;
        model->unigram.single = true;
        model->unigram.fuse_unknown = !spm->byte_fallback;
        status = unigram_prepare(model);
    } else if (status == EMB_OK) {
        model->kind = MODEL_BPE;
        model->bpe.by_spelling = true;
        model->bpe.unknown = spm->unknown;
        model->bpe.byte_fallback = spm->byte_fallback;
        bpe_prepare(model);
        status = rank_pieces(spm);
    }
    return status;
}
