/*
 * readouts.h - where along a model a score is earned, by each way of reading its vectors, and
 * whether these ways agree. A readout is a method (nearest centroid, definitions, a linear
 * classifier) on the vectors of one embedder, as they are or post-processed. Gains along the stages
 * are a readout's, not the model's: what one shows, another may deny.
 *
 * Of rows METRIC-gain-total, its parts, and METRIC-attention-lead (suites/shared/attribution.h), of
 * metrics of which more is better. A gain is shown where its interval, which is paired, lies on one
 * side of 0: intervals of two readouts are never laid beside each other.
 */
#ifndef REPORT_READOUTS_H
#define REPORT_READOUTS_H

#include "base/arena.h"
#include "base/str.h"
#include "report/text/cells.h"
#include "report/tree.h"

enum readout_gain {
    READOUT_TOTAL, /* the last stage over the first */
    READOUT_ATTENTION,
    READOUT_FEED_FORWARD,
    READOUT_LEAD, /* attention minus feed-forward */
    READOUT_INPUT,
    READOUT_OTHER,
    READOUT_N_GAINS
};
extern const char *const readout_gain_names[READOUT_N_GAINS];

/* A gain as it is shown, times 100 where its metric is; NAN: there is none. */
struct readout_value {
    double value, low, high;
};

enum readout_verdict {
    READOUT_ADDS,      /* all of the interval above 0 */
    READOUT_LOSES,     /* all of it below */
    READOUT_NOT_SHOWN, /* 0 within */
    READOUT_UNTESTED,  /* no interval */
    READOUT_N_VERDICTS
};
enum readout_verdict readout_verdict(const struct readout_value *gain);

struct readout {
    const char *name; /* "nn", "nn (standardise)", "probe lemma" */
    struct readout_value gains[READOUT_N_GAINS];
};

/* Of one embedder on one data set; two readouts or more. */
struct readout_table {
    const char *dataset, *embedder, *metric;
    const char *units;        /* "documents(26)": what is drawn for the intervals; "": not said */
    double scale;             /* 100 or 1 */
    struct readout *readouts; /* [n] as they come in the report */
    uint32_t n, left_out;     /* the first are listed, of very many */
    bool first;               /* of its embedder */
};

struct readouts {
    struct readout_table *tables; /* [n] */
    uint32_t n;
    struct arena texts; /* names; data sets, embedders and metrics are the tree's */
};

/* Independent of the rows, but not of the texts, of the tree. Free with readouts_finish. */
void readouts_list(const struct result_tree *tree, struct readouts *ret_readouts);
void readouts_finish(struct readouts *readouts);

/* Where the readouts agree and where not, a sentence for the total, attention, feed-forward and
 * their difference, as far as they are there: "attention: all 3 show a gain. feed-forward: no
 * agreement: 2 of 3 show a gain; neither shown by lemma. …". free() it. */
char *readouts_sentence(const struct readout_table *table);

/* "+17.0", with a true minus; "" if there is none. intervals: " (+14.2 to +19.8)". */
void readout_write(const struct readout_value *gain, bool intervals, struct str *out);

/* All of them, a line a readout, with intervals; the note says what they are and ends with the
 * sentence. Free with readouts_cells_finish. */
void readouts_cells(const struct readouts *readouts, struct cell_tables *ret_tables);
void readouts_cells_finish(struct cell_tables *tables);

/* "homographs, minilm: gains of f1 × 100 by 3 readouts". free() it. */
char *readouts_title(const struct readout_table *table);

#endif /* REPORT_READOUTS_H */
