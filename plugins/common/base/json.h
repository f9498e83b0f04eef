/*
 * json.h - strict reading of JSON files: configurations, vocabularies, indexes.
 *
 * The only door to jansson on the plugin side. A file is parsed whole. Objects with one key twice,
 * text after the document, invalid UTF-8 and numbers out of range are errors that name file, line
 * and column; a member that is missing or of the wrong kind is an error that names file and the way
 * to it ("tokenizer.json: pre_tokenizer.pretokenizers[1].type: ...").
 *
 * struct json is a place in a document: a value and the way to it, a plain value that lives on the
 * stack. `parent` points at the place it was reached from, which must live as long as it is used.
 *
 *     struct json_file *file;
 *     emb_status status = json_load(host, "model/config.json", &file);
 *     ...
 *     struct json root = json_root(file);
 *     uint64_t hidden;
 *     status = json_get_uint(&root, "hidden_size", UINT32_MAX, &hidden);
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "embedder.h"

#include <stdbool.h>

struct json_file;

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_REAL,
    JSON_KIND_TEXT,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

struct json {
    const struct json_file *file;
    const struct json *parent; /* NULL: the root */
    const char *key;           /* member of parent, or NULL: its element number `index` */
    uint64_t index;
    const void *value;
};

/* Parse a whole file, or n_bytes of memory that errors call `name`. host must outlive the file.
 * EMB_E_IO, EMB_E_FORMAT, EMB_E_NOMEM. Free with json_free. */
emb_status json_load(const struct emb_host *host, const char *path, struct json_file **ret_file);
emb_status json_load_memory(const struct emb_host *host, const char *name, const char *text,
                            uint64_t n_bytes, struct json_file **ret_file);
void json_free(struct json_file *file); /* NULL is fine */

struct json json_root(const struct json_file *file);
enum json_kind json_kind(const struct json *place);
/* Bytes of a text, elements of an array, members of an object; else 0. */
uint64_t json_length(const struct json *place);
/* Element of an array; index < json_length(array). */
struct json json_element(const struct json *array, uint64_t index);
/* False if `object` is no object or has no such member. A member that is null counts as there. */
bool json_member(const struct json *object, const char *key, struct json *ret_member);
/* The same, but a member that is null counts as absent. */
bool json_has(const struct json *object, const char *key, struct json *ret_member);

/* The members of an object in the file's order: begin with *iterator = NULL; false at the end. */
bool json_next(const struct json *object, void **iterator, struct json *ret_member);

/* The key of a member with its NULs, which `key` shows as U+FDD0: at most strlen(key) bytes are
 * written. Returns how many. */
uint64_t json_key(const struct json *member, char *ret_bytes);

/* Write "FILE: the.way[3].here", cut to fit, NUL-terminated. */
void json_where(const struct json *place, char *ret_where, size_t capacity);

/* Fail with "FILE: the.way[3].here: WHY". Returns EMB_E_FORMAT. */
__attribute__((format(printf, 2, 3))) emb_status json_fail(const struct json *place,
                                                           const char *format, ...);

/* The place itself as a value. Texts belong to the file, are NUL-terminated and may hold NUL. */
emb_status json_as_text(const struct json *place, const char **ret_text, uint64_t *ret_n_bytes);
emb_status json_as_bool(const struct json *place, bool *ret_value);
emb_status json_as_uint(const struct json *place, uint64_t max, uint64_t *ret_value);
emb_status json_as_real(const struct json *place, double *ret_value); /* integers too */

/* A required member as a value; null is the wrong kind. */
emb_status json_get_object(const struct json *object, const char *key, struct json *ret_member);
emb_status json_get_array(const struct json *object, const char *key, struct json *ret_member);
emb_status json_get_text(const struct json *object, const char *key, const char **ret_text,
                         uint64_t *ret_n_bytes); /* ret_n_bytes may be NULL: no NUL allowed then */
emb_status json_get_bool(const struct json *object, const char *key, bool *ret_value);
emb_status json_get_uint(const struct json *object, const char *key, uint64_t max,
                         uint64_t *ret_value);
emb_status json_get_real(const struct json *object, const char *key, double *ret_value);

/* An optional one: absent or null leaves *ret_value as it is, the wrong kind is an error. */
emb_status json_opt_text(const struct json *object, const char *key, const char **ret_text,
                         uint64_t *ret_n_bytes);
emb_status json_opt_bool(const struct json *object, const char *key, bool *ret_value);
emb_status json_opt_uint(const struct json *object, const char *key, uint64_t max,
                         uint64_t *ret_value);
emb_status json_opt_real(const struct json *object, const char *key, double *ret_value);

#endif /* COMMON_JSON_H */
