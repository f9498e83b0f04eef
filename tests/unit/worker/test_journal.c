/* A journal cut or damaged at any byte gives the embedders that were whole before it, and no other.
 */
#include "worker/journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], path[96], cut[96];

static void set_up(void)
{
    strcpy(folder, "/tmp/harness-journal-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal", folder);
    snprintf(cut, sizeof cut, "%s/cut", folder);
}

static void tear_down(void)
{
    unlink(path);
    unlink(cut);
    rmdir(folder);
}

static const char *const suite_ids[] = {"wsd"};

static struct intake_expected expected_of(const char *name)
{
    return (struct intake_expected){
        .embedder = name, .kind = "static", .suites = suite_ids, .n_suites = 1, .items = true};
}

static const struct result_attribute attributes[] = {{"lemma", "bank"}, {"pos", "NOUN"}};

static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "wsd"}};
static const struct protocol protocol = {.terms = terms, .n = 1};

static void add_run(struct journal *journal, const char *name, double seconds)
{
    struct embedder_facts facts = {
        .name = mem_text(name), .model_sha256 = mem_text("abc"), .seconds = seconds};
    const struct figure row = {.suite = "wsd",
                               .dataset = "d",
                               .embedder = name,
                               .kind = "static",
                               .method = "nn",
                               .metric = "f1",
                               .protocol = &protocol,
                               .value = 0.5,
                               .n = 3};
    const struct result_item item = {.suite = "wsd",
                                     .dataset = "d",
                                     .embedder = name,
                                     .id = "d1",
                                     .status = "ok",
                                     .score = 0.25,
                                     .attributes = attributes,
                                     .n_attributes = 2};
    journal_add_row(journal, &row);
    journal_add_item(journal, &item);
    cr_assert_eq(journal_end(journal, &facts), 0);
    embedder_facts_finish(&facts);
}

static void write_bytes(const struct str *bytes, size_t n, size_t damaged)
{
    FILE *stream = fopen(cut, "wb");
    cr_assert(stream);
    for (size_t i = 0; i < n; i++) {
        putc((unsigned char)bytes->data[i] ^ (i == damaged ? 0x20 : 0), stream);
    }
    fclose(stream);
}

/* -1: refused, as a journal without a whole head is. */
static int count_runs(void)
{
    struct journal *journal;
    if (journal_open(cut, &journal) != 0) {
        return -1;
    }
    int n = (int)journal_n_runs(journal);
    for (int i = 0; i < n; i++) {
        cr_expect_str_eq(journal_run_name(journal, (uint32_t)i), i == 0 ? "first" : "second");
    }
    journal_close(journal);
    return n;
}

static int n_rows, n_items;

static void take_row(void *ctx, const struct figure *row)
{
    cr_expect_str_eq(row->embedder, ctx);
    cr_expect_eq(row->value, 0.5);
    n_rows++;
}

static void take_item(void *ctx, const struct result_item *item)
{
    cr_expect_str_eq(item->embedder, ctx);
    cr_expect_str_eq(item->attributes[1].value, "NOUN");
    n_items++;
}

Test(journal, says_it_again, .init = set_up, .fini = tear_down)
{
    struct journal *journal, *other;
    uint32_t run;
    cr_assert_eq(journal_create(path, "the head", true, &journal), 0);
    cr_expect_eq(journal_create(path, "another", true, &other), ERR_REQUEST, "it is there");
    add_run(journal, "first", 1.5);
    const struct figure lost = {.suite = "wsd", .embedder = "lost"};
    journal_add_row(journal, &lost);
    cr_assert_eq(journal_drop(journal), 0);
    cr_expect_eq(journal_open(path, &other), ERR_REQUEST, "it is locked");
    cr_expect(strstr(error_message(), "in use by another run"));
    journal_close(journal);
    cr_assert_eq(journal_open(path, &journal), 0);
    cr_expect_str_eq(journal_head(journal), "the head");
    add_run(journal, "second", 2.5); /* goes on where it ended */
    cr_assert(journal_find(journal, "first", &run));
    cr_expect_not(journal_find(journal, "lost", &run));
    for (uint32_t i = 0; i < 2; i++) {
        struct embedder_facts facts = {0};
        const struct result_sink sink = {i ? "second" : "first", take_row, take_item};
        const struct intake_expected expected = expected_of(i ? "second" : "first");
        cr_assert_eq(journal_replay(journal, i, &expected, &sink, &facts), 0, "%s",
                     error_message());
        cr_expect_eq(facts.seconds, i ? 2.5 : 1.5);
        cr_expect_str_eq(facts.model_sha256, "abc");
        embedder_facts_finish(&facts);
    }
    cr_expect_eq(n_rows, 2);
    cr_expect_eq(n_items, 2);
    journal_close(journal);
}

Test(journal, cut_or_damaged, .init = set_up, .fini = tear_down)
{
    struct journal *journal;
    struct str bytes;
    uint64_t head, first, all;
    cr_assert_eq(journal_create(path, "the head", true, &journal), 0);
    cr_assert(file_size(path, &head));
    add_run(journal, "first", 1);
    cr_assert(file_size(path, &first));
    add_run(journal, "second", 2);
    cr_assert(file_size(path, &all));
    journal_close(journal);
    cr_assert_eq(file_read(path, &bytes), 0);
    for (size_t n = 0; n <= all; n += 3) {
        write_bytes(&bytes, n, SIZE_MAX);
        cr_expect_eq(count_runs(),
                     n < head    ? -1
                     : n < first ? 0
                     : n < all   ? 1
                                 : 2,
                     "cut at %zu", n);
    }
    for (size_t i = head; i < all; i += 4) { /* 4: lengths and kinds among them */
        write_bytes(&bytes, all, i);
        cr_expect_eq(count_runs(), i < first ? 0 : 1, "damaged at %zu", i);
    }
    str_finish(&bytes);
}

/* Whoever writes a journal can seal it: what is in it must be of its embedder and of what was asked
 * for all the same. */
Test(journal, is_believed_no_more_than_a_worker, .init = set_up, .fini = tear_down)
{
    struct journal *journal;
    struct embedder_facts facts = {0};
    const struct result_sink sink = {(void *)(uintptr_t) "first", take_row, take_item};
    cr_assert_eq(journal_create(path, "the head", true, &journal), 0);
    add_run(journal, "first", 1);
    struct intake_expected expected = expected_of("other");
    cr_expect_eq(journal_replay(journal, 0, &expected, &sink, &facts), ERR_REQUEST);
    cr_expect(strstr(error_message(), "found a row of embedder \"first\", expected \"other\""),
              "%s", error_message());
    expected = expected_of("first");
    expected.n_suites = 0;
    cr_expect_eq(journal_replay(journal, 0, &expected, &sink, &facts), ERR_REQUEST);
    cr_expect(strstr(error_message(), "suite \"wsd\", which was not asked for"), "%s",
              error_message());
    expected = expected_of("first");
    expected.kind = "contextual";
    cr_expect_eq(journal_replay(journal, 0, &expected, &sink, &facts), ERR_REQUEST);
    cr_expect_eq(n_rows, 0);
    embedder_facts_finish(&facts);
    journal_close(journal);
}
