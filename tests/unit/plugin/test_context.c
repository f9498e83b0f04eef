/* What a model is shown under every context, and that rows come back where they belong: beside a
 * fake model that remembers what it was shown and makes vectors of it. */
#include "plugin/context.h"
#include "plugin/embed.h"
#include "plugin/open.h"
#include "support.h"

#include "base/map.h"

#include <embedder.h>

/* "[the] [bank]* ." - text with brackets around its words and a star behind the target's end - of
 * every sentence shown so far, one a line. */
static struct str shown;
static uint64_t n_calls;
static int32_t pooling_seen;

static void show(const struct emb_sentence *sentence)
{
    for (uint32_t at = 0; at <= sentence->n_bytes; at++) {
        for (uint32_t w = 0; w < sentence->n_words; w++) {
            str_add(&shown, sentence->words[w].end == at ? "]" : "");
        }
        for (uint32_t t = 0; t < sentence->n_targets; t++) {
            str_add(&shown, sentence->targets[t].end == at ? ">" : "");
        }
        for (uint32_t t = 0; t < sentence->n_targets; t++) {
            str_add(&shown, sentence->targets[t].begin == at ? "<" : "");
        }
        for (uint32_t w = 0; w < sentence->n_words; w++) {
            str_add(&shown, sentence->words[w].begin == at ? "[" : "");
        }
        if (at < sentence->n_bytes) {
            str_add_char(&shown, sentence->text[at]);
        }
    }
    str_add_char(&shown, '\n');
}

static emb_status fake_create(const struct emb_host *host, const struct emb_model_desc *desc,
                              const struct emb_options *options, struct emb_model **ret_model)
{
    (void)host, (void)desc, (void)options;
    static char model;
    *ret_model = (struct emb_model *)(void *)&model;
    return EMB_OK;
}

static void fake_destroy(struct emb_model *model)
{
    (void)model;
}

static emb_status fake_info(const struct emb_model *model, struct emb_model_info *info)
{
    (void)model;
    info->dim = 2;
    info->n_stages = 2;
    return EMB_OK;
}

static emb_status fake_stage(const struct emb_model *model, uint32_t i, struct emb_stage *stage)
{
    (void)model;
    stage->name = i == 0 ? "table" : "1";
    stage->block = (int32_t)i;
    return EMB_OK;
}

#define WINDOW_BYTES 100u /* a target that ends beyond it is cut */

/* Stage "table": the target and where it is; stage "1": all that was shown, and where it is. */
static emb_status fake_embed(struct emb_model *model, const struct emb_batch *batch)
{
    (void)model;
    uint64_t row = 0;
    n_calls++;
    pooling_seen = batch->pooling;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        show(sentence);
        for (uint32_t t = 0; t < sentence->n_targets; t++, row++) {
            struct emb_span span = sentence->targets[t];
            bool cut = span.end > WINDOW_BYTES;
            for (uint32_t s = 0; s < batch->n_stages; s++) {
                float *out = batch->vectors + row * batch->row_stride + s * batch->stage_stride;
                const char *text = s == 0 ? sentence->text + span.begin : sentence->text;
                size_t n = s == 0 ? span.end - span.begin : sentence->n_bytes;
                out[0] = cut ? 0 : (float)(hash_bytes(text, n, 1) >> 44);
                out[1] = cut ? 0 : (float)(1 + span.begin);
            }
            batch->word_status[row] = cut ? EMB_WORD_CUT : EMB_WORD_OK;
        }
    }
    return EMB_OK;
}

static const void *fake_extension(struct emb_model *model, const char *id)
{
    (void)model, (void)id;
    return NULL;
}

static const struct emb_option fake_options[] = {
    {"pooling", "own", "an option that the host has too", EMB_OPT_TEXT, 0, 1, 0}};
static const struct emb_model_ops fake_ops = {.struct_size = sizeof fake_ops,
                                              .create = fake_create,
                                              .destroy = fake_destroy,
                                              .info = fake_info,
                                              .stage = fake_stage,
                                              .embed = fake_embed,
                                              .extension = fake_extension};
static const struct emb_model_desc fake_desc = {.struct_size = sizeof fake_desc,
                                                .caps = EMB_CAP_CONTEXTUAL,
                                                .id = "fake",
                                                .name = "Fake",
                                                .version = "1",
                                                .citation = "-"};
static const struct plugin_model fake = {.desc = &fake_desc, .ops = &fake_ops};

struct bench {
    struct embedder_spec spec;
    struct pool *pool;
    struct embedder *embedder;
};

static struct bench open_bench(const char *context, const char *pooling)
{
    struct option_pair pairs[2] = {{(char *)(uintptr_t) "context", (char *)(uintptr_t)context},
                                   {(char *)(uintptr_t) "pooling", (char *)(uintptr_t)pooling}};
    struct bench bench = {.pool = pool_create(1)};
    cr_assert_eq(spec_create(NULL, &fake, pairs, pooling ? 2 : 1, &bench.spec), 0, "%s",
                 error_message());
    cr_assert_eq(embedder_open(&bench.spec, NULL, bench.pool, &bench.embedder), 0, "%s",
                 error_message());
    str_clear(&shown);
    n_calls = 0;
    return bench;
}

static void close_bench(struct bench *bench)
{
    embedder_close(bench->embedder);
    spec_finish(&bench->spec);
    pool_destroy(bench->pool);
}

/* A sentence spelled as `shown` is, "[the] <[bank]>": words in brackets, targets in angles. */
struct spelled {
    struct str text;
    struct emb_span words[64], targets[64];
    uint32_t n_words, n_targets;
};

static void spell(const char *text, struct spelled *ret)
{
    uint32_t word = 0, open[8], n_open = 0;
    *ret = (struct spelled){.n_words = 0};
    for (; *text; text++) {
        uint32_t at = (uint32_t)ret->text.n;
        if (*text == '[') {
            word = at;
        } else if (*text == ']') {
            ret->words[ret->n_words++] = (struct emb_span){word, at};
        } else if (*text == '<') {
            open[n_open++] = ret->n_targets;
            ret->targets[ret->n_targets++] = (struct emb_span){at, at};
        } else if (*text == '>') {
            ret->targets[open[--n_open]].end = at;
        } else {
            str_add_char(&ret->text, *text);
        }
    }
}

/* All that came back. */
struct taken {
    float vectors[4096];
    uint8_t status[1024];
    uint64_t tags[1024];
    uint32_t rows, sentences;
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct taken *taken = ctx;
    for (uint32_t i = 0; i < 4u * embedded->n_targets; i++) {
        taken->vectors[4u * taken->rows + i] = embedded->vectors[i];
    }
    for (uint32_t t = 0; t < embedded->n_targets; t++) {
        taken->status[taken->rows++] = embedded->status[t];
    }
    taken->tags[taken->sentences++] = embedded->tag;
    return 0;
}

static void embed(struct bench *bench, const char *const *texts, uint32_t n, struct taken *taken)
{
    struct embed_stream *stream =
        embed_stream_create(bench->embedder, EMB_POOL_MEAN, take, taken, "test", n);
    *taken = (struct taken){.rows = 0};
    for (uint32_t i = 0; i < n; i++) {
        struct spelled spelled;
        spell(texts[i], &spelled);
        cr_assert_eq(embed_stream_push(stream, 100 + i, str_text(&spelled.text),
                                       (uint32_t)spelled.text.n, spelled.words, spelled.n_words,
                                       spelled.targets, spelled.n_targets),
                     0);
        str_finish(&spelled.text);
    }
    cr_assert_eq(embed_stream_finish(stream), 0, "%s", error_message());
}

static void expect_shown(const char *context, const char *text, const char *wanted)
{
    struct bench bench = open_bench(context, NULL);
    struct taken taken;
    embed(&bench, &text, 1, &taken);
    cr_expect_str_eq(str_text(&shown), wanted, "context=%s of %s\nfound\n%s", context, text,
                     str_text(&shown));
    close_bench(&bench);
    str_finish(&shown);
}

Test(context, what_a_model_is_shown)
{
    static const char text[] = "[The] <[bank]> [of] [the] [river] [rose] <[fast]> [.]";
    static const struct {
        const char *context, *shown;
    } cases[] = {
        {"both", "[The] <[bank]> [of] [the] [river] [rose] <[fast]> [.]\n"},
        {"window:all", "[The] <[bank]> [of] [the] [river] [rose] <[fast]> [.]\n"},
        {"left", "[The] <[bank]>\n[The] [bank] [of] [the] [river] [rose] <[fast]>\n"},
        {"right", "<[bank]> [of] [the] [river] [rose] [fast] [.]\n<[fast]> [.]\n"},
        {"none", "<[bank]>\n<[fast]>\n"},
        {"window:0", "<[bank]>\n<[fast]>\n"},
        {"window:1", "[The] <[bank]> [of]\n[rose] <[fast]> [.]\n"},
        {"window:3", "[The] <[bank]> [of] [the] [river]\n[the] [river] [rose] <[fast]> [.]\n"},
        {"window:99", "[The] <[bank]> [of] [the] [river] [rose] [fast] [.]\n"
                      "[The] [bank] [of] [the] [river] [rose] <[fast]> [.]\n"},
        {"repeat", "[The] [bank] [of] [the] [river] [rose] [fast] [.] "
                   "[The] <[bank]> [of] [the] [river] [rose] <[fast]> [.]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_shown(cases[i].context, text, cases[i].shown);
    }
}

Test(context, beginnings_ends_phrases_and_parts)
{
    expect_shown("left", "<[Bank]> [it]", "<[Bank]>\n");
    expect_shown("right", "<[Bank]> [it]", "<[Bank]> [it]\n");
    expect_shown("right", "[to] <[bank]>", "<[bank]>\n");
    expect_shown("window:1", "<[New York]> [is] [big]", "<[New York]> [is]\n");
    expect_shown("window:1", "[in] <[New] [York]> [is] [big]", "[in] <[New] [York]> [is]\n");
    expect_shown("none", "[in] <[New] [York]> [is]", "<[New] [York]>\n");
    /* A target that is a part of a word: the word is cut, and counts as no word of the window. */
    expect_shown("left", "[the] [<bank>-notes] [burn]", "[the] <[bank]>\n");
    expect_shown("window:1", "[all] [the] [<bank>-notes] [burn] [well]",
                 "[the] <[bank>-notes] [burn]\n");
    /* Plain text stays plain. */
    expect_shown("left", "He sat by the <bank>, alone.", "He sat by the <bank>\n");
    expect_shown("none", "He sat by the <bank>, alone.", "<bank>\n");
    expect_shown("window:1", "He sat by the <bank>, all alone.", "the <bank>, all\n");
    /* A target that is all of the text has no context; repeat doubles it. */
    expect_shown("left", "<sloping land>", "<sloping land>\n");
    expect_shown("none", "<[sloping] [land]>", "<[sloping] [land]>\n");
    expect_shown("shuffled", "<[sloping] [land] [beside] [water]>",
                 "<[sloping] [land] [beside] [water]>\n");
    expect_shown("repeat", "<sloping land>", "sloping land <sloping land>\n");
    /* One target in another: a text each. */
    expect_shown("left", "<[a] <[b]>> [c]", "<[a] [b]>\n[a] <[b]>\n");
    expect_shown("left", "[no] [target]", ""); /* nothing is asked */
}

/* The word alone, as the suites that embed words alone give it. */
Test(context, none_is_the_word_alone)
{
    static const char *const texts[] = {"[The] <[bank]> [rose]", "<[bank]> [rose]", "[a] <[bank]>",
                                        "[The] [<bank>-notes]", "<[bank]>"};
    struct bench none = open_bench("none", NULL), plain = open_bench("both", NULL);
    struct taken alone;
    embed(&plain, &texts[4], 1, &alone);
    for (size_t i = 0; i < 5; i++) {
        struct taken taken;
        str_clear(&shown);
        embed(&none, &texts[i], 1, &taken);
        cr_expect_str_eq(str_text(&shown), "<[bank]>\n");
        cr_expect_arr_eq(taken.vectors, alone.vectors, 4 * sizeof(float));
    }
    close_bench(&none);
    close_bench(&plain);
    str_finish(&shown);
}

/* Letters of a text in order: equal for texts of the same words. */
static void sorted(const char *text, char out[256])
{
    size_t n = 0;
    for (int c = 1; c < 128; c++) {
        for (const char *at = text; *at; at++) {
            if (*at == c) {
                out[n++] = (char)c;
            }
        }
    }
    out[n] = '\0';
}

Test(context, shuffled_words_leave_the_target_in_place)
{
    static const char text[] = "[one] [two] [three] <[bank]> [five] [six] [seven] [eight]";
    struct taken taken, again, other;
    struct bench bench = open_bench("shuffled", NULL), seeded = open_bench("shuffled:7", NULL);
    const char *const texts[] = {"[some] <[other]> [text]", text};
    struct spelled spelled;
    spell(text, &spelled);
    embed(&bench, &texts[1], 1, &taken);
    char found[256], wanted[256], *line = mem_text(str_text(&shown));
    sorted(line, found);
    sorted("\n[one] [two] [three] <[bank]> [five] [six] [seven] [eight]", wanted);
    cr_expect_str_eq(found, wanted, "the same words, each of them one: %s", line);
    cr_expect_neq(strncmp(line, text, strlen(text)), 0, "in another order");
    uint32_t before = 0;
    for (const char *at = line; *at != '<'; at++) {
        before += *at == '[';
    }
    cr_expect_eq(before, 3, "the target is the fourth word still: %s", line);
    embed(&bench, texts, 2, &again);
    cr_expect_arr_eq(again.vectors + 4, taken.vectors, 4 * sizeof(float),
                     "whatever stands before in the stream");
    embed(&seeded, &texts[1], 1, &other);
    cr_expect_neq(memcmp(other.vectors + 2, taken.vectors + 2, sizeof(float)), 0, "a seed's own");
    free(line);
    str_finish(&spelled.text);
    close_bench(&bench);
    close_bench(&seeded);
    /* Plain text: runs without white space are the words, the gaps stay. */
    expect_shown("shuffled", "the  <bank> the,  the", "the  <bank> the,  the\n");
}

/* Phrases move with what is between their words; a target may begin outside of every word. */
Test(context, shuffled_phrases)
{
    struct bench bench = open_bench("shuffled", NULL);
    const char *text = "[a] [b] <[New] -  [York]> [c] [d] [e] <( [f]>";
    struct taken taken;
    embed(&bench, &text, 1, &taken);
    cr_expect(strstr(str_text(&shown), " <[New] -  [York]> "), "%s", str_text(&shown));
    cr_expect(strstr(str_text(&shown), " <( [f]>\n"), "%s", str_text(&shown));
    close_bench(&bench);
    str_finish(&shown);
}

/* The order of rows, sentences without targets, several batches, and both as if nothing was. */
Test(context, rows_come_back_in_order)
{
    enum { N = 300 };
    const char *texts[N];
    for (uint32_t i = 0; i < N; i++) {
        texts[i] = i % 3 == 0   ? "[The] <[bank]> [of] <[the]> [river]"
                   : i % 3 == 1 ? "[nothing] [here]"
                                : "<[We]> [saw] [it]";
    }
    static const char *const contexts[] = {"left", "right", "none", "window:1", "repeat"};
    struct taken *taken = mem_alloc(sizeof *taken), *one = mem_alloc(sizeof *one);
    for (size_t c = 0; c < sizeof contexts / sizeof *contexts; c++) {
        struct bench bench = open_bench(contexts[c], NULL);
        embed(&bench, texts, N, taken);
        cr_expect_eq(taken->sentences, N);
        cr_expect_eq(taken->rows, N);
        cr_expect_geq(n_calls, 1, "derived texts make batches as any");
        for (uint32_t i = 0; i < N; i++) {
            cr_expect_eq(taken->tags[i], 100 + i);
        }
        embed(&bench, texts, 3, one);
        for (uint32_t i = 0; i < N / 3; i++) {
            cr_expect_arr_eq(taken->vectors + (size_t)i * 12, one->vectors, 12 * sizeof(float));
        }
        close_bench(&bench);
    }
    free(taken);
    free(one);
    str_finish(&shown);
}

static int refuse(void *ctx, const struct embedded *embedded)
{
    uint32_t *n = ctx;
    (void)embedded;
    return ++*n == 2 ? error_set(ERR_FAILED, "enough") : 0;
}

/* Sentences without targets are delivered in their turn, and never shown; a taker's error ends the
 * stream wherever it arises. */
Test(context, nothing_asked_and_errors)
{
    struct bench bench = open_bench("left", NULL);
    const struct emb_span word = {0, 4};
    uint32_t n = 0;
    struct embed_stream *stream =
        embed_stream_create(bench.embedder, EMB_POOL_MEAN, refuse, &n, "test", 0);
    cr_expect_eq(embed_stream_push(stream, 0, "bank", 4, &word, 1, NULL, 0), 0);
    cr_expect_eq(n, 1, "nothing to wait for");
    cr_expect_eq(embed_stream_push(stream, 1, "bank", 4, &word, 1, NULL, 0), ERR_FAILED);
    cr_expect_eq(embed_stream_push(stream, 2, "bank", 4, &word, 1, &word, 1), ERR_FAILED);
    cr_expect_eq(embed_stream_finish(stream), ERR_FAILED);
    cr_expect_str_eq(error_message(), "enough");
    cr_expect_eq(n, 2);
    cr_expect_eq(n_calls, 0);
    close_bench(&bench);
}

Test(context, both_is_the_plain_run)
{
    static const char *const texts[] = {"[The] <[bank]> [of] <[the]> [river]", "[nothing]",
                                        "plain <text>"};
    struct bench both = open_bench("both", NULL), plain = {.pool = pool_create(1)};
    struct taken a, b;
    cr_assert_eq(spec_create(NULL, &fake, NULL, 0, &plain.spec), 0);
    cr_assert_eq(embedder_open(&plain.spec, NULL, plain.pool, &plain.embedder), 0);
    embed(&both, texts, 3, &a);
    char *first = mem_text(str_text(&shown));
    str_clear(&shown);
    embed(&plain, texts, 3, &b);
    cr_expect_str_eq(str_text(&shown), first, "shown the same, batch by batch");
    cr_expect_eq(memcmp(&a, &b, sizeof a), 0);
    free(first);
    close_bench(&both);
    close_bench(&plain);
    str_finish(&shown);
}

/* A target beyond the window is cut, alone of its sentence; less context brings it back. */
Test(context, cut_targets_stay_cut)
{
    struct str text = {0};
    str_add(&text, "<[bank]>");
    for (int i = 0; i < 20; i++) {
        str_add(&text, " [filler]");
    }
    str_add(&text, " <[end]>");
    const char *texts[] = {str_text(&text)};
    static const struct {
        const char *context;
        uint8_t status[2];
    } cases[] = {{"both", {EMB_WORD_OK, EMB_WORD_CUT}},
                 {"left", {EMB_WORD_OK, EMB_WORD_CUT}},
                 {"right", {EMB_WORD_OK, EMB_WORD_OK}},
                 {"window:2", {EMB_WORD_OK, EMB_WORD_OK}},
                 {"repeat", {EMB_WORD_CUT, EMB_WORD_CUT}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench = open_bench(cases[i].context, NULL);
        struct taken taken;
        embed(&bench, texts, 1, &taken);
        cr_expect_arr_eq(taken.status, cases[i].status, 2, "%s", cases[i].context);
        cr_expect_eq(taken.vectors[4] == 0, cases[i].status[1] == EMB_WORD_CUT);
        close_bench(&bench);
    }
    str_finish(&text);
    str_finish(&shown);
}

Test(context, pooling_is_the_embedders)
{
    static const char *const texts[] = {"[The] <[bank]>"};
    static const char *const poolings[] = {"mean", "first", "last"};
    for (int32_t i = 0; i < 3; i++) {
        struct bench bench = open_bench("left", poolings[i]);
        struct taken taken;
        embed(&bench, texts, 1, &taken);
        cr_expect_eq(pooling_seen, i);
        close_bench(&bench);
    }
    str_finish(&shown);
}

static void expect_name(const char *context, const char *pooling, const char *name,
                        const char *options)
{
    struct word_view word_view = {0};
    struct str text = {0};
    cr_assert_eq(word_view_set_context("x", context, &word_view), 0);
    cr_assert_eq(word_view_set_pooling("x", pooling, &word_view), 0);
    char *found = word_view_name("minilm", &word_view);
    cr_expect_str_eq(found, name);
    word_view_describe(&word_view, &text);
    cr_expect_str_eq(str_text(&text), options);
    str_finish(&text);
    free(found);
}

Test(context, names_and_options)
{
    expect_name("both", "mean", "minilm", "");
    expect_name("left", "mean", "minilm@left", "context=left");
    expect_name("window:04", "first", "minilm@window:4@first", "context=window:4,pooling=first");
    expect_name("window:0", "last", "minilm@none@last", "context=none,pooling=last");
    expect_name("shuffled:9", "mean", "minilm@shuffled:9", "context=shuffled:9");
}

Test(context, what_is_refused)
{
    static const char *const wrong[] = {"",           "lefts",     "left:2",   "window",
                                        "window:",    "window:-1", "window:x", "window:4294967296",
                                        "shuffled:x", "none:"};
    struct word_view word_view = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_eq(word_view_set_context("embedder x", wrong[i], &word_view), ERR_REQUEST, "%s",
                     wrong[i]);
        expect_message("embedder x, option context: found \"");
    }
    cr_expect_eq(word_view_set_pooling("embedder x", "max", &word_view), ERR_REQUEST);
    expect_message("found \"max\", expected mean, first or last");
    struct option_pair pairs[2] = {{(char *)(uintptr_t) "context", (char *)(uintptr_t) "left"},
                                   {(char *)(uintptr_t) "context", (char *)(uintptr_t) "none"}};
    struct embedder_spec spec;
    cr_expect_eq(spec_create(NULL, &fake, pairs, 2, &spec), ERR_REQUEST);
    expect_message("plugin fake, option context: given twice");
}

/* A plugin that has an option of that name keeps it. */
Test(context, an_option_of_the_plugins_own_is_its_own)
{
    static struct emb_model_desc desc;
    static const struct plugin_model model = {.desc = &desc, .ops = &fake_ops};
    desc = fake_desc;
    desc.options = fake_options;
    desc.n_options = 1;
    struct option_pair pair = {(char *)(uintptr_t) "pooling", (char *)(uintptr_t) "max"};
    struct embedder_spec spec;
    cr_assert_eq(spec_create(NULL, &model, &pair, 1, &spec), 0, "%s", error_message());
    cr_expect_str_eq(options_get_text(spec.options, "pooling"), "max");
    cr_expect(word_view_is_plain(&spec.word_view));
    cr_expect_str_eq(spec.name, "fake");
    spec_finish(&spec);
}
