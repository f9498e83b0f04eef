/* A model's folder, whole or not at all. */
#include "learn/folder.h"

#include "base/try.h"
#include "embedder_util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIDE_FILE "training.json"

enum { MOST_NAME = 32 };

static emb_status join(const struct train_job *job, const char *folder, const char *name,
                       char **ret_path)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    emb_status status = job_alloc(job, n, 1, "a file name", ret_path);
    if (status == EMB_OK) {
        snprintf(*ret_path, n, "%s/%s", folder, name);
    }
    return status;
}

/* A model's folder, and what it holds: files, and snapshots that are such folders. Another folder
 * inside is not ours and stays. */
static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char inner[PATH_MAX];
        bool is_snapshot = strncmp(entry->d_name, "at-", 3) == 0;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0 && errno == EISDIR && is_snapshot &&
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner) {
            remove_folder(inner);
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(path);
}

static emb_status check_place(const struct train_job *job)
{
    const char *output = job->request->output;
    struct stat at;
    char *side;
    if (lstat(output, &at) != 0) {
        return EMB_OK;
    }
    TRY(join(job, output, SIDE_FILE, &side));
    bool ours = S_ISDIR(at.st_mode) && access(side, F_OK) == 0;
    job->host->free(job->host, side);
    return ours ? EMB_OK
                : emb_failf(job->host, EMB_E_OPTION,
                            "%s: found %s, expected nothing, or a model's folder with a " SIDE_FILE
                            " to replace",
                            output, S_ISDIR(at.st_mode) ? "another folder" : "a file");
}

emb_status learn_folder_open(struct learn_folder *folder, const struct train_job *job)
{
    const char *output = job->request->output;
    size_t n = strlen(output);
    *folder = (struct learn_folder){.job = job, .lock = -1};
    emb_status status = check_place(job);
    if (status == EMB_OK) {
        status = job_alloc(job, n + MOST_NAME + 16, 1, "a file name", &folder->file_path);
    }
    char *path = NULL;
    if (status == EMB_OK) {
        status = job_alloc(job, n + 16, 1, "a file name", &path);
    }
    if (status != EMB_OK) {
        return status;
    }
    memcpy(path, output, n);
    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    memcpy(path + n, ".tmp-XXXXXX", 12);
    int made = -1; /* not mkdtemp(): in the sandbox no mode can be changed afterwards */
    for (int i = 0; i < 100 && made < 0 && (i == 0 || errno == EEXIST); i++) {
        output_letters(path + n + 5);
        made = mkdir(path, 0777);
    }
    if (made < 0) {
        status = emb_failf(job->host, EMB_E_IO, "%s: cannot make a temporary folder beside it: %s",
                           output, strerror(errno));
        job->host->free(job->host, path);
        return status;
    }
    folder->path = path;
    folder->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)!flock(folder->lock, LOCK_EX | LOCK_NB);
    return EMB_OK;
}

const char *learn_folder_file(const struct learn_folder *folder, const char *name)
{
    sprintf(folder->file_path, "%s/%.*s", folder->path, (int)MOST_NAME - 2, name);
    return folder->file_path;
}

emb_status learn_folder_write(const struct learn_folder *folder, const char *name,
                              void (*write)(void *arg, struct output *file), void *arg)
{
    struct output file = {0};
    emb_status status = output_open(&file, folder->job, learn_folder_file(folder, name));
    if (status == EMB_OK) {
        write(arg, &file);
        status = output_close(&file);
    }
    if (status == EMB_OK) {
        status = output_commit(&file);
    }
    output_finish(&file);
    return status;
}

struct copy {
    const struct train_job *job;
    FILE *from;
    const char *path;
    emb_status status;
};

static void write_copy(void *arg, struct output *file)
{
    struct copy *copy = arg;
    char block[1 << 14];
    for (size_t n; (n = fread(block, 1, sizeof block, copy->from)) > 0;) {
        output_bytes(file, block, n);
    }
    if (ferror(copy->from)) {
        copy->status = emb_failf(copy->job->host, EMB_E_IO, "%s: %s", copy->path, strerror(errno));
    }
}

emb_status learn_folder_copy(const struct learn_folder *folder, const char *name, const char *from)
{
    struct copy copy = {folder->job, fopen(from, "rbe"), from, EMB_OK};
    if (!copy.from) {
        return emb_failf(folder->job->host, EMB_E_OPTION, "%s: %s", from, strerror(errno));
    }
    emb_status status = learn_folder_write(folder, name, write_copy, &copy);
    fclose(copy.from);
    return status != EMB_OK ? status : copy.status;
}

emb_status learn_folder_commit(struct learn_folder *folder)
{
    const char *output = folder->job->request->output;
    struct stat at;
    bool is_there = lstat(output, &at) == 0;
    int flags = is_there ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, folder->path, AT_FDCWD, output, (unsigned)flags) != 0) {
        return emb_failf(folder->job->host, EMB_E_IO,
                         "%s: cannot put the finished folder in place: %s", output,
                         strerror(errno));
    }
    if (is_there) {
        remove_folder(folder->path); /* the earlier model, now under the temporary name */
    }
    folder->job->host->free(folder->job->host, folder->path);
    folder->path = NULL;
    return EMB_OK;
}

void learn_folder_finish(struct learn_folder *folder)
{
    if (folder->job) {
        if (folder->path) {
            remove_folder(folder->path);
        }
        folder->job->host->free(folder->job->host, folder->path);
        folder->job->host->free(folder->job->host, folder->file_path);
        if (folder->lock >= 0) {
            close(folder->lock);
        }
    }
    *folder = (struct learn_folder){0};
}

emb_status learn_folder_sub(const struct learn_folder *parent, const char *name,
                            struct learn_folder *ret_sub)
{
    const struct train_job *job = parent->job;
    *ret_sub = (struct learn_folder){.job = job};
    emb_status status = join(job, parent->path, name, &ret_sub->path);
    if (status == EMB_OK) {
        status = job_alloc(job, strlen(ret_sub->path) + MOST_NAME + 2, 1, "a file name",
                           &ret_sub->file_path);
    }
    if (status == EMB_OK && mkdir(ret_sub->path, 0777) != 0) {
        status = emb_failf(job->host, EMB_E_IO, "%s: cannot make a folder: %s", ret_sub->path,
                           strerror(errno));
    }
    return status;
}

void learn_folder_leave(struct learn_folder *sub)
{
    if (sub->job) {
        sub->job->host->free(sub->job->host, sub->path);
        sub->job->host->free(sub->job->host, sub->file_path);
    }
    *sub = (struct learn_folder){0};
}

/* "CHECKPOINT.snapshots" */
static emb_status parking(const struct train_job *job, const char *checkpoint, char **ret_path)
{
    size_t n = strlen(checkpoint) + sizeof ".snapshots";
    emb_status status = job_alloc(job, n, 1, "a file name", ret_path);
    if (status == EMB_OK) {
        snprintf(*ret_path, n, "%s.snapshots", checkpoint);
    }
    return status;
}

static emb_status park_at(const struct learn_folder *folder, const char *name, const char *place)
{
    const struct train_job *job = folder->job;
    char *to = NULL;
    emb_status status = join(job, place, name, &to);
    if (status == EMB_OK && mkdir(place, 0777) != 0 && errno != EEXIST) {
        status =
            emb_failf(job->host, EMB_E_IO, "%s: cannot make a folder: %s", place, strerror(errno));
    }
    if (status == EMB_OK && rename(learn_folder_file(folder, name), to) != 0 &&
        errno != ENOTEMPTY && errno != EEXIST) { /* else it was resumed from there */
        status =
            emb_failf(job->host, EMB_E_IO, "%s: cannot keep a snapshot: %s", to, strerror(errno));
    }
    job->host->free(job->host, to);
    return status;
}

emb_status learn_folder_park(const struct learn_folder *folder, const char *name,
                             const char *checkpoint, bool empty_first)
{
    char *place = NULL;
    emb_status status = parking(folder->job, checkpoint, &place);
    if (status == EMB_OK) {
        if (empty_first) {
            remove_folder(place);
        }
        status = park_at(folder, name, place);
    }
    folder->job->host->free(folder->job->host, place);
    return status;
}

/* The files of a snapshot as further names of theirs, so that they also stay where they are. */
static emb_status link_files(const struct learn_folder *into, const char *from)
{
    DIR *dir = opendir(from);
    bool failed = !dir;
    for (struct dirent *entry; dir && !failed && (entry = readdir(dir));) {
        failed = entry->d_name[0] != '.' && linkat(dirfd(dir), entry->d_name, AT_FDCWD,
                                                   learn_folder_file(into, entry->d_name), 0) != 0;
    }
    emb_status status =
        failed ? emb_failf(into->job->host, EMB_E_IO, "%s: a snapshot of the interrupted run: %s",
                           from, strerror(errno))
               : EMB_OK;
    if (dir) {
        closedir(dir);
    }
    return status;
}

emb_status learn_folder_fetch(const struct learn_folder *folder, const char *name,
                              const char *checkpoint)
{
    struct learn_folder sub = {0};
    char *place = NULL, *from = NULL;
    emb_status status = parking(folder->job, checkpoint, &place);
    status = status != EMB_OK ? status : join(folder->job, place, name, &from);
    status = status != EMB_OK ? status : learn_folder_sub(folder, name, &sub);
    status = status != EMB_OK ? status : link_files(&sub, from);
    learn_folder_leave(&sub);
    folder->job->host->free(folder->job->host, place);
    folder->job->host->free(folder->job->host, from);
    return status;
}

void learn_folder_unpark(const struct train_job *job, const char *checkpoint)
{
    char *place = NULL;
    if (parking(job, checkpoint, &place) == EMB_OK) {
        remove_folder(place);
    }
    job->host->free(job->host, place);
}
