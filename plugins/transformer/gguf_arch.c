/*
 * gguf_arch.c - GGUF metadata -> struct arch. Keys are "<architecture>.<quantity>"; what is not a
 * matter of metadata (biases, a tied head) is seen from the tensors that are there.
 */
#include "families.h"

#include "base/try.h"
#include "embedder_util.h"
#include "tensors/tensors.h"

#include <stdio.h>
#include <string.h>

/* BERT's blocks end in norms, the others' begin with them. */
static const struct names names_gguf_bert = {
    .prefixes = {""},
    .word = "token_embd",
    .position = "position_embd",
    .type = "token_types",
    .embed_norm = "token_embd_norm",
    .block = "blk.%u.",
    .attn_norm = "attn_output_norm",
    .q = "attn_q",
    .k = "attn_k",
    .v = "attn_v",
    .o = "attn_output",
    .ff_norm = "layer_output_norm",
    .up = "ffn_up",
    .down = "ffn_down",
};

static const struct names names_gguf = {
    .prefixes = {""},
    .word = "token_embd",
    .position = "position_embd",
    .block = "blk.%u.",
    .attn_norm = "attn_norm",
    .q = "attn_q",
    .k = "attn_k",
    .v = "attn_v",
    .o = "attn_output",
    .q_norm = "attn_q_norm",
    .k_norm = "attn_k_norm",
    .ff_norm = "ffn_norm",
    .up = "ffn_up",
    .gate = "ffn_gate",
    .down = "ffn_down",
    .final_norm = "output_norm",
    .decoder = "output",
};

static const struct names names_gguf_gpt2 = {
    .prefixes = {""},
    .word = "token_embd",
    .position = "position_embd",
    .block = "blk.%u.",
    .attn_norm = "attn_norm",
    .qkv = "attn_qkv",
    .o = "attn_output",
    .ff_norm = "ffn_norm",
    .up = "ffn_up",
    .down = "ffn_down",
    .final_norm = "output_norm",
    .decoder = "output",
    .layout = QKV_THIRDS,
};

enum kind { GGUF_BERT, GGUF_GPT2, GGUF_LLAMA, GGUF_QWEN2, GGUF_QWEN3 };

static const struct {
    const char *name;
    const struct names *names;
} kinds[] = {
    [GGUF_BERT] = {"bert", &names_gguf_bert}, [GGUF_GPT2] = {"gpt2", &names_gguf_gpt2},
    [GGUF_LLAMA] = {"llama", &names_gguf},    [GGUF_QWEN2] = {"qwen2", &names_gguf},
    [GGUF_QWEN3] = {"qwen3", &names_gguf},
};

struct reader {
    const struct emb_host *host;
    const char *path;
    const struct tensor_file *file;
    const struct gguf *gguf;
    enum kind kind;
};

static const char *key_of(const struct reader *r, const char *what, char key[128])
{
    snprintf(key, 128, "%s.%s", kinds[r->kind].name, what);
    return key;
}

static bool optional(const struct reader *r, const char *what, uint32_t *ret_value)
{
    char key[128];
    uint64_t value;
    if (!gguf_uint(r->gguf, key_of(r, what, key), &value)) {
        return false;
    }
    *ret_value = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return true;
}

static bool optional_real(const struct reader *r, const char *what, double *ret_value)
{
    char key[128];
    return gguf_real(r->gguf, key_of(r, what, key), ret_value);
}

static emb_status count(const struct reader *r, const char *what, uint32_t *ret_value)
{
    if (!optional(r, what, ret_value)) {
        return emb_failf(r->host, EMB_E_FORMAT,
                         "%s: metadata '%s.%s': found none, expected a whole number", r->path,
                         kinds[r->kind].name, what);
    }
    return EMB_OK;
}

static emb_status refuse(const struct reader *r, const char *what)
{
    return emb_failf(r->host, EMB_E_UNSUPPORTED, "%s: metadata '%s.%s' is not supported", r->path,
                     kinds[r->kind].name, what);
}

/* Quantities that change the mathematics and are not built. */
static emb_status refuse_others(const struct reader *r)
{
    static const char *const others[] = {"expert_count", "attention.sliding_window",
                                         "attn_logit_softcapping", "attention.max_alibi_bias",
                                         "attention.clamp_kqv"};
    static const char *const reals[] = {"logit_scale", "embedding_scale", "residual_scale",
                                        "attention.scale"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint32_t value = 0;
        double real = 0;
        if ((optional(r, others[i], &value) && value != 0) ||
            (optional_real(r, others[i], &real) && real != 0)) {
            return refuse(r, others[i]);
        }
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        double real = 1;
        if (optional_real(r, reals[i], &real) && real != 1) {
            return refuse(r, reals[i]);
        }
    }
    return EMB_OK;
}

/* Divisors of the frequencies, as a tensor: what "llama3" scaling comes to. */
static emb_status read_divisors(const struct reader *r, struct rope *rope)
{
    const struct tensor *tensor = tensor_file_find(r->file, "rope_freqs.weight");
    if (!tensor) {
        return EMB_OK;
    }
    uint64_t n = tensor_elements(tensor);
    if (n != rope->dims / 2 || n > ROPE_MAX_DIVISORS ||
        !tensor_to_f32(tensor, 0, n, rope->divisors)) {
        return emb_failf(r->host, EMB_E_FORMAT,
                         "%s: tensor 'rope_freqs.weight': found %llu values of type %s, expected "
                         "%u to compute with, at most %u",
                         r->path, (unsigned long long)n, tensor_type_name(tensor->type),
                         rope->dims / 2, (unsigned)ROPE_MAX_DIVISORS);
    }
    rope->n_divisors = (uint32_t)n;
    return EMB_OK;
}

static emb_status read_rope(const struct reader *r, struct arch *arch)
{
    struct rope *rope = &arch->rope;
    char key[128];
    const char *text;
    uint64_t n;
    rope->dims = arch->head_dim;
    rope->theta = 10000;
    optional(r, "rope.dimension_count", &rope->dims);
    /* Its converter reorders the rows of Q and K; put back, sums run as in the folder. */
    arch->paired_rows = r->kind == GGUF_LLAMA && rope->dims == arch->head_dim;
    rope->interleaved = r->kind == GGUF_LLAMA && !arch->paired_rows;
    optional_real(r, "rope.freq_base", &rope->theta);
    if (rope->dims > arch->head_dim || rope->dims % 2 != 0 || !(rope->theta > 0)) {
        return emb_failf(
            r->host, EMB_E_FORMAT,
            "%s: rotary dimensions %u of a head of %u, base %g: expected an even share "
            "and a base above 0",
            r->path, rope->dims, arch->head_dim, rope->theta);
    }
    if (gguf_text(r->gguf, key_of(r, "rope.scaling.type", key), &text, &n) &&
        !(n == 4 && memcmp(text, "none", 4) == 0)) {
        uint32_t original = arch->max_positions;
        optional(r, "rope.scaling.original_context_length", &original);
        rope->original = original;
        rope->factor = 1;
        optional_real(r, "rope.scaling.factor", &rope->factor);
        if (n == 6 && memcmp(text, "linear", 6) == 0) {
            rope->scaling = ROPE_LINEAR;
        } else if (n == 4 && memcmp(text, "yarn", 4) == 0) {
            rope->scaling = ROPE_YARN;
            rope->beta_fast = 32;
            rope->beta_slow = 1;
            rope->truncate = true;
        } else {
            return refuse(r, "rope.scaling.type");
        }
        if (!(rope->factor > 0)) {
            return refuse(r, "rope.scaling.factor");
        }
    }
    return read_divisors(r, rope);
}

static bool has(const struct reader *r, const char *tensor)
{
    return tensor_file_find(r->file, tensor) != NULL;
}

static emb_status read_sizes(const struct reader *r, struct arch *arch)
{
    TRY(count(r, "block_count", &arch->n_blocks));
    TRY(count(r, "embedding_length", &arch->dim));
    TRY(count(r, "feed_forward_length", &arch->inner));
    TRY(count(r, "attention.head_count", &arch->n_heads));
    TRY(count(r, "context_length", &arch->max_positions));
    arch->n_kv_heads = arch->n_heads;
    optional(r, "attention.head_count_kv", &arch->n_kv_heads);
    arch->head_dim = arch->n_heads ? arch->dim / arch->n_heads : 0;
    optional(r, "attention.key_length", &arch->head_dim);
    uint32_t values = arch->head_dim;
    optional(r, "attention.value_length", &values);
    if (values != arch->head_dim) {
        return refuse(r, "attention.value_length");
    }
    const struct tensor *table = tensor_file_find(r->file, "token_embd.weight");
    if (!table || table->n_dims != 2 || table->shape[0] > UINT32_MAX) {
        return emb_failf(r->host, EMB_E_FORMAT,
                         "%s: tensor 'token_embd.weight': expected a table of two dimensions",
                         r->path);
    }
    arch->n_vocab = (uint32_t)table->shape[0];
    arch->table_dim = arch->dim;
    return EMB_OK;
}

static void read_shape(const struct reader *r, struct arch *arch)
{
    bool bert = r->kind == GGUF_BERT, gpt2 = r->kind == GGUF_GPT2;
    double eps = bert ? 1e-12 : gpt2 ? 1e-5 : 1e-6;
    optional_real(
        r, bert || gpt2 ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
        &eps);
    arch->norm_eps = (float)eps;
    arch->norm = bert || gpt2 ? NORM_LAYER : NORM_RMS;
    arch->norm_bias = bert || gpt2;
    arch->pre_norm = arch->final_norm = arch->causal = !bert;
    arch->embed_norm = bert;
    arch->gated = !bert && !gpt2;
    arch->act = bert ? ACT_GELU : gpt2 ? ACT_GELU_TANH : ACT_SILU;
    arch->qk_norm = r->kind == GGUF_QWEN3;
    arch->qkv_bias = has(r, gpt2 ? "blk.0.attn_qkv.bias" : "blk.0.attn_q.bias");
    arch->o_bias = has(r, "blk.0.attn_output.bias");
    arch->ff_bias = has(r, "blk.0.ffn_up.bias");
    arch->tied = !bert && !has(r, "output.weight"); /* no masked head is kept in GGUF files */
    arch->n_positions = bert || gpt2 ? arch->max_positions : 0;
    const struct tensor *types = tensor_file_find(r->file, "token_types.weight");
    arch->n_types = bert && types && types->n_dims == 2 ? (uint32_t)types->shape[0] : 0;
}

emb_status arch_from_gguf(const struct emb_host *host, const char *path,
                          const struct tensor_file *file, struct arch *ret_arch,
                          const struct names **ret_names)
{
    struct reader r = {.host = host, .path = path, .file = file, .gguf = tensor_file_gguf(file)};
    const char *name;
    uint64_t n;
    if (!gguf_text(r.gguf, "general.architecture", &name, &n)) {
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: metadata 'general.architecture': found none, expected a text", path);
    }
    size_t kind = 0, n_kinds = sizeof kinds / sizeof *kinds;
    while (kind < n_kinds &&
           (strlen(kinds[kind].name) != n || memcmp(kinds[kind].name, name, n) != 0)) {
        kind++;
    }
    if (kind == n_kinds) {
        return emb_failf(host, EMB_E_UNSUPPORTED,
                         "%s: general.architecture \"%.*s\" is not supported (known: bert, gpt2, "
                         "llama, qwen2, qwen3)",
                         path, (int)(n < 100 ? n : 100), name);
    }
    r.kind = (enum kind)kind;
    struct arch arch = {
        .family = kinds[kind].name, .window = NO_WINDOW, .bos = UINT32_MAX, .mask = UINT32_MAX};
    TRY(refuse_others(&r));
    TRY(read_sizes(&r, &arch));
    read_shape(&r, &arch);
    arch.n_weight_sets = arch.n_blocks;
    TRY(arch_check(host, path, &arch));
    if (r.kind >= GGUF_LLAMA) {
        TRY(read_rope(&r, &arch));
    }
    uint64_t bos;
    if (gguf_uint(r.gguf, "tokenizer.ggml.bos_token_id", &bos) && bos < arch.n_vocab) {
        arch.bos = (uint32_t)bos;
    }
    *ret_arch = arch;
    *ret_names = kinds[kind].names;
    return EMB_OK;
}
