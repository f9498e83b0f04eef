/*
 * figure.h - one figure: what was measured, of which system, how, and what it leaves out.
 */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include "base/members.h"
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

/* One figure of the report. NULL texts are written as null; NAN values as null. X(type, member,
 * name in reports; whether a report must have it: NEEDED, OPTIONAL, or UNSAID: no report does;
 * whether workers send it: SENT, or KEPT: the parent alone knows it). The order is that of the
 * reports. */
/* clang-format off */
#define FIGURE_MEMBERS(X)                                                                          \
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
    /* why there is no value, or a caveat about it; NULL: nothing to say */                        \
    X(TEXT, reason, "reason", OPTIONAL, SENT)                                                      \
    /* "1,2,3": a mean over runs with these seeds; NULL: of one run, as all that workers send */   \
    X(TEXT, seeds, "seeds", OPTIONAL, KEPT)                                                        \
    /* of means over seeds: the sample standard deviation (n - 1) */                               \
    X(REAL, sd, "sd", OPTIONAL, KEPT)
/* clang-format on */
struct figure {
    FIGURE_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(figure, FIGURE_MEMBERS);

/* Was the threshold that the figure stands on fitted on the very items that it is of
 * ("threshold:itself")? Metrics that need no threshold are not touched by it. */
bool figure_is_self_fitted(const struct figure *row);

#endif /* REPORT_FIGURE_H */
