/*
 * probe.h - what plugins say of themselves, found out in a process that they may end.
 *
 * Loading is running code: a shared object's constructors. So files are loaded in a child of this
 * process, in the sandbox of base/sandbox.h, and their descriptions come over a pipe, where they
 * are believed no more than a worker is. Files that came with the harness share a child; every
 * other has one of its own, so that it can speak for no other. One that crashes, ends the process
 * or does not end is reported as such.
 */
#ifndef PLUGIN_PROBE_H
#define PLUGIN_PROBE_H

#include "plugin/description.h"

struct probed {
    char *flaw; /* NULL, or why it is no plugin; free() it */
    struct arena arena;
    struct plugin_description *models; /* [n_models] in the arena */
    uint32_t n_models, abi_minor;
};

/* All files, ret_probed [n]. An error only where no process could be started. */
int probe_files(char *const *paths, uint32_t n, struct probed *ret_probed);

#endif /* PLUGIN_PROBE_H */
