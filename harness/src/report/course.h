/*
 * course.h - embedders that are one model at several times of its training (facts.series), and
 * what of their figures is drawn over the tokens seen: the table, a middle stage and the last.
 */
#ifndef REPORT_COURSE_H
#define REPORT_COURSE_H

#include "report/summary.h"

enum { COURSE_STAGES = 3 };

struct course {
    const char *series;
    const struct embedder_facts **steps; /* [n] by tokens */
    char **ticks;                        /* [n] "0", "512", "4.1k", "2.0M" */
    uint32_t n;
};

/* The series that begins with embedder number `first` of the tree; n is 0 where none does, or the
 * model was seen but once. Free with course_finish. */
struct course course_of(const struct result_tree *tree, uint32_t first);
void course_finish(struct course *course);

/* Of the stages of the forward pass the first, the middle and the last; NULL: there are fewer. Sums
 * of several ("sum:3-6") are none. */
void course_stages(const struct summary_set *set, const char *ret_stages[COURSE_STAGES]);
/* The figures of a step; NULL if it has none by this method. */
const struct summary_cell *course_cell(const struct course *course, uint32_t step,
                                       const struct summary_suite *suite, uint32_t set,
                                       const char *method);
/* Does a system bring a method that none before it has? Baselines have none. */
bool course_is_method(const struct summary_suite *suite, uint32_t system);

#endif /* REPORT_COURSE_H */
