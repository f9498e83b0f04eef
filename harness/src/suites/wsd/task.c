/* Lists the candidates of every test lemma and counts their training occurrences. */
#include "suites/wsd/sets.h"
#include "suites/wsd/common.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "data/wsd_xml.h"
#include "suites/shared/set_names.h"
#include "suites/shared/text_overlap.h"

#include <stdlib.h>
#include <string.h>

static uint32_t add_sense(struct wsd_task *task, const char *label, uint32_t wordnet)
{
    uint32_t number = map_put_text(&task->labels, label);
    MEM_GROW(task->senses, task->senses_capacity, number + 1);
    task->senses[number] = (struct wsd_sense){.wordnet = wordnet};
    return number;
}

/* A label that training uses for a lemma. */
struct own_label {
    uint64_t count;
    uint32_t number; /* in the order of the set's label list */
};

static int by_count(const void *a, const void *b)
{
    const struct own_label *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1)
                                : (x->number > y->number) - (x->number < y->number);
}

static uint64_t *count_labels(const struct wsd_data *train, const char *lemma, enum wordnet_pos pos)
{
    uint64_t *counts = mem_array(train->labels.n + 1u, sizeof *counts);
    for (size_t i = 0; i < train->n_instances; i++) {
        const struct wsd_instance *instance = &train->instances[i];
        if (instance->pos == pos && strcmp(instance->lemma, lemma) == 0) {
            for (uint32_t g = 0; g < instance->n_gold; g++) {
                counts[train->gold[instance->first_gold + g]]++;
            }
        }
    }
    return counts;
}

/* The labels of a lemma in the training data. They have no order of their own, so the most frequent
 * comes first: what a rule gives the first candidate is then no accident of the files. */
static void add_own_candidates(struct wsd_task *task, const char *lemma, enum wordnet_pos pos,
                               const char *name, struct wsd_group *group)
{
    struct map names = {0};
    struct own_label *labels = NULL;
    size_t capacity = 0;
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *train = task->train.sets[t];
        if (train->inventory != WSD_OWN) {
            continue;
        }
        uint64_t *counts = count_labels(train, lemma, pos);
        for (uint32_t l = 0; l < train->labels.n; l++) {
            if (counts[l]) {
                uint32_t number = map_put_text(&names, map_key(&train->labels, l));
                if (number == group->n) {
                    MEM_GROW(labels, capacity, number + 1u);
                    labels[number] = (struct own_label){.number = number};
                    group->n++;
                }
                labels[number].count += counts[l];
            }
        }
        free(counts);
    }
    if (group->n) {
        qsort(labels, group->n, sizeof *labels, by_count);
    }
    for (uint32_t c = 0; c < group->n; c++) {
        char *label = mem_format("%s %s", name, map_key(&names, labels[c].number));
        add_sense(task, label, WORDNET_NONE);
        free(label);
    }
    free(labels);
    map_finish(&names);
}

static void add_wordnet_candidates(struct wsd_task *task, const char *lemma, enum wordnet_pos pos,
                                   struct wsd_group *group)
{
    uint32_t n;
    const struct wordnet_sense *senses = wordnet_senses(task->wordnet, lemma, pos, &n);
    for (uint32_t i = 0; i < n; i++) {
        add_sense(task, senses[i].key, wordnet_sense_index(task->wordnet, &senses[i]));
    }
    group->n = n;
}

/* The senses of a lemma in the data's own list, whatever their part of speech. */
static void add_listed_candidates(struct wsd_task *task, const struct wsd_data *data,
                                  const char *lemma, const char *name, struct wsd_group *group)
{
    for (size_t s = 0; s < data->n_senses; s++) {
        const struct wsd_listed_sense *sense = &data->senses[s];
        if (strcmp(sense->lemma, lemma) == 0) {
            char *label = mem_format("%s %s", name, sense->label);
            uint32_t number = add_sense(task, label, WORDNET_NONE);
            task->senses[number].definition = sense->definition;
            group->n++;
            free(label);
        }
    }
}

static void add_named_candidates(struct wsd_task *task, const char *lemma, enum wordnet_pos pos,
                                 const char *name, struct wsd_group *group)
{
    const struct inventory_sense *senses = inventory_senses(task->inventory, lemma, pos, &group->n);
    for (uint32_t i = 0; i < group->n; i++) {
        char *label = mem_format("%s %s", name, senses[i].label);
        uint32_t number = add_sense(task, label, WORDNET_NONE);
        task->senses[number].definition = senses[i].definition;
        free(label);
    }
}

/* "01 bank": inventory, part of speech, lemma in lower case with '_' for blanks. Senses that a data
 * set lists are its own, whatever their part of speech: "20PATH bank". */
static char *group_name(const struct wsd_data *data, const struct wsd_instance *instance,
                        size_t *ret_lemma)
{
    struct str name = {0};
    bool listed = data->inventory == WSD_LISTED;
    str_format(&name, "%d%d%s ", (int)data->inventory, listed ? 0 : instance->pos,
               listed ? data->path : "");
    *ret_lemma = name.n;
    if (data->inventory == WSD_NAMED) {
        inventory_lemma(instance->lemma, &name);
    } else if (data->inventory != WSD_WORDNET) {
        str_add(&name, instance->lemma);
    } else {
        unicode_lower(instance->lemma, strlen(instance->lemma), &name);
        for (size_t i = *ret_lemma; i < name.n; i++) {
            name.data[i] = name.data[i] == ' ' ? '_' : name.data[i];
        }
    }
    return name.data;
}

static uint32_t group_of(struct wsd_task *task, const struct wsd_data *data,
                         const struct wsd_instance *instance)
{
    size_t lemma;
    char *name = group_name(data, instance, &lemma);
    uint32_t number = map_put_text(&task->groups_by_name, name);
    if (number == task->n_groups) {
        MEM_GROW(task->groups, task->groups_capacity, number + 1);
        struct wsd_group *group = &task->groups[task->n_groups++];
        *group = (struct wsd_group){.lemma = map_key(&task->groups_by_name, number) + lemma,
                                    .first = task->labels.n,
                                    .pos = instance->pos};
        if (data->inventory == WSD_WORDNET) {
            add_wordnet_candidates(task, group->lemma, (enum wordnet_pos)group->pos, group);
        } else if (data->inventory == WSD_LISTED) {
            add_listed_candidates(task, data, group->lemma, name, group);
        } else if (data->inventory == WSD_NAMED) {
            add_named_candidates(task, group->lemma, (enum wordnet_pos)group->pos, name, group);
        } else {
            add_own_candidates(task, group->lemma, (enum wordnet_pos)group->pos, name, group);
        }
    }
    free(name);
    return task->groups[number].n ? number : WSD_NONE;
}

/* The sense that a gold label of an instance is, WSD_NONE if it is no candidate of its lemma. */
static uint32_t sense_of_label(const struct wsd_task *task, const struct wsd_data *data,
                               const struct wsd_instance *instance, const char *label)
{
    if (data->inventory == WSD_WORDNET) {
        uint32_t number = map_find_text(&task->labels, label);
        return number == MAP_NONE ? WSD_NONE : number;
    }
    size_t lemma;
    char *name = group_name(data, instance, &lemma);
    char *own = mem_format("%s %s", name, label);
    uint32_t number = map_find_text(&task->labels, own);
    free(own);
    free(name);
    return number == MAP_NONE ? WSD_NONE : number;
}

static void find_candidates(struct wsd_task *task, struct wsd_test *test)
{
    uint32_t n = wsd_n(test);
    test->group = mem_array(n, sizeof *test->group);
    test->first_right = mem_array(n + 1u, sizeof *test->first_right);
    for (uint32_t i = 0; i < n; i++) {
        test->group[i] = group_of(task, test->data, &test->data->instances[i]);
        const struct wsd_group *group = wsd_group_of(task, test, i);
        test->first_right[i + 1] = test->first_right[i] + (group ? group->n : 0);
        test->n_unknown_lemmas += group == NULL;
    }
}

/* Where a set's candidates are from, for people. */
static const char *inventory_of(const struct wsd_task *task, const struct wsd_data *data)
{
    return data->inventory == WSD_OWN     ? "the training data"
           : data->inventory == WSD_NAMED ? inventory_name(task->inventory)
                                          : "WordNet";
}

static void mark_gold(const struct wsd_task *task, struct wsd_test *test)
{
    const struct wsd_data *data = test->data;
    uint32_t n = wsd_n(test);
    test->right = mem_array(test->first_right[n] + 1, 1);
    test->seen = mem_array(n, 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_instance *instance = &data->instances[i];
        const struct wsd_group *group = wsd_group_of(task, test, i);
        for (uint32_t g = 0; g < instance->n_gold; g++) {
            const char *label = map_key(&data->labels, data->gold[instance->first_gold + g]);
            uint32_t sense = sense_of_label(task, data, instance, label);
            if (group && sense != WSD_NONE && sense >= group->first &&
                sense < group->first + group->n) {
                test->right[test->first_right[i] + sense - group->first] = 1;
            }
            test->seen[i] |= sense != WSD_NONE && task->senses[sense].count > 0;
        }
    }
    for (uint32_t l = 0; l < data->labels.n; l++) {
        const char *label = map_key(&data->labels, l);
        test->n_unknown_labels +=
            (data->inventory == WSD_WORDNET && !wordnet_find(task->wordnet, label)) ||
            (data->inventory == WSD_NAMED && !inventory_has_sense(task->inventory, label));
    }
    if (test->n_unknown_lemmas || test->n_unknown_labels) {
        log_warn("%s: %u instances have a lemma without candidates; %u gold labels are not in %s, "
                 "so that no candidate is one of them",
                 data->path, test->n_unknown_lemmas, test->n_unknown_labels,
                 inventory_of(task, data));
    }
}

char *wsd_no_candidates(const struct wsd_task *task, const struct wsd_test *test,
                        const char *option)
{
    const struct wsd_data *data = test->data;
    if (data->inventory == WSD_OWN && !test->trained) {
        return mem_format("%s: its labels (%s, …) are its own, not WordNet's, so its candidates "
                          "are the labels of training data; found none, expected --train CORPUS",
                          data->path, map_key(&data->labels, 0));
    }
    if (test->n_unknown_lemmas == wsd_n(test)) {
        return mem_format("%s: none of its %u instances has a lemma with candidates in %s (the "
                          "first is \"%s\")",
                          data->path, wsd_n(test), inventory_of(task, data),
                          data->instances[0].lemma);
    }
    if (test->n_unknown_labels == data->labels.n) {
        return mem_format("%s: none of its gold labels (%s, …) is in %s; expected %s=FILE, the "
                          "senses that its labels are from",
                          data->path, map_key(&data->labels, 0), inventory_of(task, data), option);
    }
    return NULL;
}

/* Labels that the classes lack, each once: of the candidates and of the gold. */
static void list_unclassed(const struct wsd_task *task, const struct wsd_test *test,
                           struct map *unclassed)
{
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        for (uint32_t c = 0; group && c < group->n; c++) {
            const char *label = wsd_label(task, group, c);
            if (!sense_class(task->classes, label)) {
                map_put_text(unclassed, label);
            }
        }
    }
    for (uint32_t l = 0; l < test->data->labels.n; l++) {
        const char *label = map_key(&test->data->labels, l);
        if (!sense_class(task->classes, label)) {
            map_put_text(unclassed, label);
        }
    }
}

/* Every sense that can be an answer must have a class, unless it may be one of its own. */
static int check_classes(const struct wsd_task *task)
{
    struct map unclassed = {0};
    int status = 0;
    for (uint32_t t = 0; t < task->n_tests && task->classes; t++) {
        list_unclassed(task, &task->tests[t], &unclassed);
    }
    if (unclassed.n > 0 && !task->classes_alone) {
        status = error_set(ERR_REQUEST,
                           "%s: lacks %u of the senses of the data, the first \"%s\"; --set "
                           "wsd.unclassed=alone makes each a class of its own",
                           sense_classes_name(task->classes), unclassed.n, map_key(&unclassed, 0));
    } else if (unclassed.n > 0) {
        log_warn("%s: lacks %u of the senses of the data, the first \"%s\": each is a class of its "
                 "own",
                 sense_classes_name(task->classes), unclassed.n, map_key(&unclassed, 0));
    }
    map_finish(&unclassed);
    return status;
}

/* Numbers of the training sets' labels among the candidates, gold entry by gold entry (a label of
 * one's own is a sense of the lemma it is used with), and how often each was used. */
static void count_training(struct wsd_task *task)
{
    task->train_sense = mem_array(task->train.n + 1u, sizeof *task->train_sense);
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *train = task->train.sets[t];
        uint32_t *numbers = mem_array(train->n_gold + 1, sizeof *numbers);
        task->train_sense[t] = numbers;
        uint32_t *of_label = mem_array(train->labels.n + 1u, sizeof *of_label);
        for (uint32_t l = 0; train->inventory == WSD_WORDNET && l < train->labels.n; l++) {
            uint32_t number = map_find_text(&task->labels, map_key(&train->labels, l));
            of_label[l] = number == MAP_NONE ? WSD_NONE : number;
        }
        for (size_t i = 0; i < train->n_instances; i++) {
            const struct wsd_instance *instance = &train->instances[i];
            for (uint32_t g = instance->first_gold; g < instance->first_gold + instance->n_gold;
                 g++) {
                numbers[g] = train->inventory == WSD_WORDNET
                                 ? of_label[train->gold[g]]
                                 : sense_of_label(task, train, instance,
                                                  map_key(&train->labels, train->gold[g]));
                if (numbers[g] != WSD_NONE) {
                    task->senses[numbers[g]].count++;
                }
            }
        }
        free(of_label);
    }
    for (uint32_t g = 0; g < task->n_groups; g++) {
        struct wsd_group *group = &task->groups[g];
        for (uint32_t c = 0; c < group->n; c++) {
            uint32_t count = task->senses[group->first + c].count;
            group->count += count;
            if (count > task->senses[group->first + group->mfs].count) {
                group->mfs = c;
            }
        }
    }
}

/* Few-shot training: of a sense's c occurrences at most `shots` stay, spread evenly over the
 * corpus. */
static void limit_shots(struct wsd_task *task, uint64_t shots)
{
    uint64_t *met = mem_array(task->labels.n + 1u, sizeof *met);
    for (uint32_t t = 0; t < task->train.n; t++) {
        for (size_t g = 0; g < task->train.sets[t]->n_gold; g++) {
            uint32_t *sense = &task->train_sense[t][g];
            if (*sense == WSD_NONE) {
                continue;
            }
            uint64_t count = task->senses[*sense].count, j = met[*sense]++;
            if (count > shots && j * shots / count == (j + 1) * shots / count) {
                *sense = WSD_NONE;
            }
        }
    }
    free(met);
}

static void add_senses_of(struct wsd_task *task, const struct wordnet_synset *synset)
{
    for (uint16_t i = 0; i < synset->n_senses; i++) {
        const char *key = wordnet_sense_at(task->wordnet, synset->senses[i])->key;
        if (map_find_text(&task->labels, key) == MAP_NONE) {
            add_sense(task, key, synset->senses[i]);
        }
    }
}

/* The senses of the candidates' synsets and of the synsets above: of no group, but trained. */
static void add_relatives(struct wsd_task *task)
{
    uint32_t n = task->labels.n;
    for (uint32_t s = 0; s < n; s++) {
        if (task->senses[s].wordnet != WORDNET_NONE) {
            const struct wordnet_synset *synset = wordnet_synset(
                task->wordnet, wordnet_sense_at(task->wordnet, task->senses[s].wordnet)->synset);
            add_senses_of(task, synset);
            for (uint16_t h = 0; h < synset->n_hypernyms; h++) {
                add_senses_of(task, wordnet_synset(task->wordnet, synset->hypernyms[h]));
            }
        }
    }
}

int wsd_task_create(const struct wsd_source *source, struct wsd_task **ret_task)
{
    struct wsd_task *task = mem_alloc(sizeof *task);
    task->suite = source->suite;
    task->train_names.are_of_training = true;
    int status = wordnet_open(source->wordnet, &task->wordnet);
    if (status == 0 && source->inventory) {
        status = inventory_open(source->inventory, &task->inventory);
    }
    if (status == 0 && source->classes) {
        task->classes_alone = source->classes_alone;
        status = sense_classes_open(source->classes, &task->classes);
    }
    if (status == 0) {
        status = wsd_read_tests(source, task);
    }
    if (status == 0) {
        status = wsd_read_train(source, task);
    }
    if (status) {
        wsd_task_free(task);
        return status;
    }
    for (uint32_t i = 0; i < task->n_tests; i++) {
        find_candidates(task, &task->tests[i]);
    }
    if (source->relatives) {
        add_relatives(task);
    }
    count_training(task);
    if (source->shots) {
        limit_shots(task, source->shots);
    }
    for (uint32_t i = 0; i < task->n_tests; i++) {
        mark_gold(task, &task->tests[i]);
        wsd_name_training(task, source->shots, &task->tests[i]);
        wsd_find_overlap(task, &task->tests[i]);
    }
    status = check_classes(task);
    if (status) {
        wsd_task_free(task);
        return status;
    }
    *ret_task = task;
    return 0;
}

void wsd_task_free(struct wsd_task *task)
{
    if (!task) {
        return;
    }
    for (uint32_t i = 0; i < task->n_tests; i++) {
        struct wsd_test *test = &task->tests[i];
        wsd_data_free(test->data);
        free(test->group);
        free(test->first_right);
        free(test->right);
        free(test->seen);
        free(test->train_names);
    }
    for (uint32_t t = 0; task->train_sense && t < task->train.n; t++) {
        free(task->train_sense[t]);
    }
    free(task->train_sense);
    free(task->tests);
    wsd_sets_finish(&task->train);
    set_names_finish(&task->train_names);
    map_finish(&task->groups_by_name);
    map_finish(&task->labels);
    free(task->groups);
    free(task->senses);
    wordnet_close(task->wordnet);
    inventory_close(task->inventory);
    sense_classes_close(task->classes);
    free(task);
}

const char *wsd_label(const struct wsd_task *task, const struct wsd_group *group, uint32_t c)
{
    const char *label = map_key(&task->labels, group->first + c);
    const char *blank = strrchr(label, ' '); /* a label of one's own carries its group's name */
    return blank ? blank + 1 : label;
}

bool wsd_definition(const struct wsd_task *task, const struct wsd_group *group, uint32_t c,
                    struct str *text)
{
    const struct wsd_sense *sense = &task->senses[group->first + c];
    if (sense->definition) {
        str_add(text, sense->definition);
    } else if (sense->wordnet != WORDNET_NONE) {
        const struct wordnet_sense *known = wordnet_sense_at(task->wordnet, sense->wordnet);
        wordnet_definition(wordnet_synset(task->wordnet, known->synset), text);
    }
    return sense->definition || sense->wordnet != WORDNET_NONE;
}
