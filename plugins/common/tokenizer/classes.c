/* Looks tokenizer classes up by name. */
#include "tokenizer/classes.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

#define BYTE_LEVEL_FILES                                                                           \
    {                                                                                              \
        {"vocab.json", "merges.txt"},                                                              \
        {                                                                                          \
            "encoder.json", "vocab.bpe"                                                            \
        }                                                                                          \
    }
/*               bos           eos          unk        sep      pad      cls      mask */
#define BRACKETS                                                                                   \
    {                                                                                              \
        NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"                                   \
    }
#define ANGLES                                                                                     \
    {                                                                                              \
        "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"                                   \
    }
#define END_OF_TEXT "<|endoftext|>"

static const struct tokenizer_class classes[] = {
    {CLASS_BERT,
     "BertTokenizer DistilBertTokenizer ElectraTokenizer",
     "bert distilbert electra",
     {{"vocab.txt"}},
     BRACKETS,
     .wraps = true},
    {CLASS_BERT,
     "MPNetTokenizer",
     "mpnet",
     {{"vocab.txt"}},
     {"<s>", "</s>", "[UNK]", "</s>", "<pad>", "<s>", "<mask>"},
     .mask_lstrip = true,
     .wraps = true},
    {CLASS_ROBERTA, "RobertaTokenizer", "roberta", BYTE_LEVEL_FILES, ANGLES, .mask_lstrip = true,
     .wraps = true},
    {CLASS_GPT2,
     "GPT2Tokenizer",
     "gpt2",
     BYTE_LEVEL_FILES,
     {END_OF_TEXT, END_OF_TEXT, END_OF_TEXT},
     .adds_bos = false},
    {CLASS_NEOX,
     "GPTNeoXTokenizer",
     "gpt_neox",
     BYTE_LEVEL_FILES,
     {END_OF_TEXT, END_OF_TEXT, END_OF_TEXT},
     .adds_bos = false},
    {CLASS_QWEN2,
     "Qwen2Tokenizer",
     "qwen2 qwen3",
     BYTE_LEVEL_FILES,
     {NULL, END_OF_TEXT, END_OF_TEXT, NULL, END_OF_TEXT},
     .adds_bos = false},
    {CLASS_ALBERT,
     "AlbertTokenizer",
     "albert",
     {{"spiece.model"}},
     {"[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"},
     .mask_lstrip = true,
     .wraps = true},
    {CLASS_XLM_ROBERTA,
     "XLMRobertaTokenizer",
     "xlm-roberta",
     {{"sentencepiece.bpe.model"}},
     ANGLES,
     .mask_lstrip = true,
     .wraps = true},
    {CLASS_CAMEMBERT,
     "CamembertTokenizer",
     "camembert",
     {{"sentencepiece.bpe.model"}},
     ANGLES,
     .mask_lstrip = true,
     .wraps = true},
    {CLASS_LLAMA,
     "LlamaTokenizer",
     "llama mistral",
     {{"tokenizer.model"}},
     {"<s>", "</s>", "<unk>"},
     .adds_bos = true},
    {CLASS_GEMMA,
     "GemmaTokenizer",
     "",
     {{"tokenizer.model"}},
     {"<bos>", "<eos>", "<unk>", NULL, "<pad>"},
     .adds_bos = true},
};

/* Read from files of their own even where a tokenizer.json lies beside them. */
static const char not_from_json[] = "BertJapaneseTokenizer BertweetTokenizer PhobertTokenizer "
                                    "CamembertweetTokenizer MistralCommonTokenizer "
                                    "MistralCommonBackend ByT5Tokenizer CanineTokenizer";

static bool is_listed(const char *list, const char *word, size_t n)
{
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0) {
            return true;
        }
        at += length + (at[length] == ' ');
    }
    return false;
}

static const struct tokenizer_class *by_name(const char *name)
{
    size_t n = strlen(name);
    n -= n > 4 && strcmp(name + n - 4, "Fast") == 0 ? 4 : 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (is_listed(classes[i].names, name, n)) {
            return &classes[i];
        }
    }
    return NULL;
}

static const struct tokenizer_class *by_model_type(const char *model_type)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (is_listed(classes[i].model_types, model_type, strlen(model_type))) {
            return &classes[i];
        }
    }
    return NULL;
}

emb_status class_of(const struct settings *settings, const struct tokenizer_class **ret_class,
                    const char **ret_name)
{
    *ret_class = NULL;
    *ret_name = settings->class_name ? settings->class_name : settings->model_type;
    if (settings->class_name) {
        *ret_class = by_name(settings->class_name);
        if (is_listed(not_from_json, settings->class_name, strlen(settings->class_name))) {
            return emb_failf(settings->host, EMB_E_UNSUPPORTED,
                             "%s/%s: tokenizer_class \"%s\" is not supported, and no other class "
                             "cuts as it does",
                             settings->folder, settings->class_file, settings->class_name);
        }
    } else if (settings->model_type) {
        *ret_class = by_model_type(settings->model_type);
    }
    bool splits = false;
    TRY(settings_bool(settings, "split_special_tokens", &splits));
    if (splits) {
        emb_failf(settings->host, EMB_E_UNSUPPORTED,
                  "%s/tokenizer_config.json: split_special_tokens=true is not supported",
                  settings->folder);
        return EMB_E_UNSUPPORTED;
    }
    return EMB_OK;
}

/* The class's file or files in the folder, from malloc. */
static emb_status find_files(const struct settings *settings, const struct tokenizer_class *class,
                             char *ret_files[2])
{
    for (int i = 0; i < 2 && class->files[i][0]; i++) {
        ret_files[0] = settings_file(settings->folder, class->files[i][0]);
        ret_files[1] =
            class->files[i][1] ? settings_file(settings->folder, class->files[i][1]) : NULL;
        if (ret_files[0] && (ret_files[1] || !class->files[i][1])) {
            return EMB_OK;
        }
        free(ret_files[0]);
        free(ret_files[1]);
        ret_files[0] = ret_files[1] = NULL;
    }
    bool is_named = settings->class_name != NULL;
    return emb_failf(settings->host, EMB_E_IO,
                     "%s: no tokenizer.json, and no %s%s%s, which the tokenizer of %s \"%s\" is "
                     "read from",
                     settings->folder, class->files[0][0], class->files[0][1] ? " and " : "",
                     class->files[0][1] ? class->files[0][1] : "",
                     is_named ? "tokenizer_class" : "model_type",
                     is_named ? settings->class_name : settings->model_type);
}

static emb_status build(struct tokenizer *tokenizer, const struct settings *settings,
                        const struct tokenizer_class *class, char *const files[2])
{
    if (class->kind == CLASS_BERT) {
        return build_wordpiece(tokenizer, settings, files[0]);
    }
    return class->kind < CLASS_ALBERT
               ? build_byte_level(tokenizer, settings, class, files[0], files[1])
               : build_sentencepiece(tokenizer, settings, class, files[0]);
}

static emb_status add_role(struct tokenizer *tokenizer, const struct role_tokens *roles,
                           enum token_role role, struct id_list *list)
{
    return roles->ids[role] != NO_ID ? add_id(tokenizer, list, roles->ids[role])
                                     : emb_failf(tokenizer->host, EMB_E_FORMAT,
                                                 "%s: stands around a text, but no file names %s",
                                                 tokenizer->name, role_key(role));
}

/* What stands around a text. */
static emb_status add_template(struct tokenizer *tokenizer, const struct settings *settings,
                               const struct tokenizer_class *class, const struct role_tokens *roles)
{
    bool adds_begin = class->wraps || class->adds_bos;
    bool adds_end = class->wraps;
    if (!class->wraps) {
        TRY(settings_bool(settings, "add_bos_token", &adds_begin));
        TRY(settings_bool(settings, "add_eos_token", &adds_end));
    }
    if (adds_begin) {
        TRY(add_role(tokenizer, roles, class->wraps ? ROLE_CLS : ROLE_BOS, &tokenizer->before));
    }
    if (adds_end) {
        TRY(add_role(tokenizer, roles, class->wraps ? ROLE_SEP : ROLE_EOS, &tokenizer->after));
    }
    return EMB_OK;
}

emb_status read_class(const struct emb_host *host, const struct settings *settings,
                      const struct tokenizer_class *class, struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = NULL;
    struct role_tokens roles;
    char *files[2] = {NULL, NULL};
    emb_status status;
    TRY_OR_FINISH(find_files(settings, class, files));
    TRY_OR_FINISH(tokenizer_create(host, files[0], &tokenizer));
    TRY_OR_FINISH(build(tokenizer, settings, class, files));
    TRY_OR_FINISH(add_named_tokens(tokenizer, settings, class, &roles));
    if (class->kind == CLASS_BERT) {
        TRY_OR_FINISH(finish_wordpiece(tokenizer, roles.ids[ROLE_UNKNOWN]));
    }
    TRY_OR_FINISH(add_template(tokenizer, settings, class, &roles));
    TRY_OR_FINISH(tokenizer_finish(tokenizer));
    tokenizer->mask = roles.ids[ROLE_MASK];
    *ret_tokenizer = tokenizer;
    tokenizer = NULL;
finish:
    tokenizer_destroy(tokenizer);
    free(files[0]);
    free(files[1]);
    return status;
}
