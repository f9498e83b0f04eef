/*
 * normalizer.h - the steps that change a text before it is cut.
 */
#ifndef TOKENIZER_NORMALIZER_H
#define TOKENIZER_NORMALIZER_H

#include "tokenizer/work.h"

struct regex;
struct charsmap;

enum normalizer_kind {
    NORMALIZER_BERT,
    NORMALIZER_UNICODE,    /* NFC, NFD, NFKC, NFKD */
    NORMALIZER_LOWERCASE,  /* each code point for itself */
    NORMALIZER_LOWER_TEXT, /* with the final sigma, as a whole text is lower-cased */
    NORMALIZER_STRIP,
    NORMALIZER_STRIP_ACCENTS,
    NORMALIZER_REPLACE,
    NORMALIZER_PREPEND,
    NORMALIZER_PRECOMPILED, /* SentencePiece's character map */
    NORMALIZER_NMT,
    NORMALIZER_BYTE_LEVEL,
};

struct normalizer {
    enum normalizer_kind kind;
    union {
        struct {
            bool clean_text, chinese_chars, strip_accents, lowercase;
            bool strip_follows; /* strip_accents is that of lowercase, for lack of a word */
        } bert;
        struct {
            bool compatibility, compose;
        } unicode;
        struct {
            bool left, right;
            bool spaces_only; /* U+0020, not all white space */
        } strip;
        struct {
            struct regex *regex; /* owned; NULL: `literal` */
            const char *literal, *content;
            uint32_t n_literal, n_content;
        } replace;
        struct {
            const char *text;
            uint32_t n_bytes;
        } prepend;
        struct charsmap *charsmap; /* owned */
    };
};

void normalizer_finish(struct normalizer *normalizer);

/* Change every split of work->text that is not an added token. */
emb_status normalizer_apply(const struct normalizer *normalizer, struct work *work);

/* The parts that need room of their own. */
rewrite_body bert_clean, bert_drop_marks, unicode_normalize;

/* The printable character that stands for a byte in byte-level vocabularies (GPT-2's table). */
uint32_t byte_level_char(unsigned char byte);
rewrite_body byte_level_rewrite;

#endif /* TOKENIZER_NORMALIZER_H */
