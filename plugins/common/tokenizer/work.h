/*
 * work.h - the memory of one call: a text on its way through the steps, and its pieces.
 */
#ifndef TOKENIZER_WORK_H
#define TOKENIZER_WORK_H

#include "tokenizer/text.h"
#include "tokenizer/token_list.h"

struct regex_match;

#define NO_ID UINT32_MAX

struct split { /* [begin, end) of work.text */
    uint32_t begin, end;
    uint32_t id; /* an added token, or NO_ID: text still to be cut */
};

struct range { /* of a text that a pattern cuts: a match or what lies between two */
    uint32_t begin, end;
    bool is_match;
};

struct split_list {
    struct split *items;
    uint32_t n, capacity;
};

struct range_list {
    struct range *items;
    uint32_t n, capacity;
};

struct work {
    const struct emb_host *host;
    const char *name; /* of the tokenizer, for errors */
    bool at_start;    /* a sentence begins here: prefixes that open a text belong before it */
    bool at_boundary; /* or a word that white space precedes: so do those that open a word */
    bool by_word;     /* such prefixes stand for no byte of the text */
    struct text text, next;
    struct split_list splits, next_splits;
    struct range_list ranges;
    struct regex_match *match;
    struct token_list *list;
    /* Of the model's cut: see the models. */
    uint64_t *states;
    struct bpe_symbol *symbols;
    struct bpe_candidate *heap;
    struct unigram_node *nodes;
    char *spelling;
    char *word;               /* of encode_words: a word and its leading space */
    struct code_point *parts; /* of a Unicode normalisation */
    uint32_t states_capacity, symbols_capacity, heap_capacity, nodes_capacity, spelling_capacity,
        word_capacity, parts_capacity;
};

void work_init(struct work *work, const struct emb_host *host, const char *name,
               struct token_list *list);
void work_finish(struct work *work);

/* EMB_E_NOMEM, reported to the host. */
emb_status work_no_memory(const struct work *work);

emb_status split_push(struct work *work, struct split_list *list, uint32_t begin, uint32_t end,
                      uint32_t id);
emb_status range_push(struct work *work, uint32_t begin, uint32_t end, bool is_match);

/* A piece that stands for [begin, end) of work->text, begin < end. */
emb_status work_emit(struct work *work, uint32_t id, uint32_t begin, uint32_t end);
emb_status token_push(const struct work *work, struct token_list *list, struct emb_piece piece);

/* Replace work->text by what `body` writes for each split that is not an added token; those are
 * kept. */
typedef emb_status rewrite_body(struct work *work, struct rewrite *rewrite, const void *arg);
emb_status work_rewrite(struct work *work, rewrite_body *body, const void *arg);

#endif /* TOKENIZER_WORK_H */
