/*
 * words.h - vectors of words alone, without a sentence: what similarity, synonyms and neighbours
 * compare.
 *
 * Static embedders: a word is looked up whole, lower-cased (METRICS.md) unless asked otherwise; a
 * phrase, parts joined by spaces or `_`, is tried whole with `_` and is else the mean of its parts
 * that are known. Contextual embedders: the word alone is the sentence, as it is written, with
 * spaces for `_`; or it stands in a template ("This is {}.") and only it is pooled.
 */
#ifndef SUITES_SHARED_WORDS_H
#define SUITES_SHARED_WORDS_H

#include "base/map.h"
#include "plugin/embed.h"

#include <stdbool.h>
#include <stdint.h>

struct words_protocol {
    bool keep_case;       /* static embedders: look up the word as it is written */
    const char *template; /* "... {} ..." for contextual embedders; NULL = the word alone */
};

/* Zero-initialise, put every word, embed, ask, finish. */
struct words {
    struct map map;  /* distinct words as the data set writes them */
    float *vectors;  /* [n, n_stages, dim] */
    double *norms;   /* [n, n_stages] */
    uint8_t *status; /* [n] EMB_WORD_*; a word of status UNKNOWN or CUT has zero rows */
    uint32_t n_stages, dim;
};

/* The number of a word, the same each time; the text is copied. */
uint32_t words_put(struct words *words, const char *word);
/* Fills vectors, norms and status of all words put so far; no more may be put after it. */
int words_embed(struct words *words, struct embedder *embedder,
                const struct words_protocol *protocol);
/* Says how many words of a data set have no vector, and names the first. */
void words_tell_lacking(const struct words *words, const struct embedder *embedder,
                        const char *dataset);
bool words_known(const struct words *words, uint32_t word); /* has it a vector? */
/* [dim], the words' own. */
const float *words_vector(const struct words *words, uint32_t word, uint32_t stage);
void words_set_norms(struct words *words); /* after the vectors were changed */
/* Cosine at a stage; not-a-number if either word is unknown. */
double words_cosine(const struct words *words, uint32_t a, uint32_t b, uint32_t stage);
void words_finish(struct words *words);

#endif /* SUITES_SHARED_WORDS_H */
