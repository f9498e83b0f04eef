/* Brings packages by running the npm client. */
#include "data/download.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

/* A name's characters, in lower case as the registry has them; the first is no '.', '_' or '-'.
 * Returns what follows, NULL if there is no name. */
static const char *skip_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t first = strspn(text, letters);
    return first > 0
               ? text + first + strspn(text + first, "abcdefghijklmnopqrstuvwxyz0123456789._-")
               : NULL;
}

/* Semantic versioning 2.0.0: three numbers, then a pre-release and a build, if any. */
static bool is_version(const char *text)
{
    for (int part = 0; part < 3; part++) {
        size_t n = strspn(text, "0123456789");
        if (n == 0 || n > 9 || (part < 2 && text[n] != '.')) {
            return false;
        }
        text += n + (part < 2);
    }
    return *text == '\0' || ((*text == '-' || *text == '+') && text[1] != '\0' &&
                             strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-"
                                              "abcdefghijklmnopqrstuvwxyz") == strlen(text + 1));
}

bool download_npm_is_exact(const char *package)
{
    const char *rest = package;
    if (strlen(package) > 214 + 64) { /* npm's own limit of a name, and room for the version */
        return false;
    }
    if (*rest == '@') {
        rest = skip_name(rest + 1);
        if (!rest || *rest != '/') {
            return false;
        }
        rest++;
    }
    rest = skip_name(rest);
    return rest && *rest == '@' && is_version(rest + 1);
}

int download_npm(const char *package, const char *path)
{
    assert(download_npm_is_exact(package));
    char *folder = mem_format("%s.npm", path);
    int status = file_make_folders(folder);
    if (status == 0) {
        const char *arguments[] = {
            "npm", "pack",  "--silent", "--ignore-scripts", "--pack-destination", folder,
            "--",  package, NULL};
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
