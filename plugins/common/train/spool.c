/* Appends bytes in memory, beyond a limit in a temporary file without a name. */
#include "train/spool.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/output.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FIRST_BYTES = 1 << 16, FILE_BUFFER = 1 << 20 };

void spool_init(struct spool *spool, const struct train_job *job, const char *what, uint64_t limit)
{
    *spool = (struct spool){.job = job, .what = what, .limit = limit, .fd = -1};
}

void spool_finish(struct spool *spool)
{
    if (!spool->job) {
        return;
    }
    if (spool->block) {
        munmap(spool->block, spool->block_bytes);
    }
    if (spool->fd >= 0) {
        close(spool->fd);
    }
    *spool = (struct spool){.fd = -1};
}

static emb_status no_memory(const struct spool *spool, uint64_t bytes)
{
    return emb_failf(spool->job->host, EMB_E_NOMEM, "%s: out of memory for %llu bytes of %s",
                     spool->job->model, (unsigned long long)bytes, spool->what);
}

static emb_status set_block(struct spool *spool, uint64_t bytes)
{
    void *block = spool->block ? mremap(spool->block, spool->block_bytes, bytes, MREMAP_MAYMOVE)
                               : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        return no_memory(spool, bytes);
    }
    spool->block = block;
    spool->block_bytes = bytes;
    return EMB_OK;
}

static emb_status write_pending(struct spool *spool)
{
    emb_status status =
        output_write_all(spool->job, spool->fd, spool->block, spool->pending, spool->what);
    spool->pending = 0;
    return status;
}

/* From memory to a file. */
static emb_status move_to_file(struct spool *spool)
{
    TRY(output_scratch_file(spool->job, spool->what, &spool->fd));
    spool->pending = spool->n_bytes;
    if (spool->pending > 0) {
        TRY(write_pending(spool));
    }
    return set_block(spool, FILE_BUFFER);
}

static emb_status append_to_file(struct spool *spool, const char *data, uint64_t n_bytes)
{
    while (n_bytes > 0) {
        uint64_t room = spool->block_bytes - spool->pending;
        uint64_t n = n_bytes < room ? n_bytes : room;
        memcpy(spool->block + spool->pending, data, n);
        spool->pending += n;
        spool->n_bytes += n;
        data += n;
        n_bytes -= n;
        if (spool->pending == spool->block_bytes) {
            TRY(write_pending(spool));
        }
    }
    return EMB_OK;
}

emb_status spool_append(struct spool *spool, const void *data, uint64_t n_bytes)
{
    if (n_bytes == 0) {
        return EMB_OK;
    }
    if (spool->fd < 0 && spool->n_bytes + n_bytes > spool->limit) {
        TRY(move_to_file(spool));
    }
    if (spool->fd >= 0) {
        return append_to_file(spool, data, n_bytes);
    }
    if (spool->n_bytes + n_bytes > spool->block_bytes) {
        uint64_t bytes = spool->block_bytes ? 2 * spool->block_bytes : FIRST_BYTES;
        while (bytes < spool->n_bytes + n_bytes) {
            bytes *= 2;
        }
        TRY(set_block(spool, bytes));
    }
    memcpy(spool->block + spool->n_bytes, data, n_bytes);
    spool->n_bytes += n_bytes;
    return EMB_OK;
}

emb_status spool_reserve(struct spool *spool, uint64_t n_bytes, void **ret_block)
{
    emb_status status = set_block(spool, n_bytes ? n_bytes : 1);
    if (status == EMB_OK) {
        madvise(spool->block, spool->block_bytes, MADV_HUGEPAGE); /* a wish, may be refused */
        spool->n_bytes = n_bytes;
        *ret_block = spool->block;
    }
    return status;
}

emb_status spool_map(struct spool *spool, void **ret_data)
{
    if (spool->fd >= 0) {
        TRY(write_pending(spool));
        munmap(spool->block, spool->block_bytes);
        spool->block = NULL;
        void *block = mmap(NULL, spool->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, spool->fd, 0);
        if (block == MAP_FAILED) {
            return emb_failf(spool->job->host, EMB_E_IO, "%s: cannot map %s: %s", spool->job->model,
                             spool->what, strerror(errno));
        }
        spool->block = block;
        spool->block_bytes = spool->n_bytes;
    }
    *ret_data = spool->block;
    return EMB_OK;
}
