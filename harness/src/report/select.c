/* Picks the rows of a report that a selection names, headlines included. */
#include "report/select.h"

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/metric.h"
#include "report/select_terms.h"
#include "report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What stage=best, dev and last need to know of the other rows. */
struct stages {
    struct map groups;    /* rows that differ in their stage alone */
    uint32_t *group;      /* [n_rows] */
    uint32_t *size;       /* [groups.n] stages to choose among */
    size_t *best, *last;  /* [groups.n] row */
    struct map systems;   /* suite, data set, embedder and method */
    uint32_t *system;     /* [n_rows] */
    const char **dev;     /* [systems.n] stage, NULL: none was chosen */
    const char **dev_set; /* [systems.n] */
};

static uint32_t number_of(struct map *map, const struct figure *row, bool group)
{
    char *key = mem_format("%s\t%s\t%s\t%s", row->suite, row->dataset, row->embedder, row->method);
    if (group) {
        char *more = mem_format("%s\t%s\t%s\t%s", key, row->metric, row->split.text,
                                row->policy ? row->policy : "\n");
        free(key);
        key = more;
    }
    uint32_t number = map_put_text(map, key);
    free(key);
    return number;
}

/* Which stage a development set chose, of every system. */
static void find_chosen(struct stages *stages, const struct result_tree *tree)
{
    stages->system = mem_array(tree->n_rows + 1, sizeof *stages->system);
    for (size_t i = 0; i < tree->n_rows; i++) {
        stages->system[i] = number_of(&stages->systems, &tree->rows[i], false);
    }
    stages->dev = mem_array(stages->systems.n + 1u, sizeof *stages->dev);
    stages->dev_set = mem_array(stages->systems.n + 1u, sizeof *stages->dev_set);
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        const char *on = protocol_get(row->protocol, PROTOCOL_STAGE_CHOSEN_ON);
        if (split_is_all(&row->split) && row->stage.name &&
            metric_find(row->suite, row->metric).form == METRIC_DEV_CHOSEN) {
            stages->dev[stages->system[i]] = row->stage.name;
            stages->dev_set[stages->system[i]] = on ? on : "dev";
        }
    }
}

/* Among the rows that are kept. */
static void find_groups(struct stages *stages, const struct result_tree *tree, const bool *keep)
{
    stages->group = mem_array(tree->n_rows + 1, sizeof *stages->group);
    for (size_t i = 0; i < tree->n_rows; i++) {
        stages->group[i] = keep[i] ? number_of(&stages->groups, &tree->rows[i], true) : MAP_NONE;
    }
    uint32_t n = stages->groups.n;
    stages->size = mem_array(n + 1u, sizeof *stages->size);
    stages->best = mem_array(n + 1u, sizeof *stages->best);
    stages->last = mem_array(n + 1u, sizeof *stages->last);
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        uint32_t g = stages->group[i];
        if (!keep[i]) {
            continue;
        }
        if (stages->size[g]++ == 0) {
            stages->best[g] = stages->last[g] = i;
        }
        if (metric_before(row->suite, row->metric, row->value, tree->rows[stages->best[g]].value)) {
            stages->best[g] = i;
        }
        if (stage_is_whole(&row->stage)) {
            stages->last[g] = i;
        }
    }
}

static void stages_finish(struct stages *stages)
{
    map_finish(&stages->groups);
    map_finish(&stages->systems);
    free(stages->group);
    free(stages->size);
    free(stages->best);
    free(stages->last);
    free(stages->system);
    free(stages->dev);
    free(stages->dev_set);
}

/* The figure was chosen among several: its protocol must say where. */
static void mark(struct result_tree *tree, struct figure *row, const char *chosen_on)
{
    struct protocol protocol = {0};
    if (protocol_get(row->protocol, PROTOCOL_STAGE_CHOSEN_ON)) {
        return; /* a row of the suite's own that says so */
    }
    protocol_append(&protocol, row->protocol, PROTOCOL_OTHER);
    protocol_add(&protocol, PROTOCOL_STAGE_CHOSEN_ON, chosen_on);
    result_tree_set_protocol(tree, row, &protocol);
    protocol_finish(&protocol);
}

/* Where the stage of row i was chosen if it passes a term by one of the words best, dev, last: ""
 * if there was nothing to choose; NULL if it does not pass so. */
static const char *chosen_on(const struct result_tree *tree, const struct stages *stages,
                             const struct select_term *term, size_t i)
{
    const struct figure *row = &tree->rows[i];
    uint32_t g = stages->group[i], s = stages->system[i];
    bool choice = stages->size[g] > 1;
    for (uint32_t v = 0; v < term->n; v++) {
        const char *word = term->values[v].text;
        bool dev = strcmp(word, "dev") == 0, best = strcmp(word, "best") == 0;
        if (!dev && !best && strcmp(word, "last") != 0) {
            continue;
        }
        if (!row->stage.name || (dev && !choice && !stages->dev[s])) {
            return "";
        }
        if (dev && stages->dev[s] && strcmp(stages->dev[s], row->stage.name) == 0) {
            return stages->dev_set[s];
        }
        if (!dev && i == (best ? stages->best[g] : stages->last[g])) {
            return best && choice ? "itself" : "";
        }
    }
    return NULL;
}

static bool is_stage_choice(const struct select_term *term)
{
    bool choice = false;
    for (uint32_t v = 0; v < term->n && strcmp(term->field->name, "stage") == 0; v++) {
        const char *word = term->values[v].text;
        choice |= !strcmp(word, "best") || !strcmp(word, "dev") || !strcmp(word, "last");
    }
    return choice;
}

/* What a column holds among the rows that are kept, for people. */
static char *there_is(const struct result_tree *tree, const bool *keep, size_t n,
                      const struct field *field)
{
    enum { SHOWN = 12 };
    struct map seen = {0};
    struct str list = {0};
    for (size_t i = 0; i < n; i++) {
        const char *text = field_is_text(field) ? field_text(field, &tree->rows[i]) : NULL;
        uint32_t before = seen.n;
        if (keep[i] && text && map_put_text(&seen, text) == before && before < SHOWN) {
            str_format(&list, "%s%s", before ? ", " : "", text);
        }
    }
    if (seen.n > SHOWN) {
        str_format(&list, " and %u more", seen.n - SHOWN);
    }
    map_finish(&seen);
    return list.data ? list.data : mem_text("nothing that could be named");
}

static int nothing_left(const struct result_tree *tree, const bool *before, size_t n,
                        const struct select_term *term)
{
    char *list = there_is(tree, before, n, term->field);
    const char *dev = is_stage_choice(term) && select_term_lists(term, "dev")
                          ? " (no stage was chosen on a development set: harness run --dev)"
                          : "";
    int status = error_set(ERR_FAILED, "no figure passes \"%s\"%s; what the rest leaves has %s: %s",
                           term->as_written, dev, term->field->name, list);
    free(list);
    return status;
}

/* A row that passes both by its stage and as a chosen one stands for two figures. */
static void mark_or_copy(struct result_tree *tree, size_t i, const char *on, bool copy)
{
    if (copy) {
        struct figure row = tree->rows[i];
        result_tree_add_row(tree, &row);
        i = tree->n_rows - 1;
    }
    mark(tree, &tree->rows[i], on);
}

/* Narrows keep[n] by one term; ERR_FAILED where nothing stays. */
static int apply_term(struct result_tree *tree, const struct stages *stages,
                      const struct select_term *term, bool *keep, size_t n)
{
    bool *before = mem_array(n + 1, sizeof *before);
    size_t left = 0;
    memcpy(before, keep, n * sizeof *keep);
    for (size_t i = 0; i < n; i++) {
        const char *on = keep[i] && stages ? chosen_on(tree, stages, term, i) : NULL;
        bool passes = select_term_passes(term, &tree->rows[i]);
        keep[i] = keep[i] && (passes || on);
        left += keep[i];
        if (on && on[0]) {
            mark_or_copy(tree, i, on, passes);
        }
    }
    int status = left > 0 ? 0 : nothing_left(tree, before, n, term);
    free(before);
    return status;
}

static int apply(struct result_tree *tree, const struct selection *selection, bool *keep)
{
    struct stages stages = {0};
    size_t n = tree->n_rows; /* marked copies come behind these */
    int status = 0;
    for (uint32_t t = 0; t < selection->n && status == 0; t++) {
        if (!is_stage_choice(&selection->terms[t])) {
            status = apply_term(tree, NULL, &selection->terms[t], keep, n);
        }
    }
    find_chosen(&stages, tree);
    find_groups(&stages, tree, keep);
    for (uint32_t t = 0; t < selection->n && status == 0; t++) {
        const struct select_term *term = &selection->terms[t];
        if (is_stage_choice(term) && term->comparison != SELECT_IS) {
            status = error_set(ERR_REQUEST,
                               "found \"%s\", expected = before best, dev and last, which choose",
                               term->as_written);
        } else if (is_stage_choice(term)) {
            status = apply_term(tree, &stages, term, keep, n);
        }
    }
    stages_finish(&stages);
    return status;
}

/* Of the first n_known rows those that keep says; of those behind them all. */
static void drop_rows(struct result_tree *tree, const bool *keep, size_t n_known)
{
    size_t n = 0;
    for (size_t i = 0; i < tree->n_rows; i++) {
        if (i >= n_known || keep[i]) {
            tree->rows[n++] = tree->rows[i];
        }
    }
    tree->n_rows = n;
}

static void drop_embedders(struct result_tree *tree, const struct selection *selection)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        bool stays = true;
        for (uint32_t t = 0; t < selection->n; t++) {
            const struct select_term *term = &selection->terms[t];
            struct figure row = {.embedder = tree->embedders[i].name};
            if (strcmp(term->field->name, "embedder") == 0) {
                stays &= select_term_passes(term, &row);
            }
        }
        if (stays) {
            tree->embedders[n++] = tree->embedders[i];
        } else {
            embedder_facts_finish(&tree->embedders[i]);
        }
    }
    tree->n_embedders = n;
}

int result_tree_select(struct result_tree *tree, const char *text)
{
    struct selection selection;
    int status = selection_parse(text, &selection);
    if (status != 0) {
        return status;
    }
    size_t n = tree->n_rows;
    bool *keep = mem_array(n + 1, sizeof *keep);
    memset(keep, true, n * sizeof *keep);
    status = apply(tree, &selection, keep);
    if (status == 0) {
        drop_rows(tree, keep, n);
        drop_embedders(tree, &selection);
    } else {
        tree->n_rows = n; /* without copies */
    }
    free(keep);
    selection_finish(&selection);
    return status;
}

static uint32_t put_place(struct map *places, const char *suite, const char *dataset)
{
    char *place = mem_format("%s\t%s", suite, dataset);
    uint32_t number = map_put_text(places, place);
    free(place);
    return number;
}

/* The first set of each data set, by put_place. */
static const struct summary_set **first_sets(const struct summary *summary, struct map *places)
{
    const struct summary_set **sets = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        const struct summary_suite *suite = &summary->suites[i];
        for (uint32_t s = 0; s < suite->n_sets; s++) {
            uint32_t known = places->n;
            if (put_place(places, suite->suite, suite->sets[s].dataset) == known) {
                MEM_GROW(sets, capacity, (size_t)known + 1);
                sets[known] = &suite->sets[s];
            }
        }
    }
    return sets;
}

/* Is the row the headline figure of its data set? */
static bool is_headline(const struct summary_set *set, const struct figure *row)
{
    return strcmp(set->metric, row->metric) == 0 &&
           (!row->policy || !set->policy || strcmp(set->policy, row->policy) == 0 ||
            (set->beside && strcmp(set->beside, row->policy) == 0));
}

void result_tree_headlines(struct result_tree *tree)
{
    struct summary summary;
    bool *keep = mem_array(tree->n_rows + 1, sizeof *keep);
    struct map places = {0};
    summary_init(&summary, tree);
    const struct summary_set **sets = first_sets(&summary, &places);
    uint32_t n_sets = places.n;
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        uint32_t place = put_place(&places, row->suite, row->dataset);
        keep[i] = place < n_sets && split_is_all(&row->split) && is_headline(sets[place], row);
    }
    for (uint32_t i = 0; i < summary.n_left_out; i++) {
        log_warn("%s", summary.left_out[i]);
    }
    map_finish(&places);
    free(sets);
    summary_finish(&summary);
    drop_rows(tree, keep, tree->n_rows);
    free(keep);
}
