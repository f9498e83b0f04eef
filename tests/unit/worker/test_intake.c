/* What a worker may say and when: every way to say something else makes the intake garbled and
 * names what came; what was whole before stays, and nothing of another system is taken. */
#include "worker/intake.h"
#include "worker/message.h"

#include "base/mem.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN 0x0123456789abcdefull

static const char *const suite_ids[] = {"wsd", "similarity"};
static const struct intake_expected expected = {.token = TOKEN,
                                                .embedder = "mine",
                                                .kind = "static",
                                                .suites = suite_ids,
                                                .n_suites = 2,
                                                .items = true};

struct heard {
    int rows, items, lines, failures;
    char last[128];
};

static void hear_row(void *ctx, const struct figure *row)
{
    struct heard *heard = ctx;
    heard->rows++;
    snprintf(heard->last, sizeof heard->last, "%s of %s", row->suite, row->embedder);
}

static void hear_item(void *ctx, const struct result_item *item)
{
    (void)item;
    ((struct heard *)ctx)->items++;
}

static void hear_log(void *ctx, enum log_level level, const char *line)
{
    (void)level;
    struct heard *heard = ctx;
    heard->lines++;
    snprintf(heard->last, sizeof heard->last, "%s", line);
}

static void hear_progress(void *ctx, const char *label, const char *unit, uint64_t done,
                          uint64_t total)
{
    (void)ctx, (void)label, (void)unit, (void)done, (void)total;
}

static void hear_phase(void *ctx, const char *what)
{
    (void)ctx, (void)what;
}

static void hear_failed(void *ctx, int code, const char *why)
{
    (void)code, (void)why;
    ((struct heard *)ctx)->failures++;
}

static void say(struct str *out, enum message kind, uint64_t number, const char *text)
{
    size_t begun = wire_begin(out, (uint8_t)kind);
    wire_number(out, number);
    wire_text(out, text);
    wire_end(out, begun);
}

static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "s"},
                                       {.key = PROTOCOL_VERSION, .value = "v1"}};
static const struct protocol protocol = {.terms = terms, .n = 2};

static struct figure a_row(const char *suite, const char *embedder)
{
    return (struct figure){.suite = suite,
                           .dataset = "d",
                           .embedder = embedder,
                           .kind = "static",
                           .stage = STAGE_THE_TABLE,
                           .method = "m",
                           .metric = "f1",
                           .protocol = &protocol,
                           .value = 1,
                           .n = 4,
                           .answered = 4};
}

static void say_row(struct str *out, const char *suite, const char *embedder)
{
    const struct figure row = a_row(suite, embedder);
    message_write_row(out, &row);
}

static void say_item(struct str *out, const char *suite, const char *embedder, const char *id)
{
    const struct result_item item = {
        .suite = suite, .dataset = "d", .embedder = embedder, .id = id, .status = "ok"};
    message_write_item(out, &item);
}

static void say_facts(struct str *out, uint32_t n_stages, uint32_t dim, const char *claim)
{
    struct stage *stages = mem_array(n_stages + 1u, sizeof *stages);
    struct arena names = {0};
    for (uint32_t i = 0; i < n_stages; i++) {
        char name[24];
        int n = snprintf(name, sizeof name, "stage%u", i);
        stages[i] = (struct stage){arena_text(&names, name, (size_t)n), (int32_t)i, STAGE_OTHER};
    }
    struct embedder_facts facts = {.dim = dim,
                                   .n_stages = n_stages,
                                   .stages = stages,
                                   .claim = claim ? mem_text(claim) : NULL};
    message_write_facts(out, &facts);
    embedder_facts_finish(&facts);
    arena_finish(&names);
}

static void say_suite(struct str *out, uint64_t i)
{
    say(out, MESSAGE_TASK, i, NULL);
    say_row(out, suite_ids[i], "mine");
    say_item(out, suite_ids[i], "mine", "d1");
    say(out, MESSAGE_SUITE, 0, NULL);
}

/* Everything as it should be. */
static void say_all(struct str *out)
{
    say(out, MESSAGE_PHASE, 0, "loading");
    say(out, MESSAGE_LOG, LOG_INFO, "a line");
    say_facts(out, 2, 8, NULL);
    say_suite(out, 0);
    say_suite(out, 1);
    say_facts(out, 2, 8, "verified");
    say(out, MESSAGE_DONE, 0, NULL);
}

struct trial {
    struct heard heard;
    struct embedder_facts facts;
    struct intake_events events;
    struct intake *intake;
    struct str bytes;
};

static void begin(struct trial *trial)
{
    *trial = (struct trial){0};
    trial->events = (struct intake_events){.ctx = &trial->heard,
                                           .sink = {&trial->heard, hear_row, hear_item},
                                           .log = hear_log,
                                           .progress = hear_progress,
                                           .phase = hear_phase,
                                           .failed = hear_failed};
    trial->intake = intake_create(&expected, &trial->events, &trial->facts);
}

static void end(struct trial *trial)
{
    intake_destroy(trial->intake);
    embedder_facts_finish(&trial->facts);
    str_finish(&trial->bytes);
}

static bool take(struct trial *trial)
{
    wire_stamp(&trial->bytes, TOKEN);
    bool more = intake_take(trial->intake, trial->bytes.data, trial->bytes.n);
    str_clear(&trial->bytes);
    return more;
}

static void expect_flaw(struct trial *trial, const char *says)
{
    const char *flaw = intake_flaw(trial->intake);
    cr_expect(flaw && strstr(flaw, says), "found \"%s\", expected \"%s\"", flaw ? flaw : "(none)",
              says);
    cr_expect_not(intake_is_done(trial->intake));
    cr_expect_not(intake_take(trial->intake, "x", 1), "it takes no more");
}

Test(intake, all_is_well_however_it_is_cut)
{
    for (size_t piece = 1; piece < 400; piece += piece < 20 ? 1 : 37) {
        struct trial trial;
        begin(&trial);
        say_all(&trial.bytes);
        wire_stamp(&trial.bytes, TOKEN);
        for (size_t at = 0; at < trial.bytes.n; at += piece) {
            size_t left = trial.bytes.n - at;
            intake_take(trial.intake, trial.bytes.data + at, left < piece ? left : piece);
        }
        cr_expect_null(intake_flaw(trial.intake));
        cr_expect(intake_is_done(trial.intake));
        cr_expect_eq(trial.heard.rows, 2);
        cr_expect_eq(trial.heard.items, 2);
        cr_expect_eq(trial.heard.lines, 1);
        cr_expect_eq(trial.facts.n_stages, 2);
        cr_expect_str_eq(trial.facts.claim, "verified");
        end(&trial);
    }
}

Test(intake, every_byte_damaged_is_no_harm)
{
    struct str all = {0};
    say_all(&all);
    wire_stamp(&all, TOKEN);
    for (size_t i = 0; i < all.n; i++) {
        struct trial trial;
        begin(&trial);
        str_append(&trial.bytes, all.data, all.n);
        trial.bytes.data[i] = (char)(trial.bytes.data[i] ^ 0x41);
        intake_take(trial.intake, trial.bytes.data, trial.bytes.n);
        cr_expect_leq(trial.heard.rows, 2);
        cr_expect_leq(trial.heard.items, 2);
        end(&trial);
    }
    str_finish(&all);
}

/* After facts and the first suite, with the second begun. */
static void half_way(struct trial *trial)
{
    begin(trial);
    say_facts(&trial->bytes, 2, 8, NULL);
    say_suite(&trial->bytes, 0);
    say(&trial->bytes, MESSAGE_TASK, 1, NULL);
    cr_assert(take(trial), "%s", intake_flaw(trial->intake));
}

static void row_of_no_suite(struct str *out)
{
    say_row(out, NULL, "mine");
}

static void row_of_another(struct str *out)
{
    say_row(out, "similarity", "toy");
}

static void row_of_nobody(struct str *out)
{
    say_row(out, "similarity", NULL);
}

static void row_of_a_finished_suite(struct str *out)
{
    say_row(out, "wsd", "mine");
}

static void row_of_another_kind(struct str *out)
{
    struct figure row = a_row("similarity", "mine");
    row.kind = "baseline";
    message_write_row(out, &row);
}

static void row_without_metric(struct str *out)
{
    struct figure row = a_row("similarity", "mine");
    row.metric = NULL;
    message_write_row(out, &row);
}

static void row_of_more_answers(struct str *out)
{
    struct figure row = a_row("similarity", "mine");
    row.answered = 5;
    message_write_row(out, &row);
}

static void row_with_more_behind(struct str *out)
{
    const struct figure row = a_row("similarity", "mine");
    message_write_row(out, &row);
    wire_number(out, 1);
    wire_end(out, 0);
}

static void item_of_no_suite(struct str *out)
{
    say_item(out, NULL, "mine", "d1");
}

static void item_of_a_suite_not_asked_for(struct str *out)
{
    say_item(out, "analogy", "mine", "d1");
}

static void item_of_another(struct str *out)
{
    say_item(out, "similarity", "baseline", "d1");
}

static void item_without_id(struct str *out)
{
    say_item(out, "similarity", "mine", NULL);
}

static void more_stages(struct str *out)
{
    say_facts(out, 4000, 8, NULL);
}

static void fewer_stages(struct str *out)
{
    say_facts(out, 0, 0, NULL);
}

static void another_dimension(struct str *out)
{
    say_facts(out, 2, 9, NULL);
}

static void a_claim_of_its_own(struct str *out)
{
    say_facts(out, 2, 8, "best of all");
}

static void too_many_facts(struct str *out)
{
    for (uint32_t i = 0; i < 20; i++) {
        say_facts(out, 2, 8, NULL);
    }
}

static void another_task(struct str *out)
{
    say(out, MESSAGE_TASK, 1, NULL);
}

static void task_that_is_none(struct str *out)
{
    say(out, MESSAGE_SUITE, 0, NULL);
    say(out, MESSAGE_TASK, 2, NULL);
}

static void end_in_the_middle(struct str *out)
{
    say(out, MESSAGE_DONE, 0, NULL);
}

static void suite_ended_twice(struct str *out)
{
    say(out, MESSAGE_SUITE, 0, NULL);
    say(out, MESSAGE_SUITE, 0, NULL);
}

static void failure_without_reason(struct str *out)
{
    say(out, MESSAGE_FAILED, 1, NULL);
}

static void failure_of_another_code(struct str *out)
{
    say(out, MESSAGE_FAILED, 130, "interrupted");
}

static void line_without_text(struct str *out)
{
    say(out, MESSAGE_LOG, LOG_INFO, NULL);
}

static void line_of_no_level(struct str *out)
{
    say(out, MESSAGE_LOG, 99, "x");
}

static void unknown_kind(struct str *out)
{
    say(out, (enum message)77, 0, "x");
}

static void very_long_line(struct str *out)
{
    char *line = mem_alloc(40000);
    memset(line, 'x', 39999);
    say(out, MESSAGE_LOG, LOG_INFO, line);
    free(line);
}

static void row_that_is_none(struct str *out)
{
    say(out, MESSAGE_ROW, 5, "x");
}

static void item_of_a_billion_attributes(struct str *out)
{
    size_t begun = wire_begin(out, MESSAGE_ITEM);
    for (int i = 0; i < 9; i++) {
        wire_text(out, "similarity");
    }
    wire_number(out, 1);
    wire_number(out, 1);
    wire_number(out, 1);
    wire_number(out, 1000000000);
    wire_end(out, begun);
}

static const struct {
    const char *what;
    void (*say)(struct str *out);
    const char *says;
} offences[] = {
    {"no suite", row_of_no_suite, "row 2: found a row of no suite, expected \"similarity\""},
    {"another", row_of_another, "found a row of embedder \"toy\", expected \"mine\""},
    {"nobody", row_of_nobody, "found a row of no embedder, expected \"mine\""},
    {"finished", row_of_a_finished_suite, "of suite \"wsd\", expected \"similarity\""},
    {"baseline", row_of_another_kind, "kind \"baseline\", expected \"static\""},
    {"no metric", row_without_metric, "found a row without its metric"},
    {"more answers", row_of_more_answers, "5 answers to 4 items"},
    {"more behind", row_with_more_behind, "row 2: its values are none"},
    {"item: no suite", item_of_no_suite, "item 2: found an item of no suite"},
    {"item: not asked", item_of_a_suite_not_asked_for, "suite \"analogy\", expected"},
    {"item: another", item_of_another, "an item of embedder \"baseline\""},
    {"item: no id", item_without_id, "an item without its id"},
    {"more stages", more_stages, "facts 2: found 4000 stages of 8 dimensions after 2 of 8"},
    {"fewer stages", fewer_stages, "found 0 stages"},
    {"dimension", another_dimension, "2 stages of 9 dimensions after 2 of 8"},
    {"claim", a_claim_of_its_own, "a claim that is not inconclusive, verified or violated"},
    {"many facts", too_many_facts, "more than 16 of them"},
    {"task in task", another_task, "task 3: found it while suite \"similarity\" runs"},
    {"task 2 of 2", task_that_is_none, "found number 2, expected 2 of 2"},
    {"end", end_in_the_middle, "end 1: found it after 1 of 2 suites"},
    {"ended twice", suite_ended_twice, "end of suite 3: found it while no suite runs"},
    {"no reason", failure_without_reason, "failure 1: found no reason"},
    {"code 130", failure_of_another_code, "code 130"},
    {"no text", line_without_text, "log line 1: found no line"},
    {"level 99", line_of_no_level, "level 99"},
    {"kind 77", unknown_kind, "found the unknown kind 77"},
    {"long line", very_long_line, "log line 1: found 4"},
    {"no row", row_that_is_none, "row 2: its values are none"},
    {"attributes", item_of_a_billion_attributes, "item 2: its values are none"},
};

Test(intake, offences_are_named_and_whole_suites_stay)
{
    for (size_t i = 0; i < sizeof offences / sizeof *offences; i++) {
        struct trial trial;
        half_way(&trial);
        offences[i].say(&trial.bytes);
        take(&trial);
        expect_flaw(&trial, offences[i].says);
        cr_expect_eq(trial.heard.rows, 1, "%s", offences[i].what);
        cr_expect_eq(trial.heard.items, 1, "%s", offences[i].what);
        cr_expect_str_eq(trial.heard.last, "wsd of mine");
        end(&trial);
    }
}

Test(intake, nothing_before_the_facts)
{
    struct trial trial;
    begin(&trial);
    say_row(&trial.bytes, "wsd", "mine");
    take(&trial);
    expect_flaw(&trial, "row 1: found it before the facts of the embedder");
    end(&trial);
    begin(&trial);
    say(&trial.bytes, MESSAGE_TASK, 0, NULL);
    take(&trial);
    expect_flaw(&trial, "task 1: found it before the facts of the embedder");
    end(&trial);
    begin(&trial);
    say(&trial.bytes, MESSAGE_DONE, 0, NULL);
    take(&trial);
    expect_flaw(&trial, "end 1: found it after 0 of 2 suites and no facts");
    end(&trial);
}

Test(intake, a_failed_suite_leaves_no_half_and_the_rest_may_come)
{
    struct trial trial;
    begin(&trial);
    say_facts(&trial.bytes, 2, 8, NULL);
    say(&trial.bytes, MESSAGE_TASK, 0, NULL);
    say_row(&trial.bytes, "wsd", "mine");
    say(&trial.bytes, MESSAGE_FAILED, 1, "half way");
    say_suite(&trial.bytes, 1);
    say(&trial.bytes, MESSAGE_DONE, 0, NULL);
    take(&trial);
    cr_expect(intake_is_done(trial.intake), "%s", intake_flaw(trial.intake));
    cr_expect_eq(trial.heard.failures, 1);
    cr_expect_eq(trial.heard.rows, 1);
    cr_expect_str_eq(trial.heard.last, "similarity of mine");
    end(&trial);
}

Test(intake, items_that_nobody_asked_for)
{
    struct trial trial;
    struct intake_expected rows = expected;
    rows.items = false;
    begin(&trial);
    intake_destroy(trial.intake);
    trial.intake = intake_create(&rows, &trial.events, &trial.facts);
    say_facts(&trial.bytes, 2, 8, NULL);
    say_suite(&trial.bytes, 0);
    take(&trial);
    expect_flaw(&trial, "found an item, though none were asked for");
    end(&trial);
}

Test(intake, zeros_and_foreign_frames_end_at_their_head)
{
    struct trial trial;
    char zeros[4096] = {0};
    begin(&trial);
    cr_expect_not(intake_take(trial.intake, zeros, sizeof zeros));
    expect_flaw(&trial, "found the size 4, expected at least 13");
    end(&trial);
    begin(&trial);
    say(&trial.bytes, MESSAGE_DONE, 0, NULL);
    cr_expect_not(intake_take(trial.intake, trial.bytes.data, trial.bytes.n));
    expect_flaw(&trial, "does not bear the token of this run");
    end(&trial);
}

Test(intake, floods_end)
{
    struct trial trial;
    begin(&trial);
    for (int i = 0; i < 20000; i++) {
        say(&trial.bytes, MESSAGE_LOG, LOG_INFO, "again");
    }
    cr_expect(take(&trial));
    cr_expect_eq(trial.heard.lines, 10001);
    cr_expect(strstr(trial.heard.last, "the rest is left out"));
    end(&trial);
    half_way(&trial);
    bool more = true;
    for (int i = 0; i < 1100 && more; i++) {
        for (int k = 0; k < 1000; k++) {
            say_row(&trial.bytes, "similarity", "mine");
        }
        more = take(&trial);
    }
    expect_flaw(&trial, "found more than 1048576 rows");
    end(&trial);
}
