/* Rows and items of all systems on a set. */
#include "suites/wsd/figures.h"

#include "base/mem.h"
#include "base/str.h"
#include "suites/wsd/item_texts.h"
#include "suites/wsd/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *status_name(uint8_t status)
{
    static const char *const names[] = {"ok",  "tie",      "backoff", "oov",
                                        "cut", "no-lemma", "empty",   "no-candidate"};
    return names[status];
}

/* Chance has an expected score and no answers. */
static bool is_expected(const struct wsd_writing *writing, uint32_t i, uint32_t choice)
{
    return !writing->system->texts && choice == WSD_NONE && writing->credit->answerable[i];
}

static char *gold_text(const struct wsd_data *data, uint32_t i)
{
    const struct wsd_instance *instance = &data->instances[i];
    struct str text = {0};
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        str_format(&text, "%s%s", g ? " " : "",
                   map_key(&data->labels, data->gold[instance->first_gold + g]));
    }
    return text.data;
}

/* Is a family's row of a system written? */
static bool has_rows(enum wsd_scope scope, const struct wsd_family *family)
{
    return scope == WSD_EVERYWHERE || (scope == WSD_ON_PARTS) == family->is_parts;
}

/* What the items of all systems of one scope have in common. */
struct item_texts {
    char **gold;          /* [n_instances] */
    struct str *rows;     /* [n_instances] data sets of the rows that they count in, a line each */
    const char **dataset; /* [n_instances] that they are items of: the first of these rows */
};

/* Which rows of split "all" an instance counts in: the whole set's, its part's, those of several
 * parts. */
static struct item_texts item_texts_of(const struct wsd_test *test, const struct wsd_splits *splits,
                                       enum wsd_scope scope)
{
    uint32_t n = wsd_n(test);
    struct item_texts texts = {.gold = mem_array(n + 1u, sizeof *texts.gold),
                               .rows = mem_array(n + 1u, sizeof *texts.rows),
                               .dataset = mem_array(n + 1u, sizeof *texts.dataset)};
    for (uint32_t i = 0; i < n; i++) {
        texts.gold[i] = gold_text(test->data, i);
    }
    for (uint32_t f = 0; f < splits->n; f++) {
        const struct wsd_family *family = &splits->families[f];
        for (uint32_t c = 0; has_rows(scope, family) && c < family->n_cells; c++) {
            const struct wsd_cell *cell = &family->cells[c];
            for (uint32_t o = cell->begin; o < cell->end && split_is_all(&cell->split); o++) {
                uint32_t i = family->order[o];
                if (texts.dataset[i]) {
                    str_format(&texts.rows[i], "%s%s", texts.rows[i].n ? "\n" : "", cell->dataset);
                } else {
                    texts.dataset[i] = cell->dataset;
                }
            }
        }
    }
    return texts;
}

static void item_texts_free(struct item_texts *texts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        free(texts->gold[i]);
        str_finish(&texts->rows[i]);
    }
    free(texts->gold);
    free(texts->rows);
    free(texts->dataset);
}

/* with_sentences: and with the definitions of the candidates. */
static void write_items(struct wsd_writing *writing, const struct item_texts *texts,
                        bool with_sentences)
{
    const struct wsd_test *test = writing->test;
    const struct wsd_data *data = test->data;
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        if (!texts->dataset[i]) {
            continue; /* in no row of this scope */
        }
        const struct wsd_instance *instance = &data->instances[i];
        const struct wsd_group *group = wsd_group_of(writing->task, test, i);
        const struct wsd_answer *answer = &writing->system->answers[i];
        uint32_t choice = wsd_final_choice(writing->task, test, writing->system, i);
        char candidates[16], distance[16];
        snprintf(candidates, sizeof candidates, "%u", group ? group->n : 0);
        snprintf(distance, sizeof distance, "%u", instance->distance);
        struct wsd_item_texts item_texts = {0};
        if (with_sentences) {
            wsd_item_texts_init(&item_texts, writing->task, test, i);
        }
        struct result_attribute attributes[11] = {
            {"lemma", instance->lemma},
            {"pos", wordnet_pos_name((enum wordnet_pos)instance->pos)},
            {"document", map_key(&data->documents, data->sentences[instance->sentence].document)},
            {"candidates", candidates},
            {"kind", writing->row.kind},
        };
        uint32_t n_attributes = 5;
        if (data->n_parts > 1) {
            attributes[n_attributes++] =
                (struct result_attribute){"part", data->parts[instance->part]};
        }
        if (instance->side != WSD_NO_CLUE) {
            attributes[n_attributes++] =
                (struct result_attribute){"clue", wsd_side_name(instance->side)};
            attributes[n_attributes++] = (struct result_attribute){"distance", distance};
        }
        if (with_sentences) {
            attributes[n_attributes++] = (struct result_attribute){"sentence", item_texts.sentence};
            attributes[n_attributes++] = (struct result_attribute){"span", item_texts.span};
            attributes[n_attributes++] =
                (struct result_attribute){"definitions", item_texts.definitions};
        }
        struct result_item item = {
            .suite = writing->row.suite,
            .dataset = texts->dataset[i],
            .embedder = writing->row.embedder,
            .stage = writing->row.stage,
            .method = writing->row.method,
            .counts_in = texts->rows[i].data,
            .id = instance->id,
            .answer = writing->system->texts ? writing->system->texts[i]
                      : choice != WSD_NONE   ? wsd_label(writing->task, group, choice)
                                             : NULL,
            .gold = texts->gold[i],
            .status = is_expected(writing, i, choice) ? "expected" : status_name(answer->status),
            .score = answer->score,
            .gold_score = NAN,
            .correct = writing->credit->correct[i],
            .attributes = attributes,
            .n_attributes = n_attributes,
        };
        writing->run->sink->item(writing->run->sink->ctx, &item);
        wsd_item_texts_finish(&item_texts);
    }
}

static void write_all_items(struct wsd_writing *writings, uint32_t n_systems,
                            const struct wsd_splits *splits)
{
    const struct wsd_test *test = writings[0].test;
    struct item_texts texts = item_texts_of(test, splits, writings[0].system->scope);
    for (uint32_t s = 0; s < n_systems; s++) {
        write_items(&writings[s], &texts, writings[s].system->tells_texts);
    }
    item_texts_free(&texts, wsd_n(test));
}

static void begin_writing(struct wsd_writing *writing, const struct suite_run *run)
{
    const struct wsd_answers *system = writing->system;
    writing->run = run;
    writing->row = (struct figure){
        .suite = writing->task->suite,
        .embedder = system->name          ? system->name
                    : system->is_baseline ? "baseline"
                                          : embedder_name(run->embedder),
        .kind = system->name          ? "predictions"
                : system->is_baseline ? "baseline"
                                      : embedder_kind(run->embedder),
        .stage = system->stage,
        .method = system->method,
    };
}

/* All that is reported of one set at once. */
struct reporting {
    const struct suite_run *run;
    const struct wsd_test *test;
    struct wsd_writing *writings; /* [n_systems] */
    uint32_t n_systems;
    const uint8_t *answerable;
    struct wsd_splits splits;
    struct wsd_resampled resampled;
    struct wsd_resampled expected; /* of what is expected of ties */
    struct wsd_resampled coarse;   /* by the request's classes, of the cells of all instances */
    struct wsd_headline *headline; /* NULL: none */
};

/* The systems from number `first` on that are one method at several stages; returns the end. */
static uint32_t end_of_method(const struct reporting *reporting, uint32_t first)
{
    const struct wsd_writing *writings = reporting->writings;
    uint32_t end = first + 1;
    while (end < reporting->n_systems && writings[first].system->stage.name &&
           writings[end].system->stage.name &&
           strcmp(writings[end].system->method, writings[first].system->method) == 0) {
        end++;
    }
    return end;
}

/* cell_number: the cell's place among those of all families. */
static void attribute_cell(struct reporting *reporting, const struct wsd_family *family,
                           const struct wsd_cell *cell, uint32_t cell_number)
{
    uint32_t n = reporting->n_systems;
    const double **correct = mem_array(n + 1u, sizeof *correct);
    struct stage *stages = mem_array(n + 1u, sizeof *stages);
    for (uint32_t s = 0; s < n; s++) {
        correct[s] = reporting->writings[s].credit->expected;
        stages[s] = reporting->writings[s].system->stage;
    }
    for (uint32_t first = 0, end; first < n; first = end) {
        end = end_of_method(reporting, first);
        if (end - first < 2) {
            continue;
        }
        struct wsd_writing *writing = &reporting->writings[first];
        struct wsd_tally tally = wsd_tally_of(family, cell, correct[first], reporting->answerable);
        struct protocol protocol = {0}; /* what the stages of a method have in common */
        writing->is_expected = true;
        wsd_protocol(writing, cell, PROTOCOL_STAGE, &protocol);
        wsd_protocol_interval(writing, cell, &protocol);
        writing->is_expected = false;
        writing->row.dataset = cell->dataset;
        struct wsd_stages of = {
            .attribution = {.run = reporting->run,
                            .row = &writing->row,
                            .metric = "f1",
                            .ending = "",
                            .protocol = &protocol,
                            .policy = writing->system->can_back_off ? "wn1" : NULL,
                            .n = tally.n,
                            .answered = tally.answered},
            .test = reporting->test,
            .family = family,
            .cell = cell,
            .stages = stages + first,
            .n_stages = end - first,
            .correct = correct + first,
            .answerable = reporting->answerable,
            .resampled = &reporting->expected,
            .first_system = first,
            .cell_number = cell_number,
            .headline = reporting->headline,
        };
        wsd_write_stages(&of);
        protocol_finish(&protocol);
    }
    free(stages);
    free(correct);
}

/* The families of all instances, the whole set and its parts, stand before those of splits. */
static uint32_t n_families_of_all(const struct wsd_splits *splits)
{
    uint32_t n = 0;
    while (n < splits->n && split_is_all(&splits->families[n].cells[0].split)) {
        n++;
    }
    return n;
}

/* A system whose answers are no single senses, which has no such figure, counts as wrong. */
static void resample_coarse(struct reporting *reporting)
{
    uint32_t n = reporting->n_systems, n_items = wsd_n(reporting->test);
    const double **correct = mem_array(n + 1u, sizeof *correct);
    double *none = mem_array(n_items + 1u, sizeof *none);
    struct wsd_splits of_all = reporting->splits;
    bool any = false;
    of_all.n = n_families_of_all(&of_all);
    for (uint32_t s = 0; s < n; s++) {
        const double *coarse = reporting->writings[s].credit->coarse;
        correct[s] = coarse ? coarse : none;
        any |= coarse != NULL;
    }
    if (any) {
        reporting->coarse =
            wsd_resample(reporting->run, &of_all, correct, n, reporting->answerable, n_items);
    }
    free(none);
    free(correct);
}

/* An F1 is a share of the instances, of which one that was not answered counts half; of units, each
 * is one. */
static struct interval interval_of(const struct reporting *reporting,
                                   const struct wsd_resampled *resampled, const double *correct,
                                   uint32_t system, const struct wsd_family *family,
                                   const struct wsd_cell *cell, uint32_t number)
{
    struct interval interval = wsd_resampled_interval(resampled, system, number);
    struct wsd_tally tally = wsd_tally_of(family, cell, correct, reporting->answerable);
    double all = (tally.answered + tally.n) / 2.0, n = cell->units ? cell->units : all;
    return resampled->resamples && all > 0
               ? share_interval(interval, tally.correct / all * n, n, BOOTSTRAP_CONFIDENCE)
               : interval;
}

static void write_system(struct reporting *reporting, uint32_t s)
{
    struct wsd_writing *writing = &reporting->writings[s];
    const struct wsd_credit *credit = writing->credit;
    enum wsd_scope scope = writing->system->scope;
    uint32_t number = 0;
    for (uint32_t f = 0; f < reporting->splits.n; f++) {
        const struct wsd_family *family = &reporting->splits.families[f];
        bool belongs = has_rows(scope, family);
        for (uint32_t c = 0; c < family->n_cells; c++, number++) {
            const struct wsd_cell *cell = &family->cells[c];
            struct interval interval = {NAN, NAN}, coarse = {NAN, NAN};
            if (belongs) {
                interval = interval_of(reporting, &reporting->resampled, credit->correct, s, family,
                                       cell, number);
            }
            if (belongs && credit->coarse && number < reporting->coarse.n_cells) {
                coarse = interval_of(reporting, &reporting->coarse, credit->coarse, s, family, cell,
                                     number);
            }
            if (belongs) {
                wsd_write_cell(writing, family, cell, interval, coarse);
            }
        }
    }
}

/* Is a method there at several stages? */
static bool has_stages(const struct reporting *reporting)
{
    bool any = false;
    for (uint32_t s = 0; s < reporting->n_systems; s++) {
        any = any || end_of_method(reporting, s) > s + 1;
    }
    return any;
}

static void write_attributions(struct reporting *reporting)
{
    uint32_t number = 0;
    for (uint32_t f = 0; f < reporting->splits.n; f++) {
        const struct wsd_family *family = &reporting->splits.families[f];
        for (uint32_t c = 0; c < family->n_cells; c++, number++) {
            const struct wsd_cell *cell = &family->cells[c];
            if (cell->begin < cell->end && split_is_all(&cell->split)) {
                attribute_cell(reporting, family, cell, number);
            }
        }
    }
}

/* [n] 1 where the embedder lacks the target itself, by a method that reads nothing else; NULL where
 * it lacks none. */
static uint8_t *unknown_targets(const struct wsd_test *test, const struct wsd_answers *systems,
                                uint32_t n_systems)
{
    uint32_t s = 0;
    while (s < n_systems && strcmp(systems[s].method, "nn") != 0 &&
           strcmp(systems[s].method, "gloss:target-gloss") != 0) {
        s++;
    }
    if (s == n_systems || !systems[s].stage.name) {
        return NULL;
    }
    uint8_t *unknown = mem_array(wsd_n(test) + 1u, 1);
    bool any = false;
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        unknown[i] = systems[s].answers[i].status == WSD_OOV;
        any |= unknown[i];
    }
    if (!any) {
        free(unknown);
    }
    return any ? unknown : NULL;
}

void wsd_report_stages(const struct suite_run *run, const struct wsd_task *task,
                       const struct wsd_test *test, const struct wsd_answers *systems,
                       uint32_t n_systems, struct wsd_headline *headline)
{
    uint32_t n = wsd_n(test);
    uint8_t *answerable = mem_array(n + 1u, 1);
    for (uint32_t i = 0; i < n; i++) {
        answerable[i] = systems[0].answered ? systems[0].answered[i] : test->group[i] != WSD_NONE;
    }
    struct wsd_credit *credits = mem_array(n_systems + 1u, sizeof *credits);
    struct wsd_writing *writings = mem_array(n_systems + 1u, sizeof *writings);
    const double **correct = mem_array(n_systems + 1u, sizeof *correct);
    const double **expected = mem_array(n_systems + 1u, sizeof *expected);
    for (uint32_t s = 0; s < n_systems; s++) {
        wsd_measure(task, test, &systems[s], answerable, &credits[s]);
        correct[s] = credits[s].correct;
        expected[s] = credits[s].expected;
        writings[s] = (struct wsd_writing){
            .task = task, .test = test, .system = &systems[s], .credit = &credits[s]};
        begin_writing(&writings[s], run);
    }
    struct reporting reporting = {.run = run,
                                  .test = test,
                                  .writings = writings,
                                  .n_systems = n_systems,
                                  .answerable = answerable,
                                  .headline = headline};
    uint8_t *unknown = unknown_targets(test, systems, n_systems);
    wsd_splits_init(&reporting.splits, run, task, test, unknown);
    reporting.resampled = wsd_resample(run, &reporting.splits, correct, n_systems, answerable, n);
    resample_coarse(&reporting);
    for (uint32_t s = 0; s < n_systems; s++) {
        writings[s].units = &reporting.splits.units;
        write_system(&reporting, s);
    }
    if (has_stages(&reporting)) {
        reporting.expected =
            wsd_resample(run, &reporting.splits, expected, n_systems, answerable, n);
        write_attributions(&reporting);
        wsd_resampled_finish(&reporting.expected);
    }
    if (run->sink->item && n_systems) {
        write_all_items(writings, n_systems, &reporting.splits);
    }
    if (run->sink->item && n_systems && systems[0].lists_words) {
        writings[0].row.dataset = test->data->name;
        vocabulary_write(&reporting.splits.vocabulary, run, &writings[0].row);
    }
    for (uint32_t s = 0; s < n_systems; s++) {
        wsd_credit_finish(&credits[s]);
    }
    wsd_resampled_finish(&reporting.coarse);
    wsd_resampled_finish(&reporting.resampled);
    wsd_splits_finish(&reporting.splits);
    free(unknown);
    free(expected);
    free(correct);
    free(writings);
    free(credits);
    free(answerable);
}

void wsd_report(const struct suite_run *run, const struct wsd_task *task,
                const struct wsd_test *test, const struct wsd_answers *systems, uint32_t n_systems)
{
    wsd_report_stages(run, task, test, systems, n_systems, NULL);
}
