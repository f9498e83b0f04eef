/* Unpacks gzip by zlib, checking CRC-32 and length of each member. */
#include "data/gunzip.h"

#include "base/mem.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 /* the largest, and a gzip header is expected */ };

struct gunzip {
    z_stream stream;
    size_t more; /* of what was fed, not yet offered to zlib, which counts in 32 bits */
    enum { BEFORE_MEMBER, IN_MEMBER, IN_PADDING } place;
    bool all_fed, any_member;
    const char *why;
};

struct gunzip *gunzip_create(void)
{
    struct gunzip *gunzip = mem_alloc(sizeof *gunzip);
    if (inflateInit2(&gunzip->stream, GZIP_WINDOW) != Z_OK) {
        gunzip->why = "zlib cannot start";
    }
    return gunzip;
}

void gunzip_free(struct gunzip *gunzip)
{
    if (gunzip) {
        inflateEnd(&gunzip->stream);
        free(gunzip);
    }
}

/* Lets zlib see the next of the bytes that were fed. */
static void offer(struct gunzip *gunzip)
{
    if (gunzip->stream.avail_in == 0) {
        uInt n = gunzip->more < UINT_MAX ? (uInt)gunzip->more : UINT_MAX;
        gunzip->stream.avail_in = n;
        gunzip->more -= n;
    }
}

void gunzip_feed(struct gunzip *gunzip, const void *packed, size_t n)
{
    gunzip->stream.next_in = (Bytef *)(uintptr_t)packed; /* which zlib only reads */
    gunzip->more = n;
    gunzip->all_fed = n == 0;
    offer(gunzip);
}

bool gunzip_hungry(const struct gunzip *gunzip)
{
    return gunzip->stream.avail_in == 0 && !gunzip->all_fed;
}

/* Between members: a member, zeros to the end, or nothing. */
static bool look_on(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    while (stream->avail_in > 0 && gunzip->place != IN_MEMBER) {
        if (stream->next_in[0] == 0 && gunzip->any_member) {
            gunzip->place = IN_PADDING;
            stream->next_in++, stream->avail_in--;
            offer(gunzip);
        } else if (gunzip->place == IN_PADDING ||
                   (stream->next_in[0] != 0x1f && gunzip->any_member)) {
            gunzip->why = "other bytes follow the last gzip member";
            return false;
        } else {
            inflateReset(stream);
            gunzip->place = IN_MEMBER;
        }
    }
    return true;
}

/* One call of inflate(); false: damaged. */
static bool inflate_some(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    int status = inflate(stream, Z_NO_FLUSH);
    offer(gunzip);
    if (status == Z_STREAM_END) {
        gunzip->place = BEFORE_MEMBER;
        gunzip->any_member = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
        gunzip->why = stream->msg ? stream->msg : "cannot be inflated";
        return false;
    }
    return true;
}

bool gunzip_read(struct gunzip *gunzip, void *bytes, size_t capacity, size_t *ret_n)
{
    z_stream *stream = &gunzip->stream;
    uInt wished = capacity < UINT_MAX ? (uInt)capacity : UINT_MAX;
    stream->next_out = (Bytef *)bytes;
    stream->avail_out = wished;
    while (!gunzip->why && stream->avail_out == wished && stream->avail_in > 0) {
        if (!look_on(gunzip) || (gunzip->place == IN_MEMBER && !inflate_some(gunzip))) {
            return false;
        }
    }
    if (!gunzip->why && stream->avail_out == wished && gunzip->all_fed && wished > 0 &&
        gunzip->place == IN_MEMBER && inflate_some(gunzip) && stream->avail_out == wished &&
        gunzip->place == IN_MEMBER) {
        gunzip->why = "cut short";
    }
    *ret_n = wished - stream->avail_out;
    return !gunzip->why;
}

const char *gunzip_why(const struct gunzip *gunzip)
{
    return gunzip->why ? gunzip->why : "whole";
}

uint32_t gunzip_crc32(uint32_t crc, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc, bytes, n);
}

uint32_t gunzip_crc32_join(uint32_t first, uint32_t second, uint64_t n_second)
{
    return (uint32_t)crc32_combine(first, second, (z_off_t)n_second);
}
