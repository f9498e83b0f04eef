/*
 * lm.c - emb.lm/1: what the model expects at a place.
 *
 * Masked models: the piece is replaced by [MASK], all else stands. Causal ones: the pieces before
 * it, nothing else; before the first piece stands the configuration's bos_token_id where the
 * template gives no special piece. Head: the decoder (the table where tied) on the last hidden
 * state, for masked models after dense, activation and norm.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>
#include <string.h>

static uint64_t n_pieces(struct emb_model *model)
{
    return model->arch.n_vocab;
}

void lm_decoder_row(const struct emb_model *model, uint32_t id, uint32_t dim, float *ret_row)
{
    if (model->weights.decoder == model->weights.table && model->head_follows) {
        table_row(model, id, ret_row);
    } else {
        tensor_to_f32(model->weights.decoder, (uint64_t)id * dim, dim, ret_row);
    }
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
        lm_decoder_row(model, id, s->dim, row);
        s->logits[id] = model->kernels->dot(s->dim, s->hidden, row) +
                        (w->decoder_bias ? w->decoder_bias[id] : 0);
    }
}

static void log_softmax(float *x, uint32_t n)
{
    double max = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        max = (double)x[i] > max ? (double)x[i] : max; /* gcc 12 cannot compile fmax for arm64 */
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += exp((double)x[i] - max);
    }
    double shift = max + log(sum);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = (float)((double)x[i] - shift);
    }
}

emb_status lm_check_mask(const struct emb_model *model)
{
    return model->arch.mask < model->arch.n_vocab
               ? EMB_OK
               : emb_failf(model->host, EMB_E_UNSUPPORTED, "%s: the tokenizer has no mask piece",
                           model->path);
}

bool lm_has_bos(const struct emb_model *model)
{
    return model->arch.bos < model->arch.n_vocab;
}

const float *lm_head_input(const struct emb_model *model, uint32_t n, float *states, float *scratch,
                           uint32_t *ret_dim)
{
    const struct arch *arch = &model->arch;
    const struct weights *w = &model->weights;
    const struct kernels *kernels = model->kernels;
    *ret_dim = arch->dim;
    if (arch->final_norm) {
        (arch->norm == NORM_RMS ? kernels->rms_norm : kernels->layer_norm)(
            n, arch->dim, states, model->ld_x, w->final_norm.weight, w->final_norm.bias,
            arch->norm_eps, states, model->ld_x);
    }
    if (!w->head_dense.panels) {
        return states;
    }
    const struct epilogue act = {.act = arch->head_act};
    kernels->product(n, states, model->ld_x, &w->head_dense, &act, scratch, model->ld_x,
                     model->tiles[0].work);
    kernels->layer_norm(n, arch->table_dim, scratch, model->ld_x, w->head_norm.weight,
                        w->head_norm.bias, arch->head_norm_eps, scratch, model->ld_x);
    *ret_dim = arch->table_dim;
    return scratch;
}

/* Log-probabilities from the hidden state [dim] that the last block gives. */
static emb_status apply_head(struct emb_model *model, const float *state, float *ret_log_probs)
{
    uint32_t n_workers = model->host->n_workers;
    float *scratch =
        memory_take(&model->memory, 2 + (uint64_t)n_workers, model->ld_x * sizeof *scratch);
    if (!scratch) {
        return no_memory(model->host, "an output head");
    }
    memcpy(scratch, state, model->arch.dim * sizeof *scratch);
    struct scoring s = {.model = model, .logits = ret_log_probs, .rows = scratch + 2 * model->ld_x};
    s.hidden = lm_head_input(model, 1, scratch, scratch + model->ld_x, &s.dim);
    uint32_t n_tasks = (model->arch.n_vocab + PIECES_PER_TASK - 1) / PIECES_PER_TASK;
    model->host->parallel_for(model->host, n_tasks, score_task, &s);
    log_softmax(ret_log_probs, model->arch.n_vocab);
    memory_give(&model->memory, scratch);
    return EMB_OK;
}

static emb_status answer(struct emb_model *model, uint32_t *ids, uint32_t n, uint32_t piece,
                         float *ret_log_probs)
{
    const struct emb_host *host = model->host;
    const struct arch *arch = &model->arch;
    uint32_t last = stage_of_block(arch->n_blocks - 1), row = piece;
    if (piece > n || (!arch->causal && piece == n)) {
        return emb_failf(host, EMB_E_INVAL, "transformer: piece %u of a sentence of %u", piece, n);
    }
    if (!arch->causal) {
        TRY(lm_check_mask(model));
        ids[piece] = arch->mask;
        TRY(sequence_run(model, ids, n, last, row));
    } else if (piece == 0) {
        if (!lm_has_bos(model)) {
            return emb_failf(host, EMB_E_UNSUPPORTED,
                             "%s: no bos_token_id to stand before the first piece", model->path);
        }
        TRY(sequence_run(model, &arch->bos, 1, last, 0));
    } else {
        row = piece - 1;
        TRY(sequence_run(model, ids, n, last, row));
    }
    return apply_head(model, model->states[0].x + row * model->ld_x, ret_log_probs);
}

static emb_status log_probs(struct emb_model *model, const struct emb_sentence *sentence,
                            uint32_t piece, float *ret_log_probs)
{
    struct token_list list = {0};
    uint32_t *ids = NULL;
    emb_status status = sequence_of_sentence(model, sentence, &list, &ids);
    if (status == EMB_OK) {
        status = answer(model, ids, list.n, piece, ret_log_probs);
    }
    memory_give(&model->memory, ids);
    token_list_finish(&list);
    return status;
}

const struct emb_ext_lm lm_extension = {n_pieces, log_probs};
