/* Merges several reports into one, refusing what contradicts. */
#include "report/merge.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of a report by the embedder whom they are of: so that a name costs its own rows, not
 * all. */
struct by_name {
    struct map names; /* of embedders with facts, then of others with rows */
    uint32_t
        *facts; /* [names.n] number of the first embedder of the tree of this name, + 1; or 0 */
    uint32_t *begin; /* [names.n + 1] in rows */
    uint32_t *rows;  /* [tree's n_rows] */
};

/* Rows by the texts of all their columns. */
struct row_index {
    struct map keys;
    const struct figure **rows; /* [keys.n] */
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

static bool same_figures(const struct figure *a, const struct figure *b)
{
    return same_real(a->value, b->value) && same_real(a->low, b->low) &&
           same_real(a->high, b->high) && same_real(a->sd, b->sd) &&
           same_real(a->coverage, b->coverage) && a->n == b->n && a->answered == b->answered;
}

static bool is_baseline(const struct figure *row)
{
    return row->kind && strcmp(row->kind, "baseline") == 0;
}

/* Do two rows of one key say the same? Of baselines, which every run computes anew, the interval is
 * not asked: it differs with the run's resamples and seed alone. */
static bool agree(const struct figure *a, const struct figure *b)
{
    return is_baseline(a) && is_baseline(b)
               ? same_real(a->value, b->value) && a->n == b->n && a->answered == b->answered
               : same_figures(a, b);
}

/* The key of a row under another embedder's name. */
static void make_key(const struct figure *row, const char *embedder, struct str *key)
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

static void sort_by_name(const struct result_tree *tree, struct by_name *ret_by_name)
{
    struct by_name by = {0};
    uint32_t *name = mem_array(tree->n_rows + 1, sizeof *name); /* of each row */
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        map_put_text(&by.names, tree->embedders[i].name);
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        name[i] = map_put_text(&by.names, tree->rows[i].embedder);
    }
    by.facts = mem_array(by.names.n + 1u, sizeof *by.facts);
    by.begin = mem_array(by.names.n + 2u, sizeof *by.begin);
    by.rows = mem_array(tree->n_rows + 1, sizeof *by.rows);
    for (uint32_t i = tree->n_embedders; i-- > 0;) {
        by.facts[map_find_text(&by.names, tree->embedders[i].name)] = i + 1;
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        by.begin[name[i] + 2]++;
    }
    for (uint32_t n = 1; n < by.names.n + 2; n++) {
        by.begin[n] += by.begin[n - 1];
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        by.rows[by.begin[name[i] + 1]++] = (uint32_t)i;
    }
    free(name);
    *ret_by_name = by;
}

static void by_name_finish(struct by_name *by)
{
    map_finish(&by->names);
    free(by->facts);
    free(by->begin);
    free(by->rows);
}

static const struct embedder_facts *facts_of(const struct result_tree *tree,
                                             const struct by_name *by, const char *name)
{
    uint32_t number = map_find_text(&by->names, name);
    return number == MAP_NONE || by->facts[number] == 0 ? NULL
                                                        : &tree->embedders[by->facts[number] - 1];
}

static bool same_embedder(const struct embedder_facts *a, const struct embedder_facts *b)
{
    return same_text(a->plugin, b->plugin) && same_text(a->options, b->options) &&
           same_text(a->model_sha256, b->model_sha256) &&
           same_text(a->weights_before, b->weights_before) && a->dim == b->dim &&
           same_text(a->status, b->status) && same_text(a->error, b->error);
}

/* May the i-th embedder of `from` be called so in the merged report? */
static bool fits(const struct result_tree *into, const struct by_name *there,
                 const struct row_index *index, const struct result_tree *from,
                 const struct by_name *here, uint32_t i, const char *name)
{
    const struct embedder_facts *known = facts_of(into, there, name);
    const struct embedder_facts *facts = facts_of(from, here, map_key(&here->names, i));
    if (known && facts && !same_embedder(known, facts)) {
        return false;
    }
    if (!known != !facts && map_find_text(&there->names, name) != MAP_NONE) {
        return false; /* one of them is a baseline */
    }
    struct str key = {0};
    bool contradicts = false;
    for (uint32_t at = here->begin[i]; at < here->begin[i + 1] && !contradicts; at++) {
        const struct figure *row = &from->rows[here->rows[at]];
        make_key(row, name, &key);
        uint32_t other = map_find(&index->keys, key.data, key.n);
        contradicts = other != MAP_NONE && !agree(index->rows[other], row);
    }
    str_finish(&key);
    return !contradicts;
}

static void choose_names(struct result_tree *into, const struct by_name *there,
                         const struct row_index *index, const struct result_tree *from,
                         struct merge_names *names)
{
    struct by_name here;
    struct map taken = {0};
    sort_by_name(from, &here);
    names->to = mem_array(here.names.n + 1u, sizeof *names->to);
    for (uint32_t i = 0; i < here.names.n; i++) {
        const char *embedder = map_key(&here.names, i);
        char *name = mem_text(embedder);
        for (unsigned number = 2; map_find_text(&taken, name) != MAP_NONE ||
                                  !fits(into, there, index, from, &here, i, name);
             number++) {
            free(name);
            name = mem_format("%s#%u", embedder, number);
        }
        map_put_text(&taken, name);
        names->to[i] = result_tree_text(into, name);
        free(name);
    }
    map_finish(&taken);
    names->from = here.names;
    here.names = (struct map){0};
    by_name_finish(&here);
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

static void move_embedders(struct result_tree *into, const struct by_name *there,
                           struct result_tree *from, const struct merge_names *names)
{
    struct map moved = {0};
    for (uint32_t i = 0; i < from->n_embedders; i++) {
        struct embedder_facts *facts = &from->embedders[i];
        const char *name = merge_name(names, facts->name);
        uint32_t n_moved = moved.n;
        if (facts_of(into, there, name) || map_put_text(&moved, name) < n_moved) {
            embedder_facts_finish(facts);
            continue;
        }
        if (strcmp(name, facts->name) != 0) {
            free(facts->name);
            facts->name = mem_text(name);
        }
        result_tree_add_embedder(into, facts);
    }
    map_finish(&moved);
    from->n_embedders = 0;
}

static bool stands_there(const struct row_index *index, const struct figure *row)
{
    struct str key = {0};
    make_key(row, row->embedder, &key);
    uint32_t number = map_find(&index->keys, key.data, key.n);
    str_finish(&key);
    return number != MAP_NONE && agree(index->rows[number], row);
}

void result_tree_merge(struct result_tree *into, struct result_tree *from, const char *name,
                       struct merge_names *ret_names)
{
    struct merge_names names = {0};
    struct by_name there;
    struct row_index index;
    struct str key = {0};
    sort_by_name(into, &there);
    index_rows(into, &index);
    choose_names(into, &there, &index, from, &names);
    add_sources(into, from, name);
    move_embedders(into, &there, from, &names);
    for (size_t i = 0; i < from->n_rows; i++) {
        struct figure row = from->rows[i];
        if (is_baseline(&row) && stands_there(&index, &row)) {
            continue; /* the same baseline, though others of its name contradict */
        }
        row.embedder = merge_name(&names, row.embedder);
        make_key(&row, row.embedder, &key);
        if (map_find(&index.keys, key.data, key.n) == MAP_NONE) {
            result_tree_add_row(into, &row);
        }
    }
    str_finish(&key);
    index_finish(&index);
    by_name_finish(&there);
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
