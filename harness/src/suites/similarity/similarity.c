/*
 * Suite `similarity`: the cosine of two words against a human rating, and four-choice synonym
 * questions (METRICS.md, "Similarity and relatedness").
 */
#include "suites/suite.h"
#include "suites/similarity/pairs.h"
#include "suites/similarity/sets.h"
#include "suites/shared/words.h"
#include "suites/shared/words_contexts.h"
#include "suites/options.h"

#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

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
    const char *casing = suite_text(request, "case"), *template = suite_text(request, "template");
    if (template && !strstr(template, "{}")) {
        return error_set(ERR_REQUEST,
                         "suite similarity, option template: found \"%s\", expected {} in it",
                         template);
    }
    state->protocol.keep_case = suite_says(request, "case", "exact");
    state->protocol.template = template;
    state->contexts = suite_text(request, "contexts");
    state->save = suite_text(request, "save");
    state->contexts_most = (uint32_t)suite_whole(request, "contexts-most");
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
        return error_set(ERR_REQUEST, "suite similarity, option contexts: %s: no such file",
                         state->contexts);
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
    int status = read_options(request, state);
    if (!status) {
        status = similarity_sets_read(request, "wordnet-synonyms", &state->sets);
    }
    if (status) {
        release(state);
        return status;
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

static void tell_found(const struct suite_run *run, const struct words *words, uint32_t found,
                       const char *set_name)
{
    struct few few = {0};
    for (uint32_t w = 0; w < words->map.n; w++) {
        if (words->status[w] != EMB_WORD_OK) {
            few_add(&few, map_key(&words->map, w), strlen(map_key(&words->map, w)));
        }
    }
    char *others = few_text(&few);
    log_info("%s: %u of %u words of %s occur in %s%s%s", embedder_name(run->embedder), found,
             words->map.n, set_name, run->state->contexts, few.n ? ", but not " : "", others);
    free(others);
    few_finish(&few);
}

static int from_contexts(const struct suite_run *run, const char *set_name, struct words *words)
{
    const struct suite_state *state = run->state;
    uint32_t found;
    if (!state->contexts || embedder_is_static(run->embedder)) {
        return 0;
    }
    int status =
        words_from_contexts(words, run->embedder, state->contexts, state->contexts_most, &found);
    if (status) {
        return status;
    }
    tell_found(run, words, found, set_name);
    for (uint32_t s = 0; state->save && !status && s < words->n_stages; s++) {
        char *path = mem_format("%s-%s-%s.txt", state->save, set_name,
                                embedder_stage(run->embedder, s)->name);
        status = words_save(words, s, path);
        free(path);
    }
    return status;
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
    int status = words_embed(&words, run->embedder, &run->state->protocol);
    const char *name = set->is_synonyms ? set->synonyms.name : set->pairs.name;
    status = status ? status : from_contexts(run, name, &words);
    if (!status) {
        words_tell_lacking(&words, run->embedder, name);
        score(run, set, &words);
    }
    words_finish(&words);
    return status;
}

static int run(const struct suite_run *run)
{
    const struct similarity_sets *sets = &run->state->sets;
    for (uint32_t i = 0; i < sets->n; i++) {
        TRY(run_set(run, &sets->sets[i]));
    }
    return 0;
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

static const struct suite_option options[] = {
    {{"case", "lower", "static embedders look words up lower-cased, or as written", EMB_OPT_TEXT, 0,
      0, 0},
     "lower|exact"},
    {{"template", "", "contextual embedders read the word in this text, in place of {}",
      EMB_OPT_TEXT, 0, 0, 0},
     NULL},
    {{"contexts", "", "a word's vector is the mean over its occurrences in this text", EMB_OPT_PATH,
      0, 0, 0},
     NULL},
    {{"contexts-most", "100", "at most this many of them", EMB_OPT_INT, 0, 1, UINT32_MAX}, NULL},
    {{"save", "",
      "save those vectors as word2vec text files, one per stage, whose names begin with this",
      EMB_OPT_TEXT, 0, 0, 0},
     NULL},
    {{"interval", "percentile", "kind of bootstrap interval", EMB_OPT_TEXT, 0, 0, 0},
     "percentile|bca"},
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"pos:NOUN|VERB|…", "of synonym questions, and of sets that say it"},
    {"NAME:VALUE", "any other attribute that a set gives its pairs"},
    {"oov-of:NAME", "items that embedder NAME lacks a vector of; every embedder is scored on them"},
    {0},
};

static const struct suite_term policies[] = {
    {"skip", "items whose words are known"},
    {"zero", "an unknown word scores 0; a question with one is wrong"},
    {"common", "pairs that every compared embedder knows"},
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
    .options = options,
    .data =
        "FILE: a pair a line, two words and a rating, by tabs, semicolons, commas or blanks; with "
        "a\n"
        "  header or not. The rating may stand in front. A column of line numbers (without a "
        "name,\n"
        "  id, index, Unnamed: 0) is skipped. Of several columns of numbers the rating is the\n"
        "  one called score, rating, mean, similarity, relatedness or the like, or a mean of the\n"
        "  whole numbers after it (RW); else the file is refused\n"
        "X.data.txt with X.gold.txt: SemEval-2017 task 2, ratings line by line\n"
        "wordnet-synonyms: four-choice questions (harness prepare)\n"
        "a folder of such files; documents, licences, programs and SOURCE.txt are skipped",
    .keep_items = true,
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY) | PROTOCOL_BIT(SPLIT) |
                     PROTOCOL_BIT(CASE) | PROTOCOL_BIT(TEMPLATE) | PROTOCOL_BIT(CONTEXTS) |
                     PROTOCOL_BIT(MOST) | PROTOCOL_BIT(TIE),
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run,
    .conclude = conclude,
};
