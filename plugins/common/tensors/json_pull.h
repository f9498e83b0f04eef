/*
 * json_pull.h - strict JSON (RFC 8259) read in one pass, without a tree.
 *
 * A safetensors header comes from a stranger, may be 100 MB long, and must be refused with the byte
 * at fault. A tree (plugins/common/base/json.h) has forgotten the places by the time the offsets
 * are checked, and costs many times the header's size; this reader keeps one position and copies
 * only the names that the caller keeps.
 *
 * Every function skips white space before what it reads. A failure has been reported to the host as
 * "PATH: byte N: found X, expected Y" and leaves the outputs untouched.
 */
#ifndef COMMON_TENSORS_JSON_PULL_H
#define COMMON_TENSORS_JSON_PULL_H

#include "tensor_file.h"

struct json_pull {
    struct tensor_file *file; /* arena of texts, host of errors */
    const struct tensor_map *map;
    uint64_t at, end; /* bytes of the map; at <= end <= map->n_bytes */
};

/* EMB_E_FORMAT, "PATH: byte at: found ..., expected `expected`". */
emb_status json_pull_fail(const struct json_pull *pull, uint64_t at, const char *expected);

/* Consume c if it comes next. */
bool json_pull_take(struct json_pull *pull, char c);

/* Consume c. */
emb_status json_pull_expect(struct json_pull *pull, char c);

/* A text, decoded, NUL-terminated, in the file's arena. Refused: invalid UTF-8, control
 * characters, NUL, lone surrogates. ret_text NULL: checked and skipped. */
emb_status json_pull_text(struct json_pull *pull, const char **ret_text);

/* An integer 0 .. 2^64 - 1 without sign, fraction or exponent. */
emb_status json_pull_uint(struct json_pull *pull, uint64_t *ret_value);

/* Any value, checked and skipped; at most 64 levels deep. */
emb_status json_pull_skip(struct json_pull *pull);

/* The members of an object: after json_pull_expect('{') call until *ret_key is NULL, reading one
 * value after each. `n` counts the members so far, 0 at first. */
emb_status json_pull_member(struct json_pull *pull, uint64_t *n, const char **ret_key);

/* The elements of an array: after json_pull_expect('[') call until *ret_more is false, reading one
 * value after each. */
emb_status json_pull_element(struct json_pull *pull, uint64_t *n, bool *ret_more);

/* Only white space is left. */
emb_status json_pull_finish(struct json_pull *pull);

#endif /* COMMON_TENSORS_JSON_PULL_H */
