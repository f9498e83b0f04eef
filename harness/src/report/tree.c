/* Builds a result tree row by row and owns its texts. */
#include "report/tree.h"

#include "base/mem.h"
#include "report/figure_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *result_tree_text(struct result_tree *tree, const char *text)
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
    item_histories_finish(&tree->item_histories);
    outcomes_finish(&tree->outcomes);
    free(tree->differences);
    map_finish(&tree->texts);
    free(tree->protocols);
    map_finish(&tree->signatures);
    str_finish(&tree->scratch);
    arena_finish(&tree->attributes);
    *tree = (struct result_tree){0};
}

void result_tree_count_item(struct result_tree *tree, const struct result_item *item)
{
    item_histories_add(&tree->item_histories, item);
    outcomes_add(&tree->outcomes, item);
}

/* Equal ones are kept once. */
uint32_t result_tree_add_protocol(struct result_tree *tree, const struct protocol *protocol)
{
    str_clear(&tree->scratch);
    protocol_write(protocol, &tree->scratch);
    uint32_t known = tree->signatures.n;
    uint32_t number = map_put_text(&tree->signatures, str_text(&tree->scratch));
    if (number == known) {
        MEM_GROW(tree->protocols, tree->protocol_capacity, (size_t)known + 1);
        tree->protocols[number] = protocol_copy(&tree->attributes, protocol);
    }
    return number;
}

const struct protocol *result_tree_protocol(const struct result_tree *tree, const char *signature)
{
    uint32_t number = map_find_text(&tree->signatures, signature);
    return number == MAP_NONE ? NULL : tree->protocols[number];
}

void result_tree_set_protocol(struct result_tree *tree, struct figure *row,
                              const struct protocol *protocol)
{
    static const struct protocol none;
    uint32_t number = result_tree_add_protocol(tree, protocol ? protocol : &none);
    row->protocol = tree->protocols[number];
    row->signature = map_key(&tree->signatures, number);
}

static void keep_split(struct result_tree *tree, struct split *split)
{
    str_clear(&tree->scratch);
    split_write(split, &tree->scratch);
    split->axis = result_tree_text(tree, split->axis);
    split->value = result_tree_text(tree, split->value);
    split->text = result_tree_text(tree, str_text(&tree->scratch));
}

static const struct result_attribute *
keep_attributes(struct result_tree *tree, const struct result_attribute *attributes, uint32_t n)
{
    if (n == 0) {
        return NULL;
    }
    struct result_attribute *kept = arena_alloc(&tree->attributes, n * sizeof *kept);
    for (uint32_t i = 0; i < n; i++) {
        kept[i].name = result_tree_text(tree, attributes[i].name);
        kept[i].value = result_tree_text(tree, attributes[i].value);
    }
    return kept;
}

/* What of a member `kept` shares with the caller, a plain copy, becomes the tree's. */
/* clang-format off */
#define KEEP(type, member, ...) KEEP_##type(member)
#define KEEP_TEXT(member) kept->member = result_tree_text(tree, kept->member);
#define KEEP_NAMES(member) KEEP_TEXT(member)
#define KEEP_STAGE(member) KEEP_TEXT(member.name)
#define KEEP_SPLIT(member) keep_split(tree, &kept->member);
#define KEEP_PROTOCOL(member) result_tree_set_protocol(tree, kept, kept->member);
#define KEEP_MADE_TEXT(member)
#define KEEP_REAL(member)
#define KEEP_WHOLE(member)
#define KEEP_ATTRIBUTES(member) \
    kept->member = keep_attributes(tree, kept->member, kept->n_##member);
/* clang-format on */

void result_tree_add_row(struct result_tree *tree, const struct figure *row)
{
    MEM_GROW(tree->rows, tree->row_capacity, tree->n_rows + 1);
    struct figure *kept = &tree->rows[tree->n_rows++];
    *kept = *row;
    FIGURE_MEMBERS(KEEP)
    kept->sd = row->seeds ? row->sd : NAN;
}

void result_tree_add_item(struct result_tree *tree, const struct result_item *item)
{
    MEM_GROW(tree->items, tree->item_capacity, tree->n_items + 1);
    struct result_item *kept = &tree->items[tree->n_items++];
    *kept = *item;
    RESULT_ITEM_MEMBERS(KEEP)
}

void result_tree_add_embedder(struct result_tree *tree, struct embedder_facts *facts)
{
    tree->embedders = mem_resize(tree->embedders, tree->n_embedders + 1, sizeof *tree->embedders);
    tree->embedders[tree->n_embedders++] = *facts;
    *facts = (struct embedder_facts){0};
}

const struct figure *result_tree_twin(const struct result_tree *tree, bool with_signature)
{
    struct map keys = {0};
    const struct figure *twin = NULL;
    for (size_t i = 0; i < tree->n_rows && !twin; i++) {
        const struct figure *row = &tree->rows[i];
        const char *key[] = {/* the same text is the same pointer */
                             row->suite,      row->dataset, row->embedder,
                             row->stage.name, row->method,  row->metric,
                             row->split.text, row->policy,  with_signature ? row->signature : NULL};
        uint32_t known = keys.n;
        twin = map_put(&keys, (const char *)key, sizeof key) < known ? row : NULL;
    }
    map_finish(&keys);
    return twin;
}
