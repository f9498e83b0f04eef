/* Applies normalisers one after the other. */
#include "tokenizer/normalizer.h"

#include "base/regex.h"
#include "base/try.h"
#include "base/unicode.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/unicode_then.h"

#include <stdlib.h>
#include <string.h>

void normalizer_finish(struct normalizer *normalizer)
{
    if (normalizer->kind == NORMALIZER_REPLACE) {
        regex_free(normalizer->replace.regex);
    } else if (normalizer->kind == NORMALIZER_PRECOMPILED) {
        charsmap_destroy(normalizer->charsmap);
    }
}

static emb_status lowercase(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work, (void)arg;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        uint32_t lower[2];
        unsigned n = unicode_lower(utf8_next(rewrite->old->bytes, &next), lower);
        for (unsigned i = 0; i < n; i++) {
            rewrite_put(rewrite, lower[i], i ? REWRITE_INSERT : REWRITE_REPLACE);
        }
    }
    return EMB_OK;
}

/* The whole is lower-cased first, for what stands around a sigma; a code point gives as many in it
 * as alone. */
static emb_status lower_text(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)arg;
    uint32_t n = rewrite->end - rewrite->at;
    char *lower = malloc(EMB_LOWER_ROOM((size_t)n) + 1);
    if (!lower) {
        return work_no_memory(work);
    }
    utf8_lower(rewrite->old->bytes + rewrite->at, n, lower);
    for (uint32_t from = 0; rewrite->at < rewrite->end && !rewrite->failed;) {
        uint32_t next = rewrite->at;
        uint32_t alone[2];
        unsigned n_parts = unicode_lower(utf8_next(rewrite->old->bytes, &next), alone);
        for (unsigned i = 0; i < n_parts; i++) {
            rewrite_put(rewrite, utf8_next(lower, &from), i ? REWRITE_INSERT : REWRITE_REPLACE);
        }
    }
    free(lower);
    return EMB_OK;
}

static bool is_stripped(uint32_t c, bool spaces_only)
{
    return c == ' ' || (!spaces_only && unicode_is_space(c));
}

static emb_status strip(struct work *work, struct rewrite *rewrite, const void *arg)
{
    const struct normalizer *normalizer = arg;
    const char *bytes = rewrite->old->bytes;
    uint32_t end = rewrite->end;
    /* Where a text begins inside a sentence, the space before it is the sentence's. */
    bool left = normalizer->strip.left && work->at_start;
    bool spaces_only = normalizer->strip.spaces_only;
    for (uint32_t at = rewrite->at;
         left && at < end && is_stripped(utf8_next(bytes, &at), spaces_only);) {
        rewrite_skip(rewrite, at - rewrite->at);
    }
    while (normalizer->strip.right && end > rewrite->at) {
        uint32_t before = utf8_back(bytes, end);
        uint32_t at = before;
        if (!is_stripped(utf8_next(bytes, &at), spaces_only)) {
            break;
        }
        end = before;
    }
    rewrite_keep(rewrite, end - rewrite->at);
    return EMB_OK;
}

static emb_status strip_accents(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work, (void)arg;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        uint32_t c = utf8_next(rewrite->old->bytes, &next);
        if (then_is_mark(c)) {
            rewrite_skip(rewrite, next - rewrite->at);
        } else {
            rewrite_keep(rewrite, next - rewrite->at);
        }
    }
    return EMB_OK;
}

/* The next match of a Replace at or after `from`: REGEX_FOUND, REGEX_NONE or a negative status. */
static int32_t find_next(const struct normalizer *normalizer, struct work *work,
                         const struct rewrite *rewrite, uint32_t from, uint32_t *ret_begin,
                         uint32_t *ret_end)
{
    const char *text = rewrite->old->bytes + rewrite->begin;
    uint32_t n = rewrite->end - rewrite->begin;
    if (normalizer->replace.regex) {
        if (!work->match && !(work->match = regex_match_create())) {
            return work_no_memory(work);
        }
        return regex_find(normalizer->replace.regex, work->match, text, n, from, ret_begin,
                          ret_end);
    }
    const char *found =
        memmem(text + from, n - from, normalizer->replace.literal, normalizer->replace.n_literal);
    if (!found) {
        return REGEX_NONE;
    }
    *ret_begin = (uint32_t)(found - text);
    *ret_end = *ret_begin + normalizer->replace.n_literal;
    return REGEX_FOUND;
}

static emb_status replace(struct work *work, struct rewrite *rewrite, const void *arg)
{
    const struct normalizer *normalizer = arg;
    uint32_t from = 0;
    uint32_t begin;
    uint32_t end;
    int32_t found = REGEX_NONE;
    while (from < rewrite->end - rewrite->begin && !rewrite->failed &&
           (found = find_next(normalizer, work, rewrite, from, &begin, &end)) == REGEX_FOUND) {
        begin += rewrite->begin;
        end += rewrite->begin;
        rewrite_keep(rewrite, begin - rewrite->at);
        rewrite_skip(rewrite, end - begin);
        rewrite_put_text(rewrite, normalizer->replace.content, normalizer->replace.n_content,
                         REWRITE_INSERT);
        if (begin == end && end < rewrite->end) { /* an empty match: go on one code point later */
            uint32_t next = end;
            utf8_next(rewrite->old->bytes, &next);
            rewrite_keep(rewrite, next - end);
        } else if (begin == end) {
            break;
        }
        from = rewrite->at - rewrite->begin;
    }
    if (found < 0) {
        return found;
    }
    rewrite_keep(rewrite, rewrite->end - rewrite->at);
    return EMB_OK;
}

static emb_status prepend(struct work *work, struct rewrite *rewrite, const void *arg)
{
    const struct normalizer *normalizer = arg;
    if (rewrite->at < rewrite->end) {
        rewrite_put_prefix(rewrite, normalizer->prepend.text, normalizer->prepend.n_bytes,
                           work->by_word);
        rewrite_keep(rewrite, rewrite->end - rewrite->at);
    }
    return EMB_OK;
}

/* What SentencePiece's normaliser for machine translation drops (-1) or takes for a space (' ');
 * anything else it keeps. */
static int32_t nmt_map(uint32_t c)
{
    if ((c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F ||
        c == 0x9F) {
        return -1;
    }
    if (c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
        (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
        c == 0xFFFD) {
        return ' ';
    }
    return (int32_t)c;
}

static emb_status nmt(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work, (void)arg;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        int32_t c = nmt_map(utf8_next(rewrite->old->bytes, &next));
        if (c < 0) {
            rewrite_skip(rewrite, next - rewrite->at);
        } else {
            rewrite_put(rewrite, (uint32_t)c, REWRITE_REPLACE);
        }
    }
    return EMB_OK;
}

uint32_t byte_level_char(unsigned char byte)
{
    if ((byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE) {
        return byte;
    }
    /* The others follow in order from U+0100: 0-32, 127-160, 173. */
    return 0x100u + (byte <= 32 ? byte : byte <= 160 ? byte - 127u + 33u : 67u);
}

emb_status byte_level_rewrite(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work, (void)arg;
    const char *bytes = rewrite->old->bytes;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t begin = rewrite->at;
        uint32_t next = begin;
        utf8_next(bytes, &next);
        for (uint32_t i = begin; i < next; i++) {
            rewrite_put(rewrite, byte_level_char((unsigned char)bytes[i]),
                        i == begin ? REWRITE_REPLACE : REWRITE_INSERT);
        }
    }
    return EMB_OK;
}

/* The commonest text, ASCII without control characters, needs no second copy. */
static bool lower_ascii(struct work *work, bool clean_text)
{
    struct text *text = &work->text;
    if (ascii_prefix(text->bytes, text->n) < text->n) {
        return false;
    }
    for (uint32_t i = 0; clean_text && i < text->n; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
            return false;
        }
    }
    for (uint32_t s = 0; s < work->splits.n; s++) {
        const struct split *split = &work->splits.items[s];
        for (uint32_t i = split->begin; split->id == NO_ID && i < split->end; i++) {
            char c = text->bytes[i];
            c = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
            text->bytes[i] = clean_text && c < ' ' ? ' ' : c;
        }
    }
    return true;
}

static emb_status apply_bert(const struct normalizer *normalizer, struct work *work)
{
    if (normalizer->bert.lowercase && lower_ascii(work, normalizer->bert.clean_text)) {
        return EMB_OK;
    }
    if (normalizer->bert.clean_text || normalizer->bert.chinese_chars) {
        TRY(work_rewrite(work, bert_clean, normalizer));
    }
    if (normalizer->bert.strip_accents) {
        static const struct normalizer nfd = {.kind = NORMALIZER_UNICODE};
        TRY(work_rewrite(work, unicode_normalize, &nfd));
        TRY(work_rewrite(work, bert_drop_marks, normalizer));
    }
    if (normalizer->bert.lowercase) {
        TRY(work_rewrite(work, lowercase, normalizer));
    }
    return EMB_OK;
}

static bool is_ascii(const struct work *work)
{
    return ascii_prefix(work->text.bytes, work->text.n) == work->text.n;
}

emb_status normalizer_apply(const struct normalizer *normalizer, struct work *work)
{
    switch (normalizer->kind) {
    case NORMALIZER_BERT:
        return apply_bert(normalizer, work);
    case NORMALIZER_UNICODE:
        return is_ascii(work) ? EMB_OK : work_rewrite(work, unicode_normalize, normalizer);
    case NORMALIZER_LOWERCASE:
        return lower_ascii(work, false) ? EMB_OK : work_rewrite(work, lowercase, normalizer);
    case NORMALIZER_LOWER_TEXT:
        return lower_ascii(work, false) ? EMB_OK : work_rewrite(work, lower_text, normalizer);
    case NORMALIZER_STRIP:
        return work_rewrite(work, strip, normalizer);
    case NORMALIZER_STRIP_ACCENTS:
        return is_ascii(work) ? EMB_OK : work_rewrite(work, strip_accents, normalizer);
    case NORMALIZER_REPLACE:
        return work_rewrite(work, replace, normalizer);
    case NORMALIZER_PREPEND:
        return work->at_start ? work_rewrite(work, prepend, normalizer) : EMB_OK;
    case NORMALIZER_PRECOMPILED:
        return work_rewrite(work, charsmap_normalize, normalizer->charsmap);
    case NORMALIZER_NMT:
        return work_rewrite(work, nmt, normalizer);
    case NORMALIZER_BYTE_LEVEL:
        return work_rewrite(work, byte_level_rewrite, normalizer);
    }
    return EMB_E_INTERNAL;
}
