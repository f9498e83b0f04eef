/* kernels.c - which kernels this machine runs. */
#include "kernels.h"

#include <math.h>
#include <string.h>

const struct kernels *kernels_named(const char *name)
{
#ifdef TRANSFORMER_X86
    if (strcmp(name, "avx512") == 0) {
        bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("fma");
        return runs ? &kernels_avx512 : NULL;
    }
    if (strcmp(name, "avx2") == 0) {
        bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        return runs ? &kernels_avx2 : NULL;
    }
#endif
#ifdef __aarch64__
    if (strcmp(name, "neon") == 0) {
        return &kernels_neon;
    }
#endif
    return strcmp(name, "portable") == 0 ? &kernels_portable : NULL;
}

const struct kernels *kernels_best(void)
{
    static const char *const order[] = {"avx512", "avx2", "neon", "portable"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct kernels *kernels = kernels_named(order[i]);
        if (kernels) {
            return kernels;
        }
    }
    return &kernels_portable;
}

const struct kernels *kernels_for(const struct kernels *kernels, enum compute compute)
{
    if (compute == COMPUTE_F32) {
        return kernels;
    }
#ifdef TRANSFORMER_X86
    if (kernels == &kernels_avx512 && __builtin_cpu_supports("avx512bf16") &&
        __builtin_cpu_supports("avx512vnni")) {
        return &kernels_avx512_reduced;
    }
#endif
    return NULL;
}

size_t attention_scratch(uint32_t head_dim)
{
    return 14 * (KEY_BLOCK + (size_t)(head_dim + 31) / 32 * 32);
}

uint32_t compute_depth(enum compute compute)
{
    return compute == COMPUTE_INT8 ? 4 : compute == COMPUTE_BF16 ? 2 : 1;
}

size_t product_work(enum compute compute, uint32_t n_rows, uint32_t n_in)
{
    size_t n_units = (n_in + compute_depth(compute) - 1) / compute_depth(compute);
    size_t units = (n_rows + 15) / 16 * 16 + n_rows * kernels_ld(n_units);
    return compute == COMPUTE_F32 ? 0 : units * sizeof(int32_t);
}

/* Nearest bfloat16, ties to even. */
static uint16_t bf16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static void reduce_bf16(uint32_t panel, uint32_t n_in, const float *from, uint16_t *to)
{
    for (uint32_t k = 0; k < n_in; k++) {
        for (uint32_t j = 0; j < panel; j++) {
            to[((size_t)(k / 2) * panel + j) * 2 + k % 2] = bf16_of(from[(size_t)k * panel + j]);
        }
    }
}

static void reduce_int8(uint32_t panel, uint32_t n_in, const float *from, int8_t *to, float *scale,
                        int32_t *sum)
{
    for (uint32_t j = 0; j < panel; j++) {
        float most = 0;
        for (uint32_t k = 0; k < n_in; k++) {
            most = fmaxf(most, fabsf(from[(size_t)k * panel + j]));
        }
        scale[j] = most / 127.0f;
        sum[j] = 0;
        for (uint32_t k = 0; k < n_in; k++) {
            float q = most > 0 ? from[(size_t)k * panel + j] * (127.0f / most) : 0.0f;
            int8_t whole = (int8_t)lrintf(q);
            to[((size_t)(k / 4) * panel + j) * 4 + k % 4] = whole;
            sum[j] += whole;
        }
    }
}

void reduce_panel(enum compute compute, uint32_t panel, uint32_t n_in, const float *from, void *to,
                  float *scale, int32_t *sum)
{
    if (compute == COMPUTE_BF16) {
        reduce_bf16(panel, n_in, from, to);
    } else if (compute == COMPUTE_INT8) {
        reduce_int8(panel, n_in, from, to, scale, sum);
    }
}
