/* The folder of an unfinished run: making, finding and removing it. */
#include "commands/run/partial.h"

#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".partial"
#define JOURNAL "journal"

static char *journal_path(const struct partial *partial)
{
    return file_join(partial->folder, JOURNAL);
}

/* Everything in the folder but the journal. */
static void clear(const struct partial *partial)
{
    struct file_list list;
    if (file_list_folder(partial->folder, &list) != 0) {
        return;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        if (strcmp(list.names[i], JOURNAL) != 0) {
            char *path = file_join(partial->folder, list.names[i]);
            file_remove_tree(path);
            free(path);
        }
    }
    file_list_finish(&list);
}

static void set_name(struct partial *partial, const char *out, char *name)
{
    free(partial->name);
    free(partial->folder);
    partial->name = name;
    char *folder = mem_format("%s" ENDING, name);
    partial->folder = file_join(out, folder);
    free(folder);
}

static bool is_taken(const struct partial *partial)
{
    char *file = mem_format("%s.json", partial->name), *report = file_join(partial->out, file);
    bool taken = file_exists(report) || file_exists(partial->folder);
    free(report);
    free(file);
    return taken;
}

/* An interrupted run of the same name: in the way if anything would be lost with it. */
static int check_left_behind(struct partial *partial)
{
    char *path = journal_path(partial);
    struct journal *journal = NULL;
    int status = 0;
    if (file_exists(path)) {
        status = journal_open(path, &journal);
        if (status == 0 && journal_n_runs(journal) > 0) {
            status = error_set(
                ERR_REQUEST,
                "%s: an interrupted run of this name has finished %u embedder%s; add --resume "
                "to go on with it, remove the folder to start anew, or choose another --name",
                partial->folder, journal_n_runs(journal), journal_n_runs(journal) == 1 ? "" : "s");
        }
    }
    if (status == 0) {
        clear(partial);
        unlink(path);
    }
    journal_close(journal);
    free(path);
    return status;
}

int partial_choose(const char *out, const char *name, const char *stem, struct partial *ret_partial)
{
    if (name && (strchr(name, '/') || !name[0])) {
        return error_set(ERR_REQUEST, "--name: found '%s', expected a name without '/'", name);
    }
    int status = file_make_folders(out);
    if (status != 0) {
        return status;
    }
    struct partial partial = {.out = mem_text(out)};
    set_name(&partial, out, mem_text(name ? name : stem));
    for (int again = 2; !name && is_taken(&partial); again++) {
        set_name(&partial, out, mem_format("%s.%d", stem, again));
    }
    if (file_exists(partial.folder)) {
        status = check_left_behind(&partial);
    }
    if (status != 0) {
        partial_close(&partial);
        return status;
    }
    *ret_partial = partial;
    return 0;
}

/* Is its run over, or is it in use, or no run's at all? */
static bool is_left(const char *folder)
{
    char *path = file_join(folder, JOURNAL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool left = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return left;
}

char *partial_resuming(const struct partial *partial, const char *name)
{
    bool usual = strcmp(partial->out, PARTIAL_OUT) == 0;
    return mem_format("harness --resume%s%s%s%s", name ? " " : "", name ? name : "",
                      usual ? "" : " --out ", usual ? "" : partial->out);
}

void partial_tell_others(const struct partial *partial)
{
    struct file_list list;
    struct few few = {0};
    uint32_t n = 0;
    if (file_list_folder(partial->out, &list) != 0) {
        return;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        char *folder = file_join(partial->out, list.names[i]);
        if (text_ends(list.names[i], ENDING) && strcmp(folder, partial->folder) != 0 &&
            is_left(folder)) {
            few_add(&few, list.names[i], strlen(list.names[i]) - strlen(ENDING));
            n++;
        }
        free(folder);
    }
    if (n > 0) {
        char *names = few_text(&few), *resuming = partial_resuming(partial, "NAME");
        log_info("%s: %u run%s interrupted before (%s): %s finishes it; else remove NAME" ENDING,
                 partial->out, n, n == 1 ? " was" : "s were", names, resuming);
        free(resuming);
        free(names);
    }
    few_finish(&few);
    file_list_finish(&list);
}

int partial_begin(struct partial *partial, const char *head)
{
    char *path = journal_path(partial);
    int status = file_make_folders(partial->folder);
    status = status ? status : journal_create(path, head, true, &partial->journal);
    free(path);
    return status;
}

/* The only NAME.partial in a folder. */
static int find_only(const char *out, char **ret_name)
{
    struct file_list list;
    int status = file_list_folder(out, &list);
    if (status != 0) {
        return status;
    }
    struct str found = {0};
    uint32_t n = 0, which = 0;
    for (uint32_t i = 0; i < list.n; i++) {
        if (text_ends(list.names[i], ENDING)) {
            size_t length = strlen(list.names[i]) - strlen(ENDING);
            str_format(&found, "%s%.*s", n ? ", " : "", (int)length, list.names[i]);
            which = i;
            n++;
        }
    }
    if (n == 1) {
        *ret_name = mem_text(list.names[which]);
    } else {
        status = error_set(ERR_REQUEST, "--resume: found %s%s in %s, expected %s",
                           n ? "several interrupted runs: " : "no interrupted run",
                           str_text(&found), out, n ? "the name of one" : "NAME" ENDING);
    }
    str_finish(&found);
    file_list_finish(&list);
    return status;
}

int partial_resume(const char *out, const char *name, struct partial *ret_partial)
{
    char *only = NULL;
    if (!name[0]) {
        TRY(find_only(out, &only));
        name = only;
    }
    struct partial partial = {.resumed = true};
    partial.out = strchr(name, '/') ? file_folder(name) : mem_text(out);
    const char *last = file_name(name);
    size_t n = strlen(last) - (text_ends(last, ENDING) ? strlen(ENDING) : 0);
    set_name(&partial, partial.out, mem_text_n(last, n));
    char *path = journal_path(&partial);
    int status = journal_open(path, &partial.journal);
    free(path);
    free(only);
    if (status != 0) {
        partial_close(&partial);
        return error_context(status, "--resume");
    }
    clear(&partial);
    *ret_partial = partial;
    return 0;
}

/* From the .partial to where it belongs; a folder changes places with the one that is there. */
static int move_entry(const struct partial *partial, const char *entry)
{
    char *from = file_join(partial->folder, entry), *place = file_join(partial->out, entry);
    char *to = file_follow_links(place);
    int status = 0;
    free(place);
    if (file_is_folder(from) && file_exists(to)) {
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0) {
            file_remove_tree(from);
            free(from);
            free(to);
            return 0;
        }
        file_remove_tree(to); /* a file system that cannot exchange */
    }
    int why = rename(from, to) == 0 ? 0 : errno;
    if (why == EXDEV && !file_is_folder(from)) { /* a link has led to another disk */
        status = file_copy(from, to);
    } else if (why) {
        status = error_set(ERR_MACHINE, "%s: cannot write: %s", to, strerror(why));
    }
    free(from);
    free(to);
    return status;
}

static int move_all(const struct partial *partial)
{
    char *report = mem_format("%s.json", partial->name);
    struct file_list list;
    int status = file_list_folder(partial->folder, &list);
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        if (strcmp(list.names[i], JOURNAL) != 0 && strcmp(list.names[i], report) != 0) {
            status = move_entry(partial, list.names[i]);
        }
    }
    if (status == 0) {
        status = move_entry(partial, report);
    }
    file_list_finish(&list);
    free(report);
    return status;
}

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

int partial_publish(struct partial *partial)
{
    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, &before);
    int status = move_all(partial);
    if (status == 0) {
        sync_folder(partial->out); /* before the journal goes */
        partial_discard(partial);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

void partial_discard(struct partial *partial)
{
    if (partial->journal) {
        char *path = journal_path(partial);
        clear(partial);
        unlink(path);
        rmdir(partial->folder);
        free(path);
        journal_close(partial->journal);
        partial->journal = NULL;
    }
}

void partial_close(struct partial *partial)
{
    journal_close(partial->journal);
    free(partial->out);
    free(partial->name);
    free(partial->folder);
    *partial = (struct partial){0};
}
