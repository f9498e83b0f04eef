/* Models that must be refused, each with file, place, found and expected; and failing memory. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Open a changed model; the failure must be `code` and name all of `parts`. */
static void refuse(const struct case_tensor *tensors, unsigned n, const char *config,
                   const char *option, emb_status code, const char *const *parts)
{
    char *folder = folder_make(tensors, n, config, true);
    emb_status status;
    struct emb_model *model = model_open(folder, &option, option ? 1 : 0, 1, &status);
    cr_assert_null(model);
    cr_assert_eq(status, code, "found %d: %s", status, mini_host_failure());
    for (; *parts; parts++) {
        cr_assert_not_null(strstr(mini_host_failure(), *parts), "'%s' is not in: %s", *parts,
                           mini_host_failure());
    }
    cr_assert_eq(mini_host_bytes(), 0u, "%zu bytes leak", mini_host_bytes());
    folder_remove(folder);
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(refusals, configuration)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors("bert", tensors, 256);
    char *config = file_text(case_path("bert", "config.json"), NULL);
    const struct {
        const char *from, *to, *part;
        emb_status code;
    } cases[] = {
        {"\"bert\"", "\"mamba\"", "mamba", EMB_E_UNSUPPORTED},
        {"\"vocab_size\"", "\"use_flux\": true, \"vocab_size\"", "use_flux", EMB_E_UNSUPPORTED},
        {"\"gelu\"", "\"gelu_sharp\"", "gelu_sharp", EMB_E_UNSUPPORTED},
        {"\"vocab_size\"", "\"is_decoder\": true, \"vocab_size\"", "is_decoder", EMB_E_UNSUPPORTED},
        {"\"vocab_size\"", "\"position_embedding_type\": \"relative_key\", \"vocab_size\"",
         "relative_key", EMB_E_UNSUPPORTED},
        {"\"num_attention_heads\": 3", "\"num_attention_heads\": 5", "num_attention_heads",
         EMB_E_FORMAT},
        {"\"num_attention_heads\": 3", "\"num_attention_heads\": 0", "num_attention_heads",
         EMB_E_FORMAT},
        {"\"hidden_size\": 36", "\"hidden_size\": \"36\"", "hidden_size", EMB_E_FORMAT},
        {"\"hidden_size\": 36", "\"hidden_size\": 39", "36", EMB_E_FORMAT},
        {"\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4", "encoder.layer.3.", EMB_E_FORMAT},
        {"{", "", "config.json", EMB_E_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = config_changed(config, cases[i].from, cases[i].to);
        refuse(tensors, n, text, NULL, cases[i].code, PARTS(cases[i].part));
        free(text);
    }
    free(config);
}

Test(refusals, unknown_key_may_be_allowed)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors("bert", tensors, 256);
    char *config = file_text(case_path("bert", "config.json"), NULL);
    char *text = config_changed(config, "\"vocab_size\"", "\"note\": \"mine\", \"vocab_size\"");
    char *folder = folder_make(tensors, n, text, true);
    const char *more[] = {"allow-unknown=1"};
    model_ops()->destroy(model_open(folder, more, 1, 1, NULL));
    folder_remove(folder);
    free(text);
    free(config);
}

Test(refusals, rotary_scaling)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors("llama", tensors, 256);
    char *config = file_text(case_path("llama", "config.json"), NULL);
    char *text = config_changed(config, "\"llama3\"", "\"longrope\"");
    refuse(tensors, n, text, NULL, EMB_E_UNSUPPORTED, PARTS("longrope"));
    free(text);
    text = config_changed(config, "\"low_freq_factor\"", "\"low_fraq_factor\"");
    refuse(tensors, n, text, NULL, EMB_E_FORMAT, PARTS("low_freq_factor"));
    free(text);
    text = config_changed(config, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 4");
    refuse(tensors, n, text, NULL, EMB_E_FORMAT, PARTS("key heads"));
    free(text);
    free(config);
}

/* Without any one of its tensors, or with one of another shape, a model is refused by that name. */
Test(refusals, tensors)
{
    static const char *const names[] = {"bert", "gpt2", "llama", "albert"};
    for (size_t c = 0; c < 4; c++) {
        struct case_tensor tensors[256];
        unsigned n = case_tensors(names[c], tensors, 256);
        char *config = file_text(case_path(names[c], "config.json"), NULL);
        for (unsigned i = 0; i < n; i += 3) {
            struct case_tensor saved = tensors[i];
            if (strstr(saved.name, "predictions") || strstr(saved.name, "lm_head")) {
                continue; /* a head may be absent */
            }
            tensors[i].shape[tensors[i].n_dims - 1] += 1;
            refuse(tensors, n, config, NULL, EMB_E_FORMAT, PARTS(saved.name, "found", "expected"));
            tensors[i] = saved;
            snprintf(tensors[i].name, sizeof tensors[i].name, "elsewhere");
            const char *last = strrchr(saved.name, '.');
            refuse(tensors, n, config, NULL, EMB_E_FORMAT, PARTS(last ? last : saved.name));
            tensors[i] = saved;
        }
        free(config);
    }
}

Test(refusals, options)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors("bert", tensors, 256);
    char *config = file_text(case_path("bert", "config.json"), NULL);
    refuse(tensors, n, config, "max-tokens=45", EMB_E_OPTION, PARTS("45", "44"));
    refuse(tensors, n, config, "max-tokens=2", EMB_E_OPTION, PARTS("special"));
    refuse(tensors, n, config, "long=never", EMB_E_OPTION, PARTS("never", "window"));
    refuse(tensors, n, config, "compute=f8", EMB_E_OPTION, PARTS("f8", "bf16"));
    refuse(tensors, n, config, "kernels=sse9", EMB_E_OPTION, PARTS("sse9"));
    model_descriptor = 1;
    refuse(tensors, n, config, NULL, EMB_E_UNSUPPORTED, PARTS("both sides"));
    free(config);
}

Test(refusals, nothing_there)
{
    emb_status status;
    cr_assert_null(model_open("/nonexistent/model", NULL, 0, 1, &status));
    cr_assert_eq(status, EMB_E_IO);
    cr_assert_not_null(strstr(mini_host_failure(), "/nonexistent/model"));
}

/* Every allocation of create() and embed() may fail: an error, no crash, nothing kept. */
Test(refusals, failing_memory)
{
    char *folder = folder_of_case("qwen2");
    struct emb_span target = {0, 2};
    struct emb_sentence sentence = {"p7 p9", NULL, &target, 5, 0, 1, 0};
    uint32_t stage = 3;
    float out[36];
    uint8_t word_status;
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = 1,
                              .sentences = &sentence,
                              .stages = &stage,
                              .n_stages = 1,
                              .vectors = out,
                              .word_status = &word_status,
                              .row_stride = 36,
                              .stage_stride = 36};
    bool done = false;
    unsigned failures = 0;
    for (uint64_t nth = 1; !done && nth < 5000; nth++) {
        emb_status status;
        mini_host_fail_alloc(nth);
        struct emb_model *model = model_open(folder, NULL, 0, 2, &status);
        if (model) {
            status = model_ops()->embed(model, &batch);
            done = status == EMB_OK;
            if (!done) { /* a batch that failed does not spoil the next */
                mini_host_fail_alloc(0);
                cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK);
            }
        }
        failures += !done;
        cr_assert(done || status == EMB_E_NOMEM, "allocation %llu: %d %s", (unsigned long long)nth,
                  status, mini_host_failure());
        model_ops()->destroy(model);
        cr_assert_eq(mini_host_bytes(), 0u);
    }
    cr_assert(done);
    cr_assert_gt(failures, 100u);
    folder_remove(folder);
}

Test(refusals, batches)
{
    char *folder = folder_of_case("bert");
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    uint32_t stages[] = {3, 3, 99};
    struct emb_batch batch = {.struct_size = sizeof batch, .stages = stages};
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_E_INVAL);
    batch.n_stages = 2;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_E_INVAL);
    batch.n_stages = 1;
    batch.pooling = 7;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_E_INVAL);
    batch.pooling = EMB_POOL_MEAN;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK, "no sentence is fine");
    struct emb_sentence empty = {"", NULL, NULL, 0, 0, 0, 0};
    batch.n_sentences = 1;
    batch.sentences = &empty;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK, "an empty sentence too");
    model_ops()->destroy(model);
    model_ops()->destroy(NULL);
    folder_remove(folder);
}
