/* Factors in units of the kernels: rows of the sum read along it or across it, squares of 16 units
 * turned round where the two differ. */
#include "learn/pack.h"

#ifdef TRANSFORMER_X86

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline AVX512 __attribute__((always_inline))

enum { LANES = 16, PANEL = 32 };

INLINE __mmask16 first_lanes(int64_t n)
{
    return n >= LANES ? 0xffff : n <= 0 ? 0 : (__mmask16)((1u << n) - 1);
}

/* [32] bfloat16, `earlier` in the lower half, nearest, ties to even; denormal numbers become 0, as
 * the products take them. Written out, for the file is compiled for processors without
 * AVX512_BF16, too, which never come here. */
INLINE __m512i rounded(__m512 earlier, __m512 later)
{
    __m512i both;
    __asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(both) : "v"(later), "v"(earlier));
    return both;
}

/* Units of which the halves are those of two rows. */
INLINE __m512i halves(__m512 earlier, __m512 later)
{
    const __m512i low = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i one_row = _mm512_set1_epi32(16 << 16); /* of the second, 16 numbers on */
    __m512i order = _mm512_or_si512(low, _mm512_add_epi32(_mm512_slli_epi32(low, 16), one_row));
    return _mm512_permutexvar_epi16(order, rounded(earlier, later));
}

/* 16 units along the sum, of n numbers that are left of it. */
INLINE __m512i along(bool is_bf16, const float *x, int64_t n)
{
    __m512 first = _mm512_maskz_loadu_ps(first_lanes(n), x);
    if (!is_bf16) {
        return _mm512_castps_si512(first);
    }
    __mmask16 more = first_lanes(n - LANES);
    return rounded(first, more ? _mm512_maskz_loadu_ps(more, x + LANES) : _mm512_setzero_ps());
}

/* Unit u of 16 columns of a factor of which a row holds one number of each sum; k rows, n columns
 * left. */
INLINE __m512i across(bool is_bf16, const float *x, size_t ld, uint64_t u, uint64_t k, int64_t n)
{
    __mmask16 columns = first_lanes(n);
    uint64_t row = is_bf16 ? 2 * u : u;
    __m512 earlier = row < k ? _mm512_maskz_loadu_ps(columns, x + row * ld) : _mm512_setzero_ps();
    if (!is_bf16) {
        return _mm512_castps_si512(earlier);
    }
    __m512 later =
        row + 1 < k ? _mm512_maskz_loadu_ps(columns, x + (row + 1) * ld) : _mm512_setzero_ps();
    return halves(earlier, later);
}

/* [16, 16] units turned round. */
INLINE void turn(__m512i t[LANES])
{
    __m512i u[LANES], v[LANES];
    for (int i = 0; i < LANES; i += 2) {
        u[i] = _mm512_unpacklo_epi32(t[i], t[i + 1]);
        u[i + 1] = _mm512_unpackhi_epi32(t[i], t[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4) {
        v[i] = _mm512_unpacklo_epi64(u[i], u[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(u[i], u[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(u[i + 1], u[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(u[i + 1], u[i + 3]);
    }
    for (int j = 0; j < 4;
         j++) { /* quarter q of v[4 i + j]: column 4 q + j of rows 4 i to 4 i + 3 */
        u[j] = _mm512_shuffle_i32x4(v[j], v[4 + j], 0x88);
        u[4 + j] = _mm512_shuffle_i32x4(v[j], v[4 + j], 0xdd);
        u[8 + j] = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0x88);
        u[12 + j] = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0xdd);
    }
    for (int j = 0; j < 4; j++) {
        t[j] = _mm512_shuffle_i32x4(u[j], u[8 + j], 0x88);
        t[4 + j] = _mm512_shuffle_i32x4(u[4 + j], u[12 + j], 0x88);
        t[8 + j] = _mm512_shuffle_i32x4(u[j], u[8 + j], 0xdd);
        t[12 + j] = _mm512_shuffle_i32x4(u[4 + j], u[12 + j], 0xdd);
    }
}

/* 16 columns of a panel, of `columns` that are left. */
INLINE void half_panel(bool is_bf16, const struct blas_factor *factor, uint32_t k, uint32_t first,
                       int64_t columns, int32_t *to)
{
    uint64_t depth = is_bf16 ? 2 : 1, n_units = (k + depth - 1) / depth;
    if (!factor->turn) {
        for (uint64_t u = 0; u < n_units; u++) {
            const float *x = factor->data + first;
            _mm512_storeu_si512(to + u * PANEL, across(is_bf16, x, factor->ld, u, k, columns));
        }
        return;
    }
    for (uint64_t u = 0; u < n_units; u += LANES) {
        __m512i square[LANES];
        for (int j = 0; j < LANES; j++) {
            const float *x = factor->data + (uint64_t)(first + (uint32_t)j) * factor->ld;
            square[j] = j < columns
                            ? along(is_bf16, x + u * depth, (int64_t)k - (int64_t)(u * depth))
                            : _mm512_setzero_si512();
        }
        turn(square);
        for (uint64_t i = 0; i < LANES && u + i < n_units; i++) {
            _mm512_storeu_si512(to + (u + i) * PANEL, square[i]);
        }
    }
}

INLINE void panel(bool is_bf16, const struct blas_factor *factor, uint32_t k, uint32_t n,
                  uint32_t p, int32_t *to)
{
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t first = p * PANEL + half * LANES;
        half_panel(is_bf16, factor, k, first < n ? first : 0, (int64_t)n - first,
                   to + half * LANES);
    }
}

/* What the next square needs of rows [first, first + n): too far apart for the processor to guess.
 */
INLINE void fetch_rows(const float *x, size_t ld, uint64_t first, uint64_t n, uint64_t k)
{
    for (uint64_t row = first; row < first + n && row < k; row++) {
        _mm_prefetch(x + row * ld, _MM_HINT_T0);
    }
}

INLINE void rows(bool is_bf16, const struct blas_factor *factor, uint32_t m, uint32_t k,
                 int32_t *to, size_t ld)
{
    uint64_t depth = is_bf16 ? 2 : 1, n_units = (k + depth - 1) / depth;
    for (uint32_t r = 0; r < m && !factor->turn; r++) {
        const float *x = factor->data + (uint64_t)r * factor->ld;
        for (uint64_t u = 0; u < n_units; u += LANES) {
            __m512i units = along(is_bf16, x + u * depth, (int64_t)k - (int64_t)(u * depth));
            _mm512_storeu_si512(to + r * ld + u, units);
        }
    }
    for (uint64_t u = 0; u < n_units && factor->turn; u += LANES) {
        for (uint32_t r = 0; r < m; r += LANES) {
            __m512i square[LANES];
            for (uint64_t i = 0; i < LANES; i++) {
                square[i] = across(is_bf16, factor->data + r, factor->ld, u + i, k, (int64_t)m - r);
            }
            fetch_rows(factor->data + r, factor->ld, (u + LANES) * depth, depth * LANES, k);
            turn(square);
            for (uint32_t j = 0; j < LANES && r + j < m; j++) {
                _mm512_storeu_si512(to + (r + j) * ld + u, square[j]);
            }
        }
    }
}

AVX512 void pack_panel(enum compute compute, struct blas_factor factor, uint32_t k, uint32_t n,
                       uint32_t p, int32_t *to)
{
    if (compute == COMPUTE_BF16) {
        panel(true, &factor, k, n, p, to);
    } else {
        panel(false, &factor, k, n, p, to);
    }
}

AVX512 void pack_rows(enum compute compute, struct blas_factor factor, uint32_t m, uint32_t k,
                      int32_t *to, size_t ld)
{
    if (compute == COMPUTE_BF16) {
        rows(true, &factor, m, k, to, ld);
    } else {
        rows(false, &factor, m, k, to, ld);
    }
}

#else /* never called */

void pack_panel(enum compute compute, struct blas_factor factor, uint32_t k, uint32_t n, uint32_t p,
                int32_t *to)
{
    (void)compute, (void)factor, (void)k, (void)n, (void)p, (void)to;
}

void pack_rows(enum compute compute, struct blas_factor factor, uint32_t m, uint32_t k, int32_t *to,
               size_t ld)
{
    (void)compute, (void)factor, (void)m, (void)k, (void)to, (void)ld;
}

#endif
