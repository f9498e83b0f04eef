/*
 * small_sets.h - sense-tagged sets of a few sentences.
 */
#ifndef TESTS_SUITES_SMALL_SETS_H
#define TESTS_SUITES_SMALL_SETS_H

struct scratch;

/* Four instances: bank has 10 senses, river 1, line 30; "xyzzy" is no lemma of WordNet. */
const char *small_set(struct scratch *scratch);

/* Sentences of "bank" in two senses, the same data as training and test. */
const char *two_senses(struct scratch *scratch);

#endif /* TESTS_SUITES_SMALL_SETS_H */
