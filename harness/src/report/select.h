/*
 * select.h - which figures of a report: `suite=wsd stage=best metric=f1 embedder=minilm,glove`.
 *
 * A selection is terms between spaces; a figure must pass all of them. A term is the name of a
 * column of results[], a comparison and what to compare with:
 *
 *   key=A,B     the text is A or B; * stands for any characters, ? for one; nothing after the
 *               comparison means: the figure has no such text (policy= : no policy)
 *   key!=A,B    it is neither
 *   n>=100      a number compared by = != < <= > >=
 *   method=nn,metric=f1 is refused: a term behind a comma would be a value of the first column
 *   stage=best  of each embedder, data set, method, metric, split and policy the figure of the
 *               stage that is best on this very set; its signature then ends in
 *               "|stage-chosen-on:itself" where there was a choice
 *   stage=dev   the figures at the stage that was chosen on a development set (which a report's
 *               METRIC-dev-chosen rows say); "|stage-chosen-on:NAME"
 *   stage=last  the last stage that is neither a sum nor a point within a block
 *
 * best, dev and last keep figures without a stage (baselines), and may stand beside stages:
 * stage=table,best (a figure that is both comes twice, the second time marked). "…" keeps spaces,
 * commas, * and ? as they are: dataset="my set".
 */
#ifndef REPORT_SELECT_H
#define REPORT_SELECT_H

#include "report/tree.h"

/* Keeps the rows that the selection asks for, in their order, and those embedders that its
 * embedder terms do not leave out. ERR_REQUEST: the selection is wrong (the message quotes it and
 * says what may stand there); ERR_FAILED: nothing is left (the message says which term leaves
 * nothing, and what there is). The tree is whole in any case. */
int result_tree_select(struct result_tree *tree, const char *selection);

/* Keeps what stands for each data set: the first metric and policy that its suite gives for all
 * items, at every stage, and the baselines by that metric. */
void result_tree_headlines(struct result_tree *tree);

#endif /* REPORT_SELECT_H */
