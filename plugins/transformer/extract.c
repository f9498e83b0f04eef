/*
 * extract.c - stages out: rows of a group's states, pooled to targets, into the batch's vectors.
 */
#include "forward.h"

#include "embedder_util.h"

#include <math.h>
#include <string.h>

struct extraction {
    const struct run *run;
    const float *states; /* [n_rows, ld_x] */
    uint32_t slot;       /* of batch->stages */
    enum source source;
};

enum { PICKS_PER_TASK = 64 };

/* Row r of a group at the stage, as it is read. */
static const float *stage_row(const struct extraction *e, struct tile *tile, uint32_t r)
{
    const struct emb_model *model = e->run->model;
    const struct arch *arch = &model->arch;
    if (e->source == FROM_TABLE) {
        table_row(model, e->run->ids[r], tile->row); /* columns past table_dim stay zero */
        return tile->row;
    }
    const float *x = e->states + r * model->ld_x;
    if (e->source == FROM_NORM) {
        normalise(model, &model->weights.final_norm, arch->norm_eps, 1, arch->dim, x, model->ld_x,
                  tile->row, model->ld_x);
        return tile->row;
    }
    return x;
}

/* What the sum of n rows (row i times i + 1 where weighted) is multiplied by. */
static float share_of(int32_t pooling, uint32_t n)
{
    return pooling == OWN_POOL_MAX        ? 1.0f
           : pooling == OWN_POOL_SQRT     ? 1.0f / sqrtf((float)n)
           : pooling == OWN_POOL_WEIGHTED ? 2.0f / ((float)n * ((float)n + 1))
                                          : 1.0f / (float)n;
}

static void extract_pick(const struct extraction *e, struct tile *tile, const struct pick *pick)
{
    const struct emb_batch *batch = e->run->batch;
    const uint32_t *rows = e->run->model->plan.pick_rows + pick->first;
    uint32_t dim = e->run->model->arch.dim;
    float *out = emb_row(batch, pick->output, e->slot);
    if (batch->pooling == EMB_POOL_FIRST || batch->pooling == EMB_POOL_LAST) {
        uint32_t r = batch->pooling == EMB_POOL_FIRST ? rows[0] : rows[pick->n - 1];
        memcpy(out, stage_row(e, tile, r), dim * sizeof *out);
        return;
    }
    float share = share_of(batch->pooling, pick->n);
    memcpy(out, stage_row(e, tile, rows[0]), dim * sizeof *out);
    for (uint32_t i = 1; i < pick->n; i++) {
        const float *x = stage_row(e, tile, rows[i]);
        float weight = batch->pooling == OWN_POOL_WEIGHTED ? (float)(i + 1) : 1.0f;
        for (uint32_t c = 0; c < dim; c++) {
            out[c] = batch->pooling != OWN_POOL_MAX ? out[c] + weight * x[c]
                     : x[c] > out[c]                ? x[c]
                                                    : out[c];
        }
    }
    for (uint32_t c = 0; pick->n > 1 && c < dim; c++) {
        out[c] *= share;
    }
}

static void extract_task(void *arg, uint32_t i, uint32_t worker)
{
    const struct extraction *e = arg;
    const struct run *run = e->run;
    struct tile *tile = &run->model->tiles[run->spread ? worker : run->worker];
    const struct pick *picks = run->model->plan.picks + run->group->pick;
    if (e->source == FROM_TABLE) {
        memset(tile->row, 0, run->model->arch.dim * sizeof *tile->row);
    }
    uint32_t end = (i + 1) * PICKS_PER_TASK;
    end = end < run->group->n_picks ? end : run->group->n_picks;
    for (uint32_t p = i * PICKS_PER_TASK; p < end; p++) {
        extract_pick(e, tile, &picks[p]);
    }
}

void extract(struct run *run, uint32_t stage, enum source source, const float *states)
{
    const struct emb_batch *batch = run->batch;
    uint32_t slot = 0;
    while (batch && slot < batch->n_stages && batch->stages[slot] != stage) {
        slot++;
    }
    if (!batch || slot == batch->n_stages) {
        return;
    }
    struct extraction e = {run, states, slot, source};
    uint32_t n_tasks = (run->group->n_picks + PICKS_PER_TASK - 1) / PICKS_PER_TASK;
    if (run->spread) {
        run->model->host->parallel_for(run->model->host, n_tasks, extract_task, &e);
        return;
    }
    for (uint32_t i = 0; i < n_tasks; i++) {
        extract_task(&e, i, run->worker);
    }
}
