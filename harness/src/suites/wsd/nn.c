/* Trains sense centroids on annotated text and scores vectors against them. */
#include "suites/wsd/common.h"

#include "base/error.h"
#include "base/mem.h"
#include "math/vectors.h"
#include "suites/wsd/contexts.h"
#include "suites/wsd/neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct wsd_centroids {
    uint32_t n_stages, dim;
    struct wsd_neighbours *neighbours; /* instead of all that follows, where k > 1; else NULL */
    uint32_t *slots;                   /* [n_senses] row of a sense, WSD_NONE: never in training */
    uint32_t n_slots, n_representations;
    double **sums;     /* [n_representations][n_slots, n_stages, dim]; NULL if not wanted */
    double **norms;    /* [n_representations][n_slots, n_stages] */
    uint32_t **counts; /* [n_representations][n_slots] occurrences added */
};

/* Training, sentence by sentence. */
struct training {
    const struct wsd_task *task;
    const struct wsd_plan *plan;
    struct wsd_centroids *centroids; /* that targets and contexts are added to; NULL: `take` them */
    struct wsd_contexts *contexts;   /* NULL: none are asked for */
    void (*take)(void *ctx, uint32_t set, uint32_t instance, uint32_t m, const float *vector);
    void *ctx;
    const struct wsd_data *data;
    uint32_t set;          /* number of the data among the training sets */
    const uint32_t *sense; /* [n_gold] of the set, wsd_task.train_sense */
    uint32_t n_stages, dim;
    struct wsd_targets targets;
    float *context_vector;
};

static bool is_needed(const void *ctx, uint32_t number)
{
    const struct training *training = ctx;
    const struct wsd_instance *instance = &training->data->instances[number];
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        if (training->sense[instance->first_gold + g] != WSD_NONE) {
            return true;
        }
    }
    return false;
}

static void add_occurrence(const struct training *training, uint32_t number,
                           uint32_t representation, const float *vector)
{
    struct wsd_centroids *centroids = training->centroids;
    if (centroids->neighbours) {
        wsd_neighbours_add(centroids->neighbours, training->set, number,
                           (enum wsd_representation)representation, vector);
        return;
    }
    const struct wsd_instance *instance = &training->data->instances[number];
    size_t row = (size_t)centroids->n_stages * centroids->dim;
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        uint32_t sense = training->sense[instance->first_gold + g];
        if (sense != WSD_NONE) {
            uint32_t slot = centroids->slots[sense];
            vec_axpy(1, vector, centroids->sums[representation] + slot * row, row);
            centroids->counts[representation][slot]++;
        }
    }
}

/* The contexts of an occurrence by every mean that is asked for. */
static void take_contexts(struct training *training, const struct embedded *embedded, uint32_t i)
{
    const struct wsd_targets *targets = &training->targets;
    struct wsd_contexts *contexts = training->contexts;
    float *vector = training->context_vector;
    for (uint32_t m = 0; m < wsd_contexts_n(contexts); m++) {
        if (!wsd_wants_mean(training->plan, m) ||
            !wsd_contexts_vector(contexts, m, targets, embedded, targets->tokens[i], vector)) {
            continue;
        }
        if (training->centroids) {
            wsd_contexts_learn(contexts, m, vector);
            add_occurrence(training, targets->owners[i], WSD_CONTEXT + m, vector);
        } else {
            wsd_contexts_remove(contexts, m, vector);
            training->take(training->ctx, training->set, targets->owners[i], m, vector);
        }
    }
}

static int take_training(void *ctx, const struct embedded *embedded)
{
    struct training *training = ctx;
    uint32_t sentence = (uint32_t)embedded->tag;
    wsd_list_targets(training->data, sentence, false, training->contexts != NULL, is_needed,
                     training, &training->targets);
    if (training->contexts) {
        wsd_contexts_weigh(training->contexts, wsd_sentence_text(training->data, sentence),
                           &training->targets);
    }
    size_t row = (size_t)training->n_stages * training->dim;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        uint32_t owner = training->targets.owners[i];
        if (owner == WSD_NONE) {
            continue;
        }
        if (training->centroids && word_has_vector(embedded->status[i])) {
            add_occurrence(training, owner, WSD_TARGET, embedded->vectors + i * row);
        }
        if (training->contexts) {
            take_contexts(training, embedded, i);
        }
    }
    return 0;
}

/* Sentences without a needed occurrence are not embedded. */
static int train_on(const struct suite_run *run, struct training *training)
{
    const struct wsd_data *data = training->data;
    char *label = mem_format("training on %s", data->name);
    struct embed_stream *stream = embed_stream_create(run->embedder, EMB_POOL_MEAN, take_training,
                                                      training, label, data->n_sentences);
    free(label);
    struct wsd_targets targets = {0};
    int status = 0;
    for (uint32_t s = 0; status == 0 && s < data->n_sentences; s++) {
        wsd_list_targets(data, s, false, false, is_needed, training, &targets);
        if (targets.n == 0) {
            continue;
        }
        if (training->contexts) {
            wsd_list_targets(data, s, false, true, is_needed, training, &targets);
        }
        status = wsd_push_sentence(stream, data, s, &targets);
    }
    wsd_targets_finish(&targets);
    return embed_stream_end(stream, status);
}

/* All training texts; `training` says what for. */
static int train(const struct suite_run *run, const struct wsd_task *task,
                 const struct training *training)
{
    int status = 0;
    for (uint32_t t = 0; status == 0 && t < task->train.n; t++) {
        struct training one = *training;
        one.task = task;
        one.data = task->train.sets[t];
        one.set = t;
        one.sense = task->train_sense[t];
        one.n_stages = embedder_n_stages(run->embedder);
        one.dim = embedder_dim(run->embedder);
        one.context_vector = mem_array(one.dim, sizeof(float));
        status = train_on(run, &one);
        free(one.context_vector);
        wsd_targets_finish(&one.targets);
    }
    return status;
}

int wsd_each_context(const struct suite_run *run, const struct wsd_task *task,
                     const struct wsd_plan *plan, struct wsd_contexts *contexts,
                     void (*take)(void *ctx, uint32_t set, uint32_t instance, uint32_t m,
                                  const float *vector),
                     void *ctx)
{
    const struct training training = {.plan = plan, .contexts = contexts, .take = take, .ctx = ctx};
    return train(run, task, &training);
}

/* With relatives every candidate has a row, which may be filled from theirs. */
static void give_slots(const struct wsd_task *task, bool relatives, struct wsd_centroids *centroids)
{
    centroids->slots = mem_array(task->labels.n + 1u, sizeof *centroids->slots);
    for (uint32_t s = 0; s < task->labels.n; s++) {
        centroids->slots[s] = task->senses[s].count ? centroids->n_slots++ : WSD_NONE;
    }
    for (uint32_t g = 0; relatives && g < task->n_groups; g++) {
        const struct wsd_group *group = &task->groups[g];
        for (uint32_t s = group->first; s < group->first + group->n; s++) {
            centroids->slots[s] =
                centroids->slots[s] == WSD_NONE ? centroids->n_slots++ : centroids->slots[s];
        }
    }
}

static int create_centroids(const struct suite_run *run, const struct wsd_task *task,
                            const struct wsd_plan *plan, uint32_t n_means,
                            struct wsd_centroids **ret_centroids)
{
    struct wsd_centroids *centroids = mem_alloc(sizeof *centroids);
    centroids->n_stages = embedder_n_stages(run->embedder);
    centroids->dim = embedder_dim(run->embedder);
    centroids->n_representations = WSD_CONTEXT + n_means;
    centroids->sums = mem_array(centroids->n_representations, sizeof *centroids->sums);
    centroids->norms = mem_array(centroids->n_representations, sizeof *centroids->norms);
    centroids->counts = mem_array(centroids->n_representations, sizeof *centroids->counts);
    if (plan->k > 1) {
        int status = wsd_neighbours_create(task, plan, centroids->n_stages, centroids->dim,
                                           &centroids->neighbours);
        if (status) {
            wsd_centroids_free(centroids);
            return status;
        }
        *ret_centroids = centroids;
        return 0;
    }
    give_slots(task, plan->relatives, centroids);
    size_t rows = (size_t)centroids->n_slots * centroids->n_stages;
    for (uint32_t r = 0; r < centroids->n_representations; r++) {
        if (r >= WSD_CONTEXT && !wsd_wants_mean(plan, r - WSD_CONTEXT)) {
            continue;
        }
        centroids->sums[r] = mem_array(rows * centroids->dim + 1, sizeof(double));
        centroids->norms[r] = mem_array(rows + 1, sizeof(double));
        centroids->counts[r] = mem_array(centroids->n_slots + 1u, sizeof(uint32_t));
    }
    *ret_centroids = centroids;
    return 0;
}

/* The direction of a sum is that of its mean, which is all that a cosine asks for. */
static void measure(struct wsd_centroids *centroids)
{
    size_t rows = (size_t)centroids->n_slots * centroids->n_stages;
    for (uint32_t r = 0; r < centroids->n_representations; r++) {
        for (size_t i = 0; centroids->sums[r] && i < rows; i++) {
            const double *sum = centroids->sums[r] + i * centroids->dim;
            centroids->norms[r][i] = sqrt(vec_dot_double(sum, sum, centroids->dim));
        }
    }
}

/* What fills the rows of senses that training never saw. */
struct filling {
    const struct wsd_task *task;
    struct wsd_centroids *centroids;
    uint32_t representation;
    const uint32_t *seen; /* [n_slots] counts as training left them */
};

/* Adds the directions of the seen senses of a synset to a row; how many there were. */
static uint32_t add_synset(const struct filling *filling, const struct wordnet_synset *synset,
                           uint32_t slot)
{
    const struct wsd_centroids *centroids = filling->centroids;
    uint32_t n = 0, n_stages = centroids->n_stages, dim = centroids->dim;
    double *sums = centroids->sums[filling->representation];
    for (uint16_t i = 0; i < synset->n_senses; i++) {
        const char *key = wordnet_sense_at(filling->task->wordnet, synset->senses[i])->key;
        uint32_t sense = map_find_text(&filling->task->labels, key);
        uint32_t from = sense == MAP_NONE ? WSD_NONE : centroids->slots[sense];
        if (from == WSD_NONE || from == slot || filling->seen[from] == 0) {
            continue;
        }
        for (uint32_t s = 0; s < n_stages; s++) {
            size_t source = (size_t)from * n_stages + s, target = (size_t)slot * n_stages + s;
            double norm = centroids->norms[filling->representation][source];
            for (uint32_t d = 0; d < dim && norm > 0; d++) {
                sums[target * dim + d] += sums[source * dim + d] / norm;
            }
        }
        n++;
    }
    return n;
}

static void fill_sense(const struct filling *filling, uint32_t sense)
{
    const struct wsd_task *task = filling->task;
    const struct wsd_centroids *centroids = filling->centroids;
    uint32_t slot = centroids->slots[sense];
    if (filling->seen[slot] || task->senses[sense].wordnet == WORDNET_NONE) {
        return;
    }
    const struct wordnet_synset *synset = wordnet_synset(
        task->wordnet, wordnet_sense_at(task->wordnet, task->senses[sense].wordnet)->synset);
    uint32_t n = add_synset(filling, synset, slot);
    for (uint16_t h = 0; n == 0 && h < synset->n_hypernyms; h++) {
        n += add_synset(filling, wordnet_synset(task->wordnet, synset->hypernyms[h]), slot);
    }
    centroids->counts[filling->representation][slot] = n;
}

/* Loureiro & Jorge 2019: a sense without occurrences is the mean of its synset's senses, else of
 * its hypernyms'. The first hypernym with any counts. */
static void fill_from_relatives(const struct wsd_task *task, struct wsd_centroids *centroids)
{
    for (uint32_t r = 0; r < centroids->n_representations; r++) {
        if (!centroids->sums[r]) {
            continue;
        }
        uint32_t *seen = mem_array(centroids->n_slots + 1u, sizeof *seen);
        memcpy(seen, centroids->counts[r], centroids->n_slots * sizeof *seen);
        struct filling filling = {task, centroids, r, seen};
        for (uint32_t g = 0; g < task->n_groups; g++) {
            const struct wsd_group *group = &task->groups[g];
            for (uint32_t s = group->first; s < group->first + group->n; s++) {
                fill_sense(&filling, s);
            }
        }
        free(seen);
    }
}

/* What the means of contexts have in common is taken out of what was made of them: of sums as of
 * vectors, since it is a projection. */
static int remove_components(struct wsd_centroids *centroids, const struct wsd_plan *plan,
                             struct wsd_contexts *contexts)
{
    int status = wsd_contexts_fit(contexts, plan);
    for (uint32_t m = 0; status == 0 && m < wsd_contexts_n(contexts); m++) {
        if (!wsd_wants_mean(plan, m)) {
            continue;
        }
        if (centroids->neighbours) {
            wsd_neighbours_remove(centroids->neighbours, contexts, m);
            continue;
        }
        for (size_t i = 0; i < centroids->n_slots; i++) {
            wsd_contexts_remove_double(contexts, m,
                                       centroids->sums[WSD_CONTEXT + m] + i * centroids->dim);
        }
    }
    return status;
}

int wsd_centroids_train(const struct suite_run *run, const struct wsd_task *task,
                        const struct wsd_plan *plan, struct wsd_contexts *contexts,
                        struct wsd_centroids **ret_centroids)
{
    struct wsd_centroids *centroids;
    TRY(create_centroids(run, task, plan, contexts ? wsd_contexts_n(contexts) : 0, &centroids));
    const struct training training = {.plan = plan, .centroids = centroids, .contexts = contexts};
    int status = train(run, task, &training);
    if (status == 0 && contexts) {
        status = remove_components(centroids, plan, contexts);
    }
    if (status) {
        wsd_centroids_free(centroids);
        return status;
    }
    measure(centroids);
    if (plan->relatives) {
        fill_from_relatives(task, centroids);
        measure(centroids);
    }
    *ret_centroids = centroids;
    return 0;
}

void wsd_centroids_free(struct wsd_centroids *centroids)
{
    if (centroids) {
        for (uint32_t r = 0; r < centroids->n_representations; r++) {
            free(centroids->sums[r]);
            free(centroids->norms[r]);
            free(centroids->counts[r]);
        }
        free(centroids->sums);
        free(centroids->norms);
        free(centroids->counts);
        free(centroids->slots);
        wsd_neighbours_free(centroids->neighbours);
        free(centroids);
    }
}

void wsd_centroids_score(const struct wsd_centroids *centroids, const struct wsd_group *group,
                         uint32_t representation, const float *vector, double *ret_cosines,
                         uint32_t stride)
{
    if (centroids->neighbours) {
        wsd_neighbours_score(centroids->neighbours, group, (enum wsd_representation)representation,
                             vector, ret_cosines, stride);
        return;
    }
    uint32_t n_stages = centroids->n_stages, dim = centroids->dim;
    double *wide = mem_array(dim, sizeof *wide);
    for (uint32_t s = 0; s < n_stages; s++) {
        const float *row = vector + (size_t)s * dim;
        for (uint32_t d = 0; d < dim; d++) {
            wide[d] = row[d];
        }
        double norm = vec_norm(row, dim);
        for (uint32_t c = 0; c < group->n; c++) {
            uint32_t slot = centroids->slots[group->first + c];
            double cosine = NAN;
            if (slot != WSD_NONE && centroids->counts[representation][slot]) {
                size_t at = (size_t)slot * n_stages + s;
                double both = norm * centroids->norms[representation][at];
                double dot = vec_dot_double(wide, centroids->sums[representation] + at * dim, dim);
                cosine = both > 0 ? dot / both : 0;
            }
            ret_cosines[(size_t)s * stride + c] = cosine;
        }
    }
    free(wide);
}

void wsd_centroids_score_without(const struct wsd_centroids *centroids,
                                 const struct wsd_group *group, uint32_t representation,
                                 const float *vector, const uint8_t *own, double *ret_cosines)
{
    uint32_t dim = centroids->dim;
    double *rest = mem_array(2 * (size_t)dim, sizeof *rest), *wide = rest + dim;
    for (uint32_t d = 0; d < dim; d++) {
        wide[d] = (double)vector[d];
    }
    for (uint32_t c = 0; c < group->n; c++) {
        uint32_t slot = centroids->slots[group->first + c];
        uint32_t n = slot == WSD_NONE ? 0 : centroids->counts[representation][slot];
        ret_cosines[c] = NAN;
        if (n <= own[c]) {
            continue;
        }
        memcpy(rest, centroids->sums[representation] + (size_t)slot * dim, dim * sizeof *rest);
        for (uint32_t d = 0; d < dim && own[c]; d++) {
            rest[d] -= wide[d];
        }
        ret_cosines[c] = vec_cosine_double(wide, rest, dim);
    }
    free(rest);
}
