/* Reads the header and the tensor descriptions of a GGUF file. */
#include "gguf.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_ALIGNMENT = 32 };

/* Types of ggml by number; those with an empty name are not in use. */
static const struct {
    const char *name;
    bool known;
    enum tensor_type type;
} types[] = {
    [0] = {"F32", true, TENSOR_F32},
    [1] = {"F16", true, TENSOR_F16},
    [2] = {"Q4_0", true, TENSOR_Q4_0},
    [3] = {.name = "Q4_1"},
    [6] = {.name = "Q5_0"},
    [7] = {.name = "Q5_1"},
    [8] = {"Q8_0", true, TENSOR_Q8_0},
    [9] = {.name = "Q8_1"},
    [10] = {.name = "Q2_K"},
    [11] = {.name = "Q3_K"},
    [12] = {"Q4_K", true, TENSOR_Q4_K},
    [13] = {"Q5_K", true, TENSOR_Q5_K},
    [14] = {"Q6_K", true, TENSOR_Q6_K},
    [15] = {.name = "Q8_K"},
    [16] = {.name = "IQ2_XXS"},
    [17] = {.name = "IQ2_XS"},
    [18] = {.name = "IQ3_XXS"},
    [19] = {.name = "IQ1_S"},
    [20] = {.name = "IQ4_NL"},
    [21] = {.name = "IQ3_S"},
    [22] = {.name = "IQ2_S"},
    [23] = {.name = "IQ4_XS"},
    [24] = {"I8", true, TENSOR_I8},
    [25] = {"I16", true, TENSOR_I16},
    [26] = {"I32", true, TENSOR_I32},
    [27] = {"I64", true, TENSOR_I64},
    [28] = {"F64", true, TENSOR_F64},
    [29] = {.name = "IQ1_M"},
    [30] = {"BF16", true, TENSOR_BF16},
    [34] = {.name = "TQ1_0"},
    [35] = {.name = "TQ2_0"},
    [39] = {.name = "MXFP4"},
};

static emb_status read_type(struct gguf_reader *reader, const char *shown, enum tensor_type *ret)
{
    uint64_t number = 0, at = reader->at;
    TRY(gguf_read_uint(reader, 4, "type of a tensor", &number));
    bool listed = number < sizeof types / sizeof types[0] && types[number].name;
    if (!listed || !types[number].known) {
        return gguf_fail(reader, at,
                         "tensor '%s': found type %llu (%s), expected F32, F16, BF16, F64, Q8_0, "
                         "Q4_0, Q4_K, Q5_K, Q6_K, I8, I16, I32 or I64",
                         shown, (unsigned long long)number,
                         listed ? types[number].name : "unknown");
    }
    *ret = types[number].type;
    return EMB_OK;
}

/* Dimensions, fastest first in the file. */
static emb_status read_shape(struct gguf_reader *reader, const char *shown, struct tensor *tensor)
{
    uint64_t n = 0, at = reader->at;
    TRY(gguf_read_uint(reader, 4, "number of dimensions", &n));
    if (n > TENSOR_MAX_DIMS) {
        return gguf_fail(reader, at, "tensor '%s': found %llu dimensions, expected at most 4",
                         shown, (unsigned long long)n);
    }
    tensor->n_dims = (uint32_t)n;
    for (uint64_t i = n; i-- > 0;) {
        TRY(gguf_read_uint(reader, 8, "dimension", &tensor->shape[i]));
    }
    return EMB_OK;
}

/* A description; tensor->data is NULL and *ret_offset relative to data, which is not known yet. */
static emb_status read_description(struct gguf_reader *reader, struct tensor *tensor,
                                   uint64_t *ret_offset)
{
    const char *text = NULL;
    uint64_t n_text = 0, elements = 0, at = reader->at;
    char shown[120];
    TRY(gguf_read_text(reader, "tensor name", &text, &n_text));
    TRY(tensor_file_name(reader->file, reader->map, text, n_text, &tensor->name));
    tensor_shown(shown, sizeof shown, text, n_text);
    TRY(read_shape(reader, shown, tensor));
    TRY(read_type(reader, shown, &tensor->type));
    TRY(gguf_read_uint(reader, 8, "offset of a tensor", ret_offset));
    uint64_t row = tensor->n_dims ? tensor->shape[tensor->n_dims - 1] : 1;
    if (row % tensor_type_block(tensor->type) != 0) {
        return gguf_fail(
            reader, at,
            "tensor '%s': found rows of %llu elements, expected a multiple of %u for %s", shown,
            (unsigned long long)row, tensor_type_block(tensor->type),
            tensor_type_name(tensor->type));
    }
    if (!tensor_shape_elements(tensor->shape, tensor->n_dims, &elements) ||
        !tensor_type_bytes_checked(tensor->type, elements, &tensor->n_bytes) ||
        tensor->n_bytes > reader->map->n_bytes) {
        return gguf_fail(
            reader, at,
            "tensor '%s': found a shape of more bytes than the file's %llu, expected it inside",
            shown, (unsigned long long)reader->map->n_bytes);
    }
    return EMB_OK;
}

static uint64_t padding(uint64_t at, uint64_t alignment)
{
    return (alignment - at % alignment) % alignment;
}

/* The places of tensors */

struct placed {
    struct tensor tensor;
    uint64_t offset; /* from the start of data */
};

static int by_place(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    return (a->tensor.n_bytes > b->tensor.n_bytes) - (a->tensor.n_bytes < b->tensor.n_bytes);
}

/* Each tensor lies where the one before it ends, padding apart. */
static emb_status check_places(struct gguf_reader *reader, struct placed *placed, uint64_t n,
                               uint64_t alignment)
{
    uint64_t data = reader->at, n_data = reader->map->n_bytes - data, end = 0;
    qsort(placed, n, sizeof *placed, by_place);
    for (uint64_t i = 0; i < n; i++) {
        const struct placed *one = &placed[i];
        uint64_t expected = end + padding(end, alignment);
        char shown[120];
        tensor_shown(shown, sizeof shown, one->tensor.name, strlen(one->tensor.name));
        if (one->offset != expected) {
            return gguf_fail(reader, data,
                             "tensor '%s': found its data at offset %llu, expected %llu (%s)",
                             shown, (unsigned long long)one->offset, (unsigned long long)expected,
                             one->offset < end              ? "it overlaps the one before"
                             : one->offset % alignment != 0 ? "not aligned"
                                                            : "a hole");
        }
        if (one->offset > n_data || one->tensor.n_bytes > n_data - one->offset) {
            return gguf_fail(reader, data,
                             "tensor '%s': found %llu bytes at offset %llu, expected them within "
                             "the %llu bytes of data",
                             shown, (unsigned long long)one->tensor.n_bytes,
                             (unsigned long long)one->offset, (unsigned long long)n_data);
        }
        end = one->offset + one->tensor.n_bytes;
    }
    if (n_data > end + padding(end, alignment)) {
        char line[512];
        snprintf(line, sizeof line, "%s: byte %llu: %llu bytes after the last tensor",
                 reader->map->path, (unsigned long long)(data + end),
                 (unsigned long long)(n_data - end));
        reader->file->host->log(reader->file->host, EMB_LOG_WARN, line);
    }
    return EMB_OK;
}

static emb_status read_alignment(const struct gguf_reader *reader, const struct gguf *gguf,
                                 uint64_t *ret_alignment)
{
    static const char key[] = "general.alignment";
    uint64_t alignment = DEFAULT_ALIGNMENT;
    const struct gguf_pair *pair = gguf_find(gguf, key, sizeof key - 1);
    if (pair) {
        uint64_t at = (uint64_t)(pair->values - reader->map->bytes);
        if (!gguf_uint(gguf, key, &alignment) || pair->type != GGUF_U32 || alignment == 0 ||
            alignment % 8 != 0) {
            return gguf_fail(reader, at, "found another %s, expected a u32, multiple of 8", key);
        }
    }
    *ret_alignment = alignment;
    return EMB_OK;
}

/* One of several files holds no whole model. */
static emb_status check_split(const struct gguf_reader *reader, const struct gguf *gguf)
{
    static const char key[] = "split.count";
    uint64_t n = 0;
    const struct gguf_pair *pair = gguf_find(gguf, key, sizeof key - 1);
    if (pair && (!gguf_uint(gguf, key, &n) || n > 1)) {
        return gguf_fail(reader, (uint64_t)(pair->values - reader->map->bytes),
                         "found %s %llu, a part of a model, expected a whole one: merge the parts",
                         key, (unsigned long long)n);
    }
    return EMB_OK;
}

static emb_status read_tensors(struct gguf_reader *reader, uint64_t n, uint64_t alignment)
{
    enum { LEAST = 8 + 1 + 4 + 4 + 8 }; /* bytes of a description: name, dimensions, type, offset */
    const struct emb_host *host = reader->file->host;
    uint64_t left = reader->map->n_bytes - reader->at;
    if (n > left / LEAST) {
        return gguf_fail(
            reader, 8, "found %llu tensors described in %llu bytes, expected at most %llu",
            (unsigned long long)n, (unsigned long long)left, (unsigned long long)(left / LEAST));
    }
    struct placed *placed = host->alloc(host, (n + 1) * sizeof *placed);
    if (!placed) {
        return tensor_file_no_memory(reader->file, reader->map->path);
    }
    emb_status status = EMB_OK;
    for (uint64_t i = 0; i < n && status == EMB_OK; i++) {
        status = read_description(reader, &placed[i].tensor, &placed[i].offset);
    }
    if (status == EMB_OK) {
        uint64_t pad = padding(reader->at, alignment);
        left = reader->map->n_bytes - reader->at;
        reader->at += pad < left ? pad : left;
        status = check_places(reader, placed, n, alignment);
    }
    for (uint64_t i = 0; i < n && status == EMB_OK; i++) {
        placed[i].tensor.data = reader->map->bytes + reader->at + placed[i].offset;
        status = tensor_file_add(reader->file, reader->map, &placed[i].tensor);
    }
    host->free(host, placed);
    return status;
}

static emb_status read_header(struct gguf_reader *reader, uint64_t *ret_n_tensors,
                              uint64_t *ret_n_pairs)
{
    uint64_t version = 0;
    reader->at = 4;
    TRY(gguf_read_uint(reader, 4, "version", &version));
    if (version != 2 && version != 3) {
        const char *why = version == 1                         ? ", which had 32-bit sizes"
                          : version && (version & 0xffff) == 0 ? ", a big-endian file"
                                                               : "";
        return gguf_fail(reader, 4, "found GGUF version %llu%s, expected 2 or 3, little-endian",
                         (unsigned long long)version, why);
    }
    TRY(gguf_read_uint(reader, 8, "number of tensors", ret_n_tensors));
    return gguf_read_uint(reader, 8, "number of metadata pairs", ret_n_pairs);
}

emb_status gguf_read(struct tensor_file *file, const struct tensor_map *map)
{
    struct gguf_reader reader = {.file = file, .map = map};
    uint64_t n_tensors = 0, n_pairs = 0, alignment = 0;
    struct gguf *gguf = tensor_file_alloc(file, sizeof *gguf);
    if (!gguf) {
        return tensor_file_no_memory(file, map->path);
    }
    TRY(read_header(&reader, &n_tensors, &n_pairs));
    TRY(gguf_read_metadata(&reader, n_pairs, gguf));
    TRY(check_split(&reader, gguf));
    TRY(read_alignment(&reader, gguf, &alignment));
    TRY(read_tensors(&reader, n_tensors, alignment));
    file->gguf = gguf;
    return EMB_OK;
}
