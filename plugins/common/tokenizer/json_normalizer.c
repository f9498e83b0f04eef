/* Reads "normalizer" of tokenizer.json. */
#include "base/regex.h"
#include "base/try.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/json_tokenizer.h"

#include <stdlib.h>
#include <string.h>

/* A text that the tokenizer keeps. */
static emb_status keep_text(struct tokenizer *tokenizer, const struct json *place, const char *key,
                            const char **ret_text, uint32_t *ret_n)
{
    const char *text;
    uint64_t n_bytes = 0;
    TRY(json_get_text(place, key, &text, &n_bytes));
    if (n_bytes > UINT16_MAX) {
        return json_fail(place, "%s is longer than %d bytes", key, UINT16_MAX);
    }
    *ret_text = pool_copy(&tokenizer->pool, text, n_bytes);
    *ret_n = (uint32_t)n_bytes;
    return *ret_text ? EMB_OK : EMB_E_NOMEM;
}

static emb_status read_bert_normalizer(struct tokenizer *tokenizer, const struct json *place)
{
    struct normalizer *step = add_normalizer(tokenizer, NORMALIZER_BERT);
    if (!step) {
        return EMB_E_FORMAT;
    }
    step->bert.clean_text = step->bert.chinese_chars = step->bert.lowercase = true;
    TRY(json_opt_bool(place, "clean_text", &step->bert.clean_text));
    TRY(json_opt_bool(place, "handle_chinese_chars", &step->bert.chinese_chars));
    TRY(json_opt_bool(place, "lowercase", &step->bert.lowercase));
    struct json says;
    step->bert.strip_follows = !json_has(place, "strip_accents", &says);
    step->bert.strip_accents = step->bert.lowercase; /* unless it says so itself */
    return json_opt_bool(place, "strip_accents", &step->bert.strip_accents);
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
    TRY(json_opt_bool(place, "strip_left", &step->strip.left));
    return json_opt_bool(place, "strip_right", &step->strip.right);
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
    TRY(read_pattern(tokenizer, place, &step->replace.literal, &step->replace.n_literal,
                     &step->replace.regex));
    return keep_text(tokenizer, place, "content", &step->replace.content, &step->replace.n_content);
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
