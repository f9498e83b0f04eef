#include "report/tree.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *intern(struct result_tree *tree, const char *text)
{
    return text ? map_key(&tree->texts, map_put_text(&tree->texts, text)) : NULL;
}

void result_tree_finish(struct result_tree *tree)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        embedder_facts_finish(&tree->embedders[i]);
    }
    free(tree->embedders);
    free(tree->rows);
    free(tree->items);
    map_finish(&tree->texts);
    arena_finish(&tree->attributes);
    *tree = (struct result_tree){0};
}

void result_tree_add_row(struct result_tree *tree, const struct result_row *row)
{
    MEM_GROW(tree->rows, tree->row_capacity, tree->n_rows + 1);
    struct result_row *kept = &tree->rows[tree->n_rows++];
    *kept = *row;
    kept->suite = intern(tree, row->suite);
    kept->dataset = intern(tree, row->dataset);
    kept->embedder = intern(tree, row->embedder);
    kept->kind = intern(tree, row->kind);
    kept->stage = intern(tree, row->stage);
    kept->method = intern(tree, row->method);
    kept->metric = intern(tree, row->metric);
    kept->split = intern(tree, row->split);
    kept->policy = intern(tree, row->policy);
    kept->signature = intern(tree, row->signature);
}

void result_tree_add_item(struct result_tree *tree, const struct result_item *item)
{
    MEM_GROW(tree->items, tree->item_capacity, tree->n_items + 1);
    struct result_item *kept = &tree->items[tree->n_items++];
    *kept = *item;
    kept->suite = intern(tree, item->suite);
    kept->dataset = intern(tree, item->dataset);
    kept->embedder = intern(tree, item->embedder);
    kept->stage = intern(tree, item->stage);
    kept->method = intern(tree, item->method);
    kept->id = intern(tree, item->id);
    kept->answer = intern(tree, item->answer);
    kept->gold = intern(tree, item->gold);
    kept->status = intern(tree, item->status);
    if (item->n_attributes > 0) {
        struct result_attribute *attributes =
            arena_alloc(&tree->attributes, item->n_attributes * sizeof *attributes);
        for (uint32_t i = 0; i < item->n_attributes; i++) {
            attributes[i].name = intern(tree, item->attributes[i].name);
            attributes[i].value = intern(tree, item->attributes[i].value);
        }
        kept->attributes = attributes;
    }
}

void result_tree_add_embedder(struct result_tree *tree, struct embedder_facts *facts)
{
    tree->embedders = mem_resize(tree->embedders, tree->n_embedders + 1, sizeof *tree->embedders);
    tree->embedders[tree->n_embedders++] = *facts;
    *facts = (struct embedder_facts){0};
}

bool result_tree_all_ok(const struct result_tree *tree)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        if (!tree->embedders[i].status || strcmp(tree->embedders[i].status, "ok") != 0) {
            return false;
        }
    }
    return true;
}

static bool fits(const char *text, const char *wanted)
{
    return !wanted || (text && strcmp(text, wanted) == 0);
}

static bool row_fits(const struct result_row *row, const struct result_row *like)
{
    return fits(row->suite, like->suite) && fits(row->dataset, like->dataset) &&
           fits(row->embedder, like->embedder) && fits(row->stage, like->stage) &&
           fits(row->method, like->method) && fits(row->metric, like->metric) &&
           fits(row->split, like->split) && fits(row->policy, like->policy);
}

const struct result_row *result_tree_best(const struct result_tree *tree,
                                          const struct result_row *like)
{
    const struct result_row *best = NULL;
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct result_row *row = &tree->rows[i];
        if (row_fits(row, like) && !isnan(row->value) && (!best || row->value > best->value)) {
            best = row;
        }
    }
    return best;
}
