/* test_bad.c - files that cannot be read say where and why, and leave nothing behind. */
#include "vectors_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *text;
    const char *parts[4];
} bad_texts[] = {
    {"", {"empty file"}},
    {"\n\n\n", {"line 1", "neither"}},
    {"hello\n", {"line 1", "neither"}},
    {"hello world, this is prose\nand so is this\n", {"neither"}},
    {"0.5\n0.6\n", {"neither"}},
    {"{\"the\": [1, 2]}\n", {"neither"}},
    {"\x93NUMPY\x01", {"NumPy"}},
    {"\x80\x04\x95", {"pickle"}},
    /* headers that lie */
    {"0 5\n", {"line 1", "0 rows"}},
    {"5 0\n", {"line 1", "of 0 numbers"}},
    {"5 2\n", {"header says 5 rows", "only 0 bytes"}},
    {"2 2\na 1 2\n", {"header says 2 rows", "found 1"}},
    {"2 2\na 1 2\nb 3 4\nc 5 6\n", {"byte 16", "more than the 2 rows"}},
    {"2 3\na 1 2\nb 3 4\n", {"line 2 ('a 1 2')", "found 2 numbers", "expected 3"}},
    {"2 1\na 0.1 0.2\nb 0.3 0.4\n", {"line 2", "found 2 numbers", "expected 1"}},
    {"9999999999999 300\na 1 2\n", {"line 1", "9999999999999 rows"}},
    {"99999999999999999999 3\na 1 2 3\n", {"line 1: header says 18446744073709551615 rows"}},
    {"1000 99999999999\na 1 2\n", {"line 1", "99999999999 numbers"}},
    {"2000000000 3\na 1 2 3\n", {"header says 2000000000 rows", "only 8 bytes"}},
    /* rows */
    {"a 1 2\nb 3\nc 4 5\n", {"line 2 ('b 3')", "found 1 number", "expected 2"}},
    {"a 1 2\nb\nc 4 5\n", {"line 2 ('b')", "found 0 numbers", "expected 2"}},
    {"a 0.1 0.2\nb 0.3 0.4 0.5\nc 0.4 0.5\n", {"line 2 ('b 0.3')", "found 3", "expected 2"}},
    {"a 1 2\nb 3 4\nc 5", {"line 3 ('c 5')", "found 1 number", "cut short"}},
    {"a 1 2\n\n \n\nb 3 x\nc 4 5\n", {"line 5", "number 2 of 2", "found 'x'"}},
    {"a 1 2\nb 3 x\nc 4 5\n", {"line 2", "number 2 of 2", "found 'x'"}},
    {"a 1 2\nb 3 4x\nc 4 5\n", {"line 2", "number 2 of 2", "found '4x'"}},
    {"a 1 2\nb 3,5 4\nc 4 5\n", {"line 2", "number 1 of 2", "found '3,5'"}},
    /* numbers in other notations are no part of the word */
    {"cat 0x1p3 1\ndog 1 2\n", {"line 1", "number 1 of 2", "found '0x1p3'"}},
    {"cat 0x1p3 1\ndog -0X.8P+1 2\n", {"line 1", "number 1 of 2", "found '0x1p3'"}},
    {"cat 0x1F 1\ndog 0x20 2\n", {"line 1", "number 1 of 2", "found '0x1F'"}},
    {"cat 0,5 1,25\ndog -0,5 1,5e-3\n", {"line 1", "number 1 of 2", "found '0,5'"}},
    {"cat 1 1.5D-03\ndog 1 2.5d+00\n", {"line 1", "number 2 of 2", "found '1.5D-03'"}},
    {"cat \xe2\x88\x92"
     "0.5 1\ndog 1 2\n",
     {"line 1", "number 1 of 2", "0.5'"}},
    {"cat -1.#IND 1\ndog 1 2\n", {"line 1", "number 1 of 2", "found '-1.#IND'"}},
    {"cat nan 1\ndog 1 2\n", {"line 1", "number 1 of 2", "found 'nan'"}},
    {"cat INF 1\ndog 1 2\n", {"line 1", "number 1 of 2", "found 'INF'"}},
    {"2 1\ncat 0x1p3 1\ndog 2\n", {"line 2 ('cat 0x1p3')", "found 2 numbers", "expected 1"}},
    {"2 1\ndog 2\ncat 0,5 1\n", {"line 3 ('cat 0,5')", "found 2 numbers", "expected 1"}},
    {"a 1 2\nb nan 4\nc 4 5\n", {"line 2", "number 1 of 2", "found 'nan'", "finite"}},
    {"a 1 2\nb 3 -inf\nc 4 5\n", {"line 2", "number 2 of 2", "found '-inf'", "finite"}},
    {"a 1 2\nb 3 1e39\nc 4 5\n", {"line 2", "number 2 of 2", "found '1e39'", "finite"}},
    {"a 1 2 3\n3 4 5\nc 4 5 6\n", {"line 2 ('3 4 5')", "found 3 numbers and no word"}},
    {"a 0.1 0.2\n0.3 0.4\nc 0.4 0.5\n", {"line 2", "no word"}},
};

Test(bad, texts, .init = make_folder, .fini = remove_folder)
{
    for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
        const char *const parts[] = {bad_texts[i].parts[0], bad_texts[i].parts[1],
                                     bad_texts[i].parts[2], bad_texts[i].parts[3], NULL};
        check_refused(write_text("bad", bad_texts[i].text), EMB_E_FORMAT, parts);
    }
}

/* The first bad line is named, whichever worker came first to which. */
Test(bad, first_fault_wins, .init = make_folder, .fini = remove_folder)
{
    enum { ROWS = 60000, BAD = 41234 };
    char *text = malloc(ROWS * 40);
    size_t n = 0;
    for (int i = 0; i < ROWS; i++) {
        n += (size_t)sprintf(text + n,
                             i >= BAD && i % 7 == BAD % 7 ? "w%d 1.5 oops\n" : "w%d 1.5 0.25\n", i);
    }
    const char *path = write_file("bad", text, n);
    for (int i = 0; i < 10; i++) {
        check_refused(path, EMB_E_FORMAT, PARTS("line 41235:", "'oops'"));
    }
    free(text);
}

/* A binary file cut at every byte, and one byte longer. */
Test(bad, cut_binary, .init = make_folder, .fini = remove_folder)
{
    size_t n;
    char *data = read_whole(golden_path("table.bin"), &n);
    for (size_t cut = 5; cut < n; cut += cut < 100 ? 1 : 37) {
        struct vector_table *table = NULL;
        struct vector_options options = {.cache = false};
        const char *path = write_file("cut", data, cut);
        cr_assert_eq(vectors_load(mini_host(2), path, &options, &table), EMB_E_FORMAT, "cut at %zu",
                     cut);
    }
    data[n] = 'x';
    check_refused(write_file("cut", data, n + 1), EMB_E_FORMAT, PARTS("more than the 40 rows"));
    free(data);
}

Test(bad, binary_values, .init = make_folder, .fini = remove_folder)
{
    char data[64];
    size_t n = (size_t)sprintf(data, "2 2\na ");
    memcpy(data + n, (float[]){1, 2}, 8);
    memcpy(data + n + 8, "b ", 2);
    const uint32_t nan_bits = 0x7FC00000;
    memcpy(data + n + 10, (float[]){1, 0}, 8);
    memcpy(data + n + 14, &nan_bits, 4);
    check_refused(write_file("nan", data, n + 18), EMB_E_FORMAT,
                  PARTS("byte 20 (row 2, number 2)", "NaN or infinity"));
}

Test(bad, binary_header, .init = make_folder, .fini = remove_folder)
{
    size_t n;
    char *data = read_whole(golden_path("table.bin"), &n);
    memcpy(data, "40 7", 4); /* really 6 */
    check_refused(write_file("lie", data, n), EMB_E_FORMAT, PARTS("header says 40 rows of 7"));
    memcpy(data, "41 6", 4);
    check_refused(write_file("lie", data, n), EMB_E_FORMAT, PARTS("says 41 rows, found 40"));
    memcpy(data, "39 6", 4);
    check_refused(write_file("lie", data, n), EMB_E_FORMAT, PARTS("more than the 39 rows"));
    free(data);
}

Test(bad, packed, .init = make_folder, .fini = remove_folder)
{
    const char *const names[] = {"table.vec.gz", "table.vec.xz", "table.vec.zst", "table.zip"};
    for (size_t i = 0; i < 4; i++) {
        size_t n;
        char *data = read_whole(golden_path(names[i]), &n);
        check_refused(write_file("cut", data, n - 200), EMB_E_FORMAT, PARTS(""));
        check_refused(write_file("cut", data, 12), EMB_E_FORMAT, PARTS(""));
        for (size_t b = n / 3; b < n / 3 + 20; b++) {
            data[b] = (char)~data[b];
        }
        check_refused(write_file("spoilt", data, n), EMB_E_FORMAT, PARTS(""));
        free(data);
    }
    for (size_t from_end = 1; from_end <= 8; from_end++) { /* gzip's CRC-32 and length */
        size_t n;
        char *data = read_whole(golden_path("table.vec.gz"), &n);
        data[n - from_end] ^= 1;
        check_refused(write_file("spoilt", data, n), EMB_E_FORMAT,
                      PARTS("gzip", from_end > 4 ? "data check" : "length check"));
        data[n - from_end] ^= 1;
        check_refused(write_file("cut", data, n - from_end), EMB_E_FORMAT, PARTS("cut short"));
        char *longer = malloc(n + from_end);
        memcpy(longer, data, n);
        memset(longer + n, 'x', from_end);
        check_refused(write_file("longer", longer, n + from_end), EMB_E_FORMAT,
                      PARTS("other bytes follow"));
        free(longer);
        free(data);
    }
    check_refused(golden_path("two.zip"), EMB_E_FORMAT, PARTS("several members", "a.vec", "b.vec"));
}

Test(bad, places, .init = make_folder, .fini = remove_folder)
{
    check_refused(folder_path("absent"), EMB_E_IO, PARTS("No such file"));
    mkdir(folder_path("sub"), 0777);
    check_refused(folder_path("sub"), EMB_E_IO, PARTS("a folder"));
    mkfifo(folder_path("pipe"), 0666);
    check_refused(folder_path("pipe"), EMB_E_IO, PARTS("not a regular file")); /* at once */
    check_refused("/dev/null", EMB_E_IO, PARTS("not a regular file"));
    if (geteuid() != 0) {
        chmod(write_text("closed", "a 1 2\n"), 0);
        check_refused(folder_path("closed"), EMB_E_IO, PARTS("denied"));
    }
}

/* A sparse file of 10 GB: one line without an end, or a header and then nothing but NULs. */
Test(bad, ten_gigabytes, .init = make_folder, .fini = remove_folder)
{
    const struct {
        const char *head;
        const char *part;
    } cases[] = {
        {"", "neither"},
        {"a 1 2\nb 3 4\nc 5 ", "line 3: found a line longer than"},
        {"1000000 100\n", "found no word"},
        {"2 2\na 1 2\nb 3 4\n", "more than the 2 rows"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_text("huge", cases[i].head);
        if (truncate(path, INT64_C(10) << 30) != 0) {
            cr_skip_test("no room for a sparse file");
        }
        check_refused(path, EMB_E_FORMAT, PARTS(cases[i].part));
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    cr_expect_lt(usage.ru_maxrss, 400 * 1024, "peak %ld kB", usage.ru_maxrss);
}

/* Each allocation in turn fails: the status says so and nothing leaks. */
Test(bad, failing_allocations, .init = make_folder, .fini = remove_folder)
{
    const char *const names[] = {"table.glove", "table.bin", "table.vec.gz"};
    for (size_t f = 0; f < 3; f++) {
        struct vector_options options = {.normalise = true, .abtt = 1, .lowercase = true};
        int n_failed = 0;
        emb_status status = EMB_E_NOMEM;
        for (uint64_t k = 1; status != EMB_OK && k < 1000; k++) {
            struct vector_table *table = NULL;
            const struct emb_host *host = mini_host(1);
            size_t before = mini_host_bytes();
            mini_host_fail_alloc(k);
            status = vectors_load(host, golden_path(names[f]), &options, &table);
            mini_host_fail_alloc(0);
            vectors_free(table);
            cr_assert(status == EMB_OK || status == EMB_E_NOMEM);
            cr_assert_eq(mini_host_bytes(), before);
            n_failed += status == EMB_E_NOMEM;
        }
        cr_assert_eq(status, EMB_OK);
        cr_assert_gt(n_failed, 4);
    }
}

static emb_status cancel(const struct emb_host *host, uint64_t done, uint64_t total)
{
    (void)host, (void)done, (void)total;
    return EMB_E_CANCELLED;
}

/* Asked to stop, loading stops, leaves nothing behind and writes no cache. */
Test(bad, cancelled, .init = make_folder, .fini = remove_folder)
{
    const char *const names[] = {"table.glove", "table.bin", "table.zip", "ft-subwords.bin"};
    for (size_t i = 0; i < 4; i++) {
        struct emb_host host = *mini_host(2);
        host.progress = cancel;
        struct vector_table *table = NULL;
        struct vector_options options = {.cache = true};
        size_t before = mini_host_bytes();
        cr_assert_eq(vectors_load(&host, golden_path(names[i]), &options, &table), EMB_E_CANCELLED,
                     "%s", names[i]);
        cr_assert_null(table);
        cr_assert_eq(mini_host_bytes(), before);
    }
    cr_assert_neq(access(folder_path("cache"), F_OK), 0, "a cache was made");
}
