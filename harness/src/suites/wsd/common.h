/*
 * common.h - what the parts of the sense suites share: instances with their candidates, training
 * counts, answers. Internal to suites.
 *
 * Intervals are over whole documents, or lemmas, where there are enough of them (splits.h).
 *
 *   wsd.c            options, reading, orchestration       task.c    candidates, counts
 *   sets.c       test and training sets of a task      targets.c what a sentence embeds
 *   baselines.c  systems without an embedder           nn.c      centroids from training
 *   scan.c       the test data through the embedder    gloss.c   senses from definitions
 *   report.c     all systems on a set; items           figures.c rows of one system
 *   splits.c     kinds of instances                    intervals.c how sure rows are
 *   stages.c     gains along the stages                headline.c which stage to quote
 *   ceiling.c    is the static ceiling sharp           item_texts.c texts beside items
 *   scan_block.c the gloss methods' blocks           scan_report.c the scan's systems
 *   dev.c        which set is --dev
 *   neighbours.c nearest occurrences: nn with k > 1
 *   contexts.c   means of words           best.c    the best of them, chosen beforehand
 *   choice.c     definitions by a language model
 */
#ifndef SUITES_WSD_COMMON_H
#define SUITES_WSD_COMMON_H

#include "base/map.h"
#include "data/inventory.h"
#include "data/sense_classes.h"
#include "data/wordnet.h"
#include "data/wsd_data.h"
#include "math/correlation.h"
#include "suites/shared/set_names.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stdint.h>

struct embed_stream; /* plugin/embed.h */

#define WSD_NONE UINT32_MAX
#define WSD_TIE CHOICE_TIE /* the first candidate within this of the best is the answer */
#define WSD_CUSTOMARY_DEV "semeval2007" /* often the development set: ALL is shown without it */

/* A sense that is a candidate of some test instance. */
struct wsd_sense {
    const char *definition; /* of the data's own list; NULL: WordNet's, or none */
    uint32_t wordnet;       /* number in WordNet, WORDNET_NONE for a label of the data's own */
    uint32_t count;         /* gold labels in the training data */
};

/* The candidates of a (lemma, part of speech), by sense number. */
struct wsd_group {
    const char *lemma; /* lower-cased, blanks as '_' */
    uint32_t first, n; /* senses[first], … */
    uint32_t count;    /* occurrences in training: the sum over its senses */
    uint32_t mfs; /* candidate number of the most frequent in training; 0 where none was seen */
    uint8_t pos;
};

/* One test set. */
struct wsd_test {
    struct wsd_data *data; /* owned */
    uint32_t *group;       /* [n_instances] number in wsd_task.groups; WSD_NONE: lemma unknown */
    uint8_t *right;        /* candidates that are gold, by wsd_right() */
    size_t *first_right;   /* [n_instances] where those of an instance begin */
    uint8_t *seen;         /* [n_instances] a gold label occurs in training */
    char *train_names;     /* of the corpora with this set's senses: "semcor+omsti", "none" */
    bool trained;          /* there is such a corpus */
    uint32_t n_unknown_lemmas, n_unknown_labels;
    uint64_t n_trained_on; /* instances that stand in the training text too */
    uint32_t asked;        /* number of the source's data set that it was read from */
};

/* Everything that is known before a model is: built once by wsd_task_create. */
struct wsd_task {
    const char *suite; /* that asks: of its rows */
    struct wordnet *wordnet;
    struct inventory *inventory;   /* of the request; NULL: the data sets' own */
    struct sense_classes *classes; /* coarser; NULL: none */
    bool classes_alone;            /* a sense that they lack is a class of its own */
    struct wsd_test *tests;        /* [n_tests] */
    uint32_t n_tests;
    struct wsd_sets train;
    struct set_names train_names;
    struct map groups_by_name;
    struct wsd_group *groups; /* [n_groups] */
    uint32_t n_groups;
    size_t groups_capacity;
    struct wsd_sense *senses; /* [n_senses] */
    struct map labels;        /* label of each sense; numbers are sense numbers */
    size_t senses_capacity;
    uint32_t **train_sense; /* [train.n][n_gold of the set]: sense number or WSD_NONE */
};

/* Where data come from; ownership stays. */
struct wsd_source {
    const char *suite; /* that asks, for messages and rows */
    const char *const *datasets;
    uint32_t n_datasets;
    const char *const *train;
    uint32_t n_train;
    const char *wordnet;
    const char *inventory; /* a file of senses instead of WordNet's and training labels; NULL */
    const char *gold;      /* gold keys instead of those beside the data; NULL */
    const char *gold_name;
    bool gold_of_some;   /* only of the sets that it names an instance of; one at least */
    const char *classes; /* a file of coarser senses; NULL */
    bool classes_alone;
    uint64_t limit; /* instances a set; 0 = all */
    uint64_t shots; /* training occurrences a sense at most; 0 = all. Counts stay those of all */
    bool relatives; /* count and train the senses around the candidates too: back-off hypernym */
};

int wsd_task_create(const struct wsd_source *source, struct wsd_task **ret_task);
void wsd_task_free(struct wsd_task *task); /* NULL is fine */

/* What the rows of a part of a set are called ("ALL/senseval2"), and those of all but it
 * ("ALL-without-semeval2007"): the caller's to free. */
char *wsd_part_name(const struct wsd_data *data, uint32_t part);
char *wsd_without_name(const struct wsd_data *data, uint32_t part);

static inline uint32_t wsd_n(const struct wsd_test *test)
{
    return (uint32_t)test->data->n_instances;
}

/* The group of an instance, NULL if its lemma has no senses. */
static inline const struct wsd_group *wsd_group_of(const struct wsd_task *task,
                                                   const struct wsd_test *test, uint32_t instance)
{
    uint32_t group = test->group[instance];
    return group == WSD_NONE ? NULL : &task->groups[group];
}

/* Is candidate number c of an instance's group one of its gold labels? */
static inline bool wsd_right(const struct wsd_test *test, uint32_t instance, uint32_t c)
{
    return test->right[test->first_right[instance] + c];
}

const char *wsd_label(const struct wsd_task *task, const struct wsd_group *group, uint32_t c);

/* Appends the definition of a candidate, WordNet's or the data's own; false if there is none. */
bool wsd_definition(const struct wsd_task *task, const struct wsd_group *group, uint32_t c,
                    struct str *text);

/* One system's answer to one instance. */
struct wsd_answer {
    double score;    /* cosine of the answer, NAN if there is none */
    double expected; /* share right, were ties broken at random */
    uint32_t choice; /* candidate number, WSD_NONE = none of the system's own */
    uint8_t status;  /* enum wsd_status */
};

enum wsd_status {
    WSD_OK,
    WSD_TIED,
    WSD_BACKOFF,
    WSD_OOV,
    WSD_CUT,
    WSD_NO_LEMMA,
    WSD_EMPTY,       /* rescored: no answer was given */
    WSD_NO_CANDIDATE /* rescored: no sense of the instance is among its answers */
};

/* The best of an instance's candidates: cosines[n], not-a-number where a candidate has no vector.
 */
struct wsd_answer wsd_choose(const struct wsd_test *test, uint32_t instance, const double *cosines,
                             uint32_t n);

/* Which rows a system's answers are for. The best fixed answers differ between a part alone and the
 * whole that it is a part of. */
enum wsd_scope { WSD_EVERYWHERE, WSD_ON_WHOLE, WSD_ON_PARTS };

/* A system's answers to one test set. */
struct wsd_answers {
    const char *method;               /* "nn" */
    struct stage stage;               /* none of baselines */
    const struct protocol *protocol;  /* from its method on: method, stage, pool, … */
    const struct wsd_answer *answers; /* [n_instances] */
    /* Of a system whose answers are not choices among the candidates: what it answered, and what is
     * shown; NULL otherwise. An answer scores `expected`. */
    const uint8_t *answered;
    const char *const *texts;
    const char *name;       /* of such a system, for the report */
    const char *candidates; /* that it chooses among, for the protocol; NULL: the lemma's senses */
    enum wsd_scope scope;
    bool is_baseline;
    bool tells_texts;  /* its items carry sentences and definitions: one system of a set */
    bool lists_words;  /* the targets that the embedder lacks or cuts are listed beside it: one
                          system of an embedder and a set, the first of its report */
    bool can_back_off; /* an instance without an answer gets the first sense */
};

/* Why no candidate of a set can be right, in a sentence that names its file and what to give;
 * option: by which an inventory is given ("--inventory"). NULL: one can. free() it. */
char *wsd_no_candidates(const struct wsd_task *task, const struct wsd_test *test,
                        const char *option);

/* Rows and items of all systems on a set: with and without back-off, parts, splits, ties. */
void wsd_report(const struct suite_run *run, const struct wsd_task *task,
                const struct wsd_test *test, const struct wsd_answers *systems, uint32_t n_systems);

/* The same, and where along the stages the score is earned; the headline (NULL: none) keeps what it
 * needs of it. */
struct wsd_headline;
void wsd_report_stages(const struct suite_run *run, const struct wsd_task *task,
                       const struct wsd_test *test, const struct wsd_answers *systems,
                       uint32_t n_systems, struct wsd_headline *headline);

int wsd_report_baselines(const struct suite_run *run, const struct wsd_task *task);

struct word_mean;    /* contexts.h: how words become one vector */
struct wsd_contexts; /* contexts.h: the means of a run */
struct word_counts;  /* shared/word_weights.h */

/* The methods that are asked for and that the data and the embedder allow. */
struct wsd_plan {
    bool relatives; /* a candidate without a centroid gets its synset's, else its hypernyms' */
    bool words;     /* texts are means of their words: static embedders */
    bool nn, context, best, gloss, target_gloss, target_lemma, sentence_gloss, nn_gloss;
    const struct word_mean *mean; /* of words, as asked for: nn-context, static sentences, … */
    const struct word_counts *frequencies; /* of a file, for it */
    const char *file;                      /* what that file is called; NULL: none */
    uint64_t block_bytes;                  /* of test vectors held at a time */
    uint64_t k;      /* nn: 1 = the nearest centroid, else k nearest occurrences vote */
    uint64_t memory; /* bytes of the occurrences kept where k > 1 */
    struct wsd_headline *headline; /* of the run; NULL: none */
    const char *dev; /* what the rows of the development set are called; NULL: custom */
};

int wsd_run(const struct suite_run *run, const struct wsd_task *task, const struct wsd_plan *plan);

/* Centroids: mean of the raw vectors of a sense's training occurrences, in double.
 * Memory: senses with an occurrence * representations * stages * dim * 8 bytes.
 * Representation WSD_CONTEXT + m is the context by mean number m. */
enum wsd_representation { WSD_TARGET, WSD_CONTEXT, WSD_N_REPRESENTATIONS };

/* Mean number 0 is the one asked for, those behind it are candidates for the best. */
static inline bool wsd_wants_mean(const struct wsd_plan *plan, uint32_t m)
{
    return m == 0 ? plan->context : plan->best;
}

struct wsd_centroids;
/* contexts: NULL where no method asks for contexts; fitted on return. */
int wsd_centroids_train(const struct suite_run *run, const struct wsd_task *task,
                        const struct wsd_plan *plan, struct wsd_contexts *contexts,
                        struct wsd_centroids **ret_centroids);
void wsd_centroids_free(struct wsd_centroids *centroids);
/* Cosines of a vector [n_stages, dim] with the centroids of a group, by stage:
 * ret_cosines[stage * stride + candidate]; NAN where there is none. Where k > 1, with the nearest
 * occurrences of the candidates that got the most votes (neighbours.h). */
void wsd_centroids_score(const struct wsd_centroids *centroids, const struct wsd_group *group,
                         uint32_t representation, const float *vector, double *ret_cosines,
                         uint32_t stride);
/* The same of one stage for a training occurrence, which is taken out of the centroids of its gold:
 * own[group->n] 1 where a candidate is. Not for k > 1. */
void wsd_centroids_score_without(const struct wsd_centroids *centroids,
                                 const struct wsd_group *group, uint32_t representation,
                                 const float *vector, const uint8_t *own, double *ret_cosines);
/* All training occurrences of the task's senses with each context that the plan wants, [dim], as it
 * went into the centroids: take(ctx, set number, instance number, mean, vector). */
int wsd_each_context(const struct suite_run *run, const struct wsd_task *task,
                     const struct wsd_plan *plan, struct wsd_contexts *contexts,
                     void (*take)(void *ctx, uint32_t set, uint32_t instance, uint32_t m,
                                  const float *vector),
                     void *ctx);

/* One sentence with what is to be embedded in it. */
struct wsd_targets {
    struct emb_span *spans; /* [n] by begin */
    uint32_t *owners;       /* [n] instance number, WSD_NONE: a word for contexts or the sentence */
    uint32_t *tokens;       /* [n] number of the token it is (in), WSD_NONE: the whole sentence */
    uint32_t n;
    size_t capacity;
};
/* wanted(ctx, instance): is it to be embedded? NULL = all. */
void wsd_list_targets(const struct wsd_data *data, uint32_t sentence, bool whole, bool words,
                      bool (*wanted)(const void *ctx, uint32_t instance), const void *ctx,
                      struct wsd_targets *targets);
void wsd_targets_finish(struct wsd_targets *targets);
/* The sentence with these targets into the stream, under its number. */
int wsd_push_sentence(struct embed_stream *stream, const struct wsd_data *data, uint32_t sentence,
                      const struct wsd_targets *targets);

/* Definitions of the candidates against test vectors held by the caller. */
struct wsd_held {
    uint32_t first, n;          /* instances first … first + n - 1 of the test set */
    const float *targets;       /* [n, n_stages, dim] */
    const double *target_norms; /* [n, n_stages]; 0: no vector */
    const float *sentences;     /* [n_sentences, n_stages, dim]; NULL if not wanted */
    const double *sentence_norms;
    uint32_t first_sentence;
};
enum wsd_gloss { WSD_TARGET_GLOSS, WSD_TARGET_LEMMA, WSD_SENTENCE_GLOSS, WSD_N_GLOSSES };

/* Scores of one variant: where candidate c of held instance i at stage s is
 * [(first[i] + c) * n_stages + s]. */
struct wsd_gloss_scores {
    size_t *first;                  /* [n + 1] */
    double *cosines[WSD_N_GLOSSES]; /* NULL where not wanted */
};
/* contexts: weigh the words of definitions where plan->words; else NULL. */
int wsd_gloss_score(const struct suite_run *run, const struct wsd_task *task,
                    const struct wsd_test *test, const struct wsd_plan *plan,
                    const struct wsd_contexts *contexts, const struct wsd_held *held,
                    struct wsd_gloss_scores *ret_scores);
void wsd_gloss_scores_finish(struct wsd_gloss_scores *scores);

#endif /* SUITES_WSD_COMMON_H */
