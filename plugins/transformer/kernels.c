/* kernels.c - which kernels this machine runs. */
#include "kernels.h"

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
    return strcmp(name, "portable") == 0 ? &kernels_portable : NULL;
}

const struct kernels *kernels_best(void)
{
    static const char *const order[] = {"avx512", "avx2", "portable"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct kernels *kernels = kernels_named(order[i]);
        if (kernels) {
            return kernels;
        }
    }
    return &kernels_portable;
}

bool kernels_have(const struct kernels *kernels, enum compute compute)
{
    (void)kernels;
    return compute == COMPUTE_F32;
}

size_t attention_room(uint32_t head_dim)
{
    return 14 * (KEY_BLOCK + (size_t)(head_dim + 31) / 32 * 32);
}

uint64_t matrix_elements(const struct kernels *kernels, uint32_t n_in, uint32_t n_out)
{
    return (uint64_t)n_in * ((n_out + kernels->panel - 1) / kernels->panel * kernels->panel);
}

size_t product_work(enum compute compute, uint32_t n_rows, uint32_t n_in)
{
    (void)n_rows, (void)n_in;
    return compute == COMPUTE_F32 ? 0 : SIZE_MAX;
}
