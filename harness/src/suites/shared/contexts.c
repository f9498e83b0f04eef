/* Embeds pairs of words in their contexts and keeps each cosine at every stage. */
#include "suites/shared/contexts.h"

#include "base/error.h"
#include "base/mem.h"
#include "math/correlation.h"
#include "math/vectors.h"
#include "suites/shared/set_names.h"
#include "suites/shared/text_words.h"
#include "suites/shared/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const contexts_method_names[CONTEXTS_N_METHODS] = {"target", "lemma", "context"};

void contexts_release(struct suite_state *state)
{
    if (state) {
        for (uint32_t i = 0; i < state->n; i++) {
            context_set_finish(&state->sets[i]);
        }
        free(state->sets);
        oov_of_free(state->oov_of);
        free(state);
    }
}

const char *const contexts_split_names[CONTEXT_N_SPLITS] = {"train", "dev", "test", "all"};

char *contexts_dataset(const struct context_set *set, uint32_t split)
{
    return split == CONTEXT_WHOLE ? mem_text(set->name)
                                  : mem_format("%s:%s", set->name, contexts_split_names[split]);
}

/* The sets' names, and of a set with splits theirs. */
static int name_sets(struct set_names *names, const char *suite, struct suite_state *state)
{
    int status = set_names_settle(names, suite);
    for (uint32_t i = 0; status == 0 && i < state->n; i++) {
        struct context_set *set = &state->sets[i];
        bool seen[CONTEXT_N_SPLITS] = {[CONTEXT_WHOLE] = true};
        set_names_put(names, i, &set->name);
        for (size_t p = 0; status == 0 && p < set->n_pairs; p++) {
            uint8_t split = set->pairs[p].split;
            if (!seen[split]) {
                char *name = contexts_dataset(set, split);
                status = set_names_derive(names, suite, i, name);
                free(name);
                seen[split] = true;
            }
        }
    }
    return status;
}

int contexts_prepare(const struct suite_request *request, const char *suite,
                     int (*read)(const char *path, struct context_sets *ret_sets),
                     struct suite_state **ret_state)
{
    if (request->n_datasets == 0) {
        return error_set(ERR_REQUEST, "suite %s: has no data of its own: --dataset DATA", suite);
    }
    struct suite_state *state = mem_alloc(sizeof *state);
    struct set_names names = {0};
    size_t capacity = 0;
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < request->n_datasets; i++) {
        char *path, *variant;
        status = suite_locate(request->datasets[i], &path, &variant);
        if (status == 0) {
            struct context_sets sets = {0};
            status = read(path, &sets);
            MEM_GROW(state->sets, capacity, (size_t)state->n + sets.n + 1);
            for (uint32_t s = 0; s < sets.n; s++) {
                context_set_limit(&sets.sets[s], request->limit);
                set_names_add(&names, request->datasets[i], path, sets.sets[s].name);
                state->sets[state->n++] = sets.sets[s];
            }
            free(sets.sets);
            free(path);
            free(variant);
        }
    }
    status = status ? status : name_sets(&names, suite, state);
    set_names_finish(&names);
    if (status) {
        contexts_release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

/* What is kept of an occurrence while pairs still ask for it. */
struct kept {
    float *target;    /* [n_stages, dim]; NULL: not arrived, or without a vector */
    float *around;    /* [dim], static embedders */
    uint32_t waiting; /* pairs not scored yet */
    bool arrived;
};

struct scan {
    const struct context_set *set;
    struct embedder *embedder;
    struct contexts_scores *scores;
    bool words; /* static: contexts are wanted */
    uint32_t n_stages, dim;
    struct kept *kept;    /* [n_occurrences] */
    uint32_t *pairs;      /* pairs of each occurrence, one after the other */
    uint32_t *first_pair; /* [n_occurrences + 1] */
    struct text_words targets;
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
    if (scan->words && first->around && second->around) {
        scan->scores->cosines[CONTEXTS_AROUND][number] =
            cosine(first->around, second->around, scan->dim);
    }
}

static void let_go(struct scan *scan, uint32_t occurrence)
{
    struct kept *kept = &scan->kept[occurrence];
    if (--kept->waiting == 0) {
        free(kept->target);
        free(kept->around);
        kept->target = kept->around = NULL;
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
    double *sum = mem_array(scan->dim, sizeof *sum);
    uint32_t n = 0;
    list_targets(scan, occurrence);
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        const float *vectors = embedded->vectors + i * row;
        bool is_target = scan->targets.spans[i].begin == occurrence->target.begin &&
                         scan->targets.spans[i].end == occurrence->target.end;
        if (is_target && scan->wanted) {
            note_target(scan->wanted, occurrence, number, embedded->status[i]);
        }
        if (!word_has_vector(embedded->status[i])) {
            continue;
        }
        if (is_target) {
            kept->target = mem_array(row, sizeof *kept->target);
            memcpy(kept->target, vectors, row * sizeof *vectors);
        } else {
            vec_axpy(1, vectors, sum, scan->dim);
            n++;
        }
    }
    if (n) {
        kept->around = mem_array(scan->dim, sizeof *kept->around);
        for (uint32_t d = 0; d < scan->dim; d++) {
            kept->around[d] = (float)(sum[d] / n);
        }
    }
    kept->arrived = true;
    free(sum);
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

static int stream_occurrences(struct scan *scan)
{
    const struct context_set *set = scan->set;
    struct embed_stream *stream = embed_stream_create(scan->embedder, EMB_POOL_MEAN, take, scan,
                                                      set->name, set->n_occurrences);
    struct scan listing = {.words = scan->words};
    int status = 0;
    for (size_t o = 0; status == 0 && o < set->n_occurrences; o++) {
        const struct context_occurrence *occurrence = &set->occurrences[o];
        list_targets(&listing, occurrence);
        status = embed_stream_push(stream, o, occurrence->text, occurrence->n_bytes,
                                   occurrence->n_words ? occurrence->words : NULL,
                                   occurrence->n_words, listing.targets.spans, listing.targets.n);
    }
    text_words_finish(&listing.targets);
    return embed_stream_end(stream, status);
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

int contexts_score(struct embedder *embedder, const struct context_set *set,
                   struct contexts_scores *ret_scores, struct contexts_words *ret_words)
{
    struct contexts_scores scores = {{0}};
    struct contexts_words words = new_words(set);
    struct scan scan = {.set = set,
                        .embedder = embedder,
                        .scores = &scores,
                        .words = embedder_is_static(embedder),
                        .wanted = ret_words ? &words : NULL,
                        .n_stages = embedder_n_stages(embedder),
                        .dim = embedder_dim(embedder)};
    scores.cosines[CONTEXTS_TARGET] = unknown(scan.n_stages * set->n_pairs);
    if (scan.words) {
        scores.cosines[CONTEXTS_LEMMA] = unknown(set->n_pairs);
        scores.cosines[CONTEXTS_AROUND] = unknown(set->n_pairs);
    }
    scan.kept = mem_array(set->n_occurrences + 1, sizeof *scan.kept);
    list_pairs(&scan);
    int status = stream_occurrences(&scan);
    if (status == 0 && scan.words) {
        status = score_lemmas(embedder, set, scores.cosines[CONTEXTS_LEMMA]);
    }
    if (status == 0 && ret_words) {
        status = cut_targets(embedder, set, &words);
    }
    for (size_t o = 0; o < set->n_occurrences; o++) {
        free(scan.kept[o].target);
        free(scan.kept[o].around);
    }
    free(scan.kept);
    free(scan.pairs);
    free(scan.first_pair);
    text_words_finish(&scan.targets);
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
    for (int m = CONTEXTS_LEMMA; scan.words && m < CONTEXTS_N_METHODS; m++) {
        correlation_merge_ties(scores.cosines[m], (uint32_t)set->n_pairs);
    }
    *ret_scores = scores;
    if (ret_words) {
        *ret_words = words;
    }
    return 0;
}

void contexts_scores_finish(struct contexts_scores *scores)
{
    for (int m = 0; m < CONTEXTS_N_METHODS; m++) {
        free(scores->cosines[m]);
    }
    *scores = (struct contexts_scores){{0}};
}
