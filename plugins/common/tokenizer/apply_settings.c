/* What tokenizer_config.json says otherwise than tokenizer.json. */
#include "tokenizer/classes.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

static const char *spelled(bool value)
{
    return value ? "true" : "false";
}

/* Two files, two answers, and it depends on the reader's version which of them counts. */
static emb_status contradict(const struct settings *settings, const char *key, bool value,
                             const char *other)
{
    return emb_failf(settings->host, EMB_E_UNSUPPORTED,
                     "%s: tokenizer_config.json says %s=%s, but %s in tokenizer.json; it is not "
                     "known which of them counts",
                     settings->folder, key, spelled(value), other);
}

static struct normalizer *find_normalizer(struct tokenizer *tokenizer, enum normalizer_kind kind)
{
    for (uint32_t i = 0; i < tokenizer->n_normalizers; i++) {
        if (tokenizer->normalizers[i].kind == kind) {
            return &tokenizer->normalizers[i];
        }
    }
    return NULL;
}

/* The fast BERT classes let the file's options win over the normaliser of tokenizer.json. */
static emb_status apply_to_bert(const struct settings *settings, struct normalizer *step)
{
    enum flag lower;
    enum flag accents;
    bool strip_followed = step->bert.strip_follows;
    TRY(settings_flag(settings, "do_lower_case", &lower));
    TRY(settings_flag(settings, "strip_accents", &accents));
    TRY(settings_bool(settings, "tokenize_chinese_chars", &step->bert.chinese_chars));
    if (lower >= FLAG_FALSE) {
        step->bert.lowercase = lower == FLAG_TRUE;
    }
    if (accents >= FLAG_FALSE) {
        step->bert.strip_accents = accents == FLAG_TRUE;
    } else if (accents == FLAG_NULL || strip_followed) {
        step->bert.strip_accents = step->bert.lowercase;
    }
    return EMB_OK;
}

static bool lowers(struct tokenizer *tokenizer)
{
    struct normalizer *bert = find_normalizer(tokenizer, NORMALIZER_BERT);
    return find_normalizer(tokenizer, NORMALIZER_LOWERCASE) || (bert && bert->bert.lowercase);
}

static emb_status check_case(struct tokenizer *tokenizer, const struct settings *settings)
{
    bool says = lowers(tokenizer);
    bool does = says;
    emb_status status = settings_bool(settings, "do_lower_case", &says);
    return status || says == does
               ? status
               : contradict(settings, "do_lower_case", says,
                            does ? "the normalizer lower-cases" : "no normalizer lower-cases");
}

static emb_status check_accents(struct tokenizer *tokenizer, const struct settings *settings)
{
    bool does = !find_normalizer(tokenizer, NORMALIZER_STRIP_ACCENTS);
    bool says = does;
    emb_status status = settings_bool(settings, "keep_accents", &says);
    return status || says == does ? status
                                  : contradict(settings, "keep_accents", says,
                                               does ? "no normalizer strips accents"
                                                    : "the normalizer strips accents");
}

/* Whether a text gets a space before it. */
static bool puts_prefix_space(const struct tokenizer *tokenizer)
{
    for (uint32_t i = 0; i < tokenizer->n_normalizers; i++) {
        if (tokenizer->normalizers[i].kind == NORMALIZER_PREPEND) {
            return true;
        }
    }
    for (uint32_t i = 0; i < tokenizer->n_pre_tokenizers; i++) {
        const struct pre_tokenizer *step = &tokenizer->pre_tokenizers[i];
        if ((step->kind == PRE_BYTE_LEVEL && step->add_prefix_space) ||
            (step->kind == PRE_METASPACE && step->prepend != PREPEND_NEVER)) {
            return true;
        }
    }
    return false;
}

/* The fast GPT-2 and RoBERTa classes set it in a pre-tokeniser that is byte level alone. */
static emb_status apply_prefix_space(struct tokenizer *tokenizer, const struct settings *settings,
                                     const struct tokenizer_class *class)
{
    bool does = puts_prefix_space(tokenizer);
    bool says = does;
    emb_status status = settings_bool(settings, "add_prefix_space", &says);
    if (status || says == does) {
        return status;
    }
    bool wins = class && (class->kind == CLASS_GPT2 || class->kind == CLASS_ROBERTA) &&
                tokenizer->n_pre_tokenizers == 1 &&
                tokenizer->pre_tokenizers[0].kind == PRE_BYTE_LEVEL;
    if (!wins) {
        return contradict(settings, "add_prefix_space", says,
                          does ? "a space is put before a text" : "no space is put before a text");
    }
    tokenizer->pre_tokenizers[0].add_prefix_space = says;
    for (uint32_t i = 0; i < tokenizer->n_trims && class->kind == CLASS_ROBERTA; i++) {
        tokenizer->trims[i] = says;
    }
    return EMB_OK;
}

static bool holds(const struct id_list *list, uint32_t id)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->items[i] == id) {
            return true;
        }
    }
    return false;
}

/* The classes that set their template by these options: Llama's, Gemma's, Cohere's. */
static bool sets_ends(const struct settings *settings, const struct tokenizer_class *class)
{
    const char *name = settings->class_name ? settings->class_name : "";
    return (class && class->kind >= CLASS_LLAMA) || strncmp(name, "CohereTokenizer", 15) == 0;
}

/* Of other classes the option may count or not, by the library's version. */
static emb_status apply_end(struct tokenizer *tokenizer, const struct settings *settings,
                            const struct tokenizer_class *class, const char *key, uint32_t id,
                            const char *role, struct id_list *list)
{
    enum flag flag;
    emb_status status = settings_flag(settings, key, &flag);
    if (status || flag < FLAG_FALSE) {
        return status;
    }
    bool says = flag == FLAG_TRUE;
    bool does = id != NO_ID && holds(list, id);
    if (says == does) {
        return EMB_OK;
    }
    if (!sets_ends(settings, class)) {
        return contradict(settings, key, says,
                          does ? "the template puts that piece there"
                               : "the template puts no such piece there");
    }
    if (id == NO_ID) {
        return emb_failf(settings->host, EMB_E_FORMAT,
                         "%s: tokenizer_config.json says %s=true, but no file names %s",
                         settings->folder, key, role);
    }
    list->n = 0;
    return says ? add_id(tokenizer, list, id) : EMB_OK;
}

emb_status apply_settings(struct tokenizer *tokenizer, const struct settings *settings,
                          const struct tokenizer_class *class, const struct role_tokens *roles)
{
    emb_status status = EMB_OK;
    struct normalizer *bert = find_normalizer(tokenizer, NORMALIZER_BERT);
    bool is_bert = class && class->kind == CLASS_BERT;
    if (is_bert && bert && tokenizer->n_normalizers == 1) {
        status = apply_to_bert(settings, bert);
    } else if (is_bert || (class && class->kind == CLASS_ALBERT)) {
        status = check_case(tokenizer, settings);
        status = status || is_bert ? status : check_accents(tokenizer, settings);
    }
    status = status ? status : apply_prefix_space(tokenizer, settings, class);
    status = status ? status
                    : apply_end(tokenizer, settings, class, "add_bos_token", roles->ids[ROLE_BOS],
                                "bos_token", &tokenizer->before);
    return status ? status
                  : apply_end(tokenizer, settings, class, "add_eos_token", roles->ids[ROLE_EOS],
                              "eos_token", &tokenizer->after);
}
