/* Escapes the characters that XML 1.0 cannot hold, and reads them back. */
#include "report/stored/xml_text.h"

#include "data/unicode.h"
#include "data/xml.h"

#include <string.h>

void xml_text_escape(const char *text, struct str *escaped)
{
    size_t n = strlen(text);
    for (size_t i = 0, bytes; i < n; i += bytes) {
        int32_t point = unicode_next(text + i, n - i, &bytes);
        if (point == '\\') {
            str_add(escaped, "\\\\");
        } else if (point >= 0 && !xml_holds_character(point)) {
            str_format(escaped, "\\u%04x", (unsigned)point);
        } else {
            str_append(escaped, text + i, bytes);
        }
    }
}

/* The character of "\u001f" at the start of a text; 0 if there is none. */
static unsigned escaped_point(const char *text)
{
    unsigned point = 0;
    if (text[0] != '\\' || text[1] != 'u') {
        return 0;
    }
    for (int i = 2; i < 6; i++) {
        const char *digit = text[i] ? strchr("0123456789abcdef", text[i]) : NULL;
        if (!digit) {
            return 0;
        }
        point = 16 * point + (unsigned)(digit - "0123456789abcdef");
    }
    return point >= 0xd800 && point <= 0xdfff ? 0 : point; /* half of a pair is no character */
}

bool xml_text_unescape(const char *escaped, struct str *text)
{
    for (const char *at = escaped; *at;) {
        unsigned point = escaped_point(at);
        if (at[0] == '\\' && at[1] == '\\') {
            str_add_char(text, '\\');
            at += 2;
        } else if (*at == '\\' && point == 0) {
            return false;
        } else if (*at == '\\') {
            unicode_append(text, (int32_t)point);
            at += 6;
        } else {
            str_add_char(text, *at++);
        }
    }
    return true;
}
