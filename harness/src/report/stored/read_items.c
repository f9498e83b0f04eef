#include "report/stored/read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
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

static int read_counts_in(const json *names, struct str *text)
{
    str_clear(text);
    for (size_t i = 0; i < jsonr_length(names); i++) {
        const char *name = jsonr_as_text(jsonr_at(names, i));
        if (!name || strchr(name, '\n')) {
            return error_set(ERR_REQUEST, "\"counts_in\": found no list of names of data sets");
        }
        str_format(text, "%s%s", i ? "\n" : "", name);
    }
    return 0;
}

/* One line: an item whose texts are the document's and the attributes'. */
static int read_item(const json *value, struct attributes *attributes, struct result_item *ret_item)
{
    struct result_item item = {
        .suite = jsonr_get_text(value, "suite", ""),
        .dataset = jsonr_get_text(value, "dataset", NULL),
        .embedder = jsonr_get_text(value, "embedder", ""),
        .stage = version1_stage(jsonr_get_text(value, "stage", NULL)),
        .method = jsonr_get_text(value, "method", ""),
        .id = jsonr_get_text(value, "id", NULL),
        .answer = jsonr_get_text(value, "answer", NULL),
        .gold = jsonr_get_text(value, "gold", NULL),
        .status = jsonr_get_text(value, "status", NULL),
        .score = jsonr_get_real(value, "score", NAN),
        .gold_score = jsonr_get_real(value, "gold_score", NAN),
        .correct = jsonr_get_real(value, "correct", NAN),
    };
    if (!item.id || !item.dataset) {
        return error_set(ERR_REQUEST, "found no id or data set, expected a per-item record");
    }
    int status = read_counts_in(jsonr_get(value, "counts_in"), &attributes->counts_in);
    if (status != 0) {
        return status;
    }
    item.counts_in = attributes->counts_in.n ? attributes->counts_in.data : NULL;
    attributes->n = 0;
    jsonr_each(jsonr_get(value, "attributes"), add_attribute, attributes);
    item.attributes = attributes->list;
    item.n_attributes = (uint32_t)attributes->n;
    *ret_item = item;
    return 0;
}

static int read_lines(const char *path, const struct str *text,
                      int (*take)(void *ctx, const struct result_item *item), void *ctx)
{
    struct slice rest = {str_text(text), text->n}, line;
    struct attributes attributes = {0};
    int status = 0;
    for (uint64_t number = 1; status == 0 && slice_line(&rest, &line); number++) {
        char place[32];
        snprintf(place, sizeof place, "line %llu", (unsigned long long)number);
        json *value;
        struct result_item item;
        status = jsonr_read_text(line.text, line.n, place, &value);
        if (status == 0) {
            status = read_item(value, &attributes, &item);
            status = status ? status : take(ctx, &item);
            status = status ? error_context(status, "%s", place) : 0;
            jsonr_free(value);
        }
    }
    free(attributes.list);
    str_finish(&attributes.counts_in);
    return status ? error_context(status, "%s", path) : 0;
}

int report_read_items(const char *path, const struct result_tree *report,
                      int (*take)(void *ctx, const struct result_item *item), void *ctx)
{
    const char *items = report->run.items;
    if (!items) {
        return 0;
    }
    char *folder = file_folder(path);
    char *beside = items[0] == '/' ? mem_text(items) : file_join(folder, items);
    struct str text;
    int status = file_read(beside, &text);
    if (status == 0) {
        status = read_lines(beside, &text, take, ctx);
        str_finish(&text);
    }
    free(beside);
    free(folder);
    return status;
}
