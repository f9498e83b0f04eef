/* Removes all but the newest runs of a folder, each with the files that it wrote and no other. */
#include "commands/history/prune.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/say.h"
#include "report/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pruning {
    bool dry;
    uint64_t bytes; /* of what was removed */
};

static uint64_t bytes_of(const char *path)
{
    struct file_list list;
    uint64_t bytes = 0;
    if (!file_is_folder(path)) {
        return file_size(path, &bytes) ? bytes : 0;
    }
    if (file_list_folder(path, &list) == 0) {
        for (uint32_t i = 0; i < list.n; i++) {
            char *inside = file_join(path, list.names[i]);
            bytes += bytes_of(inside);
            free(inside);
        }
        file_list_finish(&list);
    }
    return bytes;
}

/* A file, or a folder of a run's own; fine if it is not there. */
static int remove_one(struct pruning *pruning, const char *path)
{
    struct stat facts;
    if (lstat(path, &facts) != 0) {
        return 0;
    }
    pruning->bytes += bytes_of(path);
    if (pruning->dry) {
        return 0;
    }
    if (S_ISDIR(facts.st_mode)) {
        file_remove_tree(path);
    } else {
        unlink(path);
    }
    return lstat(path, &facts) != 0
               ? 0
               : error_set(ERR_MACHINE, "%s: cannot be removed: %s", path, strerror(errno));
}

/* A file that the report names, if it lies beside it and bears its name: others may be anybody's.
 */
static int remove_beside(struct pruning *pruning, const char *folder, const char *name,
                         const char *beside)
{
    size_t n = strlen(name);
    if (!beside || strchr(beside, '/') || strncmp(beside, name, n) != 0 || beside[n] != '.') {
        return 0;
    }
    char *path = file_join(folder, beside);
    int status = remove_one(pruning, path);
    free(path);
    return status;
}

/* NAME.json last: what is interrupted is found again. */
static int remove_run(struct pruning *pruning, const struct history_run *run)
{
    char *folder = file_folder(run->path);
    char *name = mem_text_n(run->name, strlen(run->name) - strlen(".json"));
    int status = remove_beside(pruning, folder, name, run->tree.run.items);
    status = status ? status : remove_beside(pruning, folder, name, run->tree.run.keys);
    for (size_t i = 0; !status && report_formats[i]; i++) {
        if (report_formats[i]->with_run && strcmp(report_formats[i]->ending, ".json") != 0) {
            char *file = mem_format("%s%s", name, report_formats[i]->ending);
            status = remove_beside(pruning, folder, name, file);
            free(file);
        }
    }
    status = status ? status : remove_one(pruning, run->path);
    free(name);
    free(folder);
    return status;
}

int history_prune(const struct history *history, uint64_t keep, bool dry)
{
    struct pruning pruning = {.dry = dry};
    uint32_t n = 0, n_removed = 0;
    for (uint32_t r = 0; r < history->n; r++) {
        n += history->runs[r].tree.run.n_sources == 0;
    }
    uint64_t left = n > keep ? n - keep : 0;
    for (uint32_t r = 0; r < history->n && n_removed < left; r++) {
        const struct history_run *run = &history->runs[r];
        if (run->tree.run.n_sources == 0) {
            uint64_t before = pruning.bytes;
            TRY(remove_run(&pruning, run));
            say("%s %s  %.10s  %.1f MB\n", dry ? "would remove" : "removed", run->path,
                run->tree.run.started, (double)(pruning.bytes - before) / 1e6);
            n_removed++;
        }
    }
    log_info("%u of %u run%s %s, %.1f MB", n_removed, n, n == 1 ? "" : "s",
             dry ? "would be removed" : "removed", (double)pruning.bytes / 1e6);
    return 0;
}
