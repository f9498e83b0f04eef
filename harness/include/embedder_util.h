/*
 * embedder_util.h - inline helpers for plugin authors. No ABI: everything here is compiled into
 * the plugin, and nothing of it crosses the border.
 */
#ifndef EMBEDDER_UTIL_H
#define EMBEDDER_UTIL_H

#include "embedder.h"

#include <stdarg.h>
#include <stdio.h>

/* host->fail with a printf-style message; returns code. [any] */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static inline emb_status
emb_failf(const struct emb_host *host, emb_status code, const char *format, ...)
{
    char why[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return host->fail(host, code, why);
}

/* The [dim] floats of row r (a target, counted over the whole batch) at the s-th wanted stage. */
static inline float *emb_row(const struct emb_batch *batch, uint64_t r, uint64_t s)
{
    return batch->vectors + r * batch->row_stride + s * batch->stage_stride;
}

/* All targets of a batch: R. */
static inline uint64_t emb_batch_rows(const struct emb_batch *batch)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        rows += batch->sentences[i].n_targets;
    }
    return rows;
}

#endif /* EMBEDDER_UTIL_H */
