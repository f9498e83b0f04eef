/*
 * fuzz_kept.c - what lies on the disk from before or from others. The first byte chooses, the files
 * follow (folder.h): m manifests, r the record of what was fetched (the file "record"), y reports
 * of a folder (`history`), v the records "a" and "b" of two reports (`verify`), t the snapshots of
 * a training run (training.json), p the plan of a sweep (plan.json), u what a unit gave ("unit",
 * "failed"), d the kept hash of a model ("model", "digest").
 */
#include "../folder.h"
#include "base/file.h"
#include "commands/fetch/fetch.h"
#include "commands/history/read.h"
#include "commands/run/snapshots.h"
#include "commands/stored/verify_compare.h"
#include "commands/sweep/packed.h"
#include "commands/sweep/unit_result.h"
#include "data/catalogue.h"
#include "data/digest_cache.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_manifests(void)
{
    struct catalogue catalogue;
    if (catalogue_open(&catalogue) != 0) {
        return;
    }
    for (uint32_t i = 0; i < catalogue.n_entries; i++) {
        struct fetch_parts parts;
        if (fetch_parts_read(&catalogue.entries[i], &parts) == 0) {
            fetch_parts_finish(&parts);
        }
    }
    catalogue_close(&catalogue);
}

static void read_record(const char *folder)
{
    char from[128], inside[96], to[128];
    snprintf(from, sizeof from, "%s/record", folder);
    snprintf(inside, sizeof inside, "%s/fetched", folder);
    snprintf(to, sizeof to, "%s/x.json", inside);
    mkdir(inside, 0700);
    struct fetch_record record;
    if (rename(from, to) == 0 && fetch_record_open("x", &record) == 0) {
        fetch_record_find(&record, "https://example.org/x");
        fetch_record_close(&record);
    }
    unlink(to);
    rmdir(inside);
}

static void read_history(const char *folder)
{
    struct history history = {0};
    if (history_read(&history, folder) == 0) {
        history_sort(&history);
    }
    history_finish(&history);
}

static void compare_records(const char *folder)
{
    char path[96];
    snprintf(path, sizeof path, "%s/report.json", folder);
    struct result_tree was = {.run.items = "a"}, is = {.run.items = "b"};
    struct verdict verdict = {.tolerance = 1e-6};
    verify_items(path, &was, path, &is, &verdict);
}

static void list_snapshots(const char *folder)
{
    static const struct registry no_plugins;
    char text[128];
    snprintf(text, sizeof text, "t=transformer-causal:%s,pooling=mean,snapshots=all", folder);
    struct snapshots all;
    if (snapshots_of(&no_plugins, text, &all) == 0) {
        snapshots_finish(&all);
    }
}

static void read_plan(const char *folder)
{
    struct plan plan;
    enum unit_state *states;
    if (plan_read(folder, &plan) == 0 && unit_states(&plan, &states) == 0) {
        free(states);
    }
    plan_finish(&plan);
}

/* What a unit gave is packed, which is not what is tried here (readers/fuzz_archive). */
static void pack_inside(const char *folder, const char *name, const char *inner, const char *to)
{
    char from[128], inside[96], place[256];
    snprintf(from, sizeof from, "%s/%s", folder, name);
    snprintf(inside, sizeof inside, "%s/%s", folder, inner);
    snprintf(place, sizeof place, "%s/%s", inside, to);
    mkdir(inside, 0700);
    if (packed_write(from, place) != 0) {
        unlink(place);
    }
    unlink(from);
}

/* The file `name` of the folder as inner/to in it. */
static void move_inside(const char *folder, const char *name, const char *inner, const char *to)
{
    char from[128], inside[96], place[256];
    snprintf(from, sizeof from, "%s/%s", folder, name);
    snprintf(inside, sizeof inside, "%s/%s", folder, inner);
    snprintf(place, sizeof place, "%s/%s", inside, to);
    mkdir(inside, 0700);
    if (rename(from, place) != 0) {
        unlink(place);
    }
}

static void remove_inside(const char *folder, const char *inner)
{
    char inside[96];
    snprintf(inside, sizeof inside, "%s/%s", folder, inner);
    file_remove_tree(inside);
}

static void take_row(void *ctx, const struct figure *row)
{
    (void)ctx;
    (void)row;
}

static void take_item(void *ctx, const struct result_item *item)
{
    (void)ctx;
    (void)item;
}

static void read_unit(const char *folder)
{
    static const struct emb_model_desc desc = {.id = "toy", .caps = EMB_CAP_STATIC};
    static const struct suite suite = {.id = "similarity"};
    static const struct plugin_model model = {.desc = &desc};
    static char name[] = "toy", suite_name[] = "similarity";
    const struct embedder_spec spec = {.name = name, .model = &model};
    const struct worker_task task = {&suite, NULL};
    const struct worker_job job = {.spec = &spec, .tasks = &task, .n_tasks = 1, .want_items = true};
    const struct result_sink sink = {NULL, take_row, take_item};
    char sweep[64], failed[DIGEST_TEXT_BYTES + 8];
    struct plan plan = {.sweep = sweep};
    struct unit unit = {.embedder = name, .suite = suite_name};
    snprintf(sweep, sizeof sweep, "%s", folder);
    memset(unit.key, 'a', DIGEST_TEXT_BYTES - 1);
    snprintf(failed, sizeof failed, "%s.failed", unit.key);
    pack_inside(folder, "unit", "units", unit.key);
    move_inside(folder, "failed", "units", failed);
    struct worker_outcome outcome = {0};
    struct unit_cost cost;
    (void)unit_replay(&plan, &unit, &job, &sink, &outcome, &cost);
    embedder_facts_finish(&outcome.facts);
    remove_inside(folder, "units");
}

static void read_digest(const char *folder)
{
    char path[128], key[512], host[256] = "", hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    snprintf(path, sizeof path, "%s/model", folder);
    gethostname(host, sizeof host - 1);
    digest_of(key, (size_t)snprintf(key, sizeof key, "%s:%s", host, path), hex);
    move_inside(folder, "digest", "digests", hex);
    (void)digest_cached(path, hex, &bytes);
    remove_inside(folder, "digests");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    const char *folder = fuzz_unpack(data + 1, size - 1);
    setenv("HARNESS_DATASETS", folder, 1);
    setenv("HARNESS_CACHE", folder, 1);
    switch (data[0]) {
    case 'm':
        read_manifests();
        break;
    case 'r':
        read_record(folder);
        break;
    case 'y':
        read_history(folder);
        break;
    case 'v':
        compare_records(folder);
        break;
    case 't':
        list_snapshots(folder);
        break;
    case 'p':
        read_plan(folder);
        break;
    case 'u':
        read_unit(folder);
        break;
    case 'd':
        read_digest(folder);
        break;
    default:
        break;
    }
    return 0;
}
