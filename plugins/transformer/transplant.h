/*
 * transplant.h - rows of a look-up table replaced by static vectors, of a model that was loaded or
 * of one that is about to learn.
 */
#ifndef TRANSFORMER_TRANSPLANT_H
#define TRANSFORMER_TRANSPLANT_H

#include "model.h"

struct transplant_table {
    const struct emb_host *host;
    struct memory *memory;
    const struct tokenizer *tokenizer;
    const char *path; /* of the model, for messages */
    float *rows;      /* [n_pieces, dim] changed in place */
    uint32_t n_pieces, dim;
};

/* Whether these options say something, and the table, if there is one, can be read. */
emb_status transplant_check(const struct emb_host *host, const struct emb_options *values);
/* Replaces rows as the options table, map, norms, ridge and table-seed say, checked also where no
 * table is given. On failure the rows are as they were. */
emb_status transplant_into(const struct transplant_table *into, const struct emb_options *values);

#endif /* TRANSFORMER_TRANSPLANT_H */
