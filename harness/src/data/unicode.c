/* Lower-cases and classifies text by utf8proc. */
#include "data/unicode.h"

#include "base/mem.h"

#include <embedder_lower.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

int32_t unicode_next(const char *text, size_t n, size_t *ret_bytes)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &point);
    *ret_bytes = used > 0 ? (size_t)used : 1;
    return used > 0 ? point : -1;
}

void unicode_append(struct str *text, int32_t code_point)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char(code_point, bytes);
    str_append(text, (const char *)bytes, n > 0 ? (size_t)n : 0);
}

bool unicode_is_letter(int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool unicode_is_alphanumeric(int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

size_t unicode_check(const char *text, size_t n)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        if (unicode_next(text + i, n - i, &bytes) < 0) {
            return i;
        }
    }
    return n;
}

bool unicode_has_letter(const char *text, size_t n)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        if (unicode_is_letter(unicode_next(text + i, n - i, &bytes))) {
            return true;
        }
    }
    return false;
}

static uint32_t letter_category(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
        return EMB_LETTER_CASED;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return EMB_LETTER_IGNORABLE;
    default:
        return 0;
    }
}

static uint32_t simple_lower(uint32_t c)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

void unicode_lower(const char *text, size_t n, struct str *lower)
{
    static const struct emb_letters letters = {letter_category, simple_lower};
    char few[256], *buffer = EMB_LOWER_ROOM(n) <= sizeof few ? few : mem_alloc(EMB_LOWER_ROOM(n));
    size_t n_lower = emb_lower(&letters, text, n, buffer);
    str_append(lower, n_lower > 0 ? buffer : "", n_lower);
    if (buffer != few) {
        free(buffer);
    }
}

char *unicode_lower_text(const char *text)
{
    struct str lower = {0};
    str_append(&lower, "", 0);
    unicode_lower(text, strlen(text), &lower);
    return lower.data;
}

void unicode_compose(const char *text, size_t n, struct str *composed)
{
    utf8proc_uint8_t *bytes = NULL;
    utf8proc_ssize_t n_bytes = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n,
                                            &bytes, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    str_append(composed, n_bytes < 0 ? text : (const char *)bytes,
               n_bytes < 0 ? n : (size_t)n_bytes);
    free(bytes);
}

size_t unicode_columns(const char *text, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0, bytes; i < n; i += bytes) {
        int32_t point = unicode_next(text + i, n - i, &bytes);
        bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
        columns += control ? 1 : (size_t)utf8proc_charwidth(point);
    }
    return columns;
}

bool unicode_offset(const char *text, size_t n, uint64_t point, size_t *ret_bytes)
{
    size_t i = 0;
    for (size_t bytes; point > 0 && i < n; i += bytes, point--) {
        unicode_next(text + i, n - i, &bytes);
    }
    if (point > 0) {
        return false;
    }
    *ret_bytes = i;
    return true;
}

struct slice unicode_trim(struct slice text)
{
    size_t begin = text.n, end = 0;
    for (size_t i = 0, bytes; i < text.n; i += bytes) {
        if (unicode_is_alphanumeric(unicode_next(text.text + i, text.n - i, &bytes))) {
            begin = begin < i ? begin : i;
            end = i + bytes;
        }
    }
    return begin < end ? (struct slice){text.text + begin, end - begin}
                       : (struct slice){text.text, 0};
}

static bool is_space(int32_t point)
{
    return point == ' ' || (point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x1f) ||
           point == 0x85 || utf8proc_category(point) == UTF8PROC_CATEGORY_ZS || point == 0x2028 ||
           point == 0x2029;
}

bool unicode_word(struct slice *rest, struct slice *ret_word)
{
    size_t begin = 0, bytes = 0;
    while (begin < rest->n && is_space(unicode_next(rest->text + begin, rest->n - begin, &bytes))) {
        begin += bytes;
    }
    size_t end = begin;
    while (end < rest->n && !is_space(unicode_next(rest->text + end, rest->n - end, &bytes))) {
        end += bytes;
    }
    *ret_word = (struct slice){rest->text + begin, end - begin};
    *rest = (struct slice){rest->text + end, rest->n - end};
    return end > begin;
}
