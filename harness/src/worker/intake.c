/* Takes a worker's frames one by one and refuses the first that does not fit. */
#include "worker/intake.h"

#include "worker/message.h"

#include "base/mem.h"
#include "base/wire.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct intake {
    const struct intake_expected *expected;
    const struct intake_events *events;
    struct embedder_facts *facts;
    struct str arrived;                /* bytes that are no whole frame yet */
    struct str kept;                   /* row and item frames of the task that runs */
    uint64_t n_of_kind[MESSAGE_KINDS]; /* frames that came */
    uint64_t n_rows;                   /* in kept */
    uint32_t next_task;                /* that may begin */
    bool running, failed, done;        /* a task runs; something FAILED; DONE came */
    char *flaw;
    struct result_attribute *attributes; /* scratch */
    size_t attributes_capacity;
    struct protocol protocol; /* of the row at hand */
};

static bool was_asked_for(const struct intake_expected *expected, const char *suite)
{
    for (uint32_t i = 0; i < expected->n_suites; i++) {
        if (strcmp(expected->suites[i], suite) == 0) {
            return true;
        }
    }
    return false;
}

/* Texts of a plugin's choice are cut short in messages. */
static char *other(const char *what, const char *of, const char *found, const char *expected)
{
    return found
               ? mem_format("found %s of %s \"%.64s\", expected \"%s\"", what, of, found, expected)
               : mem_format("found %s of no %s, expected \"%s\"", what, of, expected);
}

static char *flaw_of_owner(const struct intake_expected *expected, const char *what,
                           const char *suite, const char *found_suite, const char *found_embedder)
{
    if (suite && (!found_suite || strcmp(found_suite, suite) != 0)) {
        return other(what, "suite", found_suite, suite);
    }
    if (!found_suite || !was_asked_for(expected, found_suite)) {
        return found_suite ? mem_format("found %s of suite \"%.64s\", which was not asked for",
                                        what, found_suite)
                           : mem_format("found %s of no suite", what);
    }
    if (!found_embedder || strcmp(found_embedder, expected->embedder) != 0) {
        return other(what, "embedder", found_embedder, expected->embedder);
    }
    return NULL;
}

static char *flaw_of_texts(const char *what, const char *const texts[][2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!texts[i][1]) {
            return mem_format("found %s without its %s", what, texts[i][0]);
        }
    }
    return NULL;
}

char *intake_row_flaw(const struct intake_expected *expected, const char *suite,
                      const struct figure *row)
{
    const char *const texts[][2] = {{"data set", row->dataset},
                                    {"method", row->method},
                                    {"metric", row->metric},
                                    {"kind", row->kind}};
    char *flaw = flaw_of_owner(expected, "a row", suite, row->suite, row->embedder);
    flaw = flaw ? flaw : flaw_of_texts("a row", texts, sizeof texts / sizeof *texts);
    if (!flaw && strcmp(row->kind, expected->kind) != 0) {
        flaw = other("a row", "kind", row->kind, expected->kind);
    }
    if (!flaw && row->protocol->n == 0) {
        flaw = mem_format("found a row without its protocol");
    }
    if (!flaw && row->answered > row->n) {
        flaw = mem_format("found a row of %llu answers to %llu items",
                          (unsigned long long)row->answered, (unsigned long long)row->n);
    }
    return flaw;
}

char *intake_item_flaw(const struct intake_expected *expected, const char *suite,
                       const struct result_item *item)
{
    const char *const texts[][2] = {
        {"data set", item->dataset}, {"id", item->id}, {"status", item->status}};
    char *flaw = flaw_of_owner(expected, "an item", suite, item->suite, item->embedder);
    flaw = flaw ? flaw : flaw_of_texts("an item", texts, sizeof texts / sizeof *texts);
    for (uint32_t i = 0; i < item->n_attributes && !flaw; i++) {
        const char *const attribute[][2] = {{"attribute's name", item->attributes[i].name}};
        flaw = flaw_of_texts("an item", attribute, 1);
    }
    if (!flaw && !expected->items) {
        flaw = mem_format("found an item, though none were asked for");
    }
    return flaw;
}

struct intake *intake_create(const struct intake_expected *expected,
                             const struct intake_events *events, struct embedder_facts *facts)
{
    struct intake *intake = mem_alloc(sizeof *intake);
    intake->expected = expected;
    intake->events = events;
    intake->facts = facts;
    return intake;
}

void intake_destroy(struct intake *intake)
{
    str_finish(&intake->arrived);
    str_finish(&intake->kept);
    free(intake->attributes);
    protocol_finish(&intake->protocol);
    free(intake->flaw);
    free(intake);
}

static const char *suite_that_runs(const struct intake *intake)
{
    return intake->expected->suites[intake->next_task - 1];
}

/* The sound frames of a suite that has arrived completely. */
static void commit(struct intake *intake)
{
    const struct wire_rules rules = {intake->expected->token, message_limits, MESSAGE_KINDS};
    const struct result_sink *sink = &intake->events->sink;
    struct wire_frame frame;
    for (size_t at = 0; at < intake->kept.n; at += frame.size) {
        struct figure row;
        struct result_item item;
        if (wire_frame(&rules, intake->kept.data + at, intake->kept.n - at, &frame) != WIRE_WHOLE) {
            return; /* cannot be: they were read before */
        }
        if (frame.kind == MESSAGE_ROW && message_read_row(&frame.values, &intake->protocol, &row)) {
            sink->row(sink->ctx, &row);
        } else if (frame.kind == MESSAGE_ITEM && sink->item &&
                   message_read_item(&frame.values, &intake->attributes,
                                     &intake->attributes_capacity, &item)) {
            sink->item(sink->ctx, &item);
        }
    }
}

static void end_task(struct intake *intake)
{
    intake->running = false;
    intake->n_rows = 0;
    str_clear(&intake->kept);
}

static char *take_log(struct intake *intake, struct wire *values)
{
    uint64_t level = wire_take_number(values);
    const char *line = wire_take_text(values);
    uint64_t n = intake->n_of_kind[MESSAGE_LOG];
    if (!line || level > LOG_ERROR) {
        return mem_format("found no line, or level %llu", (unsigned long long)level);
    }
    if (n < INTAKE_MOST_LINES) {
        intake->events->log(intake->events->ctx, (enum log_level)level, line);
    } else if (n == INTAKE_MOST_LINES) {
        intake->events->log(intake->events->ctx, LOG_WARN,
                            "it has written 10000 lines; the rest is left out");
    }
    return NULL;
}

static char *take_progress(struct intake *intake, struct wire *values)
{
    const char *label = wire_take_text(values);
    const char *unit = wire_take_text(values);
    uint64_t done = wire_take_number(values);
    uint64_t total = wire_take_number(values);
    if (label && !unit) {
        return mem_format("found no unit");
    }
    if (values->bad) {
        return mem_format("its values are none");
    }
    intake->events->progress(intake->events->ctx, label, unit, done, total);
    return NULL;
}

static char *take_phase(struct intake *intake, struct wire *values)
{
    wire_take_number(values);
    const char *what = wire_take_text(values);
    if (!what) {
        return mem_format("found no text");
    }
    intake->events->phase(intake->events->ctx, what);
    return NULL;
}

static char *take_facts(struct intake *intake, struct wire *values)
{
    bool late = intake->facts->n_stages == 0 && intake->next_task > 0;
    if (intake->n_of_kind[MESSAGE_FACTS] >= INTAKE_MOST_FACTS) {
        return mem_format("found more than %u of them", INTAKE_MOST_FACTS);
    }
    const char *flaw = message_read_facts(values, intake->facts);
    return flaw ? mem_text(flaw) : late ? mem_format("found them after a suite had begun") : NULL;
}

static char *take_task(struct intake *intake, struct wire *values)
{
    uint64_t i = wire_take_number(values);
    wire_take_text(values);
    if (intake->running) {
        return mem_format("found it while suite \"%s\" runs", suite_that_runs(intake));
    }
    if (intake->facts->n_stages == 0) {
        return mem_format("found it before the facts of the embedder");
    }
    if (i != intake->next_task || i >= intake->expected->n_suites) {
        return mem_format("found number %llu, expected %u of %u", (unsigned long long)i,
                          intake->next_task, intake->expected->n_suites);
    }
    intake->next_task++;
    intake->running = true;
    return NULL;
}

static char *take_record(struct intake *intake, const struct wire_frame *frame, const char *bytes)
{
    struct wire values = frame->values;
    struct figure row;
    struct result_item item;
    bool is_row = frame->kind == MESSAGE_ROW;
    if (!intake->running) {
        return mem_format("found it %s", intake->facts->n_stages == 0
                                             ? "before the facts of the embedder"
                                             : "while no suite runs");
    }
    if (!(is_row ? message_read_row(&values, &intake->protocol, &row)
                 : message_read_item(&values, &intake->attributes, &intake->attributes_capacity,
                                     &item))) {
        return mem_format("its values are none");
    }
    const char *suite = suite_that_runs(intake);
    char *flaw = is_row ? intake_row_flaw(intake->expected, suite, &row)
                        : intake_item_flaw(intake->expected, suite, &item);
    intake->n_rows += is_row;
    if (!flaw &&
        (intake->n_rows > INTAKE_MOST_ROWS || intake->kept.n + frame->size > INTAKE_MOST_BYTES)) {
        flaw = mem_format("found more than %u rows or %llu GiB of one suite", INTAKE_MOST_ROWS,
                          INTAKE_MOST_BYTES >> 30);
    }
    if (!flaw) {
        str_append(&intake->kept, bytes, frame->size);
    }
    return flaw;
}

static char *take_suite_end(struct intake *intake)
{
    if (!intake->running) {
        return mem_format("found it while no suite runs");
    }
    commit(intake);
    end_task(intake);
    return NULL;
}

static char *take_failed(struct intake *intake, struct wire *values)
{
    uint64_t code = wire_take_number(values);
    const char *why = wire_take_text(values);
    if (!why || code < 1 || code > 3 || intake->n_of_kind[MESSAGE_FAILED] >= INTAKE_MOST_FAILURES) {
        return mem_format("found no reason, code %llu, or more than %u of them",
                          (unsigned long long)code, INTAKE_MOST_FAILURES);
    }
    intake->failed = true;
    end_task(intake);
    intake->events->failed(intake->events->ctx, -(int)code, why);
    return NULL;
}

static char *take_done(struct intake *intake)
{
    if (intake->running || (!intake->failed && (intake->next_task < intake->expected->n_suites ||
                                                intake->facts->n_stages == 0))) {
        return mem_format("found it after %u of %u suites%s",
                          intake->next_task - (intake->running ? 1 : 0), intake->expected->n_suites,
                          intake->facts->n_stages == 0 ? " and no facts of the embedder" : "");
    }
    intake->done = true;
    return NULL;
}

static char *take_frame(struct intake *intake, const struct wire_frame *frame, const char *bytes)
{
    struct wire values = frame->values;
    switch (frame->kind) {
    case MESSAGE_LOG:
        return take_log(intake, &values);
    case MESSAGE_PROGRESS:
        return take_progress(intake, &values);
    case MESSAGE_PHASE:
        return take_phase(intake, &values);
    case MESSAGE_TASK:
        return take_task(intake, &values);
    case MESSAGE_ROW:
    case MESSAGE_ITEM:
        return take_record(intake, frame, bytes);
    case MESSAGE_SUITE:
        return take_suite_end(intake);
    case MESSAGE_FACTS:
        return take_facts(intake, &values);
    case MESSAGE_FAILED:
        return take_failed(intake, &values);
    default:
        return take_done(intake);
    }
}

/* Takes why. */
static void spoil(struct intake *intake, uint8_t kind, char *why)
{
    uint64_t n = kind < MESSAGE_KINDS ? intake->n_of_kind[kind] + 1 : 1;
    intake->flaw = mem_format("%s %llu: %s", message_name(kind), (unsigned long long)n, why);
    free(why);
}

static void spoil_head(struct intake *intake, enum wire_state state, const struct wire_frame *frame)
{
    char *why =
        state == WIRE_NO_SIZE
            ? mem_format("found the size %zu, expected at least %u", frame->size, WIRE_HEAD)
        : state == WIRE_NO_TOKEN
            ? mem_format("it does not bear the token of this run: the harness did not write it")
        : state == WIRE_NO_KIND ? mem_format("found the unknown kind %u", frame->kind)
                                : mem_format("found %zu bytes, expected at most %u", frame->size,
                                             message_limits[frame->kind] + WIRE_HEAD);
    spoil(intake, state == WIRE_TOO_LONG ? frame->kind : UINT8_MAX, why);
}

bool intake_take(struct intake *intake, const char *bytes, size_t n)
{
    const struct wire_rules rules = {intake->expected->token, message_limits, MESSAGE_KINDS};
    struct wire_frame frame;
    size_t at = 0;
    if (intake->done || intake->flaw) {
        return false;
    }
    str_append(&intake->arrived, bytes, n);
    while (!intake->done && !intake->flaw && at < intake->arrived.n) {
        const char *begin = intake->arrived.data + at;
        enum wire_state state = wire_frame(&rules, begin, intake->arrived.n - at, &frame);
        if (state == WIRE_PART) {
            break;
        }
        if (state != WIRE_WHOLE) {
            spoil_head(intake, state, &frame);
            break;
        }
        char *why = take_frame(intake, &frame, begin);
        if (why) {
            spoil(intake, frame.kind, why);
        }
        intake->n_of_kind[frame.kind]++;
        at += frame.size;
    }
    if (at > 0) {
        memmove(intake->arrived.data, intake->arrived.data + at, intake->arrived.n - at);
        intake->arrived.n -= at;
    }
    return !intake->done && !intake->flaw;
}

bool intake_is_done(const struct intake *intake)
{
    return intake->done && !intake->flaw;
}

const char *intake_flaw(const struct intake *intake)
{
    return intake->flaw;
}
