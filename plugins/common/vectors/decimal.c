/* Decimal text to float: one exact division, a checked product in double, or strtof_l. */
#include "vectors/decimal.h"

#include <float.h>
#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "float arithmetic must round to float");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "digits are loaded little-endian");

enum {
    MAX_DIGITS = 19,    /* that a uint64_t holds */
    MAX_POWER = 64,     /* of ten, in the table of doubles */
    MIDPOINT_MARGIN = 8 /* units in the last place of a double, > 3 */
};

static const float float_powers[] = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f,
                                     1e6f, 1e7f, 1e8f, 1e9f, 1e10f};

static const double powers[MAX_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25,
    1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38,
    1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45, 1e46, 1e47, 1e48, 1e49, 1e50, 1e51,
    1e52, 1e53, 1e54, 1e55, 1e56, 1e57, 1e58, 1e59, 1e60, 1e61, 1e62, 1e63, 1e64};

static const uint64_t integer_powers[] = {1,      10,      100,      1000,     10000,
                                          100000, 1000000, 10000000, 100000000};

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

const char *decimal_parse_ref(const char *text, float *ret_value)
{
    pthread_once(&c_locale_once, make_c_locale);
    if (*text == ' ' || (*text >= '\t' && *text <= '\r')) {
        return NULL; /* strtof would skip it */
    }
    const char *first = text + (*text == '-' || *text == '+');
    if (first[0] == '0' && (first[1] | 0x20) == 'x') {
        return NULL; /* strtof would read it as hexadecimal */
    }
    char *end;
    float value = c_locale ? strtof_l(text, &end, c_locale) : strtof(text, &end);
    if (end == text) {
        return NULL;
    }
    *ret_value = value;
    return end;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* How many of the 8 bytes, counted from the first, are digits; *ret_value is their number. */
static inline uint32_t eight_digits(const char *text, uint64_t *ret_value)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    bytes ^= UINT64_C(0x3030303030303030);
    /* High bit of a byte: 10 or more. Carries run only upwards, past the first such byte. */
    uint64_t other =
        ((bytes + UINT64_C(0x7676767676767676)) | bytes) & UINT64_C(0x8080808080808080);
    uint32_t n = other ? (uint32_t)__builtin_ctzll(other) / 8 : 8;
    if (n == 0) {
        *ret_value = 0;
        return 0;
    }
    bytes <<= (8 - n) * 8; /* leading zeros */
    bytes = bytes * 10 + (bytes >> 8);
    *ret_value =
        (((bytes & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064)) +
         (((bytes >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001))) >>
        32;
    return n;
}

/* Digits from *p on, appended to *w; returns how many there were. Above 19 in all *w is wrong. */
static inline uint32_t digits(const char **p, uint64_t *w)
{
    uint32_t total = 0, n;
    do {
        uint64_t value;
        n = eight_digits(*p, &value);
        *w = *w * integer_powers[n] + value;
        *p += n;
        total += n;
    } while (n == 8);
    return total;
}

/* After 'e': a sign and up to 4 digits into *exponent. False: no exponent, or one too long. */
static bool exponent_digits(const char **p, int32_t *exponent)
{
    const char *q = *p + 1;
    bool negative = *q == '-';
    q += negative || *q == '+';
    const char *first = q;
    int32_t value = 0;
    while (is_digit(*q) && q - first < 5) {
        value = value * 10 + (*q++ - '0');
    }
    if (q == first || q - first == 5) {
        return false;
    }
    *exponent += negative ? -value : value;
    *p = q;
    return true;
}

/* w * 10^exponent by way of a double; false where that is not certain to be the nearest float. */
static inline bool by_double(uint64_t w, int32_t exponent, float *ret_value)
{
    double value = exponent < 0 ? (double)w / powers[-exponent] : (double)w * powers[exponent];
    if (!(value >= (double)FLT_MIN && value <= (double)FLT_MAX)) {
        return false;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t below = (uint32_t)bits & 0x1FFFFFFF; /* the part that a float drops */
    if (below - (0x10000000u - MIDPOINT_MARGIN) <= 2u * MIDPOINT_MARGIN) {
        return false;
    }
    *ret_value = (float)value;
    return true;
}

const char *decimal_parse(const char *text, float *ret_value)
{
    const char *p = text;
    uint32_t negative = *p == '-';
    p += negative | (*p == '+'); /* without a branch: signs are as good as random */
    uint64_t w = 0;
    uint32_t n_digits = 0;
    int32_t exponent = 0;
    if (is_digit(p[0]) && !is_digit(p[1])) { /* nearly always */
        w = (uint64_t)(p[0] - '0');
        n_digits = 1;
        p++;
    } else {
        n_digits = digits(&p, &w);
    }
    if (*p == '.') {
        p++;
        uint32_t n = digits(&p, &w);
        n_digits += n;
        exponent = -(int32_t)n;
    }
    if (n_digits == 0 || n_digits > MAX_DIGITS || ((*p | 0x20) == 'x')) {
        return decimal_parse_ref(text, ret_value);
    }
    if ((*p | 0x20) == 'e' && !exponent_digits(&p, &exponent)) {
        return decimal_parse_ref(text, ret_value);
    }
    float value;
    if (w < (1u << 24) && exponent <= 0 && exponent >= -10) {
        value = (float)w / float_powers[-exponent];
    } else if (w == 0) {
        value = 0.0f;
    } else if (exponent < -MAX_POWER || exponent > MAX_POWER || !by_double(w, exponent, &value)) {
        return decimal_parse_ref(text, ret_value);
    }
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= negative << 31;
    memcpy(ret_value, &bits, sizeof bits);
    return p;
}
