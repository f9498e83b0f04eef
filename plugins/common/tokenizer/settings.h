/*
 * settings.h - what a model folder says of its tokenizer beside the vocabulary.
 *
 *   tokenizer_config.json        tokenizer_class, its options, special tokens; added_tokens_decoder
 *   special_tokens_map.json      special tokens, of versions before added_tokens_decoder
 *   added_tokens.json            spellings and ids, of the same versions
 *   config.json                  tokenizer_class and model_type
 *   sentence_bert_config.json    do_lower_case, max_seq_length (or sentence_roberta_config.json …)
 *
 * Who wins is as in the transformers library: where tokenizer_config.json has an
 * added_tokens_decoder, the second and the third file are not read; where it has none, the second
 * wins over the first.
 */
#ifndef TOKENIZER_SETTINGS_H
#define TOKENIZER_SETTINGS_H

#include "base/json.h"
#include "tokenizer/added.h"

enum token_role {
    ROLE_BOS,
    ROLE_EOS,
    ROLE_UNKNOWN,
    ROLE_SEP,
    ROLE_PAD,
    ROLE_CLS,
    ROLE_MASK,
    N_ROLES,
};

/* An option of tokenizer_config.json. */
enum flag { FLAG_ABSENT, FLAG_NULL, FLAG_FALSE, FLAG_TRUE };

struct settings {
    const struct emb_host *host;
    char *folder;
    struct json_file *config, *map, *added, *model, *sentence; /* NULL: there is none */
    bool is_sentence_model; /* modules.json or `sentence` is there */
    bool has_decoder;       /* added_tokens_decoder */
    const char *class_name; /* NULL: none is named */
    const char *class_file; /* that names it */
    const char *model_type; /* NULL: no config.json */
};

/* Read the files of `folder` that are there. settings_finish also after a failure. */
emb_status settings_load(const struct emb_host *host, const char *folder,
                         struct settings *ret_settings);
void settings_finish(struct settings *settings);

/* FOLDER/NAME from malloc if there is such a file, else NULL. */
char *settings_file(const char *folder, const char *name);

/* True or false, or absent or null; anything else is an error. */
emb_status settings_flag(const struct settings *settings, const char *key, enum flag *ret_flag);
/* The same with a value for where it is absent or null. */
emb_status settings_bool(const struct settings *settings, const char *key, bool *value);

const char *role_key(enum token_role role); /* "bos_token" */
/* The special token that a file names; false where none does or names null (*ret_is_null). Text
 * and flags are those of the file, which `settings` keeps; with_flags: it gives them itself. */
emb_status settings_role(const struct settings *settings, enum token_role role,
                         struct added_token *ret_token, bool *ret_named, bool *ret_is_null,
                         bool *ret_with_flags);

/* An object's content and flags. */
emb_status read_token_flags(const struct json *place, struct added_token *token);

/* Pieces of a sequence at most, special ones included: max_seq_length of a sentence model, or its
 * model_max_length where it has none. 0: not said. */
emb_status settings_max_pieces(const struct settings *settings, uint32_t *ret_max);
/* Whether a sentence model lower-cases the text itself, before anything else. */
emb_status settings_lowers_text(const struct settings *settings, bool *ret_lowers);

#endif /* TOKENIZER_SETTINGS_H */
