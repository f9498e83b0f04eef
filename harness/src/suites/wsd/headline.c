/* Chooses the stage to quote on the development set and writes its rows. */
#include "suites/wsd/headline.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A curve of one method on one set. */
struct kept_curve {
    struct figure row;
    struct attribution of; /* texts and protocol in the headline's arena */
    struct stage_curve curve;
};

static void keep_row(struct wsd_headline *headline, const struct figure *row, struct figure *kept)
{
    *kept = *row;
    kept->suite = arena_keep(&headline->kept, row->suite);
    kept->dataset = arena_keep(&headline->kept, row->dataset);
    kept->embedder = arena_keep(&headline->kept, row->embedder);
    kept->kind = arena_keep(&headline->kept, row->kind);
    kept->stage.name = arena_keep(&headline->kept, row->stage.name);
    kept->method = arena_keep(&headline->kept, row->method);
    kept->metric = arena_keep(&headline->kept, row->metric);
    kept->split = SPLIT_ALL;
    kept->policy = arena_keep(&headline->kept, row->policy);
    kept->protocol = protocol_copy(&headline->kept, row->protocol);
}

static void pass_row(void *ctx, const struct figure *row)
{
    struct wsd_headline *headline = ctx;
    headline->sink->row(headline->sink->ctx, row);
    if (strcmp(row->metric, "f1") != 0 || !split_is_all(&row->split) || !row->stage.name ||
        !row->policy || strcmp(row->policy, "none") == 0) {
        return;
    }
    MEM_GROW(headline->rows, headline->capacity, headline->n + 1);
    keep_row(headline, row, &headline->rows[headline->n++]);
}

void wsd_headline_keep(struct wsd_headline *headline, const struct attribution *of,
                       const struct stage_curve *curve)
{
    MEM_GROW(headline->curves, headline->curve_capacity, headline->n_curves + 1);
    struct kept_curve *kept = &headline->curves[headline->n_curves++];
    *kept = (struct kept_curve){.of = *of};
    keep_row(headline, of->row, &kept->row);
    kept->of.run = headline->run;
    kept->of.row = NULL; /* the array moves while it grows */
    kept->of.metric = arena_keep(&headline->kept, of->metric);
    kept->of.ending = arena_keep(&headline->kept, of->ending);
    kept->of.protocol = protocol_copy(&headline->kept, of->protocol);
    kept->of.policy = arena_keep(&headline->kept, of->policy);
    stage_curve_init(&kept->curve, curve->stages, curve->n_stages, curve->resamples);
    memcpy(kept->curve.scores, curve->scores, curve->n_stages * sizeof *curve->scores);
    memcpy(kept->curve.resampled, curve->resampled,
           (size_t)curve->n_stages * curve->resamples * sizeof *curve->resampled);
}

static void pass_item(void *ctx, const struct result_item *item)
{
    const struct wsd_headline *headline = ctx;
    headline->sink->item(headline->sink->ctx, item);
}

void wsd_headline_init(struct wsd_headline *headline, const struct suite_run *run)
{
    *headline = (struct wsd_headline){
        .sink = run->sink,
        .own = {headline, pass_row, run->sink->item ? pass_item : NULL},
        .run = run,
    };
}

void wsd_headline_finish(struct wsd_headline *headline)
{
    for (size_t i = 0; i < headline->n_curves; i++) {
        stage_curve_finish(&headline->curves[i].curve);
    }
    free(headline->curves);
    free(headline->rows);
    arena_finish(&headline->kept);
}

/* The first row of a set and method with the greatest F1; *ret_n rows there are. */
static const struct figure *best_of(const struct wsd_headline *headline, const char *dataset,
                                    const char *method, size_t *ret_n)
{
    const struct figure *best = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < headline->n; i++) {
        const struct figure *row = &headline->rows[i];
        if (strcmp(row->dataset, dataset) == 0 && strcmp(row->method, method) == 0) {
            best = !best || row->value > best->value ? row : best;
            ++*ret_n;
        }
    }
    return best;
}

static void write_copy(const struct wsd_headline *headline, const struct figure *row,
                       const char *metric, const char *chosen_on)
{
    struct figure copy = *row;
    struct protocol protocol = {0};
    protocol_append(&protocol, row->protocol, PROTOCOL_OTHER);
    protocol_add(&protocol, PROTOCOL_STAGE_CHOSEN_ON, chosen_on);
    copy.metric = metric;
    copy.protocol = &protocol;
    headline->sink->row(headline->sink->ctx, &copy);
    protocol_finish(&protocol);
}

/* "semeval2007" of "ALL/semeval2007". */
static const char *base_of(const char *dataset)
{
    const char *slash = strrchr(dataset, '/');
    return slash ? slash + 1 : dataset;
}

/* The number of a set's part of that name, WSD_NONE: there is none. */
static uint32_t part_called(const struct wsd_data *data, const char *name)
{
    uint32_t part = 0;
    while (part < data->n_parts && strcmp(data->parts[part], name) != 0) {
        part++;
    }
    return part < data->n_parts && data->n_parts > 1 ? part : WSD_NONE;
}

/* Are rows of that name of the set, or of what is cut out of it? */
static bool is_of(const struct wsd_data *data, const char *dataset)
{
    size_t n = strlen(data->name);
    return strncmp(data->name, dataset, n) == 0 &&
           (dataset[n] == '\0' || dataset[n] == '/' || text_starts(dataset + n, "-without-"));
}

const char *wsd_headline_dev(struct wsd_headline *headline, const struct wsd_task *task,
                             const char *asked, const char *dataset)
{
    const char *dev = asked;
    const struct wsd_data *whole = NULL, *composed = NULL, *own = NULL;
    uint32_t n_whole = 0, n_composed = 0;
    for (uint32_t t = 0; t < task->n_tests && !dev; t++) {
        const struct wsd_data *data = task->tests[t].data;
        if (part_called(data, WSD_CUSTOMARY_DEV) != WSD_NONE) {
            composed = data;
            n_composed++;
            own = is_of(data, dataset) ? data : own;
        } else if (strcmp(base_of(data->name), WSD_CUSTOMARY_DEV) == 0) {
            whole = data;
            n_whole++;
        }
    }
    composed = own ? own : n_composed == 1 && n_whole == 0 ? composed : NULL;
    if (composed) {
        char *name = wsd_part_name(composed, part_called(composed, WSD_CUSTOMARY_DEV));
        dev = arena_keep(&headline->kept, name);
        free(name);
    }
    return dev || n_whole != 1 ? dev : whole->name;
}

/* Does a data set hold the development set, whole or under another name? */
static bool holds_dev(const struct wsd_task *task, const char *dataset, const char *dev)
{
    bool holds = strcmp(base_of(dataset), base_of(dev)) == 0;
    for (uint32_t t = 0; t < task->n_tests; t++) {
        const struct wsd_data *data = task->tests[t].data;
        holds = holds ||
                (strcmp(data->name, dataset) == 0 && part_called(data, base_of(dev)) != WSD_NONE);
    }
    return holds;
}

static void write_contextual_gain(struct wsd_headline *headline, const struct kept_curve *kept,
                                  const struct wsd_task *task, const char *asked)
{
    const struct stage_curve *curve = &kept->curve;
    const char *chosen_on = "none",
               *dev = wsd_headline_dev(headline, task, asked, kept->row.dataset);
    uint32_t chosen = stage_curve_last(curve);
    size_t n_dev;
    if (dev && !holds_dev(task, kept->row.dataset, dev)) {
        const struct figure *best = best_of(headline, dev, kept->row.method, &n_dev);
        chosen_on = best ? dev : chosen_on;
        chosen = best ? stage_curve_find(curve, &best->stage) : chosen;
    }
    struct attribution of = kept->of;
    of.row = &kept->row;
    attribution_write_contextual(&of, curve, chosen, chosen_on);
}

void wsd_headline_write(struct wsd_headline *headline, const struct wsd_task *task,
                        const char *asked)
{
    for (size_t i = 0; i < headline->n_curves; i++) {
        write_contextual_gain(headline, &headline->curves[i], task, asked);
    }
    for (size_t i = 0; i < headline->n; i++) {
        const struct figure *row = &headline->rows[i];
        size_t n_stages, n_dev;
        bool first = true; /* of its set and method */
        for (size_t before = 0; before < i && first; before++) {
            first = strcmp(headline->rows[before].dataset, row->dataset) != 0 ||
                    strcmp(headline->rows[before].method, row->method) != 0;
        }
        const char *dev = first ? wsd_headline_dev(headline, task, asked, row->dataset) : NULL;
        if (!first || (dev && holds_dev(task, row->dataset, dev))) {
            continue;
        }
        const struct figure *best = best_of(headline, row->dataset, row->method, &n_stages);
        const struct figure *chosen = dev ? best_of(headline, dev, row->method, &n_dev) : NULL;
        if (n_stages < 2) {
            continue;
        }
        for (size_t s = 0; chosen && s < headline->n; s++) {
            const struct figure *at = &headline->rows[s];
            if (strcmp(at->dataset, row->dataset) == 0 && strcmp(at->method, row->method) == 0 &&
                stage_same(&at->stage, &chosen->stage)) {
                write_copy(headline, at, "f1-dev-chosen", dev);
            }
        }
        write_copy(headline, best, "f1-test-best", "itself");
    }
}
