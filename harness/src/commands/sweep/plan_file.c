/* Writes and reads the plan of a sweep. */
#include "commands/sweep/plan_file.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/num.h"
#include "commands/args.h"
#include "data/json.h"
#include "math/blas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAN_FORMAT "harness-plan/1"

#define CORE_VARIABLE "OPENBLAS_CORETYPE"

char *plan_numerics(void)
{
    const char *core = getenv(CORE_VARIABLE);
    bool pinned = core && core[0];
    const char *instructions = "baseline";
#ifdef __x86_64__
    __builtin_cpu_init();
    instructions = __builtin_cpu_supports("avx512f") && !pinned ? "avx512f"
                   : __builtin_cpu_supports("avx2")             ? "avx2"
                                                                : "sse2";
#endif
    return mem_format("%s, %s", blas_describe(), instructions);
}

static char *path_of(const char *sweep)
{
    return file_join(sweep, "plan.json");
}

static void describe(const struct plan *plan, struct str *out)
{
    struct json_writer w = jsonw_create(out, 1);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "plan", PLAN_FORMAT);
    jsonw_put_text(&w, "version", HARNESS_VERSION);
    jsonw_put_text(&w, "program_sha256", plan->program);
    jsonw_put_text(&w, "folder", plan->folder);
    jsonw_put_text(&w, "command", plan->command);
    jsonw_put_text(&w, "options", plan->options);
    jsonw_put_text(&w, "numerics", plan->numerics);
    jsonw_put_text(&w, "blas_core", plan->blas_core);
    jsonw_key(&w, "units");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < plan->n; i++) {
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "embedder", plan->units[i].embedder);
        jsonw_put_text(&w, "suite", plan->units[i].suite);
        jsonw_put_text(&w, "key", plan->units[i].key);
        if (plan->units[i].n_chunks > 0) {
            char *chunk = mem_format("%u/%u", plan->units[i].chunk, plan->units[i].n_chunks);
            jsonw_put_text(&w, "chunk", chunk);
            jsonw_put_text(&w, "whole", plan->units[i].whole);
            free(chunk);
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    str_add_char(out, '\n');
}

int plan_write(const struct plan *plan)
{
    struct str text = {0};
    struct file_out out;
    char *path = path_of(plan->sweep);
    describe(plan, &text);
    int status = file_out_open(&out, path);
    if (status == 0) {
        fwrite(text.data, 1, text.n, out.stream);
        status = file_out_commit(&out);
    }
    str_finish(&text);
    free(path);
    return status;
}

/* 64 hexadecimal digits; a key becomes a file's name. */
static bool read_key(const char *text, char ret_key[DIGEST_TEXT_BYTES])
{
    if (!text || strspn(text, "0123456789abcdef") != DIGEST_TEXT_BYTES - 1 ||
        strlen(text) != DIGEST_TEXT_BYTES - 1) {
        return false;
    }
    memcpy(ret_key, text, DIGEST_TEXT_BYTES);
    return true;
}

static int read_text(const json *document, const char *path, const char *member, char **ret_text)
{
    const char *text = jsonr_get_text(document, member, NULL);
    if (!text) {
        return error_set(ERR_REQUEST, "%s: \"%s\": expected a text", path, member);
    }
    *ret_text = mem_text(text);
    return 0;
}

/* "2/4", behind chunk 1/4 of the same. */
static int read_chunk(const json *from, const char *path, const struct plan *plan,
                      struct unit *unit)
{
    const char *text = jsonr_get_text(from, "chunk", NULL);
    const struct unit *before = plan->n > 1 ? unit - 1 : NULL;
    bool opens = !before || before->chunk == before->n_chunks;
    if (!text) {
        return opens ? 0
                     : error_set(ERR_REQUEST, "%s: unit %u: found no chunk, expected chunk %u/%u",
                                 path, plan->n - 1, before->chunk + 1, before->n_chunks);
    }
    const char *slash = strchr(text, '/');
    uint64_t chunk = 0, n = 0;
    bool sound = slash && num_uint((struct slice){text, (size_t)(slash - text)}, &chunk) &&
                 num_uint(slice_of(slash + 1), &n) && n > 0 && n <= PLAN_MOST_CHUNKS &&
                 read_key(jsonr_get_text(from, "whole", NULL), unit->whole);
    unit->chunk = (uint32_t)chunk;
    unit->n_chunks = (uint32_t)n;
    sound = sound && (opens ? chunk == 1
                            : chunk == before->chunk + 1u && n == before->n_chunks &&
                                  strcmp(unit->whole, before->whole) == 0 &&
                                  strcmp(unit->embedder, before->embedder) == 0 &&
                                  strcmp(unit->suite, before->suite) == 0);
    return sound ? 0
                 : error_set(ERR_REQUEST,
                             "%s: unit %u: found chunk \"%s\", expected K/N in their order, with "
                             "the key of their \"whole\"",
                             path, plan->n - 1, text);
}

static int read_units(const json *document, const char *path, struct plan *plan)
{
    const json *units = jsonr_get(document, "units");
    size_t n = jsonr_length(units);
    plan->units = mem_array(n + 1, sizeof *plan->units);
    for (size_t i = 0; i < n; i++) {
        struct unit *unit = &plan->units[plan->n++];
        const json *from = jsonr_at(units, i);
        TRY(read_text(from, path, "embedder", &unit->embedder));
        TRY(read_text(from, path, "suite", &unit->suite));
        if (!read_key(jsonr_get_text(from, "key", NULL), unit->key)) {
            return error_set(ERR_REQUEST, "%s: unit %zu: \"key\": expected 64 hexadecimal digits",
                             path, i);
        }
        TRY(read_chunk(from, path, plan, unit));
    }
    const struct unit *last = n > 0 ? &plan->units[n - 1] : NULL;
    if (last && last->chunk < last->n_chunks) {
        return error_set(ERR_REQUEST, "%s: found chunk %u/%u last, expected all of them", path,
                         last->chunk, last->n_chunks);
    }
    return n > 0 ? 0 : error_set(ERR_REQUEST, "%s: found no units", path);
}

static int read_document(const json *document, const char *path, struct plan *plan)
{
    const char *format = jsonr_get_text(document, "plan", "nothing");
    const char *version = jsonr_get_text(document, "version", "nothing");
    if (strcmp(format, PLAN_FORMAT) != 0) {
        return error_set(ERR_REQUEST, "%s: found a plan \"%s\", expected \"%s\"", path, format,
                         PLAN_FORMAT);
    }
    if (strcmp(version, HARNESS_VERSION) != 0) {
        return error_set(ERR_REQUEST, "%s: found a plan of version %s, expected %s: plan anew",
                         path, version, HARNESS_VERSION);
    }
    if (!read_key(jsonr_get_text(document, "program_sha256", NULL), plan->program)) {
        return error_set(ERR_REQUEST, "%s: \"program_sha256\": expected 64 hexadecimal digits",
                         path);
    }
    TRY(read_text(document, path, "folder", &plan->folder));
    TRY(read_text(document, path, "command", &plan->command));
    TRY(read_text(document, path, "options", &plan->options));
    TRY(read_text(document, path, "numerics", &plan->numerics));
    const char *core = jsonr_get_text(document, "blas_core", NULL);
    plan->blas_core = core ? mem_text(core) : NULL;
    return read_units(document, path, plan);
}

int plan_read(const char *sweep, struct plan *plan)
{
    *plan = (struct plan){.sweep = realpath(sweep, NULL)};
    if (!plan->sweep) {
        return error_set(ERR_REQUEST, "%s: cannot read: %s", sweep, strerror(errno));
    }
    json *document;
    char *path = path_of(plan->sweep);
    int status = jsonr_read_file(path, &document);
    if (status == 0) {
        status = read_document(document, path, plan);
        jsonr_free(document);
    }
    free(path);
    return status;
}

char *plan_blas_core(void)
{
    const char *core = getenv(CORE_VARIABLE);
    return core && core[0] ? mem_text(core) : NULL;
}

int plan_enter(const struct plan *plan)
{
    if (plan->blas_core) { /* before BLAS is loaded, and for the workers */
        setenv(CORE_VARIABLE, plan->blas_core, 1);
    }
    return chdir(plan->folder) == 0
               ? 0
               : error_set(ERR_REQUEST, "%s/plan.json: \"folder\": cannot work in %s: %s",
                           plan->sweep, plan->folder, strerror(errno));
}

struct unit unit_whole(const struct unit *unit)
{
    struct unit whole = *unit;
    if (unit->n_chunks > 0) {
        memcpy(whole.key, unit->whole, DIGEST_TEXT_BYTES);
        whole.whole[0] = '\0';
        whole.chunk = whole.n_chunks = 0;
    }
    return whole;
}

uint32_t unit_n_chunks(const struct unit *unit)
{
    return unit->n_chunks > 0 ? unit->n_chunks : 1;
}

char *unit_name(const struct unit *unit)
{
    return unit->n_chunks > 0 ? mem_format("%s, %s, chunk %u/%u", unit->embedder, unit->suite,
                                           unit->chunk, unit->n_chunks)
                              : mem_format("%s, %s", unit->embedder, unit->suite);
}

const struct unit *plan_find_whole(const struct plan *plan, uint32_t number)
{
    uint32_t i = 0;
    while (number > 0 && i < plan->n) {
        i += unit_n_chunks(&plan->units[i]);
        number--;
    }
    return i < plan->n ? &plan->units[i] : NULL;
}

void plan_finish(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->n; i++) {
        free(plan->units[i].embedder);
        free(plan->units[i].suite);
    }
    free(plan->units);
    free(plan->sweep);
    free(plan->folder);
    free(plan->command);
    free(plan->options);
    free(plan->numerics);
    free(plan->blas_core);
    *plan = (struct plan){0};
}

int plan_args(const struct plan *plan, const struct args *args, struct args **ret_args)
{
    struct args *run = args_from_config(commands[0], plan->options, plan->command);
    if (!run) {
        return error_context(ERR_REQUEST, "%s/plan.json", plan->sweep);
    }
    for (const struct option_help *option = args_options(args); option->name; option++) {
        if (args_flag(args, option->name) && args_is_of(commands[0], option->name)) {
            args_forget(run, option->name);
            args_take_over(run, args, option->name);
        }
    }
    *ret_args = run;
    return 0;
}
