/*
 * added.h - tokens that are taken out of a text before anything else happens to it.
 */
#ifndef TOKENIZER_ADDED_H
#define TOKENIZER_ADDED_H

#include "tokenizer/trie.h"
#include "tokenizer/vocab.h"
#include "tokenizer/work.h"

struct added_token {
    const char *text; /* owned by the tokenizer's pool */
    uint32_t n_bytes, id;
    bool single_word; /* only where no word character is next to it */
    bool lstrip;      /* with the white space before it */
    bool rstrip;      /* with the white space after it */
    bool normalized;  /* found in the normalised text, itself normalised */
    bool special;
    bool verbatim; /* with `normalized`: its spelling is the normalised one already */
};

struct added {
    struct added_token *items;
    uint32_t n, capacity;
    struct vocab vocab;
    struct trie raw;        /* values: index into items */
    struct trie normalized; /* of the normalised spellings */
};

void added_finish(struct added *added);

/* Cut the tokens of one of the two kinds out of work->splits. */
emb_status added_cut(const struct added *added, struct work *work, bool normalized);

#endif /* TOKENIZER_ADDED_H */
