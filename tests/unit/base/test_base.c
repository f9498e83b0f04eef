/* Maps, texts, files, numbers, random streams and pools of base/. */
#include "base/arena.h"
#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/sandbox.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Test(error, context_goes_before_and_message_survives)
{
    cr_assert_eq(error_set(ERR_REQUEST, "line %d", 7), ERR_REQUEST);
    error_context(ERR_REQUEST, "file.txt");
    error_context(ERR_REQUEST, "run");
    cr_assert_str_eq(error_message(), "run: file.txt: line 7");
    char *longer = mem_array(10000, 1);
    memset(longer, 'x', 9999);
    error_context(ERR_REQUEST, "%s", longer); /* cut, not overrun */
    cr_assert_lt(strlen(error_message()), 4096u);
    free(longer);
}

Test(few, names_the_first_different_words)
{
    struct few few = {0};
    char *text = few_text(&few);
    cr_expect_str_eq(text, "");
    free(text);
    for (int round = 0; round < 2; round++) {
        few_add(&few, "zzyx", 4);
        few_add(&few, "a\033[31m", 6); /* an order to a terminal */
    }
    text = few_text(&few);
    cr_expect_str_eq(text, "zzyx, a?[31m");
    free(text);
    const char *others[] = {"b", "c", "d"};
    for (int i = 0; i < 3; i++) {
        few_add(&few, others[i], 1);
    }
    few_add(&few, "zzyx", 4); /* not another one */
    cr_expect(!few.more);
    few_add(&few, "e", 1);
    text = few_text(&few);
    cr_expect_str_eq(text, "zzyx, a?[31m, b, c, d …");
    free(text);
    few_finish(&few);
    char *longer = mem_array(200, 1); /* 63 bytes, then letters of two bytes each */
    memset(longer, 'x', 63);
    for (int i = 63; i + 1 < 200; i += 2) {
        memcpy(longer + i, "é", 2);
    }
    few_add(&few, longer, 199);
    cr_expect_eq(strlen(few.words[0]), 63 + strlen("…")); /* no half letter */
    free(longer);
    few_finish(&few);
}

Test(str, lines_of_every_kind)
{
    struct slice rest = slice_of("a\r\n\nb\nlast"), line;
    const char *expected[] = {"a", "", "b", "last"};
    size_t n = 0;
    while (slice_line(&rest, &line)) {
        cr_assert_lt(n, 4u);
        cr_assert(slice_is(line, expected[n++]));
    }
    cr_assert_eq(n, 4u);
}

Test(str, fields_count_even_when_empty)
{
    struct slice rest = slice_of("a,,b,"), field;
    size_t n = 0;
    while (slice_field(&rest, ',', &field)) {
        n++;
    }
    cr_assert_eq(n, 4u);
}

Test(num, only_whole_decimal_numbers)
{
    double value;
    int64_t whole;
    uint64_t bytes;
    cr_assert(num_real(slice_of("-1.5e3"), &value) && value == -1500);
    const char *wrong[] = {"", "nan", "inf", "0x10", "1 ", " 1", "1,5", "--1", "1e999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_not(num_real(slice_of(wrong[i]), &value), "%s", wrong[i]);
    }
    cr_assert(num_int(slice_of("-9223372036854775808"), &whole) && whole == INT64_MIN);
    cr_assert_not(num_int(slice_of("9223372036854775808"), &whole));
    cr_assert(num_bytes(slice_of("4G"), &bytes) && bytes == 4ull << 30);
    cr_assert_not(num_bytes(slice_of("99999999999G"), &bytes));
}

Test(num, text_reads_back_as_the_same_number)
{
    struct rng rng;
    rng_init(&rng, 1, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&rng);
        double value, again;
        char buffer[NUM_TEXT_MAX];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        cr_assert(num_real(slice_of(num_text(value, buffer)), &again));
        cr_assert_eq(memcmp(&value, &again, sizeof value), 0);
    }
}

Test(map, numbers_in_order_and_finds_all)
{
    struct map map = {0};
    char key[32];
    for (uint32_t i = 0; i < 50000; i++) {
        int n = snprintf(key, sizeof key, "key %u", i * 7919u);
        cr_assert_eq(map_put(&map, key, (size_t)n), i);
    }
    for (uint32_t i = 0; i < 50000; i++) {
        snprintf(key, sizeof key, "key %u", i * 7919u);
        cr_assert_eq(map_find_text(&map, key), i);
        cr_assert_eq(map_put_text(&map, key), i);
        cr_assert_str_eq(map_key(&map, i), key);
    }
    cr_assert_eq(map_find_text(&map, "absent"), MAP_NONE);
    cr_assert_eq(map_put(&map, "a\0b", 3), 50000u); /* keys may hold any bytes */
    cr_assert_eq(map_find(&map, "a", 1), MAP_NONE);
    map_finish(&map);
}

Test(rng, below_is_uniform_and_streams_differ)
{
    struct rng rng, other;
    uint32_t counts[7] = {0};
    rng_init(&rng, 5, 0);
    rng_init(&other, 5, 1);
    cr_assert_neq(rng_next(&rng), rng_next(&other));
    for (int i = 0; i < 70000; i++) {
        counts[rng_below(&rng, 7)]++;
    }
    double chi = 0; /* 6 degrees of freedom: 22.5 is p = 0.001 */
    for (int i = 0; i < 7; i++) {
        chi += (counts[i] - 10000.0) * (counts[i] - 10000.0) / 10000.0;
    }
    cr_assert_lt(chi, 22.5);
}

Test(rng, normal_has_its_moments)
{
    struct rng rng;
    double sum = 0, squares = 0;
    rng_init(&rng, 9, 0);
    for (int i = 0; i < 100000; i++) {
        double x = rng_normal(&rng);
        sum += x;
        squares += x * x;
    }
    cr_assert_float_eq(sum / 100000, 0, 0.02);
    cr_assert_float_eq(squares / 100000, 1, 0.02);
}

static void count_item(void *arg, uint32_t i, uint32_t worker)
{
    atomic_uint *seen = arg;
    cr_assert_lt(worker, 4u);
    atomic_fetch_add(&seen[i], 1);
}

struct nest {
    struct pool *pool;
    atomic_uint seen[64];
};

static void nested(void *arg, uint32_t i, uint32_t worker)
{
    struct nest *nest = arg;
    (void)i, (void)worker;
    pool_for(nest->pool, 64, count_item, nest->seen);
}

Test(pool, every_item_once_nested_too)
{
    struct pool *pool = pool_create(4);
    atomic_uint *seen = mem_array(10000, sizeof *seen);
    for (int round = 0; round < 20; round++) {
        pool_for(pool, 10000, count_item, seen);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        cr_assert_eq(seen[i], 20u);
    }
    struct nest *nest = mem_alloc(sizeof *nest);
    nest->pool = pool;
    pool_for(pool, 8, nested, nest);
    for (uint32_t i = 0; i < 64; i++) {
        cr_assert_eq(nest->seen[i], 8u);
    }
    free(nest);
    free((void *)seen);
    pool_destroy(pool);
}

static char *temporary_folder(void)
{
    char *folder = mem_text("/tmp/harness-base-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

Test(file, appears_whole_or_not_at_all)
{
    char *folder = temporary_folder(), *path = file_join(folder, "out.txt");
    struct file_out out;
    cr_assert_eq(file_out_open(&out, path), 0);
    fputs("half", out.stream);
    cr_assert_not(file_exists(path));
    file_out_abort(&out);
    struct file_list list;
    cr_assert_eq(file_list_folder(folder, &list), 0);
    cr_assert_eq(list.n, 0u); /* nothing left behind */
    file_list_finish(&list);
    cr_assert_eq(file_out_open(&out, path), 0);
    fputs("whole", out.stream);
    cr_assert_eq(file_out_commit(&out), 0);
    struct str text;
    cr_assert_eq(file_read(path, &text), 0);
    cr_assert_str_eq(text.data, "whole");
    str_finish(&text);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}

Test(file, full_disk_keeps_the_earlier_file)
{
    char *folder = temporary_folder(), *path = file_join(folder, "out.txt");
    struct file_out out;
    cr_assert_eq(file_out_open(&out, path), 0);
    fputs("earlier", out.stream);
    cr_assert_eq(file_out_commit(&out), 0);
    signal(SIGXFSZ, SIG_IGN); /* as a full disk: write() fails half-way */
    struct rlimit limit = {4096, 4096};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(file_out_open(&out, path), 0);
    for (int i = 0; i < 10000; i++) {
        fputs("more than fits ", out.stream);
    }
    cr_assert_eq(file_out_commit(&out), ERR_MACHINE);
    cr_assert_not_null(strstr(error_message(), "out.txt"));
    struct str text;
    cr_assert_eq(file_read(path, &text), 0);
    cr_assert_str_eq(text.data, "earlier");
    str_finish(&text);
    free(path);
    free(folder);
}

Test(file, what_is_not_there_is_the_request_s_fault)
{
    struct str text;
    cr_assert_eq(file_read("/nowhere/at/all", &text), ERR_REQUEST);
    cr_assert_not_null(strstr(error_message(), "/nowhere/at/all"));
}

Test(json_write, commas_escapes_and_bad_bytes)
{
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 0);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "a", "q\"\\\n\x01\xff\xc3\xa9");
    jsonw_put_real(&w, "b", 0.1);
    jsonw_put_real(&w, "c", NAN);
    jsonw_key(&w, "d");
    jsonw_open(&w, '[');
    jsonw_uint(&w, 1);
    jsonw_null(&w);
    jsonw_open(&w, '{');
    jsonw_close(&w, '}');
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    cr_assert_str_eq(out.data,
                     "{\"a\":\"q\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\",\"b\":0.1,\"c\":null,"
                     "\"d\":[1,null,{}]}");
    str_finish(&out);
}

Test(arena, keeps_alignment_and_content)
{
    struct arena arena = {0};
    char *texts[1000];
    for (int i = 0; i < 1000; i++) {
        char text[200];
        int n = snprintf(text, sizeof text, "%d%0*d", i, i % 150, 0);
        texts[i] = arena_text(&arena, text, (size_t)n);
        cr_assert_eq((uintptr_t)texts[i] % 16, 0u);
    }
    for (int i = 0; i < 1000; i++) {
        char head[16];
        int n = snprintf(head, sizeof head, "%d", i);
        cr_assert_eq(memcmp(texts[i], head, (size_t)n), 0);
    }
    memset(arena_alloc(&arena, 1 << 20), 1, 1 << 20);
    arena_finish(&arena);
}

Test(str, terminals_are_shown_no_commands)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain, caf\xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80\ttab", NULL},
        {"\033[2Jgone", "?[2Jgone"},
        {"a\r\nb\a\x7f", "a??b??"},
        {"\xC2\x9B"
         "31m",
         "??31m"}, /* CSI of Latin-1 */
        {"\xff\xC3", "??"},
        {"\xE2\x82", "??"},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = mem_text(cases[i].text);
        cr_expect_eq(text_is_printable(text), cases[i].shown == NULL, "case %zu", i);
        text_make_printable(text);
        cr_expect_str_eq(text, cases[i].shown ? cases[i].shown : cases[i].text, "case %zu", i);
        free(text);
    }
}

Test(sandbox, keeps_a_process_where_it_belongs)
{
    char folder[] = "/tmp/harness-sandbox-XXXXXX";
    cr_assert(mkdtemp(folder));
    char *inside = file_join(folder, "inside"), *outside = mem_format("%s.outside", folder);
    struct sandbox_board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(board, MAP_FAILED);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        const char *writable[] = {folder};
        const struct sandbox sandbox = {true, writable, 1, board};
        sandbox_enter(&sandbox);
        bool kept = kill(parent, SIGCONT) == -1 && errno == EPERM;
        kept = kept && socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM;
        kept = kept && kill(getpid(), 0) == 0;
        int fd = open(inside, O_WRONLY | O_CREAT, 0600);
        kept = kept && fd >= 0 && unlink(inside) == 0;
        fd = open(outside, O_WRONLY | O_CREAT, 0600);
        _exit(!kept ? 1 : fd >= 0 ? 2 : 0);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    const char *lacks = sandbox_lacks();
    cr_expect(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || lacks), "status %d", status);
    struct str calls = {0};
    sandbox_describe(board, &calls);
    cr_expect(lacks || strcmp(str_text(&calls), "socket, kill") == 0, "%s", str_text(&calls));
    str_finish(&calls);
    munmap(board, sizeof *board);
    unlink(outside);
    rmdir(folder);
    free(outside);
    free(inside);
}
