/*
 * findings.h - what a report finds, in sentences: per data set the embedder with the best figure,
 * what context adds to its own table, the best embedder of the other kind and the paired test
 * between the two, and who left items unanswered. Made of headline figures as suites declare them,
 * whatever the suite; page and terminal say the same.
 *
 * A sentence claims no more than a row or a test of the report does: a metric that has no better
 * direction has no leader, "best" is said of figures as they stand, "more" where a paired test or
 * interval shows it, "the same" where two one-sided tests do, a difference that was not tested says
 * why, runs that differ in their seed alone are one system (its mean and deviation), and a figure
 * that was chosen with hindsight (the best of several methods, the stage best on
 * this very set) says so.
 */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "report/summary.h"
#include "report/tied.h"

enum { FINDINGS_FEW_ITEMS = 20 /* a figure of fewer says little */ };

/* The findings of one data set. */
struct finding {
    uint32_t suite, set;
    uint32_t lead, rival; /* systems of the suite; n_systems: there is none */
    bool few;             /* is the leader's figure of fewer items than FINDINGS_FEW_ITEMS? */
    bool first;           /* of its suite: the first with a leader by more than few items, else the
                           * first with a leader, else the first; it heads the page and ends the
                           * table */
};

/* In the order of the summary; *ret_findings [n] is the caller's to free. Returns n. */
uint32_t findings_list(const struct summary *summary, struct finding **ret_findings);

/* The row of a system on the finding's set that a paired test is of; NULL: there is none. */
const struct figure *finding_row(const struct summary *summary, const struct finding *finding,
                                 uint32_t system);

/* The sentences, each with its full stop and a blank between: plain text with names in it as they
 * are. "" where there is nothing to say. tied: of the tree. free() it. */
char *finding_text(const struct summary *summary, const struct result_tree *tree,
                   const struct tied_figures *tied, const struct finding *finding);

#endif /* REPORT_FINDINGS_H */
