/*
 * probe_read.h - what a child says of the plugins that it loads: a frame for each file, in their
 * order, over a pipe. Any code may have run in the child, so nothing of it is believed.
 */
#ifndef PLUGIN_PROBE_READ_H
#define PLUGIN_PROBE_READ_H

#include "plugin/probe.h"

/* A flaw as a text, or a description as description_write has it. */
enum probe_frame { PROBE_FLAW = 1, PROBE_MODELS, PROBE_KINDS };

enum probe_end {
    PROBE_ALL,     /* every file is judged */
    PROBE_SHORT,   /* the pipe ended before */
    PROBE_LATE,    /* a file took too long */
    PROBE_FOREIGN, /* what came is no frame of ours */
};

/* Takes n frames, stamped with `token`, into ret_probed [n]; *ret_n says how many came. `seconds`
 * is the time for each. */
enum probe_end probe_read(int fd, uint64_t token, double seconds, uint32_t n,
                          struct probed *ret_probed, uint32_t *ret_n);

#endif /* PLUGIN_PROBE_READ_H */
