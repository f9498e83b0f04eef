/* Embeds the training occurrences and the test instances, and keeps their vectors. */
#include "suites/probe/probe.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One set on its way through the embedder. */
struct passage {
    struct probe_data *data;
    const struct wsd_data *set;
    struct probe_vectors *vectors;
    struct wsd_targets targets;
};

static bool is_wanted(const void *ctx, uint32_t instance)
{
    const struct passage *passage = ctx;
    return passage->vectors->row_of[instance] != WSD_NONE;
}

/* The second word before the target, lower-cased; "" where there is none. */
static uint32_t type_of(struct probe_data *data, const struct wsd_data *set, uint32_t instance)
{
    const struct wsd_instance *of = &set->instances[instance];
    const struct wsd_sentence *sentence = &set->sentences[of->sentence];
    struct str word = {0};
    if (of->token > 1) {
        struct emb_span before = set->words[sentence->first_word + of->token - 2];
        unicode_lower(wsd_sentence_text(set, of->sentence) + before.begin,
                      before.end - before.begin, &word);
    }
    uint32_t type = map_put_text(&data->types, str_text(&word));
    str_finish(&word);
    return type;
}

static size_t row_floats(const struct probe_data *data, uint32_t representation)
{
    return (size_t)(representation == WSD_CONTEXT ? 1 : data->n_stages) * data->dim;
}

const float *probe_row(const struct probe_data *data, const struct probe_vectors *vectors,
                       uint32_t representation, uint32_t row, uint32_t stage)
{
    return vectors->rows[representation] + row * row_floats(data, representation) +
           (representation == WSD_CONTEXT ? 0 : (size_t)stage * data->dim);
}

static int take(void *ctx, const struct embedded *embedded)
{
    struct passage *passage = ctx;
    struct probe_data *data = passage->data;
    struct probe_vectors *vectors = passage->vectors;
    uint32_t sentence = (uint32_t)embedded->tag;
    size_t size = row_floats(data, WSD_TARGET);
    wsd_list_targets(passage->set, sentence, false, data->contexts != NULL, is_wanted, passage,
                     &passage->targets);
    if (data->contexts) {
        wsd_contexts_weigh(data->contexts, wsd_sentence_text(passage->set, sentence),
                           &passage->targets);
    }
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (passage->targets.owners[i] == WSD_NONE) {
            continue;
        }
        uint32_t row = vectors->row_of[passage->targets.owners[i]];
        vectors->known[WSD_TARGET][row] = word_has_vector(embedded->status[i]);
        memcpy(vectors->rows[WSD_TARGET] + row * size, embedded->vectors + i * size,
               size * sizeof(float));
        if (data->contexts) {
            vectors->known[WSD_CONTEXT][row] = wsd_contexts_vector(
                data->contexts, 0, &passage->targets, embedded, passage->targets.tokens[i],
                vectors->rows[WSD_CONTEXT] + row * row_floats(data, WSD_CONTEXT));
        }
    }
    return 0;
}

static int stream(struct passage *passage, const char *label)
{
    const struct wsd_data *set = passage->set;
    struct embed_stream *stream = embed_stream_create(passage->data->run->embedder, EMB_POOL_MEAN,
                                                      take, passage, label, set->n_sentences);
    struct wsd_targets targets = {0};
    int status = 0;
    for (uint32_t s = 0; status == 0 && s < set->n_sentences; s++) {
        const struct wsd_sentence *sentence = &set->sentences[s];
        wsd_list_targets(set, s, false, false, is_wanted, passage, &targets);
        if (targets.n == 0) {
            continue;
        }
        if (passage->data->contexts) {
            wsd_list_targets(set, s, false, true, is_wanted, passage, &targets);
        }
        status = embed_stream_push(stream, s, wsd_sentence_text(set, s), sentence->n_bytes,
                                   set->words + sentence->first_word, sentence->n_words,
                                   targets.spans, targets.n);
    }
    wsd_targets_finish(&targets);
    if (status) {
        embed_stream_cancel(stream);
        return status;
    }
    return embed_stream_finish(stream);
}

/* vectors: row_of and n are given. */
static int embed_set(struct probe_data *data, const struct wsd_data *set, const char *label,
                     struct probe_vectors *vectors)
{
    struct passage passage = {.data = data, .set = set, .vectors = vectors};
    vectors->types = mem_array(vectors->n + 1u, sizeof *vectors->types);
    for (uint32_t r = 0; r < data->n_representations; r++) {
        vectors->rows[r] = mem_array(vectors->n * row_floats(data, r) + 1, sizeof(float));
        vectors->known[r] = mem_array(vectors->n + 1u, 1);
    }
    for (uint32_t i = 0; i < set->n_instances; i++) {
        if (vectors->row_of[i] != WSD_NONE) {
            vectors->types[vectors->row_of[i]] = type_of(data, set, i);
        }
    }
    int status = stream(&passage, label);
    wsd_targets_finish(&passage.targets);
    return status;
}

void probe_vectors_finish(struct probe_vectors *vectors)
{
    for (uint32_t r = 0; r < WSD_N_REPRESENTATIONS; r++) {
        free(vectors->rows[r]);
        free(vectors->known[r]);
    }
    free(vectors->row_of);
    free(vectors->types);
    *vectors = (struct probe_vectors){0};
}

/* Of a training instance the first label that is a candidate of some test instance. */
static uint32_t sense_of(const struct wsd_task *task, uint32_t set, uint32_t instance)
{
    const struct wsd_instance *of = &task->train.sets[set]->instances[instance];
    for (uint32_t g = of->first_gold; g < of->first_gold + of->n_gold; g++) {
        if (task->train_sense[set][g] != WSD_NONE) {
            return task->train_sense[set][g];
        }
    }
    return WSD_NONE;
}

static uint32_t *groups_of_senses(const struct wsd_task *task)
{
    uint32_t *group_of = mem_array(task->labels.n + 1u, sizeof *group_of);
    for (uint32_t g = 0; g < task->n_groups; g++) {
        for (uint32_t c = 0; c < task->groups[g].n; c++) {
            group_of[task->groups[g].first + c] = g;
        }
    }
    return group_of;
}

/* Rows for the training occurrences, and each group's list of them, shuffled. */
static void list_occurrences(struct probe_data *data)
{
    const struct wsd_task *task = data->task;
    uint32_t *group_of = groups_of_senses(task);
    size_t *capacities = mem_array(task->n_groups + 1u, sizeof *capacities);
    for (uint32_t t = 0; t < task->train.n; t++) {
        struct probe_vectors *vectors = &data->training[t];
        const struct wsd_data *set = task->train.sets[t];
        vectors->row_of = mem_array(set->n_instances + 1u, sizeof *vectors->row_of);
        for (uint32_t i = 0; i < set->n_instances; i++) {
            uint32_t sense = sense_of(task, t, i);
            vectors->row_of[i] = sense == WSD_NONE ? WSD_NONE : vectors->n;
            if (sense != WSD_NONE) {
                uint32_t g = group_of[sense], n = data->n_of_group[g]++;
                MEM_GROW(data->of_group[g], capacities[g], n + 1u);
                data->of_group[g][n] = (struct probe_occurrence){t, vectors->n++, sense};
            }
        }
    }
    for (uint32_t g = 0; g < task->n_groups; g++) {
        struct rng rng;
        rng_init(&rng, data->run->request->seed, g);
        for (uint32_t i = data->n_of_group[g]; i > 1; i--) {
            struct probe_occurrence *list = data->of_group[g], last = list[i - 1];
            uint32_t j = (uint32_t)rng_below(&rng, i);
            list[i - 1] = list[j];
            list[j] = last;
        }
    }
    free(capacities);
    free(group_of);
}

static int check_memory(const struct probe_data *data)
{
    const struct wsd_task *task = data->task;
    double n = 0, most_test = 0, allowed = (double)data->run->state->memory;
    for (uint32_t t = 0; t < task->train.n; t++) {
        n += data->training[t].n;
    }
    for (uint32_t t = 0; t < task->n_tests; t++) {
        most_test = fmax(most_test, wsd_n(&task->tests[t]));
    }
    double floats = (double)row_floats(data, WSD_TARGET) + (data->contexts ? data->dim : 0);
    double bytes = (n + most_test) * floats * sizeof(float);
    return bytes > allowed
               ? error_set(ERR_REQUEST,
                           "%.0f training occurrences and %.0f instances need %.0f "
                           "MiB of vectors at %u stages of dimension %u, and option memory allows "
                           "%.0f MiB; ask for fewer stages (--stages), or allow more (--set "
                           "memory=%.0fM)",
                           n, most_test, ceil(bytes / 0x1p20), data->n_stages, data->dim,
                           floor(allowed / 0x1p20), ceil(bytes / 0x1p20))
               : 0;
}

/* What the training contexts have in common is taken out of them. */
static int remove_components(struct probe_data *data)
{
    const struct wsd_plan plan = {.context = true};
    for (uint32_t t = 0; t < data->task->train.n; t++) {
        const struct probe_vectors *vectors = &data->training[t];
        for (uint32_t i = 0; i < vectors->n; i++) {
            if (vectors->known[WSD_CONTEXT][i]) {
                wsd_contexts_learn(data->contexts, 0, probe_row(data, vectors, WSD_CONTEXT, i, 0));
            }
        }
    }
    TRY(wsd_contexts_fit(data->contexts, &plan));
    for (uint32_t t = 0; t < data->task->train.n; t++) {
        struct probe_vectors *vectors = &data->training[t];
        for (uint32_t i = 0; i < vectors->n; i++) {
            wsd_contexts_remove(data->contexts, 0,
                                vectors->rows[WSD_CONTEXT] + (size_t)i * data->dim);
        }
    }
    return 0;
}

int probe_data_init(struct probe_data *data, const struct suite_run *run)
{
    const struct suite_state *state = run->state;
    const struct wsd_task *task = state->task;
    bool is_static = embedder_is_static(run->embedder);
    *data = (struct probe_data){.run = run,
                                .task = task,
                                .n_stages = embedder_n_stages(run->embedder),
                                .dim = embedder_dim(run->embedder),
                                .n_representations = is_static ? 2 : 1};
    data->training = mem_array(task->train.n + 1u, sizeof *data->training);
    data->of_group = mem_array(task->n_groups + 1u, sizeof *data->of_group);
    data->n_of_group = mem_array(task->n_groups + 1u, sizeof *data->n_of_group);
    if (is_static) {
        TRY(wsd_contexts_create(run->embedder, task, &state->frequencies, &state->mean, 1,
                                &data->contexts));
    }
    list_occurrences(data);
    TRY(check_memory(data));
    for (uint32_t t = 0; t < task->train.n; t++) {
        char *label = mem_format("training on %s", task->train.sets[t]->name);
        int status = embed_set(data, task->train.sets[t], label, &data->training[t]);
        free(label);
        TRY(status);
    }
    return data->contexts ? remove_components(data) : 0;
}

void probe_data_finish(struct probe_data *data)
{
    for (uint32_t t = 0; t < data->task->train.n; t++) {
        probe_vectors_finish(&data->training[t]);
    }
    for (uint32_t g = 0; g < data->task->n_groups; g++) {
        free(data->of_group[g]);
    }
    free(data->training);
    free(data->of_group);
    free(data->n_of_group);
    wsd_contexts_free(data->contexts);
    map_finish(&data->types);
}

int probe_embed_test(struct probe_data *data, const struct wsd_test *test,
                     struct probe_vectors *ret_vectors)
{
    *ret_vectors = (struct probe_vectors){.n = wsd_n(test)};
    ret_vectors->row_of = mem_array(wsd_n(test) + 1u, sizeof *ret_vectors->row_of);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        ret_vectors->row_of[i] = i;
    }
    TRY(embed_set(data, test->data, test->data->name, ret_vectors));
    for (uint32_t i = 0; data->contexts && i < ret_vectors->n; i++) {
        wsd_contexts_remove(data->contexts, 0,
                            ret_vectors->rows[WSD_CONTEXT] + (size_t)i * data->dim);
    }
    return 0;
}

uint32_t probe_draw(const struct probe_data *data, uint64_t salt, uint32_t type,
                    const uint32_t *labels, uint32_t n)
{
    struct rng rng;
    rng_init(&rng, data->run->request->seed, hash_bytes(&type, sizeof type, salt));
    return labels[rng_below(&rng, n)];
}
