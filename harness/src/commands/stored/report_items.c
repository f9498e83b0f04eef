/* Merges and filters the records of the reports that a new one is made of. */
#include "commands/stored/report_items.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/stored/read.h"
#include "report/write.h"

#include <stdlib.h>
#include <string.h>

struct carrying {
    void (*give)(void *ctx, const struct result_item *item);
    void *ctx;
    const struct report_source *source;
    uint32_t number;    /* of the source */
    struct map known;   /* systems of which the source has figures, under their new names */
    struct map systems; /* those of which the new report has, and what was carried besides */
    struct map places;  /* suite, data set and embedder of these */
    uint32_t *taken;    /* [systems.n] the source that its records are of + 1, 0: none yet */
    size_t capacity;
};

static char *system_key(const char *suite, const char *dataset, const char *embedder,
                        const char *stage, const char *method)
{
    return mem_format("%s\t%s\t%s\t%s\t%s", suite, dataset, embedder, stage ? stage : "\n", method);
}

static void list_systems(const struct result_tree *tree, const struct merge_names *names,
                         struct map *systems, struct map *places)
{
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        const char *embedder = names ? merge_name(names, row->embedder) : row->embedder;
        char *key = system_key(row->suite, row->dataset, embedder, row->stage.name, row->method);
        map_put_text(systems, key);
        free(key);
        if (places) {
            key = system_key(row->suite, row->dataset, embedder, NULL, "");
            map_put_text(places, key);
            free(key);
        }
    }
}

/* The number of an item's system, MAP_NONE if it is not wanted. Records that belong to no figure
 * (the words that an embedder lacks) go with the figures of their suite, data set and embedder. */
static uint32_t wanted_system(struct carrying *carrying, const struct result_item *item)
{
    char *key =
        system_key(item->suite, item->dataset, item->embedder, item->stage.name, item->method);
    char *place = system_key(item->suite, item->dataset, item->embedder, NULL, "");
    uint32_t number = map_find_text(&carrying->systems, key);
    if (number == MAP_NONE && map_find_text(&carrying->known, key) == MAP_NONE &&
        map_find_text(&carrying->places, place) != MAP_NONE) {
        number = map_put_text(&carrying->systems, key);
    }
    free(key);
    free(place);
    return number;
}

static uint32_t *taken_at(struct carrying *carrying, uint32_t system)
{
    size_t before = carrying->capacity;
    MEM_GROW(carrying->taken, carrying->capacity, (size_t)system + 1);
    memset(carrying->taken + before, 0, (carrying->capacity - before) * sizeof *carrying->taken);
    return &carrying->taken[system];
}

static int take_item(void *ctx, const struct result_item *item)
{
    struct carrying *carrying = ctx;
    struct result_item renamed = *item;
    renamed.embedder = merge_name(&carrying->source->names, item->embedder);
    uint32_t system = wanted_system(carrying, &renamed);
    if (system == MAP_NONE) {
        return 0;
    }
    uint32_t *taken = taken_at(carrying, system);
    if (*taken == 0) {
        *taken = carrying->number + 1;
    }
    if (*taken == carrying->number + 1) {
        carrying->give(carrying->ctx, &renamed);
    }
    return 0;
}

bool report_items_carry(const struct report_source *sources, uint32_t n,
                        const struct result_tree *tree,
                        void (*give)(void *ctx, const struct result_item *item), void *ctx)
{
    struct carrying carrying = {.give = give, .ctx = ctx};
    bool any = false;
    list_systems(tree, NULL, &carrying.systems, &carrying.places);
    for (uint32_t i = 0; i < n; i++) {
        if (!sources[i].records) {
            continue;
        }
        carrying.source = &sources[i];
        carrying.number = i;
        map_finish(&carrying.known);
        list_systems(&sources[i].tree, &sources[i].names, &carrying.known, NULL);
        if (report_read_items(sources[i].path, &sources[i].tree, take_item, &carrying) == 0) {
            any = true;
        } else {
            log_warn("%s: the rest of its per-item records is left out: %s", sources[i].path,
                     error_message());
        }
    }
    map_finish(&carrying.known);
    map_finish(&carrying.systems);
    map_finish(&carrying.places);
    free(carrying.taken);
    return any;
}

/* "out/x" of "out/x.json" */
static char *stem_of(const char *output)
{
    const char *dot = strrchr(output, '.'), *name = file_name(output);
    return dot && dot > name ? mem_text_n(output, (size_t)(dot - output)) : mem_text(output);
}

static void write_item(void *ctx, const struct result_item *item)
{
    item_writer_add(ctx, item);
}

int report_items_write(struct report_items *items, const struct report_source *sources, uint32_t n,
                       struct result_tree *tree, const char *output)
{
    struct item_writer *writer;
    char *stem = stem_of(output);
    items->records = mem_format("%s" REPORT_ITEMS_ENDING, stem);
    items->keys = mem_format("%s.keys", stem);
    free(stem);
    int status = item_writer_open(items->records, items->keys, &writer);
    if (status != 0) {
        return status;
    }
    bool any = report_items_carry(sources, n, tree, write_item, writer);
    if (any) {
        status = item_writer_commit(writer);
    } else {
        item_writer_abort(writer);
    }
    tree->run.items = any ? file_name(items->records) : NULL;
    tree->run.keys = any && file_is_folder(items->keys) ? file_name(items->keys) : NULL;
    return status;
}

void report_items_finish(struct report_items *items)
{
    free(items->records);
    free(items->keys);
    *items = (struct report_items){0};
}
