/*
 * read_xml.c - a report from its XML form.
 */
#include "report/stored/read_fields.h"
#include "report/stored/protocols.h"

#include "base/error.h"
#include "base/num.h"
#include "base/str.h"
#include "data/xml.h"
#include "report/stored/xml_text.h"

#include <string.h>

struct xml_reading {
    struct report_reading *reading;
    struct xml_reader *xml;
};

static int wrong(const struct xml_reading *at, const char *element, const char *attribute,
                 const char *found, const char *expected)
{
    return error_set(ERR_REQUEST, "%s:%d: %s of %s: found %s%s%s, expected %s", at->reading->path,
                     xml_reader_line(at->xml), attribute, element, found ? "\"" : "",
                     found ? found : "nothing", found ? "\"" : "", expected);
}

/* Is `name` one of the words of a list? */
static bool lists(const char *list, const char *name)
{
    struct slice rest = slice_of(list ? list : ""), word;
    while (slice_word(&rest, &word)) {
        if (slice_is(word, name)) {
            return true;
        }
    }
    return false;
}

/* A text attribute, from its escaped form where the element says that it is. */
static int set_text(const struct xml_reading *at, const struct reading_object *to,
                    const struct field *field, const char *element, const char *attribute,
                    const char *value)
{
    if (!lists(xml_reader_attribute(at->xml, XML_TEXT_ESCAPED), attribute)) {
        reading_set_text(to, field, value);
        return 0;
    }
    struct str text = {0};
    bool right = xml_text_unescape(value, &text);
    if (right) {
        reading_set_text(to, field, str_text(&text));
    }
    str_finish(&text);
    return right ? 0 : wrong(at, element, attribute, value, "\\\\ or \\uXXXX after a backslash");
}

static int set_attribute(const struct xml_reading *at, const struct reading_object *to,
                         const struct field *field, const char *element, const char *value)
{
    double real;
    uint64_t whole;
    switch (field->type) {
    case FIELD_TEXT:
        return set_text(at, to, field, element, field->name, value);
    case FIELD_REAL:
        if (!num_real(slice_of(value), &real)) {
            break;
        }
        reading_set_real(to, field, real);
        return 0;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        if (!num_uint(slice_of(value), &whole) || !reading_set_whole(to, field, whole)) {
            break;
        }
        return 0;
    case FIELD_BOOL:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
            break;
        }
        reading_set_bool(to, field, strcmp(value, "true") == 0);
        return 0;
    case FIELD_BLOCK:
        if (!num_uint(slice_of(value), &whole) || !reading_set_block(to, field, whole)) {
            break;
        }
        return 0;
    case FIELD_PART:
        if (!reading_set_part(to, field, value)) {
            break;
        }
        return 0;
    case FIELD_OBJECT:
    case FIELD_STAGES:
    case FIELD_OBJECTS:
        return 0;
    }
    return wrong(at, element, field->name, value, reading_expected(field));
}

static bool is_attribute(const struct field *field)
{
    return field->type != FIELD_OBJECT && field->type != FIELD_STAGES &&
           field->type != FIELD_OBJECTS;
}

static int read_attributes(const struct xml_reading *at, const struct reading_object *to,
                           const char *element)
{
    reading_clear(to);
    for (const struct field *field = to->fields; field->name; field++) {
        bool known = is_attribute(field) && reading_knows(at->reading, field);
        const char *value = known ? xml_reader_attribute(at->xml, field->name) : NULL;
        if (known && !value && field->needed) {
            return wrong(at, element, field->name, NULL, reading_expected(field));
        }
        if (value) {
            TRY(set_attribute(at, to, field, element, value));
        }
    }
    const char *name;
    for (size_t i = 0; xml_reader_attribute_at(at->xml, i, &name); i++) {
        const struct field *field = field_find(to->fields, name);
        bool ours = strcmp(name, XML_TEXT_ESCAPED) == 0 ||
                    (strcmp(element, "report") == 0 && strcmp(name, "schema") == 0);
        bool known = field && is_attribute(field) && reading_knows(at->reading, field);
        if (!ours && !known) {
            reading_unknown(at->reading, element, name);
        }
    }
    return 0;
}

/* To the end of the present element, past all that is in it. */
static int skip(const struct xml_reading *at)
{
    enum xml_event event;
    for (int depth = 1; depth > 0;) {
        TRY(xml_reader_next(at->xml, &event));
        depth += event == XML_START ? 1 : event == XML_END ? -1 : 0;
    }
    return 0;
}

/* Every child element: body(ctx, name), which reads to the child's end. */
static int each_child(const struct xml_reading *at, int (*body)(void *ctx, const char *name),
                      void *ctx)
{
    enum xml_event event;
    for (;;) {
        int status = xml_reader_next(at->xml, &event);
        if (status != 0 || event == XML_END) {
            return status;
        }
        if (event == XML_START) {
            status = body(ctx, xml_reader_name(at->xml));
        }
        if (status != 0) {
            return status;
        }
    }
}

struct content {
    const struct xml_reading *at;
    const struct reading_object *to;
    const char *element;
    uint64_t seen; /* a bit per field: objects that were there; tables have fewer than 64 fields */
};

static int read_element(const struct xml_reading *at, const struct reading_object *to,
                        const char *element);

static int read_child(void *ctx, const char *name)
{
    struct content *content = ctx;
    const struct reading_object *to = content->to;
    for (const struct field *field = to->fields; field->name; field++) {
        const char *element = field->type == FIELD_OBJECT ? field->name : field->element;
        if (is_attribute(field) || strcmp(element, name) != 0) {
            continue;
        }
        content->seen |= UINT64_C(1) << (field - to->fields);
        struct reading_object inner = *to;
        inner.fields = field->fields;
        if (field->type != FIELD_OBJECT) {
            inner.object = reading_add(to, field);
        }
        return read_element(content->at, &inner, element);
    }
    reading_unknown(content->at->reading, content->element, name);
    return skip(content->at);
}

static int check_objects(const struct content *content)
{
    for (const struct field *field = content->to->fields; field->name; field++) {
        bool seen = content->seen & UINT64_C(1) << (field - content->to->fields);
        if (field->type == FIELD_OBJECT && field->needed && !seen) {
            return error_set(ERR_REQUEST, "%s:%d: %s: found no element %s",
                             content->at->reading->path, xml_reader_line(content->at->xml),
                             content->element, field->name);
        }
    }
    return 0;
}

/* The present element with all that is in it. */
static int read_element(const struct xml_reading *at, const struct reading_object *to,
                        const char *element)
{
    struct content content = {at, to, element, 0};
    int status = read_attributes(at, to, element);
    status = status ? status : each_child(at, read_child, &content);
    return status ? status : check_objects(&content);
}

static int read_embedder(void *ctx, const char *name)
{
    const struct xml_reading *at = ctx;
    struct embedder_facts facts = {0};
    struct reading_object to = {at->reading, fields_of_embedder, &facts};
    if (strcmp(name, "embedder") != 0) {
        reading_unknown(at->reading, "embedders", name);
        return skip(at);
    }
    TRY(read_element(at, &to, "embedder"));
    reading_add_embedder(at->reading, &facts);
    return 0;
}

/* A failure, with where it was: ours from an element that has been read. */
static int placed(const struct xml_reading *at, int line, const char *element, int status)
{
    return status ? error_context(status, "%s:%d: %s", at->reading->path, line, element) : 0;
}

static int read_row(void *ctx, const char *name)
{
    const struct xml_reading *at = ctx;
    struct figure row = {0};
    struct reading_object to = {at->reading, fields_of_row, &row};
    if (strcmp(name, "result") != 0) {
        reading_unknown(at->reading, "results", name);
        return skip(at);
    }
    int line = xml_reader_line(at->xml), status = read_element(at, &to, "result");
    return status ? status : placed(at, line, "result", reading_add_row(at->reading, &row));
}

static int read_protocol(void *ctx, const char *name)
{
    const struct xml_reading *at = ctx;
    struct stored_protocol protocol = {0};
    struct reading_object to = {at->reading, fields_of_protocol, &protocol};
    if (strcmp(name, "protocol") != 0) {
        reading_unknown(at->reading, "protocols", name);
        return skip(at);
    }
    int line = xml_reader_line(at->xml), status = read_element(at, &to, "protocol");
    return status
               ? status
               : placed(at, line, "protocol", stored_protocol_take(&protocol, at->reading->tree));
}

/* A child of the report: its two tables, or one of the facts of the run. */
static int read_part(void *ctx, const char *name)
{
    struct content *content = ctx;
    struct xml_reading at = *content->at;
    if (strcmp(name, "embedders") == 0) {
        return each_child(&at, read_embedder, &at);
    }
    if (strcmp(name, "protocols") == 0 && at.reading->tree->schema > 1) {
        return each_child(&at, read_protocol, &at);
    }
    if (strcmp(name, "results") == 0) {
        return each_child(&at, read_row, &at);
    }
    return read_child(content, name);
}

static int read_report(struct xml_reading *at)
{
    struct reading_object to = {at->reading, fields_of_run, &at->reading->tree->run};
    struct content content = {at, &to, "report", 0};
    enum xml_event event;
    int status;
    do {
        status = xml_reader_next(at->xml, &event);
    } while (status == 0 && event == XML_TEXT);
    if (status != 0) {
        return status;
    }
    bool report = event == XML_START && strcmp(xml_reader_name(at->xml), "report") == 0;
    status = report_check_schema(report ? xml_reader_attribute(at->xml, "schema") : NULL,
                                 &at->reading->tree->schema);
    if (status != 0) {
        return error_context(status, "%s", at->reading->path);
    }
    status = read_attributes(at, &to, "report");
    status = status ? status : each_child(at, read_part, &content);
    return status ? status : check_objects(&content);
}

int report_read_xml(struct report_reading *reading)
{
    struct xml_reading at = {.reading = reading};
    int status = xml_reader_open(reading->path, &at.xml);
    if (status == 0) {
        status = read_report(&at);
        xml_reader_close(at.xml);
    }
    return status;
}
