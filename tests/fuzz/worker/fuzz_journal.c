/*
 * fuzz_journal.c - any frames as the journal of an interrupted run. A part of kind 254 becomes an
 * END, its values the embedder's name, with the hash that belongs there.
 */
#include "../folder.h"
#include "base/map.h"
#include "frames.h"
#include "worker/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JOURNAL_HEAD = 100, JOURNAL_END = 101, END_HERE = 254 }; /* the first two as in journal.c */

static volatile size_t touched;

static void take_row(void *ctx, const struct figure *row)
{
    (void)ctx;
    touched += strlen(row->suite) + strlen(row->embedder);
}

static void take_item(void *ctx, const struct result_item *item)
{
    (void)ctx;
    touched += strlen(item->suite) + item->n_attributes;
}

/* See journal.h: name, seconds and the hash of all since the last END, frame after frame. */
static void put_end(struct str *out, uint64_t hash, const char *name, size_t n)
{
    double seconds = 1.5;
    char *text = strndup(name, n);
    hash = hash_bytes(text, strlen(text), hash);
    hash = hash_bytes(&seconds, sizeof seconds, hash);
    size_t begun = wire_begin(out, JOURNAL_END);
    wire_text(out, text);
    wire_real(out, seconds);
    wire_number(out, hash);
    wire_end(out, begun);
    free(text);
}

static void replay(struct journal *journal)
{
    static const char *const asked[] = {"wsd", "similarity"};
    const struct intake_expected expected = {
        .embedder = "mine", .kind = "static", .suites = asked, .n_suites = 2, .items = true};
    const struct result_sink sink = {NULL, take_row, take_item};
    for (uint32_t i = 0; i < journal_n_runs(journal); i++) {
        struct embedder_facts facts = {0};
        touched += strlen(journal_run_name(journal, i));
        journal_replay(journal, i, &expected, &sink, &facts);
        embedder_facts_finish(&facts);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {0};
    struct frames_part part;
    const uint8_t *at = data, *end = data + size;
    size_t begun = wire_begin(&bytes, JOURNAL_HEAD);
    wire_text(&bytes, "{}");
    wire_end(&bytes, begun);
    for (uint64_t hash = 0; frames_next(&at, end, &part);) {
        size_t before = bytes.n;
        if (part.kind == END_HERE) {
            put_end(&bytes, hash, part.values, part.n);
            hash = 0;
        } else {
            frames_put(&bytes, &part);
            hash = hash_bytes(bytes.data + before, bytes.n - before, hash);
        }
    }
    const char *path = fuzz_put("journal", bytes.data, bytes.n);
    str_finish(&bytes);
    struct journal *journal;
    if (journal_open(path, &journal) == 0) {
        replay(journal);
        journal_close(journal);
    }
    return 0;
}
