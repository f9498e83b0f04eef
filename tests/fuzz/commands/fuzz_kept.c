/*
 * fuzz_kept.c - what lies on the disk from before or from others. The first byte chooses, the files
 * follow (folder.h): m manifests, r the record of what was fetched (the file "record"), y reports
 * of a folder (`history`), v the records "a" and "b" of two reports (`verify`), t the snapshots of
 * a training run (training.json).
 */
#include "../folder.h"
#include "commands/fetch/fetch.h"
#include "commands/history/read.h"
#include "commands/run/snapshots.h"
#include "commands/stored/verify_compare.h"
#include "data/catalogue.h"

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
    default:
        break;
    }
    return 0;
}
