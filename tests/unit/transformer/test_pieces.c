/* What a model says of single pieces: emb.attention/1 and emb.score/1 in every family. */
#include "mini_host.h"
#include "model.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {
    "bert", "distilbert", "roberta",     "electra", "mpnet", "albert", "modernbert",  "gpt2",
    "neox", "llama",      "neox-serial", "mistral", "qwen2", "qwen3",  "llama-biased"};
enum { N_FAMILIES = sizeof families / sizeof *families, N_MOST = 40 };

static bool is_causal_case(const char *name)
{
    char *config = file_text(case_path(name, "config.json"), NULL);
    bool causal = config_is_causal(config);
    free(config);
    return causal;
}

/* By the descriptor that offers what the family can predict. */
static struct emb_model *open_case(const char *folder, bool causal, unsigned n_workers)
{
    const char *more[] = {"kernels=best"};
    model_descriptor = causal;
    struct emb_model *model = model_open(folder, more, 1, n_workers, NULL);
    model_descriptor = 0;
    return model;
}

static struct emb_sentence sentence_of(const char *text)
{
    return (struct emb_sentence){text, NULL, NULL, (uint32_t)strlen(text), 0, 0, 0};
}

static char *text_of(unsigned seed, unsigned n)
{
    unsigned ids[N_MOST];
    for (unsigned i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        ids[i] = 5 + (seed >> 16) % (CASE_VOCAB - 5);
    }
    return text_of_ids(ids, n);
}

/* ---- attention ---- */

/* Element (k, j) of a packed float32 matrix. */
static double element(const struct matrix *m, uint32_t width, uint32_t k, uint32_t j)
{
    const float *panels = m->panels;
    return (double)panels[((size_t)(j / width) * m->n_in + k) * width + j % width];
}

static void check_norm(const struct arch *arch, const struct norm *norm, double *x)
{
    double mean = 0, square = 0;
    for (uint32_t c = 0; c < arch->dim; c++) {
        mean += x[c] / arch->dim;
    }
    mean = arch->norm == NORM_RMS ? 0 : mean;
    for (uint32_t c = 0; c < arch->dim; c++) {
        square += (x[c] - mean) * (x[c] - mean) / arch->dim;
    }
    for (uint32_t c = 0; c < arch->dim; c++) {
        x[c] = (x[c] - mean) / sqrt(square + (double)arch->norm_eps) * (double)norm->weight[c] +
               (norm->bias ? (double)norm->bias[c] : 0);
    }
}

/* The weights mix the values to what the block's attention gave: residual + O (sum w V), and the
 * norm where it follows. The states of the block lie where the question left them. */
static void check_mixture(const char *name, const struct emb_model *model, uint32_t block, // from 1
                          uint32_t n, uint32_t piece, const float *weights)
{
    const struct arch *arch = &model->arch;
    const struct states *states = &model->states[0];
    const struct block *b =
        &model->weights.blocks[(uint64_t)(block - 1) * arch->n_weight_sets / arch->n_blocks];
    uint32_t share = arch->n_heads / arch->n_kv_heads;
    double *mixed = calloc((size_t)arch->n_heads * arch->head_dim, sizeof *mixed);
    double *out = calloc(arch->dim, sizeof *out);
    for (uint32_t h = 0; h < arch->n_heads; h++) {
        for (uint32_t j = 0; j < n; j++) {
            const float *value = states->qkv + j * model->ld_qkv + model->value_column +
                                 (size_t)(h / share) * arch->head_dim;
            for (uint32_t c = 0; c < arch->head_dim; c++) {
                mixed[h * arch->head_dim + c] += (double)weights[h * n + j] * (double)value[c];
            }
        }
    }
    for (uint32_t c = 0; c < arch->dim; c++) {
        out[c] = (double)states->x[piece * model->ld_x + c];
        out[c] += b->o.bias ? (double)b->o.bias[c] : 0;
        for (uint32_t k = 0; k < b->o.n_in; k++) {
            out[c] += mixed[k] * element(&b->o, model->kernels->panel, k, c);
        }
    }
    if (!arch->pre_norm) {
        check_norm(arch, &b->attn_norm, out);
    }
    double scale = 0, worst = 0;
    for (uint32_t c = 0; c < arch->dim; c++) {
        double found = (double)states->mid[piece * model->ld_x + c];
        double off =
            isfinite(found) ? fabs(found - out[c]) : INFINITY; /* fmax: see relative_error */
        scale = fabs(found) > scale ? fabs(found) : scale;
        worst = off > worst ? off : worst;
    }
    cr_assert_lt(worst, 2e-5 * scale, "%s: block %u, piece %u: mixture off by %g of %g", name,
                 block, piece, worst, scale);
    free(mixed);
    free(out);
}

static void check_rows(const char *name, const struct emb_model *model, uint32_t block, uint32_t n,
                       uint32_t piece, const float *weights)
{
    const struct arch *arch = &model->arch;
    bool local = arch_is_local(arch, block - 1);
    for (uint32_t h = 0; h < arch->n_heads; h++) {
        double sum = 0;
        for (uint32_t j = 0; j < n; j++) {
            float w = weights[h * n + j];
            bool seen = !(arch->causal && j > piece) &&
                        !(local && (j > piece ? j - piece : piece - j) > arch->window);
            cr_assert(seen ? w > 0 : w == 0, "%s: block %u, head %u: piece %u sees %u: %g", name,
                      block, h, piece, j, (double)w);
            sum += (double)w;
        }
        cr_assert_float_eq(sum, 1, 1e-6);
    }
}

Test(pieces, attention)
{
    for (unsigned f = 0; f < N_FAMILIES; f++) {
        const char *name = families[f];
        char *folder = folder_of_case(name);
        bool causal = is_causal_case(name);
        struct emb_model *model = open_case(folder, causal, 2);
        const struct emb_ext_attention *attention =
            model_ops()->extension(model, EMB_EXT_ATTENTION);
        cr_assert_not_null(attention);
        uint32_t n_blocks = attention->n_blocks(model);
        cr_assert_eq(n_blocks, model->arch.n_blocks);
        char *text = text_of(f, 20);
        struct emb_sentence sentence = sentence_of(text);
        uint32_t n = causal ? 20 : 22;
        float weights[8 * 22];
        for (uint32_t b = n_blocks; b >= 1; b--) { /* backwards: nothing depends on the order */
            uint32_t n_heads = attention->n_heads(model, b);
            cr_assert(n_heads >= 1 && n_heads <= 8);
            for (uint32_t piece = 0; piece < n; piece += 3) {
                cr_assert_eq(attention->weights(model, &sentence, b, piece, weights), EMB_OK);
                check_rows(name, model, b, n, piece, weights);
                check_mixture(name, model, b, n, piece, weights);
            }
        }
        float before = weights[0];
        cr_assert_eq(attention->n_heads(model, 0), 0u);
        cr_assert_eq(attention->n_heads(model, n_blocks + 1), 0u);
        cr_assert_eq(attention->weights(model, &sentence, 0, 0, weights), EMB_E_INVAL);
        cr_assert_eq(attention->weights(model, &sentence, n_blocks + 1, 0, weights), EMB_E_INVAL);
        cr_assert_eq(attention->weights(model, &sentence, 1, n, weights), EMB_E_INVAL);
        cr_assert_eq(weights[0], before);
        free(text);
        model_ops()->destroy(model);
        cr_assert_eq(mini_host_bytes(), 0u);
        folder_remove(folder);
    }
}

/* ---- scores ---- */

static const char *const with_head[] = {"bert", "electra", "albert", "distilbert", "modernbert",
                                        "gpt2", "neox",    "llama",  "qwen2"};
enum { N_WITH_HEAD = sizeof with_head / sizeof *with_head };

/* One call gives what emb.lm/1 gives piece by piece, whatever was asked before, and the same bits
 * with any number of workers. */
Test(pieces, score)
{
    for (unsigned f = 0; f < N_WITH_HEAD; f++) {
        const char *name = with_head[f];
        char *folder = folder_of_case(name);
        bool causal = is_causal_case(name);
        struct emb_model *model = open_case(folder, causal, 3);
        const struct emb_ext_score *score = model_ops()->extension(model, EMB_EXT_SCORE);
        const struct emb_ext_lm *lm = model_ops()->extension(model, EMB_EXT_LM);
        const struct emb_ext_tokens *tokens = model_ops()->extension(model, EMB_EXT_TOKENS);
        cr_assert_not_null(score, "%s", name);
        for (unsigned length = 1; length <= 37; length += 12) {
            char *text = text_of(f + length, length);
            struct emb_sentence sentence = sentence_of(text);
            struct emb_piece pieces[N_MOST];
            float found[N_MOST], one[CASE_VOCAB];
            uint32_t n;
            cr_assert_eq(tokens->cut(model, &sentence, pieces, N_MOST, &n), EMB_OK);
            cr_assert_eq(score->pieces(model, &sentence, N_MOST, found), EMB_OK, "%s: %s", name,
                         mini_host_failure());
            cr_assert_eq(score->pieces(model, &sentence, n - 1, found), EMB_E_INVAL);
            for (uint32_t i = 0; i < n; i++) {
                if (pieces[i].begin == pieces[i].end || (causal && i == 0)) {
                    cr_assert(isnan(found[i]), "%s: piece %u has %g", name, i, (double)found[i]);
                    continue;
                }
                cr_assert_eq(lm->log_probs(model, &sentence, i, one), EMB_OK);
                cr_assert_float_eq(found[i], one[pieces[i].id], 2e-5, "%s: piece %u: %g, not %g",
                                   name, i, (double)found[i], (double)one[pieces[i].id]);
            }
            struct emb_model *alone = open_case(folder, causal, 1);
            float again[N_MOST];
            score = model_ops()->extension(alone, EMB_EXT_SCORE);
            cr_assert_eq(score->pieces(alone, &sentence, N_MOST, again), EMB_OK);
            cr_assert_eq(memcmp(found + 1, again + 1, (n - 2) * sizeof *found * (n > 2)), 0,
                         "%s: depends on the number of workers", name);
            score = model_ops()->extension(model, EMB_EXT_SCORE);
            model_ops()->destroy(alone);
            free(text);
        }
        model_ops()->destroy(model);
        cr_assert_eq(mini_host_bytes(), 0u);
        folder_remove(folder);
    }
}

/* bos_token_id stands before the first piece where the configuration names one. */
Test(pieces, score_after_bos)
{
    struct case_tensor tensors[256];
    unsigned n_tensors = case_tensors("gpt2", tensors, 256);
    char *config = file_text(case_path("gpt2", "config.json"), NULL), *brace = strrchr(config, '}');
    char *with_bos = calloc(1, strlen(config) + 40);
    sprintf(with_bos, "%.*s,\"bos_token_id\": 2}", (int)(brace - config), config);
    char *folder = folder_make(tensors, n_tensors, with_bos, false);
    struct emb_model *model = open_case(folder, true, 2);
    const struct emb_ext_score *score = model_ops()->extension(model, EMB_EXT_SCORE);
    const struct emb_ext_lm *lm = model_ops()->extension(model, EMB_EXT_LM);
    const char *texts[] = {"p20 p30 p40", "p20"};
    for (int t = 0; t < 2; t++) {
        struct emb_sentence sentence = sentence_of(texts[t]);
        float found[3], one[CASE_VOCAB];
        cr_assert_eq(score->pieces(model, &sentence, 3, found), EMB_OK);
        cr_assert_eq(lm->log_probs(model, &sentence, 0, one), EMB_OK);
        cr_assert_float_eq(found[0], one[20], 2e-5);
    }
    struct emb_sentence empty = sentence_of("");
    float untouched = 7;
    cr_assert_eq(score->pieces(model, &empty, 1, &untouched), EMB_OK);
    cr_assert_eq(untouched, 7.0f);
    model_ops()->destroy(model);
    folder_remove(folder);
    free(with_bos);
    free(config);
}

/* Neither is offered where there is no head, or by the descriptor of the other direction. */
Test(pieces, score_needs_a_head)
{
    char *folder = folder_of_case("roberta");
    struct emb_model *model = open_case(folder, false, 1);
    cr_assert_null(model_ops()->extension(model, EMB_EXT_SCORE));
    model_ops()->destroy(model);
    folder_remove(folder);
    folder = folder_of_case("gpt2");
    model = open_case(folder, false, 1);
    cr_assert_null(model_ops()->extension(model, EMB_EXT_SCORE));
    cr_assert_not_null(model_ops()->extension(model, EMB_EXT_ATTENTION));
    model_ops()->destroy(model);
    folder_remove(folder);
}

/* Every allocation of a question failing in turn: a message, no leak, and an answer afterwards. */
Test(pieces, out_of_memory)
{
    static const char *const names[] = {"bert", "gpt2"};
    for (unsigned f = 0; f < 2; f++) {
        char *folder = folder_of_case(names[f]);
        struct emb_model *model = open_case(folder, f == 1, 2);
        const struct emb_ext_score *score = model_ops()->extension(model, EMB_EXT_SCORE);
        const struct emb_ext_attention *attention =
            model_ops()->extension(model, EMB_EXT_ATTENTION);
        char *text = text_of(f, 9);
        struct emb_sentence sentence = sentence_of(text);
        float weights[8 * N_MOST], found[N_MOST] = {5};
        emb_status status = EMB_E_NOMEM;
        uint64_t fails = 0;
        for (uint64_t at = 1; status != EMB_OK && at < 100; at++) {
            mini_host_fail_alloc(at);
            status = score->pieces(model, &sentence, N_MOST, found);
            cr_assert(status == EMB_OK || (status == EMB_E_NOMEM && found[0] == 5.0f));
            fails += status != EMB_OK;
        }
        mini_host_fail_alloc(1);
        status = attention->weights(model, &sentence, 1, 0, weights);
        mini_host_fail_alloc(0);
        cr_assert_eq(status, EMB_E_NOMEM);
        cr_assert_gt(fails, 4u);
        cr_assert_eq(attention->weights(model, &sentence, 1, 0, weights), EMB_OK);
        free(text);
        model_ops()->destroy(model);
        cr_assert_eq(mini_host_bytes(), 0u);
        folder_remove(folder);
    }
}
