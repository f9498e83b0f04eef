/* Scores rated pairs at every stage, and writes their rows and items. */
#include "suites/similarity/pairs.h"

#include "base/mem.h"
#include "math/correlation.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "similarity"

void pairs_words(const struct pair_set *set, struct words *words)
{
    for (uint32_t i = 0; i < set->n; i++) {
        words_put(words, set->pairs[i].first);
        words_put(words, set->pairs[i].second);
    }
}

/* "ok", "backoff", "oov", "cut": the worse of the two words. */
static const char *pair_status(uint8_t a, uint8_t b)
{
    if (a == EMB_WORD_UNKNOWN || b == EMB_WORD_UNKNOWN) {
        return "oov";
    }
    if (a == EMB_WORD_CUT || b == EMB_WORD_CUT) {
        return "cut";
    }
    return a == EMB_WORD_BACKOFF || b == EMB_WORD_BACKOFF ? "backoff" : "ok";
}

static void pair_item(const struct suite_run *run, const struct pair_set *set, uint32_t i,
                      const struct figure *row, double score, const char *status)
{
    const struct pair *pair = &set->pairs[i];
    struct result_attribute attributes[PAIR_ATTRIBUTES + 3] = {
        {"kind", row->kind}, {"first", pair->first}, {"second", pair->second}};
    uint32_t n = 3;
    for (uint32_t a = 0; a < set->n_attributes; a++) {
        attributes[n++] = (struct result_attribute){set->attributes[a], pair->values[a]};
    }
    const struct result_item item = {.suite = row->suite,
                                     .dataset = row->dataset,
                                     .embedder = row->embedder,
                                     .stage = row->stage,
                                     .method = row->method,
                                     .id = pair->id,
                                     .status = status,
                                     .score = score,
                                     .gold_score = pair->rating,
                                     .correct = NAN,
                                     .attributes = attributes,
                                     .n_attributes = n};
    run->sink->item(run->sink->ctx, &item);
}

void similarity_protocol(const char *set, uint32_t n, const struct stage *stage,
                         const struct similarity_method *method, struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, SUITE, set, n);
    protocol_add(ret_protocol, PROTOCOL_METHOD, method->name);
    protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    protocol_add(ret_protocol, PROTOCOL_POOL, method->pool);
    protocol_append(ret_protocol, method->details, PROTOCOL_OTHER);
}

/* What the figures of a set's splits have in common. */
struct split_figures {
    const struct suite_run *run;
    const struct figure *row;
    const struct protocol *protocol;
    bool common; /* policy "common" instead of "skip" and "zero" */
};

static void split_rows(const struct split_figures *of, struct split split,
                       const struct scored *scored)
{
    if (!of->common) {
        figures_skip_and_zero(of->run, of->row, of->protocol, split, scored);
        return;
    }
    struct correlations correlations = figures_correlate(of->run, scored, false);
    figures_correlation_rows(of->run, of->row, of->protocol, split, "common", &correlations);
}

/* All pairs, then those of each value of each attribute. */
static void set_rows(const struct split_figures *of, const struct pair_set *set,
                     const struct scored *all)
{
    split_rows(of, SPLIT_ALL, all);
    const char **keys = mem_array((size_t)set->n + 1, sizeof *keys);
    double *scores = mem_array((size_t)set->n * 2 + 1, sizeof *scores), *gold = scores + set->n;
    for (uint32_t a = 0; a < set->n_attributes; a++) {
        struct map values = {0};
        for (uint32_t i = 0; i < set->n; i++) {
            keys[i] = set->pairs[i].values[a];
            map_put_text(&values, keys[i]);
        }
        for (uint32_t v = 0; v < values.n; v++) {
            const struct split split = {set->attributes[a], map_key(&values, v), NULL};
            uint32_t n = figures_select(all, keys, map_key(&values, v), scores, gold);
            split_rows(of, split, &(struct scored){scores, gold, n});
        }
        map_finish(&values);
    }
    free(scores);
    free(keys);
}

void pairs_score(const struct suite_run *run, const struct pair_set *set,
                 const struct similarity_method *method, const struct words *words)
{
    double *scores = mem_array((size_t)set->n * 2 + 1, sizeof *scores), *gold = scores + set->n;
    for (uint32_t s = 0; s < words->n_stages; s++) {
        const struct figure row = {.suite = SUITE,
                                   .dataset = set->name,
                                   .embedder = embedder_name(run->embedder),
                                   .kind = embedder_kind(run->embedder),
                                   .stage = *embedder_stage(run->embedder, s),
                                   .method = method->name};
        for (uint32_t i = 0; i < set->n; i++) {
            uint32_t a = map_find_text(&words->map, set->pairs[i].first);
            uint32_t b = map_find_text(&words->map, set->pairs[i].second);
            scores[i] = words_cosine(words, a, b, s);
            gold[i] = set->pairs[i].rating;
        }
        correlation_merge_ties(scores, set->n);
        for (uint32_t i = 0; run->sink->item && i < set->n; i++) {
            uint32_t a = map_find_text(&words->map, set->pairs[i].first);
            uint32_t b = map_find_text(&words->map, set->pairs[i].second);
            pair_item(run, set, i, &row, scores[i],
                      pair_status(words->status[a], words->status[b]));
        }
        struct protocol protocol = {0};
        similarity_protocol(set->name, set->n, &row.stage, method, &protocol);
        const struct split_figures figures = {run, &row, &protocol, false};
        const struct scored scored = {scores, gold, set->n};
        set_rows(&figures, set, &scored);
        protocol_finish(&protocol);
    }
    free(scores);
}

/* Policy "common": one embedder, stage and method is a system. */

struct systems {
    struct map map;                   /* "embedder\tstage\tmethod" */
    const struct result_item **first; /* [n] an item of each */
    double *scores;                   /* [n][n_pairs] */
    size_t capacity, scores_capacity;
};

static uint32_t system_of(struct systems *systems, const struct result_item *item, uint32_t n_pairs)
{
    char *key = mem_format("%s\t%s\t%s", item->embedder, item->stage.name, item->method);
    uint32_t known = systems->map.n, number = map_put_text(&systems->map, key);
    free(key);
    if (number == known) {
        MEM_GROW(systems->first, systems->capacity, (size_t)known + 1);
        MEM_GROW(systems->scores, systems->scores_capacity, ((size_t)known + 1) * n_pairs);
        systems->first[number] = item;
        for (uint32_t i = 0; i < n_pairs; i++) {
            systems->scores[(size_t)number * n_pairs + i] = NAN;
        }
    }
    return number;
}

static void gather(struct systems *systems, const struct pair_set *set,
                   const struct result_items *items)
{
    struct map ids = {0};
    for (uint32_t i = 0; i < set->n; i++) {
        map_put_text(&ids, set->pairs[i].id);
    }
    for (uint64_t i = 0; i < items->n; i++) {
        const struct result_item *item = &items->items[i];
        if (strcmp(item->suite, SUITE) != 0 || strcmp(item->dataset, set->name) != 0) {
            continue;
        }
        uint32_t pair = map_find_text(&ids, item->id);
        if (pair != MAP_NONE) {
            uint32_t system = system_of(systems, item, set->n);
            systems->scores[(size_t)system * set->n + pair] = item->score;
        }
    }
    map_finish(&ids);
}

static const char *attribute(const struct result_item *item, const char *name)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        if (strcmp(item->attributes[i].name, name) == 0) {
            return item->attributes[i].value;
        }
    }
    return NULL;
}

static const struct protocol *details_of(const struct result_item *item,
                                         const struct protocol details[2])
{
    const char *kind = attribute(item, "kind");
    return &details[!kind || strcmp(kind, "static") != 0];
}

/* What the figures of all embedders' items say of one: how words are pooled as its own rows have
 * it, since the model itself is gone by now. */
static struct similarity_method method_of(const struct result_item *item,
                                          const struct protocol details[2],
                                          const struct result_items *items)
{
    const char *pool = "mean";
    for (uint64_t i = 0; i < items->n_rows; i++) {
        const struct figure *row = &items->rows[i];
        const char *at = protocol_get(row->protocol, PROTOCOL_POOL);
        if (at && strcmp(row->suite, SUITE) == 0 && strcmp(row->embedder, item->embedder) == 0 &&
            strcmp(row->method, item->method) == 0) {
            pool = at;
            break;
        }
    }
    return (struct similarity_method){item->method, pool, details_of(item, details)};
}

static struct figure row_of(const struct pair_set *set, const struct result_item *item)
{
    return (struct figure){.suite = SUITE,
                           .dataset = set->name,
                           .embedder = item->embedder,
                           .kind = attribute(item, "kind"),
                           .stage = item->stage,
                           .method = item->method};
}

/* Is a pair without a score in some system of the embedder's? */
static bool is_oov(const struct systems *systems, uint32_t n_pairs, uint32_t pair,
                   const char *embedder)
{
    for (uint32_t s = 0; s < systems->map.n; s++) {
        if (strcmp(systems->first[s]->embedder, embedder) == 0 &&
            isnan(systems->scores[(size_t)s * n_pairs + pair])) {
            return true;
        }
    }
    return false;
}

/* Everybody else on exactly the pairs that one embedder lacks: split "oov-of:NAME". */
static void write_oov(const struct suite_run *run, const struct pair_set *set,
                      const struct protocol details[2], const struct result_items *items,
                      const struct systems *systems, const char *embedder)
{
    uint32_t *pairs = mem_array((size_t)set->n + 1, sizeof *pairs), n = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        if (is_oov(systems, set->n, i, embedder)) {
            pairs[n++] = i;
        }
    }
    double *scores = mem_array((size_t)n * 2 + 1, sizeof *scores), *gold = scores + n;
    const struct split split = {"oov-of", embedder, NULL};
    for (uint32_t s = 0; s < systems->map.n && n > 0; s++) {
        const struct result_item *item = systems->first[s];
        if (strcmp(item->embedder, embedder) == 0) {
            continue;
        }
        for (uint32_t i = 0; i < n; i++) {
            scores[i] = systems->scores[(size_t)s * set->n + pairs[i]];
            gold[i] = set->pairs[pairs[i]].rating;
        }
        const struct figure row = row_of(set, item);
        const struct scored scored = {scores, gold, n};
        struct correlations of = figures_correlate(run, &scored, false);
        const struct similarity_method method = method_of(item, details, items);
        struct protocol protocol = {0};
        similarity_protocol(set->name, set->n, &item->stage, &method, &protocol);
        figures_correlation_rows(run, &row, &protocol, split, "skip", &of);
        protocol_finish(&protocol);
    }
    free(scores);
    free(pairs);
}

static void write_all_oov(const struct suite_run *run, const struct pair_set *set,
                          const struct protocol details[2], const struct result_items *items,
                          const struct systems *systems)
{
    struct map embedders = {0};
    for (uint32_t s = 0; s < systems->map.n; s++) {
        const char *embedder = systems->first[s]->embedder;
        uint32_t known = embedders.n;
        if (map_put_text(&embedders, embedder) == known) {
            write_oov(run, set, details, items, systems, embedder);
        }
    }
    map_finish(&embedders);
}

void pairs_conclude(const struct suite_run *run, const struct pair_set *set,
                    const struct protocol details[2], const struct result_items *items)
{
    struct systems systems = {0};
    gather(&systems, set, items);
    write_all_oov(run, set, details, items, &systems);
    double *gold = mem_array((size_t)set->n + 1, sizeof *gold);
    for (uint32_t i = 0; i < set->n; i++) {
        gold[i] = set->pairs[i].rating;
        for (uint32_t s = 0; s < systems.map.n; s++) {
            if (!isnan(systems.scores[(size_t)s * set->n + i])) {
                continue;
            }
            for (uint32_t other = 0; other < systems.map.n; other++) {
                systems.scores[(size_t)other * set->n + i] = NAN;
            }
        }
    }
    for (uint32_t s = 0; s < systems.map.n; s++) {
        const struct result_item *item = systems.first[s];
        const struct figure row = row_of(set, item);
        const struct similarity_method method = method_of(item, details, items);
        struct protocol protocol = {0};
        similarity_protocol(set->name, set->n, &item->stage, &method, &protocol);
        const struct split_figures figures = {run, &row, &protocol, true};
        const struct scored scored = {systems.scores + (size_t)s * set->n, gold, set->n};
        set_rows(&figures, set, &scored);
        protocol_finish(&protocol);
    }
    free(gold);
    free(systems.first);
    free(systems.scores);
    map_finish(&systems.map);
}
