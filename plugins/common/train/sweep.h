/*
 * sweep.h - epochs over the corpus in chunks, by several workers on shared matrices: what word2vec
 * and fastText have in common.
 *
 * The order of work is a fixed sequence of chunks; a chunk's random numbers and learning rate
 * depend on its place alone. One worker goes through it in order, so a seed gives the same bytes
 * each time. Several workers take chunks in turn and update the shared rows without locks (Niu et
 * al. 2011, "Hogwild!"), which is fast and not repeatable.
 *
 * Deterministic: SWEEP_SHADOWS chunks at a time each start from the same matrices, keep the rows
 * that they change to themselves, and their changes are then put together in the order of the
 * chunks. The bytes do not depend on the number of workers, of which up to SWEEP_SHADOWS are used.
 * It costs the copies and three meetings of the workers for each SWEEP_SHADOWS *
 * SWEEP_SHADOW_CHUNK words, and it learns from rows that are that many words old: vectors come out
 * about as good, not quite.
 */
#ifndef TRAIN_SWEEP_H
#define TRAIN_SWEEP_H

#include "train/corpus.h"
#include "train/job.h"
#include "train/kernels.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
    SWEEP_MATRICES = 3,
    SWEEP_SHADOWS = 4,
    SWEEP_CHUNK = 4096,       /* word numbers of a chunk, about */
    SWEEP_SHADOW_CHUNK = 256, /* the same if deterministic */
    SWEEP_SLAB_ROWS = 512,    /* copies of rows allocated at a time */
    SWEEP_MAX_LINE = 1000     /* words of a sentence; longer lines are cut, as in word2vec */
};

struct matrix {
    float *rows; /* [n_rows, width] */
    uint64_t n_rows;
    uint32_t width; /* floats, a multiple of KERNEL_ROW_FLOATS */
};

/* One worker's own copies of rows of one matrix, in slabs that never move. */
struct shadow_slab {
    uint32_t ids[SWEEP_SLAB_ROWS];
    uint32_t uses[SWEEP_SLAB_ROWS]; /* windows that took the row */
    _Alignas(64) float rows[];      /* [SWEEP_SLAB_ROWS, width] */
};

struct shadow {
    uint32_t *slots; /* [n_rows] which copy, SHADOW_NONE if not copied */
    struct shadow_slab **slabs;
    uint32_t n, n_slabs; /* copies, slabs allocated */
};

#define SHADOW_NONE UINT32_MAX

struct chunk {
    uint32_t epoch, number;
    uint64_t begin, end; /* into corpus.ids */
    float rate;          /* learning rate */
};

struct lane {
    struct sweep *sweep;
    struct shadow shadows[SWEEP_MATRICES];
    bool failed;   /* out of memory: what it computes is worthless */
    void *scratch; /* the trainer's, sweep.scratch_bytes */
    double loss;   /* summed over pairs where it was computed */
    uint64_t n_pairs;
};

struct sweep {
    struct train_job *job;
    const struct corpus *corpus;
    struct matrix matrices[SWEEP_MATRICES];
    uint32_t n_matrices;
    bool deterministic;
    uint32_t epochs;
    float rate, min_rate;  /* learning rate at the start, and the least */
    const char *rate_name; /* the option that sets it */
    uint64_t
        rows_per_id[SWEEP_MATRICES]; /* rows that training one word number can touch, at most */
    uint64_t scratch_bytes;
    void *trainer;
    void (*train_chunk)(void *trainer, struct lane *lane, const struct chunk *chunk);
    /* Where it stands; saved in checkpoints. */
    uint64_t next_chunk;          /* [0, epochs * n_chunks] */
    double epoch_loss, last_loss; /* sums of this epoch; mean of the last reported */
    uint64_t epoch_pairs;
    /* Private. */
    uint64_t *starts, n_chunks;
    struct lane *lanes;
    uint32_t n_lane_structs;
    uint64_t round_begin, round_end;
    float round_rate;
    atomic_ullong take;
    char phase[64];
};

/* Members above "Where it stands" are set by the caller; the rest is zero. */
emb_status sweep_init(struct sweep *sweep);
void sweep_finish(struct sweep *sweep);

/* Runs from next_chunk to the end. EMB_E_CANCELLED: next_chunk says where to go on. EMB_E_OPTION:
 * the loss is no longer a number. */
emb_status sweep_run(struct sweep *sweep);

struct checkpoint;
/* The matrices and where the sweep stands, to request->checkpoint; a sweep not yet initialised
 * saves that nothing is done. checkpoint->settings_hash is set. */
emb_status sweep_save(struct sweep *sweep, const struct train_job *job,
                      struct checkpoint *checkpoint);
/* The same from request->resume_from, after sweep_init. */
emb_status sweep_load(struct sweep *sweep, struct checkpoint *checkpoint);

/* Zeroed rows on large pages. */
emb_status matrix_alloc(const struct train_job *job, struct matrix *matrix, uint64_t n_rows,
                        uint32_t dim, const char *what);

float *shadow_row(struct lane *lane, uint32_t matrix, uint64_t id);

/* Row `id` as this worker may change it. */
static inline float *lane_row(struct lane *lane, uint32_t matrix, uint64_t id)
{
    const struct matrix *m = &lane->sweep->matrices[matrix];
    return lane->sweep->deterministic ? shadow_row(lane, matrix, id) : m->rows + id * m->width;
}

static inline void prefetch_floats(const float *row, uint32_t width)
{
    for (uint32_t d = 0; d < width; d += 16) {
        __builtin_prefetch(row + d, 1);
    }
}

#endif /* TRAIN_SWEEP_H */
