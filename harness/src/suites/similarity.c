/*
 * Suite `similarity`: the cosine of two words against a human rating, and four-choice synonym
 * questions (METRICS.md, "Similarity and relatedness").
 */
#include "suites/list.h"
#include "suites/similarity_pairs.h"
#include "suites/similarity_sets.h"
#include "suites/words.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct suite_state {
    struct similarity_sets sets;
    struct words_protocol protocol;
    char *details; /* of the signature */
};

static int read_options(const struct suite_request *request, struct suite_state *state)
{
    const char *casing = suite_option(request, "case", "lower");
    if (strcmp(casing, "lower") != 0 && strcmp(casing, "exact") != 0) {
        return error_set(ERR_REQUEST, "option case: found \"%s\", expected lower or exact", casing);
    }
    const char *template = suite_option(request, "template", NULL);
    if (template && !strstr(template, "{}")) {
        return error_set(ERR_REQUEST, "option template: found \"%s\", expected {} in it", template);
    }
    state->protocol.keep_case = strcmp(casing, "exact") == 0;
    state->protocol.template = template;
    state->details = mem_format("case:%s|template:%s", casing, template ? template : "none");
    return 0;
}

static void release(struct suite_state *state)
{
    if (state) {
        similarity_sets_finish(&state->sets);
        free(state->details);
        free(state);
    }
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    int error = read_options(request, state);
    if (!error) {
        error = similarity_sets_read(request, "wordnet-synonyms", &state->sets);
    }
    if (error) {
        release(state);
        return error;
    }
    *ret_state = state;
    return 0;
}

static int baselines(const struct suite_run *run)
{
    const struct similarity_sets *sets = &run->state->sets;
    for (uint32_t i = 0; i < sets->n; i++) {
        if (sets->sets[i].is_synonyms) {
            synonyms_baseline(run, &sets->sets[i].synonyms);
        }
    }
    return 0;
}

/* Each set's words are embedded on their own, so that its figures do not depend on which other sets
 * were asked for. */
static int run_set(const struct suite_run *run, const struct similarity_set *set)
{
    const struct similarity_method method = {"cosine", run->state->details};
    struct words words = {0};
    if (set->is_synonyms) {
        synonyms_words(&set->synonyms, &words);
    } else {
        pairs_words(&set->pairs, &words);
    }
    int error = words_embed(&words, run->embedder, &run->state->protocol);
    if (!error && set->is_synonyms) {
        synonyms_score(run, &set->synonyms, &method, &words);
    } else if (!error) {
        pairs_score(run, &set->pairs, &method, &words);
    }
    words_finish(&words);
    return error;
}

static int run(const struct suite_run *run)
{
    const struct similarity_sets *sets = &run->state->sets;
    int error = 0;
    for (uint32_t i = 0; !error && i < sets->n; i++) {
        error = run_set(run, &sets->sets[i]);
    }
    return error;
}

static int conclude(const struct suite_run *run, const struct result_items *items)
{
    const struct similarity_sets *sets = &run->state->sets;
    for (uint32_t i = 0; i < sets->n; i++) {
        if (!sets->sets[i].is_synonyms) {
            pairs_conclude(run, &sets->sets[i].pairs, run->state->details, items);
        }
    }
    return 0;
}

const struct suite suite_similarity = {
    .id = "similarity",
    .title = "word similarity and synonyms",
    .summary =
        "Cosine of two words against human ratings (Spearman, Pearson) under three policies for "
        "unknown words: skip leaves such pairs out, zero scores them 0, common keeps the pairs "
        "that every compared embedder knows. Four-choice synonym questions give an accuracy. "
        "Contextual embedders read the word alone, or in a template.",
    .methods = "cosine",
    .options = "case=lower|exact  static embedders look words up lower-cased, or as written\n"
               "template=TEXT     contextual embedders read the word in this text, in place of {}",
    .keep_items = true,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run,
    .conclude = conclude,
};
