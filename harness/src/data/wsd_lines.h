/*
 * wsd_lines.h - one's own sense-tagged data, an instance a line.
 *
 * Tab-separated; lines that begin with '#' and empty lines are skipped:
 *   ID <TAB> LEMMA <TAB> POS <TAB> INDEX <TAB> SENTENCE <TAB> LABEL [LABEL…]
 * SENTENCE is tokens separated by blanks, INDEX the number of the target's token from 0, POS as in
 * wordnet_pos_of, LABEL a WordNet 3.0 sense key or a label of one's own.
 *
 * JSON Lines (a line that begins with '{'):
 *   {"id": "b1", "lemma": "bank", "pos": "NOUN", "tokens": ["The", "bank", …], "index": 1,
 *    "gold": ["bank%1:14:00::"]}
 *
 * Neighbouring lines with the same tokens are one sentence. If every label is a sense key
 * (LEMMA%N:…), labels are WordNet's; if none is, they are the data's own and candidates are the
 * labels that the training data use for the lemma. Both kinds in one file are an error. A target
 * that shares no letter with its lemma is warned of: an index may be off by one.
 */
#ifndef DATA_WSD_LINES_H
#define DATA_WSD_LINES_H

#include "data/wsd_data.h"

int wsd_lines_read(const char *path, struct wsd_data **ret_data);

#endif /* DATA_WSD_LINES_H */
