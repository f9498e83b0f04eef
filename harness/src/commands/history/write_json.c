/* Runs, or a figure over time, as one JSON object. */
#include "commands/history/history.h"

#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/history/read.h"
#include "commands/history/series.h"
#include "report/select.h"
#include "report/summary.h"
#include <stdio.h>

static void put_row(struct json_writer *w, const struct figure *row)
{
    jsonw_put_text(w, "suite", row->suite);
    jsonw_put_text(w, "dataset", row->dataset);
    jsonw_put_text(w, "embedder", row->embedder);
    jsonw_put_text(w, "method", row->method);
    jsonw_put_text(w, "metric", row->metric);
    jsonw_put_text(w, "split", row->split.text);
    jsonw_put_text(w, "policy", row->policy);
}

static void put_value(struct json_writer *w, const struct figure *row)
{
    jsonw_put_text(w, "stage", row->stage.name);
    jsonw_put_real(w, "value", row->value);
    jsonw_put_real(w, "low", row->low);
    jsonw_put_real(w, "high", row->high);
    jsonw_put_real(w, "sd", row->sd);
    jsonw_put_uint(w, "n", row->n);
}

static void put_headlines(struct json_writer *w, const struct result_tree *tree)
{
    struct summary summary;
    summary_init(&summary, tree);
    jsonw_key(w, "headlines");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < summary.n_suites; i++) {
        for (uint32_t set = 0; set < summary.suites[i].n_sets; set++) {
            const struct summary_cell *cell = NULL;
            const struct figure *row = history_headline(&summary.suites[i], set, &cell);
            if (row) {
                jsonw_open(w, '{');
                put_row(w, row);
                put_value(w, row);
                jsonw_put_text(w, "stage_chosen_on", history_choice(cell));
                jsonw_close(w, '}');
            }
        }
    }
    jsonw_close(w, ']');
    summary_finish(&summary);
}

static void put_runs(struct json_writer *w, const struct history *history)
{
    jsonw_key(w, "runs");
    jsonw_open(w, '[');
    for (uint32_t r = 0; r < history->n; r++) {
        const struct history_run *run = &history->runs[r];
        jsonw_open(w, '{');
        jsonw_put_text(w, "report", run->path);
        jsonw_put_text(w, "start", run->tree.run.started);
        jsonw_put_text(w, "command", run->tree.run.command);
        jsonw_put_real(w, "seconds", run->tree.run.seconds);
        jsonw_key(w, "embedders");
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < run->tree.n_embedders; i++) {
            jsonw_open(w, '{');
            jsonw_put_text(w, "name", run->tree.embedders[i].name);
            jsonw_put_text(w, "status", run->tree.embedders[i].status);
            jsonw_close(w, '}');
        }
        jsonw_close(w, ']');
        put_headlines(w, &run->tree);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_series(struct json_writer *w, const struct history *history,
                       const struct history_figures *figures)
{
    jsonw_key(w, "figures");
    jsonw_open(w, '[');
    for (uint32_t s = 0; s < figures->n; s++) {
        jsonw_open(w, '{');
        put_row(w, figures->series[s].points[0].row);
        jsonw_key(w, "points");
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < figures->series[s].n; i++) {
            const struct history_point *point = &figures->series[s].points[i];
            jsonw_open(w, '{');
            jsonw_put_text(w, "report", history->runs[point->run].path);
            jsonw_put_text(w, "start", history->runs[point->run].tree.run.started);
            put_value(w, point->row);
            jsonw_put_real(w, "change", point->change);
            jsonw_put_bool(w, "same_protocol", point->same_protocol);
            jsonw_close(w, '}');
        }
        jsonw_close(w, ']');
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

void history_print_json(const struct history *history, const struct history_figures *figures)
{
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "schema", "harness-history/1");
    if (figures) {
        put_series(&w, history, figures);
    } else {
        put_runs(&w, history);
    }
    jsonw_key(&w, "skipped");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < history->n_flaws; i++) {
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "file", history->flaws[i].path);
        jsonw_put_text(&w, "reason", history->flaws[i].reason);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    puts(str_text(&out));
    str_finish(&out);
}
