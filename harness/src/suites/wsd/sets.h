/*
 * sets.h - the data sets of a task: read, named, thinned. Internal to suites.
 */
#ifndef SUITES_WSD_SETS_H
#define SUITES_WSD_SETS_H

#include "suites/wsd/common.h"

#include <stdint.h>

/* Every set that the source names, into the task. */
int wsd_read_tests(const struct wsd_source *source, struct wsd_task *task);

int wsd_read_train(const struct wsd_source *source, struct wsd_task *task);

/* Does a test set stand in the text that trains it? */
void wsd_find_overlap(const struct wsd_task *task, struct wsd_test *test);

/* Which corpora train a test set, "semcor+omsti", and with how many shots. */
void wsd_name_training(const struct wsd_task *task, uint64_t shots, struct wsd_test *test);

#endif /* SUITES_WSD_SETS_H */
