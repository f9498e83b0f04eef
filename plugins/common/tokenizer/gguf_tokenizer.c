/*
 * The tokenizer that a GGUF file carries: tokenizer.ggml.model names its kind, tokens, scores,
 * token_type and merges hold the vocabulary, pre names the pattern of a byte-level one. It cuts as
 * the model's own tokenizer.json does.
 */
#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tensors/tensors.h"
#include "tokenizer/gguf_pre.h"
#include "tokenizer/spm.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const struct emb_host *host;
    const struct gguf *gguf;
    const char *path;
    struct tokenizer *tokenizer;
    uint32_t n; /* pieces */
    bool mask_lstrip;
};

static emb_status fail(const struct reader *reader, const char *key, const char *why)
{
    return emb_failf(reader->host, EMB_E_FORMAT, "%s: tokenizer.ggml.%s: %s", reader->path, key,
                     why);
}

static emb_status get_token(const struct reader *reader, uint32_t i, const char **ret_text,
                            uint64_t *ret_n)
{
    if (!gguf_array_text(reader->gguf, "tokenizer.ggml.tokens", i, ret_text, ret_n) ||
        *ret_n > UINT16_MAX || utf8_valid_prefix(*ret_text, *ret_n) < *ret_n) {
        return emb_failf(reader->host, EMB_E_FORMAT,
                         "%s: tokenizer.ggml.tokens[%u]: expected a text of at most %d bytes of "
                         "valid UTF-8",
                         reader->path, i, UINT16_MAX);
    }
    return EMB_OK;
}

static uint64_t token_type(const struct reader *reader, uint32_t i)
{
    uint64_t type = SPM_NORMAL;
    gguf_array_uint(reader->gguf, "tokenizer.ggml.token_type", i, &type);
    return type;
}

/* The piece that a key like bos_token_id names, into a list; absent: nothing. */
static emb_status add_named(struct reader *reader, const char *key, struct id_list *list)
{
    uint64_t id;
    if (!gguf_uint(reader->gguf, key, &id)) {
        return EMB_OK;
    }
    if (id >= reader->n) {
        return emb_failf(reader->host, EMB_E_FORMAT, "%s: %s is %llu of %u pieces", reader->path,
                         key, (unsigned long long)id, reader->n);
    }
    return add_id(reader->tokenizer, list, (uint32_t)id);
}

/* The same where it must be there. */
static emb_status add_end(struct reader *reader, const char *key, struct id_list *list)
{
    uint64_t id;
    return gguf_uint(reader->gguf, key, &id)
               ? add_named(reader, key, list)
               : emb_failf(reader->host, EMB_E_FORMAT, "%s: no %s, which stands around a text",
                           reader->path, key);
}

static bool flag(const struct reader *reader, const char *key, bool fallback)
{
    uint64_t value = fallback;
    gguf_uint(reader->gguf, key, &value);
    return value != 0;
}

static emb_status add_ends(struct reader *reader, bool add_bos, bool add_eos)
{
    emb_status status = EMB_OK;
    if (flag(reader, "tokenizer.ggml.add_bos_token", add_bos)) {
        status = add_end(reader, "tokenizer.ggml.bos_token_id", &reader->tokenizer->before);
    }
    if (status == EMB_OK && flag(reader, "tokenizer.ggml.add_eos_token", add_eos)) {
        status = add_end(reader, "tokenizer.ggml.eos_token_id", &reader->tokenizer->after);
    }
    return status;
}

static uint32_t mask_of(const struct reader *reader)
{
    uint64_t id = NO_ID;
    return gguf_uint(reader->gguf, "tokenizer.ggml.mask_token_id", &id) && id < reader->n
               ? (uint32_t)id
               : NO_ID;
}

/* The flags of add_ends must be there: by default nothing would stand around a text, though the
 * models were trained so. */
static emb_status require_ends(const struct reader *reader)
{
    static const char *const keys[] = {"tokenizer.ggml.add_bos_token",
                                       "tokenizer.ggml.add_eos_token"};
    uint64_t value;
    for (int i = 0; i < 2; i++) {
        if (!gguf_uint(reader->gguf, keys[i], &value)) {
            return emb_failf(reader->host, EMB_E_FORMAT,
                             "%s: no %s: it is not known what stands around a text", reader->path,
                             keys[i]);
        }
    }
    return EMB_OK;
}

/* Control and user-defined pieces of a vocabulary that is no SentencePiece one. */
static emb_status add_special(struct reader *reader, uint32_t i, const char *text, uint64_t n)
{
    uint64_t type = token_type(reader, i);
    if ((type != SPM_CONTROL && type != SPM_USER && type != SPM_UNKNOWN) || n == 0) {
        return EMB_OK;
    }
    struct added_token token = {
        .text = text,
        .n_bytes = (uint32_t)n,
        .id = i,
        .special = type != SPM_USER,
        .lstrip = reader->mask_lstrip && i == mask_of(reader),
        .normalized = type == SPM_USER, /* the library's default for a word that was added */
    };
    return add_token(reader->tokenizer, token);
}

static emb_status read_tokens(struct reader *reader)
{
    for (uint32_t i = 0; i < reader->n; i++) {
        const char *text;
        uint64_t n;
        TRY(get_token(reader, i, &text, &n));
        TRY(vocab_add(&reader->tokenizer->model.vocab, text, (uint32_t)n, i));
        TRY(add_special(reader, i, text, n));
    }
    return vocab_seal(&reader->tokenizer->model.vocab);
}

static emb_status read_merges(struct reader *reader)
{
    uint64_t n = 0;
    if (!gguf_array_length(reader->gguf, "tokenizer.ggml.merges", &n) || n >= 1u << 28) {
        return fail(reader, "merges", "absent or too long");
    }
    TRY(bpe_reserve(&reader->tokenizer->model, &reader->tokenizer->pool, (uint32_t)n));
    for (uint64_t i = 0; i < n; i++) {
        const char *text = NULL;
        uint64_t n_bytes = 0;
        bool found = gguf_array_text(reader->gguf, "tokenizer.ggml.merges", i, &text, &n_bytes);
        const char *space = found ? memchr(text, ' ', n_bytes) : NULL;
        if (!space || n_bytes > UINT16_MAX ||
            !add_merge(reader->tokenizer, text, (uint32_t)(space - text), space + 1,
                       (uint32_t)(n_bytes - (uint64_t)(space + 1 - text)))) {
            return emb_failf(reader->host, EMB_E_FORMAT,
                             "%s: tokenizer.ggml.merges[%llu]: expected two pieces of the "
                             "vocabulary, and that the two joined are one too",
                             reader->path, (unsigned long long)i);
        }
    }
    return EMB_OK;
}

static emb_status find_pre(struct reader *reader, const struct gguf_pre **ret_pre)
{
    const char *name;
    uint64_t n;
    if (!gguf_text(reader->gguf, "tokenizer.ggml.pre", &name, &n)) {
        return fail(reader, "pre", "absent, but without it the pattern is not known");
    }
    *ret_pre = gguf_pre_find(name, n);
    if (*ret_pre) {
        return EMB_OK;
    }
    return emb_failf(reader->host, EMB_E_FORMAT, "%s: tokenizer.ggml.pre: \"%.*s\" is not known",
                     reader->path, n < 80 ? (int)n : 80, name);
}

static emb_status read_byte_level(struct reader *reader)
{
    struct tokenizer *tokenizer = reader->tokenizer;
    const struct gguf_pre *pre = NULL;
    TRY(find_pre(reader, &pre));
    tokenizer->model.kind = MODEL_BPE;
    tokenizer->model.bpe.unknown = NO_ID;
    tokenizer->model.bpe.ignore_merges = pre->ignore_merges;
    reader->mask_lstrip = pre->is_roberta;
    if (pre->nfc) {
        struct normalizer *nfc = add_normalizer(tokenizer, NORMALIZER_UNICODE);
        nfc->unicode.compose = true;
    }
    for (size_t i = 0; pre->patterns[i]; i++) {
        TRY(add_pattern(tokenizer, pre->patterns[i], SPLIT_ISOLATED, false));
    }
    if (pre->is_roberta) {
        tokenizer->trims[tokenizer->n_trims++] = false;
        TRY(require_ends(reader));
    }
    TRY(add_byte_level(tokenizer, false, pre->gpt2_pattern));
    TRY(read_tokens(reader));
    bpe_prepare(&tokenizer->model);
    TRY(read_merges(reader));
    return add_ends(reader, pre->add_bos, false);
}

/* GGUF marks the beginning of a word (U+2581) where WordPiece marks what continues one (##). */
static emb_status add_wordpiece(struct reader *reader, uint32_t i)
{
    static const char mark[] = "\xE2\x96\x81";
    char piece[UINT16_MAX + 2];
    const char *text;
    uint64_t n;
    TRY(get_token(reader, i, &text, &n));
    bool is_named = n > 1 && text[0] == '[' && text[n - 1] == ']'; /* [CLS], [unused7] */
    if (n >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        n -= 3;
    } else if (!is_named && token_type(reader, i) == SPM_NORMAL) {
        memcpy(piece, "##", 2);
        memcpy(piece + 2, text, n);
        text = piece;
        n += 2;
    } else {
        TRY(add_special(reader, i, text, n));
    }
    return vocab_add(&reader->tokenizer->model.vocab, text, (uint32_t)n, i);
}

/* A piece that lower-casing leaves out of reach; NULL: none. Special pieces are not looked at. */
static const char *find_capital(const struct reader *reader)
{
    for (uint32_t i = 0; i < reader->n; i++) {
        uint32_t n = 0;
        const char *text = vocab_text(&reader->tokenizer->model.vocab, i, &n);
        for (uint32_t at = 0; text && text[0] != '[' && at < n; at++) {
            if (text[at] >= 'A' && text[at] <= 'Z' && token_type(reader, i) == SPM_NORMAL) {
                return text;
            }
        }
    }
    return NULL;
}

/* Lower-casing, and stripping accents with it, unless the file says otherwise. */
static emb_status add_bert_normalizer(struct reader *reader)
{
    static const char key[] = "tokenizer.ggml.normalizer.lowercase";
    struct normalizer *bert = add_normalizer(reader->tokenizer, NORMALIZER_BERT);
    uint64_t value;
    bert->bert.clean_text = bert->bert.chinese_chars = true;
    bert->bert.lowercase = flag(reader, key, true);
    bert->bert.strip_accents =
        flag(reader, "tokenizer.ggml.normalizer.strip_accents", bert->bert.lowercase);
    const char *capital = find_capital(reader);
    if (capital && !gguf_uint(reader->gguf, key, &value)) {
        char line[600];
        snprintf(line, sizeof line,
                 "%.300s: no %s: text is lower-cased, though pieces like \"%.80s\" have capitals",
                 reader->path, key, capital);
        reader->host->log(reader->host, EMB_LOG_WARN, line);
    }
    return EMB_OK;
}

static emb_status read_bert(struct reader *reader)
{
    static const char cls[] = "tokenizer.ggml.cls_token_id";
    static const char sep[] = "tokenizer.ggml.seperator_token_id"; /* spelled so in the format */
    struct tokenizer *tokenizer = reader->tokenizer;
    struct wordpiece *wordpiece = &tokenizer->model.wordpiece;
    for (uint32_t i = 0; i < reader->n; i++) {
        TRY(add_wordpiece(reader, i));
    }
    TRY(vocab_seal(&tokenizer->model.vocab));
    tokenizer->model.kind = MODEL_WORDPIECE;
    wordpiece->max_chars = 100;
    wordpiece->prefix = "##";
    wordpiece->n_prefix = 2;
    wordpiece_prepare(&tokenizer->model);
    if (!vocab_find(&tokenizer->model.vocab, "[UNK]", 5, &wordpiece->unknown)) {
        return fail(reader, "tokens", "no piece \"[UNK]\"");
    }
    TRY(add_bert_normalizer(reader));
    add_pre_tokenizer(tokenizer, PRE_BERT);
    uint64_t id;
    bool has_cls = gguf_uint(reader->gguf, cls, &id);
    bool has_sep = gguf_uint(reader->gguf, sep, &id);
    TRY(add_end(reader, has_cls ? cls : "tokenizer.ggml.bos_token_id", &tokenizer->before));
    return add_end(reader, has_sep ? sep : "tokenizer.ggml.eos_token_id", &tokenizer->after);
}

/* The bytes of an array of small integers, from the pool. */
static emb_status read_charsmap(struct reader *reader, struct spm *spm)
{
    static const char key[] = "tokenizer.ggml.precompiled_charsmap";
    uint64_t n = 0;
    if (!gguf_array_length(reader->gguf, key, &n) || n == 0) {
        return EMB_OK;
    }
    if (n > 1 << 26) {
        return fail(reader, "precompiled_charsmap", "too long");
    }
    unsigned char *bytes = pool_alloc(&reader->tokenizer->pool, n);
    for (uint64_t i = 0; bytes && i < n; i++) {
        uint64_t value = 0;
        if (!gguf_array_uint(reader->gguf, key, i, &value) || value > 255) {
            return fail(reader, "precompiled_charsmap", "expected bytes");
        }
        bytes[i] = (unsigned char)value;
    }
    spm->charsmap = bytes;
    spm->n_charsmap = n;
    return bytes ? EMB_OK : EMB_E_NOMEM;
}

static emb_status read_spm_pieces(struct reader *reader, struct spm *spm)
{
    emb_status status = EMB_OK;
    for (uint32_t i = 0; i < reader->n && status == EMB_OK; i++) {
        const char *text = NULL;
        uint64_t n = 0;
        double score = 0;
        status = get_token(reader, i, &text, &n);
        if (status == EMB_OK &&
            !gguf_array_real(reader->gguf, "tokenizer.ggml.scores", i, &score)) {
            status = fail(reader, "scores", "absent or shorter than the tokens");
        }
        status =
            status ? status : spm_add(spm, reader->path, text, n, score, token_type(reader, i));
    }
    return status;
}

/* As Llama's class reads its own; a unigram model as XLM-RoBERTa's and T5's do, where it treats
 * spaces as theirs. */
static emb_status read_spm(struct reader *reader, bool is_unigram)
{
    struct spm spm;
    struct spm_rules rules = {.kind = is_unigram ? CLASS_XLM_ROBERTA : CLASS_LLAMA};
    TRY(spm_init(&spm, reader->tokenizer, reader->n));
    spm.is_unigram = is_unigram;
    spm.add_dummy_prefix = flag(reader, "tokenizer.ggml.add_space_prefix", true);
    spm.remove_extra_whitespaces =
        flag(reader, "tokenizer.ggml.remove_extra_whitespaces", is_unigram);
    rules.add_prefix_space = spm.add_dummy_prefix;
    if (!is_unigram || (spm.add_dummy_prefix && spm.remove_extra_whitespaces)) {
        spm.rules = &rules;
    }
    const char *family;
    uint64_t n;
    bool is_encoder = gguf_text(reader->gguf, "general.architecture", &family, &n) &&
                      gguf_has_word("bert", family, n);
    emb_status status = is_encoder ? require_ends(reader) : EMB_OK;
    status = status ? status : read_spm_pieces(reader, &spm);
    status = status || !is_unigram ? status : read_charsmap(reader, &spm);
    status = status ? status : spm_finish(&spm);
    return status ? status : add_ends(reader, !is_unigram, is_unigram);
}

static emb_status read_kind(struct reader *reader)
{
    const char *kind;
    uint64_t n_kind;
    uint64_t n = 0;
    if (!gguf_text(reader->gguf, "tokenizer.ggml.model", &kind, &n_kind)) {
        return fail(reader, "model", "absent");
    }
    if (!gguf_array_length(reader->gguf, "tokenizer.ggml.tokens", &n) || n == 0 ||
        n > VOCAB_MAX_ID) {
        return fail(reader, "tokens", "absent, empty or too long");
    }
    reader->n = (uint32_t)n;
    if (gguf_has_word("gpt2", kind, n_kind)) {
        return read_byte_level(reader);
    }
    if (gguf_has_word("bert", kind, n_kind)) {
        return read_bert(reader);
    }
    if (gguf_has_word("llama t5", kind, n_kind)) {
        return read_spm(reader, gguf_has_word("t5", kind, n_kind));
    }
    return emb_failf(reader->host, EMB_E_FORMAT,
                     "%s: tokenizer.ggml.model: found \"%.*s\", expected bert, gpt2, llama or t5",
                     reader->path, n_kind < 80 ? (int)n_kind : 80, kind);
}

emb_status tokenizer_load_gguf(const struct emb_host *host, const struct gguf *gguf,
                               const char *path, struct tokenizer **ret_tokenizer)
{
    struct reader reader = {.host = host, .gguf = gguf, .path = path};
    TRY(tokenizer_create(host, path, &reader.tokenizer));
    emb_status status = read_kind(&reader);
    reader.tokenizer->mask = mask_of(&reader);
    status = status ? status : tokenizer_finish(reader.tokenizer);
    if (status) {
        tokenizer_destroy(reader.tokenizer);
        return status;
    }
    *ret_tokenizer = reader.tokenizer;
    return EMB_OK;
}
