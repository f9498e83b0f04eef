/*
 * families.c - config.json -> struct arch, one short reader per family.
 *
 * Every key of a configuration is read by its family, or stands in a list of keys that do not touch
 * the forward pass, or is refused by name: nothing is guessed.
 */
#include "families.h"

#include "base/json.h"
#include "embedder_util.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Keys that do not change what a trained model computes (training, generation, bookkeeping). */
// clang-format off
static const char *const harmless[] = {
    "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "add_cross_attention",
    "architectures", "attention_dropout", "attention_probs_dropout_prob", "attn_pdrop",
    "auto_map", "bad_words_ids", "begin_suppress_tokens", "bos_token_id",
    "chunk_size_feed_forward", "classifier_dropout", "classifier_dropout_prob", "cls_token_id",
    "cross_attention_hidden_size", "decoder_start_token_id", "directionality",
    "diversity_penalty", "do_sample", "dropout", "dtype", "early_stopping", "embd_pdrop",
    "embedding_dropout", "encoder_no_repeat_ngram_size", "eos_token_id",
    "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
    "forced_eos_token_id", "gradient_checkpointing", "hidden_dropout", "hidden_dropout_prob",
    "id2label", "initializer_cutoff_factor", "initializer_factor", "initializer_range",
    "is_encoder_decoder", "is_llama_config", "keys_to_ignore_at_inference", "label2id",
    "length_penalty", "mask_token_id", "max_length", "max_new_tokens", "min_length",
    "mlp_dropout", "model_name", "model_type", "no_repeat_ngram_size", "num_beam_groups",
    "num_beams", "num_labels", "num_return_sequences", "output_attentions",
    "output_hidden_states", "output_past", "output_scores", "pad_token_id", "padding_side",
    "past", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
    "pooler_size_per_head", "pooler_type", "prefix", "pretraining_tp", "problem_type",
    "qa_dropout", "remove_invalid_values", "repad_logits_with_grad", "repetition_penalty",
    "resid_pdrop", "return_dict", "return_dict_in_generate", "sep_token_id",
    "seq_classif_dropout", "sparse_pred_ignore_index", "sparse_prediction",
    "summary_activation", "summary_first_dropout", "summary_last_dropout",
    "summary_proj_to_labels", "summary_type", "summary_use_proj", "suppress_tokens",
    "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder",
    "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript", "transformers.js_config",
    "transformers_version", "typical_p", "unk_token_id", "unsloth_fixed", "use_bfloat16",
    "use_cache", "xla_device", NULL};
// clang-format on

struct reader {
    const struct emb_host *host;
    struct json root;
    const char *family; /* model_type */
};

static emb_status count(const struct reader *r, const char *key, uint32_t *ret_value)
{
    uint64_t value;
    emb_status status = json_get_uint(&r->root, key, 1u << 28, &value);
    if (status == EMB_OK && value == 0) {
        return json_fail(&r->root, "%s: found 0, expected at least 1", key);
    }
    if (status == EMB_OK) {
        *ret_value = (uint32_t)value;
    }
    return status;
}

static emb_status optional(const struct reader *r, const char *key, uint32_t *ret_value)
{
    uint64_t value = *ret_value;
    emb_status status = json_opt_uint(&r->root, key, UINT32_MAX, &value);
    *ret_value = (uint32_t)value;
    return status;
}

static emb_status optional_real(const struct reader *r, const char *key, float *ret_value)
{
    double value = (double)*ret_value;
    emb_status status = json_opt_real(&r->root, key, &value);
    *ret_value = (float)value;
    return status;
}

/* The key, if it is there, must hold this: another value is mathematics that is not built. */
static emb_status only_flag(const struct reader *r, const char *key, bool wanted)
{
    bool value = wanted;
    emb_status status = json_opt_bool(&r->root, key, &value);
    if (status == EMB_OK && value != wanted) {
        json_fail(&r->root, "%s=%s is not supported for %s models (only %s)", key,
                  value ? "true" : "false", r->family, wanted ? "true" : "false");
        return EMB_E_UNSUPPORTED;
    }
    return status;
}

static emb_status only_text(const struct reader *r, const char *key, const char *wanted)
{
    const char *value = wanted;
    emb_status status = json_opt_text(&r->root, key, &value, NULL);
    if (status == EMB_OK && strcmp(value, wanted) != 0) {
        json_fail(&r->root, "%s=\"%s\" is not supported for %s models (only \"%s\")", key, value,
                  r->family, wanted);
        return EMB_E_UNSUPPORTED;
    }
    return status;
}

static emb_status activation(const struct reader *r, const char *key, const char *fallback,
                             enum activation *ret_act)
{
    static const struct {
        const char *name;
        enum activation act;
    } known[] = {{"gelu", ACT_GELU},        {"gelu_new", ACT_GELU_TANH},
                 {"gelu_python", ACT_GELU}, {"gelu_pytorch_tanh", ACT_GELU_TANH},
                 {"relu", ACT_RELU},        {"silu", ACT_SILU},
                 {"swish", ACT_SILU},       {"gelu_fast", ACT_GELU_TANH}};
    const char *name = fallback;
    emb_status status = json_opt_text(&r->root, key, &name, NULL);
    for (size_t i = 0; status == EMB_OK && i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            *ret_act = known[i].act;
            return EMB_OK;
        }
    }
    if (status == EMB_OK) {
        json_fail(&r->root, "%s=\"%s\": unknown activation", key, name);
        status = EMB_E_UNSUPPORTED;
    }
    return status;
}

/* First failure of a row of readings. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        emb_status try_status = (expression);                                                      \
        if (try_status != EMB_OK) {                                                                \
            return try_status;                                                                     \
        }                                                                                          \
    } while (0)

/* ---- rotary positions ---- */

static emb_status rope_kind(const struct json *scaling, struct rope *rope)
{
    const char *kind = "default";
    TRY(json_opt_text(scaling, "type", &kind, NULL));
    TRY(json_opt_text(scaling, "rope_type", &kind, NULL));
    static const char *const plain[] = {"rope_theta", "rope_type", "type", "partial_rotary_factor",
                                        NULL};
    static const char *const linear[] = {"factor", NULL};
    static const char *const llama3[] = {"factor", "low_freq_factor", "high_freq_factor",
                                         "original_max_position_embeddings", NULL};
    static const char *const yarn[] = {
        "factor", "beta_fast",      "beta_slow", "attention_factor",
        "mscale", "mscale_all_dim", "truncate",  "original_max_position_embeddings",
        NULL};
    const char *const *keys = plain;
    if (strcmp(kind, "linear") == 0) {
        rope->scaling = ROPE_LINEAR;
        keys = linear;
    } else if (strcmp(kind, "llama3") == 0) {
        rope->scaling = ROPE_LLAMA3;
        keys = llama3;
        TRY(json_get_real(scaling, "low_freq_factor", &rope->low_freq));
        TRY(json_get_real(scaling, "high_freq_factor", &rope->high_freq));
        TRY(json_get_real(scaling, "original_max_position_embeddings", &rope->original));
    } else if (strcmp(kind, "yarn") == 0) {
        rope->scaling = ROPE_YARN;
        keys = yarn;
        rope->beta_fast = 32;
        rope->beta_slow = 1;
        rope->truncate = true;
        TRY(json_opt_real(scaling, "beta_fast", &rope->beta_fast));
        TRY(json_opt_real(scaling, "beta_slow", &rope->beta_slow));
        TRY(json_opt_real(scaling, "attention_factor", &rope->attention_factor));
        TRY(json_opt_real(scaling, "mscale", &rope->mscale));
        TRY(json_opt_real(scaling, "mscale_all_dim", &rope->mscale_all));
        TRY(json_opt_bool(scaling, "truncate", &rope->truncate));
        TRY(json_opt_real(scaling, "original_max_position_embeddings", &rope->original));
    } else if (strcmp(kind, "dynamic") == 0) {
        keys = linear; /* only sequences beyond max_position_embeddings differ: there are none */
    } else if (strcmp(kind, "default") != 0) {
        json_fail(scaling, "rotary scaling \"%s\" is not known", kind);
        return EMB_E_UNSUPPORTED;
    }
    if (rope->scaling != ROPE_PLAIN) {
        TRY(json_get_real(scaling, "factor", &rope->factor));
        if (!(rope->factor > 0)) {
            return json_fail(scaling, "factor: found %g, expected more than 0", rope->factor);
        }
    }
    void *at = NULL;
    for (struct json member; json_next(scaling, &at, &member);) {
        bool known = json_kind(&member) == JSON_KIND_NULL;
        for (size_t i = 0; !known && plain[i]; i++) {
            known = strcmp(member.key, plain[i]) == 0;
        }
        for (size_t i = 0; !known && keys[i]; i++) {
            known = strcmp(member.key, keys[i]) == 0;
        }
        if (!known) {
            json_fail(&member, "not known for rotary scaling \"%s\"", kind);
            return EMB_E_UNSUPPORTED;
        }
    }
    return EMB_OK;
}

/* rope_theta, rope_scaling, or the newer rope_parameters that holds both. */
static emb_status read_rope(const struct reader *r, struct arch *arch, const char *theta_key,
                            const char *part_key, double part)
{
    struct rope *rope = &arch->rope;
    struct json scaling;
    rope->theta = 10000;
    TRY(json_opt_real(&r->root, theta_key, &rope->theta));
    TRY(json_opt_real(&r->root, part_key, &part));
    const char *const places[] = {"rope_scaling", "rope_parameters"};
    for (int i = 0; i < 2; i++) {
        if (json_has(&r->root, places[i], &scaling)) {
            if (json_kind(&scaling) != JSON_KIND_OBJECT) {
                return json_fail(&scaling, "expected an object");
            }
            TRY(json_opt_real(&scaling, "rope_theta", &rope->theta));
            TRY(json_opt_real(&scaling, "partial_rotary_factor", &part));
            TRY(rope_kind(&scaling, rope));
        }
    }
    if (!(rope->theta > 0) || !(part > 0) || part > 1) {
        return json_fail(&r->root, "rotary base %g and share %g: expected more than 0, share <= 1",
                         rope->theta, part);
    }
    rope->dims = (uint32_t)((double)arch->head_dim * part) / 2 * 2;
    if (rope->original <= 0) {
        rope->original = arch->max_positions;
    }
    return EMB_OK;
}

void rope_frequencies(const struct arch *arch, bool local, float *ret_frequencies,
                      float *ret_magnitude)
{
    const struct rope *rope = &arch->rope;
    double theta = local && rope->theta_local > 0 ? rope->theta_local : rope->theta;
    const double turn = 6.283185307179586;
    double dims = rope->dims, magnitude = 1;
    double low = 0, high = 0;
    if (rope->scaling == ROPE_YARN) {
        low = dims * log(rope->original / (rope->beta_fast * turn)) / (2 * log(theta));
        high = dims * log(rope->original / (rope->beta_slow * turn)) / (2 * log(theta));
        low = fmax(rope->truncate ? floor(low) : low, 0);
        high = fmin(rope->truncate ? ceil(high) : high, dims - 1);
        high = low == high ? high + 0.001 : high;
        double s = rope->factor > 1 ? log(rope->factor) : 0;
        magnitude = rope->attention_factor;
        if (magnitude <= 0 && rope->mscale > 0 && rope->mscale_all > 0) {
            magnitude = (0.1 * rope->mscale * s + 1) / (0.1 * rope->mscale_all * s + 1);
        } else if (magnitude <= 0) {
            magnitude = 0.1 * s + 1;
        }
    }
    for (uint32_t i = 0; i < rope->dims / 2; i++) {
        double f = 1.0 / pow(theta, 2.0 * i / dims);
        if (rope->scaling == ROPE_LINEAR) {
            f /= rope->factor;
        } else if (rope->scaling == ROPE_LLAMA3) {
            double wave = turn / f;
            double kept =
                (rope->original / wave - rope->low_freq) / (rope->high_freq - rope->low_freq);
            kept = fmin(fmax(kept, 0), 1);
            f = (1 - kept) * f / rope->factor + kept * f;
        } else if (rope->scaling == ROPE_YARN) {
            double ramp = fmin(fmax((i - low) / (high - low), 0), 1);
            f = f / rope->factor * ramp + f * (1 - ramp);
        }
        ret_frequencies[i] = (float)(i < rope->n_divisors ? f / (double)rope->divisors[i] : f);
    }
    *ret_magnitude = (float)magnitude;
}

/* ---- encoders ---- */

static emb_status read_heads(const struct reader *r, struct arch *arch, const char *dim,
                             const char *heads)
{
    TRY(count(r, dim, &arch->dim));
    TRY(count(r, heads, &arch->n_heads));
    if (arch->dim % arch->n_heads != 0) {
        return json_fail(&r->root, "%s %u is no multiple of %s %u", dim, arch->dim, heads,
                         arch->n_heads);
    }
    arch->head_dim = arch->dim / arch->n_heads;
    arch->n_kv_heads = arch->n_heads;
    arch->table_dim = arch->dim;
    return EMB_OK;
}

/* What BERT and its descendants share. */
static emb_status read_encoder(const struct reader *r, struct arch *arch)
{
    TRY(read_heads(r, arch, "hidden_size", "num_attention_heads"));
    TRY(count(r, "num_hidden_layers", &arch->n_blocks));
    TRY(count(r, "intermediate_size", &arch->inner));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    TRY(count(r, "max_position_embeddings", &arch->n_positions));
    TRY(activation(r, "hidden_act", "gelu", &arch->act));
    TRY(only_text(r, "position_embedding_type", "absolute"));
    TRY(only_flag(r, "is_decoder", false));
    TRY(only_flag(r, "add_cross_attention", false));
    arch->norm_eps = 1e-12f;
    TRY(optional_real(r, "layer_norm_eps", &arch->norm_eps));
    arch->n_types = 2;
    TRY(optional(r, "type_vocab_size", &arch->n_types));
    arch->max_positions = arch->n_positions;
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->embed_norm = true;
    arch->tied = true;
    TRY(json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied));
    arch->head_act = arch->act;
    arch->head_norm_eps = arch->norm_eps;
    return EMB_OK;
}

static emb_status read_bert(const struct reader *r, struct arch *arch)
{
    return read_encoder(r, arch);
}

static emb_status read_electra(const struct reader *r, struct arch *arch)
{
    TRY(read_encoder(r, arch));
    TRY(optional(r, "embedding_size", &arch->table_dim));
    arch->head_act = ACT_GELU;
    return EMB_OK;
}

static emb_status read_roberta(const struct reader *r, struct arch *arch)
{
    TRY(read_encoder(r, arch));
    uint32_t pad = 1;
    TRY(optional(r, "pad_token_id", &pad));
    if (pad + 1 >= arch->n_positions) {
        return json_fail(&r->root, "pad_token_id %u leaves no position of %u", pad,
                         arch->n_positions);
    }
    arch->position_offset = pad + 1;
    arch->max_positions = arch->n_positions - arch->position_offset;
    arch->head_act = ACT_GELU;
    return EMB_OK;
}

static emb_status read_mpnet(const struct reader *r, struct arch *arch)
{
    TRY(read_roberta(r, arch));
    arch->position_offset = 2; /* fixed, whatever pad_token_id says */
    arch->max_positions = arch->n_positions - 2;
    arch->n_types = 0;
    arch->rel_buckets = 32;
    return optional(r, "relative_attention_num_buckets", &arch->rel_buckets);
}

static emb_status read_albert(const struct reader *r, struct arch *arch)
{
    TRY(read_encoder(r, arch));
    TRY(activation(r, "hidden_act", "gelu_new", &arch->act));
    arch->head_act = arch->act;
    TRY(count(r, "embedding_size", &arch->table_dim));
    arch->n_weight_sets = 1;
    TRY(optional(r, "num_hidden_groups", &arch->n_weight_sets));
    uint32_t inner_groups = 1;
    TRY(optional(r, "inner_group_num", &inner_groups));
    if (inner_groups != 1) {
        json_fail(&r->root, "inner_group_num=%u is not supported (only 1)", inner_groups);
        return EMB_E_UNSUPPORTED;
    }
    if (arch->n_weight_sets == 0 || arch->n_weight_sets > arch->n_blocks) {
        return json_fail(&r->root, "num_hidden_groups %u: expected 1 to %u", arch->n_weight_sets,
                         arch->n_blocks);
    }
    return EMB_OK;
}

static emb_status read_distilbert(const struct reader *r, struct arch *arch)
{
    TRY(read_heads(r, arch, "dim", "n_heads"));
    TRY(count(r, "n_layers", &arch->n_blocks));
    TRY(count(r, "hidden_dim", &arch->inner));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    TRY(count(r, "max_position_embeddings", &arch->n_positions));
    TRY(activation(r, "activation", "gelu", &arch->act));
    arch->norm_eps = 1e-12f;
    arch->max_positions = arch->n_positions; /* sinusoidal tables are stored like learned ones */
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->embed_norm = true;
    arch->tied = true;
    TRY(json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied));
    TRY(json_opt_bool(&r->root, "tie_weights_", &arch->tied));
    arch->head_act = arch->act;
    arch->head_norm_eps = arch->norm_eps;
    return EMB_OK;
}

static emb_status read_modernbert(const struct reader *r, struct arch *arch)
{
    TRY(read_heads(r, arch, "hidden_size", "num_attention_heads"));
    TRY(count(r, "num_hidden_layers", &arch->n_blocks));
    TRY(count(r, "intermediate_size", &arch->inner));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    TRY(count(r, "max_position_embeddings", &arch->max_positions));
    TRY(activation(r, "hidden_activation", "gelu", &arch->act));
    TRY(activation(r, "classifier_activation", "gelu", &arch->head_act));
    TRY(only_text(r, "position_embedding_type", "absolute"));
    arch->norm_eps = 1e-5f;
    TRY(optional_real(r, "layer_norm_eps", &arch->norm_eps));
    TRY(optional_real(r, "norm_eps", &arch->norm_eps));
    arch->head_norm_eps = arch->norm_eps;
    TRY(json_opt_bool(&r->root, "norm_bias", &arch->norm_bias));
    TRY(json_opt_bool(&r->root, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    TRY(json_opt_bool(&r->root, "mlp_bias", &arch->ff_bias));
    uint32_t local = 128;
    arch->window_every = 3;
    TRY(optional(r, "local_attention", &local));
    TRY(optional(r, "global_attn_every_n_layers", &arch->window_every));
    arch->window = local / 2;
    arch->pre_norm = arch->embed_norm = arch->first_norm_absent = arch->final_norm = true;
    arch->gated = true;
    arch->tied = true;
    TRY(json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied));
    arch->rope.theta_local = 10000;
    TRY(json_opt_real(&r->root, "local_rope_theta", &arch->rope.theta_local));
    arch->rope.theta = 160000;
    TRY(json_opt_real(&r->root, "global_rope_theta", &arch->rope.theta));
    arch->rope.dims = arch->head_dim / 2 * 2;
    return EMB_OK;
}

/* ---- decoders ---- */

static emb_status read_gpt2(const struct reader *r, struct arch *arch)
{
    TRY(read_heads(r, arch, "n_embd", "n_head"));
    TRY(count(r, "n_layer", &arch->n_blocks));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    arch->n_positions = 1024;
    TRY(optional(r, "n_ctx", &arch->n_positions));
    TRY(optional(r, "n_positions", &arch->n_positions));
    arch->max_positions = arch->n_positions;
    arch->inner = 4 * arch->dim;
    TRY(optional(r, "n_inner", &arch->inner));
    TRY(activation(r, "activation_function", "gelu_new", &arch->act));
    TRY(only_flag(r, "scale_attn_weights", true));
    TRY(only_flag(r, "scale_attn_by_inverse_layer_idx", false));
    TRY(only_flag(r, "add_cross_attention", false));
    arch->norm_eps = 1e-5f;
    TRY(optional_real(r, "layer_norm_epsilon", &arch->norm_eps));
    arch->norm_bias = arch->qkv_bias = arch->o_bias = arch->ff_bias = true;
    arch->pre_norm = arch->final_norm = arch->causal = true;
    arch->tied = true;
    return json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied);
}

static emb_status read_neox(const struct reader *r, struct arch *arch)
{
    TRY(read_heads(r, arch, "hidden_size", "num_attention_heads"));
    TRY(count(r, "num_hidden_layers", &arch->n_blocks));
    TRY(count(r, "intermediate_size", &arch->inner));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    TRY(count(r, "max_position_embeddings", &arch->max_positions));
    TRY(activation(r, "hidden_act", "gelu", &arch->act));
    arch->norm_eps = 1e-5f;
    TRY(optional_real(r, "layer_norm_eps", &arch->norm_eps));
    arch->parallel = true;
    TRY(json_opt_bool(&r->root, "use_parallel_residual", &arch->parallel));
    arch->qkv_bias = true;
    TRY(json_opt_bool(&r->root, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    arch->norm_bias = arch->ff_bias = true;
    arch->pre_norm = arch->final_norm = arch->causal = true;
    TRY(json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied));
    return read_rope(r, arch, "rotary_emb_base", "rotary_pct", 0.25);
}

static emb_status read_window(const struct reader *r, struct arch *arch, bool by_default)
{
    bool used = by_default;
    uint32_t window = 0;
    TRY(json_opt_bool(&r->root, "use_sliding_window", &used));
    TRY(optional(r, "sliding_window", &window));
    struct json types;
    if (json_has(&r->root, "layer_types", &types)) {
        uint32_t n_sliding = 0, first = UINT32_MAX;
        for (uint64_t i = 0; i < json_length(&types); i++) {
            struct json type = json_element(&types, i);
            const char *text;
            uint64_t n;
            TRY(json_as_text(&type, &text, &n));
            if (strcmp(text, "sliding_attention") == 0) {
                n_sliding++;
                first = first == UINT32_MAX ? (uint32_t)i : first;
            } else if (strcmp(text, "full_attention") != 0) {
                json_fail(&type, "\"%s\" is not known", text);
                return EMB_E_UNSUPPORTED;
            } else if (first != UINT32_MAX) {
                json_fail(&type, "a full block after sliding ones is not supported");
                return EMB_E_UNSUPPORTED;
            }
        }
        used = n_sliding > 0;
        arch->window_from = used ? first : 0;
    } else if (used) {
        TRY(optional(r, "max_window_layers", &arch->window_from));
    }
    if (used && window > 0) {
        arch->window = window - 1; /* a row sees itself and window - 1 before it */
    }
    return EMB_OK;
}

static emb_status read_llama(const struct reader *r, struct arch *arch)
{
    TRY(count(r, "hidden_size", &arch->dim));
    TRY(count(r, "num_attention_heads", &arch->n_heads));
    arch->table_dim = arch->dim;
    arch->n_kv_heads = arch->n_heads;
    TRY(optional(r, "num_key_value_heads", &arch->n_kv_heads));
    arch->head_dim = arch->dim / arch->n_heads;
    TRY(optional(r, "head_dim", &arch->head_dim));
    TRY(count(r, "num_hidden_layers", &arch->n_blocks));
    TRY(count(r, "intermediate_size", &arch->inner));
    TRY(count(r, "vocab_size", &arch->n_vocab));
    TRY(count(r, "max_position_embeddings", &arch->max_positions));
    TRY(activation(r, "hidden_act", "silu", &arch->act));
    arch->norm_eps = 1e-6f;
    TRY(optional_real(r, "rms_norm_eps", &arch->norm_eps));
    TRY(json_opt_bool(&r->root, "attention_bias", &arch->qkv_bias));
    arch->o_bias = arch->qkv_bias;
    TRY(json_opt_bool(&r->root, "mlp_bias", &arch->ff_bias));
    TRY(json_opt_bool(&r->root, "tie_word_embeddings", &arch->tied));
    TRY(only_flag(r, "rope_interleaved", false));
    arch->norm = NORM_RMS;
    arch->pre_norm = arch->final_norm = arch->causal = arch->gated = true;
    return read_rope(r, arch, "rope_theta", "partial_rotary_factor", 1.0);
}

static emb_status read_mistral(const struct reader *r, struct arch *arch)
{
    TRY(read_llama(r, arch));
    return read_window(r, arch, true);
}

static emb_status read_qwen2(const struct reader *r, struct arch *arch)
{
    TRY(read_llama(r, arch));
    TRY(only_flag(r, "use_mrope", false));
    arch->qkv_bias = true;
    arch->o_bias = false;
    return read_window(r, arch, false);
}

static emb_status read_qwen3(const struct reader *r, struct arch *arch)
{
    uint32_t head_dim = 128; /* where it is not named */
    TRY(read_llama(r, arch));
    TRY(optional(r, "head_dim", &head_dim));
    arch->head_dim = head_dim;
    arch->qk_norm = true;
    TRY(read_rope(r, arch, "rope_theta", "partial_rotary_factor", 1.0));
    return read_window(r, arch, false);
}

/* ---- the table ---- */

#define ENCODER_KEYS                                                                               \
    "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "vocab_size",  \
        "max_position_embeddings", "hidden_act", "position_embedding_type", "is_decoder",          \
        "layer_norm_eps", "type_vocab_size", "tie_word_embeddings"
#define LLAMA_KEYS                                                                                 \
    "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "num_hidden_layers",  \
        "intermediate_size", "vocab_size", "max_position_embeddings", "hidden_act",                \
        "rms_norm_eps", "attention_bias", "mlp_bias", "tie_word_embeddings", "rope_interleaved",   \
        "rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor"
#define WINDOW_KEYS "use_sliding_window", "sliding_window", "max_window_layers", "layer_types"

static const struct family {
    const char *model_type;
    emb_status (*read)(const struct reader *r, struct arch *arch);
    const struct names *names;
    const char *keys[32]; /* all that the reader reads */
} families[] = {
    {"bert", read_bert, &names_bert, {ENCODER_KEYS}},
    {"roberta", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"xlm-roberta", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"camembert", read_roberta, &names_roberta, {ENCODER_KEYS}},
    {"electra", read_electra, &names_electra, {ENCODER_KEYS, "embedding_size"}},
    {"mpnet", read_mpnet, &names_mpnet, {ENCODER_KEYS, "relative_attention_num_buckets"}},
    {"albert",
     read_albert,
     &names_albert,
     {ENCODER_KEYS, "embedding_size", "num_hidden_groups", "inner_group_num", "net_structure_type",
      "gap_size", "num_memory_blocks", "down_scale_factor"}},
    {"distilbert",
     read_distilbert,
     &names_distilbert,
     {"dim", "n_heads", "n_layers", "hidden_dim", "vocab_size", "max_position_embeddings",
      "activation", "sinusoidal_pos_embds", "tie_weights_", "tie_word_embeddings"}},
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
      "local_rope_theta",
      "global_rope_theta",
      "tie_word_embeddings",
      "classifier_activation",
      "classifier_bias",
      "classifier_pooling",
      "decoder_bias",
      "deterministic_flash_attn",
      "reference_compile"}},
    {"gpt2",
     read_gpt2,
     &names_gpt2,
     {"n_embd", "n_head", "n_layer", "vocab_size", "n_ctx", "n_positions", "n_inner",
      "activation_function", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
      "reorder_and_upcast_attn", "layer_norm_epsilon", "tie_word_embeddings"}},
    {"gpt_neox",
     read_neox,
     &names_neox,
     {"hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "vocab_size",
      "max_position_embeddings", "hidden_act", "layer_norm_eps", "use_parallel_residual",
      "attention_bias", "tie_word_embeddings", "rotary_emb_base", "rotary_pct", "rope_scaling",
      "rope_parameters"}},
    {"llama", read_llama, &names_llama, {LLAMA_KEYS}},
    {"mistral", read_mistral, &names_llama, {LLAMA_KEYS, WINDOW_KEYS}},
    {"qwen2", read_qwen2, &names_llama, {LLAMA_KEYS, WINDOW_KEYS, "use_mrope"}},
    {"qwen3", read_qwen3, &names_llama, {LLAMA_KEYS, WINDOW_KEYS}},
};

static bool listed(const char *const *list, size_t n, const char *key)
{
    for (size_t i = 0; i < n && list[i]; i++) {
        if (strcmp(list[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static emb_status refuse_unknown(const struct reader *r, const struct family *family)
{
    void *at = NULL;
    for (struct json member; json_next(&r->root, &at, &member);) {
        bool nothing =
            json_kind(&member) == JSON_KIND_NULL ||
            ((json_kind(&member) == JSON_KIND_OBJECT || json_kind(&member) == JSON_KIND_ARRAY) &&
             json_length(&member) == 0);
        if (!nothing && !listed(family->keys, 32, member.key) &&
            !listed(harmless, sizeof harmless / sizeof *harmless, member.key)) {
            json_fail(&member,
                      "not known for %s models; it may change the mathematics (allow-unknown=1 "
                      "goes on without it)",
                      r->family);
            return EMB_E_UNSUPPORTED;
        }
    }
    return EMB_OK;
}

static emb_status unknown_family(const struct reader *r)
{
    char known[512] = "";
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", families[i].model_type);
    }
    json_fail(&r->root, "model_type \"%s\" is not supported (known: %s)", r->family, known);
    return EMB_E_UNSUPPORTED;
}

static emb_status special_ids(const struct reader *r, struct arch *arch)
{
    struct json bos;
    uint64_t id;
    if (json_has(&r->root, "bos_token_id", &bos) && json_kind(&bos) == JSON_KIND_INT) {
        TRY(json_as_uint(&bos, UINT32_MAX, &id));
        arch->bos = (uint32_t)id;
    }
    return EMB_OK;
}

emb_status arch_check(const struct emb_host *host, const char *path, const struct arch *arch)
{
    const struct {
        const char *what;
        uint64_t value, most;
    } limits[] = {
        {"hidden size", arch->dim, 1u << 17},
        {"embedding size", arch->table_dim, 1u << 17},
        {"blocks", arch->n_blocks, 4096},
        {"attention heads", arch->n_heads, 4096},
        {"key heads", arch->n_kv_heads, arch->n_heads},
        {"head dimension", arch->head_dim, 4096},
        {"feed-forward size", arch->inner, 1u << 20},
        {"vocabulary", arch->n_vocab, 1u << 28},
        {"positions", arch->max_positions, 1u << 24},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].value == 0 || limits[i].value > limits[i].most) {
            return emb_failf(host, EMB_E_FORMAT, "%s: %s: found %llu, expected 1 to %llu", path,
                             limits[i].what, (unsigned long long)limits[i].value,
                             (unsigned long long)limits[i].most);
        }
    }
    if (arch->n_heads % arch->n_kv_heads != 0) {
        return emb_failf(host, EMB_E_FORMAT, "%s: %u attention heads do not share %u key heads",
                         path, arch->n_heads, arch->n_kv_heads);
    }
    if (arch->table_dim > arch->dim) {
        return emb_failf(host, EMB_E_UNSUPPORTED,
                         "%s: embedding size %u is larger than the hidden size %u", path,
                         arch->table_dim, arch->dim);
    }
    if (arch->rel_buckets % 4 != 0) {
        return emb_failf(host, EMB_E_FORMAT, "%s: %u relative buckets: expected a multiple of 4",
                         path, arch->rel_buckets);
    }
    return EMB_OK;
}

static emb_status read_config(struct reader *r, bool allow_unknown, struct arch *arch,
                              const struct names **ret_names)
{
    TRY(json_get_text(&r->root, "model_type", &r->family, NULL));
    const struct family *family = NULL;
    for (size_t i = 0; !family && i < sizeof families / sizeof *families; i++) {
        family = strcmp(families[i].model_type, r->family) == 0 ? &families[i] : NULL;
    }
    if (!family) {
        return unknown_family(r);
    }
    if (!allow_unknown) {
        TRY(refuse_unknown(r, family));
    }
    *arch = (struct arch){
        .family = family->model_type, .window = NO_WINDOW, .bos = UINT32_MAX, .mask = UINT32_MAX};
    TRY(family->read(r, arch));
    TRY(special_ids(r, arch));
    arch->n_weight_sets = arch->n_weight_sets ? arch->n_weight_sets : arch->n_blocks;
    *ret_names = family->names;
    return EMB_OK;
}

static emb_status arch_from_file(struct json_file *file, const struct emb_host *host,
                                 const char *path, bool allow_unknown, struct arch *ret_arch,
                                 const struct names **ret_names)
{
    struct reader r = {.host = host, .root = json_root(file)};
    emb_status status = read_config(&r, allow_unknown, ret_arch, ret_names);
    json_free(file);
    return status == EMB_OK ? arch_check(host, path, ret_arch) : status;
}

emb_status arch_from_config(const struct emb_host *host, const char *path, bool allow_unknown,
                            struct arch *ret_arch, const struct names **ret_names)
{
    struct json_file *file;
    TRY(json_load(host, path, &file));
    return arch_from_file(file, host, path, allow_unknown, ret_arch, ret_names);
}

emb_status arch_from_config_text(const struct emb_host *host, const char *path, const char *text,
                                 size_t n_bytes, bool allow_unknown, struct arch *ret_arch,
                                 const struct names **ret_names)
{
    struct json_file *file;
    TRY(json_load_memory(host, path, text, n_bytes, &file));
    return arch_from_file(file, host, path, allow_unknown, ret_arch, ret_names);
}
