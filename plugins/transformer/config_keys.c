/* config_keys.c - keys of a config.json that the family does not read. */
#include "config.h"

#include <string.h>

/* Keys that do not change what a trained model computes (training, generation, bookkeeping). */
// clang-format off
static const char *const harmless[] = {
    "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal",
    "_commit_hash", "_experts_implementation", "_experts_implementation_internal",
    "_flash_attn_2_enabled", "_name_or_path", "add_cross_attention", "architectures",
    "attention_dropout", "attention_probs_dropout_prob", "attn_implementation", "attn_pdrop",
    "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "chunk_size_feed_forward",
    "classifier_bias", "classifier_dropout", "classifier_dropout_prob", "classifier_pooling",
    "cls_token_id", "cross_attention_hidden_size", "decoder_bias", "decoder_start_token_id",
    "deterministic_flash_attn", "directionality", "diversity_penalty", "do_sample",
    "down_scale_factor", "dropout", "dtype", "early_stopping", "embd_pdrop", "embedding_dropout",
    "encoder_no_repeat_ngram_size", "eos_token_id", "experts_implementation",
    "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
    "forced_eos_token_id", "gap_size", "gradient_checkpointing", "hidden_dropout",
    "hidden_dropout_prob", "id2label", "initializer_cutoff_factor", "initializer_factor",
    "initializer_range", "is_encoder_decoder", "is_llama_config", "keys_to_ignore_at_inference",
    "label2id", "length_penalty", "mask_token_id", "max_length", "max_new_tokens", "min_length",
    "mlp_dropout", "model_name", "model_type", "name_or_path", "net_structure_type",
    "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_labels", "num_memory_blocks",
    "num_return_sequences", "output_attentions", "output_hidden_states", "output_past",
    "output_scores", "pad_token_id", "padding_side", "past", "pooler_fc_size",
    "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type",
    "prefix", "pretraining_tp", "problem_type", "qa_dropout", "reference_compile",
    "remove_invalid_values", "reorder_and_upcast_attn", "repad_logits_with_grad",
    "repetition_penalty", "resid_pdrop", "return_dict", "return_dict_in_generate",
    "sentence_transformers", "sep_token_id", "seq_classif_dropout", "sinusoidal_pos_embds",
    "sparse_pred_ignore_index", "sparse_prediction", "summary_activation", "summary_first_dropout",
    "summary_last_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
    "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss",
    "tie_encoder_decoder", "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript",
    "transformers.js_config", "transformers_version", "typical_p", "unk_token_id", "unsloth_fixed",
    "use_bfloat16", "use_cache", "xla_device", NULL};
// clang-format on

/* Keys by which models are known to compute something else, of which no family here reads any. */
// clang-format off
static const char *const decisive[] = {
    "alibi", "attention_chunk_size", "attention_multiplier", "attn_logit_softcapping",
    "bidirectional", "conv_kernel_size", "embedding_multiplier", "final_logit_softcapping",
    "kv_lora_rank", "layer_norm_type", "logit_scale", "logits_scaling", "mlp_layer_types",
    "moe_intermediate_size", "n_routed_experts", "no_rope_layer_interval", "no_rope_layers",
    "norm_type", "num_experts", "num_experts_per_tok", "num_local_experts",
    "original_max_position_embeddings", "per_layer_config", "pos_att_type",
    "position_biased_input", "pruned_heads", "q_lora_rank", "qk_layernorm", "quantization_config",
    "query_pre_attn_scalar", "relative_attention", "residual_multiplier", "rope_ratio",
    "rotary_dim", "use_alibi", "use_qk_norm", NULL};
// clang-format on

static bool listed(const char *const *list, size_t n, const char *key)
{
    for (size_t i = 0; i < n && list[i]; i++) {
        if (strcmp(list[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* null, {} or []. */
static bool is_nothing(const struct json *member)
{
    enum json_kind kind = json_kind(member);
    return kind == JSON_KIND_NULL ||
           ((kind == JSON_KIND_OBJECT || kind == JSON_KIND_ARRAY) && json_length(member) == 0);
}

/* auto_map that names a model's code, not only a configuration's or a tokenizer's. */
static bool names_code(const struct json *auto_map)
{
    void *at = NULL;
    for (struct json member; json_next(auto_map, &at, &member);) {
        if (strncmp(member.key, "AutoModel", 9) == 0) {
            return true;
        }
    }
    return false;
}

emb_status config_refuse_unread(const struct config *config, const char *const *keys, size_t n,
                                bool allow_unknown)
{
    void *at = NULL;
    for (struct json member; json_next(&config->root, &at, &member);) {
        bool is_code = strcmp(member.key, "auto_map") == 0;
        if (is_nothing(&member) || listed(keys, n, member.key) ||
            listed(harmless, sizeof harmless / sizeof *harmless, member.key) ||
            (is_code && (allow_unknown || !names_code(&member)))) {
            continue;
        }
        if (is_code) {
            json_fail(&member,
                      "names code of the model's own, which may compute something else "
                      "(allow-unknown=1 goes on with what %s models compute)",
                      config->family);
            return EMB_E_UNSUPPORTED;
        }
        if (families_read(member.key) ||
            listed(decisive, sizeof decisive / sizeof *decisive, member.key)) {
            json_fail(&member, "changes what a model computes, and is not known for %s models",
                      config->family);
            return EMB_E_UNSUPPORTED;
        }
        if (!allow_unknown) {
            json_fail(&member,
                      "not known for %s models; it may change the mathematics (allow-unknown=1 "
                      "goes on without it)",
                      config->family);
            return EMB_E_UNSUPPORTED;
        }
    }
    return EMB_OK;
}
