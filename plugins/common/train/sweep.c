/* Goes over the corpus epoch by epoch with several workers. */
#include "train/sweep.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Share of the way that one use makes at a learning rate of 1 (see add_row); found by trial. */
#define DAMPING 1.0f

emb_status matrix_alloc(const struct train_job *job, struct matrix *matrix, uint64_t n_rows,
                        uint32_t dim, const char *what)
{
    uint32_t width = (dim + KERNEL_ROW_FLOATS - 1) / KERNEL_ROW_FLOATS * KERNEL_ROW_FLOATS;
    matrix->n_rows = n_rows;
    matrix->width = width;
    return job_alloc(job, n_rows, width * sizeof(float), what, &matrix->rows);
}

static emb_status shadow_init(struct sweep *sweep, struct shadow *shadow, uint32_t matrix)
{
    uint64_t n_rows = sweep->matrices[matrix].n_rows;
    const char *what = "the rows of a deterministic worker";
    TRY(job_alloc(sweep->job, n_rows, sizeof *shadow->slots, what, &shadow->slots));
    memset(shadow->slots, 0xFF, n_rows * sizeof *shadow->slots);
    return job_alloc(sweep->job, n_rows / SWEEP_SLAB_ROWS + 1, sizeof *shadow->slabs, what,
                     &shadow->slabs);
}

static void shadow_finish(struct shadow *shadow, const struct emb_host *host)
{
    for (uint32_t i = 0; i < shadow->n_slabs; i++) {
        host->free(host, shadow->slabs[i]);
    }
    host->free(host, shadow->slabs);
    host->free(host, shadow->slots);
}

emb_status sweep_init(struct sweep *sweep)
{
    sweep->n_lane_structs = sweep->deterministic ? SWEEP_SHADOWS : sweep->job->n_lanes;
    TRY(corpus_cut(sweep->corpus, sweep->deterministic ? SWEEP_SHADOW_CHUNK : SWEEP_CHUNK,
                   SWEEP_MAX_LINE, &sweep->starts, &sweep->n_chunks));
    TRY(job_alloc(sweep->job, sweep->n_lane_structs, sizeof *sweep->lanes, "the workers",
                  &sweep->lanes));
    for (uint32_t l = 0; l < sweep->n_lane_structs; l++) {
        struct lane *lane = &sweep->lanes[l];
        lane->sweep = sweep;
        TRY(job_alloc(sweep->job, 1, sweep->scratch_bytes, "a worker", &lane->scratch));
        for (uint32_t m = 0; sweep->deterministic && m < sweep->n_matrices; m++) {
            TRY(shadow_init(sweep, &lane->shadows[m], m));
        }
    }
    return EMB_OK;
}

void sweep_finish(struct sweep *sweep)
{
    if (!sweep->job) {
        return;
    }
    const struct emb_host *host = sweep->job->host;
    for (uint32_t l = 0; sweep->lanes && l < sweep->n_lane_structs; l++) {
        host->free(host, sweep->lanes[l].scratch);
        for (uint32_t m = 0; m < SWEEP_MATRICES; m++) {
            shadow_finish(&sweep->lanes[l].shadows[m], host);
        }
    }
    host->free(host, sweep->lanes);
    host->free(host, sweep->starts);
    for (uint32_t m = 0; m < SWEEP_MATRICES; m++) {
        host->free(host, sweep->matrices[m].rows);
    }
    *sweep = (struct sweep){0};
}

static float *copy_at(const struct shadow *shadow, uint32_t slot, uint32_t width)
{
    struct shadow_slab *slab = shadow->slabs[slot / SWEEP_SLAB_ROWS];
    return slab->rows + (uint64_t)(slot % SWEEP_SLAB_ROWS) * width;
}

static uint32_t id_at(const struct shadow *shadow, uint32_t slot)
{
    return shadow->slabs[slot / SWEEP_SLAB_ROWS]->ids[slot % SWEEP_SLAB_ROWS];
}

static uint32_t uses_at(const struct shadow *shadow, uint32_t slot)
{
    return shadow->slabs[slot / SWEEP_SLAB_ROWS]->uses[slot % SWEEP_SLAB_ROWS];
}

/* One more slab; false if the memory is out. */
static bool add_slab(struct lane *lane, struct shadow *shadow, uint32_t width)
{
    const struct emb_host *host = lane->sweep->job->host;
    struct shadow_slab *slab =
        host->alloc(host, sizeof *slab + SWEEP_SLAB_ROWS * (uint64_t)width * sizeof(float));
    if (slab) {
        shadow->slabs[shadow->n_slabs++] = slab;
    }
    lane->failed |= !slab;
    return slab != NULL;
}

float *shadow_row(struct lane *lane, uint32_t matrix, uint64_t id)
{
    const struct matrix *m = &lane->sweep->matrices[matrix];
    struct shadow *shadow = &lane->shadows[matrix];
    uint32_t slot = shadow->slots[id];
    if (slot == SHADOW_NONE) {
        slot = shadow->n;
        if (slot / SWEEP_SLAB_ROWS == shadow->n_slabs && !add_slab(lane, shadow, m->width)) {
            return m->rows + id * m->width; /* the run fails after this round */
        }
        shadow->n++;
        shadow->slots[id] = slot;
        shadow->slabs[slot / SWEEP_SLAB_ROWS]->ids[slot % SWEEP_SLAB_ROWS] = (uint32_t)id;
        shadow->slabs[slot / SWEEP_SLAB_ROWS]->uses[slot % SWEEP_SLAB_ROWS] = 0;
        memcpy(copy_at(shadow, slot, m->width), m->rows + id * m->width, m->width * sizeof(float));
    }
    shadow->slabs[slot / SWEEP_SLAB_ROWS]->uses[slot % SWEEP_SLAB_ROWS]++;
    return copy_at(shadow, slot, m->width);
}

/* Learning rate falls linearly with the place in the whole run. */
static struct chunk chunk_at(const struct sweep *sweep, uint64_t g)
{
    struct chunk chunk;
    chunk.epoch = (uint32_t)(g / sweep->n_chunks);
    chunk.number = (uint32_t)(g % sweep->n_chunks);
    chunk.begin = sweep->starts[chunk.number];
    chunk.end = sweep->starts[chunk.number + 1];
    double done = (double)chunk.epoch + (double)chunk.begin / (double)sweep->corpus->n_ids;
    float rate = sweep->rate * (float)(1 - done / sweep->epochs);
    chunk.rate = rate > sweep->min_rate ? rate : sweep->min_rate;
    return chunk;
}

static void run_chunks(void *arg, uint32_t lane_number)
{
    struct sweep *sweep = arg;
    for (uint64_t g; (g = atomic_fetch_add(&sweep->take, 1)) < sweep->round_end;) {
        uint64_t l = sweep->deterministic ? g - sweep->round_begin : lane_number;
        struct chunk chunk = chunk_at(sweep, g);
        sweep->train_chunk(sweep->trainer, &sweep->lanes[l], &chunk);
    }
}

/* Copies -> changes, each lane's by whoever takes it. */
static void take_differences(void *arg, uint32_t lane_number)
{
    struct sweep *sweep = arg;
    for (uint32_t l = lane_number; l < SWEEP_SHADOWS; l += sweep->job->n_lanes) {
        for (uint32_t k = 0; k < sweep->n_matrices; k++) {
            const struct matrix *m = &sweep->matrices[k];
            struct shadow *shadow = &sweep->lanes[l].shadows[k];
            for (uint32_t n = 0; n < shadow->n; n++) {
                float *row = copy_at(shadow, n, m->width);
                const float *old = m->rows + (uint64_t)id_at(shadow, n) * m->width;
                for (uint32_t d = 0; d < m->width; d++) {
                    row[d] -= old[d];
                }
            }
        }
    }
}

/* Lane l's change of a row, where no lane before it changed that row: adds all lanes' changes, or,
 * for a row that each lane used often, their mean. A row used n times has gone a share of about
 * n * rate * DAMPING (at most 1) of the way to where its lane would have it; where that is small,
 * lanes' steps add up as if they came one after the other; where it is 1, each lane has made the
 * whole way, and the sum would overshoot and, with a small vocabulary, diverge. */
static void add_row(struct sweep *sweep, uint32_t k, uint32_t l, uint32_t id, uint32_t slot)
{
    const struct matrix *m = &sweep->matrices[k];
    float *row = m->rows + (uint64_t)id * m->width;
    float *sum = copy_at(&sweep->lanes[l].shadows[k], slot, m->width);
    uint32_t n = 1, uses = uses_at(&sweep->lanes[l].shadows[k], slot);
    for (uint32_t later = l + 1; later < SWEEP_SHADOWS; later++) {
        struct shadow *shadow = &sweep->lanes[later].shadows[k];
        uint32_t other = shadow->slots[id];
        if (other != SHADOW_NONE) {
            const float *change = copy_at(shadow, other, m->width);
            for (uint32_t d = 0; d < m->width; d++) {
                sum[d] += change[d];
            }
            uses += uses_at(shadow, other);
            n++;
        }
    }
    float way = (float)uses / (float)n * sweep->round_rate * DAMPING;
    float share = 1 / (1 + (float)(n - 1) * (way < 1 ? way : 1));
    for (uint32_t d = 0; d < m->width; d++) {
        row[d] += sum[d] * share;
    }
    for (uint32_t later = l; later < SWEEP_SHADOWS; later++) {
        sweep->lanes[later].shadows[k].slots[id] = SHADOW_NONE;
    }
}

/* Changes -> matrices: a row belongs to one worker. */
static void add_differences(void *arg, uint32_t lane_number)
{
    struct sweep *sweep = arg;
    uint32_t workers = sweep->job->n_lanes;
    for (uint32_t l = 0; l < SWEEP_SHADOWS; l++) {
        for (uint32_t k = 0; k < sweep->n_matrices; k++) {
            struct shadow *shadow = &sweep->lanes[l].shadows[k];
            for (uint32_t n = 0; n < shadow->n; n++) {
                uint32_t id = id_at(shadow, n);
                if (id % workers != lane_number || shadow->slots[id] != n) {
                    continue; /* another worker's, or added with an earlier lane's */
                }
                add_row(sweep, k, l, id, n);
            }
        }
    }
}

static void merge(struct sweep *sweep)
{
    job_lanes(sweep->job, take_differences, sweep);
    job_lanes(sweep->job, add_differences, sweep);
    for (uint32_t l = 0; l < SWEEP_SHADOWS; l++) {
        for (uint32_t k = 0; k < sweep->n_matrices; k++) {
            sweep->lanes[l].shadows[k].n = 0;
        }
    }
}

static bool any_failed(const struct sweep *sweep)
{
    for (uint32_t l = 0; l < sweep->n_lane_structs; l++) {
        if (sweep->lanes[l].failed) {
            return true;
        }
    }
    return false;
}

static void gather_loss(struct sweep *sweep)
{
    for (uint32_t l = 0; l < sweep->n_lane_structs; l++) {
        sweep->epoch_loss += sweep->lanes[l].loss;
        sweep->epoch_pairs += sweep->lanes[l].n_pairs;
        sweep->lanes[l].loss = 0;
        sweep->lanes[l].n_pairs = 0;
    }
    if (sweep->epoch_pairs > 0) {
        sweep->last_loss = sweep->epoch_loss / (double)sweep->epoch_pairs;
    }
}

static void begin_epoch(struct sweep *sweep, uint64_t epoch)
{
    snprintf(sweep->phase, sizeof sweep->phase, "epoch %llu/%u", (unsigned long long)epoch + 1,
             sweep->epochs);
    uint64_t chunk = sweep->next_chunk % sweep->n_chunks;
    uint64_t total = sweep->corpus->n_tokens;
    uint64_t done =
        (uint64_t)((double)sweep->starts[chunk] / (double)sweep->corpus->n_ids * (double)total);
    job_phase(sweep->job, (uint32_t)epoch + 2, sweep->phase, "words", done, total);
    if (chunk == 0) {
        sweep->epoch_loss = 0;
        sweep->epoch_pairs = 0;
    }
}

emb_status sweep_run(struct sweep *sweep)
{
    uint64_t round = sweep->deterministic ? SWEEP_SHADOWS : 24 * (uint64_t)sweep->job->n_lanes;
    uint64_t end = sweep->epochs * sweep->n_chunks;
    uint64_t epoch = UINT64_MAX;
    while (sweep->next_chunk < end) {
        if (sweep->next_chunk / sweep->n_chunks != epoch) {
            epoch = sweep->next_chunk / sweep->n_chunks;
            begin_epoch(sweep, epoch);
        }
        uint64_t epoch_end = (epoch + 1) * sweep->n_chunks;
        sweep->round_begin = sweep->next_chunk;
        sweep->round_end =
            sweep->next_chunk + round < epoch_end ? sweep->next_chunk + round : epoch_end;
        sweep->round_rate = chunk_at(sweep, sweep->round_begin).rate;
        atomic_store(&sweep->take, sweep->round_begin);
        job_lanes(sweep->job, run_chunks, sweep);
        if (any_failed(sweep)) {
            return emb_failf(sweep->job->host, EMB_E_NOMEM, "%s: out of memory for copies of rows",
                             sweep->job->model);
        }
        if (sweep->deterministic) {
            merge(sweep);
        }
        gather_loss(sweep);
        if (!isfinite(sweep->epoch_loss)) {
            return emb_failf(sweep->job->host, EMB_E_OPTION,
                             "%s: the loss is no longer a number in epoch %llu; lower %s",
                             sweep->job->model, (unsigned long long)epoch + 1, sweep->rate_name);
        }
        sweep->next_chunk = sweep->round_end;
        uint64_t in_epoch = sweep->next_chunk - epoch * sweep->n_chunks;
        double share = (double)sweep->starts[in_epoch] / (double)sweep->corpus->n_ids;
        TRY(job_step(sweep->job, (uint64_t)(share * (double)sweep->corpus->n_tokens),
                     sweep->epoch_pairs > 0 ? sweep->last_loss : NAN));
    }
    return EMB_OK;
}

static void describe(struct sweep *sweep, struct checkpoint *checkpoint)
{
    checkpoint->corpus_hash = sweep->corpus->hash;
    checkpoint->n_blocks = sweep->n_matrices;
    for (uint32_t m = 0; m < sweep->n_matrices; m++) {
        const struct matrix *matrix = &sweep->matrices[m];
        checkpoint->blocks[m].data = matrix->rows;
        checkpoint->blocks[m].n_bytes = matrix->n_rows * matrix->width * sizeof(float);
    }
    checkpoint->position[0] = sweep->next_chunk;
    checkpoint->position[1] = sweep->epoch_pairs;
    memcpy(&checkpoint->position[2], &sweep->epoch_loss, 8);
    memcpy(&checkpoint->position[3], &sweep->last_loss, 8);
}

emb_status sweep_save(struct sweep *sweep, const struct train_job *job,
                      struct checkpoint *checkpoint)
{
    if (sweep->lanes) {
        describe(sweep, checkpoint);
    }
    return checkpoint_save(job, checkpoint);
}

emb_status sweep_load(struct sweep *sweep, struct checkpoint *checkpoint)
{
    describe(sweep, checkpoint);
    TRY(checkpoint_load(sweep->job, checkpoint));
    if (checkpoint->position[0] > sweep->epochs * sweep->n_chunks) {
        return emb_failf(sweep->job->host, EMB_E_FORMAT, "%s: position %llu, expected at most %llu",
                         sweep->job->request->resume_from,
                         (unsigned long long)checkpoint->position[0],
                         (unsigned long long)(sweep->epochs * sweep->n_chunks));
    }
    sweep->next_chunk = checkpoint->position[0];
    sweep->epoch_pairs = checkpoint->position[1];
    memcpy(&sweep->epoch_loss, &checkpoint->position[2], 8);
    memcpy(&sweep->last_loss, &checkpoint->position[3], 8);
    return EMB_OK;
}
