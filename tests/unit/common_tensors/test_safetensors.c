/* test_safetensors.c - good files, a real one, and every lie a header can tell. */
#include "tensors_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(safetensors, holds_what_was_written)
{
    struct tensor_file *file = open_good(golden_path("plain.safetensors"));
    cr_assert_str_eq(tensor_file_format(file), "safetensors");
    cr_assert_null(tensor_file_gguf(file));
    cr_assert_null(tensor_file_find(file, "f"));
    cr_assert_null(tensor_file_find(file, "f321"));
    cr_assert_null(tensor_file_at(file, tensor_file_count(file)));
    check_expected(file, "plain");
    tensor_file_close(file);
    cr_assert_eq(mini_host_bytes(), 0);
}

Test(safetensors, part_of_a_tensor)
{
    struct tensor_file *file = open_good(golden_path("plain.safetensors"));
    const struct tensor *tensor = tensor_file_find(file, "f16");
    uint64_t n = tensor_elements(tensor);
    float whole[512], part[512];
    cr_assert(n <= 512 && tensor_to_f32(tensor, 0, n, whole));
    for (uint64_t first = 0; first < n; first += 7) {
        for (uint64_t length = 0; length <= n - first && length < 40; length++) {
            cr_assert(tensor_to_f32(tensor, first, length, part));
            cr_assert_arr_eq(part, whole + first, length * sizeof *part);
        }
    }
    tensor_file_close(file);
}

Test(safetensors, shards)
{
    struct tensor_file *file = open_good(golden_path("sharded"));
    check_expected(file, "sharded");
    tensor_file_close(file);
    file = open_good(golden_path("sharded/model.safetensors.index.json"));
    check_expected(file, "sharded");
    tensor_file_close(file);
    file = open_good(golden_path("sharded/model-00002-of-00002.safetensors"));
    cr_assert_eq(tensor_file_count(file), 1);
    tensor_file_close(file);
}

Test(safetensors, a_real_model)
{
    char path[4096];
    const char *harness = getenv("HARNESS_CACHE"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    snprintf(path, sizeof path, "%s%s/models/minilm",
             harness ? harness
             : cache ? cache
             : home  ? home
                     : "",
             harness ? ""
             : cache ? "/harness"
                     : "/.cache/harness");
    struct tensor_file *file = NULL;
    if (tensor_file_open(mini_host(1), path, &file) == EMB_E_IO) {
        cr_skip("no MiniLM in %s", path);
    }
    cr_assert(file, "%s", mini_host_failure());
    cr_assert_eq(tensor_file_count(file), 104);
    const struct tensor *words = tensor_file_find(file, "embeddings.word_embeddings.weight");
    cr_assert(words && words->n_dims == 2 && words->type == TENSOR_F16);
    cr_assert(words->shape[0] == 30522 && words->shape[1] == 384);
    float row[384];
    double sum = 0;
    for (uint64_t i = 0; i < words->shape[0]; i++) {
        cr_assert(tensor_to_f32(words, i * 384, 384, row));
        for (int k = 0; k < 384; k++) {
            cr_assert(isfinite(row[k]));
            sum += (double)row[k] * (double)row[k];
        }
    }
    /* numpy: the same sum over the same file */
    cr_assert_float_eq(sum, 36262.557463, 1e-3, "found %.6f", sum);
    tensor_file_close(file);
}

/* A file with this header (N is its length unless `n` says another) and n_data zero bytes. */
static void refuse_header(const char *header, uint64_t n, size_t n_data, const char *const *parts)
{
    static const uint8_t zeros[256];
    struct buffer buffer = {.n = 0};
    put_uint(&buffer, n ? n : strlen(header), 8);
    put_text(&buffer, header);
    put(&buffer, zeros, n_data);
    check_refused(buffer.bytes, buffer.n, EMB_E_FORMAT, parts);
}

#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

Test(safetensors, refuses_lengths)
{
    check_refused("", 0, EMB_E_FORMAT, PARTS("empty file"));
    refuse_header("{}", UINT64_MAX, 0, PARTS("byte 0", "18446744073709551615", "2 to 2"));
    refuse_header("{}", 3, 0, PARTS("byte 0", "header of 3 bytes", "expected 2 to 2"));
    refuse_header("{}", 1, 8, PARTS("header of 1 bytes", "expected 2 to 10"));
    refuse_header("{}", 2, 0, PARTS("0 tensors"));
    refuse_header("{}", 0, 4, PARTS("byte 10", "4 bytes of data after the last tensor"));
}

Test(safetensors, refuses_sizes)
{
    refuse_header("{\"w\":" ENTRY("F32", "[2,3]", "[0,23]") "}", 0, 23,
                  PARTS("tensor 'w'", "found 23 bytes", "expected 24"));
    refuse_header("{\"w\":" ENTRY("F32", "[4294967296,4294967296]", "[0,0]") "}", 0, 0,
                  PARTS("tensor 'w'", "more than 2^64"));
    refuse_header("{\"w\":" ENTRY("F64", "[2305843009213693953]", "[0,8]") "}", 0, 8,
                  PARTS("tensor 'w'", "more than 2^64"));
    refuse_header("{\"w\":" ENTRY("F32", "[4294967296,4294967296,0]", "[0,0]") "}", 0, 0,
                  PARTS("more than 2^64"));
    refuse_header("{\"w\":" ENTRY("F32", "[1,1,1,1,1]", "[0,4]") "}", 0, 4, PARTS("4 dimensions"));
}

Test(safetensors, refuses_places)
{
    refuse_header("{\"w\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 3,
                  PARTS("tensor 'w'", "data_offsets [0, 4]", "<= 3"));
    refuse_header("{\"w\":" ENTRY("F32", "[1]", "[4,0]") "}", 0, 4, PARTS("begin <= end"));
    refuse_header("{\"a\":" ENTRY("F32", "[2]", "[0,8]") ",\"b\":" ENTRY("F32", "[1]", "[4,8]") "}",
                  0, 8, PARTS("tensor 'b'", "offset 4", "expected 8", "overlap"));
    refuse_header("{\"b\":" ENTRY("F32", "[1]", "[4,8]") ",\"a\":" ENTRY("F32", "[2]", "[0,8]") "}",
                  0, 8, PARTS("tensor 'b'", "overlap"));
    refuse_header("{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"b\":" ENTRY("F32", "[1]", "[0,4]") "}",
                  0, 4, PARTS("overlap"));
    refuse_header("{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"b\":" ENTRY("F32", "[1]", "[5,9]") "}",
                  0, 9, PARTS("tensor 'b'", "offset 5", "expected 4", "hole"));
    refuse_header("{\"a\":" ENTRY("F32", "[1]", "[4,8]") "}", 0, 8, PARTS("hole"));
    refuse_header("{\"a\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 5,
                  PARTS("1 bytes of data after the last"));
}

Test(safetensors, refuses_types)
{
    refuse_header("{\"w\":" ENTRY("F8_E4M3", "[1]", "[0,1]") "}", 0, 1,
                  PARTS("tensor 'w'", "'F8_E4M3'", "BF16"));
    refuse_header("{\"w\":" ENTRY("Q8_0", "[32]", "[0,34]") "}", 0, 34, PARTS("'Q8_0'"));
    refuse_header("{\"w\":" ENTRY("f32", "[1]", "[0,4]") "}", 0, 4, PARTS("'f32'"));
}

Test(safetensors, refuses_names)
{
    refuse_header("{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"a\":" ENTRY("F32", "[1]", "[4,8]") "}",
                  0, 8, PARTS("tensor 'a'", "twice"));
    refuse_header(
        "{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"\\u0061\":" ENTRY("F32", "[1]", "[4,8]") "}", 0,
        8, PARTS("tensor 'a'", "twice"));
    refuse_header("{\"a\\u0000\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 4, PARTS("byte 11", "NUL"));
    refuse_header("{\"\\ud800\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 4, PARTS("surrogates"));
    refuse_header("{\"\xc0\x80\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 4, PARTS("UTF-8"));
    refuse_header("{\"\xed\xa0\x80\":" ENTRY("F32", "[1]", "[0,4]") "}", 0, 4, PARTS("UTF-8"));
}

Test(safetensors, refuses_members)
{
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0, 0, PARTS("no data_offsets"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 0, 4, PARTS("no shape"));
    refuse_header("{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 4, PARTS("no dtype"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]}}", 0, 0,
                  PARTS("tensor 'w'", "a second member 'dtype'"));
    refuse_header("{\"w\":{\"scale\":1}}", 0, 0, PARTS("unknown member 'scale'"));
    refuse_header("{\"__metadata__\":{},\"__metadata__\":{}}", 0, 0, PARTS("__metadata__ once"));
    refuse_header("{\"__metadata__\":{\"a\":1}}", 0, 0, PARTS("'1}}'", "a text"));
}

Test(safetensors, refuses_what_is_no_json)
{
    refuse_header("[{}]", 0, 0, PARTS("byte 0", "expected a safetensors"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 0, 4,
                  PARTS("'-1]", "integer"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 0, 4,
                  PARTS("'1.0]", "integer"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}", 0, 4,
                  PARTS("integer"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}", 0, 4,
                  PARTS("integer"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[18446744073709551616]}}", 0, 4,
                  PARTS("integer from 0 to 2^64 - 1"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1,],\"data_offsets\":[0,4]}}", 0, 4,
                  PARTS("integer"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 0, 4,
                  PARTS("','"));
    refuse_header("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 0, 4,
                  PARTS("']'"));
    refuse_header("{\"w\":" ENTRY("F32", "[1]", "[0,4]") "} x", 0, 4, PARTS("'x'", "the end"));
    refuse_header("{\"w\":" ENTRY("F32", "[1]", "[0,4]"), 0, 4, PARTS("the end", "'}'"));
    refuse_header("{\"w", 0, 0, PARTS("the end"));
}

Test(safetensors, refuses_every_cut)
{
    size_t n = 0;
    uint8_t *bytes = read_whole(golden_path("plain.safetensors"), &n);
    for (size_t cut = 0; cut < n; cut++) {
        check_refused(bytes, cut, EMB_E_FORMAT, PARTS("expected"));
    }
    free(bytes);
}
