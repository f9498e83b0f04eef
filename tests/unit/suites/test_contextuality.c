/* Suite contextuality: figures worked out by hand, figures worked out here pair by pair from the
 * same vectors, embedders with known answers, and what is made of text. */
#include "../data/scratch.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "math/blas.h"
#include "plugin/open.h"
#include "report/figure_text.h"
#include "suites/contextuality/contextuality.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <math.h>

/* BY HAND */

Test(measure, a_word)
{
    /* cosines 0, 1/√2, 1/√2 whatever the lengths */
    const float rows[] = {2, 0, 0, 5, 3, 3};
    struct contextuality_figures word = contextuality_of_word(rows, 3, 2);
    cr_expect_float_eq(word.self_similarity, 2 / sqrt(2) / 3, 1e-12);
    /* AᵀA = [13 9; 9 34]: (47 + √(21² + 4·81)) / 2 of 47 */
    cr_expect_float_eq(word.mev, (47 + sqrt(441 + 324)) / 94, 1e-12);
    const float same[] = {0.1F, 0.7F, -0.3F, 0.1F, 0.7F, -0.3F, 0.1F, 0.7F, -0.3F};
    word = contextuality_of_word(same, 3, 3);
    cr_expect_eq(word.self_similarity, 1);
    cr_expect_eq(word.mev, 1);
    const float none[] = {1, 0, 0, 0}; /* a row without a direction: cosine 0 */
    cr_expect_eq(contextuality_of_word(none, 2, 2).self_similarity, 0);
}

Test(measure, a_lemma)
{
    const float rows[] = {1, 0, 1, 1, 0, 2, 0, 1};
    const uint32_t senses[] = {0, 0, 1, 1};
    struct contextuality_figures lemma = contextuality_of_lemma(rows, senses, 4, 2, 2);
    cr_expect_float_eq(lemma.within, (1 / sqrt(2) + 1) / 2, 1e-12);
    cr_expect_float_eq(lemma.across, (0 + 0 + 2 / sqrt(2)) / 4, 1e-12);
    const uint32_t alone[] = {0, 1, 2, 3}, one[] = {0, 0, 0, 0};
    cr_expect(isnan(contextuality_of_lemma(rows, alone, 4, 4, 2).within));
    cr_expect(isnan(contextuality_of_lemma(rows, one, 4, 1, 2).across));
}

Test(measure, a_sentence)
{
    const float rows[] = {3, 0, 0, 4};
    double sum[2] = {0};
    uint64_t n_units = 0;
    double both = contextuality_of_sentence(rows, 2, 2, sum, &n_units);
    double one = contextuality_of_sentence(rows, 1, 2, sum, &n_units);
    cr_expect_float_eq(both, (0.6 + 0.8) / 2, 1e-7);
    cr_expect(isnan(one));
    cr_expect_eq(n_units, 3);
    cr_expect_float_eq(sum[0], 2, 1e-15);
    cr_expect_float_eq(sum[1], 1, 1e-15);
}

/* RUNNING */

/* All that a suite says, and the vectors that it said it from. */
struct said {
    struct arena texts;
    struct figure *rows;
    size_t n_rows, rows_capacity;
    struct result_item *items;
    size_t n_items, items_capacity;
};

static const char *copy(struct said *said, const char *text)
{
    return text ? arena_text(&said->texts, text, strlen(text)) : NULL;
}

static void take_row(void *ctx, const struct figure *row)
{
    struct said *said = ctx;
    MEM_GROW(said->rows, said->rows_capacity, said->n_rows + 1);
    struct figure *kept = &said->rows[said->n_rows++];
    *kept = *row;
    kept->dataset = copy(said, row->dataset);
    kept->stage.name = copy(said, row->stage.name);
    kept->method = copy(said, row->method);
    kept->metric = copy(said, row->metric);
    struct str split = {0};
    split_write(&row->split, &split);
    kept->split.text = copy(said, str_text(&split));
    str_finish(&split);
    kept->policy = copy(said, row->policy);
    struct str signature = {0};
    protocol_write(row->protocol, &signature);
    kept->signature = copy(said, str_text(&signature));
    str_finish(&signature);
}

static void take_item(void *ctx, const struct result_item *item)
{
    struct said *said = ctx;
    MEM_GROW(said->items, said->items_capacity, said->n_items + 1);
    struct result_item *kept = &said->items[said->n_items++];
    *kept = *item;
    kept->id = copy(said, item->id);
    kept->stage.name = copy(said, item->stage.name);
    kept->method = copy(said, item->method);
    kept->attributes = NULL;
}

static void forget(struct said *said)
{
    arena_finish(&said->texts);
    free(said->rows);
    free(said->items);
    *said = (struct said){0};
}

static const struct figure *row_of(const struct said *said, const char *method, const char *stage,
                                   const char *metric, const char *split, const char *policy)
{
    for (size_t i = 0; i < said->n_rows; i++) {
        const struct figure *row = &said->rows[i];
        if (strcmp(row->method, method) == 0 && strcmp(row->stage.name, stage) == 0 &&
            strcmp(row->metric, metric) == 0 && strcmp(row->split.text, split) == 0 &&
            strcmp(row->policy, policy) == 0) {
            return row;
        }
    }
    return NULL;
}

static double value_of(const struct said *said, const char *method, const char *stage,
                       const char *metric, const char *policy)
{
    const struct figure *row = row_of(said, method, stage, metric, "all", policy);
    cr_assert_not_null(row, "no row for %s %s %s %s", method, stage, metric, policy);
    return row->value;
}

static const struct result_item *item_of(const struct said *said, const char *method,
                                         const char *stage, const char *id)
{
    for (size_t i = 0; i < said->n_items; i++) {
        const struct result_item *item = &said->items[i];
        if (strcmp(item->method, method) == 0 && strcmp(item->stage.name, stage) == 0 &&
            strcmp(item->id, id) == 0) {
            return item;
        }
    }
    return NULL;
}

/* With an embedder open, does its work; called back by with_embedder. */
typedef void (*work)(struct embedder *embedder, void *ctx);

static void with_embedder(const char *name, work body, void *ctx)
{
    char path[512];
    struct registry registry;
    struct embedder_spec spec;
    struct embedder *embedder;
    const char *folders[] = {path};
    snprintf(path, sizeof path, "%s/plugins/known", getenv("HARNESS_BUILD_ROOT"));
    cr_assert_eq(registry_open(folders, 1, &registry), 0, "%s", error_message());
    cr_assert_eq(spec_parse(&registry, name, &spec), 0, "%s", error_message());
    struct pool *pool = pool_create(3);
    cr_assert_eq(embedder_open(&spec, NULL, pool, &embedder), 0, "%s", error_message());
    body(embedder, ctx);
    embedder_close(embedder);
    pool_destroy(pool);
    spec_finish(&spec);
    registry_close(&registry);
}

struct running {
    struct suite_request *request;
    struct said *said;
};

static void run_suite(struct embedder *embedder, void *ctx)
{
    const struct running *running = ctx;
    const struct suite *suite = suite_find("contextuality");
    struct suite_state *state;
    struct result_sink sink = {running->said, take_row, take_item};
    cr_assert_eq(suite_open(suite, running->request, &state), 0, "%s", error_message());
    struct suite_run run = {running->request, state, embedder, &sink};
    cr_assert_eq(suite->run(&run), 0, "%s", error_message());
    suite->release(state);
    suite_unsettle(running->request);
}

static void run(const char *dataset, const char *embedder, const char *const *options,
                uint32_t n_options, struct said *said)
{
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .seed = 1,
                                    .resamples = 50,
                                    .options = options,
                                    .n_options = n_options};
    struct running running = {&request, said};
    with_embedder(embedder, run_suite, &running);
}

/* Sentences of a few words, tagged: "bank" as a noun in two senses and as a verb in two, "banks"
 * another form, "Line" capitalised at times. Every third instance has two keys: the first counts.
 */
static const char *tagged(struct scratch *scratch, uint32_t n_sentences)
{
    static const char *const words[] = {"the", "of", "river", "money", "Line", "line", "saw", "."};
    struct str xml = {0}, keys = {0};
    struct rng rng;
    static char path[512];
    rng_init(&rng, 3, 0);
    str_add(&xml, "<corpus><text id='d'>");
    for (uint32_t s = 0; s < n_sentences; s++) {
        bool is_verb = rng_below(&rng, 3) == 0;
        uint64_t sense = rng_below(&rng, 2), n = rng_below(&rng, 6);
        str_format(&xml, "<sentence id='s%u'><wf>w%u</wf>", s, s);
        for (uint64_t w = 0; w < n; w++) {
            str_format(&xml, "<wf>%s</wf>", words[rng_below(&rng, 8)]);
        }
        str_format(&xml, "<instance id='i%u' lemma='bank' pos='%s'>%s</instance></sentence>", s,
                   is_verb ? "VERB" : "NOUN", rng_below(&rng, 4) ? "bank" : "banks");
        str_format(&keys, "i%u %s%s\n", s,
                   is_verb ? sense ? "bank%2:40:00::" : "bank%2:35:00::"
                   : sense ? "bank%1:14:00::"
                           : "bank%1:17:01::",
                   s % 3 ? "" : " bank%1:21:00::");
    }
    str_add(&xml, "</text></corpus>");
    scratch_text(scratch, "small.data.xml", xml.data);
    scratch_text(scratch, "small.gold.key.txt", keys.data);
    str_finish(&xml);
    str_finish(&keys);
    snprintf(path, sizeof path, "%s", scratch_path(scratch, "small.data.xml"));
    return path;
}

/* PAIR BY PAIR */

#define MOST_DIM 8u
#define MOST 2000u

/* Every occurrence of the text with its vectors as the embedder gives them, by a second route. */
struct second {
    const struct contextuality_text *text;
    uint32_t n_stages, dim;
    double vectors[2][MOST][2][MOST_DIM]; /* [method][occurrence][stage] */
    uint32_t sentence_of[MOST];
};

static int take_vectors(void *ctx, const struct embedded *embedded)
{
    struct second *second = ctx;
    const struct contextuality_sentence *sentence = &second->text->sentences[embedded->tag];
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        second->sentence_of[sentence->first + i] = (uint32_t)embedded->tag;
        for (uint32_t s = 0; s < second->n_stages; s++) {
            for (uint32_t d = 0; d < second->dim; d++) {
                second->vectors[0][sentence->first + i][s][d] =
                    (double)embedded->vectors[((size_t)i * second->n_stages + s) * second->dim + d];
            }
        }
    }
    return 0;
}

static void fetch(struct embedder *embedder, void *ctx)
{
    struct second *second = ctx;
    const struct contextuality_text *text = second->text;
    second->n_stages = embedder_n_stages(embedder);
    second->dim = embedder_dim(embedder);
    cr_assert(second->dim <= MOST_DIM && text->n_occurrences <= MOST && second->n_stages <= 2);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take_vectors, second, "", 0);
    for (uint32_t s = 0; s < text->n_sentences; s++) {
        const struct contextuality_sentence *sentence = &text->sentences[s];
        struct emb_span spans[64];
        for (uint32_t i = 0; i < sentence->n; i++) {
            spans[i] = text->occurrences[sentence->first + i].span;
        }
        cr_assert_eq(embed_stream_push(stream, s, sentence->text, sentence->n_bytes,
                                       sentence->tokens, sentence->n_tokens, spans, sentence->n),
                     0);
    }
    cr_assert_eq(embed_stream_finish(stream), 0);
}

static void standardise(struct second *second)
{
    size_t n = second->text->n_occurrences;
    for (uint32_t s = 0; s < second->n_stages; s++) {
        for (uint32_t d = 0; d < second->dim; d++) {
            double mean = 0, variance = 0;
            for (size_t o = 0; o < n; o++) {
                mean += second->vectors[0][o][s][d] / (double)n;
            }
            for (size_t o = 0; o < n; o++) {
                variance += pow(second->vectors[0][o][s][d] - mean, 2) / (double)n;
            }
            for (size_t o = 0; o < n; o++) {
                second->vectors[1][o][s][d] = (second->vectors[0][o][s][d] - mean) / sqrt(variance);
            }
        }
    }
}

static double dot(const double *a, const double *b, uint32_t dim)
{
    double sum = 0;
    for (uint32_t d = 0; d < dim; d++) {
        sum += a[d] * b[d];
    }
    return sum;
}

static double cosine(const double *a, const double *b, uint32_t dim)
{
    return dot(a, b, dim) / sqrt(dot(a, a, dim)) / sqrt(dot(b, b, dim));
}

/* Mean cosine over pairs of occurrences that `like` calls pairs. */
static double over_pairs(const struct second *second, int m, uint32_t s,
                         bool (*like)(const struct contextuality_occurrence *a,
                                      const struct contextuality_occurrence *b, uint32_t number),
                         uint32_t number)
{
    double sum = 0, n = 0;
    for (size_t a = 0; a < second->text->n_occurrences; a++) {
        for (size_t b = 0; b < a; b++) {
            if (like(&second->text->occurrences[a], &second->text->occurrences[b], number)) {
                sum += cosine(second->vectors[m][a][s], second->vectors[m][b][s], second->dim);
                n++;
            }
        }
    }
    return n > 0 ? sum / n : NAN;
}

static bool are_any(const struct contextuality_occurrence *a,
                    const struct contextuality_occurrence *b, uint32_t number)
{
    (void)a, (void)b, (void)number;
    return true;
}

static bool are_word(const struct contextuality_occurrence *a,
                     const struct contextuality_occurrence *b, uint32_t number)
{
    return a->word == number && b->word == number;
}

static bool are_within(const struct contextuality_occurrence *a,
                       const struct contextuality_occurrence *b, uint32_t number)
{
    return a->lemma == number && b->lemma == number && a->sense == b->sense;
}

static bool are_across(const struct contextuality_occurrence *a,
                       const struct contextuality_occurrence *b, uint32_t number)
{
    return a->lemma == number && b->lemma == number && a->sense != b->sense;
}

static double mev(const struct second *second, int m, uint32_t s, uint32_t word)
{
    static double rows[MOST * MOST_DIM];
    double gram[MOST_DIM * MOST_DIM] = {0}, values[MOST_DIM], sum = 0;
    uint32_t n = 0, dim = second->dim;
    for (size_t o = 0; o < second->text->n_occurrences; o++) {
        if (word == CONTEXTUALITY_NONE || second->text->occurrences[o].word == word) {
            memcpy(rows + (size_t)n++ * dim, second->vectors[m][o][s], dim * sizeof *rows);
        }
    }
    blas_gram(n, dim, rows, dim, gram, dim);
    cr_assert_eq(blas_symmetric_eigen(dim, gram, values), 0);
    for (uint32_t d = 0; d < dim; d++) {
        sum += values[d];
    }
    return values[dim - 1] / sum;
}

static double intra_sentence(const struct second *second, int m, uint32_t s)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t t = 0; t < second->text->n_sentences; t++) {
        const struct contextuality_sentence *sentence = &second->text->sentences[t];
        double mean[MOST_DIM] = {0}, cosines = 0;
        for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
            for (uint32_t d = 0; d < second->dim; d++) {
                mean[d] += second->vectors[m][o][s][d];
            }
        }
        for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
            cosines += cosine(second->vectors[m][o][s], mean, second->dim);
        }
        if (sentence->n > 1) {
            sum += cosines / sentence->n;
            n++;
        }
    }
    return sum / n;
}

static uint32_t count_of(const struct contextuality_text *text, uint32_t word)
{
    uint32_t n = 0;
    for (size_t o = 0; o < text->n_occurrences; o++) {
        n += text->occurrences[o].word == word;
    }
    return n;
}

/* A stage of a method: found against worked out. */
static void compare(const struct said *said, const struct second *second, int m, uint32_t s)
{
    const char *method = contextuality_method_names[m], *stage = s ? "1" : "table";
    const struct contextuality_text *text = second->text;
    const double tolerance = m ? 2e-6 : 1e-6; /* standardised vectors are rounded to floats */
    double self = 0, variance = 0, anisotropy = over_pairs(second, m, s, are_any, 0);
    uint32_t n_words = 0;
    for (uint32_t w = 0; w < text->words.n; w++) {
        if (count_of(text, w) >= 5) {
            double value = over_pairs(second, m, s, are_word, w);
            char *id = mem_format("self-similarity:%s", map_key(&text->words, w));
            const struct result_item *item = item_of(said, method, stage, id);
            cr_assert_not_null(item, "no item %s", id);
            cr_expect_float_eq(item->score, value, tolerance);
            free(id);
            self += value;
            variance += mev(second, m, s, w);
            n_words++;
        }
    }
    self /= n_words;
    variance /= n_words;
    double baseline = mev(second, m, s, CONTEXTUALITY_NONE); /* fewer occurrences than draws */
    double intra = intra_sentence(second, m, s);
    const struct {
        const char *metric, *policy;
        double value;
    } cases[] = {
        {"self-similarity", "raw", self},
        {"self-similarity", "baseline", anisotropy},
        {"self-similarity", "adjusted", self - anisotropy},
        {"mev", "raw", variance},
        {"mev", "baseline", baseline},
        {"mev", "adjusted", variance - baseline},
        {"intra-sentence-similarity", "raw", intra},
        {"intra-sentence-similarity", "adjusted", intra - anisotropy},
        {"anisotropy", "raw", anisotropy},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double found = value_of(said, method, stage, cases[i].metric, cases[i].policy);
        cr_expect_float_eq(found, cases[i].value, tolerance, "%s %s %s %s: found %.9f, not %.9f",
                           method, stage, cases[i].metric, cases[i].policy, found, cases[i].value);
    }
    double separations = 0;
    for (uint32_t l = 0; l < text->lemmas.n; l++) {
        double within = over_pairs(second, m, s, are_within, l);
        double across = over_pairs(second, m, s, are_across, l);
        separations += (within - across) / text->lemmas.n;
        const char *split = text->lemma_pos[l] == WORDNET_VERB ? "pos:VERB" : "pos:NOUN";
        cr_expect_float_eq(row_of(said, method, stage, "sense-separation", split, "raw")->value,
                           within - across, tolerance);
    }
    cr_expect_float_eq(value_of(said, method, stage, "sense-separation", "raw"), separations,
                       tolerance);
    const struct figure *row = row_of(said, method, stage, "self-similarity", "all", "raw");
    cr_expect_eq(row->n, n_words);
    cr_expect_eq(row->answered, n_words);
    cr_expect(row->low <= row->value && row->value <= row->high);
}

Test(suite, equals_a_second_computation)
{
    struct scratch scratch = scratch_open();
    const char *dataset = tagged(&scratch, 120);
    const char *options[] = {"sample=0"};
    char *embedder = mem_format("oracle:%s,noise=1,dim=8", dataset);
    struct said said = {0};
    run(dataset, embedder, options, 1, &said);
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1};
    struct contextuality_text *texts;
    uint32_t n_texts;
    cr_assert_eq(contextuality_read(&request, 5, &texts, &n_texts), 0, "%s", error_message());
    struct second *second = mem_alloc(sizeof *second);
    second->text = texts;
    cr_assert_eq(texts->lemmas.n, 2);
    with_embedder(embedder, fetch, second);
    standardise(second);
    for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
        for (uint32_t s = 0; s < second->n_stages; s++) {
            compare(&said, second, m, s);
        }
    }
    free(second);
    contextuality_text_finish(texts);
    free(texts);
    free(embedder);
    forget(&said);
    scratch_close(&scratch);
}

/* Little memory: many passes, the same figures. */
Test(suite, passes_make_no_difference)
{
    struct scratch scratch = scratch_open();
    const char *dataset = tagged(&scratch, 120);
    /* a row is 2 stages * 8 * 4 bytes; the largest group, "bank", has some 90 occurrences */
    const char *little[] = {"memory=8000"}, *tiny[] = {"memory=2000"};
    struct said whole = {0}, parts = {0}, drawn = {0};
    run(dataset, "random,dim=8", NULL, 0, &whole);
    run(dataset, "random,dim=8", little, 1, &parts);
    run(dataset, "random,dim=8", tiny, 1, &drawn);
    cr_assert_eq(whole.n_rows, parts.n_rows);
    cr_assert_eq(whole.n_rows, drawn.n_rows);
    for (size_t i = 0; i < whole.n_rows; i++) {
        cr_expect_eq(whole.rows[i].value, parts.rows[i].value);
        cr_expect_str_eq(whole.rows[i].signature, parts.rows[i].signature);
        cr_expect(strstr(drawn.rows[i].signature, "|most:31|") != NULL, "%s",
                  drawn.rows[i].signature);
        cr_expect_eq(whole.rows[i].n, drawn.rows[i].n);
    }
    forget(&whole);
    forget(&parts);
    forget(&drawn);
    scratch_close(&scratch);
}

Test(suite, known_answers)
{
    struct scratch scratch = scratch_open();
    const char *dataset = tagged(&scratch, 200);
    struct said said = {0};
    run(dataset, "constant", NULL, 0, &said);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "self-similarity", "raw"), 1);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "self-similarity", "adjusted"), 0);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "intra-sentence-similarity", "raw"), 1);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "anisotropy", "raw"), 1);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "mev", "baseline"), 1);
    cr_expect_eq(value_of(&said, "ethayarajh", "table", "sense-separation", "raw"), 0);
    forget(&said);
    char *oracle = mem_format("oracle:%s,dim=512", dataset); /* senses and nothing else */
    run(dataset, oracle, NULL, 0, &said);
    cr_expect_eq(value_of(&said, "ethayarajh", "1", "within-sense-similarity", "raw"), 1);
    cr_expect_float_eq(value_of(&said, "ethayarajh", "1", "sense-separation", "raw"), 1, 0.15);
    cr_expect_float_eq(value_of(&said, "ethayarajh", "table", "sense-separation", "raw"), 0, 0.1);
    free(oracle);
    forget(&said);
    run(dataset, "random,dim=512", NULL, 0, &said); /* every place a vector of its own */
    cr_expect_eq(item_of(&said, "ethayarajh", "table", "mev:bank")->score, 1);
    cr_expect(item_of(&said, "ethayarajh", "table", "mev:line")->score < 1); /* and "Line" */
    cr_expect_float_eq(value_of(&said, "ethayarajh", "1", "self-similarity", "raw"), 0, 0.02);
    cr_expect_float_eq(value_of(&said, "ethayarajh", "1", "anisotropy", "raw"), 0, 0.01);
    cr_expect_float_eq(value_of(&said, "standardised", "1", "sense-separation", "raw"), 0, 0.02);
    forget(&said);
    scratch_close(&scratch);
}
