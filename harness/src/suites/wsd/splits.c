/* Sorts instances into the cells of each family of splits. */
#include "suites/wsd/splits.h"

#include "base/mem.h"
#include "suites/options.h"

#include <stdlib.h>
#include <string.h>

/* The cell of an instance in one family. */
typedef uint8_t (*cell_of)(const struct wsd_task *task, const struct wsd_test *test,
                           uint32_t instance);

static uint8_t whole(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task, (void)test, (void)i;
    return 0;
}

static uint8_t by_part(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    return test->data->instances[i].part;
}

static uint8_t without_dev(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    const struct wsd_data *data = test->data;
    return strcmp(data->parts[data->instances[i].part], WSD_CUSTOMARY_DEV) == 0 ? WSD_NO_CELL : 0;
}

static uint8_t by_pos(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    return (uint8_t)(test->data->instances[i].pos - WORDNET_NOUN);
}

static uint8_t by_first_sense(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    return wsd_group_of(task, test, i) && wsd_right(test, i, 0) ? 0 : 1;
}

static uint8_t by_seen(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    return test->seen[i] ? 0 : 1;
}

static uint8_t by_candidates(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(task, test, i);
    uint32_t n = group ? group->n : 0;
    return n == 0 ? WSD_NO_CELL : n == 1 ? 0 : n <= 3 ? 1 : n <= 6 ? 2 : 3;
}

static uint8_t by_frequency(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(task, test, i);
    uint32_t count = group ? group->count : 0;
    return count == 0 ? 0 : count <= 10 ? 1 : count <= 100 ? 2 : 3;
}

static uint8_t by_span(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    const struct wsd_instance *instance = &test->data->instances[i];
    const char *text = wsd_sentence_text(test->data, instance->sentence) + instance->span.begin;
    return memchr(text, ' ', instance->span.end - instance->span.begin) ? 1 : 0;
}

static uint8_t by_position(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    const struct wsd_instance *instance = &test->data->instances[i];
    return (uint8_t)(3 * (uint64_t)instance->token /
                     test->data->sentences[instance->sentence].n_words);
}

static uint8_t by_clue(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    uint8_t side = test->data->instances[i].side;
    return side == WSD_NO_CLUE ? WSD_NO_CELL : (uint8_t)(side - WSD_LEFT);
}

/* Words between the target and the nearest clue. */
static uint8_t by_distance(const struct wsd_task *task, const struct wsd_test *test, uint32_t i)
{
    (void)task;
    const struct wsd_instance *instance = &test->data->instances[i];
    uint32_t n = instance->distance;
    return instance->side == WSD_NO_CLUE ? WSD_NO_CELL
           : n == 0                      ? 0
           : n <= 2                      ? 1
           : n <= 5                      ? 2
           : n <= 10                     ? 3
           : n <= 20                     ? 4
                                         : 5;
}

/* Where all clues stand on one side: how far that side is read. */
static uint8_t by_clue_and_distance(const struct wsd_task *task, const struct wsd_test *test,
                                    uint32_t i)
{
    uint8_t side = by_clue(task, test, i), distance = by_distance(task, test, i);
    bool one_sided =
        test->data->instances[i].side == WSD_LEFT || test->data->instances[i].side == WSD_RIGHT;
    return one_sided ? (uint8_t)(6 * side + distance) : WSD_NO_CELL;
}

struct kind {
    cell_of cell;
    struct split splits[WSD_MAX_PARTS];
};

static const struct kind kinds[] = {
    {by_pos,
     {{"pos", "NOUN", NULL}, {"pos", "VERB", NULL}, {"pos", "ADJ", NULL}, {"pos", "ADV", NULL}}},
    {by_first_sense, {{"sense", "first", NULL}, {"sense", "other", NULL}}},
    {by_candidates,
     {{"candidates", "1", NULL},
      {"candidates", "2-3", NULL},
      {"candidates", "4-6", NULL},
      {"candidates", "7+", NULL}}},
    {by_span, {{"span", "one-word", NULL}, {"span", "several-words", NULL}}},
    {by_position,
     {{"position", "first-third", NULL},
      {"position", "middle-third", NULL},
      {"position", "last-third", NULL}}},
    {by_clue, {{"clue", "left", NULL}, {"clue", "right", NULL}, {"clue", "both", NULL}}},
    {by_distance,
     {{"distance", "0", NULL},
      {"distance", "1-2", NULL},
      {"distance", "3-5", NULL},
      {"distance", "6-10", NULL},
      {"distance", "11-20", NULL},
      {"distance", "21+", NULL}}},
    {by_clue_and_distance,
     {{"clue", "left,distance:0", NULL},
      {"clue", "left,distance:1-2", NULL},
      {"clue", "left,distance:3-5", NULL},
      {"clue", "left,distance:6-10", NULL},
      {"clue", "left,distance:11-20", NULL},
      {"clue", "left,distance:21+", NULL},
      {"clue", "right,distance:0", NULL},
      {"clue", "right,distance:1-2", NULL},
      {"clue", "right,distance:3-5", NULL},
      {"clue", "right,distance:6-10", NULL},
      {"clue", "right,distance:11-20", NULL},
      {"clue", "right,distance:21+", NULL}}},
    {by_seen, {{"train", "seen", NULL}, {"train", "unseen", NULL}}},
    {by_frequency,
     {{"lemma-in-train", "0", NULL},
      {"lemma-in-train", "1-10", NULL},
      {"lemma-in-train", "11-100", NULL},
      {"lemma-in-train", "101+", NULL}}},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds, FIRST_OF_TRAINING = 8 };

/* cell_of_instance: [n_instances] */
static struct wsd_family *add_cells(struct wsd_splits *splits, const struct wsd_test *test,
                                    const uint8_t *cell_of_instance, uint32_t n_cells)
{
    struct wsd_family *family = &splits->families[splits->n++];
    uint32_t n = wsd_n(test);
    family->order = mem_array(n + 1u, sizeof *family->order);
    family->cells = mem_array(n_cells, sizeof *family->cells);
    family->n_cells = n_cells;
    for (uint32_t c = 0; c < n_cells; c++) {
        family->cells[c].begin = family->n_order;
        for (uint32_t i = 0; i < n; i++) {
            if (cell_of_instance[i] == c) {
                family->order[family->n_order++] = i;
            }
        }
        family->cells[c].end = family->n_order;
    }
    return family;
}

static struct wsd_family *add_family(struct wsd_splits *splits, const struct wsd_task *task,
                                     const struct wsd_test *test, cell_of cell, uint32_t n_cells)
{
    uint8_t *cells = mem_array(wsd_n(test) + 1u, 1);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        cells[i] = cell(task, test, i);
    }
    struct wsd_family *family = add_cells(splits, test, cells, n_cells);
    free(cells);
    return family;
}

static void name_cell(struct wsd_family *family, uint32_t cell, const char *dataset,
                      struct split split)
{
    family->cells[cell].dataset = mem_text(dataset);
    family->cells[cell].split = split;
}

static void add_parts(struct wsd_splits *splits, const struct wsd_task *task,
                      const struct wsd_test *test)
{
    const struct wsd_data *data = test->data;
    struct wsd_family *family = add_family(splits, task, test, by_part, data->n_parts);
    family->is_parts = true;
    uint32_t dev = WSD_NONE;
    for (uint32_t p = 0; p < data->n_parts; p++) {
        char *name = wsd_part_name(data, p);
        name_cell(family, p, name, SPLIT_ALL);
        free(name);
        dev = strcmp(data->parts[p], WSD_CUSTOMARY_DEV) == 0 ? p : dev;
    }
    if (dev != WSD_NONE) {
        char *name = wsd_without_name(data, dev);
        name_cell(add_family(splits, task, test, without_dev, 1), 0, name, SPLIT_ALL);
        free(name);
    }
}

/* The cell of each target by its pieces; one beyond the model's window is in none. False where the
 * model cannot say. */
static bool cut_targets(struct cutter *cutter, const struct wsd_test *test,
                        struct vocabulary *vocabulary, uint8_t *cells)
{
    const struct wsd_data *data = test->data;
    for (uint32_t s = 0; s < data->n_sentences; s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        struct emb_sentence given = {.text = wsd_sentence_text(data, s),
                                     .words = data->words + sentence->first_word,
                                     .n_bytes = sentence->n_bytes,
                                     .n_words = sentence->n_words};
        uint32_t end = sentence->first_instance + sentence->n_instances;
        if (sentence->n_instances && cutter_cut(cutter, &given)) {
            return false;
        }
        for (uint32_t i = sentence->first_instance; i < end; i++) {
            struct emb_span span = data->instances[i].span;
            uint32_t cell = vocabulary_pieces_cell(cutter_count(cutter, span));
            cells[i] = cell < VOCABULARY_N_PIECES ? (uint8_t)cell : WSD_NO_CELL;
            vocabulary_add_cut(vocabulary, cutter, &given, span);
        }
    }
    return true;
}

static void add_pieces(struct wsd_splits *splits, const struct wsd_test *test,
                       struct embedder *embedder)
{
    struct cutter cutter = cutter_of(embedder);
    uint8_t *cells = mem_array(wsd_n(test) + 1u, 1);
    if (cutter_cuts(&cutter) && cut_targets(&cutter, test, &splits->vocabulary, cells)) {
        struct wsd_family *family = add_cells(splits, test, cells, VOCABULARY_N_PIECES);
        for (uint32_t c = 0; c < VOCABULARY_N_PIECES; c++) {
            name_cell(family, c, test->data->name, vocabulary_pieces_splits[c]);
        }
    }
    free(cells);
    cutter_finish(&cutter);
}

static void add_vocabulary(struct wsd_splits *splits, const struct wsd_test *test,
                           const uint8_t *unknown)
{
    const struct wsd_data *data = test->data;
    struct wsd_family *family = add_cells(splits, test, unknown, 2);
    name_cell(family, 0, data->name, (struct split){"vocabulary", "known", NULL});
    name_cell(family, 1, data->name, (struct split){"vocabulary", "unknown", NULL});
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_instance *instance = &data->instances[i];
        if (unknown[i]) {
            vocabulary_add_unknown(&splits->vocabulary,
                                   wsd_sentence_text(data, instance->sentence) +
                                       instance->span.begin,
                                   instance->span.end - instance->span.begin);
        }
    }
}

static uint32_t unit_of(const struct wsd_data *data, uint32_t i, bool documents, struct map *lemmas)
{
    const struct wsd_instance *instance = &data->instances[i];
    return documents ? data->sentences[instance->sentence].document
                     : map_put_text(lemmas, instance->lemma);
}

/* Where nothing else is asked for: documents of sets in WordNet's senses or a file's, whose texts
 * run; lemmas of sets with senses of their own, which gather occurrences of chosen words. */
struct wsd_units wsd_units_of(const struct suite_request *request, const struct wsd_test *test)
{
    bool running = test->data->inventory == WSD_WORDNET || test->data->inventory == WSD_NAMED;
    bool documents = suite_says(request, "unit", "document") ||
                     (running && !suite_says(request, "unit", "lemma"));
    struct wsd_units units = {.name = "instances"};
    struct map lemmas = {0};
    if (suite_says(request, "unit", "instance")) {
        return units;
    }
    units.of = mem_array(wsd_n(test) + 1u, sizeof *units.of);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        units.of[i] = unit_of(test->data, i, documents, &lemmas);
    }
    units.n = documents ? test->data->documents.n : lemmas.n;
    units.name = documents ? "documents" : "lemmas";
    map_finish(&lemmas);
    return units;
}

static void count_units(struct wsd_splits *splits)
{
    const struct wsd_units *units = &splits->units;
    uint8_t *met = mem_array(units->n + 1u, 1);
    for (uint32_t f = 0; units->of && f < splits->n; f++) {
        const struct wsd_family *family = &splits->families[f];
        for (uint32_t c = 0; c < family->n_cells; c++) {
            struct wsd_cell *cell = &family->cells[c];
            memset(met, 0, units->n);
            for (uint32_t o = cell->begin; o < cell->end; o++) {
                uint8_t *is_met = &met[units->of[family->order[o]]];
                cell->units += !*is_met;
                *is_met = 1;
            }
            cell->units = cell->units < BOOTSTRAP_FEW ? 0 : cell->units;
        }
    }
    free(met);
}

void wsd_splits_init(struct wsd_splits *splits, const struct suite_run *run,
                     const struct wsd_task *task, const struct wsd_test *test,
                     const uint8_t *unknown)
{
    const struct wsd_data *data = test->data;
    *splits = (struct wsd_splits){.families = mem_array(N_KINDS + 5, sizeof(struct wsd_family))};
    name_cell(add_family(splits, task, test, whole, 1), 0, data->name, SPLIT_ALL);
    if (data->n_parts > 1) {
        add_parts(splits, task, test);
    }
    for (uint32_t k = 0; k < (test->trained ? N_KINDS : FIRST_OF_TRAINING); k++) {
        uint32_t n_cells = 0;
        while (kinds[k].splits[n_cells].axis) {
            n_cells++;
        }
        struct wsd_family *family = add_family(splits, task, test, kinds[k].cell, n_cells);
        for (uint32_t c = 0; c < n_cells; c++) {
            name_cell(family, c, data->name, kinds[k].splits[c]);
        }
    }
    add_pieces(splits, test, run->embedder);
    if (unknown) {
        add_vocabulary(splits, test, unknown);
    }
    splits->units = wsd_units_of(run->request, test);
    count_units(splits);
}

void wsd_splits_finish(struct wsd_splits *splits)
{
    for (uint32_t f = 0; f < splits->n; f++) {
        struct wsd_family *family = &splits->families[f];
        for (uint32_t c = 0; c < family->n_cells; c++) {
            free(family->cells[c].dataset);
        }
        free(family->cells);
        free(family->order);
    }
    free(splits->families);
    free(splits->units.of);
    vocabulary_finish(&splits->vocabulary);
}
