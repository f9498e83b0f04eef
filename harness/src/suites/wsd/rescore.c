/* Scores a file of answers that some other program gave. */
#include "suites/shared/rescore.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/gold_key.h"
#include "suites/shared/figures.h"
#include "suites/wsd/common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Answers as read: a set of texts per id. */
struct answer_file {
    struct map ids;
    struct str *answers; /* [ids.n] distinct answers, each with a blank before it */
    size_t capacity;
    bool satellites; /* the keys of an adjective and of a satellite are one */
    bool keys_alone; /* the set at hand has no candidates that could be right: wsd_no_candidates */
};

/* What is wrong with the answers to one set. */
struct faults {
    uint32_t known;        /* ids of the file that the set has */
    uint32_t answers;      /* given to these */
    uint32_t no_candidate; /* of which no sense of their instance */
    uint32_t satellites;   /* of which would be one, but for %3 or %5 */
    uint32_t instances;    /* with no other answer than such */
    const char *first;     /* such an answer, and its instance */
    size_t first_length;
    const char *first_id;
};

/* Are two sense keys one? "able%3:00:00:x:00" and "able%5:00:00:x:00" are where the synset type of
 * satellites does not count. */
static bool same_key(struct slice a, struct slice b, bool satellites)
{
    if (a.n != b.n) {
        return false;
    }
    if (memcmp(a.text, b.text, a.n) == 0) {
        return true;
    }
    const char *sign = memchr(a.text, '%', a.n);
    size_t at = sign ? (size_t)(sign - a.text) + 1 : a.n;
    return satellites && at < a.n && strchr("35", a.text[at]) && strchr("35", b.text[at]) &&
           memcmp(a.text, b.text, at) == 0 &&
           memcmp(a.text + at + 1, b.text + at + 1, a.n - at - 1) == 0;
}

/* Is a word one of a text's words? */
static bool holds(const struct str *text, struct slice word, bool satellites)
{
    struct slice rest = {text->data, text->n}, one;
    while (text->n && slice_word(&rest, &one)) {
        if (same_key(one, word, satellites)) {
            return true;
        }
    }
    return false;
}

static int take_answer(void *ctx, uint32_t line, struct slice id, struct slice keys)
{
    struct answer_file *file = ctx;
    (void)line;
    uint32_t number = map_put(&file->ids, id.text, id.n);
    if ((size_t)number >= file->capacity) {
        size_t before = file->capacity;
        MEM_GROW(file->answers, file->capacity, number + 1);
        memset(file->answers + before, 0, (file->capacity - before) * sizeof *file->answers);
    }
    struct slice key;
    while (slice_word(&keys, &key)) {
        if (!holds(&file->answers[number], key, file->satellites)) {
            str_add_char(&file->answers[number], ' ');
            str_append(&file->answers[number], key.text, key.n);
        }
    }
    return 0;
}

static void answer_file_finish(struct answer_file *file)
{
    for (uint32_t i = 0; i < file->ids.n; i++) {
        str_finish(&file->answers[i]);
    }
    free(file->answers);
    map_finish(&file->ids);
}

static bool is_gold(const struct wsd_data *data, uint32_t instance, struct slice key,
                    bool satellites)
{
    const struct wsd_instance *of = &data->instances[instance];
    for (uint32_t g = 0; g < of->n_gold; g++) {
        const char *label = map_key(&data->labels, data->gold[of->first_gold + g]);
        if (same_key(slice_of(label), key, satellites)) {
            return true;
        }
    }
    return false;
}

static bool is_candidate(const struct wsd_task *task, const struct wsd_test *test,
                         uint32_t instance, struct slice key, bool satellites)
{
    const struct wsd_group *group = wsd_group_of(task, test, instance);
    for (uint32_t c = 0; group && c < group->n; c++) {
        if (same_key(slice_of(wsd_label(task, group, c)), key, satellites)) {
            return true;
        }
    }
    return is_gold(test->data, instance, key, satellites);
}

/* |A∩G| / |A| */
static double earned(const struct wsd_data *data, uint32_t instance, const struct str *answers,
                     bool satellites)
{
    struct slice rest = {answers->data, answers->n}, key;
    uint32_t n = 0, right = 0;
    while (slice_word(&rest, &key)) {
        n++;
        right += is_gold(data, instance, key, satellites);
    }
    return (double)right / n;
}

/* Counts an instance's answers that are none of its senses; false if all are. */
static bool count_answers(const struct wsd_task *task, const struct wsd_test *test,
                          uint32_t instance, const struct str *answers, bool satellites,
                          struct faults *faults)
{
    struct slice rest = {answers->data, answers->n}, key;
    bool any = false;
    while (slice_word(&rest, &key)) {
        faults->answers++;
        if (is_candidate(task, test, instance, key, satellites)) {
            any = true;
            continue;
        }
        if (faults->no_candidate++ == 0) {
            faults->first = key.text;
            faults->first_length = key.n;
            faults->first_id = test->data->instances[instance].id;
        }
        faults->satellites += is_candidate(task, test, instance, key, true);
    }
    faults->instances += !any;
    return any;
}

static void own_protocol(const struct answer_file *file, struct protocol *ret_protocol)
{
    protocol_add(ret_protocol, PROTOCOL_METHOD, "predictions");
    if (file->satellites) {
        protocol_add(ret_protocol, PROTOCOL_SATELLITES, "3=5");
    }
}

/* What share of the file's ids the set lacks, and of its answers are no senses of their instance.
 */
static void report_faults(const struct suite_run *run, const struct wsd_test *test,
                          const struct answer_file *file, const char *name,
                          const struct faults *faults)
{
    const struct figure row = {.suite = "wsd",
                               .dataset = test->data->name,
                               .embedder = name,
                               .kind = "predictions",
                               .method = "predictions"};
    struct protocol protocol = {0}, own = {0};
    own_protocol(file, &own);
    protocol_begin(&protocol, "wsd", test->data->name, wsd_n(test));
    protocol_append(&protocol, &own, PROTOCOL_OTHER);
    const struct measured unknown = {
        "unknown-ids", SPLIT_ALL,   NULL,         1 - (double)faults->known / file->ids.n,
        {NAN, NAN},    file->ids.n, faults->known};
    figures_row(run, &row, &protocol, &unknown);
    if (faults->answers > 0 && !file->keys_alone) {
        const struct measured no_candidate = {"no-candidate",
                                              SPLIT_ALL,
                                              NULL,
                                              (double)faults->no_candidate / faults->answers,
                                              {NAN, NAN},
                                              faults->answers,
                                              faults->answers - faults->no_candidate};
        figures_row(run, &row, &protocol, &no_candidate);
    }
    protocol_finish(&own);
    protocol_finish(&protocol);
}

static void warn_of(const struct answer_file *file, const struct wsd_test *test, const char *path,
                    const struct faults *faults)
{
    if (faults->known > 0 && faults->known < file->ids.n) {
        log_warn("%s: %u of its %u ids are not in %s and are ignored", path,
                 file->ids.n - faults->known, file->ids.n, test->data->name);
    }
    if (faults->no_candidate == 0 || file->keys_alone) {
        return;
    }
    log_warn("%s: %s%u of %u answers are no sense of their instance and count as wrong; the first: "
             "%s %.*s",
             path, faults->no_candidate == faults->answers ? "all, " : "", faults->no_candidate,
             faults->answers, faults->first_id, (int)faults->first_length, faults->first);
    if (faults->satellites > 0) {
        log_warn("%s: %u of these would be one except for %%3 or %%5 of an adjective; --satellites "
                 "treats them as the same",
                 path, faults->satellites);
    }
}

static struct faults score_test(const struct suite_run *run, const struct wsd_task *task,
                                const struct wsd_test *test, const struct answer_file *file,
                                const char *name)
{
    uint32_t n = wsd_n(test);
    struct faults faults = {0};
    struct wsd_answer *answers = mem_array(n + 1u, sizeof *answers);
    uint8_t *answered = mem_array(n + 1u, 1);
    const char **texts = mem_array(n + 1u, sizeof *texts);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = map_find_text(&file->ids, test->data->instances[i].id);
        answers[i] = (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = WSD_EMPTY};
        if (number != MAP_NONE) {
            const struct str *given = &file->answers[number];
            bool any = count_answers(task, test, i, given, file->satellites, &faults);
            answered[i] = 1;
            answers[i].expected = earned(test->data, i, given, file->satellites);
            answers[i].status = any || file->keys_alone ? WSD_OK : WSD_NO_CANDIDATE;
            texts[i] = given->data + 1;
            faults.known++;
        }
    }
    struct protocol protocol = {0};
    own_protocol(file, &protocol);
    struct wsd_answers system = {.method = "predictions",
                                 .protocol = &protocol,
                                 .answers = answers,
                                 .answered = answered,
                                 .texts = texts,
                                 .name = name};
    if (faults.known > 0) {
        wsd_report(run, task, test, &system, 1);
        report_faults(run, test, file, name, &faults);
    }
    protocol_finish(&protocol);
    free(answers);
    free(answered);
    free(texts);
    return faults;
}

/* No id of the file is one of any set's. */
static int nothing_matches(const struct answer_file *file, const struct wsd_task *task,
                           const char *path)
{
    if (file->ids.n == 0) {
        return error_set(ERR_REQUEST,
                         "%s: found no answer, expected lines `INSTANCE_ID KEY [KEY…]`", path);
    }
    const struct wsd_data *data = task->tests[0].data;
    return error_set(
        ERR_REQUEST,
        "%s: none of its %u ids is an instance of %s; its first is \"%s\", that of the "
        "set \"%s\"",
        path, file->ids.n, data->name, map_key(&file->ids, 0),
        data->n_instances ? data->instances[0].id : "");
}

/* The framework's scorer compares keys, and knows no inventory: what is scored by it is what was
 * published, whatever senses the program has. */
static bool has_keys_alone(const struct wsd_task *task, const struct wsd_test *test)
{
    char *why = wsd_no_candidates(task, test, "--inventory");
    if (why) {
        log_warn("%s; answers are scored by their keys alone, without baselines and without a look "
                 "at what is no sense of its instance",
                 why);
    }
    bool none = why != NULL;
    free(why);
    return none;
}

static int score_all(const struct suite_request *request, const struct wsd_task *task,
                     struct answer_file *file, const char *path, const char *name,
                     struct result_sink *sink)
{
    struct suite_run run = {request, NULL, NULL, sink};
    uint32_t known = 0;
    int status = wsd_report_baselines(&run, task);
    for (uint32_t t = 0; status == 0 && t < task->n_tests; t++) {
        file->keys_alone = has_keys_alone(task, &task->tests[t]);
        struct faults faults = score_test(&run, task, &task->tests[t], file, name);
        warn_of(file, &task->tests[t], path, &faults);
        known += faults.known;
    }
    return status || known ? status : nothing_matches(file, task, path);
}

int rescore_answers(const struct suite_request *request, const char *answers_path, const char *name,
                    const struct rescore_how *how, struct result_sink *sink)
{
    const struct rescore_gold *gold = how->gold;
    struct answer_file file = {.satellites = how->satellites};
    struct wsd_task *task = NULL;
    struct wsd_source source = {
        .suite = "wsd",
        .datasets = request->datasets,
        .n_datasets = request->n_datasets,
        .train = request->train,
        .n_train = request->n_train,
        .wordnet = request->wordnet,
        .inventory = how->inventory,
        .gold = gold ? gold->path : NULL,
        .gold_name = gold ? gold->name : NULL,
    };
    int status = gold_key_read(answers_path, take_answer, &file);
    status = status ? status : wsd_task_create(&source, &task);
    status = status ? status : score_all(request, task, &file, answers_path, name, sink);
    wsd_task_free(task);
    answer_file_finish(&file);
    return status;
}
