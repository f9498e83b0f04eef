/*
 * homographs.h - sentences with marks, and the senses that they are to be distinguished by: the
 * format of the project's own data set `homographs`, and of any set that follows it.
 *
 * A folder of two tables, UTF-8, fields separated by one tab, no header; lines that begin with '#'
 * and blank lines are skipped:
 *
 *   senses.tsv   SENSE  HOMOGRAPH  POS  DEFINITION  KEY [KEY…]
 *                bank.river  bank  NOUN  the sloping ground along …  bank%1:17:01::
 *   items.tsv    ID  SENSE  SPLIT  SENTENCE
 *                bank.river.02  bank.river  train  The {otters} had … that the [bank] had been …
 *
 * SPLIT is train or test. In a SENTENCE, words are white-space chunks; one stands in square
 * brackets, the target, and is the homograph as senses.tsv spells it; one or more stand in braces,
 * the clues that decide the sense. Only punctuation may stand beside a mark in its chunk.
 *
 * What embedders are given is the sentence without marks, as it is. Its tokens are the chunks with
 * the punctuation at their ends and "'s", "'re", "'ve", "'ll", "'d", "'m" as tokens of their own,
 * with no blank between: subword models cut these off too, so that their pieces are those of
 * running text, and a look-up table finds the words. "n't" stays with its verb, since they cut it
 * elsewhere ("was|n't" but "wasn|'|t").
 *
 * The candidates of a target are all senses of its homograph, across parts of speech, in the order
 * of senses.tsv. Distances are those of the data set: white-space words between the target and the
 * nearest clue.
 */
#ifndef DATA_HOMOGRAPHS_H
#define DATA_HOMOGRAPHS_H

#include "data/wsd_data.h"

/* Does a folder hold both tables? */
bool homographs_is_at(const char *path);

/* Reads one half: the items whose SPLIT is train, or those whose SPLIT is test. Both are checked.
 * ERR_REQUEST names file, line, what was found and what was expected. */
int homographs_read(const char *path, bool train, struct wsd_data **ret_data);

#endif /* DATA_HOMOGRAPHS_H */
