/* What must hold for any model: batches, workers, masks, tables, windows, extensions. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"bert", "mpnet", "modernbert", "gpt2", "llama", "qwen2"};
enum { N_NAMES = sizeof names / sizeof *names };

static struct emb_model_info info_of(struct emb_model *model)
{
    struct emb_model_info info = {.struct_size = sizeof info};
    cr_assert_eq(model_ops()->info(model, &info), EMB_OK);
    return info;
}

static char *random_text(unsigned seed, unsigned n)
{
    unsigned ids[512];
    for (unsigned i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        ids[i] = 5 + (seed >> 16) % (CASE_VOCAB - 5);
    }
    return text_of_ids(ids, n);
}

/* A sentence alone, among others, at another place, with 1 or 3 workers: the same bits. */
Test(properties, batch_invariance)
{
    for (unsigned f = 0; f < N_NAMES; f++) {
        char *folder = folder_of_case(names[f]);
        enum { N = 60 };
        char *texts[N], *turned[N];
        for (unsigned i = 0; i < N; i++) {
            texts[i] = random_text(i, 1 + (i * 7) % 37);
            turned[(i + 23) % N] = texts[i];
        }
        struct emb_model *one = model_open(folder, NULL, 0, 1, NULL);
        size_t width = (size_t)info_of(one).n_stages * info_of(one).dim;
        unsigned rows, rows_turned, rows_alone, at = 0;
        float *all = embed_pieces(one, texts, N, &rows);
        float *again = embed_pieces(one, texts, N, &rows);
        cr_assert_eq(memcmp(all, again, rows * width * sizeof *all), 0);
        float *other = embed_pieces(one, turned, N, &rows_turned);
        for (unsigned i = 0; i < N; i++) {
            float *alone = embed_pieces(one, &texts[i], 1, &rows_alone);
            cr_assert_eq(memcmp(alone, all + at * width, rows_alone * width * sizeof *all), 0,
                         "%s: sentence %u depends on its batch", names[f], i);
            at += rows_alone;
            free(alone);
        }
        model_ops()->destroy(one);
        struct emb_model *three = model_open(folder, NULL, 0, 3, NULL);
        float *shared = embed_pieces(three, texts, N, &rows);
        cr_assert_eq(memcmp(all, shared, rows * width * sizeof *all), 0,
                     "%s: depends on the number of workers", names[f]);
        at = 0;
        for (unsigned i = 0; i < N; i++) { /* one sentence over three workers */
            float *alone = embed_pieces(three, &texts[i], 1, &rows_alone);
            cr_assert_eq(memcmp(alone, all + at * width, rows_alone * width * sizeof *all), 0);
            at += rows_alone;
            free(alone);
        }
        model_ops()->destroy(three);
        free(all);
        free(again);
        free(other);
        free(shared);
        for (unsigned i = 0; i < N; i++) {
            free(texts[i]);
        }
        folder_remove(folder);
    }
}

/* Compare what a model gives for every step-th piece with the rows that all pieces have. */
static void check_some(struct emb_model *model, const char *name, char *const *texts, unsigned n,
                       unsigned step)
{
    size_t width = (size_t)info_of(model).n_stages * info_of(model).dim;
    unsigned rows, n_all, at = 0, row = 0;
    float *all = embed_pieces(model, texts, n, &n_all);
    float *some = embed_some(model, texts, n, step, &rows);
    for (unsigned i = 0; i < n; i++) {
        unsigned n_pieces = 1;
        for (const char *c = texts[i]; *c; c++) {
            n_pieces += *c == ' ';
        }
        for (unsigned p = i % step; p < n_pieces; p += step) {
            cr_assert_eq(memcmp(some + row++ * width, all + (at + p) * width, width * sizeof *all),
                         0, "%s: piece %u of sentence %u, one of %u", name, p, i, step);
        }
        at += n_pieces;
    }
    cr_assert_eq(row, rows);
    cr_assert_eq(at, n_all);
    free(all);
    free(some);
}

/* Work is saved on rows that nobody asks for, in groups on their own workers, in one that all of
 * them share, and in windows: what is asked for stays the same, bit for bit. */
Test(properties, only_some_pieces)
{
    enum { N = 60 };
    const char *windows[] = {"long=window"};
    char *texts[N];
    for (unsigned i = 0; i < N; i++) {
        texts[i] = random_text(i + 7, 1 + (i * 11) % 41);
    }
    char *long_text = random_text(3, 300);
    for (unsigned f = 0; f < N_NAMES; f++) {
        char *folder = folder_of_case(names[f]);
        for (unsigned workers = 1; workers <= 3; workers += 2) {
            struct emb_model *model = model_open(folder, NULL, 0, workers, NULL);
            check_some(model, names[f], texts, N, 3);
            check_some(model, names[f], texts, N, 40); /* most sentences have no target */
            check_some(model, names[f], texts, 3, 5);
            model_ops()->destroy(model);
            model = model_open(folder, windows, 1, workers, NULL);
            check_some(model, names[f], &long_text, 1, 4);
            check_some(model, names[f], &long_text, 1, 170);
            model_ops()->destroy(model);
        }
        folder_remove(folder);
    }
    for (unsigned i = 0; i < N; i++) {
        free(texts[i]);
    }
    free(long_text);
}

/* Changing a later word changes no earlier row of a causal model, and does of a bidirectional one;
 * table rows never change. */
Test(properties, masks)
{
    for (unsigned f = 0; f < N_NAMES; f++) {
        char *folder = folder_of_case(names[f]);
        char *config = file_text(case_path(names[f], "config.json"), NULL);
        bool causal = config_is_causal(config);
        struct emb_model *model = model_open(folder, NULL, 0, 2, NULL);
        struct emb_model_info info = info_of(model);
        size_t width = (size_t)info.n_stages * info.dim;
        char *texts[] = {"p9 p20 p31 p42 p9 p17", "p9 p20 p31 p42 p9 p50"};
        unsigned rows;
        float *x = embed_pieces(model, texts, 2, &rows);
        const float *a = x, *b = x + 6 * width;
        cr_assert_eq(memcmp(a, a + 4 * width, info.dim * sizeof *a), 0, "table rows of p9");
        cr_assert_eq(memcmp(a + 5 * width, b + 5 * width, info.dim * sizeof *a) == 0, false);
        for (unsigned p = 0; p < 5; p++) {
            cr_assert_eq(memcmp(a + p * width, b + p * width, info.dim * sizeof *a), 0);
            bool same = memcmp(a + p * width, b + p * width, width * sizeof *a) == 0;
            cr_assert_eq(same, causal, "%s: piece %u", names[f], p);
        }
        free(x);
        model_ops()->destroy(model);
        free(config);
        folder_remove(folder);
    }
}

static struct emb_batch batch_of(const struct emb_sentence *sentence, const uint32_t *stages,
                                 uint32_t n_stages, float *out, uint8_t *statuses, uint32_t dim)
{
    return (struct emb_batch){.struct_size = sizeof(struct emb_batch),
                              .n_sentences = 1,
                              .sentences = sentence,
                              .stages = stages,
                              .n_stages = n_stages,
                              .vectors = out,
                              .word_status = statuses,
                              .row_stride = (uint64_t)n_stages * dim,
                              .stage_stride = dim};
}

/* Any subset of the stages gives what all of them give, strides of the host's choice included. */
Test(properties, stage_subsets)
{
    char *folder = folder_of_case("gpt2");
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    struct emb_model_info info = info_of(model);
    cr_assert_eq(info.n_stages, 9u);
    char *text = "p10 p20 p30 p40";
    unsigned rows;
    float *all = embed_pieces(model, &text, 1, &rows);
    struct emb_span target = {4, 7};
    struct emb_sentence sentence = {text, NULL, &target, 15, 0, 1, 0};
    for (uint32_t set = 1; set < 1u << 9; set++) {
        uint32_t stages[9], n = 0;
        for (uint32_t s = 0; s < 9; s++) {
            if (set >> s & 1) {
                stages[n++] = s;
            }
        }
        float out[9 * 40] = {0};
        uint8_t status = 9;
        struct emb_batch batch = batch_of(&sentence, stages, n, out, &status, info.dim);
        batch.stage_stride = 40;
        cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK);
        cr_assert_eq(status, EMB_WORD_OK);
        for (uint32_t i = 0; i < n; i++) {
            cr_assert_eq(
                memcmp(out + 40 * i, all + (9 + stages[i]) * info.dim, info.dim * sizeof *out), 0,
                "stage %u of set %x", stages[i], set);
        }
    }
    struct emb_stage stage = {.struct_size = sizeof stage};
    static const char *const expected[] = {
        "table", "input", "1.attention", "1", "2.attention", "2", "3.attention", "3", "norm"};
    for (uint32_t i = 0; i < 9; i++) {
        cr_assert_eq(model_ops()->stage(model, i, &stage), EMB_OK);
        cr_assert_str_eq(stage.name, expected[i]);
    }
    cr_assert_eq(model_ops()->stage(model, 9, &stage), EMB_E_INVAL);
    free(all);
    model_ops()->destroy(model);
    folder_remove(folder);
}

static float *pool(struct emb_model *model, const struct emb_sentence *sentence, int32_t pooling,
                   uint32_t stage, uint8_t *ret_status)
{
    struct emb_model_info info = info_of(model);
    float *out = calloc(info.dim, sizeof *out);
    struct emb_batch batch = batch_of(sentence, &stage, 1, out, ret_status, info.dim);
    batch.pooling = pooling;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK);
    return out;
}

Test(properties, pooling)
{
    char *folder = folder_of_case("bert");
    const char *more[] = {"special=1"};
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    struct emb_model *special = model_open(folder, more, 1, 1, NULL);
    unsigned dim = info_of(model).dim, n_stages = info_of(model).n_stages, rows;
    char *text = "p10 p20 p30";
    float *all = embed_pieces(model, &text, 1, &rows);
    struct emb_span target = {2, 11};
    struct emb_sentence sentence = {text, NULL, &target, 11, 0, 1, 0};
    uint8_t status;
    const float *pieces[3];
    for (int i = 0; i < 3; i++) {
        pieces[i] = all + (size_t)i * n_stages * dim + 5 * dim;
    }
    float *mean = pool(model, &sentence, EMB_POOL_MEAN, 5, &status);
    float *first = pool(model, &sentence, EMB_POOL_FIRST, 5, &status);
    float *last = pool(model, &sentence, EMB_POOL_LAST, 5, &status);
    for (unsigned c = 0; c < dim; c++) {
        cr_assert_float_eq(mean[c], (pieces[0][c] + pieces[1][c] + pieces[2][c]) / 3, 1e-6);
        cr_assert_eq(first[c], pieces[0][c]);
        cr_assert_eq(last[c], pieces[2][c]);
    }
    target.begin = 0; /* the whole sentence: special=1 pools [CLS] and [SEP] too */
    float *plain = pool(model, &sentence, EMB_POOL_MEAN, 5, &status);
    cr_assert_eq(memcmp(plain, mean, dim * sizeof *mean), 0);
    float *whole = pool(special, &sentence, EMB_POOL_MEAN, 5, &status);
    float *cls = pool(special, &sentence, EMB_POOL_FIRST, 5, &status);
    float *sep = pool(special, &sentence, EMB_POOL_LAST, 5, &status);
    for (unsigned c = 0; c < dim; c++) {
        cr_assert_float_eq(whole[c], (3 * mean[c] + cls[c] + sep[c]) / 5, 1e-6);
    }
    struct emb_span blank = {3, 4}; /* no piece there */
    sentence.targets = &blank;
    float *nothing = pool(model, &sentence, EMB_POOL_MEAN, 5, &status);
    cr_assert_eq(status, EMB_WORD_UNKNOWN);
    cr_assert_eq(nothing[0], 0.0f);
    model_ops()->destroy(model);
    model_ops()->destroy(special);
    folder_remove(folder);
    free(all);
    float *made[] = {mean, first, last, plain, whole, cls, sep, nothing};
    for (int i = 0; i < 8; i++) {
        free(made[i]);
    }
}

/* Beyond the window a target is CUT; a cut in part keeps what is left. */
Test(properties, truncation)
{
    char *folder = folder_of_case("bert"); /* 44 positions: 42 pieces of content */
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    unsigned dim = info_of(model).dim;
    cr_assert_eq(info_of(model).max_tokens, 44u);
    char *text = random_text(3, 60);
    uint32_t n = (uint32_t)strlen(text), begin42 = 0, blanks = 0;
    for (uint32_t i = 0; i < n && blanks < 41; i++) {
        blanks += text[i] == ' ';
        begin42 = i + 1;
    }
    struct emb_span targets[] = {{0, 2}, {begin42, begin42 + 2}, {begin42, n}, {n - 2, n}};
    struct emb_sentence sentence = {text, NULL, targets, n, 0, 4, 0};
    float *out = calloc(4 * (size_t)dim, sizeof *out);
    uint8_t status[4];
    uint32_t stage = 7;
    struct emb_batch batch = batch_of(&sentence, &stage, 1, out, status, dim);
    out[3 * dim] = 7;
    cr_assert_eq(model_ops()->embed(model, &batch), EMB_OK);
    cr_assert_eq(status[0], EMB_WORD_OK);
    cr_assert_eq(status[1], EMB_WORD_OK);
    cr_assert_eq(status[2], EMB_WORD_OK);
    cr_assert_eq(status[3], EMB_WORD_CUT);
    cr_assert_eq(out[3 * dim], 0.0f);
    cr_assert_eq(memcmp(out + dim, out + 2 * dim, dim * sizeof *out), 0);
    const struct emb_ext_tokens *tokens = model_ops()->extension(model, EMB_EXT_TOKENS);
    struct emb_piece pieces[70];
    uint32_t n_pieces;
    cr_assert_eq(tokens->cut(model, &sentence, pieces, 70, &n_pieces), EMB_OK);
    cr_assert_eq(n_pieces, 44u);
    cr_assert_eq(pieces[0].id, (uint32_t)CASE_CLS);
    cr_assert_eq(pieces[43].id, (uint32_t)CASE_SEP);
    cr_assert_eq(pieces[42].begin, begin42);
    cr_assert_str_eq(tokens->spelling(model, 7), "p7");
    model_ops()->destroy(model);

    const char *more[] = {"long=window"}; /* every target has a vector, however long */
    model = model_open(folder, more, 1, 2, NULL);
    cr_assert_eq(info_of(model).max_tokens, 0u);
    char *long_text = random_text(4, 400);
    unsigned rows;
    float *windowed = embed_pieces(model, &long_text, 1, &rows);
    cr_assert_eq(rows, 400u);
    size_t width = (size_t)info_of(model).n_stages * dim;
    for (unsigned r = 0; r < rows; r++) {
        cr_assert(fabsf(windowed[r * width + 7 * dim]) > 0, "row %u of a windowed text", r);
    }
    /* the first window is the sentence of its first 42 words */
    struct emb_model *cut = model_open(folder, NULL, 0, 1, NULL);
    float *first = embed_pieces(cut, &long_text, 1, &rows);
    cr_assert_eq(memcmp(windowed, first, 30 * width * sizeof *first), 0);
    model_ops()->destroy(cut);
    model_ops()->destroy(model);
    folder_remove(folder);
    free(windowed);
    free(first);
    free(long_text);
    free(text);
    free(out);
}

Test(properties, weights_and_table)
{
    char *folder = folder_of_case("llama");
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    unsigned dim = info_of(model).dim, rows;
    const struct emb_ext_weights *weights = model_ops()->extension(model, EMB_EXT_WEIGHTS);
    const struct emb_ext_table *table = model_ops()->extension(model, EMB_EXT_TABLE);
    struct case_tensor tensors[256];
    unsigned n = case_tensors("llama", tensors, 256), found = 0;
    for (uint32_t i = 0; i < weights->count(model); i++) {
        struct emb_tensor t;
        cr_assert_eq(weights->tensor(model, i, &t), EMB_OK);
        cr_assert_gt(t.n_bytes, 0u);
        for (unsigned k = 0; k < n; k++) {
            found += strcmp(tensors[k].name, t.name) == 0;
        }
    }
    cr_assert_eq(found, n, "%u of %u tensors listed", found, n);
    char *text = "p10 p20 p30";
    float *before = embed_pieces(model, &text, 1, &rows);
    float *row = calloc(dim, sizeof *row), *got = calloc(dim, sizeof *got);
    cr_assert_eq(table->n_rows(model), (uint64_t)CASE_VOCAB);
    cr_assert_eq(table->get_row(model, 20, got), EMB_OK);
    size_t width = (size_t)info_of(model).n_stages * dim;
    cr_assert_eq(memcmp(got, before + width, dim * sizeof *got), 0);
    row[3] = 0.5f;
    cr_assert_eq(table->set_row(model, 20, row), EMB_OK);
    cr_assert_eq(table->set_row(model, CASE_VOCAB, row), EMB_E_INVAL);
    float *after = embed_pieces(model, &text, 1, &rows);
    cr_assert_eq(memcmp(after, before, width * sizeof *after), 0, "p10 stands before p20");
    cr_assert_eq(memcmp(after + width, row, dim * sizeof *row), 0);
    cr_assert_neq(memcmp(after + 2 * width + 3 * dim, before + 2 * width + 3 * dim, dim * 4), 0);
    free(before);
    free(after);
    free(row);
    free(got);
    model_ops()->destroy(model);
    folder_remove(folder);
}

/* emb.lm/1 against the reference; distributions sum to 1. */
Test(properties, log_probabilities)
{
    static const char *const with_head[] = {"bert", "electra", "albert", "distilbert", "modernbert",
                                            "gpt2", "neox",    "llama",  "qwen2"};
    for (unsigned f = 0; f < sizeof with_head / sizeof *with_head; f++) {
        char *folder = folder_of_case(with_head[f]);
        char *config = file_text(case_path(with_head[f], "config.json"), NULL);
        bool causal = config_is_causal(config);
        model_descriptor = causal;
        struct emb_model *model = model_open(folder, NULL, 0, 2, NULL);
        model_descriptor = 0;
        const struct emb_ext_lm *lm = model_ops()->extension(model, EMB_EXT_LM);
        cr_assert_not_null(lm, "%s", with_head[f]);
        cr_assert_eq(lm->n_pieces(model), (uint64_t)CASE_VOCAB);
        float *expected = (float *)file_text(case_path(with_head[f], "lm.f32"), NULL);
        const float *at = expected;
        FILE *file = fopen(case_path(with_head[f], "sentences.txt"), "r");
        char line[1000];
        while (fgets(line, sizeof line, file)) {
            unsigned ids[200], n = 0;
            for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
                ids[n++] = (unsigned)atoi(word);
            }
            if (n + (causal ? 0 : 2) <= 2) {
                continue;
            }
            char *text = text_of_ids(ids, n);
            struct emb_sentence sentence = {text, NULL, NULL, (uint32_t)strlen(text), 0, 0, 0};
            float found[CASE_VOCAB];
            double sum = 0, worst = 0;
            cr_assert_eq(lm->log_probs(model, &sentence, 2, found), EMB_OK, "%s: %s", with_head[f],
                         mini_host_failure());
            for (unsigned i = 0; i < CASE_VOCAB; i++) {
                sum += exp((double)found[i]);
                cr_assert(isfinite(found[i]));
                worst = fmax(worst, fabs((double)found[i] - (double)at[i]));
            }
            cr_assert_float_eq(sum, 1, 1e-5);
            cr_assert_lt(worst, 2e-4, "%s: log-probabilities differ by %g", with_head[f], worst);
            at += CASE_VOCAB;
            free(text);
        }
        fclose(file);
        free(expected);
        free(config);
        model_ops()->destroy(model);
        folder_remove(folder);
    }
    char *folder = folder_of_case("roberta"); /* this checkpoint has no head */
    struct emb_model *model = model_open(folder, NULL, 0, 1, NULL);
    cr_assert_null(model_ops()->extension(model, EMB_EXT_LM));
    model_ops()->destroy(model);
    folder_remove(folder);
}
