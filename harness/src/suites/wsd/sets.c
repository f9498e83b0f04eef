/* Reads test and training sets of a task, thins them, and names them and their overlap. */
#include "suites/wsd/sets.h"

#include "suites/wsd/common.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/gold_key.h"
#include "data/unicode.h"
#include "data/wsd_xml.h"
#include "data/wsd_read.h"
#include "suites/shared/set_names.h"
#include "suites/shared/text_overlap.h"

#include <stdlib.h>
#include <string.h>

/* Which instances of a set stay: every step-th, at most `limit`. */
struct thinning {
    uint64_t step, limit; /* 0 = all */
};

/* The variant of a prepared set: "all", or "every:N"; the usage examples are thinned to every tenth
 * unless asked otherwise, so that the main job stays short. */
static int thinning_of(const char *name, const char *variant, uint64_t limit, struct thinning *thin)
{
    *thin = (struct thinning){1, limit};
    if (!variant) {
        thin->step = strcmp(name, "wordnet-examples") == 0 ? 10 : 1;
        return 0;
    }
    if (strcmp(variant, "all") == 0) {
        return 0;
    }
    if (!text_starts(variant, "every:") || !num_uint(slice_of(variant + 6), &thin->step) ||
        thin->step == 0) {
        return error_set(ERR_REQUEST,
                         "data set \"%s\": found variant \"%s\", expected all or every:N", name,
                         variant);
    }
    return 0;
}

/* "wordnet-examples:all": rows of different shares of a set must not look alike. */
static void add_variant(struct wsd_data *data, const char *variant)
{
    if (variant) {
        char *name = mem_format("%s:%s", data->name, variant);
        free(data->name);
        data->name = name;
    }
}

static void add_names(struct set_names *names, const char *asked, const struct wsd_sets *sets,
                      uint32_t first)
{
    for (uint32_t i = first; i < sets->n; i++) {
        set_names_add(names, asked, sets->sets[i]->path, sets->sets[i]->name);
    }
}

/* The sets' names, and those of their parts. */
static int name_sets(struct set_names *names, const char *suite, struct wsd_sets *sets)
{
    int status = set_names_settle(names, suite);
    for (uint32_t i = 0; status == 0 && i < sets->n; i++) {
        set_names_put(names, i, &sets->sets[i]->name);
    }
    for (uint32_t i = 0; status == 0 && i < sets->n && !names->are_of_training; i++) {
        const struct wsd_data *data = sets->sets[i];
        for (uint32_t p = 0; status == 0 && data->n_parts > 1 && p < data->n_parts; p++) {
            char *part = wsd_part_name(data, p), *without = wsd_without_name(data, p);
            status = set_names_derive(names, suite, i, part);
            if (status == 0 && strcmp(data->parts[p], WSD_CUSTOMARY_DEV) == 0) {
                status = set_names_derive(names, suite, i, without);
            }
            free(without);
            free(part);
        }
    }
    return status;
}

char *wsd_part_name(const struct wsd_data *data, uint32_t part)
{
    return mem_format("%s/%s", data->name, data->parts[part]);
}

char *wsd_without_name(const struct wsd_data *data, uint32_t part)
{
    return mem_format("%s-without-%s", data->name, data->parts[part]);
}

/* Which word of the request named each test set. */
static void note_words(const struct wsd_source *source, const struct set_names *names,
                       struct wsd_task *task)
{
    for (uint32_t t = 0; t < task->n_tests; t++) {
        while (task->tests[t].asked < source->n_datasets &&
               source->datasets[task->tests[t].asked] != names->entries[t].asked) {
            task->tests[t].asked++;
        }
    }
}

/* The sets from number `first` on have the senses of the request's file, but those that bring a
 * list. */
static void use_inventory(const struct wsd_task *task, const struct wsd_sets *sets, uint32_t first)
{
    for (uint32_t i = first; task->inventory && i < sets->n; i++) {
        if (sets->sets[i]->inventory != WSD_LISTED) {
            sets->sets[i]->inventory = WSD_NAMED;
        }
    }
}

/* Which set a file of gold keys may be of. */
struct gold_look {
    const struct wsd_data *data;
    bool any; /* it is */
};

/* A set with two names brings its training part once. */
static bool is_read(const struct wsd_sets *sets, const char *path)
{
    bool any = false;
    for (uint32_t i = 0; i < sets->n; i++) {
        any = any || strcmp(sets->sets[i]->path, path) == 0;
    }
    return any;
}

/* Is an id of the gold file one of the set's instances? */
static int note_known(void *ctx, uint32_t line, struct slice id, struct slice keys)
{
    struct gold_look *look = ctx;
    (void)line;
    (void)keys;
    look->any = look->any || map_find(&look->data->ids, id.text, id.n) != MAP_NONE;
    return 0;
}

/* Other gold keys for a set, if they are of it; what they do not name is left out, and counted. */
static int relabel(const struct wsd_source *source, struct wsd_data *data, bool *done)
{
    struct gold_look look = {data, !source->gold_of_some};
    size_t before = data->n_instances;
    TRY(look.any ? 0 : gold_key_read(source->gold, note_known, &look));
    if (!look.any) {
        return 0;
    }
    *done = true;
    TRY(wsd_data_relabel(data, source->gold_name, source->gold));
    if (data->n_instances < before) {
        log_warn("%s: names %zu of the %zu instances of %s; the others are left out", source->gold,
                 data->n_instances, before, data->path);
    }
    return 0;
}

int wsd_read_tests(const struct wsd_source *source, struct wsd_task *task)
{
    bool relabelled = !source->gold;
    struct wsd_sets sets = {0};
    struct set_names names = {0};
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < source->n_datasets; i++) {
        char *path, *variant;
        status = suite_locate(source->datasets[i], &path, &variant);
        if (status) {
            break;
        }
        uint32_t first = sets.n;
        status = wsd_read(path, false, &sets);
        use_inventory(task, &sets, first);
        for (uint32_t s = first; status == 0 && s < sets.n; s++) {
            struct thinning thin;
            status = thinning_of(sets.sets[s]->name, variant, source->limit, &thin);
            if (status == 0) {
                wsd_data_thin(sets.sets[s], thin.step, thin.limit);
                add_variant(sets.sets[s], variant);
                status = source->gold ? relabel(source, sets.sets[s], &relabelled) : 0;
            }
        }
        add_names(&names, source->datasets[i], &sets, first);
        if (status == 0 && wsd_brings_training(path) && !is_read(&task->train, path)) {
            first = task->train.n;
            status = wsd_read(path, true, &task->train);
            use_inventory(task, &task->train, first);
            add_names(&task->train_names, source->datasets[i], &task->train, first);
        }
        free(path);
        free(variant);
    }
    if (status == 0 && !relabelled) {
        status = error_set(ERR_REQUEST, "%s: names no instance of any data set", source->gold);
    }
    status = status ? status : name_sets(&names, source->suite, &sets);
    task->tests = mem_array(sets.n + 1u, sizeof *task->tests);
    task->n_tests = sets.n;
    for (uint32_t i = 0; i < sets.n; i++) {
        task->tests[i].data = sets.sets[i];
    }
    note_words(source, &names, task);
    set_names_finish(&names);
    free(sets.sets);
    return status;
}

int wsd_read_train(const struct wsd_source *source, struct wsd_task *task)
{
    for (uint32_t i = 0; i < source->n_train; i++) {
        char *path, *variant;
        int status = suite_locate(source->train[i], &path, &variant);
        if (status) {
            return error_context(status, "training corpus");
        }
        uint32_t first = task->train.n;
        status = wsd_read(path, true, &task->train);
        use_inventory(task, &task->train, first);
        add_names(&task->train_names, source->train[i], &task->train, first);
        free(path);
        free(variant);
        if (status) {
            return status;
        }
    }
    return name_sets(&task->train_names, source->suite, &task->train);
}

/* Do the labels of a corpus name the senses that a test set asks for? */
static bool trains(const struct wsd_data *train, const struct wsd_data *test)
{
    return train->inventory == test->inventory &&
           (train->inventory != WSD_LISTED || strcmp(train->path, test->path) == 0);
}

void wsd_find_overlap(const struct wsd_task *task, struct wsd_test *test)
{
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *train = task->train.sets[t];
        if (trains(train, test->data)) {
            struct text_overlap overlap = text_overlap_wsd(test->data, train);
            text_overlap_warn(&overlap, test->data->path, train->path);
            test->n_trained_on += overlap.instances;
        }
    }
}

void wsd_name_training(const struct wsd_task *task, uint64_t shots, struct wsd_test *test)
{
    struct str names = {0};
    for (uint32_t t = 0; t < task->train.n; t++) {
        if (trains(task->train.sets[t], test->data)) {
            str_format(&names, "%s%s", test->trained ? "+" : "", task->train.sets[t]->name);
            test->trained = true;
        }
    }
    if (test->trained && shots) {
        str_format(&names, ":shots-%llu", (unsigned long long)shots);
    }
    test->train_names = mem_text(test->trained ? str_text(&names) : "none");
    str_finish(&names);
}
