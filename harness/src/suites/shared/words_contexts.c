/* Embeds words as the mean of their occurrences in a text. */
#include "suites/shared/words_contexts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/archive.h"
#include "data/unicode.h"
#include "math/vectors.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MOST 2000 /* bytes: a longer line is cut where a word ends */

struct gathering {
    struct words *words;
    struct map lower;      /* the words lower-cased, with spaces for _ */
    uint32_t *number;      /* of each, in words */
    double *sums;          /* [n, n_stages * dim] */
    uint32_t *asked, *had; /* [n] occurrences pushed, and those that had a vector */
    uint32_t *queue;       /* words of the targets pushed, in order */
    size_t n_queue, queue_capacity, taken;
    uint32_t most;
};

static int take_line(void *ctx, const struct embedded *embedded)
{
    struct gathering *g = ctx;
    size_t row = (size_t)g->words->n_stages * g->words->dim;
    for (uint32_t t = 0; t < embedded->n_targets; t++) {
        uint32_t word = g->queue[g->taken++];
        if (word_has_vector(embedded->status[t])) {
            vec_axpy(1, embedded->vectors + t * row, g->sums + word * row, row);
            g->had[word]++;
        }
    }
    if (g->taken == g->n_queue) {
        g->taken = g->n_queue = 0;
    }
    return 0;
}

/* Spans of runs of letters, digits, apostrophes and hyphens. */
static uint32_t cut(struct slice line, struct emb_span *spans)
{
    uint32_t n = 0;
    bool inside = false;
    for (size_t i = 0, bytes; i < line.n; i += bytes) {
        int32_t point = unicode_next(line.text + i, line.n - i, &bytes);
        bool part = point >= 0 &&
                    (unicode_is_alphanumeric(point) || (inside && (point == '\'' || point == '-')));
        if (part && inside) {
            spans[n - 1].end = (uint32_t)(i + bytes);
        } else if (part) {
            spans[n++] = (struct emb_span){(uint32_t)i, (uint32_t)(i + bytes)};
        }
        inside = part;
    }
    return n;
}

static int push_line(struct gathering *g, struct embed_stream *stream, struct slice line)
{
    struct emb_span *spans = mem_array(line.n + 1, sizeof *spans), *targets;
    uint32_t n = cut(line, spans), n_targets = 0;
    struct str lower = {0};
    targets = mem_array((size_t)n + 1, sizeof *targets);
    for (uint32_t i = 0; i < n; i++) {
        str_clear(&lower);
        unicode_lower(line.text + spans[i].begin, spans[i].end - spans[i].begin, &lower);
        uint32_t found = map_find(&g->lower, str_text(&lower), lower.n);
        if (found == MAP_NONE || g->asked[g->number[found]] >= g->most) {
            continue;
        }
        g->asked[g->number[found]]++;
        MEM_GROW(g->queue, g->queue_capacity, g->n_queue + 1);
        g->queue[g->n_queue++] = g->number[found];
        targets[n_targets++] = spans[i];
    }
    int status = n_targets ? embed_stream_push(stream, 0, line.text, (uint32_t)line.n, NULL, 0,
                                               targets, n_targets)
                           : 0;
    str_finish(&lower);
    free(targets);
    free(spans);
    return status;
}

static struct slice shorten(struct slice line)
{
    line = slice_trim(line);
    size_t n = line.n;
    if (n > LINE_MOST) {
        n = LINE_MOST;
        while (n > 0 && line.text[n] != ' ') {
            n--;
        }
    }
    return (struct slice){line.text, n};
}

static int read_lines(struct gathering *g, struct embed_stream *stream, const char *path)
{
    struct byte_source *source;
    const char *text;
    size_t n;
    int status = byte_source_open(path, &source);
    if (status) {
        return status;
    }
    while (!(status = byte_source_lines(source, 1u << 20, &text, &n)) && n > 0) {
        struct slice rest = {text, n}, line;
        while (!status && slice_line(&rest, &line)) {
            status = push_line(g, stream, shorten(line));
        }
        if (status) {
            break;
        }
    }
    byte_source_close(source);
    return status;
}

static uint32_t set_means(struct gathering *g)
{
    struct words *words = g->words;
    size_t row = (size_t)words->n_stages * words->dim;
    uint32_t found = 0;
    for (uint32_t w = 0; w < words->map.n; w++) {
        if (g->had[w] == 0) {
            words->status[w] = words_known(words, w) ? EMB_WORD_BACKOFF : words->status[w];
            continue;
        }
        found++;
        words->status[w] = EMB_WORD_OK;
        for (size_t i = 0; i < row; i++) {
            words->vectors[w * row + i] = (float)(g->sums[w * row + i] / g->had[w]);
        }
    }
    words_set_norms(words);
    return found;
}

int words_from_contexts(struct words *words, struct embedder *embedder, const char *path,
                        uint32_t most, uint32_t *ret_found)
{
    uint32_t n = words->map.n;
    size_t row = (size_t)words->n_stages * words->dim;
    struct gathering g = {.words = words, .most = most};
    g.number = mem_array((size_t)n + 1, sizeof *g.number);
    g.asked = mem_array((size_t)n + 1, sizeof *g.asked);
    g.had = mem_array((size_t)n + 1, sizeof *g.had);
    g.sums = mem_array((size_t)n * row + 1, sizeof *g.sums);
    for (uint32_t w = 0; w < n; w++) {
        char *lower = unicode_lower_text(map_key(&words->map, w));
        uint32_t known = g.lower.n, number = map_put_text(&g.lower, lower);
        if (number == known) {
            g.number[number] = w;
        }
        free(lower);
    }
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take_line, &g, "contexts", 0);
    int status = read_lines(&g, stream, path);
    status = embed_stream_end(stream, status);
    if (!status) {
        *ret_found = set_means(&g);
    }
    map_finish(&g.lower);
    free(g.number);
    free(g.asked);
    free(g.had);
    free(g.sums);
    free(g.queue);
    return status;
}

int words_save(const struct words *words, uint32_t stage, const char *path)
{
    struct file_out file;
    uint32_t known = 0;
    TRY(file_out_open(&file, path));
    for (uint32_t w = 0; w < words->map.n; w++) {
        known += words_known(words, w);
    }
    fprintf(file.stream, "%u %u\n", known, words->dim);
    for (uint32_t w = 0; w < words->map.n; w++) {
        if (!words_known(words, w)) {
            continue;
        }
        for (const char *c = map_key(&words->map, w); *c; c++) {
            fputc(*c == ' ' ? '_' : *c, file.stream);
        }
        const float *vector = words_vector(words, w, stage);
        for (uint32_t d = 0; d < words->dim; d++) {
            char text[NUM_TEXT_MAX];
            fprintf(file.stream, " %s", num_text((double)vector[d], text));
        }
        fputc('\n', file.stream);
    }
    return file_out_commit(&file);
}
