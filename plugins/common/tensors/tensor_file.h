/*
 * tensor_file.h - what the readers of one format share: the open file under construction.
 *
 * A reader (safetensors.c, pytorch.c, gguf.c) is given one mapped file, checks it, and adds its
 * tensors. tensor_file.c finds the files, calls the readers and builds the index of names.
 */
#ifndef COMMON_TENSOR_FILE_H
#define COMMON_TENSOR_FILE_H

#include "tensors.h"

#include <stdbool.h>

#define TENSOR_MAX_DIMS 4

/* A whole file, mapped read-only. The pages are the file's: one that another program truncates
 * while it is mapped ends this process with SIGBUS, as with every mapped file. */
struct tensor_map {
    struct tensor_map *next;
    const uint8_t *bytes; /* [n_bytes] */
    uint64_t n_bytes;     /* >= 1 */
    const char *path;     /* as it was opened, for messages */
};

struct tensor_chunk;

struct tensor_file {
    const struct emb_host *host;
    const char *format; /* "safetensors", "pytorch", "gguf"; NULL until the first is read */
    struct tensor_map *maps;
    struct tensor *tensors; /* [n_tensors], in the file's order; shards: by name in each */
    uint32_t *by_name;      /* [n_tensors] indices, by strcmp of names */
    uint32_t n_tensors;
    uint32_t capacity;
    struct tensor_chunk *chunks; /* the arena: freed with the file */
    struct gguf *gguf;           /* in the arena, NULL for other formats */
};

/* Zeroed memory, 16-byte aligned, that lives as long as the file. NULL if out of memory (not yet
 * reported to the host). */
void *tensor_file_alloc(struct tensor_file *file, uint64_t bytes);

/* A tensor's name as a file gives it: non-empty UTF-8 without NUL, copied into the arena. */
emb_status tensor_file_name(struct tensor_file *file, const struct tensor_map *map,
                            const char *text, uint64_t n_bytes, const char **ret_name);

/* EMB_E_NOMEM, reported to the host with the path. */
emb_status tensor_file_no_memory(const struct tensor_file *file, const char *path);

/* Take over one checked tensor; name and data stay the caller's (arena or map). */
emb_status tensor_file_add(struct tensor_file *file, const struct tensor_map *map,
                           const struct tensor *tensor);

/* *ret = a * b, false on overflow. */
static inline bool tensor_multiply(uint64_t a, uint64_t b, uint64_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

/* Elements of a shape; false on overflow (a zero does not hide one: partial products count). */
bool tensor_shape_elements(const uint64_t *shape, uint64_t n_dims, uint64_t *ret_elements);

/* Bytes of that many elements of a type, refusing overflow and broken blocks. */
bool tensor_type_bytes_checked(enum tensor_type type, uint64_t elements, uint64_t *ret_bytes);

/* Elements in a block: 1 for plain types, 32 or 256 for packed ones. */
uint32_t tensor_type_block(enum tensor_type type);

/* Text of a file shown in a message: control characters and bytes above 126 as '?', at most
 * capacity - 1 bytes with "..." for the rest. Returns out. */
const char *tensor_shown(char *out, size_t capacity, const char *text, uint64_t n_bytes);

/* Readers: check map, add its tensors to file. */
emb_status safetensors_read(struct tensor_file *file, const struct tensor_map *map);
emb_status pytorch_read(struct tensor_file *file, const struct tensor_map *map);
emb_status gguf_read(struct tensor_file *file, const struct tensor_map *map);

/* Map a file into file->maps. */
emb_status tensor_map_open(struct tensor_file *file, const char *path,
                           const struct tensor_map **ret_map);

/* An index of shards (shards.h): map and read each shard that it names. */
emb_status shards_read(struct tensor_file *file, const struct tensor_map *index);

/* One file of a known or unknown format: look at its first bytes and call its reader. */
emb_status tensor_file_read(struct tensor_file *file, const struct tensor_map *map);

#endif /* COMMON_TENSOR_FILE_H */
