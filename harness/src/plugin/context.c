/* Parses contexts and poolings, and derives the texts that a model is shown. */
#include "plugin/context.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const context_names[] = {"both",     "left", "right", "repeat",
                                            "shuffled", "none", "window"};
static const char *const pooling_names[] = {"mean", "first", "last"};

#define N_CONTEXTS (sizeof context_names / sizeof *context_names)
#define N_POOLINGS (sizeof pooling_names / sizeof *pooling_names)

/* "window:4" cut at its colon: the kind, and what follows (text NULL: nothing). */
static bool parse_context(const char *text, struct word_view *ret_word_view)
{
    struct slice rest = slice_of(text), name;
    struct word_view word_view = {.seed = 1};
    uint64_t window;
    slice_field(&rest, ':', &name);
    size_t kind = 0;
    while (kind < N_CONTEXTS && !slice_is(name, context_names[kind])) {
        kind++;
    }
    word_view.context = (enum context_kind)kind;
    if (kind == CONTEXT_SHUFFLED && rest.text) {
        word_view.fixed_seed = num_uint(rest, &word_view.seed);
        rest = word_view.fixed_seed ? (struct slice){0} : rest;
    } else if (kind == CONTEXT_WINDOW && rest.text && slice_is(rest, "all")) {
        word_view.context = CONTEXT_BOTH;
        rest.text = NULL;
    } else if (kind == CONTEXT_WINDOW && rest.text) {
        bool valid = num_uint(rest, &window) && window <= UINT32_MAX;
        word_view.window = valid ? (uint32_t)window : 0;
        word_view.context = valid && window == 0 ? CONTEXT_NONE : CONTEXT_WINDOW;
        rest = valid ? (struct slice){0} : rest;
    } else if (kind == CONTEXT_WINDOW) {
        return false;
    }
    *ret_word_view = word_view;
    return kind < N_CONTEXTS && !rest.text;
}

int word_view_set_context(const char *owner, const char *text, struct word_view *word_view)
{
    struct word_view parsed;
    if (!parse_context(text, &parsed)) {
        return error_set(ERR_REQUEST,
                         "%s, option context: found \"%s\", expected both, left, right, repeat, "
                         "shuffled, shuffled:SEED, none, window:N or window:all",
                         owner, text);
    }
    word_view->context = parsed.context;
    word_view->window = parsed.window;
    word_view->seed = parsed.context == CONTEXT_SHUFFLED ? parsed.seed : 0;
    word_view->fixed_seed = parsed.fixed_seed;
    return 0;
}

int word_view_set_pooling(const char *owner, const char *text, struct word_view *word_view)
{
    for (size_t i = 0; i < N_POOLINGS; i++) {
        if (strcmp(text, pooling_names[i]) == 0) {
            word_view->pooling = (int32_t)i; /* in the order of EMB_POOL_* */
            return 0;
        }
    }
    return error_set(ERR_REQUEST, "%s, option pooling: found \"%s\", expected mean, first or last",
                     owner, text);
}

bool word_view_is_option(const char *name)
{
    return strcmp(name, "context") == 0 || strcmp(name, "pooling") == 0;
}

int word_view_set(const char *owner, const char *name, const char *text,
                  struct word_view *word_view)
{
    bool is_context = strcmp(name, "context") == 0;
    bool *fixed = is_context ? &word_view->fixed_context : &word_view->fixed_pooling;
    if (*fixed) {
        return error_set(ERR_REQUEST, "%s, option %s: given twice", owner, name);
    }
    *fixed = true;
    return is_context ? word_view_set_context(owner, text, word_view)
                      : word_view_set_pooling(owner, text, word_view);
}

bool word_view_is_plain(const struct word_view *word_view)
{
    return word_view->context == CONTEXT_BOTH && word_view->pooling == EMB_POOL_MEAN;
}

char *word_view_context_text(const struct word_view *word_view)
{
    const char *name = context_names[word_view->context];
    if (word_view->context == CONTEXT_WINDOW) {
        return mem_format("%s:%u", name, word_view->window);
    }
    if (word_view->context == CONTEXT_SHUFFLED && word_view->seed != 1) {
        return mem_format("%s:%llu", name, (unsigned long long)word_view->seed);
    }
    return mem_text(name);
}

const char *word_view_pooling_text(const struct word_view *word_view)
{
    return pooling_names[word_view->pooling];
}

char *word_view_name(const char *embedder, const struct word_view *word_view)
{
    struct str name = {0};
    str_add(&name, embedder);
    if (word_view->context != CONTEXT_BOTH) {
        char *context = word_view_context_text(word_view);
        str_format(&name, "@%s", context);
        free(context);
    }
    if (word_view->pooling != EMB_POOL_MEAN) {
        str_format(&name, "@%s", word_view_pooling_text(word_view));
    }
    return name.data;
}

void word_view_describe(const struct word_view *word_view, struct str *out)
{
    if (word_view->context != CONTEXT_BOTH) {
        char *context = word_view_context_text(word_view);
        str_format(out, "%scontext=%s", out->n > 0 ? "," : "", context);
        free(context);
    }
    if (word_view->pooling != EMB_POOL_MEAN) {
        str_format(out, "%spooling=%s", out->n > 0 ? "," : "", word_view_pooling_text(word_view));
    }
}

void derived_finish(struct derived *derived)
{
    str_finish(&derived->text);
    free(derived->words);
    free(derived->targets);
    *derived = (struct derived){0};
}

static void clear(struct derived *derived)
{
    str_clear(&derived->text);
    derived->n_words = derived->n_targets = 0;
}

static void add_word(struct derived *derived, uint32_t begin, uint32_t end)
{
    MEM_GROW(derived->words, derived->words_capacity, derived->n_words + 1u);
    derived->words[derived->n_words++] = (struct emb_span){begin, end};
}

static void add_target(struct derived *derived, uint32_t begin, uint32_t end)
{
    MEM_GROW(derived->targets, derived->targets_capacity, derived->n_targets + 1u);
    derived->targets[derived->n_targets++] = (struct emb_span){begin, end};
}

/* Bytes begin to end of the sentence with one target in them. */
static void derive_slice(const struct emb_sentence *sentence, const struct emb_span *target,
                         uint32_t begin, uint32_t end, struct derived *derived)
{
    str_append(&derived->text, sentence->text + begin, end - begin);
    for (uint32_t w = 0; w < sentence->n_words; w++) {
        const struct emb_span *word = &sentence->words[w];
        uint32_t from = word->begin > begin ? word->begin : begin;
        uint32_t to = word->end < end ? word->end : end;
        if (from < to) {
            add_word(derived, from - begin, to - begin);
        }
    }
    add_target(derived, target->begin - begin, target->end - begin);
}

/* The whole text a second time, with the targets there. */
static void derive_repeat(const struct emb_sentence *sentence, struct derived *derived)
{
    uint32_t n = sentence->n_bytes, shift = n + 1;
    str_append(&derived->text, sentence->text, n);
    str_add_char(&derived->text, ' ');
    str_append(&derived->text, sentence->text, n);
    for (uint32_t copy = 0; copy < 2; copy++) {
        for (uint32_t w = 0; w < sentence->n_words; w++) {
            add_word(derived, sentence->words[w].begin + copy * shift,
                     sentence->words[w].end + copy * shift);
        }
    }
    for (uint32_t t = 0; t < sentence->n_targets; t++) {
        add_target(derived, sentence->targets[t].begin + shift, sentence->targets[t].end + shift);
    }
}

/* What counts as words: the data set's own, or runs without white space; free() them. */
static struct emb_span *words_of(const struct emb_sentence *sentence, uint32_t *ret_n)
{
    uint32_t n = sentence->n_words;
    struct emb_span *words = mem_array(n + 1u, sizeof *words);
    for (uint32_t w = 0; w < n; w++) {
        words[w] = sentence->words[w];
    }
    struct slice rest = {sentence->text, n ? 0 : sentence->n_bytes}, word;
    for (size_t capacity = 1; slice_word(&rest, &word); n++) {
        uint32_t begin = (uint32_t)(word.text - sentence->text);
        MEM_GROW(words, capacity, n + 1u);
        words[n] = (struct emb_span){begin, begin + (uint32_t)word.n};
    }
    *ret_n = n;
    return words;
}

/* A window of words around the target: where it begins and ends. Words that the target is part of
 * do not count; where there are too few, it ends where the text does. */
static void find_window(const struct emb_sentence *sentence, const struct emb_span *target,
                        uint32_t window, uint32_t *ret_begin, uint32_t *ret_end)
{
    uint32_t n, before = 0, after = 0;
    struct emb_span *words = words_of(sentence, &n);
    *ret_begin = 0;
    *ret_end = sentence->n_bytes;
    while (before < n && words[before].end <= target->begin) {
        before++;
    }
    while (after < n && words[n - 1 - after].begin >= target->end) {
        after++;
    }
    if (before > window) {
        *ret_begin = words[before - window].begin;
    }
    if (after > window) {
        *ret_end = words[n - 1 - after + window].end;
    }
    free(words);
}

/* Bytes begin to end of the sentence as they are; *moved is where the target comes to lie. */
static void keep_bytes(const struct emb_sentence *sentence, uint32_t begin, uint32_t end,
                       const struct emb_span *target, struct str *text, uint32_t *moved)
{
    if (target->begin >= begin && target->begin < end) {
        *moved = (uint32_t)text->n + target->begin - begin;
    }
    str_append(text, sentence->text + begin, end - begin);
}

static bool touches(const struct emb_span *word, const struct emb_span *target)
{
    return word->end > target->begin && word->begin < target->end;
}

/* The words that the target is no part of in another order, in the places of one another: what
 * stands between the places stays. */
static void derive_shuffled(const struct word_view *word_view, const struct emb_sentence *sentence,
                            const struct emb_span *target, struct derived *derived)
{
    struct rng rng;
    uint32_t n, n_free = 0, next = 0, at = 0, moved = 0;
    struct emb_span *words = words_of(sentence, &n);
    uint32_t *order = mem_array(n + 1u, sizeof *order);
    for (uint32_t w = 0; w < n; w++) {
        if (!touches(&words[w], target)) {
            order[n_free++] = w;
        }
    }
    /* A stream of the text's own: the order does not depend on what else is embedded. */
    rng_init(&rng, word_view->seed,
             hash_bytes(sentence->text, sentence->n_bytes, 1 + (uint64_t)target->begin));
    rng_shuffle(&rng, order, n_free);
    for (uint32_t w = 0; w < n; w++) {
        assert(words[w].begin >= at);
        keep_bytes(sentence, at, words[w].begin, target, &derived->text, &moved);
        uint32_t begin = (uint32_t)derived->text.n;
        if (touches(&words[w], target)) {
            keep_bytes(sentence, words[w].begin, words[w].end, target, &derived->text, &moved);
        } else {
            const struct emb_span *other = &words[order[next++]];
            str_append(&derived->text, sentence->text + other->begin, other->end - other->begin);
        }
        if (sentence->n_words > 0) {
            add_word(derived, begin, (uint32_t)derived->text.n);
        }
        at = words[w].end;
    }
    keep_bytes(sentence, at, sentence->n_bytes, target, &derived->text, &moved);
    add_target(derived, moved, moved + target->end - target->begin);
    free(order);
    free(words);
}

uint32_t word_view_n_texts(const struct word_view *word_view, const struct emb_sentence *sentence)
{
    bool shared = word_view->context == CONTEXT_BOTH || word_view->context == CONTEXT_REPEAT;
    return shared && sentence->n_targets > 0 ? 1 : sentence->n_targets;
}

void word_view_derive(const struct word_view *word_view, const struct emb_sentence *sentence,
                      uint32_t i, struct derived *derived)
{
    clear(derived);
    assert(i < sentence->n_targets);
    const struct emb_span *target = &sentence->targets[i];
    uint32_t begin = 0, end = sentence->n_bytes;
    switch (word_view->context) {
    case CONTEXT_REPEAT:
        derive_repeat(sentence, derived);
        return;
    case CONTEXT_SHUFFLED:
        derive_shuffled(word_view, sentence, target, derived);
        return;
    case CONTEXT_LEFT:
        end = target->end;
        break;
    case CONTEXT_RIGHT:
        begin = target->begin;
        break;
    case CONTEXT_NONE:
        begin = target->begin;
        end = target->end;
        break;
    case CONTEXT_WINDOW:
        find_window(sentence, target, word_view->window, &begin, &end);
        break;
    case CONTEXT_BOTH:
        break; /* texts as they are: see context_stream.c, which does not come here */
    }
    derive_slice(sentence, target, begin, end, derived);
}
