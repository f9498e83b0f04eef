/*
 * forward_rows.c - what a tile of rows goes through: the embedding, then pass 1 and pass 2 of each
 * block, as forward.c calls them.
 */
#include "forward.h"

#include <math.h>
#include <string.h>

void normalise(const struct emb_model *model, const struct norm *norm, float eps, uint32_t rows,
               uint32_t dim, const float *x, size_t ldx, float *y, size_t ldy)
{
    (model->arch.norm == NORM_RMS ? model->kernels->rms_norm : model->kernels->layer_norm)(
        rows, dim, x, ldx, norm->weight, norm->bias, eps, y, ldy);
}

/* ---- before the first block ---- */

void embed_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last)
{
    const struct emb_model *model = run->model;
    const struct arch *arch = &model->arch;
    const struct weights *w = &model->weights;
    bool project = arch->table_dim != arch->dim;
    for (uint32_t r = first; r < last; r++) {
        float *x =
            project ? tile->normed + (r - first) * model->ld_x : run->states->x + r * model->ld_x;
        table_row(model, run->ids[r], x);
        const float *type = w->type;
        const float *position =
            w->position && !model->without_positions
                ? w->position +
                      (size_t)(run->positions[r] + arch->position_offset) * arch->table_dim
                : NULL;
        for (uint32_t c = 0; type && c < arch->table_dim; c++) {
            x[c] += type[c];
        }
        for (uint32_t c = 0; position && c < arch->table_dim; c++) {
            x[c] += position[c];
        }
        if (arch->embed_norm) {
            normalise(model, &w->embed_norm, arch->norm_eps, 1, arch->table_dim, x, model->ld_x, x,
                      model->ld_x);
        }
    }
    if (project) {
        model->kernels->product(last - first, tile->normed, model->ld_x, &w->embed_project, NULL,
                                run->states->x + first * model->ld_x, model->ld_x, tile->work);
    }
}

/* ---- pass 1 of a block ---- */

static void rotate(float *head, const struct rope *rope, const float *cosines, const float *sines)
{
    uint32_t half = rope->dims / 2;
    for (uint32_t i = 0; i < half; i++) {
        float *a = head + (rope->interleaved ? 2 * i : i);
        float *b = head + (rope->interleaved ? 2 * i + 1 : i + half);
        float x = *a, y = *b;
        *a = x * cosines[i] - y * sines[i];
        *b = y * cosines[i] + x * sines[i];
    }
}

static void finish_heads(const struct emb_model *model, const struct norm *norm, uint32_t n_heads,
                         float *heads, const float *cosines, const float *sines)
{
    uint32_t dim = model->arch.head_dim;
    for (uint32_t h = 0; h < n_heads; h++, heads += dim) {
        if (model->arch.qk_norm) {
            normalise(model, norm, model->arch.norm_eps, 1, dim, heads, dim, heads, dim);
        }
        if (cosines) {
            rotate(heads, &model->arch.rope, cosines, sines);
        }
    }
}

/* Keys of n rows of a sequence, from `position` on, into one panel, transposed: four rows at a
 * time, so that a line of the panel is written at once. */
static void place_keys(const struct emb_model *model, const float *keys, uint32_t n,
                       uint32_t key_panel, uint32_t position, float *panels)
{
    size_t ld = model->ld_qkv, columns = (size_t)model->arch.n_kv_heads * model->arch.head_dim;
    float *to =
        panels + (key_panel + position / KEY_PANEL) * columns * KEY_PANEL + position % KEY_PANEL;
    for (; n >= 4; n -= 4, keys += 4 * ld, to += 4) {
        for (size_t c = 0; c < columns; c++) {
            const float four[4] = {keys[c], keys[ld + c], keys[2 * ld + c], keys[3 * ld + c]};
            memcpy(to + c * KEY_PANEL, four, sizeof four);
        }
    }
    for (; n > 0; n--, keys += ld, to++) {
        for (size_t c = 0; c < columns; c++) {
            to[c * KEY_PANEL] = keys[c];
        }
    }
}

/* The sequence that row r belongs to. */
static uint32_t sequence_of(const struct run *run, uint32_t r)
{
    uint32_t low = 0, high = run->group->n_sequences;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (run->sequences[middle].first <= r) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct block *block_now(const struct run *run)
{
    const struct arch *arch = &run->model->arch;
    /* ALBERT deals its blocks to the groups in even runs */
    uint64_t set = (uint64_t)run->block * arch->n_weight_sets / arch->n_blocks;
    return &run->model->weights.blocks[set];
}

/* What stands in front of the products of rows x: their norm, where the block has one there. */
static const float *block_input(const struct emb_model *model, const struct block *block,
                                struct tile *tile, uint32_t rows, const float *x)
{
    const struct arch *arch = &model->arch;
    if (!arch->pre_norm || !block->attn_norm.weight) {
        return x;
    }
    normalise(model, &block->attn_norm, arch->norm_eps, rows, arch->dim, x, model->ld_x,
              tile->normed, model->ld_x);
    return tile->normed;
}

/* Cosines (or sines) of a position in the block now; NULL without rotation. */
static const float *turn_of(const struct run *run, float *const tables[2], uint32_t position)
{
    const struct arch *arch = &run->model->arch;
    size_t half = arch->rope.dims / 2;
    return half ? tables[arch_is_local(arch, run->block)] + position * half : NULL;
}

/* Queries (keys) of rows as the attention wants them: normed by head, turned by position. */
static void finish_rows(const struct run *run, const struct norm *norm, uint32_t n_heads,
                        const uint32_t *positions, uint32_t rows, float *heads)
{
    const struct emb_model *model = run->model;
    if (!model->arch.rope.dims && !model->arch.qk_norm) {
        return;
    }
    for (uint32_t r = 0; r < rows; r++) {
        finish_heads(model, norm, n_heads, heads + r * model->ld_qkv,
                     turn_of(run, model->cosines, positions[r]),
                     turn_of(run, model->sines, positions[r]));
    }
}

/* Queries of the rows x, which stand at these positions, into rows `first` of the states. */
static void query_rows(const struct run *run, struct tile *tile, uint32_t first, uint32_t rows,
                       const float *x, const uint32_t *positions)
{
    const struct emb_model *model = run->model;
    const struct block *block = block_now(run);
    float *queries = run->states->qkv + first * model->ld_qkv;
    model->kernels->product(rows, x, model->ld_x, &block->q, NULL, queries, model->ld_qkv,
                            tile->work);
    finish_rows(run, &block->q_norm, model->arch.n_heads, positions, rows, queries);
}

void project_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last)
{
    const struct emb_model *model = run->model;
    const struct kernels *kernels = model->kernels;
    const struct block *block = block_now(run);
    uint32_t rows = last - first;
    const uint32_t *positions = run->positions + first;
    const float *x = block_input(model, block, tile, rows, run->states->x + first * model->ld_x);
    float *keys = run->states->qkv + first * model->ld_qkv + model->key_column;
    float *values = run->states->qkv + first * model->ld_qkv + model->value_column;
    if (!run->picked) {
        query_rows(run, tile, first, rows, x, positions);
    }
    kernels->product(rows, x, model->ld_x, &block->k, NULL, keys, model->ld_qkv, tile->work);
    kernels->product(rows, x, model->ld_x, &block->v, NULL, values, model->ld_qkv, tile->work);
    finish_rows(run, &block->k_norm, model->arch.n_kv_heads, positions, rows, keys);
    uint32_t s = sequence_of(run, first);
    for (uint32_t r = first, n; r < last; r += n, keys += n * model->ld_qkv) {
        const struct sequence *sequence = &run->sequences[s];
        uint32_t position = run->positions[r];
        uint32_t scratch = KEY_PANEL - position % KEY_PANEL, left = sequence->n - position;
        n = last - r < left ? last - r : left;
        n = n < scratch ? n : scratch;
        place_keys(model, keys, n, sequence->key_panel, position, run->states->keys);
        s += n == left;
    }
}

/* ---- pass 2 of a block ---- */

struct attention attention_of(const struct emb_model *model, uint32_t block,
                              const struct sequence *sequence, const struct states *states)
{
    const struct arch *arch = &model->arch;
    uint32_t reach = arch_is_local(arch, block) ? arch->window : UINT32_MAX - 1;
    bool uniform = is_ablated(model, block, ABLATED_WEIGHTS); /* by equal scores, all zero */
    size_t panel_floats = (size_t)arch->n_kv_heads * arch->head_dim * KEY_PANEL;
    const float *rows = states->qkv + sequence->first * model->ld_qkv;
    return (struct attention){
        .queries = rows,
        .values = rows + model->value_column,
        .keys = states->keys + sequence->key_panel * panel_floats,
        .ld = model->ld_qkv,
        .n = sequence->n,
        .n_heads = arch->n_heads,
        .n_kv_heads = arch->n_kv_heads,
        .head_dim = arch->head_dim,
        .left = reach,
        .right = model->causal ? 0 : reach,
        .scale = uniform ? 0 : 1.0f / sqrtf((float)arch->head_dim),
        .bias = uniform ? NULL : model->weights.rel_bias,
        .bias_reach = model->max_tokens - 1,
    };
}

/* Attention of rows [first, last), which may belong to several sequences, into tile->context. */
static void attend_rows(const struct run *run, struct tile *tile, uint32_t first, uint32_t last)
{
    const struct emb_model *model = run->model;
    const uint32_t *wanted = run->picked ? run->wanted : NULL;
    float *out = tile->context;
    for (uint32_t s = sequence_of(run, wanted ? wanted[first] : first); first < last; s++) {
        const struct sequence *sequence = &run->sequences[s];
        uint32_t end = sequence->first + sequence->n, from = first - sequence->first;
        struct attention job = attention_of(model, run->block, sequence, run->states);
        if (wanted) {
            for (end = first; end < last && wanted[end] < sequence->first + sequence->n;) {
                end++;
            }
            job.queries = run->states->qkv;
            job.at = run->states->at;
            from = first;
        }
        end = end < last ? end : last;
        model->kernels->attention(&job, from, from + (end - first), out, model->ld_context,
                                  tile->scratch);
        out += (end - first) * model->ld_context;
        first = end;
    }
}

/* Rows of hidden states as they are: what a part leaves that adds nothing. */
static void copy_rows(const struct emb_model *model, uint32_t rows, const float *from, float *to)
{
    for (uint32_t r = 0; r < rows; r++) {
        memcpy(to + r * model->ld_x, from + r * model->ld_x, model->arch.dim * sizeof *to);
    }
}

/* Zeros where the context of ablated heads stands. */
static void drop_heads(const struct run *run, struct tile *tile, uint32_t rows)
{
    const struct emb_model *model = run->model;
    uint32_t dim = model->arch.head_dim, n_heads = model->arch.n_heads;
    const uint8_t *dropped = model->ablated_heads + (size_t)run->block * n_heads;
    for (uint32_t h = 0; h < n_heads; h++) {
        for (uint32_t r = 0; dropped[h] && r < rows; r++) {
            memset(tile->context + r * model->ld_context + (size_t)h * dim, 0,
                   dim * sizeof *tile->context);
        }
    }
}

/* x + the attention part of rows [first, first + rows), into mid. */
static void add_attention(const struct run *run, struct tile *tile, uint32_t first, uint32_t rows,
                          const float *x, float *mid)
{
    const struct emb_model *model = run->model;
    const struct block *block = block_now(run);
    if (is_ablated(model, run->block, ABLATED_ATTENTION)) {
        copy_rows(model, rows, x, mid);
        return;
    }
    if (run->picked) {
        query_rows(run, tile, first, rows, block_input(model, block, tile, rows, x),
                   run->states->at + first);
    }
    attend_rows(run, tile, first, first + rows);
    if (is_ablated(model, run->block, ABLATED_HEADS)) {
        drop_heads(run, tile, rows);
    }
    const struct epilogue residual = {.add = x, .ld_add = model->ld_x};
    model->kernels->product(rows, tile->context, model->ld_context, &block->o, &residual, mid,
                            model->ld_x, tile->work);
}

/* The feed-forward part of rows u, added to `residual`, into `out`. */
static void feed_forward(const struct emb_model *model, const struct block *block,
                         struct tile *tile, uint32_t rows, const float *u, const float *residual,
                         float *out)
{
    const struct arch *arch = &model->arch;
    const struct kernels *kernels = model->kernels;
    struct epilogue up = {.act = arch->act};
    if (arch->gated) {
        kernels->product(rows, u, model->ld_x, &block->gate, &up, tile->gate, model->ld_inner,
                         tile->work);
        up = (struct epilogue){.mul = tile->gate, .ld_mul = model->ld_inner};
    }
    kernels->product(rows, u, model->ld_x, &block->up, &up, tile->inner, model->ld_inner,
                     tile->work);
    const struct epilogue down = {.add = residual, .ld_add = model->ld_x};
    kernels->product(rows, tile->inner, model->ld_inner, &block->down, &down, out, model->ld_x,
                     tile->work);
}

void transform_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last)
{
    const struct emb_model *model = run->model;
    const struct arch *arch = &model->arch;
    const struct block *block = block_now(run);
    uint32_t rows = last - first;
    float *x = run->states->x + first * model->ld_x;
    float *mid = run->states->mid + first * model->ld_x;
    add_attention(run, tile, first, rows, x, mid);
    const float *u = mid;
    if (arch->pre_norm) {
        u = tile->normed;
        normalise(model, &block->ff_norm, arch->norm_eps, rows, arch->dim, arch->parallel ? x : mid,
                  model->ld_x, tile->normed, model->ld_x);
    } else {
        normalise(model, &block->attn_norm, arch->norm_eps, rows, arch->dim, mid, model->ld_x, mid,
                  model->ld_x);
    }
    if (run->last_stage < stage_of_block(run->block)) {
        return; /* "i.attention" is the last thing wanted */
    }
    if (is_ablated(model, run->block, ABLATED_FEED_FORWARD)) {
        copy_rows(model, rows, mid, x);
    } else {
        feed_forward(model, block, tile, rows, u, mid, x);
    }
    if (!arch->pre_norm) {
        normalise(model, &block->ff_norm, arch->norm_eps, rows, arch->dim, x, model->ld_x, x,
                  model->ld_x);
    }
}
