/*
 * scan.h - one walk over a text; shared by scan.c and block.c. Internal to suites.
 */
#ifndef SUITES_CONTEXTUALITY_SCAN_H
#define SUITES_CONTEXTUALITY_SCAN_H

#include "suites/contextuality/contextuality.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one thread works with. */
struct worker {
    float *rows; /* [rows_capacity] vectors of one stage, one after the other */
    size_t rows_capacity;
    double *scratch; /* [dim] */
    uint32_t *senses;
    size_t senses_capacity;
};

/* The text on its way through the embedder. */
struct scan {
    const struct contextuality_plan *plan;
    const struct contextuality_text *text;
    struct embedder *embedder;
    struct contextuality_scores *scores;
    uint64_t seed;
    uint32_t n_stages, dim;
    size_t row; /* floats: n_stages * dim */
    struct postprocess *standardise;
    struct worker *workers; /* [pool's workers] */
    uint32_t n_workers;
    struct emb_span *spans; /* scratch of pushing */
    size_t spans_capacity;
    /* Members of each group that count, as many as `scan_taken` says, come first. */
    uint32_t *members, *member_senses; /* [text.n_members] */
    uint32_t most;                     /* members of a group that fit into memory */
    uint8_t *known;                    /* [n_occurrences] it has a vector */
    /* The present block. */
    uint32_t first, end; /* groups */
    uint32_t *row_of;    /* [n_occurrences] row + 1 of an occurrence that is held, 0: not */
    float *rows;         /* [n_rows, n_stages, dim] */
    uint32_t n_rows;
    /* The whole space, in the first block's scan. */
    bool is_first;
    uint32_t *draw_of; /* [n_occurrences] row + 1 among the draws, 0: not drawn */
    float *draws;      /* [n_draws, n_stages, dim] */
    uint8_t *drawn;    /* [n_draws] it has a vector */
    uint32_t n_draws;
    double *unit_sums; /* [n_slots, dim] */
    uint64_t *n_units; /* [n_slots] */
    /* The present sentence. */
    const struct embedded *embedded;
    uint32_t *kept; /* targets with a vector */
    uint32_t n_kept;
    size_t kept_capacity;
    uint32_t sentence;
};

/* Where the figures of a method at a stage lie. */
size_t scan_slot_of(const struct scan *scan, int method, uint32_t stage);

/* Members of a group that count. */
uint32_t scan_taken(const struct scan *scan, uint32_t group);

/* Work memory for n_floats, kept by the worker. */
float *scan_reserve_rows(struct worker *worker, size_t n_floats);

/* [n, dim] of one stage, in place; nothing where the plan does not ask for it. */
void scan_standardise_rows(const struct scan *scan, const struct worker *worker, uint32_t stage,
                           float *rows, uint32_t n);

/* For a pool: group i of the block; the draws at one stage. arg: the struct pass. */
void scan_measure_group(void *arg, uint32_t i, uint32_t number);
void scan_measure_draws(void *arg, uint32_t stage, uint32_t number);

#endif /* SUITES_CONTEXTUALITY_SCAN_H */
