/* Writes a result tree as XML by its field tables. */
#include "report/write.h"

#include "report/formats.h"
#include "base/error.h"
#include "base/file.h"
#include "base/num.h"
#include "data/unicode.h"
#include "data/xml.h"
#include "report/fields.h"
#include "report/stored/protocols.h"
#include "report/stored/xml_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool holds(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0, bytes; i < n; i += bytes) {
        if (text[i] >= 0x20 && text[i] < 0x7f) { /* ASCII */
            bytes = 1;
            continue;
        }
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
    int32_t block;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_PART:
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
    case FIELD_BLOCK:
        block = field_block(field, object);
        snprintf(buffer, sizeof buffer, "%" PRId32, block);
        xml_attribute(xml, field->name, block == STAGE_NO_BLOCK ? NULL : buffer);
        break;
    case FIELD_STAGES:
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

static void write_elements(struct xml_writer *xml, const char *name, const struct field *fields,
                           const void *list, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        write_element(xml, name, fields, (const char *)list + i * size);
    }
}

static void write_children(struct xml_writer *xml, const struct field *field, const void *object)
{
    if (field->type == FIELD_OBJECT) {
        write_element(xml, field->name, field->fields, object);
    } else if (field->type == FIELD_OBJECTS || field->type == FIELD_STAGES) {
        uint32_t n;
        const void *list = field_list(field, object, &n);
        write_elements(xml, field->element, field->fields, list, n, field->size);
    }
}

int report_write_xml(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    struct stored_protocols protocols;
    stored_protocols_init(&protocols, tree);
    struct xml_writer *xml = xml_writer_create(file.stream);
    xml_start(xml, "report");
    xml_attribute(xml, "schema", REPORT_SCHEMA);
    write_content(xml, fields_of_run, &tree->run);
    xml_start(xml, "embedders");
    write_elements(xml, "embedder", fields_of_embedder, tree->embedders, tree->n_embedders,
                   sizeof *tree->embedders);
    xml_end(xml);
    xml_start(xml, "protocols");
    write_elements(xml, "protocol", fields_of_protocol, protocols.list, protocols.n,
                   sizeof *protocols.list);
    xml_end(xml);
    xml_start(xml, "results");
    write_elements(xml, "result", fields_of_row, tree->rows, tree->n_rows, sizeof *tree->rows);
    xml_end(xml);
    xml_end(xml);
    xml_writer_finish(xml);
    stored_protocols_finish(&protocols);
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
