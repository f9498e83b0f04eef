/*
 * row_groups.h - the rows of a report sorted into those of each suite, or of each embedder.
 */
#ifndef REPORT_ROW_GROUPS_H
#define REPORT_ROW_GROUPS_H

#include "base/map.h"
#include "report/tree.h"

enum row_group { ROW_GROUP_SUITE, ROW_GROUP_EMBEDDER };

struct row_groups {
    struct map names;           /* of the groups, as they come first */
    size_t *ends;               /* [names.n] of each group in rows */
    const struct figure **rows; /* [tree->n_rows] a group behind the other, each in its order */
};

/* In time linear in the rows. The tree must outlive the groups. */
void row_groups_init(struct row_groups *groups, const struct result_tree *tree, enum row_group by);
void row_groups_finish(struct row_groups *groups);

#endif /* REPORT_ROW_GROUPS_H */
