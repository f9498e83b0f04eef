/* Puts a tokenizer together step by step, within limits. */
#include "tokenizer/build.h"

#include "base/regex.h"
#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

emb_status tokenizer_create(const struct emb_host *host, const char *name,
                            struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = host->alloc(host, sizeof *tokenizer);
    if (!tokenizer) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory for a tokenizer", name);
    }
    tokenizer->host = host;
    tokenizer->pool.host = host;
    tokenizer->mask = NO_ID;
    model_init(&tokenizer->model, host);
    vocab_init(&tokenizer->added.vocab, host);
    tokenizer->name = pool_copy(&tokenizer->pool, name, strlen(name));
    if (!tokenizer->name) {
        tokenizer_destroy(tokenizer);
        return EMB_E_NOMEM;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}

void tokenizer_destroy(struct tokenizer *tokenizer)
{
    if (!tokenizer) {
        return;
    }
    for (uint32_t i = 0; i < tokenizer->n_normalizers; i++) {
        normalizer_finish(&tokenizer->normalizers[i]);
    }
    for (uint32_t i = 0; i < tokenizer->n_pre_tokenizers; i++) {
        pre_tokenizer_finish(&tokenizer->pre_tokenizers[i]);
    }
    model_finish(&tokenizer->model);
    added_finish(&tokenizer->added);
    free(tokenizer->before.items);
    free(tokenizer->after.items);
    pool_finish(&tokenizer->pool);
    tokenizer->host->free(tokenizer->host, tokenizer);
}

static bool has_capacity(struct tokenizer *tokenizer, uint32_t n, const char *what)
{
    if (n < MAX_STEPS) {
        return true;
    }
    emb_failf(tokenizer->host, EMB_E_FORMAT, "%s: more than %d %s", tokenizer->name, MAX_STEPS,
              what);
    return false;
}

struct normalizer *add_normalizer(struct tokenizer *tokenizer, enum normalizer_kind kind)
{
    if (!has_capacity(tokenizer, tokenizer->n_normalizers, "normalizers")) {
        return NULL;
    }
    struct normalizer *step = &tokenizer->normalizers[tokenizer->n_normalizers++];
    step->kind = kind;
    return step;
}

struct pre_tokenizer *add_pre_tokenizer(struct tokenizer *tokenizer, enum pre_tokenizer_kind kind)
{
    if (!has_capacity(tokenizer, tokenizer->n_pre_tokenizers, "pre-tokenizers")) {
        return NULL;
    }
    struct pre_tokenizer *step = &tokenizer->pre_tokenizers[tokenizer->n_pre_tokenizers++];
    step->kind = kind;
    return step;
}

emb_status add_pattern(struct tokenizer *tokenizer, const char *pattern,
                       enum split_behavior behavior, bool invert)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_SPLIT);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->behavior = behavior;
    step->invert = invert;
    return regex_compile(tokenizer->host, tokenizer->name, pattern, strlen(pattern), &step->regex);
}

emb_status add_byte_level(struct tokenizer *tokenizer, bool add_prefix_space, bool use_regex)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_BYTE_LEVEL);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->add_prefix_space = add_prefix_space;
    return use_regex ? regex_compile(tokenizer->host, tokenizer->name, byte_level_pattern,
                                     strlen(byte_level_pattern), &step->regex)
                     : EMB_OK;
}

emb_status add_token(struct tokenizer *tokenizer, struct added_token token)
{
    struct added *added = &tokenizer->added;
    if (!grow_items(&added->items, &added->capacity, (uint64_t)added->n + 1,
                    sizeof *added->items)) {
        return emb_failf(tokenizer->host, EMB_E_NOMEM, "%s: out of memory", tokenizer->name);
    }
    token.text = pool_copy(&tokenizer->pool, token.text, token.n_bytes);
    if (!token.text) {
        return EMB_E_NOMEM;
    }
    added->items[added->n++] = token;
    return vocab_add(&added->vocab, token.text, token.n_bytes, token.id);
}

emb_status add_id(struct tokenizer *tokenizer, struct id_list *list, uint32_t id)
{
    if (!grow_items(&list->items, &list->capacity, (uint64_t)list->n + 1, sizeof *list->items)) {
        return emb_failf(tokenizer->host, EMB_E_NOMEM, "%s: out of memory", tokenizer->name);
    }
    list->items[list->n++] = id;
    return EMB_OK;
}

bool add_merge(struct tokenizer *tokenizer, const char *left, uint32_t n_left, const char *right,
               uint32_t n_right)
{
    const struct vocab *vocab = &tokenizer->model.vocab;
    struct bpe *bpe = &tokenizer->model.bpe;
    uint32_t left_id;
    uint32_t right_id;
    uint32_t joined;
    if (!vocab_find(vocab, left, n_left, &left_id) ||
        !vocab_find(vocab, right, n_right, &right_id) || n_right < bpe->n_prefix) {
        return false;
    }
    uint64_t state = VOCAB_HASH_START;
    for (uint32_t i = 0; i < n_left; i++) {
        state = vocab_hash_step(state, (unsigned char)left[i]);
    }
    for (uint32_t i = bpe->n_prefix; i < n_right; i++) {
        state = vocab_hash_step(state, (unsigned char)right[i]);
    }
    if (!vocab_find_hashed(vocab, state, left, n_left, right + bpe->n_prefix,
                           n_right - bpe->n_prefix, &joined)) {
        return false;
    }
    bpe_add_rule(bpe, left_id, right_id, joined);
    return true;
}

/* The spelling of an added token as the normalisers leave it, from the pool. */
static emb_status normalize_spelling(struct tokenizer *tokenizer, const struct added_token *token,
                                     struct trie_key *ret_key)
{
    struct work work;
    work_init(&work, tokenizer->host, tokenizer->name, NULL);
    emb_status status = EMB_OK;
    if (!text_assign(&work.text, token->text, token->n_bytes)) {
        status = work_no_memory(&work);
    } else if (token->n_bytes) {
        status = split_push(&work, &work.splits, 0, work.text.n, NO_ID);
    }
    for (uint32_t i = 0; i < tokenizer->n_normalizers && status == EMB_OK; i++) {
        status = normalizer_apply(&tokenizer->normalizers[i], &work);
    }
    if (status == EMB_OK) {
        ret_key->n_bytes = work.text.n;
        ret_key->text =
            pool_copy(&tokenizer->pool, work.text.n ? work.text.bytes : "", work.text.n);
        status = ret_key->text ? EMB_OK : EMB_E_NOMEM;
    }
    work_finish(&work);
    return status;
}

/* The trie of one of the two kinds of added tokens; special ones come first where two are equal. */
static emb_status build_added_trie(struct tokenizer *tokenizer, bool normalized, struct trie *trie)
{
    const struct added *added = &tokenizer->added;
    struct trie_key *keys = malloc(((size_t)added->n + 1) * sizeof *keys);
    if (!keys) {
        return emb_failf(tokenizer->host, EMB_E_NOMEM, "%s: out of memory", tokenizer->name);
    }
    uint32_t n = 0;
    emb_status status = EMB_OK;
    for (int special = 1; special >= 0; special--) {
        for (uint32_t i = 0; i < added->n && status == EMB_OK; i++) {
            const struct added_token *token = &added->items[i];
            if (token->normalized != normalized || token->special != special) {
                continue;
            }
            keys[n] = (struct trie_key){token->text, token->n_bytes, i};
            if (normalized && !token->verbatim) {
                status = normalize_spelling(tokenizer, token, &keys[n]);
            }
            n++;
        }
    }
    if (status == EMB_OK) {
        status = trie_build(trie, tokenizer->host, keys, n, true);
    }
    free(keys);
    return status;
}

emb_status tokenizer_finish(struct tokenizer *tokenizer)
{
    TRY(vocab_seal(&tokenizer->added.vocab));
    TRY(build_added_trie(tokenizer, false, &tokenizer->added.raw));
    return build_added_trie(tokenizer, true, &tokenizer->added.normalized);
}
