/* all-MiniLM-L6-v2 itself, where set-up has put it. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The prepared model, or NULL. */
static const char *minilm(void)
{
    static char path[1024];
    const char *cache = getenv("HARNESS_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (cache) {
        snprintf(path, sizeof path, "%s/models/minilm", cache);
    } else if (xdg) {
        snprintf(path, sizeof path, "%s/harness/models/minilm", xdg);
    } else {
        snprintf(path, sizeof path, "%s/.cache/harness/models/minilm", home ? home : "");
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

static struct emb_model *open_or_skip(const char *const *more, unsigned n_more)
{
    if (!minilm()) {
        cr_skip("no prepared MiniLM (./run fetches it)");
    }
    return model_open(minilm(), more, n_more, 2, NULL);
}

static void embed_one(struct emb_model *model, const struct emb_sentence *sentence, uint32_t stage,
                      float *out)
{
    uint8_t statuses[16];
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = 1,
                              .sentences = sentence,
                              .stages = &stage,
                              .n_stages = 1,
                              .vectors = out,
                              .word_status = statuses,
                              .row_stride = 384,
                              .stage_stride = 384};
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK, "%s", mini_host_failure());
}

/* The published sentence vector: mean over all pieces, [CLS] and [SEP] too, normalised. */
Test(minilm, sentence_vector)
{
    const char *more[] = {"special=1"};
    struct emb_model *model = open_or_skip(more, 1);
    const char *text = "This is an example sentence";
    struct emb_span all = {0, (uint32_t)strlen(text)};
    struct emb_sentence sentence = {text, NULL, &all, all.end, 0, 1, 0};
    float out[384];
    embed_one(model, &sentence, 13, out);
    double norm = 0;
    for (int c = 0; c < 384; c++) {
        norm += (double)out[c] * (double)out[c];
    }
    static const double expected[] = {0.0676553, 0.0635566, 0.0487345, 0.0794127, 0.0374453};
    for (int c = 0; c < 5; c++) {
        cr_assert_float_eq((double)out[c] / sqrt(norm), expected[c], 1e-6);
    }
    model_ops()->destroy(model);
}

/* Rows computed by an independent program (tests/golden/make_minilm_golden.py). */
Test(minilm, stages_of_words)
{
    struct emb_model *model = open_or_skip(NULL, 0);
    size_t bytes;
    char *golden = file_text(case_path("minilm", "expected.f32"), &bytes);
    const float *expected = (const float *)golden;
    static const char *const texts[] = {"He sat on the river bank.",
                                        "She went to the bank for money, unbelievably."};
    static const struct emb_span targets[] = {{20, 24}, {16, 20}};
    static const char *const words[] = {"bank", "bank"};
    cr_assert_eq(bytes, 2u * 14 * 384 * 4);
    double worst = 0;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(memcmp(texts[i] + targets[i].begin, words[i], 4), 0);
        struct emb_sentence sentence = {texts[i], NULL, &targets[i], (uint32_t)strlen(texts[i]), 0,
                                        1,        0};
        for (uint32_t stage = 0; stage < 14; stage++, expected += 384) {
            float out[384];
            embed_one(model, &sentence, stage, out);
            double error = relative_error(out, expected, 384);
            worst = error > worst ? error : worst;
            cr_assert_lt(error, 2e-5, "%s, stage %u: %g", texts[i], stage, error);
        }
    }
    cr_log_info("largest relative error %.1e", worst);
    free(golden);
    model_ops()->destroy(model);
}

/* One word in any two sentences: the table's row is the same to the bit, the blocks' output not. */
Test(minilm, table_is_static)
{
    struct emb_model *model = open_or_skip(NULL, 0);
    static const char *const words[] = {"bank",   "light",  "cold",        "spring",
                                        "right",  "match",  "point",       "watch",
                                        "figure", "record", "unbelievable"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char texts[2][200];
        snprintf(texts[0], 200, "the %s of the river", words[i]);
        snprintf(texts[1], 200, "a man bought one %s, then two more", words[i]);
        uint32_t n = (uint32_t)strlen(words[i]);
        struct emb_span targets[] = {{4, 4 + n}, {17, 17 + n}};
        float rows[2][2][384];
        for (int s = 0; s < 2; s++) {
            struct emb_sentence sentence = {
                texts[s], NULL, &targets[s], (uint32_t)strlen(texts[s]), 0, 1, 0};
            embed_one(model, &sentence, 0, rows[s][0]);
            embed_one(model, &sentence, 13, rows[s][1]);
        }
        cr_assert_eq(memcmp(rows[0][0], rows[1][0], sizeof rows[0][0]), 0, "%s", words[i]);
        cr_assert_neq(memcmp(rows[0][1], rows[1][1], sizeof rows[0][1]), 0, "%s", words[i]);
    }
    cr_assert_null(model_ops()->extension(model, EMB_EXT_LM), "this checkpoint has no head");
    model_ops()->destroy(model);
}

/* Reduced arithmetic stays near: cosine with the float32 vector, last stage. */
Test(minilm, reduced_arithmetic)
{
    struct emb_model *exact = open_or_skip(NULL, 0);
    static const char *const computes[] = {"compute=bf16", "compute=int8"};
    static const double least[] = {0.9995, 0.99};
    const char *text = "She went to the bank for money, unbelievably.";
    struct emb_span target = {16, 20};
    struct emb_sentence sentence = {text, NULL, &target, (uint32_t)strlen(text), 0, 1, 0};
    float a[384], b[384];
    embed_one(exact, &sentence, 13, a);
    for (int i = 0; i < 2; i++) {
        emb_status status;
        struct emb_model *model = model_open(minilm(), &computes[i], 1, 2, &status);
        if (status == EMB_E_UNSUPPORTED) {
            continue;
        }
        cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
        embed_one(model, &sentence, 13, b);
        double ab = 0, aa = 0, bb = 0;
        for (int c = 0; c < 384; c++) {
            ab += (double)a[c] * (double)b[c];
            aa += (double)a[c] * (double)a[c];
            bb += (double)b[c] * (double)b[c];
        }
        cr_log_info("%s: cosine %.6f", computes[i], ab / sqrt(aa * bb));
        cr_assert_gt(ab / sqrt(aa * bb), least[i], "%s: %.6f", computes[i], ab / sqrt(aa * bb));
        model_ops()->destroy(model);
    }
    model_ops()->destroy(exact);
}
