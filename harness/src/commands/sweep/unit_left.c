/* Finds and removes what killed processes left among the results of units. */
#include "commands/sweep/unit_left.h"

#include "base/file.h"
#include "base/mem.h"
#include "data/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void unit_host_name(char name[256])
{
    if (gethostname(name, 256) != 0) {
        strcpy(name, "unknown");
    }
    name[255] = '\0';
}

/* The lock of a file that is still there: whoever has it alone removes the file. -1 with errno. */
static int lock_of(const char *path, int flags)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -1;
    }
    if ((flock(fd, flags) != 0 && errno == EWOULDBLOCK) || fstat(fd, &info) != 0) {
        close(fd);
        errno = EWOULDBLOCK;
        return -1;
    }
    if (info.st_nlink == 0) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

int unit_left_hold(const char *temporary)
{
    return lock_of(temporary, LOCK_EX);
}

/* The number of the process of KEY….tmp.HOST.PID[.zst]; 0: the name is none of this host. */
static long process_of(const char *name, const char *host)
{
    const char *tail = strstr(name, UNIT_TEMPORARY);
    size_t n = strlen(host);
    if (!tail || strlen(name) < DIGEST_TEXT_BYTES - 1) {
        return 0;
    }
    tail += strlen(UNIT_TEMPORARY);
    if (strncmp(tail, host, n) != 0 || tail[n] != '.') {
        return 0;
    }
    char *end;
    long number = strtol(tail + n + 1, &end, 10);
    return number > 0 && (*end == '\0' || strcmp(end, ".zst") == 0) ? number : 0;
}

/* Removes it unless a process makes it. Where there are no locks nobody can know: it stays. */
static void clear_one(const char *folder, const char *name, const char *host, long number)
{
    char *locked =
        mem_format("%.*s" UNIT_TEMPORARY "%s.%ld", DIGEST_TEXT_BYTES - 1, name, host, number);
    char *lock = file_join(folder, locked), *path = file_join(folder, name);
    int fd = lock_of(lock, LOCK_EX | LOCK_NB);
    bool gone = fd < 0 && errno == ENOENT; /* what is beside it has been left without it */
    if (gone || (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)) {
        unlink(path);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    free(lock);
    free(locked);
}

void unit_left_clear(const struct plan *plan)
{
    struct file_list list;
    char host[256], *folder = file_join(plan->sweep, "units");
    unit_host_name(host);
    if (file_exists(folder) && file_list_folder(folder, &list) == 0) {
        for (uint32_t i = list.n; i-- > 0;) { /* from behind: the one with the lock comes last */
            long number = process_of(list.names[i], host);
            if (number > 0) {
                clear_one(folder, list.names[i], host, number);
            }
        }
        file_list_finish(&list);
    }
    free(folder);
}

uint32_t unit_left_count(const struct plan *plan, char **ret_first)
{
    struct file_list list;
    char *folder = file_join(plan->sweep, "units");
    uint32_t n = 0;
    *ret_first = NULL;
    if (file_exists(folder) && file_list_folder(folder, &list) == 0) {
        for (uint32_t i = 0; i < list.n; i++) {
            const char *name = list.names[i];
            if (strlen(name) < DIGEST_TEXT_BYTES - 1 || !strstr(name, UNIT_TEMPORARY)) {
                continue;
            }
            char *done = mem_format("%s/%.*s", folder, DIGEST_TEXT_BYTES - 1, name);
            if (file_exists(done)) {
                *ret_first = n++ == 0 ? file_join(folder, name) : *ret_first;
            }
            free(done);
        }
        file_list_finish(&list);
    }
    free(folder);
    return n;
}
