/* test_parts.c - the parts below the readers: streams, pages, fingerprints, vocabularies. */
#include "vectors_test.h"
#include "base/archive.h"
#include "vectors/fingerprint.h"
#include "vectors/pages.h"
#include "vectors/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t slow_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)(product & UINT64_MAX) ^ (uint64_t)(product >> 64);
}

/* The values are part of the cache format: the definition in fingerprint.h, word for word. */
static uint64_t slow_fingerprint(const unsigned char *bytes, size_t n)
{
    static const uint64_t K[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u,
                                  0xD6E8FEB86659FD93u};
    uint64_t s[4] = {K[0], K[1], K[2], K[3]};
    for (size_t at = 0; at < n; at += 32) {
        for (int i = 0; i < 4; i++) {
            uint64_t v = 0;
            for (size_t b = 0; b < 8; b++) {
                size_t place = at + 8 * (size_t)i + b;
                v |= place < n ? (uint64_t)bytes[place] << 8 * b : 0;
            }
            s[i] = slow_mix(s[i] ^ v, K[i] + v);
        }
    }
    uint64_t left = slow_mix(s[0] ^ s[1], K[2]), right = slow_mix(s[2] ^ s[3], K[1]);
    return slow_mix(left ^ n, right ^ K[3]);
}

Test(parts, fingerprint)
{
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 37 + (i >> 3));
    }
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint64_t whole = fingerprint_of(bytes, n);
        cr_assert_eq(whole, slow_fingerprint(bytes, n), "%zu bytes", n);
        for (size_t step = 1; step < 70; step += 7) {
            struct fingerprint print;
            fingerprint_begin(&print);
            for (size_t at = 0; at < n; at += step) {
                fingerprint_add(&print, bytes + at, step < n - at ? step : n - at);
            }
            cr_assert_eq(fingerprint_end(&print), whole, "%zu bytes by %zu", n, step);
        }
    }
    cr_assert_neq(fingerprint_of("", 0), fingerprint_of("\0", 1));
    cr_assert_neq(fingerprint_of("a\0", 2), fingerprint_of("a", 1));
}

/* Every single-bit change of a block changes the fingerprint, and its lower bits too. */
Test(parts, fingerprint_spreads)
{
    unsigned char bytes[64] = {0};
    uint64_t before = fingerprint_of(bytes, sizeof bytes);
    unsigned changed = 0;
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        uint64_t after = fingerprint_of(bytes, sizeof bytes);
        cr_assert_neq(after, before);
        changed += (unsigned)__builtin_popcountll(after ^ before);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    cr_assert_float_eq(changed / (64.0 * 512), 0.5, 0.02);
}

Test(parts, pages)
{
    struct pages pages = {0};
    pages_release(&pages);
    cr_assert_not(pages_reserve(&pages, SIZE_MAX / 2));
    for (size_t n = 1; n < 40u << 20; n = n * 3 + 11) {
        cr_assert(pages_reserve(&pages, n));
        char *bytes = pages.base;
        cr_assert_eq(bytes[n - 1], 0, "not zeroed");
        cr_assert(n < 12 || bytes[(n - 11) / 3 - 1] == 'x', "not kept at %zu", n);
        bytes[n - 1] = 'x';
    }
    pages_trim(&pages, 5000);
    cr_assert_eq(pages.bytes, 8192);
    pages_trim(&pages, 0);
    cr_assert_null(pages.base);
}

Test(parts, vocabulary)
{
    enum { N = 100000 };
    struct vocabulary_builder builder = {0};
    char word[32];
    cr_assert_eq(vocabulary_find(&builder.words, "a", 1), VOCABULARY_NONE);
    for (uint32_t i = 0; i < N; i++) {
        size_t n = (size_t)sprintf(word, "%u", i * 7);
        cr_assert_eq(vocabulary_add(&builder, word, n, fingerprint_of(word, n)), 1);
        cr_assert_eq(vocabulary_add(&builder, word, n, fingerprint_of(word, n)), 0);
    }
    cr_assert_eq(vocabulary_add(&builder, "a\0b", 3, fingerprint_of("a\0b", 3)), 1);
    cr_assert_eq(vocabulary_find(&builder.words, "a\0b", 3), N);
    cr_assert_eq(vocabulary_find(&builder.words, "a", 1), VOCABULARY_NONE);
    vocabulary_cut(&builder, N / 2);
    for (uint32_t i = 0; i < N; i++) {
        size_t n = (size_t)sprintf(word, "%u", i * 7);
        cr_assert_eq(vocabulary_find(&builder.words, word, n), i < N / 2 ? i : VOCABULARY_NONE);
    }
    vocabulary_release(&builder);
}

/* Words whose fingerprints agree altogether, as far as the table can see. */
Test(parts, vocabulary_of_equal_fingerprints)
{
    struct vocabulary_builder builder = {0};
    char word[8];
    for (uint32_t i = 0; i < 300; i++) {
        size_t n = (size_t)sprintf(word, "%u", i);
        cr_assert_eq(vocabulary_add(&builder, word, n, 42), 1);
    }
    for (uint32_t i = 0; i < 300; i++) {
        size_t n = (size_t)sprintf(word, "%u", i);
        cr_assert_eq(vocabulary_find_print(&builder.words, word, n, 42), i);
    }
    vocabulary_release(&builder);
}

Test(parts, not_finite)
{
    float values[40] = {0};
    for (uint32_t n = 0; n < 40; n++) {
        cr_assert_eq(first_not_finite(values, n), n);
        values[n] = n % 3 == 0 ? NAN : n % 3 == 1 ? INFINITY : -INFINITY;
        cr_assert_eq(first_not_finite(values, n + 1), n);
        values[n] = n % 2 ? 3.4e38f : 1e-45f;
    }
}

Test(parts, streams, .init = make_folder, .fini = remove_folder)
{
    static const char *const names[] = {"table.vec", "table.vec.gz", "table.vec.xz",
                                        "table.vec.zst", "table.zip"};
    size_t n;
    char *expected = read_whole(golden_path("table.vec"), &n);
    for (size_t i = 0; i < 5; i++) {
        for (size_t step = 1; step < 8192; step = step * 5 + 2) {
            struct byte_stream *stream;
            cr_assert_eq(byte_stream_open(mini_host(1), golden_path(names[i]), &stream), EMB_OK);
            cr_assert_eq(byte_stream_size(stream), i == 0 ? n : 0);
            char *found = malloc(n + step);
            size_t at = 0, got;
            do {
                cr_assert_eq(byte_stream_read(stream, found + at, step, &got), EMB_OK);
                cr_assert(at + got <= n);
                at += got;
            } while (got == step);
            cr_assert(at == n && memcmp(found, expected, n) == 0, "%s by %zu", names[i], step);
            cr_assert_eq(byte_stream_read(stream, found, step, &got), EMB_OK);
            cr_assert_eq(got, 0);
            const void *map;
            size_t n_map;
            emb_status mapped = byte_stream_map(stream, &map, &n_map);
            cr_assert_eq(mapped, i == 0 ? EMB_OK : EMB_E_UNSUPPORTED);
            if (mapped == EMB_OK) {
                cr_assert(n_map == n && memcmp(map, expected, n) == 0);
                munmap((void *)map, n_map);
            }
            free(found);
            byte_stream_close(stream);
        }
    }
    byte_stream_close(NULL);
    free(expected);
}

/* Several gzip members or zstd frames in a row are one stream, as their programs have it. */
Test(parts, joined_streams, .init = make_folder, .fini = remove_folder)
{
    static const char *const names[] = {"table.vec.gz", "table.vec.zst"};
    for (size_t i = 0; i < 2; i++) {
        size_t n;
        char *packed = read_whole(golden_path(names[i]), &n);
        char *twice = malloc(2 * n);
        memcpy(twice, packed, n);
        memcpy(twice + n, packed, n);
        struct byte_stream *stream;
        cr_assert_eq(byte_stream_open(mini_host(1), write_file("twice", twice, 2 * n), &stream),
                     EMB_OK);
        char room[8192];
        size_t got;
        cr_assert_eq(byte_stream_read(stream, room, sizeof room, &got), EMB_OK);
        size_t n_plain;
        char *plain = read_whole(golden_path("table.vec"), &n_plain);
        cr_assert_eq(got, 2 * n_plain);
        cr_assert_eq(memcmp(room + n_plain, plain, n_plain), 0);
        byte_stream_close(stream);
        free(plain);
        free(twice);
        free(packed);
    }
}
