/* convert_neon.c - the kernels for AArch64, which always has NEON; the K types are the portable
 * ones. */
#include "convert.h"

#include <stddef.h>

#if defined(__aarch64__)

#include "blocks.h"

#include <arm_neon.h>
#include <string.h>

static inline float half_neon(const uint8_t from[2])
{
    __fp16 half;
    memcpy(&half, from, sizeof half);
    return (float)half;
}

static void f16_neon(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        float16x8_t half = vreinterpretq_f16_u8(vld1q_u8(bytes + 2 * i));
        vst1q_f32(to + i, vcvt_f32_f16(vget_low_f16(half)));
        vst1q_f32(to + i + 4, vcvt_high_f32_f16(half));
    }
    for (; i < n; i++) {
        to[i] = half_neon(bytes + 2 * i);
    }
}

static void bf16_neon(const void *from, float *to, uint64_t n)
{
    const uint8_t *bytes = from;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint16x8_t half = vreinterpretq_u16_u8(vld1q_u8(bytes + 2 * i));
        vst1q_f32(to + i, vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(half), 16)));
        vst1q_f32(to + i + 4, vreinterpretq_f32_u32(vshll_high_n_u16(half, 16)));
    }
    convert_portable()->bf16(bytes + 2 * i, to + i, n - i);
}

/* to[i] = scale * bytes[i] for 16 signed bytes. */
static inline void scale_bytes(int8x16_t bytes, float scale, float *to)
{
    int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
    vst1q_f32(to, vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), scale));
    vst1q_f32(to + 4, vmulq_n_f32(vcvtq_f32_s32(vmovl_high_s16(low)), scale));
    vst1q_f32(to + 8, vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), scale));
    vst1q_f32(to + 12, vmulq_n_f32(vcvtq_f32_s32(vmovl_high_s16(high)), scale));
}

static void q8_0_neon(const void *from, float *to, uint64_t n)
{
    const struct block_q8_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        float d = half_neon(block->d);
        scale_bytes(vld1q_s8(block->q), d, to);
        scale_bytes(vld1q_s8(block->q + 16), d, to + 16);
    }
}

static void q4_0_neon(const void *from, float *to, uint64_t n)
{
    const struct block_q4_0 *block = from;
    for (uint64_t b = 0; b < n / 32; b++, block++, to += 32) {
        float d = half_neon(block->d);
        uint8x16_t q = vld1q_u8(block->q);
        int8x16_t low = vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15)));
        int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(q, 4));
        scale_bytes(vsubq_s8(low, vdupq_n_s8(8)), d, to);
        scale_bytes(vsubq_s8(high, vdupq_n_s8(8)), d, to + 16);
    }
}

static void q4_k_plain(const void *from, float *to, uint64_t n)
{
    convert_portable()->q4_k(from, to, n);
}

static void q5_k_plain(const void *from, float *to, uint64_t n)
{
    convert_portable()->q5_k(from, to, n);
}

static void q6_k_plain(const void *from, float *to, uint64_t n)
{
    convert_portable()->q6_k(from, to, n);
}

const struct convert_table *convert_neon(void)
{
    static const struct convert_table table = {
        "neon", f16_neon, bf16_neon, q8_0_neon, q4_0_neon, q4_k_plain, q5_k_plain, q6_k_plain,
    };
    return &table;
}

#else

const struct convert_table *convert_neon(void)
{
    return NULL;
}

#endif
