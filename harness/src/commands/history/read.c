/* Reads the reports of a folder and sorts them by start. */
#include "commands/history/read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/json.h"
#include "report/stored/read.h"

#include <stdlib.h>
#include <string.h>

static void add_flaw(struct history *history, const char *path, const char *reason)
{
    MEM_GROW(history->flaws, history->flaw_capacity, (size_t)history->n_flaws + 1);
    history->flaws[history->n_flaws++] = (struct history_flaw){mem_text(path), mem_text(reason)};
}

/* A whole JSON document that is no report: a comparison, a configuration, somebody else's. */
static bool is_something_else(const char *path)
{
    json *document;
    if (jsonr_read_file(path, &document) != 0) {
        return false;
    }
    const char *schema = jsonr_get_text(document, "schema", "");
    bool other = !text_starts(schema, "harness-report/");
    jsonr_free(document);
    return other;
}

static int read_report(struct history *history, const char *path)
{
    struct history_run run = {0};
    TRY(report_read(path, &run.tree));
    MEM_GROW(history->runs, history->capacity, (size_t)history->n + 1);
    run.path = mem_text(path);
    run.name = file_name(run.path);
    history->runs[history->n++] = run;
    return 0;
}

static void read_entry(struct history *history, const char *path)
{
    if (strstr(path, ".tmp-") || text_ends(path, ".partial")) {
        add_flaw(history, path, "unfinished: left by a run that was interrupted");
        return;
    }
    if (!text_ends(path, ".json") || file_is_folder(path)) {
        return;
    }
    if (read_report(history, path) != 0) {
        char *reason = mem_text(error_message());
        if (!is_something_else(path)) {
            add_flaw(history, path, reason);
        }
        free(reason);
    }
}

int history_read(struct history *history, const char *path)
{
    struct file_list list;
    if (!file_is_folder(path)) {
        return read_report(history, path);
    }
    int status = file_list_folder(path, &list);
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        char *full = file_join(path, list.names[i]);
        read_entry(history, full);
        free(full);
    }
    if (status == 0) {
        file_list_finish(&list);
    }
    return status;
}

static int by_start(const void *a, const void *b)
{
    const struct history_run *x = a, *y = b;
    int order = strcmp(x->tree.run.started, y->tree.run.started);
    return order ? order : strcmp(x->path, y->path);
}

void history_sort(struct history *history)
{
    if (history->n > 0) {
        qsort(history->runs, history->n, sizeof *history->runs, by_start);
    }
}

void history_finish(struct history *history)
{
    for (uint32_t i = 0; i < history->n; i++) {
        result_tree_finish(&history->runs[i].tree);
        free(history->runs[i].path);
    }
    for (uint32_t i = 0; i < history->n_flaws; i++) {
        free(history->flaws[i].path);
        free(history->flaws[i].reason);
    }
    free(history->runs);
    free(history->flaws);
    *history = (struct history){0};
}
