/* Worker threads that share the iterations of a loop. */
#include "base/pool.h"

#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Who spins before it sleeps. After waits that were too long for it, as on a busy machine, where it
 * keeps from the processor whom it waits for, fewer and fewer do. */
struct spinner {
    uint32_t failed, skip; /* waits that are to pass */
};

struct pool {
    uint32_t n_workers; /* the calling thread is worker 0 */
    pthread_t *threads; /* [n_workers - 1] */
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    /* Written under the lock; looked at without it by who spins for a while before it sleeps. */
    atomic_ullong round; /* counts calls; a worker that has seen this round waits for the next */
    atomic_uint busy;    /* workers still in this round */
    bool stop;
    bool spins; /* no more workers than processors */
    struct spinner caller;
    void (*body)(void *arg, uint32_t i, uint32_t worker);
    void *arg;
    uint32_t n;
    atomic_uint next;
};

/* Some 100 microseconds: to wake a sleeping thread takes about as long, and a trainer of small
 * models runs thousands of short loops a second. */
enum { SPINS = 1 << 13, MOST_SKIPPED = 63 };

static void pause_spin(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static bool may_spin(struct spinner *spinner)
{
    if (spinner->skip > 0) {
        spinner->skip--;
        return false;
    }
    return true;
}

static void has_spun(struct spinner *spinner, bool in_time)
{
    uint32_t failed = 2 * spinner->failed + 1;
    spinner->failed = in_time ? 0 : failed < MOST_SKIPPED ? failed : MOST_SKIPPED;
    spinner->skip = spinner->failed;
}

static _Thread_local const struct pool *inside; /* the pool whose item this thread runs */
static _Thread_local uint32_t inside_as;

static void take_items(struct pool *pool, uint32_t worker)
{
    inside = pool;
    inside_as = worker;
    for (uint32_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->n;) {
        pool->body(pool->arg, i, worker);
    }
    inside = NULL;
}

struct start {
    struct pool *pool;
    uint32_t worker;
};

static void *serve(void *arg)
{
    struct start start = *(struct start *)arg;
    struct pool *pool = start.pool;
    free(arg);
    uint64_t seen = 0;
    struct spinner spinner = {0};
    for (;;) {
        if (pool->spins && may_spin(&spinner)) {
            for (uint32_t i = 0; i < SPINS && pool->round == seen; i++) {
                pause_spin();
            }
            has_spun(&spinner, pool->round != seen);
        }
        pthread_mutex_lock(&pool->lock);
        while (!pool->stop && pool->round == seen) {
            pthread_cond_wait(&pool->start, &pool->lock);
        }
        bool stop = pool->stop;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        if (stop) {
            return NULL;
        }
        take_items(pool, start.worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) {
            pthread_cond_signal(&pool->done);
        }
        pthread_mutex_unlock(&pool->lock);
    }
}

static uint32_t processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return (uint32_t)CPU_COUNT(&set);
    }
    return 1;
}

struct pool *pool_create(uint32_t n_workers)
{
    struct pool *pool = mem_alloc(sizeof *pool);
    pool->n_workers = n_workers ? n_workers : processors();
    pool->threads = mem_array(pool->n_workers, sizeof *pool->threads);
    pool->spins = pool->n_workers <= processors();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (uint32_t w = 1; w < pool->n_workers; w++) {
        struct start *start = mem_alloc(sizeof *start);
        *start = (struct start){pool, w};
        if (pthread_create(&pool->threads[w - 1], NULL, serve, start) != 0) {
            free(start);
            pool->n_workers = w; /* fewer hands, same work */
        }
    }
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (!pool) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t w = 1; w < pool->n_workers; w++) {
        pthread_join(pool->threads[w - 1], NULL);
    }
    pthread_cond_destroy(&pool->start);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

uint32_t pool_workers(const struct pool *pool)
{
    return pool->n_workers;
}

void pool_for(struct pool *pool, uint32_t n, void (*body)(void *arg, uint32_t i, uint32_t worker),
              void *arg)
{
    if (inside == pool || pool->n_workers == 1 || n < 2) {
        uint32_t worker = inside == pool ? inside_as : 0;
        for (uint32_t i = 0; i < n; i++) {
            body(arg, i, worker);
        }
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->body = body;
    pool->arg = arg;
    pool->n = n;
    atomic_store(&pool->next, 0);
    pool->busy = pool->n_workers - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    take_items(pool, 0);
    if (pool->spins && may_spin(&pool->caller)) {
        for (uint32_t i = 0; i < SPINS && pool->busy > 0; i++) {
            pause_spin();
        }
        has_spun(&pool->caller, pool->busy == 0);
    }
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) {
        pthread_cond_wait(&pool->done, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}
