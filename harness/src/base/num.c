/* Parses and prints numbers in the C locale, whatever the process's locale is. */
#include "base/num.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t the_c_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    return c_locale;
}

bool num_real(struct slice slice, double *ret_value)
{
    char text[128];
    if (slice.n == 0 || slice.n >= sizeof text) {
        return false;
    }
    for (size_t i = 0; i < slice.n; i++) {
        if (!slice.text[i] || !strchr("0123456789+-.eE", slice.text[i])) {
            return false; /* keeps out hexadecimal, nan, inf and white space */
        }
    }
    memcpy(text, slice.text, slice.n);
    text[slice.n] = '\0';
    char *end;
    double value = strtod_l(text, &end, the_c_locale());
    if (*end != '\0' || end == text || !isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool num_uint(struct slice slice, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (slice.n == 0) {
        return false;
    }
    for (size_t i = 0; i < slice.n; i++) {
        unsigned digit = (unsigned)slice.text[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

bool num_int(struct slice slice, int64_t *ret_value)
{
    bool negative = slice.n > 0 && slice.text[0] == '-';
    bool sign = negative || (slice.n > 0 && slice.text[0] == '+');
    uint64_t magnitude;
    if (!num_uint((struct slice){slice.text + sign, slice.n - sign}, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *ret_value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool num_bytes(struct slice slice, uint64_t *ret_bytes)
{
    static const char units[] = "kmgt";
    unsigned shift = 0;
    if (slice.n > 1) {
        const char *unit = strchr(units, slice.text[slice.n - 1] | 0x20);
        if (unit && slice.text[slice.n - 1]) {
            shift = 10 * (unsigned)(unit - units + 1);
            slice.n--;
        }
    }
    uint64_t value;
    if (!num_uint(slice, &value) || value > UINT64_MAX >> shift) {
        return false;
    }
    *ret_bytes = value << shift;
    return true;
}

const char *num_text(double value, char buffer[NUM_TEXT_MAX])
{
    if (!isfinite(value)) {
        return "null";
    }
    if (value == 0 && signbit(value)) {
        return "-0.0"; /* readers take -0 for a whole number, and lose its sign */
    }
    if (fabs(value) < 1e15 && value == (double)(int64_t)value) { /* most of a run's records */
        snprintf(buffer, NUM_TEXT_MAX, "%lld", (long long)value);
        return buffer;
    }
    locale_t before = uselocale(the_c_locale());
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, NUM_TEXT_MAX, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) {
            break;
        }
    }
    uselocale(before);
    return buffer;
}

const char *num_text_float(float value, char buffer[NUM_TEXT_MAX])
{
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(buffer, NUM_TEXT_MAX, "%.*g", digits, (double)value);
        if (strtof(buffer, NULL) == value) {
            break;
        }
    }
    return buffer;
}
