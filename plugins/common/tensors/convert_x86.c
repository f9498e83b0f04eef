/* convert_x86.c - the kernels for AVX2 + F16C and for AVX-512, chosen at run time. */
#include "convert.h"

#include <stddef.h>

#if defined(__x86_64__)

#include "blocks.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,f16c")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,f16c")))

/* AVX2 */

AVX2 static inline float half_avx2(const uint8_t from[2])
{
    uint16_t half;
    memcpy(&half, from, sizeof half);
    return _cvtsh_ss(half);
}

AVX2 static void f16_avx2(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 2 * i));
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(half));
    }
    for (; i < n; i++) {
        to[i] = half_avx2(bytes + 2 * i);
    }
}

AVX2 static void bf16_avx2(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 2 * i));
        __m256i wide = _mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16);
        _mm256_storeu_ps(to + i, _mm256_castsi256_ps(wide));
    }
    convert_portable()->bf16(bytes + 2 * i, to + i, n - i);
}

/* 8 signed bytes at `from`, as floats. */
AVX2 static inline __m256 signed_avx2(const void *from)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from)));
}

/* Each signed byte of `bytes`, widened and multiplied: to[i] = scale[i / 16] * bytes[i]. */
AVX2 static inline void scale_bytes_avx2(__m256i bytes, float scale0, float scale1, float *to)
{
    __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
    __m256 s0 = _mm256_set1_ps(scale0), s1 = _mm256_set1_ps(scale1);
    __m128i parts[4] = {low, _mm_srli_si128(low, 8), high, _mm_srli_si128(high, 8)};
    for (int k = 0; k < 4; k++) {
        __m256 x = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(parts[k]));
        _mm256_storeu_ps(to + 8 * k, _mm256_mul_ps(x, k < 2 ? s0 : s1));
    }
}

AVX2 static void q8_0_avx2(const void *from, float *to, uint64_t n)
{
    const struct block_q8_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        __m256 d = _mm256_set1_ps(half_avx2(block->d));
        for (int k = 0; k < 32; k += 8) {
            _mm256_storeu_ps(to + k, _mm256_mul_ps(d, signed_avx2(block->q + k)));
        }
    }
}

AVX2 static void q4_0_avx2(const void *from, float *to, uint64_t n)
{
    const struct block_q4_0 *block = from;
    const __m128i nibble = _mm_set1_epi8(15);
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        float d = half_avx2(block->d);
        __m128i q = _mm_loadu_si128((const __m128i *)(const void *)block->q);
        __m256i both =
            _mm256_set_m128i(_mm_and_si128(_mm_srli_epi16(q, 4), nibble), _mm_and_si128(q, nibble));
        scale_bytes_avx2(_mm256_sub_epi8(both, _mm256_set1_epi8(8)), d, d, to);
    }
}

/* to[i] = scale * bytes[i] - min for 32 bytes, each 0..31. */
AVX2 static inline void scale_min_avx2(__m256i bytes, float scale, float min, float *to)
{
    __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
    __m256 s = _mm256_set1_ps(scale), m = _mm256_set1_ps(min);
    __m128i parts[4] = {low, _mm_srli_si128(low, 8), high, _mm_srli_si128(high, 8)};
    for (int k = 0; k < 4; k++) {
        __m256 x = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(parts[k]));
        _mm256_storeu_ps(to + 8 * k, _mm256_sub_ps(_mm256_mul_ps(s, x), m));
    }
}

AVX2 static void q4_k_avx2(const void *from, float *to, uint64_t n)
{
    const struct block_q4_k *block = from;
    const __m256i nibble = _mm256_set1_epi8(15);
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = half_avx2(block->d), dmin = half_avx2(block->dmin);
        for (uint32_t pair = 0; pair < 4; pair++, to += 64) {
            struct scale_min even = block_scale_min(block->scales, 2 * pair);
            struct scale_min odd = block_scale_min(block->scales, 2 * pair + 1);
            __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)(block->q + 32 * pair));
            scale_min_avx2(_mm256_and_si256(q, nibble), d * even.scale, dmin * even.min, to);
            scale_min_avx2(_mm256_and_si256(_mm256_srli_epi16(q, 4), nibble), d * odd.scale,
                           dmin * odd.min, to + 32);
        }
    }
}

/* Bit `bit` of each byte, moved to bit 4. */
AVX2 static inline __m256i fifth_avx2(__m256i bytes, uint32_t bit)
{
    __m256i mask = _mm256_set1_epi8((char)(1 << bit));
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, mask), mask);
    return _mm256_and_si256(set, _mm256_set1_epi8(16));
}

AVX2 static void q5_k_avx2(const void *from, float *to, uint64_t n)
{
    const struct block_q5_k *block = from;
    const __m256i nibble = _mm256_set1_epi8(15);
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = half_avx2(block->d), dmin = half_avx2(block->dmin);
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)block->high);
        for (uint32_t pair = 0; pair < 4; pair++, to += 64) {
            struct scale_min even = block_scale_min(block->scales, 2 * pair);
            struct scale_min odd = block_scale_min(block->scales, 2 * pair + 1);
            __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)(block->q + 32 * pair));
            __m256i first =
                _mm256_or_si256(_mm256_and_si256(q, nibble), fifth_avx2(high, 2 * pair));
            __m256i second = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(q, 4), nibble),
                                             fifth_avx2(high, 2 * pair + 1));
            scale_min_avx2(first, d * even.scale, dmin * even.min, to);
            scale_min_avx2(second, d * odd.scale, dmin * odd.min, to + 32);
        }
    }
}

/* The 32 elements of quarter k of a half: low nibbles, upper bits, minus 32. */
AVX2 static inline __m256i q6_avx2(__m256i low, __m256i high)
{
    __m256i q = _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi8(15)),
                                _mm256_slli_epi16(_mm256_and_si256(high, _mm256_set1_epi8(3)), 4));
    return _mm256_sub_epi8(q, _mm256_set1_epi8(32));
}

AVX2 static void q6_k_avx2(const void *from, float *to, uint64_t n)
{
    const struct block_q6_k *block = from;
    for (uint64_t b = 0; b < n / 256; b++, block++) {
        float d = half_avx2(block->d);
        for (int half = 0; half < 2; half++, to += 128) {
            const void *low = block->low + 64 * half, *high_at = block->high + 32 * half;
            __m256i low0 = _mm256_loadu_si256(low);
            __m256i low1 = _mm256_loadu_si256((const __m256i *)low + 1);
            __m256i high = _mm256_loadu_si256(high_at);
            const int8_t *s = block->scales + 8 * half;
            scale_bytes_avx2(q6_avx2(low0, high), d * s[0], d * s[1], to);
            scale_bytes_avx2(q6_avx2(low1, _mm256_srli_epi16(high, 2)), d * s[2], d * s[3],
                             to + 32);
            scale_bytes_avx2(q6_avx2(_mm256_srli_epi16(low0, 4), _mm256_srli_epi16(high, 4)),
                             d * s[4], d * s[5], to + 64);
            scale_bytes_avx2(q6_avx2(_mm256_srli_epi16(low1, 4), _mm256_srli_epi16(high, 6)),
                             d * s[6], d * s[7], to + 96);
        }
    }
}

const struct convert_table *convert_avx2(void)
{
    static const struct convert_table table = {
        "avx2", f16_avx2, bf16_avx2, q8_0_avx2, q4_0_avx2, q4_k_avx2, q5_k_avx2, q6_k_avx2,
    };
    unsigned eax, ebx, ecx, edx;
    bool f16c = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
    return f16c && __builtin_cpu_supports("avx2") ? &table : NULL;
}

/* AVX-512: wider where that helps; the K types are bound by unpacking and share the AVX2 code */

AVX512 static void f16_avx512(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    uint64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i half = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 2 * i));
        _mm512_storeu_ps(to + i, _mm512_cvtph_ps(half));
    }
    if (i < n) {
        __mmask16 rest = (__mmask16)((1u << (n - i)) - 1);
        __m256i half = _mm256_maskz_loadu_epi16(rest, bytes + 2 * i);
        _mm512_mask_storeu_ps(to + i, rest, _mm512_cvtph_ps(half));
    }
}

AVX512 static void bf16_avx512(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    for (uint64_t i = 0; i < n; i += 16) {
        __mmask16 some = (__mmask16)(n - i >= 16 ? 0xffffu : (1u << (n - i)) - 1);
        __m256i half = _mm256_maskz_loadu_epi16(some, bytes + 2 * i);
        __m512i wide = _mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16);
        _mm512_mask_storeu_ps(to + i, some, _mm512_castsi512_ps(wide));
    }
}

AVX512 static void q8_0_avx512(const void *from, float *to, uint64_t n)
{
    const struct block_q8_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        uint16_t half;
        memcpy(&half, block->d, sizeof half);
        __m512 d = _mm512_set1_ps(_cvtsh_ss(half));
        for (int k = 0; k < 32; k += 16) {
            __m128i q = _mm_loadu_si128((const __m128i *)(const void *)(block->q + k));
            __m512 x = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q));
            _mm512_storeu_ps(to + k, _mm512_mul_ps(d, x));
        }
    }
}

const struct convert_table *convert_avx512(void)
{
    static const struct convert_table table = {
        "avx512", f16_avx512, bf16_avx512, q8_0_avx512, q4_0_avx2, q4_k_avx2, q5_k_avx2, q6_k_avx2,
    };
    return convert_avx2() && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               ? &table
               : NULL;
}

#else

const struct convert_table *convert_avx2(void)
{
    return NULL;
}

const struct convert_table *convert_avx512(void)
{
    return NULL;
}

#endif
