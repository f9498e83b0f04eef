/*
 * compare_stats.h - two systems on the items that both have: the difference, its interval, a test,
 * and what the data set could have shown.
 */
#ifndef COMMANDS_COMPARE_STATS_H
#define COMMANDS_COMPARE_STATS_H

#include "commands/compare_read.h"
#include "math/bootstrap.h"

enum compare_test {
    COMPARE_DEFAULT, /* McNemar or approximate randomisation; Williams for correlations */
    COMPARE_MCNEMAR,
    COMPARE_RANDOMISATION,
    COMPARE_WILLIAMS,
    COMPARE_STEIGER
};

struct compare_settings {
    enum compare_test test;
    uint32_t resamples, rounds; /* bootstrap, randomisation */
    uint64_t seed;
    double alpha, power;
    struct pool *pool;
};

struct comparison {
    const struct compare_system *a, *b;
    const char *metric;
    const char *test;         /* "McNemar", "randomisation", "Williams", "Steiger", "none" */
    uint32_t n;               /* items that both answered, or in all where unanswered is wrong */
    uint32_t only_a, only_b;  /* right in one system alone; 0 for correlations */
    double value_a, value_b;  /* on those items */
    double difference;        /* b - a */
    struct interval interval; /* of the difference */
    double p, corrected;      /* corrected is filled in by compare_correct */
    double detectable;        /* least difference that would be found with the power asked for */
};

struct comparison compare_systems(const struct compare_system *a, const struct compare_system *b,
                                  const struct compare_settings *settings);

/* Holm over all comparisons given, or Benjamini-Hochberg. */
void compare_correct(struct comparison *comparisons, uint32_t n, bool holm);

/* The verdict in words. */
char *compare_verdict(const struct comparison *comparison, double alpha);

/* The first part of the signatures that differs and is not what a system is (stage, method,
 * post-processing) or a policy; NULL if none. free() it. */
char *compare_signatures(const struct compare_system *a, const struct compare_system *b);

#endif /* COMMANDS_COMPARE_STATS_H */
