/* gguf_metadata.c - the metadata of a GGUF file: reading, and the accessors of tensors.h. */
#include "gguf.h"

#include "base/try.h"
#include "embedder_util.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of an element, 0 for texts and arrays. */
static uint32_t type_bytes(enum gguf_type type)
{
    static const uint8_t bytes[GGUF_N_TYPES] = {
        [GGUF_U8] = 1,  [GGUF_I8] = 1,  [GGUF_U16] = 2, [GGUF_I16] = 2,
        [GGUF_U32] = 4, [GGUF_I32] = 4, [GGUF_F32] = 4, [GGUF_BOOL] = 1,
        [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
    };
    return bytes[type];
}

/* Reading */

emb_status gguf_fail(const struct gguf_reader *reader, uint64_t at, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return emb_failf(reader->file->host, EMB_E_FORMAT, "%s: byte %llu: %s", reader->map->path,
                     (unsigned long long)at, why);
}

emb_status gguf_read_uint(struct gguf_reader *reader, uint32_t n, const char *what,
                          uint64_t *ret_value)
{
    uint64_t left = reader->map->n_bytes - reader->at;
    if (n > left) {
        return gguf_fail(reader, reader->at, "found %llu bytes, expected %u for the %s",
                         (unsigned long long)left, n, what);
    }
    *ret_value = 0;
    memcpy(ret_value, reader->map->bytes + reader->at, n);
    reader->at += n;
    return EMB_OK;
}

emb_status gguf_read_text(struct gguf_reader *reader, const char *what, const char **ret_text,
                          uint64_t *ret_n)
{
    uint64_t n = 0, begin = reader->at;
    TRY(gguf_read_uint(reader, 8, what, &n));
    uint64_t left = reader->map->n_bytes - reader->at;
    if (n > left) {
        return gguf_fail(reader, begin, "found a %s of %llu bytes, expected at most %llu", what,
                         (unsigned long long)n, (unsigned long long)left);
    }
    *ret_text = (const char *)reader->map->bytes + reader->at;
    *ret_n = n;
    reader->at += n;
    return EMB_OK;
}

/* The places of an array's texts, so that each can be had without reading those before it. */
static emb_status read_texts(struct gguf_reader *reader, struct gguf_pair *pair)
{
    uint64_t left = reader->map->n_bytes - reader->at;
    if (pair->n > left / 8) { /* each has at least its length */
        return gguf_fail(
            reader, reader->at,
            "found an array of %llu texts in %llu bytes, expected at most one for 8 bytes",
            (unsigned long long)pair->n, (unsigned long long)left);
    }
    uint64_t *texts = tensor_file_alloc(reader->file, pair->n * sizeof *texts);
    if (!texts) {
        return tensor_file_no_memory(reader->file, reader->map->path);
    }
    uint64_t begin = reader->at, n_text = 0;
    const char *text = NULL;
    for (uint64_t i = 0; i < pair->n; i++) {
        texts[i] = reader->at - begin;
        TRY(gguf_read_text(reader, "metadata text", &text, &n_text));
    }
    pair->texts = texts;
    return EMB_OK;
}

static emb_status read_values(struct gguf_reader *reader, struct gguf_pair *pair)
{
    pair->values = reader->map->bytes + reader->at;
    if (pair->type == GGUF_TEXT) {
        return read_texts(reader, pair);
    }
    uint64_t left = reader->map->n_bytes - reader->at;
    if (pair->n > left / type_bytes(pair->type)) {
        return gguf_fail(reader, reader->at,
                         "found an array of %llu elements of %u bytes, expected at most %llu bytes",
                         (unsigned long long)pair->n, type_bytes(pair->type),
                         (unsigned long long)left);
    }
    for (uint64_t i = 0; pair->type == GGUF_BOOL && i < pair->n; i++) {
        if (pair->values[i] > 1) {
            return gguf_fail(reader, reader->at + i,
                             "found byte %u for a truth value, expected 0 or 1", pair->values[i]);
        }
    }
    reader->at += pair->n * type_bytes(pair->type);
    return EMB_OK;
}

static emb_status read_type(struct gguf_reader *reader, const struct gguf_pair *pair,
                            uint64_t *ret_type)
{
    uint64_t at = reader->at;
    char shown[80];
    emb_status status = gguf_read_uint(reader, 4, "type of a metadata value", ret_type);
    if (status == EMB_OK && *ret_type >= GGUF_N_TYPES) {
        return gguf_fail(reader, at, "metadata '%s': found type %llu, expected 0 to %d",
                         tensor_shown(shown, sizeof shown, pair->key, pair->n_key),
                         (unsigned long long)*ret_type, GGUF_N_TYPES - 1);
    }
    return status;
}

/* A key is UTF-8 without NUL. */
static emb_status check_key(const struct gguf_reader *reader, const struct gguf_pair *pair)
{
    const uint8_t *text = (const uint8_t *)pair->key;
    for (uint64_t i = 0, step; i < pair->n_key; i += step) {
        step = utf8_length(text + i, pair->n_key - i);
        if (step == 0 || text[i] == '\0') {
            return gguf_fail(reader, (uint64_t)(text + i - reader->map->bytes),
                             "found byte 0x%02x in a metadata key, expected UTF-8 without NUL",
                             text[i]);
        }
    }
    return EMB_OK;
}

static emb_status read_pair(struct gguf_reader *reader, struct gguf_pair *pair)
{
    uint64_t type = 0, at = 0;
    char shown[80];
    TRY(gguf_read_text(reader, "metadata key", &pair->key, &pair->n_key));
    TRY(check_key(reader, pair));
    TRY(read_type(reader, pair, &type));
    pair->n = 1;
    if (type == GGUF_ARRAY) {
        pair->is_array = true;
        at = reader->at;
        TRY(read_type(reader, pair, &type));
        TRY(gguf_read_uint(reader, 8, "length of an array", &pair->n));
    }
    if (type == GGUF_ARRAY) {
        return gguf_fail(
            reader, at,
            "metadata '%s': found an array of arrays, expected an array of plain values",
            tensor_shown(shown, sizeof shown, pair->key, pair->n_key));
    }
    pair->type = (enum gguf_type)type;
    return read_values(reader, pair);
}

static int compare_keys(const char *a, uint64_t n_a, const char *b, uint64_t n_b)
{
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int by_key(const void *left, const void *right)
{
    const struct gguf_pair *a = left, *b = right;
    return compare_keys(a->key, a->n_key, b->key, b->n_key);
}

emb_status gguf_read_metadata(struct gguf_reader *reader, uint64_t n, struct gguf *ret_gguf)
{
    enum { LEAST = 8 + 4 + 1 }; /* bytes of a pair: key's length, type, value */
    uint64_t left = reader->map->n_bytes - reader->at;
    if (n > left / LEAST) {
        return gguf_fail(
            reader, 16, "found %llu metadata pairs in %llu bytes, expected at most %llu",
            (unsigned long long)n, (unsigned long long)left, (unsigned long long)(left / LEAST));
    }
    struct gguf_pair *pairs = tensor_file_alloc(reader->file, (n + 1) * sizeof *pairs);
    if (!pairs) {
        return tensor_file_no_memory(reader->file, reader->map->path);
    }
    for (uint64_t i = 0; i < n; i++) {
        TRY(read_pair(reader, &pairs[i]));
    }
    qsort(pairs, n, sizeof *pairs, by_key);
    for (uint64_t i = 1; i < n; i++) {
        if (by_key(&pairs[i - 1], &pairs[i]) == 0) {
            char shown[80];
            uint64_t at = (uint64_t)((const uint8_t *)pairs[i].key - reader->map->bytes);
            return gguf_fail(reader, at, "found metadata '%s' twice, expected each key once",
                             tensor_shown(shown, sizeof shown, pairs[i].key, pairs[i].n_key));
        }
    }
    ret_gguf->pairs = pairs;
    ret_gguf->n_pairs = n;
    return EMB_OK;
}

/* Accessors */

const struct gguf_pair *gguf_find(const struct gguf *gguf, const char *key, uint64_t n_key)
{
    uint64_t low = 0, high = gguf->n_pairs;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const struct gguf_pair *pair = &gguf->pairs[middle];
        int order = compare_keys(key, n_key, pair->key, pair->n_key);
        if (order == 0) {
            return pair;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* Element i of a value (plain) or of an array; NULL if there is no such. */
static const struct gguf_pair *find_element(const struct gguf *gguf, const char *key, bool is_array,
                                            uint64_t i)
{
    const struct gguf_pair *pair = gguf_find(gguf, key, strlen(key));
    return pair && pair->is_array == is_array && i < pair->n ? pair : NULL;
}

static bool text_of(const struct gguf_pair *pair, uint64_t i, const char **ret_text,
                    uint64_t *ret_n_bytes)
{
    if (!pair || pair->type != GGUF_TEXT) {
        return false;
    }
    const uint8_t *at = pair->values + pair->texts[i];
    memcpy(ret_n_bytes, at, sizeof *ret_n_bytes);
    *ret_text = (const char *)at + 8;
    return true;
}

static bool uint_of(const struct gguf_pair *pair, uint64_t i, uint64_t *ret_value)
{
    if (!pair || pair->type == GGUF_TEXT || pair->type == GGUF_F32 || pair->type == GGUF_F64) {
        return false;
    }
    uint32_t n = type_bytes(pair->type);
    uint64_t value = 0;
    memcpy(&value, pair->values + i * n, n);
    bool is_signed = pair->type == GGUF_I8 || pair->type == GGUF_I16 || pair->type == GGUF_I32 ||
                     pair->type == GGUF_I64;
    if (is_signed && value >> (8 * n - 1) != 0) { /* negative */
        return false;
    }
    *ret_value = value;
    return true;
}

static bool real_of(const struct gguf_pair *pair, uint64_t i, double *ret_value)
{
    if (!pair) {
        return false;
    }
    if (pair->type == GGUF_F64) {
        memcpy(ret_value, pair->values + 8 * i, sizeof *ret_value);
        return true;
    }
    if (pair->type == GGUF_F32) {
        float value;
        memcpy(&value, pair->values + 4 * i, sizeof value);
        *ret_value = (double)value;
        return true;
    }
    return false;
}

bool gguf_text(const struct gguf *gguf, const char *key, const char **ret_text,
               uint64_t *ret_n_bytes)
{
    return text_of(find_element(gguf, key, false, 0), 0, ret_text, ret_n_bytes);
}

bool gguf_uint(const struct gguf *gguf, const char *key, uint64_t *ret_value)
{
    return uint_of(find_element(gguf, key, false, 0), 0, ret_value);
}

bool gguf_real(const struct gguf *gguf, const char *key, double *ret_value)
{
    return real_of(find_element(gguf, key, false, 0), 0, ret_value);
}

bool gguf_array_length(const struct gguf *gguf, const char *key, uint64_t *ret_n)
{
    const struct gguf_pair *pair = gguf_find(gguf, key, strlen(key));
    if (!pair || !pair->is_array) {
        return false;
    }
    *ret_n = pair->n;
    return true;
}

bool gguf_array_text(const struct gguf *gguf, const char *key, uint64_t i, const char **ret_text,
                     uint64_t *ret_n_bytes)
{
    return text_of(find_element(gguf, key, true, i), i, ret_text, ret_n_bytes);
}

bool gguf_array_real(const struct gguf *gguf, const char *key, uint64_t i, double *ret_value)
{
    return real_of(find_element(gguf, key, true, i), i, ret_value);
}

bool gguf_array_uint(const struct gguf *gguf, const char *key, uint64_t i, uint64_t *ret_value)
{
    return uint_of(find_element(gguf, key, true, i), i, ret_value);
}
