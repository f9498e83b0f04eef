/* Runs a suite in a test and keeps all that it says. */
#include "said.h"

#include "base/error.h"
#include "plugin/open.h"
#include "report/figure_text.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void **kept_blocks;
static size_t n_kept_blocks, kept_capacity;

void *keep(void *block)
{
    MEM_GROW(kept_blocks, kept_capacity, n_kept_blocks + 1);
    return kept_blocks[n_kept_blocks++] = block;
}

char *kept_text(const char *text)
{
    return keep(mem_text(text));
}

static const char *copy(const char *text)
{
    return text ? kept_text(text) : NULL;
}

void said_take_row(void *ctx, const struct figure *row)
{
    struct said *said = ctx;
    if (said->n_rows == said->rows_capacity) {
        struct figure *more = keep(mem_array(2 * said->n_rows + 64, sizeof *more));
        if (said->n_rows) {
            memcpy(more, said->rows, said->n_rows * sizeof *more);
        }
        said->rows = more;
        said->rows_capacity = 2 * said->n_rows + 64;
    }
    struct figure *kept = &said->rows[said->n_rows++];
    *kept = *row;
    kept->dataset = copy(row->dataset);
    kept->stage.name = copy(row->stage.name);
    kept->method = copy(row->method);
    kept->metric = copy(row->metric);
    struct str split = {0};
    split_write(&row->split, &split);
    kept->split.text = copy(str_text(&split));
    str_finish(&split);
    kept->policy = copy(row->policy);
    kept->embedder = copy(row->embedder);
    struct str signature = {0};
    protocol_write(row->protocol, &signature);
    kept->signature = copy(str_text(&signature));
    str_finish(&signature);
}

void said_take_item(void *ctx, const struct result_item *item)
{
    struct said *said = ctx;
    if (said->n_items == said->items_capacity) {
        struct result_item *more = keep(mem_array(2 * said->n_items + 64, sizeof *more));
        if (said->n_items) {
            memcpy(more, said->items, said->n_items * sizeof *more);
        }
        said->items = more;
        said->items_capacity = 2 * said->n_items + 64;
    }
    struct result_item *kept = &said->items[said->n_items++];
    *kept = *item;
    kept->id = copy(item->id);
    kept->dataset = copy(item->dataset);
    kept->answer = copy(item->answer);
    kept->method = copy(item->method);
    kept->stage.name = copy(item->stage.name);
    kept->gold = copy(item->gold);
    kept->status = copy(item->status);
    kept->attributes = NULL;
}

bool same(const char *a, const char *b)
{
    return b == NULL || (a && strcmp(a, b) == 0);
}

const struct figure *row_of(const struct said *said, const char *dataset, const char *method,
                            const char *stage, const char *metric, const char *split,
                            const char *policy)
{
    for (size_t i = 0; i < said->n_rows; i++) {
        const struct figure *row = &said->rows[i];
        bool policy_fits = policy && !*policy ? row->policy == NULL : same(row->policy, policy);
        if (same(row->dataset, dataset) && same(row->method, method) &&
            same(row->stage.name, stage) && same(row->metric, metric) &&
            same(row->split.text, split) && policy_fits) {
            return row;
        }
    }
    cr_assert_fail("no row for %s %s %s %s", dataset ? dataset : "", method, metric, split);
    return NULL;
}

double value_of(const struct said *said, const char *method, const char *stage, const char *metric,
                const char *policy)
{
    return row_of(said, NULL, method, stage, metric, "all", policy)->value;
}

void run_suite(const char *id, struct suite_request *request, const char *embedder,
               struct said *said)
{
    const struct suite *suite = suite_find(id);
    struct suite_state *state;
    struct result_sink sink = {said, said_take_row, said_take_item};
    cr_assert_eq(suite_open(suite, request, &state), 0, "%s", error_message());
    struct suite_run run = {request, state, NULL, &sink};
    if (!embedder && suite->baselines) {
        cr_assert_eq(suite->baselines(&run), 0, "%s", error_message());
    }
    if (embedder) {
        char path[512];
        struct registry registry;
        struct embedder_spec spec;
        const char *folders[] = {path};
        bool toy = strncmp(embedder, "toy", 3) == 0;
        snprintf(path, sizeof path, "%s/plugins/%s", getenv("HARNESS_BUILD_ROOT"),
                 toy ? "toy" : "known");
        cr_assert_eq(registry_open(folders, 1, &registry), 0, "%s", error_message());
        cr_assert_eq(spec_parse(&registry, embedder, &spec), 0, "%s", error_message());
        struct pool *pool = pool_create(2);
        cr_assert_eq(embedder_open(&spec, NULL, pool, &run.embedder), 0, "%s", error_message());
        cr_assert_eq(suite->run(&run), 0, "%s", error_message());
        embedder_close(run.embedder);
        pool_destroy(pool);
        spec_finish(&spec);
        registry_close(&registry);
    }
    suite->release(state);
    suite_unsettle(request);
}
