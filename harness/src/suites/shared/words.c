/* Embeds single words, each once, at every stage. */
#include "suites/shared/words.h"

#include "base/few.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARTS 16 /* of a phrase; the others are not looked up */

uint32_t words_put(struct words *words, const char *word)
{
    return map_put_text(&words->map, word);
}

void words_tell_lacking(const struct words *words, const struct embedder *embedder,
                        const char *dataset)
{
    struct few few = {0};
    uint32_t n = 0;
    for (uint32_t w = 0; w < words->map.n; w++) {
        if (!words_known(words, w)) {
            few_add(&few, map_key(&words->map, w), strlen(map_key(&words->map, w)));
            n++;
        }
    }
    if (n > 0) {
        char *text = few_text(&few);
        log_info("%s: %u of %u words of %s %s no vector: %s", embedder_name(embedder), n,
                 words->map.n, dataset, n == 1 ? "has" : "have", text);
        free(text);
    }
    few_finish(&few);
}

bool words_known(const struct words *words, uint32_t word)
{
    return word_has_vector(words->status[word]);
}

const float *words_vector(const struct words *words, uint32_t word, uint32_t stage)
{
    return words->vectors + ((size_t)word * words->n_stages + stage) * words->dim;
}

void words_set_norms(struct words *words)
{
    for (size_t i = 0; i < (size_t)words->map.n * words->n_stages; i++) {
        words->norms[i] = vec_norm(words->vectors + i * words->dim, words->dim);
    }
}

double words_cosine(const struct words *words, uint32_t a, uint32_t b, uint32_t stage)
{
    if (!words_known(words, a) || !words_known(words, b)) {
        return NAN;
    }
    return vec_cosine_normed(words_vector(words, a, stage),
                             words->norms[(size_t)a * words->n_stages + stage],
                             words_vector(words, b, stage),
                             words->norms[(size_t)b * words->n_stages + stage], words->dim);
}

void words_finish(struct words *words)
{
    map_finish(&words->map);
    free(words->vectors);
    free(words->norms);
    free(words->status);
    *words = (struct words){0};
}

/* Rows of a static embedder are the word whole, then its parts where it has several. */
static void mean_of_parts(const struct words *words, const struct embedded *embedded, float *out)
{
    size_t row = (size_t)words->n_stages * words->dim;
    uint32_t found = 0;
    for (uint32_t t = 1; t < embedded->n_targets; t++) {
        found += word_has_vector(embedded->status[t]);
    }
    for (size_t i = 0; found && i < row; i++) {
        double sum = 0;
        for (uint32_t t = 1; t < embedded->n_targets; t++) {
            sum += (double)embedded->vectors[t * row + i]; /* rows of unknown parts are zero */
        }
        out[i] = (float)(sum / found);
    }
}

static int take_word(void *ctx, const struct embedded *embedded)
{
    struct words *words = ctx;
    size_t row = (size_t)words->n_stages * words->dim;
    float *out = words->vectors + embedded->tag * row;
    uint8_t *status = &words->status[embedded->tag];
    *status = embedded->status[0];
    if (word_has_vector(*status) || embedded->n_targets == 1) {
        memcpy(out, embedded->vectors, row * sizeof *out);
        return 0;
    }
    for (uint32_t t = 1; t < embedded->n_targets; t++) {
        if (word_has_vector(embedded->status[t])) {
            *status = EMB_WORD_BACKOFF;
        }
    }
    mean_of_parts(words, embedded, out);
    return 0;
}

static bool is_join(char c)
{
    return c == '_' || c == ' ';
}

/* Spans of the parts of a phrase; 1 if it is a word. */
static uint32_t cut_parts(const char *text, size_t n, struct emb_span parts[MAX_PARTS])
{
    uint32_t n_parts = 0;
    for (size_t i = 0; i < n && n_parts < MAX_PARTS;) {
        size_t end = i;
        while (end < n && !is_join(text[end])) {
            end++;
        }
        if (end > i) {
            parts[n_parts++] = (struct emb_span){(uint32_t)i, (uint32_t)end};
        }
        i = end + 1;
    }
    return n_parts;
}

static int push_static(struct embed_stream *stream, uint32_t word, const char *text, bool keep_case)
{
    struct str written = {0};
    if (keep_case) {
        str_add(&written, text);
    } else {
        unicode_lower(text, strlen(text), &written);
    }
    for (size_t i = 0; i < written.n; i++) {
        written.data[i] = written.data[i] == ' ' ? '_' : written.data[i];
    }
    struct emb_span spans[1 + MAX_PARTS] = {{0, (uint32_t)written.n}};
    uint32_t n_parts = cut_parts(str_text(&written), written.n, spans + 1);
    int status = embed_stream_push(stream, word, str_text(&written), (uint32_t)written.n, spans, 1,
                                   spans, n_parts > 1 ? 1 + n_parts : 1);
    str_finish(&written);
    return status;
}

static int push_contextual(struct embed_stream *stream, uint32_t word, const char *text,
                           const char *template)
{
    struct str written = {0};
    const char *hole = template ? strstr(template, "{}") : NULL;
    if (hole) {
        str_append(&written, template, (size_t)(hole - template));
    }
    size_t begin = written.n;
    str_add(&written, text);
    struct emb_span target = {(uint32_t)begin, (uint32_t)written.n}, parts[MAX_PARTS];
    for (size_t i = begin; i < written.n; i++) {
        written.data[i] = is_join(written.data[i]) ? ' ' : written.data[i];
    }
    if (hole) {
        str_add(&written, hole + 2);
    }
    uint32_t n_parts = hole ? 0 : cut_parts(str_text(&written), written.n, parts);
    int status = embed_stream_push(stream, word, str_text(&written), (uint32_t)written.n,
                                   n_parts ? parts : NULL, n_parts, &target, 1);
    str_finish(&written);
    return status;
}

int words_embed(struct words *words, struct embedder *embedder,
                const struct words_protocol *protocol)
{
    uint32_t n = words->map.n;
    words->n_stages = embedder_n_stages(embedder);
    words->dim = embedder_dim(embedder);
    words->vectors = mem_array((size_t)n * words->n_stages + 1, words->dim * sizeof(float));
    words->norms = mem_array((size_t)n * words->n_stages + 1, sizeof(double));
    words->status = mem_array((size_t)n + 1, 1);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take_word, words, "words", n);
    for (uint32_t i = 0; i < n; i++) {
        const char *text = map_key(&words->map, i);
        int status = embedder_is_static(embedder)
                         ? push_static(stream, i, text, protocol->keep_case)
                         : push_contextual(stream, i, text, protocol->template);
        if (status) {
            embed_stream_cancel(stream);
            return status;
        }
    }
    int status = embed_stream_finish(stream);
    if (!status) {
        words_set_norms(words);
    }
    return status;
}
