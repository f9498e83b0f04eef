/* From sentences to vectors: batching, order, sums, and what a bad plugin's rows become. */
#include "plugin/open.h"
#include "support.h"

#include "base/str.h"

#include <embedder.h>

struct bench {
    struct registry registry;
    struct embedder_spec spec;
    struct pool *pool;
    struct embedder *embedder;
};

static struct bench open_bench(const char *file, const char *options)
{
    struct bench bench = {.pool = pool_create(2)};
    char *path = built(file), *text;
    cr_assert_eq(registry_open_file(path, &bench.registry), 0, "%s", error_message());
    text = mem_format("%s%s", bench.registry.models[0].desc->id, options);
    cr_assert_eq(spec_parse(&bench.registry, text, &bench.spec), 0, "%s", error_message());
    cr_assert_eq(embedder_open(&bench.spec, NULL, bench.pool, &bench.embedder), 0, "%s",
                 error_message());
    free(text);
    free(path);
    return bench;
}

static void close_bench(struct bench *bench)
{
    embedder_close(bench->embedder);
    spec_finish(&bench->spec);
    registry_close(&bench->registry);
    pool_destroy(bench->pool);
}

struct taken {
    uint64_t next_tag, rows;
    float first[4]; /* of the last sentence's first vector */
    uint64_t stop_at;
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct taken *taken = ctx;
    cr_expect_eq(embedded->tag, taken->next_tag, "sentences come in order");
    taken->next_tag++;
    taken->rows += embedded->n_targets;
    if (embedded->n_targets > 0) {
        memcpy(taken->first, embedded->vectors, sizeof taken->first);
        cr_expect_eq(embedded->status[0], EMB_WORD_OK);
    }
    return taken->next_tag == taken->stop_at ? error_set(ERR_FAILED, "enough") : 0;
}

static int push(struct embed_stream *stream, uint64_t tag, const char *text)
{
    struct emb_span spans[64];
    uint32_t n = 0;
    struct slice rest = slice_of(text), word;
    while (slice_word(&rest, &word)) {
        uint32_t begin = (uint32_t)(word.text - text);
        spans[n++] = (struct emb_span){begin, begin + (uint32_t)word.n};
    }
    return embed_stream_push(stream, tag, text, (uint32_t)strlen(text), spans, n, spans, n);
}

Test(stream, thousands_of_sentences_come_in_order)
{
    struct bench bench = open_bench("plugins/toy/toy.so", ",dim=4");
    struct taken taken = {0};
    struct embed_stream *stream =
        embed_stream_create(bench.embedder, EMB_POOL_MEAN, take, &taken, "test", 3000);
    float bank[4] = {0};
    for (uint64_t i = 0; i < 3000; i++) {
        cr_assert_eq(push(stream, i, i % 7 == 0 ? "" : i % 2 ? "bank of the river" : "a tree"), 0);
    }
    cr_assert_eq(push(stream, 3000, "bank"), 0);
    cr_assert_eq(embed_stream_finish(stream), 0);
    cr_expect_eq(taken.next_tag, 3001);
    memcpy(bank, taken.first, sizeof bank);

    stream = embed_stream_create(bench.embedder, EMB_POOL_MEAN, take, &taken, "test", 1);
    cr_assert_eq(push(stream, 3001, "bank and money"), 0);
    cr_assert_eq(embed_stream_finish(stream), 0);
    cr_expect_arr_eq(taken.first, bank, sizeof bank, "a static vector, bit by bit");

    uint64_t sentences, tokens;
    double seconds;
    embedder_work(bench.embedder, &sentences, &tokens, &seconds);
    cr_expect_eq(sentences, 3002);
    cr_expect_eq(tokens, taken.rows, "every word was a target");
    close_bench(&bench);
}

Test(stream, an_error_of_the_taker_ends_it)
{
    struct bench bench = open_bench("plugins/toy/toy.so", "");
    struct taken taken = {.stop_at = 2};
    struct embed_stream *stream =
        embed_stream_create(bench.embedder, EMB_POOL_MEAN, take, &taken, "test", 0);
    for (uint64_t i = 0; i < 3; i++) {
        push(stream, i, "word");
    }
    cr_expect_eq(embed_stream_finish(stream), ERR_FAILED);
    cr_expect_str_eq(error_message(), "enough");
    cr_expect_eq(taken.next_tag, 2);
    close_bench(&bench);
}

Test(stream, one_sentence_larger_than_any_batch)
{
    struct bench bench = open_bench("plugins/toy/toy.so", ",dim=4");
    struct taken taken = {0};
    struct str text = {0};
    enum { WORDS = 30000 };
    struct emb_span *spans = mem_array(WORDS, sizeof *spans);
    for (uint32_t i = 0; i < WORDS; i++) {
        spans[i] = (struct emb_span){(uint32_t)text.n, (uint32_t)text.n + 1};
        str_add(&text, "w ");
    }
    struct embed_stream *stream =
        embed_stream_create(bench.embedder, EMB_POOL_MEAN, take, &taken, "test", 0);
    cr_assert_eq(
        embed_stream_push(stream, 0, text.data, (uint32_t)text.n, spans, WORDS, spans, WORDS), 0);
    cr_assert_eq(embed_stream_finish(stream), 0);
    cr_expect_eq(taken.rows, WORDS);
    free(spans);
    str_finish(&text);
    close_bench(&bench);
}

Test(stream, sins_are_reported_with_stage_and_word)
{
    static const struct {
        const char *file, *says;
    } cases[] = {
        {"nan", "returned NaN in float 3 of 8 at stage table of \"river\" in \"the river\""},
        {"infinity", "returned an infinity in float 3"},
        {"past_rows", "wrote past its rows (float 8 of 8)"},
        {"past_end", "wrote past its rows"},
        {"past_status", "wrote past its rows: after the last of 2"},
        {"unwritten", "did not write float 0 of 8 at stage table of \"river\""},
        {"no_status", "left no valid word status (77)"},
        {"unknown_not_zero", "for a word without a vector (status 1), not 0"},
        {"fail", "fail: sentence 0 is not to my taste"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *file = mem_format("tests/bad/%s.so", cases[i].file);
        struct bench bench = open_bench(file, "");
        struct taken taken = {0};
        struct embed_stream *stream =
            embed_stream_create(bench.embedder, EMB_POOL_MEAN, take, &taken, "test", 0);
        push(stream, 0, "the river");
        cr_expect_eq(embed_stream_finish(stream), ERR_FAILED, "%s", file);
        cr_expect_eq(taken.next_tag, 0, "nothing of a bad batch is delivered");
        expect_message(cases[i].says);
        expect_message(cases[i].file);
        close_bench(&bench);
        free(file);
    }
}

Test(open, failures_while_loading_are_reported)
{
    static const struct {
        const char *file, *says;
        int code;
    } cases[] = {
        {"fail_in_create", "model.bin: byte 12: found \"GARB\", expected \"GOOD\"", ERR_REQUEST},
        {"no_model", "succeeded without a model", ERR_FAILED},
        {"no_dimension", "found dim 0", ERR_FAILED},
        {"same_stages", "stages 0 and 1 are both called \"table\"", ERR_FAILED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *file = mem_format("tests/bad/%s.so", cases[i].file), *path = built(file);
        struct registry registry;
        struct embedder_spec spec;
        struct embedder *embedder = NULL;
        struct pool *pool = pool_create(1);
        cr_assert_eq(registry_open_file(path, &registry), 0);
        cr_assert_eq(spec_parse(&registry, cases[i].file, &spec), 0);
        cr_expect_eq(embedder_open(&spec, NULL, pool, &embedder), cases[i].code, "%s", file);
        cr_expect_null(embedder);
        expect_message(cases[i].says);
        spec_finish(&spec);
        registry_close(&registry);
        pool_destroy(pool);
        free(file);
        free(path);
    }
}

Test(open, memory_is_counted)
{
    struct bench bench = open_bench("plugins/toy/toy.so", "");
    uint64_t now, most;
    embedder_memory(bench.embedder, &now, &most);
    cr_expect_geq(now, sizeof(void *) + 12, "the toy's model: a pointer, a dim, a seed");
    cr_expect_lt(now, 1000);
    cr_expect_geq(most, now);
    close_bench(&bench);
}
