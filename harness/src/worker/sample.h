/*
 * sample.h - the text that post-processing is fitted on: never the items of a test.
 *
 * It is SAMPLE_LINES lines of a file, or as many definitions of WordNet, evenly spaced (all, if
 * there are fewer), so the same for every embedder. Each is embedded as a sentence; every word of
 * it (a run of letters, digits and '_' with a letter in it) is a row, as often as it occurs:
 * vectors weigh as much as their words are frequent (Yokoi et al. 2024). Static embedders look the
 * words up lower-cased. Words without a vector are left out.
 */
#ifndef WORKER_SAMPLE_H
#define WORKER_SAMPLE_H

#include "plugin/embed.h"

#define SAMPLE_LINES 2000u

/* path: the text, one sentence a line; NULL = the definitions of WordNet, from folder `wordnet`
 * (NULL = $WNSEARCHDIR, then /usr/share/wordnet). ERR_REQUEST for a text or WordNet that is not
 * there, or too few known words for the method. Free the result with postprocess_free. */
int sample_fit(struct embedder *embedder, const struct postprocess_spec *spec, const char *path,
               const char *wordnet, struct postprocess **ret_postprocess);

#endif /* WORKER_SAMPLE_H */
