/* ablate= and mask= beside PyTorch (tests/golden/make_intervention_golden.py), what is refused, and
 * what becomes of the extensions. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The third sentence of every golden case. */
static char *third_sentence(const char *name, unsigned *ret_n)
{
    FILE *file = fopen(case_path(name, "sentences.txt"), "r");
    char line[1000];
    unsigned ids[200], n = 0;
    cr_assert_not_null(file);
    for (int i = 0; i < 3; i++) {
        cr_assert_not_null(fgets(line, sizeof line, file));
    }
    fclose(file);
    for (char *at = strtok(line, " \n"); at; at = strtok(NULL, " \n")) {
        ids[n++] = (unsigned)atoi(at);
    }
    *ret_n = n;
    return text_of_ids(ids, n);
}

static bool is_causal(const char *name)
{
    char *config = file_text(case_path(name, "config.json"), NULL);
    bool causal = config_is_causal(config);
    free(config);
    return causal;
}

static struct emb_sentence sentence_of(const char *text)
{
    return (struct emb_sentence){text, NULL, NULL, (uint32_t)strlen(text), 0, 0, 0};
}

static struct emb_model_info info_of(struct emb_model *model)
{
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(model, &info);
    return info;
}

/* emb.lm/1 beside PyTorch, and emb.score/1 beside emb.lm/1. */
static void check_predictions(struct emb_model *model, const char *label, const char *text,
                              const float *expected)
{
    const struct emb_ext_lm *lm = model_ops()->extension(model, EMB_EXT_LM);
    const struct emb_ext_score *score = model_ops()->extension(model, EMB_EXT_SCORE);
    const struct emb_ext_tokens *tokens = model_ops()->extension(model, EMB_EXT_TOKENS);
    struct emb_sentence sentence = sentence_of(text);
    struct emb_piece pieces[64];
    float found[CASE_VOCAB], scores[64];
    uint32_t n;
    cr_assert(lm && score, "%s", label);
    cr_assert_eq(lm->log_probs(model, &sentence, 2, found), EMB_OK, "%s", mini_host_failure());
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        cr_assert_float_eq(found[i], expected[i], 2e-4, "%s: piece %u", label, i);
    }
    cr_assert_eq(tokens->cut(model, &sentence, pieces, 64, &n), EMB_OK);
    cr_assert_eq(score->pieces(model, &sentence, 64, scores), EMB_OK);
    for (unsigned p = 1; p + 1 < n; p++) {
        cr_assert_eq(lm->log_probs(model, &sentence, p, found), EMB_OK);
        cr_assert_float_eq(scores[p], found[pieces[p].id], 1e-4, "%s: score of piece %u", label, p);
    }
}

/* One line of cases.txt; returns how many of the expected values it used. */
static size_t check_case(const char *name, const char *ablate, const char *mask, bool predicts,
                         const float *expected)
{
    static const unsigned kept[] = {0, 8, 16};
    char *folder = folder_of_case(name), label[200], options[2][120];
    const char *more[] = {options[0], options[1]};
    snprintf(options[0], sizeof options[0], "ablate=%s", strcmp(ablate, "-") == 0 ? "" : ablate);
    snprintf(options[1], sizeof options[1], "mask=%s", strcmp(mask, "-") == 0 ? "own" : mask);
    snprintf(label, sizeof label, "%s %s %s", name, ablate, mask);
    model_descriptor = is_causal(name) && strcmp(mask, "bidirectional") != 0;
    unsigned n, rows, n_plain;
    char *text = third_sentence(name, &n);
    struct emb_model *plain = model_open(folder, NULL, 0, 1, NULL);
    float *own = embed_pieces(plain, &text, 1, &n_plain);
    model_ops()->destroy(plain);
    struct emb_model *model = model_open(folder, more, 2, 2, NULL);
    cr_assert_not_null(model, "%s: %s", label, mini_host_failure());
    size_t dim = info_of(model).dim, width = info_of(model).n_stages * dim;
    float *found = embed_pieces(model, &text, 1, &rows);
    cr_assert_eq(rows, n);
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned s = 0; s < width / dim; s++) {
            double e = relative_error(found + kept[k] * width + s * dim,
                                      expected + k * width + s * dim, (unsigned)dim);
            cr_assert_lt(e, 2e-5, "%s: piece %u, stage %u: relative error %g", label, kept[k], s,
                         e);
        }
    }
    cr_assert_neq(memcmp(own, found, rows * width * sizeof *own), 0, "%s changes nothing", label);
    unsigned some; /* rows of the last block that nobody asks for are not computed: no matter */
    float *few = embed_some(model, &text, 1, 8, &some);
    cr_assert_eq(some, 3u);
    for (unsigned k = 0; k < 3; k++) {
        cr_assert_eq(memcmp(few + k * width, found + kept[k] * width, width * sizeof *few), 0,
                     "%s: piece %u on its own", label, kept[k]);
    }
    if (predicts) {
        check_predictions(model, label, text, expected + 3 * width);
    }
    free(own);
    free(found);
    free(few);
    free(text);
    model_ops()->destroy(model);
    model_descriptor = 0;
    cr_assert_eq(mini_host_bytes(), 0u, "%s", label);
    folder_remove(folder);
    return 3 * width + (predicts ? CASE_VOCAB : 0);
}

Test(interventions, as_pytorch_computes_them)
{
    size_t bytes, used = 0;
    unsigned n_cases = 0;
    float *expected = (float *)file_text(case_path("interventions", "expected.f32"), &bytes);
    FILE *file = fopen(case_path("interventions", "cases.txt"), "r");
    char line[200], name[40], ablate[100], mask[40];
    int predicts;
    cr_assert_not_null(file);
    for (; fgets(line, sizeof line, file); n_cases++) {
        cr_assert_eq(sscanf(line, "%39s %99s %39s %d", name, ablate, mask, &predicts), 4);
        used += check_case(name, ablate, mask, predicts != 0, expected + used);
    }
    fclose(file);
    free(expected);
    cr_assert_eq(n_cases, 24u);
    cr_assert_eq(used * sizeof *expected, bytes);
}

/* What says that nothing is changed changes no bit. */
Test(interventions, identities)
{
    static const char *const same[][2] = {{"bert", "mask=bidirectional"},
                                          {"bert", "mask=own"},
                                          {"bert", "ablate="},
                                          {"gpt2", "mask=causal"},
                                          {"llama", "mask=own"},
                                          {"qwen2", "mask=causal"},
                                          {"modernbert", "mask=bidirectional"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char *folder = folder_of_case(same[i][0]);
        unsigned n, rows;
        char *text = third_sentence(same[i][0], &n);
        struct emb_model *plain = model_open(folder, NULL, 0, 2, NULL);
        struct emb_model *model = model_open(folder, &same[i][1], 1, 2, NULL);
        float *a = embed_pieces(plain, &text, 1, &rows), *b = embed_pieces(model, &text, 1, &rows);
        size_t floats = (size_t)rows * info_of(plain).n_stages * info_of(plain).dim;
        cr_assert_eq(memcmp(a, b, floats * sizeof *a), 0, "%s %s", same[i][0], same[i][1]);
        free(a);
        free(b);
        free(text);
        model_ops()->destroy(plain);
        model_ops()->destroy(model);
        folder_remove(folder);
    }
}

Test(interventions, refusals)
{
    static const struct {
        const char *name, *option;
        emb_status status;
        const char *reported[2];
    } wrong[] = {
        {"bert", "ablate=ffn", EMB_E_OPTION, {"ablate=ffn: ", "expected attention, feed-forward"}},
        {"bert", "ablate=attention+", EMB_E_OPTION, {"ablate=: ", "expected attention"}},
        {"bert", "ablate=+attention", EMB_E_OPTION, {"ablate=: ", "expected attention"}},
        {"bert", "ablate=attention:4", EMB_E_OPTION, {"ablate=attention:4: ", "1 to 3"}},
        {"bert", "ablate=attention:0-2", EMB_E_OPTION, {"block 0 to 2", "1 to 3"}},
        {"bert", "ablate=uniform:3-2", EMB_E_OPTION, {"block 3 to 2", "1 to 3"}},
        {"bert", "ablate=uniform:2-", EMB_E_OPTION, {"ablate=uniform:2-: ", "3-5"}},
        {"bert", "ablate=uniform:2x", EMB_E_OPTION, {"ablate=uniform:2x: ", "3-5"}},
        {"bert", "ablate=feed-forward:", EMB_E_OPTION, {"ablate=feed-forward:: ", "3-5"}},
        {"bert", "ablate=attention:99999999999", EMB_E_OPTION, {"ablate=attention:9", "3-5"}},
        {"bert", "ablate=head", EMB_E_OPTION, {"ablate=head: ", "head:4.7"}},
        {"bert", "ablate=head:2", EMB_E_OPTION, {"ablate=head:2: ", "head:4.7"}},
        {"bert", "ablate=head:2.", EMB_E_OPTION, {"ablate=head:2.: ", "head:4.7"}},
        {"bert", "ablate=head:2.4", EMB_E_OPTION, {"head 4 to 4", "1 to 3"}},
        {"bert", "ablate=head:4.1", EMB_E_OPTION, {"block 4 to 4", "1 to 3"}},
        {"bert", "ablate=positions:1", EMB_E_OPTION, {"ablate=positions:1: ", "whole model"}},
        {"bert", "ablate=attention+uniform:2", EMB_E_OPTION, {"block 2", "taken out already"}},
        {"bert", "ablate=head:2.1+attention:2", EMB_E_OPTION, {"block 2", "taken out already"}},
        {"llama", "ablate=positions", EMB_E_UNSUPPORTED, {"llama", "no position table"}},
        {"modernbert", "ablate=positions", EMB_E_UNSUPPORTED, {"modernbert", "no position table"}},
        {"bert", "mask=left", EMB_E_OPTION, {"mask=left: ", "causal or bidirectional"}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *folder = folder_of_case(wrong[i].name);
        emb_status status;
        cr_assert_null(model_open(folder, &wrong[i].option, 1, 1, &status), "%s", wrong[i].option);
        cr_assert_eq(status, wrong[i].status, "%s: %s", wrong[i].option, mini_host_failure());
        for (int k = 0; k < 2; k++) {
            cr_assert(strstr(mini_host_failure(), wrong[i].reported[k]), "%s lacks %s",
                      mini_host_failure(), wrong[i].reported[k]);
        }
        cr_assert_eq(mini_host_bytes(), 0u, "%s", wrong[i].option);
        folder_remove(folder);
    }
    char *folder = folder_of_case("gpt2"); /* it claims to see what stands to the left alone */
    const char *option = "mask=bidirectional";
    emb_status status;
    model_descriptor = 1;
    cr_assert_null(model_open(folder, &option, 1, 1, &status));
    model_descriptor = 0;
    cr_assert_eq(status, EMB_E_UNSUPPORTED);
    cr_assert(strstr(mini_host_failure(), "gpt2 model with mask=bidirectional"), "%s",
              mini_host_failure());
    folder_remove(folder);
}

static bool offers(const char *name, unsigned descriptor, const char *option, const char *id)
{
    char *folder = folder_of_case(name);
    model_descriptor = descriptor;
    struct emb_model *model = model_open(folder, &option, 1, 1, NULL);
    cr_assert_not_null(model, "%s %s: %s", name, option, mini_host_failure());
    bool offered = model_ops()->extension(model, id) != NULL;
    model_ops()->destroy(model);
    model_descriptor = 0;
    folder_remove(folder);
    return offered;
}

/* A decoder that sees what stands to the right predicts nothing; nor does an encoder made to read
 * from left to right what comes next: it was trained on masks. Ablated heads show no attention. */
Test(interventions, extensions_that_cannot_answer)
{
    cr_assert(offers("gpt2", 1, "mask=own", EMB_EXT_LM));
    cr_assert(!offers("gpt2", 0, "mask=bidirectional", EMB_EXT_LM));
    cr_assert(!offers("gpt2", 0, "mask=bidirectional", EMB_EXT_SCORE));
    cr_assert(!offers("bert", 1, "mask=causal", EMB_EXT_LM));
    cr_assert(offers("bert", 0, "mask=causal", EMB_EXT_LM));
    cr_assert(offers("bert", 0, "ablate=uniform+feed-forward", EMB_EXT_ATTENTION));
    cr_assert(!offers("bert", 0, "ablate=attention:3", EMB_EXT_ATTENTION));
    cr_assert(!offers("bert", 0, "ablate=head:3.1", EMB_EXT_ATTENTION));
}

/* emb.attention/1 shows what is computed: equal weights where they are uniform, none to the right
 * under a causal mask, some there once a decoder reads both ways. */
Test(interventions, attention_weights)
{
    static const struct {
        const char *name, *options[2];
        bool uniform, right;
    } cases[] = {{"bert", {"ablate=uniform:2", "mask=causal"}, true, false},
                 {"bert", {"ablate=uniform:2", "mask=own"}, true, true},
                 {"bert", {"ablate=", "mask=causal"}, false, false},
                 {"mpnet", {"ablate=uniform", "mask=own"}, true, true},
                 {"gpt2", {"ablate=", "mask=bidirectional"}, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = folder_of_case(cases[i].name);
        struct emb_model *model = model_open(folder, cases[i].options, 2, 1, NULL);
        const struct emb_ext_attention *ext = model_ops()->extension(model, EMB_EXT_ATTENTION);
        unsigned n, piece = 5;
        char *text = third_sentence(cases[i].name, &n);
        n += is_causal(cases[i].name) ? 0 : 2;
        struct emb_sentence sentence = sentence_of(text);
        uint32_t n_heads = ext->n_heads(model, 2);
        float *weights = calloc((size_t)n_heads * n, sizeof *weights);
        cr_assert_eq(ext->weights(model, &sentence, 2, piece, weights), EMB_OK, "%s",
                     mini_host_failure());
        unsigned seen = cases[i].right ? n : piece + 1;
        for (uint32_t h = 0; h < n_heads; h++) {
            double sum = 0;
            for (unsigned j = 0; j < n; j++) {
                float weight = weights[(size_t)h * n + j];
                sum += (double)weight;
                cr_assert_eq(weight > 0, j < seen, "case %zu, head %u, piece %u", i, h, j);
                cr_assert(!cases[i].uniform || j >= seen ||
                          fabs((double)weight - 1.0 / seen) < 1e-6);
            }
            cr_assert_float_eq(sum, 1, 1e-5);
        }
        free(weights);
        free(text);
        model_ops()->destroy(model);
        folder_remove(folder);
    }
}
