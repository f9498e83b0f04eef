/* Rows of the classifiers' answers at all stages. */
#include "suites/probe/probe.h"

#include "base/mem.h"
#include "suites/shared/figures.h"
#include "suites/wsd/splits.h"

#include <math.h>
#include <stdlib.h>

static const char *const method_names[PROBE_N_CLASSES][WSD_N_REPRESENTATIONS] = {
    [PROBE_LEMMA] = {"lemma", "lemma-context"},
    [PROBE_SUPERSENSE] = {"supersense", "supersense-context"},
};

static void protocol_of(const struct probe_case *of, const struct stage *stage,
                        struct protocol *protocol)
{
    const struct suite_state *state = of->data->run->state;
    protocol_add(protocol, PROTOCOL_METHOD, method_names[of->classes][of->representation]);
    if (of->representation == WSD_CONTEXT) {
        word_mean_protocol(&state->mean, state->file, protocol);
    }
    protocol_add(protocol, PROTOCOL_STAGE, stage->name);
    protocol_add(protocol, PROTOCOL_POOL, "mean");
    protocol_add(protocol, PROTOCOL_GRID, state->grid);
    protocol_add(protocol, PROTOCOL_CHOSEN_ON, "train-fifth");
    if (of->classes == PROBE_SUPERSENSE) {
        protocol_add_number(protocol, PROTOCOL_MOST, state->most);
    }
}

/* The items that a classifier answered: what the sense and the control earned on each. */
struct probed {
    double *sense, *control, *majority, *difference; /* [n] */
    uint32_t n;
    uint32_t *units;  /* [n] what is drawn for their intervals; NULL: each alone */
    uint32_t n_units; /* with an item */
    const char *units_are;
};

/* Numbers of the units of the items alone: 0, 1, … in order of first occurrence; none where they
 * are too few to be drawn. */
static void list_units(const struct probe_case *of, const struct probe_outcome *outcome,
                       struct probed *probed)
{
    struct wsd_units units = wsd_units_of(of->data->run->request, of->test);
    uint32_t *numbers = mem_array(units.n + 1u, sizeof *numbers), n = 0;
    probed->units = mem_array(probed->n + 1u, sizeof *probed->units);
    for (uint32_t i = 0; units.of && i < wsd_n(of->test); i++) {
        if (outcome->probed[i]) {
            uint32_t *number = &numbers[units.of[i]]; /* from 1; 0: not met yet */
            *number = *number ? *number : ++probed->n_units;
            probed->units[n++] = *number - 1;
        }
    }
    if (probed->n_units < BOOTSTRAP_FEW) {
        free(probed->units);
        probed->units = NULL;
        probed->n_units = 0;
    }
    probed->units_are = units.name;
    free(numbers);
    free(units.of);
}

static double sense_right(const struct probe_case *of, const struct wsd_answer *answer, uint32_t i)
{
    return of->classes == PROBE_SUPERSENSE ? answer->expected
           : answer->choice != WSD_NONE    ? wsd_right(of->test, i, answer->choice)
                                           : 0;
}

static struct probed list_probed(const struct probe_case *of, const struct probe_outcome *outcome)
{
    uint32_t n = wsd_n(of->test);
    struct probed probed = {.sense = mem_array(4 * (size_t)n + 1, sizeof(double))};
    probed.control = probed.sense + n;
    probed.majority = probed.control + n;
    probed.difference = probed.majority + n;
    for (uint32_t i = 0; i < n; i++) {
        if (outcome->probed[i]) {
            probed.sense[probed.n] = sense_right(of, &outcome->answers[i], i);
            probed.control[probed.n] = outcome->control[i];
            probed.majority[probed.n] = outcome->control_majority[i];
            probed.difference[probed.n] = probed.sense[probed.n] - probed.control[probed.n];
            probed.n++;
        }
    }
    list_units(of, outcome, &probed);
    return probed;
}

static double mean(const double *values, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return n ? sum / n : NAN;
}

/* A caveat about a classifier's figures. */
static void write_stage(const struct probe_case *of, const struct probe_outcome *outcome,
                        const struct stage *stage)
{
    const struct suite_run *run = of->data->run;
    const struct interval none = {NAN, NAN};
    struct bootstrap plan = figures_plan(run);
    struct probed probed = list_probed(of, outcome);
    uint32_t n = probed.n, n_all = wsd_n(of->test);
    plan.clusters = probed.units;
    plan.n_clusters = probed.n_units;
    double n_coded = outcome->n_coded ? (double)outcome->n_coded : NAN;
    const struct {
        const char *metric;
        double value;
        struct interval interval;
        bool of_control;
    } figures[] = {
        {"penalty", outcome->c, none, false},
        {"probed-accuracy", mean(probed.sense, n),
         n ? bootstrap_share(&plan, probed.sense, NULL, n) : none, false},
        {"control-accuracy", mean(probed.control, n),
         n ? bootstrap_share(&plan, probed.control, NULL, n) : none, true},
        {"control-majority", mean(probed.majority, n), none, true},
        {"selectivity", mean(probed.difference, n),
         n ? bootstrap_ratio(&plan, probed.difference, NULL, n) : none, true},
        {"code-length", outcome->bits / n_coded, none, true},
        {"compression", outcome->uniform_bits / outcome->bits, none, true},
        {"control-code-length", outcome->control_bits / n_coded, none, true},
    };
    struct figure row = {.suite = "probe",
                         .dataset = of->test->data->name,
                         .embedder = embedder_name(run->embedder),
                         .kind = embedder_kind(run->embedder),
                         .stage = *stage,
                         .method = method_names[of->classes][of->representation]};
    struct protocol protocol = {0};
    protocol_begin(&protocol, "probe", row.dataset, n_all);
    protocol_add(&protocol, PROTOCOL_TRAIN, of->test->train_names);
    protocol_of(of, stage, &protocol);
    struct protocol sampled = {0}; /* of figures with an interval */
    protocol_append(&sampled, &protocol, PROTOCOL_OTHER);
    if (probed.units) {
        protocol_format(&sampled, PROTOCOL_INTERVAL, "%s(%u)", probed.units_are, probed.n_units);
    } else {
        protocol_add(&sampled, PROTOCOL_INTERVAL, "instances");
    }
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (!figures[i].of_control || run->state->controls) {
            const struct measured figure = {figures[i].metric,   SPLIT_ALL, NULL, figures[i].value,
                                            figures[i].interval, n_all,     n};
            bool has_interval = !isnan(figures[i].interval.low);
            figures_row_because(run, &row, has_interval ? &sampled : &protocol, &figure,
                                outcome->n_problems ? NULL : "no lemma has two senses in training");
        }
    }
    protocol_finish(&sampled);
    protocol_finish(&protocol);
    free(probed.units);
    free(probed.sense);
}

void probe_report(const struct probe_case *of, const struct probe_outcome *outcomes, uint32_t n,
                  struct wsd_headline *headline)
{
    struct embedder *embedder = of->data->run->embedder;
    bool of_senses = of->classes == PROBE_LEMMA;
    struct wsd_answers *systems = mem_array(n + 1u, sizeof *systems);
    struct protocol *protocols = mem_array(n + 1u, sizeof *protocols);
    for (uint32_t s = 0; s < n; s++) {
        const struct stage *stage = embedder_stage(embedder, s);
        protocol_of(of, stage, &protocols[s]);
        systems[s] = (struct wsd_answers){
            .method = method_names[of->classes][of->representation],
            .stage = *stage,
            .protocol = &protocols[s],
            .answers = outcomes[s].answers,
            .lists_words = s == 0 && of->lists_words,
            .answered = outcomes[s].answered,
            .texts = outcomes[s].texts,
            .candidates = of_senses ? NULL : "supersenses",
            .can_back_off = of_senses,
        };
    }
    wsd_report_stages(of->data->run, of->data->task, of->test, systems, n, headline);
    for (uint32_t s = 0; s < n; s++) {
        write_stage(of, &outcomes[s], embedder_stage(embedder, s));
        protocol_finish(&protocols[s]);
    }
    free(protocols);
    free(systems);
}
