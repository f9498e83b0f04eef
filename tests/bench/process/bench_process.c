/*
 * bench_process.c - what the bridge to a program costs.
 *
 *     bench_process PROCESS.so FOLDER [MINILM]
 *
 * FOLDER holds ready.py, which answers from an array: targets a second of 384 floats, and bytes of
 * vectors a second with 16 stages. With PyTorch and MINILM, a model folder (by default the one in
 * the cache): how much longer embed() takes than the program itself is at it. Beside each figure
 * stands what it should be on an idle machine.
 */
#include "embedder_util.h"
#include "mini_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3"

enum { N_WORDS = 16, DIM = 384, MOST_STAGES = 16, N_SENTENCES = 128 };
#define N_ROWS ((uint64_t)N_SENTENCES * N_WORDS)

static double inside; /* what the program says of its own time, in seconds */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void hear(const struct emb_host *host, int32_t level, const char *line)
{
    (void)host;
    if (sscanf(line, "inside %lf", &inside) != 1 && level >= EMB_LOG_WARN) {
        fprintf(stderr, "%s\n", line);
    }
}

/* N_SENTENCES sentences of N_WORDS words of five letters, all of them targets. */
static struct emb_sentence *make_sentences(void)
{
    static char text[6 * N_WORDS];
    static struct emb_span spans[N_WORDS];
    static struct emb_sentence sentences[N_SENTENCES];
    for (uint32_t w = 0; w < N_WORDS; w++) {
        memcpy(text + (size_t)6 * w, "river ", 6);
        spans[w] = (struct emb_span){6 * w, 6 * w + 5};
    }
    for (uint32_t i = 0; i < N_SENTENCES; i++) {
        sentences[i] = (struct emb_sentence){.text = text,
                                             .words = spans,
                                             .targets = spans,
                                             .n_bytes = sizeof text - 1,
                                             .n_words = N_WORDS,
                                             .n_targets = N_WORDS};
    }
    return sentences;
}

/* Seconds that `rounds` batches take, each of n_sentences. */
static double time_program(const struct emb_plugin_model *kind, const struct emb_host *host,
                           const char *const *pairs, uint32_t n_pairs, uint32_t n_stages,
                           uint32_t n_sentences, uint32_t rounds)
{
    static uint32_t stages[MOST_STAGES];
    struct emb_options *options =
        mini_options(kind->desc->options, kind->desc->n_options, pairs, n_pairs);
    struct emb_model *model = NULL;
    if (kind->ops->create(host, kind->desc, options, &model) != EMB_OK) {
        fprintf(stderr, "create(): %s\n", mini_host_failure());
        exit(1);
    }
    for (uint32_t s = 0; s < n_stages; s++) {
        stages[s] = s;
    }
    float *vectors = malloc(N_ROWS * n_stages * DIM * sizeof *vectors);
    uint8_t *status = malloc(N_ROWS);
    const struct emb_batch batch = {.struct_size = sizeof batch,
                                    .n_sentences = n_sentences,
                                    .sentences = make_sentences(),
                                    .stages = stages,
                                    .n_stages = n_stages,
                                    .vectors = vectors,
                                    .word_status = status,
                                    .row_stride = (uint64_t)n_stages * DIM,
                                    .stage_stride = DIM};
    double start = 0, first = 0;
    for (uint32_t i = 0; i <= rounds; i++) { /* the first one makes the memory */
        start = i == 1 ? now() : start;
        if (kind->ops->embed(model, &batch) != EMB_OK) {
            fprintf(stderr, "embed(): %s\n", mini_host_failure());
            exit(1);
        }
        first = i == 0 ? inside : first;
    }
    double seconds = now() - start;
    inside -= first;
    kind->ops->destroy(model);
    mini_options_free(options);
    free(vectors);
    free(status);
    return seconds;
}

/* The model folder of MiniLM: named, or in the cache. */
static void find_minilm(const char *named, char *ret_folder, size_t capacity)
{
    const char *cache = getenv("HARNESS_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (named) {
        snprintf(ret_folder, capacity, "%s", named);
    } else if (cache && cache[0]) {
        snprintf(ret_folder, capacity, "%s/models/minilm", cache);
    } else if (xdg && xdg[0]) {
        snprintf(ret_folder, capacity, "%s/harness/models/minilm", xdg);
    } else {
        snprintf(ret_folder, capacity, "%s/.cache/harness/models/minilm", home ? home : "");
    }
}

static void time_minilm(const struct emb_plugin_model *kind, const struct emb_host *host,
                        const char *folder, const char *named)
{
    char minilm[4000], weights[4100], python[4200], model[4100];
    find_minilm(named, minilm, sizeof minilm);
    snprintf(weights, sizeof weights, "%s/model.safetensors", minilm);
    if (access(weights, R_OK) != 0) {
        printf("MiniLM:     skipped: no %s\n", weights);
        return;
    }
    if (system(PYTHON " -c 'import torch' 2>/dev/null") != 0) {
        printf("MiniLM:     skipped: " PYTHON " has no torch\n");
        return;
    }
    snprintf(python, sizeof python, "python=%s/timed_minilm.py", folder);
    snprintf(model, sizeof model, "model=%s", minilm);
    const char *options[] = {python, "interpreter=" PYTHON, model};
    double seconds = time_program(kind, host, options, 3, 14, 32, 10);
    printf("MiniLM:     %8.2f %% of embed() is not the program's own time (at most 3)\n",
           100 * (1 - inside / seconds));
}

int main(int argc, char **argv)
{
    void *handle = argc < 3 ? NULL : dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    const struct emb_plugin_entry *entry = handle ? dlsym(handle, EMB_ENTRY_SYMBOL) : NULL;
    if (!entry) {
        fprintf(stderr, "bench_process PROCESS.so FOLDER [MINILM]\n");
        return 2;
    }
    struct emb_host host = *mini_host(1);
    char python[4200];
    host.log = hear;
    snprintf(python, sizeof python, "python=%s/ready.py", argv[2]);
    const char *ready[] = {python, "interpreter=" PYTHON, "options=stages=1"};
    double seconds = time_program(&entry->models[1], &host, ready, 3, 1, N_SENTENCES, 200);
    printf("one stage:  %8.0f targets/s of %d floats (at least 300000)\n",
           200.0 * (double)N_ROWS / seconds, DIM);
    ready[2] = "options=stages=16";
    seconds = time_program(&entry->models[0], &host, ready, 3, 16, N_SENTENCES, 60);
    printf("16 stages:  %8.2f GB/s of vectors (at least 1)\n",
           60.0 * (double)N_ROWS * 16 * DIM * sizeof(float) / seconds / 1e9);
    time_minilm(&entry->models[0], &host, argv[2], argc > 3 ? argv[3] : NULL);
    return 0;
}
