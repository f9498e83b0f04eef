/*
 * check_heap.c - does memory stay behind when a model goes? What host->alloc gives out is counted
 * exactly (rule_destroy); this rule looks at all of malloc.
 */
#include "plugin/check_rules.h"

#include "base/clock.h"

#include <malloc.h>

enum {
    N_GROUPS = 6,      /* of lives, after which one looks; each must have grown */
    N_SERIES = 2,      /* of groups; a second look where the first one saw growth */
    N_WARM_UP = 4,     /* groups before these: caches fill once, and malloc's own free lists hide
                          the first blocks that are lost */
    LARGEST_GROUP = 4, /* lives */
    LEAST_GROWTH = 16  /* bytes a life */
};
#define MOST_SECONDS 5.0 /* models that load slowly get smaller groups */
#define SLOW_SECONDS 2.0 /* a life that takes longer is not repeated */
/* One that takes the processor less is repeated as often as is wished, however busy the machine is:
 * in small groups the first blocks that are lost hide. */
#define CHEAP_SECONDS 0.05

static uint64_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

/* create(), embed() twice, destroy(). */
static enum verdict one_life(struct check *check, const struct sample *sample)
{
    struct emb_model *kept = check->model;
    host_forget_failure();
    emb_status status = check->ops->create(&check->host.api, check->spec->model->desc,
                                           check->spec->options, &check->model);
    host_end_progress(&check->host);
    if (status) {
        check->model = kept;
        return check_failed_call(check, "create", status);
    }
    enum verdict verdict = VERDICT_PASSED;
    for (int i = 0; i < 2 && !verdict; i++) {
        struct vectors vectors;
        verdict = check_embed(check, sample, &(struct ask){0}, &vectors);
        if (!verdict) {
            vectors_finish(&vectors);
        }
    }
    check->ops->destroy(check->model);
    check->model = kept;
    return verdict;
}

static enum verdict live(struct check *check, const struct sample *sample, uint32_t n)
{
    enum verdict verdict = VERDICT_PASSED;
    for (uint32_t i = 0; i < n && !verdict; i++) {
        verdict = one_life(check, sample);
    }
    return verdict;
}

/* Some groups of lives. *ret_grown: the bytes that stay behind, 0 unless every group leaves about
 * as many: what threads keep in their free lists comes and goes. */
static enum verdict series(struct check *check, const struct sample *sample, uint32_t group,
                           uint64_t *ret_grown)
{
    enum verdict verdict = VERDICT_PASSED;
    uint64_t first = heap_bytes(), before = first, least = UINT64_MAX, most = 0;
    for (uint32_t i = 0; i < N_GROUPS && !verdict && least > 0; i++) {
        verdict = live(check, sample, group);
        uint64_t now = heap_bytes(), growth = now > before ? now - before : 0;
        least = growth < least ? growth : least;
        most = growth > most ? growth : most;
        before = now;
    }
    bool steady = least >= (uint64_t)group * LEAST_GROWTH && least >= most / 2;
    *ret_grown = steady ? before - first : 0;
    return verdict;
}

enum verdict rule_heap(struct check *check)
{
    struct sample sample = check_sample(check);
    double start = clock_seconds(), own_start = clock_own_seconds();
    enum verdict verdict = live(check, &sample, 1);
    double seconds = clock_seconds() - start, own_seconds = clock_own_seconds() - own_start;
    seconds = own_seconds < CHEAP_SECONDS ? own_seconds : seconds;
    if (verdict || heap_bytes() == 0 || seconds > SLOW_SECONDS) {
        return verdict ? verdict
                       : check_skipped(check, seconds > SLOW_SECONDS
                                                  ? "create() takes too long for this test"
                                                  : "this allocator does not report its use");
    }
    double fitting = MOST_SECONDS / (seconds * (N_WARM_UP + N_GROUPS));
    uint32_t group = fitting < 1 ? 1 : fitting > LARGEST_GROUP ? LARGEST_GROUP : (uint32_t)fitting;
    verdict = live(check, &sample, N_WARM_UP * group);
    uint64_t grown = 0;
    for (uint32_t i = 0; i < N_SERIES && !verdict && (i == 0 || grown); i++) {
        verdict = series(check, &sample, group, &grown);
    }
    return verdict || !grown
               ? verdict
               : check_failed(
                     check,
                     "create(), embed() twice and destroy() leave about %llu bytes each time",
                     (unsigned long long)grown / (N_GROUPS * group));
}
