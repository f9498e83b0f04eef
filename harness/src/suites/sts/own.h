/*
 * own.h - a model's own sentence vectors, where it offers emb.sentence/1.
 */
#ifndef SUITES_STS_OWN_H
#define SUITES_STS_OWN_H

#include "data/sts.h"
#include "plugin/embed.h"

/* Cosine of each pair's vectors, [set->n]; NaN where a text is empty. own->own() is not NULL. */
int sts_own_scores(struct embedder *embedder, const struct emb_ext_sentence *own,
                   const struct sts_set *set, double *ret_scores);

#endif /* SUITES_STS_OWN_H */
