/* Reads "pre_tokenizer" of tokenizer.json. */
#include "base/try.h"
#include "base/unicode.h"
#include "tokenizer/json_tokenizer.h"

#include <string.h>

/* A text of exactly one code point. */
static emb_status read_code_point(const struct json *place, const char *key, uint32_t *ret_c)
{
    const char *text;
    uint64_t n_bytes = 0;
    TRY(json_get_text(place, key, &text, &n_bytes));
    uint32_t at = 0;
    uint32_t c = 0;
    if (n_bytes) {
        c = utf8_next(text, &at);
    }
    if (n_bytes == 0 || at != n_bytes) {
        return json_fail(place, "%s is \"%.40s\", expected one character", key, text);
    }
    *ret_c = c;
    return EMB_OK;
}

static emb_status read_bert_pre(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_pre_tokenizer(tokenizer, PRE_BERT) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_byte_level(struct tokenizer *tokenizer, const struct json *place)
{
    bool add_prefix_space = true;
    bool use_regex = true;
    TRY(json_opt_bool(place, "add_prefix_space", &add_prefix_space));
    TRY(json_opt_bool(place, "use_regex", &use_regex));
    return add_byte_level(tokenizer, add_prefix_space, use_regex);
}

static emb_status read_metaspace(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_METASPACE);
    if (!step) {
        return EMB_E_FORMAT;
    }
    bool add_prefix_space = true;
    const char *scheme = NULL;
    step->split = true;
    TRY(read_code_point(place, "replacement", &step->c));
    TRY(json_opt_bool(place, "add_prefix_space", &add_prefix_space));
    TRY(json_opt_text(place, "prepend_scheme", &scheme, NULL));
    TRY(json_opt_bool(place, "split", &step->split));
    scheme = scheme ? scheme : add_prefix_space ? "always" : "never";
    if (strcmp(scheme, "always") == 0) {
        step->prepend = PREPEND_ALWAYS;
    } else if (strcmp(scheme, "first") == 0) {
        step->prepend = PREPEND_FIRST;
    } else if (strcmp(scheme, "never") == 0) {
        step->prepend = PREPEND_NEVER;
    } else {
        return json_fail(place, "prepend_scheme is \"%s\", expected always, first or never",
                         scheme);
    }
    return EMB_OK;
}

static emb_status read_whitespace(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_pre_tokenizer(tokenizer, PRE_WHITESPACE) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_whitespace_split(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_pre_tokenizer(tokenizer, PRE_WHITESPACE_SPLIT) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_behavior(const struct json *place, enum split_behavior *ret_behavior)
{
    static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};
    const char *name = names[SPLIT_ISOLATED];
    TRY(json_opt_text(place, "behavior", &name, NULL));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret_behavior = (enum split_behavior)i;
            return EMB_OK;
        }
    }
    return json_fail(place, "behavior is \"%s\", which is not known", name);
}

static emb_status read_punctuation(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_PUNCTUATION);
    return step ? read_behavior(place, &step->behavior) : EMB_E_FORMAT;
}

static emb_status read_digits(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_DIGITS);
    return step ? json_opt_bool(place, "individual_digits", &step->individual) : EMB_E_FORMAT;
}

static emb_status read_split(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_SPLIT);
    if (!step) {
        return EMB_E_FORMAT;
    }
    struct json behavior;
    if (!json_has(place, "behavior", &behavior)) {
        return json_fail(place, "no member \"behavior\"");
    }
    TRY(read_pattern(tokenizer, place, &step->literal, &step->n_literal, &step->regex));
    TRY(read_behavior(place, &step->behavior));
    return json_opt_bool(place, "invert", &step->invert);
}

static emb_status read_char_delimiter(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_CHAR_DELIMITER);
    return step ? read_code_point(place, "delimiter", &step->c) : EMB_E_FORMAT;
}

static emb_status read_fixed_length(struct tokenizer *tokenizer, const struct json *place)
{
    struct pre_tokenizer *step = add_pre_tokenizer(tokenizer, PRE_FIXED_LENGTH);
    if (!step) {
        return EMB_E_FORMAT;
    }
    uint64_t length = 5;
    TRY(json_opt_uint(place, "length", UINT32_MAX, &length));
    if (length == 0) {
        return json_fail(place, "length is 0, expected 1 or more");
    }
    step->length = (uint32_t)length;
    return EMB_OK;
}

static emb_status read_unicode_scripts(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_unicode_scripts(tokenizer);
}

static emb_status read_pre_tokenizers(struct tokenizer *tokenizer, const struct json *place)
{
    return read_sequence(tokenizer, place, "pretokenizers", read_pre_tokenizer);
}

emb_status read_pre_tokenizer(struct tokenizer *tokenizer, const struct json *place)
{
    static const struct step_reader readers[] = {
        {"BertPreTokenizer", "", read_bert_pre},
        {"ByteLevel", "add_prefix_space trim_offsets use_regex", read_byte_level},
        {"Metaspace", "replacement add_prefix_space prepend_scheme split str_rep", read_metaspace},
        {"Whitespace", "", read_whitespace},
        {"WhitespaceSplit", "", read_whitespace_split},
        {"Punctuation", "behavior", read_punctuation},
        {"Digits", "individual_digits", read_digits},
        {"Split", "pattern behavior invert", read_split},
        {"CharDelimiterSplit", "delimiter", read_char_delimiter},
        {"FixedLength", "length", read_fixed_length},
        {"UnicodeScripts", "", read_unicode_scripts},
        {"Sequence", "pretokenizers", read_pre_tokenizers},
    };
    return READ_STEP(tokenizer, place, readers, "a pre-tokenizer");
}
