/* Chooses the rows to compare by the command's options. */
#include "commands/compare/select.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/compare/rivals.h"
#include "report/metric.h"
#include "report/select_terms.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 12 /* values that an error lists */

/* An option's values. */
struct values {
    const char **list; /* [n] */
    uint32_t n;        /* 0: it was not given, so that everything passes */
};

static struct values values_of(const struct args *args, const char *option)
{
    struct values values;
    values.list = args_values(args, option, true, &values.n);
    return values;
}

static bool is_listed(const struct values *values, const char *text)
{
    for (uint32_t i = 0; i < values->n; i++) {
        if (strcmp(values->list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* The columns that options choose by. */
enum { SUITE, DATASET, EMBEDDER, METHOD, METRIC, STAGE, COLUMNS };
static const char *const column_names[COLUMNS] = {"suite",  "dataset", "embedder",
                                                  "method", "metric",  "stage"};

static const char *column(const struct compare_system *system, int c)
{
    const char *const texts[COLUMNS] = {system->suite,  system->dataset, system->embedder,
                                        system->method, system->metric,  system->stage.name};
    return texts[c];
}

/* Words of --stage that choose a stage instead of naming it. */
static bool chooses_stage(const char *word)
{
    return strcmp(word, "last") == 0 || strcmp(word, "best") == 0 || strcmp(word, "dev") == 0 ||
           strcmp(word, "all") == 0;
}

/* The distinct values of a column, for an error. */
static char *there_is(const struct compare_input *input, int c)
{
    struct map seen = {0};
    struct str list = {0};
    for (uint32_t i = 0; i < input->n; i++) {
        const char *text = column(&input->systems[i], c);
        uint32_t known = seen.n;
        if (text[0] && map_put_text(&seen, text) == known && known < SHOWN) {
            str_format(&list, "%s%s", known ? ", " : "", text);
        }
    }
    if (seen.n > SHOWN) {
        str_format(&list, " and %u more", seen.n - SHOWN);
    }
    map_finish(&seen);
    if (list.n == 0) {
        str_add(&list, "none");
        compare_add_left_out(input, "; rows of policy ", &list);
    }
    return list.data;
}

static bool has_dev_chosen(const struct compare_input *input)
{
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *system = &input->systems[i];
        if (metric_find(system->suite, system->metric).form == METRIC_DEV_CHOSEN) {
            return true;
        }
    }
    return false;
}

/* Every value of an option must be one that some row has. */
static int check_values(const struct compare_input *input, const struct values *values, int c)
{
    for (uint32_t v = 0; v < values->n; v++) {
        bool found = c == STAGE && chooses_stage(values->list[v]);
        for (uint32_t i = 0; i < input->n && !found; i++) {
            found = strcmp(column(&input->systems[i], c), values->list[v]) == 0;
        }
        if (!found && c == EMBEDDER && map_find_text(&input->means, values->list[v]) != MAP_NONE) {
            return error_set(ERR_REQUEST,
                             "--embedder: \"%s\" stands for means over seeds, which have no "
                             "records of their own; compare those of one seed, \"%s@seed:N\"",
                             values->list[v], values->list[v]);
        }
        if (found && c == STAGE && strcmp(values->list[v], "dev") == 0 && !has_dev_chosen(input)) {
            return error_set(ERR_REQUEST, "--stage dev: no stage of these reports was chosen on a "
                                          "development set (harness run --dev DATA)");
        }
        if (!found) {
            char *list = there_is(input, c);
            int status =
                error_set(ERR_REQUEST, "--%s: found \"%s\", which no row has; there is: %s",
                          column_names[c], values->list[v], list);
            free(list);
            return status;
        }
    }
    return 0;
}

/* Does `other` come from the same series of stages? */
static bool same_series(const struct compare_system *a, const struct compare_system *b)
{
    return a->report == b->report && compare_same_place(a, b) &&
           strcmp(a->embedder, b->embedder) == 0 && strcmp(a->method, b->method) == 0;
}

/* Is system s at its last block, or at the stage that is best on this very set? */
static bool is_at(const struct compare_input *input, uint32_t s, bool last)
{
    const struct compare_system *system = &input->systems[s];
    if (last && !stage_is_whole(&system->stage)) {
        return false; /* sums, and points within a block */
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *other = &input->systems[i];
        if (i == s || !same_series(system, other)) {
            continue;
        }
        bool better = metric_before(system->suite, system->metric, other->value, system->value);
        bool worse = metric_before(system->suite, system->metric, system->value, other->value);
        if (last ? i > s && stage_is_whole(&other->stage) : better || (!worse && i < s)) {
            return false;
        }
    }
    return true;
}

/* Is system s at the stage that a development set chose for it, or has it one stage alone? A row
 * METRIC-dev-chosen of its own says so, for all splits. */
static bool is_dev_chosen(const struct compare_input *input, uint32_t s)
{
    const struct compare_system *system = &input->systems[s];
    bool alone = true;
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *other = &input->systems[i];
        struct metric_name of = metric_find(other->suite, other->metric);
        alone = alone && (i == s || !same_series(system, other));
        if (of.form == METRIC_DEV_CHOSEN && slice_is(of.id, system->metric) &&
            other->report == system->report && strcmp(other->suite, system->suite) == 0 &&
            strcmp(other->dataset, system->dataset) == 0 &&
            strcmp(other->embedder, system->embedder) == 0 &&
            strcmp(other->method, system->method) == 0 &&
            strcmp(other->stage.name, system->stage.name) == 0) {
            return true;
        }
    }
    return alone;
}

static bool stage_passes(const struct compare_input *input, uint32_t s, const struct values *stages)
{
    const struct compare_system *system = &input->systems[s];
    if (!system->stage.name[0]) {
        return true;
    }
    bool passes = stages->n == 0 && is_at(input, s, true);
    for (uint32_t v = 0; v < stages->n && !passes; v++) {
        const char *word = stages->list[v];
        passes = strcmp(word, "all") == 0   ? true
                 : strcmp(word, "dev") == 0 ? is_dev_chosen(input, s)
                 : strcmp(word, "last") == 0 || strcmp(word, "best") == 0
                     ? is_at(input, s, word[0] == 'l')
                     : strcmp(word, system->stage.name) == 0;
    }
    return passes;
}

/* Baselines that bound what systems can score, instead of being their rivals: chance, and the best
 * that answers without context could be. They are compared if they are asked for. */
static bool is_bound(const struct compare_system *system)
{
    return strcmp(system->method, "random") == 0 || strcmp(system->method, "uniform") == 0 ||
           text_starts(system->method, "static-ceiling");
}

/* Place among the metrics that could stand for a data set: those that can be tested first, then by
 * role. */
static int place_of_metric(const struct compare_system *system)
{
    return metric_rank(system->suite, system->metric) + (system->how == COMPARE_UNKNOWN ? 1000 : 0);
}

/* The metric that stands for a data set where none was asked for: the headline, or the first below
 * it that can be tested. Of metrics that stand alone each does that can be. */
static bool is_main_metric(const struct compare_input *input, const struct compare_system *system)
{
    const struct compare_system *first = system;
    if (system->declared && system->declared->alone) {
        return system->how != COMPARE_UNKNOWN;
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *other = &input->systems[i];
        bool here = strcmp(other->suite, system->suite) == 0 &&
                    strcmp(other->dataset, system->dataset) == 0 &&
                    strcmp(other->split.text, system->split.text) == 0;
        int by = here ? place_of_metric(other) - place_of_metric(first) : 1;
        first = by < 0 || (by == 0 && other < first) ? other : first;
    }
    return strcmp(first->metric, system->metric) == 0;
}

/* Main metrics, worked out once a suite, data set, split and metric. */
static bool *main_metrics(const struct compare_input *input)
{
    struct map keys = {0};
    bool *main_of = mem_array((size_t)input->n + 1, sizeof *main_of);
    uint32_t *first = mem_array((size_t)input->n + 1, sizeof *first);
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *system = &input->systems[i];
        char *key = mem_format("%s\t%s\t%s\t%s", system->suite, system->dataset, system->split.text,
                               system->metric);
        uint32_t known = keys.n, number = map_put_text(&keys, key);
        free(key);
        if (number == known) {
            first[number] = i;
            main_of[i] = is_main_metric(input, system);
        } else {
            main_of[i] = main_of[first[number]];
        }
    }
    free(first);
    map_finish(&keys);
    return main_of;
}

/* --stage dev leaves out whom no development set chose a stage for, as on that set itself. */
static void warn_of_unchosen(const struct compare_input *input, const struct values *stages,
                             const bool *passes)
{
    for (uint32_t i = 0; i < input->n && is_listed(stages, "dev"); i++) {
        const struct compare_system *system = &input->systems[i];
        bool left_out = passes[i] && !system->is_baseline && !system->wanted;
        for (uint32_t k = 0; k < input->n && left_out; k++) {
            const struct compare_system *other = &input->systems[k];
            left_out = !same_series(system, other) || (!other->wanted && (k >= i || !passes[k]));
        }
        if (left_out) {
            log_warn("--stage dev: no development set chose a stage of %s %s on %s; it is left out "
                     "there",
                     system->embedder, system->method, system->dataset);
        }
    }
}

static void mark_wanted(struct compare_input *input, const struct values values[COLUMNS])
{
    bool *main_of = main_metrics(input), *all_passing = mem_array(input->n + 1u, sizeof(bool));
    bool named = values[EMBEDDER].n > 0 || values[METHOD].n > 0;
    for (uint32_t i = 0; i < input->n; i++) {
        struct compare_system *system = &input->systems[i];
        bool passes = system->asked && (values[METRIC].n > 0 || main_of[i]);
        for (int c = SUITE; c < STAGE; c++) {
            passes = passes && (values[c].n == 0 || is_listed(&values[c], column(system, c)));
        }
        all_passing[i] = passes;
        system->wanted = passes && (!system->is_baseline || named || !is_bound(system)) &&
                         stage_passes(input, i, &values[STAGE]);
    }
    warn_of_unchosen(input, &values[STAGE], all_passing);
    free(all_passing);
    free(main_of);
}

/* --against. */

static struct figure as_row(const struct compare_system *system)
{
    return (struct figure){.suite = system->suite,
                           .dataset = system->dataset,
                           .embedder = system->embedder,
                           .kind = system->kind,
                           .stage = system->stage.name[0] ? system->stage : (struct stage){0},
                           .method = system->method,
                           .metric = system->metric,
                           .split = system->split,
                           .policy = system->policy,
                           .protocol = system->protocol,
                           .signature = system->signature,
                           .value = system->value,
                           .n = system->n};
}

static bool passes_selection(const struct compare_input *input, uint32_t s,
                             const struct selection *selection)
{
    const struct figure row = as_row(&input->systems[s]);
    bool at_stage = false, passes = true;
    for (uint32_t t = 0; t < selection->n && passes; t++) {
        const struct select_term *term = &selection->terms[t];
        bool of_stage = strcmp(term->field->name, "stage") == 0;
        passes = select_term_passes(term, &row);
        for (uint32_t v = 0; of_stage && !passes && v < term->n; v++) {
            const char *word = term->values[v].text;
            passes = chooses_stage(word) && stage_passes(input, s, &(struct values){&word, 1});
        }
        at_stage |= of_stage;
    }
    return passes && (at_stage || stage_passes(input, s, &(struct values){NULL, 0}));
}

/* A name alone: an embedder, or the method of a baseline. */
static bool has_name(const struct compare_system *system, const char *name)
{
    return strcmp(system->is_baseline ? system->method : system->embedder, name) == 0;
}

static int choose_by_names(const struct args *args, struct compare_input *input)
{
    struct values names = values_of(args, "against");
    int status = 0;
    for (uint32_t v = 0; v < names.n && !status; v++) {
        bool found = false;
        for (uint32_t i = 0; i < input->n; i++) {
            if (has_name(&input->systems[i], names.list[v])) {
                found = true;
                input->systems[i].reference |=
                    input->systems[i].asked && stage_passes(input, i, &(struct values){NULL, 0});
            }
        }
        if (!found) {
            char *rows = compare_rows_there_are(input);
            status =
                error_set(ERR_REQUEST,
                          "--against: found \"%s\", expected an embedder, a baseline's method, or "
                          "terms such as \"embedder=minilm stage=table\"; rows to choose from:\n%s",
                          names.list[v], rows);
            free(rows);
        }
    }
    free(names.list);
    return status;
}

static int choose_by_terms(const char *text, struct compare_input *input)
{
    struct selection selection;
    bool any = false;
    int status = selection_parse(text, &selection);
    if (status) {
        return error_context(status, "--against");
    }
    for (uint32_t i = 0; i < input->n; i++) {
        input->systems[i].reference =
            input->systems[i].asked && passes_selection(input, i, &selection);
        any |= input->systems[i].reference;
    }
    selection_finish(&selection);
    if (!any) {
        char *rows = compare_rows_there_are(input);
        status = error_set(ERR_REQUEST, "--against: no row passes \"%s\"; rows to choose from:\n%s",
                           text, rows);
        free(rows);
    }
    return status;
}

int compare_choose(const struct args *args, struct compare_input *input)
{
    const char *against = args_value(args, "against", NULL);
    struct values values[COLUMNS];
    int status = 0;
    for (int c = 0; c < COLUMNS; c++) {
        values[c] = values_of(args, column_names[c]);
        status = status ? status : check_values(input, &values[c], c);
    }
    if (!status) {
        mark_wanted(input, values);
    }
    if (!status && against) {
        status = strpbrk(against, "=<>") ? choose_by_terms(against, input)
                                         : choose_by_names(args, input);
    }
    for (int c = 0; c < COLUMNS; c++) {
        free(values[c].list);
    }
    return status;
}

bool compare_names_baselines(const struct args *args, const struct compare_input *input)
{
    struct values embedders = values_of(args, "embedder"), methods = values_of(args, "method");
    bool named = false;
    for (uint32_t i = 0; i < input->n && !named; i++) {
        const struct compare_system *system = &input->systems[i];
        named = system->is_baseline &&
                (is_listed(&embedders, system->embedder) || is_listed(&methods, system->method));
    }
    free(embedders.list);
    free(methods.list);
    return named;
}
