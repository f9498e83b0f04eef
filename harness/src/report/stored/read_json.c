/*
 * read_json.c - a report from its JSON form.
 */
#include "report/stored/read_fields.h"
#include "report/stored/protocols.h"

#include "base/error.h"
#include "base/num.h"
#include "base/str.h"
#include "data/json.h"

#include <stdio.h>
#include <string.h>

struct place {
    const struct reading_object *to;
    const char *name; /* "run.machine" */
};

static int read_object(const struct reading_object *to, const json *object, const char *name);

static const char *what_is(const json *value)
{
    return !value                                               ? "nothing"
           : jsonr_as_text(value)                               ? "a text"
           : jsonr_is_object(value)                             ? "an object"
           : jsonr_is_array(value)                              ? "a list"
           : jsonr_as_real(value, 0) == jsonr_as_real(value, 1) ? "a number"
                                                                : "true or false";
}

static int mismatch(const struct field *field, const json *value)
{
    return error_set(ERR_REQUEST, "%s: found %s, expected %s", field->name, what_is(value),
                     reading_expected(field));
}

static bool read_whole(const json *value, uint64_t *ret_value)
{
    const char *digits = jsonr_as_text(value);
    return digits ? num_uint(slice_of(digits), ret_value) : jsonr_as_uint(value, ret_value);
}

/* In version 1 a stage is its name. */
static int read_name_of_stage(const struct reading_object *to, const struct field *field,
                              const json *value)
{
    if (!jsonr_as_text(value)) {
        return mismatch(field, value);
    }
    reading_set_text(to, to->fields, jsonr_as_text(value));
    return 0;
}

static int read_list(const struct reading_object *to, const struct field *field, const json *list)
{
    if (!jsonr_is_array(list)) {
        return mismatch(field, list);
    }
    for (size_t i = 0; i < jsonr_length(list); i++) {
        const json *value = jsonr_at(list, i);
        void *element = reading_add(to, field);
        int status = 0;
        struct reading_object inner = {to->reading, field->fields, element};
        if (field->type == FIELD_STAGES && to->reading->tree->schema == 1) {
            status = read_name_of_stage(&inner, field, value);
        } else {
            status = read_object(&inner, value, field->name);
        }
        if (status != 0) {
            return error_context(status, "%s[%zu]", field->name, i);
        }
    }
    return 0;
}

static int read_value(const struct reading_object *to, const struct field *field, const json *value,
                      const char *name)
{
    uint64_t whole;
    switch (field->type) {
    case FIELD_TEXT:
        if (!jsonr_as_text(value)) {
            return mismatch(field, value);
        }
        reading_set_text(to, field, jsonr_as_text(value));
        return 0;
    case FIELD_REAL:
        if (strcmp(what_is(value), "a number") != 0) {
            return mismatch(field, value);
        }
        reading_set_real(to, field, jsonr_as_real(value, 0));
        return 0;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        return read_whole(value, &whole) && reading_set_whole(to, field, whole)
                   ? 0
                   : mismatch(field, value);
    case FIELD_BOOL:
        if (strcmp(what_is(value), "true or false") != 0) {
            return mismatch(field, value);
        }
        reading_set_bool(to, field, jsonr_as_bool(value, false));
        return 0;
    case FIELD_BLOCK:
        return read_whole(value, &whole) && reading_set_block(to, field, whole)
                   ? 0
                   : mismatch(field, value);
    case FIELD_PART:
        if (!jsonr_as_text(value)) {
            return mismatch(field, value);
        }
        return reading_set_part(to, field, jsonr_as_text(value))
                   ? 0
                   : error_set(ERR_REQUEST, "%s: found \"%s\", expected %s", field->name,
                               jsonr_as_text(value), reading_expected(field));
    case FIELD_OBJECT: {
        struct reading_object inner = {to->reading, field->fields, to->object};
        char path[128];
        snprintf(path, sizeof path, "%s%s%s", name, name[0] ? "." : "", field->name);
        return read_object(&inner, value, path);
    }
    case FIELD_STAGES:
    case FIELD_OBJECTS:
        return read_list(to, field, value);
    }
    return 0;
}

static int note_unknown(void *ctx, const char *key, const json *value)
{
    const struct place *place = ctx;
    (void)value;
    const struct field *field = field_find(place->to->fields, key);
    if (!field || !reading_knows(place->to->reading, field)) {
        reading_unknown(place->to->reading, place->name, key);
    }
    return 0;
}

static int read_members(const struct reading_object *to, const json *object, const char *name)
{
    reading_clear(to);
    for (const struct field *field = to->fields; field->name; field++) {
        bool known = reading_knows(to->reading, field);
        const json *value = known ? jsonr_get(object, field->name) : NULL;
        if (known && !value && field->needed) {
            return mismatch(field, value);
        }
        if (value) {
            TRY(read_value(to, field, value, name));
        }
    }
    return 0;
}

/* name: where the object stands, for messages; "" for the report itself. */
static int read_object(const struct reading_object *to, const json *object, const char *name)
{
    if (!jsonr_is_object(object)) {
        return error_set(ERR_REQUEST, "found %s, expected an object", what_is(object));
    }
    int status = read_members(to, object, name);
    if (status == 0 && name[0]) {
        struct place place = {to, name};
        status = jsonr_each(object, note_unknown, &place);
    }
    return status;
}

static int read_embedders(struct report_reading *reading, const json *list)
{
    for (size_t i = 0; i < jsonr_length(list); i++) {
        struct embedder_facts facts = {0};
        struct reading_object to = {reading, fields_of_embedder, &facts};
        int status = read_object(&to, jsonr_at(list, i), "embedders");
        if (status != 0) {
            return error_context(status, "embedders[%zu]", i);
        }
        reading_add_embedder(reading, &facts);
    }
    return 0;
}

static int read_rows(struct report_reading *reading, const json *list)
{
    for (size_t i = 0; i < jsonr_length(list); i++) {
        struct figure row = {0};
        struct reading_object to = {reading, fields_of_row, &row};
        int status = read_object(&to, jsonr_at(list, i), "results");
        status = status ? status : reading_add_row(reading, &row);
        if (status != 0) {
            return error_context(status, "results[%zu]", i);
        }
    }
    return 0;
}

static int read_protocols(struct report_reading *reading, const json *list)
{
    for (size_t i = 0; i < jsonr_length(list); i++) {
        struct stored_protocol protocol = {0};
        struct reading_object to = {reading, fields_of_protocol, &protocol};
        int status = read_object(&to, jsonr_at(list, i), "protocols");
        status = status ? status : stored_protocol_take(&protocol, reading->tree);
        if (status != 0) {
            return error_context(status, "protocols[%zu]", i);
        }
    }
    return 0;
}

static int note_unknown_at_top(void *ctx, const char *key, const json *value)
{
    const struct report_reading *reading = ctx;
    (void)value;
    bool known = field_find(fields_of_run, key) || strcmp(key, "schema") == 0 ||
                 (reading->tree->schema > 1 && strcmp(key, "protocols") == 0) ||
                 strcmp(key, "embedders") == 0 || strcmp(key, "results") == 0;
    if (!known) {
        reading_unknown(ctx, "report", key);
    }
    return 0;
}

static int get_list(const json *report, const char *name, const json **ret_list)
{
    *ret_list = jsonr_get(report, name);
    return jsonr_is_array(*ret_list)
               ? 0
               : error_set(ERR_REQUEST, "%s: found %s, expected a list", name, what_is(*ret_list));
}

static int read_report(struct report_reading *reading, const json *report)
{
    const json *embedders, *rows, *protocols = NULL;
    int status =
        report_check_schema(jsonr_get_text(report, "schema", NULL), &reading->tree->schema);
    status = status ? status : get_list(report, "embedders", &embedders);
    status = status ? status : get_list(report, "results", &rows);
    if (status == 0 && reading->tree->schema > 1) {
        status = get_list(report, "protocols", &protocols);
    }
    if (status != 0) {
        return status;
    }
    struct reading_object to = {reading, fields_of_run, &reading->tree->run};
    status = read_object(&to, report, "");
    status = status ? status : read_embedders(reading, embedders);
    status = status ? status : read_protocols(reading, protocols);
    status = status ? status : read_rows(reading, rows);
    return status ? status : jsonr_each(report, note_unknown_at_top, reading);
}

int report_read_json(struct report_reading *reading, const char *text, size_t n)
{
    json *report;
    int status = jsonr_read_text(text, n, reading->path, &report);
    if (status != 0) {
        return status;
    }
    status = read_report(reading, report);
    jsonr_free(report);
    return status ? error_context(status, "%s", reading->path) : 0;
}
