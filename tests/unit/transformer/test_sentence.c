/* The model's own sentence vector by modules.json: every way of pooling against the states that
 * PyTorch gives (special pieces counted), several side by side, dense layers and normalisation
 * against PyTorch's (tests/golden/make_sentence_golden.py), a prompt by default; what is not built
 * is refused by name, and the model is whole otherwise. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* A golden model's folder with pooling switched on by `key`, and `more` modules. */
static char *make(const char *key, const char *more)
{
    char *folder = folder_of_case("bert"), path[1200], text[600];
    snprintf(path, sizeof path, "%s/1_Pooling", folder);
    cr_assert_eq(mkdir(path, 0777), 0);
    snprintf(text, sizeof text, "{\"word_embedding_dimension\": 36, %s}", key);
    write_text(path, "config.json", text);
    snprintf(
        text, sizeof text,
        "[{\"idx\": 0, \"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"}, "
        "{\"idx\": 1, \"path\": \"1_Pooling\", \"type\": "
        "\"sentence_transformers.models.Pooling\"}%s]",
        more);
    write_text(folder, "modules.json", text);
    return folder;
}

static void remove_all(char *folder)
{
    char command[1300];
    snprintf(command, sizeof command,
             "cd '%s' && rm -rf [1-9]_* modules.json config_sentence_transformers.json", folder);
    cr_assert_eq(system(command), 0);
    folder_remove(folder);
}

enum { DIM = 36, STAGES = 8, PIECES = 3 };

/* [CLS] p7 [SEP] after the last block, by PyTorch. */
static double expected(const float *states, const char *way, unsigned c)
{
    double x[PIECES], sum = 0, most = -1e30, weighted = 0;
    for (unsigned p = 0; p < PIECES; p++) {
        x[p] = (double)states[(p * STAGES + STAGES - 1) * DIM + c];
        sum += x[p];
        weighted += (p + 1) * x[p];
        most = x[p] > most ? x[p] : most;
    }
    return strstr(way, "cls")        ? x[0]
           : strstr(way, "last")     ? x[2]
           : strstr(way, "max")      ? most
           : strstr(way, "sqrt")     ? sum / sqrt(3)
           : strstr(way, "weighted") ? weighted / 6
                                     : sum / 3;
}

Test(sentence, every_way_of_pooling)
{
    static const char *const ways[][2] = {
        {"\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false", "cls"},
        {"\"pooling_mode_mean_tokens\": true", "mean+special"},
        {"\"pooling_mode_max_tokens\": true", "max+special"},
        {"\"pooling_mode_mean_sqrt_len_tokens\": true", "mean-sqrt+special"},
        {"\"pooling_mode_weightedmean_tokens\": true", "weighted-mean+special"},
        {"\"pooling_mode_lasttoken\": true", "last"},
        {"\"pooling_mode\": \"mean\"", "mean+special"}};
    float *states = (float *)file_text(case_path("bert", "expected.f32"), NULL);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        char *folder = make(ways[w][0], "");
        emb_status status;
        struct emb_model *model = model_open(folder, NULL, 0, 1, &status);
        cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
        const struct emb_ext_sentence *own = model_ops()->extension(model, EMB_EXT_SENTENCE);
        cr_assert_str_eq(own->own(model), ways[w][1]);
        cr_assert_eq(own->dim(model), DIM);
        float found[2][DIM];
        const struct emb_sentence texts[2] = {{.text = "p7 p9", .n_bytes = 5},
                                              {.text = "p7", .n_bytes = 2}};
        cr_assert_eq(own->embed(model, texts, 2, found[0]), EMB_OK, "%s", mini_host_failure());
        for (unsigned c = 0; c < DIM; c++) {
            cr_assert(fabs((double)found[1][c] - expected(states, ways[w][1], c)) < 2e-5,
                      "%s: %u: %g, expected %g", ways[w][1], c, (double)found[1][c],
                      expected(states, ways[w][1], c));
        }
        model_ops()->destroy(model);
        cr_assert_eq(mini_host_bytes(), 0u);
        remove_all(folder);
    }
    free(states);
}

/* The own vector of a text, [DIM * 6] at most, with an option more or NULL; its making in ret_made.
 */
static void own_vector_by(const char *folder, const char *option, const char *text,
                          float *ret_vector, char ret_made[256])
{
    emb_status status;
    struct emb_model *model = model_open(folder, &option, option ? 1 : 0, 1, &status);
    cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
    const struct emb_ext_sentence *own = model_ops()->extension(model, EMB_EXT_SENTENCE);
    cr_assert(own->own(model) && !own->refusal(model), "%s", own->refusal(model));
    cr_assert_leq(own->dim(model), 6 * DIM);
    snprintf(ret_made, 256, "%s", own->own(model));
    const struct emb_sentence one = {.text = text, .n_bytes = (uint32_t)strlen(text)};
    cr_assert_eq(own->embed(model, &one, 1, ret_vector), EMB_OK, "%s", mini_host_failure());
    model_ops()->destroy(model);
    cr_assert_eq(mini_host_bytes(), 0u);
}

static void own_vector(const char *folder, const char *text, float *ret_vector, char ret_made[256])
{
    own_vector_by(folder, NULL, text, ret_vector, ret_made);
}

static void copy_module(const char *which, const char *module, const char *folder)
{
    char command[3000];
    snprintf(command, sizeof command, "cp -r '%s/%s' '%s/%s'", case_path("sentence", which), module,
             folder, module);
    cr_assert_eq(system(command), 0);
}

#define MODULE(i, path, type)                                                                      \
    ", {\"idx\": " #i ", \"path\": \"" path "\", \"type\": \"sentence_transformers.models." type   \
    "\"}"
#define ALL_WAYS                                                                                   \
    "\"pooling_mode_lasttoken\": true, \"pooling_mode_mean_tokens\": true, "                       \
    "\"pooling_mode_cls_token\": true, \"pooling_mode_weightedmean_tokens\": true, "               \
    "\"pooling_mode_mean_sqrt_len_tokens\": true, \"pooling_mode_max_tokens\": true"

Test(sentence, dense_and_normalise_as_pytorch)
{
    static const struct {
        const char *name, *pooling, *modules[2], *list, *made;
        unsigned n;
    } cases[] = {
        {"all",
         ALL_WAYS,
         {"2_Dense", "3_Dense"},
         MODULE(2, "2_Dense", "Dense") MODULE(3, "3_Dense", "Dense")
             MODULE(4, "4_Normalize", "Normalize"),
         "cls&max+special&mean+special&mean-sqrt+special&weighted-mean+special&last,dense:7:Tanh,"
         "dense:5:Identity,normalise",
         5},
        {"relu",
         "\"pooling_mode_mean_tokens\": true",
         {"3_Dense", NULL},
         MODULE(2, "2_Normalize", "Normalize") MODULE(3, "3_Dense", "Dense"),
         "mean+special,normalise,dense:6:ReLU",
         6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = make(cases[i].pooling, cases[i].list), made[256], file[64];
        float found[6 * DIM];
        for (unsigned m = 0; m < 2 && cases[i].modules[m]; m++) {
            copy_module(cases[i].name, cases[i].modules[m], folder);
        }
        own_vector(folder, "p7", found, made);
        cr_assert_str_eq(made, cases[i].made);
        snprintf(file, sizeof file, "%s/expected.f32", cases[i].name);
        float *expected_vector = (float *)file_text(case_path("sentence", file), NULL);
        for (unsigned c = 0; c < cases[i].n; c++) {
            cr_assert(fabs((double)found[c] - (double)expected_vector[c]) < 2e-5,
                      "%s: %u: %g, expected %g", cases[i].name, c, (double)found[c],
                      (double)expected_vector[c]);
        }
        free(expected_vector);
        remove_all(folder);
    }
}

Test(sentence, several_poolings_side_by_side)
{
    static const char *const order[] = {"cls", "max", "mean+", "sqrt", "weighted", "last"};
    float *states = (float *)file_text(case_path("bert", "expected.f32"), NULL), found[6 * DIM];
    char *folder = make(ALL_WAYS, ""), made[256];
    own_vector(folder, "p7", found, made);
    for (unsigned w = 0; w < 6; w++) {
        for (unsigned c = 0; c < DIM; c++) {
            cr_assert(fabs((double)found[w * DIM + c] - expected(states, order[w], c)) < 2e-5,
                      "%s: %u", order[w], c);
        }
    }
    free(states);
    remove_all(folder);
}

/* encode() puts prompts[default_prompt_name] before every text; an empty prompt is none. */
Test(sentence, prompt_by_default)
{
    const char *mean = "\"pooling_mode_mean_tokens\": true";
    float with[6 * DIM], written[6 * DIM], plain[6 * DIM];
    char *folder = make(mean, ""), made[256];
    own_vector(folder, "p9 p7", written, made);
    own_vector(folder, "p7", plain, made);
    write_text(folder, "config_sentence_transformers.json",
               "{\"prompts\": {\"a | b\": \"p9 \", \"none\": \"\"}, "
               "\"default_prompt_name\": \"a | b\"}");
    own_vector(folder, "p7", with, made);
    cr_assert_str_eq(made, "prompt:a---b,mean+special");
    cr_assert_eq(memcmp(with, written, DIM * sizeof *with), 0);
    cr_assert_neq(memcmp(with, plain, DIM * sizeof *with), 0);
    write_text(folder, "config_sentence_transformers.json",
               "{\"prompts\": {\"none\": \"\"}, \"default_prompt_name\": \"none\"}");
    own_vector(folder, "p7", with, made);
    cr_assert_str_eq(made, "mean+special");
    write_text(folder, "config_sentence_transformers.json", "{\"default_prompt_name\": null}");
    own_vector(folder, "p7", with, made);
    cr_assert_eq(memcmp(with, plain, DIM * sizeof *with), 0);
    remove_all(folder);
}

/* encode(prompt_name=…) and encode(prompt=…) are the same text written out. */
Test(sentence, prompt_by_name_and_in_words)
{
    static const char *const good[][4] = {
        /* option, text, the same written out, its making */
        {"prompt=query", "p7", "p9 p7", "prompt:query,mean+special"},
        {"prompt=none", "p7", "p7", "mean+special"},
        {"prompt=empty", "p7", "p7", "mean+special"},
        {"prompt-text=p3 p4 ", "p7", "p3 p4 p7", "prompt-text:p3-p4-,mean+special"},
        {NULL, "p7", "p5 p7", "prompt:passage,mean+special"}};
    static const char *const bad[][2] = {
        {"prompt=qeury", "expected auto, none, query, passage, empty"},
        {"prompt=", "expected auto, none, query, passage, empty"}};
    char *folder = make("\"pooling_mode_mean_tokens\": true", ""), made[256], plain_made[256];
    float with[6 * DIM], written[6 * DIM];
    write_text(folder, "config_sentence_transformers.json",
               "{\"prompts\": {\"query\": \"p9 \", \"passage\": \"p5 \", \"empty\": \"\"}, "
               "\"default_prompt_name\": \"passage\"}");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        own_vector_by(folder, good[i][0], good[i][1], with, made);
        own_vector_by(folder, "prompt=none", good[i][2], written, plain_made);
        cr_assert_str_eq(made, good[i][3]);
        cr_assert_eq(memcmp(with, written, DIM * sizeof *with), 0, "%s", good[i][3]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        emb_status status;
        cr_assert_null(model_open(folder, &bad[i][0], 1, 1, &status));
        cr_assert_eq(status, EMB_E_OPTION);
        cr_assert(strstr(mini_host_failure(), bad[i][1]), "%s", mini_host_failure());
    }
    const char *const both[] = {"prompt=query", "prompt-text=p3 "}, *const beside[] = {
                                                                        "prompt=query",
                                                                        "sentence=none"};
    emb_status status;
    cr_assert_null(model_open(folder, both, 2, 1, &status));
    cr_assert(strstr(mini_host_failure(), "give one"), "%s", mini_host_failure());
    cr_assert_null(model_open(folder, beside, 2, 1, &status));
    cr_assert(strstr(mini_host_failure(), "no sentence vector"), "%s", mini_host_failure());
    remove_all(folder);
}

Test(sentence, refused_by_name)
{
    static const char *const cases[][3] = {
        {"\"pooling_mode_mean_tokens\": true, \"pooling_mode\": \"max\"", "", "beside other ways"},
        {"\"pooling_mode_mean_tokens\": false", "", "no way of pooling"},
        {"\"pooling_mode\": [\"cls\", \"mean\"]", "", "pooling_mode that is no text"},
        {"\"pooling_mode_attention\": true", "", "pooling_mode_attention"},
        {"\"pooling_mode_mean_tokens\": true", MODULE(2, "2_LSTM", "LSTM"), "LSTM"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = make(cases[i][0], cases[i][1]);
        for (unsigned none = 0; none < 2; none++) {
            const char *more[] = {"sentence=none"};
            emb_status status;
            struct emb_model *model = model_open(folder, none ? more : NULL, none, 1, &status);
            cr_assert_eq(status, EMB_OK, "the words of the model are whole: %s",
                         mini_host_failure());
            const struct emb_ext_sentence *own = model_ops()->extension(model, EMB_EXT_SENTENCE);
            const char *refusal = own->refusal(model);
            cr_assert_null(own->own(model));
            cr_assert(none ? !refusal : refusal && strstr(refusal, cases[i][2]), "%zu: %s", i,
                      refusal ? refusal : "none");
            model_ops()->destroy(model);
            cr_assert_eq(mini_host_bytes(), 0u);
        }
        remove_all(folder);
    }
}
