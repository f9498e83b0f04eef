/*
 * json_lines.h - data sets of JSON objects: one a line, or one array of them in the whole file.
 */
#ifndef DATA_JSON_LINES_H
#define DATA_JSON_LINES_H

#include "base/str.h"
#include "data/json.h"

#include <stdint.h>

/* Does the text begin as such: {" or [{, with or without blanks between? */
bool json_lines_are_in(const struct str *text);

/* body(ctx, number, object) of each: the number of its line, in an array of the object, from 1. Its
 * first error ends it. ERR_REQUEST if something is no JSON object; `path` is for messages. */
int json_lines_each(const char *path, const struct str *text,
                    int (*body)(void *ctx, uint64_t number, const json *object), void *ctx);

#endif /* DATA_JSON_LINES_H */
