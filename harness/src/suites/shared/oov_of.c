/* Keeps what every system earned on each item, and scores all on what one embedder lacks. */
#include "suites/shared/oov_of.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/figure_text.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What became of an item. */
enum outcome { UNSEEN, NO_LEMMA, BACKED_OFF, ANSWERED };

/* One embedder at one stage with one method on one data set. */
struct system {
    uint32_t set;
    char *embedder, *kind, *method;
    struct stage stage;              /* owned */
    const struct protocol *protocol; /* of its figure over all items; NULL */
    float *earned;                   /* [items of the set] */
    uint8_t *outcomes;               /* [items of the set] enum outcome */
    size_t earned_capacity, outcomes_capacity;
};

/* Which items of a set an embedder lacks. */
struct lacking {
    uint32_t set;
    char *embedder;
    uint32_t *items; /* [n] in order of appearance; an item may occur once a stage */
    size_t n, capacity;
};

struct oov_of {
    struct map sets; /* data sets */
    struct map *ids; /* [sets.n] their items */
    size_t ids_capacity;
    struct map systems_by_name, lacking_by_name;
    struct system *systems; /* [systems_by_name.n] */
    size_t systems_capacity;
    struct lacking *lacking; /* [lacking_by_name.n] */
    size_t lacking_capacity;
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
        struct system *system = &oov_of->systems[i];
        free(system->embedder);
        free(system->kind);
        stage_finish(&system->stage);
        free(system->method);
        free(system->earned);
        free(system->outcomes);
    }
    for (uint32_t i = 0; i < oov_of->lacking_by_name.n; i++) {
        free(oov_of->lacking[i].embedder);
        free(oov_of->lacking[i].items);
    }
    for (uint32_t i = 0; i < oov_of->sets.n; i++) {
        map_finish(&oov_of->ids[i]);
    }
    free(oov_of->systems);
    free(oov_of->lacking);
    free(oov_of->ids);
    map_finish(&oov_of->sets);
    map_finish(&oov_of->systems_by_name);
    map_finish(&oov_of->lacking_by_name);
    free(oov_of);
}

static uint32_t set_of(struct oov_of *oov_of, const char *dataset)
{
    uint32_t known = oov_of->sets.n, set = map_put_text(&oov_of->sets, dataset);
    if (set == known) {
        MEM_GROW(oov_of->ids, oov_of->ids_capacity, (size_t)set + 1);
        oov_of->ids[set] = (struct map){0};
    }
    return set;
}

static const char *kind_of(const struct result_item *item)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        if (strcmp(item->attributes[i].name, "kind") == 0) {
            return item->attributes[i].value;
        }
    }
    return "unknown"; /* no suite that asks leaves it out */
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
            .embedder = mem_text(item->embedder),
            .kind = mem_text(kind_of(item)),
            .stage = stage_copy(&item->stage),
            .method = mem_text(item->method),
        };
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
        oov_of->lacking[at] = (struct lacking){.set = set, .embedder = mem_text(embedder)};
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
    uint32_t set = set_of(oov_of, dataset), number = map_put_text(&oov_of->ids[set], item->id);
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
                   uint32_t n, const struct split *split, struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, wanted->suite, dataset, n);
    for (uint32_t i = 0; i < whole->n; i++) {
        enum protocol_key key = whole->terms[i].key;
        bool own = key == PROTOCOL_SUITE || key == PROTOCOL_DATASET || key == PROTOCOL_ITEMS ||
                   key == PROTOCOL_POLICY || key == PROTOCOL_VERSION;
        if (!own) {
            protocol_add_term(ret_protocol, &whole->terms[i]);
        }
    }
    struct str text = {0};
    split_write(split, &text);
    protocol_add(ret_protocol, PROTOCOL_SPLIT, str_text(&text));
    str_finish(&text);
}

static void write_row(const struct oov_of *oov_of, const struct suite_run *run,
                      const struct wanted *wanted, const struct lacking *lacking,
                      const struct system *system)
{
    const char *metric = wanted->metric, *suite = wanted->suite, *policy = wanted->policy;
    double *numerators = mem_array(lacking->n + 1, sizeof *numerators), numerator = 0,
           denominator = 0;
    double *denominators = mem_array(lacking->n + 1, sizeof *denominators);
    uint32_t n = 0, answered = 0;
    bool is_f1 = strcmp(metric, "f1") == 0;
    for (size_t i = 0; i < lacking->n; i++) {
        uint32_t item = lacking->items[i];
        uint8_t outcome = item < system->outcomes_capacity ? system->outcomes[item] : UNSEEN;
        if (outcome != UNSEEN) {
            bool answerable = !is_f1 || outcome != NO_LEMMA;
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
        narrow(system->protocol, wanted, dataset, n, &split, &protocol);
        const struct figure row = {.suite = suite,
                                   .dataset = dataset,
                                   .embedder = system->embedder,
                                   .kind = system->kind,
                                   .stage = system->stage,
                                   .method = system->method};
        struct bootstrap plan = figures_plan(run);
        const struct measured figure = {metric,
                                        split,
                                        policy,
                                        numerator / denominator,
                                        bootstrap_share(&plan, numerators, denominators, n),
                                        n,
                                        answered};
        figures_row(run, &row, &protocol, &figure);
        protocol_finish(&protocol);
    }
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
