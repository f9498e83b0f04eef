/*
 * figures.h - one system's answers to one set, and the rows that follow. Internal to suites.
 */
#ifndef SUITES_WSD_FIGURES_H
#define SUITES_WSD_FIGURES_H

#include "suites/wsd/splits.h"

/* What one system's answers earn, instance by instance (Raganato et al. 2017's Scorer: an
 * answer is right if it is among the gold; P = ok / answered, R = ok / all). */
struct wsd_credit {
    double *correct;  /* [n] with back-off, 0…1 */
    double *expected; /* [n] the same, were ties broken at random */
    /* [n] the same by supersenses, and by the classes of the request's file; NULL: there are none,
     * or the answers are no single senses */
    double *supersense, *coarse;
    double *correct_without_backoff; /* [n] without */
    uint8_t *without_backoff;        /* [n] answered without back-off */
    const uint8_t *answerable;       /* [n] answered with back-off: the lemma has senses */
};

struct wsd_tally {
    double correct;
    uint32_t answered, n;
};

/* Everything that writing the rows of one system needs. */
struct wsd_writing {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_test *test;
    const struct wsd_answers *system;
    const struct wsd_credit *credit;
    const char *reason; /* a caveat about the figures, NULL: none */
    const struct wsd_units *units;
    bool is_expected;  /* the figures are of what is expected of ties */
    struct figure row; /* what all rows of the system share */
};

/* The candidate that counts: the system's own, else what it backs off to; WSD_NONE: nothing. */
uint32_t wsd_final_choice(const struct wsd_task *task, const struct wsd_test *test,
                          const struct wsd_answers *system, uint32_t i);
/* answerable is kept. Free with wsd_credit_finish. */
void wsd_measure(const struct wsd_task *task, const struct wsd_test *test,
                 const struct wsd_answers *system, const uint8_t *answerable,
                 struct wsd_credit *credit);
void wsd_credit_finish(struct wsd_credit *credit);
struct wsd_tally wsd_tally_of(const struct wsd_family *family, const struct wsd_cell *cell,
                              const double *correct, const uint8_t *answered);

/* The protocol, but for a key of the system's own (PROTOCOL_OTHER: none), policy and version. */
void wsd_protocol(const struct wsd_writing *writing, const struct wsd_cell *cell,
                  enum protocol_key without, struct protocol *ret_protocol);
/* What the cell's interval is over: "documents(26)", "instances". */
void wsd_protocol_interval(const struct wsd_writing *writing, const struct wsd_cell *cell,
                           struct protocol *protocol);
/* All rows of one system in one cell; intervals: of its F1, and of F1 by the request's classes. */
void wsd_write_cell(struct wsd_writing *writing, const struct wsd_family *family,
                    const struct wsd_cell *cell, struct interval interval, struct interval coarse);

#endif /* SUITES_WSD_FIGURES_H */
