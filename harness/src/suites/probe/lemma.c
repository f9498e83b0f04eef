/* A classifier a lemma: its classes are the senses that training has of it. */
#include "suites/probe/probe.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* Known training occurrences, and their senses as candidate numbers in the order met. */
static uint32_t list_classes(const struct probe_case *of, uint32_t group, uint32_t *classes,
                             uint32_t *ret_n_train)
{
    const struct probe_data *data = of->data;
    const struct wsd_group *lemma = &data->task->groups[group];
    uint32_t n_classes = 0, n_train = 0;
    uint8_t *seen = mem_array(lemma->n + 1u, 1);
    for (uint32_t o = 0; o < data->n_of_group[group]; o++) {
        const struct probe_occurrence *occurrence = &data->of_group[group][o];
        uint32_t candidate = occurrence->sense - lemma->first;
        if (!probe_has_row(of, &data->training[occurrence->set], occurrence->row)) {
            continue;
        }
        n_train++;
        if (!seen[candidate]) {
            seen[candidate] = 1;
            classes[n_classes++] = candidate;
        }
    }
    free(seen);
    *ret_n_train = n_train;
    return n_classes;
}

static void add_training(const struct probe_case *of, uint32_t group, struct probe_problem *problem)
{
    const struct probe_data *data = of->data;
    const struct wsd_group *lemma = &data->task->groups[group];
    uint32_t n = 0, *class_of = mem_array(lemma->n + 1u, sizeof *class_of);
    uint32_t *types = mem_array(problem->n_train + 1u, sizeof *types);
    for (uint32_t k = 0; k < problem->n_classes; k++) {
        class_of[problem->classes[k]] = k;
    }
    for (uint32_t o = 0; o < data->n_of_group[group]; o++) {
        const struct probe_occurrence *occurrence = &data->of_group[group][o];
        const struct probe_vectors *vectors = &data->training[occurrence->set];
        if (probe_has_row(of, vectors, occurrence->row)) {
            probe_copy_row(of, vectors, occurrence->row, problem->train + (size_t)n * problem->dim);
            problem->labels[n] = class_of[occurrence->sense - lemma->first];
            types[n++] = vectors->types[occurrence->row];
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        problem->controls[i] = probe_draw(data, group, types[i], problem->labels, n);
    }
    free(types);
    free(class_of);
}

static void add_test(const struct probe_case *of, uint32_t group, struct probe_problem *problem)
{
    for (uint32_t j = of->first_of_group[group]; j < of->first_of_group[group + 1]; j++) {
        uint32_t i = of->instances[j], n = problem->n_test;
        if (probe_has_row(of, of->vectors, i)) {
            probe_copy_row(of, of->vectors, i, problem->test + (size_t)n * problem->dim);
            problem->instances[n] = i;
            problem->asked[n] = probe_draw(of->data, group, of->vectors->types[i], problem->labels,
                                           problem->n_train);
            problem->n_test++;
        }
    }
}

bool probe_lemma_problem(const struct probe_case *of, uint32_t group, struct probe_problem *ret)
{
    uint32_t n_asked = probe_n_instances(of, group), dim = of->data->dim;
    struct probe_problem problem = {.dim = dim};
    problem.classes = mem_array(of->data->task->groups[group].n + 1u, sizeof *problem.classes);
    problem.n_classes = list_classes(of, group, problem.classes, &problem.n_train);
    if (n_asked == 0 || problem.n_classes < 2) {
        probe_problem_finish(&problem);
        return false;
    }
    problem.train = mem_array((size_t)problem.n_train * dim, sizeof(float));
    problem.labels = mem_array(problem.n_train, sizeof *problem.labels);
    problem.controls = mem_array(problem.n_train, sizeof *problem.controls);
    problem.test = mem_array((size_t)n_asked * dim, sizeof(float));
    problem.instances = mem_array(n_asked, sizeof *problem.instances);
    problem.asked = mem_array(n_asked, sizeof *problem.asked);
    add_training(of, group, &problem);
    add_test(of, group, &problem);
    *ret = problem;
    return true;
}

void probe_lemma_take(const struct probe_case *of, uint32_t group,
                      const struct probe_problem *problem, const double *probabilities,
                      const double *control, struct probe_outcome *outcome)
{
    const struct wsd_group *lemma = &of->data->task->groups[group];
    double *scores = mem_array(lemma->n, sizeof *scores);
    for (uint32_t t = 0; t < problem->n_test; t++) {
        uint32_t i = problem->instances[t], best = 0;
        size_t row = (size_t)t * problem->n_classes;
        for (uint32_t c = 0; c < lemma->n; c++) {
            scores[c] = NAN;
        }
        for (uint32_t k = 0; k < problem->n_classes; k++) {
            scores[problem->classes[k]] = probabilities[row + k];
            best = control && control[row + k] > control[row + best] ? k : best;
        }
        outcome->answers[i] = wsd_choose(of->test, i, scores, lemma->n);
        outcome->probed[i] = 1;
        outcome->control[i] = control && best == problem->asked[t];
    }
    free(scores);
}

void probe_lemma_without(const struct probe_case *of, uint32_t group, struct probe_outcome *outcome)
{
    const struct wsd_group *lemma = &of->data->task->groups[group];
    uint32_t *classes = mem_array(lemma->n + 1u, sizeof *classes), n_train;
    double *scores = mem_array(lemma->n, sizeof *scores);
    uint32_t n_classes = list_classes(of, group, classes, &n_train);
    for (uint32_t c = 0; c < lemma->n; c++) {
        scores[c] = n_classes == 1 && c == classes[0] ? 1 : NAN;
    }
    for (uint32_t j = of->first_of_group[group]; j < of->first_of_group[group + 1]; j++) {
        uint32_t i = of->instances[j];
        if (probe_has_row(of, of->vectors, i)) {
            outcome->answers[i] = wsd_choose(of->test, i, scores, lemma->n);
        }
    }
    free(scores);
    free(classes);
}
