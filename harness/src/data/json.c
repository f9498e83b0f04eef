/* Reads JSON by jansson, with messages that name file and line. */
#include "data/json.h"

#include "base/error.h"
#include "base/file.h"

#include <jansson.h>

/* Names that come twice are refused, and so is \u0000 in a text: what follows it would be lost. */
static int parse(const char *text, size_t n, const char *name, size_t flags, json **ret_document)
{
    json_error_t error;
    json_t *document = json_loadb(text ? text : "", n, JSON_REJECT_DUPLICATES | flags, &error);
    if (!document) {
        return error_set(ERR_REQUEST, "%s:%d:%d: not JSON: %s", name, error.line, error.column,
                         error.text);
    }
    *ret_document = document;
    return 0;
}

int jsonr_read_file(const char *path, json **ret_document)
{
    struct str text;
    int status = file_read_unnoted(path, &text);
    if (status == 0) {
        status = parse(text.data, text.n, path, 0, ret_document);
        str_finish(&text);
    }
    return status;
}

int jsonr_read_text(const char *text, size_t n, const char *name, json **ret_document)
{
    return parse(text, n, name, JSON_DECODE_ANY, ret_document);
}

void jsonr_free(json *document)
{
    json_decref(document);
}

bool jsonr_is_object(const json *value)
{
    return value && json_typeof(value) == JSON_OBJECT;
}

bool jsonr_is_array(const json *value)
{
    return value && json_typeof(value) == JSON_ARRAY;
}

const json *jsonr_get(const json *object, const char *key)
{
    const json *value = jsonr_is_object(object) ? json_object_get(object, key) : NULL;
    return value && json_typeof(value) != JSON_NULL ? value : NULL;
}

size_t jsonr_length(const json *value)
{
    return jsonr_is_array(value)    ? json_array_size(value)
           : jsonr_is_object(value) ? json_object_size(value)
                                    : 0;
}

const json *jsonr_at(const json *array, size_t i)
{
    return jsonr_is_array(array) ? json_array_get(array, i) : NULL;
}

const char *jsonr_as_text(const json *value)
{
    return value && json_typeof(value) == JSON_STRING ? json_string_value(value) : NULL;
}

double jsonr_as_real(const json *value, double fallback)
{
    return value && json_is_number(value) ? json_number_value(value) : fallback;
}

bool jsonr_as_uint(const json *value, uint64_t *ret_value)
{
    if (!value || json_typeof(value) != JSON_INTEGER || json_integer_value(value) < 0) {
        return false;
    }
    *ret_value = (uint64_t)json_integer_value(value);
    return true;
}

bool jsonr_as_bool(const json *value, bool fallback)
{
    return value && json_is_boolean(value) ? json_is_true(value) : fallback;
}

const char *jsonr_get_text(const json *object, const char *key, const char *fallback)
{
    const char *text = jsonr_as_text(jsonr_get(object, key));
    return text ? text : fallback;
}

double jsonr_get_real(const json *object, const char *key, double fallback)
{
    return jsonr_as_real(jsonr_get(object, key), fallback);
}

uint64_t jsonr_get_uint(const json *object, const char *key, uint64_t fallback)
{
    uint64_t value;
    return jsonr_as_uint(jsonr_get(object, key), &value) ? value : fallback;
}

bool jsonr_get_bool(const json *object, const char *key, bool fallback)
{
    return jsonr_as_bool(jsonr_get(object, key), fallback);
}

int jsonr_each(const json *object, int (*body)(void *ctx, const char *key, const json *value),
               void *ctx)
{
    if (!jsonr_is_object(object)) {
        return 0;
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        TRY(body(ctx, key, value));
    }
    return 0;
}
