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
#include "base/members.h"
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

/* One figure of the report. NULL texts are written as null; NAN values as null. X(type, member,
 * name in reports; whether a report must have it: NEEDED, OPTIONAL, or UNSAID: no report does;
 * whether workers send it: SENT, or KEPT: the parent alone knows it). The order is that of the
 * reports. */
/* clang-format off */
#define RESULT_ROW_MEMBERS(X)                                                                      \
    X(TEXT, suite, "suite", NEEDED, SENT)             /* "wsd" */                                  \
    X(TEXT, dataset, "dataset", NEEDED, SENT)         /* "raganato2017-ALL" */                     \
    X(TEXT, embedder, "embedder", NEEDED, SENT)       /* "minilm"; "baseline" for baselines */     \
    X(TEXT, kind, "kind", NEEDED, SENT)               /* "static", "contextual", "baseline" */     \
    X(STAGE, stage, "stage", OPTIONAL, SENT)          /* no name: of a baseline */                 \
    X(TEXT, method, "method", NEEDED, SENT)           /* "nn", "gloss:target-gloss", "cosine" */   \
    X(TEXT, metric, "metric", NEEDED, SENT)           /* "f1", "accuracy", "spearman" */           \
    X(REAL, value, "value", OPTIONAL, SENT)           /* 0..1 scale (correlations -1..1) */        \
    X(REAL, low, "low", OPTIONAL, SENT)               /* 95 % interval, NAN if not computed */     \
    X(REAL, high, "high", OPTIONAL, SENT)                                                          \
    X(WHOLE, n, "n", OPTIONAL, SENT)                  /* items */                                  \
    X(WHOLE, answered, "answered", OPTIONAL, SENT)    /* items with an answer */                   \
    X(REAL, coverage, "coverage", OPTIONAL, SENT)     /* answered / n */                           \
    X(SPLIT, split, "split", NEEDED, SENT)                                                         \
    /* out-of-vocabulary or back-off policy; NULL where there is none */                           \
    X(TEXT, policy, "policy", OPTIONAL, SENT)                                                      \
    X(PROTOCOL, protocol, NULL, UNSAID, SENT)         /* how it was made */                        \
    /* the protocol as a text; the result tree makes it */                                         \
    X(MADE_TEXT, signature, "signature", NEEDED, KEPT)                                             \
    /* why there is no value, or what it is worth; NULL: nothing to say */                         \
    X(TEXT, reason, "reason", OPTIONAL, SENT)                                                      \
    /* "1,2,3": a mean over runs with these seeds; NULL: of one run, as all that workers send */   \
    X(TEXT, seeds, "seeds", OPTIONAL, KEPT)                                                        \
    /* of means over seeds: the sample standard deviation (n - 1) */                               \
    X(REAL, sd, "sd", OPTIONAL, KEPT)
/* clang-format on */
struct result_row {
    RESULT_ROW_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(result_row, RESULT_ROW_MEMBERS);

/* A named text beside an item: what splits and later tests need ("lemma", "pos", "document"). */
struct result_attribute {
    const char *name, *value;
};

/* One item as one system answered it. What a figure is of them its metric says (report/metric.h);
 * those of a row are the items of its suite, embedder, stage and method whose `dataset` it has, or
 * that count in it. X(type, member), in records by the same name; workers send them all. */
/* clang-format off */
#define RESULT_ITEM_MEMBERS(X)                                                                     \
    X(TEXT, suite)                                                                                 \
    X(TEXT, dataset)                                                                               \
    X(TEXT, embedder)                                                                              \
    X(STAGE, stage)                                                                                \
    X(TEXT, method)                                                                                \
    /* data sets of rows, besides `dataset`, in whose figures the item counts (parts of a set,     \
     * splits of a file), a name a line; NULL: none */                                             \
    X(NAMES, counts_in)                                                                            \
    X(TEXT, id)         /* the data set's own, or its line number */                               \
    X(TEXT, answer)     /* sense key, "T"/"F", NULL if none was given */                           \
    X(TEXT, gold)       /* gold answers, space-separated; NULL if the gold is a number */          \
    /* "ok", "backoff", "tie", "oov", "cut", "empty"; "expected": a baseline by chance, which has  \
     * no answer, and whose `correct` is the share that it gets right on average */                \
    X(TEXT, status)                                                                                \
    X(REAL, score)      /* the system's own number: cosine of the answer, NAN if none */           \
    X(REAL, gold_score) /* human rating, NAN if the gold is a text */                              \
    X(REAL, correct)    /* share right 0..1, NAN where right and wrong make no sense */            \
    X(ATTRIBUTES, attributes)
/* clang-format on */
struct result_item {
    RESULT_ITEM_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(result_item, RESULT_ITEM_MEMBERS);

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
