/*
 * tied.h - figures that a rule for ties decides in part: where the best choices of more than 1 % of
 * the items tie, what would be expected of drawing among them stands beside the figure. Which
 * figures say so the suite declares (report/metric.h: ties, expected).
 */
#ifndef REPORT_TIED_H
#define REPORT_TIED_H

#include "base/map.h"
#include "report/tree.h"

#include <stdbool.h>

struct tied {
    double share;    /* of the items, 0…1 */
    double expected; /* the figure, were the tied drawn among at random */
};

struct tied_figures {
    struct map keys;
    struct tied *figures; /* [keys.n] */
    size_t capacity;
};

/* Looks through the tree once; only rows of this tree are found. Finish it. */
void tied_init(struct tied_figures *figures, const struct result_tree *tree);
void tied_finish(struct tied_figures *figures);

/* False where no more than 1 % tie, or nobody says: of gains and of splits. */
bool tied_find(const struct tied_figures *figures, const struct figure *row, struct tied *ret_tied);

#endif /* REPORT_TIED_H */
