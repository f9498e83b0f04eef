/* Values and frames between two processes: what goes in comes out, and garbage is seen. */
#include "worker/message.h"
#include "base/wire.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct wire_rules rules = {0, message_limits, MESSAGE_KINDS};

Test(wire, values)
{
    struct str out = {0};
    wire_number(&out, UINT64_MAX);
    wire_real(&out, -0.1);
    wire_text(&out, "caf\xC3\xA9");
    wire_text(&out, "");
    wire_text(&out, NULL);
    struct wire wire = wire_of(out.data, out.n);
    cr_expect_eq(wire_take_number(&wire), UINT64_MAX);
    cr_expect_eq(wire_take_real(&wire), -0.1);
    cr_expect_str_eq(wire_take_text(&wire), "caf\xC3\xA9");
    cr_expect_str_eq(wire_take_text(&wire), "");
    cr_expect_null(wire_take_text(&wire));
    cr_expect_not(wire.bad);
    cr_expect_eq(wire.at, wire.end);
    cr_expect_eq(wire_take_number(&wire), 0);
    cr_expect(wire.bad, "nothing is left");
    str_finish(&out);
}

Test(wire, lying_lengths)
{
    struct str out = {0};
    wire_number(&out, 1000); /* a text of 1000 bytes that is not there */
    str_append(&out, "abc", 4);
    struct wire wire = wire_of(out.data, out.n);
    cr_expect_null(wire_take_text(&wire));
    cr_expect(wire.bad);
    wire = wire_of(out.data, out.n);
    cr_expect_eq(wire_take_count(&wire), 0, "1000 elements do not fit in 4 bytes");
    cr_expect(wire.bad);
    str_clear(&out);
    wire_number(&out, 2);
    str_append(&out, "abcd", 4); /* no NUL where the text should end */
    wire = wire_of(out.data, out.n);
    cr_expect_null(wire_take_text(&wire));
    cr_expect(wire.bad);
    str_finish(&out);
}

static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "wsd"},
                                       {.key = PROTOCOL_DATASET, .value = "d"},
                                       {.key = PROTOCOL_ITEMS, .value = "3"},
                                       {.key = PROTOCOL_VERSION, .value = "v1"}};
static const struct protocol protocol = {.terms = terms, .n = 4};
static const struct figure row = {.suite = "wsd",
                                  .dataset = "d",
                                  .embedder = "e",
                                  .kind = "static",
                                  .method = "nn",
                                  .metric = "f1",
                                  .split = {"pos", "NOUN", NULL},
                                  .policy = NULL,
                                  .protocol = &protocol,
                                  .value = 0.5,
                                  .low = NAN,
                                  .high = 1,
                                  .coverage = 0.25,
                                  .n = 1ull << 40,
                                  .answered = 3};

Test(wire, heads_that_are_no_frames)
{
    struct str out = {0};
    struct wire_frame frame;
    const struct wire_rules ours = {7, message_limits, MESSAGE_KINDS};
    wire_end(&out, wire_begin(&out, MESSAGE_DONE));
    wire_end(&out, wire_begin(&out, MESSAGE_DONE));
    cr_expect_eq(wire_frame(&ours, out.data, out.n, &frame), WIRE_NO_TOKEN);
    wire_stamp(&out, 7);
    cr_expect_eq(wire_frame(&ours, out.data, out.n, &frame), WIRE_WHOLE);
    cr_expect_eq(wire_frame(&ours, out.data + frame.size, out.n - frame.size, &frame), WIRE_WHOLE);
    cr_expect_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_NO_TOKEN);
    str_clear(&out);
    wire_end(&out, wire_begin(&out, MESSAGE_KINDS));
    cr_expect_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_NO_KIND);
    out.data[WIRE_HEAD - 1] = (char)MESSAGE_DONE;
    memset(out.data, 0x77, 4); /* said to be 2 GB long: seen at once, not when they have come */
    cr_expect_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_TOO_LONG);
    cr_expect_eq(frame.size, 4 + (size_t)0x77777777);
    memset(out.data, 0, out.n);
    cr_expect_eq(wire_frame(&rules, out.data, 3, &frame), WIRE_PART);
    cr_expect_eq(wire_frame(&rules, out.data, 4, &frame), WIRE_NO_SIZE, "zeros end at the fourth");
    str_finish(&out);
}

Test(message, a_row_and_every_prefix_of_it)
{
    struct str out = {0};
    struct wire_frame frame;
    struct protocol scratch = {0};
    struct figure got;
    message_write_row(&out, &row);
    for (size_t n = 0; n < out.n; n++) {
        cr_assert_eq(wire_frame(&rules, out.data, n, &frame), WIRE_PART, "%zu bytes are no frame",
                     n);
    }
    cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
    cr_expect_eq(frame.kind, MESSAGE_ROW);
    cr_expect_eq(frame.size, out.n);
    for (size_t cut = 1; cut < 40; cut++) {
        struct wire shorter = frame.values;
        shorter.end -= cut;
        cr_expect_not(message_read_row(&shorter, &scratch, &got), "%zu bytes less", cut);
    }
    cr_assert(message_read_row(&frame.values, &scratch, &got));
    cr_expect_str_eq(got.suite, "wsd");
    cr_expect_null(got.stage.name);
    cr_expect_str_eq(got.split.axis, "pos");
    cr_expect_str_eq(got.split.value, "NOUN");
    cr_assert_eq(got.protocol->n, 4);
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect_eq(got.protocol->terms[i].key, terms[i].key);
        cr_expect_str_eq(got.protocol->terms[i].value, terms[i].value);
    }
    protocol_finish(&scratch);
    cr_expect(isnan(got.low));
    cr_expect_eq(got.coverage, 0.25);
    cr_expect_eq(got.n, 1ull << 40);
    str_finish(&out);
}

Test(message, an_item_with_attributes)
{
    const struct result_attribute attributes[] = {{"lemma", "bank"}, {"pos", "NOUN"}};
    const struct result_item item = {.suite = "wsd",
                                     .dataset = "d",
                                     .embedder = "e",
                                     .stage = {"3", 3, STAGE_FEED_FORWARD},
                                     .method = "nn",
                                     .counts_in = "d/part\nd-without-x",
                                     .id = "d000.s000.t000",
                                     .answer = NULL,
                                     .gold = "bank%1:14:00::",
                                     .status = "ok",
                                     .score = 0.75,
                                     .gold_score = NAN,
                                     .correct = 1,
                                     .attributes = attributes,
                                     .n_attributes = 2};
    struct str out = {0};
    struct wire_frame frame;
    size_t capacity = 0;
    struct result_attribute *scratch = NULL;
    struct result_item got;
    message_write_item(&out, &item);
    cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
    cr_expect_eq(frame.kind, MESSAGE_ITEM);
    cr_assert(message_read_item(&frame.values, &scratch, &capacity, &got));
    cr_expect_str_eq(got.id, "d000.s000.t000");
    cr_expect_null(got.answer);
    cr_expect_str_eq(got.counts_in, "d/part\nd-without-x");
    cr_expect(result_item_counts_in(&got, "d"));
    cr_expect(result_item_counts_in(&got, "d/part"));
    cr_expect(result_item_counts_in(&got, "d-without-x"));
    cr_expect_not(result_item_counts_in(&got, "d-without"));
    cr_expect_eq(got.n_attributes, 2);
    cr_expect_str_eq(got.attributes[1].name, "pos");
    cr_expect_str_eq(got.attributes[1].value, "NOUN");
    free(scratch);
    str_finish(&out);
}

Test(message, facts_grow_and_are_not_forgotten)
{
    struct stage stages[] = {STAGE_THE_TABLE, {"1", 1, STAGE_FEED_FORWARD}};
    struct embedder_facts sent = {.model_sha256 = NULL,
                                  .weights_before = (char *)(uintptr_t) "abc",
                                  .model_name = (char *)(uintptr_t) "Forty words",
                                  .model_version = (char *)(uintptr_t) "1.2",
                                  .model_citation = (char *)(uintptr_t) "nobody (2026)",
                                  .dim = 384,
                                  .n_stages = 2,
                                  .stages = stages,
                                  .load_seconds = 1.5};
    struct embedder_facts got = {0};
    struct str out = {0};
    struct wire_frame frame;
    message_write_facts(&out, &sent);
    cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
    cr_assert_null(message_read_facts(&frame.values, &got));
    str_clear(&out);
    sent.weights_before = NULL;
    sent.model_sha256 = (char *)(uintptr_t) "def";
    message_write_facts(&out, &sent);
    cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
    cr_assert_null(message_read_facts(&frame.values, &got));
    cr_expect_str_eq(got.weights_before, "abc");
    cr_expect_str_eq(got.model_sha256, "def");
    cr_expect_str_eq(got.model_name, "Forty words");
    cr_expect_str_eq(got.model_version, "1.2");
    cr_expect_str_eq(got.model_citation, "nobody (2026)");
    cr_expect_eq(got.n_stages, 2);
    cr_expect_str_eq(got.stages[1].name, "1");
    cr_expect_eq(got.stages[1].block, 1);
    cr_expect_eq(got.stages[1].part, STAGE_FEED_FORWARD);
    cr_expect_eq(got.dim, 384);
    str_clear(&out);
    sent.model_version = (char *)(uintptr_t) "1\n2";
    message_write_facts(&out, &sent);
    cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
    cr_expect(strstr(message_read_facts(&frame.values, &got), "version: byte 1 is 0x0A"));
    cr_expect_str_eq(got.model_version, "1.2");
    embedder_facts_finish(&got);
    str_finish(&out);
}

/* A key of stored reports alone, or of no protocol at all, is none that a worker may say. */
Test(message, a_row_with_a_key_that_no_suite_has)
{
    const uint64_t keys[] = {PROTOCOL_OTHER, PROTOCOL_OTHER + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct protocol_term bad = {.key = (enum protocol_key)keys[i], .value = "x"};
        struct figure other = row;
        other.protocol = &(struct protocol){.terms = &bad, .n = 1};
        struct protocol scratch = {0};
        struct figure got;
        struct str out = {0};
        struct wire_frame frame;
        message_write_row(&out, &other);
        cr_assert_eq(wire_frame(&rules, out.data, out.n, &frame), WIRE_WHOLE);
        cr_expect_not(message_read_row(&frame.values, &scratch, &got));
        protocol_finish(&scratch);
        str_finish(&out);
    }
}
