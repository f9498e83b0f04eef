/*
 * declared.h - what every suite declares whose rows are written by wsd_report(): metrics, splits
 * and policies; and the options that wsd_mean_read() reads. Internal to suites.
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

/* method_: what takes the context; also_: what else the weights of words are for. */
#define WSD_MEAN_OPTIONS(method_, also_)                                                           \
    {{"weights", "uniform",                                                                        \
      "how words count in " method_ also_ ": uniform, sif (a / (a + p): Arora et al. 2017) or "    \
      "idf (of the training text's sentences)",                                                    \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "uniform|sif|idf"},                                                                           \
    {{"a", "0.001", "of weights=sif", EMB_OPT_REAL, 0, 1e-12, 1e12}, NULL},                        \
    {{"frequencies", "rank",                                                                       \
      "of weights=sif: rank takes p from the order of the embedder's words (1 / (rank * H)), train "\
      "from the training text, a file from its lines WORD COUNT",                                  \
      EMB_OPT_PATH, 0, 0, 0},                                                                      \
     "rank|train"},                                                                                \
    {{"window", "0",                                                                               \
      "words with a letter on each side that " method_ " takes; 0 takes the sentence",             \
      EMB_OPT_INT, 0, 0, 65535},                                                                   \
     NULL},                                                                                        \
    {{"distance", "even",                                                                          \
      "how " method_ " weighs words d from the target: even, linear ((W - d + 1) / W), inverse "   \
      "(1 / d), exponential (0.1^((d - 1) / (W - 1)); Iacobacci et al. 2016), W the window",       \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "even|linear|inverse|exponential"},                                                           \
    {{"components", "0",                                                                           \
      "common components of the training contexts that " method_ " takes away (1: Arora et al. "   \
      "2017)",                                                                                     \
      EMB_OPT_INT, 0, 0, 65535},                                                                   \
     NULL}
/* clang-format on */

#endif /* SUITES_WSD_DECLARED_H */
