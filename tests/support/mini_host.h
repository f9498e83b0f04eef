/*
 * mini_host.h - an emb_host for tests that drive plugin code without the harness: malloc, a
 * recorded failure message, pthreads. One at a time per process.
 */
#ifndef MINI_HOST_H
#define MINI_HOST_H

#include "embedder.h"

/* Owned by the module; n_workers in [1, 16]. Resets the recorded failure. */
const struct emb_host *mini_host(uint32_t n_workers);

/* The last message given to host->fail, "" if none. */
const char *mini_host_failure(void);

/* Bytes now allocated through the host, to show that a failed create() leaks nothing. */
size_t mini_host_bytes(void);

/* Make the n-th next allocation fail (1 = the next); 0 = never. */
void mini_host_fail_alloc(uint64_t n);

/* Options as "name=value" pairs over a descriptor's defaults; unknown names abort the test.
 * Free with mini_options_free. */
struct emb_options *mini_options(const struct emb_option *options, uint32_t n_options,
                                 const char *const *pairs, uint32_t n_pairs);
void mini_options_free(struct emb_options *options);

#endif /* MINI_HOST_H */
