/* Writes a result tree as JSON by its field tables. */
#include "report/write.h"

#include "report/formats.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "report/fields.h"
#include "report/stored/protocols.h"

#include <inttypes.h>

static void write_object(struct json_writer *w, const struct field *fields, const void *object);

/* What no 64-bit signed integer holds is written as a text: most readers of JSON would refuse it or
 * silently round it. */
static void write_whole(struct json_writer *w, uint64_t value)
{
    char digits[24];
    if (value > INT64_MAX) {
        snprintf(digits, sizeof digits, "%" PRIu64, value);
        jsonw_text(w, digits);
    } else {
        jsonw_uint(w, value);
    }
}

static void write_list(struct json_writer *w, const struct field *field, const void *list,
                       uint32_t n)
{
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        jsonw_open(w, '{');
        write_object(w, field->fields, (const char *)list + i * field->size);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void write_field(struct json_writer *w, const struct field *field, const void *object)
{
    uint32_t n = 0;
    const void *list = NULL;
    int32_t block;
    if (field->type == FIELD_STAGES || field->type == FIELD_OBJECTS) {
        list = field_list(field, object, &n);
    }
    if (field->type == FIELD_OBJECTS && n == 0) {
        return;
    }
    jsonw_key(w, field->name);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_PART:
        jsonw_text(w, field_text(field, object));
        break;
    case FIELD_REAL:
        jsonw_real(w, field_real(field, object));
        break;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        write_whole(w, field_whole(field, object));
        break;
    case FIELD_BOOL:
        jsonw_bool(w, field_bool(field, object));
        break;
    case FIELD_BLOCK:
        block = field_block(field, object);
        block == STAGE_NO_BLOCK ? jsonw_null(w) : jsonw_int(w, block);
        break;
    case FIELD_OBJECT:
        jsonw_open(w, '{');
        write_object(w, field->fields, object);
        jsonw_close(w, '}');
        break;
    case FIELD_STAGES:
    case FIELD_OBJECTS:
        write_list(w, field, list, n);
        break;
    }
}

/* The members; the brackets are the caller's. */
static void write_object(struct json_writer *w, const struct field *fields, const void *object)
{
    for (const struct field *field = fields; field->name; field++) {
        write_field(w, field, object);
    }
}

/* Write what is gathered, and start over: memory stays flat however many rows there are. */
static void drain(struct str *out, FILE *stream)
{
    fwrite(out->data, 1, out->n, stream);
    str_clear(out);
}

/* A list of the report, an element a line. */
static void write_lines(struct json_writer *w, const char *key, const struct field *fields,
                        const void *list, size_t n, size_t size, FILE *stream)
{
    int indent = w->indent;
    jsonw_key(w, key);
    jsonw_open(w, '[');
    w->indent = 0;
    for (size_t i = 0; i < n; i++) {
        jsonw_open(w, '{');
        write_object(w, fields, (const char *)list + i * size);
        jsonw_close(w, '}');
        if (i + 1 < n) {
            str_add(w->out, ",\n");
            w->first = true;
        }
        drain(w->out, stream);
    }
    jsonw_close(w, ']');
    w->indent = indent;
}

int report_write_json(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    struct str out = {0};
    struct stored_protocols protocols;
    stored_protocols_init(&protocols, tree);
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "schema", REPORT_SCHEMA);
    write_object(&w, fields_of_run, &tree->run);
    jsonw_key(&w, "embedders");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        jsonw_open(&w, '{');
        write_object(&w, fields_of_embedder, &tree->embedders[i]);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    write_lines(&w, "protocols", fields_of_protocol, protocols.list, protocols.n,
                sizeof *protocols.list, file.stream);
    write_lines(&w, "results", fields_of_row, tree->rows, tree->n_rows, sizeof *tree->rows,
                file.stream);
    w.indent = 0;
    jsonw_close(&w, '}');
    str_add_char(&out, '\n');
    drain(&out, file.stream);
    str_finish(&out);
    stored_protocols_finish(&protocols);
    return file_out_commit(&file);
}

const struct report_format report_format_json = {
    .name = "json",
    .about = "the report",
    .ending = ".json",
    .write = report_write_json,
    .items = REPORT_ITEMS_BESIDE,
    .with_run = true,
};
