/*
 * rescore.h - answers to a sense-tagged set from any program, scored as suite wsd scores its own.
 */
#ifndef SUITES_SHARED_RESCORE_H
#define SUITES_SHARED_RESCORE_H

#include "suites/suite.h"

struct rescore_gold {
    char *name, *path;
};

struct rescore_how {
    const struct rescore_gold *gold; /* NULL: the gold keys beside the data */
    const char *inventory; /* a file of senses (data/inventory.h) instead of WordNet's; NULL */
    bool satellites;       /* the keys of adjectives and of satellites are one */
};

/* Answers: a key file (data/gold_key.h). Repeated ids are merged into one set of answers, ids that
 * the data do not have are ignored and counted in a warning; an instance with answers A and gold G
 * earns |A∩G| / |A| (Raganato et al. 2017). Answers that are no sense of their instance are wrong,
 * counted (metric "no-candidate"; ids that are not there: "unknown-ids") and warned of; satellites
 * takes the keys of adjectives and of satellites (%3, %5) for one. ERR_REQUEST for a
 * file without answers, or of whose ids the data have none. By other gold keys the set is called
 * "SET@NAME". Rows of every split, with
 * intervals, items, and the baselines' go to the sink; embedder is `name`, kind "predictions". Uses
 * the request's datasets, train, wordnet, resamples and seed. */
int rescore_answers(const struct suite_request *request, const char *answers_path, const char *name,
                    const struct rescore_how *how, struct result_sink *sink);

#endif /* SUITES_SHARED_RESCORE_H */
