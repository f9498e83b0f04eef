/*
 * stories.h - how each item fared with all systems, counted as the items pass: what a page shows of
 * the hardest and of the most contested ones. Memory grows with the items of the data sets, not
 * with the records, of which there is one per system. Zero-initialise, use, finish.
 */
#ifndef REPORT_STORIES_H
#define REPORT_STORIES_H

#include "base/map.h"
#include "report/result.h"

#include <stddef.h>

struct story_answer {
    const char *answer; /* NULL: none was given */
    uint32_t n;         /* readings that gave it */
};

/* An embedder's readings of an item: each stage with each method is one. */
struct story_reader {
    uint32_t embedder;            /* number in stories.embedders */
    uint32_t n;                   /* readings */
    double right;                 /* their sum of shares right */
    struct story_answer *answers; /* [n_answers] */
    uint32_t n_answers;
    size_t answer_capacity;
};

struct story {
    const char *suite, *dataset, *id, *gold;
    struct result_attribute *attributes; /* [n_attributes], the first value of each name */
    uint32_t n_attributes;
    size_t attribute_capacity;
    struct story_reader *readers; /* [n_readers] without baselines */
    uint32_t n_readers;
    size_t reader_capacity;
};

struct stories {
    struct story *stories; /* [n] in the order of the first record */
    size_t n, capacity;
    struct map keys, texts, embedders;
};

/* Counts a record; texts are copied. Those without right or wrong are passed over; baselines give
 * their attributes (the sentence, the definitions) but are no readers. */
void stories_add(struct stories *stories, const struct result_item *item);
void stories_finish(struct stories *stories);

const char *story_attribute(const struct story *story, const char *name); /* NULL if it has none */
/* Mean over embedders of the share of their readings that are right, 0…1; NAN without readers. */
double story_right(const struct story *story);
/* The answer that most readings of a reader gave; n_answers > 0. */
const struct story_answer *story_main_answer(const struct story_reader *reader);

enum story_kind {
    STORY_HARDEST,   /* no reading is right; first those whose readings agree on one wrong answer */
    STORY_CONTESTED, /* some are right; first those where about half are */
};

/* Numbers of at most `most` stories of a kind into ret_numbers, the data sets taking turns;
 * *ret_all there are. Returns how many. */
size_t stories_pick(const struct stories *stories, enum story_kind kind, size_t most,
                    size_t *ret_numbers, size_t *ret_all);

#endif /* REPORT_STORIES_H */
