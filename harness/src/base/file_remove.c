/* Removes folders of any depth: nothing is called by a path, and no folder inside another. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a folder inside the one to be removed holds is lifted out of it, so that however deep they
 * lie, two are open at a time. */
struct removal {
    int top;         /* the folder to be removed */
    uint64_t lifted; /* folders: the next one's name */
};

static DIR *open_folder(int in, const char *name)
{
    int fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(in, name, 0700, 0) == 0) { /* its maker locked it */
        fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder && fd >= 0) {
        close(fd);
    }
    if (folder) {
        fchmod(fd, 0700);
    }
    return folder;
}

static const char *next_name(DIR *folder)
{
    struct dirent *entry;
    do {
        entry = readdir(folder);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

/* A file, a link, an empty folder. */
static bool remove_one(int in, const char *name)
{
    return unlinkat(in, name, 0) == 0 || unlinkat(in, name, AT_REMOVEDIR) == 0;
}

/* To the top, under a number that nothing has there. */
static bool lift(struct removal *removal, int in, const char *name)
{
    struct stat info;
    if (fstatat(in, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode)) {
        return false;
    }
    fchmodat(in, name, 0700, 0); /* whose ".." is to change */
    for (;;) {
        char number[24];
        snprintf(number, sizeof number, "%" PRIu64, removal->lifted++);
        if (renameat(in, name, removal->top, number) == 0) {
            return true;
        }
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
            return false;
        }
    }
}

/* Whether there is less of it now. */
static bool clear(struct removal *removal, const char *name)
{
    DIR *folder = open_folder(removal->top, name);
    bool less = false;
    if (!folder) {
        return false;
    }
    for (const char *inside; (inside = next_name(folder));) {
        less = remove_one(dirfd(folder), inside) || lift(removal, dirfd(folder), inside) || less;
    }
    closedir(folder);
    return remove_one(removal->top, name) || less;
}

void file_remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        unlink(path);
        return;
    }
    DIR *folder = open_folder(AT_FDCWD, path);
    struct removal removal = {.top = folder ? dirfd(folder) : -1};
    for (bool less = folder != NULL; less;) {
        less = false;
        for (const char *name; (name = next_name(folder));) {
            less = remove_one(removal.top, name) || clear(&removal, name) || less;
        }
        rewinddir(folder);
    }
    if (folder) {
        closedir(folder);
    }
    rmdir(path);
}
