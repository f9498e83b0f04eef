/*
 * kernels.h - the arithmetic of the forward pass, once per instruction set.
 *
 * isa_template.inc is compiled once for each set that the processor's family has: vectors of 4 for
 * any machine; on x86-64 AVX2 + FMA of 8 and AVX-512 of 16 lanes; on AArch64 NEON of 4, in larger
 * tiles. kernels_best() picks at run time. Every result of a row depends on that row alone:
 * its sums run in one fixed order, whatever rows stand beside it. So a vector is the same, bit for
 * bit, in any batch and with any number of workers (on one instruction set).
 *
 * Buffers: rows of ld floats. Products write whole panels, so ld must reach to the end of the last
 * panel (kernels_ld); what lies between the last column and ld has no meaning.
 */
#ifndef TRANSFORMER_KERNELS_H
#define TRANSFORMER_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum activation {
    ACT_NONE,
    ACT_GELU,      /* x Phi(x), Hendrycks & Gimpel 2016 */
    ACT_GELU_TANH, /* its tanh approximation, same paper */
    ACT_RELU,
    ACT_SILU, /* x / (1 + exp(-x)), Elfwing et al. 2018 */
};

enum compute { COMPUTE_F32, COMPUTE_BF16, COMPUTE_INT8 };

/* y = x W + b with W packed into panels of kernels->panel columns: panel p holds columns
 * [p * panel, (p + 1) * panel), row after row (bf16: pairs of rows, int8: quadruples), columns
 * past n_out are zero. */
struct matrix {
    const void *panels; /* [n_panels, n_in, panel] of f32, bf16 or int8 */
    const float *bias;  /* [n_panels * panel] or NULL */
    const float *scale; /* int8: [n_panels * panel], a weight's unit */
    const int32_t *sum; /* int8: [n_panels * panel], sum of a column's weights */
    uint32_t n_in, n_out;
    enum compute compute;
};

/* What happens to a product before it is stored: act(xW + b) * mul + add. */
struct epilogue {
    enum activation act;
    const float *mul; /* [rows, ld_mul] or NULL */
    const float *add; /* [rows, ld_add] or NULL; may be the output itself */
    size_t ld_mul, ld_add;
};

/* Attention of one sequence. Keys lie transposed in panels of 32: element (key j, dimension c) of
 * key head h is keys[((j / 32 * n_kv_heads + h) * head_dim + c) * 32 + j % 32]. */
struct attention {
    const float *queries; /* [n, ld], head h at column h * head_dim */
    const float *values;  /* [n, ld], key head h at column h * head_dim */
    const float *keys;
    const uint32_t *at; /* query i stands in row at[i] of the sequence, ascending; NULL: in row i */
    size_t ld;
    uint32_t n; /* rows of the sequence */
    uint32_t n_heads, n_kv_heads, head_dim;
    uint32_t left, right; /* row i sees keys [i - left, i + right], within [0, n) */
    float scale;
    const float *bias; /* [n_heads, 2 * bias_reach + 1] by key - query + bias_reach, or NULL */
    uint32_t bias_reach;
};

enum { KEY_PANEL = 32, KEY_BLOCK = 512 /* keys per step of the running softmax */ };

struct kernels {
    const char *name;
    uint32_t panel; /* columns of a packed panel */
    uint32_t tile;  /* rows of a register tile: row counts in multiples of it are best */

    /* c[r, j] = epilogue(sum_k a[r, k] W[k, j] + bias[j]). a and c must not overlap. work: space
     * for product_work(n_rows, n_in) bytes where W is not f32, else NULL. */
    void (*product)(uint32_t n_rows, const float *a, size_t lda, const struct matrix *w,
                    const struct epilogue *then, float *c, size_t ldc, void *work);
    /* One tile: c[rows, panel] (+)= a[rows, k] b[k, panel], k counted in units of 32 bits, a
     * float32 or, of kernels_for(bf16), two bfloat16; rows <= tile; b 64-byte aligned or not. What
     * lies at `soon`, as large as b, is fetched meanwhile. */
    void (*units)(uint32_t rows, size_t k, const int32_t *a, size_t lda, const int32_t *b, float *c,
                  size_t ldc, bool add, const int32_t *soon);
    /* y = (x - mean) / sqrt(var + eps) * weight + bias (Ba et al. 2016); x may be y. */
    void (*layer_norm)(uint32_t n_rows, uint32_t dim, const float *x, size_t ldx,
                       const float *weight, const float *bias, float eps, float *y, size_t ldy);
    /* y = x / sqrt(mean(x^2) + eps) * weight (Zhang & Sennrich 2019); x may be y. */
    void (*rms_norm)(uint32_t n_rows, uint32_t dim, const float *x, size_t ldx, const float *weight,
                     const float *bias, float eps, float *y, size_t ldy);
    /* out[i, h * head_dim + c] for queries [first, last); out is row `first`.
     * room: attention_scratch(head_dim) floats. Memory does not grow with n: softmax runs over
     * blocks of keys with a running maximum (Milakov & Gimelshein 2018; Dao et al. 2022). */
    void (*attention)(const struct attention *job, uint32_t first, uint32_t last, float *out,
                      size_t ld_out, float *scratch);
    void (*activate)(enum activation act, size_t n, float *x);
    /* x[i] = exp(x[i] - max); returns their sum. */
    float (*exp_sum)(size_t n, float *x, float max);
    float (*dot)(size_t n, const float *x, const float *y);
};

extern const struct kernels kernels_portable;
#ifdef TRANSFORMER_X86
extern const struct kernels kernels_avx2;
extern const struct kernels kernels_avx512;
extern const struct kernels kernels_avx512_reduced; /* f32 as kernels_avx512; bf16, int8 too */
#endif
#ifdef __aarch64__
extern const struct kernels kernels_neon;
#endif

/* The best that this machine runs; a name ("portable", "avx2", "avx512", "neon") asks for that one: NULL if
 * it is unknown or does not run here. */
const struct kernels *kernels_best(void);
const struct kernels *kernels_named(const char *name);
/* These kernels with products in reduced precision too; NULL if this machine has no instructions
 * for it. f32: the kernels themselves. */
const struct kernels *kernels_for(const struct kernels *kernels, enum compute compute);

/* Row length for buffers of n columns: whole panels, and never a multiple of a page, so that the
 * rows of a tile do not fall into one set of the cache. */
static inline size_t kernels_ld(size_t n)
{
    return (n + 31) / 32 * 32 + 16;
}

size_t attention_scratch(uint32_t head_dim); /* floats */

/* Values side by side in a 32-bit unit of a panel: 1, 2 or 4. */
uint32_t compute_depth(enum compute compute);
/* One float32 panel [n_in, panel] as units [ceil(n_in / depth), panel], zeroed before; int8 also
 * writes the columns' scales and sums, [panel] each. */
void reduce_panel(enum compute compute, uint32_t panel, uint32_t n_in, const float *from, void *to,
                  float *scale, int32_t *sum);

/* Bytes of `work` a product of n_rows rows needs: 0 for f32. */
size_t product_work(enum compute compute, uint32_t n_rows, uint32_t n_in);

#endif /* TRANSFORMER_KERNELS_H */
