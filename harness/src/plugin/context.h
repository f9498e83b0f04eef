/*
 * context.h - how much of its sentence a word is read in, and how its pieces become one vector: the
 * host's own options of every embedder, which no plugin knows of.
 *
 *     context=both        the sentence as it is (default)
 *             left        what follows the target is cut away (changes no causal model)
 *             right       what precedes the target is cut away
 *             repeat      the text twice, with a space between; the target is read in the second
 *                         copy, so that a causal model has seen all of it (Springer et al. 2024,
 *                         "Repetition improves language model embeddings")
 *             shuffled    the other words permuted, the target in its place; shuffled:SEED
 *             none        the target alone
 *             window:N    N words on each side; window:0 is none, window:all is both
 *     pooling=mean|first|last  of the pieces of a target (default mean)
 *
 * What is transformed: each target by itself, so that a sentence with k targets becomes k texts
 * (one text, for repeat) that hold the words the target may see; rows come back as if it were still
 * one. A target that is the whole text - a definition, a sentence pooled whole, a word alone - has
 * no context and stays what it is, but for repeat, which doubles every text.
 *
 * What is cut is cut out of the text byte by byte, inside a word too where the target is part of
 * one ("bank" in "bank-notes"). Words of the data set stay words, so that their pieces are those of
 * running text; in a text without words, runs without white space count as words. A word that
 * comes to stand first (right, none) is written as first words are, without the blank that models
 * such as GPT-2 make part of a word: "none" gives a word exactly as the suites that embed words
 * alone give it. A table row can therefore differ from that of the plain run, for such models only.
 *
 * The length of what a model sees changes too: twice as long may be beyond its window
 * (EMB_WORD_CUT) where the sentence was not.
 */
#ifndef PLUGIN_CONTEXT_H
#define PLUGIN_CONTEXT_H

#include <embedder.h>

#include "base/members.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum context_kind {
    CONTEXT_BOTH,
    CONTEXT_LEFT,
    CONTEXT_RIGHT,
    CONTEXT_REPEAT,
    CONTEXT_SHUFFLED,
    CONTEXT_NONE,
    CONTEXT_WINDOW
};

/* How an embedder reads a word. All zero is the plain way. */
/* X(type, member, SENT to a worker or KEPT): see base/members.h. */
/* clang-format off */
#define WORD_VIEW_MEMBERS(X)                                                                       \
    X(KIND, context, SENT)                                                                         \
    X(SIGNED32, pooling, SENT)   /* EMB_POOL_* */                                                  \
    X(WHOLE32, window, SENT)     /* words on each side, >= 1; CONTEXT_WINDOW */                    \
    X(WHOLE, seed, SENT)         /* CONTEXT_SHUFFLED */                                            \
    X(FLAG, fixed_seed, KEPT)    /* shuffled:SEED: the run's --seed does not change it */          \
    X(FLAG, fixed_context, KEPT) /* the embedder's own options say so: --context leaves it */      \
    X(FLAG, fixed_pooling, KEPT)
/* clang-format on */
struct word_view {
    WORD_VIEW_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(word_view, WORD_VIEW_MEMBERS);

/* Set one part of a view from an option's value; ERR_REQUEST says what was found and what was
 * expected. owner ("embedder gpt2") begins the message. */
int word_view_set_context(const char *owner, const char *text, struct word_view *word_view);
int word_view_set_pooling(const char *owner, const char *text, struct word_view *word_view);

/* Is name an option of the host's ("context", "pooling")? */
bool word_view_is_option(const char *name);
int word_view_set(const char *owner, const char *name, const char *text,
                  struct word_view *word_view);

bool word_view_is_plain(const struct word_view *word_view);
/* The values as an option spells them: "window:4", "first". The text of a context is free()d. */
char *word_view_context_text(const struct word_view *word_view);
const char *word_view_pooling_text(const struct word_view *word_view);

/* What a report calls an embedder read in this way: "minilm@left", "minilm@window:2@first",
 * "minilm" where it is read the plain way. free() it. */
char *word_view_name(const char *embedder, const struct word_view *word_view);
/* "context=left,pooling=first" of what is not the default, behind a comma where out has text. */
void word_view_describe(const struct word_view *word_view, struct str *out);

/* What is shown to a model instead of a sentence. Zero-initialise, derive as often as wanted (each
 * time replaces what was there), finish. */
struct derived {
    struct str text;
    struct emb_span *words, *targets; /* [n_words], [n_targets] */
    uint32_t n_words, n_targets;
    size_t words_capacity, targets_capacity;
};

/* How many texts a sentence becomes: one a target, or 1 for all; 0 where nothing is asked of it. */
uint32_t word_view_n_texts(const struct word_view *word_view, const struct emb_sentence *sentence);
/* Text number i of them; i is the target it holds, unless one text holds all. */
void word_view_derive(const struct word_view *word_view, const struct emb_sentence *sentence,
                      uint32_t i, struct derived *derived);
void derived_finish(struct derived *derived);

#endif /* PLUGIN_CONTEXT_H */
