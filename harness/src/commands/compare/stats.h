/*
 * stats.h - two systems on the items that both have: the difference, its interval, a test,
 * and what the data set could have shown.
 *
 * What is done at which n (units: what the rows' intervals are over, items, documents or lemmas;
 * lemmas of an induction; clusters of --cluster):
 *
 *   shares        McNemar's exact test where items are right or wrong, else the randomisation test
 *                 (all 2^n exchanges up to 12 units); interval by the bootstrap, below 10 units and
 *                 where all resamples agree by Newcombe (1998) or Student's t
 *   correlations  Williams' t and Zou's interval from 10 items on; from 4 to 9 the randomisation
 *                 test; none below 4, nor where a list is constant; no interval where r is 1 or -1
 *   agreement     randomisation and bootstrap over lemmas
 *
 * Where test and interval disagree about 0, the interval shown is the test's own: McNemar's by
 * inversion, else the one that the p-value implies.
 */
#ifndef COMMANDS_COMPARE_STATS_H
#define COMMANDS_COMPARE_STATS_H

#include "commands/compare/read.h"
#include "math/bootstrap.h"

enum compare_test {
    COMPARE_DEFAULT, /* McNemar or randomisation; Williams for correlations */
    COMPARE_MCNEMAR,
    COMPARE_RANDOMISATION,
    COMPARE_WILLIAMS,
    COMPARE_STEIGER
};
extern const char *const compare_test_names[]; /* "none" for the default, "McNemar", … */

struct compare_settings {
    enum compare_test test;
    uint32_t resamples, rounds; /* bootstrap, randomisation */
    uint64_t seed;
    double alpha, power;
    double margin; /* within which figures count as the same; not-a-number: 0.01 of figures shown
                      times 100, of others none */
    struct pool *pool;
};

/* What is needed to say which difference would have been found. */
struct compare_model {
    enum { MODEL_NONE, MODEL_MCNEMAR, MODEL_MEAN, MODEL_CORRELATION } kind;
    uint64_t n;        /* units */
    double discordant; /* share of the items in which they differ */
    double scale; /* what one unit's difference is in the figure: F1 where some are unanswered */
    double deviation; /* of the units' differences */
    double r_a, r_ab;
    bool of_ranks;
};

struct comparison {
    const struct compare_system *a, *b;
    enum compare_test test;  /* the one that was made; COMPARE_DEFAULT = none */
    const char *interval_by; /* "bootstrap", "Zou", "Newcombe", "Student", "McNemar", "p"; "none" */
    char *reason;            /* why there is no test; NULL: there is one. Owned */
    uint32_t n;              /* items that both answered, or in all where unanswered is wrong */
    uint32_t units;          /* items, documents, … which the test exchanges */
    const char *units_are;   /* "items", "documents", "lemmas", "clusters" */
    uint32_t only_a, only_b; /* right in one system alone; 0 for correlations */
    double value_a, value_b; /* on those items */
    double difference;       /* b - a */
    struct interval interval; /* of the difference, with confidence 1 - alpha */
    double p, corrected;      /* corrected is filled in by compare_correct */
    double least_p;           /* that the test could give; 0: as small as you like */
    double margin, same;      /* p that the difference is no less than the margin (equivalence();
                                 not-a-number: not tested); by compare_correct Holm's */
    double level;             /* at which one more would have been found; by compare_correct */
    double detectable;        /* least difference that would be found with the power asked for */
    bool repeated;            /* the same two systems stand further up: not counted again */
    struct compare_model model;
};

/* has_records: of each report. free() `reason`. */
struct comparison compare_systems(const struct compare_system *a, const struct compare_system *b,
                                  const struct compare_input *input,
                                  const struct compare_settings *settings);

#endif /* COMMANDS_COMPARE_STATS_H */
