/* Arranges a result tree into suites, sets, systems and their headline cells. */
#include "report/summary.h"

#include "base/mem.h"
#include "report/metric.h"
#include "report/summary_suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tree keeps one copy of each text: the same text is the same pointer. */
struct place {
    const char *suite, *dataset, *embedder, *method;
};

/* The metric that a row's is, or is derived from, where it stands alone: always the same pointer of
 * one metric; else NULL. */
static const char *alone_of(const struct figure *row)
{
    const struct metric *metric = metric_find(row->suite, row->metric).metric;
    return metric && metric->alone ? metric->id : NULL;
}

static bool is_derived(const struct figure *row)
{
    struct metric_name of = metric_find(row->suite, row->metric);
    return of.form != METRIC_ITSELF || of.by_document;
}

static bool stands_alone(const struct figure *row)
{
    return alone_of(row) && !is_derived(row);
}

struct building {
    struct summary *summary;
    const struct result_tree *tree;
    struct map suites, embedders, sets, systems; /* bytes of struct place, in part empty, to its
                                                    number; of suites the one in the summary */
    struct map cells; /* the same of cells (a set's address for its name), to an index of `at` */
    struct summary_cell **at;
    size_t at_capacity;
    /* within their suite, by number in sets, systems, embedders */
    uint32_t *set_numbers, *system_numbers, *embedder_numbers;
    size_t set_capacity, system_capacity, embedder_capacity;
    struct place last_cell; /* asked for by cell_of(), and what it was */
    struct summary_cell *cell;
};

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static bool is_baseline(const struct figure *row)
{
    return is(row->kind, "baseline") || is(row->embedder, "baseline");
}

/* What a row is derived from the headline figure by; METRIC_ITSELF: it is not derived from it, or
 * has its interval over documents. */
static enum metric_form form_of(const struct figure *row, const struct summary_set *set)
{
    struct metric_name of = metric_find(row->suite, row->metric);
    return slice_is(of.id, set->metric) && !of.by_document ? of.form : METRIC_ITSELF;
}

static bool is_headline(const struct figure *row, const struct summary_set *set)
{
    return row->metric == set->metric &&
           (row->policy == set->policy || (is_baseline(row) && !row->policy));
}

static uint32_t put(struct map *map, struct place place)
{
    return map_put(map, (const char *)&place, sizeof place);
}

static uint32_t find(const struct map *map, struct place place)
{
    return map_find(map, (const char *)&place, sizeof place);
}

static void push(struct summary_rows *rows, const struct figure *row)
{
    MEM_GROW(rows->rows, rows->capacity, rows->n + 1);
    rows->rows[rows->n++] = row;
}

static struct summary_suite *suite_of(const struct building *building, const char *name)
{
    uint32_t number = find(&building->suites, (struct place){name, NULL, NULL, NULL});
    return number == MAP_NONE ? NULL : &building->summary->suites[number];
}

static struct summary_suite *put_suite(struct building *building, const char *name)
{
    struct summary *summary = building->summary;
    uint32_t number = put(&building->suites, (struct place){name, NULL, NULL, NULL});
    if (number == summary->n_suites) {
        MEM_GROW(summary->suites, summary->suite_capacity, summary->n_suites + 1);
        summary->suites[summary->n_suites++] = (struct summary_suite){.suite = name};
    }
    return &summary->suites[number];
}

static struct summary_set set_headed_by(const struct figure *row)
{
    return (struct summary_set){
        .dataset = row->dataset,
        .metric = row->metric,
        .policy = row->policy,
        .n = row->n,
        .scale = metric_shown_times(row->suite, row->metric),
        .direction = metric_direction(row->suite, row->metric),
        .alone = stands_alone(row),
    };
}

/* first: the number from which on sets are open: another row may head them that stands higher. */
static void put_set(struct building *building, struct summary_suite *suite,
                    const struct figure *row, uint32_t first)
{
    uint32_t before = building->sets.n;
    struct place place = {row->suite, row->dataset, alone_of(row), NULL};
    uint32_t number = put(&building->sets, place);
    if (number < before) {
        struct summary_set *set = &suite->sets[building->set_numbers[number]];
        if (number >= first && row->metric != set->metric &&
            metric_rank(row->suite, row->metric) < metric_rank(row->suite, set->metric)) {
            *set = set_headed_by(row);
        }
        return;
    }
    MEM_GROW(building->set_numbers, building->set_capacity, number + 1);
    building->set_numbers[number] = suite->n_sets;
    MEM_GROW(suite->sets, suite->set_capacity, suite->n_sets + 1);
    suite->sets[suite->n_sets++] = set_headed_by(row);
}

static uint32_t put_embedder(struct building *building, struct summary_suite *suite,
                             const char *name)
{
    uint32_t before = building->embedders.n;
    uint32_t number = put(&building->embedders, (struct place){suite->suite, NULL, name, NULL});
    if (number == before) {
        MEM_GROW(building->embedder_numbers, building->embedder_capacity, (size_t)number + 1);
        building->embedder_numbers[number] = suite->n_embedders;
        MEM_GROW(suite->embedders, suite->embedder_capacity, suite->n_embedders + 1);
        suite->embedders[suite->n_embedders++] = name;
    }
    return building->embedder_numbers[number];
}

static void put_system(struct building *building, struct summary_suite *suite,
                       const struct figure *row)
{
    uint32_t before = building->systems.n;
    struct place place = {row->suite, NULL, row->embedder, row->method};
    uint32_t number = put(&building->systems, place);
    if (number < before) {
        return;
    }
    bool baseline = is_baseline(row);
    MEM_GROW(building->system_numbers, building->system_capacity, number + 1);
    building->system_numbers[number] = suite->n_systems;
    MEM_GROW(suite->systems, suite->system_capacity, suite->n_systems + 1);
    suite->systems[suite->n_systems++] = (struct summary_system){
        .embedder = row->embedder,
        .method = row->method,
        .baseline = baseline,
        .is_static = is(row->kind, "static"),
        .number = baseline ? 0 : put_embedder(building, suite, row->embedder),
    };
}

static const struct summary_set *set_of_row(const struct building *building,
                                            const struct summary_suite *suite,
                                            const struct figure *row)
{
    const char *alone = alone_of(row); /* METRIC-gain belongs to METRIC */
    struct place place = {row->suite, row->dataset, alone, NULL};
    uint32_t number = find(&building->sets, place);
    if (number == MAP_NONE && alone && !stands_alone(row)) {
        place.embedder = NULL;
        number = find(&building->sets, place);
    }
    return number == MAP_NONE ? NULL : &suite->sets[building->set_numbers[number]];
}

/* Data sets by the rows of embedders, so that a baseline does not choose the figure, and only then
 * by those of baselines alone. */
static void find_sets(struct building *building)
{
    const struct result_tree *tree = building->tree;
    for (int baselines = 0; baselines < 2; baselines++) {
        uint32_t first = building->sets.n;
        for (size_t i = 0; i < tree->n_rows; i++) {
            const struct figure *row = &tree->rows[i];
            if (split_is_all(&row->split) && is_baseline(row) == (baselines == 1) &&
                !is_derived(row)) {
                put_set(building, put_suite(building, row->suite), row, first);
            }
        }
    }
}

/* Several embedders are compared on the pairs that all of them know, if the suite gives such
 * figures. */
static void prefer_common(struct building *building)
{
    const struct result_tree *tree = building->tree;
    const char **firsts = mem_array(building->sets.n + 1u, sizeof *firsts); /* embedders */
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        const char *alone = stands_alone(row) ? alone_of(row) : NULL;
        struct place place = {row->suite, row->dataset, alone, NULL};
        uint32_t number = find(&building->sets, place);
        if (number == MAP_NONE || !split_is_all(&row->split) || !is(row->policy, "common")) {
            continue;
        }
        struct summary_set *set =
            &suite_of(building, row->suite)->sets[building->set_numbers[number]];
        if (row->metric != set->metric) {
            continue;
        }
        if (firsts[number] && firsts[number] != row->embedder && set->policy != row->policy) {
            set->beside = set->policy;
            set->policy = row->policy;
        }
        firsts[number] = firsts[number] ? firsts[number] : row->embedder;
    }
    free(firsts);
}

/* Is it a score? A system is what has one, even if it lacks the headline figure. */
static bool is_score(const struct figure *row)
{
    const struct metric *metric = metric_declared(row->suite, row->metric);
    return metric && metric->role != METRIC_DIAGNOSTIC;
}

static void find_systems(struct building *building)
{
    const struct result_tree *tree = building->tree;
    for (int baselines = 1; baselines >= 0; baselines--) {
        for (size_t i = 0; i < tree->n_rows; i++) {
            const struct figure *row = &tree->rows[i];
            struct summary_suite *suite = suite_of(building, row->suite);
            if (!suite || !split_is_all(&row->split) || is_baseline(row) != (baselines == 1)) {
                continue;
            }
            const struct summary_set *set = set_of_row(building, suite, row);
            if (set && (is_headline(row, set) || is_score(row))) {
                put_system(building, suite, row);
            }
        }
    }
}

/* The cell of a row, if its system has a headline figure anywhere in the suite. */
static struct summary_cell *cell_of(struct building *building, const struct figure *row,
                                    const struct summary_set **ret_set)
{
    struct summary_suite *suite = suite_of(building, row->suite);
    *ret_set = suite && suite->cells ? set_of_row(building, suite, row) : NULL;
    if (!*ret_set) {
        return NULL;
    }
    /* Sets stand still by now: a set's address is its name. */
    struct place place = {row->suite, (const char *)*ret_set, row->embedder, row->method};
    if (memcmp(&place, &building->last_cell, sizeof place) == 0) { /* rows come in runs */
        return building->cell;
    }
    uint32_t before = building->cells.n, number = put(&building->cells, place);
    if (number == before) {
        uint32_t system =
            find(&building->systems, (struct place){row->suite, NULL, row->embedder, row->method});
        MEM_GROW(building->at, building->at_capacity, number + 1);
        building->at[number] =
            system != MAP_NONE ? &suite->cells[(size_t)(*ret_set - suite->sets) * suite->n_systems +
                                               building->system_numbers[system]]
                               : NULL;
    }
    building->last_cell = place;
    building->cell = building->at[number];
    return building->cell;
}

static void take_headline(const struct summary_set *set, struct summary_cell *cell,
                          const struct figure *row)
{
    push(&cell->stages, row);
    if (set->alone && isfinite(stage_place(&row->stage)) &&
        (!cell->last || stage_place(&row->stage) > stage_place(&cell->last->stage))) {
        cell->last = row;
    }
    if (row->stage.part == STAGE_TABLE) {
        cell->table = row;
    }
    cell->empty = cell->empty ? cell->empty : isnan(row->value) ? row : NULL;
    if (!isnan(row->value) &&
        (!cell->best || metric_before(row->suite, row->metric, row->value, cell->best->value))) {
        cell->best = row;
    }
}

/* First all headline figures and those made of them, since the rest depends on the stage shown. */
static void take_figures(struct building *building)
{
    for (size_t i = 0; i < building->tree->n_rows; i++) {
        const struct figure *row = &building->tree->rows[i];
        const struct summary_set *set;
        struct summary_cell *cell = cell_of(building, row, &set);
        if (!cell) {
            continue;
        }
        enum metric_form form = form_of(row, set);
        bool all = split_is_all(&row->split);
        if (all && is_headline(row, set)) {
            take_headline(set, cell, row);
        } else if (all && form == METRIC_DEV_CHOSEN) {
            cell->chosen = row;
        } else if (all && form == METRIC_CONTEXTUAL_GAIN) {
            cell->gain = row;
        } else if (all && form == METRIC_GAIN) {
            push(&cell->gains, row);
        } else if (form == METRIC_GAIN_TOTAL) {
            push(&cell->parts, row);
        }
    }
}

static bool of_stage(const struct figure *row, const struct figure *shown)
{
    return !row->stage.name || row->stage.name == shown->stage.name;
}

static void take_rest(struct building *building)
{
    for (size_t i = 0; i < building->tree->n_rows; i++) {
        const struct figure *row = &building->tree->rows[i];
        const struct summary_set *set;
        struct summary_cell *cell = cell_of(building, row, &set);
        const struct figure *shown = cell ? summary_shown(cell) : NULL;
        if (cell && set->beside && row->policy == set->beside && row->metric == set->metric &&
            split_is_all(&row->split) &&
            (shown ? row->stage.name == shown->stage.name : !cell->beside)) {
            cell->beside = row;
        }
        if (!shown || !of_stage(row, shown)) {
            continue;
        }
        if (!split_is_all(&row->split)) {
            if (is_headline(row, set)) {
                push(&cell->splits, row);
            }
        } else if (!is_headline(row, set) &&
                   metric_find(row->suite, row->metric).form == METRIC_ITSELF) {
            push(&cell->others, row);
        }
    }
}

static void make_cells(struct summary *summary)
{
    uint64_t cells = 0;
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        struct summary_suite *suite = &summary->suites[i];
        uint64_t more = (uint64_t)suite->n_sets * suite->n_systems;
        if (suite->n_systems <= SUMMARY_MOST_SYSTEMS && cells + more <= SUMMARY_MOST_CELLS) {
            cells += more;
            suite->cells = mem_array((size_t)more + 1, sizeof *suite->cells);
        }
    }
}

static void finish_building(struct building *building)
{
    struct map *maps[] = {&building->suites, &building->embedders, &building->sets,
                          &building->systems, &building->cells};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        map_finish(maps[i]);
    }
    free(building->at);
    free(building->set_numbers);
    free(building->system_numbers);
    free(building->embedder_numbers);
}

void summary_init(struct summary *summary, const struct result_tree *tree)
{
    *summary = (struct summary){0};
    struct building building = {.summary = summary, .tree = tree};
    find_sets(&building);
    prefer_common(&building);
    find_systems(&building);
    make_cells(summary);
    take_figures(&building);
    take_rest(&building);
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        if (summary->suites[i].cells) {
            summary_find_stages(&summary->suites[i]);
        }
    }
    finish_building(&building);
    summary_leave_out(summary);
}

void summary_finish(struct summary *summary)
{
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        summary_finish_suite(&summary->suites[i]);
    }
    for (uint32_t i = 0; i < summary->n_left_out; i++) {
        free(summary->left_out[i]);
    }
    free(summary->left_out);
    free(summary->suites);
    *summary = (struct summary){0};
}
const struct figure *summary_ceiling(const struct summary_suite *suite, uint32_t set)
{
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (suite->systems[s].baseline &&
            suite_is_ceiling(suite->suite, suite->systems[s].method)) {
            return summary_shown(summary_cell(suite, set, s));
        }
    }
    return NULL;
}
