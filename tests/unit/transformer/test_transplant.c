/* Static vectors in the look-up table: the maps beside NumPy's, and what table=FILE does. */
#include "linear_map.h"
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- maps ---- */

enum { ROWS = 23, HELD = 6, MOST_DIM = 8 }; /* of make_transplant_golden.py */

static float ruled(unsigned r, unsigned c, unsigned a, unsigned b)
{
    return (float)((double)((r * a + c * b + 13 * r * c * c + 7 * r * r * c) % 1999) / 999.5 - 1);
}

static void make_pairs(uint32_t n_in, uint32_t n_out, float *x, float *y)
{
    for (unsigned r = 0; r < ROWS + HELD; r++) {
        for (unsigned c = 0; c < n_in; c++) {
            x[r * n_in + c] = ruled(r, c, 7919, 104729);
        }
        for (unsigned c = 0; c < n_out; c++) {
            y[r * n_out + c] =
                ruled(r, c, 6101, 1299709) + 2 * x[r * n_in + c % n_in] + 3 + (float)c;
        }
    }
}

static double next_number(char **at)
{
    char *end;
    double value = strtod(*at, &end);
    cr_assert_neq(end, *at, "a number is missing at %.20s", *at);
    *at = end;
    return value;
}

Test(maps, as_numpy_fits_them)
{
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    char path[1024], kind[16], line[4096];
    snprintf(path, sizeof path, "%s/tests/golden/transplant/maps.txt", root ? root : ".");
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    unsigned n_cases = 0;
    for (; fgets(line, sizeof line, file); n_cases++) {
        int used;
        cr_assert_eq(sscanf(line, "%15s%n", kind, &used), 1);
        char *at = line + used;
        uint32_t n_in = (uint32_t)next_number(&at), n_out = (uint32_t)next_number(&at);
        double lambda = next_number(&at), r2 = next_number(&at);
        float x[(ROWS + HELD) * MOST_DIM], y[(ROWS + HELD) * MOST_DIM], guess[HELD * MOST_DIM];
        make_pairs(n_in, n_out, x, y);
        const struct emb_host *host = mini_host(1 + n_cases % 3);
        struct pairs pairs = {x, y, ROWS, n_in, n_out};
        struct linear_map map;
        bool pca = strcmp(kind, "pca") == 0;
        const float *to = pca ? x : y;
        cr_assert_eq(strcmp(kind, "ridge") == 0 ? linear_map_ridge(host, &pairs, lambda, &map)
                     : pca ? linear_map_pca(host, x, ROWS, n_in, (uint32_t)lambda, &map)
                           : linear_map_procrustes(host, &pairs, &map),
                     EMB_OK);
        for (uint32_t i = 0; i < n_in * n_out; i++) {
            double expected = next_number(&at);
            cr_assert_float_eq(map.matrix[i], expected, 2e-6, "%s %u to %u, element %u: %g not %g",
                               kind, n_in, n_out, i, map.matrix[i], expected);
        }
        for (uint32_t r = 0; r < HELD; r++) {
            linear_map_apply(&map, x + (ROWS + r) * n_in, guess + r * n_out);
        }
        double found = explained(to + ROWS * n_out, guess, map.mean_out, HELD, n_out);
        cr_assert_float_eq(found, r2, 2e-6, "%s: R2 %.9g, not %.9g", kind, found, r2);
        linear_map_finish(host, &map);
        cr_assert_eq(mini_host_bytes(), 0u);
    }
    fclose(file);
    cr_assert_eq(n_cases, 8u);
}

/* A turned, scaled and moved copy is found again without error, also where rows do not span their
 * space; ridge without penalty refuses those. */
Test(maps, rows_that_do_not_span)
{
    enum { N = 40, DIM = 6 };
    float x[N * DIM], y[N * DIM];
    for (unsigned r = 0; r < N; r++) {
        for (unsigned c = 0; c < DIM; c++) { /* the last two columns repeat the first two */
            x[r * DIM + c] = ruled(r, c % 4, 7919, 104729);
        }
        for (unsigned c = 0; c < DIM; c++) { /* a permutation is orthogonal */
            y[r * DIM + c] = 2.5f * x[r * DIM + (c + 1) % DIM] - (float)c;
        }
    }
    const struct emb_host *host = mini_host(2);
    struct pairs pairs = {x, y, N, DIM, DIM};
    struct linear_map map;
    cr_assert_eq(linear_map_procrustes(host, &pairs, &map), EMB_OK);
    for (unsigned r = 0; r < N; r++) {
        float found[DIM];
        linear_map_apply(&map, x + r * DIM, found);
        for (unsigned c = 0; c < DIM; c++) {
            cr_assert_float_eq(found[c], y[r * DIM + c], 1e-5);
        }
    }
    linear_map_finish(host, &map);
    cr_assert_eq(linear_map_ridge(host, &pairs, 0, &map), EMB_E_OPTION);
    cr_assert(strstr(mini_host_failure(), "ridge=0"));
    linear_map_finish(host, &map);
    cr_assert_eq(linear_map_ridge(host, &pairs, 1e-6, &map), EMB_OK);
    linear_map_finish(host, &map);
    cr_assert_eq(mini_host_bytes(), 0u);
    cr_assert(isnan(explained(y, x, (double[DIM]){0}, 0, DIM)));
}

/* ---- table=FILE ---- */

enum { BERT_DIM = 36, FIRST = 7, LAST = 47 }; /* pieces p7 .. p47 are words of the file */

static float static_value(unsigned word, unsigned c)
{
    return ruled(word, c, 7919, 104729);
}

/* Vectors of p7 .. p47 and of words that are no piece; a capital one falls on no piece here. */
static char *write_vectors(unsigned dim)
{
    const char *tmp = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/transplant-XXXXXX", tmp ? tmp : "/tmp");
    int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    cr_assert_not_null(file);
    static const char *const others[] = {"zebra", "P8", "p8.", "[UNK]x"};
    for (unsigned w = 0; w < 4; w++) {
        fprintf(file, "%s", others[w]);
        for (unsigned c = 0; c < dim; c++) {
            fprintf(file, " %.9g", 9.0 + w);
        }
        fprintf(file, "\n");
    }
    for (unsigned w = LAST; w >= FIRST; w--) { /* not in the vocabulary's order */
        fprintf(file, "p%u", w);
        for (unsigned c = 0; c < dim; c++) {
            fprintf(file, " %.9g", (double)static_value(w, c));
        }
        fprintf(file, "\n");
    }
    fclose(file);
    setenv("HARNESS_NO_CACHE", "1", 1);
    return strdup(path);
}

static struct emb_model *open_with(const char *folder, const char *vectors, const char *more1,
                                   const char *more2, emb_status *ret_status)
{
    char table[600];
    snprintf(table, sizeof table, "table=%s", vectors);
    const char *more[] = {table, more1, more2 ? more2 : "norms=matched"};
    return model_open(folder, more, 3, 2, ret_status);
}

static float (*rows_of(struct emb_model *model))[BERT_DIM]
{
    const struct emb_ext_table *table = model_ops()->extension(model, EMB_EXT_TABLE);
    float(*rows)[BERT_DIM] = calloc(CASE_VOCAB, sizeof *rows);
    for (unsigned p = 0; p < CASE_VOCAB; p++) {
        cr_assert_eq(table->get_row(model, p, rows[p]), EMB_OK);
    }
    return rows;
}

static bool is_shared(unsigned piece)
{
    return piece >= FIRST && piece <= LAST;
}

static double length_of(const float *row)
{
    double sum = 0;
    for (unsigned c = 0; c < BERT_DIM; c++) {
        sum += (double)row[c] * (double)row[c];
    }
    return sqrt(sum);
}

/* Identity and raw: the file's numbers, at shared pieces and nowhere else; then the old rows put
 * back give every vector back, bit for bit. */
Test(transplant, identity_and_back)
{
    char *folder = folder_of_case("bert"), *vectors = write_vectors(BERT_DIM);
    struct emb_model *plain = model_open(folder, NULL, 0, 2, NULL);
    struct emb_model *model = open_with(folder, vectors, "map=identity", "norms=raw", NULL);
    float(*old)[BERT_DIM] = rows_of(plain), (*new)[BERT_DIM] = rows_of(model);
    for (unsigned p = 0; p < CASE_VOCAB; p++) {
        if (!is_shared(p)) {
            cr_assert_eq(memcmp(old[p], new[p], sizeof *old), 0, "piece %u is no word", p);
            continue;
        }
        for (unsigned c = 0; c < BERT_DIM; c++) {
            cr_assert_eq(new[p][c], static_value(p, c));
        }
    }
    char *texts[] = {"p9 p20 p31 p42 p9 p17", "p50 p8 p47 p6"};
    unsigned rows;
    float *before = embed_pieces(plain, texts, 2, &rows);
    float *after = embed_pieces(model, texts, 2, &rows);
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(model, &info);
    size_t bytes = (size_t)rows * info.n_stages * info.dim * sizeof(float);
    cr_assert_neq(memcmp(before, after, bytes), 0);
    free(after);
    const struct emb_ext_table *table = model_ops()->extension(model, EMB_EXT_TABLE);
    for (unsigned p = FIRST; p <= LAST; p++) {
        cr_assert_eq(table->set_row(model, p, old[p]), EMB_OK);
    }
    after = embed_pieces(model, texts, 2, &rows);
    cr_assert_eq(memcmp(before, after, bytes), 0, "the old rows give other vectors");
    free(before);
    free(after);
    free(old);
    free(new);
    model_ops()->destroy(plain);
    model_ops()->destroy(model);
    cr_assert_eq(mini_host_bytes(), 0u);
    folder_remove(folder);
    unlink(vectors);
    free(vectors);
}

/* Rows as long as those before; maps that really differ; the same again; seeds that matter. */
Test(transplant, maps_and_norms)
{
    char *folder = folder_of_case("bert"), *vectors = write_vectors(11);
    static const char *const maps[] = {"map=procrustes", "map=ridge", "map=random",
                                       "map=shuffled-rows"};
    struct emb_model *plain = model_open(folder, NULL, 0, 1, NULL);
    float(*old)[BERT_DIM] = rows_of(plain);
    for (unsigned m = 0; m < 4; m++) {
        struct emb_model *model = open_with(folder, vectors, maps[m], NULL, NULL);
        struct emb_model *again = open_with(folder, vectors, maps[m], "table-seed=1", NULL);
        struct emb_model *other = open_with(folder, vectors, maps[m], "table-seed=2", NULL);
        struct emb_model *raw = open_with(folder, vectors, maps[m], "norms=raw", NULL);
        float(*new)[BERT_DIM] = rows_of(model), (*same)[BERT_DIM] = rows_of(again);
        float(*seeded)[BERT_DIM] = rows_of(other), (*as_is)[BERT_DIM] = rows_of(raw);
        cr_assert_eq(memcmp(new, same, CASE_VOCAB * sizeof *new), 0, "%s", maps[m]);
        cr_assert_eq(memcmp(new, seeded, CASE_VOCAB * sizeof *new) != 0, m >= 2, "%s", maps[m]);
        for (unsigned p = 0; p < CASE_VOCAB; p++) {
            if (is_shared(p)) {
                cr_assert_float_eq(length_of(new[p]), length_of(old[p]), 1e-5);
                cr_assert_float_eq(new[p][3] * (float)length_of(as_is[p]),
                                   as_is[p][3] * (float)length_of(new[p]), 1e-4);
            } else {
                cr_assert_eq(memcmp(old[p], new[p], sizeof *old), 0);
            }
        }
        if (m == 3) { /* a permutation of the model's own rows */
            unsigned moved = 0;
            for (unsigned p = FIRST; p <= LAST; p++) {
                unsigned found = 0;
                for (unsigned q = FIRST; q <= LAST; q++) {
                    found += memcmp(as_is[p], old[q], sizeof *old) == 0;
                }
                cr_assert_eq(found, 1u);
                moved += memcmp(as_is[p], old[p], sizeof *old) != 0;
            }
            cr_assert_gt(moved, 30u);
        }
        free(new);
        free(same);
        free(seeded);
        free(as_is);
        model_ops()->destroy(model);
        model_ops()->destroy(again);
        model_ops()->destroy(other);
        model_ops()->destroy(raw);
    }
    free(old);
    model_ops()->destroy(plain);
    cr_assert_eq(mini_host_bytes(), 0u);
    folder_remove(folder);
    unlink(vectors);
    free(vectors);
}

/* A tied head keeps its rows, and with tied=1 follows. */
Test(transplant, tied_heads)
{
    char *folder = folder_of_case("gpt2");
    const char *const ways[] = {"tied=0", "tied=1"};
    struct emb_sentence sentence = {"p10 p20 p30", NULL, NULL, 11, 0, 0, 0};
    model_descriptor = 1;
    for (unsigned tied = 0; tied < 2; tied++) {
        struct emb_model *model = model_open(folder, &ways[tied], 1, 1, NULL);
        const struct emb_ext_lm *lm = model_ops()->extension(model, EMB_EXT_LM);
        const struct emb_ext_table *table = model_ops()->extension(model, EMB_EXT_TABLE);
        const struct emb_ext_weights *weights = model_ops()->extension(model, EMB_EXT_WEIGHTS);
        float before[CASE_VOCAB], after[CASE_VOCAB], row[33] = {0};
        uint32_t n_weights = weights->count(model);
        cr_assert_eq(lm->log_probs(model, &sentence, 3, before), EMB_OK);
        row[0] = 5;
        cr_assert_eq(table->set_row(model, 40, row), EMB_OK); /* a word that does not stand there */
        cr_assert_eq(lm->log_probs(model, &sentence, 3, after), EMB_OK);
        cr_assert_eq(memcmp(before, after, sizeof before) != 0, tied, "%s", ways[tied]);
        cr_assert_eq(weights->count(model), n_weights + 1 - tied, "the head's rows are weights");
        cr_assert_eq(table->set_row(model, 20, row), EMB_OK); /* one that does */
        cr_assert_eq(lm->log_probs(model, &sentence, 3, after), EMB_OK);
        cr_assert_neq(memcmp(before, after, sizeof before), 0);
        model_ops()->destroy(model);
    }
    model_descriptor = 0;
    folder_remove(folder);
}

/* map=pca:K: K = all dimensions leaves every bit; few leave rows of that rank, as long as before,
 * of all pieces or of the words of a file alone; K beyond is refused. */
Test(transplant, principal_directions)
{
    char *folder = folder_of_case("bert"), *vectors = write_vectors(11);
    const char *const whole[] = {"map=pca:36"}, *const few[] = {"map=pca:3"};
    const char *const many[] = {"map=pca:37"};
    struct emb_model *plain = model_open(folder, NULL, 0, 2, NULL);
    struct emb_model *same = model_open(folder, whole, 1, 2, NULL);
    struct emb_model *cut = model_open(folder, few, 1, 2, NULL);
    struct emb_model *words = open_with(folder, vectors, "map=pca:3", "norms=raw", NULL);
    float(*old)[BERT_DIM] = rows_of(plain), (*kept)[BERT_DIM] = rows_of(same);
    float(*new)[BERT_DIM] = rows_of(cut), (*shared)[BERT_DIM] = rows_of(words);
    cr_assert_eq(memcmp(old, kept, CASE_VOCAB * sizeof *old), 0);
    char *texts[] = {"p9 p20 p31 p42 p9 p17"};
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(plain, &info);
    unsigned rows;
    float *a = embed_pieces(plain, texts, 1, &rows), *b = embed_pieces(same, texts, 1, &rows);
    cr_assert_eq(memcmp(a, b, (size_t)rows * info.n_stages * info.dim * sizeof *a), 0);
    for (unsigned p = 0; p < CASE_VOCAB; p++) {
        cr_assert_float_eq(length_of(new[p]), length_of(old[p]), 1e-5);
        cr_assert_eq(memcmp(shared[p], old[p], sizeof *old) != 0, is_shared(p), "piece %u", p);
    }
    const struct emb_host *host = mini_host(1); /* raw: mean + 3 directions explain all of them */
    struct linear_map map;
    float guess[LAST - FIRST + 1][BERT_DIM];
    double mean[BERT_DIM];
    const unsigned n = LAST - FIRST + 1;
    cr_assert_eq(linear_map_pca(host, shared[FIRST], n, BERT_DIM, 3, &map), EMB_OK);
    for (unsigned i = 0; i < n; i++) {
        linear_map_apply(&map, shared[FIRST + i], guess[i]);
    }
    mean_row(shared[FIRST], n, BERT_DIM, mean);
    cr_assert_float_eq(explained(shared[FIRST], guess[0], mean, n, BERT_DIM), 1, 1e-9);
    linear_map_finish(host, &map);
    emb_status status;
    cr_assert_null(model_open(folder, many, 1, 2, &status));
    cr_assert_eq(status, EMB_E_OPTION);
    cr_assert(strstr(mini_host_failure(), "map=pca:37: ") &&
                  strstr(mini_host_failure(), "has 36 dimensions"),
              "%s", mini_host_failure());
    static const char *const alone[] = {"map=identity", "map=random"};
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_null(model_open(folder, &alone[i], 1, 2, &status));
        cr_assert_eq(status, EMB_E_OPTION);
        cr_assert(strstr(mini_host_failure(), "table=FILE"), "%s", mini_host_failure());
    }
    free(a);
    free(b);
    free(old);
    free(kept);
    free(new);
    free(shared);
    model_ops()->destroy(plain);
    model_ops()->destroy(same);
    model_ops()->destroy(cut);
    model_ops()->destroy(words);
    cr_assert_eq(mini_host_bytes(), 0u);
    folder_remove(folder);
    unlink(vectors);
    free(vectors);
}

Test(transplant, refusals)
{
    char *folder = folder_of_case("bert"), *vectors = write_vectors(11);
    static const struct {
        const char *option;
        emb_status status;
        const char *reported[3];
    } wrong[] = {
        {"map=identity", EMB_E_OPTION, {"has 11 dimensions", "has 36", "transplant-"}},
        {"map=turn", EMB_E_OPTION, {"map=turn", "procrustes", "shuffled-rows"}},
        {"map=pca", EMB_E_OPTION, {"map=pca:", "pca:K", "shuffled-rows"}},
        {"map=pca:0", EMB_E_OPTION, {"map=pca:0", "pca:K", "ridge"}},
        {"map=pca:3x", EMB_E_OPTION, {"map=pca:3x", "pca:K", "ridge"}},
        {"norms=some", EMB_E_OPTION, {"norms=some", "matched", "raw"}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        emb_status status;
        cr_assert_null(open_with(
            folder, vectors, wrong[i].option,
            strncmp(wrong[i].option, "norms", 5) == 0 ? "norms=some" : "norms=raw", &status));
        cr_assert_eq(status, wrong[i].status);
        for (int k = 0; k < 3; k++) {
            cr_assert(strstr(mini_host_failure(), wrong[i].reported[k]), "%s lacks %s",
                      mini_host_failure(), wrong[i].reported[k]);
        }
        cr_assert_eq(mini_host_bytes(), 0u);
    }
    FILE *file = fopen(vectors, "w"); /* no word of it is a piece */
    fprintf(file, "zebra 1 2 3\nzebu 2 3 4\n");
    fclose(file);
    emb_status status;
    cr_assert_null(open_with(folder, vectors, "map=ridge", NULL, &status));
    cr_assert_eq(status, EMB_E_FORMAT);
    cr_assert(strstr(mini_host_failure(), "none of its 2 words"), "%s", mini_host_failure());
    file = fopen(vectors, "w"); /* two shared words: none is held out */
    fprintf(file, "p20 1 2 3\np30 2 3 4\n");
    fclose(file);
    struct emb_model *model = open_with(folder, vectors, "map=ridge", NULL, &status);
    cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
    model_ops()->destroy(model);
    folder_remove(folder);
    unlink(vectors);
    free(vectors);
}

Test(transplant, out_of_memory)
{
    char *folder = folder_of_case("bert"), *vectors = write_vectors(11);
    emb_status status = EMB_E_NOMEM;
    uint64_t at = 1;
    for (; status != EMB_OK && at < 2000; at++) {
        mini_host_fail_alloc(at);
        struct emb_model *model = open_with(folder, vectors, "map=ridge", NULL, &status);
        mini_host_fail_alloc(0);
        if (status == EMB_OK) {
            model_ops()->destroy(model);
        }
        cr_assert(status == EMB_OK || status == EMB_E_NOMEM, "%d: %s", status, mini_host_failure());
        cr_assert_eq(mini_host_bytes(), 0u, "allocation %lu", (unsigned long)at);
    }
    cr_assert_eq(status, EMB_OK);
    folder_remove(folder);
    unlink(vectors);
    free(vectors);
}
