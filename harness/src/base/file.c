/* Reads whole files and folders, and says what is wrong with a path. */
#include "base/file.h"
#include "base/file_own.h"

#include "base/error.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool file_size(const char *path, uint64_t *ret_bytes)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    *ret_bytes = (uint64_t)info.st_size;
    return true;
}

int file_open_error(const char *path, const char *what)
{
    int status = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == EACCES
                     ? ERR_REQUEST
                     : ERR_MACHINE;
    return error_set(status, "%s: cannot %s: %s", path, what, strerror(errno));
}

static struct {
    pthread_mutex_t lock;
    void (*seen)(void *ctx, const char *path);
    void *ctx;
} watcher = {.lock = PTHREAD_MUTEX_INITIALIZER};

void file_watch_reads(void (*seen)(void *ctx, const char *path), void *ctx)
{
    pthread_mutex_lock(&watcher.lock);
    watcher.seen = seen;
    watcher.ctx = ctx;
    pthread_mutex_unlock(&watcher.lock);
}

void file_note_read(const char *path)
{
    pthread_mutex_lock(&watcher.lock);
    if (watcher.seen) {
        watcher.seen(watcher.ctx, path);
    }
    pthread_mutex_unlock(&watcher.lock);
}

int file_too_large(const char *path)
{
    return error_set(ERR_REQUEST,
                     "%s: holds more than is read at once: %" PRIu64 " bytes, %" PRIu64
                     " if it is not a regular file",
                     path, FILE_MOST_BYTES, FILE_MOST_STREAM_BYTES);
}

static int read_all(int fd, const char *path, struct str *bytes)
{
    struct stat info;
    bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    uint64_t most = regular ? FILE_MOST_BYTES : FILE_MOST_STREAM_BYTES;
    if (regular && (uint64_t)info.st_size > most) {
        return file_too_large(path);
    }
    if (regular && info.st_size > 0) {
        MEM_GROW(bytes->data, bytes->capacity,
                 (size_t)info.st_size + 4096); /* and its end is seen */
    }
    for (;;) {
        MEM_GROW(bytes->data, bytes->capacity, bytes->n + 4096);
        ssize_t got = read(fd, bytes->data + bytes->n, bytes->capacity - bytes->n - 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return file_open_error(path, "read");
        }
        bytes->n += (size_t)got;
        bytes->data[bytes->n] = '\0';
        if (got == 0) {
            return 0;
        }
        if (bytes->n > most) {
            return file_too_large(path);
        }
    }
}

int file_refuse_fifo(const char *path)
{
    struct stat info;
    bool open_already = text_starts(path, "/dev/") || text_starts(path, "/proc/");
    return !open_already && stat(path, &info) == 0 && S_ISFIFO(info.st_mode)
               ? error_set(ERR_REQUEST,
                           "%s: is a FIFO, expected a file; standard input may be a pipe", path)
               : 0;
}

int file_read(const char *path, struct str *ret_bytes)
{
    int status = file_read_unnoted(path, ret_bytes);
    if (status == 0) {
        file_note_read(path);
    }
    return status;
}

int file_read_unnoted(const char *path, struct str *ret_bytes)
{
    TRY(file_refuse_fifo(path));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return file_open_error(path, "open");
    }
    struct str bytes = {0};
    int status = read_all(fd, path, &bytes);
    close(fd);
    if (status) {
        str_finish(&bytes);
        return status;
    }
    *ret_bytes = bytes;
    return 0;
}

int file_check_text(const char *path, const struct str *bytes)
{
    const char *nul = bytes->n ? memchr(bytes->data, 0, bytes->n) : NULL;
    return nul ? error_set(ERR_REQUEST, "%s: byte %zu: found a NUL byte, expected text", path,
                           (size_t)(nul - bytes->data))
               : 0;
}

int file_read_text(const char *path, struct str *ret_bytes)
{
    struct str bytes;
    TRY(file_read(path, &bytes));
    int status = file_check_text(path, &bytes);
    if (status) {
        str_finish(&bytes);
        return status;
    }
    *ret_bytes = bytes;
    return 0;
}

int file_make_folders(const char *path)
{
    if (!path[0]) {
        return error_set(ERR_REQUEST, "found an empty path, expected a folder");
    }
    char *part = mem_text(path);
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        char kept = *at;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            int status = file_open_error(part, "make the folder");
            free(part);
            return status;
        }
        *at = kept;
        if (kept == '\0') {
            break;
        }
    }
    free(part);
    if (!file_is_folder(path)) {
        return error_set(ERR_REQUEST, "%s: is there, and is not a folder", path);
    }
    return 0;
}

char *file_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    return mem_format(n > 0 && folder[n - 1] == '/' ? "%s%s" : "%s/%s", folder, name);
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        return mem_text(".");
    }
    return mem_text_n(path, slash == path ? 1 : (size_t)(slash - path));
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_list_folder(const char *path, struct file_list *ret_list)
{
    DIR *folder = opendir(path);
    if (!folder) {
        return file_open_error(path, "list the folder");
    }
    struct file_list list = {0};
    size_t capacity = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            MEM_GROW(list.names, capacity, (size_t)list.n + 1);
            list.names[list.n++] = mem_text(entry->d_name);
        }
    }
    closedir(folder);
    if (list.n > 1) {
        qsort(list.names, list.n, sizeof *list.names, by_bytes);
    }
    *ret_list = list;
    return 0;
}

void file_list_finish(struct file_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        free(list->names[i]);
    }
    free(list->names);
    *list = (struct file_list){0};
}

char *file_cache_folder(void)
{
    const char *own = getenv("HARNESS_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    if (own && own[0]) {
        return mem_text(own);
    }
    if (xdg && xdg[0] == '/') {
        return file_join(xdg, "harness");
    }
    return file_join(home && home[0] ? home : "/tmp", ".cache/harness");
}
