/*
 * rescore.h - anybody's answers to a sense-tagged set, scored as suite wsd scores its own.
 */
#ifndef SUITES_RESCORE_H
#define SUITES_RESCORE_H

#include "suites/suite.h"

/* Answers: a key file (data/gold_key.h). Repeated ids are merged into one set of answers, ids that
 * the data do not have are ignored and counted in a warning; an instance with answers A and gold G
 * earns |A∩G| / |A| (Raganato et al. 2017). gold: key file instead of the one beside the data, or
 * NULL. Rows of every split, with intervals, and the baselines' go to the sink; embedder is `name`,
 * kind "predictions". Uses the request's datasets, train, wordnet, resamples and seed. */
int rescore_answers(const struct suite_request *request, const char *answers_path, const char *name,
                    const char *gold, struct result_sink *sink);

#endif /* SUITES_RESCORE_H */
