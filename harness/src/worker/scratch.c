/* Makes a temporary folder for a worker and removes it with all that it holds. */
#include "worker/scratch.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH "harness-worker-"

/* Scratch folders of harnesses that were killed: those that nobody has locked. */
static void clear_left_behind(const char *where)
{
    struct file_list list;
    if (file_list_folder(where, &list) != 0) {
        return;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        struct stat info;
        char *folder = file_join(where, list.names[i]);
        int fd = text_starts(list.names[i], SCRATCH)
                     ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                     : -1;
        if (fd >= 0) {
            if (fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
                flock(fd, LOCK_EX | LOCK_NB) == 0) {
                file_remove_tree(folder);
            }
            close(fd);
        }
        free(folder);
    }
    file_list_finish(&list);
}

int scratch_make(struct scratch *ret_scratch)
{
    const char *where = getenv("TMPDIR");
    where = where && where[0] == '/' ? where : "/tmp";
    clear_left_behind(where);
    for (int i = 0; i < 100; i++) {
        struct stat info;
        char *folder = mem_format("%s/" SCRATCH "XXXXXX", where);
        if (!mkdtemp(folder)) {
            int status = error_set(ERR_MACHINE, "%s: cannot make a scratch folder for a worker: %s",
                                   folder, strerror(errno));
            free(folder);
            return status;
        }
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && stat(folder, &info) == 0) {
            *ret_scratch = (struct scratch){folder, fd};
            return 0;
        }
        if (fd >= 0) { /* another harness found it, not locked yet, and cleared it away */
            close(fd);
        }
        free(folder);
    }
    return error_set(ERR_MACHINE, "%s: cannot lock a scratch folder for a worker", where);
}

void scratch_finish(struct scratch *scratch)
{
    if (scratch->folder) {
        file_remove_tree(scratch->folder);
        close(scratch->lock);
    }
    free(scratch->folder);
    *scratch = (struct scratch){0};
}
