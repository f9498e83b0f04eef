/*
 * Suite `similarity`: the cosine of two words against a human rating, and four-choice synonym
 * questions (METRICS.md, "Similarity and relatedness").
 */
#include "suites/list.h"
#include "suites/similarity/pairs.h"
#include "suites/similarity/sets.h"
#include "suites/shared/words.h"
#include "suites/shared/words_contexts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXTS_MOST 100 /* occurrences of a word that count, by default */

struct suite_state {
    struct similarity_sets sets;
    struct words_protocol protocol;
    const char *contexts; /* text whose occurrences make a word's vector; NULL = the word alone */
    const char *save;     /* where such vectors are saved, "-STAGE.txt" behind it; NULL = nowhere */
    uint32_t contexts_most;
    struct protocol details[2]; /* how words are written: of static embedders, of contextual ones */
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
    const char *interval = suite_option(request, "interval", "percentile");
    if (strcmp(interval, "percentile") != 0 && strcmp(interval, "bca") != 0) {
        return error_set(ERR_REQUEST, "option interval: found \"%s\", expected percentile or bca",
                         interval);
    }
    state->protocol.keep_case = strcmp(casing, "exact") == 0;
    state->protocol.template = template;
    state->contexts = suite_option(request, "contexts", NULL);
    state->save = suite_option(request, "save", NULL);
    const char *most = suite_option(request, "contexts-most", NULL);
    uint64_t number = CONTEXTS_MOST;
    if (most && (!num_uint(slice_of(most), &number) || number < 1 || number > UINT32_MAX)) {
        return error_set(ERR_REQUEST, "option contexts-most: found \"%s\", expected a number",
                         most);
    }
    state->contexts_most = (uint32_t)number;
    protocol_add(&state->details[0], PROTOCOL_CASE, casing);
    protocol_add(&state->details[0], PROTOCOL_TEMPLATE, "none");
    protocol_add(&state->details[1], PROTOCOL_CASE, "written");
    protocol_add(&state->details[1], PROTOCOL_TEMPLATE,
                 template && !state->contexts ? template : "none");
    if (state->contexts) {
        protocol_add(&state->details[1], PROTOCOL_CONTEXTS, file_name(state->contexts));
        protocol_add_number(&state->details[1], PROTOCOL_MOST, state->contexts_most);
    }
    if (state->contexts && !file_exists(state->contexts)) {
        return error_set(ERR_REQUEST, "option contexts: %s: no such file", state->contexts);
    }
    return 0;
}

static void release(struct suite_state *state)
{
    if (state) {
        similarity_sets_finish(&state->sets);
        protocol_finish(&state->details[0]);
        protocol_finish(&state->details[1]);
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

static void score(const struct suite_run *run, const struct similarity_set *set,
                  const struct words *words)
{
    bool is_static = embedder_is_static(run->embedder);
    bool contexts = run->state->contexts && !is_static;
    bool alone = !contexts && !run->state->protocol.template; /* a word is all of its text */
    const struct similarity_method method = {contexts ? "cosine-contexts" : "cosine",
                                             alone ? embedder_whole_pool(run->embedder) : "mean",
                                             &run->state->details[!is_static]};
    if (set->is_synonyms) {
        synonyms_score(run, &set->synonyms, &method, words);
    } else {
        pairs_score(run, &set->pairs, &method, words);
    }
}

static int from_contexts(const struct suite_run *run, const char *set_name, struct words *words)
{
    const struct suite_state *state = run->state;
    uint32_t found;
    if (!state->contexts || embedder_is_static(run->embedder)) {
        return 0;
    }
    int error =
        words_from_contexts(words, run->embedder, state->contexts, state->contexts_most, &found);
    if (error) {
        return error;
    }
    log_info("%s: %u of %u words of %s occur in %s", embedder_name(run->embedder), found,
             words->map.n, set_name, state->contexts);
    for (uint32_t s = 0; state->save && !error && s < words->n_stages; s++) {
        char *path = mem_format("%s-%s-%s.txt", state->save, set_name,
                                embedder_stage(run->embedder, s)->name);
        error = words_save(words, s, path);
        free(path);
    }
    return error;
}

/* Each set's words are embedded on their own, so that its figures do not depend on which other sets
 * were asked for. */
static int run_set(const struct suite_run *run, const struct similarity_set *set)
{
    struct words words = {0};
    if (set->is_synonyms) {
        synonyms_words(&set->synonyms, &words);
    } else {
        pairs_words(&set->pairs, &words);
    }
    int error = words_embed(&words, run->embedder, &run->state->protocol);
    const char *name = set->is_synonyms ? set->synonyms.name : set->pairs.name;
    error = error ? error : from_contexts(run, name, &words);
    if (!error) {
        score(run, set, &words);
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

static const struct metric metrics[] = {
    {"spearman", "rank correlation of cosine and rating", METRIC_HIGHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_SPEARMAN, .low = -1, .high = 1},
    {"pearson", "correlation of cosine and rating", METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY,
     METRIC_PEARSON, .low = -1, .high = 1},
    {"coverage", "pairs with two vectors", METRIC_HIGHER, METRIC_SHARE, METRIC_DIAGNOSTIC,
     METRIC_SHARE_ANSWERED, .low = 0, .high = 1},
    {"accuracy", "synonym questions answered rightly", METRIC_HIGHER, METRIC_SHARE, METRIC_HEADLINE,
     METRIC_SHARE_CORRECT, .low = 0, .high = 1},
    {0},
};

const struct suite suite_similarity = {
    .id = "similarity",
    .title = "word similarity and synonyms",
    .summary =
        "Cosine of two words against human ratings (Spearman, Pearson) under three policies for "
        "unknown words: skip leaves such pairs out, zero scores them 0, common keeps the pairs "
        "that every compared embedder knows. With several embedders common is the headline, with "
        "skip beside it; with one, skip. Four-choice synonym questions give an accuracy. "
        "Contextual embedders read the word alone, or in a template.",
    .methods = "cosine, cosine-contexts",
    .options = "case=lower|exact  static embedders look words up lower-cased, or as written\n"
               "template=TEXT     contextual embedders read the word in this text, in place of {}\n"
               "contexts=FILE     a word's vector is the mean over its occurrences in this text\n"
               "contexts-most=N   at most N of them (default 100)\n"
               "save=PREFIX       save those vectors as word2vec text files, one a stage\n"
               "interval=percentile|bca  kind of bootstrap interval",
    .data =
        "FILE: a pair a line, two words and a rating, by tabs, semicolons, commas or blanks; with "
        "a\n"
        "  header or not. The rating may stand in front. A column of line numbers (without a "
        "name,\n"
        "  id, index, Unnamed: 0) is passed over. Of several columns of numbers the rating is the\n"
        "  one called score, rating, mean, similarity, relatedness or the like, or a mean of the\n"
        "  whole numbers behind it (RW); else the file is refused\n"
        "X.data.txt with X.gold.txt: SemEval-2017 task 2, ratings line by line\n"
        "wordnet-synonyms: four-choice questions (harness prepare)\n"
        "a folder of such files; documents, licences, programs and SOURCE.txt are passed over",
    .keep_items = true,
    .figures = {.metrics = metrics},
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run,
    .conclude = conclude,
};
