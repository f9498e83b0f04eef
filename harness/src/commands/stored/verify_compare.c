/* Compares two reports of one request, figure by figure. */
#include "commands/stored/verify_compare.h"
#include "commands/say.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/archive.h"
#include "data/json.h"
#include "report/stored/read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void differ(struct verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void differ(struct verdict *verdict, const char *format, ...)
{
    if (verdict->n_different++ < verdict->most_shown) {
        va_list args;
        va_start(args, format);
        vsay(format, args);
        va_end(args);
        putchar('\n');
    }
}

static const char *shown(const char *text)
{
    return text ? text : "none";
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Not a number is what is not known: in both or in none. */
static bool same_real(double a, double b, double tolerance)
{
    return isnan(a) || isnan(b) ? isnan(a) && isnan(b) : a == b || fabs(a - b) <= tolerance;
}

static const struct embedder_facts *find_embedder(const struct result_tree *tree, const char *name)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        if (strcmp(tree->embedders[i].name, name) == 0) {
            return &tree->embedders[i];
        }
    }
    return NULL;
}

void verify_embedders(const struct result_tree *was, const struct result_tree *is,
                      struct verdict *verdict)
{
    for (uint32_t i = 0; i < was->n_embedders; i++) {
        const struct embedder_facts *a = &was->embedders[i], *b = find_embedder(is, a->name);
        if (!b) {
            differ(verdict, "embedder %s: is missing", a->name);
        } else if (!same_text(a->status, b->status)) {
            differ(verdict, "embedder %s: status was %s, is %s%s%s", a->name, shown(a->status),
                   shown(b->status), b->error ? ": " : "", b->error ? b->error : "");
        } else if (!same_text(a->weights_before, b->weights_before)) {
            differ(verdict, "embedder %s: weights_sha256 was %s, is %s", a->name,
                   shown(a->weights_before), shown(b->weights_before));
        }
    }
}

/* What a figure is of. */
static char *row_key(const struct figure *row)
{
    return mem_format("%s %s %s stage %s, %s %s, split %s, policy %s, %s", row->suite, row->dataset,
                      row->embedder, shown(row->stage.name), row->method, row->metric,
                      row->split.text, shown(row->policy), row->signature);
}

static void compare_rows(const char *key, const struct figure *a, const struct figure *b,
                         struct verdict *verdict)
{
    if (!same_real(a->value, b->value, verdict->tolerance)) {
        differ(verdict, "figure %s: was %.17g, is %.17g", key, a->value, b->value);
    } else if (!same_real(a->low, b->low, verdict->tolerance) ||
               !same_real(a->high, b->high, verdict->tolerance)) {
        differ(verdict, "figure %s: interval was %.17g to %.17g, is %.17g to %.17g", key, a->low,
               a->high, b->low, b->high);
    } else if (!same_real(a->sd, b->sd, verdict->tolerance)) {
        differ(verdict, "figure %s: sd was %.17g, is %.17g", key, a->sd, b->sd);
    } else if (a->n != b->n || a->answered != b->answered) {
        differ(verdict, "figure %s: answered was %llu of %llu, is %llu of %llu", key,
               (unsigned long long)a->answered, (unsigned long long)a->n,
               (unsigned long long)b->answered, (unsigned long long)b->n);
    }
}

void verify_rows(const struct result_tree *was, const struct result_tree *is,
                 struct verdict *verdict)
{
    struct map keys = {0};
    uint32_t *rows = mem_array(is->n_rows + 1, sizeof *rows); /* [keys.n] number of the row */
    bool *met = mem_array(is->n_rows + 1, sizeof *met);
    for (size_t i = 0; i < is->n_rows; i++) {
        char *key = row_key(&is->rows[i]);
        rows[map_put_text(&keys, key)] = (uint32_t)i;
        free(key);
    }
    for (size_t i = 0; i < was->n_rows; i++) {
        char *key = row_key(&was->rows[i]);
        uint32_t number = map_find_text(&keys, key);
        if (number == MAP_NONE) {
            differ(verdict, "figure %s: was %.17g, is missing", key, was->rows[i].value);
        } else {
            met[number] = true;
            compare_rows(key, &was->rows[i], &is->rows[rows[number]], verdict);
        }
        free(key);
    }
    for (uint32_t i = 0; i < keys.n; i++) {
        if (!met[i]) {
            differ(verdict, "figure %s: was missing", map_key(&keys, i));
        }
    }
    verdict->n_rows = was->n_rows;
    free(met);
    free(rows);
    map_finish(&keys);
}

static bool same_member(const json *a, const json *b, const char *name, double tolerance)
{
    const json *x = jsonr_get(a, name), *y = jsonr_get(b, name);
    return jsonr_as_text(x) || jsonr_as_text(y)
               ? same_text(jsonr_as_text(x), jsonr_as_text(y))
               : same_real(jsonr_as_real(x, NAN), jsonr_as_real(y, NAN), tolerance);
}

/* A member of a record for people. */
static const char *said_of(const json *record, const char *name, char buffer[32])
{
    const json *value = jsonr_get(record, name);
    if (jsonr_as_text(value)) {
        return jsonr_as_text(value);
    }
    if (isnan(jsonr_as_real(value, NAN))) {
        return "none";
    }
    snprintf(buffer, 32, "%.17g", jsonr_as_real(value, NAN));
    return buffer;
}

static void compare_records(const json *a, const json *b, struct verdict *verdict)
{
    static const char *const key[] = {"suite", "dataset", "embedder", "stage", "method", "id"};
    static const char *const members[] = {"answer", "gold",       "status",
                                          "score",  "gold_score", "correct"};
    char one[32], two[32];
    struct str what = {0};
    bool same_item = true;
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        str_format(&what, " %s", said_of(a, key[i], one));
        same_item = same_item && same_member(a, b, key[i], 0);
    }
    if (!same_item) {
        differ(verdict, "item%s: another item is in its place", str_text(&what));
    }
    for (size_t i = 0; same_item && i < sizeof members / sizeof *members; i++) {
        if (!same_member(a, b, members[i], verdict->tolerance)) {
            differ(verdict, "item%s: %s was %s, is %s", str_text(&what), members[i],
                   said_of(a, members[i], one), said_of(b, members[i], two));
            break; /* an item counts once */
        }
    }
    str_finish(&what);
}

static int compare_lines(struct slice a, struct slice b, uint64_t number, struct verdict *verdict)
{
    json *x, *y;
    char place[40];
    snprintf(place, sizeof place, "items, line %llu", (unsigned long long)number);
    int status = jsonr_read_text(a.text, a.n, place, &x);
    if (status != 0) {
        return status;
    }
    status = jsonr_read_text(b.text, b.n, place, &y);
    if (status == 0) {
        compare_records(x, y, verdict);
        jsonr_free(y);
    }
    jsonr_free(x);
    return status;
}

static int compare_sources(struct byte_source *was, struct byte_source *is, struct verdict *verdict)
{
    struct slice line, other;
    int status = 0;
    while (status == 0) {
        bool first = byte_source_line(was, &line, &status);
        bool second = status == 0 && byte_source_line(is, &other, &status);
        if (status || (!first && !second)) {
            break;
        }
        verdict->n_items += first;
        if (!first || !second) {
            differ(verdict, "item %.*s: %s", (int)(first ? line : other).n,
                   (first ? line : other).text, first ? "is missing" : "was missing");
        } else if (line.n != other.n || memcmp(line.text, other.text, line.n) != 0) {
            status = compare_lines(line, other, verdict->n_items, verdict);
        }
    }
    return status;
}

int verify_items(const char *path, const struct result_tree *was, const char *again,
                 const struct result_tree *is, struct verdict *verdict)
{
    struct byte_source *a = NULL, *b = NULL;
    if (!was->run.items || !is->run.items) {
        log_info("%s: without per-item records; figures alone were compared", path);
        return 0;
    }
    char *first = report_items_path(path, was), *second = report_items_path(again, is);
    int status = byte_source_open(first, &a);
    status = status ? status : byte_source_open(second, &b);
    status = status ? status : compare_sources(a, b, verdict);
    byte_source_close(a);
    byte_source_close(b);
    free(first);
    free(second);
    return status;
}
