/* Suite `induction`: options, rows, items and baselines. */
#include "suites/induction/induction.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "suites/induction/clustering.h"
#include "suites/shared/figures.h"
#include "suites/suite.h"
#include "suites/wsd/common.h"
#include "suites/wsd/contexts.h"
#include "suites/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void release(struct suite_state *state)
{
    if (state) {
        wsd_task_free(state->task);
        free(state);
    }
}

static void read_options(const struct suite_request *request, struct suite_state *state)
{
    state->choice = suite_says(request, "k", "silhouette") ? K_SILHOUETTE
                    : suite_says(request, "k", "gold")     ? K_GOLD
                                                           : K_GIVEN;
    state->k = suite_whole(request, "k");
    state->least = suite_whole(request, "least");
    state->most = suite_whole(request, "most");
    state->block_bytes = suite_whole(request, "block");
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    static const char *const usual[] = {"wordnet-examples"};
    struct suite_state *state = mem_alloc(sizeof *state);
    struct wsd_source source = {
        .suite = "induction",
        .datasets = request->n_datasets ? request->datasets : usual,
        .n_datasets = request->n_datasets ? request->n_datasets : 1,
        .wordnet = request->wordnet,
        .limit = request->limit,
    };
    read_options(request, state);
    int status = wsd_task_create(&source, &state->task);
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

/* The words of a set with enough occurrences in two senses or more, in order of first occurrence.
 */
static struct word *list_words(const struct suite_state *state, const struct wsd_test *test,
                               uint32_t *ret_n)
{
    const struct wsd_data *data = test->data;
    struct map names = {0};
    struct word *words = NULL;
    size_t capacity = 0, *capacities = NULL, capacities_capacity = 0;
    struct str name = {0};
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_instance *instance = &data->instances[i];
        str_clear(&name);
        str_format(&name, "%d %s", instance->pos, instance->lemma);
        uint32_t number = map_put(&names, name.data, name.n);
        if (number + 1u == names.n && (size_t)number >= capacity) {
            MEM_GROW(words, capacity, number + 1);
            memset(words + number, 0, (capacity - number) * sizeof *words);
            MEM_GROW(capacities, capacities_capacity, capacity);
            memset(capacities + number, 0, (capacities_capacity - number) * sizeof *capacities);
        }
        struct word *word = &words[number];
        if (word->n < state->most) {
            MEM_GROW(word->instances, capacities[number], word->n + 1);
            word->instances[word->n++] = i;
        }
    }
    uint32_t kept = 0;
    for (uint32_t w = 0; w < names.n; w++) {
        struct word word = words[w];
        struct map labels = {0};
        word.labels = mem_array(word.n + 1u, sizeof *word.labels);
        for (uint32_t o = 0; o < word.n; o++) {
            uint32_t gold = data->gold[data->instances[word.instances[o]].first_gold];
            word.labels[o] = map_put(&labels, (const char *)&gold, sizeof gold);
        }
        word.n_labels = labels.n;
        map_finish(&labels);
        if (word.n >= state->least && word.n_labels >= 2) {
            words[kept++] = word;
        } else {
            free(word.labels);
            free(word.instances);
        }
    }
    str_finish(&name);
    map_finish(&names);
    free(capacities);
    *ret_n = kept;
    return words;
}

static void free_words(struct word *words, uint32_t n, size_t n_slots)
{
    for (uint32_t w = 0; w < n; w++) {
        for (size_t s = 0; words[w].groups && s < n_slots; s++) {
            free(words[w].groups[s]);
        }
        free(words[w].groups);
        free(words[w].instances);
        free(words[w].labels);
        free(words[w].agreements);
        free(words[w].k);
    }
    free(words);
}

/* n occurrences of n_words lemmas. Baselines have no stage, pool no vectors and choose no k. */
static void protocol_of(const struct suite_state *state, const struct wsd_test *test,
                        const struct figure *row, uint64_t n, uint32_t n_words,
                        struct protocol *ret_protocol)
{
    protocol_add(ret_protocol, PROTOCOL_SUITE, "induction");
    protocol_add(ret_protocol, PROTOCOL_DATASET, test->data->name);
    protocol_format(ret_protocol, PROTOCOL_ITEMS, "%llu in %u lemmas", (unsigned long long)n,
                    n_words);
    protocol_add(ret_protocol, PROTOCOL_METHOD, row->method);
    if (row->stage.name) {
        protocol_add(ret_protocol, PROTOCOL_STAGE, row->stage.name);
        protocol_add(ret_protocol, PROTOCOL_POOL, "mean");
        if (state->choice == K_GIVEN) {
            protocol_add_number(ret_protocol, PROTOCOL_K, state->k);
        } else {
            protocol_add(ret_protocol, PROTOCOL_K, state->choice == K_GOLD ? "gold" : "silhouette");
        }
        protocol_add(ret_protocol, PROTOCOL_LINKAGE, "average-linkage");
    }
    protocol_add_number(ret_protocol, PROTOCOL_LEAST, state->least);
    protocol_add_number(ret_protocol, PROTOCOL_MOST, state->most);
}

/* Means over words, weighted by their occurrences (Manandhar et al. 2010). */
static void write_rows(const struct suite_run *run, const struct wsd_test *test,
                       const struct word *words, uint32_t n_words, size_t slot,
                       const struct figure *row)
{
    double v = 0, f = 0, rand = 0, k = 0;
    uint64_t n = 0;
    for (uint32_t w = 0; w < n_words; w++) {
        const struct agreement *agreement = &words[w].agreements[slot];
        v += words[w].n * agreement->v_measure;
        f += words[w].n * agreement->paired_f;
        rand += words[w].n * agreement->adjusted_rand;
        k += words[w].n * (double)words[w].k[slot];
        n += words[w].n;
    }
    struct protocol protocol = {0};
    protocol_of(run->state, test, row, n, n_words, &protocol);
    const struct {
        const char *metric;
        double sum;
    } figures[] = {{"v-measure", v}, {"paired-f", f}, {"adjusted-rand", rand}, {"clusters", k}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        struct measured figure = {
            figures[i].metric, SPLIT_ALL, NULL, n ? figures[i].sum / (double)n : NAN,
            {NAN, NAN},        n,         n};
        figures_row(run, row, &protocol, &figure);
    }
    protocol_finish(&protocol);
}

/* One record an occurrence: the answer is its group, "LEMMA.GROUP"; the gold the first of its keys,
 * by which it was judged. What is right is a matter of pairs, so nothing is `correct`. */
static void write_items(const struct suite_run *run, const struct wsd_test *test,
                        const struct word *word, size_t slot, const struct figure *row)
{
    const struct wsd_data *data = test->data;
    for (uint32_t o = 0; o < word->n; o++) {
        const struct wsd_instance *instance = &data->instances[word->instances[o]];
        uint32_t group = word->groups[slot][o];
        bool known = group < word->k[slot];
        char *answer = known ? mem_format("%s.%u", instance->lemma, group + 1) : NULL;
        const struct result_attribute attributes[] = {
            {"lemma", instance->lemma},
            {"pos", wordnet_pos_name((enum wordnet_pos)instance->pos)},
            {"document", map_key(&data->documents, data->sentences[instance->sentence].document)},
        };
        struct result_item item = {
            .suite = row->suite,
            .dataset = row->dataset,
            .embedder = row->embedder,
            .stage = row->stage,
            .method = row->method,
            .id = instance->id,
            .answer = answer,
            .gold = map_key(&data->labels, data->gold[instance->first_gold]),
            .status = known ? "ok" : "oov",
            .score = NAN,
            .gold_score = NAN,
            .correct = NAN,
            .attributes = attributes,
            .n_attributes = sizeof attributes / sizeof *attributes,
        };
        run->sink->item(run->sink->ctx, &item);
        free(answer);
    }
}

static void make_slots(struct word *words, uint32_t n_words, size_t n_slots, bool keep)
{
    for (uint32_t w = 0; w < n_words; w++) {
        words[w].agreements = mem_array(n_slots, sizeof *words[w].agreements);
        words[w].k = mem_array(n_slots, sizeof *words[w].k);
        words[w].groups = keep ? mem_array(n_slots, sizeof *words[w].groups) : NULL;
    }
}

static int no_words(const struct suite_run *run, const struct wsd_test *test)
{
    return error_set(ERR_REQUEST,
                     "suite induction: %s has no lemma with %llu occurrences or more in two senses",
                     test->data->name, (unsigned long long)run->state->least);
}

static int run_test(const struct suite_run *run, const struct wsd_test *test)
{
    static const struct word_mean plain_mean = {0};
    static const char *const methods[] = {"target", "context"};
    uint32_t n_words;
    struct word *words = list_words(run->state, test, &n_words);
    struct scan scan = {.state = run->state,
                        .test = test,
                        .embedder = run->embedder,
                        .words = words,
                        .n_stages = embedder_n_stages(run->embedder),
                        .dim = embedder_dim(run->embedder),
                        .n_representations = embedder_is_static(run->embedder) ? 2 : 1};
    size_t n_slots = (size_t)scan.n_representations * scan.n_stages;
    make_slots(words, n_words, n_slots, run->sink->item != NULL);
    scan.row_of = mem_array(wsd_n(test) + 1u, sizeof *scan.row_of);
    int status = scan.n_representations > 1
                     ? wsd_contexts_create(run->embedder, run->state->task, NULL, &plain_mean, 1,
                                           &scan.contexts)
                     : 0;
    status = status ? status : n_words ? induction_run_blocks(&scan, n_words) : no_words(run, test);
    for (uint32_t r = 0; status == 0 && r < scan.n_representations; r++) {
        for (uint32_t s = 0; s < (r == WSD_CONTEXT ? 1 : scan.n_stages); s++) {
            struct figure row = {.suite = "induction",
                                 .dataset = test->data->name,
                                 .embedder = embedder_name(run->embedder),
                                 .kind = embedder_kind(run->embedder),
                                 .stage = *embedder_stage(run->embedder, s),
                                 .method = methods[r]};
            size_t slot = (size_t)r * scan.n_stages + s;
            write_rows(run, test, words, n_words, slot, &row);
            for (uint32_t w = 0; run->sink->item && w < n_words; w++) {
                write_items(run, test, &words[w], slot, &row);
            }
        }
    }
    free(scan.row_of);
    wsd_contexts_free(scan.contexts);
    wsd_targets_finish(&scan.targets);
    free_words(words, n_words, n_slots);
    return status;
}

static int run_embedder(const struct suite_run *run)
{
    for (uint32_t t = 0; t < run->state->task->n_tests; t++) {
        TRY(run_test(run, &run->state->task->tests[t]));
    }
    return 0;
}

/* All occurrences in one group; each in its own. */
static void group_trivially(struct word *word, bool own)
{
    uint32_t *groups = mem_array(word->n + 1u, sizeof *groups);
    for (uint32_t o = 0; own && o < word->n; o++) {
        groups[o] = o;
    }
    word->k[own] = own ? word->n : 1;
    word->agreements[own] =
        clustering_agreement(groups, word->k[own], word->labels, word->n_labels, word->n);
    if (word->groups) {
        word->groups[own] = groups;
    } else {
        free(groups);
    }
}

static int write_baselines(const struct suite_run *run, const struct wsd_test *test)
{
    static const char *const methods[] = {"one-cluster", "singletons"};
    uint32_t n_words;
    struct word *words = list_words(run->state, test, &n_words);
    make_slots(words, n_words, 2, run->sink->item != NULL);
    for (uint32_t w = 0; w < n_words; w++) {
        group_trivially(&words[w], false);
        group_trivially(&words[w], true);
    }
    for (size_t own = 0; n_words && own < 2; own++) {
        struct figure row = {.suite = "induction",
                             .dataset = test->data->name,
                             .embedder = "baseline",
                             .kind = "baseline",
                             .method = methods[own]};
        write_rows(run, test, words, n_words, own, &row);
        for (uint32_t w = 0; run->sink->item && w < n_words; w++) {
            write_items(run, test, &words[w], own, &row);
        }
    }
    free_words(words, n_words, 2);
    return n_words ? 0 : no_words(run, test);
}

static int baselines(const struct suite_run *run)
{
    for (uint32_t t = 0; t < run->state->task->n_tests; t++) {
        TRY(write_baselines(run, &run->state->task->tests[t]));
    }
    return 0;
}

static const struct metric metrics[] = {
    {"v-measure", "harmonic mean of homogeneity and completeness", METRIC_HIGHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_V_MEASURE, .low = 0, .high = 1},
    {"paired-f", "F1 over pairs of occurrences in the same cluster", METRIC_HIGHER, METRIC_SHARE,
     METRIC_SECONDARY, METRIC_PAIRED_F, .low = 0, .high = 1},
    {"adjusted-rand", "Rand index, corrected for chance", METRIC_HIGHER, METRIC_SHARE,
     METRIC_SECONDARY, METRIC_ADJUSTED_RAND, .low = -1, .high = 1},
    {"clusters", "clusters per lemma, mean over lemmas weighted by occurrences", METRIC_NEITHER,
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 1, .high = INFINITY},
    {0},
};

static const struct suite_option options[] = {
    {{"k", "silhouette",
      "clusters per lemma: silhouette (the best of 2 to 10), gold (as many as gold senses), or a "
      "number",
      EMB_OPT_INT, 0, 1, SUITE_MOST},
     "silhouette|gold"},
    {{"least", "10", "a lemma takes part with at least this many occurrences", EMB_OPT_INT, 0, 2,
      SUITE_MOST},
     NULL},
    {{"most", "200", "at most this many occurrences of a lemma, the first ones", EMB_OPT_INT, 0, 2,
      SUITE_MOST},
     NULL},
    {{"block", "256M", "vectors held in memory at a time", OPTION_BYTES, 0, 1, SUITE_MOST}, NULL},
    {{0}, NULL},
};

const struct suite suite_induction = {
    .id = "induction",
    .title = "word-sense induction",
    .summary = "Which senses does a vector space separate without any inventory? A lemma's "
               "occurrences are clustered by average linkage of their cosines, and the clusters "
               "compared with the gold senses: V-measure, paired F, adjusted Rand, each a mean "
               "over lemmas weighted by occurrences (Manandhar et al. 2010).",
    .methods = "target, context (static embedders)",
    .options = options,
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(K) | PROTOCOL_BIT(LINKAGE) |
                     PROTOCOL_BIT(LEAST) | PROTOCOL_BIT(MOST),
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run_embedder,
};
