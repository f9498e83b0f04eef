/* Character classes, normal forms and case by utf8proc. */
#include "base/unicode.h"

#include <string.h>
#include <utf8proc.h>

_Static_assert(UTF8PROC_CATEGORY_LU == 1 && UTF8PROC_CATEGORY_CO == 29 &&
                   UTF8PROC_CATEGORY_ZP == 25 && UTF8PROC_CATEGORY_PO == 18,
               "utf8proc numbers the categories in the order of unicode.h");

uint32_t unicode_category(uint32_t c)
{
    if (c > 0x10FFFF) {
        return UNICODE_CN;
    }
    int category = (int)utf8proc_category((utf8proc_int32_t)c);
    return category == UTF8PROC_CATEGORY_CN ? (uint32_t)UNICODE_CN : 1u << (category - 1);
}

bool unicode_is_space(uint32_t c)
{
    if (c < 0x80) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Other_Alphabetic beyond the marks: the enclosed Latin letters, which are symbols by category. */
static bool is_enclosed_letter(uint32_t c)
{
    return (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
           (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

bool unicode_is_word(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_';
    }
    return (unicode_category(c) &
            (UNICODE_LETTER | UNICODE_MARK | UNICODE_ND | UNICODE_NL | UNICODE_PC)) ||
           c == 0x200C || c == 0x200D || is_enclosed_letter(c);
}

unsigned unicode_lower(uint32_t c, uint32_t ret_lower[2])
{
    if (c == 0x130) { /* the only unconditional entry of SpecialCasing.txt for lower case */
        ret_lower[0] = 'i';
        ret_lower[1] = 0x307;
        return 2;
    }
    ret_lower[0] = c > 0x10FFFF ? c : (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    return 1;
}

static uint32_t letter_category(uint32_t c)
{
    uint32_t category = unicode_category(c);
    if (category & (UNICODE_LU | UNICODE_LL | UNICODE_LT)) {
        return EMB_LETTER_CASED;
    }
    return category & (UNICODE_MN | UNICODE_ME | UNICODE_CF | UNICODE_LM | UNICODE_SK)
               ? EMB_LETTER_IGNORABLE
               : 0;
}

static uint32_t simple_lower(uint32_t c)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

size_t utf8_lower(const char *text, size_t n, char *ret)
{
    static const struct emb_letters letters = {letter_category, simple_lower};
    return emb_lower(&letters, text, n, ret);
}

unsigned unicode_decompose(uint32_t c, bool compatibility, uint32_t *ret_parts)
{
    utf8proc_int32_t parts[UNICODE_MAX_DECOMPOSED];
    int boundary = 0;
    int options = UTF8PROC_DECOMPOSE | (compatibility ? UTF8PROC_COMPAT : 0);
    utf8proc_ssize_t n =
        c > 0x10FFFF ? 0
                     : utf8proc_decompose_char((utf8proc_int32_t)c, parts, UNICODE_MAX_DECOMPOSED,
                                               (utf8proc_option_t)options, &boundary);
    if (n < 1 || n > UNICODE_MAX_DECOMPOSED) {
        ret_parts[0] = c;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        ret_parts[i] = (uint32_t)parts[i];
    }
    return (unsigned)n;
}

unsigned unicode_combining_class(uint32_t c)
{
    if (c < 0x300 || c > 0x10FFFF) {
        return 0;
    }
    return (unsigned)utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}

uint32_t unicode_compose(uint32_t first, uint32_t second)
{
    if (first > 0x10FFFF || second > 0x10FFFF) {
        return 0;
    }
    utf8proc_int32_t pair[3] = {(utf8proc_int32_t)first, (utf8proc_int32_t)second, 0};
    int options = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, (utf8proc_option_t)options);
    return n == 1 ? (uint32_t)pair[0] : 0;
}

bool unicode_grapheme_break(uint32_t before, uint32_t after, int32_t *state)
{
    utf8proc_int32_t rule = *state;
    bool is_break =
        utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)after, &rule);
    *state = rule;
    return is_break;
}

/* Second bytes that may follow a lead byte: [low, high], and how many bytes there are in all. */
static unsigned sequence_length(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
    *ret_low = 0x80;
    *ret_high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0) {
            *ret_low = 0xA0;
        } else if (lead == 0xED) {
            *ret_high = 0x9F;
        }
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0) {
            *ret_low = 0x90;
        } else if (lead == 0xF4) {
            *ret_high = 0x8F;
        }
        return 4;
    }
    return 0;
}

unsigned utf8_read(const char *text, size_t n, uint32_t *ret_c, bool *ret_valid)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *ret_c = s[0];
        *ret_valid = true;
        return 1;
    }
    unsigned char low;
    unsigned char high;
    unsigned length = sequence_length(s[0], &low, &high);
    unsigned good = 1;
    while (good < length && good < n && s[good] >= low && s[good] <= high) {
        low = 0x80;
        high = 0xBF;
        good++;
    }
    if (length == 0 || good < length) {
        *ret_c = UNICODE_REPLACEMENT;
        *ret_valid = false;
        return good;
    }
    uint32_t at = 0;
    *ret_c = utf8_next(text, &at);
    *ret_valid = true;
    return length;
}

size_t ascii_prefix(const char *text, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t block;
        memcpy(&block, text + i, 8);
        if (block & UINT64_C(0x8080808080808080)) {
            break;
        }
    }
    while (i < n && (unsigned char)text[i] < 0x80) {
        i++;
    }
    return i;
}

size_t utf8_valid_prefix(const char *text, size_t n)
{
    size_t i = 0;
    while ((i += ascii_prefix(text + i, n - i)) < n) {
        uint32_t c;
        bool valid;
        unsigned length = utf8_read(text + i, n - i, &c, &valid);
        if (!valid) {
            break;
        }
        i += length;
    }
    return i;
}
