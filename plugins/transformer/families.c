/*
 * families.c - config.json -> struct arch, one short reader per family.
 *
 * Every key of a configuration is read by its family, or stands in a list of keys that do not touch
 * the forward pass, or is refused by name: nothing is guessed.
 */
#include "families.h"

#include "config.h"
#include "embedder_util.h"
#include <string.h>

/* ---- encoders ---- */

/* hidden_size and num_attention_heads under the family's names or, beside or instead of them, under
 * these. */
static emb_status read_heads(const struct config *c, struct arch *arch, const char *dim,
                             const char *heads)
{
    TRY(config_count_as(c, dim, "hidden_size", &arch->dim));
    TRY(config_count_as(c, heads, "num_attention_heads", &arch->n_heads));
    if (arch->dim % arch->n_heads != 0) {
        return json_fail(&c->root, "%s %u is no multiple of %s %u", dim, arch->dim, heads,
                         arch->n_heads);
    }
    arch->head_dim = arch->dim / arch->n_heads;
    arch->n_kv_heads = arch->n_heads;
    arch->table_dim = arch->dim;
    uint32_t head_dim = arch->head_dim;
    TRY(config_uint(c, "head_dim", &head_dim));
    if (head_dim != arch->head_dim) {
        return json_fail(&c->root, "head_dim: found %u, expected %s / %s, %u", head_dim, dim, heads,
                         arch->head_dim);
    }
    return EMB_OK;
}

/* What BERT and its descendants share. */
static emb_status read_encoder(const struct config *c, struct arch *arch)
{
    TRY(read_heads(c, arch, "hidden_size", "num_attention_heads"));
    TRY(config_count(c, "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "intermediate_size", &arch->inner));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(config_count(c, "max_position_embeddings", &arch->n_positions));
    TRY(config_activation(c, "hidden_act", "gelu", &arch->act));
    TRY(config_only_text(c, "position_embedding_type", "absolute"));
    TRY(config_only_flag(c, "is_decoder", false));
    TRY(config_only_flag(c, "is_causal", false));
    TRY(config_only_flag(c, "add_cross_attention", false));
    arch->norm_eps = 1e-12f;
    TRY(config_float(c, "layer_norm_eps", &arch->norm_eps));
    arch->n_types = 2;
    TRY(config_uint(c, "type_vocab_size", &arch->n_types));
    arch->max_positions = arch->n_positions;
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->embed_norm = true;
    arch->tied = true;
    TRY(config_flag(c, "tie_word_embeddings", &arch->tied));
    arch->head_act = arch->act;
    arch->head_norm_eps = arch->norm_eps;
    return EMB_OK;
}

static emb_status read_bert(const struct config *c, struct arch *arch)
{
    return read_encoder(c, arch);
}

static emb_status read_electra(const struct config *c, struct arch *arch)
{
    TRY(read_encoder(c, arch));
    TRY(config_uint(c, "embedding_size", &arch->table_dim));
    arch->head_act = ACT_GELU;
    return EMB_OK;
}

static emb_status read_roberta(const struct config *c, struct arch *arch)
{
    TRY(read_encoder(c, arch));
    uint32_t pad = 1;
    TRY(config_uint(c, "pad_token_id", &pad));
    if (pad + 1 >= arch->n_positions) {
        return json_fail(&c->root, "pad_token_id %u leaves no position of %u", pad,
                         arch->n_positions);
    }
    arch->position_offset = pad + 1;
    arch->max_positions = arch->n_positions - arch->position_offset;
    arch->head_act = ACT_GELU;
    return EMB_OK;
}

static emb_status read_mpnet(const struct config *c, struct arch *arch)
{
    TRY(read_roberta(c, arch));
    arch->position_offset = 2; /* fixed, whatever pad_token_id says */
    arch->max_positions = arch->n_positions - 2;
    arch->n_types = 0;
    arch->rel_buckets = 32;
    return config_uint(c, "relative_attention_num_buckets", &arch->rel_buckets);
}

static emb_status read_albert(const struct config *c, struct arch *arch)
{
    TRY(read_encoder(c, arch));
    TRY(config_activation(c, "hidden_act", "gelu_new", &arch->act));
    arch->head_act = arch->act;
    TRY(config_count(c, "embedding_size", &arch->table_dim));
    arch->n_weight_sets = 1;
    TRY(config_uint(c, "num_hidden_groups", &arch->n_weight_sets));
    uint32_t inner_groups = 1;
    TRY(config_uint(c, "inner_group_num", &inner_groups));
    if (inner_groups != 1) {
        json_fail(&c->root, "inner_group_num=%u is not supported (only 1)", inner_groups);
        return EMB_E_UNSUPPORTED;
    }
    if (arch->n_weight_sets == 0 || arch->n_weight_sets > arch->n_blocks) {
        return json_fail(&c->root, "num_hidden_groups %u: expected 1 to %u", arch->n_weight_sets,
                         arch->n_blocks);
    }
    return EMB_OK;
}

static emb_status read_distilbert(const struct config *c, struct arch *arch)
{
    TRY(read_heads(c, arch, "dim", "n_heads"));
    TRY(config_count_as(c, "n_layers", "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "hidden_dim", &arch->inner));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(config_count(c, "max_position_embeddings", &arch->n_positions));
    TRY(config_activation(c, "activation", "gelu", &arch->act));
    TRY(config_only_flag(c, "is_causal", false));
    arch->norm_eps = 1e-12f;
    arch->max_positions = arch->n_positions; /* sinusoidal tables are stored like learned ones */
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->embed_norm = true;
    arch->tied = true;
    TRY(config_flag(c, "tie_word_embeddings", &arch->tied));
    TRY(config_flag(c, "tie_weights_", &arch->tied));
    arch->head_act = arch->act;
    arch->head_norm_eps = arch->norm_eps;
    return EMB_OK;
}

static emb_status read_modernbert(const struct config *c, struct arch *arch)
{
    TRY(read_heads(c, arch, "hidden_size", "num_attention_heads"));
    TRY(config_count(c, "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "intermediate_size", &arch->inner));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(config_count(c, "max_position_embeddings", &arch->max_positions));
    TRY(config_activation(c, "hidden_activation", "gelu", &arch->act));
    TRY(config_activation(c, "classifier_activation", "gelu", &arch->head_act));
    TRY(config_only_text(c, "position_embedding_type", "absolute"));
    TRY(config_only_flag(c, "is_causal", false));
    arch->norm_eps = 1e-5f;
    TRY(config_float(c, "layer_norm_eps", &arch->norm_eps));
    TRY(config_float(c, "norm_eps", &arch->norm_eps));
    arch->head_norm_eps = arch->norm_eps;
    TRY(config_flag(c, "norm_bias", &arch->norm_bias));
    TRY(config_flag(c, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    TRY(config_flag(c, "mlp_bias", &arch->ff_bias));
    TRY(config_window_every(c, arch));
    arch->pre_norm = arch->embed_norm = arch->first_norm_absent = arch->final_norm = true;
    arch->gated = true;
    arch->tied = true;
    TRY(config_flag(c, "tie_word_embeddings", &arch->tied));
    static const struct rope_keys rope = {.theta = {"global_rope_theta"},
                                          .local_theta = {"local_rope_theta"},
                                          .theta_default = 160000,
                                          .local_theta_default = 10000,
                                          .part_default = 1};
    return config_rope(c, &rope, arch);
}

/* ---- decoders ---- */

static emb_status read_causal(const struct config *c)
{
    TRY(config_only_flag(c, "is_causal", true));
    return config_only_flag(c, "use_bidirectional_attention", false);
}

/* n_positions, or max_position_embeddings, which is the same; n_ctx alone in very old files. */
static emb_status read_gpt2_positions(const struct config *c, uint32_t *ret_n)
{
    struct json place;
    *ret_n = 1024;
    TRY(config_uint(c, "n_ctx", ret_n));
    if (json_has(&c->root, "n_positions", &place) ||
        json_has(&c->root, "max_position_embeddings", &place)) {
        return config_count_as(c, "n_positions", "max_position_embeddings", ret_n);
    }
    return EMB_OK;
}

static emb_status read_gpt2(const struct config *c, struct arch *arch)
{
    TRY(read_heads(c, arch, "n_embd", "n_head"));
    TRY(config_count_as(c, "n_layer", "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(read_gpt2_positions(c, &arch->n_positions));
    arch->max_positions = arch->n_positions;
    arch->inner = 4 * arch->dim;
    TRY(config_uint(c, "n_inner", &arch->inner));
    TRY(config_activation(c, "activation_function", "gelu_new", &arch->act));
    TRY(config_only_flag(c, "scale_attn_weights", true));
    TRY(config_only_flag(c, "scale_attn_by_inverse_layer_idx", false));
    TRY(config_only_flag(c, "add_cross_attention", false));
    arch->norm_eps = 1e-5f;
    TRY(config_float(c, "layer_norm_epsilon", &arch->norm_eps));
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->pre_norm = arch->final_norm = arch->causal = true;
    TRY(read_causal(c));
    arch->tied = true;
    return config_flag(c, "tie_word_embeddings", &arch->tied);
}

static emb_status read_neox(const struct config *c, struct arch *arch)
{
    TRY(read_heads(c, arch, "hidden_size", "num_attention_heads"));
    TRY(config_count(c, "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "intermediate_size", &arch->inner));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(config_count(c, "max_position_embeddings", &arch->max_positions));
    TRY(config_activation(c, "hidden_act", "gelu", &arch->act));
    arch->norm_eps = 1e-5f;
    TRY(config_float(c, "layer_norm_eps", &arch->norm_eps));
    arch->parallel = true;
    TRY(config_flag(c, "use_parallel_residual", &arch->parallel));
    arch->qkv_bias = true;
    TRY(config_flag(c, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    arch->norm_bias = arch->ff_bias = true;
    arch->pre_norm = arch->final_norm = arch->causal = true;
    TRY(read_causal(c));
    TRY(config_flag(c, "tie_word_embeddings", &arch->tied));
    static const struct rope_keys rope = {.theta = {"rotary_emb_base", "rope_theta"},
                                          .part = {"rotary_pct", "partial_rotary_factor"},
                                          .theta_default = 10000,
                                          .part_default = 0.25};
    return config_rope(c, &rope, arch);
}

/* Llama and its descendants; head_dim: where it is not named, 0 = hidden_size / heads. */
static emb_status read_llama_like(const struct config *c, struct arch *arch, uint32_t head_dim)
{
    TRY(config_count(c, "hidden_size", &arch->dim));
    TRY(config_count(c, "num_attention_heads", &arch->n_heads));
    arch->table_dim = arch->dim;
    arch->n_kv_heads = arch->n_heads;
    TRY(config_uint(c, "num_key_value_heads", &arch->n_kv_heads));
    arch->head_dim = head_dim > 0 ? head_dim : arch->dim / arch->n_heads;
    TRY(config_uint(c, "head_dim", &arch->head_dim));
    TRY(config_count(c, "num_hidden_layers", &arch->n_blocks));
    TRY(config_count(c, "intermediate_size", &arch->inner));
    TRY(config_count(c, "vocab_size", &arch->n_vocab));
    TRY(config_count(c, "max_position_embeddings", &arch->max_positions));
    TRY(config_activation(c, "hidden_act", "silu", &arch->act));
    arch->norm_eps = 1e-6f;
    TRY(config_float(c, "rms_norm_eps", &arch->norm_eps));
    TRY(config_flag(c, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    TRY(config_flag(c, "mlp_bias", &arch->ff_bias));
    TRY(config_flag(c, "tie_word_embeddings", &arch->tied));
    TRY(config_only_flag(c, "rope_interleaved", false));
    arch->norm = NORM_RMS;
    arch->pre_norm = arch->final_norm = arch->causal = arch->gated = true;
    TRY(read_causal(c));
    static const struct rope_keys rope = {.theta = {"rope_theta"},
                                          .part = {"partial_rotary_factor"},
                                          .theta_default = 10000,
                                          .part_default = 1};
    return config_rope(c, &rope, arch);
}

static emb_status read_llama(const struct config *c, struct arch *arch)
{
    return read_llama_like(c, arch, 0);
}

static emb_status read_mistral(const struct config *c, struct arch *arch)
{
    TRY(read_llama_like(c, arch, 0));
    return config_window_all(c, arch);
}

static emb_status read_qwen2(const struct config *c, struct arch *arch)
{
    TRY(read_llama_like(c, arch, 0));
    TRY(config_only_flag(c, "use_mrope", false));
    arch->qkv_bias = true;
    arch->o_bias = false;
    return config_window_from(c, arch);
}

static emb_status read_qwen3(const struct config *c, struct arch *arch)
{
    TRY(read_llama_like(c, arch, 128));
    arch->qk_norm = true;
    return config_window_from(c, arch);
}

/* ---- the table ---- */

#define ENCODER_KEYS                                                                               \
    "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "vocab_size",  \
        "max_position_embeddings", "hidden_act", "position_embedding_type", "is_decoder",          \
        "layer_norm_eps", "type_vocab_size", "tie_word_embeddings", "is_causal", "head_dim"
#define LLAMA_KEYS                                                                                 \
    "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "num_hidden_layers",  \
        "intermediate_size", "vocab_size", "max_position_embeddings", "hidden_act",                \
        "rms_norm_eps", "attention_bias", "mlp_bias", "tie_word_embeddings", "rope_interleaved",   \
        "rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor", CAUSAL_KEYS
#define CAUSAL_KEYS "is_decoder", "is_causal", "use_bidirectional_attention"
#define WINDOW_KEYS "use_sliding_window", "sliding_window", "layer_types"

static const struct family families[] = {
    {"bert", read_bert, &names_bert, {ENCODER_KEYS}},
    {"roberta", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"xlm-roberta", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"camembert", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"electra", read_electra, &names_electra, {ENCODER_KEYS, "embedding_size"}},
    {"mpnet", read_mpnet, &names_mpnet, {ENCODER_KEYS, "relative_attention_num_buckets"}},
    {"albert",
     read_albert,
     &names_albert,
     {ENCODER_KEYS, "embedding_size", "num_hidden_groups", "inner_group_num"}},
    {"distilbert",
     read_distilbert,
     &names_distilbert,
     {"dim", "n_heads", "n_layers", "hidden_dim", "vocab_size", "max_position_embeddings",
      "activation", "tie_weights_", "tie_word_embeddings", "hidden_size", "num_attention_heads",
      "num_hidden_layers", "head_dim", "is_causal"}},
    {"modernbert",
     read_modernbert,
     &names_modernbert,
     {"hidden_size",
      "num_attention_heads",
      "num_hidden_layers",
      "intermediate_size",
      "vocab_size",
      "max_position_embeddings",
      "hidden_activation",
      "position_embedding_type",
      "norm_eps",
      "layer_norm_eps",
      "norm_bias",
      "attention_bias",
      "mlp_bias",
      "local_attention",
      "global_attn_every_n_layers",
      "sliding_window",
      "layer_types",
      "local_rope_theta",
      "global_rope_theta",
      "rope_parameters",
      "head_dim",
      "is_causal",
      "tie_word_embeddings",
      "classifier_activation"}},
    {"gpt2",
     read_gpt2,
     &names_gpt2,
     {"n_embd", "n_head", "n_layer", "vocab_size", "n_ctx", "n_positions", "n_inner",
      "activation_function", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
      "layer_norm_epsilon", "tie_word_embeddings", "hidden_size", "num_attention_heads",
      "num_hidden_layers", "max_position_embeddings", "head_dim", CAUSAL_KEYS}},
    {"gpt_neox",
     read_neox,
     &names_neox,
     {"hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "vocab_size",
      "max_position_embeddings", "hidden_act", "layer_norm_eps", "use_parallel_residual",
      "attention_bias", "tie_word_embeddings", "rotary_emb_base", "rotary_pct", "rope_theta",
      "partial_rotary_factor", "rope_scaling", "rope_parameters", "head_dim", CAUSAL_KEYS}},
    {"llama", read_llama, &names_llama, {LLAMA_KEYS}},
    {"mistral", read_mistral, &names_llama, {LLAMA_KEYS, WINDOW_KEYS}},
    {"qwen2",
     read_qwen2,
     &names_llama,
     {LLAMA_KEYS, WINDOW_KEYS, "max_window_layers", "use_mrope"}},
    {"qwen3", read_qwen3, &names_llama, {LLAMA_KEYS, WINDOW_KEYS, "max_window_layers"}},
};

bool families_read(const char *key)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        for (size_t k = 0; k < FAMILY_KEYS && families[f].keys[k]; k++) {
            if (strcmp(families[f].keys[k], key) == 0) {
                return true;
            }
        }
    }
    return false;
}

const struct family *families_find(const char *model_type)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(families[i].model_type, model_type) == 0) {
            return &families[i];
        }
    }
    return NULL;
}

emb_status families_unknown(const struct config *c)
{
    char known[512] = "";
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", families[i].model_type);
    }
    json_fail(&c->root, "model_type \"%s\" is not supported (known: %s)", c->family, known);
    return EMB_E_UNSUPPORTED;
}
