/*
 * suite.h - a benchmark: what it needs, and how it runs. suites.c lists them all.
 *
 * Life of a run: the parent calls prepare() once (reads data sets, so that bad input ends the run
 * before any model is loaded) and baselines() once; each embedder's worker, this program started
 * again, calls prepare() and run(); when all are done the parent calls conclude() with every item
 * that was kept. A suite never asks which plugin it talks to.
 */
#ifndef SUITES_SUITE_H
#define SUITES_SUITE_H

#include "plugin/embed.h"
#include "base/members.h"
#include "report/metric.h"
#include "report/result.h"

#include <stdbool.h>

/* What the command line asked for. Owned by the caller, constant during the run. X(type, member);
 * workers get them all, but for the settings, which they make themselves. */
/* clang-format off */
#define SUITE_REQUEST_MEMBERS(X)                                                                   \
    /* "[NAME=]DATA": paths, or names of prepared sets; 0 = defaults */                            \
    X(TEXTS, datasets)                                                                             \
    X(TEXTS, train)            /* training corpora */                                              \
    X(TEXTS, methods)          /* 0 = all that the data allow */                                   \
    X(TEXT, dev)               /* set that the headline stage is chosen on; NULL: its custom */    \
    X(TEXT, wordnet)           /* folder of the WordNet data base */                               \
    X(WHOLE, limit)            /* items per data set; 0 = all */                                   \
    X(WHOLE, seed)                                                                                 \
    X(WHOLE32, resamples)      /* of the bootstrap; 0 = no intervals */                            \
    X(WHOLE, vocabulary_limit) /* analogy: 0 = whole vocabulary */                                 \
    X(TEXTS, options)          /* "name=value" of the suite ("k=1", "backoff=wn1") */              \
    X(SETTINGS, settings)      /* made of them by suite_settle() (suites/options.h) */
/* clang-format on */
struct suite_request {
    SUITE_REQUEST_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(suite_request, SUITE_REQUEST_MEMBERS);

struct suite_state; /* the suite's own: data sets read by prepare() */

struct suite_run {
    const struct suite_request *request;
    struct suite_state *state;
    struct embedder *embedder; /* NULL in baselines() and conclude() */
    struct result_sink *sink;
};

/* Items of all embedders, as conclude() sees them, and the figures so far: what it writes itself
 * may move these, but not their texts. */
struct result_items {
    const struct result_item *items;
    uint64_t n;
    const struct figure *rows; /* [n_rows] */
    uint64_t n_rows;
};

/* A word that rows hold, for the documents. */
struct suite_term {
    const char *name; /* "pos:NOUN|VERB": a split's axis with its values; "skip": a policy */
    const char *what;
};

struct suite {
    const char *id;      /* "wsd" */
    const char *title;   /* "word-sense disambiguation" */
    const char *summary; /* one paragraph for `harness list suites` and --help */
    const char *methods; /* "nn, nn-context, gloss:target-gloss, …" */
    bool choosable;      /* request.methods chooses among them, and a name unknown is refused */
    const struct suite_option *options; /* the last without a name; NULL: none */
    const char *data; /* layouts that --dataset reads, one a line, for `harness list suites` and
                         the manual page; NULL if none of its own */
    struct suite_figures figures;               /* the metrics that it gives, and what they mean */
    const struct suite_term *splits, *policies; /* of its rows, the last without a name; NULL: none
                                                   but split "all", no policy */
    uint64_t protocol_keys; /* of its protocols, PROTOCOL_OF_ALL aside: PROTOCOL_BIT(TRAIN) | … */
    bool keep_items;        /* conclude() needs the items of all embedders */
    const char *unsplit;    /* why sweeps make no chunks of it (plugin/split.h); NULL: they do */
    /* May be NULL. Sees every item in the parent as it comes, so that a suite with very many can
     * keep what conclude() needs of them, and no more. */
    void (*observe)(struct suite_state *state, const struct result_item *item);
    int (*prepare)(const struct suite_request *request, struct suite_state **ret_state);
    void (*release)(struct suite_state *state);    /* NULL is fine */
    int (*baselines)(const struct suite_run *run); /* may be NULL */
    int (*run)(const struct suite_run *run);
    int (*conclude)(const struct suite_run *run,
                    const struct result_items *items); /* may be NULL */
};

extern const struct suite *const suites[];                         /* NULL-terminated */
const struct suite *suite_find(const char *id);                    /* NULL if there is none */
const struct suite_figures *suite_figures_of(const char *id);      /* for metrics_declare() */
const char *suite_split_meaning(const char *id, const char *axis); /* for splits_declare() */

/* Bytes of NAME in "NAME=DATA", what the user wants a data set to be called; 0: it has no such name
 * (an existing file with '=' in its name is a file). */
size_t suite_given_name(const char *asked);

/* Where a data set lies, its given name aside: an existing path as it is, else
 * `<cache>/datasets/NAME` for a prepared one, else one that comes with the program ("NAME:VARIANT"
 * passes the variant back). The error lists the prepared names. free() both. */
int suite_locate(const char *asked, char **ret_path, char **ret_variant);

#endif /* SUITES_SUITE_H */
