/*
 * wsd_read.h - sense-tagged sentences from whatever lies at a path: the formats and how each is
 * recognised.
 *
 * Formats, distinguished by what lies at the path:
 *   unified framework (Raganato et al. 2017; Maru et al. 2022; SemCor)   wsd_xml.h, gold_key.h
 *     NAME.data.xml beside NAME.gold.key.txt, each plain or packed (.gz, .xz, .zst); the path names
 *     the XML file, or a folder that holds one such pair, or a folder of such folders
 *   CoarseWSD-20 (Loureiro et al. 2021)                                  coarse_wsd.h
 *     a folder of words with {train,test}.{data,gold}.txt and classes_map.txt
 *   sentences with marks, beside the senses that they tell apart         homographs.h
 *     a folder with senses.tsv and items.tsv
 *   one's own, TSV or JSON Lines                                         wsd_lines.h
 */
#ifndef DATA_WSD_READ_H
#define DATA_WSD_READ_H

#include "data/wsd_data.h"

/* Is what lies at `path` sense-tagged text by its name, not any text? A folder, .xml, .tsv, .jsonl.
 */
bool wsd_is_tagged(const char *path);

/* Reads what lies at `path`; `train` asks for the training part of a format that has one (its test
 * part otherwise). A folder that holds ALL beside its parts gives ALL, which knows its parts.
 * Adds to *sets. Errors name file and line; duplicate ids, gold without an instance and an instance
 * without gold are errors. */
int wsd_read(const char *path, bool train, struct wsd_sets *sets);

/* Does the format at this path bring its own training part? */
bool wsd_brings_training(const char *path);

#endif /* DATA_WSD_READ_H */
