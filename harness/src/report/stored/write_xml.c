/* Writes a result tree as XML by its field tables. */
#include "report/write.h"

#include "report/formats.h"
#include "base/file.h"
#include "base/num.h"
#include "data/unicode.h"
#include "data/xml.h"
#include "report/fields.h"
#include "report/stored/xml_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool holds(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0, bytes; i < n; i += bytes) {
        int32_t point = unicode_next(text + i, n - i, &bytes);
        if (point >= 0 && !xml_holds_character(point)) {
            return false;
        }
    }
    return true;
}

/* An attribute that XML may be unable to hold: *escaped gathers the names of those. */
static void write_text(struct xml_writer *xml, const char *name, const char *text,
                       struct str *escaped)
{
    if (!text || holds(text)) {
        xml_attribute(xml, name, text);
        return;
    }
    struct str form = {0};
    xml_text_escape(text, &form);
    xml_attribute(xml, name, str_text(&form));
    str_finish(&form);
    str_format(escaped, "%s%s", escaped->n ? " " : "", name);
}

static void write_escaped(struct xml_writer *xml, struct str *escaped)
{
    if (escaped->n > 0) {
        xml_attribute(xml, XML_TEXT_ESCAPED, str_text(escaped));
    }
    str_finish(escaped);
}

static void write_attribute(struct xml_writer *xml, const struct field *field, const void *object,
                            struct str *escaped)
{
    char buffer[NUM_TEXT_MAX];
    double real;
    switch (field->type) {
    case FIELD_TEXT:
        write_text(xml, field->name, field_text(field, object), escaped);
        break;
    case FIELD_REAL:
        real = field_real(field, object);
        xml_attribute(xml, field->name, isfinite(real) ? num_text(real, buffer) : NULL);
        break;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        snprintf(buffer, sizeof buffer, "%" PRIu64, field_whole(field, object));
        xml_attribute(xml, field->name, buffer);
        break;
    case FIELD_BOOL:
        xml_attribute(xml, field->name, field_bool(field, object) ? "true" : "false");
        break;
    case FIELD_TEXTS:
    case FIELD_OBJECT:
    case FIELD_OBJECTS:
        break;
    }
}

static void write_children(struct xml_writer *xml, const struct field *field, const void *object);

static void write_content(struct xml_writer *xml, const struct field *fields, const void *object)
{
    struct str escaped = {0};
    for (const struct field *field = fields; field->name; field++) {
        write_attribute(xml, field, object, &escaped);
    }
    write_escaped(xml, &escaped);
    for (const struct field *field = fields; field->name; field++) {
        write_children(xml, field, object);
    }
}

static void write_element(struct xml_writer *xml, const char *name, const struct field *fields,
                          const void *object)
{
    xml_start(xml, name);
    write_content(xml, fields, object);
    xml_end(xml);
}

static void write_children(struct xml_writer *xml, const struct field *field, const void *object)
{
    if (field->type == FIELD_OBJECT) {
        write_element(xml, field->name, field->fields, object);
    } else if (field->type == FIELD_OBJECTS || field->type == FIELD_TEXTS) {
        uint32_t n;
        const void *list = field_list(field, object, &n);
        for (uint32_t i = 0; i < n; i++) {
            if (field->type == FIELD_OBJECTS) {
                write_element(xml, field->element, field->fields,
                              (const char *)list + i * field->size);
                continue;
            }
            struct str escaped = {0};
            xml_start(xml, field->element);
            write_text(xml, "name",
                       field_text(&(struct field){0}, (const char *)list + i * field->size),
                       &escaped);
            write_escaped(xml, &escaped);
            xml_end(xml);
        }
    }
}

int report_write_xml(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    struct xml_writer *xml = xml_writer_create(file.stream);
    xml_start(xml, "report");
    xml_attribute(xml, "schema", REPORT_SCHEMA);
    write_content(xml, fields_of_run, &tree->run);
    xml_start(xml, "embedders");
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        write_element(xml, "embedder", fields_of_embedder, &tree->embedders[i]);
    }
    xml_end(xml);
    xml_start(xml, "results");
    for (size_t i = 0; i < tree->n_rows; i++) {
        write_element(xml, "result", fields_of_row, &tree->rows[i]);
    }
    xml_end(xml);
    xml_end(xml);
    xml_writer_finish(xml);
    return file_out_commit(&file);
}

const struct report_format report_format_xml = {
    .name = "xml",
    .about = "the report, the twin of json",
    .ending = ".xml",
    .write = report_write_xml,
    .items = REPORT_ITEMS_BESIDE,
    .with_run = true,
};
