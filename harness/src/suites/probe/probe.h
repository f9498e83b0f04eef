/*
 * probe.h - linear classifiers of senses on the vectors of their targets: what the parts of the
 * suite share. Internal to suites.
 *
 *   probe.c   options, reading, orchestration   embed.c       vectors of training and test
 *   run.c     one test set at one stage         fit.c         penalty, answers, description length
 *   lemma.c   a classifier a lemma              supersense.c  one for all lemmas
 *   report.c  answers and rows
 *
 * A classifier is a multinomial logistic regression (math/softmax.h). Of the training occurrences
 * of a problem, shuffled, the last fifth is the development part: the weight C of the fit, one for
 * all problems of a test set at a stage, is the one that gets most of it right (the least among
 * equals); then everything is fitted on all. Vectors are divided by one number a stage, the root of
 * the mean squared distance of the training vectors from their mean, so that C means the same at
 * every stage.
 *
 * Control task (Hewitt & Liang 2019): labels that say nothing of the sense, since each is drawn, by
 * the shares of the training labels, for a type: in `supersense` for a lemma with part of speech,
 * as in the paper, whose types are words; in `lemma`, where that would be one label for all, for
 * the second word before the target (which decoders have read too, and which is seldom the same
 * function word everywhere, as the first one is). Selectivity is the share right of the senses
 * minus that of the control, on the same items; what the most frequent control label would get
 * stands beside it.
 *
 * Description length (Voita & Titov 2020): the online code of the shuffled training labels. The
 * first block costs log2 K bits a label, each further one what the classifier fitted on all before
 * it says; blocks end at 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50 and 100 % of the labels.
 * These classifiers penalise their biases too, so that a label not met before costs a finite
 * number of bits. All problems of a test set at a stage are coded with one C, the one whose code is
 * the shortest; log2 of the number of C to choose among is what it costs to say which.
 */
#ifndef SUITES_PROBE_PROBE_H
#define SUITES_PROBE_PROBE_H

#include "suites/wsd/common.h"
#include "suites/wsd/contexts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_MOST_C = 32 };

enum probe_classes { PROBE_LEMMA, PROBE_SUPERSENSE, PROBE_N_CLASSES };

struct suite_state {
    struct wsd_task *task;
    struct word_mean mean;          /* of the words around a target */
    struct word_counts frequencies; /* of a file, for it */
    char *file;                     /* what that file is called; NULL: none */
    bool wanted[PROBE_N_CLASSES][WSD_N_REPRESENTATIONS];
    double c[PROBE_MOST_C]; /* [n_c] ascending: the weights of the fit to choose among */
    uint32_t n_c;
    char *grid;      /* the same as a protocol tells it: "0.1,1,10" */
    uint64_t memory; /* bytes of vectors at most */
    uint64_t most;   /* occurrences that train a classifier for all lemmas */
    bool controls;   /* control tasks and description lengths too */
};

/* Vectors of one set's instances. */
struct probe_vectors {
    float *rows[WSD_N_REPRESENTATIONS];    /* [n, n_stages, dim], of contexts [n, 1, dim] */
    uint8_t *known[WSD_N_REPRESENTATIONS]; /* [n] there is one */
    uint32_t *row_of;                      /* [n_instances] WSD_NONE: not wanted */
    uint32_t *types;                       /* [n] number of the control type */
    uint32_t n;
};

/* A training occurrence. */
struct probe_occurrence {
    uint32_t set, row; /* its vectors: training[set], row */
    uint32_t sense;    /* of its gold labels the first that is a candidate's */
};

/* All that is embedded. */
struct probe_data {
    const struct suite_run *run;
    const struct wsd_task *task;
    uint32_t n_stages, dim, n_representations;
    struct wsd_contexts *contexts;      /* NULL: contextual embedders */
    struct probe_vectors *training;     /* [task.train.n] */
    struct probe_occurrence **of_group; /* [task.n_groups][n_of_group] in a shuffled order */
    uint32_t *n_of_group;
    struct map types; /* of the control task of method lemma */
};

/* Lists the training occurrences and embeds them. ERR_REQUEST where option memory is too little for
 * them and the greatest test set. Undo with probe_data_finish, also after a failure. */
int probe_data_init(struct probe_data *data, const struct suite_run *run);
void probe_data_finish(struct probe_data *data);
int probe_embed_test(struct probe_data *data, const struct wsd_test *test,
                     struct probe_vectors *ret_vectors);
void probe_vectors_finish(struct probe_vectors *vectors);
/* The vector of a row at a stage (of contexts: the only one). */
const float *probe_row(const struct probe_data *data, const struct probe_vectors *vectors,
                       uint32_t representation, uint32_t row, uint32_t stage);

/* What one classifier learns, and what it is asked. */
struct probe_problem {
    float *train, *test; /* [n_train, dim], [n_test, dim] */
    uint32_t *labels;    /* [n_train] 0 … n_classes-1 */
    uint32_t *controls;  /* [n_train] the same of the control task */
    uint32_t *instances; /* [n_test] of the test set */
    uint32_t *asked;     /* [n_test] labels of the control task */
    uint32_t *classes;   /* [n_classes] candidate numbers, or supersenses */
    uint32_t n_train, n_test, n_classes, dim;
};
void probe_problem_finish(struct probe_problem *problem);

/* Writes the rows in a basis of the space that the training rows span, where that has fewer
 * dimensions: the optimum lies in it, so that nothing changes but the cost. */
void probe_reduce(struct probe_problem *problem);
/* Adds how many of the development part each C gets right: right[n_c]; returns its size. */
uint32_t probe_try(const struct probe_problem *problem, const double *c, uint32_t n_c,
                   uint32_t *right);
/* Fits labels (or controls) with a C; ret[n_test, n_classes] probabilities of the test rows. */
void probe_answer(const struct probe_problem *problem, const uint32_t *labels, double c,
                  double *ret);
/* Adds the bits of the online code with each C: bits[n_c]. */
void probe_code_length(const struct probe_problem *problem, const uint32_t *labels, const double *c,
                       uint32_t n_c, double *bits);

/* One test set, representation and stage. */
struct probe_case {
    const struct probe_data *data;
    const struct wsd_test *test;
    const struct probe_vectors *vectors; /* of the test set */
    const uint32_t *first_of_group;      /* [n_groups + 1] where a group's instances begin in */
    const uint32_t *instances;           /* [n_instances with a group] of the test set, by group */
    enum probe_classes classes;
    uint32_t representation, stage;
    double scale;     /* that vectors are multiplied by */
    bool lists_words; /* the first case of a set: wsd_answers.lists_words */
};

/* Its result. */
struct probe_outcome {
    struct wsd_answer *answers; /* [n_instances] */
    const char **texts;         /* [n_instances] supersenses that were answered; NULL: senses */
    uint8_t *answered;          /* [n_instances] beside texts */
    uint8_t *probed;            /* [n_instances] a classifier of two classes or more answered */
    double *control;            /* [n_instances] 1 where the control's label was right */
    double *control_majority;   /* [n_instances] 1 where its most frequent label would be */
    double c;                   /* not-a-number: there was no classifier */
    double bits, control_bits, uniform_bits; /* of the training labels */
    uint64_t n_coded;                        /* labels */
    uint64_t n_problems;
};

/* A vector of the case, scaled. */
void probe_copy_row(const struct probe_case *of, const struct probe_vectors *vectors, uint32_t row,
                    float *ret_row);
bool probe_has_row(const struct probe_case *of, const struct probe_vectors *vectors, uint32_t row);
uint32_t probe_n_instances(const struct probe_case *of, uint32_t group);

/* The problem of a lemma; false where its training occurrences have fewer than two senses, or none
 * of the test set is asked for. */
bool probe_lemma_problem(const struct probe_case *of, uint32_t group, struct probe_problem *ret);
/* probabilities[n_test, n_classes] of senses and of the control's labels (NULL: none was asked). */
void probe_lemma_take(const struct probe_case *of, uint32_t group,
                      const struct probe_problem *problem, const double *probabilities,
                      const double *control, struct probe_outcome *outcome);
/* The answers where there is no problem: the one sense of training, or none. */
void probe_lemma_without(const struct probe_case *of, uint32_t group,
                         struct probe_outcome *outcome);

/* The same of all lemmas at once. */
bool probe_supersense_problem(const struct probe_case *of, struct probe_problem *ret);
void probe_supersense_take(const struct probe_case *of, const struct probe_problem *problem,
                           const double *probabilities, const double *control,
                           struct probe_outcome *outcome);
/* Does a set have supersenses: are its senses WordNet's? */
bool probe_has_supersenses(const struct wsd_test *test);
/* The supersense of each instance's first sense, as a baseline. */
void probe_report_first_supersense(const struct suite_run *run, const struct wsd_task *task,
                                   const struct wsd_test *test);

/* All stages of a test set, by every kind of classifier asked for. */
void probe_run_test(const struct probe_data *data, const struct wsd_test *test,
                    const struct probe_vectors *vectors, struct wsd_headline *headline);

/* The rows of all stages: outcomes[n], of the case but for its stage. */
void probe_report(const struct probe_case *of, const struct probe_outcome *outcomes, uint32_t n,
                  struct wsd_headline *headline);

/* A label drawn for a type of the control task, by the shares of labels[n]. */
uint32_t probe_draw(const struct probe_data *data, uint64_t salt, uint32_t type,
                    const uint32_t *labels, uint32_t n);

#endif /* SUITES_PROBE_PROBE_H */
