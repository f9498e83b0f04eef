/* Cuts a table's text into lines and cells. */
#include "data/table_text.h"

#include "base/error.h"
#include "data/archive.h"
#include "data/unicode.h"

#include <string.h>

int table_text_read(const char *path, struct str *ret_text)
{
    struct str bytes = {0};
    TRY(byte_source_read_all(path, &bytes));
    if (unicode_check(str_text(&bytes), bytes.n) == bytes.n) {
        *ret_text = bytes;
        return 0;
    }
    struct str text = {0};
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if (c < 0x80) {
            str_add_char(&text, (char)c);
        } else {
            str_add_char(&text, (char)(0xc0 | c >> 6));
            str_add_char(&text, (char)(0x80 | (c & 0x3f)));
        }
    }
    str_finish(&bytes);
    *ret_text = text;
    return 0;
}

bool table_line(struct table_lines *lines, bool comments, struct slice *ret_line)
{
    struct slice line;
    while (slice_line(&lines->rest, &line)) {
        lines->number++;
        struct slice content = slice_trim(line);
        if (content.n > 0 && !(comments && content.text[0] == '#')) {
            *ret_line = line;
            return true;
        }
    }
    return false;
}

/* One field that may be quoted, *rest behind its separator; rest->text becomes NULL at the end. */
static struct slice quoted_field(struct slice *rest, char separator)
{
    struct slice field = slice_trim(*rest);
    if (field.n == 0 || field.text[0] != '"') {
        slice_field(rest, separator, &field);
        return field;
    }
    const char *begin = field.text + 1, *end = rest->text + rest->n, *p = begin;
    while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"'))) {
        p += *p == '"' ? 2 : 1;
    }
    if (p >= end) { /* never closed: the quote is a character like others */
        slice_field(rest, separator, &field);
        return field;
    }
    struct slice after = {p + 1, (size_t)(end - p - 1)}, nothing;
    slice_field(&after, separator, &nothing);
    *rest = after;
    return (struct slice){begin, (size_t)(p - begin)};
}

uint32_t table_fields(struct slice line, char separator, struct slice ret_fields[TABLE_FIELDS])
{
    uint32_t n = 0;
    struct slice rest = line;
    while (n < TABLE_FIELDS) {
        struct slice field;
        if (separator == ' ') {
            if (!slice_word(&rest, &field)) {
                break;
            }
        } else if (!rest.text) {
            break;
        } else if (separator == ',' || separator == ';') {
            field = quoted_field(&rest, separator);
        } else if (!slice_field(&rest, separator, &field)) {
            break;
        }
        ret_fields[n++] = slice_trim(field);
    }
    return n;
}

char *table_copy(struct arena *arena, struct slice field, char separator)
{
    char *copy = arena_text(arena, field.text, field.n);
    if (separator == ',' || separator == ';') {
        size_t n = 0;
        for (size_t i = 0; i < field.n; i++) {
            copy[n++] = field.text[i];
            i += field.text[i] == '"' && i + 1 < field.n && field.text[i + 1] == '"';
        }
        copy[n] = '\0';
    }
    return copy;
}

bool table_quotes_close(struct slice line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++) {
        n += line.text[i] == '"';
    }
    return n % 2 == 0;
}

const char *table_excerpt(struct slice line, char buffer[TABLE_EXCERPT])
{
    static const char no_break[] = "<U+00A0>"; /* looks like a blank and separates nothing */
    size_t n = 0, i = 0;
    while (i < line.n) {
        bool blank = i + 1 < line.n && memcmp(line.text + i, "\xc2\xa0", 2) == 0;
        size_t length = 1; /* of the code point */
        while (i + length < line.n && ((unsigned char)line.text[i + length] & 0xc0) == 0x80) {
            length++;
        }
        size_t shown = blank ? sizeof no_break - 1 : length;
        if (n + shown > 60) {
            break;
        }
        memcpy(buffer + n, blank ? no_break : line.text + i, shown);
        n += shown;
        i += length;
    }
    memcpy(buffer + n, i < line.n ? "..." : "", i < line.n ? 4 : 1);
    return buffer;
}

int table_refuse(const char *path, uint64_t number, struct slice line, const char *expected)
{
    char excerpt[TABLE_EXCERPT];
    return error_set(ERR_REQUEST, "%s:%llu: found \"%s\", expected %s", path,
                     (unsigned long long)number, table_excerpt(line, excerpt), expected);
}
