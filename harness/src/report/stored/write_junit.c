/*
 * write_junit.c - a report for continuous-integration dashboards, as JUnit XML: a <testsuite> per
 * embedder (and one for the baselines), in it a <testcase> for its run, which fails where the
 * embedder failed, and one per figure of all items, with the figure in <system-out>. A figure
 * without a value is skipped.
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/xml.h"
#include "report/row_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct totals {
    size_t tests, failures, skipped;
    double seconds;
};

static bool is_case(const struct figure *row)
{
    return split_is_all(&row->split);
}

/* Rows of one embedder. */
struct cases {
    const struct figure *const *rows; /* [n] */
    size_t n;
};

static struct cases cases_of(const struct row_groups *groups, const char *embedder)
{
    uint32_t number = map_find_text(&groups->names, embedder);
    if (number == MAP_NONE) {
        return (struct cases){0};
    }
    size_t first = number ? groups->ends[number - 1] : 0;
    return (struct cases){groups->rows + first, groups->ends[number] - first};
}

static bool is_ok(const struct embedder_facts *facts)
{
    return facts->status && strcmp(facts->status, "ok") == 0;
}

/* facts NULL: no embedder of the list, baselines. */
static struct totals count(struct cases cases, const struct embedder_facts *facts)
{
    struct totals totals = {0};
    if (facts) {
        totals.tests = 1;
        totals.failures = !is_ok(facts);
        totals.seconds = isfinite(facts->seconds) ? facts->seconds : 0;
    }
    for (size_t i = 0; i < cases.n; i++) {
        if (is_case(cases.rows[i])) {
            totals.tests++;
            totals.skipped += isnan(cases.rows[i]->value);
        }
    }
    return totals;
}

static void write_number(struct xml_writer *xml, const char *name, size_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    xml_attribute(xml, name, text);
}

static void seconds(struct xml_writer *xml, double value)
{
    char text[NUM_TEXT_MAX];
    xml_attribute(xml, "time", num_text(round(value * 1000) / 1000, text));
}

static void write_totals(struct xml_writer *xml, const struct totals *totals)
{
    write_number(xml, "tests", totals->tests);
    write_number(xml, "failures", totals->failures);
    write_number(xml, "errors", 0);
    write_number(xml, "skipped", totals->skipped);
    seconds(xml, totals->seconds);
}

static void property(struct xml_writer *xml, const char *name, const char *value)
{
    if (value) {
        xml_start(xml, "property");
        xml_attribute(xml, "name", name);
        xml_attribute(xml, "value", value);
        xml_end(xml);
    }
}

static void write_properties(struct xml_writer *xml, const struct result_tree *tree,
                             const struct embedder_facts *facts)
{
    xml_start(xml, "properties");
    property(xml, "command", tree->run.command);
    property(xml, "harness", tree->run.version);
    if (facts) {
        property(xml, "plugin", facts->plugin);
        property(xml, "options", facts->options);
        property(xml, "kind", facts->kind);
        property(xml, "model_sha256", facts->model_sha256);
    }
    xml_end(xml);
}

static void write_outcome(struct xml_writer *xml, const struct embedder_facts *facts)
{
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", facts->name);
    xml_attribute(xml, "name", "run");
    seconds(xml, isfinite(facts->seconds) ? facts->seconds : 0);
    if (!is_ok(facts)) {
        const char *error = facts->error ? facts->error : "";
        xml_start(xml, "failure");
        xml_attribute(xml, "type", facts->status ? facts->status : "unknown");
        xml_attribute(xml, "message", error);
        xml_text(xml, error);
        xml_end(xml);
    }
    xml_end(xml);
}

static void write_figure(struct xml_writer *xml, const struct figure *row)
{
    char buffer[NUM_TEXT_MAX];
    char *class = mem_format("%s.%s.%s", row->embedder, row->suite, row->dataset);
    struct str text = {0};
    str_format(&text, "%s %s%s%s%s%s", row->metric, row->method, row->stage.name ? " stage " : "",
               row->stage.name ? row->stage.name : "", row->policy ? " policy " : "",
               row->policy ? row->policy : "");
    xml_start(xml, "testcase");
    xml_attribute(xml, "classname", class);
    xml_attribute(xml, "name", str_text(&text));
    seconds(xml, 0);
    if (isnan(row->value)) {
        xml_start(xml, "skipped");
        xml_attribute(xml, "message", row->reason ? row->reason : "no value");
        xml_end(xml);
    } else {
        str_clear(&text);
        str_add(&text, num_text(row->value, buffer));
        if (isfinite(row->low) && isfinite(row->high)) {
            str_format(&text, " [%s, ", num_text(row->low, buffer));
            str_format(&text, "%s]", num_text(row->high, buffer));
        }
        if (isfinite(row->sd)) {
            str_format(&text, " sd=%s seeds=%s", num_text(row->sd, buffer), row->seeds);
        }
        str_format(&text, " n=%llu", (unsigned long long)row->n);
        if (row->answered < row->n) {
            str_format(&text, " answered=%llu", (unsigned long long)row->answered);
        }
        str_format(&text, "%s%s\n%s", row->reason ? " " : "", row->reason ? row->reason : "",
                   row->signature);
        xml_start(xml, "system-out");
        xml_text(xml, str_text(&text));
        xml_end(xml);
    }
    xml_end(xml);
    str_finish(&text);
    free(class);
}

static void write_suite(struct xml_writer *xml, const struct result_tree *tree, struct cases cases,
                        const char *embedder, const struct embedder_facts *facts)
{
    struct totals totals = count(cases, facts);
    char started[32];
    snprintf(started, sizeof started, "%s", tree->run.started ? tree->run.started : "");
    started[strcspn(started, "Z")] = '\0'; /* JUnit's time stamps have no zone */
    xml_start(xml, "testsuite");
    xml_attribute(xml, "name", embedder);
    write_totals(xml, &totals);
    xml_attribute(xml, "timestamp", started);
    write_properties(xml, tree, facts);
    if (facts) {
        write_outcome(xml, facts);
    }
    for (size_t i = 0; i < cases.n; i++) {
        if (is_case(cases.rows[i])) {
            write_figure(xml, cases.rows[i]);
        }
    }
    xml_end(xml);
}

/* Embedders of rows that are not in the list of embedders: "baseline". */
static void find_others(const struct result_tree *tree, struct map *others)
{
    struct map known = {0};
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        map_put_text(&known, tree->embedders[i].name);
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        if (map_find_text(&known, row->embedder) == MAP_NONE && is_case(row)) {
            map_put_text(others, row->embedder);
        }
    }
    map_finish(&known);
}

static int write_junit(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    struct map others = {0};
    struct totals all = {0};
    struct row_groups groups;
    find_others(tree, &others);
    row_groups_init(&groups, tree, ROW_GROUP_EMBEDDER);
    for (uint32_t i = 0; i < tree->n_embedders + others.n; i++) {
        bool other = i >= tree->n_embedders;
        const struct embedder_facts *facts = other ? NULL : &tree->embedders[i];
        const char *name = other ? map_key(&others, i - tree->n_embedders) : facts->name;
        struct totals one = count(cases_of(&groups, name), facts);
        all.tests += one.tests;
        all.failures += one.failures;
        all.skipped += one.skipped;
        all.seconds += one.seconds;
    }
    struct xml_writer *xml = xml_writer_create(file.stream);
    xml_start(xml, "testsuites");
    xml_attribute(xml, "name", "harness");
    write_totals(xml, &all);
    for (uint32_t i = 0; i < others.n; i++) {
        const char *name = map_key(&others, i);
        write_suite(xml, tree, cases_of(&groups, name), name, NULL);
    }
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const char *name = tree->embedders[i].name;
        write_suite(xml, tree, cases_of(&groups, name), name, &tree->embedders[i]);
    }
    xml_end(xml);
    map_finish(&others);
    row_groups_finish(&groups);
    xml_writer_finish(xml);
    return file_out_commit(&file);
}

const struct report_format report_format_junit = {
    .name = "junit",
    .about = "JUnit XML for CI dashboards",
    .write = write_junit,
};
