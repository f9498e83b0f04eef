/*
 * fuzz_archive.c - any bytes as a packed file and as an archive. The first byte tells what is put
 * right before they are read, so that not every input ends at a checksum:
 *   g  raw deflate becomes a gzip file, with the CRC-32 and the length of what it unpacks to
 *   t  the checksum of every tar header
 *   otherwise nothing
 */
#include "../folder.h"
#include "data/archive.h"

#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_UNPACKED = 1 << 22 };

static void write_little(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

/* The file into `to`, [n + 18]; returns its size. */
static size_t as_gzip(const uint8_t *bytes, size_t n, uint8_t *to)
{
    static uint8_t unpacked[MOST_UNPACKED];
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)n,
                       .next_out = unpacked,
                       .avail_out = sizeof unpacked};
    if (inflateInit2(&stream, -15) == Z_OK) {
        inflate(&stream, Z_FINISH);
        inflateEnd(&stream);
    }
    size_t used = stream.total_in;
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, bytes, used);
    write_little(to + sizeof head + used, (uint32_t)crc32(0, unpacked, (uInt)stream.total_out));
    write_little(to + sizeof head + used + 4, (uint32_t)stream.total_out);
    return sizeof head + used + 8;
}

/* Each block of 512 bytes with "ustar" in its place gets its checksum (POSIX, pax: ustar format).
 */
static void put_tar_right(uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at + 512 <= n; at += 512) {
        uint8_t *header = bytes + at;
        if (memcmp(header + 257, "ustar", 5) == 0) {
            unsigned sum = 0;
            memset(header + 148, ' ', 8);
            for (int i = 0; i < 512; i++) {
                sum += header[i];
            }
            char text[8];
            snprintf(text, sizeof text, "%06o", sum & 0777777);
            memcpy(header + 148, text, 7);
        }
    }
}

static char *place(void *ctx, const char *member, int *ret_error)
{
    (void)ctx, (void)ret_error;
    char *path = NULL;
    return fuzz_is_name(member, strlen(member)) &&
                   asprintf(&path, "%s/%s", fuzz_folder(), member) > 0
               ? path
               : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > FUZZ_MOST_BYTES) {
        return 0;
    }
    uint8_t *bytes = malloc(size + 18);
    size_t n = size - 1;
    memcpy(bytes, data + 1, n);
    if (data[0] == 'g') {
        n = as_gzip(data + 1, n, bytes);
    } else if (data[0] == 't') {
        put_tar_right(bytes, n);
    }
    fuzz_folder();
    fuzz_clear();
    const char *path = fuzz_put("input", bytes, n);
    free(bytes);
    struct byte_source *source;
    if (byte_source_open(path, &source) == 0) {
        const char *lines;
        size_t got = 1, total = 0;
        while (got > 0 && total < MOST_UNPACKED &&
               byte_source_lines(source, 4096, &lines, &got) == 0) {
            total += got;
        }
        byte_source_close(source);
    }
    struct archive_plan plan = {
        .place = place, .max_bytes = 1 << 20, .max_members = 64, .everything = size % 2 == 0};
    archive_extract(path, &plan);
    return 0;
}
