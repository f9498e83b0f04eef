/* Keeps what every system earned on each item, and scores all on what one embedder lacks. */
#include "suites/shared/oov_of.h"

#include "base/map.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/figure_text.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How an item fared. */
enum outcome { UNSEEN, NO_LEMMA, BACKED_OFF, ANSWERED };

/* One embedder at one stage with one method on one data set. */
struct system {
    uint32_t set;
    const char *embedder, *kind, *method;
    struct stage stage;
    const struct protocol *protocol; /* of its figure over all items; NULL */
    float *earned;                   /* [items of the set] */
    uint8_t *outcomes;               /* [items of the set] enum outcome */
    size_t earned_capacity, outcomes_capacity;
};

/* Which items of a set an embedder lacks. */
struct lacking {
    uint32_t set;
    const char *embedder;
    uint32_t *items; /* [n] in order of appearance; an item may occur once a stage */
    size_t n, capacity;
};

/* The items of a data set, with the units that they belong to. */
struct known_items {
    struct map ids;
    uint32_t *units[PROTOCOL_N_UNITS]; /* [ids.n] numbers of their attributes' values; MAP_NONE */
    size_t unit_capacities[PROTOCOL_N_UNITS];
};

struct oov_of {
    struct map sets;           /* data sets */
    struct known_items *items; /* [sets.n] */
    size_t items_capacity;
    struct map unit_names;
    struct map systems_by_name, lacking_by_name;
    struct system *systems; /* [systems_by_name.n] */
    size_t systems_capacity;
    struct lacking *lacking; /* [lacking_by_name.n] */
    size_t lacking_capacity;
    struct arena texts; /* of systems and of lacking */
};

struct oov_of *oov_of_create(void)
{
    return mem_alloc(sizeof(struct oov_of));
}

void oov_of_free(struct oov_of *oov_of)
{
    if (!oov_of) {
        return;
    }
    for (uint32_t i = 0; i < oov_of->systems_by_name.n; i++) {
        free(oov_of->systems[i].earned);
        free(oov_of->systems[i].outcomes);
    }
    for (uint32_t i = 0; i < oov_of->lacking_by_name.n; i++) {
        free(oov_of->lacking[i].items);
    }
    for (uint32_t i = 0; i < oov_of->sets.n; i++) {
        map_finish(&oov_of->items[i].ids);
        for (int unit = 0; unit < PROTOCOL_N_UNITS; unit++) {
            free(oov_of->items[i].units[unit]);
        }
    }
    free(oov_of->systems);
    free(oov_of->lacking);
    free(oov_of->items);
    map_finish(&oov_of->unit_names);
    arena_finish(&oov_of->texts);
    map_finish(&oov_of->sets);
    map_finish(&oov_of->systems_by_name);
    map_finish(&oov_of->lacking_by_name);
    free(oov_of);
}

static uint32_t set_of(struct oov_of *oov_of, const char *dataset)
{
    uint32_t known = oov_of->sets.n, set = map_put_text(&oov_of->sets, dataset);
    if (set == known) {
        MEM_GROW(oov_of->items, oov_of->items_capacity, (size_t)set + 1);
        oov_of->items[set] = (struct known_items){0};
    }
    return set;
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

static const char *kind_of(const struct result_item *item)
{
    const char *kind = attribute(item, "kind");
    return kind ? kind : "unknown"; /* no suite that asks leaves it out */
}

static uint32_t item_of(struct oov_of *oov_of, uint32_t set, const struct result_item *item)
{
    struct known_items *items = &oov_of->items[set];
    uint32_t known = items->ids.n, number = map_put_text(&items->ids, item->id);
    for (int unit = PROTOCOL_BY_ITEM + 1; unit < PROTOCOL_N_UNITS && number == known; unit++) {
        const char *name = attribute(item, protocol_unit_attributes[unit]);
        MEM_GROW(items->units[unit], items->unit_capacities[unit], (size_t)number + 1);
        items->units[unit][number] = name ? map_put_text(&oov_of->unit_names, name) : MAP_NONE;
    }
    return number;
}

static struct system *system_of(struct oov_of *oov_of, uint32_t set, const struct result_item *item)
{
    char *name = mem_format("%u\t%s\t%s\t%s", set, item->embedder,
                            item->stage.name ? item->stage.name : "", item->method);
    uint32_t known = oov_of->systems_by_name.n;
    uint32_t number = map_put_text(&oov_of->systems_by_name, name);
    free(name);
    if (number == known) {
        MEM_GROW(oov_of->systems, oov_of->systems_capacity, (size_t)number + 1);
        oov_of->systems[number] = (struct system){
            .set = set,
            .embedder = arena_keep(&oov_of->texts, item->embedder),
            .kind = arena_keep(&oov_of->texts, kind_of(item)),
            .stage = item->stage,
            .method = arena_keep(&oov_of->texts, item->method),
        };
        oov_of->systems[number].stage.name = arena_keep(&oov_of->texts, item->stage.name);
    }
    return &oov_of->systems[number];
}

static void note_lacking(struct oov_of *oov_of, uint32_t set, const char *embedder, uint32_t number)
{
    char *name = mem_format("%u\t%s", set, embedder);
    uint32_t known = oov_of->lacking_by_name.n, at = map_put_text(&oov_of->lacking_by_name, name);
    free(name);
    if (at == known) {
        MEM_GROW(oov_of->lacking, oov_of->lacking_capacity, (size_t)at + 1);
        oov_of->lacking[at] =
            (struct lacking){.set = set, .embedder = arena_keep(&oov_of->texts, embedder)};
    }
    struct lacking *lacking = &oov_of->lacking[at];
    if (lacking->n > 0 && number <= lacking->items[lacking->n - 1]) {
        return; /* items come in the order of the set, once a stage: these were noted */
    }
    MEM_GROW(lacking->items, lacking->capacity, lacking->n + 1);
    lacking->items[lacking->n++] = number;
}

static enum outcome outcome_of(const char *status)
{
    return strcmp(status, "no-lemma") == 0                           ? NO_LEMMA
           : strcmp(status, "ok") == 0 || strcmp(status, "tie") == 0 ? ANSWERED
                                                                     : BACKED_OFF;
}

void oov_of_observe(struct oov_of *oov_of, const char *dataset, const struct result_item *item,
                    bool is_target)
{
    if (isnan(item->correct) || strcmp(item->status, "expected") == 0) {
        return;
    }
    uint32_t set = set_of(oov_of, dataset), number = item_of(oov_of, set, item);
    struct system *system = system_of(oov_of, set, item);
    size_t before = system->outcomes_capacity;
    MEM_GROW(system->outcomes, system->outcomes_capacity, (size_t)number + 1);
    memset(system->outcomes + before, UNSEEN, system->outcomes_capacity - before);
    MEM_GROW(system->earned, system->earned_capacity, (size_t)number + 1);
    system->earned[number] = (float)item->correct;
    system->outcomes[number] = (uint8_t)outcome_of(item->status);
    if (is_target && strcmp(item->status, "oov") == 0) {
        note_lacking(oov_of, set, item->embedder, number);
    }
}

/* What rows are written for: metric, policy, and the figures over all items. */
struct wanted {
    const char *suite, *metric, *policy;
    const struct result_items *so_far;
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The protocol of a system's figure over all items of the set; NULL: there is none. */
static const struct protocol *protocol_of(const struct oov_of *oov_of, const struct wanted *wanted,
                                          const struct system *system)
{
    const char *dataset = map_key(&oov_of->sets, system->set);
    for (uint64_t i = 0; i < wanted->so_far->n_rows; i++) {
        const struct figure *row = &wanted->so_far->rows[i];
        if (same(row->embedder, system->embedder) && same(row->dataset, dataset) &&
            same(row->suite, wanted->suite) && stage_same(&row->stage, &system->stage) &&
            same(row->method, system->method) && same(row->metric, wanted->metric) &&
            same(row->policy, wanted->policy) && split_is_all(&row->split)) {
            return row->protocol;
        }
    }
    return NULL;
}

/* The protocol over all items as one over n of them, without policy and version: what figures_row()
 * then completes again. */
static void narrow(const struct protocol *whole, const struct wanted *wanted, const char *dataset,
                   uint32_t n, const struct split *split, const char *interval,
                   struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, wanted->suite, dataset, n);
    for (uint32_t i = 0; i < whole->n; i++) {
        enum protocol_key key = whole->terms[i].key;
        bool own = key == PROTOCOL_SUITE || key == PROTOCOL_DATASET || key == PROTOCOL_ITEMS ||
                   key == PROTOCOL_POLICY || key == PROTOCOL_VERSION;
        if (key == PROTOCOL_INTERVAL) {
            protocol_add(ret_protocol, key, interval);
        } else if (!own) {
            protocol_add_term(ret_protocol, &whole->terms[i]);
        }
    }
    struct str text = {0};
    split_write(split, &text);
    protocol_add(ret_protocol, PROTOCOL_SPLIT, str_text(&text));
    str_finish(&text);
}

/* Adds the sums of each unit's items into the first places; returns how many there are, 0 where an
 * item has none or they are too few to be drawn: then nothing has changed. */
static uint32_t sum_units(const struct oov_of *oov_of, const struct lacking *lacking,
                          const uint32_t *numbers, enum protocol_unit unit, double *numerators,
                          double *denominators, uint32_t n)
{
    const uint32_t *units = unit ? oov_of->items[lacking->set].units[unit] : NULL;
    struct map seen = {0};
    uint32_t *of = mem_array((size_t)n + 1, sizeof *of), n_units = 0;
    bool all = units != NULL;
    for (uint32_t i = 0; i < n && all; i++) {
        uint32_t name = units[numbers[i]];
        all = name != MAP_NONE;
        of[i] = map_put(&seen, (const char *)&name, sizeof name);
    }
    if (all && seen.n >= BOOTSTRAP_FEW) {
        n_units = seen.n;
        for (uint32_t i = 0; i < n; i++) { /* of[i] <= i: its place was read before */
            double numerator = numerators[i], denominator = denominators[i];
            numerators[i] = denominators[i] = 0;
            numerators[of[i]] += numerator;
            denominators[of[i]] += denominator;
        }
    }
    map_finish(&seen);
    free(of);
    return n_units;
}

static struct interval interval_of(const struct suite_run *run, const double *numerators,
                                   const double *denominators, uint32_t n, uint32_t n_units)
{
    struct bootstrap plan = figures_plan(run);
    if (n_units == 0) {
        return bootstrap_share(&plan, numerators, denominators, n);
    }
    double numerator = 0, denominator = 0;
    for (uint32_t u = 0; u < n_units; u++) {
        numerator += numerators[u];
        denominator += denominators[u];
    }
    struct interval resampled = bootstrap_ratio(&plan, numerators, denominators, n_units);
    return plan.resamples ? share_interval(resampled, numerator / denominator * n_units, n_units,
                                           BOOTSTRAP_CONFIDENCE)
                          : resampled;
}

static void write_row(const struct oov_of *oov_of, const struct suite_run *run,
                      const struct wanted *wanted, const struct lacking *lacking,
                      const struct system *system)
{
    const char *metric = wanted->metric, *suite = wanted->suite, *policy = wanted->policy;
    double *numerators = mem_array(lacking->n + 1, sizeof *numerators), numerator = 0,
           denominator = 0;
    double *denominators = mem_array(lacking->n + 1, sizeof *denominators);
    uint32_t *numbers = mem_array(lacking->n + 1, sizeof *numbers);
    uint32_t n = 0, answered = 0;
    bool is_f1 = strcmp(metric, "f1") == 0;
    for (size_t i = 0; i < lacking->n; i++) {
        uint32_t item = lacking->items[i];
        uint8_t outcome = item < system->outcomes_capacity ? system->outcomes[item] : UNSEEN;
        if (outcome != UNSEEN) {
            bool answerable = !is_f1 || outcome != NO_LEMMA;
            numbers[n] = item;
            numerators[n] = 2 * (double)system->earned[item];
            denominators[n] = 1 + answerable;
            numerator += numerators[n];
            denominator += denominators[n++];
            answered += is_f1 ? answerable : outcome == ANSWERED;
        }
    }
    if (n > 0 && system->protocol) {
        const char *dataset = map_key(&oov_of->sets, lacking->set);
        const struct split split = {"oov-of", lacking->embedder, NULL};
        struct protocol protocol = {0};
        enum protocol_unit unit = protocol_unit_of(system->protocol);
        uint32_t n_units = sum_units(oov_of, lacking, numbers, unit, numerators, denominators, n);
        char *interval = n_units ? mem_format("%ss(%u)", protocol_unit_attributes[unit], n_units)
                                 : mem_text("instances");
        narrow(system->protocol, wanted, dataset, n, &split, interval, &protocol);
        free(interval);
        const struct figure row = {.suite = suite,
                                   .dataset = dataset,
                                   .embedder = system->embedder,
                                   .kind = system->kind,
                                   .stage = system->stage,
                                   .method = system->method};
        const struct measured figure = {metric,
                                        split,
                                        policy,
                                        numerator / denominator,
                                        interval_of(run, numerators, denominators, n, n_units),
                                        n,
                                        answered};
        figures_row(run, &row, &protocol, &figure);
        protocol_finish(&protocol);
    }
    free(numbers);
    free(numerators);
    free(denominators);
}

void oov_of_write(const struct oov_of *oov_of, const struct suite_run *run,
                  const struct result_items *so_far, const char *suite, const char *metric,
                  const char *policy)
{
    const struct wanted wanted = {suite, metric, policy, so_far};
    for (uint32_t s = 0; s < oov_of->systems_by_name.n; s++) { /* before rows are added */
        oov_of->systems[s].protocol = protocol_of(oov_of, &wanted, &oov_of->systems[s]);
    }
    for (uint32_t l = 0; l < oov_of->lacking_by_name.n; l++) {
        const struct lacking *lacking = &oov_of->lacking[l];
        for (uint32_t s = 0; s < oov_of->systems_by_name.n; s++) {
            if (oov_of->systems[s].set == lacking->set) {
                write_row(oov_of, run, &wanted, lacking, &oov_of->systems[s]);
            }
        }
    }
}
