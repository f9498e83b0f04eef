#include "report/merge.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows by the texts of all their columns. */
struct row_index {
    struct map keys;
    const struct result_row **rows; /* [keys.n] */
    size_t capacity;
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_real(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_figures(const struct result_row *a, const struct result_row *b)
{
    return same_real(a->value, b->value) && same_real(a->low, b->low) &&
           same_real(a->high, b->high) && same_real(a->sd, b->sd) &&
           same_real(a->coverage, b->coverage) && a->n == b->n && a->answered == b->answered;
}

/* The key of a row under another embedder's name. */
static void make_key(const struct result_row *row, const char *embedder, struct str *key)
{
    str_clear(key);
    for (const struct field *field = fields_of_row; field->name; field++) {
        const char *text = field->type == FIELD_TEXT ? field_text(field, row) : "";
        text = strcmp(field->name, "embedder") == 0 ? embedder
               : strcmp(field->name, "reason") == 0 ? "" /* says something of the value */
                                                    : text;
        str_add(key, text ? text : "\n");
        str_add_char(key, '\t');
    }
}

/* Should a report hold several rows of one key, the first stands for them. */
static void index_rows(const struct result_tree *tree, struct row_index *ret_index)
{
    struct str key = {0};
    struct row_index index = {0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        make_key(&tree->rows[i], tree->rows[i].embedder, &key);
        uint32_t before = index.keys.n;
        if (map_put(&index.keys, key.data, key.n) == before) {
            MEM_GROW(index.rows, index.capacity, (size_t)before + 1);
            index.rows[before] = &tree->rows[i];
        }
    }
    str_finish(&key);
    *ret_index = index;
}

static void index_finish(struct row_index *index)
{
    map_finish(&index->keys);
    free(index->rows);
}

static const struct embedder_facts *facts_of(const struct result_tree *tree, const char *name)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        if (same_text(tree->embedders[i].name, name)) {
            return &tree->embedders[i];
        }
    }
    return NULL;
}

static bool same_embedder(const struct embedder_facts *a, const struct embedder_facts *b)
{
    return same_text(a->plugin, b->plugin) && same_text(a->options, b->options) &&
           same_text(a->model_sha256, b->model_sha256) &&
           same_text(a->weights_before, b->weights_before) && a->dim == b->dim &&
           same_text(a->status, b->status) && same_text(a->error, b->error);
}

static bool has_rows(const struct result_tree *tree, const char *embedder)
{
    for (size_t i = 0; i < tree->n_rows; i++) {
        if (strcmp(tree->rows[i].embedder, embedder) == 0) {
            return true;
        }
    }
    return false;
}

/* May an embedder of `from` be called so in the merged report? */
static bool fits(const struct result_tree *into, const struct row_index *index,
                 const struct result_tree *from, const char *embedder, const char *name)
{
    const struct embedder_facts *there = facts_of(into, name), *here = facts_of(from, embedder);
    if (there && here && !same_embedder(there, here)) {
        return false;
    }
    if (!there != !here && (there || has_rows(into, name))) { /* one of them is a baseline */
        return false;
    }
    struct str key = {0};
    bool contradicts = false;
    for (size_t i = 0; i < from->n_rows && !contradicts; i++) {
        const struct result_row *row = &from->rows[i];
        if (strcmp(row->embedder, embedder) == 0) {
            make_key(row, name, &key);
            uint32_t other = map_find(&index->keys, key.data, key.n);
            contradicts = other != MAP_NONE && !same_figures(index->rows[other], row);
        }
    }
    str_finish(&key);
    return !contradicts;
}

static void choose_names(struct result_tree *into, const struct row_index *index,
                         const struct result_tree *from, struct merge_names *names)
{
    for (uint32_t i = 0; i < from->n_embedders; i++) {
        map_put_text(&names->from, from->embedders[i].name);
    }
    for (size_t i = 0; i < from->n_rows; i++) {
        map_put_text(&names->from, from->rows[i].embedder);
    }
    names->to = mem_array(names->from.n + 1u, sizeof *names->to);
    for (uint32_t i = 0; i < names->from.n; i++) {
        const char *embedder = map_key(&names->from, i);
        char *name = mem_text(embedder);
        for (unsigned number = 2; !fits(into, index, from, embedder, name); number++) {
            free(name);
            name = mem_format("%s#%u", embedder, number);
        }
        names->to[i] = result_tree_text(into, name);
        free(name);
    }
}

static void add_source(struct result_tree *into, const struct run_facts *run, const char *name)
{
    uint32_t n = into->run.n_sources;
    struct run_facts *sources = arena_alloc(&into->attributes, (n + 1u) * sizeof *sources);
    if (n > 0) {
        memcpy(sources, into->run.sources, n * sizeof *sources);
    }
    sources[n] = *run;
    sources[n].sources = NULL;
    sources[n].n_sources = 0;
    sources[n].report = name ? result_tree_text(into, name) : run->report;
    into->run.sources = sources;
    into->run.n_sources = n + 1;
}

/* A report that was made of others is as good as these. */
static void add_sources(struct result_tree *into, const struct result_tree *from, const char *name)
{
    if (into->n_rows == 0 && into->n_embedders == 0 && into->run.n_sources == 0) {
        into->run = from->run;
        into->run.sources = NULL;
        into->run.n_sources = 0;
    }
    for (uint32_t i = 0; i < from->run.n_sources; i++) {
        add_source(into, &from->run.sources[i], NULL);
    }
    if (from->run.n_sources == 0) {
        add_source(into, &from->run, name);
    }
}

static void move_embedders(struct result_tree *into, struct result_tree *from,
                           const struct merge_names *names)
{
    for (uint32_t i = 0; i < from->n_embedders; i++) {
        struct embedder_facts *facts = &from->embedders[i];
        const char *name = merge_name(names, facts->name);
        if (facts_of(into, name)) {
            embedder_facts_finish(facts);
            continue;
        }
        if (strcmp(name, facts->name) != 0) {
            free(facts->name);
            facts->name = mem_text(name);
        }
        result_tree_add_embedder(into, facts);
    }
    from->n_embedders = 0;
}

void result_tree_merge(struct result_tree *into, struct result_tree *from, const char *name,
                       struct merge_names *ret_names)
{
    struct merge_names names = {0};
    struct row_index index;
    struct str key = {0};
    index_rows(into, &index);
    choose_names(into, &index, from, &names);
    add_sources(into, from, name);
    move_embedders(into, from, &names);
    for (size_t i = 0; i < from->n_rows; i++) {
        struct result_row row = from->rows[i];
        row.embedder = merge_name(&names, row.embedder);
        make_key(&row, row.embedder, &key);
        if (map_find(&index.keys, key.data, key.n) == MAP_NONE) {
            result_tree_add_row(into, &row);
        }
    }
    str_finish(&key);
    index_finish(&index);
    *ret_names = names;
}

const char *merge_name(const struct merge_names *names, const char *embedder)
{
    uint32_t number = map_find_text(&names->from, embedder);
    return number == MAP_NONE ? embedder : names->to[number];
}

void merge_names_finish(struct merge_names *names)
{
    map_finish(&names->from);
    free(names->to);
    *names = (struct merge_names){0};
}
