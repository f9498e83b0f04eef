/* Chooses the trainers' kernels for this processor. */
#include "train/kernels.h"

#include <stddef.h>
#include <string.h>

const struct kernels *kernels_find(const char *name)
{
    const struct kernels *best = &kernels_vector;
#ifdef TRAIN_HAVE_X86_KERNELS
    int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    if (has_avx2) {
        best = &kernels_avx2;
    }
    if (has_avx512) {
        best = &kernels_avx512;
    }
    if (strcmp(name, "avx2") == 0) {
        return has_avx2 ? &kernels_avx2 : NULL;
    }
    if (strcmp(name, "avx512") == 0) {
        return has_avx512 ? &kernels_avx512 : NULL;
    }
#endif
    if (strcmp(name, "auto") == 0) {
        return best;
    }
    if (strcmp(name, "reference") == 0) {
        return &kernels_reference;
    }
    return strcmp(name, "vector") == 0 ? &kernels_vector : NULL;
}
