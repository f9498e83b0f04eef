/*
 * classes.h - the tokenizer classes that are known by name: how each is read from the files that
 * came before tokenizer.json, with its special tokens, its normaliser, its pattern and what it puts
 * around a text.
 *
 * A class is what tokenizer_config.json (else config.json) calls tokenizer_class, else the one that
 * model_type comes with. One that is not known is refused by its name.
 */
#ifndef TOKENIZER_CLASSES_H
#define TOKENIZER_CLASSES_H

#include "tokenizer/build.h"
#include "tokenizer/settings.h"

enum class_kind {
    CLASS_BERT, /* WordPiece */
    CLASS_GPT2, /* byte level from here */
    CLASS_ROBERTA,
    CLASS_QWEN2,
    CLASS_NEOX,
    CLASS_ALBERT, /* SentencePiece from here */
    CLASS_XLM_ROBERTA,
    CLASS_CAMEMBERT,
    CLASS_LLAMA,
    CLASS_GEMMA,
};

struct tokenizer_class {
    enum class_kind kind;
    const char *names;          /* words, without "Fast" */
    const char *model_types;    /* words */
    const char *files[2][2];    /* what it is read from, in order of preference; a second NULL: one
                                   file alone */
    const char *roles[N_ROLES]; /* its special tokens where no file names others */
    bool mask_lstrip;           /* the mask takes the white space before it along */
    bool wraps;    /* cls … sep; else bos … eos as add_bos_token, add_eos_token say */
    bool adds_bos; /* where add_bos_token is not said */
};

/* The class of a folder. *ret_class NULL: one that is read from tokenizer.json alone (its name, as
 * the folder has it, in *ret_name; NULL where no file says anything). EMB_E_UNSUPPORTED: a class
 * that is known to be read from other files than those known here. */
emb_status class_of(const struct settings *settings, const struct tokenizer_class **ret_class,
                    const char **ret_name);

/* A tokenizer of this class from the files of the folder. EMB_E_IO: they are not there. */
emb_status read_class(const struct emb_host *host, const struct settings *settings,
                      const struct tokenizer_class *class, struct tokenizer **ret_tokenizer);

/* The special tokens of a tokenizer, once they are among its added tokens. */
struct role_tokens {
    uint32_t ids[N_ROLES]; /* NO_ID: there is none */
};

/* Put what the files name beside the vocabulary among the added tokens: the decoder's (or
 * added_tokens.json's), then the special ones, each with its id. class NULL: without a class's own.
 * The model's vocabulary is sealed, the added tokens are not yet. */
emb_status add_named_tokens(struct tokenizer *tokenizer, const struct settings *settings,
                            const struct tokenizer_class *class, struct role_tokens *ret_roles);

/* What tokenizer_config.json says otherwise than tokenizer.json: the options that the class lets
 * win are taken over, others that contradict it are refused. Before tokenizer_finish. */
emb_status apply_settings(struct tokenizer *tokenizer, const struct settings *settings,
                          const struct tokenizer_class *class, const struct role_tokens *roles);

/* The parts by kind of class: model, normaliser and pre-tokeniser from the file(s). */
emb_status build_wordpiece(struct tokenizer *tokenizer, const struct settings *settings,
                           const char *path);
emb_status finish_wordpiece(struct tokenizer *tokenizer, uint32_t unknown);
emb_status build_byte_level(struct tokenizer *tokenizer, const struct settings *settings,
                            const struct tokenizer_class *class, const char *vocab_path,
                            const char *merges_path);
emb_status build_sentencepiece(struct tokenizer *tokenizer, const struct settings *settings,
                               const struct tokenizer_class *class, const char *path);

/* The file readers below them. */
emb_status read_vocab_txt(struct tokenizer *tokenizer, const char *path);
emb_status read_vocab_json(struct tokenizer *tokenizer, const char *path);
emb_status read_merges_txt(struct tokenizer *tokenizer, const char *path);

#endif /* TOKENIZER_CLASSES_H */
