/* test_model.c - the plugins' model: options, look-up rules, extensions. */
#include "vectors_test.h"
#include "vectors/static_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct emb_model_desc desc = {.struct_size = sizeof desc, .id = "test"};

static struct emb_model *create(const char *path, const char *pair)
{
    char path_pair[1200];
    snprintf(path_pair, sizeof path_pair, "path=%s", path);
    const char *const pairs[] = {path_pair, "cache=0", pair};
    struct emb_options *options =
        mini_options(static_model_options, STATIC_MODEL_N_OPTIONS, pairs, pair ? 3 : 2);
    struct emb_model *model = NULL;
    emb_status status = static_model_create(mini_host(2), &desc, options, &model);
    cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
    mini_options_free(options);
    return model;
}

/* The vector of one target that is the whole text. */
static uint8_t embed(struct emb_model *model, const char *text, float *ret_vector)
{
    struct emb_span span = {0, (uint32_t)strlen(text)};
    struct emb_sentence sentence = {text, &span, &span, span.end, 1, 1, 0};
    uint32_t stage = 0;
    uint8_t status = 99;
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = 1,
                              .sentences = &sentence,
                              .stages = &stage,
                              .n_stages = 1,
                              .vectors = ret_vector,
                              .word_status = &status,
                              .row_stride = 8,
                              .stage_stride = 8};
    cr_assert_eq(static_model_embed(model, &batch), EMB_OK);
    return status;
}

static const char *small(void)
{
    return write_text("small", "bank 1 2\nBank 3 4\nriver 5 6\nnew_york 7 8\nnew york 9 10\n"
                               "élan 11 12\nyork 13 14\n");
}

Test(model, look_up_rules, .init = make_folder, .fini = remove_folder)
{
    struct emb_model *model = create(small(), NULL);
    const struct {
        const char *text;
        uint8_t status;
        float x, y;
    } cases[] = {
        {"bank", EMB_WORD_OK, 1, 2},
        {"Bank", EMB_WORD_OK, 3, 4},
        {"BANK", EMB_WORD_BACKOFF, 1, 2},
        {"ÉLAN", EMB_WORD_BACKOFF, 11, 12},
        {"new_york", EMB_WORD_OK, 7, 8},
        {"New_York", EMB_WORD_BACKOFF, 7, 8},
        {"new york", EMB_WORD_OK, 9, 10},
        {"New York", EMB_WORD_BACKOFF, 9, 10},
        {"river bank", EMB_WORD_BACKOFF, 3, 4},
        {"river_bank", EMB_WORD_BACKOFF, 3, 4},
        {" river\tBANK_", EMB_WORD_BACKOFF, 3, 4},
        {"river absent", EMB_WORD_BACKOFF, 5, 6},
        {"absent", EMB_WORD_UNKNOWN, 0, 0},
        {"absent word", EMB_WORD_UNKNOWN, 0, 0},
        {"_", EMB_WORD_UNKNOWN, 0, 0},
        {"bank.", EMB_WORD_UNKNOWN, 0, 0},
        {"river-bank", EMB_WORD_UNKNOWN, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float vector[8] = {77, 77, 77};
        uint8_t status = embed(model, cases[i].text, vector);
        cr_assert_eq(status, cases[i].status, "'%s': status %d", cases[i].text, status);
        cr_assert(vector[0] == cases[i].x && vector[1] == cases[i].y, "'%s': %g %g", cases[i].text,
                  (double)vector[0], (double)vector[1]);
        cr_assert_eq(vector[2], 77.0f, "written past the row");
    }
    char *word = malloc(100001);
    memset(word, 'A', 100000);
    word[100000] = '\0';
    float vector[8];
    cr_assert_eq(embed(model, word, vector), EMB_WORD_UNKNOWN);
    free(word);
    static_model_destroy(model);
    static_model_destroy(NULL);
    cr_assert_eq(mini_host_bytes(), 0);
}

Test(model, batches_and_strides, .init = make_folder, .fini = remove_folder)
{
    struct emb_model *model = create(small(), NULL);
    const char *text = "the River bank";
    struct emb_span targets[] = {{0, 3}, {4, 9}, {10, 14}};
    struct emb_sentence sentences[] = {{text, NULL, targets, 14, 0, 3, 0},
                                       {text, NULL, NULL, 14, 0, 0, 0},
                                       {text, NULL, targets + 2, 14, 0, 1, 0}};
    float vectors[4 * 5];
    uint8_t status[4];
    uint32_t stages[] = {0, 1};
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = 3,
                              .sentences = sentences,
                              .stages = stages,
                              .n_stages = 1,
                              .vectors = vectors,
                              .word_status = status,
                              .row_stride = 5,
                              .stage_stride = 2};
    cr_assert_eq(static_model_embed(model, &batch), EMB_OK);
    cr_assert(status[0] == EMB_WORD_UNKNOWN && status[1] == EMB_WORD_BACKOFF &&
              status[2] == EMB_WORD_OK && status[3] == EMB_WORD_OK);
    cr_assert(vectors[5] == 5 && vectors[6] == 6 && vectors[10] == 1 && vectors[16] == 2);
    batch.n_stages = 2;
    cr_assert_eq(static_model_embed(model, &batch), EMB_E_INVAL);
    static_model_destroy(model);
}

Test(model, information, .init = make_folder, .fini = remove_folder)
{
    struct emb_model *model = create(small(), "limit=3");
    struct emb_model_info info = {.struct_size = sizeof info};
    cr_assert_eq(static_model_info(model, &info), EMB_OK);
    cr_assert(info.dim == 2 && info.n_stages == 1 && info.n_words == 3 && info.max_tokens == 0);
    struct emb_stage stage = {.struct_size = sizeof stage};
    cr_assert_eq(static_model_stage(model, 0, &stage), EMB_OK);
    cr_assert_str_eq(stage.name, "table");
    cr_assert_eq(static_model_stage(model, 1, &stage), EMB_E_INVAL);
    static_model_destroy(model);
}

Test(model, vocabulary, .init = make_folder, .fini = remove_folder)
{
    struct emb_model *model = create(small(), "normalise=1");
    const struct emb_ext_vocab *vocab = static_model_extension(model, EMB_EXT_VOCAB);
    uint32_t n_bytes;
    const char *word = vocab->word(model, 2, &n_bytes);
    cr_assert(n_bytes == 5 && memcmp(word, "river", 5) == 0);
    uint64_t i = 99, stride;
    cr_assert_eq(vocab->find(model, "River", 5, &i), EMB_WORD_BACKOFF);
    cr_assert_eq(i, 2);
    cr_assert_eq(vocab->find(model, "Bank", 4, &i), EMB_WORD_OK);
    cr_assert_eq(i, 1);
    cr_assert_eq(vocab->find(model, "river bank", 10, &i), EMB_WORD_UNKNOWN);
    cr_assert_eq(i, 1);
    const float *table = vocab->table(model, &stride);
    cr_assert_float_eq(hypotf(table[2 * stride], table[2 * stride + 1]), 1.0f, 1e-6);

    const struct emb_ext_weights *weights = static_model_extension(model, EMB_EXT_WEIGHTS);
    struct emb_tensor tensor;
    cr_assert_eq(weights->count(model), 1);
    cr_assert_eq(weights->tensor(model, 0, &tensor), EMB_OK);
    cr_assert(tensor.data == table && tensor.n_bytes == 7 * 2 * 4 && tensor.shape[0] == 7);
    cr_assert_eq(weights->tensor(model, 1, &tensor), EMB_E_INVAL);
    cr_assert_null(static_model_extension(model, EMB_EXT_LM));
    cr_assert_null(static_model_extension(NULL, EMB_EXT_VOCAB));
    static_model_destroy(model);
}

Test(model, pieces, .init = make_folder, .fini = remove_folder)
{
    struct emb_model *model = create(small(), NULL);
    const struct emb_ext_tokens *tokens = static_model_extension(model, EMB_EXT_TOKENS);
    const char *text = "The river, New_York river bank";
    struct emb_span words[] = {{0, 3}, {4, 9}, {9, 10}, {11, 19}, {20, 30}};
    struct emb_sentence cut = {text, words, NULL, 30, 5, 0, 0};
    struct emb_sentence plain = {text, NULL, NULL, 30, 0, 0, 0};
    struct emb_piece pieces[8];
    uint32_t n;
    cr_assert_eq(tokens->cut(model, &cut, pieces, 8, &n), EMB_OK);
    cr_assert_eq(n, 4); /* river, New_York, river, bank */
    cr_assert(pieces[0].begin == 4 && pieces[0].end == 9 && pieces[0].word == 1);
    cr_assert_str_eq(tokens->spelling(model, pieces[1].id), "new_york");
    cr_assert(pieces[3].begin == 26 && pieces[3].word == 4);
    cr_assert_eq(tokens->cut(model, &cut, NULL, 0, &n), EMB_OK);
    cr_assert_eq(n, 4);
    cr_assert_eq(tokens->cut(model, &plain, pieces, 8, &n), EMB_OK);
    cr_assert_eq(n, 4);
    cr_assert(pieces[0].begin == 4 && pieces[0].end == 9 && pieces[0].word == EMB_NO_WORD);
    cr_assert_null(tokens->spelling(model, 7));
    static_model_destroy(model);
}
