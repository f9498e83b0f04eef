/*
 * check_interrupt.c - one thread is stopped in the middle of embed() while another goes through it.
 *
 * Threads that merely run side by side meet in a short stretch of code by luck, and on a busy
 * machine not at all. Here the meeting is arranged: a signal stops a thread at a random place of
 * embed() until a second thread has embedded something else. What is shared and not guarded then
 * shows in the vectors of the first. One that is stopped with a lock in hand is let go on soon.
 */
#include "plugin/check_rules.h"

#include "base/clock.h"
#include "base/rng.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define SECONDS 1.0      /* for all rounds */
#define STOP_MS 50       /* most of one stop: the other may wait for a lock of the stopped one */
#define MOST_ROUNDS 2000 /* short calls mostly find no thread in embed() */
#define STOPS SIGUSR1

enum stop { RUNNING, STOPPED, GO_ON, MISSED };

/* Of the one thread that is stopped; static, since a handler looks at it. */
static atomic_int stop;
static atomic_bool inside;        /* embed() */
static _Atomic double inside_for; /* seconds, the last time */
static emb_status (*real_embed)(struct emb_model *, const struct emb_batch *);

static void nap(long nanoseconds)
{
    const struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

static void be_stopped(int number)
{
    (void)number;
    int before = errno;
    if (!atomic_load(&inside)) {
        atomic_store(&stop, MISSED);
        return;
    }
    atomic_store(&stop, STOPPED);
    for (int i = 0; i < 10 * STOP_MS && atomic_load(&stop) != GO_ON; i++) {
        nap(100000);
    }
    atomic_store(&stop, RUNNING);
    errno = before;
}

static emb_status watched_embed(struct emb_model *model, const struct emb_batch *batch)
{
    double start = clock_seconds();
    atomic_store(&inside, true);
    emb_status status = real_embed(model, batch);
    atomic_store(&inside, false);
    atomic_store(&inside_for, clock_seconds() - start);
    return status;
}

struct stopped {
    struct check check; /* a copy, whose embed() is watched */
    const struct sample *sample;
    const struct vectors *expected;
    atomic_bool over, ended;
    bool differs;
    enum verdict verdict;
};

static void *be_interrupted(void *arg)
{
    struct stopped *stopped = arg;
    struct check *check = &stopped->check;
    struct vectors vectors;
    stopped->verdict = check_embed(check, stopped->sample, &(struct ask){0}, &vectors);
    if (!stopped->verdict) {
        while (!atomic_load(&stopped->over) && !stopped->differs && !stopped->verdict) {
            stopped->verdict = check_embed_again(check, stopped->sample, &vectors);
            stopped->differs = !vectors_equal(&vectors, stopped->expected);
        }
        vectors_finish(&vectors);
    }
    atomic_store(&stopped->ended, true);
    return NULL;
}

static enum verdict interrupt(struct check *check, const struct sample *sample,
                              const struct vectors *expected, bool *ret_differs)
{
    struct vectors vectors;
    enum verdict verdict = check_embed(check, sample, &(struct ask){0}, &vectors);
    if (!verdict) {
        *ret_differs = *ret_differs || !vectors_equal(&vectors, expected);
        vectors_finish(&vectors);
    }
    return verdict;
}

/* Stops the thread somewhere in embed(). False: it was not there by then. */
static bool stop_it(pthread_t thread, const struct stopped *stopped, struct rng *chance, double end)
{
    while (!atomic_load(&inside) && !atomic_load(&stopped->ended) && clock_seconds() < end) {
        sched_yield();
    }
    double at = clock_seconds() + rng_unit(chance) * atomic_load(&inside_for);
    while (clock_seconds() < at && atomic_load(&inside)) {
    }
    atomic_store(&stop, RUNNING);
    if (atomic_load(&stopped->ended) || pthread_kill(thread, STOPS) != 0) {
        return false;
    }
    while (atomic_load(&stop) == RUNNING && !atomic_load(&stopped->ended) &&
           clock_seconds() < end) {
        sched_yield();
    }
    return atomic_load(&stop) == STOPPED;
}

static void let_go(double end)
{
    int held = STOPPED;
    if (atomic_compare_exchange_strong(&stop, &held, GO_ON)) {
        while (atomic_load(&stop) == GO_ON && clock_seconds() < end) {
            sched_yield();
        }
    }
}

enum verdict check_interrupted(struct check *check, const struct sample samples[2],
                               const struct vectors expected[2])
{
    struct emb_model_ops watched = *check->ops;
    struct stopped stopped = {.check = *check, .sample = &samples[0], .expected = &expected[0]};
    struct sigaction action = {.sa_handler = be_stopped, .sa_flags = SA_RESTART}, before;
    struct rng chance;
    pthread_t thread;
    bool differs = false;
    enum verdict verdict = VERDICT_PASSED;
    real_embed = check->ops->embed;
    watched.embed = watched_embed;
    stopped.check.ops = &watched;
    stopped.check.why = (struct str){0};
    rng_init(&chance, 1, 0);
    sigaction(STOPS, &action, &before);
    if (pthread_create(&thread, NULL, be_interrupted, &stopped) != 0) {
        sigaction(STOPS, &before, NULL);
        return VERDICT_PASSED; /* the race itself has had its say */
    }
    double end = clock_seconds() + SECONDS;
    for (int i = 0; i < MOST_ROUNDS && !verdict && !differs && clock_seconds() < end; i++) {
        if (stop_it(thread, &stopped, &chance, end)) {
            verdict = interrupt(check, &samples[1], &expected[1], &differs);
            let_go(end);
        }
        if (atomic_load(&stopped.ended)) {
            break;
        }
    }
    atomic_store(&stopped.over, true);
    pthread_join(thread, NULL);
    sigaction(STOPS, &before, NULL);
    if (!verdict && stopped.verdict) {
        verdict = check_failed(check, "beside another call: %s", str_text(&stopped.check.why));
    } else if (!verdict && (differs || stopped.differs)) {
        verdict = check_failed(check, "a call that another one interrupts gives different vectors");
    }
    str_finish(&stopped.check.why);
    return verdict;
}
