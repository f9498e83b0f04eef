/* Reads the reports to be compared into systems and their records. */
#include "commands/compare/read.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/pairs.h"
#include "report/figure_text.h"
#include "report/stored/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct compare_input *input;
    const char *cluster;
    uint32_t report;
    bool found; /* an item has that attribute */
};

static const char *keep(struct compare_input *input, const char *text)
{
    return arena_keep(&input->texts, text);
}

enum compare_kind compare_kind_of(const struct figure *row)
{
    const struct metric *metric = metric_declared(row->suite, row->metric);
    switch (metric ? metric->records : METRIC_NOT_OF_RECORDS) {
    case METRIC_F1:
    case METRIC_SHARE_CORRECT:
        return COMPARE_SHARE;
    case METRIC_PEARSON:
    case METRIC_SPEARMAN:
        return COMPARE_CORRELATION;
    case METRIC_V_MEASURE:
    case METRIC_PAIRED_F:
    case METRIC_ADJUSTED_RAND:
        return COMPARE_AGREEMENT;
    case METRIC_MEAN_SCORE:
        return COMPARE_MEAN;
    default:
        return COMPARE_UNKNOWN;
    }
}

/* Policies by which a figure is not one of the items that a system answered, pair by pair: others'
 * vocabulary, zeros for what is missing, answers without their back-off, what chance gives. */
static bool is_comparable_policy(const char *policy)
{
    static const char *const others[] = {"zero", "common", "none", "baseline", "adjusted"};
    for (size_t i = 0; policy && i < sizeof others / sizeof *others; i++) {
        if (strcmp(policy, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static char *system_key(uint32_t report, const struct figure *row, const char *split)
{
    return mem_format("%u\t%s\t%s\t%s\t%s\t%s\t%s\t%s", report, row->suite, row->dataset,
                      row->embedder, row->stage.name ? row->stage.name : "", row->method,
                      row->metric, split);
}

/* Rows of all items and of the splits asked for are systems, the first of each kind. */
static void take_row(struct reading *reading, const struct figure *row)
{
    struct compare_input *input = reading->input;
    bool of_all = split_is_all(&row->split);
    bool of_records = input->splits.names.n > 0 && compare_kind_of(row) != COMPARE_UNKNOWN &&
                      is_comparable_policy(row->policy);
    uint32_t split = compare_splits_row(&input->splits, row, of_records, &input->texts);
    if (!of_all && split == MAP_NONE) {
        return;
    }
    if (!is_comparable_policy(row->policy)) {
        map_put_text(&input->left_out, row->policy);
        return;
    }
    if (row->seeds) { /* a mean over runs; the records are those of each run */
        map_put_text(&input->means, row->embedder);
        return;
    }
    char *key = system_key(reading->report, row, row->split.text);
    uint32_t known = input->keys.n, number = map_put_text(&input->keys, key);
    free(key);
    if (number != known) {
        return;
    }
    MEM_GROW(input->systems, input->capacity, (size_t)known + 1);
    input->systems[input->n++] = (struct compare_system){
        .suite = keep(input, row->suite),
        .dataset = keep(input, row->dataset),
        .embedder = keep(input, row->embedder),
        .kind = keep(input, row->kind),
        .stage = {keep(input, row->stage.name ? row->stage.name : ""), row->stage.block,
                  row->stage.part},
        .split = {keep(input, row->split.axis), keep(input, row->split.value),
                  keep(input, row->split.text)},
        .split_number = of_all ? MAP_NONE : split,
        .asked = of_all ? input->splits.names.n == 0 || split != MAP_NONE : true,
        .method = keep(input, row->method),
        .metric = keep(input, row->metric),
        .policy = keep(input, row->policy),
        .signature = keep(input, row->signature),
        .declared = metric_declared(row->suite, row->metric),
        .protocol = protocol_copy(&input->texts, row->protocol),
        .how = compare_kind_of(row),
        .unit = reading->cluster ? PROTOCOL_BY_ITEM : protocol_unit_of(row->protocol),
        .report = reading->report,
        .value = row->value,
        .n = row->n,
        .is_baseline = strcmp(row->kind, "baseline") == 0,
        .metric_text = MAP_NONE,
    };
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

/* The records that an item joins, made if they are new. */
static struct compare_records *records_of(struct reading *reading, const struct result_item *item)
{
    struct compare_input *input = reading->input;
    const char *stage = item->stage.name ? item->stage.name : "";
    char *key = mem_format("%u\t%s\t%s\t%s\t%s\t%s", reading->report, item->suite, item->dataset,
                           item->embedder, stage, item->method);
    uint32_t known = input->record_keys.n, number = map_put_text(&input->record_keys, key);
    free(key);
    if (number == known) {
        MEM_GROW(input->records, input->records_capacity, (size_t)known + 1);
        input->records[input->n_records++] =
            (struct compare_records){.suite = keep(input, item->suite),
                                     .dataset = keep(input, item->dataset),
                                     .embedder = keep(input, item->embedder),
                                     .stage = keep(input, stage),
                                     .method = keep(input, item->method),
                                     .report = reading->report};
    }
    return &input->records[number];
}

static uint32_t word_of(struct compare_input *input, const char *text)
{
    return text ? map_put_text(&input->words, text) : MAP_NONE;
}

/* A unit's name, kept once. */
static const char *unit_text(struct compare_input *input, const char *text)
{
    return text ? map_key(&input->words, word_of(input, text)) : NULL;
}

/* What groups are judged by, where nothing is right or rated: group, sense, and the lemma with its
 * part of speech. */
static void take_group(struct compare_input *input, const struct result_item *item,
                       struct compare_item *kept)
{
    const char *lemma = attribute(item, "lemma"), *pos = attribute(item, "pos");
    if (!lemma || !pos || !item->gold) {
        return;
    }
    char *unit = mem_format("%s\t%s", lemma, pos);
    kept->unit = word_of(input, unit);
    kept->answer = word_of(input, item->answer);
    kept->label = word_of(input, item->gold);
    free(unit);
}

static int take_item(void *ctx, const struct result_item *item)
{
    struct reading *reading = ctx;
    struct compare_input *input = reading->input;
    struct compare_records *records = records_of(reading, item);
    uint32_t known = records->ids.n;
    if (map_put_text(&records->ids, item->id) != known) {
        return error_set(ERR_REQUEST, "id \"%s\" of %s occurred before", item->id, item->embedder);
    }
    MEM_GROW(records->items, records->capacity, (size_t)known + 1);
    struct compare_item *kept = &records->items[known];
    *kept = (struct compare_item){.correct = item->correct,
                                  .score = item->score,
                                  .gold = item->gold_score,
                                  .answer = MAP_NONE,
                                  .label = MAP_NONE,
                                  .unit = MAP_NONE,
                                  .counts_in = MAP_NONE,
                                  .metric = word_of(input, attribute(item, "metric")),
                                  .splits = compare_splits_item(&input->splits, item)};
    bool expected = item->status && strcmp(item->status, "expected") == 0;
    kept->answered = isnan(kept->gold) ? item->answer != NULL || expected : !isnan(kept->score);
    kept->backed_off = item->status && strcmp(item->status, "backoff") == 0;
    if (item->counts_in) {
        kept->counts_in = map_put_text(&input->lists, item->counts_in);
    }
    if (isnan(item->correct) && isnan(item->gold_score)) {
        take_group(input, item, kept);
    }
    for (int unit = PROTOCOL_BY_ITEM + 1; unit < PROTOCOL_N_UNITS && !reading->cluster; unit++) {
        kept->units[unit] = unit_text(input, attribute(item, protocol_unit_attributes[unit]));
    }
    if (reading->cluster) {
        kept->units[PROTOCOL_BY_ITEM] = unit_text(input, attribute(item, reading->cluster));
        reading->found |= kept->units[PROTOCOL_BY_ITEM] != NULL;
    }
    return 0;
}

static int read_report(struct reading *reading, const char *path)
{
    struct result_tree tree;
    int status = report_read(path, &tree);
    if (status) {
        return status;
    }
    for (size_t i = 0; i < tree.n_rows; i++) {
        take_row(reading, &tree.rows[i]);
    }
    reading->input->has_records[reading->report] = tree.run.items != NULL;
    status = report_read_items(path, &tree, take_item, reading);
    result_tree_finish(&tree);
    return status;
}

/* Rows and their records. */

static bool lists(const char *names, const char *dataset)
{
    const struct result_item item = {.dataset = "", .counts_in = names};
    return result_item_counts_in(&item, dataset);
}

/* Does the row have records among these? Items of its own data set, or items that count in it. */
static bool is_made_of(const struct compare_system *system, const struct compare_records *records,
                       const bool *counted, bool own)
{
    if (records->report != system->report || strcmp(records->suite, system->suite) != 0 ||
        strcmp(records->embedder, system->embedder) != 0 ||
        strcmp(records->stage, system->stage.name) != 0 ||
        strcmp(records->method, system->method) != 0) {
        return false;
    }
    if (own) {
        return strcmp(records->dataset, system->dataset) == 0;
    }
    for (uint32_t i = 0; i < records->ids.n; i++) {
        if (records->items[i].counts_in != MAP_NONE && counted[records->items[i].counts_in]) {
            return true;
        }
    }
    return false;
}

/* A row's own data set comes first: the records of a set that another set has as a part are not
 * those of the part. */
static void find_records(struct compare_input *input, uint32_t s)
{
    struct compare_system *system = &input->systems[s];
    bool *counted = mem_array((size_t)input->lists.n + 1, sizeof *counted);
    for (uint32_t l = 0; l < input->lists.n; l++) {
        counted[l] = lists(map_key(&input->lists, l), system->dataset);
    }
    for (int own = 1; own >= 0 && !system->records; own--) {
        for (uint32_t r = 0; r < input->n_records && !system->records; r++) {
            if (is_made_of(system, &input->records[r], counted, own)) {
                system->records = &input->records[r];
                system->counted = own ? NULL : counted;
            }
        }
    }
    system->metric_text = map_find_text(&input->words, system->metric);
    input->memberships[s] = counted;
    if (system->split_number != MAP_NONE) {
        system->in_split = input->splits.members[system->split_number];
    }
}

bool compare_counts(const struct compare_system *system, const struct compare_item *item)
{
    return (!system->counted ||
            (item->counts_in != MAP_NONE && system->counted[item->counts_in])) &&
           (item->metric == MAP_NONE || item->metric == system->metric_text) &&
           (!system->in_split || system->in_split[item->splits]);
}

uint32_t compare_n_records(const struct compare_system *system)
{
    uint32_t n = 0;
    for (uint32_t i = 0; system->records && i < system->records->ids.n; i++) {
        n += compare_counts(system, &system->records->items[i]);
    }
    return n;
}

/* The row of all items says what n is; where there is none, it is taken to be records. */
static void look_at_n(struct compare_input *input, struct compare_system *system)
{
    const struct figure row = {.suite = system->suite,
                               .dataset = system->dataset,
                               .embedder = system->embedder,
                               .stage = system->stage,
                               .method = system->method,
                               .metric = system->metric};
    char *key = system_key(system->report, &row, SPLIT_ALL_TEXT);
    uint32_t number = map_find_text(&input->keys, key);
    const struct compare_system *all = number == MAP_NONE ? NULL : &input->systems[number];
    system->n_is_records = !all || compare_n_records(all) == all->n;
    free(key);
}

int compare_read(const struct compare_request *request, struct compare_input *ret_input)
{
    const char *cluster = request->cluster;
    struct compare_input input = {.n_reports = request->n_paths};
    input.reports = mem_array((size_t)input.n_reports + 1, sizeof *input.reports);
    input.has_records = mem_array((size_t)input.n_reports + 1, sizeof *input.has_records);
    compare_splits_init(&input.splits, request->splits, request->n_splits);
    int status = 0;
    bool found = !cluster || strcmp(cluster, "item") == 0, has_records = false;
    for (uint32_t i = 0; !status && i < input.n_reports; i++) {
        struct reading reading = {&input, cluster, i, false};
        char *name = data_set_name(request->paths[i]);
        input.reports[i] = keep(&input, name);
        free(name);
        status = read_report(&reading, request->paths[i]);
        found |= reading.found;
        has_records |= input.has_records[i];
    }
    status = status ? status : compare_splits_close(&input.splits, has_records);
    if (!status && !found) {
        status = error_set(ERR_REQUEST,
                           "--cluster: found \"%s\", which no record has; expected an attribute of "
                           "the records, such as document or lemma, or item",
                           cluster);
    }
    if (status) {
        compare_input_finish(&input);
        return status;
    }
    input.memberships = mem_array((size_t)input.n + 1, sizeof *input.memberships);
    for (uint32_t s = 0; s < input.n; s++) {
        find_records(&input, s);
    }
    for (uint32_t s = 0; s < input.n; s++) {
        if (input.systems[s].split_number != MAP_NONE) {
            look_at_n(&input, &input.systems[s]);
        }
    }
    *ret_input = input;
    return 0;
}

void compare_input_finish(struct compare_input *input)
{
    for (uint32_t i = 0; i < input->n_records; i++) {
        map_finish(&input->records[i].ids);
        free(input->records[i].items);
    }
    for (uint32_t s = 0; input->memberships && s < input->n; s++) {
        free(input->memberships[s]);
    }
    free(input->memberships);
    free(input->systems);
    free(input->records);
    free(input->reports);
    free(input->has_records);
    map_finish(&input->keys);
    map_finish(&input->means);
    map_finish(&input->left_out);
    map_finish(&input->record_keys);
    map_finish(&input->words);
    map_finish(&input->lists);
    compare_splits_finish(&input->splits);
    arena_finish(&input->texts);
    *input = (struct compare_input){0};
}

void compare_add_left_out(const struct compare_input *input, const char *begin, struct str *text)
{
    for (uint32_t p = 0; p < input->left_out.n; p++) {
        str_format(text, "%s%s", p ? ", " : begin, map_key(&input->left_out, p));
    }
    str_add(text, input->left_out.n ? " are left out: they are not of the items answered" : "");
}
