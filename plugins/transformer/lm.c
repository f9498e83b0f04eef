/*
 * lm.c - emb.lm/1: what the model expects at a place.
 *
 * Masked models: the piece is replaced by [MASK], all else stands. Causal ones: the pieces before
 * it, nothing else; before the first piece stands the configuration's bos_token_id where the
 * template gives no special piece. Head: the decoder (the table where tied) on the last hidden
 * state, for masked models after dense, activation and norm.
 */
#include "model.h"

#include "embedder_util.h"

#include <math.h>
#include <string.h>

static uint64_t n_pieces(struct emb_model *model)
{
    return model->arch.n_vocab;
}

/* One sequence of these ids as the plan's only group. */
static emb_status plan_ids(struct emb_model *model, const uint32_t *ids, uint32_t n)
{
    struct plan *plan = &model->plan;
    struct memory *memory = &model->memory;
    plan->n_rows = plan->n_sequences = plan->n_groups = plan->n_picks = plan->n_pick_rows = 0;
    emb_status status = memory_grow(memory, &plan->ids, &plan->ids_capacity, n, sizeof *plan->ids);
    if (status == EMB_OK) {
        status = memory_grow(memory, &plan->positions, &plan->positions_capacity, n,
                             sizeof *plan->positions);
    }
    if (status == EMB_OK) {
        status = memory_grow(memory, &plan->sequences, &plan->sequences_capacity, 1,
                             sizeof *plan->sequences);
    }
    if (status == EMB_OK) {
        status =
            memory_grow(memory, &plan->groups, &plan->groups_capacity, 1, sizeof *plan->groups);
    }
    if (status != EMB_OK) {
        return status;
    }
    memcpy(plan->ids, ids, n * sizeof *ids);
    for (uint32_t i = 0; i < n; i++) {
        plan->positions[i] = i;
    }
    plan->sequences[0] = (struct sequence){0, n, 0};
    plan->groups[0] = (struct group){
        .n_sequences = 1, .n_rows = n, .n_key_panels = (n + KEY_PANEL - 1) / KEY_PANEL};
    plan->n_rows = n;
    plan->n_sequences = plan->n_groups = 1;
    return EMB_OK;
}

struct scoring {
    const struct emb_model *model;
    const float *hidden;
    uint32_t dim;
    float *logits;
    float *rows; /* [n_workers, dim] */
};

enum { PIECES_PER_TASK = 1024 };

static void score_task(void *arg, uint32_t i, uint32_t worker)
{
    const struct scoring *s = arg;
    const struct emb_model *model = s->model;
    const struct weights *w = &model->weights;
    float *row = s->rows + (size_t)worker * s->dim;
    uint32_t end = (i + 1) * PIECES_PER_TASK;
    end = end < model->arch.n_vocab ? end : model->arch.n_vocab;
    for (uint32_t id = i * PIECES_PER_TASK; id < end; id++) {
        if (w->decoder == w->table) {
            table_row(model, id, row);
        } else {
            tensor_to_f32(w->decoder, (uint64_t)id * s->dim, s->dim, row);
        }
        s->logits[id] = model->kernels->dot(s->dim, s->hidden, row) +
                        (w->decoder_bias ? w->decoder_bias[id] : 0);
    }
}

static void log_softmax(float *x, uint32_t n)
{
    double max = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        max = fmax(max, (double)x[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += exp((double)x[i] - max);
    }
    double shift = max + log(sum);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = (float)((double)x[i] - shift);
    }
}

/* Log-probabilities from the hidden state [dim] that the last block (or the final norm) gives. */
static emb_status apply_head(struct emb_model *model, const float *state, float *ret_log_probs)
{
    const struct arch *arch = &model->arch;
    const struct weights *w = &model->weights;
    const struct kernels *kernels = model->kernels;
    uint32_t n_workers = model->host->n_workers;
    float *room = memory_take(&model->memory, 2 * model->ld_x + (uint64_t)n_workers * model->ld_x,
                              sizeof *room);
    if (!room) {
        return no_memory(model->host, "an output head");
    }
    float *hidden = room, *normed = room + model->ld_x;
    memcpy(normed, state, arch->dim * sizeof *normed);
    if (arch->final_norm) {
        (arch->norm == NORM_RMS ? kernels->rms_norm : kernels->layer_norm)(
            1, arch->dim, state, model->ld_x, w->final_norm.weight, w->final_norm.bias,
            arch->norm_eps, normed, model->ld_x);
    }
    struct scoring s = {model, normed, arch->dim, ret_log_probs, room + 2 * model->ld_x};
    if (w->head_dense.panels) {
        const struct epilogue act = {.act = arch->head_act};
        kernels->product(1, normed, model->ld_x, &w->head_dense, &act, hidden, model->ld_x,
                         model->tiles[0].work);
        kernels->layer_norm(1, arch->table_dim, hidden, model->ld_x, w->head_norm.weight,
                            w->head_norm.bias, arch->head_norm_eps, hidden, model->ld_x);
        s.hidden = hidden;
        s.dim = arch->table_dim;
    }
    uint32_t n_tasks = (arch->n_vocab + PIECES_PER_TASK - 1) / PIECES_PER_TASK;
    model->host->parallel_for(model->host, n_tasks, score_task, &s);
    log_softmax(ret_log_probs, arch->n_vocab);
    memory_give(&model->memory, room);
    return EMB_OK;
}

/* Whether the states of the last call hold the row that answers for ids[0 .. n) too. */
static bool known_prefix(const struct emb_model *model, const uint32_t *ids, uint32_t n)
{
    return model->arch.causal && n <= model->lm_n &&
           memcmp(model->lm_ids, ids, n * sizeof *ids) == 0;
}

/* Make states[0].x hold the last hidden states of ids. Causal: of the whole sentence, so that the
 * next piece's question finds them there. */
static emb_status run_ids(struct emb_model *model, const uint32_t *ids, uint32_t n, uint32_t needed)
{
    if (known_prefix(model, ids, needed)) {
        return EMB_OK;
    }
    model->lm_n = 0;
    emb_status status = plan_ids(model, ids, n);
    if (status == EMB_OK) {
        status = forward_prepare(model, 1);
    }
    uint64_t capacity = model->lm_capacity;
    if (status == EMB_OK) {
        status = memory_grow(&model->memory, &model->lm_ids, &capacity, n, sizeof *model->lm_ids);
    }
    if (status != EMB_OK) {
        return status;
    }
    model->lm_capacity = (uint32_t)capacity;
    forward_group(model, &model->plan.groups[0], stage_of_block(model->arch.n_blocks - 1), NULL,
                  model->host->n_workers > 1, 0);
    memcpy(model->lm_ids, ids, n * sizeof *ids);
    model->lm_n = n;
    return EMB_OK;
}

static emb_status answer(struct emb_model *model, uint32_t *ids, uint32_t n, uint32_t piece,
                         float *ret_log_probs)
{
    const struct emb_host *host = model->host;
    const struct arch *arch = &model->arch;
    if (piece > n || (!arch->causal && piece == n)) {
        return emb_failf(host, EMB_E_INVAL, "transformer: piece %u of a sentence of %u", piece, n);
    }
    uint32_t row = piece;
    emb_status status;
    if (!arch->causal) {
        if (arch->mask == UINT32_MAX) {
            return emb_failf(host, EMB_E_UNSUPPORTED, "%s: the tokenizer has no mask piece",
                             model->path);
        }
        ids[piece] = arch->mask;
        status = run_ids(model, ids, n, n);
    } else if (piece == 0) {
        if (arch->bos >= arch->n_vocab) {
            return emb_failf(host, EMB_E_UNSUPPORTED,
                             "%s: no bos_token_id to stand before the first piece", model->path);
        }
        row = 0;
        status = run_ids(model, &arch->bos, 1, 1);
    } else {
        row = piece - 1;
        status = run_ids(model, ids, n, piece);
    }
    return status == EMB_OK
               ? apply_head(model, model->states[0].x + row * model->ld_x, ret_log_probs)
               : status;
}

static emb_status log_probs(struct emb_model *model, const struct emb_sentence *sentence,
                            uint32_t piece, float *ret_log_probs)
{
    if (!model->weights.head_is_there) {
        return emb_failf(model->host, EMB_E_UNSUPPORTED,
                         "%s: this checkpoint has no language model head", model->path);
    }
    struct token_list list = {0};
    uint32_t n = 0;
    emb_status status = plan_cut(model, sentence, &list, &n);
    if (status == EMB_OK && n > model->max_tokens) {
        status = emb_failf(model->host, EMB_E_UNSUPPORTED,
                           "transformer: %u pieces; long=window has no log-probabilities beyond %u",
                           n, model->max_tokens);
    }
    uint32_t *ids = NULL;
    if (status == EMB_OK) {
        ids = memory_take(&model->memory, (uint64_t)n + 1, sizeof *ids);
        status = ids ? EMB_OK : no_memory(model->host, "a sentence");
    }
    uint32_t after = n < list.n ? model->n_after : 0;
    for (uint32_t i = 0; ids && i < n; i++) {
        ids[i] = list.items[i < n - after ? i : list.n - (n - i)].id;
    }
    token_list_finish(&list);
    if (status == EMB_OK) {
        status = answer(model, ids, n, piece, ret_log_probs);
    }
    memory_give(&model->memory, ids);
    return status;
}

const struct emb_ext_lm lm_extension = {n_pieces, log_probs};
