/* Finds the items of splits by the attributes of their records. */
#include "commands/compare/splits.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "report/figure_text.h"

#include <stdlib.h>
#include <string.h>

/* Is it a whole number within "2-3", or from "7+" on? */
static bool is_within(struct slice text, struct slice range)
{
    struct slice rest = range, low;
    uint64_t value, from, to = UINT64_MAX;
    bool is_open = range.n > 0 && range.text[range.n - 1] == '+';
    if (is_open) {
        low = (struct slice){range.text, range.n - 1};
    } else if (!slice_field(&rest, '-', &low) || !num_uint(rest, &to)) {
        return false;
    }
    return num_uint(low, &from) && num_uint(text, &value) && from <= value && value <= to;
}

static bool is_value(const char *text, struct slice value)
{
    return slice_is(value, text) || is_within(slice_of(text), value);
}

/* What says that an axis has a value. */
typedef bool axis_has(const void *ctx, struct slice axis, struct slice value);

static bool item_has(const void *ctx, struct slice axis, struct slice value)
{
    const struct result_item *item = ctx;
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        const struct result_attribute *attribute = &item->attributes[i];
        if (slice_is(axis, attribute->name)) {
            return attribute->value && is_value(attribute->value, value);
        }
    }
    return false;
}

static bool some_item_has(const void *ctx, struct slice axis, struct slice value)
{
    const struct map *said = ctx;
    for (uint32_t i = 0; i < said->n; i++) {
        const char *name = map_key(said, i), *tab = strchr(name, '\t');
        if ((size_t)(tab - name) == axis.n && memcmp(name, axis.text, axis.n) == 0 &&
            is_value(tab + 1, value)) {
            return true;
        }
    }
    return false;
}

/* The term behind a comma of a value, "distance:0" of "left,distance:0": from `*at` on, which is
 * then where the next is looked for. */
static bool next_term(struct slice value, size_t *at, struct slice *ret_before,
                      struct slice *ret_axis, struct slice *ret_value)
{
    for (; *at < value.n; ++*at) {
        struct slice rest = {value.text + *at + 1, value.n - *at - 1};
        if (value.text[*at] == ',' && slice_field(&rest, ':', ret_axis) && rest.n > 0) {
            *ret_before = (struct slice){value.text, (*at)++};
            *ret_value = rest;
            return true;
        }
    }
    return false;
}

/* The whole value, or what stands before a comma and the terms behind it. */
static bool holds(axis_has *has, const void *ctx, struct slice axis, struct slice value)
{
    struct slice before, next, of_next;
    if (has(ctx, axis, value)) {
        return true;
    }
    for (size_t at = 0; next_term(value, &at, &before, &next, &of_next);) {
        if (has(ctx, axis, before) && holds(has, ctx, next, of_next)) {
            return true;
        }
    }
    return false;
}

static bool split_holds(axis_has *has, const void *ctx, const struct split *split)
{
    return split->axis && split->value &&
           holds(has, ctx, slice_of(split->axis), slice_of(split->value));
}

void compare_splits_init(struct compare_splits *splits, const char *const *names, uint32_t n)
{
    *splits = (struct compare_splits){0};
    for (uint32_t i = 0; i < n; i++) {
        map_put_text(&splits->names, names[i]);
    }
    splits->asked = mem_array((size_t)splits->names.n + 1, sizeof *splits->asked);
    splits->of_records = mem_array((size_t)splits->names.n + 1, sizeof *splits->of_records);
}

void compare_splits_finish(struct compare_splits *splits)
{
    for (uint32_t i = 0; splits->members && i < splits->names.n; i++) {
        free(splits->members[i]);
    }
    free(splits->members);
    free(splits->asked);
    free(splits->of_records);
    free(splits->rows);
    map_finish(&splits->names);
    map_finish(&splits->there);
    map_finish(&splits->axes);
    map_finish(&splits->said);
    map_finish(&splits->patterns);
    *splits = (struct compare_splits){0};
}

static void note_axes(struct compare_splits *splits, const struct split *split)
{
    struct slice before, axis, value;
    map_put_text(&splits->axes, split->axis);
    for (size_t at = 0;
         split->value && next_term(slice_of(split->value), &at, &before, &axis, &value);) {
        map_put(&splits->axes, axis.text, axis.n);
    }
}

uint32_t compare_splits_row(struct compare_splits *splits, const struct figure *row,
                            bool of_records, struct arena *texts)
{
    if (splits->names.n == 0) {
        return MAP_NONE;
    }
    const struct split *split = &row->split;
    uint32_t number = map_find_text(&splits->names, split->text), known = splits->there.n;
    if (number != MAP_NONE) {
        splits->of_records[number] |= of_records;
    }
    if (of_records && !split_is_all(split) && map_put_text(&splits->there, split->text) == known) {
        const struct split kept = {arena_keep(texts, split->axis), arena_keep(texts, split->value),
                                   arena_keep(texts, split->text)};
        MEM_GROW(splits->rows, splits->rows_capacity, (size_t)known + 1);
        splits->rows[known] = kept;
        note_axes(splits, &kept);
        if (number != MAP_NONE) {
            splits->asked[number] = kept;
        }
    }
    return number;
}

static void note_attributes(struct compare_splits *splits, const struct result_item *item)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        const struct result_attribute *attribute = &item->attributes[i];
        if (attribute->value && map_find_text(&splits->axes, attribute->name) != MAP_NONE) {
            char *said = mem_format("%s\t%s", attribute->name, attribute->value);
            map_put_text(&splits->said, said);
            free(said);
        }
    }
}

uint32_t compare_splits_item(struct compare_splits *splits, const struct result_item *item)
{
    uint32_t n = splits->names.n;
    if (n == 0) {
        return MAP_NONE;
    }
    char *pattern = mem_array(n, 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct split *split = &splits->asked[i];
        pattern[i] = split_holds(item_has, item, split) ? '1' : '0';
    }
    uint32_t number = map_put(&splits->patterns, pattern, n);
    free(pattern);
    note_attributes(splits, item);
    return number;
}

/* The list is of those whose items the records tell. */
static int refuse(const struct compare_splits *splits, uint32_t number, const char *why)
{
    struct str list = {0};
    str_add(&list, SPLIT_ALL_TEXT);
    for (uint32_t i = 0; i < splits->there.n; i++) {
        if (split_holds(some_item_has, &splits->said, &splits->rows[i])) {
            str_format(&list, ", %s", splits->rows[i].text);
        }
    }
    int status = error_set(ERR_REQUEST, "--split: found \"%s\", %s; there is: %s",
                           map_key(&splits->names, number), why, str_text(&list));
    str_finish(&list);
    return status;
}

static int check(const struct compare_splits *splits, uint32_t number, bool has_records)
{
    bool is_all = strcmp(map_key(&splits->names, number), SPLIT_ALL_TEXT) == 0, any = false;
    for (uint32_t p = 0; p < splits->patterns.n; p++) {
        any |= splits->members[number][p];
    }
    if (is_all || any) {
        return 0;
    }
    if (!splits->of_records[number]) {
        return refuse(splits, number, "which no figure that is made of records has");
    }
    return !has_records
               ? 0
               : refuse(splits, number,
                        "which no record's attributes say, so that nobody knows its items");
}

int compare_splits_close(struct compare_splits *splits, bool has_records)
{
    int status = 0;
    splits->members = mem_array((size_t)splits->names.n + 1, sizeof *splits->members);
    for (uint32_t i = 0; i < splits->names.n; i++) {
        splits->members[i] = mem_array((size_t)splits->patterns.n + 1, sizeof **splits->members);
        for (uint32_t p = 0; p < splits->patterns.n; p++) {
            splits->members[i][p] = splits->patterns.names[p][i] == '1';
        }
        status = status ? status : check(splits, i, has_records);
    }
    return status;
}
