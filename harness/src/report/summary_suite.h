/*
 * summary_suite.h - the suites of a summary once their cells are filled; summary.c's own.
 */
#ifndef REPORT_SUMMARY_SUITE_H
#define REPORT_SUMMARY_SUITE_H

#include "report/summary.h"

/* The stages of each data set, as a model has them. */
void summary_find_stages(struct summary_suite *suite);
/* Suites in their order, as long as there is room for them; those without cells go. Of the others
 * the best systems. */
void summary_leave_out(struct summary *summary);
void summary_finish_suite(struct summary_suite *suite);

#endif /* REPORT_SUMMARY_SUITE_H */
