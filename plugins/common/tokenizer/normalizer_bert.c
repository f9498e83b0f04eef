/*
 * The normaliser of Devlin et al.'s BERT (2019): control characters dropped, white space to spaces,
 * Chinese characters set apart by spaces, accents removed.
 */
#include "base/unicode.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/unicode_then.h"

static bool is_dropped(uint32_t c)
{
    if (c == '\t' || c == '\n' || c == '\r') {
        return false;
    }
    /* Unassigned code points stay. */
    return c == 0 || c == UNICODE_REPLACEMENT ||
           (unicode_category(c) & (UNICODE_CC | UNICODE_CO)) || then_is_format(c);
}

static bool is_space(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || unicode_is_space(c);
}

static bool is_chinese(uint32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

emb_status bert_clean(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work;
    const struct normalizer *normalizer = arg;
    bool clean = normalizer->bert.clean_text;
    bool chinese = normalizer->bert.chinese_chars;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        uint32_t c = utf8_next(rewrite->old->bytes, &next);
        if (clean && is_dropped(c)) {
            rewrite_skip(rewrite, next - rewrite->at);
        } else if (clean && is_space(c)) {
            rewrite_put(rewrite, ' ', REWRITE_REPLACE);
        } else if (chinese && is_chinese(c)) {
            rewrite_put(rewrite, ' ', REWRITE_REPLACE);
            rewrite_put(rewrite, c, REWRITE_INSERT);
            rewrite_put(rewrite, ' ', REWRITE_INSERT);
        } else {
            rewrite_keep(rewrite, next - rewrite->at);
        }
    }
    return EMB_OK;
}

/* What is left of a canonical decomposition without its non-spacing marks. */
emb_status bert_drop_marks(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work, (void)arg;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        uint32_t c = utf8_next(rewrite->old->bytes, &next);
        if (then_is_nonspacing(c)) {
            rewrite_skip(rewrite, next - rewrite->at);
        } else {
            rewrite_keep(rewrite, next - rewrite->at);
        }
    }
    return EMB_OK;
}
