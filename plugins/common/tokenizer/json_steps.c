/* tokenizer.json: "normalizer", "pre_tokenizer", "post_processor". */
#include "base/regex.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/tokenizer_json.h"

#include <stdlib.h>
#include <string.h>

struct step_reader {
    const char *type;
    const char *members; /* besides "type" */
    emb_status (*read)(struct tokenizer *tokenizer, const struct json *place);
};

static emb_status read_step(struct tokenizer *tokenizer, const struct json *place,
                            const struct step_reader *readers, size_t n_readers, const char *what)
{
    const char *type;
    emb_status status = json_get_text(place, "type", &type, NULL);
    if (status) {
        return status;
    }
    for (size_t i = 0; i < n_readers; i++) {
        if (strcmp(readers[i].type, type) == 0) {
            char known[256] = "type ";
            strncat(known, readers[i].members, sizeof known - strlen(known) - 1);
            status = json_only(place, known);
            return status ? status : readers[i].read(tokenizer, place);
        }
    }
    return json_fail(place, "found %s of type \"%s\", which is not known", what, type);
}

#define READ_STEP(tokenizer, place, readers, what)                                                 \
    read_step(tokenizer, place, readers, sizeof(readers) / sizeof *(readers), what)

/* A text that the tokenizer keeps. */
static emb_status keep_text(struct tokenizer *tokenizer, const struct json *place, const char *key,
                            const char **ret_text, uint32_t *ret_n)
{
    const char *text;
    uint64_t n_bytes = 0;
    emb_status status = json_get_text(place, key, &text, &n_bytes);
    if (status == EMB_OK && n_bytes > UINT16_MAX) {
        status = json_fail(place, "%s is longer than %d bytes", key, UINT16_MAX);
    }
    if (status) {
        return status;
    }
    *ret_text = pool_copy(&tokenizer->pool, text, n_bytes);
    *ret_n = (uint32_t)n_bytes;
    return *ret_text ? EMB_OK : EMB_E_NOMEM;
}

/* A text of exactly one code point. */
static emb_status read_code_point(const struct json *place, const char *key, uint32_t *ret_c)
{
    const char *text;
    uint64_t n_bytes = 0;
    emb_status status = json_get_text(place, key, &text, &n_bytes);
    uint32_t at = 0;
    uint32_t c = 0;
    if (status == EMB_OK && n_bytes) {
        c = utf8_next(text, &at);
    }
    if (status == EMB_OK && (n_bytes == 0 || at != n_bytes)) {
        status = json_fail(place, "%s is \"%.40s\", expected one character", key, text);
    }
    if (status == EMB_OK) {
        *ret_c = c;
    }
    return status;
}

/* Normalizers */

static emb_status read_bert_normalizer(struct tokenizer *tokenizer, const struct json *place)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_BERT);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->bert.clean_text = step->bert.chinese_chars = step->bert.lowercase = true;
    emb_status status = json_opt_bool(place, "clean_text", &step->bert.clean_text);
    status =
        status ? status : json_opt_bool(place, "handle_chinese_chars", &step->bert.chinese_chars);
    status = status ? status : json_opt_bool(place, "lowercase", &step->bert.lowercase);
    step->bert.strip_accents = step->bert.lowercase; /* unless it says so itself */
    return status ? status : json_opt_bool(place, "strip_accents", &step->bert.strip_accents);
}

static emb_status add_unicode(struct tokenizer *tokenizer, bool compatibility, bool compose)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_UNICODE);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->unicode.compatibility = compatibility;
    step->unicode.compose = compose;
    return EMB_OK;
}

static emb_status read_nfc(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_unicode(tokenizer, false, true);
}

static emb_status read_nfd(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_unicode(tokenizer, false, false);
}

static emb_status read_nfkc(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_unicode(tokenizer, true, true);
}

static emb_status read_nfkd(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_unicode(tokenizer, true, false);
}

static emb_status read_lowercase(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_normalizer(tokenizer, NORMALIZER_LOWERCASE) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_strip(struct tokenizer *tokenizer, const struct json *place)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_STRIP);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->strip.left = step->strip.right = true;
    emb_status status = json_opt_bool(place, "strip_left", &step->strip.left);
    return status ? status : json_opt_bool(place, "strip_right", &step->strip.right);
}

static emb_status read_strip_accents(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_normalizer(tokenizer, NORMALIZER_STRIP_ACCENTS) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_replace(struct tokenizer *tokenizer, const struct json *place)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_REPLACE);
    if (!step) {
        return EMB_E_FORMAT;
    }
    emb_status status = read_pattern(tokenizer, place, &step->replace.literal,
                                     &step->replace.n_literal, &step->replace.regex);
    return status ? status
                  : keep_text(tokenizer, place, "content", &step->replace.content,
                              &step->replace.n_content);
}

static emb_status read_prepend(struct tokenizer *tokenizer, const struct json *place)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_PREPEND);
    return !step ? EMB_E_FORMAT
                 : keep_text(tokenizer, place, "prepend", &step->prepend.text,
                             &step->prepend.n_bytes);
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* RFC 4648, padded. Returns the bytes written, at most 3/4 of n; SIZE_MAX where it is not base64.
 */
static size_t decode_base64(const char *text, size_t n, unsigned char *ret_bytes)
{
    size_t n_bytes = 0;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    while (n > 0 && text[n - 1] == '=') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        int value = base64_value(text[i]);
        if (value < 0) {
            return SIZE_MAX;
        }
        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            ret_bytes[n_bytes++] = (unsigned char)(bits >> n_bits);
        }
    }
    return n_bytes;
}

static emb_status read_precompiled(struct tokenizer *tokenizer, const struct json *place)
{
    const char *text = NULL;
    uint64_t n = 0;
    emb_status status = json_opt_text(place, "precompiled_charsmap", &text, &n);
    if (status || n == 0) {
        return status; /* an empty map maps nothing */
    }
    unsigned char *blob = malloc(n);
    struct normalizer *step = blob ? add_normalizer(tokenizer, NORMALIZER_PRECOMPILED) : NULL;
    if (!step) {
        free(blob);
        return blob ? EMB_E_FORMAT : json_fail(place, "out of memory for a character map");
    }
    size_t n_bytes = decode_base64(text, n, blob);
    if (n_bytes == SIZE_MAX) {
        status = json_fail(place, "precompiled_charsmap is not base64");
    } else {
        char where[512];
        json_where(place, where, sizeof where);
        status = charsmap_create(tokenizer->host, where, blob, n_bytes, false, &step->charsmap);
    }
    free(blob);
    return status;
}

static emb_status read_nmt(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_normalizer(tokenizer, NORMALIZER_NMT) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_byte_level_normalizer(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_normalizer(tokenizer, NORMALIZER_BYTE_LEVEL) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_normalizers(struct tokenizer *tokenizer, const struct json *place)
{
    return read_sequence(tokenizer, place, "normalizers", read_normalizer);
}

emb_status read_normalizer(struct tokenizer *tokenizer, const struct json *place)
{
    static const struct step_reader readers[] = {
        {"BertNormalizer", "clean_text handle_chinese_chars strip_accents lowercase",
         read_bert_normalizer},
        {"NFC", "", read_nfc},
        {"NFD", "", read_nfd},
        {"NFKC", "", read_nfkc},
        {"NFKD", "", read_nfkd},
        {"Lowercase", "", read_lowercase},
        {"Strip", "strip_left strip_right", read_strip},
        {"StripAccents", "", read_strip_accents},
        {"Replace", "pattern content", read_replace},
        {"Prepend", "prepend", read_prepend},
        {"Precompiled", "precompiled_charsmap", read_precompiled},
        {"Nmt", "", read_nmt},
        {"ByteLevel", "", read_byte_level_normalizer},
        {"Sequence", "normalizers", read_normalizers},
    };
    return READ_STEP(tokenizer, place, readers, "a normalizer");
}

/* Pre-tokenizers */

static emb_status read_bert_pre(struct tokenizer *tokenizer, const struct json *place)
{
    (void)place;
    return add_pre_tokenizer(tokenizer, PRE_BERT) ? EMB_OK : EMB_E_FORMAT;
}

static emb_status read_byte_level(struct tokenizer *tokenizer, const struct json *place)
{
    bool add_prefix_space = true;
    bool use_regex = true;
    emb_status status = json_opt_bool(place, "add_prefix_space", &add_prefix_space);
    status = status ? status : json_opt_bool(place, "use_regex", &use_regex);
    return status ? status : add_byte_level(tokenizer, add_prefix_space, use_regex);
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
    emb_status status = read_code_point(place, "replacement", &step->c);
    status = status ? status : json_opt_bool(place, "add_prefix_space", &add_prefix_space);
    status = status ? status : json_opt_text(place, "prepend_scheme", &scheme, NULL);
    status = status ? status : json_opt_bool(place, "split", &step->split);
    if (status) {
        return status;
    }
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
    emb_status status = json_opt_text(place, "behavior", &name, NULL);
    if (status) {
        return status;
    }
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
    emb_status status =
        read_pattern(tokenizer, place, &step->literal, &step->n_literal, &step->regex);
    status = status ? status : read_behavior(place, &step->behavior);
    return status ? status : json_opt_bool(place, "invert", &step->invert);
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
    emb_status status = json_opt_uint(place, "length", UINT32_MAX, &length);
    if (status == EMB_OK && length == 0) {
        status = json_fail(place, "length is 0, expected 1 or more");
    }
    step->length = (uint32_t)length;
    return status;
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

/* Post-processors */

/* "sep": ["[SEP]", 102] */
static emb_status read_special(struct tokenizer *tokenizer, const struct json *place,
                               const char *key, struct id_list *list)
{
    struct json pair;
    emb_status status = json_get_array(place, key, &pair);
    if (status == EMB_OK && json_length(&pair) != 2) {
        status = json_fail(&pair, "expected a token and its id");
    }
    if (status) {
        return status;
    }
    struct json second = json_element(&pair, 1);
    uint64_t id;
    status = json_as_uint(&second, VOCAB_MAX_ID, &id);
    return status ? status : add_id(tokenizer, list, (uint32_t)id);
}

static emb_status add_trim(struct tokenizer *tokenizer, const struct json *place)
{
    bool trim_offsets = true;
    bool add_prefix_space = true;
    emb_status status = json_opt_bool(place, "trim_offsets", &trim_offsets);
    status = status ? status : json_opt_bool(place, "add_prefix_space", &add_prefix_space);
    if (status == EMB_OK && trim_offsets && tokenizer->n_trims == MAX_STEPS) {
        status = json_fail(place, "more than %d post-processors", MAX_STEPS);
    }
    if (status == EMB_OK && trim_offsets) {
        tokenizer->trims[tokenizer->n_trims++] = add_prefix_space;
    }
    return status;
}

static emb_status read_bert_processing(struct tokenizer *tokenizer, const struct json *place)
{
    emb_status status = read_special(tokenizer, place, "cls", &tokenizer->before);
    return status ? status : read_special(tokenizer, place, "sep", &tokenizer->after);
}

static emb_status read_roberta_processing(struct tokenizer *tokenizer, const struct json *place)
{
    emb_status status = add_trim(tokenizer, place);
    return status ? status : read_bert_processing(tokenizer, place);
}

/* The ids that a template's special token stands for. */
static emb_status add_template_token(struct tokenizer *tokenizer, const struct json *place,
                                     const struct json *token, struct id_list *list)
{
    const char *name;
    struct json specials;
    struct json special;
    struct json ids;
    emb_status status = json_get_text(token, "id", &name, NULL);
    status = status ? status : json_get_object(place, "special_tokens", &specials);
    status = status ? status : json_get_object(&specials, name, &special);
    status = status ? status : json_get_array(&special, "ids", &ids);
    for (uint64_t i = 0; status == EMB_OK && i < json_length(&ids); i++) {
        struct json element = json_element(&ids, i);
        uint64_t id = 0;
        status = json_as_uint(&element, VOCAB_MAX_ID, &id);
        status = status ? status : add_id(tokenizer, list, (uint32_t)id);
    }
    return status;
}

static emb_status read_template(struct tokenizer *tokenizer, const struct json *place)
{
    struct json single;
    emb_status status = json_get_array(place, "single", &single);
    unsigned n_sequences = 0;
    for (uint64_t i = 0; status == EMB_OK && i < json_length(&single); i++) {
        struct json element = json_element(&single, i);
        struct json piece;
        if (json_has(&element, "Sequence", &piece)) {
            n_sequences++;
        } else {
            status = json_get_object(&element, "SpecialToken", &piece);
            status = status
                         ? status
                         : add_template_token(tokenizer, place, &piece,
                                              n_sequences ? &tokenizer->after : &tokenizer->before);
        }
    }
    if (status == EMB_OK && n_sequences != 1) {
        status = json_fail(&single, "found %u sequences, expected 1", n_sequences);
    }
    return status;
}

static emb_status read_post_processors(struct tokenizer *tokenizer, const struct json *place)
{
    return read_sequence(tokenizer, place, "processors", read_post_processor);
}

emb_status read_post_processor(struct tokenizer *tokenizer, const struct json *place)
{
    static const struct step_reader readers[] = {
        /* The last three stand in some files, left over, and mean nothing there. */
        {"TemplateProcessing", "single pair special_tokens add_prefix_space trim_offsets use_regex",
         read_template},
        {"BertProcessing", "sep cls", read_bert_processing},
        {"RobertaProcessing", "sep cls trim_offsets add_prefix_space", read_roberta_processing},
        {"ByteLevel", "add_prefix_space trim_offsets use_regex", add_trim},
        {"Sequence", "processors", read_post_processors},
    };
    return READ_STEP(tokenizer, place, readers, "a post-processor");
}
