/* Finds the longest common sequences of two texts, greedily, and adds up their squares. */
#include "suites/wsd/overlap.h"

#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"
#include "suites/shared/text_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* Closed classes: articles, pronouns, prepositions, conjunctions, auxiliaries. */
static const char *const function_words[] = {
    "a",       "about", "above",   "after",  "again",   "against", "all",     "also",  "an",
    "and",     "any",   "are",     "as",     "at",      "be",      "because", "been",  "before",
    "being",   "below", "between", "both",   "but",     "by",      "can",     "could", "did",
    "do",      "does",  "down",    "during", "each",    "either",  "etc",     "for",   "from",
    "had",     "has",   "have",    "he",     "her",     "here",    "him",     "his",   "how",
    "i",       "if",    "in",      "into",   "is",      "it",      "its",     "may",   "me",
    "might",   "more",  "most",    "must",   "my",      "neither", "no",      "nor",   "not",
    "of",      "off",   "on",      "one",    "only",    "or",      "other",   "our",   "out",
    "over",    "own",   "s",       "same",   "shall",   "she",     "should",  "so",    "some",
    "such",    "t",     "than",    "that",   "the",     "their",   "them",    "then",  "there",
    "these",   "they",  "this",    "those",  "through", "to",      "too",     "under", "until",
    "up",      "upon",  "us",      "very",   "was",     "we",      "were",    "what",  "when",
    "where",   "which", "while",   "who",    "whom",    "whose",   "why",     "will",  "with",
    "without", "would", "you",     "your",
};

/* A sequence that both texts have, from a[i] and b[j] on, without function words at its ends. */
struct run {
    uint32_t i, j, n;
    uint32_t whole_i, whole_j; /* where it begins with the function words before it */
};

/* Memory of overlap_score() that calls share. */
struct overlap_scratch {
    uint32_t *first, *turn_of; /* [words] place of a word in b, where its turn is the present one */
    uint32_t *next;            /* [b->n] of the same word; NONE: the last */
    bool *used_a, *used_b;
    struct run *runs;        /* [n] */
    uint32_t *heads, *tails; /* [longest + 1] runs of each length, in their order; NONE */
    uint32_t *later;         /* [n] run of the same length behind each; NONE */
    size_t n;
    uint32_t turn, longest;
    size_t first_capacity, turn_capacity, next_capacity, a_capacity, b_capacity, runs_capacity,
        heads_capacity, tails_capacity, later_capacity;
};

void overlap_words_finish(struct overlap_words *words)
{
    struct overlap_scratch *scratch = words->scratch;
    map_finish(&words->numbers);
    if (scratch) {
        free(scratch->first);
        free(scratch->turn_of);
        free(scratch->next);
        free(scratch->used_a);
        free(scratch->used_b);
        free(scratch->runs);
        free(scratch->heads);
        free(scratch->tails);
        free(scratch->later);
        free(scratch);
        words->scratch = NULL;
    }
}

void overlap_text_add(struct overlap_text *text, struct overlap_words *words, const char *raw,
                      uint32_t n_bytes)
{
    struct text_words parts = {0};
    struct str lower = {0};
    for (size_t i = 0; i < sizeof function_words / sizeof *function_words && !words->n_function;
         i++) {
        map_put_text(&words->numbers, function_words[i]);
    }
    words->n_function = sizeof function_words / sizeof *function_words;
    text_words_cut(&parts, raw, n_bytes);
    MEM_GROW(text->words, text->capacity, (size_t)text->n + parts.n + 1);
    for (uint32_t i = 0; i < parts.n; i++) {
        str_clear(&lower);
        unicode_lower(raw + parts.spans[i].begin, parts.spans[i].end - parts.spans[i].begin,
                      &lower);
        uint32_t word = map_put(&words->numbers, str_text(&lower), lower.n);
        text->words[text->n++] = word;
        if (word >= words->n_function) {
            uint32_t bit = word * UINT32_C(2654435769) >> 24;
            text->said[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    str_finish(&lower);
    text_words_finish(&parts);
}

/* Where each word that says something stands in b. */
static void index_words(struct overlap_scratch *scratch, const struct overlap_words *words,
                        const struct overlap_text *b)
{
    size_t known = scratch->turn_capacity;
    MEM_GROW(scratch->first, scratch->first_capacity, (size_t)words->numbers.n + 1);
    MEM_GROW(scratch->turn_of, scratch->turn_capacity, (size_t)words->numbers.n + 1);
    MEM_GROW(scratch->next, scratch->next_capacity, (size_t)b->n + 1);
    if (scratch->turn_capacity > known) {
        memset(scratch->turn_of + known, 0,
               (scratch->turn_capacity - known) * sizeof *scratch->turn_of);
    }
    if (++scratch->turn == 0) { /* all turns are old ones again */
        memset(scratch->turn_of, 0, scratch->turn_capacity * sizeof *scratch->turn_of);
        scratch->turn = 1;
    }
    for (uint32_t j = b->n; j-- > 0;) {
        uint32_t word = b->words[j];
        if (word >= words->n_function) {
            scratch->next[j] =
                scratch->turn_of[word] == scratch->turn ? scratch->first[word] : NONE;
            scratch->first[word] = j;
            scratch->turn_of[word] = scratch->turn;
        }
    }
}

static struct run *push(struct overlap_scratch *scratch, struct run run)
{
    MEM_GROW(scratch->runs, scratch->runs_capacity, scratch->n + 1);
    scratch->longest = run.n > scratch->longest ? run.n : scratch->longest;
    scratch->runs[scratch->n] = run;
    return &scratch->runs[scratch->n++];
}

/* The run whose first word that says something is a[i], b[j]: nothing if there is one before. */
static void add_run(struct overlap_scratch *scratch, const struct overlap_words *words,
                    const struct overlap_text *a, const struct overlap_text *b, uint32_t i,
                    uint32_t j)
{
    uint32_t before = 0, n = 1, said = 1;
    while (before < i && before < j && a->words[i - before - 1] == b->words[j - before - 1]) {
        before++;
        if (a->words[i - before] >= words->n_function) {
            return;
        }
    }
    while (i + n < a->n && j + n < b->n && a->words[i + n] == b->words[j + n]) {
        n++;
        said = a->words[i + n - 1] >= words->n_function ? n : said;
    }
    push(scratch, (struct run){i, j, said, i - before, j - before});
}

static int by_whole(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    return x->whole_i != y->whole_i ? (x->whole_i > y->whole_i) - (x->whole_i < y->whole_i)
                                    : (x->whole_j > y->whole_j) - (x->whole_j < y->whole_j);
}

/* Every sequence that cannot be made longer, the first in a first, then in b. */
static void find_runs(struct overlap_scratch *scratch, const struct overlap_words *words,
                      const struct overlap_text *a, const struct overlap_text *b)
{
    scratch->n = 0;
    scratch->longest = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t word = a->words[i];
        bool there = word >= words->n_function && scratch->turn_of[word] == scratch->turn;
        for (uint32_t j = there ? scratch->first[word] : NONE; j != NONE; j = scratch->next[j]) {
            add_run(scratch, words, a, b, i, j);
        }
    }
    if (scratch->n > 1) {
        qsort(scratch->runs, scratch->n, sizeof *scratch->runs, by_whole);
    }
}

/* Behind the runs of its length. */
static void enqueue(struct overlap_scratch *scratch, uint32_t r)
{
    uint32_t n = scratch->runs[r].n;
    MEM_GROW(scratch->later, scratch->later_capacity, (size_t)r + 1);
    scratch->later[r] = NONE;
    if (scratch->heads[n] == NONE) {
        scratch->heads[n] = r;
    } else {
        scratch->later[scratch->tails[n]] = r;
    }
    scratch->tails[n] = r;
}

/* What is left of a run that others took words of. */
static void add_rest(struct overlap_scratch *scratch, const struct overlap_words *words,
                     const struct overlap_text *a, struct run run)
{
    while (run.n > 0 && a->words[run.i] < words->n_function) {
        run.i++;
        run.j++;
        run.n--;
    }
    while (run.n > 0 && a->words[run.i + run.n - 1] < words->n_function) {
        run.n--;
    }
    if (run.n > 0) {
        push(scratch, run);
        enqueue(scratch, (uint32_t)scratch->n - 1);
    }
}

/* Takes a run if all of it is still free; else what is left of it comes back, in shorter runs. */
static uint64_t take(struct overlap_scratch *scratch, const struct overlap_words *words,
                     const struct overlap_text *a, struct run run)
{
    uint32_t begin = 0;
    bool whole = true;
    for (uint32_t k = 0; k <= run.n; k++) {
        bool free_here = k < run.n && !scratch->used_a[run.i + k] && !scratch->used_b[run.j + k];
        whole = whole && (free_here || k == run.n);
        if (!free_here) {
            if (k > begin && k - begin < run.n) {
                add_rest(scratch, words, a,
                         (struct run){run.i + begin, run.j + begin, k - begin, 0, 0});
            }
            begin = k + 1;
        }
    }
    if (!whole) {
        return 0;
    }
    memset(scratch->used_a + run.i, 1, run.n);
    memset(scratch->used_b + run.j, 1, run.n);
    return (uint64_t)run.n * run.n;
}

/* The longest first; what comes back is shorter. */
static uint64_t take_all(struct overlap_scratch *scratch, const struct overlap_words *words,
                         const struct overlap_text *a, const struct overlap_text *b)
{
    uint64_t score = 0;
    MEM_GROW(scratch->used_a, scratch->a_capacity, (size_t)a->n + 1);
    MEM_GROW(scratch->used_b, scratch->b_capacity, (size_t)b->n + 1);
    MEM_GROW(scratch->heads, scratch->heads_capacity, (size_t)scratch->longest + 1);
    MEM_GROW(scratch->tails, scratch->tails_capacity, (size_t)scratch->longest + 1);
    memset(scratch->used_a, 0, a->n);
    memset(scratch->used_b, 0, b->n);
    for (uint32_t n = 0; n <= scratch->longest; n++) {
        scratch->heads[n] = NONE;
    }
    for (size_t r = 0, n = scratch->n; r < n; r++) {
        enqueue(scratch, (uint32_t)r);
    }
    for (uint32_t n = scratch->longest; n > 0; n--) {
        for (uint32_t r = scratch->heads[n]; r != NONE; r = scratch->later[r]) {
            score += take(scratch, words, a, scratch->runs[r]);
        }
    }
    return score;
}

/* Have the two no word in common, as most glosses have none? False: perhaps. */
static bool have_nothing(const struct overlap_text *a, const struct overlap_text *b)
{
    uint64_t both = 0;
    for (int i = 0; i < 4; i++) {
        both |= a->said[i] & b->said[i];
    }
    return both == 0;
}

uint64_t overlap_score(struct overlap_words *words, const struct overlap_text *a,
                       const struct overlap_text *b)
{
    if (have_nothing(a, b)) {
        return 0;
    }
    if (!words->scratch) {
        words->scratch = mem_alloc(sizeof *words->scratch);
    }
    index_words(words->scratch, words, b);
    find_runs(words->scratch, words, a, b);
    return words->scratch->n > 0 ? take_all(words->scratch, words, a, b) : 0;
}
