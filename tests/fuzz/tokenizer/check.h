/*
 * check.h - what must hold of the pieces of any text: spans in order within the text, ids that the
 * tokenizer has. A breach aborts.
 */
#ifndef FUZZ_TOKENIZER_CHECK_H
#define FUZZ_TOKENIZER_CHECK_H

#include "tokenizer/tokenizer.h"

#include <stdlib.h>

static inline void require(bool good)
{
    if (!good) {
        abort();
    }
}

static inline void check_text(const struct tokenizer *tokenizer, const char *text, uint32_t n,
                              struct token_list *list)
{
    if (tokenizer_encode(tokenizer, text, n, TOKENIZER_SPECIAL, list) == EMB_OK) {
        for (uint32_t i = 0; i < list->n; i++) {
            const struct emb_piece *piece = &list->items[i];
            require(piece->begin <= piece->end && piece->end <= n && piece->word == EMB_NO_WORD);
        }
    }
    /* The same text as words, cut at its bytes ' '. */
    struct emb_span words[64];
    uint32_t n_words = 0;
    for (uint32_t at = 0; at < n && n_words < 64;) {
        uint32_t begin = at;
        while (at < n && text[at] != ' ') {
            at++;
        }
        if (at > begin) {
            words[n_words++] = (struct emb_span){begin, at};
        }
        at++;
    }
    if (tokenizer_encode_words(tokenizer, text, words, n_words, 0, list) == EMB_OK) {
        for (uint32_t i = 0; i < list->n; i++) {
            const struct emb_piece *piece = &list->items[i];
            require(piece->begin <= piece->end && piece->end <= n);
            require(piece->word == EMB_NO_WORD || (piece->begin >= words[piece->word].begin &&
                                                   piece->end <= words[piece->word].end));
        }
    }
}

#endif /* FUZZ_TOKENIZER_CHECK_H */
