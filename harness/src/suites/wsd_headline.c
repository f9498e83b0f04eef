#include "suites/wsd_headline.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *keep(struct wsd_headline *headline, const char *text)
{
    return text ? arena_text(&headline->texts, text, strlen(text)) : NULL;
}

/* A curve of one method on one set. */
struct kept_curve {
    struct result_row row;
    struct attribution of; /* texts in the headline's arena */
    struct stage_curve curve;
};

static void keep_row(struct wsd_headline *headline, const struct result_row *row,
                     struct result_row *kept)
{
    *kept = *row;
    kept->suite = keep(headline, row->suite);
    kept->dataset = keep(headline, row->dataset);
    kept->embedder = keep(headline, row->embedder);
    kept->kind = keep(headline, row->kind);
    kept->stage = keep(headline, row->stage);
    kept->method = keep(headline, row->method);
    kept->metric = keep(headline, row->metric);
    kept->split = keep(headline, row->split);
    kept->policy = keep(headline, row->policy);
    kept->signature = keep(headline, row->signature);
}

static void pass_row(void *ctx, const struct result_row *row)
{
    struct wsd_headline *headline = ctx;
    headline->sink->row(headline->sink->ctx, row);
    if (strcmp(row->metric, "f1") != 0 || strcmp(row->split, "all") != 0 || !row->stage ||
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
    kept->of.metric = keep(headline, of->metric);
    kept->of.ending = keep(headline, of->ending);
    kept->of.signature = keep(headline, of->signature);
    kept->of.policy = keep(headline, of->policy);
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
    arena_finish(&headline->texts);
}

/* The first row of a set and method with the greatest F1; *ret_n rows there are. */
static const struct result_row *best_of(const struct wsd_headline *headline, const char *dataset,
                                        const char *method, size_t *ret_n)
{
    const struct result_row *best = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < headline->n; i++) {
        const struct result_row *row = &headline->rows[i];
        if (strcmp(row->dataset, dataset) == 0 && strcmp(row->method, method) == 0) {
            best = !best || row->value > best->value ? row : best;
            ++*ret_n;
        }
    }
    return best;
}

static void write_copy(const struct wsd_headline *headline, const struct result_row *row,
                       const char *metric, const char *chosen_on)
{
    struct result_row copy = *row;
    char *signature = mem_format("%s|stage-chosen-on:%s", row->signature, chosen_on);
    copy.metric = metric;
    copy.signature = signature;
    headline->sink->row(headline->sink->ctx, &copy);
    free(signature);
}

/* "ALL" holds the development set if "ALL-without-DEV" was scored too. */
static bool holds_dev(const struct wsd_headline *headline, const char *dataset, const char *dev)
{
    char *without = mem_format("%s-without-%s", dataset, dev);
    bool holds = strcmp(dataset, dev) == 0;
    for (size_t i = 0; i < headline->n && !holds; i++) {
        holds = strcmp(headline->rows[i].dataset, without) == 0;
    }
    free(without);
    return holds;
}

static void write_contextual_gain(const struct wsd_headline *headline,
                                  const struct kept_curve *kept, const char *dev)
{
    const struct stage_curve *curve = &kept->curve;
    const char *chosen_on = "none";
    uint32_t chosen = stage_curve_last(curve);
    size_t n_dev;
    if (!holds_dev(headline, kept->row.dataset, dev)) {
        const struct result_row *best = best_of(headline, dev, kept->row.method, &n_dev);
        chosen_on = best ? dev : chosen_on;
        chosen = best ? stage_curve_find(curve, best->stage) : chosen;
    }
    struct attribution of = kept->of;
    of.row = &kept->row;
    attribution_write_contextual(&of, curve, chosen, chosen_on);
}

void wsd_headline_write(struct wsd_headline *headline, const char *dev)
{
    for (size_t i = 0; i < headline->n_curves; i++) {
        write_contextual_gain(headline, &headline->curves[i], dev);
    }
    for (size_t i = 0; i < headline->n; i++) {
        const struct result_row *row = &headline->rows[i];
        size_t n_stages, n_dev;
        bool first = true; /* of its set and method */
        for (size_t before = 0; before < i && first; before++) {
            first = strcmp(headline->rows[before].dataset, row->dataset) != 0 ||
                    strcmp(headline->rows[before].method, row->method) != 0;
        }
        if (!first || holds_dev(headline, row->dataset, dev)) {
            continue;
        }
        const struct result_row *best = best_of(headline, row->dataset, row->method, &n_stages);
        const struct result_row *chosen = best_of(headline, dev, row->method, &n_dev);
        if (n_stages < 2) {
            continue;
        }
        for (size_t s = 0; chosen && s < headline->n; s++) {
            const struct result_row *at = &headline->rows[s];
            if (strcmp(at->dataset, row->dataset) == 0 && strcmp(at->method, row->method) == 0 &&
                strcmp(at->stage, chosen->stage) == 0) {
                write_copy(headline, at, "f1-dev-chosen", dev);
            }
        }
        write_copy(headline, best, "f1-test-best", "itself");
    }
}
