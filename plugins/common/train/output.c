/* Writes output files beside their places and renames them together. */
#include "train/output.h"

#include "embedder_util.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 18 };

/* "PATH.tmp-XXXXXX", opened; *ret_path through the host. */
void output_letters(char ret_letters[6])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* [32] */
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        bits = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15);
    }
    for (int i = 0; i < 6; i++, bits >>= 5) {
        ret_letters[i] = letters[bits & 31];
    }
}

static emb_status open_beside(const struct train_job *job, const char *path, char **ret_path,
                              int *ret_fd)
{
    uint64_t n = strlen(path);
    char *temporary = NULL;
    emb_status status = job_alloc(job, n + 16, 1, "a file name", &temporary);
    if (status != EMB_OK) {
        return status;
    }
    memcpy(temporary, path, n);
    memcpy(temporary + n, ".tmp-XXXXXX", 12);
    int fd = -1;
    for (int i = 0; i < 100 && fd < 0 && (i == 0 || errno == EEXIST); i++) {
        output_letters(temporary + n + 5);
        fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (fd < 0) {
        status = emb_failf(job->host, EMB_E_IO, "%s: cannot make a temporary file beside it: %s",
                           path, strerror(errno));
        job->host->free(job->host, temporary);
        return status;
    }
    flock(fd, LOCK_EX | LOCK_NB); /* one that nobody has locked is cleared away by the host */
    *ret_path = temporary;
    *ret_fd = fd;
    return EMB_OK;
}

emb_status output_scratch_file(const struct train_job *job, const char *what, int *ret_fd)
{
    (void)what;
    char *temporary = NULL;
    emb_status status = open_beside(job, job->request->output, &temporary, ret_fd);
    if (status == EMB_OK) {
        unlink(temporary);
        job->host->free(job->host, temporary);
    }
    return status;
}

emb_status output_write_all(const struct train_job *job, int fd, const void *data, uint64_t n_bytes,
                            const char *what)
{
    const char *at = data;
    while (n_bytes > 0) {
        ssize_t n = write(fd, at, n_bytes < (1u << 30) ? n_bytes : (1u << 30));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return emb_failf(job->host, EMB_E_IO, "%s: cannot write %s: %s", job->request->output,
                             what, n < 0 ? strerror(errno) : "nothing written");
        }
        at += n;
        n_bytes -= (uint64_t)n;
    }
    return EMB_OK;
}

emb_status output_open(struct output *output, const struct train_job *job, const char *path)
{
    *output = (struct output){.job = job, .fd = -1};
    emb_status status = job_alloc(job, strlen(path) + 1, 1, "a file name", &output->path);
    if (status == EMB_OK) {
        memcpy(output->path, path, strlen(path));
        status = job_alloc(job, BUFFER_BYTES, 1, "a file buffer", &output->buffer);
    }
    if (status == EMB_OK) {
        status = open_beside(job, path, &output->temporary, &output->fd);
    }
    output->status = status;
    return status;
}

void output_finish(struct output *output)
{
    if (!output->job) {
        return;
    }
    const struct emb_host *host = output->job->host;
    if (output->fd >= 0) {
        close(output->fd);
    }
    if (output->temporary) {
        unlink(output->temporary);
    }
    host->free(host, output->path);
    host->free(host, output->temporary);
    host->free(host, output->buffer);
    *output = (struct output){.fd = -1};
}

static void flush(struct output *output)
{
    if (output->status == EMB_OK && output->n_buffered > 0) {
        output->status = output_write_all(output->job, output->fd, output->buffer,
                                          output->n_buffered, output->path);
    }
    output->n_buffered = 0;
}

void output_bytes(struct output *output, const void *data, uint64_t n_bytes)
{
    if (n_bytes > BUFFER_BYTES - output->n_buffered) {
        flush(output);
    }
    if (n_bytes > BUFFER_BYTES) {
        if (output->status == EMB_OK) {
            output->status = output_write_all(output->job, output->fd, data, n_bytes, output->path);
        }
        return;
    }
    memcpy(output->buffer + output->n_buffered, data, n_bytes);
    output->n_buffered += n_bytes;
}

void output_text(struct output *output, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    output_bytes(output, text, n < 0 ? 0 : n < (int)sizeof text ? (uint64_t)n : sizeof text - 1);
}

void output_number(struct output *output, double value, int digits)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%.*g", digits, value);
    for (int i = 0; i < n; i++) {
        if (text[i] == ',') { /* the decimal point of some locales */
            text[i] = '.';
        }
    }
    output_bytes(output, text, (uint64_t)n);
}

void output_weights(struct output *output, const float *weights, uint32_t n)
{
    uint32_t n_bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, weights + i, sizeof bits);
        n_bad += (bits & 0x7F800000u) == 0x7F800000u;
    }
    if (n_bad > 0 && output->status == EMB_OK) {
        output->status = emb_failf(output->job->host, EMB_E_OPTION,
                                   "%s: training has ended with weights that are not finite; lower "
                                   "the learning rate",
                                   output->job->model);
    }
}

emb_status output_close(struct output *output)
{
    flush(output);
    if (output->status == EMB_OK && (fsync(output->fd) != 0 || close(output->fd) != 0)) {
        output->status = emb_failf(output->job->host, EMB_E_IO, "%s: cannot write: %s",
                                   output->path, strerror(errno));
    }
    if (output->status == EMB_OK) {
        output->fd = -1;
    }
    return output->status;
}

/* So that the rename itself survives a power failure; not every file system can. */
static void sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 1;
    if (n >= sizeof folder) {
        return;
    }
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!fsync(fd);
        close(fd);
    }
}

emb_status output_commit(struct output *output)
{
    if (output->status != EMB_OK) {
        return output->status;
    }
    if (rename(output->temporary, output->path) != 0) {
        return emb_failf(output->job->host, EMB_E_IO,
                         "%s: cannot put the finished file in place: %s", output->path,
                         strerror(errno));
    }
    output->job->host->free(output->job->host, output->temporary);
    output->temporary = NULL;
    sync_folder(output->path);
    return EMB_OK;
}
