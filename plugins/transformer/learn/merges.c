/* Merging pairs of pieces, the most frequent first. */
#include "learn/merges.h"

#include "embedder_util.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define NONE UINT32_MAX

/* A pair of neighbours and where it stands: a list of words, some of which may have lost it. */
struct pair {
    uint32_t left, right;
    uint64_t count;
    uint32_t first_place, seen_in; /* NONE: nowhere; the last word added */
};
struct place {
    uint32_t word, next;
};
struct candidate { /* in the heap; out of date if the pair's count is another */
    uint64_t count;
    uint32_t pair;
};

struct learner {
    struct merges *merges;
    uint32_t *symbols;      /* the words' pieces, one after the other */
    uint64_t *starts;       /* [n_words + 1] */
    uint32_t *lengths;      /* [n_words] pieces left */
    struct pair *pairs;     /* [n_pairs] */
    uint32_t *slots;        /* [n_slots], a power of two: pair number or NONE */
    struct place *places;   /* [n_places] */
    struct candidate *heap; /* [n_heap] */
    uint64_t n_slots, pairs_capacity, places_capacity, heap_capacity;
    uint32_t n_pairs, n_places, n_heap;
    emb_status status; /* the first failure */
};

/* Room for one more element; the old block is given back. */
static bool grow(struct learner *of, void *block, uint64_t *scratch, uint64_t n, uint64_t size)
{
    void *old, *wider;
    if (n < *scratch || of->status != EMB_OK) {
        return of->status == EMB_OK;
    }
    uint64_t wanted = *scratch ? *scratch * 2 : 1024;
    of->status = job_alloc(of->merges->job, wanted, size, "pairs of pieces", &wider);
    if (of->status != EMB_OK) {
        return false;
    }
    memcpy(&old, block, sizeof old);
    if (old) {
        memcpy(wider, old, n * size);
        of->merges->job->host->free(of->merges->job->host, old);
    }
    memcpy(block, &wider, sizeof wider);
    *scratch = wanted;
    return true;
}

static uint64_t slot_of(uint32_t left, uint32_t right, uint64_t n_slots)
{
    uint64_t key = ((uint64_t)left << 32 | right) * UINT64_C(0x9e3779b97f4a7c15);
    return (key ^ key >> 29) & (n_slots - 1);
}

static bool grow_slots(struct learner *of)
{
    uint64_t n = of->n_slots ? of->n_slots * 2 : 1 << 16;
    uint32_t *slots;
    of->status = job_alloc(of->merges->job, n, sizeof *slots, "pairs of pieces", &slots);
    if (of->status != EMB_OK) {
        return false;
    }
    memset(slots, 0xff, n * sizeof *slots);
    for (uint32_t p = 0; p < of->n_pairs; p++) {
        uint64_t at = slot_of(of->pairs[p].left, of->pairs[p].right, n);
        while (slots[at] != NONE) {
            at = (at + 1) & (n - 1);
        }
        slots[at] = p;
    }
    of->merges->job->host->free(of->merges->job->host, of->slots);
    of->slots = slots;
    of->n_slots = n;
    return true;
}

/* The number of a pair, which is made if it is new; NONE: out of memory. */
static uint32_t pair_of(struct learner *of, uint32_t left, uint32_t right)
{
    if (2 * ((uint64_t)of->n_pairs + 1) > of->n_slots && !grow_slots(of)) {
        return NONE;
    }
    uint64_t at = slot_of(left, right, of->n_slots);
    for (; of->slots[at] != NONE; at = (at + 1) & (of->n_slots - 1)) {
        const struct pair *pair = &of->pairs[of->slots[at]];
        if (pair->left == left && pair->right == right) {
            return of->slots[at];
        }
    }
    if (!grow(of, &of->pairs, &of->pairs_capacity, of->n_pairs, sizeof *of->pairs)) {
        return NONE;
    }
    of->pairs[of->n_pairs] = (struct pair){left, right, 0, NONE, NONE};
    return of->slots[at] = of->n_pairs++;
}

/* `times` more occurrences of a pair, in a word; is_new: the word may not be on its list yet. */
static void add_pair(struct learner *of, uint32_t left, uint32_t right, uint64_t times,
                     uint32_t word, bool is_new)
{
    uint32_t number = pair_of(of, left, right);
    if (number == NONE ||
        !grow(of, &of->places, &of->places_capacity, of->n_places, sizeof *of->places)) {
        return;
    }
    struct pair *pair = &of->pairs[number];
    pair->count += times;
    if (is_new && pair->seen_in != word) {
        of->places[of->n_places] = (struct place){word, pair->first_place};
        pair->first_place = of->n_places++;
        pair->seen_in = word;
    }
}

static void take_pair(struct learner *of, uint32_t left, uint32_t right, uint64_t times)
{
    uint32_t number = pair_of(of, left, right);
    if (number != NONE) {
        of->pairs[number].count -= times;
    }
}

/* Is a to be merged before b? */
static bool comes_first(const struct learner *of, struct candidate a, struct candidate b)
{
    const struct pair *x = &of->pairs[a.pair], *y = &of->pairs[b.pair];
    return a.count != b.count   ? a.count > b.count
           : x->left != y->left ? x->left < y->left
                                : x->right < y->right;
}

static void push(struct learner *of, struct candidate candidate)
{
    if (!grow(of, &of->heap, &of->heap_capacity, of->n_heap, sizeof *of->heap)) {
        return;
    }
    uint32_t at = of->n_heap++;
    for (; at > 0 && comes_first(of, candidate, of->heap[(at - 1) / 2]); at = (at - 1) / 2) {
        of->heap[at] = of->heap[(at - 1) / 2];
    }
    of->heap[at] = candidate;
}

static struct candidate pop(struct learner *of)
{
    struct candidate first = of->heap[0], last = of->heap[--of->n_heap];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < of->n_heap; at = child) {
        if (child + 1 < of->n_heap && comes_first(of, of->heap[child + 1], of->heap[child])) {
            child++;
        }
        if (!comes_first(of, of->heap[child], last)) {
            break;
        }
        of->heap[at] = of->heap[child];
    }
    of->heap[at] = last;
    return first;
}

/* The pair that occurs most; false if none occurs twice. */
static bool best_pair(struct learner *of, uint32_t *ret_pair)
{
    while (of->n_heap > 0) {
        struct candidate best = pop(of);
        uint64_t count = of->pairs[best.pair].count;
        if (count == best.count && count >= 2) {
            *ret_pair = best.pair;
            return true;
        }
        if (count >= 2) {
            push(of, (struct candidate){count, best.pair});
        }
    }
    return false;
}

/* Words to first pieces, and their pairs. */
static emb_status spread(struct learner *of)
{
    const struct word_counts *words = of->merges->words;
    const struct train_job *job = of->merges->job;
    uint64_t n = 0;
    for (uint32_t w = 0; w < words->n_words; w++) {
        n += words->words[w].n_bytes;
    }
    emb_status status = job_alloc(job, n, sizeof *of->symbols, "words as pieces", &of->symbols);
    if (status == EMB_OK) {
        status = job_alloc(job, words->n_words + 1u, sizeof *of->starts, "words", &of->starts);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, words->n_words, sizeof *of->lengths, "words", &of->lengths);
    }
    for (uint32_t w = 0; status == EMB_OK && w < words->n_words; w++) {
        uint32_t *symbols = of->symbols + of->starts[w];
        uint32_t length = of->merges->first_pieces(of->merges->arg, word_counts_text(words, w),
                                                   words->words[w].n_bytes, symbols);
        of->lengths[w] = length;
        of->starts[w + 1] = of->starts[w] + length;
        for (uint32_t i = 0; i + 1 < length; i++) {
            add_pair(of, symbols[i], symbols[i + 1], words->words[w].count, w, true);
        }
        status = of->status;
    }
    for (uint32_t p = 0; p < of->n_pairs; p++) {
        push(of, (struct candidate){of->pairs[p].count, p});
    }
    return status != EMB_OK ? status : of->status;
}

static bool holds(const uint32_t *symbols, uint32_t n, uint32_t left, uint32_t right)
{
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (symbols[i] == left && symbols[i + 1] == right) {
            return true;
        }
    }
    return false;
}

/* Puts `merged` for each left, right of a word, from left to right, and keeps the counts true. */
static void merge_in(struct learner *of, uint32_t word, uint32_t left, uint32_t right,
                     uint32_t merged)
{
    uint32_t *symbols = of->symbols + of->starts[word], n = of->lengths[word], kept = 0;
    uint64_t times = of->merges->words->words[word].count;
    if (!holds(symbols, n, left, right)) {
        return;
    }
    for (uint32_t i = 0; i + 1 < n; i++) {
        take_pair(of, symbols[i], symbols[i + 1], times);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool here = i + 1 < n && symbols[i] == left && symbols[i + 1] == right;
        symbols[kept++] = here ? merged : symbols[i];
        i += here;
    }
    of->lengths[word] = kept;
    for (uint32_t i = 0; i + 1 < kept; i++) {
        bool is_new = symbols[i] == merged || symbols[i + 1] == merged;
        add_pair(of, symbols[i], symbols[i + 1], times, word, is_new);
    }
}

static void merge(struct learner *of, uint32_t number, uint32_t merged)
{
    struct pair pair = of->pairs[number];
    uint32_t n_before = of->n_pairs;
    for (uint32_t place = pair.first_place; place != NONE && of->status == EMB_OK;) {
        struct place at = of->places[place];
        merge_in(of, at.word, pair.left, pair.right, merged);
        place = at.next;
    }
    for (uint32_t p = n_before; p < of->n_pairs && of->status == EMB_OK; p++) {
        push(of, (struct candidate){of->pairs[p].count, p});
    }
}

static emb_status merge_all(struct learner *of, uint32_t most)
{
    struct merges *merges = of->merges;
    uint32_t best;
    while (of->status == EMB_OK && merges->n < most && best_pair(of, &best)) {
        merges->pairs[merges->n][0] = of->pairs[best].left;
        merges->pairs[merges->n][1] = of->pairs[best].right;
        merge(of, best, merges->first_number + merges->n++);
        if (of->status == EMB_OK) {
            of->status = job_step(merges->job, merges->n, NAN);
        }
    }
    return of->status;
}

emb_status merges_learn(struct merges *merges, uint32_t most)
{
    const struct emb_host *host = merges->job->host;
    struct learner of = {.merges = merges, .status = EMB_OK};
    emb_status status =
        job_alloc(merges->job, most + 1ull, sizeof *merges->pairs, "the merges", &merges->pairs);
    if (status == EMB_OK) {
        status = spread(&of);
    }
    if (status == EMB_OK) {
        status = merge_all(&of, most);
    }
    void *const blocks[] = {of.symbols, of.starts, of.lengths, of.pairs,
                            of.slots,   of.places, of.heap};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        host->free(host, blocks[i]);
    }
    return status;
}
