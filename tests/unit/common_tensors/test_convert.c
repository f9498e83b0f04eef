/* test_convert.c - every kernel against the definition, against each other, and at every length. */
#include "tensors_test.h"

#include "convert.h"
#include "tensor_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const enum tensor_type packed[] = {TENSOR_F16,  TENSOR_BF16, TENSOR_Q8_0, TENSOR_Q4_0,
                                          TENSOR_Q4_K, TENSOR_Q5_K, TENSOR_Q6_K};
enum { N_PACKED = sizeof packed / sizeof packed[0] };

/* Portable first; those that this machine has. */
static size_t tables(const struct convert_table *ret[4])
{
    size_t n = 0;
    ret[n++] = convert_portable();
    ret[n] = convert_avx2();
    n += ret[n] != NULL;
    ret[n] = convert_avx512();
    n += ret[n] != NULL;
    ret[n] = convert_neon();
    n += ret[n] != NULL;
    return n;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* IEEE 754-2008, section 3.4, in double arithmetic. */
static double half_by_definition(uint32_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double sign = half >> 15 ? -1.0 : 1.0;
    if (exponent == 31) {
        return fraction ? NAN : sign * INFINITY;
    }
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

Test(convert, every_half_by_every_table)
{
    const struct convert_table *table[4];
    uint16_t *halves = malloc(65536 * sizeof *halves);
    float *values = malloc(65536 * sizeof *values);
    for (uint32_t i = 0; i < 65536; i++) {
        halves[i] = (uint16_t)i;
    }
    for (size_t t = 0, n = tables(table); t < n; t++) {
        table[t]->f16(halves, values, 65536);
        for (uint32_t i = 0; i < 65536; i++) {
            double expected = half_by_definition(i);
            bool is_nan = isnan(expected) && isnan(values[i]);
            cr_assert(is_nan || (double)values[i] == expected, "%s: half %04x: %g, expected %g",
                      table[t]->name, i, (double)values[i], expected);
            cr_assert(is_nan || !signbit(values[i]) == !signbit(expected), "%s: %04x",
                      table[t]->name, i);
            cr_assert(!is_nan || bits_of(values[i]) & 0x400000u, "%s: %04x is not quiet",
                      table[t]->name, i);
        }
        table[t]->bf16(halves, values, 65536);
        for (uint32_t i = 0; i < 65536; i++) {
            cr_assert(bits_of(values[i]) == i << 16, "%s: bf16 %04x", table[t]->name, i);
        }
    }
    free(halves);
    free(values);
}

/* Any bytes, at any alignment and length: the same bits from every table, nothing read behind (the
 * block ends where malloc's does: AddressSanitizer would see) and nothing written behind. */
Test(convert, tables_agree_to_the_bit)
{
    enum { BLOCKS = 5 };
    const struct convert_table *table[4];
    size_t n_tables = tables(table);
    srand(20240611);
    for (size_t p = 0; p < N_PACKED; p++) {
        for (int round = 0; round < 200; round++) {
            uint64_t unit = p < 2 ? 1 : p < 4 ? 32 : 256;
            uint64_t n = p < 2 ? (uint64_t)(round % 71) : unit * (uint64_t)(round % BLOCKS + 1);
            uint64_t n_bytes = tensor_type_bytes(packed[p], n), shift = (uint64_t)(round % 3);
            uint8_t *bytes = malloc(n_bytes + shift);
            for (uint64_t i = 0; i < n_bytes + shift; i++) {
                bytes[i] = (uint8_t)(rand() >> 7);
            }
            float values[3][256 * BLOCKS + 1];
            for (size_t t = 0; t < n_tables; t++) {
                values[t][n] = 7.0f;
                convert_kernel_of(table[t], packed[p])(bytes + shift, values[t], n);
                cr_assert(values[t][n] == 7.0f, "%s wrote behind", table[t]->name);
                for (uint64_t i = 0; i < n; i++) {
                    bool nan = isnan(values[0][i]) && isnan(values[t][i]);
                    cr_assert(nan || bits_of(values[t][i]) == bits_of(values[0][i]),
                              "%s, %s: element %llu of %llu: %.9g, portable %.9g", table[t]->name,
                              tensor_type_name(packed[p]), (unsigned long long)i,
                              (unsigned long long)n, (double)values[t][i], (double)values[0][i]);
                }
            }
            free(bytes);
        }
    }
}

Test(type, long_names_are_cut_where_they_are_shown)
{
    char out[8];
    cr_assert_str_eq(tensor_shown(out, sizeof out, "abcdefg", 7), "abcdefg");
    cr_assert_str_eq(tensor_shown(out, sizeof out, "abcdefgh", 8), "abcd...");
    cr_assert_str_eq(tensor_shown(out, sizeof out, "a\n\x7f\xff", 4), "a???");
    cr_assert_str_eq(tensor_shown(out, sizeof out, "", 0), "");
}

Test(type, sizes)
{
    cr_assert_eq(tensor_type_bytes(TENSOR_Q4_K, 512), 288);
    cr_assert_eq(tensor_type_bytes(TENSOR_Q5_K, 256), 176);
    cr_assert_eq(tensor_type_bytes(TENSOR_Q6_K, 256), 210);
    cr_assert_eq(tensor_type_bytes(TENSOR_Q8_0, 64), 68);
    cr_assert_eq(tensor_type_bytes(TENSOR_Q4_0, 64), 36);
    cr_assert_eq(tensor_type_bytes(TENSOR_BF16, 3), 6);
    cr_assert_eq(tensor_type_bytes(TENSOR_I64, 0), 0);
}
