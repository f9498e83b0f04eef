/*
 * result.h - what suites say, and nothing else: figures, and a record per item.
 *
 * A suite hands each row and each item to a sink as soon as it knows it. In a worker process the
 * sink is the pipe to the parent; in the parent it is the result tree that the writers read.
 * Texts are copied by the sink: they need to live only until the call returns.
 */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include "report/figure.h"

#include <stdbool.h>
#include <stdint.h>

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

struct result_sink {
    void *ctx;
    void (*row)(void *ctx, const struct figure *row);
    void (*item)(void *ctx, const struct result_item *item); /* may be NULL: items not wanted */
};

#endif /* REPORT_RESULT_H */
