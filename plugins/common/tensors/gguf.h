/*
 * gguf.h - the GGUF format, versions 2 and 3, byte by byte. All integers little-endian.
 *
 *   0   "GGUF"
 *   4   u32 version: 2 or 3 (1 had 32-bit sizes; a big-endian file has its bytes reversed)
 *   8   u64 number of tensors
 *   16  u64 number of metadata pairs
 *   24  metadata pairs, one behind the other, without padding
 *       tensor descriptions, likewise
 *       zeros up to a multiple of the alignment
 *       data, up to the end of the file
 *
 * text: u64 bytes, then UTF-8. Keys and names are checked for that and for NUL; texts of values are
 * handed on as they are, with their length, for vocabularies hold pieces of characters
 * metadata pair: text key, u32 type, value
 *   0 u8  1 i8  2 u16  3 i16  4 u32  5 i32  6 f32  7 bool, a byte 0 or 1  8 text
 *   9 array: u32 type of elements (not 9: arrays of arrays are refused), u64 n, n values
 *   10 u64  11 i64  12 f64
 * alignment: the u32 of key "general.alignment", a multiple of 8; 32 without it
 * tensor description
 *   text name
 *   u32 dimensions, at most 4
 *   u64 for each dimension, FASTEST FIRST (reversed in struct tensor, which is slowest first)
 *   u32 type: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0, 12 Q4_K, 13 Q5_K, 14 Q6_K, 24 I8, 25 I16, 26 I32,
 *       27 I64, 28 F64, 30 BF16; any other is refused by name. Blocks of packed types: blocks.h;
 *       they run along the fastest dimension, which must be whole blocks
 *   u64 byte of its data, from the start of data, a multiple of the alignment
 *
 * A model cut into several files ("split.count" above 1) is refused: merge it first.
 *
 * Checked: counts, texts and arrays against the bytes that are left; every key and name once;
 * sorted by place, tensors do not overlap and leave no hole but padding to the alignment. Bytes
 * behind the last tensor beyond its padding give a warning, no more.
 */
#ifndef COMMON_TENSORS_GGUF_H
#define COMMON_TENSORS_GGUF_H

#include "tensor_file.h"

enum gguf_type {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_TEXT,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64,
    GGUF_N_TYPES,
};

struct gguf_pair {
    const char *key;     /* in the map, not NUL-terminated */
    uint64_t n_key;      /* bytes */
    enum gguf_type type; /* of the value, of the elements where is_array */
    bool is_array;
    uint64_t n;            /* elements; 1 for a plain value */
    const uint8_t *values; /* the first element, in the map */
    const uint64_t *texts; /* [n] byte of each text's length from values; GGUF_TEXT only */
};

struct gguf {
    const struct gguf_pair *pairs; /* [n_pairs], by key, in the arena */
    uint64_t n_pairs;
};

/* The pair of a key, NULL if there is none. */
const struct gguf_pair *gguf_find(const struct gguf *gguf, const char *key, uint64_t n_key);

/* A place in the file, for the readers of metadata and of tensors. */
struct gguf_reader {
    struct tensor_file *file;
    const struct tensor_map *map;
    uint64_t at; /* <= map->n_bytes */
};

/* An integer of n <= 8 bytes; what it is goes into the message. */
emb_status gguf_read_uint(struct gguf_reader *reader, uint32_t n, const char *what,
                          uint64_t *ret_value);
/* A text in the map; its bytes are not looked at. */
emb_status gguf_read_text(struct gguf_reader *reader, const char *what, const char **ret_text,
                          uint64_t *ret_n);
/* EMB_E_FORMAT, "PATH: byte at: ..." */
emb_status gguf_fail(const struct gguf_reader *reader, uint64_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* n metadata pairs from reader->at on, sorted, in the arena. */
emb_status gguf_read_metadata(struct gguf_reader *reader, uint64_t n, struct gguf *ret_gguf);

#endif /* COMMON_TENSORS_GGUF_H */
