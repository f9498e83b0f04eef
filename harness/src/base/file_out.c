/* Output files that appear whole or not at all: written beside their place, then renamed. */
#include "base/file.h"
#include "base/file_own.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptor of this process that a path means, or -1. Opened by name, a file would be written
 * from its beginning, over what is there. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t fd = UINT64_MAX;
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0) {
        return STDOUT_FILENO;
    }
    if (strcmp(path, "/dev/stderr") == 0) {
        return STDERR_FILENO;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (text_starts(path, folders[i])) {
            num_uint(slice_of(path + strlen(folders[i])), &fd);
        }
    }
    return fd <= INT_MAX ? (int)fd : -1;
}

bool file_is_standard_output(const char *path)
{
    return descriptor_of(path) == STDOUT_FILENO;
}

static int open_descriptor(struct file_out *out, int to, const char *path)
{
    fflush(stdout);
    int fd = fcntl(to, F_DUPFD_CLOEXEC, 3);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    const char *name = strcmp(path, "-") == 0 ? "standard output" : path;
    if (!stream) {
        close(fd);
        return error_set(ERR_MACHINE, "%s: cannot write: %s", name, strerror(errno));
    }
    *out = (struct file_out){stream, mem_text(name), NULL};
    return 0;
}

bool file_is_special(const char *path)
{
    struct stat info;
    bool among_devices = text_starts(path, "/dev/") && !text_starts(path, "/dev/shm/"); /* memory */
    return descriptor_of(path) >= 0 || among_devices ||
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
    if (descriptor_of(path) >= 0) {
        bool open = fcntl(descriptor_of(path), F_GETFD) >= 0;
        return open ? 0 : error_set(ERR_REQUEST, "%s: cannot write: it is not open", path);
    }
    if (!path[0]) {
        return error_set(ERR_REQUEST, "found an empty path, expected a file to write");
    }
    if (file_is_special(path)) {
        struct stat info;
        if (stat(path, &info) == 0 && S_ISSOCK(info.st_mode)) {
            return error_set(ERR_REQUEST, "%s: is a socket, expected a file to write", path);
        }
        return access(path, W_OK) == 0 ? 0 : file_open_error(path, "write");
    }
    char *target = file_follow_links(path), *folder = file_folder(target);
    int status = 0;
    if (file_is_folder(target) || text_ends(path, "/")) {
        status = error_set(ERR_REQUEST, "%s: is a folder, expected a file to write", path);
    } else if (!file_is_folder(folder)) {
        status = error_set(ERR_REQUEST, "%s: cannot write: there is no folder %s", path, folder);
    } else if (access(folder, W_OK | X_OK) != 0 ||
               (file_exists(target) && access(target, W_OK) != 0)) {
        status = file_open_error(path, "write");
    }
    free(folder);
    free(target);
    return status;
}

int file_check_output_folder(const char *path)
{
    char *at = mem_text(path);
    while (at[0] && !file_exists(at)) {
        char *above = file_folder(at);
        free(at);
        at = above;
    }
    int status = !at[0]                ? error_set(ERR_REQUEST, "found an empty path, expected a "
                                                                               "folder to write in")
                 : !file_is_folder(at) ? error_set(ERR_REQUEST, "%s: is not a folder", at)
                 : access(at, W_OK | X_OK) != 0 ? file_open_error(at, "write")
                                                : 0;
    free(at);
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
                file_remove_tree(left);
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

/* As mkostemp(), with the mode of any new file: in the sandbox none can be changed afterwards. */
static int create_new(char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* [32] */
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        return -1;
    }
    for (char *at = path + strlen(path) - 6; *at; at++, bits >>= 5) {
        *at = letters[bits & 31];
    }
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* A new file beside target, locked for as long as somebody writes it. -1 with errno. */
static int open_temporary(const char *target, char **ret_temporary)
{
    for (int i = 0; i < 100; i++) {
        char *temporary = mem_format("%s" TEMPORARY "XXXXXX", target);
        int fd = create_new(temporary);
        struct stat info;
        if (fd < 0 && errno == EEXIST) {
            free(temporary);
            continue;
        }
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
        int status = file_open_error(path, "write");
        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    *out = (struct file_out){stream, mem_text(path), NULL};
    return 0;
}

int file_out_open(struct file_out *out, const char *path)
{
    int descriptor = descriptor_of(path);
    if (descriptor >= 0) {
        return open_descriptor(out, descriptor, path);
    }
    if (path[0] && file_is_special(path)) {
        return open_special(out, path);
    }
    int status = file_check_output(path);
    if (status) {
        return status;
    }
    char *target = file_follow_links(path), *temporary = NULL;
    file_clear_left_behind(target);
    int fd = open_temporary(target, &temporary);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        status = file_open_error(path, "write");
        if (fd >= 0) {
            close(fd);
            unlink(temporary);
        }
        free(temporary);
        free(target);
        return status;
    }
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
        int status = error_set(ERR_MACHINE, "%s: cannot write: %s", out->path,
                               why ? strerror(why) : "an earlier write failed");
        file_out_abort(out);
        return status;
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

FILE *file_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    char *path = mem_format("%s/harness-XXXXXX", folder && folder[0] ? folder : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC), why = errno;
    FILE *stream = NULL;
    if (fd >= 0) {
        unlink(path);
        stream = fdopen(fd, "w+");
        why = errno;
        if (!stream) {
            close(fd);
        }
    }
    free(path);
    errno = why;
    return stream;
}

int file_copy(const char *from, const char *to)
{
    static const size_t block_bytes = 1 << 18;
    struct file_out out;
    FILE *in = fopen(from, "re");
    if (!in) {
        return file_open_error(from, "open");
    }
    int status = file_out_open(&out, to);
    if (status) {
        fclose(in);
        return status;
    }
    char *block = mem_alloc(block_bytes);
    size_t n;
    while ((n = fread(block, 1, block_bytes, in)) > 0 && fwrite(block, 1, n, out.stream) == n) {
    }
    bool whole = !ferror(in);
    free(block);
    fclose(in);
    if (!whole) {
        file_out_abort(&out);
        return error_set(ERR_MACHINE, "%s: cannot read", from);
    }
    return file_out_commit(&out);
}
