/* The model's own sentence vector by modules.json: every way of pooling against the states that
 * PyTorch gives (special pieces counted), in both layouts of the folder; what is not built is
 * refused by name. */
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
    snprintf(command, sizeof command, "rm -rf '%s/1_Pooling' '%s/modules.json'", folder, folder);
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

Test(sentence, refused_by_name)
{
    static const char *const cases[][3] = {
        {"\"pooling_mode_mean_tokens\": true, \"pooling_mode_max_tokens\": true", "",
         "more than one"},
        {"\"pooling_mode_mean_tokens\": false", "", "no way of pooling"},
        {"\"pooling_mode_attention\": true", "", "pooling_mode_attention"},
        {"\"pooling_mode_mean_tokens\": true",
         ", {\"idx\": 2, \"path\": \"2_LSTM\", \"type\": \"sentence_transformers.models.LSTM\"}",
         "LSTM"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = make(cases[i][0], cases[i][1]);
        emb_status status;
        cr_assert_null(model_open(folder, NULL, 0, 1, &status));
        cr_assert(strstr(mini_host_failure(), cases[i][2]) &&
                      strstr(mini_host_failure(), "sentence=none"),
                  "%s", mini_host_failure());
        const char *more[] = {"sentence=none"};
        struct emb_model *model = model_open(folder, more, 1, 1, &status);
        cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
        const struct emb_ext_sentence *own = model_ops()->extension(model, EMB_EXT_SENTENCE);
        cr_assert_null(own->own(model));
        model_ops()->destroy(model);
        remove_all(folder);
    }
}
