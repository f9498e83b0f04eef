/* Long and ill-formed texts; the heap's refusals. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The linker puts these in the place of the C library's (see meson.build). */
void *__real_realloc(void *block, size_t n_bytes);
void *__wrap_realloc(void *block, size_t n_bytes);
void *__real_calloc(size_t n, size_t n_bytes);
void *__wrap_calloc(size_t n, size_t n_bytes);

static _Thread_local int64_t allocations_left = -1; /* the one that finds 0 fails; -1: none does */

static bool must_fail(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_realloc(void *block, size_t n_bytes)
{
    return must_fail() ? NULL : __real_realloc(block, n_bytes);
}

void *__wrap_calloc(size_t n, size_t n_bytes)
{
    return must_fail() ? NULL : __real_calloc(n, n_bytes);
}

/* Each allocation of a cut fails once: an error, and the next cut is whole again. */
Test(limits, out_of_memory_while_cutting)
{
    static const char *const names[] = {"bert", "gpt2", "t5", "nfc", "added", "replace", "xlnet"};
    const char text[] = "the cat's na\xC3\xAFve e\xCC\x81 \xE4\xB8\xAD 12\xFF <mask>";
    for (size_t t = 0; t < sizeof names / sizeof *names; t++) {
        struct tokenizer *tokenizer = load_golden(names[t]);
        int64_t n = 0;
        emb_status status = EMB_E_NOMEM;
        for (; status == EMB_E_NOMEM; n++) {
            struct token_list list = {0};
            allocations_left = n;
            status = tokenizer_encode(tokenizer, text, sizeof text - 1, TOKENIZER_SPECIAL, &list);
            allocations_left = -1;
            token_list_finish(&list);
        }
        cr_expect_eq(status, EMB_OK, "%s: %s", names[t], mini_host_failure());
        cr_expect_gt(n, 3, "%s: %d allocations", names[t], (int)n);
        tokenizer_destroy(tokenizer);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double time_of(const struct tokenizer *tokenizer, const char *unit, uint32_t n_bytes)
{
    char *text = malloc(n_bytes);
    struct token_list list = {0};
    for (uint32_t i = 0, n = (uint32_t)strlen(unit); i < n_bytes; i++) {
        text[i] = unit[i % n];
    }
    double start = seconds();
    cr_assert_eq(tokenizer_encode(tokenizer, text, n_bytes, 0, &list), EMB_OK, "%s",
                 mini_host_failure());
    double taken = seconds() - start;
    token_list_finish(&list);
    free(text);
    return taken;
}

/* Eight times the text takes about eight times as long: 64 times would be quadratic. */
Test(limits, long_texts_take_linear_time, .timeout = 100)
{
    static const char *const names[] = {"gpt2", "llama2", "t5",     "bert",
                                        "nfc",  "added",  "llama3", "xlnet"};
    static const char *const units[] = {"a",  " ",   "the", "\xCC\x81\xCC\xA3", "\xE4\xB8\xAD",
                                        "\n", "1 a!"};
    for (size_t t = 0; t < sizeof names / sizeof *names; t++) {
        struct tokenizer *tokenizer = load_golden(names[t]);
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            double small = 0, large = 1;
            for (int try = 0; try < 5 && large >= 0.05 && large >= 30 * small; try++) {
                small = time_of(tokenizer, units[u], 24000); /* a busy machine is slow by fits */
                large = time_of(tokenizer, units[u], 8 * 24000);
            }
            cr_expect(large < 0.05 || large < 30 * small, "%s, \"%s\": %.3f s after %.3f s",
                      names[t], units[u], large, small);
        }
        tokenizer_destroy(tokenizer);
    }
}

/* Each maximal ill-formed subpart is one U+FFFD that stands for its own bytes. */
Test(limits, invalid_utf8)
{
    struct tokenizer *tokenizer = load_golden("metaspace_never"); /* its ids are the bytes */
    const struct {
        const char *text, *pieces;
    } cases[] = {
        {"a\xFFz", "97:0-1 239:1-2 191:1-2 189:1-2 122:2-3"},
        {"\xE4\xB8z", "239:0-2 191:0-2 189:0-2 122:2-3"},
        {"\xED\xA0\x80", "239:0-1 191:0-1 189:0-1 239:1-2 191:1-2 189:1-2 239:2-3 191:2-3 189:2-3"},
        {"\xF0\x9F\x98", "239:0-3 191:0-3 189:0-3"},
        {"\xC0\xAF", "239:0-1 191:0-1 189:0-1 239:1-2 191:1-2 189:1-2"},
        {"\xF4\x90z", "239:0-1 191:0-1 189:0-1 239:1-2 191:1-2 189:1-2 122:2-3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_str_eq(cut(tokenizer, cases[i].text, 0), cases[i].pieces);
    }
    tokenizer_destroy(tokenizer);
}

Test(limits, list_is_reused)
{
    struct tokenizer *tokenizer = load_golden("bert");
    struct token_list list = {0};
    cr_assert_eq(tokenizer_encode(tokenizer, "the cat the cat", 15, 0, &list), EMB_OK);
    cr_expect_eq(list.n, 4);
    cr_assert_eq(tokenizer_encode(tokenizer, "cat", 3, 0, &list), EMB_OK);
    cr_expect_eq(list.n, 1);
    cr_assert_eq(tokenizer_encode(tokenizer, "", 0, 0, &list), EMB_OK);
    cr_expect_eq(list.n, 0);
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
}

struct share {
    const struct tokenizer *tokenizer;
    bool same[64];
};

static void encode_share(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct share *share = arg;
    struct token_list list = {0};
    const char *text = "the cat's na\xC3\xAFve \xE4\xB8\xAD\xE6\x96\x87 12 the<mask>";
    uint32_t sum = 0;
    for (unsigned round = 0; round < 50; round++) {
        if (tokenizer_encode(share->tokenizer, text, (uint32_t)strlen(text), 0, &list) != EMB_OK) {
            return;
        }
        uint32_t now = 0;
        for (uint32_t k = 0; k < list.n; k++) {
            now = now * 31 + list.items[k].id;
        }
        if (round && now != sum) {
            return;
        }
        sum = now;
    }
    share->same[i] = true;
    token_list_finish(&list);
}

Test(limits, threads_share_a_tokenizer)
{
    static const char *const names[] = {"llama3", "added", "xlnet"};
    for (size_t t = 0; t < sizeof names / sizeof *names; t++) {
        struct share share = {.tokenizer = load_golden(names[t])};
        const struct emb_host *host = mini_host(4);
        host->parallel_for(host, 64, encode_share, &share);
        for (unsigned i = 0; i < 64; i++) {
            cr_expect(share.same[i]);
        }
        tokenizer_destroy((struct tokenizer *)(uintptr_t)share.tokenizer);
    }
}
