#include "suites/contextuality/contextuality.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "suites/list.h"

#include <stdlib.h>
#include <string.h>

struct suite_state {
    struct contextuality_plan plan;
    struct contextuality_text *texts; /* [n_texts] */
    uint32_t n_texts;
};

static int read_number(const struct suite_request *request, const char *name, const char *fallback,
                       uint64_t least, uint64_t *ret_value)
{
    const char *text = suite_option(request, name, fallback);
    if (!num_bytes(slice_of(text), ret_value) || *ret_value < least) {
        return error_set(ERR_REQUEST,
                         "suite contextuality: option %s: found \"%s\", expected a number of %llu "
                         "or more",
                         name, text, (unsigned long long)least);
    }
    return 0;
}

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
    int code = read_methods(request, plan);
    code = code ? code : read_number(request, "least", "5", 2, &plan->least);
    code = code ? code : read_number(request, "memory", "2G", 1, &plan->memory);
    code = code ? code : read_number(request, "sample", "1000", 0, &plan->sample);
    return code ? code : read_number(request, "draws", "1000", 2, &plan->draws);
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
    int code = make_plan(request, &state->plan);
    if (code == 0) {
        code = contextuality_read(request, state->plan.least, &state->texts, &state->n_texts);
    }
    if (code) {
        release(state);
        return code;
    }
    *ret_state = state;
    return 0;
}

static int run_embedder(const struct suite_run *run)
{
    const struct suite_state *state = run->state;
    for (uint32_t i = 0; i < state->n_texts; i++) {
        struct contextuality_scores scores;
        int code = contextuality_score(run, &state->plan, &state->texts[i], &scores);
        if (code) {
            return code;
        }
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

const struct suite suite_contextuality = {
    .id = "contextuality",
    .title = "where a word becomes contextual",
    .summary =
        "How much of a vector is the word's and how much its sentence's, stage by stage "
        "(Ethayarajh 2019). self-similarity: mean cosine between the occurrences of a word, "
        "averaged over words; intra-sentence-similarity: mean cosine of a sentence's words with "
        "their mean, averaged over sentences; mev: share of a word's variance along one "
        "direction; anisotropy: mean cosine over all pairs of occurrences. Each raw, as it is of "
        "random occurrences (baseline), and the first minus the second (adjusted). Where the text "
        "has gold senses, sense-separation: a lemma's mean cosine within a sense minus that "
        "across senses, averaged over lemmas, by part of speech. Intervals are over words, "
        "sentences or lemmas. --limit counts sentences. Data: sense-tagged text, or any text, one "
        "sentence a line; semcor where it was fetched, else wordnet-examples:all.",
    .methods = "ethayarajh (vectors as they are), standardised (each dimension at mean 0 and "
               "deviation 1: Timkey & van Schijndel 2021)",
    .choosable = true,
    .options =
        "least=N           least occurrences of a word (default 5)\n"
        "memory=BYTES      most bytes of vectors held at a time: occurrences * stages *\n"
        "                  dimension * 4 (default 2G); a text that needs more goes through\n"
        "                  the embedder several times\n"
        "sample=N          sentences, evenly spaced, whose words give standardised its means\n"
        "                  and deviations (default 1000); 0: all\n"
        "draws=N           random occurrences that the baseline of mev is of (default 1000)",
    .figures = {.metrics = metrics},
    .prepare = prepare,
    .release = release,
    .run = run_embedder,
};
