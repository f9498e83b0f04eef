/*
 * pre_tokenizer.h - the steps that cut a text before the model does.
 */
#ifndef TOKENIZER_PRE_TOKENIZER_H
#define TOKENIZER_PRE_TOKENIZER_H

#include "tokenizer/work.h"

struct regex;

enum pre_tokenizer_kind {
    PRE_BERT,
    PRE_BYTE_LEVEL,
    PRE_METASPACE,
    PRE_WHITESPACE,       /* \w+|[^\w\s]+ */
    PRE_WHITESPACE_SPLIT, /* removed */
    PRE_PUNCTUATION,
    PRE_DIGITS,
    PRE_SPLIT,
    PRE_CHAR_DELIMITER,
    PRE_UNICODE_SCRIPTS,
    PRE_FIXED_LENGTH,
};

/* What becomes of a match. */
enum split_behavior {
    SPLIT_REMOVED,
    SPLIT_ISOLATED,
    SPLIT_MERGED_WITH_PREVIOUS,
    SPLIT_MERGED_WITH_NEXT,
    SPLIT_CONTIGUOUS,
};

enum prepend_scheme { PREPEND_ALWAYS, PREPEND_FIRST, PREPEND_NEVER };

struct pre_tokenizer {
    enum pre_tokenizer_kind kind;
    enum split_behavior behavior; /* PUNCTUATION, SPLIT */
    bool invert;                  /* SPLIT: what lies between matches counts as match */
    bool add_prefix_space;        /* BYTE_LEVEL */
    bool split;                   /* METASPACE: cut before each replacement */
    bool individual;              /* DIGITS: each on its own */
    enum prepend_scheme prepend;  /* METASPACE */
    uint32_t c;                   /* METASPACE: the replacement; CHAR_DELIMITER */
    uint32_t length;              /* FIXED_LENGTH, code points, >= 1 */
    struct regex *regex;          /* owned. SPLIT (NULL: literal), BYTE_LEVEL (NULL: no cut),
                                     UNICODE_SCRIPTS */
    const char *literal;          /* SPLIT */
    uint32_t n_literal;
};

void pre_tokenizer_finish(struct pre_tokenizer *step);

/* Cut every split of work->text that is not an added token. */
emb_status pre_tokenizer_apply(const struct pre_tokenizer *step, struct work *work);

/* GPT-2's pattern (Radford et al. 2019), that of ByteLevel. */
extern const char byte_level_pattern[];
/* Qwen2's (Yang et al. 2024): digits one by one, contractions in any case. */
extern const char qwen2_pattern[];

#endif /* TOKENIZER_PRE_TOKENIZER_H */
