/*
 * read.h - what `harness compare` reads: the rows of reports as systems, and the per-item
 * records that each row is made of. A system is one row: an embedder or a baseline at one stage by
 * one method on one data set or a split of it, by one metric, from one report.
 */
#ifndef COMMANDS_COMPARE_READ_H
#define COMMANDS_COMPARE_READ_H

#include "base/arena.h"
#include "base/map.h"
#include "commands/compare/splits.h"
#include "data/stage.h"
#include "report/metric.h"
#include "report/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a figure is made of its records. */
enum compare_kind {
    COMPARE_SHARE,       /* a ratio of sums: METRIC_F1, METRIC_SHARE_CORRECT */
    COMPARE_CORRELATION, /* of scores and ratings: METRIC_SPEARMAN, METRIC_PEARSON */
    COMPARE_AGREEMENT,   /* of groups and senses, lemma by lemma: METRIC_V_MEASURE and the like */
    COMPARE_MEAN,        /* METRIC_MEAN_SCORE */
    COMPARE_UNKNOWN,     /* no test from records is known */
};

struct compare_item {
    double correct;     /* share right, not-a-number where the gold is a rating */
    double score, gold; /* where it is a rating; a score of not-a-number: out of vocabulary */
    uint32_t answer, label, unit; /* numbers of texts: group, sense, lemma; MAP_NONE = none */
    uint32_t counts_in;           /* number of the list of data sets, MAP_NONE = none */
    uint32_t metric;              /* number of the attribute's text, MAP_NONE = none */
    uint32_t splits; /* pattern of those asked for that it is in, MAP_NONE: none were */
    bool answered, backed_off;
    const char *units[PROTOCOL_N_UNITS]; /* values of its attributes; NULL = none. [BY_ITEM]: of
                                            what --cluster names */
};

/* The records of one embedder at one stage by one method on one data set of one report. */
struct compare_records {
    const char *suite, *dataset, *embedder, *stage, *method;
    uint32_t report;
    struct map ids;
    struct compare_item *items; /* [ids.n] */
    size_t capacity;
};

struct compare_system {
    const char *suite, *dataset, *embedder, *kind, *method;
    struct stage stage; /* its name "" = none */
    struct split split;
    uint32_t split_number; /* of those asked for; MAP_NONE: of all items */
    bool n_is_records;     /* of a split: is the n of its suite's rows a number of records? */
    const struct protocol *protocol;
    const char *metric, *policy, *signature; /* policy NULL = none */
    const struct metric *declared;           /* of its metric; NULL: nobody declares it */
    enum compare_kind how;
    uint32_t report;   /* from 0 */
    const char *label; /* for people: "minilm 6", "new: minilm 6 nn" */
    double value;
    uint64_t n;              /* items of the row */
    enum protocol_unit unit; /* that its interval is over; BY_ITEM where --cluster says otherwise */
    bool is_baseline;
    bool asked;                            /* is it of a split to compare? */
    bool wanted, reference;                /* what the options say of it: compare_choose */
    const struct compare_records *records; /* NULL: the report has none of this row */
    const bool *counted;  /* [counts_in lists] does an item with this list count?; NULL: all do */
    const bool *in_split; /* [patterns] is an item in its split?; NULL: all are */
    uint32_t metric_text; /* number of its metric's text, MAP_NONE: no record names it */
};

struct compare_input {
    struct arena texts;
    struct map means;    /* embedders of rows that are means over seeds, which are no systems */
    struct map left_out; /* policies of rows that are not of the items that a system answered */
    struct map keys, record_keys;
    struct map words; /* texts of records: answers, senses, lemmas, metrics */
    struct map lists; /* distinct `counts_in` */
    struct compare_splits splits;
    bool **memberships;             /* [n] of systems, what `counted` points to */
    struct compare_system *systems; /* [n] in the reports' order */
    uint32_t n;
    size_t capacity;
    struct compare_records *records; /* [n_records] */
    uint32_t n_records;
    size_t records_capacity;
    const char **reports; /* [n_reports] short names */
    bool *has_records;    /* [n_reports] */
    uint32_t n_reports;
};

struct compare_request {
    const char *const *paths; /* [n_paths] */
    uint32_t n_paths;
    const char *cluster; /* an attribute's name, "item" for each item alone; NULL: the units that
                            the rows' intervals are over */
    const char *const *splits; /* [n_splits] to compare; none: all items */
    uint32_t n_splits;
};

/* Rows of all items, and of the splits asked for. ERR_REQUEST for what is no report, for records
 * that are not there or damaged, for an attribute or a split that they do not have. */
int compare_read(const struct compare_request *request, struct compare_input *ret_input);
void compare_input_finish(struct compare_input *input);

enum compare_kind compare_kind_of(const struct figure *row);

/* Does a record of the system's count in its row? */
bool compare_counts(const struct compare_system *system, const struct compare_item *item);
uint32_t compare_n_records(const struct compare_system *system); /* that count */

/* Which policies' rows could have been meant but are no systems, for an error: behind `begin`, or
 * nothing. Appends. */
void compare_add_left_out(const struct compare_input *input, const char *begin, struct str *text);

#endif /* COMMANDS_COMPARE_READ_H */
