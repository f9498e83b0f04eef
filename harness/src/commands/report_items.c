#include "commands/report_items.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/read.h"
#include "report/write.h"

#include <stdlib.h>
#include <string.h>

struct carrying {
    void (*give)(void *ctx, const struct result_item *item);
    void *ctx;
    const struct report_source *source;
    struct map systems; /* those of which the new report has figures */
    uint32_t *taken; /* [systems.n] number of the source + 1 that its records are of, 0: none yet */
    uint32_t number; /* of the source */
};

static uint32_t system_of(struct map *systems, bool add, const char *suite, const char *dataset,
                          const char *embedder, const char *stage, const char *method)
{
    char *key =
        mem_format("%s\t%s\t%s\t%s\t%s", suite, dataset, embedder, stage ? stage : "\n", method);
    uint32_t number = add ? map_put_text(systems, key) : map_find_text(systems, key);
    free(key);
    return number;
}

static int take_item(void *ctx, const struct result_item *item)
{
    struct carrying *carrying = ctx;
    struct result_item renamed = *item;
    renamed.embedder = merge_name(&carrying->source->names, item->embedder);
    uint32_t system = system_of(&carrying->systems, false, item->suite, item->dataset,
                                renamed.embedder, item->stage, item->method);
    if (system == MAP_NONE) {
        return 0;
    }
    if (carrying->taken[system] == 0) {
        carrying->taken[system] = carrying->number + 1;
    }
    if (carrying->taken[system] == carrying->number + 1) {
        carrying->give(carrying->ctx, &renamed);
    }
    return 0;
}

static void list_systems(struct carrying *carrying, const struct result_tree *tree)
{
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct result_row *row = &tree->rows[i];
        system_of(&carrying->systems, true, row->suite, row->dataset, row->embedder, row->stage,
                  row->method);
    }
    carrying->taken = mem_array(carrying->systems.n + 1u, sizeof *carrying->taken);
}

bool report_items_carry(const struct report_source *sources, uint32_t n,
                        const struct result_tree *tree,
                        void (*give)(void *ctx, const struct result_item *item), void *ctx)
{
    struct carrying carrying = {.give = give, .ctx = ctx};
    bool any = false;
    list_systems(&carrying, tree);
    for (uint32_t i = 0; i < n; i++) {
        carrying.source = &sources[i];
        carrying.number = i;
        if (!sources[i].records) {
            continue;
        }
        if (report_read_items(sources[i].path, &sources[i].tree, take_item, &carrying) == 0) {
            any = true;
        } else {
            log_warn("%s: its per-item records are left out: %s", sources[i].path, error_message());
        }
    }
    map_finish(&carrying.systems);
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
    items->records = mem_format("%s.items.jsonl", stem);
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
