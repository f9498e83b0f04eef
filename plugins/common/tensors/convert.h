/*
 * convert.h - packed and half-precision elements to float32.
 *
 * One table of kernels for each instruction set. All tables give the same bits for the same bytes
 * (the library is compiled without contraction to fused multiply-add), so that vectors do not
 * depend on the machine; NaN stays NaN, quieted as the F16C instructions do.
 *
 * A kernel converts n elements (whole blocks for packed types) from `from`, which need not be
 * aligned, to `to`. It reads exactly tensor_type_bytes(type, n) bytes.
 */
#ifndef COMMON_TENSORS_CONVERT_H
#define COMMON_TENSORS_CONVERT_H

#include "tensors.h"

typedef void convert_kernel(const void *from, float *to, uint64_t n);

struct convert_table {
    const char *name; /* "portable", "avx2", "avx512", "neon" */
    convert_kernel *f16, *bf16, *q8_0, *q4_0, *q4_k, *q5_k, *q6_k;
};

/* The clear reference, on every machine. */
const struct convert_table *convert_portable(void);
/* NULL where this machine lacks the instructions. */
const struct convert_table *convert_avx2(void);
const struct convert_table *convert_avx512(void);
const struct convert_table *convert_neon(void);

/* The kernel of a type in a table, NULL for types that are not packed floats. */
convert_kernel *convert_kernel_of(const struct convert_table *table, enum tensor_type type);

#endif /* COMMON_TENSORS_CONVERT_H */
