/* Sends texts through an embedder and scores each pair as soon as both of its words have arrived. */
#include "suites/shared/contexts_scan.h"

#include "base/mem.h"
#include "math/vectors.h"
#include "plugin/embed.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of an occurrence while pairs still ask for it. */
struct kept {
    float *target;    /* [n_stages, dim]; NULL: not arrived, or without a vector */
    float *around;    /* [n_means, dim], static embedders; NULL: no word has a vector */
    bool *has_around; /* [n_means] */
    uint32_t waiting; /* pairs not scored yet */
    bool arrived;
};

void contexts_scan_init(struct contexts_scan *scan)
{
    const struct context_set *set = scan->set;
    scan->kept = mem_array(set->n_occurrences + 1, sizeof *scan->kept);
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

double contexts_cosine(const float *a, const float *b, uint32_t dim)
{
    bool equal = memcmp(a, b, dim * sizeof *a) == 0 && vec_norm(a, dim) > 0;
    return equal ? 1 : vec_cosine(a, b, dim);
}

static void score_pair(const struct contexts_scan *scan, uint32_t number)
{
    const struct context_pair *pair = &scan->set->pairs[number];
    const struct kept *first = &scan->kept[pair->occurrences[0]];
    const struct kept *second = &scan->kept[pair->occurrences[1]];
    for (uint32_t s = 0; s < scan->n_stages && first->target && second->target; s++) {
        size_t row = (size_t)s * scan->dim;
        scan->scores->cosines[CONTEXTS_TARGET][s * scan->set->n_pairs + number] =
            contexts_cosine(first->target + row, second->target + row, scan->dim);
    }
    for (uint32_t m = 0; scan->words && m < word_means_n(scan->means); m++) {
        double *to = m ? scan->scores->grid + (m - 1) * scan->set->n_pairs
                       : scan->scores->cosines[CONTEXTS_AROUND];
        size_t row = (size_t)m * scan->dim;
        if (first->has_around[m] && second->has_around[m]) {
            to[number] = contexts_cosine(first->around + row, second->around + row, scan->dim);
        }
    }
}

static void let_go(struct contexts_scan *scan, uint32_t occurrence)
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
static void list_targets(struct contexts_scan *scan, const struct context_occurrence *occurrence)
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
static struct word_list words_of(struct contexts_scan *scan)
{
    MEM_GROW(scan->places, scan->places_capacity, scan->targets.n + 1u);
    for (uint32_t i = 0; i < scan->targets.n; i++) {
        scan->places[i] = i;
    }
    return (struct word_list){scan->targets.spans, scan->places, scan->targets.n};
}

/* The contexts of an occurrence by every mean: learnt from, or kept. */
static void take_contexts(struct contexts_scan *scan, const struct context_occurrence *occurrence,
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

static void keep(struct contexts_scan *scan, uint32_t number, const struct embedded *embedded)
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
    struct contexts_scan *scan = ctx;
    const struct context_occurrence *occurrence = &scan->set->occurrences[embedded->tag];
    struct kept none = {0};
    list_targets(scan, occurrence);
    take_contexts(scan, occurrence, embedded, &none);
    return 0;
}

static int take(void *ctx, const struct embedded *embedded)
{
    struct contexts_scan *scan = ctx;
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
static int stream_occurrences(struct contexts_scan *scan, const uint8_t *chosen,
                              int (*take_one)(void *ctx, const struct embedded *embedded))
{
    const struct context_set *set = scan->set;
    struct embed_stream *stream = embed_stream_create(scan->embedder, EMB_POOL_MEAN, take_one, scan,
                                                      set->name, set->n_occurrences);
    struct contexts_scan listing = {.words = scan->words};
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

static void count_words(struct contexts_scan *scan, const uint8_t *chosen)
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

int contexts_scan_learn(const struct contexts_scan *scan, const struct contexts_training *training,
                        const struct word_mean *specs)
{
    struct contexts_scan one = *scan;
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

int contexts_scan_run(struct contexts_scan *scan)
{
    return stream_occurrences(scan, NULL, take);
}

void contexts_scan_finish(struct contexts_scan *scan)
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
