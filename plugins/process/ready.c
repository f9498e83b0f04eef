/* Checks a program's first message: dimensions, stages, abilities. */
#include "ready.h"

#include "base/try.h"
#include "embedder_util.h"
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

static emb_status no_memory(const struct emb_host *host)
{
    return emb_failf(host, EMB_E_NOMEM, "process: no memory for what the program says of itself");
}

static emb_status read_uint32(const struct json *object, const char *key, uint64_t most,
                              uint32_t *ret_value)
{
    uint64_t value = *ret_value;
    emb_status status = json_opt_uint(object, key, most, &value);
    if (status == EMB_OK) {
        *ret_value = (uint32_t)value;
    }
    return status;
}

static emb_status read_stage(const struct json *place, const struct ready *ready, uint32_t i)
{
    struct ready_stage *stage = &ready->stages[i];
    uint64_t block = 0;
    bool is_output = false;
    TRY(json_get_text(place, "name", &stage->name, NULL));
    TRY(json_get_uint(place, "block", INT32_MAX, &block));
    TRY(json_get_bool(place, "block_output", &is_output));
    if (!stage->name[0] || strpbrk(stage->name, ", \t\r\n")) {
        return json_fail(place, "a stage's name is a word, found \"%.64s\"", stage->name);
    }
    for (uint32_t k = 0; k < i; k++) {
        if (strcmp(ready->stages[k].name, stage->name) == 0) {
            return json_fail(place, "stage %u is called \"%.64s\" as well", k, stage->name);
        }
    }
    stage->block = (int32_t)block;
    stage->is_block_output = is_output;
    return EMB_OK;
}

static emb_status read_stages(const struct emb_host *host, const struct json *root,
                              struct ready *ready)
{
    struct json list;
    TRY(json_get_array(root, "stages", &list));
    uint64_t n = json_length(&list);
    if (n == 0 || n > READY_STAGES_MOST) {
        return json_fail(&list, "1 to %u stages, found %llu", READY_STAGES_MOST,
                         (unsigned long long)n);
    }
    ready->stages = calloc(n, sizeof *ready->stages);
    if (!ready->stages) {
        return no_memory(host);
    }
    ready->n_stages = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        struct json place = json_element(&list, i);
        TRY(read_stage(&place, ready, i));
    }
    return EMB_OK;
}

static emb_status read_files(const struct emb_host *host, const struct json *root,
                             struct ready *ready)
{
    struct json list;
    if (!json_has(root, "files", &list)) {
        return EMB_OK;
    }
    emb_status status = json_get_array(root, "files", &list);
    uint64_t n = status ? 0 : json_length(&list);
    if (!status && n > READY_FILES_MOST) {
        return json_fail(&list, "at most %u files", READY_FILES_MOST);
    }
    ready->files = calloc(n + 1, sizeof *ready->files);
    if (!ready->files) {
        return no_memory(host);
    }
    for (uint32_t i = 0; i < n && !status; i++) {
        struct json place = json_element(&list, i);
        uint64_t bytes;
        status = json_as_text(&place, &ready->files[i], &bytes);
        if (!status && (ready->files[i][0] != '/' || strlen(ready->files[i]) != bytes)) {
            status = json_fail(&place, "expected an absolute path");
        }
        ready->n_files += !status;
    }
    return status;
}

static emb_status read_heads(const struct emb_host *host, const struct json *root,
                             struct ready *ready)
{
    struct json list;
    TRY(json_get_array(root, "heads", &list));
    uint64_t n = json_length(&list);
    if (n == 0 || n > READY_STAGES_MOST) {
        return json_fail(&list, "expected the number of heads of 1 to %u blocks",
                         READY_STAGES_MOST);
    }
    ready->n_heads = calloc(n, sizeof *ready->n_heads);
    if (!ready->n_heads) {
        return no_memory(host);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct json place = json_element(&list, i);
        uint64_t heads = 0;
        TRY(json_as_uint(&place, 4096, &heads));
        if (heads == 0) {
            return json_fail(&place, "expected at least one head");
        }
        ready->n_heads[i] = (uint32_t)heads;
    }
    ready->n_blocks = (uint32_t)n;
    return EMB_OK;
}

static emb_status read_extensions(const struct emb_host *host, const struct json *root,
                                  struct ready *ready)
{
    static const char *const known[] = {"tokens", "vocab", "lm", "score", "attention", "weights"};
    struct json list;
    if (!json_has(root, "extensions", &list)) {
        return EMB_OK;
    }
    TRY(json_get_array(root, "extensions", &list));
    for (uint64_t i = 0; i < json_length(&list); i++) {
        struct json place = json_element(&list, i);
        const char *name;
        uint64_t bytes;
        TRY(json_as_text(&place, &name, &bytes));
        for (uint32_t k = 0; k < sizeof known / sizeof *known; k++) {
            ready->extensions |= strcmp(name, known[k]) == 0 ? 1u << k : 0;
        }
    }
    if ((ready->extensions & READY_VOCAB) && ready->n_words == 0) {
        return json_fail(root, "extension \"vocab\" without n_words");
    }
    if (ready->extensions & READY_LM) {
        TRY(json_get_uint(root, "lm_pieces", READY_DIM_MOST * 16u, &ready->n_lm_pieces));
    }
    if (ready->extensions & READY_ATTENTION) {
        TRY(read_heads(host, root, ready));
    }
    uint32_t of_pieces = READY_LM | READY_SCORE | READY_ATTENTION;
    if ((ready->extensions & of_pieces) && !(ready->extensions & READY_TOKENS)) {
        return json_fail(root, "extensions that count pieces need \"tokens\" as well");
    }
    return EMB_OK;
}

/* One line, as emb.about/1 wants it. */
static emb_status read_line(const struct json *root, const char *key, const char **ret_line)
{
    uint64_t n = 0;
    TRY(json_opt_text(root, key, ret_line, &n));
    bool sound = n <= READY_LINE_MOST;
    for (uint64_t i = 0; i < n && sound; i++) {
        sound = (unsigned char)(*ret_line)[i] >= ' ' && (*ret_line)[i] != 0x7F;
    }
    return sound
               ? EMB_OK
               : json_fail(root, "%s: expected one line of at most %u bytes", key, READY_LINE_MOST);
}

static emb_status read_texts(const struct json *root, struct ready *ready)
{
    TRY(read_line(root, "name", &ready->name));
    TRY(read_line(root, "program_version", &ready->version));
    return read_line(root, "citation", &ready->citation);
}

/* The kinds that a descriptor claims, and which plugin id claims it. */
static emb_status check_kind(const struct json *root, const char *kind)
{
    const char *said;
    emb_status status = json_get_text(root, "kind", &said, NULL);
    if (status || strcmp(said, kind) == 0) {
        return status;
    }
    const char *wanted = strcmp(said, "static") == 0       ? "process-static"
                         : strcmp(said, "contextual") == 0 ? "process"
                         : strcmp(said, "causal") == 0     ? "process-causal"
                                                           : NULL;
    return wanted ? json_fail(root, "the program's kind is %s, not %s: use the plugin %s", said,
                              kind, wanted)
                  : json_fail(root, "kind: found \"%.64s\", expected static, contextual or causal",
                              said);
}

static emb_status read_numbers(const struct json *root, struct ready *ready)
{
    uint64_t version = 0, dim = 0;
    TRY(json_get_uint(root, "version", UINT32_MAX, &version));
    if (version < PROTOCOL_FIRST || version > PROTOCOL_LAST) {
        return json_fail(root, "found version %llu of the protocol, expected %u to %u",
                         (unsigned long long)version, PROTOCOL_FIRST, PROTOCOL_LAST);
    }
    TRY(json_get_uint(root, "dim", READY_DIM_MOST, &dim));
    if (dim == 0) {
        return json_fail(root, "dim: found 0, expected 1 to %u", READY_DIM_MOST);
    }
    ready->dim = (uint32_t)dim;
    TRY(read_uint32(root, "max_tokens", UINT32_MAX, &ready->max_tokens));
    TRY(read_uint32(root, "max_sentences", UINT32_MAX, &ready->max_sentences));
    return json_opt_uint(root, "n_words", 1ull << 32, &ready->n_words);
}

emb_status ready_read(const struct emb_host *host, const char *kind, struct json_file *said,
                      struct ready *ret_ready)
{
    *ret_ready = (struct ready){.said = said, .name = "", .version = "", .citation = ""};
    struct json root = json_root(said);
    TRY(read_numbers(&root, ret_ready));
    TRY(check_kind(&root, kind));
    TRY(read_texts(&root, ret_ready));
    TRY(read_stages(host, &root, ret_ready));
    TRY(read_files(host, &root, ret_ready));
    TRY(read_extensions(host, &root, ret_ready));
    if (strcmp(kind, "static") == 0 && ret_ready->n_stages != 1) {
        return json_fail(&root, "a static embedder has one stage, found %u", ret_ready->n_stages);
    }
    return EMB_OK;
}

void ready_finish(struct ready *ready)
{
    free(ready->stages);
    free(ready->files);
    free(ready->n_heads);
    json_free(ready->said);
    *ready = (struct ready){0};
}
