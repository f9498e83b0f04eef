/* Finds how many ties stand behind a figure, and what it would be without a rule for them. */
#include "report/tied.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>

#define MUCH 0.01

static void key_of(const struct figure *row, const char *metric, struct str *key)
{
    const char *parts[] = {row->suite,  row->dataset,    row->embedder, row->method,
                           row->policy, row->stage.name, metric};
    str_clear(key);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        str_add(key, parts[i] ? parts[i] : "");
        str_add_char(key, '\n');
    }
}

void tied_init(struct tied_figures *figures, const struct result_tree *tree)
{
    struct str key = {0};
    *figures = (struct tied_figures){0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        bool is_share;
        const struct metric *of =
            split_is_all(&row->split) ? metric_of_ties(row->suite, row->metric, &is_share) : NULL;
        if (!of) {
            continue;
        }
        key_of(row, of->id, &key);
        uint32_t n = figures->keys.n, number = map_put(&figures->keys, key.data, key.n);
        if (number == n) {
            MEM_GROW(figures->figures, figures->capacity, number + 1u);
            figures->figures[number] = (struct tied){NAN, NAN};
        }
        *(is_share ? &figures->figures[number].share : &figures->figures[number].expected) =
            row->value;
    }
    str_finish(&key);
}

void tied_finish(struct tied_figures *figures)
{
    map_finish(&figures->keys);
    free(figures->figures);
}

bool tied_find(const struct tied_figures *figures, const struct figure *row, struct tied *ret_tied)
{
    struct str key = {0};
    struct metric_name of = metric_find(row->suite, row->metric);
    struct slice base = of.id; /* "f1" of "f1-dev-chosen" */
    bool derived = of.form != METRIC_ITSELF && of.form != METRIC_DEV_CHOSEN &&
                   of.form != METRIC_TEST_BEST;
    if (derived || !split_is_all(&row->split)) {
        return false; /* gains are another figure, splits have ties of their own */
    }
    char *metric = mem_text_n(base.text, base.n);
    key_of(row, metric, &key);
    uint32_t number = map_find(&figures->keys, key.data, key.n);
    str_finish(&key);
    free(metric);
    if (number == MAP_NONE || !(figures->figures[number].share > MUCH)) {
        return false;
    }
    *ret_tied = figures->figures[number];
    return true;
}
