/*
 * result.h - what suites say, and nothing else: a flat table of figures and a record per item.
 *
 * A suite hands each row and each item to a sink as soon as it knows it. In a worker process the
 * sink is the pipe to the parent; in the parent it is the result tree that the writers read.
 * Texts are copied by the sink: they need to live only until the call returns.
 */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include "data/stage.h"
#include "report/protocol.h"

#include <stdbool.h>
#include <stdint.h>

/* Some of the items: those with a value of an axis ("pos", "NOUN"). All zero: all items. */
struct split {
    const char *axis, *value; /* value NULL: the axis alone is the name */
    const char *text;         /* "all", "pos:NOUN"; the result tree makes it */
};

#define SPLIT_ALL ((struct split){0})

static inline bool split_is_all(const struct split *split)
{
    return !split->axis;
}

/* One figure of the report. NULL texts are written as null; NAN values as null. */
struct result_row {
    const char *suite;    /* "wsd" */
    const char *dataset;  /* "raganato2017-ALL" */
    const char *embedder; /* "minilm"; "baseline" for baselines */
    const char *kind;     /* "static", "contextual", "baseline" */
    struct stage stage;   /* no name: of a baseline */
    const char *method;   /* "nn", "gloss:target-gloss", "first-sense", "cosine" */
    const char *metric;   /* "f1", "accuracy", "spearman" */
    struct split split;
    const char *policy; /* out-of-vocabulary or back-off policy; NULL where there is none */
    const struct protocol *protocol; /* how it was made */
    const char *signature;           /* the protocol as a text; the result tree makes it */
    const char *reason; /* why there is no value, or what it is worth; NULL: nothing to say */
    const char *seeds;  /* "1,2,3": a mean over runs with these seeds; NULL: of one run */
    double value;       /* 0..1 scale (correlations -1..1) */
    double low, high;   /* 95 % interval, NAN if not computed */
    double sd;          /* of means over seeds: the sample standard deviation (n - 1) */
    double coverage;    /* answered / n */
    uint64_t n;         /* items */
    uint64_t answered;  /* items with an answer */
};

/* A named text beside an item: what splits and later tests need ("lemma", "pos", "document"). */
struct result_attribute {
    const char *name, *value;
};

/* One item as one system answered it. What a figure is of them its metric says (report/metric.h);
 * those of a row are
 * the items of its suite, embedder, stage and method whose `dataset` it has, or that count in it.
 */
struct result_item {
    const char *suite, *dataset, *embedder, *method;
    struct stage stage;
    /* data sets of rows, besides `dataset`, in whose figures the item counts (parts of a set,
     * splits of a file), a name a line; NULL: none */
    const char *counts_in;
    const char *id;     /* the data set's own, or its line number */
    const char *answer; /* sense key, "T"/"F", NULL if none was given */
    const char *gold;   /* gold answers, space-separated; NULL if the gold is a number */
    /* "ok", "backoff", "tie", "oov", "cut", "empty"; "expected": a baseline by chance, which has no
     * answer, and whose `correct` is the share that it gets right on average */
    const char *status;
    double score;      /* the system's own number: cosine of the answer, NAN if none */
    double gold_score; /* human rating, NAN if the gold is a text */
    double correct;    /* share right 0..1, NAN where right and wrong make no sense */
    const struct result_attribute *attributes; /* [n_attributes] */
    uint32_t n_attributes;
};

/* Does an item count in the figures of this data set? */
bool result_item_counts_in(const struct result_item *item, const char *dataset);

/* Was the threshold that the figure stands on fitted on the very items that it is of
 * ("threshold:itself")? Metrics that need no threshold are not touched by it. */
bool result_row_is_self_fitted(const struct result_row *row);

struct result_sink {
    void *ctx;
    void (*row)(void *ctx, const struct result_row *row);
    void (*item)(void *ctx, const struct result_item *item); /* may be NULL: items not wanted */
};

#endif /* REPORT_RESULT_H */
