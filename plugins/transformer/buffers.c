/*
 * buffers.c - what a plan's groups need on their way: hidden states, keys, tables of rotations.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>

static emb_status prepare_rotations(struct emb_model *model, uint32_t n_positions)
{
    const struct arch *arch = &model->arch;
    uint32_t half = arch->rope.dims / 2;
    if (half == 0 || n_positions <= model->rope_rows) {
        return EMB_OK;
    }
    uint32_t n = n_positions > 2 * model->rope_rows ? n_positions : 2 * model->rope_rows;
    n = n < 512 ? 512 : n;
    n = n < model->max_tokens ? n : model->max_tokens;
    float *frequencies = memory_take(&model->memory, half, sizeof *frequencies);
    float *tables[4];
    for (int t = 0; t < 4; t++) {
        tables[t] = memory_take(&model->memory, (uint64_t)n * half, sizeof(float));
        if (!frequencies || !tables[t]) {
            return no_memory(model->host, "rotations");
        }
    }
    for (int local = 0; local < 2; local++) {
        float magnitude;
        rope_frequencies(arch, local, frequencies, &magnitude);
        for (uint32_t p = 0; p < n; p++) {
            for (uint32_t i = 0; i < half; i++) {
                float angle = (float)p * frequencies[i]; /* rounded as every float32 program does */
                tables[2 * local][(size_t)p * half + i] = (float)cos((double)angle) * magnitude;
                tables[2 * local + 1][(size_t)p * half + i] = (float)sin((double)angle) * magnitude;
            }
        }
        memory_give(&model->memory, model->cosines[local]);
        memory_give(&model->memory, model->sines[local]);
        model->cosines[local] = tables[2 * local];
        model->sines[local] = tables[2 * local + 1];
    }
    memory_give(&model->memory, frequencies);
    model->rope_rows = n;
    return EMB_OK;
}

static emb_status prepare_states(struct emb_model *model, struct states *states, uint32_t rows,
                                 uint32_t panels)
{
    struct memory *memory = &model->memory;
    const struct arch *arch = &model->arch;
    if (rows > states->rows_capacity) {
        memory_give(memory, states->x);
        memory_give(memory, states->mid);
        memory_give(memory, states->qkv);
        memory_give(memory, states->at);
        states->rows_capacity = 0;
        states->x = memory_take(memory, (uint64_t)rows * model->ld_x, sizeof(float));
        states->mid = memory_take(memory, (uint64_t)rows * model->ld_x, sizeof(float));
        states->qkv = memory_take(memory, (uint64_t)rows * model->ld_qkv, sizeof(float));
        states->at = memory_take(memory, rows, sizeof *states->at);
        if (!states->x || !states->mid || !states->qkv || !states->at) {
            return no_memory(model->host, "hidden states");
        }
        states->rows_capacity = rows;
    }
    if (panels > states->panels_capacity) {
        memory_give(memory, states->keys);
        states->panels_capacity = 0;
        uint64_t panel = (uint64_t)arch->n_kv_heads * arch->head_dim * KEY_PANEL;
        states->keys = memory_take(memory, panels * panel, sizeof(float));
        if (!states->keys) {
            return no_memory(model->host, "keys");
        }
        states->panels_capacity = panels;
    }
    return EMB_OK;
}

emb_status forward_prepare(struct emb_model *model, uint32_t n_states)
{
    const struct plan *plan = &model->plan;
    uint32_t rows = 0, panels = 0, longest = 0;
    for (uint32_t g = 0; g < plan->n_groups; g++) {
        const struct group *group = &plan->groups[g];
        rows = group->n_rows > rows ? group->n_rows : rows;
        panels = group->n_key_panels > panels ? group->n_key_panels : panels;
    }
    for (uint32_t s = 0; s < plan->n_sequences; s++) {
        longest = plan->sequences[s].n > longest ? plan->sequences[s].n : longest;
    }
    TRY(prepare_rotations(model, longest));
    for (uint32_t i = 0; i < n_states; i++) {
        TRY(prepare_states(model, &model->states[i], rows, panels));
    }
    return EMB_OK;
}
