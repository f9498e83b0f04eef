/*
 * json.h - reading JSON; the one door to jansson. (Writing is base/json_write.h.)
 *
 * A value belongs to the document it was read from. Getters are strict: a value of another type is
 * not there.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's */
typedef struct json_t json;

/* The document of a file or a text; errors name file, line, column. Free with jsonr_free. */
int jsonr_read_file(const char *path, json **ret_document);
int jsonr_read_text(const char *text, size_t n, const char *name, json **ret_document);
void jsonr_free(json *document); /* NULL is fine */

bool jsonr_is_object(const json *value);
bool jsonr_is_array(const json *value);
const json *jsonr_get(const json *object,
                      const char *key); /* NULL if absent, null or not an object */
size_t jsonr_length(const json *value); /* of an array or object, else 0 */
const json *jsonr_at(const json *array, size_t i);
const char *jsonr_as_text(const json *value);               /* NULL if it is not a text */
double jsonr_as_real(const json *value, double fallback);   /* any number */
bool jsonr_as_uint(const json *value, uint64_t *ret_value); /* an integer >= 0 */
bool jsonr_as_bool(const json *value, bool fallback);

/* The same for object members. */
const char *jsonr_get_text(const json *object, const char *key, const char *fallback);
double jsonr_get_real(const json *object, const char *key, double fallback);
uint64_t jsonr_get_uint(const json *object, const char *key, uint64_t fallback);
bool jsonr_get_bool(const json *object, const char *key, bool fallback);

/* Members in the file's order: body(ctx, key, value) != 0 stops and is returned. */
int jsonr_each(const json *object, int (*body)(void *ctx, const char *key, const json *value),
               void *ctx);

#endif /* DATA_JSON_H */
