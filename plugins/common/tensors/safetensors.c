/* Reads the header of a safetensors file into tensor descriptions. */
#include "safetensors.h"

#include "base/try.h"
#include "embedder_util.h"
#include "json_pull.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct json_pull pull;
    uint64_t data;   /* byte of the file where data begins */
    uint64_t n_data; /* bytes */
};

/* A tensor's entry in the header, as read so far. */
struct entry {
    struct tensor tensor;
    char shown[120];     /* its name, for messages */
    uint64_t begin, end; /* data_offsets */
    uint64_t offsets_at; /* byte of the file where the header gives them */
    bool has_dtype, has_shape, has_offsets;
};

static const enum tensor_type readable[] = {
    TENSOR_F64, TENSOR_F32, TENSOR_F16, TENSOR_BF16, TENSOR_I64,
    TENSOR_I32, TENSOR_I16, TENSOR_I8,  TENSOR_U8,   TENSOR_BOOL,
};

static emb_status read_dtype(struct reader *reader, struct entry *entry)
{
    struct json_pull *pull = &reader->pull;
    const char *dtype = NULL;
    TRY(json_pull_text(pull, &dtype));
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
        if (strcmp(dtype, tensor_type_name(readable[i])) == 0) {
            entry->tensor.type = readable[i];
            entry->has_dtype = true;
            return EMB_OK;
        }
    }
    char shown[24];
    return emb_failf(pull->file->host, EMB_E_FORMAT,
                     "%s: byte %llu: tensor '%s': found dtype '%s', expected F64, F32, F16, BF16, "
                     "I64, I32, I16, I8, U8 or BOOL",
                     pull->map->path, (unsigned long long)pull->at, entry->shown,
                     tensor_shown(shown, sizeof shown, dtype, strlen(dtype)));
}

static emb_status read_shape(struct reader *reader, struct entry *entry)
{
    struct json_pull *pull = &reader->pull;
    emb_status status = json_pull_expect(pull, '[');
    uint64_t n = 0;
    for (bool more = true; status == EMB_OK;) {
        status = json_pull_element(pull, &n, &more);
        if (status != EMB_OK || !more) {
            break;
        }
        if (n > TENSOR_MAX_DIMS) {
            return emb_failf(
                pull->file->host, EMB_E_FORMAT,
                "%s: byte %llu: tensor '%s': found more than 4 dimensions, expected at most 4",
                pull->map->path, (unsigned long long)pull->at, entry->shown);
        }
        status = json_pull_uint(pull, &entry->tensor.shape[n - 1]);
    }
    entry->tensor.n_dims = (uint32_t)n;
    entry->has_shape = true;
    return status;
}

static emb_status read_offsets(struct reader *reader, struct entry *entry)
{
    struct json_pull *pull = &reader->pull;
    TRY(json_pull_expect(pull, '['));
    entry->offsets_at = pull->at;
    TRY(json_pull_uint(pull, &entry->begin));
    TRY(json_pull_expect(pull, ','));
    TRY(json_pull_uint(pull, &entry->end));
    TRY(json_pull_expect(pull, ']'));
    if (entry->begin > entry->end || entry->end > reader->n_data) {
        return emb_failf(pull->file->host, EMB_E_FORMAT,
                         "%s: byte %llu: tensor '%s': found data_offsets [%llu, %llu], expected "
                         "begin <= end <= %llu, the bytes after the header",
                         pull->map->path, (unsigned long long)entry->offsets_at, entry->shown,
                         (unsigned long long)entry->begin, (unsigned long long)entry->end,
                         (unsigned long long)reader->n_data);
    }
    entry->has_offsets = true;
    return EMB_OK;
}

static emb_status read_member(struct reader *reader, struct entry *entry, const char *key,
                              uint64_t key_at)
{
    bool *seen = strcmp(key, "dtype") == 0          ? &entry->has_dtype
                 : strcmp(key, "shape") == 0        ? &entry->has_shape
                 : strcmp(key, "data_offsets") == 0 ? &entry->has_offsets
                                                    : NULL;
    if (!seen || *seen) {
        char shown[40];
        return emb_failf(reader->pull.file->host, EMB_E_FORMAT,
                         "%s: byte %llu: tensor '%s': found %s member '%s', expected dtype, shape "
                         "and data_offsets once each",
                         reader->pull.map->path, (unsigned long long)key_at, entry->shown,
                         seen ? "a second" : "the unknown",
                         tensor_shown(shown, sizeof shown, key, strlen(key)));
    }
    return seen == &entry->has_dtype   ? read_dtype(reader, entry)
           : seen == &entry->has_shape ? read_shape(reader, entry)
                                       : read_offsets(reader, entry);
}

/* The size that dtype and shape ask for is the size that data_offsets give. */
static emb_status check_size(const struct reader *reader, const struct entry *entry)
{
    const struct tensor *tensor = &entry->tensor;
    uint64_t elements = 0, bytes = 0;
    bool fits = tensor_shape_elements(tensor->shape, tensor->n_dims, &elements) &&
                tensor_type_bytes_checked(tensor->type, elements, &bytes);
    if (fits && bytes == entry->end - entry->begin) {
        return EMB_OK;
    }
    char expected[40] = "more than 2^64";
    if (fits) {
        snprintf(expected, sizeof expected, "%llu", (unsigned long long)bytes);
    }
    return emb_failf(reader->pull.file->host, EMB_E_FORMAT,
                     "%s: byte %llu: tensor '%s': found %llu bytes (data_offsets [%llu, %llu]), "
                     "expected %s by its dtype %s and its shape",
                     reader->pull.map->path, (unsigned long long)entry->offsets_at, entry->shown,
                     (unsigned long long)(entry->end - entry->begin),
                     (unsigned long long)entry->begin, (unsigned long long)entry->end, expected,
                     tensor_type_name(tensor->type));
}

static emb_status read_entry(struct reader *reader, const char *name)
{
    struct json_pull *pull = &reader->pull;
    struct entry entry = {.tensor.name = name};
    tensor_shown(entry.shown, sizeof entry.shown, name, strlen(name));
    emb_status status = json_pull_expect(pull, '{');
    uint64_t n = 0, at = pull->at;
    for (const char *key = NULL; status == EMB_OK; at = pull->at) {
        status = json_pull_member(pull, &n, &key);
        if (status != EMB_OK || !key) {
            break;
        }
        status = read_member(reader, &entry, key, at);
    }
    if (status != EMB_OK) {
        return status;
    }
    if (!entry.has_dtype || !entry.has_shape || !entry.has_offsets) {
        return emb_failf(
            pull->file->host, EMB_E_FORMAT,
            "%s: byte %llu: tensor '%s': found no %s, expected dtype, shape and data_offsets",
            pull->map->path, (unsigned long long)pull->at, entry.shown,
            !entry.has_dtype   ? "dtype"
            : !entry.has_shape ? "shape"
                               : "data_offsets");
    }
    TRY(check_size(reader, &entry));
    entry.tensor.data = pull->map->bytes + reader->data + entry.begin;
    entry.tensor.n_bytes = entry.end - entry.begin;
    return tensor_file_add(pull->file, pull->map, &entry.tensor);
}

static emb_status read_metadata(struct reader *reader)
{
    struct json_pull *pull = &reader->pull;
    emb_status status = json_pull_expect(pull, '{');
    if (status != EMB_OK || json_pull_take(pull, '}')) {
        return status;
    }
    do {
        TRY(json_pull_text(pull, NULL));
        TRY(json_pull_expect(pull, ':'));
        TRY(json_pull_text(pull, NULL));
    } while (json_pull_take(pull, ','));
    return json_pull_expect(pull, '}');
}

static emb_status read_header(struct reader *reader)
{
    struct json_pull *pull = &reader->pull;
    bool metadata = false;
    uint64_t n = 0;
    emb_status status = json_pull_expect(pull, '{');
    for (const char *name = NULL; status == EMB_OK;) {
        status = json_pull_member(pull, &n, &name);
        if (status != EMB_OK || !name) {
            break;
        }
        if (strcmp(name, "__metadata__") != 0) {
            status = read_entry(reader, name);
        } else if (!metadata) {
            metadata = true;
            status = read_metadata(reader);
        } else {
            return json_pull_fail(pull, pull->at, "__metadata__ once");
        }
    }
    return status == EMB_OK ? json_pull_finish(pull) : status;
}

/* Coverage */

static int by_place(const void *left, const void *right, void *tensors_)
{
    const struct tensor *tensors = tensors_;
    const struct tensor *a = &tensors[*(const uint32_t *)left];
    const struct tensor *b = &tensors[*(const uint32_t *)right];
    if (a->data != b->data) {
        return (const uint8_t *)a->data < (const uint8_t *)b->data ? -1 : 1;
    }
    return (a->n_bytes > b->n_bytes) - (a->n_bytes < b->n_bytes);
}

static emb_status fail_place(const struct reader *reader, const struct tensor *tensor,
                             uint64_t found, uint64_t expected)
{
    char shown[120];
    return emb_failf(reader->pull.file->host, EMB_E_FORMAT,
                     "%s: byte %llu: tensor '%s': found its data at offset %llu, expected %llu, "
                     "the end of the tensor before it (%s)",
                     reader->pull.map->path, (unsigned long long)(reader->data + found),
                     tensor_shown(shown, sizeof shown, tensor->name, strlen(tensor->name)),
                     (unsigned long long)found, (unsigned long long)expected,
                     found < expected ? "they overlap" : "a hole");
}

/* Tensors [first, n_tensors) of the file, sorted by place, cover data without hole or overlap. */
static emb_status check_coverage(const struct reader *reader, uint32_t first)
{
    struct tensor_file *file = reader->pull.file;
    uint32_t n = file->n_tensors - first;
    uint32_t *order = file->host->alloc(file->host, (size_t)n * sizeof *order + 1);
    if (!order) {
        return tensor_file_no_memory(file, reader->pull.map->path);
    }
    for (uint32_t i = 0; i < n; i++) {
        order[i] = first + i;
    }
    if (n > 0) {
        qsort_r(order, n, sizeof *order, by_place, file->tensors);
    }
    emb_status status = EMB_OK;
    const uint8_t *data = reader->pull.map->bytes + reader->data;
    uint64_t end = 0;
    for (uint32_t i = 0; i < n && status == EMB_OK; i++) {
        const struct tensor *tensor = &file->tensors[order[i]];
        uint64_t begin = (uint64_t)((const uint8_t *)tensor->data - data);
        if (begin != end) {
            status = fail_place(reader, tensor, begin, end);
        }
        end = begin + tensor->n_bytes;
    }
    if (status == EMB_OK && end != reader->n_data) {
        status = emb_failf(file->host, EMB_E_FORMAT,
                           "%s: byte %llu: found %llu bytes of data after the last tensor, "
                           "expected the end of the file",
                           reader->pull.map->path, (unsigned long long)(reader->data + end),
                           (unsigned long long)(reader->n_data - end));
    }
    file->host->free(file->host, order);
    return status;
}

emb_status safetensors_read(struct tensor_file *file, const struct tensor_map *map)
{
    uint64_t n_header = 0;
    if (map->n_bytes < 8) {
        return emb_failf(
            file->host, EMB_E_FORMAT,
            "%s: byte 0: found %llu bytes, expected at least 8, the length of a safetensors header",
            map->path, (unsigned long long)map->n_bytes);
    }
    memcpy(&n_header, map->bytes, sizeof n_header);
    uint64_t most = map->n_bytes - 8;
    if (n_header < 2 || n_header > most || n_header > SAFETENSORS_MAX_HEADER) {
        return emb_failf(
            file->host, EMB_E_FORMAT,
            "%s: byte 0: found a header of %llu bytes, expected 2 to %llu", map->path,
            (unsigned long long)n_header,
            (unsigned long long)(most < SAFETENSORS_MAX_HEADER ? most : SAFETENSORS_MAX_HEADER));
    }
    if (map->bytes[8] != '{') {
        char shown[8];
        return emb_failf(file->host, EMB_E_FORMAT, "%s: byte 8: found '%s', expected '{'",
                         map->path,
                         tensor_shown(shown, sizeof shown, (const char *)map->bytes + 8, 1));
    }
    struct reader reader = {
        .pull = {.file = file, .map = map, .at = 8, .end = 8 + n_header},
        .data = 8 + n_header,
        .n_data = most - n_header,
    };
    uint32_t first = file->n_tensors;
    TRY(read_header(&reader));
    return check_coverage(&reader, first);
}
