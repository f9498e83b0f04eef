/*
 * predictor.h - what word2vec and fastText share: words that predict words, sentence by sentence.
 *
 * Such a trainer's model begins with a struct predictor, its scratch with a struct sentence; its
 * predictor_kind says what is its own.
 */
#ifndef TRAIN_PREDICTOR_H
#define TRAIN_PREDICTOR_H

#include "train/output.h"
#include "train/sampling.h"
#include "train/sweep.h"

enum { PREDICTOR_MAX_WINDOW = 255, PREDICTOR_MAX_NEGATIVE = PAIR_MAX_OUT - 1 };
enum { PREDICTOR_LOSS_EVERY = 32 }; /* windows between two that tell their loss */

struct predictor {
    const struct predictor_kind *kind;
    struct sweep sweep;
    struct corpus corpus;
    const struct kernels *kernels;
    struct negatives negatives;
    float *keep; /* [n_words] subsampling */
    uint32_t dim, window, negative;
};

/* `model` is the trainer's own, which begins with a struct predictor. */
struct predictor_kind {
    const char *name;           /* "word2vec" */
    const char *min_count_name; /* options of equal meaning and different name */
    const char *rate_name;
    const struct emb_ext_train *table;
    uint64_t model_bytes;
    /* After the corpus is read: everything from the options to sweep_init. */
    emb_status (*prepare)(void *model, struct train_job *job);
    /* Learn from sentence.kept[n_kept], 0 <= n_kept <= SWEEP_MAX_LINE. */
    void (*learn)(const void *model, struct lane *lane, uint32_t n_kept, const struct chunk *chunk);
    void (*write)(void *model, struct output *file);
    void (*finish)(void *model, const struct train_job *job); /* what prepare made beside base */
};

/* How lane.scratch begins. */
struct sentence {
    struct rng rng; /* of the chunk */
    uint32_t n_windows;
    uint32_t kept[SWEEP_MAX_LINE]; /* words after subsampling */
};

/* Words, or inner nodes, that one block of rows predicts, right or wrong. */
struct outputs {
    uint32_t n;
    uint32_t ids[PAIR_MAX_OUT];
    float *rows[PAIR_MAX_OUT];
    float positive[PAIR_MAX_OUT], weight[PAIR_MAX_OUT];
};

/* emb_ext_train.train, but for the kind. */
emb_status predictor_train(const struct predictor_kind *kind, const struct emb_host *host,
                           const struct emb_train_request *request,
                           struct emb_train_result *result);

/* The sweep's part that does not depend on the kind; its trainer is the predictor. */
void predictor_sweep(struct predictor *predictor, struct train_job *job, uint64_t scratch_bytes);

/* Row of a matrix, on its way to the cache. */
static inline float *predictor_fetch(struct lane *lane, uint32_t matrix, uint64_t id)
{
    float *row = lane_row(lane, matrix, id);
    prefetch_floats(row, lane->sweep->matrices[matrix].width);
    return row;
}

#endif /* TRAIN_PREDICTOR_H */
