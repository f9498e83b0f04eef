/* Writes the cells of a view: number, interval, caveat, and which are the best of a column. */
#include "report/text/view_cells.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/metric.h"
#include "report/text/view_notes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool view_is_chosen(const struct figure *row)
{
    return row->stage.name && protocol_get(row->protocol, PROTOCOL_STAGE_CHOSEN_ON);
}

struct view_look view_look(const struct view_options *options, const char *name, bool all_shares)
{
    const struct field *field = field_find(fields_of_row, name);
    double scale = field->type == FIELD_REAL && all_shares ? 100 : 1;
    return (struct view_look){
        .field = field,
        .low = field_find(fields_of_row, "low"),
        .high = field_find(fields_of_row, "high"),
        .sd = field_find(fields_of_row, "sd"),
        .scale = scale,
        .digits = options->digits >= 0 ? options->digits
                  : scale > 1          ? 1
                                       : 3,
        .is_value = strcmp(name, "value") == 0,
        .intervals = options->intervals,
    };
}

static void add_number(const struct view_look *look, const struct field *field,
                       const struct figure *row, struct str *out)
{
    double value = field->type == FIELD_REAL ? field_real(field, row) : 0;
    if (field->type != FIELD_REAL) {
        str_format(out, "%" PRIu64, field_whole(field, row));
    } else if (isfinite(value)) {
        str_format(out, "%.*f", look->digits, look->scale * value);
    } else {
        str_add(out, "–");
    }
}

/* " (41/353)", " (no pair known)": what a figure leaves out. */
static void add_caveat(const struct figure *row, struct str *out)
{
    const struct metric *metric = metric_declared(row->suite, row->metric);
    bool is_coverage = metric && metric->records == METRIC_SHARE_ANSWERED;
    bool partial = row->answered < row->n && !is_coverage;
    if (partial) {
        str_format(out, " (%" PRIu64 "/%" PRIu64, row->answered, row->n);
    }
    if (row->reason) {
        str_add(out, partial ? ", " : " (");
        str_add(out, row->reason);
    }
    str_add(out, partial || row->reason ? ")" : "");
}

void view_fill_cell(const struct view_look *look, struct view_cell *cell)
{
    const struct figure *row = cell->row;
    struct str text = {0};
    add_number(look, look->field, row, &text);
    if (look->is_value && isfinite(row->sd)) {
        str_add(&text, " ± ");
        add_number(look, look->sd, row, &text);
    }
    if (look->is_value && isfinite(row->value) && figure_is_self_fitted(row)) {
        str_add(&text, " ‡");
    }
    struct tied tied;
    if (look->is_value && look->tied && tied_find(look->tied, row, &tied)) {
        struct figure expected = *row;
        expected.value = tied.expected;
        str_add(&text, " " VIEW_DRAWN " ");
        add_number(look, look->field, &expected, &text);
    }
    if (row->stage.name && (look->stages || view_is_chosen(row))) {
        str_format(&text, " (%s)", row->stage.name);
    }
    if (look->is_value) {
        add_caveat(row, &text);
    }
    cell->text = text.data; /* the cell's now */
    if (look->intervals && isfinite(row->low) && isfinite(row->high)) {
        struct str interval = {0};
        str_add_char(&interval, '[');
        add_number(look, look->low, row, &interval);
        str_add(&interval, ", ");
        add_number(look, look->high, row, &interval);
        str_add_char(&interval, ']');
        cell->interval = interval.data;
    }
}

static bool competes(const struct figure *row)
{
    return row && strcmp(row->kind, "baseline") != 0 && isfinite(row->value) && !row->reason;
}

/* Those of a column that are compared: one metric, one split. */
struct rivals {
    double best; /* in steps of what is printed */
    uint32_t n;
};

static uint32_t rivals_of(struct map *keys, const struct figure *row)
{
    char *key = mem_format("%s\t%s", row->metric, row->split.text);
    uint32_t number = map_put_text(keys, key);
    free(key);
    return number;
}

void view_mark_best(const struct view_look *look, struct view_table *table, uint32_t column)
{
    const double step = pow(10, -look->digits) / look->scale;
    struct map keys = {0};
    struct rivals *rivals = mem_array(table->n_rows + 1u, sizeof *rivals);
    uint32_t *number = mem_array(table->n_rows + 1u, sizeof *number);
    for (uint32_t r = 0; r < table->n_rows; r++) {
        const struct figure *row = table->cells[r][column].row;
        if (competes(row)) {
            double value = round(row->value / step);
            struct rivals *mine = &rivals[number[r] = rivals_of(&keys, row)];
            if (mine->n++ == 0 || metric_before(row->suite, row->metric, value, mine->best)) {
                mine->best = value;
            }
        }
    }
    for (uint32_t r = 0; r < table->n_rows; r++) {
        const struct figure *row = table->cells[r][column].row;
        const struct rivals *mine = &rivals[number[r]];
        table->cells[r][column].best =
            competes(row) && mine->n > 1 &&
            metric_direction(row->suite, row->metric) != METRIC_NEITHER &&
            !metric_better(row->suite, row->metric, mine->best, round(row->value / step));
    }
    map_finish(&keys);
    free(rivals);
    free(number);
}
