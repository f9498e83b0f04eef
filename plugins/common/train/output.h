/*
 * output.h - files that appear whole or not at all: written beside their place under a temporary
 * name, flushed to the disk, renamed.
 */
#ifndef TRAIN_OUTPUT_H
#define TRAIN_OUTPUT_H

#include "train/job.h"

#include <stdbool.h>

struct output {
    const struct train_job *job;
    char *path;      /* the final one */
    char *temporary; /* beside it */
    char *buffer;
    uint64_t n_buffered;
    emb_status status; /* the first failure; later writes do nothing */
    int fd;
};

/* Free with output_finish in every case; a file not committed is removed. */
emb_status output_open(struct output *output, const struct train_job *job, const char *path);
void output_finish(struct output *output);

/* Buffered. A failure is kept in output->status and reported by output_close. */
void output_bytes(struct output *output, const void *data, uint64_t n_bytes);
__attribute__((format(printf, 2, 3))) void output_text(struct output *output, const char *format,
                                                       ...);
/* Value as decimal, locale-free, with as many digits as printf's %.*g asks. */
void output_number(struct output *output, double value, int digits);

/* A file is not to hold weights that are NaN or infinite: EMB_E_OPTION. Writes nothing. */
void output_weights(struct output *output, const float *weights, uint32_t n);

/* Flush and fsync, not yet under its name. EMB_E_IO: disk full, ... */
emb_status output_close(struct output *output);
/* Rename a closed file to its place. */
emb_status output_commit(struct output *output);

/* All of data to fd; `what` is named if it fails. EMB_E_IO. */
emb_status output_write_all(const struct train_job *job, int fd, const void *data, uint64_t n_bytes,
                            const char *what);

/* Six random letters for a temporary name. */
void output_letters(char ret_letters[6]);

/* A file without a name beside the request's output, for reading and writing. EMB_E_IO. */
emb_status output_scratch_file(const struct train_job *job, const char *what, int *ret_fd);

#endif /* TRAIN_OUTPUT_H */
