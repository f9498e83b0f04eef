/* convert.c - the portable kernels, the choice among tables, tensor_to_f32. */
#include "convert.h"

#include "blocks.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "model files are little-endian, and read in place");

/* Half precision */

static uint16_t load_u16(const uint8_t *from)
{
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static float f16_value(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    if (exponent == 0) { /* zero or subnormal: fraction units of 2^-24 */
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    if (exponent == 31) { /* infinity or NaN, made quiet */
        return float_of(sign | 0x7f800000u | fraction << 13 | (fraction ? 0x400000u : 0));
    }
    return float_of(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static void f16_portable(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    for (uint64_t i = 0; i < n; i++) {
        to[i] = f16_value(load_u16(bytes + 2 * i));
    }
}

/* bfloat16: the upper half of a float32. */
static void bf16_portable(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    for (uint64_t i = 0; i < n; i++) {
        to[i] = float_of((uint32_t)load_u16(bytes + 2 * i) << 16);
    }
}

/* Packed blocks: layouts in blocks.h */

static void q8_0_portable(const void *from, float *to, uint64_t n)
{
    const struct block_q8_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        float d = f16_value(load_u16(block->d));
        for (uint32_t i = 0; i < 32; i++) {
            to[i] = d * (float)block->q[i];
        }
    }
}

static void q4_0_portable(const void *from, float *to, uint64_t n)
{
    const struct block_q4_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        float d = f16_value(load_u16(block->d));
        for (uint32_t i = 0; i < 16; i++) {
            to[i] = d * (float)((block->q[i] & 15) - 8);
            to[i + 16] = d * (float)((block->q[i] >> 4) - 8);
        }
    }
}

static void q4_k_portable(const void *from, float *to, uint64_t n)
{
    const struct block_q4_k *block = from;
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = f16_value(load_u16(block->d)), dmin = f16_value(load_u16(block->dmin));
        for (uint32_t group = 0; group < 8; group++) {
            struct scale_min sm = block_scale_min(block->scales, group);
            float scale = d * (float)sm.scale, min = dmin * (float)sm.min;
            const uint8_t *q = block->q + group / 2 * 32;
            uint32_t shift = group % 2 * 4;
            for (uint32_t i = 0; i < 32; i++) {
                *to++ = scale * (float)(q[i] >> shift & 15) - min;
            }
        }
    }
}

static void q5_k_portable(const void *from, float *to, uint64_t n)
{
    const struct block_q5_k *block = from;
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = f16_value(load_u16(block->d)), dmin = f16_value(load_u16(block->dmin));
        for (uint32_t group = 0; group < 8; group++) {
            struct scale_min sm = block_scale_min(block->scales, group);
            float scale = d * (float)sm.scale, min = dmin * (float)sm.min;
            const uint8_t *q = block->q + group / 2 * 32;
            uint32_t shift = group % 2 * 4;
            for (uint32_t i = 0; i < 32; i++) {
                uint32_t fifth = block->high[i] >> group & 1u;
                *to++ = scale * (float)((q[i] >> shift & 15u) + fifth * 16) - min;
            }
        }
    }
}

static void q6_k_portable(const void *from, float *to, uint64_t n)
{
    const struct block_q6_k *block = from;
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = f16_value(load_u16(block->d));
        for (uint32_t e = 0; e < 256; e++) {
            uint32_t half = e / 128, quarter = e % 128 / 32, i = e % 32;
            uint32_t low = block->low[half * 64 + quarter % 2 * 32 + i] >> (quarter / 2 * 4) & 15u;
            uint32_t high = block->high[half * 32 + i] >> (quarter * 2) & 3u;
            float scale = d * (float)block->scales[e / 16];
            *to++ = scale * (float)((int32_t)(low | high << 4) - 32);
        }
    }
}

const struct convert_table *convert_portable(void)
{
    static const struct convert_table table = {
        "portable",    f16_portable,  bf16_portable, q8_0_portable,
        q4_0_portable, q4_k_portable, q5_k_portable, q6_k_portable,
    };
    return &table;
}

/* The choice */

/* The best table for this machine, chosen once. */
static const struct convert_table *best_table(void)
{
    static _Atomic(const struct convert_table *) chosen;
    const struct convert_table *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!table) { /* every thread that comes here finds the same one */
        table = convert_avx512();
        table = table ? table : convert_avx2();
        table = table ? table : convert_neon();
        table = table ? table : convert_portable();
        atomic_store_explicit(&chosen, table, memory_order_release);
    }
    return table;
}

convert_kernel *convert_kernel_of(const struct convert_table *table, enum tensor_type type)
{
    switch (type) {
    case TENSOR_F16:
        return table->f16;
    case TENSOR_BF16:
        return table->bf16;
    case TENSOR_Q8_0:
        return table->q8_0;
    case TENSOR_Q4_0:
        return table->q4_0;
    case TENSOR_Q4_K:
        return table->q4_k;
    case TENSOR_Q5_K:
        return table->q5_k;
    case TENSOR_Q6_K:
        return table->q6_k;
    case TENSOR_F32:
    case TENSOR_F64:
    case TENSOR_I64:
    case TENSOR_I32:
    case TENSOR_I16:
    case TENSOR_I8:
    case TENSOR_U8:
    case TENSOR_BOOL:
        break;
    }
    return NULL;
}

bool tensor_to_f32(const struct tensor *tensor, uint64_t first, uint64_t n, float *ret_values)
{
    uint64_t n_elements = tensor_elements(tensor);
    assert(first <= n_elements && n <= n_elements - first);
    const uint8_t *from = tensor->data;
    convert_kernel *kernel = convert_kernel_of(best_table(), tensor->type);
    if (kernel) {
        kernel(from + tensor_type_bytes(tensor->type, first), ret_values, n);
        return true;
    }
    if (tensor->type == TENSOR_F32) {
        memcpy(ret_values, from + first * 4, n * 4);
        return true;
    }
    if (tensor->type == TENSOR_F64) {
        for (uint64_t i = 0; i < n; i++) {
            double value;
            memcpy(&value, from + (first + i) * 8, sizeof value);
            ret_values[i] = (float)value;
        }
        return true;
    }
    return false;
}
