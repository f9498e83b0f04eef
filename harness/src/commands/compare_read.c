#include "commands/compare_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/json.h"
#include "data/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_SCHEMA "harness-report/1"

struct reading {
    struct compare_input *input;
    const char *metric, *cluster;
    uint32_t report;
};

static const char *keep(struct compare_input *input, const char *text)
{
    return text ? arena_text(&input->texts, text, strlen(text)) : NULL;
}

/* The system that a row or an item belongs to, made if it is new. */
static struct compare_system *system_of(struct reading *reading, const json *value)
{
    struct compare_input *input = reading->input;
    const char *suite = jsonr_get_text(value, "suite", "");
    const char *dataset = jsonr_get_text(value, "dataset", "");
    const char *embedder = jsonr_get_text(value, "embedder", "");
    const char *stage = jsonr_get_text(value, "stage", "");
    const char *method = jsonr_get_text(value, "method", "");
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
                        const char *metric, const json *row)
{
    if (strcmp(jsonr_get_text(row, "split", "all"), "all") != 0) {
        return false;
    }
    bool known = is_correlation(metric)
                     ? strcmp(metric, reading->metric) == 0
                     : strcmp(metric, "f1") == 0 || strncmp(metric, "accuracy", 8) == 0;
    bool replaces =
        !system->metric || (strcmp(metric, "f1") == 0 && strcmp(system->metric, "f1") != 0);
    return known && replaces;
}

static void take_row(struct reading *reading, const json *row)
{
    const char *metric = jsonr_get_text(row, "metric", "");
    const char *embedder = jsonr_get_text(row, "embedder", "");
    if (strcmp(embedder, "baseline") == 0) {
        return;
    }
    struct compare_system *system = system_of(reading, row);
    if (is_headline(reading, system, metric, row)) {
        system->metric = keep(reading->input, metric);
        system->signature = keep(reading->input, jsonr_get_text(row, "signature", ""));
        system->value = jsonr_get_real(row, "value", NAN);
    }
}

static int take_item(struct reading *reading, const json *value, const char *path, uint64_t line)
{
    const char *id = jsonr_get_text(value, "id", NULL);
    if (!id || !jsonr_get_text(value, "dataset", NULL)) {
        return error_set(ERR_REQUEST,
                         "%s:%llu: found no id or data set, expected a per-item record", path,
                         (unsigned long long)line);
    }
    struct compare_system *system = system_of(reading, value);
    uint32_t known = system->ids.n;
    if (map_put_text(&system->ids, id) != known) {
        return error_set(ERR_REQUEST, "%s:%llu: id \"%s\" of %s occurred before", path,
                         (unsigned long long)line, id, system->embedder);
    }
    MEM_GROW(system->items, system->room, (size_t)known + 1);
    const json *attributes = jsonr_get(value, "attributes");
    struct compare_item *item = &system->items[known];
    *item = (struct compare_item){.correct = jsonr_get_real(value, "correct", NAN),
                                  .score = jsonr_get_real(value, "score", NAN),
                                  .gold = jsonr_get_real(value, "gold_score", NAN)};
    item->answered =
        isnan(item->gold) ? jsonr_get_text(value, "answer", NULL) != NULL : !isnan(item->score);
    if (reading->cluster) {
        item->cluster = keep(reading->input, jsonr_get_text(attributes, reading->cluster, NULL));
    }
    return 0;
}

static int read_items(struct reading *reading, const char *path)
{
    struct str text = {0};
    int error = file_read(path, &text);
    struct slice rest = {str_text(&text), text.n}, line;
    for (uint64_t number = 1; !error && slice_line(&rest, &line); number++) {
        json *value;
        error = jsonr_read_text(line.text, line.n, path, &value);
        if (error) {
            error = error_context(error, "line %llu", (unsigned long long)number);
        } else {
            error = take_item(reading, value, path, number);
            jsonr_free(value);
        }
    }
    str_finish(&text);
    return error;
}

static int read_report(struct reading *reading, const char *path)
{
    json *report;
    int error = jsonr_read_file(path, &report);
    if (error) {
        return error;
    }
    const char *schema = jsonr_get_text(report, "schema", "nothing");
    const json *rows = jsonr_get(report, "results");
    if (strcmp(schema, REPORT_SCHEMA) != 0 || !jsonr_is_array(rows)) {
        error =
            error_set(ERR_REQUEST, "%s: found schema \"%s\", expected a report of schema \"%s\"",
                      path, schema, REPORT_SCHEMA);
    }
    for (size_t i = 0; !error && i < jsonr_length(rows); i++) {
        take_row(reading, jsonr_at(rows, i));
    }
    const char *items = error ? NULL : jsonr_get_text(report, "items", NULL);
    if (items) {
        char *folder = file_folder(path);
        char *beside = items[0] == '/' ? mem_text(items) : file_join(folder, items);
        error = read_items(reading, beside);
        free(beside);
        free(folder);
    }
    jsonr_free(report);
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
