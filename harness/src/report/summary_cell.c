/* What a cell of a summary says: the figure shown, what it leaves out, its caveats. */
#include "report/summary.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

const struct summary_cell *summary_cell(const struct summary_suite *suite, uint32_t set,
                                        uint32_t system)
{
    return &suite->cells[(size_t)set * suite->n_systems + system];
}

const struct figure *summary_shown(const struct summary_cell *cell)
{
    const struct figure *gained = cell->gain ? summary_at(cell, cell->gain->stage.name) : NULL;
    return cell->chosen ? cell->chosen : gained ? gained : cell->last ? cell->last : cell->best;
}

const struct figure *summary_said(const struct summary_cell *cell)
{
    const struct figure *shown = summary_shown(cell);
    return shown ? shown : cell->empty;
}

/* The figure whose answers are the system's own: on common items all answer alike. */
static const struct figure *own_answers(const struct summary_cell *cell)
{
    return cell->beside ? cell->beside : summary_said(cell);
}

bool summary_is_partial(const struct summary_cell *cell)
{
    const struct figure *row = own_answers(cell);
    return row && row->answered < row->n;
}

bool summary_is_below_half(const struct summary_cell *cell)
{
    const struct figure *row = own_answers(cell);
    return row && 2 * row->answered < row->n;
}

char *summary_caveat(const struct summary_cell *cell)
{
    const struct figure *row = summary_said(cell), *own = own_answers(cell);
    if (!row || (!row->reason && !summary_is_below_half(cell))) {
        return NULL;
    }
    struct str text = {0};
    if (row->reason) {
        str_format(&text, "%s%s", row->reason,
                   row->policy && strcmp(row->policy, "common") == 0 && row->answered == 0
                       ? " to every embedder"
                       : "");
    }
    if (summary_is_below_half(cell) && own->answered > 0) {
        str_format(&text, "%s%llu of %llu items answered, below half", text.n ? "; " : "",
                   (unsigned long long)own->answered, (unsigned long long)own->n);
    }
    return text.n ? text.data : mem_format("no item of %llu answered", (unsigned long long)own->n);
}

bool summary_is_test_best(const struct summary_cell *cell)
{
    return cell->stages.n > 1 && summary_shown(cell) == cell->best && !cell->chosen &&
           !cell->gain && !cell->last;
}

bool summary_is_self_fitted(const struct summary_cell *cell)
{
    const struct figure *shown = summary_shown(cell);
    return shown && figure_is_self_fitted(shown);
}

const struct figure *summary_at(const struct summary_cell *cell, const char *stage)
{
    for (uint32_t i = 0; i < cell->stages.n; i++) {
        if (cell->stages.rows[i]->stage.name == stage) {
            return cell->stages.rows[i];
        }
    }
    return NULL;
}

uint32_t summary_best_system(const struct summary_suite *suite, uint32_t set, uint32_t embedder)
{
    return embedder < suite->n_embedders
               ? suite->best_systems[(size_t)set * suite->n_embedders + embedder]
               : suite->n_systems;
}
