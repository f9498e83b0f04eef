/*
 * extensions.h - what extensions.c has of extension_questions.c.
 */
#ifndef PROCESS_EXTENSIONS_H
#define PROCESS_EXTENSIONS_H

#include "model.h"

/* A member of the question that is being written; key with its comma, quotes and colon. */
void question_add_number(struct emb_model *model, const char *key, uint64_t value);

/* Room for n floats at the start of the shared memory, none of them written. Under the lock, as the
 * next. */
emb_status floats_share(struct emb_model *model, uint64_t n);
/* The n floats that the program wrote there, copied; EMB_E_INTERNAL if one is NaN or was not
 * written. what: "table", for the message. */
emb_status floats_take(struct emb_model *model, float *to, uint64_t n, const char *what);

/* emb.tokens/1: cut. */
emb_status pieces_cut(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n);

extern const struct emb_ext_lm lm_extension;
extern const struct emb_ext_score score_extension;
extern const struct emb_ext_attention attention_extension;

#endif /* PROCESS_EXTENSIONS_H */
