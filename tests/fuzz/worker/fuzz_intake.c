/* fuzz_intake.c - what any worker may say: frames of any values in any order, and bytes that are no
 * frames. Whatever comes, only rows and items of this embedder and of suites asked for arrive. */
#include "frames.h"
#include "worker/intake.h"
#include "worker/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOKEN UINT64_C(0x0123456789abcdef)

static const char *const asked[] = {"wsd", "similarity"};
static volatile size_t touched;

static void require(bool good)
{
    if (!good) {
        abort();
    }
}

static bool asked_for(const char *suite)
{
    return strcmp(suite, asked[0]) == 0 || strcmp(suite, asked[1]) == 0;
}

static void take_row(void *ctx, const struct figure *row)
{
    (void)ctx;
    require(asked_for(row->suite) && strcmp(row->embedder, "mine") == 0);
    touched += strlen(row->metric) + (row->split.axis ? strlen(row->split.axis) : 0);
    for (uint32_t i = 0; i < row->protocol->n; i++) {
        touched += strlen(row->protocol->terms[i].value);
    }
}

static void take_item(void *ctx, const struct result_item *item)
{
    (void)ctx;
    require(asked_for(item->suite) && strcmp(item->embedder, "mine") == 0);
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        touched += strlen(item->attributes[i].name);
    }
}

static void take_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    touched += strlen(line) + level;
}

static void take_progress(void *ctx, const char *label, const char *unit, uint64_t done,
                          uint64_t total)
{
    (void)ctx;
    touched += (label ? strlen(label) : 0) + (unit ? strlen(unit) : 0) + done + total;
}

static void take_phase(void *ctx, const char *what)
{
    (void)ctx;
    touched += what ? strlen(what) : 0;
}

static void take_failed(void *ctx, int code, const char *why)
{
    (void)ctx;
    touched += strlen(why) + (size_t)code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct intake_expected expected = {.token = TOKEN,
                                                    .embedder = "mine",
                                                    .kind = "static",
                                                    .suites = asked,
                                                    .n_suites = 2,
                                                    .items = true};
    static const struct intake_events events = {.sink = {NULL, take_row, take_item},
                                                .log = take_log,
                                                .progress = take_progress,
                                                .phase = take_phase,
                                                .failed = take_failed};
    struct embedder_facts facts = {0};
    struct intake *intake = intake_create(&expected, &events, &facts);
    struct frames_part part;
    const uint8_t *at = data, *end = data + size;
    for (bool more = true; more && frames_next(&at, end, &part);) {
        struct str bytes = {0};
        frames_put(&bytes, &part);
        if (part.kind != FRAMES_RAW) {
            wire_stamp(&bytes, TOKEN);
        }
        size_t cut = bytes.n / 3;
        more = bytes.n == 0 || (intake_take(intake, bytes.data, cut) &&
                                intake_take(intake, bytes.data + cut, bytes.n - cut));
        str_finish(&bytes);
    }
    require(!(intake_is_done(intake) && intake_flaw(intake)));
    intake_destroy(intake);
    embedder_facts_finish(&facts);
    return 0;
}
