/* test_gguf.c - values, packed blocks, metadata, and every lie a header can tell. */
#include "tensors_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(gguf, holds_what_was_written)
{
    static const char *const names[] = {"v2", "v3", "ggml"};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.gguf", names[i]);
        struct tensor_file *file = open_good(golden_path(name));
        cr_assert_str_eq(tensor_file_format(file), "gguf");
        cr_assert(tensor_file_gguf(file));
        check_expected(file, names[i]);
        tensor_file_close(file);
        cr_assert_eq(mini_host_bytes(), 0);
    }
}

Test(gguf, metadata_that_ggml_wrote)
{
    struct tensor_file *file = open_good(golden_path("ggml.gguf"));
    const struct gguf *gguf = tensor_file_gguf(file);
    const char *text = NULL;
    uint64_t n = 0, blocks = 0;
    double score = 0;
    cr_assert(gguf_text(gguf, "general.architecture", &text, &n) && n == 4);
    cr_assert(gguf_uint(gguf, "bert.block_count", &blocks) && blocks == 6);
    cr_assert(gguf_array_text(gguf, "tokenizer.ggml.tokens", 1, &text, &n));
    cr_assert(n == 8 && memcmp(text,
                               "\xe2\x96\x81"
                               "caf\xc3\xa9",
                               8) == 0);
    cr_assert(gguf_array_real(gguf, "tokenizer.ggml.scores", 1, &score) && score == -3.5);
    tensor_file_close(file);
}

/* Half a step of the group an element is in, by the definition of each type, with the rounding of
 * its scales (11 bits of d; for K types 6 or 7 bits of the group's scale and minimum). */
static double bound(enum tensor_type type, const float *x, uint64_t at)
{
    uint64_t n = type == TENSOR_Q6_K ? 16 : 32, first = at / n * n;
    double low = 0, high = 0, top = 0;
    for (uint64_t i = first; i < first + n; i++) {
        low = fmin(low, (double)x[i]);
        high = fmax(high, (double)x[i]);
    }
    for (uint64_t i = at / 256 * 256; i < at / 256 * 256 + 256; i++) {
        top = fmax(top, fabs((double)x[i]));
    }
    double range = high - low, most = fmax(high, -low);
    switch (type) {
    case TENSOR_Q8_0:
        return most / 127 * 0.5 * 1.01 + most * 0x1p-11;
    case TENSOR_Q4_0: /* one side has 8 steps, the other 7 */
        return most / 8 * 1.01;
    case TENSOR_Q4_K: /* + one unit of the 6-bit scale over 15 steps, half a unit of the minimum */
        return range / 15 * 0.51 + 2 * top / 15 / 63 * 16 + top / 63;
    case TENSOR_Q5_K:
        return range / 31 * 0.51 + 2 * top / 31 / 63 * 32 + top / 63;
    default:
        return most / 31 * 0.51 + top / 31 / 127 * 32;
    }
}

Test(gguf, quantised_weights_stay_within_their_steps)
{
    static float x[2048], y[2048];
    struct tensor_file *file = open_good(golden_path("v3.gguf"));
    cr_assert(tensor_to_f32(tensor_file_find(file, "x"), 0, 2048, x));
    for (uint32_t t = 0; t < tensor_file_count(file); t++) {
        const struct tensor *tensor = tensor_file_at(file, t);
        if (strncmp(tensor->name, "x.", 2) != 0) {
            continue;
        }
        double squares = 0, errors = 0;
        cr_assert(tensor_to_f32(tensor, 0, 2048, y));
        for (uint64_t i = 0; i < 2048; i++) {
            double error = fabs((double)y[i] - (double)x[i]);
            cr_assert(error <= bound(tensor->type, x, i), "%s: element %llu: %g, was %g, bound %g",
                      tensor->name, (unsigned long long)i, (double)y[i], (double)x[i],
                      bound(tensor->type, x, i));
            squares += (double)x[i] * (double)x[i];
            errors += error * error;
        }
        cr_assert(errors < 0.02 * squares, "%s: relative error %g", tensor->name,
                  sqrt(errors / squares));
        /* Whole blocks from the middle are the same values. */
        float part[512];
        cr_assert(tensor_to_f32(tensor, 768, 512, part));
        cr_assert_arr_eq(part, y + 768, sizeof part);
    }
    tensor_file_close(file);
}

static void check_uint(const struct gguf *gguf, const char *key, uint64_t expected)
{
    uint64_t value = 0;
    cr_assert(gguf_uint(gguf, key, &value) && value == expected, "%s: %llu", key,
              (unsigned long long)value);
}

Test(gguf, metadata)
{
    struct tensor_file *file = open_good(golden_path("v2.gguf"));
    const struct gguf *gguf = tensor_file_gguf(file);
    const char *text = NULL;
    uint64_t n = 0, value = 77;
    double real = 0;
    cr_assert(gguf_text(gguf, "general.architecture", &text, &n));
    cr_assert(n == 4 && memcmp(text, "bert", 4) == 0);
    check_uint(gguf, "u8", 200);
    check_uint(gguf, "u16", 65535);
    check_uint(gguf, "i16", 300);
    check_uint(gguf, "u32", 4000000000u);
    check_uint(gguf, "u64", 1ull << 63);
    check_uint(gguf, "i64", 1ull << 40);
    check_uint(gguf, "yes", 1);
    check_uint(gguf, "no", 0);
    cr_assert(gguf_real(gguf, "f32", &real) && real == (double)0.1f);
    cr_assert(gguf_real(gguf, "f64", &real) && real == 1e-300);
    /* of another type, negative, or absent */
    cr_assert(!gguf_uint(gguf, "i8", &value) && !gguf_uint(gguf, "i32", &value));
    cr_assert(!gguf_uint(gguf, "f32", &value) && !gguf_uint(gguf, "bytes", &value));
    cr_assert(!gguf_uint(gguf, "general.architecture", &value) && !gguf_uint(gguf, "u", &value));
    cr_assert(!gguf_uint(gguf, "", &value) && !gguf_uint(gguf, "u88", &value));
    cr_assert(!gguf_real(gguf, "u8", &real) && !gguf_text(gguf, "u8", &text, &n));
    cr_assert(!gguf_text(gguf, "tokenizer.ggml.tokens", &text, &n));
    cr_assert_eq(value, 77, "a failed look-up has written its output");
    tensor_file_close(file);
}

Test(gguf, arrays)
{
    static const char *const tokens[] = {"[PAD]", "", "\xe2\x96\x81the", "\xf0\x9f\x98\x80"};
    struct tensor_file *file = open_good(golden_path("v2.gguf"));
    const struct gguf *gguf = tensor_file_gguf(file);
    const char *text = NULL;
    uint64_t n = 0, value = 0;
    double real = 0;
    cr_assert(gguf_array_length(gguf, "tokenizer.ggml.tokens", &n) && n == 6);
    for (uint64_t i = 0; i < 4; i++) {
        cr_assert(gguf_array_text(gguf, "tokenizer.ggml.tokens", i, &text, &n));
        cr_assert(n == strlen(tokens[i]) && memcmp(text, tokens[i], n) == 0);
    }
    cr_assert(gguf_array_text(gguf, "tokenizer.ggml.tokens", 4, &text, &n));
    cr_assert(n == 5 && memcmp(text, "\xff\0raw", 5) == 0, "bytes are handed on as they are");
    cr_assert(gguf_array_text(gguf, "tokenizer.ggml.tokens", 5, &text, &n) && n == 300);
    cr_assert(!gguf_array_text(gguf, "tokenizer.ggml.tokens", 6, &text, &n));
    cr_assert(gguf_array_length(gguf, "none", &n) && n == 0);
    cr_assert(!gguf_array_text(gguf, "none", 0, &text, &n));
    cr_assert(gguf_array_real(gguf, "tokenizer.ggml.scores", 1, &real) && real == -1.25);
    cr_assert(!gguf_array_real(gguf, "tokenizer.ggml.scores", 3, &real));
    cr_assert(gguf_array_uint(gguf, "tokenizer.ggml.token_type", 2, &value) && value == 6);
    cr_assert(!gguf_array_uint(gguf, "tokenizer.ggml.token_type", 1, &value), "negative");
    cr_assert(gguf_array_uint(gguf, "bytes", 255, &value) && value == 255);
    cr_assert(gguf_array_uint(gguf, "truths", 2, &value) && value == 1);
    cr_assert(!gguf_array_length(gguf, "u8", &n) && !gguf_array_uint(gguf, "u8", 0, &value));
    tensor_file_close(file);
}

/* Lies */

static void put_gguf_text(struct buffer *buffer, const char *text)
{
    put_uint(buffer, strlen(text), 8);
    put_text(buffer, text);
}

static void begin(struct buffer *buffer, uint32_t version, uint64_t n_tensors, uint64_t n_pairs)
{
    buffer->n = 0;
    put_text(buffer, "GGUF");
    put_uint(buffer, version, 4);
    put_uint(buffer, n_tensors, 8);
    put_uint(buffer, n_pairs, 8);
}

static void put_pair(struct buffer *buffer, const char *key, uint32_t type, uint64_t value,
                     size_t n)
{
    put_gguf_text(buffer, key);
    put_uint(buffer, type, 4);
    put_uint(buffer, value, n);
}

/* A tensor of one dimension. */
static void describe(struct buffer *buffer, const char *name, uint32_t type, uint64_t n,
                     uint64_t offset)
{
    put_gguf_text(buffer, name);
    put_uint(buffer, 1, 4);
    put_uint(buffer, n, 8);
    put_uint(buffer, type, 4);
    put_uint(buffer, offset, 8);
}

static void put_data(struct buffer *buffer, size_t n)
{
    while (buffer->n % 32) {
        put_uint(buffer, 0, 1);
    }
    for (size_t i = 0; i < n; i++) {
        put_uint(buffer, 0, 1);
    }
}

#define REFUSE(buffer, ...)                                                                        \
    check_refused((buffer).bytes, (buffer).n, EMB_E_FORMAT, PARTS(__VA_ARGS__))

static struct buffer b;

Test(gguf, refuses_versions)
{
    begin(&b, 1, 1, 0);
    REFUSE(b, "byte 4", "version 1", "32-bit");
    begin(&b, 0x03000000, 1, 0);
    REFUSE(b, "byte 4", "big-endian");
    begin(&b, 4, 1, 0);
    REFUSE(b, "version 4", "expected 2 or 3");
    begin(&b, 0, 1, 0);
    REFUSE(b, "version 0");
}

Test(gguf, refuses_counts)
{
    begin(&b, 3, UINT64_MAX, 0);
    REFUSE(b, "byte 8", "18446744073709551615 tensors", "at most 0");
    begin(&b, 3, 0, UINT64_MAX);
    REFUSE(b, "byte 16", "18446744073709551615 metadata pairs");
    begin(&b, 3, 0, 0);
    REFUSE(b, "0 tensors");
}

Test(gguf, refuses_metadata)
{
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 13, 0, 8);
    REFUSE(b, "metadata 'k'", "type 13", "0 to 12");
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 7, 2, 1);
    REFUSE(b, "byte 2", "truth value");
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 8, UINT64_MAX, 8);
    REFUSE(b, "18446744073709551615 bytes", "at most 0");
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 9, 9, 4);
    put_uint(&b, 1, 8);
    REFUSE(b, "'k'", "array of arrays");
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 9, 8, 4);
    put_uint(&b, 1ull << 61, 8);
    REFUSE(b, "2305843009213693952 texts");
    begin(&b, 3, 0, 1);
    put_pair(&b, "k", 9, 12, 4);
    put_uint(&b, 1ull << 61, 8);
    REFUSE(b, "2305843009213693952 elements of 8 bytes");
    begin(&b, 3, 0, 2);
    put_pair(&b, "k", 0, 0, 1);
    put_pair(&b, "k", 4, 0, 4);
    REFUSE(b, "'k' twice");
    begin(&b, 3, 0, 1);
    put_pair(&b, "\xff", 0, 0, 8);
    REFUSE(b, "byte 32", "0xff", "UTF-8");
}

Test(gguf, refuses_alignments_and_parts)
{
    static const uint64_t alignments[] = {0, 1, 12};
    for (size_t i = 0; i < 3; i++) {
        begin(&b, 3, 1, 1);
        put_pair(&b, "general.alignment", 4, alignments[i], 4);
        describe(&b, "w", 0, 1, 0);
        put_data(&b, 4);
        REFUSE(b, "general.alignment", "multiple of 8");
    }
    begin(&b, 3, 1, 1);
    put_pair(&b, "general.alignment", 10, 32, 8);
    describe(&b, "w", 0, 1, 0);
    REFUSE(b, "general.alignment", "u32");
    begin(&b, 3, 1, 1);
    put_pair(&b, "split.count", 2, 3, 2);
    describe(&b, "w", 0, 1, 0);
    REFUSE(b, "split.count 3", "merge");
}

static void one_tensor(uint32_t type, uint64_t n, uint64_t offset, size_t n_data)
{
    begin(&b, 3, 1, 0);
    describe(&b, "w", type, n, offset);
    put_data(&b, n_data);
}

Test(gguf, refuses_tensors)
{
    one_tensor(11, 256, 0, 110);
    REFUSE(b, "tensor 'w'", "type 11", "Q3_K");
    one_tensor(4, 32, 0, 110);
    REFUSE(b, "type 4 (unknown)");
    one_tensor(UINT32_MAX, 32, 0, 110);
    REFUSE(b, "type 4294967295 (unknown)");
    one_tensor(12, 255, 0, 144);
    REFUSE(b, "rows of 255", "multiple of 256");
    one_tensor(8, 33, 0, 68);
    REFUSE(b, "rows of 33", "multiple of 32");
    one_tensor(0, 2, 0, 7);
    REFUSE(b, "tensor 'w'", "8 bytes at offset 0", "7 bytes of data");
    one_tensor(0, UINT64_MAX / 2, 0, 8);
    REFUSE(b, "more bytes than the file's");
    one_tensor(0, 1, 32, 36);
    REFUSE(b, "offset 32", "expected 0", "hole");
    one_tensor(0, 1, 1, 36);
    REFUSE(b, "offset 1", "not aligned");
    one_tensor(0, 1, UINT64_MAX - 31, 36);
    REFUSE(b, "offset 18446744073709551584");
    begin(&b, 3, 2, 0);
    describe(&b, "v", 0, 16, 0);
    describe(&b, "w", 0, 8, 32);
    put_data(&b, 64);
    REFUSE(b, "tensor 'w'", "offset 32", "expected 64", "overlaps");
    begin(&b, 3, 2, 0);
    describe(&b, "w", 0, 8, 0);
    describe(&b, "w", 0, 8, 32);
    put_data(&b, 64);
    REFUSE(b, "tensor 'w'", "twice");
    begin(&b, 3, 1, 0);
    put_gguf_text(&b, "w");
    put_uint(&b, 5, 4);
    put_data(&b, 64);
    REFUSE(b, "5 dimensions", "at most 4");
}

Test(gguf, refuses_every_cut)
{
    size_t n = 0;
    uint8_t *bytes = read_whole(golden_path("v2.gguf"), &n);
    for (size_t cut = 0; cut < n; cut++) {
        check_refused(bytes, cut, EMB_E_FORMAT, PARTS("expected"));
    }
    free(bytes);
}
