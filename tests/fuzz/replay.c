/*
 * replay.c - a main() for fuzz targets without a fuzzer: every file of a corpus, then mutations of
 * it, the same ones on every machine.
 *
 *     fuzz_x [-n MUTATIONS] FILE|FOLDER...
 *
 * Links with any LLVMFuzzerTestOneInput. A crash is the sanitizer's or the signal's exit status; an
 * empty corpus is failure. With HARNESS_LIBFUZZER defined nothing is left of it and libFuzzer's own
 * main() takes its place: see fuzz.py.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#if !defined(HARNESS_LIBFUZZER)

enum { MOST_BYTES = 1 << 24 /* bytes */, MOST_CHANGES = 4, MOST_NAMES = 4096 };

static unsigned mutations = 200;
static unsigned long long n_inputs, n_runs;

/* xorshift64*: Vigna 2016, doi:10.1145/2845077 */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

/* In a block of its own and of exactly this size, so that AddressSanitizer sees the first byte
 * read behind it. */
static void run_once(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) {
        fputs("replay: out of memory\n", stderr);
        exit(1);
    }
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    n_runs++;
}

/* One change of `size` bytes in a buffer of twice that; returns the new size. */
static size_t change(uint8_t *data, size_t size, uint64_t *state)
{
    static const uint64_t edges[] = {0,         1,          0x7f,       0x80,       0xff,
                                     0x7fff,    0xffff,     0x7fffffff, 0x80000000, 0xffffffff,
                                     INT64_MAX, 1ull << 63, UINT64_MAX};
    uint64_t r = next_random(state);
    size_t at = (size_t)(next_random(state) % size);
    size_t n = (size_t)(next_random(state) % 64) + 1;
    n = n > size - at ? size - at : n;
    switch (r % 7) {
    case 0:
        data[at] ^= (uint8_t)(1u << (r >> 8) % 8);
        return size;
    case 1:
        data[at] = (uint8_t)(r >> 8);
        return size;
    case 2: { /* a size or a count that lies */
        uint64_t edge = edges[(r >> 8) % (sizeof edges / sizeof edges[0])];
        memcpy(data + at, &edge, n < 8 ? n : 8);
        return size;
    }
    case 3: /* cut the end off */
        return at;
    case 4: /* remove a piece */
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 5: /* double a piece; the buffer has room for it once per change */
        memmove(data + at + n, data + at, size - at);
        return size + n;
    default: { /* copy a piece over another place */
        size_t to = (size_t)(next_random(state) % size);
        n = n > size - to ? size - to : n;
        memmove(data + to, data + at, n);
        return size;
    }
    }
}

static void run_input(const uint8_t *data, size_t size)
{
    n_inputs++;
    run_once(data, size);
    if (size == 0) {
        return;
    }
    uint64_t state = 0xcbf29ce484222325ull; /* FNV-1a of the input: the seed */
    for (size_t i = 0; i < size; i++) {
        state = (state ^ data[i]) * 0x100000001b3ull;
    }
    state |= 1;
    uint8_t *changed = malloc(size + 64 * MOST_CHANGES);
    if (!changed) {
        fputs("replay: out of memory\n", stderr);
        exit(1);
    }
    for (unsigned m = 0; m < mutations; m++) {
        memcpy(changed, data, size);
        size_t n = size;
        for (uint64_t c = next_random(&state) % MOST_CHANGES + 1; c > 0 && n > 0; c--) {
            n = change(changed, n, &state);
        }
        run_once(changed, n);
    }
    free(changed);
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(MOST_BYTES);
    if (!file || !data) {
        perror(path);
        free(data);
        if (file) {
            fclose(file);
        }
        return 1;
    }
    size_t size = fread(data, 1, MOST_BYTES, file);
    int failed = ferror(file);
    fclose(file);
    if (!failed) {
        run_input(data, size);
    }
    free(data);
    return failed ? 1 : 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* A folder's files in the order of their names; hidden ones are no inputs. */
static int run_folder(const char *path, DIR *folder)
{
    static char *names[MOST_NAMES];
    size_t n = 0;
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) && n < MOST_NAMES;) {
        if (entry->d_name[0] != '.') {
            size_t bytes = strlen(path) + strlen(entry->d_name) + 2;
            names[n] = malloc(bytes);
            if (!names[n]) {
                return 1;
            }
            snprintf(names[n++], bytes, "%s/%s", path, entry->d_name);
        }
    }
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        failed |= run_file(names[i]);
        free(names[i]);
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            mutations = (unsigned)strtoul(argv[++i], NULL, 10);
            continue;
        }
        DIR *folder = opendir(argv[i]);
        failed |= folder ? run_folder(argv[i], folder) : run_file(argv[i]);
        if (folder) {
            closedir(folder);
        }
    }
    fprintf(stderr, "replay: %llu inputs, %llu runs\n", n_inputs, n_runs);
    return failed || n_inputs == 0;
}

#endif
