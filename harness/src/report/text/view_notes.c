/* The notes below a table: what its figures must not be taken for. */
#include "report/text/view_notes.h"

#include "base/map.h"
#include "report/fields.h"
#include "report/figure_text.h"

#include <math.h>
#include <string.h>

static bool is_label(const struct view_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->n_labels; i++) {
        if (strcmp(table->label_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct figure *row_at(const struct view_table *table, uint32_t i)
{
    return table->cells[i / table->n_columns][i % table->n_columns].row;
}

/* The texts that a column of results[] has in the table, without NULL. */
static struct map texts_of(const struct view_table *table, const char *name)
{
    const struct field *field = field_find(fields_of_row, name);
    struct map texts = {0};
    for (uint32_t i = 0; i < table->n_rows * table->n_columns; i++) {
        const struct figure *row = row_at(table, i);
        const char *text = row ? field_text(field, row) : NULL;
        if (text) {
            map_put_text(&texts, text);
        }
    }
    return texts;
}

static void add_list(struct str *out, const struct map *texts)
{
    for (uint32_t i = 0; i < texts->n; i++) {
        str_format(out, "%s%s", i ? ", " : "", map_key(texts, i));
    }
}

char *view_title(const struct view_table *table, const char *value, bool times_100)
{
    struct str title = {0};
    str_format(&title, "%s: ", table->suite);
    if (strcmp(value, "value") != 0) {
        str_format(&title, "%s of ", value);
    }
    struct map metrics = texts_of(table, "metric");
    add_list(&title, &metrics);
    map_finish(&metrics);
    str_add(&title, times_100 ? " × 100" : "");
    return title.data;
}

struct range {
    uint64_t low, high;
};

static struct range items_of(const struct view_table *table, uint32_t column)
{
    struct range range = {UINT64_MAX, 0};
    for (uint32_t r = 0; r < table->n_rows; r++) {
        const struct figure *row = table->cells[r][column].row;
        if (row) {
            range.low = row->n < range.low ? row->n : range.low;
            range.high = row->n > range.high ? row->n : range.high;
        }
    }
    return range;
}

static void add_range(struct str *out, struct range range)
{
    str_format(out, "%llu", (unsigned long long)range.low);
    if (range.high > range.low) {
        str_format(out, "–%llu", (unsigned long long)range.high);
    }
}

static void add_items(const struct view_table *table, struct str *out)
{
    bool same = true;
    struct range first = items_of(table, 0);
    for (uint32_t c = 1; c < table->n_columns; c++) {
        struct range range = items_of(table, c);
        same = same && range.low == first.low && range.high == first.high;
    }
    str_add(out, "Items: ");
    for (uint32_t c = 0; c < (same ? 1 : table->n_columns); c++) {
        str_add(out, c ? ", " : "");
        if (!same) {
            str_format(out, "%s ", table->columns[c]);
        }
        str_add(out, same ? "n = " : "");
        add_range(out, items_of(table, c));
    }
    str_add(out, ".");
}

static void add_texts(const struct view_table *table, const char *name, const char *before,
                      struct str *out)
{
    struct map texts = texts_of(table, name);
    bool plain = strcmp(name, "split") == 0 && texts.n == 1 &&
                 strcmp(map_key(&texts, 0), SPLIT_ALL_TEXT) == 0;
    if (texts.n > 0 && !is_label(table, name) && !plain) {
        str_format(out, " %s", before);
        add_list(out, &texts);
        str_add(out, ".");
    }
    map_finish(&texts);
}

/* Where stages were chosen, as the protocols say. */
static void add_choices(const struct view_table *table, struct str *out)
{
    struct map sets = {0};
    for (uint32_t i = 0; i < table->n_rows * table->n_columns; i++) {
        const struct figure *row = row_at(table, i);
        const char *on = row ? protocol_get(row->protocol, PROTOCOL_STAGE_CHOSEN_ON) : NULL;
        if (on) {
            map_put_text(&sets, on);
        }
    }
    for (uint32_t i = 0; i < sets.n; i++) {
        if (strcmp(map_key(&sets, i), "itself") == 0) {
            str_add(out, " Stages are the best on the test set itself, which is optimistic.");
        } else {
            str_format(out, " Stages chosen on %s.", map_key(&sets, i));
        }
    }
    map_finish(&sets);
}

static bool any_self_fitted(const struct view_table *table)
{
    for (uint32_t i = 0; i < table->n_rows * table->n_columns; i++) {
        const struct figure *row = row_at(table, i);
        if (row && isfinite(row->value) && figure_is_self_fitted(row)) {
            return true;
        }
    }
    return false;
}

/* What stands behind "±". */
static void add_seeds(const struct view_table *table, struct str *out)
{
    struct map seeds = texts_of(table, "seeds");
    if (seeds.n > 0) {
        str_add(out, " ±: mean and standard deviation (n - 1) over runs with seeds ");
    }
    for (uint32_t i = 0; i < seeds.n; i++) {
        str_format(out, "%s%s", i ? "; " : "", map_key(&seeds, i));
    }
    str_add(out, seeds.n > 0 ? "." : "");
    map_finish(&seeds);
}

char *view_notes(const struct view_table *table, bool intervals)
{
    struct str notes = {0};
    bool best = false, drawn = false;
    for (uint32_t i = 0; i < table->n_rows * table->n_columns; i++) {
        const struct view_cell *cell = &table->cells[i / table->n_columns][i % table->n_columns];
        best |= cell->best;
        drawn |= cell->text && strstr(cell->text, " " VIEW_DRAWN " ");
    }
    add_items(table, &notes);
    add_texts(table, "policy", "Policy: ", &notes);
    add_texts(table, "split", "Split: ", &notes);
    add_choices(table, &notes);
    add_seeds(table, &notes);
    str_add(&notes,
            any_self_fitted(table)
                ? " ‡: the threshold is fitted on the test items themselves, which is optimistic."
                : "");
    str_add(&notes, drawn ? " " VIEW_DRAWN ": more than 1 % of the best choices tie; what is "
                            "expected of drawing among them."
                          : "");
    str_add(&notes, intervals ? " In brackets: 95 % bootstrap intervals." : "");
    str_add(&notes, best ? " Bold: best of its column, baselines aside." : "");
    return notes.data;
}
