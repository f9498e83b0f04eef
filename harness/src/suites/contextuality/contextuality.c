/* Suite `contextuality`: options and the run over each text. */
#include "suites/contextuality/contextuality.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "suites/suite.h"
#include "suites/options.h"

#include <stdlib.h>
#include <string.h>

struct suite_state {
    struct contextuality_plan plan;
    struct contextuality_text *texts; /* [n_texts] */
    uint32_t n_texts;
};

static int read_methods(const struct suite_request *request, struct contextuality_plan *plan)
{
    for (uint32_t i = 0; i < request->n_methods; i++) {
        bool found = false;
        for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
            if (strcmp(request->methods[i], contextuality_method_names[m]) == 0) {
                plan->wanted[m] = found = true;
            }
        }
        if (!found) {
            return error_set(ERR_REQUEST,
                             "suite contextuality: found method \"%s\", expected ethayarajh or "
                             "standardised",
                             request->methods[i]);
        }
    }
    for (int m = 0; request->n_methods == 0 && m < CONTEXTUALITY_N_METHODS; m++) {
        plan->wanted[m] = true;
    }
    return 0;
}

static int make_plan(const struct suite_request *request, struct contextuality_plan *plan)
{
    plan->least = suite_whole(request, "least");
    plan->memory = suite_whole(request, "memory");
    plan->sample = suite_whole(request, "sample");
    plan->draws = suite_whole(request, "draws");
    return read_methods(request, plan);
}

static void release(struct suite_state *state)
{
    if (state) {
        for (uint32_t i = 0; i < state->n_texts; i++) {
            contextuality_text_finish(&state->texts[i]);
        }
        free(state->texts);
        free(state);
    }
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    int status = make_plan(request, &state->plan);
    if (status == 0) {
        status = contextuality_read(request, state->plan.least, &state->texts, &state->n_texts);
    }
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

static int run_embedder(const struct suite_run *run)
{
    const struct suite_state *state = run->state;
    for (uint32_t i = 0; i < state->n_texts; i++) {
        struct contextuality_scores scores;
        TRY(contextuality_score(run, &state->plan, &state->texts[i], &scores));
        contextuality_report(run, &state->plan, &state->texts[i], &scores);
        contextuality_scores_finish(&scores);
    }
    return 0;
}

static const struct metric metrics[] = {
    {"self-similarity", "mean cosine over all pairs of a word's occurrences", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_MEAN_SCORE, .alone = true, .low = -1, .high = 1},
    {"intra-sentence-similarity",
     "mean cosine of a sentence's words with the mean of their vectors", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_MEAN_SCORE, .alone = true, .low = -1, .high = 1},
    {"mev", "share of one direction in a word's occurrences, not centred", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_MEAN_SCORE, .alone = true, .low = 0, .high = 1},
    {"anisotropy", "mean cosine over all pairs of occurrences of the text", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_NOT_OF_RECORDS, .alone = true, .low = -1, .high = 1},
    {"sense-separation",
     "mean cosine of a lemma's occurrences within a sense, minus that across senses",
     METRIC_NEITHER, METRIC_SHARE, METRIC_HEADLINE, METRIC_MEAN_SCORE, .alone = true, .low = -2,
     .high = 2},
    {"within-sense-similarity", "mean cosine of occurrences in the same sense", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_NOT_OF_RECORDS, .alone = true, .low = -1, .high = 1},
    {"across-sense-similarity", "mean cosine of occurrences in different senses", METRIC_NEITHER,
     METRIC_SHARE, METRIC_HEADLINE, METRIC_NOT_OF_RECORDS, .alone = true, .low = -1, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    {{"least", "5", "a word takes part with at least this many occurrences", EMB_OPT_INT, 0, 2,
      SUITE_MOST},
     NULL},
    {{"memory", "2G",
      "limit on the vectors held in memory at a time: occurrences * stages * dimension * 4 bytes; "
      "a text that needs more goes through the embedder several times",
      OPTION_BYTES, 0, 1, SUITE_MOST},
     NULL},
    {{"sample", "1000",
      "method standardised: sentences, evenly spaced, whose words give its means and deviations; "
      "0: all",
      EMB_OPT_INT, 0, 0, SUITE_MOST},
     NULL},
    {{"draws", "1000", "random occurrences for the baseline of mev", EMB_OPT_INT, 0, 2, SUITE_MOST},
     NULL},
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"pos:NOUN|VERB|ADJ|ADV", "of sense-separation: part of speech of the lemma"},
    {"part:input|attention|feed-forward|other",
     "of METRIC-gain-total: what part of the gain it is"},
    {0},
};

static const struct suite_term policies[] = {
    {"raw", "the figure"},
    {"baseline", "the same of random occurrences"},
    {"adjusted", "the first minus the second"},
    {0},
};

const struct suite suite_contextuality = {
    .id = "contextuality",
    .title = "where a word becomes contextual",
    .summary =
        "How much of a vector comes from the word and how much from its sentence, stage by stage "
        "(Ethayarajh 2019). self-similarity: mean cosine between the occurrences of a word, "
        "averaged over words; intra-sentence-similarity: mean cosine of a sentence's words with "
        "their mean, averaged over sentences; mev: share of a word's variance along one direction; "
        "anisotropy: mean cosine over all pairs of occurrences. Each is given raw, for random "
        "occurrences (baseline), and as their difference (adjusted). Where the text has gold "
        "senses, sense-separation: a lemma's mean cosine within a sense minus that across senses, "
        "averaged over lemmas, by part of speech. Intervals are over words, sentences or lemmas. "
        "--limit counts sentences. Data: sense-tagged text, or any text, one sentence a line; "
        "semcor where it was fetched, else wordnet-examples:all.",
    .methods = "ethayarajh (vectors as they are), standardised (each dimension at mean 0 and "
               "deviation 1: Timkey & van Schijndel 2021)",
    .choosable = true,
    .options = options,
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(FROM) | PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY) |
                     PROTOCOL_BIT(LEAST) | PROTOCOL_BIT(DRAWS) | PROTOCOL_BIT(STANDARDISED_ON) |
                     PROTOCOL_BIT(MOST),
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .run = run_embedder,
};
