/*
 * fingerprint.h - a 64-bit hash of bytes: for hash tables, and to tell whether a file has changed.
 *
 * Not cryptographic. The value is part of the cache format (cache.h), so it may never change:
 *
 *   mix(a, b)    = low half XOR high half of the 128-bit product a * b
 *   K[0..3]      = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93
 *   four lanes   s[i] = K[i], i = 0..3
 *   each 32 bytes, four little-endian 64-bit words v[0..3]:  s[i] = mix(s[i] XOR v[i], K[i] + v[i])
 *                the sum keeps a lane alive that a zero product would empty
 *   the last 1..31 bytes, if any, padded with zeros to 32, likewise
 *   result       = mix(mix(s[0] XOR s[1], K[2]) XOR length,  mix(s[2] XOR s[3], K[1]) XOR K[3])
 */
#ifndef VECTORS_FINGERPRINT_H
#define VECTORS_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

struct fingerprint {
    uint64_t lanes[4];
    uint64_t length; /* bytes so far */
    unsigned char rest[32];
};

void fingerprint_begin(struct fingerprint *print);
void fingerprint_add(struct fingerprint *print, const void *data, size_t n);
uint64_t fingerprint_end(const struct fingerprint *print);

/* The same of one block. */
uint64_t fingerprint_of(const void *data, size_t n);

#endif /* VECTORS_FINGERPRINT_H */
