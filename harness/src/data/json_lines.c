/* Reads files of JSON objects, one a line or as one list. */
#include "data/json_lines.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/table_text.h"

#include <stdlib.h>

bool json_lines_are_in(const struct str *text)
{
    struct slice rest = slice_trim((struct slice){str_text(text), text->n});
    if (rest.n < 2 || (rest.text[0] != '{' && rest.text[0] != '[')) {
        return false;
    }
    char inside = rest.text[0] == '{' ? '"' : '{';
    rest = slice_trim((struct slice){rest.text + 1, rest.n - 1});
    return rest.n > 0 && rest.text[0] == inside;
}

static int take(const char *path, uint64_t number, const json *object,
                int (*body)(void *ctx, uint64_t number, const json *object), void *ctx)
{
    return jsonr_is_object(object) ? body(ctx, number, object)
                                   : error_set(ERR_REQUEST, "%s:%llu: expected a JSON object", path,
                                               (unsigned long long)number);
}

static int each_element(const char *path, struct slice text,
                        int (*body)(void *ctx, uint64_t number, const json *object), void *ctx)
{
    json *document = NULL;
    int status = jsonr_read_text(text.text, text.n, path, &document);
    for (size_t i = 0; !status && i < jsonr_length(document); i++) {
        status = take(path, i + 1, jsonr_at(document, i), body, ctx);
    }
    jsonr_free(document);
    return status;
}

int json_lines_each(const char *path, const struct str *text,
                    int (*body)(void *ctx, uint64_t number, const json *object), void *ctx)
{
    struct slice whole = slice_trim((struct slice){str_text(text), text->n}), line;
    if (whole.n && whole.text[0] == '[') {
        return each_element(path, whole, body, ctx);
    }
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    int status = 0;
    while (!status && table_line(&lines, false, &line)) {
        json *object = NULL;
        char *where = mem_format("%s:%llu", path, (unsigned long long)lines.number);
        status = jsonr_read_text(line.text, line.n, where, &object);
        status = status ? status : take(path, lines.number, object, body, ctx);
        jsonr_free(object);
        free(where);
    }
    return status;
}
