/* Work cut into chunks: whatever they hold, what is made of them is what a model gives at once. */
#include "plugin/open.h"
#include "plugin/split.h"
#include "support.h"

#include "base/file.h"
#include "base/str.h"

#include <embedder.h>
#include <unistd.h>

enum { SENTENCES = 2000 };

static const struct split_of of_three = {"whole", 3};

struct bench {
    struct registry registry;
    struct embedder_spec spec;
    struct pool *pool;
    struct embedder *embedder;
    char folder[32];
};

static struct bench open_bench(void)
{
    struct bench bench = {.pool = pool_create(2)};
    char *path = built("plugins/toy/toy.so");
    cr_assert_eq(registry_open_file(path, &bench.registry), 0, "%s", error_message());
    cr_assert_eq(spec_parse(&bench.registry, "toy,dim=5", &bench.spec), 0, "%s", error_message());
    cr_assert_eq(embedder_open(&bench.spec, NULL, bench.pool, &bench.embedder), 0, "%s",
                 error_message());
    strcpy(bench.folder, "/tmp/harness-split-XXXXXX");
    cr_assert(mkdtemp(bench.folder));
    free(path);
    return bench;
}

static void close_bench(struct bench *bench)
{
    file_remove_tree(bench->folder);
    embedder_close(bench->embedder);
    spec_finish(&bench->spec);
    registry_close(&bench->registry);
    pool_destroy(bench->pool);
}

/* All that came of a pass. */
struct taken {
    struct str bytes;
    uint64_t known;
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct taken *taken = ctx;
    str_append(&taken->bytes, (const char *)embedded->status, embedded->n_targets);
    str_append(&taken->bytes, (const char *)embedded->vectors,
               embedded->n_targets * 5 * sizeof(float));
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        taken->known += word_has_vector(embedded->status[i]);
    }
    return 0;
}

/* One pass over the text; what embedding came to. */
static int go_through(struct bench *bench, struct split *split, struct taken *taken)
{
    *taken = (struct taken){0};
    embedder_set_split(bench->embedder, split);
    struct embed_stream *stream =
        embed_stream_create(bench->embedder, EMB_POOL_MEAN, take, taken, "test", SENTENCES);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < SENTENCES; i++) {
        char text[64];
        struct emb_span words[3] = {{0, 1}, {2, 3}};
        int n = snprintf(text, sizeof text, "%c %c word%u", 'a' + i % 3, 'k' + i % 11, i % 777);
        words[2] = (struct emb_span){4, (uint32_t)n};
        status = embed_stream_push(stream, i, text, (uint32_t)n, words, 3, words, 3);
    }
    status = embed_stream_end(stream, status);
    embedder_set_split(bench->embedder, NULL);
    return status;
}

static struct taken pass(struct bench *bench, struct split *split)
{
    struct taken taken;
    cr_assert_eq(go_through(bench, split, &taken), 0, "%s", error_message());
    return taken;
}

static char *beginning(const struct bench *bench)
{
    return file_join(bench->folder, "whole");
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void do_chunks(struct bench *bench, const struct split_of *of)
{
    char *begin = beginning(bench);
    for (uint32_t chunk = 1; chunk <= of->n_chunks; chunk++) {
        char *path = split_path(begin, chunk, of->n_chunks);
        struct split *split;
        write_file(path, "", 0);
        cr_assert_eq(split_chunk_begin(path, of, chunk, &split), 0, "%s", error_message());
        struct taken taken = pass(bench, split);
        cr_expect_eq(taken.known, 0, "a chunk shows no vector");
        /* what a suite makes of that may be an error: nobody's */
        cr_expect_eq(split_chunk_end(split, chunk % 2 ? ERR_FAILED : 0), 0, "%s", error_message());
        str_finish(&taken.bytes);
        free(path);
    }
    free(begin);
}

static struct taken do_whole(struct bench *bench, const struct split_of *of)
{
    char *begin = beginning(bench);
    struct split *split;
    cr_assert_eq(split_whole_begin(begin, of, &split), 0, "%s", error_message());
    struct taken taken = pass(bench, split);
    split_destroy(split);
    free(begin);
    return taken;
}

static void expect_same(const struct taken *got, const struct taken *expected, const char *what)
{
    cr_expect(got->bytes.n == expected->bytes.n &&
                  memcmp(got->bytes.data, expected->bytes.data, expected->bytes.n) == 0,
              "%s: other bytes", what);
}

Test(split, any_number_of_chunks_gives_the_same_bytes)
{
    struct bench bench = open_bench();
    struct taken expected = pass(&bench, NULL);
    cr_assert_gt(expected.known, SENTENCES);
    static const uint32_t numbers[] = {1, 2, 3, 4, 7};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct split_of of = {"whole", numbers[i]};
        char what[32];
        snprintf(what, sizeof what, "%u chunks", numbers[i]);
        do_chunks(&bench, &of);
        struct taken got = do_whole(&bench, &of);
        expect_same(&got, &expected, what);
        str_finish(&got.bytes);
    }
    str_finish(&expected.bytes);
    close_bench(&bench);
}

/* ---- files made by hand ---- */

static struct str read_chunk(struct bench *bench, uint32_t chunk, uint32_t n_chunks)
{
    struct str bytes;
    char *begin = beginning(bench), *path = split_path(begin, chunk, n_chunks);
    cr_assert_eq(file_read(path, &bytes), 0, "%s", error_message());
    free(path);
    free(begin);
    return bytes;
}

static void write_chunk(struct bench *bench, uint32_t chunk, uint32_t n_chunks,
                        const struct str *bytes)
{
    char *begin = beginning(bench), *path = split_path(begin, chunk, n_chunks);
    write_file(path, bytes->data, bytes->n);
    free(path);
    free(begin);
}

static void add_seal(struct str *bytes)
{
    char hex[DIGEST_TEXT_BYTES];
    const struct split_frame seal = {.n = DIGEST_TEXT_BYTES - 1};
    digest_of(bytes->data, bytes->n, hex);
    str_append(bytes, (const char *)&seal, sizeof seal);
    str_append(bytes, hex, DIGEST_TEXT_BYTES - 1);
}

#define SEAL_BYTES (sizeof(struct split_frame) + DIGEST_TEXT_BYTES - 1)

Test(split, it_is_no_matter_which_chunk_holds_which_answer)
{
    struct bench bench = open_bench();
    const struct split_of of_one = {"whole", 1};
    struct taken expected = pass(&bench, NULL);
    do_chunks(&bench, &of_one);
    struct str all = read_chunk(&bench, 1, 1);
    for (unsigned i = 0, seed = 7; i < 4; i++) {
        struct str chunks[3] = {{0}};
        for (uint32_t c = 0; c < 3; c++) {
            str_format(&chunks[c], "harness-answers/1 whole %u/3\n", c + 1);
        }
        const char *at = memchr(all.data, '\n', all.n), *end = all.data + all.n - SEAL_BYTES;
        for (at++; at < end;) {
            struct split_frame frame;
            memcpy(&frame, at, sizeof frame);
            uint32_t to = (uint32_t)rand_r(&seed) % 4; /* 3: lost, and asked again */
            if (to < 3) {
                str_append(&chunks[to], at, sizeof frame + frame.n);
            }
            at += sizeof frame + frame.n;
        }
        for (uint32_t c = 0; c < 3; c++) {
            add_seal(&chunks[c]);
            write_chunk(&bench, c + 1, 3, &chunks[c]);
            str_finish(&chunks[c]);
        }
        struct taken got = do_whole(&bench, &of_three);
        expect_same(&got, &expected, "dealt out at random");
        str_finish(&got.bytes);
    }
    str_finish(&all);
    str_finish(&expected.bytes);
    close_bench(&bench);
}

Test(split, recorded_answers_are_what_is_taken)
{
    struct bench bench = open_bench();
    struct taken expected = pass(&bench, NULL);
    do_chunks(&bench, &of_three);
    struct str bytes = read_chunk(&bench, 2, 3);
    bytes.n -= SEAL_BYTES;
    bytes.data[bytes.n - 4] ^= 1; /* the last bit of the last float */
    add_seal(&bytes);
    write_chunk(&bench, 2, 3, &bytes);
    struct taken got = do_whole(&bench, &of_three);
    cr_assert_eq(got.bytes.n, expected.bytes.n);
    size_t n = 0;
    for (size_t i = 0; i < got.bytes.n; i++) {
        n += got.bytes.data[i] != expected.bytes.data[i];
    }
    cr_expect_gt(n, 0, "the model was asked instead");
    cr_expect_lt(n, 100);
    str_finish(&got.bytes);
    str_finish(&bytes);
    str_finish(&expected.bytes);
    close_bench(&bench);
}

static void expect_refused(struct bench *bench, const char *says)
{
    char *begin = beginning(bench);
    struct split *split;
    cr_expect_eq(split_whole_begin(begin, &of_three, &split), ERR_REQUEST);
    expect_message("chunk 2/3");
    expect_message("whole.2-3.answers");
    expect_message(says);
    free(begin);
}

Test(split, damaged_answers_are_named)
{
    struct bench bench = open_bench();
    do_chunks(&bench, &of_three);
    struct str sound = read_chunk(&bench, 2, 3);
    struct str other = read_chunk(&bench, 3, 3);
    for (size_t i = 0; i < 60; i++) { /* a bit flipped anywhere, or in the seal */
        size_t at = i < 30 ? i * (sound.n - 1) / 29 : sound.n - 1 - (i - 30) * SEAL_BYTES / 30;
        sound.data[at] ^= 4;
        write_chunk(&bench, 2, 3, &sound);
        expect_refused(&bench, "torn");
        sound.data[at] ^= 4;
    }
    for (size_t i = 0; i < 12; i++) { /* cut off anywhere */
        const struct str cut = {.data = sound.data, .n = i * (sound.n - 1) / 11};
        write_chunk(&bench, 2, 3, &cut);
        expect_refused(&bench, "torn");
    }
    write_chunk(&bench, 2, 3, &other);
    expect_refused(&bench, "found answers of something else");
    char *begin = beginning(&bench), *path = split_path(begin, 2, 3);
    unlink(path);
    expect_refused(&bench, "No such file");
    write_chunk(&bench, 2, 3, &sound);
    const struct split_of foreign = {"elsewhere", 3};
    struct split *split;
    cr_expect_eq(split_whole_begin(begin, &foreign, &split), ERR_REQUEST);
    expect_message("found answers of something else");
    free(path);
    free(begin);
    str_finish(&sound);
    str_finish(&other);
    close_bench(&bench);
}

/* Sealed, but by somebody who writes what he likes: an error or other rows, never a crash. */
Test(split, forged_answers_do_no_harm)
{
    struct bench bench = open_bench();
    do_chunks(&bench, &of_three);
    struct str sound = read_chunk(&bench, 2, 3);
    const char *line = memchr(sound.data, '\n', sound.n);
    size_t first = (size_t)(line + 1 - sound.data);
    unsigned seed = 1;
    char *begin = beginning(&bench);
    for (uint32_t i = 0; i < 60; i++) {
        struct str forged = {0};
        str_append(&forged, sound.data, sound.n - SEAL_BYTES);
        size_t range = i < 40 ? 400 : forged.n - first; /* headers more often than floats */
        for (uint32_t k = 0; k <= i % 3; k++) {
            forged.data[first + (size_t)rand_r(&seed) % range] = (char)rand_r(&seed);
        }
        add_seal(&forged);
        write_chunk(&bench, 2, 3, &forged);
        struct split *split;
        if (split_whole_begin(begin, &of_three, &split) == 0) {
            struct taken taken;
            int status = go_through(&bench, split, &taken);
            cr_expect(status == 0 || status == ERR_FAILED);
            split_destroy(split);
            str_finish(&taken.bytes);
        }
        str_finish(&forged);
    }
    free(begin);
    str_finish(&sound);
    close_bench(&bench);
}

Test(split, an_error_of_the_model_ends_a_chunk)
{
    struct bench bench = open_bench();
    char *begin = beginning(&bench), *path = split_path(begin, 1, 3);
    struct split *split;
    write_file(path, "", 0);
    cr_assert_eq(split_chunk_begin(path, &of_three, 1, &split), 0);
    cr_expect_eq(split_fail(split, error_set(ERR_FAILED, "the model gave up")), ERR_FAILED);
    cr_expect_eq(split_chunk_end(split, ERR_FAILED), ERR_FAILED);
    expect_message("the model gave up");
    /* and of data that cannot be read: nothing was asked */
    cr_assert_eq(split_chunk_begin(path, &of_three, 1, &split), 0);
    cr_expect_eq(split_chunk_end(split, ERR_REQUEST), ERR_REQUEST);
    cr_expect_eq(split_chunk_begin("/nowhere/at/all", &of_three, 1, &split), ERR_MACHINE);
    free(path);
    free(begin);
    close_bench(&bench);
}
