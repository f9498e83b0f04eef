/*
 * token_list.h - pieces of a text, as a tokenizer gives them.
 */
#ifndef TOKENIZER_TOKEN_LIST_H
#define TOKENIZER_TOKEN_LIST_H

#include "embedder.h"

struct token_list {          /* grows; reuse it from call to call, token_list_finish at the end */
    struct emb_piece *items; /* {begin, end, id, word}; special pieces: begin == end, no word */
    uint32_t n, capacity;
};

void token_list_finish(struct token_list *list);

#endif /* TOKENIZER_TOKEN_LIST_H */
