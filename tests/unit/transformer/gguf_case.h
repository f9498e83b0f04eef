/*
 * gguf_case.h - golden cases as the GGUF files that converters make of them: names, row orders and
 * all.
 */
#ifndef TEST_GGUF_CASE_H
#define TEST_GGUF_CASE_H

#include "model_folder.h"

#include <stdint.h>
#include <stdio.h>

struct gguf_name {
    const char *from, *to;
};

extern const struct gguf_name llama_names[], gpt2_names[], bert_names[];

struct gguf_case {
    const char *name, *kind; /* the golden case; general.architecture */
    const struct gguf_name *names;
    uint32_t dim, inner, blocks, heads, kv_heads, head_dim, positions;
    float eps;
    bool rms, transposed;
    bool paired;             /* rows of Q and K in pairs, as for architecture llama */
    double theta;            /* base of the rotation; 0 = 10000 */
    double linear;           /* its linear scaling; 0 = none */
    bool divisors;           /* those of llama3 scaling (8, 1, 4, 64) */
    uint32_t first_position; /* rows of the position table that the format leaves out */
};

/* Metadata being written; each counts one key. */
struct gguf_keys {
    FILE *file;
    uint64_t n;
};

void put_text(FILE *file, const char *text);
void put_u32(FILE *file, uint32_t value);
void put_u64(FILE *file, uint64_t value);
void put_text_key(struct gguf_keys *keys, const char *key, const char *text);
void put_uint_key(struct gguf_keys *keys, const char *key, uint32_t value);
void put_bool_key(struct gguf_keys *keys, const char *key, bool value);
void put_real_key(struct gguf_keys *keys, const char *key, float value);
/* The head of an array; its n elements of `type` (4 u32, 5 i32, 6 f32, 8 text) follow. */
void begin_array_key(struct gguf_keys *keys, const char *key, uint32_t type, uint64_t n);

/* Write the tensors, and what put_tokens writes of the tokenizer. */
void write_gguf(const char *path, const struct gguf_case *c, const struct case_tensor *tensors,
                unsigned n, void (*put_tokens)(struct gguf_keys *keys, const void *arg),
                const void *arg);

#endif /* TEST_GGUF_CASE_H */
