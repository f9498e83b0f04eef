/*
 * cooccurrence.h - how often words stand near each other, each meeting weighted by 1 / distance
 * (Pennington, Socher and Manning 2014, section 4.2).
 *
 * A window reaches `window` words to the left and ends at the line's beginning; words outside the
 * vocabulary take no place in it. Weights are integers, 2^32 / distance to the nearest, so sums do
 * not depend on the order: neither the number of workers nor the memory changes a count.
 *
 * Pairs of two frequent words are counted in a table. The others become events of 8 bytes in
 * buckets by their rarer word, which are sorted and added up one by one at the end; whenever they
 * pass the memory's limit, each bucket's sums so far go to a file and are merged in the end.
 */
#ifndef TRAIN_COOCCURRENCE_H
#define TRAIN_COOCCURRENCE_H

#include "train/corpus.h"
#include "train/spool.h"

enum { COOCCURRENCE_MAX_WINDOW = 255 };

/* X(row, column) in units of 2^-32. */
struct cooccurrence {
    uint32_t row, column;
    uint64_t weight;
};

#define COOCCURRENCE_UNIT 0x1p-32

struct cooccurrences {
    struct spool spool;
    const struct cooccurrence *records; /* [n] each pair once, in a fixed order */
    uint64_t n;
};

/* Phase 2 of GloVe. Symmetric: X is symmetric and each unordered pair is given once, row >=
 * column; a word beside itself counts twice. Else: row is the word on the left. Free with
 * cooccurrences_finish, also after failure. */
emb_status cooccurrences_count(struct cooccurrences *counts, struct train_job *job,
                               const struct corpus *corpus, uint32_t window, bool symmetric);
void cooccurrences_finish(struct cooccurrences *counts);

#endif /* TRAIN_COOCCURRENCE_H */
