/* Cosines of pairs of words in their contexts by each method, and what a model makes of the words. */
#include "suites/shared/contexts.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/correlation.h"
#include "report/figure_text.h"
#include "suites/shared/contexts_scan.h"
#include "suites/shared/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const contexts_method_names[CONTEXTS_N_METHODS] = {"target", "lemma", "context",
                                                               "static-best"};

/* Without a training text, what asks for one is refused. */
static int check_training(const struct suite_run *run, const struct contexts_training *training)
{
    const struct word_mean *mean = &run->state->mean;
    const char *asked =
        mean->components                ? "components"
        : mean->words.kind == WORDS_IDF ? "weights=idf"
        : mean->words.kind == WORDS_SIF && mean->words.frequencies == WORDS_OF_TRAINING
            ? "frequencies=train"
            : NULL;
    return asked && !training->set
               ? error_set(ERR_REQUEST,
                           "option %s needs a training text; found none, expected a set with "
                           "training pairs, or --dev SET of this run",
                           asked)
               : 0;
}

static double *unknown(size_t n)
{
    double *cosines = mem_array(n + 1, sizeof *cosines);
    for (size_t i = 0; i < n; i++) {
        cosines[i] = NAN;
    }
    return cosines;
}

static int score_lemmas(struct embedder *embedder, const struct context_set *set, double *cosines)
{
    struct words words = {0};
    struct words_protocol protocol = {0};
    uint32_t *numbers = mem_array(2 * set->n_pairs + 1, sizeof *numbers);
    for (size_t p = 0; p < set->n_pairs; p++) {
        numbers[2 * p] = words_put(&words, set->pairs[p].lemmas[0]);
        numbers[2 * p + 1] = words_put(&words, set->pairs[p].lemmas[1]);
    }
    int status = words_embed(&words, embedder, &protocol);
    for (size_t p = 0; status == 0 && p < set->n_pairs; p++) {
        uint32_t a = numbers[2 * p], b = numbers[2 * p + 1];
        if (words_known(&words, a) && words_known(&words, b)) {
            cosines[p] =
                contexts_cosine(words_vector(&words, a, 0), words_vector(&words, b, 0), words.dim);
        }
    }
    free(numbers);
    words_finish(&words);
    return status;
}

/* Pieces of every target, for a model of subwords. */
static int cut_targets(struct embedder *embedder, const struct context_set *set,
                       struct contexts_words *words)
{
    struct cutter cutter = cutter_of(embedder);
    int status = 0;
    words->has_pieces = cutter_cuts(&cutter);
    for (size_t o = 0; o < set->n_occurrences && words->has_pieces && !status; o++) {
        const struct context_occurrence *occurrence = &set->occurrences[o];
        const struct emb_sentence sentence = {
            .text = occurrence->text,
            .words = occurrence->n_words ? occurrence->words : NULL,
            .n_bytes = occurrence->n_bytes,
            .n_words = occurrence->n_words,
        };
        status = cutter_cut(&cutter, &sentence);
        if (status == 0) {
            words->pieces[o] = cutter_count(&cutter, occurrence->target);
            vocabulary_add_cut(&words->vocabulary, &cutter, &sentence, occurrence->target);
        }
    }
    cutter_finish(&cutter);
    return status;
}

static struct contexts_words new_words(const struct context_set *set)
{
    struct contexts_words words = {0};
    words.unknown = mem_array(set->n_occurrences + 1, sizeof *words.unknown);
    words.pieces = mem_array(set->n_occurrences + 1, sizeof *words.pieces);
    return words;
}

void contexts_words_finish(struct contexts_words *words)
{
    free(words->unknown);
    free(words->pieces);
    vocabulary_finish(&words->vocabulary);
    *words = (struct contexts_words){0};
}

/* The means of a run, with what they learn from the training text. */
static int make_means(const struct suite_run *run, struct contexts_scan *scan,
                      const struct contexts_training *training)
{
    const struct suite_state *state = run->state;
    struct contexts_scores *scores = scan->scores;
    TRY(check_training(run, training));
    scores->means[0] = state->mean;
    if (state->best) {
        scores->n_grid =
            word_means_grid(run->embedder, true, training->set != NULL, scores->means + 1);
    }
    word_mean_protocol(&state->mean, state->file, &scores->terms[CONTEXTS_AROUND]);
    TRY(word_means_create(run->embedder, &state->frequencies, scores->means, 1 + scores->n_grid,
                          &scan->means));
    return contexts_scan_learn(scan, training, scores->means);
}

int contexts_score(const struct suite_run *run, const struct context_set *set,
                   const struct contexts_training *training, struct contexts_scores *ret_scores,
                   struct contexts_words *ret_words)
{
    struct contexts_scores scores = {.grid = NULL};
    struct contexts_words words = new_words(set);
    struct contexts_scan scan = {.set = set,
                                 .embedder = run->embedder,
                                 .scores = &scores,
                                 .words = embedder_is_static(run->embedder),
                                 .wanted = ret_words ? &words : NULL,
                                 .n_stages = embedder_n_stages(run->embedder),
                                 .dim = embedder_dim(run->embedder)};
    contexts_scan_init(&scan);
    int status = scan.words ? make_means(run, &scan, training) : 0;
    scores.cosines[CONTEXTS_TARGET] = unknown(scan.n_stages * set->n_pairs);
    if (scan.words) {
        scores.cosines[CONTEXTS_LEMMA] = unknown(set->n_pairs);
        scores.cosines[CONTEXTS_AROUND] = unknown(set->n_pairs);
        scores.grid = unknown(scores.n_grid * set->n_pairs);
    }
    status = status ? status : contexts_scan_run(&scan);
    if (status == 0 && scan.words) {
        status = score_lemmas(run->embedder, set, scores.cosines[CONTEXTS_LEMMA]);
    }
    if (status == 0 && ret_words) {
        status = cut_targets(run->embedder, set, &words);
    }
    contexts_scan_finish(&scan);
    if (status || !ret_words) {
        contexts_words_finish(&words);
    }
    if (status) {
        contexts_scores_finish(&scores);
        return status;
    }
    for (uint32_t s = 0; s < scan.n_stages; s++) {
        correlation_merge_ties(scores.cosines[CONTEXTS_TARGET] + s * set->n_pairs,
                               (uint32_t)set->n_pairs);
    }
    for (int m = CONTEXTS_LEMMA; scan.words && m <= CONTEXTS_AROUND; m++) {
        correlation_merge_ties(scores.cosines[m], (uint32_t)set->n_pairs);
    }
    for (uint32_t m = 0; m < scores.n_grid; m++) {
        correlation_merge_ties(scores.grid + m * set->n_pairs, (uint32_t)set->n_pairs);
    }
    *ret_scores = scores;
    if (ret_words) {
        *ret_words = words;
    }
    return 0;
}

void contexts_choose(const struct suite_run *run, const struct context_set *set,
                     struct contexts_scores *scores, uint32_t chosen, const char *dev)
{
    struct protocol *terms = &scores->terms[CONTEXTS_BEST];
    struct str took = {0};
    word_mean_protocol(&scores->means[1 + chosen], NULL, terms);
    if (terms->n == 0) {
        protocol_add(terms, PROTOCOL_WEIGHTS, "uniform");
    }
    protocol_write(terms, &took);
    log_info("%s, %s: static-best takes %s, chosen on %s", embedder_name(run->embedder), set->name,
             str_text(&took), dev);
    str_finish(&took);
    protocol_add(terms, PROTOCOL_CHOSEN_ON, dev);
    protocol_add_number(terms, PROTOCOL_GRID, scores->n_grid);
    free(scores->cosines[CONTEXTS_BEST]);
    scores->cosines[CONTEXTS_BEST] = mem_array(set->n_pairs + 1, sizeof(double));
    memcpy(scores->cosines[CONTEXTS_BEST], scores->grid + chosen * set->n_pairs,
           set->n_pairs * sizeof(double));
}

void contexts_scores_finish(struct contexts_scores *scores)
{
    for (int m = 0; m < CONTEXTS_N_METHODS; m++) {
        free(scores->cosines[m]);
        protocol_finish(&scores->terms[m]);
    }
    free(scores->grid);
    *scores = (struct contexts_scores){.grid = NULL};
}
