/* type.c - element types: names, sizes, checked arithmetic on shapes. */
#include "tensor_file.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    uint16_t block;       /* elements */
    uint16_t block_bytes; /* bytes of a block */
} types[] = {
    [TENSOR_F32] = {"F32", 1, 4},       [TENSOR_F16] = {"F16", 1, 2},
    [TENSOR_BF16] = {"BF16", 1, 2},     [TENSOR_F64] = {"F64", 1, 8},
    [TENSOR_I64] = {"I64", 1, 8},       [TENSOR_I32] = {"I32", 1, 4},
    [TENSOR_I16] = {"I16", 1, 2},       [TENSOR_I8] = {"I8", 1, 1},
    [TENSOR_U8] = {"U8", 1, 1},         [TENSOR_BOOL] = {"BOOL", 1, 1},
    [TENSOR_Q8_0] = {"Q8_0", 32, 34},   [TENSOR_Q4_0] = {"Q4_0", 32, 18},
    [TENSOR_Q4_K] = {"Q4_K", 256, 144}, [TENSOR_Q5_K] = {"Q5_K", 256, 176},
    [TENSOR_Q6_K] = {"Q6_K", 256, 210},
};

const char *tensor_type_name(enum tensor_type type)
{
    assert((size_t)type < sizeof types / sizeof types[0]);
    return types[type].name;
}

uint32_t tensor_type_block(enum tensor_type type)
{
    assert((size_t)type < sizeof types / sizeof types[0]);
    return types[type].block;
}

bool tensor_type_bytes_checked(enum tensor_type type, uint64_t elements, uint64_t *ret_bytes)
{
    uint32_t block = tensor_type_block(type);
    return elements % block == 0 &&
           tensor_multiply(elements / block, types[type].block_bytes, ret_bytes);
}

uint64_t tensor_type_bytes(enum tensor_type type, uint64_t elements)
{
    uint64_t bytes = 0;
    bool whole = tensor_type_bytes_checked(type, elements, &bytes);
    assert(whole);
    (void)whole;
    return bytes;
}

bool tensor_shape_elements(const uint64_t *shape, uint64_t n_dims, uint64_t *ret_elements)
{
    uint64_t elements = 1;
    for (uint64_t i = 0; i < n_dims; i++) {
        if (!tensor_multiply(elements, shape[i], &elements)) {
            return false;
        }
    }
    *ret_elements = elements;
    return true;
}

uint64_t tensor_elements(const struct tensor *tensor)
{
    uint64_t elements = 0;
    bool fits = tensor_shape_elements(tensor->shape, tensor->n_dims, &elements);
    assert(fits); /* the readers checked it */
    (void)fits;
    return elements;
}

const char *tensor_shown(char *out, size_t capacity, const char *text, uint64_t n_bytes)
{
    assert(capacity >= 4);
    bool cut = n_bytes > capacity - 1;
    size_t n = cut ? capacity - 4 : (size_t)n_bytes;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(text[i] >= 32 && text[i] <= 126 ? text[i] : '?');
    }
    memcpy(out + n, cut ? "..." : "", cut ? 4 : 1);
    return out;
}
