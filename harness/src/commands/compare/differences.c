/* Tests the differences that a report's findings name. */
#include "commands/compare/differences.h"

#include "base/mem.h"
#include "commands/compare/stats.h"
#include "commands/compare/verdict.h"
#include "report/findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row as a system of the comparison, its records beside it. */
struct side {
    struct compare_system system;
    struct compare_records records;
    bool *counted; /* [lists.n] */
};

/* Which items of a set every one of its systems answered, as figures of policy "common" are of
 * these: [ids.n]. Where a report is of several runs, whose figures are of other items each, the
 * records do not make up the row, and the comparison says so. free() it. */
static bool *common_items(const struct outcomes *outcomes, uint32_t set)
{
    uint32_t n = outcomes->sets[set].ids.n, n_systems = 0;
    uint32_t *answers = mem_array((size_t)n + 1, sizeof *answers);
    bool *common = mem_array((size_t)n + 1, sizeof *common);
    for (uint32_t l = 0; l < outcomes->list_keys.n; l++) {
        const struct outcome_list *list = &outcomes->lists[l];
        for (uint32_t i = 0; list->set == set && i < list->n; i++) {
            answers[list->items[i] & OUTCOME_ITEM] += (list->items[i] & OUTCOME_ANSWERED) != 0;
        }
        n_systems += list->set == set;
    }
    for (uint32_t i = 0; i < n; i++) {
        common[i] = answers[i] == n_systems;
    }
    free(answers);
    return common;
}

/* common: the items to take; NULL: all. */
static void take_records(const struct outcomes *outcomes, const struct outcome_list *list,
                         const bool *common, struct map *lists, struct compare_records *records)
{
    const struct outcome_set *set = &outcomes->sets[list->set];
    records->items = mem_array((size_t)list->n + 1, sizeof *records->items);
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t number = list->items[i] & OUTCOME_ITEM;
        if (common && !common[number]) {
            continue;
        }
        uint32_t before = records->ids.n;
        uint32_t at = map_put(&records->ids, set->ids.names[number], set->ids.lengths[number]);
        bool rated = !isnan(set->golds[number]);
        if (at != before) {
            continue; /* the first of two: their figure is then not the row's, and no test is made
                       */
        }
        struct compare_item *item = &records->items[at];
        *item = (struct compare_item){
            .correct = rated ? NAN : list->values[i],
            .score = rated ? list->values[i] : NAN,
            .gold = set->golds[number],
            .answer = MAP_NONE,
            .label = MAP_NONE,
            .unit = MAP_NONE,
            .counts_in =
                set->counts_in[number] ? map_put_text(lists, set->counts_in[number]) : MAP_NONE,
            .metric = MAP_NONE,
            .answered = list->items[i] & OUTCOME_ANSWERED,
            .backed_off = list->items[i] & OUTCOME_BACKED_OFF,
        };
        for (int unit = PROTOCOL_BY_ITEM + 1; unit < PROTOCOL_N_UNITS; unit++) {
            item->units[unit] = set->units[unit][number];
        }
    }
}

static void side_init(struct side *side, const struct figure *row, const struct outcomes *outcomes)
{
    struct map lists = {0};
    bool own = true;
    const struct outcome_list *list = outcomes_of(outcomes, row, &own);
    *side = (struct side){.system = {.suite = row->suite,
                                     .dataset = row->dataset,
                                     .embedder = row->embedder,
                                     .kind = row->kind,
                                     .method = row->method,
                                     .stage = row->stage,
                                     .split = row->split,
                                     .split_number = MAP_NONE,
                                     .protocol = row->protocol,
                                     .metric = row->metric,
                                     .policy = row->policy,
                                     .signature = row->signature,
                                     .declared = metric_declared(row->suite, row->metric),
                                     .how = compare_kind_of(row),
                                     .unit = protocol_unit_of(row->protocol),
                                     .label = row->embedder,
                                     .value = row->value,
                                     .n = row->n,
                                     .metric_text = MAP_NONE}};
    if (list) {
        bool is_common = row->policy && strcmp(row->policy, "common") == 0;
        bool *common = is_common ? common_items(outcomes, list->set) : NULL;
        take_records(outcomes, list, common, &lists, &side->records);
        free(common);
        side->system.records = &side->records;
    }
    if (list && !own) {
        side->counted = mem_array((size_t)lists.n + 1, sizeof *side->counted);
        for (uint32_t l = 0; l < lists.n; l++) {
            const struct result_item item = {.dataset = "", .counts_in = map_key(&lists, l)};
            side->counted[l] = result_item_counts_in(&item, row->dataset);
        }
        side->system.counted = side->counted;
    }
    map_finish(&lists);
}

static void side_finish(struct side *side)
{
    map_finish(&side->records.ids);
    free(side->records.items);
    free(side->counted);
}

static const struct compare_settings settings = {.resamples = BOOTSTRAP_RESAMPLES,
                                                 .rounds = 10000,
                                                 .seed = 1,
                                                 .alpha = 0.05,
                                                 .power = 0.8,
                                                 .margin = NAN};

static struct comparison compare_rows(const struct result_tree *tree, const struct figure *a,
                                      const struct figure *b)
{
    const char *const names[] = {"the report"};
    bool has_records = tree->outcomes.n > 0;
    const struct compare_input input = {
        .reports = (const char **)names, .has_records = &has_records, .n_reports = 1};
    struct side sides[2];
    side_init(&sides[0], a, &tree->outcomes);
    side_init(&sides[1], b, &tree->outcomes);
    struct comparison c = compare_systems(&sides[0].system, &sides[1].system, &input, &settings);
    side_finish(&sides[0]);
    side_finish(&sides[1]);
    c.a = c.b = NULL;
    return c;
}

/* The figures shown, on their items. Those on common items cannot be made again in a report of
 * several runs or of a selection, which lacks records of some system: then those of own answers are
 * compared, on the items that both answered. */
static struct comparison compare_found(const struct result_tree *tree,
                                       const struct summary *summary, const struct finding *finding)
{
    struct comparison c = compare_rows(tree, finding_row(summary, finding, finding->rival),
                                       finding_row(summary, finding, finding->lead));
    const struct summary_suite *suite = &summary->suites[finding->suite];
    const struct figure *a = summary_cell(suite, finding->set, finding->rival)->beside;
    const struct figure *b = summary_cell(suite, finding->set, finding->lead)->beside;
    if (c.reason && a && b) {
        free(c.reason);
        c = compare_rows(tree, a, b);
    }
    return c;
}

static void keep(struct result_tree *tree, const struct summary *summary,
                 const struct finding *finding, struct comparison *c)
{
    struct paired_difference *kept = &tree->differences[tree->n_differences++];
    *kept = (struct paired_difference){
        .a = finding_row(summary, finding, finding->rival),
        .b = finding_row(summary, finding, finding->lead),
        .difference = c->difference,
        .low = c->interval.low,
        .high = c->interval.high,
        .p = c->corrected,
        .same = c->same,
        .margin = c->margin,
        .n = c->n,
        .units = c->units,
        .units_are = c->units_are,
        .test = compare_test_names[c->test],
        .reason = result_tree_text(tree, tree->outcomes.too_many
                                             ? "the records are too many; harness compare tests it"
                                         : c->reason   ? c->reason
                                         : isnan(c->p) ? "the test has no value here"
                                                       : NULL),
    };
}

/* Of a mean over several seeds there are no records; of figures over which no test is known
 * neither. */
void differences_test(struct result_tree *tree)
{
    struct summary summary;
    struct finding *findings;
    summary_init(&summary, tree);
    uint32_t n = findings_list(&summary, &findings), n_compared = 0;
    struct comparison *comparisons = mem_array((size_t)n + 1, sizeof *comparisons);
    uint32_t *of = mem_array((size_t)n + 1, sizeof *of);
    for (uint32_t i = 0; i < n && tree->outcomes.n > 0; i++) {
        const struct figure *a = finding_row(&summary, &findings[i], findings[i].rival);
        const struct figure *b = finding_row(&summary, &findings[i], findings[i].lead);
        if (a && b) {
            comparisons[n_compared] = compare_found(tree, &summary, &findings[i]);
            of[n_compared++] = i;
        }
    }
    compare_correct(comparisons, n_compared, true, &settings);
    free(tree->differences);
    tree->differences = mem_array((size_t)n_compared + 1, sizeof *tree->differences);
    tree->n_differences = 0;
    for (uint32_t i = 0; i < n_compared; i++) {
        keep(tree, &summary, &findings[of[i]], &comparisons[i]);
        free(comparisons[i].reason);
    }
    free(of);
    free(comparisons);
    free(findings);
    summary_finish(&summary);
}
