/*
 * explain.h - what explain*.c share: what was asked, and what one embedder had to say to it.
 */
#ifndef COMMANDS_EXPLAIN_EXPLAIN_H
#define COMMANDS_EXPLAIN_EXPLAIN_H

#include "base/json_write.h"
#include "commands/command.h"
#include "data/digest.h"
#include "data/wordnet.h"
#include "plugin/open.h"

struct explain_sentence {
    char *text;           /* without the marks of its target */
    struct emb_span word; /* the target: bytes of text */
};

struct explain_sense {
    const struct wordnet_sense *sense;
    char *label;                    /* "n1": part of speech and number */
    char *definition;               /* of WordNet */
    struct explain_sentence *texts; /* [n_texts] whose words stand for the sense: first */
    uint32_t n_texts;               /* "LEMMA : DEFINITION", then examples that hold the word */
};

/* Filled by explain_ask, freed by explain_question_finish. */
struct explain_question {
    const char *word;
    struct explain_sentence *sentences; /* [n_sentences] */
    uint32_t n_sentences;
    struct wordnet *wordnet;
    struct explain_sense *senses; /* [n_senses] */
    uint32_t n_senses;
    const char *stages; /* --stages; NULL = all */
    const char *at;     /* --at: the stage of which more is shown; NULL = the farthest */
    uint32_t top;       /* words and pieces to show of a distribution */
};

/* Something a target can look at: a word or a sign of its text, or a special piece. */
struct explain_key {
    char *text;           /* "river", "[CLS]" */
    struct emb_span span; /* in the text that the model was shown; empty for a special piece */
    bool is_target;
    bool is_other_word; /* counts for the strongest head; see attention.c */
};

/* The attention that the target pays in one sentence; rows add up to 1. */
struct explain_attention {
    char *text; /* that the model was shown */
    struct explain_key *keys;
    uint32_t n_keys, n_blocks; /* no keys: the target is beyond the model's window */
    double *mean;              /* [n_blocks, n_keys] heads averaged */
    double *strongest;         /* [n_blocks, n_keys] of the head that looks hardest at one word */
    uint32_t *head;            /* [n_blocks] that head, 1.. */
    double *overall;           /* [n_keys] blocks and heads averaged */
};

struct explain_piece {
    char *text;
    double probability;
    uint64_t rank; /* 1.. */
};

/* What the model expects at a place. */
struct explain_prediction {
    char *place; /* "after \"bank\" alone" */
    struct explain_piece *top;
    uint32_t n_top;
    struct explain_piece actual; /* what stands there; text NULL = unknown */
    double entropy;              /* bits */
    uint64_t n_pieces;
};

/* All of one embedder; it may be closed. Sentences whose word it does not know have no cosines:
 * NAN. */
struct explanation {
    char *name, *kind;
    uint32_t dim, n_stages;
    bool is_static;
    struct stage *stages;  /* [n_stages] owned */
    uint8_t *status;       /* [n_sentences] EMB_WORD_* */
    double *cosines;       /* [n_stages, n_sentences, n_sentences]; 1 for rows of equal bytes */
    double *sense_cosines; /* [n_stages, n_sentences, n_senses] of the nearest text */
    bool *identical;       /* [n_stages] the rows of all sentences are equal byte by byte */
    uint32_t shown;        /* the stage of which more is shown */
    bool has_attention, has_lm, weights_known;
    struct explain_attention *attention;    /* [n_sentences] if has_attention */
    struct explain_prediction *predictions; /* [n_predictions] */
    uint32_t n_predictions;
    char weights_before[DIGEST_TEXT_BYTES], weights_after[DIGEST_TEXT_BYTES];
};

/* ask.c: the command line's word, sentences and senses. Finish after failure too. */
int explain_ask(const struct args *args, struct explain_question *q);
void explain_question_finish(struct explain_question *q);

/* gather.c: zero-initialise e; finish after failure too. */
int explain_gather(const struct explain_question *q, struct embedder *embedder,
                   struct explanation *e);
void explanation_finish(const struct explain_question *q, struct explanation *e);

/* Of the word in sentences a and b, of the word in a sentence and one of its senses; NAN: one has no
 * vector. */
double explain_cosine(const struct explain_question *q, const struct explanation *e, uint32_t stage,
                      uint32_t a, uint32_t b);
double explain_sense_cosine(const struct explain_question *q, const struct explanation *e,
                            uint32_t stage, uint32_t sentence, uint32_t sense);
/* Over all pairs of sentences; NAN if there is none. */
double explain_mean_cosine(const struct explain_question *q, const struct explanation *e,
                           uint32_t stage);

struct explain_nearest {
    uint32_t sense; /* the lowest of those that tie */
    uint32_t ties;  /* senses as near as that one, within 1e-6; 0: there are none, or no vector */
    double cosine;
    uint32_t second; /* the runner-up; n_senses: there is none */
    double margin;   /* by which it lies farther off; NAN */
};

/* The sense nearest to the word in a sentence. */
struct explain_nearest explain_nearest(const struct explain_question *q,
                                       const struct explanation *e, uint32_t stage,
                                       uint32_t sentence);
bool explain_frozen(const struct explanation *e); /* are the weights known not to have changed? */
/* Do all sentences have one nearest sense at a stage, and not all the same? */
bool explain_distinguished_at(const struct explain_question *q, const struct explanation *e,
                              uint32_t stage);
/* The same at the shown stage. */
bool explain_distinguished(const struct explain_question *q, const struct explanation *e);
/* The first stage of the forward pass from which on, to its end, they are; n_stages: there is none.
 */
uint32_t explain_parted_from(const struct explain_question *q, const struct explanation *e);

/* findings.c: sentences for text and page; free() them. "" where there is nothing to say. */
char *explain_finding(const struct explain_question *q, const struct explanation *e);
/* Of all embedders that have one vector for the word whatever the sentence, in one sentence. */
char *explain_static_line(const struct explain_question *q, const struct explanation *list,
                          uint32_t n);
/* What to take away from all of them. */
char *explain_take_away(const struct explain_question *q, const struct explanation *list,
                        uint32_t n);
/* One stage, one vector: stands in the line of static embedders instead of a section. */
bool explain_is_line(const struct explain_question *q, const struct explanation *e);

/* attention.c: is_causal: the first word draws attention whatever it is. */
int explain_attend(struct embedder *embedder, const struct explain_sentence *sentence,
                   bool is_causal, struct explain_attention *ret);
void explain_attention_finish(struct explain_attention *attention);
/* The key with the greatest weight of row [n_keys]; other_words: among those alone
 * that it looks at. UINT32_MAX: there is none. */
uint32_t explain_attention_most(const struct explain_attention *attention, const double *row,
                                bool other_words);
/* The block, from 0, whose strongest head is the strongest of all. */
uint32_t explain_attention_block(const struct explain_attention *attention);
/* Numbers of all keys, the greatest overall weight first: [n_keys], free() them. */
uint32_t *explain_attention_order(const struct explain_attention *attention);

/* predict.c */
int explain_predict(const struct explain_question *q, struct embedder *embedder,
                    struct explanation *e);
void explain_prediction_finish(struct explain_prediction *prediction);

/* What a model is shown of a sentence: all of it, or what the embedder's context= leaves. */
struct explain_view {
    struct emb_sentence sentence; /* without targets */
    struct emb_span target;       /* bytes of its text */
    struct derived *derived;      /* owns the text; NULL: the sentence does */
};
void explain_view_init(struct explain_view *view, const struct embedder *embedder,
                       const struct explain_sentence *sentence);
void explain_view_finish(struct explain_view *view);

/* The three ways out: text.c, json.c, page.c. */
void explain_print(const struct explain_question *q, const struct explanation *list, uint32_t n);
void explain_write_json(const struct explain_question *q, const struct explanation *e,
                        struct json_writer *w);
int explain_write_page(const struct explain_question *q, const struct explanation *list, uint32_t n,
                       const char *command, const char *path);

#endif /* COMMANDS_EXPLAIN_EXPLAIN_H */
