/* Fits and asks the classifiers of one test set, stage by stage. */
#include "suites/probe/probe.h"

#include "base/mem.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void probe_copy_row(const struct probe_case *of, const struct probe_vectors *vectors, uint32_t row,
                    float *ret_row)
{
    const float *from = probe_row(of->data, vectors, of->representation, row, of->stage);
    for (uint32_t d = 0; d < of->data->dim; d++) {
        ret_row[d] = (float)(of->scale * from[d]);
    }
}

bool probe_has_row(const struct probe_case *of, const struct probe_vectors *vectors, uint32_t row)
{
    return vectors->known[of->representation][row];
}

uint32_t probe_n_instances(const struct probe_case *of, uint32_t group)
{
    return of->first_of_group[group + 1] - of->first_of_group[group];
}

/* 1 over the root of the mean squared distance of the training vectors from their mean. */
static double scale_of(const struct probe_case *of)
{
    const struct probe_data *data = of->data;
    uint32_t dim = data->dim;
    double *sum = mem_array(dim, sizeof *sum), squares = 0, n = 0;
    for (uint32_t g = 0; g < data->task->n_groups; g++) {
        for (uint32_t o = 0; probe_n_instances(of, g) && o < data->n_of_group[g]; o++) {
            const struct probe_occurrence *at = &data->of_group[g][o];
            const struct probe_vectors *vectors = &data->training[at->set];
            if (probe_has_row(of, vectors, at->row)) {
                const float *row = probe_row(data, vectors, of->representation, at->row, of->stage);
                vec_axpy(1, row, sum, dim);
                squares += vec_dot(row, row, dim);
                n++;
            }
        }
    }
    double variance = n > 0 ? squares / n - vec_dot_double(sum, sum, dim) / (n * n) : 0;
    free(sum);
    return variance > 0 ? 1 / sqrt(variance) : 1;
}

/* The C that got most right, the least among equals; of no development items the middle one. */
static double choose_c(const struct suite_state *state, const uint32_t *right, uint64_t n_dev)
{
    uint32_t best = n_dev ? 0 : state->n_c / 2;
    for (uint32_t i = 1; n_dev && i < state->n_c; i++) {
        best = right[i] > right[best] ? i : best;
    }
    return state->c[best];
}

/* What a problem adds to the outcome's sums. */
struct sums {
    double bits[PROBE_MOST_C], control_bits[PROBE_MOST_C], uniform_bits;
    uint64_t n_coded, n_problems;
};

static void code(const struct probe_problem *problem, const struct suite_state *state,
                 struct sums *sums)
{
    probe_code_length(problem, problem->labels, state->c, state->n_c, sums->bits);
    probe_code_length(problem, problem->controls, state->c, state->n_c, sums->control_bits);
    sums->uniform_bits = problem->n_train * log2(problem->n_classes);
    sums->n_coded = problem->n_train;
}

static void add_sums(const struct sums *sums, uint32_t n_c, struct sums *total)
{
    for (uint32_t i = 0; i < n_c; i++) {
        total->bits[i] += sums->bits[i];
        total->control_bits[i] += sums->control_bits[i];
    }
    total->uniform_bits += sums->uniform_bits;
    total->n_coded += sums->n_coded;
    total->n_problems += sums->n_problems;
}

/* Bits of the shortest code, and to say which C it is by. */
static double shortest(const double *bits, uint32_t n_c)
{
    double least = bits[0];
    for (uint32_t i = 1; i < n_c; i++) {
        least = fmin(least, bits[i]);
    }
    return least + log2(n_c);
}

static void take_sums(const struct sums *total, uint32_t n_c, struct probe_outcome *outcome)
{
    outcome->bits = shortest(total->bits, n_c);
    outcome->control_bits = shortest(total->control_bits, n_c);
    outcome->uniform_bits = total->uniform_bits;
    outcome->n_coded = total->n_coded;
    outcome->n_problems = total->n_problems;
}

/* The most frequent label of the control, on the test items. */
static void take_majority(const struct probe_problem *problem, struct probe_outcome *outcome)
{
    uint32_t *counts = mem_array(problem->n_classes, sizeof *counts), most = 0;
    for (uint32_t i = 0; i < problem->n_train; i++) {
        counts[problem->controls[i]]++;
    }
    for (uint32_t k = 1; k < problem->n_classes; k++) {
        most = counts[k] > counts[most] ? k : most;
    }
    for (uint32_t t = 0; t < problem->n_test; t++) {
        outcome->control_majority[problem->instances[t]] = problem->asked[t] == most;
    }
    free(counts);
}

/* Probabilities of the test rows, and with controls those of the control's labels. */
struct asked {
    double *senses, *control; /* [n_test, n_classes]; control NULL: not asked */
};

static struct asked ask(const struct probe_problem *problem, double c, bool controls)
{
    size_t size = (size_t)problem->n_test * problem->n_classes + 1;
    struct asked asked = {mem_array(size, sizeof(double)),
                          controls ? mem_array(size, sizeof(double)) : NULL};
    probe_answer(problem, problem->labels, c, asked.senses);
    if (controls) {
        probe_answer(problem, problem->controls, c, asked.control);
    }
    return asked;
}

static void asked_finish(struct asked *asked)
{
    free(asked->senses);
    free(asked->control);
}

/* All lemmas of a case, in parallel. */
struct lemmas {
    const struct probe_case *of;
    struct probe_outcome *outcome;
    uint32_t *right;   /* [n_groups, n_c] */
    uint32_t *n_dev;   /* [n_groups] */
    struct sums *sums; /* [n_groups] */
};

static void try_lemma(void *arg, uint32_t group, uint32_t worker)
{
    const struct lemmas *lemmas = arg;
    const struct suite_state *state = lemmas->of->data->run->state;
    struct probe_problem problem;
    (void)worker;
    if (probe_lemma_problem(lemmas->of, group, &problem)) {
        probe_reduce(&problem);
        lemmas->n_dev[group] =
            probe_try(&problem, state->c, state->n_c, lemmas->right + (size_t)group * state->n_c);
        lemmas->sums[group].n_problems = 1;
        probe_problem_finish(&problem);
    }
}

static void answer_lemma(void *arg, uint32_t group, uint32_t worker)
{
    const struct lemmas *lemmas = arg;
    struct probe_outcome *outcome = lemmas->outcome;
    bool controls = lemmas->of->data->run->state->controls;
    struct probe_problem problem;
    (void)worker;
    if (!probe_lemma_problem(lemmas->of, group, &problem)) {
        probe_lemma_without(lemmas->of, group, outcome);
        return;
    }
    probe_reduce(&problem);
    struct asked asked = ask(&problem, outcome->c, controls);
    probe_lemma_take(lemmas->of, group, &problem, asked.senses, asked.control, outcome);
    if (controls) {
        take_majority(&problem, outcome);
        code(&problem, lemmas->of->data->run->state, &lemmas->sums[group]);
    }
    asked_finish(&asked);
    probe_problem_finish(&problem);
}

static void run_lemmas(const struct probe_case *of, struct probe_outcome *outcome)
{
    const struct suite_state *state = of->data->run->state;
    struct pool *pool = embedder_pool(of->data->run->embedder);
    uint32_t n_groups = of->data->task->n_groups, right[PROBE_MOST_C] = {0};
    uint64_t n_dev = 0, n_problems = 0;
    struct sums total = {0};
    struct lemmas lemmas = {
        .of = of,
        .outcome = outcome,
        .right = mem_array((size_t)n_groups * state->n_c + 1, sizeof(uint32_t)),
        .n_dev = mem_array(n_groups + 1u, sizeof(uint32_t)),
        .sums = mem_array(n_groups + 1u, sizeof(struct sums)),
    };
    pool_for(pool, n_groups, try_lemma, &lemmas);
    for (uint32_t g = 0; g < n_groups; g++) {
        for (uint32_t i = 0; i < state->n_c; i++) {
            right[i] += lemmas.right[(size_t)g * state->n_c + i];
        }
        n_dev += lemmas.n_dev[g];
        n_problems += lemmas.sums[g].n_problems;
    }
    outcome->c = n_problems ? choose_c(state, right, n_dev) : NAN;
    pool_for(pool, n_groups, answer_lemma, &lemmas);
    for (uint32_t g = 0; g < n_groups; g++) {
        add_sums(&lemmas.sums[g], state->n_c, &total);
    }
    take_sums(&total, state->n_c, outcome);
    free(lemmas.right);
    free(lemmas.n_dev);
    free(lemmas.sums);
}

static void run_supersense(const struct probe_case *of, struct probe_outcome *outcome)
{
    const struct suite_state *state = of->data->run->state;
    struct probe_problem problem;
    outcome->c = NAN;
    if (!probe_supersense_problem(of, &problem)) {
        return;
    }
    uint32_t right[PROBE_MOST_C] = {0};
    uint32_t n_dev = probe_try(&problem, state->c, state->n_c, right);
    struct sums sums = {.n_problems = 1};
    outcome->c = choose_c(state, right, n_dev);
    struct asked asked = ask(&problem, outcome->c, state->controls);
    probe_supersense_take(of, &problem, asked.senses, asked.control, outcome);
    if (state->controls) {
        take_majority(&problem, outcome);
        code(&problem, state, &sums);
    }
    take_sums(&sums, state->n_c, outcome);
    asked_finish(&asked);
    probe_problem_finish(&problem);
}

/* An outcome without answers. */
static void begin_outcome(const struct probe_case *of, struct probe_outcome *outcome)
{
    uint32_t n = wsd_n(of->test);
    outcome->answers = mem_array(n + 1u, sizeof *outcome->answers);
    outcome->probed = mem_array(n + 1u, 1);
    outcome->control = mem_array(n + 1u, sizeof *outcome->control);
    outcome->control_majority = mem_array(n + 1u, sizeof *outcome->control_majority);
    if (of->classes == PROBE_SUPERSENSE) {
        outcome->texts = mem_array(n + 1u, sizeof *outcome->texts);
        outcome->answered = mem_array(n + 1u, 1);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint8_t status = of->test->group[i] == WSD_NONE      ? WSD_NO_LEMMA
                         : probe_has_row(of, of->vectors, i) ? WSD_BACKOFF
                                                             : WSD_OOV;
        outcome->answers[i] =
            (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = status};
    }
}

static void finish_outcome(struct probe_outcome *outcome)
{
    free(outcome->answers);
    free(outcome->texts);
    free(outcome->answered);
    free(outcome->probed);
    free(outcome->control);
    free(outcome->control_majority);
}

/* The stages of one kind of classifier. */
struct stages {
    struct probe_case of;
    struct probe_outcome *outcomes;
};

static void run_stage(void *arg, uint32_t stage, uint32_t worker)
{
    const struct stages *stages = arg;
    struct probe_case of = stages->of;
    (void)worker;
    of.stage = stage;
    of.scale = 1;
    of.scale = scale_of(&of);
    if (of.classes == PROBE_LEMMA) {
        run_lemmas(&of, &stages->outcomes[stage]);
    } else {
        run_supersense(&of, &stages->outcomes[stage]);
    }
}

static void run_stages(const struct probe_case *of, struct wsd_headline *headline)
{
    uint32_t n = of->representation == WSD_CONTEXT ? 1 : of->data->n_stages;
    struct stages stages = {*of, mem_array(n, sizeof *stages.outcomes)};
    for (uint32_t s = 0; s < n; s++) {
        begin_outcome(of, &stages.outcomes[s]);
    }
    if (of->classes == PROBE_SUPERSENSE) {
        pool_for(embedder_pool(of->data->run->embedder), n, run_stage, &stages);
    }
    for (uint32_t s = 0; s < n && of->classes == PROBE_LEMMA; s++) { /* lemmas in parallel */
        run_stage(&stages, s, 0);
    }
    probe_report(of, stages.outcomes, n, headline);
    for (uint32_t s = 0; s < n; s++) {
        finish_outcome(&stages.outcomes[s]);
    }
    free(stages.outcomes);
}

/* The instances of each group, in the set's order. */
static void sort_instances(const struct wsd_test *test, uint32_t n_groups, uint32_t *first,
                           uint32_t *instances)
{
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        if (test->group[i] != WSD_NONE) {
            first[test->group[i] + 1]++;
        }
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        first[g + 1] += first[g];
    }
    uint32_t *next = mem_array(n_groups + 1u, sizeof *next);
    memcpy(next, first, n_groups * sizeof *next);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        if (test->group[i] != WSD_NONE) {
            instances[next[test->group[i]]++] = i;
        }
    }
    free(next);
}

void probe_run_test(const struct probe_data *data, const struct wsd_test *test,
                    const struct probe_vectors *vectors, struct wsd_headline *headline)
{
    const struct suite_state *state = data->run->state;
    uint32_t *first = mem_array(data->task->n_groups + 2u, sizeof *first);
    uint32_t *instances = mem_array(wsd_n(test) + 1u, sizeof *instances);
    sort_instances(test, data->task->n_groups, first, instances);
    bool is_first = true;
    for (int k = 0; k < PROBE_N_CLASSES; k++) {
        for (uint32_t r = 0; r < data->n_representations; r++) {
            if (state->wanted[k][r] && (k == PROBE_LEMMA || probe_has_supersenses(test))) {
                const struct probe_case of = {.data = data,
                                              .test = test,
                                              .vectors = vectors,
                                              .first_of_group = first,
                                              .instances = instances,
                                              .classes = (enum probe_classes)k,
                                              .representation = r,
                                              .scale = 1,
                                              .lists_words = is_first};
                run_stages(&of, headline);
                is_first = false;
            }
        }
    }
    free(instances);
    free(first);
}
