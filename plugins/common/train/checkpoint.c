/* Saves and loads the state of a training run, with a hash over it. */
#include "train/checkpoint.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHECKSUM_START UINT64_C(0xcbf29ce484222325)

struct head {
    char magic[8];
    uint32_t version, n_blocks;
    char model[16];
    uint64_t settings_hash, corpus_hash;
    uint64_t position[CHECKPOINT_POSITIONS];
};

_Static_assert(sizeof(struct head) == 80, "the layout that checkpoint.h describes");

static uint64_t checksum(uint64_t h, const void *data, uint64_t n_bytes)
{
    const char *at = data;
    for (uint64_t i = 0; i < n_bytes; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, 8);
        h = (h ^ word) * UINT64_C(0x100000001b3);
        h ^= h >> 32;
    }
    return h;
}

static void put(struct output *file, uint64_t *sum, const void *data, uint64_t n_bytes)
{
    *sum = checksum(*sum, data, n_bytes);
    output_bytes(file, data, n_bytes);
}

static struct head head_of(const struct train_job *job, const struct checkpoint *checkpoint)
{
    struct head head = {
        .magic = {'E', 'M', 'B', 'T', 'R', 'A', 'I', 'N'},
        .version = 1,
        .n_blocks = checkpoint->n_blocks,
        .settings_hash = checkpoint->settings_hash,
        .corpus_hash = checkpoint->corpus_hash,
    };
    strncpy(head.model, job->model, sizeof head.model - 1);
    memcpy(head.position, checkpoint->position, sizeof head.position);
    return head;
}

emb_status checkpoint_save(const struct train_job *job, const struct checkpoint *checkpoint)
{
    if (!job->request->checkpoint) {
        return EMB_OK;
    }
    struct output file = {0};
    emb_status status = output_open(&file, job, job->request->checkpoint);
    if (status == EMB_OK) {
        struct head head = head_of(job, checkpoint);
        uint64_t sum = CHECKSUM_START;
        put(&file, &sum, &head, sizeof head);
        for (uint32_t i = 0; i < checkpoint->n_blocks; i++) {
            put(&file, &sum, &checkpoint->blocks[i].n_bytes, 8);
            put(&file, &sum, checkpoint->blocks[i].data, checkpoint->blocks[i].n_bytes);
        }
        output_bytes(&file, &sum, 8);
        status = output_close(&file);
    }
    if (status == EMB_OK) {
        status = output_commit(&file);
    }
    output_finish(&file);
    return status;
}

struct loading {
    const struct train_job *job;
    const char *path;
    uint64_t at, sum;
    int fd;
};

/* n_bytes more of the file, part of the checksum. */
static emb_status get(struct loading *loading, void *data, uint64_t n_bytes)
{
    char *to = data;
    for (uint64_t got = 0; got < n_bytes;) {
        uint64_t rest = n_bytes - got;
        ssize_t n = read(loading->fd, to + got, rest < (1u << 30) ? rest : (1u << 30));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return emb_failf(loading->job->host, n < 0 ? EMB_E_IO : EMB_E_FORMAT,
                             "%s: byte %llu: %s", loading->path,
                             (unsigned long long)(loading->at + got),
                             n < 0 ? strerror(errno) : "the checkpoint ends here, expected more");
        }
        got += (uint64_t)n;
    }
    loading->at += n_bytes;
    loading->sum = checksum(loading->sum, data, n_bytes);
    return EMB_OK;
}

static emb_status check_head(struct loading *loading, const struct head *head,
                             const struct checkpoint *expected)
{
    const struct emb_host *host = loading->job->host;
    const char *path = loading->path;
    if (memcmp(head->magic, "EMBTRAIN", 8) != 0 || head->version != 1) {
        return emb_failf(host, EMB_E_FORMAT, "%s: not a training checkpoint of version 1", path);
    }
    if (strncmp(head->model, loading->job->model, sizeof head->model) != 0) {
        return emb_failf(host, EMB_E_FORMAT, "%s: checkpoint of '%.16s', expected '%s'", path,
                         head->model, loading->job->model);
    }
    if (head->settings_hash != expected->settings_hash) {
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: the checkpoint was made with other options or another seed", path);
    }
    if (head->n_blocks == 0) { /* interrupted before training: the corpus was not read to its end */
        return EMB_OK;
    }
    if (head->corpus_hash != expected->corpus_hash) {
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: the checkpoint was made from another corpus: found hash %016llx, "
                         "expected %016llx",
                         path, (unsigned long long)head->corpus_hash,
                         (unsigned long long)expected->corpus_hash);
    }
    if (head->n_blocks != expected->n_blocks) {
        return emb_failf(host, EMB_E_FORMAT, "%s: %u blocks, expected %u", path, head->n_blocks,
                         expected->n_blocks);
    }
    return EMB_OK;
}

static emb_status load_blocks(struct loading *loading, const struct head *head,
                              struct checkpoint *checkpoint)
{
    for (uint32_t i = 0; i < head->n_blocks; i++) {
        uint64_t n_bytes;
        TRY(get(loading, &n_bytes, 8));
        if (n_bytes != checkpoint->blocks[i].n_bytes) {
            return emb_failf(loading->job->host, EMB_E_FORMAT,
                             "%s: block %u: %llu bytes, expected %llu", loading->path, i,
                             (unsigned long long)n_bytes,
                             (unsigned long long)checkpoint->blocks[i].n_bytes);
        }
        TRY(get(loading, checkpoint->blocks[i].data, n_bytes));
    }
    uint64_t expected = loading->sum, found;
    TRY(get(loading, &found, 8));
    if (found != expected) {
        return emb_failf(loading->job->host, EMB_E_FORMAT,
                         "%s: damaged: checksum %016llx, expected %016llx", loading->path,
                         (unsigned long long)found, (unsigned long long)expected);
    }
    return EMB_OK;
}

emb_status checkpoint_load(const struct train_job *job, struct checkpoint *checkpoint)
{
    struct loading loading = {job, job->request->resume_from, 0, CHECKSUM_START, -1};
    loading.fd = open(loading.path, O_RDONLY | O_CLOEXEC);
    if (loading.fd < 0) {
        return emb_failf(job->host, EMB_E_IO, "%s: %s", loading.path, strerror(errno));
    }
    struct head head;
    emb_status status = get(&loading, &head, sizeof head);
    if (status == EMB_OK) {
        status = check_head(&loading, &head, checkpoint);
    }
    if (status == EMB_OK) {
        status = load_blocks(&loading, &head, checkpoint);
    }
    if (status == EMB_OK) {
        memcpy(checkpoint->position, head.position, sizeof head.position);
    }
    close(loading.fd);
    return status;
}
