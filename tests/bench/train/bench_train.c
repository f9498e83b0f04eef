/*
 * bench_train.c - words and records a second of the trainers on ELTeC-eng, beside Debian's fasttext
 * and gensim (peers.h) and the memory's speed in the same run.
 *
 *     bench_train [WORDS [THREADS [CORPUS.xz]]]
 *
 * The corpus is $HARNESS_SHARED/corpus/eltec-eng.txt.xz unless said otherwise, prepared as words of
 * a-z and 0-9 with an apostrophe suffix, lower-cased, its first 1,000,000 or WORDS of them (0:
 * all). One epoch, or three iterations, of each. Exit status 77 if there is no corpus.
 */
#include "mini_host.h"
#include "peers.h"
#include "text_corpus.h"
#include "train/train.h"
#include "train/words.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/harness-bench-train-XXXXXX";
static char prepared[sizeof folder + 32], output[sizeof folder + 32], side[sizeof folder + 32];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The corpus's words, one line a line, to the prepared file. */
static int prepare(const char *corpus, long limit)
{
    char command[4400];
    snprintf(command, sizeof command, "xz -dc '%s'", corpus);
    FILE *in = popen(command, "r"), *out = fopen(prepared, "w");
    char *line = NULL;
    size_t capacity = 0;
    struct word_reader reader;
    word_reader_init(&reader, &(struct word_rules){.strip = true, .lowercase = true});
    long n_words = 0;
    for (ssize_t n;
         in && out && (limit == 0 || n_words < limit) && (n = getline(&line, &capacity, in)) > 0;) {
        word_reader_text(&reader, line, (uint64_t)n);
        for (enum word_event event; (event = word_reader_next(&reader)) != WORD_END;) {
            if (event == WORD_FOUND) {
                fwrite(reader.word, 1, reader.n_bytes, out);
                n_words++;
            }
            fputc(event == WORD_FOUND ? ' ' : '\n', out);
        }
    }
    free(line);
    int bad = !in || !out || (pclose(in) != 0 && limit == 0) || fclose(out) != 0;
    printf("corpus: %ld running words\n", n_words);
    return bad ? -1 : 0;
}

struct copier {
    char *from, *to;
    size_t n;
};

static void *copy(void *arg)
{
    const struct copier *copier = arg;
    for (int i = 0; i < 4; i++) {
        memcpy(copier->to, copier->from, copier->n);
    }
    return NULL;
}

/* Bytes read and written a second by threads that copy memory. */
static double memory_speed(uint32_t n_threads)
{
    enum { BYTES = 128 << 20, MAX = 16 };
    struct copier copiers[MAX];
    pthread_t threads[MAX];
    n_threads = n_threads < MAX ? n_threads : MAX;
    for (uint32_t t = 0; t < n_threads; t++) {
        copiers[t] = (struct copier){malloc(BYTES), malloc(BYTES), BYTES};
        memset(copiers[t].from, 1, BYTES);
        memset(copiers[t].to, 2, BYTES);
    }
    double began = now();
    for (uint32_t t = 0; t < n_threads; t++) {
        pthread_create(&threads[t], NULL, copy, &copiers[t]);
    }
    for (uint32_t t = 0; t < n_threads; t++) {
        pthread_join(threads[t], NULL);
    }
    double seconds = now() - began;
    for (uint32_t t = 0; t < n_threads; t++) {
        free(copiers[t].from);
        free(copiers[t].to);
    }
    return 2.0 * 4 * BYTES * n_threads / seconds;
}

/* A number of the JSON file that the last run left. */
static double fact(const char *name)
{
    static char text[1 << 14];
    FILE *file = fopen(side, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file) {
        fclose(file);
    }
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *at = strstr(text, quoted);
    return at ? strtod(at + strlen(quoted), NULL) : 0;
}

static void run(const struct emb_ext_train *trainer, uint32_t n_threads, const char *const *pairs,
                uint32_t n_pairs)
{
    struct text_corpus text;
    if (text_corpus_open(&text, prepared) != 0) {
        abort();
    }
    struct emb_options *options =
        mini_options(trainer->options, trainer->n_options, pairs, n_pairs);
    struct emb_train_request request = {.struct_size = sizeof request,
                                        .n_threads = n_threads,
                                        .options = options,
                                        .corpus = &text.corpus,
                                        .seed = 1,
                                        .output = output};
    if (trainer->train(mini_host(n_threads), &request, NULL) != EMB_OK) {
        fprintf(stderr, "%s\n", mini_host_failure());
        exit(1);
    }
    mini_options_free(options);
    text_corpus_finish(&text);
}

/* What the peers do in this run; 0 = not there. */
static double fasttext_rate, gensim_rate;

static void put_ratio(double rate, double peer)
{
    if (rate > 0 && peer > 0) {
        printf(" %11.2f", rate / peer);
    } else {
        printf(" %11s", "-");
    }
}

static void put_heading(void)
{
    printf("%-34s %11s %11s %11s\n", "one epoch", "words/s", "x fasttext", "x gensim");
}

/* like_peers: the work is what the peers did, so a ratio means something. */
static void put_rate(const char *name, double rate, bool like_peers)
{
    printf("%-34s %11.0f", name, rate);
    put_ratio(like_peers ? rate : 0, fasttext_rate);
    put_ratio(like_peers ? rate : 0, gensim_rate);
    printf("\n");
}

static void run_rate(const char *name, const struct emb_ext_train *trainer, uint32_t n_threads,
                     const char *const *pairs, bool like_peers)
{
    uint32_t n_pairs = 0;
    while (pairs[n_pairs]) {
        n_pairs++;
    }
    run(trainer, n_threads, pairs, n_pairs);
    put_rate(name, fact("trained_tokens") / fact("training_seconds"), like_peers);
}

static void words(uint32_t n_threads)
{
    fasttext_rate = peer_fasttext(prepared, folder, n_threads);
    gensim_rate = peer_gensim(prepared, n_threads);
    put_heading();
    if (fasttext_rate > 0) {
        put_rate("fasttext skipgram -maxn 0", fasttext_rate, true);
    }
    if (gensim_rate > 0) {
        put_rate("gensim Word2Vec, sg=1", gensim_rate, true);
    }
    run_rate("word2vec skip-gram", &word2vec_train, n_threads,
             (const char *const[]){"iter=1", "cbow=0", NULL}, true);
    run_rate("word2vec skip-gram, deterministic", &word2vec_train, n_threads,
             (const char *const[]){"iter=1", "cbow=0", "deterministic=1", NULL}, true);
    run_rate("word2vec CBOW", &word2vec_train, n_threads,
             (const char *const[]){"iter=1", "cbow=1", NULL}, false);
    run_rate("word2vec hierarchical softmax", &word2vec_train, n_threads,
             (const char *const[]){"iter=1", "hs=1", "negative=0", NULL}, false);
    run_rate("fastText, n-grams of 3 to 6", &fasttext_train, n_threads,
             (const char *const[]){"epoch=1", "t=1e-3", "binary=0", NULL}, false);
}

static void records(uint32_t n_threads, double bandwidth)
{
    run(&glove_train, n_threads, (const char *const[]){"iter=3", "memory=1"}, 2);
    double rate = 3 * fact("records") / fact("training_seconds");
    /* a record reads and writes two rows of 112 parameters and 112 sums */
    printf("GloVe: %.0f records, %.2f million a second = %.1f times the memory's speed\n",
           fact("records"), rate * 1e-6, rate * 2 * 2 * 224 * 4 / bandwidth);
    printf("  reading %.2f s, counting %.2f s, shuffling %.2f s\n", fact("reading_seconds"),
           fact("counting_seconds"), fact("shuffling_seconds"));
}

static void all(uint32_t n_threads)
{
    double bandwidth = memory_speed(n_threads);
    printf("memory, copy, %u threads: %.1f GB/s\n", n_threads, bandwidth * 1e-9);
    words(n_threads);
    records(n_threads, bandwidth);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory of all of them: %ld MB\n", usage.ru_maxrss >> 10);
}

int main(int argc, char **argv)
{
    char corpus[4096];
    const char *shared = getenv("HARNESS_SHARED");
    snprintf(corpus, sizeof corpus, "%s/corpus/eltec-eng.txt.xz", shared ? shared : ".");
    const char *path = argc > 3 ? argv[3] : corpus;
    if (access(path, R_OK) != 0) {
        printf("skipped: %s is not there\n", path);
        return 77;
    }
    if (!mkdtemp(folder)) {
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(prepared, sizeof prepared, "%s/corpus.txt", folder);
    snprintf(output, sizeof output, "%s/out", folder);
    snprintf(side, sizeof side, "%s/out.json", folder);
    int status = prepare(path, argc > 1 ? atol(argv[1]) : 1000000);
    if (status == 0) {
        all(argc > 2 ? (uint32_t)atoi(argv[2]) : 2);
    }
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0 || status != 0;
}
