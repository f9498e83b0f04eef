/*
 * spm.h - SentencePiece models (Kudo & Richardson 2018), whatever file their pieces come from.
 *
 * A model alone is read as SentencePiece itself does (spm_finish): the character map replaces the
 * longest match, byte pair encoding joins whatever two neighbours spell a piece, by its score. One
 * that belongs to a tokenizer class is read as that class's tokenizer.json is (spm_finish_class):
 * the two differ at rare places, and a model has one tokenizer, whatever file it comes in.
 */
#ifndef TOKENIZER_SPM_H
#define TOKENIZER_SPM_H

#include "tokenizer/classes.h"

enum spm_type {
    SPM_NORMAL = 1,
    SPM_UNKNOWN = 2,
    SPM_CONTROL = 3, /* never found in a text */
    SPM_USER = 4,    /* always taken as a whole */
    SPM_UNUSED = 5,
    SPM_BYTE = 6,
};

/* How a class reads its model. */
struct spm_rules {
    enum class_kind kind;
    bool add_prefix_space;        /* a space before a text: "always", or false */
    bool first_alone;             /* before a text only, not after a special token too */
    bool lowercase, keep_accents; /* ALBERT */
};

struct spm {
    struct tokenizer *tokenizer;
    const struct spm_rules *rules; /* NULL: SentencePiece's own */
    bool is_unigram;               /* else byte pair encoding */
    bool add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces;
    bool byte_fallback;
    const void *charsmap; /* [n_charsmap] NULL: none */
    uint64_t n_charsmap;
    double *scores; /* [capacity] from the tokenizer's pool; NaN: not to be found */
    uint32_t n, capacity;
    uint32_t unknown; /* NO_ID until a piece of that type comes */
};

/* Make room for n pieces, with SentencePiece's default options. `spm` needs no finish. */
emb_status spm_init(struct spm *spm, struct tokenizer *tokenizer, uint32_t n);
/* The next piece; `text` is copied. `where` names it in errors. */
emb_status spm_add(struct spm *spm, const char *where, const char *text, uint64_t n_bytes,
                   double score, uint64_t type);
/* All is set: make the normalisers and the model; with rules as the class has them. */
emb_status spm_finish(struct spm *spm);
emb_status spm_finish_class(struct spm *spm);

/* The parts that both ways share. */
emb_status spm_add_replace(struct tokenizer *tokenizer, const char *literal, const char *pattern,
                           const char *content);

#endif /* TOKENIZER_SPM_H */
