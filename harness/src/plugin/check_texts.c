/*
 * check_texts.c - the texts that the rules embed: fenced, and not all of them ASCII.
 */
#include "plugin/check_rules.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fence {
    void *map;
    size_t n_bytes;
};

void *check_fenced(struct check *check, const void *bytes, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded = (n + page - 1) / page * page;
    char *map =
        mmap(NULL, rounded + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + rounded, page, PROT_NONE) != 0) {
        fputs("harness: out of memory for fenced texts\n", stderr);
        exit(3);
    }
    MEM_GROW(check->fences, check->fences_capacity, check->n_fences + 1);
    check->fences[check->n_fences++] = (struct fence){map, rounded + page};
    if (n > 0) {
        memcpy(map + rounded - n, bytes, n);
    }
    return map + rounded - n;
}

void check_fences_finish(struct check *check)
{
    for (size_t i = 0; i < check->n_fences; i++) {
        munmap(check->fences[i].map, check->fences[i].n_bytes);
    }
    free(check->fences);
    check->fences = NULL;
    check->n_fences = check->fences_capacity = 0;
}

enum { N_FRAMES = 3, MOST_WORDS = 12 };

/* The word behind one of ASCII, behind words of two, three and four bytes a letter, and between
 * them. */
static const char *const before[N_FRAMES] = {"so ",
                                             "\xC3\xA9t\xC3\xA9 \xE6\xB0\xB4 \xF0\x9F\x98\x80 ",
                                             "na\xC3\xAFve \xD0\xBC\xD0\xB8\xD1\x80 "};
static const char *const after[N_FRAMES] = {"", "",
                                            " gr\xC3\xB6\xC3\x9F"
                                            "er"};
static const uint32_t places[N_FRAMES] = {1, 3, 2}; /* the word's number in each */

/* A word's table row, or piece, is the same wherever non-ASCII words stand around it: it is not if
 * byte offsets are taken for those of characters. */
enum verdict rule_bytes(struct check *check)
{
    uint32_t n = check->n_words < MOST_WORDS ? check->n_words : MOST_WORDS;
    struct sample sample = {
        .sentences = arena_alloc(&check->arena, n * N_FRAMES * sizeof(struct emb_sentence))};
    for (uint32_t i = 0; i < n * N_FRAMES; i++) {
        uint32_t frame = i % N_FRAMES;
        char *text = mem_format("%s%s%s", before[frame], check->words[i / N_FRAMES], after[frame]);
        sample.sentences[sample.n] = check_sentence(check, text);
        sample.n_rows += sample.sentences[sample.n++].n_targets;
        free(text);
    }
    struct vectors vectors;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    for (uint32_t i = 0; i < n * N_FRAMES && !verdict; i++) {
        uint64_t plain = sample_row(&sample, i - i % N_FRAMES, places[0]);
        uint64_t row = sample_row(&sample, i, places[i % N_FRAMES]);
        if (vectors.out.status[plain] != vectors.out.status[row] ||
            memcmp(vectors_at(&vectors, plain, 0), vectors_at(&vectors, row, 0),
                   check->info.dim * sizeof(float))) {
            verdict = check_failed(check,
                                   "\"%s\" has another row at stage 0 beside words that are not "
                                   "ASCII: offsets count bytes, not characters",
                                   check->words[i / N_FRAMES]);
        }
    }
    vectors_finish(&vectors);
    return verdict;
}
