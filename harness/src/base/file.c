#include "base/file.h"

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

/* A file that is not there is the request's fault; one that cannot be read is the machine's. */
static int open_error(const char *path, const char *what)
{
    int code = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == EACCES
                   ? ERR_REQUEST
                   : ERR_MACHINE;
    return error_set(code, "%s: cannot %s: %s", path, what, strerror(errno));
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
        MEM_GROW(bytes->data, bytes->capacity, (size_t)info.st_size + 1);
    }
    for (;;) {
        MEM_GROW(bytes->data, bytes->capacity, bytes->n + 4096);
        ssize_t got = read(fd, bytes->data + bytes->n, bytes->capacity - bytes->n - 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return open_error(path, "read");
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

int file_read(const char *path, struct str *ret_bytes)
{
    int code = file_read_unnoted(path, ret_bytes);
    if (code == 0) {
        file_note_read(path);
    }
    return code;
}

int file_read_unnoted(const char *path, struct str *ret_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return open_error(path, "open");
    }
    struct str bytes = {0};
    int code = read_all(fd, path, &bytes);
    close(fd);
    if (code) {
        str_finish(&bytes);
        return code;
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
    int code = file_read(path, &bytes);
    if (code) {
        return code;
    }
    code = file_check_text(path, &bytes);
    if (code) {
        str_finish(&bytes);
        return code;
    }
    *ret_bytes = bytes;
    return 0;
}

static int open_standard_output(struct file_out *out)
{
    fflush(stdout);
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        close(fd);
        return error_set(ERR_MACHINE, "standard output: cannot write: %s", strerror(errno));
    }
    *out = (struct file_out){stream, mem_text("standard output"), NULL};
    return 0;
}

bool file_is_special(const char *path)
{
    struct stat info;
    return text_starts(path, "/dev/") ||
           (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
}

char *file_follow_links(const char *path)
{
    char *at = mem_text(path);
    for (int i = 0; i < 40; i++) { /* as many as the kernel follows */
        char to[4096];
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n < 0) {
            break;
        }
        to[n] = '\0';
        char *folder = file_folder(at);
        char *next = to[0] == '/' ? mem_text(to) : file_join(folder, to);
        free(folder);
        free(at);
        at = next;
    }
    return at;
}

int file_check_output(const char *path)
{
    if (strcmp(path, "-") == 0) {
        return 0;
    }
    if (!path[0]) {
        return error_set(ERR_REQUEST, "found an empty path, expected a file to write");
    }
    if (file_is_special(path)) {
        return access(path, W_OK) == 0 ? 0 : open_error(path, "write");
    }
    char *target = file_follow_links(path), *folder = file_folder(target);
    int status = 0;
    if (file_is_folder(target) || text_ends(path, "/")) {
        status = error_set(ERR_REQUEST, "%s: is a folder, expected a file to write", path);
    } else if (!file_is_folder(folder)) {
        status = error_set(ERR_REQUEST, "%s: cannot write: there is no folder %s", path, folder);
    } else if (access(folder, W_OK | X_OK) != 0) {
        status = open_error(path, "write");
    }
    free(folder);
    free(target);
    return status;
}

#define TEMPORARY ".tmp-"
#define TEMPORARY_ENDING (sizeof TEMPORARY - 1 + 6)

/* NAME.tmp-XXXXXX, of this NAME? */
static bool is_temporary(const char *entry, const char *name)
{
    size_t n = strlen(name);
    return strncmp(entry, name, n) == 0 && strlen(entry) == n + TEMPORARY_ENDING &&
           text_starts(entry + n, TEMPORARY);
}

void file_clear_left_behind(const char *path)
{
    struct file_list list;
    char *folder = file_folder(path);
    if (file_list_folder(folder, &list) == 0) {
        for (uint32_t i = 0; i < list.n; i++) {
            if (!is_temporary(list.names[i], file_name(path))) {
                continue;
            }
            char *left = file_join(folder, list.names[i]);
            int fd = open(left, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
            if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
                unlink(left);
            }
            if (fd >= 0) {
                close(fd);
            }
            free(left);
        }
        file_list_finish(&list);
    }
    free(folder);
}

/* A new file beside target, locked for as long as somebody writes it. -1 with errno. */
static int open_temporary(const char *target, char **ret_temporary)
{
    for (int i = 0; i < 100; i++) {
        char *temporary = mem_format("%s" TEMPORARY "XXXXXX", target);
        int fd = mkostemp(temporary, O_CLOEXEC);
        struct stat info;
        if (fd < 0) {
            int why = errno;
            free(temporary);
            errno = why;
            return -1;
        }
        /* else another process found it, not locked yet, and cleared it away */
        if ((flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(fd, &info) == 0 &&
            info.st_nlink > 0) {
            *ret_temporary = temporary;
            return fd;
        }
        close(fd);
        free(temporary);
    }
    errno = EBUSY;
    return -1;
}

static int open_special(struct file_out *out, const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        int code = open_error(path, "write");
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    *out = (struct file_out){stream, mem_text(path), NULL};
    return 0;
}

int file_out_open(struct file_out *out, const char *path)
{
    if (strcmp(path, "-") == 0) {
        return open_standard_output(out);
    }
    if (path[0] && file_is_special(path)) {
        return open_special(out, path);
    }
    int code = file_check_output(path);
    if (code) {
        return code;
    }
    char *target = file_follow_links(path), *temporary = NULL;
    file_clear_left_behind(target);
    int fd = open_temporary(target, &temporary);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        code = open_error(path, "write");
        if (fd >= 0) {
            close(fd);
            unlink(temporary);
        }
        free(temporary);
        free(target);
        return code;
    }
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    *out = (struct file_out){stream, target, temporary};
    return 0;
}

static void forget(struct file_out *out)
{
    free(out->path);
    free(out->temporary);
    *out = (struct file_out){0};
}

/* Why an earlier write to the stream failed: the next one fails for the same reason. */
static int reason_of_failure(FILE *stream)
{
    errno = 0;
    return write(fileno(stream), "\n", 1) < 0 ? errno : 0;
}

int file_out_commit(struct file_out *out)
{
    errno = 0;
    bool written = fflush(out->stream) == 0 && !ferror(out->stream) &&
                   (!out->temporary || fsync(fileno(out->stream)) == 0);
    int why = errno;
    if (!written && why == 0) {
        why = reason_of_failure(out->stream);
    }
    if (fclose(out->stream) != 0 && written) {
        written = false;
        why = errno;
    }
    out->stream = NULL;
    if (written && out->temporary && rename(out->temporary, out->path) != 0) {
        written = false;
        why = errno;
    }
    if (!written) {
        int code = error_set(ERR_MACHINE, "%s: cannot write: %s", out->path,
                             why ? strerror(why) : "an earlier write failed");
        file_out_abort(out);
        return code;
    }
    if (!out->temporary) {
        forget(out);
        return 0;
    }
    char *folder = file_folder(out->path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) { /* so that the rename itself survives a power cut; not every file system can */
        fsync(fd);
        close(fd);
    }
    free(folder);
    forget(out);
    return 0;
}

void file_out_abort(struct file_out *out)
{
    if (out->stream) {
        fclose(out->stream);
    }
    if (out->temporary) {
        unlink(out->temporary);
    }
    forget(out);
}

void file_remove_tree(const char *path)
{
    struct file_list list;
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        unlink(path);
        return;
    }
    chmod(path, 0700); /* whoever made it may have locked himself out */
    if (file_list_folder(path, &list) == 0) {
        for (uint32_t i = 0; i < list.n; i++) {
            char *inside = file_join(path, list.names[i]);
            file_remove_tree(inside);
            free(inside);
        }
        file_list_finish(&list);
    }
    rmdir(path);
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
            int code = open_error(part, "make the folder");
            free(part);
            return code;
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
        return open_error(path, "list the folder");
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
