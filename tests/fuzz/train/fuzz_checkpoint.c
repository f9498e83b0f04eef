/*
 * fuzz_checkpoint.c - any bytes as a checkpoint, with the checksum put right so that what lies
 * behind it is reached as well.
 */
#include "mini_host.h"
#include "train/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t checksum(const uint8_t *data, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        h = (h ^ word) * UINT64_C(0x100000001b3);
        h ^= h >> 32;
    }
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/harness-fuzz-checkpoint-%ld", (long)getpid());
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    uint64_t sum = checksum(data, size);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || write(fd, &sum, 8) != 8) {
        abort();
    }
    close(fd);
    struct emb_train_request request = {
        .struct_size = sizeof request, .n_threads = 1, .output = path, .resume_from = path};
    struct train_job job;
    job_init(&job, mini_host(1), &request, "test", 0);
    uint64_t a[8], b[2];
    struct checkpoint checkpoint = {.settings_hash = 1, .corpus_hash = 2, .n_blocks = 2};
    checkpoint.blocks[0].data = a;
    checkpoint.blocks[0].n_bytes = sizeof a;
    checkpoint.blocks[1].data = b;
    checkpoint.blocks[1].n_bytes = sizeof b;
    emb_status status = checkpoint_load(&job, &checkpoint);
    unlink(path);
    if (status != EMB_OK && status != EMB_E_FORMAT) {
        abort();
    }
    return 0;
}
