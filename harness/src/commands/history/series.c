/* Gathers the points of a figure over the runs and compares their protocols. */
#include "commands/history/series.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/fields.h"
#include "report/figure_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t put(struct map *map, const struct figure *row, bool with_stage)
{
    struct str key = {0};
    for (const struct field *field = fields_of_row; field->name; field++) {
        bool used = field->type == FIELD_TEXT && strcmp(field->name, "signature") != 0 &&
                    strcmp(field->name, "reason") != 0 &&
                    (with_stage || strcmp(field->name, "stage") != 0);
        const char *text = used ? field_text(field, row) : "";
        str_add(&key, text ? text : "\n");
        str_add_char(&key, '\t');
    }
    uint32_t number = map_put(map, str_text(&key), key.n);
    str_finish(&key);
    return number;
}

/* Does a run have one figure at several stages? */
static bool needs_stage(const struct history *history)
{
    bool several = false;
    for (uint32_t r = 0; r < history->n && !several; r++) {
        const struct result_tree *tree = &history->runs[r].tree;
        struct map seen = {0};
        for (size_t i = 0; i < tree->n_rows && !several; i++) {
            uint32_t before = seen.n;
            several = put(&seen, &tree->rows[i], false) < before;
        }
        map_finish(&seen);
    }
    return several;
}

/* The stage aside. */
static bool same_protocol(const struct figure *a, const struct figure *b)
{
    struct protocol x = {0}, y = {0};
    struct str of_x = {0}, of_y = {0};
    protocol_append(&x, a->protocol, PROTOCOL_STAGE);
    protocol_append(&y, b->protocol, PROTOCOL_STAGE);
    protocol_write(&x, &of_x);
    protocol_write(&y, &of_y);
    bool same = strcmp(str_text(&of_x), str_text(&of_y)) == 0;
    protocol_finish(&x);
    protocol_finish(&y);
    str_finish(&of_x);
    str_finish(&of_y);
    return same;
}

static void add_point(struct history_series *series, uint32_t run, const struct figure *row)
{
    struct history_point point = {run, row, NAN, true};
    if (series->n > 0 && series->points[series->n - 1].run == run) {
        return; /* the same figure again, as a chosen stage's */
    }
    if (series->n > 0) {
        const struct figure *before = series->points[series->n - 1].row;
        point.change = row->value - before->value;
        point.same_protocol = same_protocol(before, row);
        series->stage_varies |=
            before->stage.name && row->stage.name && !stage_same(&before->stage, &row->stage);
    }
    MEM_GROW(series->points, series->capacity, (size_t)series->n + 1);
    series->points[series->n++] = point;
}

void history_figures_init(struct history_figures *figures, const struct history *history)
{
    struct map keys = {0};
    size_t capacity = 0;
    bool with_stage = needs_stage(history);
    *figures = (struct history_figures){0};
    for (uint32_t r = 0; r < history->n; r++) {
        const struct result_tree *tree = &history->runs[r].tree;
        for (size_t i = 0; i < tree->n_rows; i++) {
            uint32_t before = keys.n, number = put(&keys, &tree->rows[i], with_stage);
            if (number == before) {
                MEM_GROW(figures->series, capacity, (size_t)before + 1);
                figures->series[before] = (struct history_series){0};
                figures->n = before + 1;
            }
            add_point(&figures->series[number], r, &tree->rows[i]);
        }
    }
    map_finish(&keys);
}

void history_figures_finish(struct history_figures *figures)
{
    for (uint32_t i = 0; i < figures->n; i++) {
        free(figures->series[i].points);
    }
    free(figures->series);
    *figures = (struct history_figures){0};
}
