/*
 * neighbours.h - k nearest training occurrences vote for a sense (as in Melamud et al. 2016,
 * context2vec, with k = 1): suite wsd's method nn where k > 1. Internal to suites.
 *
 * Neighbours of a test instance are the training occurrences whose gold has one of its candidates.
 * Those at least as near as the k-th (within WSD_TIE of its cosine) vote, so the order of the
 * training data decides nothing; an occurrence with several gold keys votes for each. Most votes
 * win; among equals the sense whose nearest occurrence is nearest; then the lowest sense number.
 *
 * Memory, known before the first sentence is embedded: occurrences * representations * stages *
 * (4 dim + 8) bytes for the vectors, 12 bytes an occurrence and gold key beside.
 */
#ifndef SUITES_WSD_NEIGHBOURS_H
#define SUITES_WSD_NEIGHBOURS_H

#include "suites/wsd/common.h"
#include "suites/wsd/contexts.h"

struct wsd_neighbours;

/* Room for all occurrences that a test instance may ask for; ERR_REQUEST if plan->memory is too
 * little for them. */
int wsd_neighbours_create(const struct wsd_task *task, const struct wsd_plan *plan,
                          uint32_t n_stages, uint32_t dim, struct wsd_neighbours **ret_neighbours);
void wsd_neighbours_free(struct wsd_neighbours *neighbours); /* NULL is fine */

/* Keeps the vector [n_stages, dim] of an instance of training set number `set`. */
void wsd_neighbours_add(struct wsd_neighbours *neighbours, uint32_t set, uint32_t instance,
                        enum wsd_representation representation, const float *vector);

/* Takes the common components of mean number m out of the contexts that are kept. */
void wsd_neighbours_remove(struct wsd_neighbours *neighbours, const struct wsd_contexts *contexts,
                           uint32_t m);

/* Beside a vector [n_stages, dim]: ret_cosines[stage * stride + candidate] is the cosine with the
 * candidate's nearest occurrence if no candidate has more votes, else NAN. */
void wsd_neighbours_score(const struct wsd_neighbours *neighbours, const struct wsd_group *group,
                          enum wsd_representation representation, const float *vector,
                          double *ret_cosines, uint32_t stride);

#endif /* SUITES_WSD_NEIGHBOURS_H */
