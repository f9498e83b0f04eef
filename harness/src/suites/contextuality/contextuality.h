/*
 * contextuality.h - what the parts of suite contextuality share. Internal to suites.
 *
 *   contextuality.c         options, data sets, orchestration
 *   text.c    sentences, their occurrences, and the groups that are measured together
 *   scan.c    the text through the embedder, block by block
 *   measure.c figures of one group, of one sentence, of the whole space
 *   rows.c    rows and items
 *   gains.c   where along the stages they come from
 *
 * Memory: the text and its groups, about 40 bytes an occurrence; results, 16 bytes a group and 8 a
 * sentence for each method and stage; the draws; and the vectors of one block of groups at a time:
 * at most option "memory", and for each thread 1 / stages of that.
 */
#ifndef SUITES_CONTEXTUALITY_CONTEXTUALITY_H
#define SUITES_CONTEXTUALITY_CONTEXTUALITY_H

#include "base/map.h"
#include "data/wsd_data.h"
#include "math/postprocess.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTEXTUALITY_NONE UINT32_MAX

enum contextuality_method {
    CONTEXTUALITY_PLAIN,        /* vectors as they are: Ethayarajh 2019 */
    CONTEXTUALITY_STANDARDISED, /* each dimension at mean 0 and deviation 1: Timkey & van Schijndel
                                   2021 */
    CONTEXTUALITY_N_METHODS
};
extern const char *const contextuality_method_names[CONTEXTUALITY_N_METHODS];

struct contextuality_plan {
    bool wanted[CONTEXTUALITY_N_METHODS];
    uint64_t least;  /* occurrences of a word that is measured */
    uint64_t memory; /* bytes of vectors held at a time */
    uint64_t sample; /* sentences that mean and deviation are of; 0 = all */
    uint64_t draws;  /* occurrences that the baseline of mev is of */
};

/* THE TEXT */

/* A token that has a letter. */
struct contextuality_occurrence {
    struct emb_span span; /* bytes in its sentence */
    uint32_t word;        /* number of its lower-cased form in text.words */
    uint32_t lemma;       /* number in text.lemmas; CONTEXTUALITY_NONE: no gold sense */
    uint32_t sense;       /* number of its gold label (the first one) */
};

struct contextuality_sentence {
    const char *text; /* not NUL-terminated */
    uint32_t n_bytes;
    uint32_t n_tokens;
    const struct emb_span *tokens; /* [n_tokens]; NULL: plain text */
    uint32_t first, n;             /* occurrences[first] … */
};

/* Occurrences that are compared with each other: those of a word, or those of a lemma (in a part
 * of speech) that have a gold sense. */
struct contextuality_group {
    size_t first;      /* members[first] … */
    uint32_t n;        /* members */
    uint32_t number;   /* of the word or the lemma */
    uint32_t n_senses; /* 0: a word */
};

struct contextuality_text {
    char *name;
    struct wsd_data *data; /* sense-tagged: what the sentences point into; NULL: plain text */
    struct str bytes;      /* plain text: the same */
    struct contextuality_sentence *sentences; /* [n_sentences] each with an occurrence or more */
    size_t n_sentences, sentences_capacity;
    struct contextuality_occurrence *occurrences; /* [n_occurrences] in order */
    size_t n_occurrences, occurrences_capacity;
    struct map words;   /* lower-cased */
    struct map lemmas;  /* "bank.NOUN" */
    uint8_t *lemma_pos; /* [lemmas.n] enum wordnet_pos */
    size_t lemma_pos_capacity;
    /* Words with `least` occurrences, and lemmas with a pair of occurrences in the same sense and
     * one in different senses; neighbours share occurrences where they can. */
    struct contextuality_group *groups; /* [n_groups] */
    uint32_t n_groups, n_lemma_groups;
    size_t groups_capacity;
    uint32_t *members;       /* occurrence numbers, group after group */
    uint32_t *member_senses; /* beside it: senses of the group's own, 0 … n_senses - 1 */
    size_t n_members, members_capacity, member_senses_capacity;
};

/* Data sets of the request, else the usual ones. A file of sense-tagged text (NAME.data.xml, .tsv,
 * .jsonl) or a folder of such; any other file is plain text, one sentence a line, plain or packed.
 * The limit counts sentences. */
int contextuality_read(const struct suite_request *request, uint64_t least,
                       struct contextuality_text **ret_texts, uint32_t *ret_n);
void contextuality_text_finish(struct contextuality_text *text);

/* FIGURES */

/* Of a word: mean cosine over the pairs of its occurrences, and the share of variance along one
 * direction. Of a lemma: mean cosine over the pairs within a sense, and over those across senses.
 * Not-a-number where too few occurrences have a vector. */
struct contextuality_figures {
    union {
        double self_similarity, within;
    };
    union {
        double mev, across;
    };
};

/* All that one embedder's vectors say about a text. Slot = method * n_stages + stage. */
struct contextuality_scores {
    uint32_t n_stages;
    struct contextuality_figures *groups; /* [n_slots, n_groups] */
    uint32_t *known;                      /* [n_groups] members with a vector */
    double *sentences;    /* [n_slots, n_sentences] intra-sentence similarity, NAN: fewer than two
                             vectors */
    double *anisotropy;   /* [n_slots] mean cosine over all pairs of occurrences */
    double *mev_baseline; /* [n_slots] mev of the draws */
    uint64_t n_known;     /* occurrences with a vector */
    uint32_t most;        /* occurrences of a group that count, sampled at random; 0: all of them */
};

/* A text through the embedder, block by block. Finish the scores. */
int contextuality_score(const struct suite_run *run, const struct contextuality_plan *plan,
                        const struct contextuality_text *text,
                        struct contextuality_scores *ret_scores);
void contextuality_scores_finish(struct contextuality_scores *scores);

/* Rows below are float32, contiguous, [n, dim]. */

/* Mean cosine over the pairs of n vectors of which n_units have a direction (else: cosine 0), from
 * the sum of the units: Σᵢ≠ⱼ uᵢ·uⱼ = |Σ u|² - n_units. NAN if n < 2. */
double contextuality_mean_cosine(const double *sum, uint32_t dim, uint64_t n_units, uint64_t n);
struct contextuality_figures contextuality_of_word(const float *rows, uint32_t n, uint32_t dim);
/* senses: [n] numbers below n_senses. */
struct contextuality_figures contextuality_of_lemma(const float *rows, const uint32_t *senses,
                                                    uint32_t n, uint32_t n_senses, uint32_t dim);
/* Mean cosine of the rows with their mean, not-a-number where there is but one, which is its own
 * mean. The units are added to sum[dim], their number to *n_units. n > 0. */
double contextuality_of_sentence(const float *rows, uint32_t n, uint32_t dim, double *sum,
                                 uint64_t *n_units);

/* The protocol of a method, at a stage or (NULL) over several. */
void contextuality_protocol(const struct contextuality_plan *plan,
                            const struct contextuality_text *text,
                            const struct contextuality_scores *scores,
                            enum contextuality_method method, const struct stage *stage,
                            struct protocol *ret_protocol);

/* Rows and items of a text, to run->sink. */
void contextuality_report(const struct suite_run *run, const struct contextuality_plan *plan,
                          const struct contextuality_text *text,
                          const struct contextuality_scores *scores);

/* Where along the stages they come from: rows of attribution.h of the metrics "sense-separation"
 * (over lemmas) and "self-similarity" (over words). */
void contextuality_report_gains(const struct suite_run *run, const struct contextuality_plan *plan,
                                const struct contextuality_text *text,
                                const struct contextuality_scores *scores);

#endif /* SUITES_CONTEXTUALITY_CONTEXTUALITY_H */
