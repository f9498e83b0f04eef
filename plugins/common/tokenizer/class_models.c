/* The classes whose vocabulary is vocab.txt or vocab.json with merges.txt. */
#include "tokenizer/classes.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

static emb_status unsupported(const struct settings *settings, const char *key, const char *why)
{
    return emb_failf(settings->host, EMB_E_UNSUPPORTED, "%s/tokenizer_config.json: %s: %s",
                     settings->folder, key, why);
}

/* What the slow class does before WordPiece and the fast one cannot do. */
static emb_status refuse_basic(const struct settings *settings)
{
    bool basic = true;
    TRY(settings_bool(settings, "do_basic_tokenize", &basic));
    if (!basic) {
        return unsupported(settings, "do_basic_tokenize", "false is not supported");
    }
    struct json root;
    struct json member;
    if (settings->config &&
        (root = json_root(settings->config), json_has(&root, "never_split", &member)) &&
        json_length(&member) > 0) {
        return unsupported(settings, "never_split",
                           "pieces that are never split are not "
                           "supported; added_tokens_decoder has them");
    }
    return EMB_OK;
}

emb_status build_wordpiece(struct tokenizer *tokenizer, const struct settings *settings,
                           const char *path)
{
    struct normalizer *bert = add_normalizer(tokenizer, NORMALIZER_BERT);
    bert->bert.clean_text = bert->bert.chinese_chars = bert->bert.lowercase = true;
    emb_status status = refuse_basic(settings);
    status = status ? status : settings_bool(settings, "do_lower_case", &bert->bert.lowercase);
    bert->bert.strip_accents = bert->bert.lowercase; /* unless it says so itself */
    status = status ? status : settings_bool(settings, "strip_accents", &bert->bert.strip_accents);
    status = status ? status
                    : settings_bool(settings, "tokenize_chinese_chars", &bert->bert.chinese_chars);
    status = status ? status : read_vocab_txt(tokenizer, path);
    tokenizer->model.kind = MODEL_WORDPIECE;
    return status || add_pre_tokenizer(tokenizer, PRE_BERT) ? status : EMB_E_FORMAT;
}

emb_status finish_wordpiece(struct tokenizer *tokenizer, uint32_t unknown)
{
    struct wordpiece *wordpiece = &tokenizer->model.wordpiece;
    wordpiece->max_chars = 100;
    wordpiece->prefix = "##";
    wordpiece->n_prefix = 2;
    wordpiece->unknown = unknown;
    wordpiece_prepare(&tokenizer->model);
    if (unknown == NO_ID || !vocab_text(&tokenizer->model.vocab, unknown, NULL)) {
        return emb_failf(tokenizer->host, EMB_E_FORMAT,
                         "%s: no piece for what is unknown (unk_token, \"[UNK]\" where no file "
                         "names another)",
                         tokenizer->name);
    }
    return EMB_OK;
}

/* GPT-NeoX's runs of blanks stand in no vocab.json. */
static emb_status require_added_tokens(const struct settings *settings)
{
    return settings->has_decoder || settings->added
               ? EMB_OK
               : emb_failf(settings->host, EMB_E_UNSUPPORTED,
                           "%s: a GPTNeoXTokenizer without tokenizer.json needs its added tokens "
                           "(added_tokens_decoder in tokenizer_config.json, or added_tokens.json)",
                           settings->folder);
}

static emb_status add_compose(struct tokenizer *tokenizer)
{
    struct normalizer *nfc = add_normalizer(tokenizer, NORMALIZER_UNICODE);
    if (!nfc) {
        return EMB_E_FORMAT;
    }
    nfc->unicode.compose = true;
    return EMB_OK;
}

emb_status build_byte_level(struct tokenizer *tokenizer, const struct settings *settings,
                            const struct tokenizer_class *class, const char *vocab_path,
                            const char *merges_path)
{
    bool add_prefix_space = false;
    bool is_qwen2 = class->kind == CLASS_QWEN2;
    TRY(settings_bool(settings, "add_prefix_space", &add_prefix_space));
    if (class->kind == CLASS_NEOX) {
        TRY(require_added_tokens(settings));
    }
    tokenizer->model.kind = MODEL_BPE;
    tokenizer->model.bpe.unknown = NO_ID;
    TRY(read_vocab_json(tokenizer, vocab_path));
    TRY(read_merges_txt(tokenizer, merges_path));
    bpe_prepare(&tokenizer->model);
    if (is_qwen2 || class->kind == CLASS_NEOX) {
        TRY(add_compose(tokenizer));
    }
    if (is_qwen2) {
        TRY(add_pattern(tokenizer, qwen2_pattern, SPLIT_ISOLATED, false));
    }
    if (class->kind == CLASS_ROBERTA) {
        tokenizer->trims[tokenizer->n_trims++] = add_prefix_space;
    }
    return add_byte_level(tokenizer, add_prefix_space, !is_qwen2);
}
