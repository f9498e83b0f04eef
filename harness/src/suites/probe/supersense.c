/* One classifier for all lemmas: its classes are supersenses, WordNet's lexicographer files. */
#include "suites/probe/probe.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By number: lexnames(5WN). */
static const char *const names[] = {
    "adj.all",          "adj.pert",           "adv.all",
    "noun.Tops",        "noun.act",           "noun.animal",
    "noun.artifact",    "noun.attribute",     "noun.body",
    "noun.cognition",   "noun.communication", "noun.event",
    "noun.feeling",     "noun.food",          "noun.group",
    "noun.location",    "noun.motive",        "noun.object",
    "noun.person",      "noun.phenomenon",    "noun.plant",
    "noun.possession",  "noun.process",       "noun.quantity",
    "noun.relation",    "noun.shape",         "noun.state",
    "noun.substance",   "noun.time",          "verb.body",
    "verb.change",      "verb.cognition",     "verb.communication",
    "verb.competition", "verb.consumption",   "verb.contact",
    "verb.creation",    "verb.emotion",       "verb.motion",
    "verb.perception",  "verb.possession",    "verb.social",
    "verb.stative",     "verb.weather",       "adj.ppl",
};
enum { N_SUPERSENSES = sizeof names / sizeof *names };

/* Of a sense key, "bank%1:17:01::": the number behind the first colon. N_SUPERSENSES: none. */
static uint32_t supersense_of(const char *key)
{
    const char *percent = strrchr(key, '%');
    const char *colon = percent ? strchr(percent, ':') : NULL;
    char *end;
    unsigned long number = colon ? strtoul(colon + 1, &end, 10) : N_SUPERSENSES;
    return number < N_SUPERSENSES ? (uint32_t)number : N_SUPERSENSES;
}

bool probe_has_supersenses(const struct wsd_test *test)
{
    return test->data->inventory == WSD_WORDNET;
}

static bool is_gold(const struct wsd_test *test, uint32_t i, uint32_t supersense)
{
    const struct wsd_data *data = test->data;
    const struct wsd_instance *instance = &data->instances[i];
    bool any = false;
    for (uint32_t g = instance->first_gold; g < instance->first_gold + instance->n_gold; g++) {
        any = any || supersense_of(map_key(&data->labels, data->gold[g])) == supersense;
    }
    return any;
}

/* A training occurrence with its lemma. */
struct drawn {
    const struct probe_occurrence *occurrence;
    uint32_t group;
};

/* All known training occurrences of the test set's lemmas, evenly thinned to `most`, shuffled. */
static struct drawn *list_training(const struct probe_case *of, uint32_t *ret_n)
{
    const struct probe_data *data = of->data;
    struct drawn *list = NULL;
    size_t capacity = 0;
    uint64_t n = 0, most = data->run->state->most;
    for (uint32_t g = 0; g < data->task->n_groups; g++) {
        for (uint32_t o = 0; probe_n_instances(of, g) && o < data->n_of_group[g]; o++) {
            const struct probe_occurrence *occurrence = &data->of_group[g][o];
            if (probe_has_row(of, &data->training[occurrence->set], occurrence->row)) {
                MEM_GROW(list, capacity, n + 1);
                list[n++] = (struct drawn){occurrence, g};
            }
        }
    }
    for (uint64_t j = 0; n > most && j < most; j++) {
        list[j] = list[j * n / most];
    }
    n = n > most ? most : n;
    struct rng rng;
    rng_init(&rng, data->run->request->seed, data->task->n_groups);
    for (uint64_t i = n; i > 1; i--) {
        struct drawn last = list[i - 1];
        uint64_t j = rng_below(&rng, i);
        list[i - 1] = list[j];
        list[j] = last;
    }
    *ret_n = (uint32_t)n;
    return list;
}

static void add_training(const struct probe_case *of, const struct drawn *list,
                         struct probe_problem *problem)
{
    const struct probe_data *data = of->data;
    uint32_t class_of[N_SUPERSENSES];
    memset(class_of, 0xff, sizeof class_of);
    for (uint32_t i = 0; i < problem->n_train; i++) {
        const struct probe_occurrence *occurrence = list[i].occurrence;
        uint32_t number = supersense_of(map_key(&data->task->labels, occurrence->sense));
        if (class_of[number] == WSD_NONE) {
            class_of[number] = problem->n_classes;
            problem->classes[problem->n_classes++] = number;
        }
        problem->labels[i] = class_of[number];
        probe_copy_row(of, &data->training[occurrence->set], occurrence->row,
                       problem->train + (size_t)i * problem->dim);
    }
    for (uint32_t i = 0; i < problem->n_train; i++) {
        problem->controls[i] =
            probe_draw(data, UINT64_MAX, list[i].group, problem->labels, problem->n_train);
    }
}

bool probe_supersense_problem(const struct probe_case *of, struct probe_problem *ret)
{
    struct probe_problem problem = {.dim = of->data->dim};
    uint32_t n = wsd_n(of->test);
    struct drawn *list = list_training(of, &problem.n_train);
    problem.classes = mem_array(N_SUPERSENSES, sizeof *problem.classes);
    problem.train = mem_array((size_t)problem.n_train * problem.dim + 1, sizeof(float));
    problem.labels = mem_array(problem.n_train + 1u, sizeof *problem.labels);
    problem.controls = mem_array(problem.n_train + 1u, sizeof *problem.controls);
    add_training(of, list, &problem);
    free(list);
    if (problem.n_classes < 2) {
        probe_problem_finish(&problem);
        return false;
    }
    problem.test = mem_array((size_t)n * problem.dim + 1, sizeof(float));
    problem.instances = mem_array(n + 1u, sizeof *problem.instances);
    problem.asked = mem_array(n + 1u, sizeof *problem.asked);
    for (uint32_t i = 0; i < n; i++) {
        if (of->test->group[i] != WSD_NONE && probe_has_row(of, of->vectors, i)) {
            uint32_t t = problem.n_test++;
            probe_copy_row(of, of->vectors, i, problem.test + (size_t)t * problem.dim);
            problem.instances[t] = i;
            problem.asked[t] = probe_draw(of->data, UINT64_MAX, of->test->group[i], problem.labels,
                                          problem.n_train);
        }
    }
    *ret = problem;
    return true;
}

void probe_supersense_take(const struct probe_case *of, const struct probe_problem *problem,
                           const double *probabilities, const double *control,
                           struct probe_outcome *outcome)
{
    for (uint32_t t = 0; t < problem->n_test; t++) {
        uint32_t i = problem->instances[t], best = 0, best_control = 0;
        size_t row = (size_t)t * problem->n_classes;
        for (uint32_t k = 1; k < problem->n_classes; k++) {
            best = probabilities[row + k] > probabilities[row + best] ? k : best;
            best_control =
                control && control[row + k] > control[row + best_control] ? k : best_control;
        }
        outcome->answers[i] = (struct wsd_answer){
            .score = probabilities[row + best],
            .expected = is_gold(of->test, i, problem->classes[best]),
            .choice = WSD_NONE,
            .status = WSD_OK,
        };
        outcome->texts[i] = names[problem->classes[best]];
        outcome->answered[i] = outcome->probed[i] = 1;
        outcome->control[i] = control && best_control == problem->asked[t];
    }
}

void probe_report_first_supersense(const struct suite_run *run, const struct wsd_task *task,
                                   const struct wsd_test *test)
{
    uint32_t n = wsd_n(test);
    struct wsd_answer *answers = mem_array(n + 1u, sizeof *answers);
    uint8_t *answered = mem_array(n + 1u, 1);
    const char **texts = mem_array(n + 1u, sizeof *texts);
    for (uint32_t i = 0; i < n; i++) {
        const struct wsd_group *group = wsd_group_of(task, test, i);
        uint32_t first = group ? supersense_of(wsd_label(task, group, 0)) : N_SUPERSENSES;
        answered[i] = first < N_SUPERSENSES;
        texts[i] = answered[i] ? names[first] : NULL;
        answers[i] = (struct wsd_answer){.score = NAN,
                                         .expected = answered[i] && is_gold(test, i, first),
                                         .choice = WSD_NONE,
                                         .status = answered[i] ? WSD_OK : WSD_NO_LEMMA};
    }
    struct protocol protocol = {0};
    protocol_add(&protocol, PROTOCOL_METHOD, "supersense-first-sense");
    struct wsd_answers system = {.method = "supersense-first-sense",
                                 .protocol = &protocol,
                                 .answers = answers,
                                 .answered = answered,
                                 .texts = texts,
                                 .candidates = "supersenses",
                                 .is_baseline = true};
    wsd_report(run, task, test, &system, 1);
    protocol_finish(&protocol);
    free(texts);
    free(answered);
    free(answers);
}
