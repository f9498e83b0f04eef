/*
 * metric.h - what a metric's figures mean, as the suite that gives them declares it: which way is
 * better, how they are shown, which of them heads a data set, and how they are made of the records.
 * Everything that a page, a table, a comparison or a history does with a figure follows from this;
 * nothing above compares the name of a suite or a metric.
 *
 * Suites hand their tables down when the program starts (metrics_declare), so that this room knows
 * none of them. A metric that nobody declares, as in the report of a program that has more, is
 * shown as it is and has no direction: nothing is called better.
 */
#ifndef REPORT_METRIC_H
#define REPORT_METRIC_H

#include "base/str.h"

#include <stdbool.h>

enum metric_direction { METRIC_NEITHER, METRIC_HIGHER, METRIC_LOWER }; /* which is better */

enum metric_scale {
    METRIC_SHARE, /* a share, a correlation, a cosine or a difference of such: shown times 100 */
    METRIC_PLAIN
};

enum metric_role {
    METRIC_HEADLINE,  /* the figure that a data set is known by; the first declared that it has */
    METRIC_SECONDARY, /* another score of the same answers */
    METRIC_DIAGNOSTIC /* qualifies the others; no score */
};

/* How a figure is made of the records of its items, and so which paired test there is. An item is
 * answered if it has an `answer`, or, where it has a `gold_score`, a `score`. */
enum metric_records {
    METRIC_NOT_OF_RECORDS, /* needs more than the records hold */
    METRIC_OF_RECORDS,     /* a function of them for which no paired test is known */
    METRIC_SHARE_ANSWERED, /* items answered of all; a property of the vocabulary, not tested */
    METRIC_SHARE_CORRECT,  /* mean of `correct` over the items answered */
    METRIC_F1,             /* 2 Σ correct / (answered + items) */
    METRIC_PEARSON,        /* of `score` and `gold_score` */
    METRIC_SPEARMAN,       /* the same of ranks */
    METRIC_V_MEASURE,      /* of `answer` and `gold`, lemma by lemma */
    METRIC_PAIRED_F,       /* the same */
    METRIC_ADJUSTED_RAND,  /* the same */
    METRIC_MEAN_SCORE,     /* mean of `score` over the records whose attribute `metric` it is */
    METRIC_N_RECORDS
};

struct metric {
    const char *id;   /* "f1"; one that ends in "@K" stands for any number K: "accuracy@5" */
    const char *what; /* one line, for the documents */
    enum metric_direction direction;
    enum metric_scale scale;
    enum metric_role role;
    enum metric_records records;
    bool alone;        /* a headline that measures a thing of its own: a data set beside others */
    bool by_threshold; /* stands on a threshold, which may have been fitted on the very items */
    bool own_units;    /* counted in units of the embedder's own (pieces): no figure of one is
                          better than another's */
    double low, high;  /* between which it lies */
    /* Where a rule for ties is part of it: the metrics that tell the share of items whose best
     * choices tie, and what it would be if the tied were drawn among at random; NULL: none. */
    const char *ties, *expected;
};

/* A figure derived from another metric's, by the ending of its name. */
enum metric_form {
    METRIC_ITSELF,
    METRIC_GAIN,            /* METRIC-gain: over the stage before */
    METRIC_GAIN_TOTAL,      /* METRIC-gain-total: the last stage over the first */
    METRIC_ATTENTION_LEAD,  /* METRIC-attention-lead: attention's gains over feed-forward's */
    METRIC_HALF_GAIN_BLOCK, /* METRIC-half-gain-block: a block's number */
    METRIC_CONTEXTUAL_GAIN, /* METRIC-contextual-gain: the stage chosen over the look-up table */
    METRIC_DEV_CHOSEN, /* METRIC-dev-chosen: METRIC at the stage that a development set chose */
    METRIC_TEST_BEST,  /* METRIC-test-best: METRIC at the stage best on this very set */
    METRIC_N_FORMS
};

struct metric_form_info {
    const char *ending; /* "-gain" */
    const char *what;   /* one line, for the documents */
    bool plain;         /* whatever the scale of the metric, as it is */
};
extern const struct metric_form_info metric_forms[METRIC_N_FORMS]; /* [METRIC_ITSELF]: "" */
#define METRIC_BY_DOCUMENT "-by-document" /* behind either: with its interval over documents */

/* What a name is: a metric, in one form. */
struct metric_name {
    const struct metric *metric; /* NULL: nobody declares it */
    struct slice id;             /* "f1" of "f1-gain-by-document", in the name itself */
    enum metric_form form;
    bool by_document;
};

/* What a suite declares of its figures and records. */
struct suite_figures {
    const struct metric *metrics; /* in the order of their weight, the last without an id */
    bool gold_keys;               /* answers are sense keys, which a gold-key file can hold */
    const char *ceiling; /* method of the baseline that no reading of one vector per word can pass;
                            NULL: there is none */
    const char *yardstick; /* method of rows that stand beside an embedder's own and know nothing of
                              it but its units, what it must beat; NULL: there is none */
};

/* Of a suite by its id; NULL: there is no such suite. */
typedef const struct suite_figures *figures_of_suite(const char *suite);

/* Once, before anything is asked. */
void metrics_declare(figures_of_suite *of_suite);

/* Does the suite say so? */
bool suite_answers_gold_keys(const char *suite);
/* Is a baseline of this method the suite's ceiling of static vectors? */
bool suite_is_ceiling(const char *suite, const char *method);
/* Are rows of this method no reading of the embedder they stand beside? */
bool suite_is_yardstick(const char *suite, const char *method);

/* What a suite's split by an axis ("pieces") means, one line; NULL: nobody says. */
typedef const char *split_words(const char *suite, const char *axis);
void splits_declare(split_words *words);
const char *split_meaning(const char *suite, const char *axis);

struct metric_name metric_find(const char *suite, const char *metric);
/* The metric itself, a derived form not among them; NULL if nobody declares it. */
const struct metric *metric_declared(const char *suite, const char *metric);

/* Is figure a better than b? Never if either way is as good, or nobody says. Of two figures a
 * number is better than none. */
bool metric_better(const char *suite, const char *metric, double a, double b);
/* Does figure a come before b where one of them must be shown? As metric_better(); the greater of
 * those that have no direction, which is no claim. */
bool metric_before(const char *suite, const char *metric, double a, double b);
/* The metric whose `ties` (or else `expected`) the given one is; NULL: of none. */
const struct metric *metric_of_ties(const char *suite, const char *metric, bool *ret_is_share);
enum metric_direction metric_direction(const char *suite, const char *metric);
/* 100 or 1: what a figure is shown times. */
double metric_shown_times(const char *suite, const char *metric);
/* Place among those that could head a data set: the least does. */
int metric_rank(const char *suite, const char *metric);
/* The words of the documents: "higher", "share × 100", "headline", "share of correct items". */
const char *metric_direction_name(enum metric_direction direction);
const char *metric_role_name(const struct metric *metric);
const char *metric_records_name(enum metric_records records);
const char *metric_test_name(enum metric_records records); /* of `harness compare`; NULL: none */

#endif /* REPORT_METRIC_H */
