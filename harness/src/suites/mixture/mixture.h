/*
 * mixture.h - what the parts of suite `mixture` share. Internal to suites.
 *
 * A word's one vector is close to a mixture of the vectors of its senses, weighted by how often
 * each is meant (Arora, Li, Liang, Ma & Risteski 2018, "Linear algebraic structure of word senses,
 * with applications to polysemy", section 2). Sense vectors are built here from other words, the
 * shares found by non-negative least squares, and set against counts in sense-tagged text.
 *
 *   mixture.c          options, orchestration     task.c     lemmas, counts, texts
 *   fit.c      vectors and shares         figures.c  rows and items
 */
#ifndef SUITES_MIXTURE_MIXTURE_H
#define SUITES_MIXTURE_MIXTURE_H

#include "base/map.h"
#include "data/wordnet.h"
#include "data/wsd_data.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mixture_method {
    MIXTURE_GLOSS,    /* a sense is the mean of its definition's words */
    MIXTURE_CONTEXTS, /* ... of the words around its occurrences */
    MIXTURE_N_METHODS
};
extern const char *const mixture_method_names[MIXTURE_N_METHODS];

struct mixture_plan {
    bool wanted[MIXTURE_N_METHODS];
    uint64_t least;       /* occurrences of a lemma */
    uint64_t least_sense; /* of a sense that takes part */
    enum wordnet_pos pos; /* of the senses that take part; WORDNET_NO_POS = all */
    bool lemma_form;      /* count only occurrences written as the lemma */
    bool balance;         /* a word's sense vectors are of as many occurrences each */
    bool centre;          /* take the mean from the words' and from the senses' vectors */
};

struct mixture_sense {
    const char *key;  /* WordNet's */
    uint32_t wordnet; /* number there */
    uint32_t count;   /* occurrences */
    uint8_t pos;      /* enum wordnet_pos */
};

/* A word with two senses or more that take part. */
struct mixture_lemma {
    const char *text;
    uint32_t first, n; /* senses[first], …, by part of speech, then by WordNet's number */
    uint32_t word;     /* number in mixture_task.words */
};

/* Words of a corpus around the occurrences, sentence by sentence. */
struct mixture_text {
    uint32_t *words, *tokens; /* numbers of the word, and of its token in the sentence */
    size_t *first;            /* [n_sentences + 1] */
    size_t n, words_capacity, tokens_capacity;
};

/* All that is known before a model is. */
struct mixture_task {
    struct wordnet *wordnet;
    struct wsd_sets corpora;
    char *name;                   /* "semcor", "wordnet-counts" */
    struct mixture_lemma *lemmas; /* [n_lemmas] */
    struct mixture_sense *senses; /* [n_senses] of the lemmas, in their order */
    uint32_t n_lemmas, n_senses;
    size_t lemmas_capacity, senses_capacity;
    uint32_t *sense_of;         /* [WordNet's senses] number in senses, or MAP_NONE */
    struct map words;           /* whose vectors are wanted, in lower case */
    uint32_t *gloss_words;      /* of all definitions */
    size_t *first_gloss;        /* [n_senses + 1] where those of a sense begin */
    struct mixture_text *texts; /* [corpora.n] */
    size_t n_gloss, gloss_capacity;
};

/* Reads corpora and WordNet. Without a corpus, *plan no longer wants method contexts, unless it was
 * asked for: ERR_REQUEST. */
int mixture_task_create(const struct suite_request *request, struct mixture_plan *plan,
                        struct mixture_task **ret_task);
void mixture_task_free(struct mixture_task *task); /* NULL is fine */

/* Vectors of the look-up table. */
struct mixture_vectors {
    float *rows; /* [words, dim] */
    bool *known; /* [words] */
    uint32_t dim;
};

/* False in *ret_there: the table is not among the chosen stages, nothing was done. */
int mixture_embed(const struct suite_run *run, const struct mixture_task *task,
                  struct mixture_vectors *ret_vectors, bool *ret_there);
void mixture_vectors_finish(struct mixture_vectors *vectors);

/* What came out of a method. */
struct mixture_shares {
    double *share;     /* [n_senses] of its lemma; not-a-number: the sense has no vector, or the
                          lemma no mixture */
    double *frequency; /* [n_senses] among the senses of its lemma that have a vector */
    double
        *explained; /* [n_lemmas] 1 - (residual / length)^2 of the word's vector; 0: nothing of it
                       is a mixture; not-a-number: it, or all senses but one, have no vector */
};

/* Every lemma's mixture by one method. Finish the shares. */
int mixture_fit(const struct mixture_task *task, const struct mixture_plan *plan,
                const struct mixture_vectors *vectors, enum mixture_method method,
                struct mixture_shares *ret_shares);
void mixture_shares_finish(struct mixture_shares *shares);

/* Rows and items of a method, to run->sink. */
void mixture_report(const struct suite_run *run, const struct mixture_task *task,
                    const struct mixture_plan *plan, enum mixture_method method,
                    const struct mixture_shares *shares);
/* Every sense of a lemma with an equal share. */
void mixture_report_uniform(const struct suite_run *run, const struct mixture_task *task,
                            const struct mixture_plan *plan);

#endif /* SUITES_MIXTURE_MIXTURE_H */
