/*
 * wordnet_synonyms.h - four-choice synonym questions from WordNet (after Freitag et al. 2005, "New
 * experiments in distributional representations of synonymy").
 *
 * Words are single lemmas of lower-case letters, three or more, tagged at least twice in WordNet's
 * own texts (their frequency, per part of speech). Every word whose first sense has another such
 * word, one that does not begin with the same four letters, is a target once; its synonym is the
 * one of that synset for which the synset ranks highest among the synonym's own senses (then the
 * first in the synset). The three distractors have the synonym's part of speech and are drawn from
 * the 100 words nearest to it in the list by frequency; none shares a synset with target or
 * synonym, nor stands directly above or below one of theirs, nor begins with the same four letters
 * as either. Choices are shuffled; all draws from a fixed seed.
 *
 * Written is `wordnet-synonyms.tsv` in the layout of data/synonyms.h:
 *   id<TAB>pos<TAB>target<TAB>choice1<TAB>choice2<TAB>choice3<TAB>choice4<TAB>answer (1…4)
 */
#ifndef DATA_WORDNET_SYNONYMS_H
#define DATA_WORDNET_SYNONYMS_H

#include "data/wordnet.h"

#include <stdint.h>

/* Writes the file into the folder, complete or not at all; the same bytes for the same WordNet. */
int wordnet_synonyms_write(const struct wordnet *wordnet, const char *folder,
                           uint32_t ret_counts[WORDNET_N_POS + 1]);

#endif /* DATA_WORDNET_SYNONYMS_H */
