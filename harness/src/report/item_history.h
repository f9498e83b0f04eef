/*
 * item_history.h - how each item fared with all systems, counted as the items pass: what a page
 * shows of the hardest and of the most contested ones. Memory grows with the items of the data
 * sets, not with the records, of which there is one per system. Zero-initialise, use, finish.
 */
#ifndef REPORT_ITEM_HISTORY_H
#define REPORT_ITEM_HISTORY_H

#include "base/map.h"
#include "report/result.h"

#include <stddef.h>

struct item_answer {
    const char *answer; /* NULL: none was given */
    uint32_t n;         /* readings that gave it */
};

/* An embedder's readings of an item: each stage with each method is one. */
struct item_reader {
    uint32_t embedder;           /* number in item_histories.embedders */
    uint32_t n;                  /* readings */
    double right;                /* their sum of shares right */
    struct item_answer *answers; /* [n_answers] */
    uint32_t n_answers;
    size_t answer_capacity;
};

struct item_history {
    const char *suite, *dataset, *id, *gold;
    struct result_attribute *attributes; /* [n_attributes], the first value of each name */
    uint32_t n_attributes;
    size_t attribute_capacity;
    struct item_reader *readers; /* [n_readers] without baselines */
    uint32_t n_readers;
    size_t reader_capacity;
};

struct item_histories {
    struct item_history *items; /* [n] in the order of the first record */
    size_t n, capacity;
    struct map keys, texts, embedders;
};

/* Counts a record; texts are copied. Those without right or wrong are skipped; baselines give
 * their attributes (the sentence, the definitions) but are no readers. */
void item_histories_add(struct item_histories *item_histories, const struct result_item *item);
void item_histories_finish(struct item_histories *item_histories);

const char *item_attribute(const struct item_history *item_history,
                           const char *name); /* NULL if it has none */
/* Mean over embedders of the share of their readings that are right, 0…1; NAN without readers. */
double item_right(const struct item_history *item_history);
/* The answer that most readings of a reader gave; n_answers > 0. */
const struct item_answer *item_main_answer(const struct item_reader *reader);

enum item_kind {
    ITEM_HARDEST,   /* no reading is right; first those whose readings agree on one wrong answer */
    ITEM_CONTESTED, /* some are right; first those where about half are */
};

/* Numbers of at most `most` items of a kind into ret_numbers, the data sets taking turns;
 * *ret_all there are. Returns how many. */
size_t item_histories_pick(const struct item_histories *item_histories, enum item_kind kind,
                           size_t most, size_t *ret_numbers, size_t *ret_all);

#endif /* REPORT_ITEM_HISTORY_H */
