/*
 * unicode.h - code points, UTF-8 and what the Unicode character database says of them.
 *
 * The only door to utf8proc on the plugin side. Functions on code points take any value; those
 * above U+10FFFF and surrogates count as unassigned.
 */
#ifndef COMMON_UNICODE_H
#define COMMON_UNICODE_H

#include "embedder_lower.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNICODE_REPLACEMENT 0xFFFDu
#define UNICODE_MAX_DECOMPOSED 32 /* code points that one can decompose into (at most 18) */

/* General categories, a bit each, so that a set of them is one number. */
enum {
    UNICODE_LU = 1 << 0,
    UNICODE_LL = 1 << 1,
    UNICODE_LT = 1 << 2,
    UNICODE_LM = 1 << 3,
    UNICODE_LO = 1 << 4,
    UNICODE_MN = 1 << 5,
    UNICODE_MC = 1 << 6,
    UNICODE_ME = 1 << 7,
    UNICODE_ND = 1 << 8,
    UNICODE_NL = 1 << 9,
    UNICODE_NO = 1 << 10,
    UNICODE_PC = 1 << 11,
    UNICODE_PD = 1 << 12,
    UNICODE_PS = 1 << 13,
    UNICODE_PE = 1 << 14,
    UNICODE_PI = 1 << 15,
    UNICODE_PF = 1 << 16,
    UNICODE_PO = 1 << 17,
    UNICODE_SM = 1 << 18,
    UNICODE_SC = 1 << 19,
    UNICODE_SK = 1 << 20,
    UNICODE_SO = 1 << 21,
    UNICODE_ZS = 1 << 22,
    UNICODE_ZL = 1 << 23,
    UNICODE_ZP = 1 << 24,
    UNICODE_CC = 1 << 25,
    UNICODE_CF = 1 << 26,
    UNICODE_CS = 1 << 27,
    UNICODE_CO = 1 << 28,
    UNICODE_CN = 1 << 29, /* unassigned */

    UNICODE_LETTER = UNICODE_LU | UNICODE_LL | UNICODE_LT | UNICODE_LM | UNICODE_LO,
    UNICODE_MARK = UNICODE_MN | UNICODE_MC | UNICODE_ME,
    UNICODE_NUMBER = UNICODE_ND | UNICODE_NL | UNICODE_NO,
    UNICODE_PUNCTUATION =
        UNICODE_PC | UNICODE_PD | UNICODE_PS | UNICODE_PE | UNICODE_PI | UNICODE_PF | UNICODE_PO,
    UNICODE_SYMBOL = UNICODE_SM | UNICODE_SC | UNICODE_SK | UNICODE_SO,
    UNICODE_SEPARATOR = UNICODE_ZS | UNICODE_ZL | UNICODE_ZP,
    UNICODE_OTHER = UNICODE_CC | UNICODE_CF | UNICODE_CS | UNICODE_CO | UNICODE_CN,
};

uint32_t unicode_category(uint32_t c); /* one of the bits above */
bool unicode_is_space(uint32_t c);     /* the property White_Space */
/* A word character as regular expressions mean it: alphabetic, mark, decimal digit, connector
 * punctuation or a joiner (UTS #18, annex C). */
bool unicode_is_word(uint32_t c);

/* Full lower-case mapping without context, 1 or 2 code points; returns how many. What normalisers
 * of tokenizers do; words are lower-cased by utf8_lower. */
unsigned unicode_lower(uint32_t c, uint32_t ret_lower[2]);
/* The lower case of text[0, n), see embedder_lower.h, to ret, [EMB_LOWER_ROOM(n)]; its bytes. */
size_t utf8_lower(const char *text, size_t n, char *ret);

/* Canonical (or compatibility) decomposition of one code point, in full and not reordered. Writes
 * at most UNICODE_MAX_DECOMPOSED; returns how many. */
unsigned unicode_decompose(uint32_t c, bool compatibility, uint32_t *ret_parts);
unsigned unicode_combining_class(uint32_t c);
/* The primary composite of two code points, 0 if there is none. */
uint32_t unicode_compose(uint32_t first, uint32_t second);

/* True if there is an extended grapheme cluster boundary between two successive code points; *state
 * starts at 0 with each text. */
bool unicode_grapheme_break(uint32_t before, uint32_t after, int32_t *state);

/* The code point at text[*at], which is valid UTF-8, moving *at beyond it. */
static inline uint32_t utf8_next(const char *text, uint32_t *at)
{
    const unsigned char *s = (const unsigned char *)text + *at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    if (s[0] < 0xE0) {
        *at += 2;
        return (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
    }
    if (s[0] < 0xF0) {
        *at += 3;
        return (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    }
    *at += 4;
    return (s[0] & 0x07u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
}

/* The start of the code point that ends at text[at], at > 0, valid UTF-8. */
static inline uint32_t utf8_back(const char *text, uint32_t at)
{
    do {
        at--;
    } while (((unsigned char)text[at] & 0xC0) == 0x80);
    return at;
}

/* Writes 1 to 4 bytes; returns how many. c is a scalar value. */
static inline unsigned utf8_put(uint32_t c, char *ret_bytes)
{
    unsigned char *s = (unsigned char *)ret_bytes;
    if (c < 0x80) {
        s[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        s[0] = (unsigned char)(0xC0 | c >> 6);
        s[1] = (unsigned char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        s[0] = (unsigned char)(0xE0 | c >> 12);
        s[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        s[2] = (unsigned char)(0x80 | (c & 0x3F));
        return 3;
    }
    s[0] = (unsigned char)(0xF0 | c >> 18);
    s[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
    s[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    s[3] = (unsigned char)(0x80 | (c & 0x3F));
    return 4;
}

/* Any bytes: reads one code point of text[0, n), n > 0, into *ret_c and returns its bytes; where
 * they are ill-formed, UNICODE_REPLACEMENT and the length of the maximal subpart (Unicode 15,
 * section 3.9, "U+FFFD Substitution of Maximal Subparts"), *ret_valid false. */
unsigned utf8_read(const char *text, size_t n, uint32_t *ret_c, bool *ret_valid);

/* Bytes of the longest prefix of text[0, n) that is valid UTF-8. */
size_t utf8_valid_prefix(const char *text, size_t n);
/* Bytes of the longest prefix of text[0, n) that is ASCII. */
size_t ascii_prefix(const char *text, size_t n);

#endif /* COMMON_UNICODE_H */
