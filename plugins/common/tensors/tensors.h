/*
 * tensors.h - named arrays of a model file: safetensors, PyTorch zip, GGUF, behind one interface.
 *
 * The file is mapped read-only; tensors point into the map wherever their bytes lie there as they
 * are. Nothing a header says is believed before it is checked against the file's size.
 */
#ifndef COMMON_TENSORS_H
#define COMMON_TENSORS_H

#include "embedder.h"

#include <stdbool.h>

enum tensor_type {
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_F64,
    TENSOR_I64,
    TENSOR_I32,
    TENSOR_I16,
    TENSOR_I8,
    TENSOR_U8,
    TENSOR_BOOL,
    TENSOR_Q8_0, /* GGUF blocks, see blocks.h */
    TENSOR_Q4_0,
    TENSOR_Q4_K,
    TENSOR_Q5_K,
    TENSOR_Q6_K,
};

struct tensor {
    const char *name;
    const void *data; /* read-only, row-major; not necessarily aligned to its element */
    uint64_t n_bytes;
    uint64_t shape[4]; /* slowest first */
    uint32_t n_dims;   /* 0 (a scalar) to 4 */
    enum tensor_type type;
};

struct tensor_file;

/* Open `path`: a model folder (model.safetensors.index.json, *.safetensors, pytorch_model.bin[
 * .index.json], *.gguf: in this order of preference, more than one candidate of a kind without an
 * index is an error naming them) or one such file, known by its content. On failure host->fail has
 * the file, the place, found and expected. */
emb_status tensor_file_open(const struct emb_host *host, const char *path,
                            struct tensor_file **ret_file);
void tensor_file_close(struct tensor_file *file); /* NULL is fine */

uint32_t tensor_file_count(const struct tensor_file *file);
const struct tensor *tensor_file_at(const struct tensor_file *file, uint32_t i);
/* NULL if there is none of that name. */
const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name);
/* "safetensors", "pytorch" or "gguf" */
const char *tensor_file_format(const struct tensor_file *file);

/* Elements of a tensor: the product of its shape. */
uint64_t tensor_elements(const struct tensor *tensor);
const char *tensor_type_name(enum tensor_type type);
/* Bytes of `elements` elements of this type (block types: whole blocks). */
uint64_t tensor_type_bytes(enum tensor_type type, uint64_t elements);

/* Elements [first, first + n) as float32 (dequantised where packed: first and n whole blocks).
 * False for types that are not numbers to compute with (BOOL, I*). */
bool tensor_to_f32(const struct tensor *tensor, uint64_t first, uint64_t n, float *ret_values);

/* GGUF metadata; NULL for other formats. */
struct gguf;
const struct gguf *tensor_file_gguf(const struct tensor_file *file);

/* Values of GGUF metadata keys. False if the key is absent or of another type. Texts are not
 * NUL-terminated and point into the map. */
bool gguf_text(const struct gguf *gguf, const char *key, const char **ret_text,
               uint64_t *ret_n_bytes);
bool gguf_uint(const struct gguf *gguf, const char *key,
               uint64_t *ret_value); /* any integer >= 0, bool */
bool gguf_real(const struct gguf *gguf, const char *key, double *ret_value); /* f32, f64 */
bool gguf_array_length(const struct gguf *gguf, const char *key, uint64_t *ret_n);
bool gguf_array_text(const struct gguf *gguf, const char *key, uint64_t i, const char **ret_text,
                     uint64_t *ret_n_bytes);
bool gguf_array_real(const struct gguf *gguf, const char *key, uint64_t i, double *ret_value);
bool gguf_array_uint(const struct gguf *gguf, const char *key, uint64_t i, uint64_t *ret_value);

#endif /* COMMON_TENSORS_H */
