/*
 * forward.c - a group of sequences through the blocks.
 *
 * Sequences stand packed, one row a piece, without padding. A block is two passes over tiles of
 * rows: (1) queries, keys, values of all rows; (2) attention, output, feed-forward, row by row
 * independent once the keys are there. Tiles go over one worker (many groups at a time) or over
 * all (one long group); the numbers are the same.
 *
 * Of the last block, keys and values are needed of all rows, the rest only of the rows that are
 * asked for: these move to the front, go through pass 2 alone, and move back.
 */
#include "forward.h"

#include <string.h>

typedef void (*pass)(struct run *run, struct tile *tile, uint32_t first, uint32_t last);

struct pass_call {
    struct run *run;
    pass body;
    uint32_t n_rows, n_tiles;
};

/* Tile t of n: rows in even shares, cut at multiples of the register tile. */
static uint32_t tile_begin(const struct pass_call *call, uint32_t t)
{
    uint32_t step = call->run->model->kernels->tile;
    uint32_t units = (call->n_rows + step - 1) / step;
    uint32_t begin = (uint32_t)((uint64_t)units * t / call->n_tiles) * step;
    return begin < call->n_rows ? begin : call->n_rows;
}

static void call_pass(void *arg, uint32_t i, uint32_t worker)
{
    const struct pass_call *call = arg;
    struct run *run = call->run;
    struct tile *tile = &run->model->tiles[run->spread ? worker : run->worker];
    uint32_t first = tile_begin(call, i), last = tile_begin(call, i + 1);
    if (first < last) {
        call->body(run, tile, first, last);
    }
}

/* `body` over rows [0, n_rows). */
static void over_tiles(struct run *run, uint32_t n_rows, pass body)
{
    const struct emb_host *host = run->model->host;
    struct pass_call call = {run, body, n_rows, (n_rows + TILE_ROWS - 1) / TILE_ROWS};
    if (run->spread) { /* as many for each worker */
        call.n_tiles = (call.n_tiles + host->n_workers - 1) / host->n_workers * host->n_workers;
        host->parallel_for(host, call.n_tiles, call_pass, &call);
        return;
    }
    for (uint32_t i = 0; i < call.n_tiles; i++) {
        call_pass(&call, i, run->worker);
    }
}

/* The wanted rows of x to the front, where pass 2 finds them. */
static void gather(struct run *run)
{
    const struct emb_model *model = run->model;
    float *x = run->states->x;
    for (uint32_t i = 0; i < run->group->n_wanted; i++) { /* ascending: never onto one to come */
        uint32_t row = run->wanted[i];
        run->states->at[i] = run->positions[row];
        if (row != i) {
            memcpy(x + i * model->ld_x, x + row * model->ld_x, model->arch.dim * sizeof *x);
        }
    }
}

/* What pass 2 made of them to where they stood. */
static void scatter(struct run *run)
{
    const struct emb_model *model = run->model;
    float *x = run->states->x, *mid = run->states->mid;
    for (uint32_t i = run->group->n_wanted; i-- > 0;) {
        uint32_t row = run->wanted[i];
        if (row != i) {
            memcpy(x + row * model->ld_x, x + i * model->ld_x, model->arch.dim * sizeof *x);
            memcpy(mid + row * model->ld_x, mid + i * model->ld_x, model->arch.dim * sizeof *x);
        }
    }
}

static void run_block(struct run *run)
{
    const struct group *group = run->group;
    uint32_t output = stage_of_block(run->block);
    bool last = run->last_stage <= output || run->block + 1 == run->model->arch.n_blocks;
    run->picked = run->batch && last && group->n_wanted < group->n_rows;
    if (!is_ablated(run->model, run->block, ABLATED_ATTENTION)) {
        over_tiles(run, group->n_rows, project_rows);
    }
    if (run->picked) {
        gather(run);
        over_tiles(run, group->n_wanted, transform_rows);
        scatter(run);
    } else {
        over_tiles(run, group->n_rows, transform_rows);
    }
    extract(run, output - 1, FROM_STATES, run->states->mid);
    if (run->last_stage >= output) {
        extract(run, output, FROM_STATES, run->states->x);
    }
}

void forward_group(struct emb_model *model, const struct group *group, uint32_t last_stage,
                   const struct emb_batch *batch, bool spread, uint32_t worker)
{
    struct run run = {
        .model = model,
        .group = group,
        .sequences = model->plan.sequences + group->sequence,
        .ids = model->plan.ids + group->row,
        .positions = model->plan.positions + group->row,
        .wanted = model->plan.wanted + group->row,
        .states = &model->states[worker],
        .batch = batch,
        .last_stage = last_stage,
        .worker = worker,
        .spread = spread,
    };
    const struct arch *arch = &model->arch;
    extract(&run, 0, FROM_TABLE, NULL);
    if (last_stage == 0) {
        return;
    }
    over_tiles(&run, group->n_rows, embed_rows);
    extract(&run, 1, FROM_STATES, run.states->x);
    for (run.block = 0; run.block < arch->n_blocks; run.block++) {
        if (last_stage < stage_of_block(run.block) - 1) {
            return;
        }
        run_block(&run);
    }
    if (arch->final_norm) {
        extract(&run, model->n_stages - 1, FROM_NORM, run.states->x);
    }
}
