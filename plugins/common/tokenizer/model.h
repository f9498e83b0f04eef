/*
 * model.h - what cuts a pre-token into pieces of the vocabulary.
 */
#ifndef TOKENIZER_MODEL_H
#define TOKENIZER_MODEL_H

#include "tokenizer/pool.h"
#include "tokenizer/trie.h"
#include "tokenizer/vocab.h"
#include "tokenizer/work.h"

enum model_kind { MODEL_WORDPIECE, MODEL_WORDLEVEL, MODEL_BPE, MODEL_UNIGRAM };

/* WordPiece: the longest piece of the vocabulary that the rest of the word begins with, again and
 * again; one unknown piece for a word that cannot be cut so (Schuster & Nakajima 2012). */
struct wordpiece {
    uint32_t unknown;
    uint32_t max_chars; /* longer words are unknown */
    const char *prefix; /* of pieces that continue a word: "##" */
    uint32_t n_prefix;
    uint64_t prefix_state; /* of the hash after the prefix */
};

struct wordlevel {
    uint32_t unknown; /* NO_ID: such words are an error */
};

struct bpe_rule { /* one merge, by the two pieces it joins */
    uint32_t left, right;
    uint32_t rank; /* in the file's order; NO_ID in a free slot */
    uint32_t joined;
};

/* Byte pair encoding: of all neighbours that a rule joins, those of the lowest rank first, from the
 * left (Sennrich et al. 2016). */
struct bpe {
    struct bpe_rule *rules; /* [mask + 1] hash table, at most half full */
    uint32_t mask, n_rules;
    uint32_t unknown;            /* NO_ID: none */
    const char *prefix, *suffix; /* of pieces that continue, that end a word; NULL: none */
    uint32_t n_prefix, n_suffix;
    bool fuse_unknown, byte_fallback, ignore_merges;
    bool unknown_is_error; /* an unknown piece is named, but not in the vocabulary */
    /* SentencePiece joins by score and any two neighbours that spell a piece: rank is then the
     * piece's place in the order of falling scores. */
    bool by_spelling;
    uint32_t *ranks;         /* [n_ids], by_spelling */
    uint32_t byte_ids[256];  /* <0x00> ...; NO_ID where missing */
    uint32_t ascii_ids[128]; /* of the pieces that are one ASCII character; NO_ID where missing */
};

/* Unigram: the cut of the greatest sum of log probabilities (Kudo 2018), by Viterbi. */
struct unigram {
    struct trie trie;
    double *scores; /* [n_scores] by id; NaN: a piece that is not to be found */
    uint32_t n_scores;
    uint32_t unknown; /* NO_ID: none, such text is an error */
    double unknown_score;
    bool byte_fallback;
    bool fuse_unknown;
    bool single; /* sums are rounded to float, as SentencePiece has them: it decides ties */
    uint32_t byte_ids[256];
};

struct model {
    enum model_kind kind;
    struct vocab vocab;
    union {
        struct wordpiece wordpiece;
        struct wordlevel wordlevel;
        struct bpe bpe;
        struct unigram unigram;
    };
};

void model_init(struct model *model, const struct emb_host *host);
void model_finish(struct model *model);

/* Emit the pieces of [begin, end) of work->text, begin < end. */
emb_status model_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end);

/* WordPiece: prefix and vocabulary are set. */
void wordpiece_prepare(struct model *model);
emb_status wordpiece_cut(const struct model *model, struct work *work, uint32_t begin,
                         uint32_t end);

emb_status bpe_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end);
/* Make room for n_rules; add them in order of rank. EMB_E_NOMEM. */
emb_status bpe_reserve(struct model *model, struct pool *pool, uint32_t n_rules);
void bpe_add_rule(struct bpe *bpe, uint32_t left, uint32_t right, uint32_t joined);
/* The vocabulary is sealed: look up the ids of single characters and bytes. */
void bpe_prepare(struct model *model);

emb_status unigram_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end);
/* The vocabulary is sealed, scores are set. EMB_E_NOMEM. */
emb_status unigram_prepare(struct model *model);

/* Ids of the pieces <0x00> to <0xFF>; NO_ID where the vocabulary has none. */
void find_byte_ids(const struct vocab *vocab, uint32_t byte_ids[256]);

#endif /* TOKENIZER_MODEL_H */
