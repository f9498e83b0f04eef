/* Lays the rows of a report out as tables, for Markdown and LaTeX. */
#include "report/text/view.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/fields.h"
#include "report/metric.h"
#include "report/row_groups.h"
#include "report/text/view_cells.h"
#include "report/text/view_notes.h"
#include "report/tied.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What can tell two figures apart, in the order in which it stands before the cells. */
static const char *const label_order[] = {"dataset", "embedder", "kind",  "method",   "stage",
                                          "metric",  "policy",   "split", "signature"};
enum { N_LABELS = sizeof label_order / sizeof *label_order, MOST_KEYS = 12 };

enum { MOST_CELLS = 1000000 /* of the tables together */ };

/* A list of text columns of results[]. */
struct keys {
    const struct field *fields[MOST_KEYS];
    uint32_t n;
};

/* A table in the making: rows of one suite. */
struct making {
    const struct figure **rows; /* [n] */
    size_t n;
    struct keys labels, columns;
    bool labels_given;
    const struct tied_figures *tied;
    struct map label_map, column_map;
    uint32_t *order;  /* [label_map.n] of the rows, as they are to stand */
    uint32_t *place;  /* [n] label number of each row */
    uint32_t *column; /* [n] column of each row */
};

static int parse_keys(const char *option, const char *list, struct keys *ret_keys)
{
    struct slice rest = slice_of(list), name;
    struct keys keys = {0};
    while (slice_field(&rest, ',', &name)) {
        char *text = mem_text_n(name.text, name.n);
        const struct field *field = field_find(fields_of_row, text);
        int status = 0;
        if (!field || !field_is_text(field) || keys.n == MOST_KEYS) {
            status = error_set(ERR_REQUEST,
                               "--%s: found \"%s\", expected text columns of results[]: suite, "
                               "dataset, embedder, kind, stage, method, metric, split, policy, "
                               "signature",
                               option, text);
        }
        free(text);
        if (status != 0) {
            return status;
        }
        keys.fields[keys.n++] = field;
    }
    *ret_keys = keys;
    return 0;
}

static bool has_key(const struct keys *keys, const char *name)
{
    for (uint32_t i = 0; i < keys->n; i++) {
        if (strcmp(keys->fields[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What a row has in a text column of the table: chosen stages share a line, and their cells say
 * which stage it was. */
static const char *text_of(const struct field *field, const struct figure *row)
{
    if (strcmp(field->name, "stage") == 0 && view_is_chosen(row)) {
        const char *on = protocol_get(row->protocol, PROTOCOL_STAGE_CHOSEN_ON);
        return strcmp(on, "itself") == 0 ? "best" : "dev-chosen";
    }
    return field_text(field, row);
}

static uint32_t put_key(struct map *map, const struct keys *keys, const struct figure *row)
{
    struct str key = {0};
    for (uint32_t i = 0; i < keys->n; i++) {
        const char *text = text_of(keys->fields[i], row);
        str_add(&key, text ? text : "\n");
        str_add_char(&key, '\t');
    }
    uint32_t number = map_put(map, str_text(&key), key.n);
    str_finish(&key);
    return number;
}

static bool differ(const struct field *field, const struct figure *a, const struct figure *b)
{
    const char *x = text_of(field, a), *y = text_of(field, b);
    return !x != !y || (x && strcmp(x, y) != 0);
}

/* Two rows that would stand in one cell; false if there are none. */
static bool find_clash(const struct making *making, const struct figure **ret_a,
                       const struct figure **ret_b)
{
    struct map cells = {0};
    struct keys both = making->labels;
    bool clash = false;
    size_t *first = mem_array(making->n + 1, sizeof *first);
    for (uint32_t i = 0; i < making->columns.n && both.n < MOST_KEYS; i++) {
        both.fields[both.n++] = making->columns.fields[i];
    }
    for (size_t i = 0; i < making->n && !clash; i++) {
        uint32_t before = cells.n, cell = put_key(&cells, &both, making->rows[i]);
        clash = cell < before;
        if (clash) {
            *ret_a = making->rows[first[cell]];
            *ret_b = making->rows[i];
        } else {
            first[cell] = i;
        }
    }
    map_finish(&cells);
    free(first);
    return clash;
}

static int refuse_clash(const struct figure *a, const struct figure *b)
{
    for (const struct field *field = fields_of_row; field->name; field++) {
        if (field->type == FIELD_TEXT && differ(field, a, b)) {
            const char *x = text_of(field, a), *y = text_of(field, b);
            return error_set(
                ERR_REQUEST,
                "two figures of %s on %s fall into one cell: they differ in %s (\"%s\" and "
                "\"%s\"); add it to --rows or --columns, or narrow with --select",
                a->embedder, a->dataset, field->name, x ? x : "", y ? y : "");
        }
    }
    return error_set(ERR_REQUEST,
                     "%s %s: two figures of %s have the same name in every column; no table can "
                     "tell them apart",
                     a->suite, a->dataset, a->embedder);
}

/* The labels in their order, with one more. */
static void add_label(struct keys *labels, const char *name)
{
    struct keys with = {0};
    for (size_t i = 0; i < N_LABELS; i++) {
        if (has_key(labels, label_order[i]) || strcmp(label_order[i], name) == 0) {
            with.fields[with.n++] = field_find(fields_of_row, label_order[i]);
        }
    }
    *labels = with;
}

/* Labels are added until every figure has a cell of its own. */
static int separate(struct making *making)
{
    static const char *const tried[] = {"dataset", "stage", "method", "metric",
                                        "policy",  "split", "kind",   "signature"};
    const struct figure *a = NULL, *b = NULL;
    while (find_clash(making, &a, &b)) {
        const char *name = NULL;
        for (size_t i = 0; i < sizeof tried / sizeof *tried && !name; i++) {
            bool taken = has_key(&making->labels, tried[i]) || has_key(&making->columns, tried[i]);
            name = !taken && differ(field_find(fields_of_row, tried[i]), a, b) ? tried[i] : NULL;
        }
        if (making->labels_given || !name) {
            return refuse_clash(a, b);
        }
        add_label(&making->labels, name);
    }
    return 0;
}

struct ranked {
    uint32_t ranks[MOST_KEYS]; /* first occurrence of each label's text; of stages all 0 */
    uint32_t number;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    for (int i = 0; i < MOST_KEYS; i++) {
        if (x->ranks[i] != y->ranks[i]) {
            return x->ranks[i] < y->ranks[i] ? -1 : 1;
        }
    }
    return (x->number > y->number) - (x->number < y->number);
}

/* Rows of one embedder together, of one method together; stages as they come, which is the order of
 * the forward pass. */
static void order_rows(struct making *making)
{
    struct map texts[MOST_KEYS] = {0};
    making->place = mem_array(making->n + 1, sizeof *making->place);
    struct ranked *ranked = mem_array(making->n + 1, sizeof *ranked);
    for (size_t i = 0; i < making->n; i++) {
        uint32_t number = put_key(&making->label_map, &making->labels, making->rows[i]);
        making->place[i] = number;
        ranked[number].number = number;
        for (uint32_t k = 0; k < making->labels.n; k++) {
            const struct keys one = {{making->labels.fields[k]}, 1};
            bool stage = strcmp(one.fields[0]->name, "stage") == 0;
            ranked[number].ranks[k] = stage ? 0 : put_key(&texts[k], &one, making->rows[i]);
        }
    }
    uint32_t n = making->label_map.n;
    qsort(ranked, n, sizeof *ranked, by_rank);
    making->order = mem_array(n + 1u, sizeof *making->order);
    for (uint32_t i = 0; i < n; i++) {
        making->order[ranked[i].number] = i;
    }
    for (int k = 0; k < MOST_KEYS; k++) {
        map_finish(&texts[k]);
    }
    free(ranked);
}

static char *heading(const struct keys *columns, const struct figure *row)
{
    struct str text = {0};
    for (uint32_t i = 0; i < columns->n; i++) {
        const char *part = text_of(columns->fields[i], row);
        str_format(&text, "%s%s", i ? " " : "", part ? part : "none");
    }
    return text.data ? text.data : mem_text("");
}

/* Lines and columns, and whether there is room for all of them. */
static int number_rows(struct making *making, const char *suite, uint64_t *cells)
{
    order_rows(making);
    making->column = mem_array(making->n + 1, sizeof *making->column);
    for (size_t i = 0; i < making->n; i++) {
        making->column[i] = put_key(&making->column_map, &making->columns, making->rows[i]);
    }
    *cells += (uint64_t)making->label_map.n * making->column_map.n;
    if (*cells > MOST_CELLS) {
        return error_set(ERR_REQUEST,
                         "%s: the tables reach %" PRIu64 " cells (the last of %u lines and %u "
                         "columns); at most %d are written: narrow with --select, choose --rows "
                         "and --columns, or take --format csv",
                         suite, *cells, making->label_map.n, making->column_map.n, MOST_CELLS);
    }
    return 0;
}

/* The grid with the rows that stand in it. */
static void place_rows(const struct making *making, struct view_table *table)
{
    const uint32_t *column = making->column;
    table->n_labels = making->labels.n;
    table->n_rows = making->label_map.n;
    table->n_columns = making->column_map.n;
    table->label_names = mem_array(table->n_labels + 1u, sizeof *table->label_names);
    table->labels = mem_array(table->n_rows + 1u, sizeof *table->labels);
    table->cells = mem_array(table->n_rows + 1u, sizeof *table->cells);
    table->columns = mem_array(table->n_columns + 1u, sizeof *table->columns);
    for (uint32_t k = 0; k < table->n_labels; k++) {
        table->label_names[k] = making->labels.fields[k]->name;
    }
    for (uint32_t r = 0; r < table->n_rows; r++) {
        table->labels[r] = mem_array(table->n_labels + 1u, sizeof **table->labels);
        table->cells[r] = mem_array(table->n_columns + 1u, sizeof **table->cells);
    }
    for (size_t i = 0; i < making->n; i++) {
        const struct figure *row = making->rows[i];
        uint32_t r = making->order[making->place[i]];
        table->cells[r][column[i]].row = row;
        for (uint32_t k = 0; k < table->n_labels; k++) {
            table->labels[r][k] = text_of(making->labels.fields[k], row);
        }
        if (!table->columns[column[i]]) {
            table->columns[column[i]] = heading(&making->columns, row);
        }
    }
}

/* Are the figures of several stages, and does neither a label nor a heading say which? */
static bool must_show_stages(const struct making *making)
{
    const char *stage = NULL;
    if (has_key(&making->labels, "stage") || has_key(&making->columns, "stage")) {
        return false;
    }
    for (size_t i = 0; i < making->n; i++) {
        const char *other = making->rows[i]->stage.name;
        if (stage && other && strcmp(stage, other) != 0) {
            return true;
        }
        stage = other ? other : stage;
    }
    return false;
}

static bool all_shares(const struct making *making)
{
    for (size_t i = 0; i < making->n; i++) {
        if (metric_shown_times(making->rows[i]->suite, making->rows[i]->metric) < 100) {
            return false;
        }
    }
    return true;
}

static void fill_table(struct making *making, const struct view_options *options,
                       struct view_table *table)
{
    const char *name = options->value ? options->value : "value";
    struct view_look look = view_look(options, name, all_shares(making));
    look.stages = must_show_stages(making);
    look.tied = making->tied;
    place_rows(making, table);
    for (uint32_t r = 0; r < table->n_rows; r++) {
        for (uint32_t c = 0; c < table->n_columns; c++) {
            if (table->cells[r][c].row) {
                view_fill_cell(&look, &table->cells[r][c]);
            }
        }
    }
    for (uint32_t c = 0; c < table->n_columns && look.is_value; c++) {
        view_mark_best(&look, table, c);
    }
    table->title = view_title(table, name, look.scale > 1);
    table->notes = view_notes(table, options->intervals);
}

/* rows [n] of one suite; *cells of the tables so far. */
static int build_table(const struct figure **rows, size_t n, const struct view_options *options,
                       const struct tied_figures *tied, uint64_t *cells, struct view_table *table)
{
    struct making making = {
        .rows = rows, .n = n, .labels_given = options->rows != NULL, .tied = tied};
    int status =
        parse_keys("columns", options->columns ? options->columns : "dataset", &making.columns);
    status = status
                 ? status
                 : parse_keys("rows", options->rows ? options->rows : "embedder", &making.labels);
    if (status != 0) {
        return status;
    }
    if (!options->rows && has_key(&making.columns, "embedder")) {
        making.labels.n = 0; /* it stands in the headings */
        add_label(&making.labels, "method");
    }
    table->suite = rows[0]->suite;
    status = separate(&making);
    status = status ? status : number_rows(&making, table->suite, cells);
    if (status == 0) {
        fill_table(&making, options, table);
    }
    map_finish(&making.label_map);
    map_finish(&making.column_map);
    free(making.order);
    free(making.place);
    free(making.column);
    return status;
}

static int check_value(const char *name)
{
    const struct field *field = field_find(fields_of_row, name);
    if (!field || !field_is_quantity(field)) {
        return error_set(ERR_REQUEST,
                         "--value: found \"%s\", expected value, low, high, sd, n, answered or "
                         "coverage",
                         name);
    }
    return 0;
}

int view_build(const struct result_tree *tree, const struct view_options *options,
               struct view *ret_view)
{
    struct view view = {0};
    struct row_groups groups;
    struct tied_figures tied;
    uint64_t cells = 0;
    int status = check_value(options->value ? options->value : "value");
    row_groups_init(&groups, tree, ROW_GROUP_SUITE);
    tied_init(&tied, tree);
    view.tables = mem_array(groups.names.n + 1u, sizeof *view.tables);
    for (uint32_t g = 0; g < groups.names.n && status == 0; g++) {
        const size_t *ends = groups.ends;
        size_t first = g ? ends[g - 1] : 0;
        status = build_table(groups.rows + first, ends[g] - first, options, &tied, &cells,
                             &view.tables[view.n_tables++]);
    }
    row_groups_finish(&groups);
    tied_finish(&tied);
    if (status != 0) {
        view_finish(&view);
        return status;
    }
    *ret_view = view;
    return 0;
}

static void finish_table(struct view_table *table)
{
    for (uint32_t r = 0; r < table->n_rows; r++) {
        for (uint32_t c = 0; c < table->n_columns; c++) {
            free(table->cells[r][c].text);
            free(table->cells[r][c].interval);
        }
        free(table->cells[r]);
        free(table->labels[r]);
    }
    for (uint32_t c = 0; c < table->n_columns; c++) {
        free(table->columns[c]);
    }
    free(table->cells);
    free(table->labels);
    free(table->columns);
    free(table->label_names);
    free(table->title);
    free(table->notes);
}

void view_finish(struct view *view)
{
    for (uint32_t i = 0; i < view->n_tables; i++) {
        finish_table(&view->tables[i]);
    }
    free(view->tables);
    *view = (struct view){0};
}
