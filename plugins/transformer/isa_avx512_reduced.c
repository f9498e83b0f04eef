/*
 * isa_avx512_reduced.c - kernels.h with AVX-512 and products in bfloat16 (AVX512_BF16) or int8
 * (AVX512_VNNI). Both work on units of 32 bits, two or four values deep: a panel of W holds
 * [units, 32] of them, and a row of A becomes units before the product. Sums are float32 or int32.
 *
 * int8 (Dettmers et al. 2022 without outliers kept): W per column, w = scale * q, q in [-127, 127];
 * A per row, a = s * (u - 128), u in [1, 255]; so x W = s * scale * (u . q - 128 sum(q)).
 */
#define LANES 16
#define TILE 14
#define KERNELS kernels_avx512_reduced
#define KERNELS_NAME "avx512"
#define OWN_PRODUCT
#include "isa_template.inc"

#include <immintrin.h>

static void bf16_row(const float *x, uint32_t n, uint32_t n_units, int32_t *units)
{
    uint32_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256bh half = _mm512_cvtneps_pbh(_mm512_loadu_ps(x + i));
        memcpy(units + i / 2, &half, sizeof half);
    }
    if (i < 2 * n_units) {
        float tail[16] = {0};
        memcpy(tail, x + i, (n - i) * sizeof *x);
        __m256bh half = _mm512_cvtneps_pbh(_mm512_loadu_ps(tail));
        memcpy(units + i / 2, &half, (2 * n_units - i) * 2);
    }
}

INLINE __m128i int8_of(__m512 values, __m512 inverse)
{
    __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(values, inverse));
    return _mm512_cvtepi32_epi8(_mm512_add_epi32(whole, _mm512_set1_epi32(128)));
}

/* Returns the row's unit s. */
static float int8_row(const float *x, uint32_t n, uint32_t n_units, int32_t *units)
{
    __m512 most = _mm512_setzero_ps();
    uint32_t i = 0;
    for (; i + 16 <= n; i += 16) {
        most = _mm512_max_ps(most, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
    }
    float max = _mm512_reduce_max_ps(most);
    for (; i < n; i++) {
        max = fmaxf(max, fabsf(x[i]));
    }
    __m512 inverse = _mm512_set1_ps(max > 0 ? 127.0f / max : 0.0f);
    for (i = 0; i + 16 <= n; i += 16) {
        _mm_storeu_si128((__m128i *)(units + i / 4), int8_of(_mm512_loadu_ps(x + i), inverse));
    }
    if (i < 4 * n_units) {
        float tail[16] = {0};
        memcpy(tail, x + i, (n - i) * sizeof *x);
        __m128i bytes = int8_of(_mm512_loadu_ps(tail), inverse);
        memcpy(units + i / 4, &bytes, 4 * n_units - i);
    }
    return max / 127.0f;
}

/* As `tile` of the template, on units. */
INLINE void unit_tile(int rows, bool bf16, size_t k, const int32_t *a, size_t lda, const int32_t *b,
                      float *c, size_t ldc, bool add, const int32_t *soon)
{
    __m512i sum[TILE][2];
#pragma GCC unroll 14
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            sum[i][j] =
                add ? _mm512_loadu_si512(c + (size_t)i * ldc + 16 * j) : _mm512_setzero_si512();
        }
    }
    const int32_t *low = a, *high = a + HALF_TILE * lda;
    ptrdiff_t away = soon - b;
    for (size_t p = 0; p < k; p++) {
        __m512i right[2] = {_mm512_loadu_si512(b), _mm512_loadu_si512(b + 16)};
        __builtin_prefetch(b + away, 0, 2);
        __builtin_prefetch(b + away + 16, 0, 2);
#pragma GCC unroll 14
        for (int i = 0; i < rows; i++) {
            __m512i left = _mm512_set1_epi32(i < HALF_TILE ? low[(size_t)i * lda]
                                                           : high[(size_t)(i - HALF_TILE) * lda]);
#pragma GCC unroll 2
            for (int j = 0; j < 2; j++) {
                sum[i][j] = bf16 ? (__m512i)_mm512_dpbf16_ps((__m512)sum[i][j], (__m512bh)left,
                                                             (__m512bh)right[j])
                                 : _mm512_dpbusd_epi32(sum[i][j], left, right[j]);
            }
        }
        low++;
        high++;
        b += 32;
    }
#pragma GCC unroll 14
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            _mm512_storeu_si512(c + (size_t)i * ldc + 16 * j, sum[i][j]);
        }
    }
}

#define UNIT_TILE(n)                                                                               \
    case n:                                                                                        \
        unit_tile(n, bf16, k, a, lda, b, c, ldc, add, soon);                                       \
        break;

INLINE void unit_tile_any(uint32_t rows, bool bf16, size_t k, const int32_t *a, size_t lda,
                          const int32_t *b, float *c, size_t ldc, bool add, const int32_t *soon)
{
    switch (rows) {
        UNIT_TILE(1)
        UNIT_TILE(2)
        UNIT_TILE(3)
        UNIT_TILE(4)
        UNIT_TILE(5)
        UNIT_TILE(6)
        UNIT_TILE(7)
        UNIT_TILE(8)
        UNIT_TILE(9)
        UNIT_TILE(10)
        UNIT_TILE(11)
        UNIT_TILE(12)
        UNIT_TILE(13)
        UNIT_TILE(14)
    }
}

__attribute__((noinline)) static void bf16_tile(uint32_t rows, size_t k, const int32_t *a,
                                                size_t lda, const int32_t *b, float *c, size_t ldc,
                                                bool add, const int32_t *soon)
{
    unit_tile_any(rows, true, k, a, lda, b, c, ldc, add, soon);
}

static void units_tile(uint32_t rows, size_t k, const int32_t *a, size_t lda, const int32_t *b,
                       float *c, size_t ldc, bool add, const int32_t *soon)
{
    bf16_tile(rows, k, a, lda, b, c, ldc, add, soon);
}

__attribute__((noinline)) static void int8_tile(uint32_t rows, size_t k, const int32_t *a,
                                                size_t lda, const int32_t *b, float *c, size_t ldc,
                                                bool add, const int32_t *soon)
{
    unit_tile_any(rows, false, k, a, lda, b, c, ldc, add, soon);
}

/* int32 sums, in the place of the floats, to what they stand for. */
static void int8_to_float(uint32_t rows, size_t column, const struct matrix *w, const float *units,
                          float *c, size_t ldc)
{
    for (uint32_t r = 0; r < rows; r++) {
        for (size_t j = column; j < column + 32; j += 16) {
            __m512i sum = _mm512_loadu_si512(c + r * ldc + j);
            __m512i shift = _mm512_slli_epi32(_mm512_loadu_si512(w->sum + j), 7);
            __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(w->scale + j), _mm512_set1_ps(units[r]));
            __m512 value = _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, shift));
            _mm512_storeu_ps(c + r * ldc + j, _mm512_mul_ps(value, scale));
        }
    }
}

static void product_units(uint32_t n_rows, const int32_t *a, size_t lda, const float *row_units,
                          const struct matrix *w, const struct epilogue *then, float *c, size_t ldc)
{
    bool bf16 = w->compute == COMPUTE_BF16;
    size_t n_units = bf16 ? (w->n_in + 1) / 2 : (w->n_in + 3) / 4;
    const int32_t *panels = w->panels;
    uint32_t n_panels = (w->n_out + PANEL - 1) / PANEL;
    for (size_t k = 0; k < n_units; k += DEPTH) {
        size_t depth = n_units - k < DEPTH ? n_units - k : DEPTH;
        bool last = k + depth == n_units;
        for (uint32_t first = 0; first < n_panels; first += BREADTH) {
            uint32_t end = n_panels - first < BREADTH ? n_panels : first + BREADTH;
            for (uint32_t r = 0; r < n_rows; r += TILE) {
                uint32_t rows = n_rows - r < TILE ? n_rows - r : TILE;
                struct epilogue here = *then;
                here.mul += then->mul ? r * then->ld_mul : 0;
                here.add += then->add ? r * then->ld_add : 0;
                for (uint32_t p = first; p < end; p++) {
                    size_t column = (size_t)p * PANEL;
                    const int32_t *panel = panels + (p * n_units + k) * PANEL;
                    const int32_t *soon =
                        r == 0 && p + 1 < n_panels ? panel + n_units * PANEL : panel;
                    (bf16 ? bf16_tile : int8_tile)(rows, depth, a + r * lda + k, lda, panel,
                                                   c + r * ldc + column, ldc, k > 0, soon);
                    if (last && !bf16) {
                        int8_to_float(rows, column, w, row_units + r, c + r * ldc, ldc);
                    }
                    if (last) {
                        finish_panel(rows, column, w->bias, &here, c + r * ldc, ldc);
                    }
                }
            }
        }
    }
}

static void product(uint32_t n_rows, const float *a, size_t lda, const struct matrix *w,
                    const struct epilogue *then, float *c, size_t ldc, void *work)
{
    static const struct epilogue nothing;
    then = then ? then : &nothing;
    if (w->compute == COMPUTE_F32) {
        product_f32(n_rows, a, lda, w, then, c, ldc);
        return;
    }
    bool bf16 = w->compute == COMPUTE_BF16;
    uint32_t n_units = bf16 ? (w->n_in + 1) / 2 : (w->n_in + 3) / 4;
    size_t ld = kernels_ld(n_units);
    float *row_units = work; /* [n_rows], then the rows' units [n_rows, ld] */
    int32_t *units = (int32_t *)work + (n_rows + 15) / 16 * 16;
    for (uint32_t r = 0; r < n_rows; r++) {
        if (bf16) {
            bf16_row(a + r * lda, w->n_in, n_units, units + r * ld);
        } else {
            row_units[r] = int8_row(a + r * lda, w->n_in, n_units, units + r * ld);
        }
    }
    product_units(n_rows, units, ld, row_units, w, then, c, ldc);
}
