/*
 * json_write.h - JSON out, value by value, into a str. (Reading JSON is data/json.h.)
 *
 * Commas and colons take care of themselves. Texts are UTF-8; an invalid byte is written as U+FFFD.
 * Not-a-number and infinities become null.
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
    struct str *out;
    uint32_t depth;
    int indent; /* spaces a level; 0 = one line */
    bool first, after_key;
};

struct json_writer jsonw_create(struct str *out, int indent);
void jsonw_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void jsonw_close(struct json_writer *w, char bracket); /* '}' or ']' */
void jsonw_key(struct json_writer *w, const char *key);
void jsonw_text(struct json_writer *w, const char *text); /* NULL writes null */
void jsonw_text_n(struct json_writer *w, const char *text, size_t n);
void jsonw_real(struct json_writer *w, double value);
void jsonw_int(struct json_writer *w, int64_t value);
void jsonw_uint(struct json_writer *w, uint64_t value);
void jsonw_bool(struct json_writer *w, bool value);
void jsonw_null(struct json_writer *w);

/* key and value in one. */
void jsonw_put_text(struct json_writer *w, const char *key, const char *text);
void jsonw_put_real(struct json_writer *w, const char *key, double value);
void jsonw_put_uint(struct json_writer *w, const char *key, uint64_t value);
void jsonw_put_bool(struct json_writer *w, const char *key, bool value);

#endif /* BASE_JSON_WRITE_H */
