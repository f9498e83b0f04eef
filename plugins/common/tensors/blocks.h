/*
 * blocks.h - the packed types of GGUF, byte by byte.
 *
 * A block holds 32 or 256 consecutive elements of a row. d, dmin are IEEE binary16, little-endian.
 *
 * Q8_0  34 bytes, 32 elements        x[i] = d q[i]
 *     0  d        f16
 *     2  q[32]    i8
 * Q4_0  18 bytes, 32 elements        x[i] = d (q - 8), q in 0..15
 *     0  d        f16
 *     2  q[16]    low nibbles: elements 0..15; high nibbles: elements 16..31
 *
 * The K types hold 256 elements with two levels of scale. Q4_K and Q5_K: 8 groups of 32, each with
 * a 6-bit scale s and a 6-bit minimum m, x[i] = (d s) q[i] - (dmin m).
 *
 * Q4_K  144 bytes, q in 0..15
 *     0  d, dmin     f16
 *     4  scales[12]  groups 0..3: s = bits 0-5 of byte g,   m = bits 0-5 of byte g + 4
 *                    groups 4..7: s = bits 0-3 of byte g+4 | bits 6-7 of byte g - 4, times 16
 *                                 m = bits 4-7 of byte g+4 | bits 6-7 of byte g,     times 16
 *    16  q[128]      32 bytes for each pair of groups: low nibbles group 2p, high nibbles 2p + 1
 * Q5_K  176 bytes, q in 0..31: Q4_K with a fifth bit
 *     0  d, dmin, scales as in Q4_K
 *    16  high[32]    bit g of byte i: the fifth bit of element i of group g
 *    48  q[128]      as in Q4_K
 * Q6_K  210 bytes, 16 groups of 16 with an 8-bit scale, x[i] = (d s) (q - 32), q in 0..63
 *     0  low[128]    for each half h of 128 elements 64 bytes: elements 0..31 and 32..63 are the
 *                    low nibbles of bytes 0..31 and 32..63, elements 64..95 and 96..127 the high
 *   128  high[64]    for each half 32 bytes: bits 2k, 2k+1 of byte i: upper bits of element 32k + i
 *   192  scales[16]  i8
 *   208  d           f16
 */
#ifndef COMMON_TENSORS_BLOCKS_H
#define COMMON_TENSORS_BLOCKS_H

#include <stdint.h>

struct block_q8_0 {
    uint8_t d[2];
    int8_t q[32];
};

struct block_q4_0 {
    uint8_t d[2];
    uint8_t q[16];
};

struct block_q4_k {
    uint8_t d[2], dmin[2];
    uint8_t scales[12];
    uint8_t q[128];
};

struct block_q5_k {
    uint8_t d[2], dmin[2];
    uint8_t scales[12];
    uint8_t high[32];
    uint8_t q[128];
};

struct block_q6_k {
    uint8_t low[128];
    uint8_t high[64];
    int8_t scales[16];
    uint8_t d[2];
};

_Static_assert(sizeof(struct block_q8_0) == 34, "bytes only, so no padding and any alignment");
_Static_assert(sizeof(struct block_q4_0) == 18, "");
_Static_assert(sizeof(struct block_q4_k) == 144, "");
_Static_assert(sizeof(struct block_q5_k) == 176, "");
_Static_assert(sizeof(struct block_q6_k) == 210, "");

struct scale_min {
    uint8_t scale, min; /* 0..63 */
};

/* The 6-bit pair of a group, 0..7, of Q4_K and Q5_K. */
static inline struct scale_min block_scale_min(const uint8_t scales[12], uint32_t group)
{
    if (group < 4) {
        return (struct scale_min){scales[group] & 63, scales[group + 4] & 63};
    }
    return (struct scale_min){
        (uint8_t)((scales[group + 4] & 15) | (scales[group - 4] >> 6) << 4),
        (uint8_t)(scales[group + 4] >> 4 | (scales[group] >> 6) << 4),
    };
}

#endif /* COMMON_TENSORS_BLOCKS_H */
