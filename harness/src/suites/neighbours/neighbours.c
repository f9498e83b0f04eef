/*
 * Suite `neighbours`: the k nearest words of each word of a list among an embedder's whole
 * vocabulary; how much of a hub some words are; and how far two embedders agree.
 */
#include "suites/suite.h"

#include "suites/shared/figures.h"
#include "suites/shared/set_names.h"
#include "suites/similarity/sets.h"
#include "suites/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/pairs.h"
#include "data/table_text.h"
#include "data/unicode.h"
#include "math/search.h"
#include "plugin/open.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "neighbours"

struct word_list {
    char *name;
    struct map words;
};

struct suite_state {
    struct word_list *lists; /* [n] */
    uint32_t n;
    size_t capacity;
    uint64_t limit, vocabulary_limit;
    uint32_t k;
    /* while the lists are read */
    struct set_names names;
    const char *asked;
};

static void release(struct suite_state *state)
{
    if (!state) {
        return;
    }
    for (uint32_t i = 0; i < state->n; i++) {
        free(state->lists[i].name);
        map_finish(&state->lists[i].words);
    }
    free(state->lists);
    set_names_finish(&state->names);
    free(state);
}

/* The first field of each line, lower-cased. */
static int read_file(void *ctx, const char *path)
{
    struct suite_state *state = ctx;
    struct str text = {0}, lower = {0};
    TRY(table_text_read(path, &text));
    MEM_GROW(state->lists, state->capacity, (size_t)state->n + 1);
    struct word_list *list = &state->lists[state->n++];
    *list = (struct word_list){.name = data_set_name(path)};
    set_names_add(&state->names, state->asked, path, list->name);
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line, word;
    double value;
    uint32_t n = 0, n_numbers = 0;
    while (table_line(&lines, true, &line) && (!state->limit || list->words.n < state->limit)) {
        slice_word(&line, &word);
        n_numbers += num_real(word, &value);
        n++;
        str_clear(&lower);
        unicode_lower(word.text, word.n, &lower);
        map_put(&list->words, str_text(&lower), lower.n);
    }
    str_finish(&text);
    str_finish(&lower);
    if (n > 1 && n_numbers == n) {
        return error_set(ERR_REQUEST, "%s: every line begins with a number, expected a word", path);
    }
    return list->words.n ? 0 : error_set(ERR_REQUEST, "%s: no word in it", path);
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    int status = 0;
    if (request->n_datasets == 0) {
        status =
            error_set(ERR_REQUEST, "suite neighbours has no data set of its own; give a list of "
                                   "words with --dataset FILE");
    }
    state->k = (uint32_t)suite_whole(request, "k");
    state->limit = request->limit;
    state->vocabulary_limit = request->vocabulary_limit;
    for (uint32_t i = 0; !status && i < request->n_datasets; i++) {
        state->asked = request->datasets[i];
        status = data_set_files(state->asked, read_file, state);
    }
    status = status ? status : set_names_settle(&state->names, SUITE);
    for (uint32_t i = 0; !status && i < state->n; i++) {
        set_names_put(&state->names, i, &state->lists[i].name);
    }
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

/* Skewness of how often a row of the vocabulary is among the neighbours (Radovanovic, Nanopoulos &
 * Ivanovic 2010): 0 without hubs. */
static double hubness(const struct search_hit *hits, size_t n_hits, uint32_t n_rows)
{
    uint32_t *counts = mem_array((size_t)n_rows + 1, sizeof *counts);
    for (size_t i = 0; i < n_hits; i++) {
        if (hits[i].row != SEARCH_NONE) {
            counts[hits[i].row]++;
        }
    }
    double mean = 0, squares = 0, cubes = 0;
    for (uint32_t i = 0; i < n_rows; i++) {
        mean += counts[i];
    }
    mean /= n_rows;
    for (uint32_t i = 0; i < n_rows; i++) {
        double d = counts[i] - mean;
        squares += d * d;
        cubes += d * d * d;
    }
    free(counts);
    double deviation = sqrt(squares / n_rows);
    return deviation > 0 ? cubes / n_rows / (deviation * deviation * deviation) : NAN;
}

/* The embedder's table, and the words of the list that are in it. */
struct found {
    const struct emb_ext_vocab *vocab;
    struct emb_model *model;
    struct search_query *queries; /* [n] */
    uint32_t *rows, *words;       /* [n] in the table, in the list */
    uint32_t n;
};

static void find_words(struct found *found, const struct word_list *list, uint64_t limit)
{
    struct map distinct = {0};
    for (uint32_t i = 0; i < list->words.n; i++) {
        uint64_t row;
        int32_t status =
            found->vocab->find(found->model, list->words.names[i], list->words.lengths[i], &row);
        uint32_t known = distinct.n;
        if (status != EMB_WORD_UNKNOWN && row < limit &&
            map_put(&distinct, (const char *)&row, sizeof row) == known) {
            found->rows[found->n] = (uint32_t)row;
            found->words[found->n] = i;
            found->queries[found->n].c = found->n;
            found->n++;
        }
    }
    map_finish(&distinct);
}

static void word_items(const struct suite_run *run, const struct figure *row,
                       const struct word_list *list, const struct found *found,
                       const struct search_hit *hits)
{
    uint32_t k = run->state->k;
    struct str answer = {0};
    for (uint32_t i = 0; run->sink->item && i < found->n; i++) {
        str_clear(&answer);
        for (uint32_t h = 0; h < k && hits[(size_t)i * k + h].row != SEARCH_NONE; h++) {
            uint32_t n;
            const char *word = found->vocab->word(found->model, hits[(size_t)i * k + h].row, &n);
            str_add(&answer, h ? " " : "");
            str_append(&answer, word, n);
        }
        const struct result_attribute kind = {"kind", row->kind};
        const struct result_item item = {.suite = SUITE,
                                         .dataset = row->dataset,
                                         .embedder = row->embedder,
                                         .stage = row->stage,
                                         .method = row->method,
                                         .id = map_key(&list->words, found->words[i]),
                                         .answer = str_text(&answer),
                                         .status = "ok",
                                         .score = hits[(size_t)i * k].score,
                                         .gold_score = NAN,
                                         .correct = NAN,
                                         .attributes = &kind,
                                         .n_attributes = 1};
        run->sink->item(run->sink->ctx, &item);
    }
    str_finish(&answer);
}

/* All of it but the vocabulary. */
static void begin_protocol(const struct word_list *list, uint32_t k, struct protocol *protocol)
{
    protocol_begin(protocol, SUITE, list->name, list->words.n);
    protocol_add(protocol, PROTOCOL_METHOD, "cosine");
    protocol_add(protocol, PROTOCOL_STAGE, STAGE_THE_TABLE.name);
    protocol_add(protocol, PROTOCOL_CASE, "lower");
    protocol_add_number(protocol, PROTOCOL_K, k);
}

static void list_rows(const struct suite_run *run, const struct word_list *list,
                      const struct found *found, const struct search_hit *hits, uint32_t n_rows)
{
    const struct figure row = {.suite = SUITE,
                               .dataset = list->name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = STAGE_THE_TABLE,
                               .method = "cosine"};
    uint32_t k = run->state->k, n = list->words.n;
    double *cosines = mem_array((size_t)found->n + 1, sizeof *cosines), sum = 0;
    for (uint32_t i = 0; i < found->n; i++) {
        for (uint32_t h = 0; h < k; h++) {
            double score = hits[(size_t)i * k + h].score;
            cosines[i] += isfinite(score) ? score / k : 0;
        }
        sum += cosines[i];
    }
    struct protocol protocol = {0};
    begin_protocol(list, k, &protocol);
    protocol_add_number(&protocol, PROTOCOL_VOCABULARY, n_rows);
    struct bootstrap plan = figures_plan(run);
    const struct measured mean = {"neighbour-cosine",
                                  SPLIT_ALL,
                                  "skip",
                                  found->n ? sum / found->n : NAN,
                                  bootstrap_ratio(&plan, cosines, NULL, found->n),
                                  n,
                                  found->n};
    figures_row(run, &row, &protocol, &mean);
    const struct measured hubs = {
        "hubness",  SPLIT_ALL, "skip",  hubness(hits, (size_t)found->n * k, n_rows),
        {NAN, NAN}, n,         found->n};
    figures_row(run, &row, &protocol, &hubs);
    word_items(run, &row, list, found, hits);
    protocol_finish(&protocol);
    free(cosines);
}

static void run_list(const struct suite_run *run, const struct word_list *list)
{
    struct found found = {.vocab = embedder_extension(run->embedder, EMB_EXT_VOCAB),
                          .model = embedder_model(run->embedder)};
    uint64_t limit = run->state->vocabulary_limit;
    uint64_t n_words = embedder_info(run->embedder)->n_words;
    n_words = limit && limit < n_words ? limit : n_words;
    n_words = n_words < SEARCH_NONE ? n_words : SEARCH_NONE - 1;
    struct embedder_table table = embedder_table_of(run->embedder, n_words);
    if (!table.rows || n_words == 0) {
        log_info("%s: has no table of words, which neighbours are searched in; %s is left out",
                 embedder_name(run->embedder), list->name);
        embedder_table_finish(&table);
        return;
    }
    found.queries = mem_array((size_t)list->words.n + 1, sizeof *found.queries);
    found.rows = mem_array((size_t)list->words.n + 1, sizeof *found.rows);
    found.words = mem_array((size_t)list->words.n + 1, sizeof *found.words);
    find_words(&found, list, n_words);
    struct search_hit *hits = mem_array((size_t)found.n * run->state->k + 1, sizeof *hits);
    const struct search_plan plan = {.table = table.rows,
                                     .stride = table.stride,
                                     .n_rows = (uint32_t)n_words,
                                     .dim = embedder_dim(run->embedder),
                                     .words = found.rows,
                                     .n_words = found.n,
                                     .queries = found.queries,
                                     .n_queries = found.n,
                                     .method = SEARCH_COSINE,
                                     .k = run->state->k,
                                     .pool = embedder_pool(run->embedder)};
    search_run(&plan, hits);
    list_rows(run, list, &found, hits, (uint32_t)n_words);
    free(hits);
    free(found.queries);
    free(found.rows);
    free(found.words);
    embedder_table_finish(&table);
}

static int run(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        run_list(run, &run->state->lists[i]);
    }
    return 0;
}

/* Share of the neighbours that two embedders name both, mean over the words that both know. */

static double shared_neighbours(const char *a, const char *b, uint32_t k)
{
    struct map names = {0};
    struct slice rest = slice_of(a), word;
    uint32_t both = 0;
    while (slice_word(&rest, &word)) {
        map_put(&names, word.text, word.n);
    }
    rest = slice_of(b);
    while (slice_word(&rest, &word)) {
        both += map_find(&names, word.text, word.n) != MAP_NONE;
    }
    map_finish(&names);
    return (double)both / k;
}

static const char *answer_of(const struct result_items *items, const char *dataset,
                             const char *embedder, const char *id)
{
    for (uint64_t i = 0; i < items->n; i++) {
        const struct result_item *item = &items->items[i];
        if (strcmp(item->suite, SUITE) == 0 && strcmp(item->dataset, dataset) == 0 &&
            strcmp(item->embedder, embedder) == 0 && strcmp(item->id, id) == 0) {
            return item->answer;
        }
    }
    return NULL;
}

static const char *kind_of(const struct result_items *items, const char *dataset,
                           const char *embedder)
{
    for (uint64_t i = 0; i < items->n; i++) {
        const struct result_item *item = &items->items[i];
        if (strcmp(item->suite, SUITE) == 0 && strcmp(item->dataset, dataset) == 0 &&
            strcmp(item->embedder, embedder) == 0) {
            return item->attributes[0].value; /* as word_items() writes it */
        }
    }
    return "unknown"; /* it has no word of this list, or no table: there is no neighbour to count */
}

static void overlap_row(const struct suite_run *run, const struct word_list *list,
                        const struct result_items *items, const char *a, const char *b)
{
    double *shares = mem_array((size_t)list->words.n + 1, sizeof *shares), sum = 0;
    uint32_t n = 0;
    for (uint32_t w = 0; w < list->words.n; w++) {
        const char *of_a = answer_of(items, list->name, a, map_key(&list->words, w));
        const char *of_b = answer_of(items, list->name, b, map_key(&list->words, w));
        if (of_a && of_b) {
            shares[n] = shared_neighbours(of_a, of_b, run->state->k);
            sum += shares[n++];
        }
    }
    const struct figure row = {.suite = SUITE,
                               .dataset = list->name,
                               .embedder = a,
                               .kind = kind_of(items, list->name, a),
                               .stage = STAGE_THE_TABLE,
                               .method = "cosine"};
    const struct split split = {"with", b, NULL};
    struct protocol protocol = {0};
    begin_protocol(list, run->state->k, &protocol);
    if (run->state->vocabulary_limit) {
        protocol_add_number(&protocol, PROTOCOL_VOCABULARY, run->state->vocabulary_limit);
    } else {
        protocol_add(&protocol, PROTOCOL_VOCABULARY, "whole");
    }
    struct bootstrap plan = figures_plan(run);
    const struct measured figure = {
        "overlap",     split, "common", n ? sum / n : NAN, bootstrap_ratio(&plan, shares, NULL, n),
        list->words.n, n};
    figures_row(run, &row, &protocol, &figure);
    protocol_finish(&protocol);
    free(shares);
}

static int conclude(const struct suite_run *run, const struct result_items *items)
{
    struct map embedders = {0};
    for (uint64_t i = 0; i < items->n; i++) {
        if (strcmp(items->items[i].suite, SUITE) == 0) {
            map_put_text(&embedders, items->items[i].embedder);
        }
    }
    for (uint32_t l = 0; l < run->state->n; l++) {
        for (uint32_t a = 0; a < embedders.n; a++) {
            for (uint32_t b = a + 1; b < embedders.n; b++) {
                overlap_row(run, &run->state->lists[l], items, map_key(&embedders, a),
                            map_key(&embedders, b));
            }
        }
    }
    map_finish(&embedders);
    return 0;
}

static const struct metric metrics[] = {
    {"neighbour-cosine", "mean cosine of a word's nearest neighbours", METRIC_NEITHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_NOT_OF_RECORDS, .low = -1, .high = 1},
    {"hubness", "skewness of how often a word is a neighbour; 0 without hubs", METRIC_NEITHER,
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = -INFINITY, .high = INFINITY},
    {"overlap", "share of neighbours that two embedders have in common", METRIC_NEITHER,
     METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    {{"k", "10", "neighbours of a word", EMB_OPT_INT, 0, 1, 1000}, NULL},
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"with:NAME", "of overlap: the other embedder"},
    {0},
};

static const struct suite_term policies[] = {
    {"skip", "words that are known"},
    {"common", "words that both embedders know"},
    {0},
};

const struct suite suite_neighbours = {
    .id = "neighbours",
    .title = "nearest neighbours",
    .summary =
        "The k nearest words of each word of a list (the first field of each line) among the "
        "whole vocabulary: their mean cosine, hubness (skewness of how often a word is a "
        "neighbour), and the share of neighbours that two embedders have in common. Needs "
        "an embedder with a table of words.",
    .methods = "cosine",
    .options = options,
    .keep_items = true,
    .figures = {.metrics = metrics},
    .protocol_keys =
        PROTOCOL_BIT(POLICY) | PROTOCOL_BIT(CASE) | PROTOCOL_BIT(K) | PROTOCOL_BIT(VOCABULARY),
    .splits = splits,
    .policies = policies,
    .unsplit = "it goes through a table of vectors, not through a text",
    .prepare = prepare,
    .release = release,
    .run = run,
    .conclude = conclude,
};
