/* Builds and frees sets of word pairs in their texts. */
#include "data/context_pairs.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void context_set_init(struct context_set *set, const char *name, const char *path)
{
    *set = (struct context_set){.name = mem_text(name), .path = mem_text(path)};
}

void context_set_finish(struct context_set *set)
{
    arena_finish(&set->texts);
    map_finish(&set->occurrence_keys);
    free(set->occurrences);
    free(set->pairs);
    free(set->name);
    free(set->path);
    *set = (struct context_set){0};
}

void context_sets_finish(struct context_sets *sets)
{
    for (uint32_t i = 0; i < sets->n; i++) {
        context_set_finish(&sets->sets[i]);
    }
    free(sets->sets);
    *sets = (struct context_sets){0};
}

void context_set_limit(struct context_set *set, uint64_t limit)
{
    if (limit == 0) {
        return;
    }
    uint64_t taken[CONTEXT_N_SPLITS] = {0};
    size_t n = 0;
    uint32_t *number =
        mem_array(set->n_occurrences + 1, sizeof *number); /* new number + 1; 0: gone */
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (taken[set->pairs[p].split]++ < limit) {
            number[set->pairs[p].occurrences[0]] = number[set->pairs[p].occurrences[1]] = 1;
            set->pairs[n++] = set->pairs[p];
        }
    }
    set->n_pairs = n;
    uint32_t kept = 0;
    for (size_t o = 0; o < set->n_occurrences; o++) {
        if (number[o]) {
            set->occurrences[kept++] = set->occurrences[o];
            number[o] = kept;
        }
    }
    set->n_occurrences = kept;
    for (size_t p = 0; p < n; p++) {
        for (int side = 0; side < 2; side++) {
            set->pairs[p].occurrences[side] = number[set->pairs[p].occurrences[side]] - 1;
        }
    }
    free(number);
}

char *context_copy(struct context_set *set, struct slice text)
{
    return arena_text(&set->texts, text.n ? text.text : "", text.n);
}

struct context_pair *context_add_pair(struct context_set *set)
{
    MEM_GROW(set->pairs, set->pairs_capacity, set->n_pairs + 1);
    struct context_pair *pair = &set->pairs[set->n_pairs++];
    *pair = (struct context_pair){.rating = NAN, .same = -1, .split = CONTEXT_WHOLE};
    return pair;
}

/* The number of an occurrence, which is new unless text, words and target are known already. */
static uint32_t add_occurrence(struct context_set *set, const struct str *text,
                               const struct emb_span *words, uint32_t n_words,
                               struct emb_span target)
{
    struct str key = {0};
    str_format(&key, "%u-%u/%u ", target.begin, target.end, n_words);
    str_append(&key, text->data, text->n);
    uint32_t number = map_put(&set->occurrence_keys, key.data, key.n);
    str_finish(&key);
    if (number < set->n_occurrences) {
        return number;
    }
    struct emb_span *kept = arena_alloc(&set->texts, (n_words + 1u) * sizeof *kept);
    if (n_words) {
        memcpy(kept, words, n_words * sizeof *kept);
    }
    MEM_GROW(set->occurrences, set->occurrences_capacity, set->n_occurrences + 1);
    set->occurrences[set->n_occurrences++] = (struct context_occurrence){
        .text = arena_text(&set->texts, text->data, text->n),
        .n_bytes = (uint32_t)text->n,
        .n_words = n_words,
        .words = kept,
        .target = target,
    };
    return number;
}

/* Tokens joined by one space. */
struct joined {
    struct str text;
    struct emb_span *words;
    uint32_t n;
    size_t capacity;
};

static void join(struct joined *joined, struct slice token)
{
    if (joined->n) {
        str_add_char(&joined->text, ' ');
    }
    uint32_t begin = (uint32_t)joined->text.n;
    str_append(&joined->text, token.text, token.n);
    MEM_GROW(joined->words, joined->capacity, joined->n + 1);
    joined->words[joined->n++] = (struct emb_span){begin, begin + (uint32_t)token.n};
}

static void joined_finish(struct joined *joined)
{
    str_finish(&joined->text);
    free(joined->words);
}

uint32_t context_add_tokens(struct context_set *set, struct slice sentence, uint64_t token)
{
    struct joined joined = {0};
    struct slice word;
    uint32_t number = WORDNET_NONE;
    while (slice_word(&sentence, &word)) {
        join(&joined, word);
    }
    if (token < joined.n) {
        number = add_occurrence(set, &joined.text, joined.words, joined.n, joined.words[token]);
    }
    joined_finish(&joined);
    return number;
}

uint32_t context_add_plain(struct context_set *set, struct slice text, struct emb_span target)
{
    if (target.begin >= target.end || target.end > text.n) {
        return WORDNET_NONE;
    }
    struct str copy = {0};
    str_append(&copy, text.text, text.n);
    uint32_t number = add_occurrence(set, &copy, NULL, 0, target);
    str_finish(&copy);
    return number;
}

/* Where `mark` stands in text from `from` on; text.n if nowhere. */
static size_t find(struct slice text, size_t from, const char *mark)
{
    const char *at =
        from < text.n ? memmem(text.text + from, text.n - from, mark, strlen(mark)) : NULL;
    return at ? (size_t)(at - text.text) : text.n;
}

static void join_all(struct joined *joined, struct slice part)
{
    struct slice word;
    while (slice_word(&part, &word)) {
        join(joined, word);
    }
}

uint32_t context_add_marked(struct context_set *set, struct slice text, const char *open,
                            const char *close, uint32_t which)
{
    struct joined joined = {0};
    struct emb_span target = {0, 0};
    uint32_t number = WORDNET_NONE, run = 0;
    for (size_t at = 0; at < text.n;) {
        size_t begin = find(text, at, open), inside = begin + strlen(open);
        size_t end = begin < text.n ? find(text, inside, close) : text.n;
        join_all(&joined, (struct slice){text.text + at, begin - at});
        if (end == text.n) { /* no further run; a mark that is not closed is text */
            join_all(&joined, (struct slice){text.text + begin, text.n - begin});
            break;
        }
        struct slice marked = slice_trim((struct slice){text.text + inside, end - inside});
        if (marked.n) {
            join(&joined, marked);
            if (run++ == which) {
                target = joined.words[joined.n - 1];
            }
        }
        at = end + strlen(close);
    }
    if (target.end) {
        number = add_occurrence(set, &joined.text, joined.words, joined.n, target);
    }
    joined_finish(&joined);
    return number;
}
