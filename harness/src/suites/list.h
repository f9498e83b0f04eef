/*
 * list.h - every suite there is; suites.c puts them in the order in which they are listed.
 */
#ifndef SUITES_LIST_H
#define SUITES_LIST_H

#include "suites/suite.h"

extern const struct suite suite_wsd;
extern const struct suite suite_wic;
extern const struct suite suite_context_similarity;
extern const struct suite suite_contextuality;
extern const struct suite suite_induction;
extern const struct suite suite_similarity;
extern const struct suite suite_analogy;
extern const struct suite suite_sts;
extern const struct suite suite_neighbours;
extern const struct suite suite_mixture;
extern const struct suite suite_lm;

#endif /* SUITES_LIST_H */
