/*
 * wic.h - what the parts of suite wic share. Internal to suites.
 *
 *   wic.c     rows, the suite
 *   items.c   items
 *   pairs.c   which pairs, the threshold, the area under the curve
 *   stages.c  where along the stages accuracy is earned
 */
#ifndef SUITES_WIC_WIC_H
#define SUITES_WIC_WIC_H

#include "data/context_pairs.h"
#include "math/bootstrap.h"
#include "suites/shared/contexts.h"
#include "suites/suite.h"

struct wic_scored {
    double cosine;
    bool same;
};

/* Some of the pairs of a set. */
struct wic_share {
    uint32_t split;      /* enum context_split */
    struct split of;     /* the name of the share within the split */
    const uint8_t *cell; /* [n_pairs] those with `number` belong to it; NULL: all of the split */
    uint8_t number;
};

/* One method at one stage. */
struct wic_scoring {
    const struct suite_run *run;
    const struct context_set *set;
    const double *cosines; /* [n_pairs] */
    double threshold;
    const char *learned_on;       /* "train", "dev"; NULL: nowhere */
    const struct protocol *terms; /* of the method; NULL: none */
    struct figure row;
};

/* One method at all stages: where along them its accuracy is earned. */
struct wic_staged {
    struct wic_scoring scoring; /* of the last stage */
    struct stage *stages;       /* [n_stages] */
    double **right;             /* [n_stages][n_pairs] */
    uint32_t n_stages;
};

/* Is a pair one of the share's? Only pairs with a gold label are. */
bool wic_belongs(const struct context_set *set, const struct wic_share *share, size_t pair);
/* The pairs of a share, ascending: [*ret_n], the caller's to free. A pair without a cosine has
 * −infinity with `all`, as it is answered "different"; else it is left out. */
struct wic_scored *wic_sorted_pairs(const struct context_set *set, const double *cosines,
                                    const struct wic_share *share, bool all, uint32_t *ret_n);
/* The chance that a same pair has the greater cosine than a different one, ties counting half;
 * pair i stands counts[i] times (NULL: once). */
double wic_area_under_curve(const struct wic_scored *pairs, const uint32_t *counts, uint32_t n);
/* Its interval over pairs. */
struct interval wic_area_interval(const struct bootstrap *plan, const struct wic_scored *pairs,
                                  uint32_t n);

/* The threshold is learned on train; where there is none on dev; else nowhere, and no pair has an
 * answer. */
void wic_learn_threshold(struct wic_scoring *scoring);
/* "Same"? A pair without a cosine is answered "different". */
bool wic_answer(const struct wic_scoring *scoring, size_t pair);
bool wic_is_right(const struct wic_scoring *scoring, size_t pair);
/* The protocol except the version; stage NULL: of all. The threshold is "itself" on the split that
 * it was fitted on. */
void wic_protocol(const struct wic_scoring *scoring, uint32_t split, uint32_t n,
                  const struct stage *stage, struct protocol *ret_protocol);

/* An item for every pair; texts: with both sentences, which need to be said once an embedder. */
void wic_write_items(const struct wic_scoring *scoring, bool texts);
/* The item of a baseline that answers the same everywhere; rows: the data set of its split's rows.
 */
void wic_write_majority(const struct suite_run *run, const struct context_set *set, size_t pair,
                        const char *rows, bool answer);

/* Rows of attribution.h, metric "accuracy", of every split. */
void wic_write_stages(struct wic_staged *staged);

#endif /* SUITES_WIC_WIC_H */
