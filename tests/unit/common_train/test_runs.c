/* Whole runs: repeatability, resuming, files, failures. */
#include "mini_host.h"
#include "train/kernels.h"
#include "train/train.h"
#include "train_test.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define TEXT_OPTIONS "lowercase=1", "strip-punctuation=1"

/* Small and quick runs of each trainer and each of its ways. */
static const struct way {
    const char *name;
    const struct emb_ext_train *trainer;
    const char *options[16];
} ways[] = {
    {"skip-gram", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=2", "min-count=2"}},
    {"cbow", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=2", "min-count=2", "cbow=1"}},
    {"hs", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=2", "hs=1", "negative=0"}},
    {"cbow hs", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=2", "hs=1", "cbow=1"}},
    {"wide", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=1", "window=40", "negative=30"}},
    {"glove", &glove_train, {TEXT_OPTIONS, "vector-size=20", "iter=3", "min-count=2"}},
    {"glove left", &glove_train, {TEXT_OPTIONS, "vector-size=20", "iter=2", "symmetric=0"}},
    {"fasttext", &fasttext_train, {TEXT_OPTIONS, "dim=20", "epoch=2", "minCount=2", "bucket=5000"}},
    {"fasttext words", &fasttext_train, {TEXT_OPTIONS, "dim=20", "epoch=2", "maxn=0", "ws=20"}},
};

enum { N_WAYS = sizeof ways / sizeof *ways };

static struct run run_of(const struct way *way, const char *output, const char *more)
{
    struct run run = {.trainer = way->trainer, .seed = 1, .output = output};
    memcpy(run.options, way->options, sizeof run.options);
    for (size_t i = 0; more && i < 16; i++) {
        if (!run.options[i]) {
            run.options[i] = more;
            break;
        }
    }
    return run;
}

static void expect_ok(struct run *run, const char *name)
{
    emb_status status = run_train(run);
    cr_assert_eq(status, EMB_OK, "%s: %d %s", name, status, mini_host_failure());
    cr_assert_eq(mini_host_bytes(), 0, "%s leaks", name);
}

Test(runs, a_seed_gives_the_same_bytes, .fini = test_folder_remove)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        struct run a = run_of(&ways[w], "a", NULL), b = run_of(&ways[w], "b", NULL),
                   c = run_of(&ways[w], "c", NULL);
        c.seed = 2;
        expect_ok(&a, ways[w].name);
        expect_ok(&b, ways[w].name);
        expect_ok(&c, ways[w].name);
        cr_assert(test_same_bytes("a", "b"), "%s", ways[w].name);
        cr_assert(!test_same_bytes("a", "c"), "%s", ways[w].name);
        cr_assert(isfinite(a.result.loss) && a.result.loss > 0, "%s", ways[w].name);
        cr_assert_eq(a.result.loss, b.result.loss);
        cr_assert_eq(a.result.dim, 20);
        cr_assert_eq(test_count_files(), 6, "%s", ways[w].name); /* and their .json */
    }
}

Test(runs, deterministic_with_any_number_of_threads, .fini = test_folder_remove)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        const char *more = ways[w].trainer == &glove_train ? NULL : "deterministic=1";
        struct run a = run_of(&ways[w], "a", more), b = run_of(&ways[w], "b", more);
        b.n_threads = 3;
        b.memory_bytes = 1 << 17;
        expect_ok(&a, ways[w].name);
        expect_ok(&b, ways[w].name);
        cr_assert(test_same_bytes("a", "b"), "%s", ways[w].name);
    }
}

/* More threads without it: no crash, no leak, a loss like that of one thread. */
Test(runs, threads, .fini = test_folder_remove)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        struct run a = run_of(&ways[w], "a", NULL), b = run_of(&ways[w], "b", NULL);
        b.n_threads = 4;
        expect_ok(&a, ways[w].name);
        expect_ok(&b, ways[w].name);
        cr_assert(fabs(a.result.loss - b.result.loss) < 0.1 * a.result.loss, "%s: %g %g",
                  ways[w].name, a.result.loss, b.result.loss);
        cr_assert_eq(a.result.n_words, b.result.n_words);
    }
}

/* A cancelled run, gone on with, ends with the bytes of one that was not. */
static void cancel_and_resume(const struct way *way, const char *passes, uint32_t phase)
{
    struct run whole = run_of(way, "whole", passes);
    expect_ok(&whole, way->name);
    struct run first = run_of(way, "parts", passes);
    first.checkpoint = "checkpoint";
    first.cancel_phase = phase;
    cr_assert_eq(run_train(&first), EMB_E_CANCELLED, "%s: too fast to cancel", way->name);
    cr_assert_eq(mini_host_bytes(), 0);
    cr_assert_null(test_read(test_path("parts"), NULL), "a cancelled run makes no output");
    struct run second = run_of(way, "parts", passes);
    second.checkpoint = "checkpoint";
    second.resume_from = "checkpoint";
    second.cancel_phase = 1; /* once more, later */
    second.cancel_after = 3;
    emb_status status = run_train(&second);
    if (status == EMB_E_CANCELLED) {
        second = run_of(way, "parts", passes);
        second.resume_from = "checkpoint";
        status = run_train(&second);
    }
    cr_assert_eq(status, EMB_OK, "%s: %s", way->name, mini_host_failure());
    cr_assert(test_same_bytes("whole", "parts"), "%s", way->name);
    cr_assert_eq(whole.result.loss, second.result.loss);
    test_folder_remove();
}

Test(runs, resume, .fini = test_folder_remove)
{
    static const struct way long_ways[] = {
        {"skip-gram", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=40"}},
        {"cbow hs", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=40", "cbow=1", "hs=1"}},
        {"deterministic", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=30", "deterministic=1"}},
        {"glove", &glove_train, {TEXT_OPTIONS, "vector-size=40", "iter=100"}},
        {"fasttext", &fasttext_train, {TEXT_OPTIONS, "dim=20", "epoch=80", "bucket=5000"}},
    };
    for (size_t w = 0; w < sizeof long_ways / sizeof *long_ways; w++) {
        cancel_and_resume(&long_ways[w], NULL, 1); /* while the corpus is read */
        cancel_and_resume(&long_ways[w], NULL, 5); /* in training */
    }
}

static const struct way long_way = {
    "skip-gram", &word2vec_train, {TEXT_OPTIONS, "size=20", "iter=100"}};

static emb_status resume_with(const char *option, const char *text, uint64_t seed)
{
    struct run run = run_of(&long_way, "out", option);
    run.resume_from = "checkpoint";
    run.text = text;
    run.seed = seed;
    return run_train(&run);
}

static void write_file(const char *name, const char *bytes, size_t n)
{
    FILE *file = fopen(test_path(name), "wb");
    cr_assert_not_null(file);
    fwrite(bytes, 1, n, file);
    fclose(file);
}

Test(runs, foreign_and_damaged_checkpoints, .fini = test_folder_remove)
{
    struct run run = run_of(&long_way, "out", "alpha=0.03");
    run.checkpoint = "checkpoint";
    run.cancel_phase = 2;
    cr_assert_eq(run_train(&run), EMB_E_CANCELLED);
    cr_assert_eq(resume_with("alpha=0.03", NULL, 1), EMB_OK, "%s", mini_host_failure());
    cr_assert_eq(resume_with("alpha=0.04", NULL, 1), EMB_E_FORMAT);
    cr_assert(strstr(mini_host_failure(), "other options"));
    cr_assert_eq(resume_with("alpha=0.03", NULL, 2), EMB_E_FORMAT);
    cr_assert_eq(resume_with("alpha=0.03", "a b a b\na b a b a b", 1), EMB_E_FORMAT);
    cr_assert(strstr(mini_host_failure(), "corpus"), "%s", mini_host_failure());
    size_t n;
    char *bytes = test_read(test_path("checkpoint"), &n);
    for (size_t at = 0; at < n; at += at < 128 ? 9 : 40009) {
        bytes[at] ^= 4;
        write_file("checkpoint", bytes, n);
        emb_status status = resume_with("alpha=0.03", NULL, 1);
        cr_assert_eq(status, EMB_E_FORMAT, "byte %zu: %d", at, status);
        bytes[at] ^= 4;
        write_file("checkpoint", bytes, at);
        status = resume_with("alpha=0.03", NULL, 1);
        cr_assert_eq(status, EMB_E_FORMAT, "cut at %zu: %d", at, status);
    }
    free(bytes);
    unlink(test_path("checkpoint"));
    cr_assert_eq(resume_with("alpha=0.03", NULL, 1), EMB_E_IO);
    cr_assert_eq(mini_host_bytes(), 0);
}

/* A full disk, played by a limit on the size of files: the earlier result stays, no scraps. */
Test(runs, full_disk_leaves_the_earlier_result, .fini = test_folder_remove)
{
    signal(SIGXFSZ, SIG_IGN);
    for (size_t w = 0; w < N_WAYS; w++) {
        write_file("out", "earlier", 7);
        struct rlimit limit = {20000, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct run run = run_of(&ways[w], "out", NULL);
        emb_status status = run_train(&run);
        limit.rlim_cur = RLIM_INFINITY;
        setrlimit(RLIMIT_FSIZE, &limit);
        cr_assert_eq(status, EMB_E_IO, "%s: %d", ways[w].name, status);
        cr_assert(strstr(mini_host_failure(), test_path("out")), "%s", mini_host_failure());
        char *kept = test_read(test_path("out"), NULL);
        cr_assert_str_eq(kept, "earlier");
        free(kept);
        cr_assert_eq(test_count_files(), 1, "%s", ways[w].name);
        cr_assert_eq(mini_host_bytes(), 0);
    }
}

/* The same when what does not fit the memory is spooled, and when a checkpoint is saved. */
Test(runs, full_disk_while_spooling_or_saving, .fini = test_folder_remove)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {5000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    struct run run = run_of(&ways[5], "out", NULL);
    run.memory_bytes = 1 << 16;
    cr_assert_eq(run_train(&run), EMB_E_IO);
    cr_assert_eq(test_count_files(), 0);
    run = run_of(&long_way, "out", NULL);
    run.checkpoint = "checkpoint";
    run.cancel_phase = 2;
    cr_assert_eq(run_train(&run), EMB_E_IO, "a checkpoint that is not there must not be promised");
    cr_assert_eq(test_count_files(), 0);
    cr_assert_eq(mini_host_bytes(), 0);
}

Test(runs, output_in_no_folder, .fini = test_folder_remove)
{
    struct run run = run_of(&ways[0], "no/such/out", NULL);
    cr_assert_eq(run_train(&run), EMB_E_IO);
    cr_assert(strstr(mini_host_failure(), "no/such/out"), "%s", mini_host_failure());
}

Test(runs, failing_memory, .fini = test_folder_remove)
{
    for (size_t w = 0; w < N_WAYS; w++) {
        emb_status status = EMB_E_NOMEM;
        unsigned n = 1;
        for (; status != EMB_OK && n < 400; n += n < 60 ? 1 : 13) {
            struct run run = run_of(&ways[w], "out", NULL);
            run.text = "a b c d a b c d e a b\nc d a b e a b c d a b c d";
            mini_host_fail_alloc(n);
            status = run_train(&run);
            mini_host_fail_alloc(0);
            cr_assert(status == EMB_OK || status == EMB_E_NOMEM, "%s: %d %s", ways[w].name, status,
                      mini_host_failure());
            cr_assert_eq(mini_host_bytes(), 0, "%s leaks after failure %u", ways[w].name, n);
        }
        cr_assert_eq(status, EMB_OK, "%s", ways[w].name);
        cr_assert(n > 10, "%s", ways[w].name);
    }
}

Test(runs, bad_requests, .fini = test_folder_remove)
{
    struct run run = run_of(&ways[0], "out", "negative=0");
    cr_assert_eq(run_train(&run), EMB_E_OPTION);
    run = run_of(&ways[0], "out", "kernel=fastest");
    cr_assert_eq(run_train(&run), EMB_E_OPTION);
    cr_assert(strstr(mini_host_failure(), "fastest"));
    run = run_of(&ways[7], "out", NULL);
    run.options[5] = "bucket=0";
    cr_assert_eq(run_train(&run), EMB_E_OPTION);
    for (size_t w = 0; w < N_WAYS; w++) {
        const char *const texts[] = {"", "\n\n\n", "all words occur only once here"};
        for (size_t t = 0; t < 3; t++) {
            run = run_of(&ways[w], "out", NULL);
            run.text = texts[t];
            cr_assert_eq(run_train(&run), EMB_E_FORMAT, "%s", ways[w].name);
            cr_assert(strstr(mini_host_failure(), "corpus"));
        }
    }
    run = run_of(&ways[5], "out", NULL); /* words, but no two on a line */
    run.text = "a\na\nb\nb\na\nb\n";
    cr_assert_eq(run_train(&run), EMB_E_FORMAT);
    cr_assert_eq(test_count_files(), 0);
}

/* Ill-formed UTF-8, NUL, very long words and lines, one word alone. */
Test(runs, strange_text, .fini = test_folder_remove)
{
    enum { N = 300000 };
    char *text = malloc(N + 1);
    for (int i = 0; i < N; i++) {
        text[i] = (char)(i < 100000 ? (i * 7919 >> 3) & 0xFF : i % 50021 == 0 ? ' ' : 'x');
    }
    for (size_t w = 0; w < N_WAYS; w++) {
        struct run run = run_of(&ways[w], "out", NULL);
        run.options[0] = "unicode=1";
        run.text = text;
        run.n_bytes = N;
        expect_ok(&run, ways[w].name);
    }
    for (size_t w = 0; w < 5; w++) {
        struct run run = run_of(&ways[w], "out", NULL);
        run.text = "one one one one one one\n";
        expect_ok(&run, ways[w].name);
    }
    free(text);
}

/* A learning rate at which the weights run away: no trainer writes them. */
Test(runs, weights_that_are_no_numbers, .fini = test_folder_remove)
{
    static const struct way wild[] = {
        {"alpha", &word2vec_train, {"size=50", "alpha=10", "iter=20"}},
        {"alpha", &word2vec_train, {"size=50", "alpha=10", "iter=20", "binary=0", "cbow=1"}},
        {"alpha", &word2vec_train, {"size=50", "alpha=10", "iter=20", "deterministic=1"}},
        {"alpha", &word2vec_train, {"size=50", "alpha=10", "iter=20", "hs=1", "negative=0"}},
        {"lr", &fasttext_train, {"dim=50", "lr=10", "bucket=2000", "epoch=20"}},
        {"lr", &fasttext_train, {"dim=50", "lr=10", "maxn=0", "epoch=20", "binary=0"}},
        {"eta", &glove_train, {"vector-size=50", "eta=10", "iter=50"}},
    };
    char *text = calloc(1, 200000), *at = text;
    uint32_t state = 3;
    for (int line = 0; line < 4000; line++) {
        for (int i = 0; i < 7; i++) {
            state = state * 1664525u + 1013904223u;
            at += sprintf(at, "v%u ", (state >> 16 & 255) * (state >> 24) / 2048);
        }
        at += sprintf(at, "\n");
    }
    for (size_t w = 0; w < sizeof wild / sizeof *wild; w++) {
        struct run run = run_of(&wild[w], "out", NULL);
        run.text = text;
        cr_assert_eq(run_train(&run), EMB_E_OPTION, "number %zu", w);
        cr_assert(strstr(mini_host_failure(), "no longer a number") &&
                      strstr(mini_host_failure(), wild[w].name),
                  "%zu: %s", w, mini_host_failure());
        cr_assert_eq(test_count_files(), 0, "%zu", w);
        cr_assert_eq(mini_host_bytes(), 0, "%zu", w);
    }
    free(text);
}

/* Every kernel does the same training, up to rounding. */
Test(runs, kernels_agree, .fini = test_folder_remove)
{
    static const char *const names[] = {"kernel=reference", "kernel=vector", "kernel=avx2",
                                        "kernel=avx512"};
    for (size_t w = 0; w < N_WAYS; w++) {
        double loss = 0;
        for (size_t k = 0; k < 4; k++) {
            if (!kernels_find(names[k] + 7)) {
                continue;
            }
            struct run run = run_of(&ways[w], "out", names[k]);
            expect_ok(&run, ways[w].name);
            loss = k == 0 ? run.result.loss : loss;
            cr_assert(fabs(run.result.loss - loss) < 2e-4 * loss, "%s %s: %g %g", ways[w].name,
                      names[k], run.result.loss, loss);
        }
    }
}

/* Rows of a text file with a header, as an array. */
static float *read_vectors(const char *path, unsigned *ret_words, unsigned dim, bool has_header,
                           char (*words)[16])
{
    char *text = test_read(path, NULL), *at = text;
    unsigned n = 0;
    cr_assert_not_null(text);
    if (has_header) {
        at = strchr(at, '\n') + 1;
    }
    float *rows = calloc(1000, dim * sizeof *rows);
    for (; *at && n < 1000; n++) {
        char *space = strchr(at, ' ');
        snprintf(words[n], 16, "%.*s", (int)(space - at), at);
        at = space;
        for (unsigned d = 0; d < dim; d++) {
            rows[n * dim + d] = strtof(at, &at);
        }
        at += strspn(at, " \n");
    }
    *ret_words = n;
    free(text);
    return rows;
}

static float cosine(const float *a, const float *b, unsigned dim)
{
    float ab = 0, aa = 0, bb = 0;
    for (unsigned d = 0; d < dim; d++) {
        ab += a[d] * b[d];
        aa += a[d] * a[d];
        bb += b[d] * b[d];
    }
    return ab / sqrtf(aa * bb);
}

/* Two topics that rarely share a line: words of one topic must be nearer to each other. */
Test(runs, learns_topics, .fini = test_folder_remove)
{
    static const char *const topics[2][6] = {{"ship", "sea", "sail", "mast", "deck", "anchor"},
                                             {"bread", "oven", "flour", "dough", "yeast", "crust"}};
    char *text = calloc(1, 400000), *at = text;
    uint32_t state = 12345;
    for (int line = 0; line < 4000; line++) {
        for (int i = 0; i < 10; i++) {
            state = state * 1664525u + 1013904223u;
            unsigned topic = (unsigned)line % 2 ^ (state >> 24) % 8 / 7; /* one in eight strays */
            at += sprintf(at, "%s ", topics[topic][(state >> 16 & 255) % 6]);
        }
        at += sprintf(at, "\n");
    }
    static const struct way learners[] = {
        {"skip-gram", &word2vec_train, {"size=16", "binary=0", "sample=0", "iter=10"}},
        {"cbow", &word2vec_train, {"size=16", "binary=0", "sample=0", "iter=10", "cbow=1"}},
        {"hs",
         &word2vec_train,
         {"size=16", "binary=0", "sample=0", "iter=10", "hs=1", "negative=0"}},
        {"deterministic",
         &word2vec_train,
         {"size=16", "binary=0", "sample=0", "iter=10", "deterministic=1"}},
        {"glove", &glove_train, {"vector-size=16", "iter=60"}},
        {"fasttext", &fasttext_train, {"dim=16", "binary=0", "t=0", "maxn=0", "epoch=10"}},
    };
    for (size_t w = 0; w < sizeof learners / sizeof *learners; w++) {
        struct run run = run_of(&learners[w], "out", NULL);
        run.text = text;
        run.n_threads = 2;
        expect_ok(&run, learners[w].name);
        unsigned n;
        static char words[1000][16];
        float *rows =
            read_vectors(test_path("out"), &n, 16, learners[w].trainer != &glove_train, words);
        cr_assert_eq(n, 12);
        float same = 0, other = 0;
        for (unsigned a = 0; a < n; a++) {
            for (unsigned b = 0; b < a; b++) {
                bool sea_a = false, sea_b = false;
                for (int i = 0; i < 6; i++) {
                    sea_a |= strcmp(words[a], topics[0][i]) == 0;
                    sea_b |= strcmp(words[b], topics[0][i]) == 0;
                }
                *(sea_a == sea_b ? &same : &other) += cosine(rows + a * 16, rows + b * 16, 16);
            }
        }
        cr_assert(same / 30 > other / 36 + 0.3f, "%s: same topic %g, other %g", learners[w].name,
                  (double)same / 30, (double)other / 36);
        free(rows);
    }
    free(text);
}

/* word2vec's binary and text files hold the same words and numbers. */
Test(runs, binary_equals_text, .fini = test_folder_remove)
{
    struct run text = run_of(&ways[0], "text", "binary=0"),
               binary = run_of(&ways[0], "binary", NULL);
    text.text = binary.text = "a b c a b c a b c d d d e e a b\n";
    expect_ok(&text, "text");
    expect_ok(&binary, "binary");
    unsigned n;
    static char words[1000][16];
    float *rows = read_vectors(test_path("text"), &n, 20, true, words);
    char *bytes = test_read(test_path("binary"), NULL), *at = bytes;
    cr_assert_eq(strncmp(at, "5 20\n", 5), 0);
    at += 5;
    for (unsigned i = 0; i < n; i++) {
        cr_assert_eq(at[0], words[i][0]);
        cr_assert_eq(at[1], ' ');
        cr_assert_eq(memcmp(at + 2, rows + i * 20, 80), 0, "word %u", i);
        cr_assert_eq(at[82], '\n');
        at += 83;
    }
    free(rows);
    free(bytes);
}

/* Debian's fasttext reads the .bin and gives the vectors that our .vec holds. */
Test(runs, fasttext_reads_the_binary, .fini = test_folder_remove)
{
    if (system("command -v fasttext >/dev/null 2>&1") != 0) {
        cr_skip("no fasttext program");
    }
    struct run binary = run_of(&ways[7], "model.bin", NULL),
               text = run_of(&ways[7], "model.vec", "binary=0");
    expect_ok(&binary, "bin");
    expect_ok(&text, "vec");
    char command[2048];
    snprintf(
        command, sizeof command,
        "tail -n +2 '%s' | head -300 | cut -d' ' -f1 | fasttext print-word-vectors '%s' > '%s'",
        test_path("model.vec"), test_path("model.bin"), test_path("printed"));
    cr_assert_eq(system(command), 0);
    unsigned n, n_all;
    static char words[1000][16], all_words[1000][16];
    float *printed = read_vectors(test_path("printed"), &n, 20, false, words);
    float *ours = read_vectors(test_path("model.vec"), &n_all, 20, true, all_words);
    cr_assert_eq(n, 300);
    for (unsigned i = 0; i < n * 20; i++) {
        cr_assert(fabsf(printed[i] - ours[i]) <= 1e-4f * (0.1f + fabsf(ours[i])), "%s: %g %g",
                  words[i / 20], (double)printed[i], (double)ours[i]);
    }
    free(printed);
    free(ours);
}

Test(runs, json_tells_the_run, .fini = test_folder_remove)
{
    struct run run = run_of(&ways[5], "out", NULL);
    run.seed = 77;
    expect_ok(&run, "glove");
    char *json = test_read(test_path("out.json"), NULL);
    static const char *const parts[] = {"\"format\": \"harness-training/1\"",
                                        "\"model\": \"glove\"",
                                        "\"fnv1a64\": \"",
                                        "\"iter\": 3",
                                        "\"seed\": 77",
                                        "\"deterministic\": true",
                                        "\"x-max\": 10",
                                        "\"dim\": 20",
                                        "\"records\": 111736",
                                        "\"loss\": 0."};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cr_assert(strstr(json, parts[i]), "%s in %s", parts[i], json);
    }
    free(json);
}
