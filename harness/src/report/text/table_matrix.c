/* The table of several systems by data set on a terminal. */
#include "report/text/table.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum {
    VALUE = 6,
    SD = 6,
    STAGE = 8,
    CURVE = 8,
    CELL = 2 + VALUE + 1 + STAGE + 1 + CURVE,
    MOST_SYSTEMS = 40 /* more are folded to the best method of each embedder */
};

/* Mean of a system's figures over the sets where it has one, the greater the better, and how many
 * those are. */
static double mean_of(const struct summary_suite *suite, uint32_t system, uint32_t *ret_n)
{
    double sum = 0;
    *ret_n = 0;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        const struct figure *shown = summary_shown(summary_cell(suite, d, system));
        if (shown) {
            sum += suite->sets[d].direction == METRIC_LOWER ? -shown->value : shown->value;
            ++*ret_n;
        }
    }
    return *ret_n ? sum / *ret_n : -INFINITY;
}

/* Of an embedder's systems the one with figures on the most sets, then with the greatest mean. */
static uint32_t *choose_systems(const struct summary_suite *suite)
{
    uint32_t *chosen = mem_array(suite->n_embedders + 1u, sizeof *chosen);
    uint32_t *counts = mem_array(suite->n_embedders + 1u, sizeof *counts), n;
    double *means = mem_array(suite->n_embedders + 1u, sizeof *means);
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        chosen[e] = suite->n_systems;
    }
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        uint32_t e = suite->systems[s].number;
        if (suite->systems[s].baseline) {
            continue;
        }
        double mean = mean_of(suite, s, &n);
        if (chosen[e] == suite->n_systems || n > counts[e] || (n == counts[e] && mean > means[e])) {
            chosen[e] = s;
            counts[e] = n;
            means[e] = mean;
        }
    }
    free(counts);
    free(means);
    return chosen;
}

static uint32_t choose_lines(const struct summary_suite *suite, bool folded, uint32_t *lines)
{
    uint32_t n = 0, *chosen = folded ? choose_systems(suite) : NULL;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        if (suite->systems[s].baseline || !folded || chosen[suite->systems[s].number] == s) {
            lines[n++] = s;
        }
    }
    free(chosen);
    return n;
}

/* Are there means over seeds, which need room for their deviation? */
static bool has_means(const struct summary_suite *suite)
{
    for (size_t i = 0; i < (size_t)suite->n_sets * suite->n_systems; i++) {
        const struct figure *shown = summary_shown(&suite->cells[i]);
        if (shown && isfinite(shown->sd)) {
            return true;
        }
    }
    return false;
}

static void write_cell(const struct table *table, const struct summary_suite *suite, uint32_t set,
                       uint32_t system, int sd)
{
    const struct summary_cell *cell = summary_cell(suite, set, system);
    const struct figure *shown = summary_shown(cell);
    const struct figure *own = cell->beside ? cell->beside : summary_said(cell);
    table_put(table, "", 2, false);
    if (!shown && cell->empty) {
        table_put(table, table->unicode ? "–" : "-", VALUE, true);
    } else {
        table_figure(table, shown ? suite->sets[set].scale * shown->value : NAN, VALUE, false);
    }
    table_put(table, summary_is_self_fitted(cell) ? "#" : "", 1, false);
    if (sd) {
        table_figure(table, shown ? suite->sets[set].scale * shown->sd : NAN, sd - 1, false);
        table_put(table, "", 1, false);
    }
    bool staged = shown && shown->stage.name && cell->stages.n > 1;
    char *stage = mem_format("%s%s", staged ? shown->stage.name : "",
                             staged && summary_is_test_best(cell) ? "*" : "");
    table_put(table, stage, STAGE, false);
    free(stage);
    table_put(table, "", 1, false);
    if (own && own->answered < own->n) {
        table_answered(table, own, CURVE);
    } else {
        table_curve(table, &suite->sets[set], cell, CURVE);
    }
}

static void write_block(const struct table *table, const struct summary_suite *suite,
                        const uint32_t *lines, uint32_t n_lines, uint32_t first, uint32_t n,
                        int label, int sd)
{
    fputs(table->bold, table->out);
    table_put(table, "", label, false);
    for (uint32_t d = first; d < first + n; d++) {
        table_put(table, "", 2, false);
        table_put(table, suite->sets[d].dataset, CELL + sd - 2, false);
    }
    fprintf(table->out, "%s\n%s", table->off, table->dim);
    table_put(table, "", label, false);
    for (uint32_t d = first; d < first + n; d++) {
        table_put(table, "", 2, false);
        table_put(table, suite->sets[d].metric, CELL + sd - 2, false);
    }
    fprintf(table->out, "%s\n", table->off);
    for (uint32_t i = 0; i < n_lines; i++) {
        bool baseline = suite->systems[lines[i]].baseline;
        char *name = table_name(&suite->systems[lines[i]]);
        fputs(baseline ? table->dim : "", table->out);
        table_put(table, name, label, false);
        for (uint32_t d = first; d < first + n; d++) {
            write_cell(table, suite, d, lines[i], sd);
        }
        fprintf(table->out, "%s\n", baseline ? table->off : "");
        free(name);
    }
    fputc('\n', table->out);
}

void write_table_matrix(const struct table *table, const struct summary_suite *suite)
{
    bool folded = suite->n_systems > MOST_SYSTEMS;
    uint32_t *lines = mem_array(suite->n_systems + 1u, sizeof *lines);
    uint32_t n_lines = choose_lines(suite, folded, lines);
    int label = 8, sd = has_means(suite) ? SD : 0;
    for (uint32_t i = 0; i < n_lines; i++) {
        char *name = table_name(&suite->systems[lines[i]]);
        label = table_width(name) > label ? table_width(name) : label;
        free(name);
    }
    label = label < table->columns / 3 ? label : table->columns / 3;
    int fit = (table->columns - label) / (CELL + sd);
    uint32_t side_by_side = fit > 1 ? (uint32_t)fit : 1;
    fputs(table->bold, table->out);
    table_put(table, suite->suite, table_width(suite->suite), false);
    fprintf(table->out,
            "%s: score (shares and correlations x 100), %sstage, curve over the stages, or items "
            "answered of all%s\n",
            table->off, sd ? "standard deviation over seeds, " : "",
            folded ? "; each embedder by its best method, the others are in the report" : "");
    for (uint32_t first = 0; first < suite->n_sets; first += side_by_side) {
        uint32_t n = suite->n_sets - first < side_by_side ? suite->n_sets - first : side_by_side;
        write_block(table, suite, lines, n_lines, first, n, label, sd);
    }
    bool fitted = false;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        table_caveats(table, suite, d, true);
        table_ties(table, suite, d, true);
        for (uint32_t i = 0; i < n_lines; i++) {
            fitted |= summary_is_self_fitted(summary_cell(suite, d, lines[i]));
        }
    }
    table_stage_rule(table, suite, 0, suite->n_sets);
    fputs(fitted ? TABLE_SELF_FITTED : "", table->out);
    fputc('\n', table->out);
    free(lines);
}
