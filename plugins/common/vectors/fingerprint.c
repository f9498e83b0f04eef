/* A fast 64-bit hash of a file's bytes. */
#include "vectors/fingerprint.h"

#include <string.h>

static const uint64_t K[4] = {UINT64_C(0x9E3779B97F4A7C15), UINT64_C(0xC2B2AE3D27D4EB4F),
                              UINT64_C(0x165667B19E3779F9), UINT64_C(0xD6E8FEB86659FD93)};

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline void absorb(uint64_t lanes[4], const unsigned char *bytes)
{
    for (int i = 0; i < 4; i++) {
        uint64_t v;
        memcpy(&v, bytes + 8 * i, sizeof v);
        lanes[i] = mix(lanes[i] ^ v, K[i] + v);
    }
}

static uint64_t finish(const uint64_t s[4], uint64_t length)
{
    return mix(mix(s[0] ^ s[1], K[2]) ^ length, mix(s[2] ^ s[3], K[1]) ^ K[3]);
}

/* All whole blocks of 32 bytes; returns the bytes consumed. */
static size_t absorb_blocks(uint64_t lanes[4], const unsigned char *bytes, size_t n)
{
    uint64_t s[4] = {lanes[0], lanes[1], lanes[2], lanes[3]};
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        absorb(s, bytes + i);
    }
    memcpy(lanes, s, sizeof s);
    return i;
}

void fingerprint_begin(struct fingerprint *print)
{
    memcpy(print->lanes, K, sizeof print->lanes);
    print->length = 0;
}

void fingerprint_add(struct fingerprint *print, const void *data, size_t n)
{
    const unsigned char *bytes = data;
    size_t held = print->length % 32;
    print->length += n;
    if (held > 0) {
        size_t taken = n < 32 - held ? n : 32 - held;
        memcpy(print->rest + held, bytes, taken);
        bytes += taken;
        n -= taken;
        if (held + taken < 32) {
            return;
        }
        absorb(print->lanes, print->rest);
    }
    size_t done = absorb_blocks(print->lanes, bytes, n);
    memcpy(print->rest, bytes + done, n - done);
}

uint64_t fingerprint_end(const struct fingerprint *print)
{
    uint64_t lanes[4];
    memcpy(lanes, print->lanes, sizeof lanes);
    size_t held = print->length % 32;
    if (held > 0) {
        unsigned char last[32] = {0};
        memcpy(last, print->rest, held);
        absorb(lanes, last);
    }
    return finish(lanes, print->length);
}

uint64_t fingerprint_of(const void *data, size_t n)
{
    uint64_t lanes[4] = {K[0], K[1], K[2], K[3]};
    const unsigned char *bytes = data;
    size_t done = absorb_blocks(lanes, bytes, n);
    if (done < n) {
        unsigned char last[32] = {0};
        memcpy(last, bytes + done, n - done);
        absorb(lanes, last);
    }
    return finish(lanes, n);
}
