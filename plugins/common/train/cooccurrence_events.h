/*
 * cooccurrence_events.h - buckets of single meetings of two words, sorted and added up
 * (cooccurrence.h).
 *
 * An event is a number of 64 bits:
 *     bits 36..63  the rarer word's place in its bucket
 *     bit  35      1 if the rarer word stands on the left (0 if order does not matter)
 *     bits  8..34  the other word, so a vocabulary has at most 2^27 words
 *     bits  0..7   their distance
 */
#ifndef TRAIN_COOCCURRENCE_EVENTS_H
#define TRAIN_COOCCURRENCE_EVENTS_H

#include "train/cooccurrence.h"

enum { EVENT_BUCKETS = 256, EVENT_BLOCK = 512, EVENT_WORD_BITS = 27 };

struct event_block {
    struct event_block *next;
    uint64_t events[EVENT_BLOCK];
};

/* One worker's buckets. */
struct event_lane {
    struct event_block *blocks[EVENT_BUCKETS]; /* the first is being filled */
    uint32_t fill[EVENT_BUCKETS];              /* events in the first */
    struct event_block *free_blocks;
    void *slabs; /* what blocks are cut from; the first word links them */
    uint64_t n_bytes;
    bool failed; /* out of memory */
};

/* A bucket's sums that were written to the file. */
struct event_run {
    uint64_t offset, n; /* bytes, records */
    uint32_t bucket;
    struct event_run *next;
};

struct events {
    struct train_job *job;
    struct event_lane *lanes;
    uint32_t *bucket_of;                           /* [n_words] of the rarer word */
    uint32_t first_word[EVENT_BUCKETS + 1];        /* of a bucket */
    uint64_t weights[COOCCURRENCE_MAX_WINDOW + 1]; /* by distance */
    struct spool spilled;
    struct event_run *runs;
    const struct cooccurrence *spilled_records;
    uint32_t n_words;
};

/* first: events have a rarer word of this number or above. */
emb_status events_init(struct events *events, struct train_job *job,
                       const struct word_counts *vocabulary, uint32_t first);
void events_finish(struct events *events);

void event_new_block(struct event_lane *lane, const struct train_job *job, uint32_t bucket);

static inline void event_put(struct events *events, struct event_lane *lane, uint32_t rarer,
                             uint32_t other, uint32_t is_left, uint32_t distance)
{
    uint32_t bucket = events->bucket_of[rarer];
    if (!lane->blocks[bucket] || lane->fill[bucket] == EVENT_BLOCK) {
        event_new_block(lane, events->job, bucket);
        if (lane->failed) {
            return;
        }
    }
    lane->blocks[bucket]->events[lane->fill[bucket]++] =
        (uint64_t)(rarer - events->first_word[bucket]) << 36 | (uint64_t)is_left << 35 |
        (uint64_t)other << 8 | distance;
}

uint64_t events_bytes(const struct events *events);
/* Sums of all buckets to the file; the buckets are empty afterwards. */
emb_status events_spill(struct events *events);
/* Sums of all buckets and files, bucket by bucket, appended to `to`. */
emb_status events_gather(struct events *events, struct spool *to);

#endif /* TRAIN_COOCCURRENCE_EVENTS_H */
