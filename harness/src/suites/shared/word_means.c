/* Means of words, weighted by rareness and distance, with components taken away. */
#include "suites/shared/word_means.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "math/blas.h"
#include "math/vectors.h"
#include "suites/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_A "0.001" /* of the 1e-3 to 1e-4 that Arora et al. recommend */
#define GRAM_ROWS 64

static const char *const distance_names[] = {"even", "linear", "inverse", "exponential"};
static const char *const weighting_names[] = {"uniform", "sif", "idf"};

/* The place of a text in a list, n: it is not there. */
static uint32_t place_of(const char *text, const char *const *names, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && strcmp(names[i], text) != 0) {
        i++;
    }
    return i;
}

/* What weights=sif needs to know; without it the options for it would do nothing. */
static int read_sif(const struct suite_request *request, const char *suite,
                    struct word_weighting_spec *words, struct word_counts *counts,
                    const char **ret_file)
{
    if (words->kind != WORDS_SIF) {
        const char *idle = suite_is_set(request, "a")             ? "a"
                           : suite_is_set(request, "frequencies") ? "frequencies"
                                                                  : NULL;
        return idle ? error_set(ERR_REQUEST,
                                "suite %s: option %s is for weights=sif; found weights=%s", suite,
                                idle, weighting_names[words->kind])
                    : 0;
    }
    words->a = suite_real(request, "a");
    words->frequencies = suite_says(request, "frequencies", "rank")    ? WORDS_BY_RANK
                         : suite_says(request, "frequencies", "train") ? WORDS_OF_TRAINING
                                                                       : WORDS_OF_FILE;
    if (words->frequencies != WORDS_OF_FILE) {
        return 0;
    }
    const char *file = suite_text(request, "frequencies");
    if (!file || !file_exists(file)) {
        return error_set(ERR_REQUEST,
                         "suite %s: option frequencies: found \"%s\", expected rank, train or a "
                         "file of lines WORD COUNT",
                         suite, file ? file : "");
    }
    *ret_file = file;
    return word_counts_read(counts, file);
}

int word_mean_read(const struct suite_request *request, const char *suite, struct word_mean *mean,
                   struct word_counts *counts, const char **ret_file)
{
    *mean = (struct word_mean){0};
    *ret_file = NULL;
    const char *asked =
        suite_text(request, "distance"); /* NULL: the suite's texts have no target */
    uint32_t distance = asked ? place_of(asked, distance_names, 4) : WORDS_EVEN;
    const char *weights = suite_text(request, "weights");
    mean->words.kind =
        weights ? (enum word_weighting)place_of(weights, weighting_names, 3) : WORDS_UNIFORM;
    mean->window = (uint32_t)suite_whole(request, "window");
    mean->components = (uint32_t)suite_whole(request, "components");
    mean->distance = (enum word_distance)distance;
    TRY(read_sif(request, suite, &mean->words, counts, ret_file));
    uint32_t least = distance == WORDS_LINEAR ? 1 : distance == WORDS_EXPONENTIAL ? 2 : 0;
    if (mean->window < least) {
        return error_set(ERR_REQUEST,
                         "suite %s: option distance=%s falls to the end of a window; found "
                         "window=%u, expected window=%u or more",
                         suite, distance_names[distance], mean->window, least);
    }
    return 0;
}

void word_mean_protocol(const struct word_mean *mean, const char *file, struct protocol *protocol)
{
    word_weighting_protocol(&mean->words, file, protocol);
    if (mean->window) {
        protocol_add_number(protocol, PROTOCOL_WINDOW, mean->window);
    }
    if (mean->distance != WORDS_EVEN) {
        protocol_add(protocol, PROTOCOL_DISTANCE, distance_names[mean->distance]);
    }
    if (mean->components) {
        protocol_add_number(protocol, PROTOCOL_COMPONENTS, mean->components);
    }
}

/* What a mean takes away. */
struct removal {
    double *gram;  /* [dim, dim] of the training contexts; after the fit its first rows are what is
                      taken away; NULL: nothing is */
    double *block; /* [GRAM_ROWS, dim] not yet in it */
    uint32_t n_block;
    uint64_t n;
};

struct word_means {
    const struct word_mean *specs; /* [n] */
    uint32_t n, dim;
    struct word_weights **weights; /* [n] */
    uint32_t *like;                /* [n] the first mean with the same weights of words */
    struct word_counts occurrences, sentences; /* of training, where asked for */
    bool counts_words, counts_sentences;
    double **words; /* [n][n_words] weights of the sentence's words; NULL where like another's */
    size_t *capacity;
    double *factors; /* [n_words] scratch: weights of one target's words */
    size_t factors_capacity;
    double *sum;              /* [dim] scratch */
    struct removal *removals; /* [n] */
};

void word_means_count(struct word_means *means, const char *text, const struct emb_span *spans,
                      uint32_t n)
{
    means->sentences.total++;
    for (uint32_t w = 0; w < n; w++) {
        const char *word = text + spans[w].begin;
        size_t n_bytes = spans[w].end - spans[w].begin;
        if (means->counts_words) {
            word_counts_add(&means->occurrences, word, n_bytes, 1);
        }
        if (means->counts_sentences) {
            word_counts_add_once(&means->sentences, word, n_bytes, means->sentences.total);
        }
    }
}

bool word_means_counts(const struct word_means *means)
{
    return means->counts_words || means->counts_sentences;
}

static bool same_words(const struct word_weighting_spec *a, const struct word_weighting_spec *b)
{
    return a->kind == b->kind && a->frequencies == b->frequencies && a->a == b->a;
}

int word_means_create(struct embedder *embedder, const struct word_counts *frequencies,
                      const struct word_mean *specs, uint32_t n, struct word_means **ret_means)
{
    struct word_means *means = mem_alloc(sizeof *means);
    *means = (struct word_means){.specs = specs, .n = n, .dim = embedder_dim(embedder)};
    means->weights = mem_array(n + 1u, sizeof *means->weights);
    means->like = mem_array(n + 1u, sizeof *means->like);
    means->words = mem_array(n + 1u, sizeof *means->words);
    means->capacity = mem_array(n + 1u, sizeof *means->capacity);
    means->removals = mem_array(n + 1u, sizeof *means->removals);
    means->sum = mem_array(means->dim, sizeof *means->sum);
    int status = 0;
    size_t square = (size_t)means->dim * means->dim;
    for (uint32_t m = 0; status == 0 && m < n; m++) {
        const struct word_weighting_spec *spec = &specs[m].words;
        means->counts_words |= spec->kind == WORDS_SIF && spec->frequencies == WORDS_OF_TRAINING;
        means->counts_sentences |= spec->kind == WORDS_IDF;
        status = word_weights_create(
            spec, spec->frequencies == WORDS_OF_FILE ? frequencies : &means->occurrences,
            &means->sentences, embedder, &means->weights[m]);
        while (!same_words(&specs[means->like[m]].words, spec)) {
            means->like[m]++;
        }
        if (specs[m].components) {
            means->removals[m].gram = mem_array(square, sizeof(double));
            means->removals[m].block = mem_array((size_t)GRAM_ROWS * means->dim, sizeof(double));
        }
    }
    if (status) {
        word_means_free(means);
        return status;
    }
    *ret_means = means;
    return 0;
}

void word_means_free(struct word_means *means)
{
    if (!means) {
        return;
    }
    for (uint32_t m = 0; m < means->n; m++) {
        word_weights_free(means->weights[m]);
        free(means->words[m]);
        free(means->removals[m].gram);
        free(means->removals[m].block);
    }
    word_counts_finish(&means->occurrences);
    word_counts_finish(&means->sentences);
    free(means->weights);
    free(means->like);
    free(means->words);
    free(means->capacity);
    free(means->factors);
    free(means->sum);
    free(means->removals);
    free(means);
}

uint32_t word_means_n(const struct word_means *means)
{
    return means->n;
}

void word_means_weigh(struct word_means *means, const char *text, const struct word_list *words)
{
    MEM_GROW(means->factors, means->factors_capacity, words->n + 1u);
    for (uint32_t m = 0; m < means->n; m++) {
        if (means->like[m] != m) {
            continue;
        }
        MEM_GROW(means->words[m], means->capacity[m], words->n + 1u);
        for (uint32_t i = 0; i < words->n; i++) {
            struct emb_span span = words->spans[i];
            means->words[m][i] =
                words->places[i] != WORD_NOWHERE
                    ? word_weight(means->weights[m], text + span.begin, span.end - span.begin)
                    : 0;
        }
    }
}

static double weight_at(const struct word_mean *mean, uint32_t d)
{
    if (mean->window && d > mean->window) {
        return 0;
    }
    switch (mean->distance) {
    case WORDS_LINEAR:
        return (double)(mean->window - d + 1) / mean->window;
    case WORDS_INVERSE:
        return 1 / (double)d;
    case WORDS_EXPONENTIAL:
        return pow(0.1, (double)(d - 1) / (mean->window - 1));
    default:
        return 1;
    }
}

/* factors[i] *= the weight of a word's distance; words of the place itself do not matter. */
static void weigh_distances(const struct word_mean *mean, const struct word_list *words,
                            uint32_t place, double *factors)
{
    uint32_t before = 0, at = 0, after = 0;
    for (uint32_t i = 0; i < words->n; i++) {
        before += words->places[i] < place; /* WORD_NOWHERE is none */
    }
    for (uint32_t i = 0; i < words->n; i++) {
        if (words->places[i] != WORD_NOWHERE && words->places[i] != place) {
            uint32_t d = words->places[i] < place ? before - at++ : ++after;
            factors[i] *= weight_at(mean, d);
        }
    }
}

bool word_means_vector(struct word_means *means, uint32_t m, const struct word_list *words,
                       const struct embedded *embedded, uint32_t place, float *ret_vector)
{
    const struct word_mean *mean = &means->specs[m];
    uint32_t dim = means->dim;
    double *factors = means->factors, *sum = means->sum, total = 0;
    memcpy(factors, means->words[means->like[m]], words->n * sizeof *factors);
    if (place != WORD_NOWHERE && (mean->window || mean->distance != WORDS_EVEN)) {
        weigh_distances(mean, words, place, factors);
    }
    memset(sum, 0, dim * sizeof *sum);
    for (uint32_t i = 0; i < words->n; i++) {
        bool known = word_has_vector(embedded->status[i]);
        bool counts = words->places[i] != WORD_NOWHERE && words->places[i] != place;
        if (known && counts && factors[i] > 0) {
            vec_axpy(factors[i], embedded->vectors + (size_t)i * dim, sum, dim);
            total += factors[i];
        }
    }
    for (uint32_t d = 0; d < dim && total > 0; d++) {
        ret_vector[d] = (float)(sum[d] / total);
    }
    return total > 0;
}

double word_means_word(const struct word_means *means, const char *word, size_t n_bytes)
{
    return word_weight(means->weights[0], word, n_bytes);
}

static void add_block(struct removal *removal, uint32_t dim)
{
    blas_gram(removal->n_block, dim, removal->block, dim, removal->gram, dim);
    removal->n_block = 0;
}

void word_means_learn(struct word_means *means, uint32_t m, const float *vector)
{
    struct removal *removal = &means->removals[m];
    uint32_t dim = means->dim;
    if (!removal->gram) {
        return;
    }
    for (uint32_t d = 0; d < dim; d++) {
        removal->block[(size_t)removal->n_block * dim + d] = (double)vector[d];
    }
    removal->n++;
    if (++removal->n_block == GRAM_ROWS) {
        add_block(removal, dim);
    }
}

/* The eigenvectors of the greatest eigenvalues, first rows of the gram matrix from now on. */
static int fit_removal(struct removal *removal, uint32_t dim, uint32_t components)
{
    double *values = mem_array(dim, sizeof *values);
    add_block(removal, dim);
    int status = blas_symmetric_eigen(dim, removal->gram, values);
    for (uint32_t k = 0; status == 0 && k < components && k < dim - 1 - k; k++) {
        memcpy(values, removal->gram + (size_t)k * dim, dim * sizeof *values);
        memcpy(removal->gram + (size_t)k * dim, removal->gram + (size_t)(dim - 1 - k) * dim,
               dim * sizeof *values);
        memcpy(removal->gram + (size_t)(dim - 1 - k) * dim, values, dim * sizeof *values);
    }
    free(values);
    return status;
}

int word_means_fit(struct word_means *means, uint32_t m)
{
    struct removal *removal = &means->removals[m];
    uint32_t components = means->specs[m].components;
    if (!components) {
        return 0;
    }
    if (components >= means->dim || components >= removal->n) {
        return error_set(ERR_REQUEST,
                         "option components=%u: found %llu training contexts of dimension %u, "
                         "expected more than %u of both",
                         components, (unsigned long long)removal->n, means->dim, components);
    }
    return fit_removal(removal, means->dim, components);
}

void word_means_remove_double(const struct word_means *means, uint32_t m, double *vector)
{
    for (uint32_t k = 0; k < means->specs[m].components; k++) {
        const double *component = means->removals[m].gram + (size_t)k * means->dim;
        double along = vec_dot_double(vector, component, means->dim);
        for (uint32_t d = 0; d < means->dim; d++) {
            vector[d] -= along * component[d];
        }
    }
}

void word_means_remove(const struct word_means *means, uint32_t m, float *vector)
{
    if (means->specs[m].components == 0) {
        return;
    }
    for (uint32_t d = 0; d < means->dim; d++) {
        means->sum[d] = (double)vector[d];
    }
    word_means_remove_double(means, m, means->sum);
    for (uint32_t d = 0; d < means->dim; d++) {
        vector[d] = (float)means->sum[d];
    }
}

uint32_t word_means_grid(struct embedder *embedder, bool around, bool trained,
                         struct word_mean ret_grid[WORD_MEANS_GRID])
{
    bool ranks = word_weights_have_ranks(embedder);
    enum word_frequencies of = ranks ? WORDS_BY_RANK : WORDS_OF_TRAINING;
    const struct word_weighting_spec words[] = {
        {WORDS_UNIFORM, WORDS_BY_RANK, 0},
        {WORDS_SIF, of, 1e-3},
        {WORDS_SIF, of, 1e-4},
        {WORDS_SIF, of, 1e-5},
        {WORDS_IDF, WORDS_BY_RANK, 0},
    };
    const struct word_mean distances[] = {
        {.distance = WORDS_EVEN},
        {.distance = WORDS_INVERSE},
        {.distance = WORDS_LINEAR, .window = 5},
        {.distance = WORDS_LINEAR, .window = 10},
        {.distance = WORDS_EXPONENTIAL, .window = 5},
        {.distance = WORDS_EXPONENTIAL, .window = 10},
    };
    enum {
        N_WORDS = sizeof words / sizeof *words,
        N_AROUND = sizeof distances / sizeof *distances
    };
    uint32_t n = 0, n_distances = around ? N_AROUND : 1;
    for (uint32_t w = 0; w < N_WORDS; w++) {
        bool counts = words[w].kind == WORDS_IDF || (words[w].kind == WORDS_SIF && !ranks);
        for (uint32_t d = 0; d < n_distances && (trained || !counts); d++) {
            for (uint32_t c = 0; c < (trained ? 2u : 1u); c++) {
                ret_grid[n] = distances[d];
                ret_grid[n].words = words[w];
                ret_grid[n++].components = c;
            }
        }
    }
    return n;
}
