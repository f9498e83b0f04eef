/*
 * bench_load.c - how fast word-vector files load, beside what this memory can copy.
 *
 *     bench_load [--rows N] [--dim N] [--workers N] [--peers] [--folder DIR] [--keep]
 *
 * Makes a table of 400,000 x 300 (1.04 GB of text) in a temporary folder, in every layout, and
 * loads each in a process of its own: seconds (the best of three, files in the page cache), MB/s,
 * the share of memory copy bandwidth of the same run, processor seconds, and the peak
 * memory beyond the matrix. On a busy machine believe the processor seconds. With
 * --peers also Debian's gensim and fasttext on the same files, where they are installed (fasttext
 * can only load a text table to go on training; its time includes saving the model).
 */
#include "mini_host.h"
#include "vectors/vectors.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 3, COPY_BYTES = 256 * 1024 * 1024 };

static uint32_t n_rows = 400000, dim = 300, n_workers = 2;
static char folder[512];
static double copy_rate; /* bytes copied a second, one thread */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double measure_copy_rate(void)
{
    char *from = malloc(COPY_BYTES), *to = malloc(COPY_BYTES);
    if (!from || !to) {
        return 0;
    }
    memset(from, 1, COPY_BYTES);
    memset(to, 2, COPY_BYTES);
    double best = 1e9;
    for (int i = 0; i < 10; i++) {
        double start = seconds();
        memcpy(to, from, COPY_BYTES);
        __asm__ volatile("" : : "r"(to) : "memory");
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    free(from);
    free(to);
    return COPY_BYTES / best;
}

static FILE *create(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    setvbuf(file, NULL, _IOFBF, 1 << 20);
    return file;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A number of the size and length of GloVe's: 4 to 6 digits after the point. */
static char *put_number(char *p, uint64_t r, float *ret_value)
{
    uint32_t digits = 4 + (uint32_t)(r % 8 > 0) + (uint32_t)(r % 8 > 5);
    uint32_t scale = digits == 4 ? 10000 : digits == 5 ? 100000 : 1000000;
    uint32_t value = (uint32_t)(r >> 8) % scale;
    *ret_value = (float)value / (float)scale;
    *p++ = ' ';
    if (r >> 63) {
        *p++ = '-';
        *ret_value = -*ret_value;
    }
    *p++ = '0';
    *p++ = '.';
    for (uint32_t unit = scale / 10; unit > 0; unit /= 10) {
        *p++ = (char)('0' + value / unit % 10);
    }
    return p;
}

/* glove.txt, word2vec.bin */
static void make_files(void)
{
    FILE *text = create("glove.txt"), *binary = create("word2vec.bin");
    char *line = malloc((size_t)dim * 12 + 64);
    float *row = malloc(dim * sizeof *row);
    uint64_t state = 1;
    fprintf(binary, "%u %u\n", n_rows, dim);
    for (uint32_t i = 0; i < n_rows; i++) {
        char *p = line + sprintf(line, "word%u", i);
        fwrite(line, 1, (size_t)(p - line), binary);
        for (uint32_t d = 0; d < dim; d++) {
            p = put_number(p, next_random(&state), &row[d]);
        }
        *p++ = '\n';
        fwrite(line, 1, (size_t)(p - line), text);
        fputc(' ', binary);
        fwrite(row, sizeof *row, dim, binary);
        fputc('\n', binary);
    }
    free(row);
    free(line);
    if (fclose(text) != 0 || fclose(binary) != 0) {
        perror(folder);
        exit(1);
    }
}

struct result {
    double seconds, cpu; /* elapsed; user and system, all threads */
    long peak_kb;
    bool from_cache;
};

static double timeval_seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

/* Loads in a child, so that the peak is this load's. */
static bool load_once(const char *path, bool cache, struct result *ret)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        struct vector_table *table;
        struct vector_options options = {.cache = cache};
        struct result result = {0};
        double start = seconds();
        if (vectors_load(mini_host(n_workers), path, &options, &table) != EMB_OK) {
            fprintf(stderr, "%s\n", mini_host_failure());
            _exit(1);
        }
        result.seconds = seconds() - start;
        result.from_cache = table->from_cache;
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        result.cpu = timeval_seconds(usage.ru_utime) + timeval_seconds(usage.ru_stime);
        result.peak_kb = usage.ru_maxrss;
        vectors_free(table);
        _exit(write(ends[1], &result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
    }
    close(ends[1]);
    bool fine = read(ends[0], ret, sizeof *ret) == (ssize_t)sizeof *ret;
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return fine && status == 0;
}

static void report(const char *what, const char *name, bool cache, int repeats)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct stat st;
    struct result best = {.seconds = 1e9};
    for (int i = 0; i < repeats; i++) {
        struct result result;
        if (stat(path, &st) != 0 || !load_once(path, cache, &result)) {
            printf("%-22s failed\n", what);
            return;
        }
        best.peak_kb = result.peak_kb > best.peak_kb ? result.peak_kb : best.peak_kb;
        if (result.seconds < best.seconds) {
            best.seconds = result.seconds;
            best.cpu = result.cpu;
            best.from_cache = result.from_cache;
        }
    }
    double matrix = (double)n_rows * dim * sizeof(float);
    double rate = (double)st.st_size / best.seconds;
    printf("%-22s %8.0f %9.3f %9.3f %9.0f %9.2f %10.0f %10.0f%s\n", what, (double)st.st_size / 1e6,
           best.seconds, best.cpu, rate / 1e6, rate / copy_rate, (double)best.peak_kb * 1.024e-3,
           (double)best.peak_kb * 1.024e-3 - matrix / 1e6,
           best.from_cache ? "  from the cache" : "");
    fflush(stdout);
}

static bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run(const char *format, ...)
{
    char command[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    fflush(stdout);
    return system(command) == 0;
}

static double children_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return timeval_seconds(usage.ru_utime) + timeval_seconds(usage.ru_stime);
}

static void report_peer(const char *what, const char *command)
{
    double start = seconds(), cpu = children_cpu();
    if (run("%s", command)) {
        printf("%-22s %8s %9.3f %9.3f\n", what, "", seconds() - start, children_cpu() - cpu);
    } else {
        printf("%-22s not installed, or it failed\n", what);
    }
    fflush(stdout);
}

static void report_peers(void)
{
    char command[4096];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import sys; from gensim.models import KeyedVectors as K; "
             "K.load_word2vec_format(sys.argv[1], binary=False, no_header=True)' '%s/glove.txt' "
             "2>/dev/null",
             folder);
    report_peer("gensim, text", command);
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import sys; from gensim.models import KeyedVectors as K; "
             "K.load_word2vec_format(sys.argv[1], binary=True)' '%s/word2vec.bin' 2>/dev/null",
             folder);
    report_peer("gensim, binary", command);
    run("cd '%s' && { echo '%u %u'; cat glove.txt; } > t.vec && echo '__label__a word1 word2' > "
        "one",
        folder, n_rows, dim);
    snprintf(command, sizeof command,
             "cd '%s' && fasttext supervised -input one -output o -dim %u -epoch 0 "
             "-pretrainedVectors t.vec -thread 1 -minCount 1 -bucket 1 >/dev/null 2>&1",
             folder, dim);
    report_peer("fasttext, text", command);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

int main(int argc, char **argv)
{
    bool peers = false, keep = false;
    const char *parent = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    for (int i = 1; i < argc; i++) {
        uint32_t *number = strcmp(argv[i], "--rows") == 0      ? &n_rows
                           : strcmp(argv[i], "--dim") == 0     ? &dim
                           : strcmp(argv[i], "--workers") == 0 ? &n_workers
                                                               : NULL;
        if (number && i + 1 < argc) {
            *number = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--folder") == 0 && i + 1 < argc) {
            parent = argv[++i];
        } else if (strcmp(argv[i], "--peers") == 0) {
            peers = true;
        } else if (strcmp(argv[i], "--keep") == 0) {
            keep = true;
        } else {
            fprintf(stderr,
                    "%s [--rows N] [--dim N] [--workers N] [--peers] [--folder DIR] [--keep]\n",
                    argv[0]);
            return 2;
        }
    }
    snprintf(folder, sizeof folder, "%s/bench-vectors-XXXXXX", parent);
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    setenv("HARNESS_CACHE", folder, 1);
    copy_rate = measure_copy_rate();
    printf("%u x %u, %u workers; memory copy %.1f GB/s (one thread)\n", n_rows, dim, n_workers,
           copy_rate / 1e9);
    printf("%-22s %8s %9s %9s %9s %9s %10s %10s\n", "", "MB", "seconds", "cpu s", "MB/s", "of copy",
           "peak MB", "- matrix");
    make_files();
    report("GloVe text", "glove.txt", false, REPEATS);
    report("word2vec binary", "word2vec.bin", false, REPEATS);
    if (run("gzip -1 -k '%s/glove.txt'", folder)) {
        report("GloVe text, gzip", "glove.txt.gz", false, REPEATS);
    }
    if (run("zstd -q -1 '%s/glove.txt' -o '%s/glove.txt.zst'", folder, folder)) {
        report("GloVe text, zstd", "glove.txt.zst", false, REPEATS);
    }
    report("first load, caching", "word2vec.bin", true, 1);
    report("cached", "word2vec.bin", true, REPEATS);
    if (peers) {
        report_peers();
    }
    if (keep) {
        printf("files kept in %s\n", folder);
    } else {
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    return 0;
}
