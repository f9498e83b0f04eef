/* Reads JSON strictly by jansson, and says where a value stands. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "base/json_own.h"

#include "base/open.h"
#include "base/try.h"
#include "embedder_util.h"

#include <errno.h>
#include <math.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* jansson knows no key with a NUL in it, but vocabularies have some: such a NUL is read as this
 * code point, which is none for interchange, and put back by json_key(). */
#define NUL_ESCAPE "\\u0000"
#define STAND_IN_ESCAPE "\\uFDD0"
#define STAND_IN "\xEF\xB7\x90"

struct json_file {
    const struct emb_host *host;
    json_t *root;
    bool has_nul_keys;
    bool has_reals; /* integers are held as reals, for one does not fit in 64 bits */
    char name[];
};

/* The end of the string whose opening quote is text[at]: beyond its closing quote, or n. */
static size_t skip_string(const char *text, size_t n, size_t at)
{
    for (at++; at < n && text[at] != '"'; at++) {
        at += text[at] == '\\';
    }
    return at < n ? at + 1 : n;
}

static bool is_key(const char *text, size_t n, size_t after)
{
    while (after < n && (text[after] == ' ' || text[after] == '\t' || text[after] == '\n' ||
                         text[after] == '\r')) {
        after++;
    }
    return after < n && text[after] == ':';
}

/* Put the stand-in into text[begin, end), a key, for each escaped NUL. */
static bool stand_in(char *text, size_t begin, size_t end)
{
    bool found = false;
    for (size_t i = begin; i + 6 <= end; i++) {
        if (text[i] != '\\') {
            continue;
        }
        if (memcmp(text + i, NUL_ESCAPE, 6) == 0) {
            memcpy(text + i, STAND_IN_ESCAPE, 6);
            found = true;
        }
        i++; /* what follows a backslash begins no escape */
    }
    return found;
}

/* True if any key of the text holds a NUL; the text is changed where it does. */
static bool replace_nul_keys(char *text, size_t n)
{
    if (!memmem(text, n, NUL_ESCAPE, 6)) {
        return false;
    }
    bool found = false;
    for (size_t at = 0; at < n;) {
        if (text[at] != '"') {
            at++;
            continue;
        }
        size_t after = skip_string(text, n, at);
        if (is_key(text, n, after)) {
            found |= stand_in(text, at, after);
        }
        at = after;
    }
    return found;
}

/* `text` may be changed. */
static emb_status make_file(const struct emb_host *host, const char *name, char *text,
                            size_t n_bytes, struct json_file **ret_file)
{
    json_error_t error;
    bool has_nul_keys = replace_nul_keys(text, n_bytes);
    size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
    json_t *root = json_loadb(text, n_bytes, flags, &error);
    bool has_reals = !root && json_error_code(&error) == json_error_numeric_overflow;
    if (has_reals) { /* an integer beyond 64 bits: "no limit" is often written so */
        root = json_loadb(text, n_bytes, flags | JSON_DECODE_INT_AS_REAL, &error);
    }
    if (!root) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            return emb_failf(host, EMB_E_NOMEM, "%s: out of memory while reading JSON", name);
        }
        return emb_failf(host, EMB_E_FORMAT, "%s: line %d, column %d: %s", name, error.line,
                         error.column, error.text);
    }
    size_t name_bytes = strlen(name) + 1;
    struct json_file *file = malloc(sizeof *file + name_bytes);
    if (!file) {
        json_decref(root);
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", name);
    }
    file->host = host;
    file->root = root;
    file->has_nul_keys = has_nul_keys;
    file->has_reals = has_reals;
    memcpy(file->name, name, name_bytes);
    *ret_file = file;
    return EMB_OK;
}

emb_status json_load_memory(const struct emb_host *host, const char *name, const char *text,
                            uint64_t n_bytes, struct json_file **ret_file)
{
    char *copy = malloc(n_bytes + 1);
    if (!copy) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", name);
    }
    memcpy(copy, text, n_bytes);
    emb_status status = make_file(host, name, copy, n_bytes, ret_file);
    free(copy);
    return status;
}

/* The whole of a file; *ret_text from malloc. */
static emb_status read_whole(const struct emb_host *host, const char *path, char **ret_text,
                             size_t *ret_n_bytes)
{
    int fd;
    emb_status status = open_regular(host, path, &fd);
    if (status) {
        return status;
    }
    FILE *stream = fdopen(fd, "rb");
    if (!stream) {
        close(fd);
        return emb_failf(host, EMB_E_NOMEM, "%s: %s", path, strerror(errno));
    }
    char *text = NULL;
    size_t n = 0;
    size_t capacity = 0;
    for (;;) {
        if (n == capacity) {
            size_t grown = capacity ? capacity * 2 : 1 << 16;
            char *moved = realloc(text, grown);
            if (!moved) {
                status = emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
                break;
            }
            text = moved;
            capacity = grown;
        }
        size_t got = fread(text + n, 1, capacity - n, stream);
        n += got;
        if (got == 0) {
            if (ferror(stream)) {
                status = emb_failf(host, EMB_E_IO, "%s: byte %zu: %s", path, n, strerror(errno));
            }
            break;
        }
    }
    fclose(stream);
    if (status) {
        free(text);
        return status;
    }
    *ret_text = text;
    *ret_n_bytes = n;
    return EMB_OK;
}

emb_status json_load(const struct emb_host *host, const char *path, struct json_file **ret_file)
{
    char *text = NULL;
    size_t n_bytes = 0;
    TRY(read_whole(host, path, &text, &n_bytes));
    emb_status status = make_file(host, path, text, n_bytes, ret_file);
    free(text);
    return status;
}

void json_free(struct json_file *file)
{
    if (file) {
        json_decref(file->root);
        free(file);
    }
}

struct json json_root(const struct json_file *file)
{
    return (struct json){.file = file, .value = file->root};
}

static enum json_kind kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
        return JSON_KIND_INT;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_KIND_NULL;
}

/* The largest integer up to which a double holds all. */
#define MAX_EXACT 9007199254740992.0

enum json_kind json_kind(const struct json *place)
{
    enum json_kind kind = kind_of(place->value);
    if (kind == JSON_KIND_REAL && place->file->has_reals) {
        double value = json_real_value(place->value);
        return value >= -MAX_EXACT && value <= MAX_EXACT && value == floor(value) ? JSON_KIND_INT
                                                                                  : kind;
    }
    return kind;
}

uint64_t json_length(const struct json *place)
{
    const json_t *value = place->value;
    switch (kind_of(value)) {
    case JSON_KIND_TEXT:
        return json_string_length(value);
    case JSON_KIND_ARRAY:
        return json_array_size(value);
    case JSON_KIND_OBJECT:
        return json_object_size(value);
    default:
        return 0;
    }
}

struct json json_element(const struct json *array, uint64_t index)
{
    return (struct json){.file = array->file,
                         .parent = array,
                         .index = index,
                         .value = json_array_get(array->value, index)};
}

bool json_member(const struct json *object, const char *key, struct json *ret_member)
{
    const json_t *value = json_object_get(object->value, key);
    if (!value) {
        return false;
    }
    *ret_member = (struct json){.file = object->file, .parent = object, .key = key, .value = value};
    return true;
}

bool json_has(const struct json *object, const char *key, struct json *ret_member)
{
    struct json member = {0};
    if (!json_member(object, key, &member) || json_kind(&member) == JSON_KIND_NULL) {
        return false;
    }
    *ret_member = member;
    return true;
}

bool json_next(const struct json *object, void **iterator, struct json *ret_member)
{
    json_t *value = (json_t *)(uintptr_t)object->value; /* jansson's iterators are not const */
    void *next = *iterator ? json_object_iter_next(value, *iterator) : json_object_iter(value);
    if (!next) {
        return false;
    }
    *iterator = next;
    *ret_member = (struct json){.file = object->file,
                                .parent = object,
                                .key = json_object_iter_key(next),
                                .value = json_object_iter_value(next)};
    return true;
}

uint64_t json_key(const struct json *member, char *ret_bytes)
{
    const char *key = member->key;
    uint64_t n = 0;
    while (*key) {
        if (member->file->has_nul_keys && strncmp(key, STAND_IN, strlen(STAND_IN)) == 0) {
            ret_bytes[n++] = '\0';
            key += strlen(STAND_IN);
        } else {
            ret_bytes[n++] = *key++;
        }
    }
    return n;
}

/* Append "parent.key[3]" to a buffer, cutting what does not fit. */
static size_t write_way(const struct json *place, char *way, size_t capacity)
{
    if (!place->parent) {
        return 0;
    }
    size_t n = write_way(place->parent, way, capacity);
    int more =
        place->key
            ? snprintf(way + n, capacity - n, "%s%s", place->parent->parent ? "." : "", place->key)
            : snprintf(way + n, capacity - n, "[%llu]", (unsigned long long)place->index);
    n += more > 0 ? (size_t)more : 0;
    return n < capacity ? n : capacity - 1;
}

void json_where(const struct json *place, char *ret_where, size_t capacity)
{
    char way[256];
    size_t n = write_way(place, way, sizeof way);
    way[n] = '\0';
    snprintf(ret_where, capacity, "%s%s%s", place->file->name, n ? ": " : "", way);
}

emb_status json_fail(const struct json *place, const char *format, ...)
{
    char where[512];
    char why[512];
    json_where(place, where, sizeof where);
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return emb_failf(place->file->host, EMB_E_FORMAT, "%s: %s", where, why);
}

static const char *kind_name(enum json_kind kind)
{
    static const char *const names[] = {"null",   "true or false", "an integer", "a real number",
                                        "a text", "an array",      "an object"};
    return names[kind];
}

emb_status json_wrong_kind(const struct json *place, const char *expected)
{
    return json_fail(place, "found %s, expected %s", kind_name(json_kind(place)), expected);
}

emb_status json_as_text(const struct json *place, const char **ret_text, uint64_t *ret_n_bytes)
{
    if (json_kind(place) != JSON_KIND_TEXT) {
        return json_wrong_kind(place, "a text");
    }
    const char *text = json_string_value(place->value);
    size_t n_bytes = json_string_length(place->value);
    if (!ret_n_bytes && strlen(text) != n_bytes) {
        return json_fail(place, "found a text that holds NUL, expected one without");
    }
    *ret_text = text;
    if (ret_n_bytes) {
        *ret_n_bytes = n_bytes;
    }
    return EMB_OK;
}

emb_status json_as_bool(const struct json *place, bool *ret_value)
{
    if (json_kind(place) != JSON_KIND_BOOL) {
        return json_wrong_kind(place, "true or false");
    }
    *ret_value = json_is_true((const json_t *)place->value);
    return EMB_OK;
}

emb_status json_as_uint(const struct json *place, uint64_t max, uint64_t *ret_value)
{
    if (json_kind(place) != JSON_KIND_INT) {
        return json_wrong_kind(place, "an integer");
    }
    json_int_t value = json_is_real((const json_t *)place->value)
                           ? (json_int_t)json_real_value(place->value)
                           : json_integer_value(place->value);
    if (value < 0 || (uint64_t)value > max) {
        return json_fail(place, "found %lld, expected an integer from 0 to %llu", (long long)value,
                         (unsigned long long)max);
    }
    *ret_value = (uint64_t)value;
    return EMB_OK;
}

emb_status json_as_real(const struct json *place, double *ret_value)
{
    enum json_kind kind = json_kind(place);
    if (kind != JSON_KIND_INT && kind != JSON_KIND_REAL) {
        return json_wrong_kind(place, "a number");
    }
    *ret_value = json_number_value(place->value);
    return EMB_OK;
}
