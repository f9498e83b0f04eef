/*
 * open.h - opening a file of a model: one that can be read from its beginning to its end.
 */
#ifndef COMMON_BASE_OPEN_H
#define COMMON_BASE_OPEN_H

#include "embedder.h"

/* *ret_fd is the caller's to close. EMB_E_IO, reported to host->fail: cannot be opened, or is a folder,
 * a FIFO or a device, which is not waited for. [any] */
emb_status open_regular(const struct emb_host *host, const char *path, int *ret_fd);

#endif /* COMMON_BASE_OPEN_H */
