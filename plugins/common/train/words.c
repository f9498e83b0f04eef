/* Cuts a training text into words. */
#include "train/words.h"

#include "base/unicode.h"

#include <string.h>

enum { LETTER = 1, DIGIT = 2, SPACE = 4, NEWLINE = 8, HIGH = 16 };

/* clang-format off */
#define _ 0
#define L LETTER
#define D DIGIT
#define S SPACE
#define N NEWLINE
#define H HIGH
static const uint8_t classes[256] = { /* of bytes, 32 a line */
    S, _, _, _, _, _, _, _, _, S, N, S, S, S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
    S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, D, D, D, D, D, D, D, D, D, D, _, _, _, _, _, _,
    _, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, _, _, _, _, _,
    _, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, _, _, _, _, _,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
};
#undef _
#undef L
#undef D
#undef S
#undef N
#undef H
/* clang-format on */

void word_reader_init(struct word_reader *reader, const struct word_rules *rules)
{
    memset(reader, 0, sizeof *reader);
    reader->rules = *rules;
}

void word_reader_text(struct word_reader *reader, const char *text, uint64_t n_bytes)
{
    reader->at = (const unsigned char *)text;
    reader->end = reader->at + n_bytes;
}

/* Append bytes of one code point; a word that is full takes no more. */
static void put(struct word_reader *reader, const char *bytes, unsigned n)
{
    unsigned most = reader->rules.lowercase ? WORD_RAW_BYTES : WORD_MAX_BYTES;
    reader->is_full |= reader->n_bytes + n > most;
    if (!reader->is_full) {
        memcpy(reader->word + reader->n_bytes, bytes, n);
        reader->n_bytes += n;
        reader->has_high |= (unsigned char)*bytes >= 0x80;
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* ASCII is lower-cased as it comes; the rest here, since a letter's form may depend on the word. */
static enum word_event finish_word(struct word_reader *reader)
{
    if (reader->rules.lowercase && reader->has_high) {
        char lower[EMB_LOWER_ROOM(WORD_RAW_BYTES)];
        size_t n = utf8_lower(reader->word, reader->n_bytes, lower);
        reader->n_bytes = n < WORD_RAW_BYTES ? (uint32_t)n : WORD_RAW_BYTES;
        memcpy(reader->word, lower, reader->n_bytes);
    }
    if (reader->n_bytes > WORD_MAX_BYTES) {
        uint32_t n = WORD_MAX_BYTES;
        while (n > WORD_MAX_BYTES - 3 && is_continuation(reader->word[n])) {
            n--;
        }
        /* a sequence has at most four bytes: what goes on longer is none */
        reader->n_bytes = is_continuation(reader->word[n]) ? WORD_MAX_BYTES : n;
    }
    return WORD_FOUND;
}

/* The class of the character at `at` and its bytes; 0: it separates. */
static unsigned class_at(const struct word_reader *reader, const unsigned char *at,
                         unsigned *ret_n_bytes, uint32_t *ret_c)
{
    unsigned class = classes[*at];
    *ret_n_bytes = 1;
    *ret_c = *at;
    if (class != HIGH) {
        return class;
    }
    bool valid;
    *ret_n_bytes = utf8_read((const char *)at, (size_t)(reader->end - at), ret_c, &valid);
    if (!valid) {
        return 0;
    }
    uint32_t category = unicode_category(*ret_c);
    return category & (UNICODE_LETTER | UNICODE_MARK) ? LETTER
           : category & UNICODE_NUMBER                ? DIGIT
                                                      : 0;
}

/* Take the run of characters of the given classes at reader->at. */
static void take_run(struct word_reader *reader, unsigned wanted)
{
    while (reader->at < reader->end) {
        unsigned char c = *reader->at;
        if (classes[c] & wanted & ~(unsigned)HIGH) {
            char byte = (char)(reader->rules.lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c);
            put(reader, &byte, 1);
            reader->at++;
            continue;
        }
        uint32_t code_point;
        unsigned n;
        if (classes[c] != HIGH || !reader->rules.unicode ||
            !(class_at(reader, reader->at, &n, &code_point) & wanted)) {
            return;
        }
        put(reader, (const char *)reader->at, n);
        reader->at += n;
    }
}

/* The bytes of an apostrophe at `at`, 0 if there is none. */
static unsigned apostrophe(const struct word_reader *reader)
{
    if (reader->at < reader->end && *reader->at == '\'') {
        return 1;
    }
    return reader->rules.unicode && reader->end - reader->at >= 3 &&
                   memcmp(reader->at, "\xE2\x80\x99", 3) == 0
               ? 3
               : 0;
}

static void take_suffix(struct word_reader *reader)
{
    unsigned n = apostrophe(reader);
    if (n == 0 || reader->at + n >= reader->end) {
        return;
    }
    uint32_t code_point;
    unsigned letter_bytes, class = classes[reader->at[n]];
    if (class == HIGH && reader->rules.unicode) {
        class = class_at(reader, reader->at + n, &letter_bytes, &code_point);
    }
    if (class == LETTER) {
        put(reader, "'", 1);
        reader->at += n;
        take_run(reader, LETTER);
    }
}

static void start_word(struct word_reader *reader)
{
    reader->n_bytes = 0;
    reader->is_full = reader->has_high = false;
}

static enum word_event next_stripped(struct word_reader *reader)
{
    start_word(reader);
    while (reader->at < reader->end) {
        unsigned class = classes[*reader->at], n = 1;
        uint32_t code_point;
        if (class == NEWLINE) {
            reader->at++;
            return WORD_LINE;
        }
        if (class == HIGH && reader->rules.unicode) {
            class = class_at(reader, reader->at, &n, &code_point);
        }
        if (class & (LETTER | DIGIT)) {
            take_run(reader, LETTER | DIGIT);
            take_suffix(reader);
            return finish_word(reader);
        }
        reader->at += n;
    }
    return WORD_END;
}

/* Bytes [begin, end), ASCII lower-cased if wanted. */
static void take_bytes(struct word_reader *reader, const unsigned char *begin,
                       const unsigned char *end)
{
    while (begin < end) {
        unsigned char c = *begin;
        unsigned n = 1;
        char byte = (char)(reader->rules.lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (classes[c] == HIGH) { /* ill-formed bytes are kept */
            uint32_t code_point;
            bool valid;
            n = utf8_read((const char *)begin, (size_t)(end - begin), &code_point, &valid);
            put(reader, (const char *)begin, n);
        } else {
            put(reader, &byte, 1);
        }
        begin += n;
    }
}

static enum word_event next_plain(struct word_reader *reader)
{
    start_word(reader);
    const unsigned char *at = reader->at, *end = reader->end;
    while (at < end && classes[*at] == SPACE) {
        at++;
    }
    reader->at = at;
    if (at == end) {
        return WORD_END;
    }
    if (*at == '\n') {
        reader->at++;
        return WORD_LINE;
    }
    while (at < end && !(classes[*at] & (SPACE | NEWLINE))) {
        at++;
    }
    take_bytes(reader, reader->at, at);
    reader->at = at;
    return finish_word(reader);
}

enum word_event word_reader_next(struct word_reader *reader)
{
    return reader->rules.strip ? next_stripped(reader) : next_plain(reader);
}
