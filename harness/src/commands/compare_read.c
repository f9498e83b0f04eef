#include "commands/compare_read.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/pairs.h"
#include "report/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct compare_input *input;
    const char *metric, *cluster;
    uint32_t report;
};

static const char *keep(struct compare_input *input, const char *text)
{
    return text ? arena_text(&input->texts, text, strlen(text)) : NULL;
}

/* The system that a row or an item belongs to, made if it is new. stage may be NULL. */
static struct compare_system *system_of(struct reading *reading, const char *suite,
                                        const char *dataset, const char *embedder,
                                        const char *stage, const char *method)
{
    struct compare_input *input = reading->input;
    stage = stage ? stage : "";
    char *key = mem_format("%u\t%s\t%s\t%s\t%s\t%s", reading->report, suite, dataset, embedder,
                           stage, method);
    uint32_t known = input->keys.n, number = map_put_text(&input->keys, key);
    free(key);
    if (number == known) {
        MEM_GROW(input->systems, input->room, (size_t)known + 1);
        input->systems[input->n++] = (struct compare_system){.suite = keep(input, suite),
                                                             .dataset = keep(input, dataset),
                                                             .embedder = keep(input, embedder),
                                                             .stage = keep(input, stage),
                                                             .method = keep(input, method),
                                                             .report = reading->report,
                                                             .value = NAN};
    }
    return &input->systems[number];
}

static bool is_correlation(const char *metric)
{
    return strcmp(metric, "spearman") == 0 || strcmp(metric, "pearson") == 0;
}

/* Is this row the one that stands for its system? All items, f1 before accuracy, policy skip first.
 */
static bool is_headline(const struct reading *reading, const struct compare_system *system,
                        const struct result_row *row)
{
    const char *metric = row->metric;
    if (strcmp(row->split, "all") != 0) {
        return false;
    }
    bool known = is_correlation(metric)
                     ? strcmp(metric, reading->metric) == 0
                     : strcmp(metric, "f1") == 0 || strncmp(metric, "accuracy", 8) == 0;
    bool replaces =
        !system->metric || (strcmp(metric, "f1") == 0 && strcmp(system->metric, "f1") != 0);
    return known && replaces;
}

static void take_row(struct reading *reading, const struct result_row *row)
{
    if (strcmp(row->embedder, "baseline") == 0) {
        return;
    }
    struct compare_system *system =
        system_of(reading, row->suite, row->dataset, row->embedder, row->stage, row->method);
    if (is_headline(reading, system, row)) {
        system->metric = keep(reading->input, row->metric);
        system->signature = keep(reading->input, row->signature);
        system->value = row->value;
    }
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

static int take_item(void *ctx, const struct result_item *item)
{
    struct reading *reading = ctx;
    struct compare_system *system =
        system_of(reading, item->suite, item->dataset, item->embedder, item->stage, item->method);
    uint32_t known = system->ids.n;
    if (map_put_text(&system->ids, item->id) != known) {
        return error_set(ERR_REQUEST, "id \"%s\" of %s occurred before", item->id,
                         system->embedder);
    }
    MEM_GROW(system->items, system->room, (size_t)known + 1);
    struct compare_item *kept = &system->items[known];
    *kept = (struct compare_item){
        .correct = item->correct, .score = item->score, .gold = item->gold_score};
    kept->answered = isnan(kept->gold) ? item->answer != NULL : !isnan(kept->score);
    if (reading->cluster) {
        kept->cluster = keep(reading->input, attribute(item, reading->cluster));
    }
    return 0;
}

static int read_report(struct reading *reading, const char *path)
{
    struct result_tree tree;
    int error = report_read(path, &tree);
    if (error) {
        return error;
    }
    for (size_t i = 0; i < tree.n_rows; i++) {
        take_row(reading, &tree.rows[i]);
    }
    error = report_read_items(path, &tree, take_item, reading);
    result_tree_finish(&tree);
    return error;
}

int compare_read(const char *const *paths, uint32_t n_paths, const char *metric,
                 const char *cluster, struct compare_input *ret_input)
{
    struct compare_input input = {.n_reports = n_paths};
    input.reports = mem_array((size_t)n_paths + 1, sizeof *input.reports);
    int error = 0;
    for (uint32_t i = 0; !error && i < n_paths; i++) {
        struct reading reading = {&input, metric, cluster, i};
        char *name = data_set_name(paths[i]);
        input.reports[i] = keep(&input, name);
        free(name);
        error = read_report(&reading, paths[i]);
    }
    if (error) {
        compare_input_finish(&input);
        return error;
    }
    *ret_input = input;
    return 0;
}

void compare_input_finish(struct compare_input *input)
{
    for (uint32_t i = 0; i < input->n; i++) {
        map_finish(&input->systems[i].ids);
        free(input->systems[i].items);
    }
    free(input->systems);
    free(input->reports);
    map_finish(&input->keys);
    arena_finish(&input->texts);
    *input = (struct compare_input){0};
}
