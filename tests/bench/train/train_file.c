/*
 * train_file.c - a trainer without the harness: train_file MODEL CORPUS OUTPUT THREADS SEED
 * [option=value ...], progress on stderr. For benchmarks and quality figures.
 */
#include "mini_host.h"
#include "text_corpus.h"
#include "train/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static emb_status report(void *ctx, const struct emb_train_state *state)
{
    double *last = ctx;
    (void)last;
    fprintf(stderr, "\r%-16s %llu/%llu %s %.0f/s loss %.5f   ", state->phase,
            (unsigned long long)state->done, (unsigned long long)state->total, state->unit,
            state->rate, state->loss);
    return EMB_OK;
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: train_file glove|word2vec|fasttext CORPUS OUTPUT THREADS SEED "
                        "[option=value ...]\n");
        return 2;
    }
    const struct emb_ext_train *trainer = strcmp(argv[1], "glove") == 0      ? &glove_train
                                          : strcmp(argv[1], "word2vec") == 0 ? &word2vec_train
                                                                             : &fasttext_train;
    struct text_corpus text;
    if (text_corpus_open(&text, argv[2]) != 0) {
        fprintf(stderr, "%s: cannot read\n", argv[2]);
        return 2;
    }
    uint32_t n_threads = (uint32_t)atoi(argv[4]);
    struct emb_options *options = mini_options(trainer->options, trainer->n_options,
                                               (const char *const *)argv + 6, (uint32_t)(argc - 6));
    struct emb_train_request request = {
        .struct_size = sizeof request,
        .n_threads = n_threads,
        .options = options,
        .corpus = &text.corpus,
        .seed = strtoull(argv[5], NULL, 10),
        .output = argv[3],
        .report = report,
    };
    struct emb_train_result result = {.struct_size = sizeof result};
    emb_status status = trainer->train(mini_host(n_threads), &request, &result);
    fprintf(stderr, "\n%s: %d %s, %llu words x %u, %llu tokens, %.2f s, loss %.5f\n", argv[1],
            status, status ? mini_host_failure() : "ok", (unsigned long long)result.n_words,
            result.dim, (unsigned long long)result.corpus_tokens, result.seconds, result.loss);
    mini_options_free(options);
    text_corpus_finish(&text);
    return status != EMB_OK;
}
