/* Embeds pairs of words in their contexts and keeps each cosine at every stage. */
#include "suites/shared/contexts.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/correlation.h"
#include "math/vectors.h"
#include "report/figure_text.h"
#include "suites/shared/text_words.h"
#include "suites/shared/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const contexts_method_names[CONTEXTS_N_METHODS] = {"target", "lemma", "context",
                                                               "static-best"};

/* What is kept of an occurrence while pairs still ask for it. */
struct kept {
    float *target;    /* [n_stages, dim]; NULL: not arrived, or without a vector */
    float *around;    /* [n_means, dim], static embedders; NULL: no word has a vector */
    bool *has_around; /* [n_means] */
    uint32_t waiting; /* pairs not scored yet */
    bool arrived;
};

struct scan {
    const struct context_set *set;
    struct embedder *embedder;
    struct contexts_scores *scores;
    bool words; /* static: contexts are wanted */
    struct word_means *means;
    bool learns; /* the training text: nothing else is wanted of it */
    uint32_t n_stages, dim;
    struct kept *kept;    /* [n_occurrences] */
    uint32_t *pairs;      /* pairs of each occurrence, one after the other */
    uint32_t *first_pair; /* [n_occurrences + 1] */
    struct text_words targets;
    uint32_t place;   /* of the target among them */
    uint32_t *places; /* [targets.n] */
    size_t places_capacity;
    struct contexts_words *wanted; /* NULL: not asked for */
};

static void list_pairs(struct scan *scan)
{
    const struct context_set *set = scan->set;
    uint32_t *begin = mem_array(set->n_occurrences + 1, sizeof *begin);
    for (size_t p = 0; p < set->n_pairs; p++) {
        const uint32_t *sides = set->pairs[p].occurrences;
        begin[sides[0] + 1]++;
        begin[sides[1] + 1] += sides[1] != sides[0];
    }
    for (size_t o = 0; o < set->n_occurrences; o++) {
        scan->kept[o].waiting = begin[o + 1];
        begin[o + 1] += begin[o];
    }
    scan->pairs = mem_array(begin[set->n_occurrences] + 1u, sizeof *scan->pairs);
    uint32_t *next = mem_array(set->n_occurrences + 1, sizeof *next);
    memcpy(next, begin, set->n_occurrences * sizeof *next);
    for (size_t p = 0; p < set->n_pairs; p++) {
        const uint32_t *sides = set->pairs[p].occurrences;
        scan->pairs[next[sides[0]]++] = (uint32_t)p;
        if (sides[1] != sides[0]) {
            scan->pairs[next[sides[1]]++] = (uint32_t)p;
        }
    }
    free(next);
    scan->first_pair = begin;
}

static double cosine(const float *a, const float *b, uint32_t dim)
{
    bool equal = memcmp(a, b, dim * sizeof *a) == 0 && vec_norm(a, dim) > 0;
    return equal ? 1 : vec_cosine(a, b, dim);
}

static void score_pair(const struct scan *scan, uint32_t number)
{
    const struct context_pair *pair = &scan->set->pairs[number];
    const struct kept *first = &scan->kept[pair->occurrences[0]];
    const struct kept *second = &scan->kept[pair->occurrences[1]];
    for (uint32_t s = 0; s < scan->n_stages && first->target && second->target; s++) {
        size_t row = (size_t)s * scan->dim;
        scan->scores->cosines[CONTEXTS_TARGET][s * scan->set->n_pairs + number] =
            cosine(first->target + row, second->target + row, scan->dim);
    }
    for (uint32_t m = 0; scan->words && m < word_means_n(scan->means); m++) {
        double *to = m ? scan->scores->grid + (m - 1) * scan->set->n_pairs
                       : scan->scores->cosines[CONTEXTS_AROUND];
        size_t row = (size_t)m * scan->dim;
        if (first->has_around[m] && second->has_around[m]) {
            to[number] = cosine(first->around + row, second->around + row, scan->dim);
        }
    }
}

static void let_go(struct scan *scan, uint32_t occurrence)
{
    struct kept *kept = &scan->kept[occurrence];
    if (--kept->waiting == 0) {
        free(kept->target);
        free(kept->around);
        free(kept->has_around);
        kept->target = kept->around = NULL;
        kept->has_around = NULL;
    }
}

/* Target first; then, for static embedders, the words of the text that do not touch it. */
static void list_targets(struct scan *scan, const struct context_occurrence *occurrence)
{
    struct text_words *targets = &scan->targets;
    targets->n = 0;
    if (scan->words) {
        if (occurrence->n_words == 0) {
            text_words_cut(targets, occurrence->text, occurrence->n_bytes);
        }
        for (uint32_t w = 0; w < occurrence->n_words; w++) {
            text_words_add_token(targets, occurrence->text, occurrence->words[w]);
        }
    }
    struct emb_span target = occurrence->target;
    uint32_t n = 0;
    for (uint32_t i = 0; i < targets->n; i++) {
        if (targets->spans[i].end <= target.begin || targets->spans[i].begin >= target.end) {
            targets->spans[n++] = targets->spans[i];
        }
    }
    MEM_GROW(targets->spans, targets->capacity, n + 1);
    uint32_t place = n; /* by begin */
    for (; place > 0 && targets->spans[place - 1].begin > target.begin; place--) {
        targets->spans[place] = targets->spans[place - 1];
    }
    targets->spans[place] = target;
    targets->n = n + 1;
    scan->place = place;
}

/* All targets as words; the target itself is left out by its place. */
static struct word_list words_of(struct scan *scan)
{
    MEM_GROW(scan->places, scan->places_capacity, scan->targets.n + 1u);
    for (uint32_t i = 0; i < scan->targets.n; i++) {
        scan->places[i] = i;
    }
    return (struct word_list){scan->targets.spans, scan->places, scan->targets.n};
}

/* The contexts of an occurrence by every mean: learnt from, or kept. */
static void take_contexts(struct scan *scan, const struct context_occurrence *occurrence,
                          const struct embedded *embedded, struct kept *kept)
{
    uint32_t n = word_means_n(scan->means);
    const struct word_list words = words_of(scan);
    float *vector = mem_array(scan->dim, sizeof *vector);
    kept->around = scan->learns ? NULL : mem_array((size_t)n * scan->dim, sizeof *kept->around);
    kept->has_around = scan->learns ? NULL : mem_array(n, sizeof *kept->has_around);
    word_means_weigh(scan->means, occurrence->text, &words);
    for (uint32_t m = 0; m < n; m++) {
        if (!word_means_vector(scan->means, m, &words, embedded, scan->place, vector)) {
            continue;
        }
        if (scan->learns) {
            word_means_learn(scan->means, m, vector);
            continue;
        }
        word_means_remove(scan->means, m, vector);
        memcpy(kept->around + (size_t)m * scan->dim, vector, scan->dim * sizeof *vector);
        kept->has_around[m] = true;
    }
    free(vector);
}

static void note_target(struct contexts_words *words, const struct context_occurrence *occurrence,
                        uint32_t number, uint8_t status)
{
    struct emb_span span = occurrence->target;
    words->unknown[number] = !word_has_vector(status);
    words->any_unknown |= words->unknown[number];
    if (status == EMB_WORD_UNKNOWN) {
        vocabulary_add_unknown(&words->vocabulary, occurrence->text + span.begin,
                               span.end - span.begin);
    }
}

static void keep(struct scan *scan, uint32_t number, const struct embedded *embedded)
{
    const struct context_occurrence *occurrence = &scan->set->occurrences[number];
    struct kept *kept = &scan->kept[number];
    size_t row = (size_t)scan->n_stages * scan->dim;
    list_targets(scan, occurrence);
    if (scan->wanted) {
        note_target(scan->wanted, occurrence, number, embedded->status[scan->place]);
    }
    if (word_has_vector(embedded->status[scan->place])) {
        kept->target = mem_array(row, sizeof *kept->target);
        memcpy(kept->target, embedded->vectors + scan->place * row, row * sizeof *kept->target);
    }
    if (scan->words) {
        take_contexts(scan, occurrence, embedded, kept);
    }
    kept->arrived = true;
}

static int take_to_learn(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    const struct context_occurrence *occurrence = &scan->set->occurrences[embedded->tag];
    struct kept none = {0};
    list_targets(scan, occurrence);
    take_contexts(scan, occurrence, embedded, &none);
    return 0;
}

static int take(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    uint32_t number = (uint32_t)embedded->tag;
    keep(scan, number, embedded);
    for (uint32_t i = scan->first_pair[number]; i < scan->first_pair[number + 1]; i++) {
        const uint32_t *sides = scan->set->pairs[scan->pairs[i]].occurrences;
        if (scan->kept[sides[0]].arrived && scan->kept[sides[1]].arrived) {
            score_pair(scan, scan->pairs[i]);
            let_go(scan, sides[0]);
            if (sides[1] != sides[0]) {
                let_go(scan, sides[1]);
            }
        }
    }
    return 0;
}

/* chosen: [n_occurrences] 0: not wanted; NULL: all are. */
static int stream_occurrences(struct scan *scan, const uint8_t *chosen,
                              int (*take_one)(void *ctx, const struct embedded *embedded))
{
    const struct context_set *set = scan->set;
    struct embed_stream *stream = embed_stream_create(scan->embedder, EMB_POOL_MEAN, take_one, scan,
                                                      set->name, set->n_occurrences);
    struct scan listing = {.words = scan->words};
    int status = 0;
    for (size_t o = 0; status == 0 && o < set->n_occurrences; o++) {
        const struct context_occurrence *occurrence = &set->occurrences[o];
        if (chosen && !chosen[o]) {
            continue;
        }
        list_targets(&listing, occurrence);
        status = embed_stream_push(stream, o, occurrence->text, occurrence->n_bytes,
                                   occurrence->n_words ? occurrence->words : NULL,
                                   occurrence->n_words, listing.targets.spans, listing.targets.n);
    }
    text_words_finish(&listing.targets);
    return embed_stream_end(stream, status);
}

/* [n_occurrences] 1: of the training text. The caller's to free. */
static uint8_t *training_occurrences(const struct contexts_training *training)
{
    const struct context_set *set = training->set;
    uint8_t *chosen = mem_array(set->n_occurrences + 1, 1);
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        if (training->split == CONTEXT_N_SPLITS || pair->split == training->split) {
            chosen[pair->occurrences[0]] = chosen[pair->occurrences[1]] = 1;
        }
    }
    return chosen;
}

static void count_words(struct scan *scan, const uint8_t *chosen)
{
    struct text_words words = {0};
    for (size_t o = 0; o < scan->set->n_occurrences; o++) {
        const struct context_occurrence *occurrence = &scan->set->occurrences[o];
        if (!chosen[o]) {
            continue;
        }
        words.n = 0;
        if (occurrence->n_words == 0) {
            text_words_cut(&words, occurrence->text, occurrence->n_bytes);
        }
        for (uint32_t w = 0; w < occurrence->n_words; w++) {
            text_words_add_token(&words, occurrence->text, occurrence->words[w]);
        }
        word_means_count(scan->means, occurrence->text, words.spans, words.n);
    }
    text_words_finish(&words);
}

/* Counts and components of the training text. */
static int learn(const struct scan *scan, const struct contexts_training *training,
                 const struct word_mean *specs)
{
    struct scan one = *scan;
    bool fits = false;
    int status = 0;
    for (uint32_t m = 0; m < word_means_n(scan->means); m++) {
        fits |= specs[m].components > 0;
    }
    if (!fits && !word_means_counts(scan->means)) {
        return 0;
    }
    uint8_t *chosen = training_occurrences(training);
    one.set = training->set;
    one.learns = true;
    one.wanted = NULL;
    count_words(&one, chosen);
    if (fits) {
        status = stream_occurrences(&one, chosen, take_to_learn);
    }
    for (uint32_t m = 0; status == 0 && m < word_means_n(scan->means); m++) {
        status = word_means_fit(scan->means, m);
    }
    text_words_finish(&one.targets);
    free(one.places);
    free(chosen);
    return status;
}

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
            cosines[p] = cosine(words_vector(&words, a, 0), words_vector(&words, b, 0), words.dim);
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
static int make_means(const struct suite_run *run, struct scan *scan,
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
    return learn(scan, training, scores->means);
}

static void scan_finish(struct scan *scan)
{
    for (size_t o = 0; o < scan->set->n_occurrences; o++) {
        free(scan->kept[o].target);
        free(scan->kept[o].around);
        free(scan->kept[o].has_around);
    }
    free(scan->kept);
    free(scan->pairs);
    free(scan->first_pair);
    free(scan->places);
    text_words_finish(&scan->targets);
    word_means_free(scan->means);
}

int contexts_score(const struct suite_run *run, const struct context_set *set,
                   const struct contexts_training *training, struct contexts_scores *ret_scores,
                   struct contexts_words *ret_words)
{
    struct contexts_scores scores = {.grid = NULL};
    struct contexts_words words = new_words(set);
    struct scan scan = {.set = set,
                        .embedder = run->embedder,
                        .scores = &scores,
                        .words = embedder_is_static(run->embedder),
                        .wanted = ret_words ? &words : NULL,
                        .n_stages = embedder_n_stages(run->embedder),
                        .dim = embedder_dim(run->embedder)};
    scan.kept = mem_array(set->n_occurrences + 1, sizeof *scan.kept);
    list_pairs(&scan);
    int status = scan.words ? make_means(run, &scan, training) : 0;
    scores.cosines[CONTEXTS_TARGET] = unknown(scan.n_stages * set->n_pairs);
    if (scan.words) {
        scores.cosines[CONTEXTS_LEMMA] = unknown(set->n_pairs);
        scores.cosines[CONTEXTS_AROUND] = unknown(set->n_pairs);
        scores.grid = unknown(scores.n_grid * set->n_pairs);
    }
    status = status ? status : stream_occurrences(&scan, NULL, take);
    if (status == 0 && scan.words) {
        status = score_lemmas(run->embedder, set, scores.cosines[CONTEXTS_LEMMA]);
    }
    if (status == 0 && ret_words) {
        status = cut_targets(run->embedder, set, &words);
    }
    scan_finish(&scan);
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
