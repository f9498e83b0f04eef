/*
 * declared.h - what every suite declares whose rows are written by wsd_report(): metrics, splits
 * and policies; and the option of what intervals are over. Internal to suites.
 */
#ifndef SUITES_WSD_DECLARED_H
#define SUITES_WSD_DECLARED_H

#include "suites/options.h"

/* clang-format off */
#define WSD_METRICS                                                                                \
    {"f1", "micro-averaged F1; an unanswered instance costs recall alone", METRIC_HIGHER,          \
     METRIC_SHARE, METRIC_HEADLINE, METRIC_F1, .low = 0, .high = 1, .ties = "ties",                \
     .expected = "f1-ties-expected"},                                                              \
    {"precision", "share correct of the instances answered", METRIC_HIGHER, METRIC_SHARE,          \
     METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = 1},                                    \
    {"recall", "share correct of all instances", METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY,    \
     METRIC_OF_RECORDS, .low = 0, .high = 1},                                                      \
    {"macro-accuracy-lemmas", "share correct per lemma and part of speech, averaged",              \
     METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = 1},       \
    {"macro-recall",                                                                               \
     "share correct per gold label, averaged; only for sets with labels of their own",             \
     METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = 1},       \
    {"f1-supersense", "f1 where an answer from a right sense's lexicographer file is right, with "  \
     "WordNet's senses", METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0,\
     .high = 1},                                                                                   \
    {"f1-coarse", "f1 where an answer of a right sense's class is right, by the file of classes "    \
     "that is named", METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_NOT_OF_RECORDS,         \
     .low = 0, .high = 1},                                                                         \
    {"f1-ties-expected", "expected f1 if ties were broken at random", METRIC_HIGHER, METRIC_SHARE, \
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},                               \
    {"ties", "instances whose best candidates tie", METRIC_LOWER, METRIC_SHARE, METRIC_DIAGNOSTIC, \
     METRIC_OF_RECORDS, .low = 0, .high = 1},                                                      \
    {"backoff", "instances answered by back-off", METRIC_LOWER, METRIC_SHARE, METRIC_DIAGNOSTIC,   \
     METRIC_OF_RECORDS, .low = 0, .high = 1},                                                      \
    {"mixed-share", "instances whose class occurs in several senses", METRIC_NEITHER, METRIC_SHARE,\
     METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 0, .high = 1},                                   \
    {"occurrences-per-lemma", "instances per lemma and part of speech", METRIC_NEITHER,            \
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 1, .high = INFINITY},              \
    {"ceiling-sharp", "1 where the mixed share is 0.5 or more, else 0", METRIC_NEITHER,            \
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 0, .high = 1},                     \
    {"train-overlap", "instances that stand in the training text too", METRIC_NEITHER, METRIC_SHARE,\
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1}

#define WSD_SPLITS                                                                                 \
    {"pos:NOUN|VERB|ADJ|ADV", "part of speech of the target"},                                     \
    {"sense:first|other", "whether the first sense is right"},                                     \
    {"candidates:1|2-3|4-6|7+", "senses to choose among"},                                         \
    {"span:one-word|several-words", "words of the target"},                                        \
    {"position:first-third|middle-third|last-third", "place of the target in its sentence"},       \
    {"train:seen|unseen", "whether a right sense occurs in the training text"},                    \
    {"lemma-in-train:0|1-10|11-100|101+", "training occurrences of the lemma"},                    \
    {"clue:left|right|both", "side of the words that the set marks as clues (homographs)"},        \
    {"distance:0|1-2|3-5|6-10|11-20|21+", "words between the target and the nearest clue"},        \
    {"clue:left,distance:0|…|21+", "both; the same for clue:right"},                               \
    {"vocabulary:known|unknown",                                                                   \
     "whether the target has a vector; left out where an embedder lacks nothing"},                 \
    {"pieces:1|2|3+",                                                                              \
     "pieces that touch the target, of models that cut words (in wic, of the side with more)"},    \
    {"part:input|attention|feed-forward|other",                                                    \
     "of METRIC-gain-total: what part of the gain it is"}

#define WSD_POLICIES                                                                               \
    {"wn1", "an instance without an answer of its own gets the first sense"},                      \
    {"none", "the answers of the system's own alone"}

/* What wsd_report() draws for its intervals. */
#define WSD_UNIT_OPTION                                                                            \
    {{"unit", "auto",                                                                              \
      "what intervals are over, and what paired tests exchange: document, lemma or instance; auto "\
      "takes documents where the senses are WordNet's, lemmas where they are the set's own; where a "\
      "row has fewer than 10 of them, instances",                                                  \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "auto|document|lemma|instance"}
/* clang-format on */

#endif /* SUITES_WSD_DECLARED_H */
