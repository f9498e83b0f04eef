/* Reads a stored report, JSON or XML, into a result tree. */
#include "report/stored/read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/figure_text.h"
#include "report/stored/read_fields.h"
#include "report/stored/version1.h"
#include "report/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put(const struct reading_object *to, size_t offset, const void *value, size_t size)
{
    memcpy((char *)to->object + offset, value, size);
}

static void put_block(const struct reading_object *to, const struct field *field, int32_t block)
{
    put(to, field->offset + offsetof(struct stage, block), &block, sizeof block);
}

void reading_clear(const struct reading_object *to)
{
    for (const struct field *field = to->fields; field->name; field++) {
        if (field->type == FIELD_TEXT) {
            reading_set_text(to, field, NULL);
        } else if (field->type == FIELD_REAL) {
            reading_set_real(to, field, NAN);
        } else if (field->type == FIELD_WHOLE || field->type == FIELD_WHOLE32) {
            reading_set_whole(to, field, 0);
        } else if (field->type == FIELD_BOOL) {
            reading_set_bool(to, field, false);
        } else if (field->type == FIELD_BLOCK) {
            put_block(to, field, STAGE_NO_BLOCK);
        } else if (field->type == FIELD_PART) {
            put(to, field->offset, &(enum stage_part){STAGE_NONE}, sizeof(enum stage_part));
        } else if (field->type != FIELD_OBJECT) {
            put(to, field->offset, &(void *){NULL}, sizeof(void *));
            put(to, field->count, &(uint32_t){0}, sizeof(uint32_t));
        }
    }
}

void reading_set_text(const struct reading_object *to, const struct field *field, const char *text)
{
    const char *kept = result_tree_text(to->reading->tree, text);
    put(to, field->offset, &kept, sizeof kept);
}

void reading_set_real(const struct reading_object *to, const struct field *field, double value)
{
    put(to, field->offset, &value, sizeof value);
}

bool reading_set_whole(const struct reading_object *to, const struct field *field, uint64_t value)
{
    if (field->type == FIELD_WHOLE) {
        put(to, field->offset, &value, sizeof value);
        return true;
    }
    uint32_t small = (uint32_t)value;
    put(to, field->offset, &small, sizeof small);
    return small == value;
}

bool reading_set_block(const struct reading_object *to, const struct field *field, uint64_t block)
{
    if (block > INT32_MAX) {
        return false;
    }
    put_block(to, field, (int32_t)block);
    return true;
}

bool reading_set_part(const struct reading_object *to, const struct field *field, const char *name)
{
    enum stage_part part = stage_part_of(name);
    put(to, field->offset, &part, sizeof part);
    return part != STAGE_N_PARTS;
}

void reading_set_bool(const struct reading_object *to, const struct field *field, bool value)
{
    put(to, field->offset, &value, sizeof value);
}

void *reading_add(const struct reading_object *to, const struct field *field)
{
    size_t size = field->size;
    uint32_t n;
    const void *before = field_list(field, to->object, &n);
    char *list;
    memcpy(&list, (char *)to->object + field->offset, sizeof list);
    if ((n & (n - 1)) == 0) { /* full at every power of two */
        size_t capacity = n > 0 ? 2 * (size_t)n : 1;
        list = arena_alloc(&to->reading->tree->attributes, capacity * size);
        if (n > 0) {
            memcpy(list, before, n * size);
        }
    }
    put(to, field->offset, &list, sizeof list);
    put(to, field->count, &(uint32_t){n + 1}, sizeof n);
    return list + n * size;
}

bool reading_knows(const struct report_reading *reading, const struct field *field)
{
    return field->since <= reading->tree->schema;
}

static void add_row_of_version_1(struct result_tree *tree, struct figure *row)
{
    struct protocol protocol = {0};
    version1_protocol(row->signature, &protocol);
    row->stage = version1_stage(row->stage.name);
    row->split = version1_split(row->split.text, &tree->attributes);
    row->protocol = &protocol;
    result_tree_add_row(tree, row);
    row->protocol = NULL;
    protocol_finish(&protocol);
}

static int check_stage(struct stage *stage)
{
    if (!stage->name) {
        const char *part = stage_part_name(stage->part);
        if (part || stage->block != STAGE_NO_BLOCK) {
            return error_set(ERR_REQUEST, "%s, expected null where there is no stage",
                             part ? "stage_part: found a part" : "stage_block: found a block");
        }
        *stage = (struct stage){0};
    } else if (stage->part == STAGE_NONE) {
        return error_set(ERR_REQUEST, "stage_part: found nothing, expected that of stage \"%s\"",
                         stage->name);
    }
    return 0;
}

static int check_split(const struct split *split)
{
    struct str made = {0};
    int status = 0;
    split_write(split, &made);
    if (split->value && !split->axis) {
        status =
            error_set(ERR_REQUEST, "split_value: found \"%s\" without a split_axis", split->value);
    } else if (strcmp(str_text(&made), split->text) != 0) {
        status = error_set(ERR_REQUEST,
                           "split: found \"%s\", expected \"%s\", as split_axis and split_value "
                           "say",
                           split->text, str_text(&made));
    }
    str_finish(&made);
    return status;
}

int reading_add_row(struct report_reading *reading, struct figure *row)
{
    if (reading->tree->schema == 1) {
        add_row_of_version_1(reading->tree, row);
        return 0;
    }
    int status = check_stage(&row->stage);
    status = status ? status : check_split(&row->split);
    row->protocol = result_tree_protocol(reading->tree, row->signature);
    if (status == 0 && !row->protocol) {
        status = error_set(ERR_REQUEST, "signature: found \"%s\", expected one of protocols[]",
                           row->signature);
    }
    if (status == 0) {
        result_tree_add_row(reading->tree, row);
    }
    return status;
}

void reading_add_embedder(struct report_reading *reading, const struct embedder_facts *facts)
{
    struct embedder_facts own = embedder_facts_copy(facts);
    if (reading->tree->schema == 1) {
        version1_embedder(&own);
    }
    result_tree_add_embedder(reading->tree, &own);
}

const char *reading_expected(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return field->needed ? "a text" : "a text or null";
    case FIELD_REAL:
        return "a number or null";
    case FIELD_WHOLE:
        return "a whole number";
    case FIELD_WHOLE32:
        return "a whole number below 2^32";
    case FIELD_BOOL:
        return "true or false";
    case FIELD_OBJECT:
        return "an object";
    case FIELD_BLOCK:
        return "the number of a block or null";
    case FIELD_PART:
        return "table, input, attention, feed-forward, norm, combination or other";
    case FIELD_STAGES:
        return "a list of stages";
    case FIELD_OBJECTS:
        return "a list of objects";
    }
    return "something else";
}

void reading_unknown(struct report_reading *reading, const char *place, const char *name)
{
    char *full = mem_format("%s.%s", place, name);
    map_put_text(&reading->unknown, full);
    free(full);
}

static void warn_of_unknown(const struct report_reading *reading)
{
    struct str list = {0};
    for (uint32_t i = 0; i < reading->unknown.n; i++) {
        str_format(&list, "%s%s", i ? ", " : "", map_key(&reading->unknown, i));
    }
    if (list.n > 0) {
        log_warn("%s: fields that this version does not know were left out: %s", reading->path,
                 str_text(&list));
    }
    str_finish(&list);
}

int report_check_schema(const char *schema, uint32_t *ret_version)
{
    static const char *const known[] = {"harness-report/1", REPORT_SCHEMA};
    for (uint32_t i = 0; schema && i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i]);
        if (strncmp(schema, known[i], n) == 0 && (!schema[n] || schema[n] == '.')) {
            *ret_version = i + 1;
            return 0;
        }
    }
    return error_set(ERR_REQUEST,
                     "found schema \"%s\", expected a report of schema \"%s\" or \"%s\"%s",
                     schema ? schema : "nothing", known[0], known[1],
                     schema && text_starts(schema, "harness-report/")
                         ? "; a report of another version needs the harness of that version"
                         : "");
}

static int read_text(struct report_reading *reading, const struct str *text)
{
    struct slice content = slice_trim((struct slice){str_text(text), text->n});
    bool standard_input = strcmp(reading->path, "-") == 0;
    if (content.n > 0 && content.text[0] == '{') {
        return report_read_json(reading, text->data, text->n);
    }
    if (content.n > 0 && content.text[0] == '<' && !standard_input) {
        return report_read_xml(reading);
    }
    return error_set(ERR_REQUEST, "%s: found %s, expected a report, JSON%s", reading->path,
                     content.n == 0           ? "an empty file"
                     : content.text[0] == '<' ? "XML"
                                              : "neither '{' nor '<' at the start",
                     standard_input ? "" : " or XML");
}

int report_read(const char *path, struct result_tree *ret_tree)
{
    struct result_tree tree = {0};
    struct report_reading reading = {.path = path, .tree = &tree};
    struct str text;
    int status = file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &text);
    if (status != 0) {
        return status;
    }
    status = read_text(&reading, &text);
    str_finish(&text);
    if (status == 0) {
        warn_of_unknown(&reading);
        *ret_tree = tree;
    } else {
        result_tree_finish(&tree);
    }
    map_finish(&reading.unknown);
    return status;
}
