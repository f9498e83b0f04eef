/*
 * tokenize MODEL FILE [--quiet [ROUNDS]] - cut every record of FILE (records end with NUL) and
 * print its pieces as little-endian u32: the number of pieces, then id, begin, end of each. With
 * --quiet print the rate instead. tests/golden/compare_tokenizers.mjs reads this.
 */
#include "mini_host.h"
#include "tokenizer/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path, size_t *ret_n)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        exit(2);
    }
    fseek(stream, 0, SEEK_END);
    long size = ftell(stream);
    rewind(stream);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, stream) != (size_t)size) {
        perror(path);
        exit(2);
    }
    text[size] = '\0';
    fclose(stream);
    *ret_n = (size_t)size;
    return text;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print_pieces(const struct token_list *list)
{
    fwrite(&list->n, sizeof list->n, 1, stdout);
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t piece[3] = {list->items[i].id, list->items[i].begin, list->items[i].end};
        fwrite(piece, sizeof piece, 1, stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL FILE [--quiet]\n", argv[0]);
        return 2;
    }
    bool quiet = argc > 3 && strcmp(argv[3], "--quiet") == 0;
    const struct emb_host *host = mini_host(1);
    struct tokenizer *tokenizer;
    double start = seconds();
    if (tokenizer_load(host, argv[1], &tokenizer)) {
        fprintf(stderr, "%s\n", mini_host_failure());
        return 1;
    }
    double loaded = seconds();
    size_t n;
    char *text = read_file(argv[2], &n);
    struct token_list list = {0};
    uint64_t n_pieces = 0;
    double begun = seconds();
    unsigned rounds = n == 0 ? 0 : argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 1;
    uint64_t n_bytes = 0;
    for (size_t at = 0; rounds > 0;) {
        size_t length = strlen(text + at);
        if (tokenizer_encode(tokenizer, text + at, (uint32_t)length, TOKENIZER_SPECIAL, &list)) {
            fprintf(stderr, "%s\n", mini_host_failure());
            return 1;
        }
        n_pieces += list.n;
        if (!quiet) {
            print_pieces(&list);
        }
        at += length + 1;
        n_bytes += length + 1;
        if (at >= n) {
            rounds--;
            at = 0;
        }
    }
    double done = seconds();
    if (quiet) {
        printf("load %.3f s, %llu bytes, %llu pieces, %.1f MB/s of processor time\n",
               loaded - start, (unsigned long long)n_bytes, (unsigned long long)n_pieces,
               (double)n_bytes * 1e-6 / (done - begun));
    }
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
    free(text);
    return 0;
}
