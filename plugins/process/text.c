/* Writes JSON into a growing text, invalid UTF-8 replaced. */
#include "text.h"

#include "base/unicode.h"
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_clear(struct text *text)
{
    text->n = 0;
    text->failed = false;
}

void text_finish(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

char *text_capacity(struct text *text, size_t n)
{
    if (text->failed) {
        return NULL;
    }
    if (n > text->capacity - text->n) {
        size_t capacity = text->capacity * 2 > text->n + n ? text->capacity * 2 : text->n + n + 256;
        char *grown = realloc(text->data, capacity);
        if (!grown) {
            text->failed = true;
            return NULL;
        }
        text->data = grown;
        text->capacity = capacity;
    }
    return text->data + text->n;
}

void text_add(struct text *text, const char *bytes, size_t n)
{
    char *place = text_capacity(text, n);
    if (place && n > 0) {
        memcpy(place, bytes, n);
        text->n += n;
    }
}

void text_say(struct text *text, const char *words)
{
    text_add(text, words, strlen(words));
}

void text_number(struct text *text, uint64_t number)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[sizeof digits - ++n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_add(text, digits + sizeof digits - n, n);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void text_quoted(struct text *text, const char *bytes, size_t n)
{
    text_add(text, "\"", 1);
    for (size_t at = 0; at < n;) {
        size_t plain = at;
        while (plain < n && is_plain((unsigned char)bytes[plain])) {
            plain++;
        }
        text_add(text, bytes + at, plain - at);
        if ((at = plain) == n) {
            break;
        }
        unsigned char c = (unsigned char)bytes[at];
        if (c < 0x80) {
            char escape[8];
            int size = c == '"' || c == '\\' ? snprintf(escape, sizeof escape, "\\%c", c)
                                             : snprintf(escape, sizeof escape, "\\u%04x", c);
            text_add(text, escape, (size_t)size);
            at++;
            continue;
        }
        uint32_t point;
        bool valid;
        unsigned size = utf8_read(bytes + at, n - at, &point, &valid);
        text_add(text, valid ? bytes + at : "\xEF\xBF\xBD", valid ? size : 3);
        at += size;
    }
    text_add(text, "\"", 1);
}

void text_harmless(const char *bytes, size_t n, char *ret_line, size_t most)
{
    size_t out = 0;
    for (size_t at = 0; at < n;) {
        uint32_t point;
        bool valid;
        unsigned size = utf8_read(bytes + at, n - at, &point, &valid);
        bool shown = valid && point >= 0x20 && point != 0x7F && (point < 0x80 || point >= 0xA0);
        size_t needs = shown ? size : 4u * size;
        if (out + needs + 3 > most) { /* room for the mark that something is missing */
            memcpy(ret_line + out, "...", 3);
            out += 3;
            break;
        }
        if (shown) {
            memcpy(ret_line + out, bytes + at, size);
        } else if (valid && point == '\t') {
            ret_line[out] = ' ';
            needs = 1;
        } else {
            for (unsigned i = 0; i < size; i++) {
                char hex[8];
                snprintf(hex, sizeof hex, "\\x%02X", (unsigned char)bytes[at + i]);
                memcpy(ret_line + out + 4u * i, hex, 4);
            }
        }
        out += needs;
        at += size;
    }
    ret_line[out] = '\0';
}

size_t text_begin_frame(struct text *text)
{
    size_t begun = text->n;
    text_add(text, "\0\0\0\0", PROTOCOL_FRAME_HEAD);
    return begun;
}

void text_end_frame(struct text *text, size_t begun)
{
    if (text->failed) {
        return;
    }
    size_t follow = text->n - begun - PROTOCOL_FRAME_HEAD;
    if (follow > PROTOCOL_FRAME_MOST) {
        text->failed = true;
        return;
    }
    for (unsigned i = 0; i < PROTOCOL_FRAME_HEAD; i++) {
        text->data[begun + i] = (char)(follow >> (8 * i) & 0xFF);
    }
}
