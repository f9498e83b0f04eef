/* Writes and reads a worker's job by the lists of its members. */
#include "worker/job.h"

#include "base/mem.h"
#include "suites/options.h"
#include "worker/members_wire.h"

#include <stdlib.h>

static void write_texts(struct str *out, const char *const *texts, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, texts[i]);
    }
}

static const char *const *take_texts(struct wire *wire, struct arena *lists, uint32_t *ret_n)
{
    uint32_t n = wire_take_count(wire);
    const char **texts = arena_alloc(lists, n * sizeof *texts);
    for (uint32_t i = 0; i < n; i++) {
        texts[i] = wire_take_text(wire);
    }
    *ret_n = n;
    return texts;
}

/* What of a specification travels; the worker works out the rest again, with its own plugin. */
/* clang-format off */
#define WRITE_TEXTS(member) write_texts(out, from->member, from->n_##member);
#define WRITE_SETTINGS(member)
#define WRITE_KIND(member) wire_number(out, (uint64_t)from->member);
#define WRITE_SIGNED32(member) wire_number(out, (uint64_t)from->member);
#define WRITE_MODEL(member) \
    wire_text(out, from->member->plugin->path); wire_text(out, from->member->desc->id);
#define WRITE_PAIRS(member) write_pairs(out, from->member, from->n_##member);
#define WRITE_VIEW(member) write_view(out, &from->member);
#define WRITE_SPEC(member) write_spec(out, from->member);
#define WRITE_TASKS(member) write_tasks(out, from->member, from->n_##member);
#define WRITE_SENT(type, member, travel) WRITE_IF_##travel(type, member)
#define WRITE_IF_SENT(type, member) WRITE_##type(member)
#define WRITE_IF_KEPT(type, member)

#define TAKE_TEXTS(member) to->member = take_texts(wire, lists, &to->n_##member);
#define TAKE_SETTINGS(member)
#define TAKE_KIND(member) to->member = (enum context_kind)wire_take_number(wire);
#define TAKE_SIGNED32(member) to->member = (int32_t)wire_take_number(wire);
#define TAKE_MODEL(member) \
    received->plugin_path = wire_take_text(wire); received->plugin_id = wire_take_text(wire);
#define TAKE_PAIRS(member) to->member = take_pairs(wire, &to->n_##member);
#define TAKE_VIEW(member) take_view(wire, &to->member);
#define TAKE_SPEC(member) take_spec(wire, received);
#define TAKE_TASKS(member) to->n_##member = take_tasks(wire, received);
#define TAKE_SENT(type, member, travel) TAKE_IF_##travel(type, member)
#define TAKE_IF_SENT(type, member) TAKE_##type(member)
#define TAKE_IF_KEPT(type, member)
/* clang-format on */

static void write_pairs(struct str *out, const struct option_pair *pairs, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, pairs[i].name);
        wire_text(out, pairs[i].value);
    }
}

static struct option_pair *take_pairs(struct wire *wire, uint32_t *ret_n)
{
    uint32_t n = wire_take_count(wire);
    struct option_pair *pairs = mem_array(n, sizeof *pairs);
    for (uint32_t i = 0; i < n; i++) {
        pairs[i].name = members_take_own_text(wire);
        pairs[i].value = members_take_own_text(wire);
    }
    *ret_n = n;
    return pairs;
}

static void write_view(struct str *out, const struct word_view *from)
{
    WORD_VIEW_MEMBERS(WRITE_SENT)
}

static void take_view(struct wire *wire, struct word_view *to)
{
    WORD_VIEW_MEMBERS(TAKE_SENT)
}

static void write_spec(struct str *out, const struct embedder_spec *from)
{
    EMBEDDER_SPEC_MEMBERS(WRITE_SENT)
}

static void take_spec(struct wire *wire, struct job_received *received)
{
    struct embedder_spec *to = &received->spec;
    EMBEDDER_SPEC_MEMBERS(TAKE_SENT)
}

static void write_request(struct str *out, const struct suite_request *from)
{
    SUITE_REQUEST_MEMBERS(WRITE)
}

static void take_request(struct wire *wire, struct arena *lists, struct suite_request *to)
{
    SUITE_REQUEST_MEMBERS(TAKE)
}

static void write_tasks(struct str *out, const struct worker_task *tasks, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, tasks[i].suite->id);
        write_request(out, tasks[i].request);
    }
}

static uint32_t take_tasks(struct wire *wire, struct job_received *received)
{
    uint32_t n = wire_take_count(wire);
    received->suites = mem_array(n, sizeof *received->suites);
    received->requests = mem_array(n, sizeof *received->requests);
    for (uint32_t i = 0; i < n; i++) {
        received->suites[i] = wire_take_text(wire);
        take_request(wire, &received->lists, &received->requests[i]);
    }
    return n;
}

void job_write(struct str *out, uint64_t token, const struct worker_job *from)
{
    wire_number(out, token);
    WORKER_JOB_MEMBERS(WRITE_SENT)
}

bool job_read(struct wire *wire, struct job_received *ret_received)
{
    *ret_received = (struct job_received){.token = wire_take_number(wire)};
    struct job_received *received = ret_received;
    struct worker_job *to = &received->job;
    WORKER_JOB_MEMBERS(TAKE_SENT)
    return !wire->bad && wire->at == wire->end;
}

void job_received_finish(struct job_received *received)
{
    for (uint32_t i = 0; i < received->job.n_tasks; i++) {
        suite_unsettle(&received->requests[i]);
    }
    free(received->requests);
    free(received->suites);
    for (uint32_t i = 0; i < received->spec.n_pairs; i++) {
        free(received->spec.pairs[i].name);
        free(received->spec.pairs[i].value);
    }
    free(received->spec.pairs);
    free(received->spec.name);
    arena_finish(&received->lists);
    *received = (struct job_received){0};
}
