/* Growing texts, slices of them, and cuts by character, word and line. */
#include "base/str.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct str *str, size_t n)
{
    MEM_GROW(str->data, str->capacity, str->n + n + 1);
}

void str_append(struct str *str, const char *bytes, size_t n)
{
    reserve(str, n);
    if (n > 0) {
        memcpy(str->data + str->n, bytes, n);
    }
    str->n += n;
    str->data[str->n] = '\0';
}

void str_add(struct str *str, const char *text)
{
    str_append(str, text, strlen(text));
}

void str_add_char(struct str *str, char c)
{
    str_append(str, &c, 1);
}

void str_format(struct str *str, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = str->capacity - str->n;
    int n = vsnprintf(room > 0 ? str->data + str->n : NULL, room, format, args);
    va_end(args);
    if (n > 0 && (size_t)n >= room) {
        reserve(str, (size_t)n);
        vsnprintf(str->data + str->n, (size_t)n + 1, format, again);
    }
    str->n += n > 0 ? (size_t)n : 0;
    va_end(again);
}

void str_clear(struct str *str)
{
    str->n = 0;
    if (str->data) {
        str->data[0] = '\0';
    }
}

void str_finish(struct str *str)
{
    free(str->data);
    *str = (struct str){0};
}

const char *str_text(const struct str *str)
{
    return str->data ? str->data : "";
}

struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

bool slice_is(struct slice slice, const char *text)
{
    return strlen(text) == slice.n && memcmp(slice.text, text, slice.n) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice slice)
{
    while (slice.n > 0 && is_space(slice.text[0])) {
        slice.text++, slice.n--;
    }
    while (slice.n > 0 && is_space(slice.text[slice.n - 1])) {
        slice.n--;
    }
    return slice;
}

bool slice_line(struct slice *rest, struct slice *ret_line)
{
    if (!rest->text || rest->n == 0) {
        return false;
    }
    const char *end = memchr(rest->text, '\n', rest->n);
    size_t n = end ? (size_t)(end - rest->text) : rest->n;
    *ret_line = (struct slice){rest->text, n > 0 && rest->text[n - 1] == '\r' ? n - 1 : n};
    size_t taken = end ? n + 1 : n;
    rest->text += taken;
    rest->n -= taken;
    return true;
}

bool slice_field(struct slice *rest, char separator, struct slice *ret_field)
{
    if (!rest->text) {
        return false;
    }
    const char *end = rest->n ? memchr(rest->text, separator, rest->n) : NULL;
    size_t n = end ? (size_t)(end - rest->text) : rest->n;
    *ret_field = (struct slice){rest->text, n};
    *rest = end ? (struct slice){end + 1, rest->n - n - 1} : (struct slice){NULL, 0};
    return true;
}

bool slice_word(struct slice *rest, struct slice *ret_word)
{
    size_t begin = 0;
    while (begin < rest->n && is_space(rest->text[begin])) {
        begin++;
    }
    size_t end = begin;
    while (end < rest->n && !is_space(rest->text[end])) {
        end++;
    }
    if (begin == end) {
        return false;
    }
    *ret_word = (struct slice){rest->text + begin, end - begin};
    rest->text += end;
    rest->n -= end;
    return true;
}

/* Bytes of the UTF-8 character at `at` that a terminal shows; 0: it is none. */
static size_t printable_bytes(const unsigned char *at)
{
    if (at[0] < 0x80) {
        return (at[0] >= 0x20 && at[0] != 0x7f) || at[0] == '\t';
    }
    size_t n = at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;
    if (at[0] >= 0xf5) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool is_control = n == 2 && at[0] == 0xc2 && at[1] < 0xa0;
    /* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: they turn the order of what follows */
    bool is_order =
        n == 3 && at[0] == 0xe2 &&
        ((at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) ||
         (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
    return is_control || is_order ? 0 : n;
}

void text_make_printable(char *text)
{
    for (char *at = text; *at;) {
        size_t n = printable_bytes((const unsigned char *)at);
        if (n == 0) {
            *at = '?';
        }
        at += n ? n : 1;
    }
}

bool text_is_printable(const char *text)
{
    for (size_t n; *text; text += n) {
        n = printable_bytes((const unsigned char *)text);
        if (n == 0) {
            return false;
        }
    }
    return true;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}
