/* Writes JSON value by value, with commas, colons and escapes taken care of. */
#include "base/json_write.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

struct json_writer jsonw_create(struct str *out, int indent)
{
    return (struct json_writer){.out = out, .indent = indent, .first = true};
}

static void new_line(struct json_writer *w)
{
    if (w->indent > 0) {
        str_add_char(w->out, '\n');
        for (uint32_t i = 0; i < w->depth * (uint32_t)w->indent; i++) {
            str_add_char(w->out, ' ');
        }
    }
}

/* What stands before any key or value. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (!w->first) {
        str_add_char(w->out, ',');
    }
    if (w->depth > 0) {
        new_line(w);
    }
    w->first = false;
}

void jsonw_open(struct json_writer *w, char bracket)
{
    separate(w);
    str_add_char(w->out, bracket);
    w->depth++;
    w->first = true;
}

void jsonw_close(struct json_writer *w, char bracket)
{
    w->depth--;
    if (!w->first) {
        new_line(w);
    }
    w->first = false;
    str_add_char(w->out, bracket);
}

/* Bytes of the well-formed UTF-8 sequence at the start (Unicode 15, table 3-7), 0 if there is none.
 */
static size_t sequence(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80) {
        return 1;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < length || s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* How many bytes at the start stand for themselves: ASCII without escapes. */
static size_t plain(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\') {
        i++;
    }
    return i;
}

static void quoted(struct str *out, const char *text, size_t n)
{
    str_add_char(out, '"');
    for (size_t i = 0; i < n;) {
        size_t run = plain(text + i, n - i);
        str_append(out, text + i, run);
        i += run;
        if (i == n) {
            break;
        }
        unsigned char c = (unsigned char)text[i];
        size_t length = sequence((const unsigned char *)text + i, n - i);
        if (length == 0) {
            str_add(out, "\xef\xbf\xbd");
            i++;
            continue;
        }
        if (c == '"' || c == '\\') {
            str_add_char(out, '\\');
            str_add_char(out, (char)c);
        } else if (c == '\n' || c == '\t' || c == '\r') {
            str_add(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        } else if (c < 0x20) {
            str_format(out, "\\u%04x", c);
        } else {
            str_append(out, text + i, length);
        }
        i += length;
    }
    str_add_char(out, '"');
}

void jsonw_key(struct json_writer *w, const char *key)
{
    separate(w);
    quoted(w->out, key, strlen(key));
    str_add(w->out, w->indent > 0 ? ": " : ":");
    w->after_key = true;
}

void jsonw_text(struct json_writer *w, const char *text)
{
    if (!text) {
        jsonw_null(w);
        return;
    }
    jsonw_text_n(w, text, strlen(text));
}

void jsonw_text_n(struct json_writer *w, const char *text, size_t n)
{
    separate(w);
    quoted(w->out, text, n);
}

void jsonw_real(struct json_writer *w, double value)
{
    char buffer[NUM_TEXT_MAX];
    separate(w);
    str_add(w->out, num_text(value, buffer));
}

static void add_digits(struct str *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    str_append(out, digits + at, sizeof digits - at);
}

void jsonw_int(struct json_writer *w, int64_t value)
{
    separate(w);
    if (value < 0) {
        str_add_char(w->out, '-');
    }
    add_digits(w->out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void jsonw_uint(struct json_writer *w, uint64_t value)
{
    separate(w);
    add_digits(w->out, value);
}

void jsonw_bool(struct json_writer *w, bool value)
{
    separate(w);
    str_add(w->out, value ? "true" : "false");
}

void jsonw_null(struct json_writer *w)
{
    separate(w);
    str_add(w->out, "null");
}

void jsonw_put_text(struct json_writer *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_text(w, text);
}

void jsonw_put_real(struct json_writer *w, const char *key, double value)
{
    jsonw_key(w, key);
    jsonw_real(w, value);
}

void jsonw_put_uint(struct json_writer *w, const char *key, uint64_t value)
{
    jsonw_key(w, key);
    jsonw_uint(w, value);
}

void jsonw_put_bool(struct json_writer *w, const char *key, bool value)
{
    jsonw_key(w, key);
    jsonw_bool(w, value);
}
