/*
 * batch_answer.h - a batch as a question of plugin/split.h, and the model's rows as its answer.
 *
 * An answer, numbers as in memory: rows, distinct vectors (two uint32_t); the status of each row;
 * of each row with a vector, which of the distinct ones (uint32_t); these, [n_stages, dim] floats.
 * Static models give the same vectors again and again.
 */
#ifndef PLUGIN_BATCH_ANSWER_H
#define PLUGIN_BATCH_ANSWER_H

#include "base/str.h"
#include "data/digest.h"
#include "plugin/guarded.h"
#include "plugin/split.h"

#include <embedder.h>

void batch_question(const struct emb_batch *batch, uint32_t dim,
                    char ret_question[DIGEST_TEXT_BYTES]);
/* Appends what the model gave, sound rows all. */
void batch_answer_write(const struct guarded *rows, struct str *out);
/* Into rows that are prepared, by guarded_prepare. ERR_FAILED: it is no answer to this batch. */
int batch_answer_read(const struct split_answer *answer, struct guarded *rows);
/* Rows as of a model that knows no word. */
void batch_answer_nothing(struct guarded *rows);

#endif /* PLUGIN_BATCH_ANSWER_H */
