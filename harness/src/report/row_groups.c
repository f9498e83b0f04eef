/* Sorts row numbers into groups by suite or embedder. */
#include "report/row_groups.h"

#include "base/mem.h"

#include <stdlib.h>

void row_groups_init(struct row_groups *groups, const struct result_tree *tree, enum row_group by)
{
    *groups = (struct row_groups){.rows = mem_array(tree->n_rows + 1, sizeof *groups->rows)};
    uint32_t *number = mem_array(tree->n_rows + 1, sizeof *number);
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        number[i] =
            map_put_text(&groups->names, by == ROW_GROUP_SUITE ? row->suite : row->embedder);
    }
    groups->ends = mem_array(groups->names.n + 1u, sizeof *groups->ends);
    size_t *at = groups->ends; /* sizes, then beginnings, which move on to the ends */
    for (size_t i = 0; i < tree->n_rows; i++) {
        at[number[i]]++;
    }
    for (size_t g = 0, begin = 0; g < groups->names.n; g++) {
        size_t n = at[g];
        at[g] = begin;
        begin += n;
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        groups->rows[at[number[i]]++] = &tree->rows[i];
    }
    free(number);
}

void row_groups_finish(struct row_groups *groups)
{
    map_finish(&groups->names);
    free(groups->ends);
    free(groups->rows);
}
