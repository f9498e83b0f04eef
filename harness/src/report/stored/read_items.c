/* Reads the file of per-item records, line by line. */
#include "report/stored/read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/archive.h"
#include "data/json.h"
#include "report/stored/version1.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attributes {
    struct result_attribute *list;
    size_t n, capacity;
    struct str counts_in; /* a name a line */
};

static int add_attribute(void *ctx, const char *name, const json *value)
{
    struct attributes *attributes = ctx;
    MEM_GROW(attributes->list, attributes->capacity, attributes->n + 1);
    attributes->list[attributes->n++] = (struct result_attribute){name, jsonr_as_text(value)};
    return 0;
}

/* NULL where there is none. */
static int read_names(const json *value, const char *key, struct str *text, const char **ret_names)
{
    const json *names = jsonr_get(value, key);
    str_clear(text);
    for (size_t i = 0; i < jsonr_length(names); i++) {
        const char *name = jsonr_as_text(jsonr_at(names, i));
        if (!name || strchr(name, '\n')) {
            return error_set(ERR_REQUEST, "\"%s\": found no list of names of data sets", key);
        }
        str_format(text, "%s%s", i ? "\n" : "", name);
    }
    *ret_names = text->n ? text->data : NULL;
    return 0;
}

/* The members of an item that say what its stage is. */
struct stage_keys {
    const char *name, *block, *part;
};

static int read_stage(const json *item, uint32_t schema, const struct stage_keys *keys,
                      struct stage *ret_stage)
{
    const char *name = jsonr_get_text(item, keys->name, NULL);
    if (schema == 1) {
        *ret_stage = version1_stage(name);
        return 0;
    }
    const json *block = jsonr_get(item, keys->block);
    const char *part_name = jsonr_get_text(item, keys->part, NULL);
    enum stage_part part = stage_part_of(part_name);
    uint64_t number = 0;
    if (part == STAGE_N_PARTS || (part == STAGE_NONE) != !name) {
        return error_set(ERR_REQUEST, "%s: found \"%s\" for the stage \"%s\"", keys->part,
                         part_name ? part_name : "null", name ? name : "null");
    }
    if (block && (!name || !jsonr_as_uint(block, &number) || number > INT32_MAX)) {
        return error_set(ERR_REQUEST, "%s: found no number of a block of the stage \"%s\"",
                         keys->block, name ? name : "null");
    }
    *ret_stage = name ? (struct stage){name, block ? (int32_t)number : STAGE_NO_BLOCK, part}
                      : (struct stage){0};
    return 0;
}

static uint32_t read_attributes(const json *value, const char *key, struct attributes *attributes)
{
    attributes->n = 0;
    jsonr_each(jsonr_get(value, key), add_attribute, attributes);
    return (uint32_t)attributes->n;
}

/* clang-format off */
#define READ(type, member) READ_##type(member)
#define READ_TEXT(member) item.member = jsonr_get_text(value, #member, NULL);
#define READ_STAGE(member) \
    status = status ? status \
                    : read_stage(value, schema, \
                                 &(struct stage_keys){#member, #member "_block", #member "_part"}, \
                                 &item.member);
#define READ_NAMES(member) \
    status = status ? status : read_names(value, #member, &attributes->counts_in, &item.member);
#define READ_REAL(member) item.member = jsonr_get_real(value, #member, NAN);
#define READ_ATTRIBUTES(member) \
    item.n_##member = read_attributes(value, #member, attributes); item.member = attributes->list;
/* clang-format on */

/* One line: an item whose texts are the document's and the attributes'. */
static int read_item(const json *value, uint32_t schema, struct attributes *attributes,
                     struct result_item *ret_item)
{
    struct result_item item = {0};
    int status = 0;
    RESULT_ITEM_MEMBERS(READ)
    if (!item.id || !item.dataset) {
        return error_set(ERR_REQUEST, "found no id or data set, expected a per-item record");
    }
    item.suite = item.suite ? item.suite : "";
    item.embedder = item.embedder ? item.embedder : "";
    item.method = item.method ? item.method : "";
    *ret_item = item;
    return status;
}

/* The item of one line, taken. */
static int take_line(struct slice line, uint64_t number, uint32_t schema,
                     struct attributes *attributes,
                     int (*take)(void *ctx, const struct result_item *item), void *ctx)
{
    char place[32];
    snprintf(place, sizeof place, "line %llu", (unsigned long long)number);
    json *value;
    struct result_item item;
    TRY(jsonr_read_text(line.text, line.n, place, &value));
    int status = read_item(value, schema, attributes, &item);
    status = status ? status : take(ctx, &item);
    jsonr_free(value);
    return status ? error_context(status, "%s", place) : 0;
}

static int read_lines(struct byte_source *source, uint32_t schema,
                      int (*take)(void *ctx, const struct result_item *item), void *ctx)
{
    struct attributes attributes = {0};
    struct slice line;
    int status;
    for (uint64_t number = 1; byte_source_line(source, &line, &status); number++) {
        status = take_line(line, number, schema, &attributes, take, ctx);
        if (status) {
            status = error_context(status, "%s", byte_source_path(source));
            break;
        }
    }
    free(attributes.list);
    str_finish(&attributes.counts_in);
    return status;
}

char *report_items_path(const char *path, const struct result_tree *report)
{
    const char *items = report->run.items;
    char *folder = file_folder(path);
    char *beside = items[0] == '/' ? mem_text(items) : file_join(folder, items);
    free(folder);
    return beside;
}

int report_read_items(const char *path, const struct result_tree *report,
                      int (*take)(void *ctx, const struct result_item *item), void *ctx)
{
    if (!report->run.items) {
        return 0;
    }
    char *items = report_items_path(path, report);
    struct byte_source *source;
    int status = byte_source_open(items, &source);
    if (status == 0) {
        status = read_lines(source, report->schema, take, ctx);
        byte_source_close(source);
    }
    free(items);
    return status;
}
