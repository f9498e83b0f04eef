/* Takes what a child says of the plugins that it loads from its pipe. */
#include "plugin/probe_read.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (4u << 20) /* of one file's description */

static const uint32_t limits[PROBE_KINDS] = {[PROBE_FLAW] = 64u << 10, [PROBE_MODELS] = MOST_BYTES};

/* Reads on until a frame is whole. */
static enum probe_end next_frame(int fd, uint64_t token, double seconds, struct str *arrived,
                                 struct wire_frame *ret_frame)
{
    const struct wire_rules rules = {token, limits, PROBE_KINDS};
    double begun = clock_seconds();
    for (;;) {
        char block[4096];
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        enum wire_state state = wire_frame(&rules, arrived->data, arrived->n, ret_frame);
        if (state != WIRE_PART) {
            return state == WIRE_WHOLE ? PROBE_ALL : PROBE_FOREIGN;
        }
        double left = seconds - (clock_seconds() - begun);
        if (left <= 0) {
            return PROBE_LATE;
        }
        if (poll(&ready, 1, (int)(1000 * left) + 1) <= 0) {
            continue;
        }
        ssize_t n = read(fd, block, sizeof block);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return PROBE_SHORT;
        }
        str_append(arrived, block, n > 0 ? (size_t)n : 0);
    }
}

static void take_frame(struct wire_frame *frame, struct probed *probed)
{
    if (frame->kind == PROBE_MODELS) {
        probed->flaw = description_read(&frame->values, &probed->arena, &probed->models,
                                        &probed->n_models, &probed->abi_minor);
        return;
    }
    const char *said = wire_take_text(&frame->values);
    probed->flaw = mem_text(said ? said : "no reason is known");
}

static void forget_frame(struct str *arrived, size_t size)
{
    memmove(arrived->data, arrived->data + size, arrived->n - size);
    arrived->n -= size;
}

enum probe_end probe_read(int fd, uint64_t token, double seconds, uint32_t n,
                          struct probed *ret_probed, uint32_t *ret_n)
{
    struct str arrived = {0};
    struct wire_frame frame;
    enum probe_end end = PROBE_ALL;
    uint32_t i = 0;
    while (i < n && (end = next_frame(fd, token, seconds, &arrived, &frame)) == PROBE_ALL) {
        take_frame(&frame, &ret_probed[i++]);
        forget_frame(&arrived, frame.size);
    }
    str_finish(&arrived);
    *ret_n = i;
    return end;
}
