/* Configurations as libraries of several years write them: the same model gives the same bits,
 * whichever way its keys are spelled; what contradicts itself or changes the mathematics unread is
 * refused, whatever allow-unknown says. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of some sentences under a configuration; malloc [rows, stages, dim]. */
static float *rows_of(const char *name, const char *config, size_t *ret_bytes)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors(name, tensors, 256), n_rows;
    char *folder = folder_make(tensors, n, config, !config_is_causal(config));
    emb_status status;
    struct emb_model *model = model_open(folder, NULL, 0, 1, &status);
    cr_assert_eq(status, EMB_OK, "%s: %s\n%s", name, mini_host_failure(), config);
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(model, &info);
    char *const texts[] = {"p7 p9 p30", "p10 p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22 p23"};
    float *rows = embed_pieces(model, texts, 2, &n_rows);
    *ret_bytes = (size_t)n_rows * info.n_stages * info.dim * sizeof *rows;
    model_ops()->destroy(model);
    folder_remove(folder);
    return rows;
}

enum { CHANGES = 4 };

struct rewriting {
    const char *name; /* golden case */
    const char *pairs[2 * CHANGES];
};

static char *rewritten(const struct rewriting *r)
{
    char *config = file_text(case_path(r->name, "config.json"), NULL);
    for (unsigned i = 0; i < 2 * CHANGES && r->pairs[i]; i += 2) {
        char *next = config_changed(config, r->pairs[i], r->pairs[i + 1]);
        free(config);
        config = next;
    }
    return config;
}

#define FULL "\"full_attention\""
#define SLIDING "\"sliding_attention\""

/* The same model, as the library of another year writes it. */
static const struct rewriting same[] = {
    {"modernbert",
     {"\"global_attn_every_n_layers\": 3,",
      "\"layer_types\": [" FULL ", " SLIDING ", " SLIDING ", " FULL "],",
      "\"local_rope_theta\": 10000.0", "\"dtype\": \"float32\"", "\"global_rope_theta\": 160000.0",
      "\"rope_parameters\": {" FULL
      ": {\"rope_type\": \"default\", \"rope_theta\": 160000.0}, " SLIDING
      ": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}"}},
    {"modernbert",
     {"\"global_attn_every_n_layers\": 3,",
      "\"global_attn_every_n_layers\": 3, \"layer_types\": [" FULL ", " SLIDING ", " SLIDING
      ", " FULL "],",
      "\"local_attention\": 8", "\"sliding_window\": 4", ",\n \"local_rope_theta\": 10000.0", "",
      ",\n \"global_rope_theta\": 160000.0", ",\"attn_implementation\": \"flash_attention_2\""}},
    {"modernbert-layers",
     {"\"full_attention\": {\n   \"rope_theta\": 50.0,", "\"full_attention\": {",
      "\"sliding_attention\": {\n   \"rope_theta\": 20.0,", "\"sliding_attention\": {",
      "\"dtype\": \"float32\"", "\"global_rope_theta\": 50.0, \"local_rope_theta\": 20"}},
    {"qwen2",
     {"\"rope_theta\": 10000.0,", "\"dtype\": \"bfloat16\",", "\"rope_scaling\": {",
      "\"rope_parameters\": {\"rope_theta\": 10000.0,", "\"type\": \"yarn\"",
      "\"rope_type\": \"yarn\"", "\"max_window_layers\": 2",
      "\"layer_types\": [" FULL ", " FULL ", " SLIDING "]"}},
    {"qwen3",
     {"\"rope_theta\": 10000.0,", "", "\"rope_scaling\": {\n  \"type\": \"linear\"",
      "\"use_sliding_window\": false, \"sliding_window\": null, \"layer_types\": [" FULL ", " FULL
      "], \"rope_parameters\": {\"rope_theta\": 10000, \"rope_type\": \"linear\""}},
    {"llama",
     {"\"rope_scaling\": {", "\"rope_parameters\": {\"rope_theta\": 500000.0,",
      "\"rope_theta\": 500000.0,", "\"_attn_implementation\": \"sdpa\",\n \"head_dim\": 10,"}},
    {"llama",
     {"\"rope_scaling\": {", "\"rope_parameters\": {" FULL ": {\"rope_theta\": 500000.0,",
      "\"original_max_position_embeddings\": 64\n }", "\"original_max_position_embeddings\": 64}}",
      "\"rope_theta\": 500000.0,", "\"is_causal\": true, \"is_decoder\": false,"}},
    {"mistral",
     {"\"rope_theta\": 10000.0,", "\"rope_parameters\": {\"rope_theta\": 10000.0, \"rope_type\": "
                                  "\"default\"}, \"layer_types\": [" SLIDING ", " SLIDING "],"}},
    {"neox",
     {"\"rotary_pct\": 0.25,", "", "\"rotary_emb_base\": 10000",
      "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0, "
      "\"partial_rotary_factor\": 0.25}"}},
    {"neox",
     {"\"rotary_pct\": 0.25,", "\"rotary_pct\": 0.25, \"partial_rotary_factor\": 0.25,",
      "\"rotary_emb_base\": 10000", "\"rotary_emb_base\": 10000, \"rope_theta\": 10000.0"}},
    {"neox-parameters",
     {"\"rope_parameters\": {\n  \"rope_theta\": 300.0,\n  \"rope_type\": \"default\",\n  "
      "\"partial_rotary_factor\": 0.5\n }",
      "\"rotary_emb_base\": 300, \"rotary_pct\": 0.5"}},
    {"distilbert",
     {"\"dim\"", "\"hidden_size\"", "\"n_heads\"", "\"num_attention_heads\"", "\"n_layers\"",
      "\"num_hidden_layers\""}},
    {"gpt2",
     {"\"n_embd\"", "\"hidden_size\"", "\"n_head\"", "\"num_attention_heads\"", "\"n_layer\"",
      "\"num_hidden_layers\"", "\"n_positions\"", "\"max_position_embeddings\""}},
    {"bert",
     {"\"vocab_size\"", "\"is_decoder\": false, \"add_cross_attention\": false, \"dtype\": "
                        "\"float32\", \"is_causal\": false, \"use_cache\": true, \"id2label\": "
                        "{\"0\": \"A\"}, \"per_layer_config\": null, \"vocab_size\""}},
};

Test(config, the_same_in_other_words)
{
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char *old = file_text(case_path(same[i].name, "config.json"), NULL);
        char *new = rewritten(&same[i]);
        size_t n_old, n_new;
        float *expected = rows_of(same[i].name, old, &n_old);
        float *found = rows_of(same[i].name, new, &n_new);
        cr_assert_eq(n_old, n_new);
        cr_assert_eq(memcmp(found, expected, n_old), 0, "%s: other bits by\n%s", same[i].name, new);
        free(found);
        free(expected);
        free(new);
        free(old);
    }
}

/* What contradicts itself, or changes the mathematics unread. */
static const struct refusal {
    struct rewriting rewriting;
    emb_status code;
    const char *parts[3];
} refusals[] = {
    {{"modernbert",
      {"\"local_rope_theta\"",
       "\"layer_types\": [" FULL ", " SLIDING ", " FULL ", " FULL "], \"local_rope_theta\""}},
     EMB_E_FORMAT,
     {"layer_types", "global_attn_every_n_layers"}},
    {{"modernbert", {"\"local_rope_theta\"", "\"layer_types\": [" FULL "], \"local_rope_theta\""}},
     EMB_E_FORMAT,
     {"layer_types", "found 1 blocks", "the 4"}},
    {{"modernbert",
      {"\"local_rope_theta\"", "\"layer_types\": [" FULL ", \"chunked_attention\", " FULL ", " FULL
                               "], \"local_rope_theta\""}},
     EMB_E_UNSUPPORTED,
     {"layer_types[1]", "chunked_attention"}},
    {{"modernbert",
      {"\"local_rope_theta\"",
       "\"rope_parameters\": {" SLIDING ": {\"rope_theta\": 20.0}}, \"local_rope_theta\""}},
     EMB_E_FORMAT,
     {"rope_parameters.sliding_attention.rope_theta: found 20", "10000 in", "local_rope_theta"}},
    {{"modernbert",
      {"\"local_rope_theta\"",
       "\"rope_parameters\": {\"rope_theta\": 20.0}, \"local_rope_theta\""}},
     EMB_E_UNSUPPORTED,
     {"rope_parameters", "each of full_attention and sliding_attention"}},
    {{"modernbert-layers", {"\"full_attention\": {", "\"chunked_attention\": {"}},
     EMB_E_UNSUPPORTED,
     {"rope_parameters.chunked_attention"}},
    {{"modernbert", {"\"local_attention\": 8", "\"local_attention\": 8, \"sliding_window\": 8"}},
     EMB_E_FORMAT,
     {"sliding_window is 8", "local_attention"}},
    {{"modernbert", {"\"global_attn_every_n_layers\": 3", "\"global_attn_every_n_layers\": 0"}},
     EMB_E_FORMAT,
     {"global_attn_every_n_layers", "found 0"}},
    {{"modernbert",
      {"\"local_rope_theta\"", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": "
                               "2}, \"local_rope_theta\""}},
     EMB_E_UNSUPPORTED,
     {"rope_scaling", "not known for modernbert"}},
    {{"qwen2-layers", {"\"use_sliding_window\": true", "\"use_sliding_window\": false"}},
     EMB_E_FORMAT,
     {"layer_types", "use_sliding_window"}},
    {{"mistral",
      {"\"sliding_window\"", "\"layer_types\": [" FULL ", " SLIDING "], \"sliding_window\""}},
     EMB_E_FORMAT,
     {"layer_types", "sliding_window"}},
    {{"mistral", {"\"sliding_window\": 7", "\"sliding_window\": 7, \"use_sliding_window\": false"}},
     EMB_E_UNSUPPORTED,
     {"use_sliding_window=false"}},
    {{"llama", {"\"rope_scaling\": {", "\"rope_scaling\": {\"rope_theta\": 10000.0,"}},
     EMB_E_FORMAT,
     {"rope_scaling.rope_theta: found 10000", "500000 in", "rope_theta, which means the same"}},
    {{"llama",
      {"\"rope_scaling\"", "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": "
                           "2.0}, \"rope_scaling\""}},
     EMB_E_FORMAT,
     {"rope_scaling and rope_parameters"}},
    {{"llama", {"\"vocab_size\"", "\"is_causal\": false, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"is_causal=false"}},
    {{"llama", {"\"vocab_size\"", "\"use_bidirectional_attention\": true, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"use_bidirectional_attention=true"}},
    {{"llama", {"\"vocab_size\"", "\"layer_types\": [" FULL ", " SLIDING "], \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"layer_types", "not known for llama"}},
    {{"neox", {"\"rotary_pct\"", "\"partial_rotary_factor\": 0.5, \"rotary_pct\""}},
     EMB_E_FORMAT,
     {"partial_rotary_factor: found 0.5", "0.25 in", "rotary_pct"}},
    {{"gpt2", {"\"n_embd\"", "\"hidden_size\": 36, \"n_embd\""}},
     EMB_E_FORMAT,
     {"n_embd is 33", "hidden_size", "36"}},
    {{"bert", {"\"vocab_size\"", "\"rope_theta\": 10000.0, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"rope_theta", "not known for bert"}},
    {{"bert", {"\"vocab_size\"", "\"quantization_config\": {\"bits\": 4}, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"quantization_config"}},
    {{"bert", {"\"vocab_size\"", "\"per_layer_config\": {\"1\": {}}, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"per_layer_config"}},
    {{"bert", {"\"vocab_size\"", "\"head_dim\": 13, \"vocab_size\""}},
     EMB_E_FORMAT,
     {"head_dim: found 13"}},
    {{"bert", {"\"vocab_size\"", "\"is_causal\": true, \"vocab_size\""}},
     EMB_E_UNSUPPORTED,
     {"is_causal=true"}},
};

static void open_refused(const struct refusal *refusal, const char *const *options,
                         unsigned n_options)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors(refusal->rewriting.name, tensors, 256);
    char *config = rewritten(&refusal->rewriting);
    char *folder = folder_make(tensors, n, config, true);
    emb_status status;
    struct emb_model *model = model_open(folder, options, n_options, 1, &status);
    cr_assert_null(model, "accepted:\n%s", config);
    cr_assert_eq(status, refusal->code, "%d: %s", status, mini_host_failure());
    for (int p = 0; p < 3 && refusal->parts[p]; p++) {
        cr_assert(strstr(mini_host_failure(), refusal->parts[p]), "'%s' is not in: %s",
                  refusal->parts[p], mini_host_failure());
    }
    cr_assert_null(strstr(mini_host_failure(), "allow-unknown"), "%s", mini_host_failure());
    folder_remove(folder);
    free(config);
}

Test(config, contradictions_and_unread_mathematics)
{
    const char *more[] = {"allow-unknown=1"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        open_refused(&refusals[i], NULL, 0);
        open_refused(&refusals[i], more, 1);
    }
}

/* Code of the model's own: nobody here can know what it computes. */
Test(config, code_of_its_own)
{
    const struct rewriting rewriting = {
        "qwen2",
        {"\"vocab_size\"", "\"auto_map\": {\"AutoModel\": \"modeling_x.XModel\"}, \"vocab_size\""}};
    struct case_tensor tensors[256];
    unsigned n = case_tensors("qwen2", tensors, 256);
    char *config = rewritten(&rewriting);
    char *folder = folder_make(tensors, n, config, false);
    emb_status status;
    const char *more[] = {"allow-unknown=1"};
    cr_assert_null(model_open(folder, NULL, 0, 1, &status));
    cr_assert_eq(status, EMB_E_UNSUPPORTED);
    cr_assert(strstr(mini_host_failure(), "auto_map") &&
                  strstr(mini_host_failure(), "allow-unknown=1"),
              "%s", mini_host_failure());
    struct emb_model *model = model_open(folder, more, 1, 1, &status);
    cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
    model_ops()->destroy(model);
    folder_remove(folder);
    free(config);
}
