/* Suite `mixture`: options and the run. */
#include "suites/mixture/mixture.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "suites/suite.h"
#include "suites/options.h"

#include <stdlib.h>
#include <string.h>

struct suite_state {
    struct mixture_plan plan;
    struct mixture_task *task;
};

static int read_methods(const struct suite_request *request, struct mixture_plan *plan)
{
    for (int m = 0; m < MIXTURE_N_METHODS; m++) {
        plan->wanted[m] = request->n_methods == 0;
    }
    for (uint32_t i = 0; i < request->n_methods; i++) {
        bool found = false;
        for (int m = 0; m < MIXTURE_N_METHODS; m++) {
            if (strcmp(request->methods[i], mixture_method_names[m]) == 0) {
                plan->wanted[m] = found = true;
            }
        }
        if (!found) {
            return error_set(ERR_REQUEST,
                             "suite mixture: found method \"%s\", expected gloss or contexts",
                             request->methods[i]);
        }
    }
    return 0;
}

static int make_plan(const struct suite_request *request, struct mixture_plan *plan)
{
    plan->least = suite_whole(request, "least");
    plan->least_sense = suite_whole(request, "least-sense");
    plan->pos = wordnet_pos_of(suite_text(request, "pos"));
    plan->lemma_form = suite_says(request, "forms", "lemma");
    plan->balance = suite_whole(request, "balance") == 1;
    plan->centre = suite_whole(request, "centre") == 1;
    return read_methods(request, plan);
}

static void release(struct suite_state *state)
{
    if (state) {
        mixture_task_free(state->task);
        free(state);
    }
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    int status = make_plan(request, &state->plan);
    status = status ? status : mixture_task_create(request, &state->plan, &state->task);
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

static int baselines(const struct suite_run *run)
{
    mixture_report_uniform(run, run->state->task, &run->state->plan);
    return 0;
}

static int run_embedder(const struct suite_run *run)
{
    const struct suite_state *state = run->state;
    struct mixture_vectors vectors = {0};
    bool there;
    int status = mixture_embed(run, state->task, &vectors, &there);
    for (int m = 0; m < MIXTURE_N_METHODS && status == 0 && there; m++) {
        struct mixture_shares shares;
        if (!state->plan.wanted[m]) {
            continue;
        }
        status = mixture_fit(state->task, &state->plan, &vectors, (enum mixture_method)m, &shares);
        if (status == 0) {
            mixture_report(run, state->task, &state->plan, (enum mixture_method)m, &shares);
            mixture_shares_finish(&shares);
        }
    }
    mixture_vectors_finish(&vectors);
    return status;
}

static const struct metric metrics[] = {
    {"dominant",
     "how often the sense with the greatest share is the most frequent; ties share the answer",
     METRIC_HIGHER, METRIC_SHARE, METRIC_HEADLINE, METRIC_OF_RECORDS, .low = 0, .high = 1},
    {"spearman", "of share and frequency over all senses of all words", METRIC_HIGHER, METRIC_SHARE,
     METRIC_SECONDARY, METRIC_SPEARMAN, .low = -1, .high = 1},
    {"spearman-within", "the same, with the mean of each word subtracted from both", METRIC_HIGHER,
     METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = -1, .high = 1},
    {"spearman-chance", "spearman with shares shuffled within each word", METRIC_NEITHER,
     METRIC_SHARE, METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = -1, .high = 1},
    {"dominant-chance", "dominant of a random guess", METRIC_NEITHER, METRIC_SHARE,
     METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 0, .high = 1},
    {"explained", "1 - (residual / length)^2 of the word's vector", METRIC_HIGHER, METRIC_SHARE,
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    {{"least", "10",
      "a word takes part with at least this many occurrences, over all senses that take part",
      EMB_OPT_INT, 0, 0, SUITE_MOST},
     NULL},
    {{"least-sense", "5", "a sense takes part with at least this many occurrences; 0: all senses",
      EMB_OPT_INT, 0, 0, SUITE_MOST},
     NULL},
    {{"balance", "1",
      "method contexts: every sense vector of a word is made from as many occurrences, evenly "
      "spaced, as its rarest sense has; 0: from all of them, so that rare senses get noisier "
      "vectors, which alone makes their shares smaller",
      EMB_OPT_FLAG, 0, 0, 0},
     NULL},
    {{"pos", "all", "part of speech of the senses that take part", EMB_OPT_TEXT, 0, 0, 0},
     "all|noun|verb|adj|adv"},
    {{"forms", "all", "occurrences that count: all, or those in the form of the lemma",
      EMB_OPT_TEXT, 0, 0, 0},
     "all|lemma"},
    {{"centre", "1",
      "subtract from the words' vectors their mean and from the sense vectors theirs, which "
      "otherwise outweighs what separates the senses; 0: as they are",
      EMB_OPT_FLAG, 0, 0, 0},
     NULL},
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"senses:2|3-4|5+", "senses of the word that take part"},
    {"pos:NOUN|VERB|ADJ|ADV|mixed", "part of speech where all senses have the same"},
    {0},
};

const struct suite suite_mixture = {
    .id = "mixture",
    .title = "what one vector mixes",
    .summary =
        "A word has one row in a look-up table, whatever it means: how much of it is each sense's? "
        "Shares are the coefficients, adding up to 1, of the non-negative mixture of sense vectors "
        "that is nearest to the word's vector (Arora et al. 2018), sense vectors being made of "
        "other words; they are set against how often each sense occurs in sense-tagged text "
        "(--train; without it, as WordNet's index counts). Over all single words with at least two "
        "senses that occur, all parts of speech together, as a string has one vector. spearman: of "
        "share and frequency over all senses of all words; spearman-chance: the same with each "
        "word's shares shuffled among its senses; it is not 0, since words of few senses have "
        "large shares and frequencies; spearman-within: with each word's mean subtracted from "
        "both; 0 by chance. dominant: how often a most frequent sense has the greatest share; "
        "dominant-chance: how often by guessing. explained: share of the vector's squared length "
        "that is in the mixture. Intervals are over words; that of spearman-chance holds 95 % of "
        "the shuffles. --limit counts words.",
    .methods = "gloss (mean of the words of the definition, forms of the word left out), contexts "
               "(mean of the other words of the sentences it occurs in)",
    .choosable = true,
    .options = options,
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(LEAST) | PROTOCOL_BIT(CASE) |
                     PROTOCOL_BIT(CENTRE) | PROTOCOL_BIT(FORMS) | PROTOCOL_BIT(POS) |
                     PROTOCOL_BIT(FIT) | PROTOCOL_BIT(BALANCE),
    .splits = splits,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run_embedder,
};
