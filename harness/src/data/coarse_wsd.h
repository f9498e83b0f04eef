/*
 * coarse_wsd.h - CoarseWSD-20 (Loureiro et al. 2021): a folder of words.
 *
 *   WORD/classes_map.txt             {"0": "bank_bank", "1": "bank_bank_(geography)"}
 *   WORD/{train,test}.data.txt       `INDEX<TAB>SENTENCE`, tokens separated by blanks
 *   WORD/{train,test}.gold.txt       the class number of the same line
 *
 * The set is named after the folder; each word is a part of it. Ids are "WORD.LINE", LINE from 0 as
 * the authors count; labels are the names of the classes, all nouns.
 */
#ifndef DATA_COARSE_WSD_H
#define DATA_COARSE_WSD_H

#include "data/wsd_data.h"

/* Is the folder one of words, or a word's own? */
bool coarse_wsd_is_at(const char *path);
int coarse_wsd_read(const char *path, bool train, struct wsd_data **ret_data);

#endif /* DATA_COARSE_WSD_H */
