/*
 * model_folder.h - small models for tests: folders as a user has them, made from the golden cases
 * (tests/golden/make_transformer_golden.py says what a case holds).
 */
#ifndef TEST_MODEL_FOLDER_H
#define TEST_MODEL_FOLDER_H

#include "embedder.h"

#include <stdbool.h>
#include <stddef.h>

enum { CASE_VOCAB = 61, CASE_CLS = 2, CASE_SEP = 3, CASE_MASK = 4 };

/* A tensor of weights.txt, or one to change in a test. */
struct case_tensor {
    char name[128];
    char dtype[8]; /* F32, F16, BF16 */
    double scale, centre;
    unsigned shape[4];
    unsigned n_dims;
};

/* The case's folder in the source tree plus `file`; static storage. */
const char *case_path(const char *name, const char *file);

/* Read weights.txt; returns the number of tensors, at most capacity. */
unsigned case_tensors(const char *name, struct case_tensor *tensors, unsigned capacity);

/* Element i of a tensor. */
double case_value(const struct case_tensor *tensor, uint64_t i);

/* A fresh folder with model.safetensors of these tensors, the configuration text and a WordPiece
 * tokenizer over "p0".."p60" (with [CLS] ... [SEP] where special). Free with folder_remove. */
char *folder_make(const struct case_tensor *tensors, unsigned n, const char *config, bool special);
/* The same from a case as it is. */
char *folder_of_case(const char *name);
void folder_remove(char *folder);

/* Whole file as text, NUL-terminated; malloc. Aborts the test if it cannot be read. */
char *file_text(const char *path, size_t *ret_n);

/* Largest |found - expected| of n values, relative to the largest |expected|; INFINITY where one is not finite. */
double relative_error(const float *found, const float *expected, size_t n);

/* The configuration with its first `from`, which must be there, replaced by `to`; malloc. */
char *config_changed(const char *config, const char *from, const char *to);

/* Whether a configuration is a decoder's (no special pieces, causal). */
bool config_is_causal(const char *config);

/* Which of the plugin's descriptors model_open uses: 0, or 1 for the causal one. */
extern unsigned model_descriptor;

/* A plugin's model; NULL with mini_host_failure() saying why. */
struct emb_model *model_open(const char *folder, const char *const *more, unsigned n_more,
                             unsigned n_workers, emb_status *ret_status);
const struct emb_model_ops *model_ops(void);

/* "p7 p9 ..." of ids; malloc. */
char *text_of_ids(const unsigned *ids, unsigned n);

/* Embed sentences with every piece (special ones not) as a target at all stages: malloc
 * [targets, stages, dim]; statuses may be NULL. */
float *embed_pieces(struct emb_model *model, char *const *texts, unsigned n, unsigned *ret_rows);

/* The same with every step-th piece: of sentence i, those from number i % step on. */
float *embed_some(struct emb_model *model, char *const *texts, unsigned n, unsigned step,
                  unsigned *ret_rows);

#endif /* TEST_MODEL_FOLDER_H */
