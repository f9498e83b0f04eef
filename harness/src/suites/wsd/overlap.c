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

void overlap_words_finish(struct overlap_words *words)
{
    map_finish(&words->numbers);
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
        text->words[text->n++] = map_put(&words->numbers, str_text(&lower), lower.n);
    }
    str_finish(&lower);
    text_words_finish(&parts);
}

/* A sequence that both texts have, from a[i] and b[j] on. */
struct run {
    uint32_t i, j, n;
};

struct matching {
    const struct overlap_text *a, *b;
    uint32_t n_function;
    bool *used_a, *used_b;
    struct run *runs; /* [n] */
    size_t n, capacity;
    uint32_t longest;
};

/* Without function words at its ends; nothing if it is all such. */
static void add_run(struct matching *matching, struct run run)
{
    while (run.n > 0 && matching->a->words[run.i] < matching->n_function) {
        run.i++;
        run.j++;
        run.n--;
    }
    while (run.n > 0 && matching->a->words[run.i + run.n - 1] < matching->n_function) {
        run.n--;
    }
    if (run.n > 0) {
        MEM_GROW(matching->runs, matching->capacity, matching->n + 1);
        matching->runs[matching->n++] = run;
        matching->longest = run.n > matching->longest ? run.n : matching->longest;
    }
}

/* Every sequence that cannot be made longer. */
static void find_runs(struct matching *matching)
{
    const struct overlap_text *a = matching->a, *b = matching->b;
    struct map places = {0};
    uint32_t *first = mem_array((size_t)b->n + 1, sizeof *first),
             *next = mem_array((size_t)b->n + 1, sizeof *next);
    for (uint32_t j = b->n; j-- > 0;) {
        uint32_t known = places.n;
        uint32_t place = map_put(&places, (const char *)&b->words[j], sizeof b->words[j]);
        next[j] = place == known ? NONE : first[place];
        first[place] = j;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t place = map_find(&places, (const char *)&a->words[i], sizeof a->words[i]);
        for (uint32_t j = place == MAP_NONE ? NONE : first[place]; j != NONE; j = next[j]) {
            if (i > 0 && j > 0 && a->words[i - 1] == b->words[j - 1]) {
                continue; /* part of a longer one */
            }
            uint32_t n = 1;
            while (i + n < a->n && j + n < b->n && a->words[i + n] == b->words[j + n]) {
                n++;
            }
            add_run(matching, (struct run){i, j, n});
        }
    }
    map_finish(&places);
    free(first);
    free(next);
}

/* Takes a run if all of it is still free; else what is left of it comes back, in shorter runs. */
static uint64_t take(struct matching *matching, struct run run)
{
    uint32_t begin = 0;
    bool whole = true;
    for (uint32_t k = 0; k <= run.n; k++) {
        bool free_here = k < run.n && !matching->used_a[run.i + k] && !matching->used_b[run.j + k];
        whole = whole && (free_here || k == run.n);
        if (!free_here) {
            if (k > begin && k - begin < run.n) {
                add_run(matching, (struct run){run.i + begin, run.j + begin, k - begin});
            }
            begin = k + 1;
        }
    }
    if (!whole) {
        return 0;
    }
    memset(matching->used_a + run.i, 1, run.n);
    memset(matching->used_b + run.j, 1, run.n);
    return (uint64_t)run.n * run.n;
}

uint64_t overlap_score(const struct overlap_words *words, const struct overlap_text *a,
                       const struct overlap_text *b)
{
    struct matching matching = {.a = a, .b = b, .n_function = words->n_function};
    uint64_t score = 0;
    find_runs(&matching);
    if (matching.n > 0) {
        matching.used_a = mem_array((size_t)a->n + 1, sizeof *matching.used_a);
        matching.used_b = mem_array((size_t)b->n + 1, sizeof *matching.used_b);
    }
    for (uint32_t n = matching.longest; n > 0; n--) {
        for (size_t r = 0; r < matching.n; r++) { /* what comes back is shorter */
            if (matching.runs[r].n == n) {
                score += take(&matching, matching.runs[r]);
            }
        }
    }
    free(matching.runs);
    free(matching.used_a);
    free(matching.used_b);
    return score;
}
