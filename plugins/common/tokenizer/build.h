/*
 * build.h - a tokenizer and how the readers of its file formats put one together.
 */
#ifndef TOKENIZER_BUILD_H
#define TOKENIZER_BUILD_H

#include "tokenizer/added.h"
#include "tokenizer/model.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/tokenizer.h"

struct id_list {
    uint32_t *items;
    uint32_t n, capacity;
};

#define MAX_STEPS 64 /* of a kind: real files have four at most */

struct tokenizer {
    const struct emb_host *host;
    const char *name; /* the file, for errors */
    struct pool pool;
    struct model model;
    struct added added;
    uint32_t n_normalizers, n_pre_tokenizers, n_trims;
    struct normalizer normalizers[MAX_STEPS];
    struct pre_tokenizer pre_tokenizers[MAX_STEPS];
    /* Byte-level post-processing takes the spaces off the offsets; true where a prefix space was
     * put before the text. */
    bool trims[MAX_STEPS];
    struct id_list before, after; /* the template's special pieces */
    uint32_t mask;                /* NO_ID: none is named */
    uint32_t max_pieces;          /* 0: not said */
    bool lowers_text;             /* before anything else, as sentence-transformers does */
};

/* An empty tokenizer; `name` is copied. EMB_E_NOMEM. */
emb_status tokenizer_create(const struct emb_host *host, const char *name,
                            struct tokenizer **ret_tokenizer);

/* The new step, zeroed, or NULL when there are too many (reported to the host, EMB_E_FORMAT). */
struct normalizer *add_normalizer(struct tokenizer *tokenizer, enum normalizer_kind kind);
struct pre_tokenizer *add_pre_tokenizer(struct tokenizer *tokenizer, enum pre_tokenizer_kind kind);
emb_status add_pattern(struct tokenizer *tokenizer, const char *pattern,
                       enum split_behavior behavior, bool invert);
emb_status add_byte_level(struct tokenizer *tokenizer, bool add_prefix_space, bool use_regex);
emb_status add_unicode_scripts(struct tokenizer *tokenizer);

/* `token.text` is copied. */
emb_status add_token(struct tokenizer *tokenizer, struct added_token token);
emb_status add_id(struct tokenizer *tokenizer, struct id_list *list, uint32_t id);

/* A merge rule of a BPE model by its two spellings. The joined piece is the left one and the right
 * one without the prefix of continuing pieces. False where a piece is not in the vocabulary. */
bool add_merge(struct tokenizer *tokenizer, const char *left, uint32_t n_left, const char *right,
               uint32_t n_right);

/* All is set: build what speeds the search for added tokens. */
emb_status tokenizer_finish(struct tokenizer *tokenizer);

struct settings;        /* settings.h */
struct tokenizer_class; /* classes.h */

/* The readers. tokenizer.json with what the files beside it say of it; class NULL: none that is
 * known. */
emb_status read_tokenizer_json(const struct emb_host *host, const char *path,
                               const struct settings *settings, const struct tokenizer_class *class,
                               struct tokenizer **ret_tokenizer);
/* The same alone, from memory; `name` is for errors. */
emb_status read_tokenizer_json_text(const struct emb_host *host, const char *name, const char *text,
                                    uint64_t n_bytes, struct tokenizer **ret_tokenizer);
/* A SentencePiece model alone, as SentencePiece itself reads it: nothing stands around a text. */
emb_status read_sentencepiece(const struct emb_host *host, const char *path,
                              struct tokenizer **ret_tokenizer);
emb_status read_sentencepiece_bytes(const struct emb_host *host, const char *name,
                                    const void *bytes, uint64_t n_bytes,
                                    struct tokenizer **ret_tokenizer);

#endif /* TOKENIZER_BUILD_H */
