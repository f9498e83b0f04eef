/*
 * predict.h - what predict*.c share: a question, and what a model answers.
 */
#ifndef COMMANDS_PREDICT_PREDICT_H
#define COMMANDS_PREDICT_PREDICT_H

#include "base/json_write.h"
#include "plugin/open.h"

struct question {
    const char *text;
    struct emb_span word; /* in text */
    bool is_mask;         /* the word is [MASK] */
    uint32_t top;         /* pieces to show */
    bool json;
    bool named; /* --embedder says whom to ask */
};

#define PREDICT_MASK "[MASK]"

/* One distribution: of the piece that stands at a place. */
struct prediction {
    char *place;      /* "after \"bank\" alone" */
    char *context;    /* the text that the model was given */
    float *log_probs; /* [n] */
    uint64_t n;
    int64_t actual; /* the piece that does stand there, -1 = none, or several */
};

enum { MOST_PREDICTIONS = 2 };

/* An open model with an output head, and its answers. */
struct predictor {
    struct embedder *embedder;
    struct emb_model *model;
    const struct emb_ext_lm *lm;
    const struct emb_ext_tokens *tokens;
    bool causal;
    struct prediction predictions[MOST_PREDICTIONS]; /* [n] */
    uint32_t n;
};

/* ask.c: fills the predictions. predictor_finish frees them, after failure too. */
int predictor_ask(struct predictor *p, const struct question *q);
void predictor_finish(struct predictor *p);

/* write.c: reading an answer. */

/* Numbers of the most likely pieces, [n], in falling order; of equals the lower number first.
 * free() them. */
uint32_t *prediction_best(const struct prediction *prediction, uint32_t wanted, uint32_t *ret_n);
double prediction_probability(const struct prediction *prediction, uint64_t id);
double prediction_entropy(const struct prediction *prediction);             /* bits */
uint64_t prediction_rank(const struct prediction *prediction, uint64_t id); /* 1.. */
/* A piece as people read it: the signs of byte-level (U+0120, U+010A) and SentencePiece (U+2581)
 * vocabularies for a space and a line end are those. free() it. */
char *predictor_readable(const struct predictor *p, uint64_t id);

/* To standard output. */
void predictor_print(const struct predictor *p, const struct question *q);
void predictor_write_json(const struct predictor *p, const struct question *q,
                          struct json_writer *w);

#endif /* COMMANDS_PREDICT_PREDICT_H */
