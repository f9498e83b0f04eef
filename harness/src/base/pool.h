/*
 * pool.h - a fixed crew of threads for loops.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdint.h>

struct pool;

struct pool *pool_create(uint32_t n_workers); /* 0 = the processors this process may use */
void pool_destroy(struct pool *pool);         /* NULL is fine */
uint32_t pool_workers(const struct pool *pool);

/* body(arg, i, worker) for each i in [0, n), worker in [0, workers); returns when all are done.
 * Items are handed out one by one in order. A nested call runs serially on the caller's worker.
 * One call at a time per pool from outside. */
void pool_for(struct pool *pool, uint32_t n, void (*body)(void *arg, uint32_t i, uint32_t worker),
              void *arg);

#endif /* BASE_POOL_H */
