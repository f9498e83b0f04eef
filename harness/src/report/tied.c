/* Finds how many ties stand behind a figure, and what it would be without a rule for them. */
#include "report/tied.h"

#include "base/mem.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>

#define MUCH 0.01

/* What was found of the metrics met last. A tree keeps each text once, so addresses tell them. */
struct met {
    const char *suite, *metric;
    const struct metric *of; /* NULL: it says nothing of ties */
    bool is_share;
};
enum { N_MET = 64 };

static const struct met *meet(struct met met[N_MET], const struct figure *row)
{
    struct met *one = &met[((uintptr_t)row->metric >> 3) % N_MET];
    if (one->suite != row->suite || one->metric != row->metric) {
        *one = (struct met){row->suite, row->metric, NULL, false};
        one->of = metric_of_ties(row->suite, row->metric, &one->is_share);
    }
    return one;
}

/* Whose ties: the address of each text, which a tree keeps once. */
struct key {
    const char *suite, *dataset, *embedder, *method, *policy, *stage;
    const struct metric *metric;
};

static struct key key_of(const struct figure *row, const struct metric *metric)
{
    return (struct key){row->suite,  row->dataset,    row->embedder, row->method,
                        row->policy, row->stage.name, metric};
}

void tied_init(struct tied_figures *figures, const struct result_tree *tree)
{
    struct met met[N_MET] = {0};
    *figures = (struct tied_figures){0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        const struct met *metric = meet(met, row);
        if (!metric->of || !split_is_all(&row->split)) {
            continue;
        }
        const struct key key = key_of(row, metric->of);
        uint32_t n = figures->keys.n;
        uint32_t number = map_put(&figures->keys, (const char *)&key, sizeof key);
        if (number == n) {
            MEM_GROW(figures->figures, figures->capacity, number + 1u);
            figures->figures[number] = (struct tied){NAN, NAN};
        }
        struct tied *tied = &figures->figures[number];
        *(metric->is_share ? &tied->share : &tied->expected) = row->value;
    }
}

void tied_finish(struct tied_figures *figures)
{
    map_finish(&figures->keys);
    free(figures->figures);
}

bool tied_find(const struct tied_figures *figures, const struct figure *row, struct tied *ret_tied)
{
    if (figures->keys.n == 0) {
        return false;
    }
    struct metric_name of = metric_find(row->suite, row->metric); /* "f1" of "f1-dev-chosen" */
    bool derived =
        of.form != METRIC_ITSELF && of.form != METRIC_DEV_CHOSEN && of.form != METRIC_TEST_BEST;
    if (derived || !split_is_all(&row->split)) {
        return false; /* gains are another figure, splits have ties of their own */
    }
    const struct key key = key_of(row, of.metric);
    uint32_t number = map_find(&figures->keys, (const char *)&key, sizeof key);
    if (number == MAP_NONE || !(figures->figures[number].share > MUCH)) {
        return false;
    }
    *ret_tied = figures->figures[number];
    return true;
}
