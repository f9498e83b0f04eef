/*
 * spool.h - bytes that are appended and then read: in memory up to a limit, beyond it in a
 * temporary file beside the output, which has no name and vanishes with the process.
 */
#ifndef TRAIN_SPOOL_H
#define TRAIN_SPOOL_H

#include "train/job.h"

struct spool {
    const struct train_job *job;
    const char *what; /* for messages: "word numbers" */
    uint64_t n_bytes; /* appended so far */
    uint64_t limit;   /* bytes of memory */
    char *block;      /* memory, later the whole file mapped */
    uint64_t block_bytes;
    uint64_t pending; /* file: bytes of the block that are not yet written */
    int fd;           /* -1 while in memory */
};

/* Cannot fail. job and what must outlive the spool. limit: bytes to hold in memory. */
void spool_init(struct spool *spool, const struct train_job *job, const char *what, uint64_t limit);
void spool_finish(struct spool *spool); /* also of an all-zero spool */

/* EMB_E_NOMEM, EMB_E_IO (a full disk). Not after spool_map. */
emb_status spool_append(struct spool *spool, const void *data, uint64_t n_bytes);

/* n_bytes of memory for an empty spool, whatever its limit, to be filled in place: as if appended.
 * EMB_E_NOMEM. */
emb_status spool_reserve(struct spool *spool, uint64_t n_bytes, void **ret_block);

/* Everything appended, contiguous, 16-byte aligned, writable in place; valid until spool_finish.
 * NULL if nothing was appended. */
emb_status spool_map(struct spool *spool, void **ret_data);

#endif /* TRAIN_SPOOL_H */
