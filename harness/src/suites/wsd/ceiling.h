/*
 * ceiling.h - is the static ceiling of a set informative? Internal to suites.
 *
 * The ceiling is the best fixed answer per class of instances that a table cannot tell apart:
 * lower-cased surface form, lemma, part of speech. It is sharp where most instances lie in mixed
 * classes, those that no single sense answers completely, and loose where most lemmas occur once or
 * in one sense: there a table could score high by luck and the gain over stage "table" says more.
 * Rows of method "static-ceiling", for the whole set and for each part of it:
 *   metric "mixed-share"            share of instances in mixed classes
 *   metric "occurrences-per-lemma"  instances per lemma and part of speech
 *   metric "ceiling-sharp"          1 if the share is WSD_SHARP_SHARE or more, else 0; the
 *                                   signature says it in words, with the rule and both numbers
 */
#ifndef SUITES_WSD_CEILING_H
#define SUITES_WSD_CEILING_H

#include "suites/wsd/common.h"

#define WSD_SHARP_SHARE 0.5

/* The classes of a test set's instances. */
struct wsd_classes {
    const uint32_t *class_of; /* [n_instances] */
    const uint32_t *first;    /* [n_classes] where a class begins in counts */
    const uint32_t *counts;   /* [first + candidate] instances that the candidate answers rightly */
    uint32_t n;
};

/* part: number of a part of the set, whose instances alone count; WSD_NONE: the whole. */
void wsd_report_sharpness(const struct suite_run *run, const struct wsd_task *task,
                          const struct wsd_test *test, const struct wsd_classes *classes,
                          uint32_t part);

#endif /* SUITES_WSD_CEILING_H */
