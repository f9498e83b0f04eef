/*
 * coarse_wsd.h - CoarseWSD-20 (Loureiro et al. 2021): a folder of words, or the table of its
 * out-of-domain sentences.
 *
 *   WORD/classes_map.txt             {"0": "bank_bank", "1": "bank_bank_(geography)"}
 *   WORD/{train,test}.data.txt       `INDEX<TAB>SENTENCE`, tokens separated by white space, the
 *                                    no-break space among it, as the authors' program cuts
 *   WORD/{train,test}.gold.txt       the class number of the same line
 *
 * The set is named after the folder; each word is a part of it. Ids are "WORD.LINE", LINE from 0 as
 * the authors count; labels are the names of the classes, all nouns.
 *
 *   CoarseWSD-20.outofdomain.tsv     `WORD<TAB>CLASS<TAB>INDEX<TAB>SENTENCE`, one for all words;
 *                                    CLASS as classes_map.txt calls it. Test instances, to be
 *                                    trained by the folder.
 */
#ifndef DATA_COARSE_WSD_H
#define DATA_COARSE_WSD_H

#include "data/wsd_data.h"

/* Is the folder one of words, or a word's own? */
bool coarse_wsd_is_at(const char *path);
/* Is the file {train,test}.data.txt of a word's own folder? */
bool coarse_wsd_is_part(const char *path);
/* Is the file a table of WORD, CLASS, INDEX and SENTENCE, by its first line? */
bool coarse_wsd_is_table(const char *path);
int coarse_wsd_read_table(const char *path, struct wsd_data **ret_data);
int coarse_wsd_read(const char *path, bool train, struct wsd_data **ret_data);

#endif /* DATA_COARSE_WSD_H */
