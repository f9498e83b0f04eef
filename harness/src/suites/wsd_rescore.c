#include "suites/rescore.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/gold_key.h"
#include "suites/wsd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Answers as read: a set of texts per id. */
struct answer_file {
    struct map ids;
    struct str *answers; /* [ids.n] distinct answers, each with a blank before it */
    size_t capacity;
};

/* Is a word one of a text's words? */
static bool holds(const struct str *text, struct slice word)
{
    struct slice rest = {text->data, text->n}, one;
    while (text->n && slice_word(&rest, &one)) {
        if (one.n == word.n && memcmp(one.text, word.text, word.n) == 0) {
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
        if (!holds(&file->answers[number], key)) {
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

/* |A∩G| / |A| */
static double earned(const struct wsd_data *data, uint32_t instance, const struct str *answers)
{
    const struct wsd_instance *of = &data->instances[instance];
    struct slice rest = {answers->data, answers->n}, key;
    uint32_t n = 0, right = 0;
    while (slice_word(&rest, &key)) {
        uint32_t label = map_find(&data->labels, key.text, key.n);
        n++;
        for (uint32_t g = 0; label != MAP_NONE && g < of->n_gold; g++) {
            right += data->gold[of->first_gold + g] == label;
        }
    }
    return (double)right / n;
}

/* Returns how many of the file's ids the set has. */
static uint32_t score_test(const struct suite_run *run, const struct wsd_task *task,
                           const struct wsd_test *test, const struct answer_file *file,
                           const char *name)
{
    uint32_t n = wsd_n(test), n_answered = 0;
    struct wsd_answer *answers = mem_array(n + 1u, sizeof *answers);
    uint8_t *answered = mem_array(n + 1u, 1);
    const char **texts = mem_array(n + 1u, sizeof *texts);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = map_find_text(&file->ids, test->data->instances[i].id);
        answers[i] = (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = WSD_OK};
        if (number != MAP_NONE) {
            answered[i] = 1;
            answers[i].expected = earned(test->data, i, &file->answers[number]);
            texts[i] = file->answers[number].data + 1;
            n_answered++;
        } else {
            answers[i].status = WSD_BACKOFF;
        }
    }
    struct wsd_answers system = {.method = "predictions",
                                 .signature = "predictions",
                                 .answers = answers,
                                 .answered = answered,
                                 .texts = texts,
                                 .name = name};
    wsd_report(run, task, test, &system, 1);
    free(answers);
    free(answered);
    free(texts);
    return n_answered;
}

int rescore_answers(const struct suite_request *request, const char *answers_path, const char *name,
                    const char *gold, struct result_sink *sink)
{
    struct answer_file file = {0};
    struct wsd_task *task = NULL;
    struct wsd_source source = {
        .suite = "wsd",
        .datasets = request->datasets,
        .n_datasets = request->n_datasets,
        .train = request->train,
        .n_train = request->n_train,
        .wordnet = request->wordnet,
        .gold = gold,
    };
    int code = gold_key_read(answers_path, take_answer, &file);
    if (code == 0) {
        code = wsd_task_create(&source, &task);
    }
    if (code == 0) {
        struct suite_run run = {request, NULL, NULL, sink};
        code = wsd_report_baselines(&run, task);
        for (uint32_t t = 0; t < task->n_tests; t++) {
            uint32_t known = score_test(&run, task, &task->tests[t], &file, name);
            if (known < file.ids.n) {
                log_warn("%s: %u of its %u ids are not in %s and are ignored", answers_path,
                         file.ids.n - known, file.ids.n, task->tests[t].data->name);
            }
        }
    }
    wsd_task_free(task);
    answer_file_finish(&file);
    return code;
}
