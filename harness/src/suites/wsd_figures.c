#include "suites/wsd.h"

#include "base/mem.h"
#include "base/str.h"
#include "suites/figures.h"
#include "suites/wsd_item_texts.h"
#include "suites/wsd_splits.h"
#include "suites/wsd_stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one system's answers are worth, instance by instance (Raganato et al. 2017's Scorer: an
 * answer is right if it is among the gold; P = ok / answered, R = ok / all). */
struct worth {
    double *ok;           /* [n] with back-off, 0…1 */
    double *ok_alone;     /* [n] without */
    uint8_t *alone;       /* [n] answered without back-off */
    const uint8_t *could; /* [n] answered with back-off: the lemma has senses */
};

static const char *status_name(uint8_t status)
{
    static const char *const names[] = {"ok", "tie", "backoff", "oov", "cut", "no-lemma"};
    return names[status];
}

/* What an instance gets where a system has no answer: the first sense, or the most frequent in
 * training where senses have no order of their own. */
static uint32_t fallback(const struct wsd_test *test, const struct wsd_group *group)
{
    return test->data->inventory == WSD_OWN ? group->mfs : 0;
}

static uint32_t final_choice(const struct wsd_task *task, const struct wsd_test *test,
                             const struct wsd_answers *system, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(task, test, i);
    uint32_t choice = system->answers[i].choice;
    return choice == WSD_NONE && group && system->can_back_off ? fallback(test, group) : choice;
}

static void measure(const struct wsd_task *task, const struct wsd_test *test,
                    const struct wsd_answers *system, const uint8_t *could, struct worth *worth)
{
    uint32_t n = wsd_n(test);
    worth->ok = mem_array(n + 1u, sizeof(double));
    worth->ok_alone = mem_array(n + 1u, sizeof(double));
    worth->alone = mem_array(n + 1u, 1);
    worth->could = could;
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_answer *answer = &system->answers[i];
        uint32_t choice = final_choice(task, test, system, i);
        bool expected_only =
            !system->can_back_off && choice == WSD_NONE && could[i]; /* random, rescored */
        worth->ok[i] = expected_only        ? answer->expected
                       : choice != WSD_NONE ? (double)wsd_right(test, i, choice)
                                            : 0;
        worth->alone[i] = answer->choice != WSD_NONE || expected_only;
        worth->ok_alone[i] = worth->alone[i] ? worth->ok[i] : 0;
    }
}

static void worth_finish(struct worth *worth)
{
    free(worth->ok);
    free(worth->ok_alone);
    free(worth->alone);
}

struct tally {
    double ok;
    uint32_t answered, n;
};

static struct tally tally_of(const struct wsd_family *family, const struct wsd_cell *cell,
                             const double *ok, const uint8_t *answered)
{
    struct tally tally = {0, 0, cell->end - cell->begin};
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        tally.ok += ok[family->order[o]];
        tally.answered += answered[family->order[o]];
    }
    return tally;
}

static double precision(struct tally tally)
{
    return tally.answered ? tally.ok / tally.answered : 0;
}

static double recall(struct tally tally)
{
    return tally.n ? tally.ok / tally.n : 0;
}

static double f1(struct tally tally)
{
    return tally.answered + tally.n ? 2 * tally.ok / (tally.answered + tally.n) : 0;
}

/* Everything that writing the rows of one system needs. */
struct writing {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_test *test;
    const struct wsd_answers *system;
    const struct worth *worth;
    uint32_t documents;    /* that the interval is over; 0: over instances */
    struct result_row row; /* what all rows of the system share */
};

/* The protocol, but for stage, policy and version. */
static char *signature_of(const struct writing *writing, const struct wsd_cell *cell,
                          const char *method)
{
    char *signature =
        mem_format("wsd|%s(%u)|train:%s|method:%s|cand:lemma+pos|tie:lowest", cell->dataset,
                   cell->end - cell->begin, writing->test->train_names, method);
    if (writing->documents) {
        char *over = mem_format("%s|interval:documents(%u)", signature, writing->documents);
        free(signature);
        signature = over;
    }
    return signature;
}

static void write_row(struct writing *writing, const struct wsd_cell *cell, const char *metric,
                      const char *policy, double value, struct interval interval,
                      struct tally tally)
{
    char *signature = signature_of(writing, cell, writing->system->signature);
    struct figure figure = {metric, cell->split, policy, value, interval, tally.n, tally.answered};
    writing->row.dataset = cell->dataset;
    figures_row(writing->run, &writing->row, signature, &figure);
    free(signature);
}

static const struct interval no_interval = {NAN, NAN};

/* Mean over lemmas of the share right of each. */
static double macro_over_lemmas(const struct writing *writing, const struct wsd_family *family,
                                const struct wsd_cell *cell)
{
    const struct wsd_test *test = writing->test;
    uint32_t n_groups = writing->task->n_groups, n_lemmas = 0;
    double *ok = mem_array(n_groups + 1u, sizeof *ok), sum = 0;
    uint32_t *n = mem_array(n_groups + 1u, sizeof *n);
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o], group = test->group[i];
        if (group != WSD_NONE) {
            ok[group] += writing->worth->ok[i];
            n[group]++;
        }
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        sum += n[g] ? ok[g] / n[g] : 0;
        n_lemmas += n[g] > 0;
    }
    free(ok);
    free(n);
    return n_lemmas ? sum / n_lemmas : NAN;
}

/* Mean over the labels of the gold of the share of its instances that are right. */
static double macro_recall(const struct writing *writing, const struct wsd_family *family,
                           const struct wsd_cell *cell)
{
    const struct wsd_data *data = writing->test->data;
    uint32_t n_labels = data->labels.n, n_used = 0;
    double *ok = mem_array(n_labels + 1u, sizeof *ok), sum = 0;
    uint32_t *n = mem_array(n_labels + 1u, sizeof *n);
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o], label = data->gold[data->instances[i].first_gold];
        ok[label] += writing->worth->ok[i];
        n[label]++;
    }
    for (uint32_t l = 0; l < n_labels; l++) {
        sum += n[l] ? ok[l] / n[l] : 0;
        n_used += n[l] > 0;
    }
    free(ok);
    free(n);
    return n_used ? sum / n_used : NAN;
}

/* Ties and what chance among the tied would have earned; back-off and the score without it. */
static void write_details(struct writing *writing, const struct wsd_family *family,
                          const struct wsd_cell *cell)
{
    const struct worth *worth = writing->worth;
    struct tally alone = tally_of(family, cell, worth->ok_alone, worth->alone);
    struct tally with = tally_of(family, cell, worth->ok, worth->could);
    struct tally ties = with, expected = with;
    ties.ok = expected.ok = 0;
    for (uint32_t o = cell->begin; o < cell->end; o++) {
        uint32_t i = family->order[o];
        const struct wsd_answer *answer = &writing->system->answers[i];
        ties.ok += answer->status == WSD_TIED;
        expected.ok += answer->choice != WSD_NONE ? answer->expected : worth->ok[i];
    }
    write_row(writing, cell, "f1", "none", f1(alone), no_interval, alone);
    write_row(writing, cell, "precision", "none", precision(alone), no_interval, alone);
    write_row(writing, cell, "recall", "none", recall(alone), no_interval, alone);
    write_row(writing, cell, "backoff", "wn1",
              with.n ? (double)(with.answered - alone.answered) / with.n : 0, no_interval, with);
    write_row(writing, cell, "ties", "wn1", recall(ties), no_interval, with);
    write_row(writing, cell, "f1-ties-expected", "wn1", f1(expected), no_interval, with);
}

/* Whole documents can be drawn: not where each "document" is a word's share of the set. */
static bool has_documents(const struct wsd_test *test)
{
    return test->data->inventory == WSD_WORDNET;
}

/* F1 once more, with an interval over documents; nothing where there are no documents to draw. */
static void write_by_document(struct writing *writing, const struct wsd_family *family,
                              const struct wsd_cell *cell, const char *policy, struct tally with)
{
    const struct worth *worth = writing->worth;
    const struct suite_request *request = writing->run->request;
    if (!has_documents(writing->test)) {
        return;
    }
    size_t n_all = writing->test->data->documents.n + 1u;
    double *tops = mem_array(n_all, sizeof *tops), *bottoms = mem_array(n_all, sizeof *bottoms);
    uint32_t n =
        wsd_by_document(writing->test, family, cell, worth->ok, worth->could, tops, bottoms);
    if (n > 1) {
        struct bootstrap plan = {.resamples = request->resamples, .seed = request->seed};
        writing->documents = n;
        write_row(writing, cell, "f1-by-document", policy, f1(with),
                  bootstrap_ratio(&plan, tops, bottoms, n), with);
        writing->documents = 0;
    }
    free(tops);
    free(bottoms);
}

static void write_cell(struct writing *writing, const struct wsd_family *family,
                       const struct wsd_cell *cell, struct interval interval)
{
    const struct worth *worth = writing->worth;
    const char *policy = writing->system->can_back_off ? "wn1" : NULL;
    struct tally with = tally_of(family, cell, worth->ok, worth->could);
    if (with.n == 0) {
        return;
    }
    write_row(writing, cell, "f1", policy, f1(with), interval, with);
    if (strcmp(cell->split, "all") != 0) {
        return;
    }
    write_by_document(writing, family, cell, policy, with);
    write_row(writing, cell, "precision", policy, precision(with), no_interval, with);
    write_row(writing, cell, "recall", policy, recall(with), no_interval, with);
    write_row(writing, cell, "macro-accuracy-lemmas", policy,
              macro_over_lemmas(writing, family, cell), no_interval, with);
    if (writing->test->data->inventory != WSD_WORDNET) {
        write_row(writing, cell, "macro-recall", policy, macro_recall(writing, family, cell),
                  no_interval, with);
    }
    if (writing->system->can_back_off) {
        write_details(writing, family, cell);
    }
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

/* texts: with the sentence and the definitions of the candidates. */
static void write_items(struct writing *writing, const char *const *gold, bool texts)
{
    const struct wsd_test *test = writing->test;
    const struct wsd_data *data = test->data;
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_instance *instance = &data->instances[i];
        const struct wsd_group *group = wsd_group_of(writing->task, test, i);
        const struct wsd_answer *answer = &writing->system->answers[i];
        uint32_t choice = final_choice(writing->task, test, writing->system, i);
        char candidates[16], distance[16];
        snprintf(candidates, sizeof candidates, "%u", group ? group->n : 0);
        snprintf(distance, sizeof distance, "%u", instance->distance);
        struct wsd_item_texts item_texts = {0};
        if (texts) {
            wsd_item_texts_init(&item_texts, writing->task, test, i);
        }
        struct result_attribute attributes[9] = {
            {"lemma", instance->lemma},
            {"pos", wordnet_pos_name((enum wordnet_pos)instance->pos)},
            {"document", map_key(&data->documents, data->sentences[instance->sentence].document)},
            {"candidates", candidates},
            {"kind", writing->row.kind},
        };
        uint32_t n_attributes = 4;
        if (instance->side != WSD_NO_CLUE) {
            attributes[n_attributes++] =
                (struct result_attribute){"clue", wsd_side_name(instance->side)};
            attributes[n_attributes++] = (struct result_attribute){"distance", distance};
        }
        if (texts) {
            attributes[n_attributes++] = (struct result_attribute){"sentence", item_texts.sentence};
            attributes[n_attributes++] = (struct result_attribute){"span", item_texts.span};
            attributes[n_attributes++] =
                (struct result_attribute){"definitions", item_texts.definitions};
        }
        struct result_item item = {
            .suite = writing->row.suite,
            .dataset = data->name,
            .embedder = writing->row.embedder,
            .stage = writing->row.stage,
            .method = writing->row.method,
            .id = instance->id,
            .answer = writing->system->texts ? writing->system->texts[i]
                      : choice != WSD_NONE   ? wsd_label(writing->task, group, choice)
                                             : NULL,
            .gold = gold[i],
            .status = status_name(answer->status),
            .score = answer->score,
            .gold_score = NAN,
            .correct = writing->worth->ok[i],
            .attributes = attributes,
            .n_attributes = n_attributes,
        };
        writing->run->sink->item(writing->run->sink->ctx, &item);
        wsd_item_texts_finish(&item_texts);
    }
}

/* Chance has a score and no answers. */
static bool answers_at_all(const struct wsd_answers *system, uint32_t n)
{
    bool any = system->answered != NULL || system->can_back_off;
    for (uint32_t i = 0; i < n && !any; i++) {
        any = system->answers[i].choice != WSD_NONE;
    }
    return any;
}

static void write_all_items(struct writing *writings, uint32_t n_systems)
{
    const struct wsd_test *test = writings[0].test;
    char **gold = mem_array(wsd_n(test) + 1u, sizeof *gold);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        gold[i] = gold_text(test->data, i);
    }
    bool told = false; /* once a set, by its first baseline */
    for (uint32_t s = 0; s < n_systems; s++) {
        if (answers_at_all(writings[s].system, wsd_n(test))) {
            bool texts = writings[s].system->is_baseline && !told;
            write_items(&writings[s], (const char *const *)gold, texts);
            told = told || texts;
        }
    }
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        free(gold[i]);
    }
    free(gold);
}

static void begin_writing(struct writing *writing, const struct suite_run *run)
{
    const struct wsd_answers *system = writing->system;
    writing->run = run;
    writing->row = (struct result_row){
        .suite = "wsd",
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
    struct writing *writings; /* [n_systems] */
    uint32_t n_systems;
    const uint8_t *could;
    struct wsd_splits splits;
    struct wsd_resampled resampled;
    struct wsd_headline *headline; /* NULL: none */
};

/* The systems from number `first` on that are one method at several stages; returns the end. */
static uint32_t end_of_method(const struct reporting *reporting, uint32_t first)
{
    const struct writing *writings = reporting->writings;
    uint32_t end = first + 1;
    while (end < reporting->n_systems && writings[first].system->stage &&
           writings[end].system->stage &&
           strcmp(writings[end].system->method, writings[first].system->method) == 0) {
        end++;
    }
    return end;
}

/* "nn|stage:table|pool:mean" → "nn|pool:mean": what the stages of a method have in common. */
static char *without_stage(const char *signature)
{
    const char *stage = strstr(signature, "|stage:");
    size_t n = stage ? (size_t)(stage - signature) : strlen(signature);
    const char *rest = stage ? stage + 1 + strcspn(stage + 1, "|") : "";
    return mem_format("%.*s%s", (int)n, signature, rest);
}

/* cell_number: the cell's place among those of all families. */
static void attribute_cell(struct reporting *reporting, const struct wsd_family *family,
                           const struct wsd_cell *cell, uint32_t cell_number)
{
    uint32_t n = reporting->n_systems;
    const double **ok = mem_array(n + 1u, sizeof *ok);
    const char **stages = mem_array(n + 1u, sizeof *stages);
    for (uint32_t s = 0; s < n; s++) {
        ok[s] = reporting->writings[s].worth->ok;
        stages[s] = reporting->writings[s].system->stage;
    }
    for (uint32_t first = 0, end; first < n; first = end) {
        end = end_of_method(reporting, first);
        if (end - first < 2) {
            continue;
        }
        struct writing *writing = &reporting->writings[first];
        struct tally tally = tally_of(family, cell, ok[first], reporting->could);
        char *method = without_stage(writing->system->signature);
        char *signature = signature_of(writing, cell, method);
        writing->row.dataset = cell->dataset;
        struct wsd_stages of = {
            .attribution = {.run = reporting->run,
                            .row = &writing->row,
                            .metric = "f1",
                            .ending = "",
                            .signature = signature,
                            .policy = writing->system->can_back_off ? "wn1" : NULL,
                            .n = tally.n,
                            .answered = tally.answered},
            .test = reporting->test,
            .family = family,
            .cell = cell,
            .stages = stages + first,
            .n_stages = end - first,
            .ok = ok + first,
            .could = reporting->could,
            .resampled = &reporting->resampled,
            .first_system = first,
            .cell_number = cell_number,
            .has_documents = has_documents(reporting->test),
            .headline = reporting->headline,
        };
        wsd_write_stages(&of);
        free(signature);
        free(method);
    }
    free(stages);
    free(ok);
}

static void write_system(struct reporting *reporting, uint32_t s)
{
    struct writing *writing = &reporting->writings[s];
    enum wsd_scope scope = writing->system->scope;
    uint32_t number = 0;
    for (uint32_t f = 0; f < reporting->splits.n; f++) {
        const struct wsd_family *family = &reporting->splits.families[f];
        bool belongs = scope == WSD_EVERYWHERE || (scope == WSD_ON_PARTS) == family->is_parts;
        for (uint32_t c = 0; c < family->n_cells; c++, number++) {
            if (belongs) {
                write_cell(writing, family, &family->cells[c],
                           wsd_resampled_interval(&reporting->resampled, s, number));
            }
        }
    }
}

static void write_attributions(struct reporting *reporting)
{
    uint32_t number = 0;
    for (uint32_t f = 0; f < reporting->splits.n; f++) {
        const struct wsd_family *family = &reporting->splits.families[f];
        for (uint32_t c = 0; c < family->n_cells; c++, number++) {
            const struct wsd_cell *cell = &family->cells[c];
            if (cell->begin < cell->end && strcmp(cell->split, "all") == 0) {
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
    if (s == n_systems || !systems[s].stage) {
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
    uint8_t *could = mem_array(n + 1u, 1);
    for (uint32_t i = 0; i < n; i++) {
        could[i] = systems[0].answered ? systems[0].answered[i] : test->group[i] != WSD_NONE;
    }
    struct worth *worths = mem_array(n_systems + 1u, sizeof *worths);
    struct writing *writings = mem_array(n_systems + 1u, sizeof *writings);
    const double **ok = mem_array(n_systems + 1u, sizeof *ok);
    for (uint32_t s = 0; s < n_systems; s++) {
        measure(task, test, &systems[s], could, &worths[s]);
        ok[s] = worths[s].ok;
        writings[s] = (struct writing){
            .task = task, .test = test, .system = &systems[s], .worth = &worths[s]};
        begin_writing(&writings[s], run);
    }
    struct reporting reporting = {.run = run,
                                  .test = test,
                                  .writings = writings,
                                  .n_systems = n_systems,
                                  .could = could,
                                  .headline = headline};
    uint8_t *unknown = unknown_targets(test, systems, n_systems);
    wsd_splits_init(&reporting.splits, task, test, run->embedder, unknown);
    reporting.resampled = wsd_resample(run, &reporting.splits, ok, n_systems, could, n);
    for (uint32_t s = 0; s < n_systems; s++) {
        write_system(&reporting, s);
    }
    write_attributions(&reporting);
    if (run->sink->item && n_systems && systems[0].scope != WSD_ON_PARTS) {
        write_all_items(writings, n_systems);
        writings[0].row.dataset = test->data->name;
        vocabulary_write(&reporting.splits.vocabulary, run, &writings[0].row);
    }
    for (uint32_t s = 0; s < n_systems; s++) {
        worth_finish(&worths[s]);
    }
    wsd_resampled_finish(&reporting.resampled);
    wsd_splits_finish(&reporting.splits);
    free(unknown);
    free(ok);
    free(writings);
    free(worths);
    free(could);
}

void wsd_report(const struct suite_run *run, const struct wsd_task *task,
                const struct wsd_test *test, const struct wsd_answers *systems, uint32_t n_systems)
{
    wsd_report_stages(run, task, test, systems, n_systems, NULL);
}
