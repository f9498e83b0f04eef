/* Embeds the occurrences of words block by block and clusters those of each word. */
#include "suites/induction/induction.h"
#include "base/error.h"
#include "base/mem.h"
#include "math/vectors.h"
#include "suites/induction/clustering.h"
#include "suites/wsd/common.h"
#include "suites/wsd/contexts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_held(const void *ctx, uint32_t instance)
{
    const struct scan *scan = ctx;
    return scan->row_of[instance] != 0;
}

static int take(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    bool context = scan->n_representations > 1;
    size_t size = (size_t)scan->n_stages * scan->dim;
    wsd_list_targets(scan->test->data, (uint32_t)embedded->tag, false, context, is_held, scan,
                     &scan->targets);
    if (context) {
        wsd_contexts_weigh(scan->contexts,
                           wsd_sentence_text(scan->test->data, (uint32_t)embedded->tag),
                           &scan->targets);
    }
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (scan->targets.owners[i] == WSD_NONE) {
            continue;
        }
        size_t row = scan->row_of[scan->targets.owners[i]] - 1;
        if (word_has_vector(embedded->status[i])) {
            memcpy(scan->rows[WSD_TARGET] + row * size, embedded->vectors + i * size,
                   size * sizeof(float));
            scan->known[WSD_TARGET][row] = 1;
        }
        if (context) {
            scan->known[WSD_CONTEXT][row] = wsd_contexts_vector(
                scan->contexts, 0, &scan->targets, embedded, scan->targets.tokens[i],
                scan->rows[WSD_CONTEXT] + row * scan->dim);
        }
    }
    return 0;
}

static int embed_block(struct scan *scan)
{
    const struct wsd_data *data = scan->test->data;
    struct embed_stream *stream = embed_stream_create(scan->embedder, EMB_POOL_MEAN, take, scan,
                                                      data->name, data->n_sentences);
    struct wsd_targets targets = {0};
    int status = 0;
    for (uint32_t s = 0; status == 0 && s < data->n_sentences; s++) {
        wsd_list_targets(data, s, false, false, is_held, scan, &targets);
        if (targets.n == 0) {
            continue;
        }
        wsd_list_targets(data, s, false, scan->n_representations > 1, is_held, scan, &targets);
        status = wsd_push_sentence(stream, data, s, &targets);
    }
    wsd_targets_finish(&targets);
    return embed_stream_end(stream, status);
}

static uint32_t best_k(const struct linkage *linkage, const float *distances, uint32_t *groups)
{
    uint32_t most = linkage->n - 1 < 10 ? linkage->n - 1 : 10, best = 1;
    double greatest = -INFINITY;
    for (uint32_t k = 2; k <= most; k++) {
        linkage_cut(linkage, k, groups);
        double silhouette = clustering_silhouette(distances, linkage->n, groups, k);
        if (silhouette > greatest + 1e-9) {
            greatest = silhouette;
            best = k;
        }
    }
    return best;
}

/* Occurrences without a vector are a group of their own. */
static void cluster(const struct scan *scan, struct word *word, uint32_t representation,
                    uint32_t stage)
{
    uint32_t n = 0, n_stages = representation == WSD_CONTEXT ? 1 : scan->n_stages;
    uint32_t *known = mem_array(word->n + 1u, sizeof *known);
    for (uint32_t o = 0; o < word->n; o++) {
        if (scan->known[representation][word->first + o]) {
            known[n++] = o;
        }
    }
    float *distances = mem_array((size_t)n * n + 1, sizeof *distances);
    float *work = mem_array((size_t)n * n + 1, sizeof *work);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const float *a = scan->rows[representation] +
                             ((word->first + known[i]) * n_stages + stage) * scan->dim;
            const float *b = scan->rows[representation] +
                             ((word->first + known[j]) * n_stages + stage) * scan->dim;
            float distance = (float)(1 - vec_cosine(a, b, scan->dim));
            distances[(size_t)i * n + j] = distances[(size_t)j * n + i] = distance;
        }
    }
    memcpy(work, distances, (size_t)n * n * sizeof *work);
    uint32_t *groups = mem_array(word->n + 1u, sizeof *groups),
             *all = mem_array(word->n + 1u, sizeof *all);
    uint32_t k = 0;
    if (n > 0) {
        struct linkage linkage;
        linkage_init(&linkage, work, n);
        uint64_t wish = scan->state->choice == K_GOLD ? word->n_labels : scan->state->k;
        k = scan->state->choice == K_SILHOUETTE ? best_k(&linkage, distances, groups)
            : wish > n                          ? n
                                                : (uint32_t)wish;
        linkage_cut(&linkage, k, groups);
        linkage_finish(&linkage);
    }
    for (uint32_t o = 0; o < word->n; o++) {
        all[o] = k;
    }
    for (uint32_t i = 0; i < n; i++) {
        all[known[i]] = groups[i];
    }
    size_t slot = (size_t)representation * scan->n_stages + stage;
    word->k[slot] = k;
    word->agreements[slot] =
        clustering_agreement(all, k + 1, word->labels, word->n_labels, word->n);
    free(known);
    free(distances);
    free(work);
    free(groups);
    if (word->groups) {
        word->groups[slot] = all;
    } else {
        free(all);
    }
}

static void cluster_word(void *arg, uint32_t i, uint32_t worker)
{
    const struct scan *scan = arg;
    struct word *word = &scan->words[scan->first + i];
    (void)worker;
    for (uint32_t r = 0; r < scan->n_representations; r++) {
        for (uint32_t s = 0; s < (r == WSD_CONTEXT ? 1 : scan->n_stages); s++) {
            cluster(scan, word, r, s);
        }
    }
}

static int run_block(struct scan *scan)
{
    size_t size = (size_t)scan->n_stages * scan->dim;
    scan->n_rows = 0;
    memset(scan->row_of, 0, wsd_n(scan->test) * sizeof *scan->row_of);
    for (uint32_t w = scan->first; w < scan->end; w++) {
        scan->words[w].first = scan->n_rows;
        for (uint32_t o = 0; o < scan->words[w].n; o++) {
            scan->row_of[scan->words[w].instances[o]] = ++scan->n_rows;
        }
    }
    for (uint32_t r = 0; r < scan->n_representations; r++) {
        scan->rows[r] = mem_array(scan->n_rows * size + 1, sizeof(float));
        scan->known[r] = mem_array(scan->n_rows + 1, 1);
    }
    int status = embed_block(scan);
    if (status == 0) {
        pool_for(embedder_pool(scan->embedder), scan->end - scan->first, cluster_word, scan);
    }
    for (uint32_t r = 0; r < scan->n_representations; r++) {
        free(scan->rows[r]);
        free(scan->known[r]);
    }
    return status;
}

int induction_run_blocks(struct scan *scan, uint32_t n_words)
{
    size_t size = (size_t)scan->n_stages * scan->dim * sizeof(float) * scan->n_representations;
    for (scan->first = 0; scan->first < n_words; scan->first = scan->end) {
        uint64_t bytes = 0;
        for (scan->end = scan->first; scan->end < n_words; scan->end++) {
            bytes += scan->words[scan->end].n * size;
            if (scan->end > scan->first && bytes > scan->state->block_bytes) {
                break;
            }
        }
        TRY(run_block(scan));
    }
    return 0;
}
