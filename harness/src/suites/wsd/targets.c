/* Lists what is to be embedded in a sentence: its instances, its words, the whole. */
#include "suites/wsd/common.h"
#include "base/mem.h"
#include "plugin/embed.h"
#include "suites/shared/text_words.h"
#include "suites/wsd/contexts.h"
#include <stdlib.h>

void wsd_list_targets(const struct wsd_data *data, uint32_t number, bool whole, bool words,
                      bool (*wanted)(const void *ctx, uint32_t instance), const void *ctx,
                      struct wsd_targets *targets)
{
    const struct wsd_sentence *sentence = &data->sentences[number];
    const char *text = wsd_sentence_text(data, number);
    size_t capacity = 1 + sentence->n_instances + (words ? (size_t)sentence->n_bytes : 0);
    if (capacity > targets->capacity) {
        targets->spans = mem_resize(targets->spans, capacity, sizeof *targets->spans);
        targets->owners = mem_resize(targets->owners, capacity, sizeof *targets->owners);
        targets->tokens = mem_resize(targets->tokens, capacity, sizeof *targets->tokens);
        targets->capacity = capacity;
    }
    uint32_t n = 0;
    if (whole && sentence->n_bytes) {
        targets->spans[n] = (struct emb_span){0, sentence->n_bytes};
        targets->owners[n] = targets->tokens[n] = WSD_NONE;
        n++;
    }
    uint32_t instance = sentence->first_instance;
    uint32_t end = sentence->first_instance + sentence->n_instances;
    for (uint32_t t = 0; t < sentence->n_words; t++) {
        struct emb_span token = data->words[sentence->first_word + t];
        for (; instance < end && data->instances[instance].token == t; instance++) {
            if (!wanted || wanted(ctx, instance)) {
                targets->spans[n] = token;
                targets->owners[n] = instance;
                targets->tokens[n++] = t;
            }
        }
        if (words) {
            struct text_words parts = {0};
            text_words_add_token(&parts, text, token);
            for (uint32_t w = 0; w < parts.n; w++) {
                targets->spans[n] = parts.spans[w];
                targets->owners[n] = WSD_NONE;
                targets->tokens[n++] = t;
            }
            text_words_finish(&parts);
        }
    }
    targets->n = n;
}

void wsd_targets_finish(struct wsd_targets *targets)
{
    free(targets->spans);
    free(targets->owners);
    free(targets->tokens);
}

int wsd_push_sentence(struct embed_stream *stream, const struct wsd_data *data, uint32_t sentence,
                      const struct wsd_targets *targets)
{
    const struct wsd_sentence *at = &data->sentences[sentence];
    return embed_stream_push(stream, sentence, wsd_sentence_text(data, sentence), at->n_bytes,
                             data->words + at->first_word, at->n_words, targets->spans, targets->n);
}
