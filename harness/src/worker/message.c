#include "worker/message.h"

#include "base/mem.h"
#include "plugin/limits.h"
#include "suites/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Items may hold sentences and definitions of whatever length; the rest is short. */
const uint32_t message_limits[MESSAGE_KINDS] = {
    [MESSAGE_LOG] = 16u << 10,  [MESSAGE_PROGRESS] = 16u << 10, [MESSAGE_PHASE] = 16u << 10,
    [MESSAGE_ROW] = 256u << 10, [MESSAGE_ITEM] = 64u << 20,     [MESSAGE_SUITE] = 64,
    [MESSAGE_FACTS] = 4u << 20, [MESSAGE_FAILED] = 64u << 10,   [MESSAGE_DONE] = 64,
    [MESSAGE_TASK] = 64};

const char *message_name(uint8_t kind)
{
    static const char *const names[MESSAGE_KINDS] = {
        [MESSAGE_LOG] = "log line", [MESSAGE_PROGRESS] = "progress",
        [MESSAGE_PHASE] = "phase",  [MESSAGE_ROW] = "row",
        [MESSAGE_ITEM] = "item",    [MESSAGE_SUITE] = "end of suite",
        [MESSAGE_FACTS] = "facts",  [MESSAGE_FAILED] = "failure",
        [MESSAGE_DONE] = "end",     [MESSAGE_TASK] = "task"};
    return kind < MESSAGE_KINDS && names[kind] ? names[kind] : "frame";
}

static void write_stage(struct str *out, const struct stage *stage)
{
    wire_text(out, stage->name);
    wire_number(out, (uint64_t)(int64_t)stage->block);
    wire_number(out, stage->part);
}

static void write_protocol(struct str *out, const struct protocol *protocol)
{
    uint32_t n = protocol ? protocol->n : 0;
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_number(out, protocol->terms[i].key);
        wire_text(out, protocol->terms[i].value);
    }
}

/* Values in the message itself. A key that no suite has makes the values bad. */
static void take_protocol(struct wire *wire, struct protocol *ret_protocol)
{
    ret_protocol->n = wire_take_count(wire);
    MEM_GROW(ret_protocol->terms, ret_protocol->capacity, (size_t)ret_protocol->n + 1);
    for (uint32_t i = 0; i < ret_protocol->n; i++) {
        uint64_t key = wire_take_number(wire);
        const char *value = wire_take_text(wire);
        wire->bad = wire->bad || key >= PROTOCOL_N_KEYS || !value;
        ret_protocol->terms[i] =
            (struct protocol_term){(enum protocol_key)(wire->bad ? 0 : key), NULL, value};
    }
}

/* A number that is no block or part makes the values bad. */
static struct stage take_stage(struct wire *wire)
{
    const char *name = wire_take_text(wire);
    int64_t block = (int64_t)wire_take_number(wire);
    uint64_t part = wire_take_number(wire);
    bool is_part = part < STAGE_N_PARTS && (part == STAGE_NONE) == !name;
    if (!is_part || block < STAGE_NO_BLOCK || block > INT32_MAX) {
        wire->bad = true;
        return (struct stage){0};
    }
    return (struct stage){name, (int32_t)block, (enum stage_part)part};
}

void message_write_row(struct str *out, const struct result_row *row)
{
    size_t begun = wire_begin(out, MESSAGE_ROW);
    wire_text(out, row->suite);
    wire_text(out, row->dataset);
    wire_text(out, row->embedder);
    wire_text(out, row->kind);
    write_stage(out, &row->stage);
    wire_text(out, row->method);
    wire_text(out, row->metric);
    wire_text(out, row->split.axis);
    wire_text(out, row->split.value);
    wire_text(out, row->policy);
    write_protocol(out, row->protocol);
    wire_text(out, row->reason);
    wire_real(out, row->value);
    wire_real(out, row->low);
    wire_real(out, row->high);
    wire_real(out, row->coverage);
    wire_number(out, row->n);
    wire_number(out, row->answered);
    wire_end(out, begun);
}

bool message_read_row(struct wire *wire, struct protocol *protocol, struct result_row *ret_row)
{
    struct result_row row = {0};
    row.suite = wire_take_text(wire);
    row.dataset = wire_take_text(wire);
    row.embedder = wire_take_text(wire);
    row.kind = wire_take_text(wire);
    row.stage = take_stage(wire);
    row.method = wire_take_text(wire);
    row.metric = wire_take_text(wire);
    row.split.axis = wire_take_text(wire);
    row.split.value = wire_take_text(wire);
    row.policy = wire_take_text(wire);
    take_protocol(wire, protocol);
    row.protocol = protocol;
    row.reason = wire_take_text(wire);
    row.value = wire_take_real(wire);
    row.low = wire_take_real(wire);
    row.high = wire_take_real(wire);
    row.coverage = wire_take_real(wire);
    row.n = wire_take_number(wire);
    row.answered = wire_take_number(wire);
    if (wire->bad || wire->at != wire->end) {
        return false;
    }
    *ret_row = row;
    return true;
}

void message_write_item(struct str *out, const struct result_item *item)
{
    size_t begun = wire_begin(out, MESSAGE_ITEM);
    wire_text(out, item->suite);
    wire_text(out, item->dataset);
    wire_text(out, item->embedder);
    write_stage(out, &item->stage);
    wire_text(out, item->method);
    wire_text(out, item->counts_in);
    wire_text(out, item->id);
    wire_text(out, item->answer);
    wire_text(out, item->gold);
    wire_text(out, item->status);
    wire_real(out, item->score);
    wire_real(out, item->gold_score);
    wire_real(out, item->correct);
    wire_number(out, item->n_attributes);
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        wire_text(out, item->attributes[i].name);
        wire_text(out, item->attributes[i].value);
    }
    wire_end(out, begun);
}

bool message_read_item(struct wire *wire, struct result_attribute **attributes, size_t *capacity,
                       struct result_item *ret_item)
{
    struct result_item item = {0};
    item.suite = wire_take_text(wire);
    item.dataset = wire_take_text(wire);
    item.embedder = wire_take_text(wire);
    item.stage = take_stage(wire);
    item.method = wire_take_text(wire);
    item.counts_in = wire_take_text(wire);
    item.id = wire_take_text(wire);
    item.answer = wire_take_text(wire);
    item.gold = wire_take_text(wire);
    item.status = wire_take_text(wire);
    item.score = wire_take_real(wire);
    item.gold_score = wire_take_real(wire);
    item.correct = wire_take_real(wire);
    item.n_attributes = wire_take_count(wire);
    MEM_GROW(*attributes, *capacity, item.n_attributes);
    for (uint32_t i = 0; i < item.n_attributes; i++) {
        (*attributes)[i].name = wire_take_text(wire);
        (*attributes)[i].value = wire_take_text(wire);
    }
    item.attributes = *attributes;
    if (wire->bad || wire->at != wire->end) {
        return false;
    }
    *ret_item = item;
    return true;
}

void message_write_facts(struct str *out, const struct embedder_facts *facts)
{
    size_t begun = wire_begin(out, MESSAGE_FACTS);
    wire_text(out, facts->model_sha256);
    wire_text(out, facts->weights_before);
    wire_text(out, facts->weights_after);
    wire_text(out, facts->model_name);
    wire_text(out, facts->model_version);
    wire_text(out, facts->model_citation);
    wire_text(out, facts->claim);
    wire_text(out, facts->claim_statement);
    wire_number(out, facts->claim_words);
    wire_number(out, facts->claim_comparisons);
    wire_number(out, facts->claim_moves);
    wire_number(out, facts->claim_moved);
    wire_number(out, facts->model_bytes);
    wire_number(out, facts->n_words);
    wire_number(out, facts->allocated_bytes);
    wire_number(out, facts->peak_rss_bytes);
    wire_real(out, facts->load_seconds);
    wire_real(out, facts->tokens_per_second);
    wire_number(out, facts->dim);
    wire_number(out, facts->n_stages);
    for (uint32_t i = 0; i < facts->n_stages; i++) {
        write_stage(out, &facts->stages[i]);
    }
    wire_end(out, begun);
}

static void replace_text(char **text, const char *by)
{
    if (by) {
        free(*text);
        *text = mem_text(by);
    }
}

/* What a message says, its texts in the message itself. */
static void take_facts(struct wire *wire, struct embedder_facts *said, struct stage ret_stages[])
{
    said->model_sha256 = (char *)(uintptr_t)wire_take_text(wire);
    said->weights_before = (char *)(uintptr_t)wire_take_text(wire);
    said->weights_after = (char *)(uintptr_t)wire_take_text(wire);
    said->model_name = (char *)(uintptr_t)wire_take_text(wire);
    said->model_version = (char *)(uintptr_t)wire_take_text(wire);
    said->model_citation = (char *)(uintptr_t)wire_take_text(wire);
    said->claim = (char *)(uintptr_t)wire_take_text(wire);
    said->claim_statement = (char *)(uintptr_t)wire_take_text(wire);
    said->claim_words = wire_take_number(wire);
    said->claim_comparisons = wire_take_number(wire);
    said->claim_moves = wire_take_number(wire);
    said->claim_moved = wire_take_number(wire);
    said->model_bytes = wire_take_number(wire);
    said->n_words = wire_take_number(wire);
    said->allocated_bytes = wire_take_number(wire);
    said->peak_rss_bytes = wire_take_number(wire);
    said->load_seconds = wire_take_real(wire);
    said->tokens_per_second = wire_take_real(wire);
    uint64_t dim = wire_take_number(wire);
    said->dim = dim <= MESSAGE_MOST_DIM ? (uint32_t)dim : UINT32_MAX;
    said->n_stages = wire_take_count(wire);
    for (uint32_t i = 0; i < said->n_stages && i < MESSAGE_MOST_STAGES; i++) {
        ret_stages[i] = take_stage(wire);
    }
}

static const char *flaw_of_facts(const struct wire *wire, const struct embedder_facts *known,
                                 const struct embedder_facts *said, const struct stage stages[])
{
    static _Thread_local char flaw[160];
    const char *claim = said->claim ? said->claim : "open";
    if (said->dim > MESSAGE_MOST_DIM || said->n_stages > MESSAGE_MOST_STAGES) {
        snprintf(flaw, sizeof flaw,
                 "found %u stages, expected at most %u, and at most %u dimensions", said->n_stages,
                 MESSAGE_MOST_STAGES, MESSAGE_MOST_DIM);
        return flaw;
    }
    if (wire->bad || wire->at != wire->end) {
        return "its values are no facts";
    }
    if ((said->dim == 0) != (said->n_stages == 0)) {
        return "found dimensions or stages, expected both or neither";
    }
    if (known->n_stages > 0 && (said->n_stages != known->n_stages || said->dim != known->dim)) {
        snprintf(flaw, sizeof flaw, "found %u stages of %u dimensions after %u of %u",
                 said->n_stages, said->dim, known->n_stages, known->dim);
        return flaw;
    }
    for (uint32_t i = 0; i < said->n_stages; i++) {
        if (!stages[i].name || !stages[i].name[0]) {
            return "found a stage without a name";
        }
        if (known->n_stages > 0 && !stage_same(&stages[i], &known->stages[i])) {
            return "found stages of other names than before";
        }
    }
    const struct {
        const char *what, *line;
    } about[] = {{"the model's name", said->model_name},
                 {"the model's version", said->model_version},
                 {"the model's citation", said->model_citation}};
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        char *why = limits_flaw_of_about(about[i].what, about[i].line);
        if (why) {
            snprintf(flaw, sizeof flaw, "%s", why);
            free(why);
            return flaw;
        }
    }
    bool sound =
        strcmp(claim, "kept") == 0 || strcmp(claim, "broken") == 0 || strcmp(claim, "open") == 0;
    return sound ? NULL : "found a claim that is not kept, broken or open";
}

static void merge_facts(struct embedder_facts *facts, const struct embedder_facts *said,
                        const struct stage stages[])
{
    replace_text(&facts->model_sha256, said->model_sha256);
    replace_text(&facts->weights_before, said->weights_before);
    replace_text(&facts->weights_after, said->weights_after);
    replace_text(&facts->model_name, said->model_name);
    replace_text(&facts->model_version, said->model_version);
    replace_text(&facts->model_citation, said->model_citation);
    replace_text(&facts->claim, said->claim);
    replace_text(&facts->claim_statement, said->claim_statement);
    facts->claim_words = said->claim_words;
    facts->claim_comparisons = said->claim_comparisons;
    facts->claim_moves = said->claim_moves;
    facts->claim_moved = said->claim_moved;
    facts->model_bytes = said->model_bytes;
    facts->n_words = said->n_words;
    facts->allocated_bytes = said->allocated_bytes;
    facts->peak_rss_bytes = said->peak_rss_bytes;
    facts->load_seconds = said->load_seconds;
    facts->tokens_per_second = said->tokens_per_second;
    if (facts->n_stages == 0 && said->n_stages > 0) {
        facts->dim = said->dim;
        facts->stages = mem_array(said->n_stages, sizeof *facts->stages);
        for (; facts->n_stages < said->n_stages; facts->n_stages++) {
            facts->stages[facts->n_stages] = stage_copy(&stages[facts->n_stages]);
        }
    }
}

const char *message_read_facts(struct wire *wire, struct embedder_facts *facts)
{
    struct stage *stages = mem_array(MESSAGE_MOST_STAGES, sizeof *stages);
    struct embedder_facts said = {0};
    take_facts(wire, &said, stages);
    const char *flaw = flaw_of_facts(wire, facts, &said, stages);
    if (!flaw) {
        merge_facts(facts, &said, stages);
    }
    free(stages);
    return flaw;
}

static void write_texts(struct str *out, const char *const *texts, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, texts[i]);
    }
}

static const char *const *read_texts(struct wire *wire, uint32_t *ret_n)
{
    uint32_t n = wire_take_count(wire);
    const char **texts = mem_array(n, sizeof *texts);
    for (uint32_t i = 0; i < n; i++) {
        texts[i] = wire_take_text(wire);
    }
    *ret_n = n;
    return texts;
}

/* Whoever adds a member to struct suite_request must send it too; `settings` are made of `options`
 * once more. */
_Static_assert(sizeof(struct suite_request) == 15 * 8, "write_request and read_request must know "
                                                       "every member of struct suite_request");

static void write_request(struct str *out, const struct suite_request *request)
{
    write_texts(out, request->datasets, request->n_datasets);
    write_texts(out, request->train, request->n_train);
    write_texts(out, request->methods, request->n_methods);
    write_texts(out, request->options, request->n_options);
    wire_text(out, request->dev);
    wire_text(out, request->wordnet);
    wire_number(out, request->limit);
    wire_number(out, request->seed);
    wire_number(out, request->resamples);
    wire_number(out, request->vocabulary_limit);
}

static void read_request(struct wire *wire, struct suite_request *request)
{
    request->datasets = read_texts(wire, &request->n_datasets);
    request->train = read_texts(wire, &request->n_train);
    request->methods = read_texts(wire, &request->n_methods);
    request->options = read_texts(wire, &request->n_options);
    request->dev = wire_take_text(wire);
    request->wordnet = wire_take_text(wire);
    request->limit = wire_take_number(wire);
    request->seed = wire_take_number(wire);
    request->resamples = (uint32_t)wire_take_number(wire);
    request->vocabulary_limit = wire_take_number(wire);
}

static void write_reading(struct str *out, const struct reading *reading)
{
    wire_number(out, (uint64_t)reading->context);
    wire_number(out, (uint64_t)reading->pooling);
    wire_number(out, reading->window);
    wire_number(out, reading->seed);
}

static struct reading read_reading(struct wire *wire)
{
    struct reading reading = {0};
    reading.context = (enum context_kind)wire_take_number(wire);
    reading.pooling = (int32_t)wire_take_number(wire);
    reading.window = (uint32_t)wire_take_number(wire);
    reading.seed = wire_take_number(wire);
    return reading;
}

void message_write_job(struct str *out, uint64_t token, const struct worker_job *job)
{
    const struct embedder_spec *spec = job->spec;
    wire_number(out, token);
    wire_text(out, spec->name);
    wire_text(out, spec->model->plugin->path);
    wire_text(out, spec->model->desc->id);
    wire_text(out, job->stages);
    wire_text(out, job->postprocess);
    wire_text(out, job->postprocess_sample);
    write_reading(out, &spec->reading);
    wire_number(out, job->n_threads);
    wire_number(out, job->memory_limit);
    wire_number(out, job->want_items);
    wire_number(out, job->confined);
    wire_text(out, job->writable);
    wire_number(out, spec->n_pairs);
    for (uint32_t i = 0; i < spec->n_pairs; i++) {
        wire_text(out, spec->pairs[i].name);
        wire_text(out, spec->pairs[i].value);
    }
    wire_number(out, job->n_tasks);
    for (uint32_t i = 0; i < job->n_tasks; i++) {
        wire_text(out, job->tasks[i].suite->id);
        write_request(out, job->tasks[i].request);
    }
}

bool message_read_job(struct wire *wire, struct job_received *ret_job)
{
    struct job_received job = {0};
    job.token = wire_take_number(wire);
    job.name = wire_take_text(wire);
    job.plugin_path = wire_take_text(wire);
    job.plugin_id = wire_take_text(wire);
    job.stages = wire_take_text(wire);
    job.postprocess = wire_take_text(wire);
    job.postprocess_sample = wire_take_text(wire);
    job.reading = read_reading(wire);
    job.n_threads = (uint32_t)wire_take_number(wire);
    job.memory_limit = wire_take_number(wire);
    job.want_items = wire_take_number(wire) != 0;
    job.confined = wire_take_number(wire) != 0;
    job.writable = wire_take_text(wire);
    job.n_pairs = wire_take_count(wire);
    job.pairs = mem_array(job.n_pairs, sizeof *job.pairs);
    for (uint32_t i = 0; i < job.n_pairs; i++) {
        job.pairs[i].name = (char *)(uintptr_t)wire_take_text(wire);
        job.pairs[i].value = (char *)(uintptr_t)wire_take_text(wire);
    }
    job.n_tasks = wire_take_count(wire);
    job.suites = mem_array(job.n_tasks, sizeof *job.suites);
    job.requests = mem_array(job.n_tasks, sizeof *job.requests);
    for (uint32_t i = 0; i < job.n_tasks; i++) {
        job.suites[i] = wire_take_text(wire);
        read_request(wire, &job.requests[i]);
    }
    *ret_job = job;
    return !wire->bad && wire->at == wire->end;
}

void job_received_finish(struct job_received *job)
{
    for (uint32_t i = 0; i < job->n_tasks; i++) {
        free((void *)(uintptr_t)job->requests[i].datasets);
        free((void *)(uintptr_t)job->requests[i].train);
        free((void *)(uintptr_t)job->requests[i].methods);
        free((void *)(uintptr_t)job->requests[i].options);
        suite_unsettle(&job->requests[i]);
    }
    free(job->requests);
    free(job->suites);
    free(job->pairs);
    *job = (struct job_received){0};
}
