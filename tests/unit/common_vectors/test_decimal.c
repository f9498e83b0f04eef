/* test_decimal.c - every number must have the very bits that strtof gives in the C locale. The
 * benchmark `decimal` goes on to many millions. */
#include "vectors/decimal.h"
#include "random_decimal.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both parsers on the text followed by `after`: same end, same bits. */
static void check(const char *text, const char *after)
{
    char buffer[2048] = {0};
    snprintf(buffer, sizeof buffer - DECIMAL_SLACK, "%s%s", text, after);
    float fast = -7.0f, slow = -7.0f;
    const char *fast_end = decimal_parse(buffer, &fast);
    const char *slow_end = decimal_parse_ref(buffer, &slow);
    cr_assert_eq(fast_end, slow_end, "'%s': ends at %td, expected %td", buffer,
                 fast_end ? fast_end - buffer : -1, slow_end ? slow_end - buffer : -1);
    cr_assert_eq(memcmp(&fast, &slow, sizeof fast), 0, "'%s': %a, expected %a", buffer,
                 (double)fast, (double)slow);
}

Test(decimal, edges)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+0",
        "00",
        "-0.0",
        "0.",
        ".0",
        ".",
        "-",
        "+",
        "",
        "-.",
        "e5",
        ".e5",
        "x",
        "1",
        "-1",
        "+1",
        "--1",
        "1.",
        ".5",
        "-.5",
        "5e",
        "5e+",
        "5e-",
        "5e+x",
        "5e3",
        "5E3",
        "5e+3",
        "5e-3",
        "5e0003",
        "5e00003",
        "5e-00003",
        "5.e2",
        ".5e2",
        "1 2",
        "1,5",
        "1_000",
        "1d5",
        /* halfway between two floats, and just beside */
        "16777216",
        "16777217",
        "16777218",
        "16777219",
        "16777217.0",
        "16777217.00000000001",
        "16777216.99999999999",
        "16777217.0000000000000000000000000000000000000001",
        "33554433",
        "33554434",
        "33554435",
        "33554438",
        "9007199254740993",
        "9007199791611905",
        "1.00000005960464477539062",
        "1.000000059604644775390625",
        "1.00000005960464477539063",
        "1.00000017881393432617187",
        "1.000000178813934326171875",
        "1.00000017881393432617188",
        "0.500000029802322387695312",
        "0.5000000298023223876953125",
        /* the ends of the range */
        "3.4028234e38",
        "3.4028235e38",
        "3.40282346638528859811704183484516925440e+38",
        "3.4028235677973366e38",
        "3.40282356779733661637539395458142568447e38",
        "3.40282356779733661637539395458142568448e38",
        "3.4028236e38",
        "1e39",
        "-1e39",
        "1e400",
        "1e99999999999",
        "1e-99999999999",
        "340282346638528859811704183484516925440",
        "340282356779733661637539395458142568448",
        "1.17549435e-38",
        "1.17549429e-38",
        "1.1754943508222875e-38",
        "1.1754942807573643e-38",
        "1.4e-45",
        "7.0064923216240853e-46",
        "7.0064923216240854e-46",
        "7.006492321624085354618e-46",
        "7.0064923216240862e-46",
        "1e-45",
        "1e-46",
        "2.1019476964872256e-45",
        "9.99994609e-39",
        "1e-64",
        "1e-65",
        "1e64",
        "1e65",
        "123456789e-70",
        "0e999",
        "0e-999",
        "0.0000000000000000000e30",
        /* many digits */
        "18446744073709551615",
        "18446744073709551616",
        "9999999999999999999",
        "10000000000000000000",
        "99999999999999999999",
        "0.1234567890123456789",
        "0.12345678901234567890",
        "0.000000000000000000000000000000000000000000000000000001",
        "1000000000000000000000000000000000000000",
        "123456781234567812345678",
        "12345678",
        "0.12345678",
        "0.123456789",
        "1234567.8",
        "12345678.12345678",
        "00000000000000000000001.5",
        "0.00000000000000000000000015e25",
        "1.0000000000000000000000000000000000000e-5",
        /* what else strtof takes */
        "inf",
        "-inf",
        "INF",
        "infinity",
        "Infinity!",
        "infin",
        "nan",
        "-nan",
        "NaN",
        "nan(1)",
        "nan(",
        "0x10",
        "0x1.8p3",
        "0X.8",
        "0x",
        "0xg",
        "0x1p",
        "1x5",
        " 1",
        "\t1",
        "\n1",
        "1\n",
    };
    static const char *const after[] = {"", " ", "\n", "\t0.5", "\r\n", "7"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        for (size_t a = 0; a < sizeof after / sizeof *after; a++) {
            check(texts[t], after[a]);
        }
    }
}

/* C reads them, vector files do not hold them: "0x1p3" as 8 would be a guess. */
Test(decimal, no_hexadecimal)
{
    static const char *const texts[] = {"0x10", "-0x1p3", "+0X.8", "0x", "0xg"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char buffer[64] = {0};
        float value = -7.0f;
        strcpy(buffer, texts[i]);
        cr_assert_null(decimal_parse(buffer, &value), "'%s'", texts[i]);
        cr_assert_eq(value, -7.0f);
    }
}

/* Each power of ten, each digit count, the point in each place. */
Test(decimal, digits_and_points)
{
    for (int exponent = -80; exponent <= 80; exponent++) {
        char text[64];
        snprintf(text, sizeof text, "1e%d", exponent);
        check(text, "");
        snprintf(text, sizeof text, "-9.9999999e%d", exponent);
        check(text, " ");
    }
    const char *digits = "98765432109876543210987654321";
    for (int n = 1; n < 29; n++) {
        for (int point = 0; point <= n; point++) {
            char text[64];
            snprintf(text, sizeof text, "%.*s.%.*s", point, digits, n - point, digits + point);
            check(text, " ");
        }
    }
}

/* A million of every kind of number that files hold, neighbours of halfway cases among them. */
Test(decimal, random, .timeout = 100)
{
    uint64_t state = 20240607;
    char text[RANDOM_DECIMAL_ROOM] = {0};
    for (int i = 0; i < 1000000; i++) {
        random_decimal(&state, text);
        float fast = -7.0f, slow = -7.0f;
        const char *fast_end = decimal_parse(text, &fast);
        const char *slow_end = decimal_parse_ref(text, &slow);
        if (fast_end != slow_end || memcmp(&fast, &slow, sizeof fast) != 0) {
            cr_assert(0, "'%s': %a, expected %a", text, (double)fast, (double)slow);
        }
    }
}

/* In a locale with a decimal comma, if the system has one. */
Test(decimal, locale)
{
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool set = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !set; i++) {
        set = setlocale(LC_ALL, names[i]) != NULL;
    }
    if (!set) {
        cr_skip_test("no locale with a decimal comma is installed");
    }
    float value = 0;
    char text[64] = "1.5000000000000000000000000000";
    cr_assert_not_null(decimal_parse(text, &value));
    cr_assert_eq(value, 1.5f);
}
