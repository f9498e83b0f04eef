/*
 * pairs.h - rated pairs and synonym questions, scored at every stage of one embedder:
 * the two halves of the suite `similarity`.
 */
#ifndef SUITES_SIMILARITY_PAIRS_H
#define SUITES_SIMILARITY_PAIRS_H

#include "data/pairs.h"
#include "data/synonyms.h"
#include "suites/suite.h"
#include "suites/shared/words.h"

/* How words became vectors, and what the report calls it. */
struct similarity_method {
    const char *name;               /* "cosine", "cosine+centre" */
    const char *pool;               /* of words: "mean", "mean+special" */
    const struct protocol *details; /* how they are written: case, template, contexts */
};

/* The protocol of a set's figures at one stage, without policy and version. */
void similarity_protocol(const char *set, uint32_t n, const struct stage *stage,
                         const struct similarity_method *method, struct protocol *ret_protocol);

/* Vectors of the set's words must be in `words`, put there by the functions' _words. */
void pairs_words(const struct pair_set *set, struct words *words);
void pairs_score(const struct suite_run *run, const struct pair_set *set,
                 const struct similarity_method *method, const struct words *words);
/* From the items of all embedders: policy "common", and everybody on the pairs that one embedder
 * lacks, split "oov-of:NAME". details: of static embedders, of contextual ones. */
void pairs_conclude(const struct suite_run *run, const struct pair_set *set,
                    const struct protocol details[2], const struct result_items *items);

/* Four-choice questions, likewise; the baseline is the chance of guessing. */
void synonyms_words(const struct synonym_set *set, struct words *words);
void synonyms_score(const struct suite_run *run, const struct synonym_set *set,
                    const struct similarity_method *method, const struct words *words);
void synonyms_baseline(const struct suite_run *run, const struct synonym_set *set);

#endif /* SUITES_SIMILARITY_PAIRS_H */
