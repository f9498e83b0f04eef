/* Measures how far senses are mixed within surface forms, and so what the ceiling says. */
#include "suites/wsd/ceiling.h"

#include "base/mem.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>

struct sharpness {
    uint32_t n, n_mixed, n_lemmas;
};

static bool counts_in(const struct wsd_test *test, uint32_t part, uint32_t i)
{
    return test->group[i] != WSD_NONE &&
           (part == WSD_NONE || test->data->instances[i].part == part);
}

static struct sharpness measure(const struct wsd_task *task, const struct wsd_test *test,
                                const struct wsd_classes *classes, uint32_t part)
{
    struct sharpness sharpness = {0};
    uint32_t *size = mem_array(classes->n + 1u, sizeof *size);
    uint8_t *met = mem_array(task->n_groups + 1u, 1); /* lemma and part of speech */
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        if (counts_in(test, part, i)) {
            size[classes->class_of[i]]++;
            sharpness.n++;
            sharpness.n_lemmas += !met[test->group[i]];
            met[test->group[i]] = 1;
        }
    }
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        uint32_t class = classes->class_of[i], best = 0;
        const struct wsd_group *group = wsd_group_of(task, test, i);
        for (uint32_t c = 0; group && c < group->n; c++) {
            uint32_t right = classes->counts[classes->first[class] + c];
            best = right > best ? right : best;
        }
        sharpness.n_mixed += counts_in(test, part, i) && best < size[class];
    }
    free(met);
    free(size);
    return sharpness;
}

static char *name_of(const struct wsd_data *data, uint32_t part)
{
    return part == WSD_NONE ? mem_text(data->name) : wsd_part_name(data, part);
}

void wsd_report_sharpness(const struct suite_run *run, const struct wsd_task *task,
                          const struct wsd_test *test, const struct wsd_classes *classes,
                          uint32_t part)
{
    struct sharpness of = measure(task, test, classes, part);
    if (of.n == 0) {
        return;
    }
    double share = (double)of.n_mixed / of.n, occurrences = (double)of.n / of.n_lemmas;
    bool sharp = share >= WSD_SHARP_SHARE;
    char *dataset = name_of(test->data, part);
    struct protocol protocol = {0};
    protocol_begin(&protocol, task->suite, dataset, of.n);
    protocol_add(&protocol, PROTOCOL_METHOD, "static-ceiling");
    protocol_format(&protocol, PROTOCOL_OCCURRENCES, "%.2f", occurrences);
    protocol_format(&protocol, PROTOCOL_MIXED_SHARE, "%.4f", share);
    protocol_format(&protocol, PROTOCOL_SHARP_FROM, "%g", WSD_SHARP_SHARE);
    protocol_add(&protocol, PROTOCOL_CEILING, sharp ? "sharp" : "loose");
    const struct figure row = {.suite = task->suite,
                               .dataset = dataset,
                               .embedder = "baseline",
                               .kind = "baseline",
                               .method = "static-ceiling"};
    const struct {
        const char *metric;
        double value;
    } said[] = {{"mixed-share", share},
                {"occurrences-per-lemma", occurrences},
                {"ceiling-sharp", sharp ? 1 : 0}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const struct measured figure = {said[i].metric, SPLIT_ALL, NULL, said[i].value,
                                        {NAN, NAN},     of.n,      of.n};
        figures_row(run, &row, &protocol, &figure);
    }
    protocol_finish(&protocol);
    free(dataset);
}
