/*
 * json_tokenizer.h - the parts of the reader of tokenizer.json. Each reads one place of the file
 * into the tokenizer; what is not known there is refused by its name.
 */
#ifndef TOKENIZER_JSON_TOKENIZER_H
#define TOKENIZER_JSON_TOKENIZER_H

#include "base/json.h"
#include "tokenizer/build.h"

/* Fail unless every member of the object is in `known`, a list of words. */
emb_status json_only(const struct json *object, const char *known);

emb_status read_normalizer(struct tokenizer *tokenizer, const struct json *place);
emb_status read_pre_tokenizer(struct tokenizer *tokenizer, const struct json *place);
emb_status read_post_processor(struct tokenizer *tokenizer, const struct json *place);
emb_status read_model(struct tokenizer *tokenizer, const struct json *place);

struct step_reader {
    const char *type;
    const char *members; /* besides "type" */
    emb_status (*read)(struct tokenizer *tokenizer, const struct json *place);
};

/* Give the place to the reader of its "type". */
emb_status read_step(struct tokenizer *tokenizer, const struct json *place,
                     const struct step_reader *readers, size_t n_readers, const char *what);

#define READ_STEP(tokenizer, place, readers, what)                                                 \
    read_step(tokenizer, place, readers, sizeof(readers) / sizeof *(readers), what)

/* {"String": "..."} or {"Regex": "..."}: a literal, or an owned regex; the other one is NULL. */
emb_status read_pattern(struct tokenizer *tokenizer, const struct json *place,
                        const char **ret_literal, uint32_t *ret_n_literal,
                        struct regex **ret_regex);

/* The elements of a Sequence, each given to `read`. */
emb_status read_sequence(struct tokenizer *tokenizer, const struct json *place, const char *member,
                         emb_status (*read)(struct tokenizer *, const struct json *));

/* {"piece": 0, ...} into the model's vocabulary, sealed. */
emb_status read_vocab_object(struct tokenizer *tokenizer, const struct json *vocab);

#endif /* TOKENIZER_JSON_TOKENIZER_H */
