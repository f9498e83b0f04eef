/*
 * fuzz_probe.c - any frames, and bytes that are none, as what a child says of the plugins that it
 * loads. Each file is judged at most once, in order; of those that are not, nothing is known.
 */
#include "../worker/frames.h"
#include "plugin/probe_read.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOKEN UINT64_C(0x0123456789abcdef)
#define FILES 3
#define SECONDS 30.0

static volatile size_t touched;

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

/* The input as a child would have sent it, to read from the beginning. */
static int pipe_of(const uint8_t *data, size_t size)
{
    static int fd = -1;
    const uint8_t *end = data + size;
    struct frames_part part;
    struct str sent = {0};
    while (frames_next(&data, end, &part)) {
        struct str bytes = {0};
        frames_put(&bytes, &part);
        if (part.kind != FRAMES_RAW) {
            wire_stamp(&bytes, TOKEN);
        }
        str_append(&sent, bytes.data, bytes.n);
        str_finish(&bytes);
    }
    fd = fd < 0 ? memfd_create("probe", MFD_CLOEXEC) : fd;
    require(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    require(write(fd, sent.data, sent.n) == (ssize_t)sent.n && lseek(fd, 0, SEEK_SET) == 0);
    str_finish(&sent);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct probed probed[FILES] = {{0}};
    uint32_t judged = 0;
    enum probe_end end = probe_read(pipe_of(data, size), TOKEN, SECONDS, FILES, probed, &judged);
    require(judged <= FILES && (end == PROBE_ALL) == (judged == FILES) && end != PROBE_LATE);
    for (uint32_t i = 0; i < FILES; i++) {
        require(i < judged || (!probed[i].flaw && probed[i].n_models == 0));
        for (uint32_t k = 0; !probed[i].flaw && k < probed[i].n_models; k++) {
            touched += strlen(probed[i].models[k].desc.name);
        }
        free(probed[i].flaw);
        arena_finish(&probed[i].arena);
    }
    return 0;
}
