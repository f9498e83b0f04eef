/* The task's training text and sentences, for means of words. */
#include "suites/wsd/contexts.h"

#include "base/error.h"
#include "base/mem.h"
#include "suites/shared/text_words.h"

#include <stdlib.h>

struct wsd_contexts {
    struct word_means *means;
    uint32_t *places; /* [n] of the sentence weighed last */
    size_t capacity;
};

static void count_training(struct word_means *means, const struct wsd_task *task)
{
    struct text_words parts = {0};
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *data = task->train.sets[t];
        for (uint32_t s = 0; s < data->n_sentences; s++) {
            const struct wsd_sentence *sentence = &data->sentences[s];
            const char *text = wsd_sentence_text(data, s);
            parts.n = 0;
            for (uint32_t w = 0; w < sentence->n_words; w++) {
                text_words_add_token(&parts, text, data->words[sentence->first_word + w]);
            }
            word_means_count(means, text, parts.spans, parts.n);
        }
    }
    text_words_finish(&parts);
}

int wsd_contexts_create(struct embedder *embedder, const struct wsd_task *task,
                        const struct word_counts *frequencies, const struct word_mean *means,
                        uint32_t n, struct wsd_contexts **ret_contexts)
{
    struct word_means *made;
    TRY(word_means_create(embedder, frequencies, means, n, &made));
    if (word_means_counts(made)) {
        count_training(made, task);
    }
    *ret_contexts = mem_alloc(sizeof **ret_contexts);
    (*ret_contexts)->means = made;
    return 0;
}

void wsd_contexts_free(struct wsd_contexts *contexts)
{
    if (contexts) {
        word_means_free(contexts->means);
        free(contexts->places);
        free(contexts);
    }
}

uint32_t wsd_contexts_n(const struct wsd_contexts *contexts)
{
    return word_means_n(contexts->means);
}

static struct word_list list_of(const struct wsd_contexts *contexts,
                                const struct wsd_targets *targets)
{
    return (struct word_list){targets->spans, contexts->places, targets->n};
}

void wsd_contexts_weigh(struct wsd_contexts *contexts, const char *text,
                        const struct wsd_targets *targets)
{
    MEM_GROW(contexts->places, contexts->capacity, targets->n + 1u);
    for (uint32_t i = 0; i < targets->n; i++) {
        bool is_word = targets->owners[i] == WSD_NONE && targets->tokens[i] != WSD_NONE;
        contexts->places[i] = is_word ? targets->tokens[i] : WORD_NOWHERE;
    }
    const struct word_list words = list_of(contexts, targets);
    word_means_weigh(contexts->means, text, &words);
}

bool wsd_contexts_vector(struct wsd_contexts *contexts, uint32_t m,
                         const struct wsd_targets *targets, const struct embedded *embedded,
                         uint32_t token, float *ret_vector)
{
    const struct word_list words = list_of(contexts, targets);
    return word_means_vector(contexts->means, m, &words, embedded, token, ret_vector);
}

double wsd_contexts_word(const struct wsd_contexts *contexts, const char *word, size_t n_bytes)
{
    return word_means_word(contexts->means, word, n_bytes);
}

void wsd_contexts_learn(struct wsd_contexts *contexts, uint32_t m, const float *vector)
{
    word_means_learn(contexts->means, m, vector);
}

int wsd_contexts_fit(struct wsd_contexts *contexts, const struct wsd_plan *plan)
{
    for (uint32_t m = 0; m < wsd_contexts_n(contexts); m++) {
        if (wsd_wants_mean(plan, m)) {
            TRY(word_means_fit(contexts->means, m));
        }
    }
    return 0;
}

void wsd_contexts_remove(const struct wsd_contexts *contexts, uint32_t m, float *vector)
{
    word_means_remove(contexts->means, m, vector);
}

void wsd_contexts_remove_double(const struct wsd_contexts *contexts, uint32_t m, double *vector)
{
    word_means_remove_double(contexts->means, m, vector);
}
