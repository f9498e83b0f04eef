/*
 * dev.h - the development set that --dev names: a file of its own, a data set of this run, or a
 * part of one.
 */
#ifndef SUITES_WSD_DEV_H
#define SUITES_WSD_DEV_H

#include "suites/wsd/common.h"

/* The data sets asked for, or the usual ones, and the file of --dev where it is none of them: the
 * caller's to free, the texts are not. *ret_dev: which of them is --dev; *ret_n where --dev is no
 * file. */
const char **wsd_dev_list(const struct suite_request *request, uint32_t *ret_n, uint32_t *ret_dev);

/* What the rows of the development set will be called, the caller's to free. `listed` is which of
 * the `n` data sets it is, n where it must be a set of this run or a part of one. ERR_REQUEST: no
 * such set, or several. */
int wsd_dev_name(const struct wsd_task *task, const char *dev, uint32_t listed, uint32_t n,
                 char **ret_name);

#endif /* SUITES_WSD_DEV_H */
