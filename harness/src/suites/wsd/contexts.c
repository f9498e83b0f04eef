/* Means of the words around targets, weighted and with components taken away. */
#include "suites/wsd/contexts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "math/blas.h"
#include "math/vectors.h"
#include "suites/shared/text_words.h"
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
static int read_sif(const struct suite_request *request, struct word_weighting_spec *words,
                    struct word_counts *counts, const char **ret_file)
{
    if (words->kind != WORDS_SIF) {
        const char *idle = suite_is_set(request, "a")             ? "a"
                           : suite_is_set(request, "frequencies") ? "frequencies"
                                                                  : NULL;
        return idle ? error_set(ERR_REQUEST,
                                "suite wsd: option %s is for weights=sif; found weights=%s", idle,
                                weighting_names[words->kind])
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
                         "suite wsd: option frequencies: found \"%s\", expected rank, train or a "
                         "file of lines WORD COUNT",
                         file ? file : "");
    }
    *ret_file = file;
    return word_counts_read(counts, file);
}

int wsd_mean_read(const struct suite_request *request, struct wsd_mean *mean,
                  struct word_counts *counts, const char **ret_file)
{
    *mean = (struct wsd_mean){0};
    *ret_file = NULL;
    uint32_t distance = place_of(suite_text(request, "distance"), distance_names, 4);
    mean->words.kind =
        (enum word_weighting)place_of(suite_text(request, "weights"), weighting_names, 3);
    mean->window = (uint32_t)suite_whole(request, "window");
    mean->components = (uint32_t)suite_whole(request, "components");
    mean->distance = (enum wsd_distance)distance;
    TRY(read_sif(request, &mean->words, counts, ret_file));
    uint32_t least = distance == WSD_LINEAR ? 1 : distance == WSD_EXPONENTIAL ? 2 : 0;
    if (mean->window < least) {
        return error_set(ERR_REQUEST,
                         "suite wsd: option distance=%s falls to the end of a window; found "
                         "window=%u, expected window=%u or more",
                         distance_names[distance], mean->window, least);
    }
    return 0;
}

void wsd_mean_protocol(const struct wsd_mean *mean, const char *file, struct protocol *protocol)
{
    word_weighting_protocol(&mean->words, file, protocol);
    if (mean->window) {
        protocol_add_number(protocol, PROTOCOL_WINDOW, mean->window);
    }
    if (mean->distance != WSD_EVEN) {
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

struct wsd_contexts {
    const struct wsd_mean *means; /* [n] */
    uint32_t n, dim;
    struct word_weights **weights; /* [n] */
    uint32_t *like;                /* [n] the first mean with the same weights of words */
    struct word_counts occurrences, sentences; /* of training, where asked for */
    double **words; /* [n][n_words] weights of the sentence's words; NULL where like another's */
    size_t *capacity;
    double *factors; /* [n_words] scratch: weights of one target's words */
    size_t factors_capacity;
    double *sum;              /* [dim] scratch */
    struct removal *removals; /* [n] */
};

static void count_training(struct wsd_contexts *contexts, const struct wsd_task *task, bool words,
                           bool sentences)
{
    struct text_words parts = {0};
    double number = 0;
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *data = task->train.sets[t];
        for (uint32_t s = 0; s < data->n_sentences; s++) {
            const struct wsd_sentence *sentence = &data->sentences[s];
            const char *text = wsd_sentence_text(data, s);
            parts.n = 0;
            for (uint32_t w = 0; w < sentence->n_words; w++) {
                text_words_add_token(&parts, text, data->words[sentence->first_word + w]);
            }
            number++;
            for (uint32_t w = 0; w < parts.n; w++) {
                const char *word = text + parts.spans[w].begin;
                size_t n_bytes = parts.spans[w].end - parts.spans[w].begin;
                if (words) {
                    word_counts_add(&contexts->occurrences, word, n_bytes, 1);
                }
                if (sentences) {
                    word_counts_add_once(&contexts->sentences, word, n_bytes, number);
                }
            }
        }
    }
    contexts->sentences.total = number;
    text_words_finish(&parts);
}

static bool same_words(const struct word_weighting_spec *a, const struct word_weighting_spec *b)
{
    return a->kind == b->kind && a->frequencies == b->frequencies && a->a == b->a;
}

int wsd_contexts_create(struct embedder *embedder, const struct wsd_task *task,
                        const struct word_counts *frequencies, const struct wsd_mean *means,
                        uint32_t n, struct wsd_contexts **ret_contexts)
{
    struct wsd_contexts *contexts = mem_alloc(sizeof *contexts);
    *contexts = (struct wsd_contexts){.means = means, .n = n, .dim = embedder_dim(embedder)};
    contexts->weights = mem_array(n + 1u, sizeof *contexts->weights);
    contexts->like = mem_array(n + 1u, sizeof *contexts->like);
    contexts->words = mem_array(n + 1u, sizeof *contexts->words);
    contexts->capacity = mem_array(n + 1u, sizeof *contexts->capacity);
    contexts->removals = mem_array(n + 1u, sizeof *contexts->removals);
    contexts->sum = mem_array(contexts->dim, sizeof *contexts->sum);
    bool words = false, sentences = false;
    for (uint32_t m = 0; m < n; m++) {
        const struct word_weighting_spec *spec = &means[m].words;
        words |= spec->kind == WORDS_SIF && spec->frequencies == WORDS_OF_TRAINING;
        sentences |= spec->kind == WORDS_IDF;
    }
    if (words || sentences) {
        count_training(contexts, task, words, sentences);
    }
    int status = 0;
    size_t square = (size_t)contexts->dim * contexts->dim;
    for (uint32_t m = 0; status == 0 && m < n; m++) {
        const struct word_weighting_spec *spec = &means[m].words;
        bool of_file = spec->frequencies == WORDS_OF_FILE;
        status = word_weights_create(spec, of_file ? frequencies : &contexts->occurrences,
                                     &contexts->sentences, embedder, &contexts->weights[m]);
        while (!same_words(&means[contexts->like[m]].words, spec)) {
            contexts->like[m]++;
        }
        if (means[m].components) {
            contexts->removals[m].gram = mem_array(square, sizeof(double));
            contexts->removals[m].block =
                mem_array((size_t)GRAM_ROWS * contexts->dim, sizeof(double));
        }
    }
    if (status) {
        wsd_contexts_free(contexts);
        return status;
    }
    *ret_contexts = contexts;
    return 0;
}

void wsd_contexts_free(struct wsd_contexts *contexts)
{
    if (!contexts) {
        return;
    }
    for (uint32_t m = 0; m < contexts->n; m++) {
        word_weights_free(contexts->weights[m]);
        free(contexts->words[m]);
        free(contexts->removals[m].gram);
        free(contexts->removals[m].block);
    }
    word_counts_finish(&contexts->occurrences);
    word_counts_finish(&contexts->sentences);
    free(contexts->weights);
    free(contexts->like);
    free(contexts->words);
    free(contexts->capacity);
    free(contexts->factors);
    free(contexts->sum);
    free(contexts->removals);
    free(contexts);
}

uint32_t wsd_contexts_n(const struct wsd_contexts *contexts)
{
    return contexts->n;
}

static bool is_word(const struct wsd_targets *targets, uint32_t i)
{
    return targets->owners[i] == WSD_NONE && targets->tokens[i] != WSD_NONE;
}

void wsd_contexts_weigh(struct wsd_contexts *contexts, const char *text,
                        const struct wsd_targets *targets)
{
    MEM_GROW(contexts->factors, contexts->factors_capacity, targets->n);
    for (uint32_t m = 0; m < contexts->n; m++) {
        if (contexts->like[m] != m) {
            continue;
        }
        MEM_GROW(contexts->words[m], contexts->capacity[m], targets->n);
        for (uint32_t i = 0; i < targets->n; i++) {
            struct emb_span span = targets->spans[i];
            contexts->words[m][i] =
                is_word(targets, i)
                    ? word_weight(contexts->weights[m], text + span.begin, span.end - span.begin)
                    : 0;
        }
    }
}

static double weight_at(const struct wsd_mean *mean, uint32_t d)
{
    if (mean->window && d > mean->window) {
        return 0;
    }
    switch (mean->distance) {
    case WSD_LINEAR:
        return (double)(mean->window - d + 1) / mean->window;
    case WSD_INVERSE:
        return 1 / (double)d;
    case WSD_EXPONENTIAL:
        return pow(0.1, (double)(d - 1) / (mean->window - 1));
    default:
        return 1;
    }
}

/* factors[i] *= the weight of a word's distance; words of the token itself do not matter. */
static void weigh_distances(const struct wsd_mean *mean, const struct wsd_targets *targets,
                            uint32_t token, double *factors)
{
    uint32_t before = 0, at = 0;
    for (uint32_t i = 0; i < targets->n; i++) {
        before += is_word(targets, i) && targets->tokens[i] < token;
    }
    uint32_t after = 0;
    for (uint32_t i = 0; i < targets->n; i++) {
        if (is_word(targets, i) && targets->tokens[i] != token) {
            uint32_t d = targets->tokens[i] < token ? before - at++ : ++after;
            factors[i] *= weight_at(mean, d);
        }
    }
}

bool wsd_contexts_vector(struct wsd_contexts *contexts, uint32_t m,
                         const struct wsd_targets *targets, const struct embedded *embedded,
                         uint32_t token, float *ret_vector)
{
    const struct wsd_mean *mean = &contexts->means[m];
    uint32_t dim = contexts->dim;
    double *factors = contexts->factors, *sum = contexts->sum, total = 0;
    memcpy(factors, contexts->words[contexts->like[m]], targets->n * sizeof *factors);
    if (token != WSD_NONE && (mean->window || mean->distance != WSD_EVEN)) {
        weigh_distances(mean, targets, token, factors);
    }
    memset(sum, 0, dim * sizeof *sum);
    for (uint32_t i = 0; i < targets->n; i++) {
        bool known = word_has_vector(embedded->status[i]);
        if (known && is_word(targets, i) && targets->tokens[i] != token && factors[i] > 0) {
            vec_axpy(factors[i], embedded->vectors + (size_t)i * dim, sum, dim);
            total += factors[i];
        }
    }
    for (uint32_t d = 0; d < dim && total > 0; d++) {
        ret_vector[d] = (float)(sum[d] / total);
    }
    return total > 0;
}

double wsd_contexts_word(const struct wsd_contexts *contexts, const char *word, size_t n_bytes)
{
    return word_weight(contexts->weights[0], word, n_bytes);
}

static void add_block(struct removal *removal, uint32_t dim)
{
    blas_gram(removal->n_block, dim, removal->block, dim, removal->gram, dim);
    removal->n_block = 0;
}

void wsd_contexts_learn(struct wsd_contexts *contexts, uint32_t m, const float *vector)
{
    struct removal *removal = &contexts->removals[m];
    uint32_t dim = contexts->dim;
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

int wsd_contexts_fit(struct wsd_contexts *contexts, const struct wsd_plan *plan)
{
    for (uint32_t m = 0; m < contexts->n; m++) {
        struct removal *removal = &contexts->removals[m];
        uint32_t components = contexts->means[m].components;
        if (!components || !wsd_wants_mean(plan, m)) {
            continue;
        }
        if (components >= contexts->dim || components >= removal->n) {
            return error_set(ERR_REQUEST,
                             "option components=%u: found %llu training contexts of "
                             "dimension %u, expected more than %u of both",
                             components, (unsigned long long)removal->n, contexts->dim, components);
        }
        TRY(fit_removal(removal, contexts->dim, components));
    }
    return 0;
}

void wsd_contexts_remove_double(const struct wsd_contexts *contexts, uint32_t m, double *vector)
{
    for (uint32_t k = 0; k < contexts->means[m].components; k++) {
        const double *component = contexts->removals[m].gram + (size_t)k * contexts->dim;
        double along = vec_dot_double(vector, component, contexts->dim);
        for (uint32_t d = 0; d < contexts->dim; d++) {
            vector[d] -= along * component[d];
        }
    }
}

void wsd_contexts_remove(const struct wsd_contexts *contexts, uint32_t m, float *vector)
{
    if (contexts->means[m].components == 0) {
        return;
    }
    for (uint32_t d = 0; d < contexts->dim; d++) {
        contexts->sum[d] = (double)vector[d];
    }
    wsd_contexts_remove_double(contexts, m, contexts->sum);
    for (uint32_t d = 0; d < contexts->dim; d++) {
        vector[d] = (float)contexts->sum[d];
    }
}
