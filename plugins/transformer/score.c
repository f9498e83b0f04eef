/*
 * score.c - emb.score/1: log-probabilities of a sentence's own pieces.
 *
 * Causal: one forward pass, whose row i answers for piece i + 1. Masked: one sequence a piece, that
 * piece replaced by [MASK], many sequences a pass (pseudo-log-likelihood, Salazar et al. 2020). The
 * head then runs over the vocabulary in slabs: packed once for all rows, never all logits at a
 * time.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>
#include <string.h>

enum {
    SLAB = 256,              /* pieces of the vocabulary at a time */
    ROWS_PER_PASS = 1 << 14, /* rows of masked copies that are planned at a time */
};

/* ---- the head on many rows ---- */

/* Of one row and one slab: the greatest logit and the sum of exp(logit - greatest). */
struct share {
    float most, sum;
};

struct head_run {
    const struct emb_model *model;
    const float *hidden; /* [n, ld_x] */
    uint32_t n, dim;
    const uint32_t *wanted; /* [n] pieces */
    float *scratch;         /* [n_workers, scratch_floats] */
    size_t scratch_floats;
    float *wanted_logits; /* [n] */
    struct share *shares; /* [n_slabs, n] */
};

/* Rows [first, first + count) of the decoder as panels of a matrix dim -> count. */
static void pack_slab(const struct head_run *run, uint32_t first, uint32_t count, float *row,
                      float *panels)
{
    uint32_t width = run->model->kernels->panel;
    memset(panels, 0, (size_t)SLAB * run->dim * sizeof *panels);
    for (uint32_t j = 0; j < count; j++) {
        lm_decoder_row(run->model, first + j, run->dim, row);
        float *to = panels + (size_t)(j / width) * run->dim * width + j % width;
        for (uint32_t k = 0; k < run->dim; k++) {
            to[(size_t)k * width] = row[k];
        }
    }
}

static void slab_task(void *arg, uint32_t i, uint32_t worker)
{
    const struct head_run *run = arg;
    const struct emb_model *model = run->model;
    const float *bias = model->weights.decoder_bias;
    uint32_t first = i * SLAB, left = model->arch.n_vocab - first;
    uint32_t count = left < SLAB ? left : SLAB;
    size_t ld = kernels_ld(SLAB);
    float *panels = run->scratch + worker * run->scratch_floats;
    float *logits = panels + (size_t)SLAB * run->dim, *row = logits + run->n * ld;
    pack_slab(run, first, count, row, panels);
    const struct matrix slab = {.panels = panels,
                                .bias = bias ? bias + first : NULL,
                                .n_in = run->dim,
                                .n_out = count,
                                .compute = COMPUTE_F32};
    model->kernels->product(run->n, run->hidden, model->ld_x, &slab, NULL, logits, ld, NULL);
    for (uint32_t r = 0; r < run->n; r++) {
        float *x = logits + r * ld, most = x[0];
        for (uint32_t j = 1; j < count; j++) {
            most = x[j] > most ? x[j] : most;
        }
        if (run->wanted[r] - first < count) { /* wraps round below first */
            run->wanted_logits[r] = x[run->wanted[r] - first];
        }
        run->shares[(size_t)i * run->n + r] =
            (struct share){most, model->kernels->exp_sum(count, x, most)};
    }
}

static double log_sum(const struct head_run *run, uint32_t n_slabs, uint32_t r)
{
    double most = -INFINITY, sum = 0;
    for (uint32_t i = 0; i < n_slabs; i++) {
        double share = (double)run->shares[(size_t)i * run->n + r].most;
        most = share > most ? share : most; /* gcc 12 cannot compile fmax for arm64 */
    }
    for (uint32_t i = 0; i < n_slabs; i++) {
        const struct share *share = &run->shares[(size_t)i * run->n + r];
        sum += (double)share->sum * exp((double)share->most - most);
    }
    return most + log(sum);
}

/* ret_log_probs[i] of piece wanted[i] by the last block's state i; states [n, ld_x] are
 * overwritten. n <= TILE_ROWS. */
static emb_status score_rows(struct emb_model *model, uint32_t n, float *states,
                             const uint32_t *wanted, float *ret_log_probs)
{
    struct memory *memory = &model->memory;
    uint32_t n_slabs = (model->arch.n_vocab + SLAB - 1) / SLAB;
    struct head_run run = {.model = model, .n = n, .wanted = wanted};
    run.scratch_floats = SLAB * model->ld_x + n * kernels_ld(SLAB) + model->ld_x;
    float *head = memory_take(memory, n, model->ld_x * sizeof *head);
    run.scratch =
        memory_take(memory, model->host->n_workers, run.scratch_floats * sizeof *run.scratch);
    run.wanted_logits = memory_take(memory, n, sizeof *run.wanted_logits);
    run.shares = memory_take(memory, n, n_slabs * sizeof *run.shares);
    emb_status status = EMB_OK;
    if (!head || !run.scratch || !run.wanted_logits || !run.shares) {
        status = no_memory(model->host, "an output head");
    } else {
        run.hidden = lm_head_input(model, n, states, head, &run.dim);
        model->host->parallel_for(model->host, n_slabs, slab_task, &run);
        for (uint32_t r = 0; r < n; r++) {
            ret_log_probs[r] = (float)((double)run.wanted_logits[r] - log_sum(&run, n_slabs, r));
        }
    }
    memory_give(memory, run.shares);
    memory_give(memory, run.wanted_logits);
    memory_give(memory, run.scratch);
    memory_give(memory, head);
    return status;
}

/* ---- the states that answer ---- */

/* A sentence on its way: piece first .. end of ids are scored; state i answers for first + i. */
struct scored {
    struct emb_model *model;
    const uint32_t *ids;
    uint32_t n, first, end;
    float *states;  /* [end - first, ld_x] */
    uint32_t begun; /* masked: the piece of the plan's first sequence */
};

static void keep_state(const struct scored *s, uint32_t piece, const float *state)
{
    memcpy(s->states + (size_t)(piece - s->first) * s->model->ld_x, state,
           s->model->arch.dim * sizeof *state);
}

static emb_status run_causal(const struct scored *s)
{
    struct emb_model *model = s->model;
    uint32_t last = stage_of_block(model->arch.n_blocks - 1);
    if (s->first == 0) { /* nothing but bos_token_id stands before it */
        TRY(sequence_run(model, &model->arch.bos, 1, last, 0));
        keep_state(s, 0, model->states[0].x);
    }
    uint32_t from = s->first > 0 ? s->first : 1;
    emb_status status =
        from < s->end ? sequence_run(model, s->ids, s->n, last, s->end - 1) : EMB_OK;
    for (uint32_t piece = from; status == EMB_OK && piece < s->end; piece++) {
        keep_state(s, piece, model->states[0].x + (piece - 1) * model->ld_x);
    }
    return status;
}

static void masked_group(const struct scored *s, uint32_t g, bool spread, uint32_t worker)
{
    struct emb_model *model = s->model;
    const struct group *group = &model->plan.groups[g];
    forward_group(model, group, stage_of_block(model->arch.n_blocks - 1), NULL, spread, worker);
    for (uint32_t i = 0; i < group->n_sequences; i++) {
        uint32_t piece = s->begun + group->sequence + i;
        uint32_t row = model->plan.sequences[group->sequence + i].first + piece;
        keep_state(s, piece, model->states[worker].x + row * model->ld_x);
    }
}

static void masked_task(void *arg, uint32_t i, uint32_t worker)
{
    masked_group(arg, i, false, worker);
}

/* Copies of the sentence with pieces [s->begun, end) masked in turn. */
static emb_status run_masked_pass(struct scored *s, uint32_t end)
{
    struct emb_model *model = s->model;
    uint32_t n_workers = model->host->n_workers;
    plan_clear(&model->plan);
    for (uint32_t piece = s->begun; piece < end; piece++) {
        TRY(plan_add_ids(model, s->ids, s->n));
        model->plan.ids[model->plan.n_rows - s->n + piece] = model->arch.mask;
    }
    bool spread = n_workers > 1 && model->plan.n_groups < 2 * n_workers;
    TRY(forward_prepare(model, spread ? 1 : n_workers));
    if (!spread) {
        model->host->parallel_for(model->host, model->plan.n_groups, masked_task, s);
    }
    for (uint32_t g = 0; spread && g < model->plan.n_groups; g++) {
        masked_group(s, g, true, 0);
    }
    return EMB_OK;
}

static emb_status run_masked(struct scored *s)
{
    TRY(lm_check_mask(s->model));
    uint32_t copies = ROWS_PER_PASS / s->n > 1 ? ROWS_PER_PASS / s->n : 1;
    sequence_forget(s->model);
    for (s->begun = s->first; s->begun < s->end; s->begun += copies) {
        TRY(run_masked_pass(s, s->end - s->begun > copies ? s->begun + copies : s->end));
    }
    return EMB_OK;
}

static emb_status score_ids(struct scored *s, float *ret_log_probs)
{
    struct emb_model *model = s->model;
    uint32_t n = s->end - s->first;
    float *log_probs = memory_take(&model->memory, s->n, sizeof *log_probs);
    s->states = memory_take(&model->memory, (uint64_t)n + 1, model->ld_x * sizeof *s->states);
    emb_status status = EMB_OK;
    if (!log_probs || !s->states) {
        status = no_memory(model->host, "a sentence's scores");
    }
    if (status == EMB_OK) {
        status = model->arch.causal ? run_causal(s) : run_masked(s);
    }
    for (uint32_t i = 0; status == EMB_OK && i < n; i += TILE_ROWS) {
        uint32_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        status = score_rows(model, rows, s->states + i * model->ld_x, s->ids + s->first + i,
                            log_probs + s->first + i);
    }
    for (uint32_t i = 0; status == EMB_OK && i < s->n; i++) {
        ret_log_probs[i] = i >= s->first && i < s->end ? log_probs[i] : NAN;
    }
    memory_give(&model->memory, s->states);
    memory_give(&model->memory, log_probs);
    return status;
}

static emb_status pieces(struct emb_model *model, const struct emb_sentence *sentence,
                         uint32_t capacity, float *ret_log_probs)
{
    struct token_list list = {0};
    uint32_t *ids = NULL;
    emb_status status = sequence_of_sentence(model, sentence, &list, &ids);
    if (status == EMB_OK && capacity < list.n) {
        status = emb_failf(model->host, EMB_E_INVAL, "transformer: room for %u of %u scores",
                           capacity, list.n);
    }
    if (status == EMB_OK && list.n > 0) {
        struct scored s = {.model = model, .ids = ids, .n = list.n, .end = list.n};
        if (list.n >= model->n_before + model->n_after) {
            s.first = model->n_before;
            s.end = list.n - model->n_after;
        }
        if (model->arch.causal && s.first == 0 && !lm_has_bos(model) && s.end > 0) {
            s.first = 1;
        }
        status = score_ids(&s, ret_log_probs);
    }
    memory_give(&model->memory, ids);
    token_list_finish(&list);
    return status;
}

const struct emb_ext_score score_extension = {pieces};
