/*
 * series.h - one figure over time: the same columns in one report after the other.
 */
#ifndef COMMANDS_HISTORY_SERIES_H
#define COMMANDS_HISTORY_SERIES_H

#include "commands/history/read.h"

#include <stdbool.h>

struct history_point {
    uint32_t run;             /* in history.runs */
    const struct figure *row; /* of its tree */
    double change;            /* since the point before; NAN for the first */
    bool same_protocol;       /* as the point before: the signatures agree, a chosen stage aside */
};

struct history_series {
    struct history_point *points; /* [n] oldest first */
    uint32_t n;
    size_t capacity;
    bool stage_varies; /* runs chose their stage, and not all the same */
};

struct history_figures {
    struct history_series *series; /* [n] in the order of their first point */
    uint32_t n;
};

/* Rows of the runs as they are (select first) by all columns but the signature; by the stage too,
 * unless every run has but one stage of each figure. Free with history_figures_finish. */
void history_figures_init(struct history_figures *figures, const struct history *history);
void history_figures_finish(struct history_figures *figures);

#endif /* COMMANDS_HISTORY_SERIES_H */
