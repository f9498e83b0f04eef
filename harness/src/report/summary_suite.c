/* Puts a suite's stages in order, finds its best systems, and leaves out what is beyond a page. */
#include "report/summary_suite.h"

#include "base/mem.h"
#include "report/metric.h"

#include <stdlib.h>
#include <string.h>

static void put_stage(struct summary_set *set, const struct stage *stage)
{
    uint32_t at = 0;
    if (set->n_stages > SUMMARY_MOST_STAGES) {
        return; /* the suite is left out */
    }
    for (uint32_t i = 0; i < set->n_stages; i++) {
        if (set->stages[i].name == stage->name) {
            return;
        }
        at += stage_place(&set->stages[i]) <= stage_place(stage);
    }
    MEM_GROW(set->stages, set->stage_capacity, set->n_stages + 1);
    memmove(set->stages + at + 1, set->stages + at, (set->n_stages - at) * sizeof *set->stages);
    set->stages[at] = *stage;
    set->n_stages++;
}

void summary_find_stages(struct summary_suite *suite)
{
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            const struct summary_cell *cell = summary_cell(suite, d, s);
            for (uint32_t i = 0; i < cell->stages.n; i++) {
                if (cell->stages.rows[i]->stage.name) {
                    put_stage(&suite->sets[d], &cell->stages.rows[i]->stage);
                }
            }
        }
    }
}

/* Of each embedder the system with the best figure on each set. */
static void find_best(struct summary_suite *suite)
{
    size_t n = (size_t)suite->n_sets * suite->n_embedders;
    suite->best_systems = mem_array(n + 1, sizeof *suite->best_systems);
    for (size_t i = 0; i < n; i++) {
        suite->best_systems[i] = suite->n_systems;
    }
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        uint32_t *best = suite->best_systems + (size_t)d * suite->n_embedders;
        for (uint32_t s = 0; s < suite->n_systems; s++) {
            const struct summary_system *system = &suite->systems[s];
            const struct figure *shown = summary_shown(summary_cell(suite, d, s));
            if (system->baseline || !shown || suite_is_yardstick(suite->suite, system->method)) {
                continue;
            }
            uint32_t before = best[system->number];
            if (before == suite->n_systems ||
                metric_before(suite->suite, shown->metric, shown->value,
                              summary_shown(summary_cell(suite, d, before))->value)) {
                best[system->number] = s;
            }
        }
    }
}

void summary_finish_suite(struct summary_suite *suite)
{
    for (size_t i = 0; suite->cells && i < (size_t)suite->n_sets * suite->n_systems; i++) {
        struct summary_cell *cell = &suite->cells[i];
        free(cell->stages.rows);
        free(cell->gains.rows);
        free(cell->parts.rows);
        free(cell->splits.rows);
        free(cell->others.rows);
    }
    for (uint32_t i = 0; i < suite->n_sets; i++) {
        free(suite->sets[i].stages);
    }
    free(suite->best_systems);
    free(suite->cells);
    free(suite->sets);
    free(suite->systems);
    free(suite->embedders);
}

/* Systems times stages, over the sets: what the tables of stages hold. */
static uint64_t stage_cells(const struct summary_suite *suite)
{
    uint64_t n = 0;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        n += (uint64_t)suite->n_systems * suite->sets[d].n_stages;
    }
    return n;
}

static bool has_long_set(const struct summary_suite *suite)
{
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        if (suite->sets[d].n_stages > SUMMARY_MOST_STAGES) {
            return true;
        }
    }
    return false;
}

void summary_leave_out(struct summary *summary)
{
    uint64_t stages = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        struct summary_suite *suite = &summary->suites[i];
        uint64_t more = suite->cells ? stage_cells(suite) : 0;
        if (suite->cells && !has_long_set(suite) && stages + more <= SUMMARY_MOST_STAGE_CELLS) {
            stages += more;
            find_best(suite);
            summary->suites[n++] = *suite;
            continue;
        }
        MEM_GROW(summary->left_out, summary->left_out_capacity, summary->n_left_out + 1);
        summary->left_out[summary->n_left_out++] = mem_format(
            "%s is not shown here: %u data sets and %u systems. Pages and tables hold at most %d "
            "systems of a suite, %d stages of a data set, %d pairs of data set and system and %d "
            "figures by stage; harness report --select narrows a report, --format csv writes all "
            "of it.",
            suite->suite, suite->n_sets, suite->n_systems, SUMMARY_MOST_SYSTEMS,
            SUMMARY_MOST_STAGES, SUMMARY_MOST_CELLS, SUMMARY_MOST_STAGE_CELLS);
        summary_finish_suite(suite);
    }
    summary->n_suites = n;
}
