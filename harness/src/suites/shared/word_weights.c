/* Weights of words in a mean, by frequencies of a file or of WordNet. */
#include "suites/shared/word_weights.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/table_text.h"
#include "data/unicode.h"
#include "plugin/open.h"

#include <math.h>
#include <stdlib.h>

void word_weighting_protocol(const struct word_weighting_spec *spec, const char *file,
                             struct protocol *protocol)
{
    if (spec->kind == WORDS_UNIFORM) {
        return;
    }
    protocol_add(protocol, PROTOCOL_WEIGHTS, spec->kind == WORDS_IDF ? "idf" : "sif");
    if (spec->kind != WORDS_IDF) {
        char a[NUM_TEXT_MAX];
        protocol_add(protocol, PROTOCOL_SIF_A, num_text(spec->a, a));
        protocol_add(protocol, PROTOCOL_FREQUENCIES,
                     spec->frequencies == WORDS_BY_RANK       ? "rank"
                     : spec->frequencies == WORDS_OF_TRAINING ? "train"
                                                              : file);
    }
}

/* The number of a word, whose count is there. */
static uint32_t number_of(struct word_counts *counts, const char *word, size_t n_bytes)
{
    struct str lower = {0};
    unicode_lower(word, n_bytes, &lower);
    uint32_t known = counts->words.n, number = map_put(&counts->words, str_text(&lower), lower.n);
    str_finish(&lower);
    MEM_GROW(counts->counts, counts->capacity, (size_t)number + 1);
    if (number == known) {
        counts->counts[number] = 0;
    }
    return number;
}

void word_counts_add(struct word_counts *counts, const char *word, size_t n_bytes, double by)
{
    uint32_t number = number_of(counts, word, n_bytes); /* first: it may move the counts */
    counts->counts[number] += by;
    counts->total += by;
}

void word_counts_add_once(struct word_counts *counts, const char *word, size_t n_bytes, double text)
{
    uint32_t known = counts->words.n, number = number_of(counts, word, n_bytes);
    MEM_GROW(counts->last, counts->last_capacity, (size_t)number + 1);
    if (number == known || counts->last[number] < text) {
        counts->last[number] = text;
        counts->counts[number]++;
    }
}

int word_counts_read(struct word_counts *counts, const char *path)
{
    struct str text = {0};
    int status = table_text_read(path, &text);
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line;
    while (status == 0 && table_line(&lines, false, &line)) {
        struct slice rest = line, word, number, more;
        uint64_t count = 0;
        bool is_line = slice_word(&rest, &word) && slice_word(&rest, &number) &&
                       !slice_word(&rest, &more) && num_uint(number, &count) && count > 0;
        if (is_line) {
            word_counts_add(counts, word.text, word.n, (double)count);
        } else {
            status = table_refuse(path, lines.number, line,
                                  "WORD COUNT, a word and how often it was seen, from 1");
        }
    }
    if (status == 0 && counts->words.n == 0) {
        status = error_set(ERR_REQUEST, "%s: found no word, expected lines WORD COUNT", path);
    }
    str_finish(&text);
    return status;
}

void word_counts_finish(struct word_counts *counts)
{
    map_finish(&counts->words);
    free(counts->counts);
    free(counts->last);
    *counts = (struct word_counts){0};
}

struct word_weights {
    struct word_weighting_spec spec;
    const struct word_counts *counts;  /* occurrences or sentences; NULL: ranks or uniform */
    const struct emb_ext_vocab *vocab; /* for ranks */
    struct emb_model *model;
    uint64_t n_words;
    double harmonic;
};

static double harmonic_number(uint64_t n)
{
    double sum = 0;
    for (uint64_t i = n; i >= 1; i--) { /* the small terms first */
        sum += 1 / (double)i;
    }
    return sum;
}

bool word_weights_have_ranks(struct embedder *embedder)
{
    return embedder_extension(embedder, EMB_EXT_VOCAB) && embedder_info(embedder)->n_words > 0;
}

int word_weights_create(const struct word_weighting_spec *spec,
                        const struct word_counts *occurrences, const struct word_counts *sentences,
                        struct embedder *embedder, struct word_weights **ret_weights)
{
    struct word_weights weights = {.spec = *spec};
    if (spec->kind == WORDS_IDF) {
        weights.counts = sentences;
    } else if (spec->kind == WORDS_SIF && spec->frequencies != WORDS_BY_RANK) {
        weights.counts = occurrences;
    } else if (spec->kind == WORDS_SIF) {
        if (!word_weights_have_ranks(embedder)) {
            return error_set(ERR_REQUEST,
                             "%s: has no list of its words, so they have no ranks; expected "
                             "frequencies=train or a file WORD COUNT",
                             embedder_name(embedder));
        }
        weights.vocab = embedder_extension(embedder, EMB_EXT_VOCAB);
        weights.model = embedder_model(embedder);
        weights.n_words = embedder_info(embedder)->n_words;
        weights.harmonic = harmonic_number(weights.n_words);
    }
    *ret_weights = mem_alloc(sizeof **ret_weights);
    **ret_weights = weights;
    return 0;
}

void word_weights_free(struct word_weights *weights)
{
    free(weights);
}

static double count_of(const struct word_counts *counts, const char *word, size_t n_bytes)
{
    struct str lower = {0};
    unicode_lower(word, n_bytes, &lower);
    uint32_t number = map_find(&counts->words, str_text(&lower), lower.n);
    str_finish(&lower);
    return number == MAP_NONE ? 0 : counts->counts[number];
}

static double probability_by_rank(const struct word_weights *weights, const char *word,
                                  size_t n_bytes)
{
    uint64_t row;
    int32_t status = weights->vocab->find(weights->model, word, (uint32_t)n_bytes, &row);
    double rank = 1 + (double)(status == EMB_WORD_UNKNOWN ? weights->n_words : row);
    return 1 / (rank * weights->harmonic);
}

double word_weight(const struct word_weights *weights, const char *word, size_t n_bytes)
{
    const struct word_weighting_spec *spec = &weights->spec;
    if (spec->kind == WORDS_UNIFORM) {
        return 1;
    }
    if (spec->kind == WORDS_IDF) {
        return log((1 + weights->counts->total) / (1 + count_of(weights->counts, word, n_bytes)));
    }
    double p = weights->vocab ? probability_by_rank(weights, word, n_bytes)
                              : count_of(weights->counts, word, n_bytes) / weights->counts->total;
    return spec->a / (spec->a + p);
}
