/*
 * text.h - sentences whose probability is asked for: the lines of a text file, or the sentences
 * of a tagged corpus with their tokens.
 */
#ifndef SUITES_LM_TEXT_H
#define SUITES_LM_TEXT_H

#include "data/wsd_data.h"
#include "suites/suite.h"

struct lm_sentence {
    const char *text; /* not NUL-terminated */
    uint32_t n_bytes;
    const struct emb_span *tokens; /* [n_tokens] of a tagged corpus; NULL: running text */
    uint32_t n_tokens;
    uint32_t document; /* of a tagged corpus: its number in data->documents */
    uint64_t line; /* of the file, or the sentence's number in the corpus; from 1 */
};

struct lm_text {
    char *name;
    struct lm_sentence *sentences; /* [n] none is empty */
    uint32_t n;
    size_t capacity;
    struct str bytes;      /* holds the lines */
    struct wsd_data *data; /* or this the sentences */
};

/* All data sets of the request; by default the usage examples of WordNet. Free each by
 * lm_text_finish, and the array. ERR_REQUEST names file and line. */
int lm_texts_read(const struct suite_request *request, struct lm_text **ret_texts, uint32_t *ret_n);
void lm_text_finish(struct lm_text *text);

/* Words that begin at bytes [from, to) of the sentence: tokens, or what stands between white space.
 */
uint32_t lm_count_words(const struct lm_sentence *sentence, uint32_t from, uint32_t to);

#endif /* SUITES_LM_TEXT_H */
