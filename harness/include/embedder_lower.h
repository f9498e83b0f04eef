/*
 * embedder_lower.h - lower case as the harness writes it, on both sides of the border: the words of
 * data sets, the look-ups of word vectors, the vocabularies of trainers.
 *
 * The full lower-case mapping of Unicode (The Unicode Standard 15, section 3.13, toLowercase, with
 * SpecialCasing.txt): U+0130, a capital I with a dot, becomes two code points, and a capital sigma
 * becomes U+03C2 at the end of a word, else U+03C3. No language's own rules: I is i in Turkish
 * text, too. Bytes that are not UTF-8 stay as they are. The normaliser of a tokenizer is another
 * thing: it does what the library of its model does, code point by code point, without the final
 * sigma.
 *
 * The caller brings what the Unicode character database says of a code point; the few properties
 * that go beyond general categories stand here. Compiles alone as C99 to C2x and as C++17.
 */
#ifndef EMBEDDER_LOWER_H
#define EMBEDDER_LOWER_H

#include <stddef.h>
#include <stdint.h>

enum {
    EMB_LETTER_CASED = 1,    /* general category Lu, Ll or Lt */
    EMB_LETTER_IGNORABLE = 2 /* Mn, Me, Cf, Lm or Sk */
};

struct emb_letters {
    uint32_t (*category)(uint32_t c); /* EMB_LETTER_*, or 0 */
    uint32_t (*lower)(uint32_t c);    /* the simple mapping; c itself where there is none */
};

/* Bytes that the lower case of n bytes can take. */
#define EMB_LOWER_ROOM(n) ((n) + (n) / 2 + 1)

/* The code point at text[0, n), n > 0, and its bytes; 0 bytes where they are not UTF-8. */
static inline unsigned emb_lower_read(const unsigned char *text, size_t n, uint32_t *ret_c)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned bytes = text[0] < 0x80   ? 1
                     : text[0] < 0xC2 ? 0
                     : text[0] < 0xE0 ? 2
                     : text[0] < 0xF0 ? 3
                     : text[0] < 0xF5 ? 4
                                      : 0;
    uint32_t c = bytes > 1 ? text[0] & (0xFFu >> (bytes + 1)) : text[0];
    if (bytes > n) {
        return 0;
    }
    for (unsigned i = 1; i < bytes; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        c = c << 6 | (text[i] & 0x3Fu);
    }
    if (bytes == 0 || c < least[bytes] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return 0;
    }
    *ret_c = c;
    return bytes;
}

/* Writes a scalar value, 1 to 4 bytes; returns how many. */
static inline unsigned emb_lower_write(uint32_t c, unsigned char *ret)
{
    unsigned bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (unsigned i = bytes; i > 1; i--) {
        ret[i - 1] = (unsigned char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    ret[0] = (unsigned char)(lead[bytes] | c);
    return bytes;
}

static inline int emb_lower_in(uint32_t c, const uint32_t (*ranges)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1]) {
            return 1;
        }
    }
    return 0;
}

/* The property Cased of a code point that is not ignorable: by category, or Other_Lowercase or
 * Other_Uppercase (PropList.txt), as far as these are no modifiers, which are ignorable. */
static inline int emb_lower_is_cased(const struct emb_letters *letters, uint32_t c)
{
    static const uint32_t others[][2] = {{0xAA, 0xAA},      {0xBA, 0xBA},       {0x2160, 0x217F},
                                         {0x24B6, 0x24E9},  {0x1F130, 0x1F149}, {0x1F150, 0x1F169},
                                         {0x1F170, 0x1F189}};
    return (letters->category(c) & EMB_LETTER_CASED) != 0 ||
           emb_lower_in(c, others, sizeof others / sizeof *others);
}

/* The property Case_Ignorable: by category, or Word_Break MidLetter, MidNumLet or Single_Quote. */
static inline int emb_lower_is_ignorable(const struct emb_letters *letters, uint32_t c)
{
    static const uint32_t others[][2] = {
        {'\'', '\''},     {'.', '.'},       {':', ':'},       {0xB7, 0xB7},
        {0x387, 0x387},   {0x55F, 0x55F},   {0x5F4, 0x5F4},   {0x2018, 0x2019},
        {0x2024, 0x2024}, {0x2027, 0x2027}, {0xFE13, 0xFE13}, {0xFE52, 0xFE52},
        {0xFE55, 0xFE55}, {0xFF07, 0xFF07}, {0xFF0E, 0xFF0E}, {0xFF1A, 0xFF1A}};
    return (letters->category(c) & EMB_LETTER_IGNORABLE) != 0 ||
           emb_lower_in(c, others, sizeof others / sizeof *others);
}

/* Whether the nearest code point before text[at] that is not ignorable is cased. */
static inline int emb_lower_cased_before(const struct emb_letters *letters,
                                         const unsigned char *text, size_t at)
{
    while (at > 0) {
        size_t begin = at - 1;
        uint32_t c;
        while (begin > 0 && at - begin < 4 && (text[begin] & 0xC0) == 0x80) {
            begin--;
        }
        if (emb_lower_read(text + begin, at - begin, &c) != at - begin) {
            return 0;
        }
        if (!emb_lower_is_ignorable(letters, c)) {
            return emb_lower_is_cased(letters, c);
        }
        at = begin;
    }
    return 0;
}

/* Whether the nearest code point of text[at, n) that is not ignorable is cased. */
static inline int emb_lower_cased_after(const struct emb_letters *letters,
                                        const unsigned char *text, size_t at, size_t n)
{
    while (at < n) {
        uint32_t c;
        unsigned bytes = emb_lower_read(text + at, n - at, &c);
        if (bytes == 0) {
            return 0;
        }
        if (!emb_lower_is_ignorable(letters, c)) {
            return emb_lower_is_cased(letters, c);
        }
        at += bytes;
    }
    return 0;
}

/* Writes the lower case of text[0, n) to ret, [EMB_LOWER_ROOM(n)]; returns its bytes. */
static inline size_t emb_lower(const struct emb_letters *letters, const char *text, size_t n,
                               char *ret)
{
    const unsigned char *in = (const unsigned char *)text;
    unsigned char *out = (unsigned char *)ret;
    for (size_t at = 0; at < n;) {
        uint32_t c;
        unsigned bytes = in[at] < 0x80 ? 1 : emb_lower_read(in + at, n - at, &c);
        if (bytes <= 1) { /* ASCII, or a byte that is not UTF-8 */
            *out++ = (unsigned char)(in[at] >= 'A' && in[at] <= 'Z' ? in[at] + 32 : in[at]);
            at++;
            continue;
        }
        if (c == 0x130) {
            *out++ = 'i';
            c = 0x307;
        } else if (c == 0x3A3) {
            c = emb_lower_cased_before(letters, in, at) &&
                        !emb_lower_cased_after(letters, in, at + bytes, n)
                    ? 0x3C2
                    : 0x3C3;
        } else {
            c = letters->lower(c);
        }
        out += emb_lower_write(c, out);
        at += bytes;
    }
    return (size_t)((char *)out - ret);
}

#endif /* EMBEDDER_LOWER_H */
