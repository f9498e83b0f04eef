/* Describes a unit by all that its figures depend on. */
#include "commands/sweep/unit_key.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "data/digest.h"
#include "data/digest_cache.h"
#include "base/members.h"
#include "suites/suite.h"
#include "worker/session.h"

#include <string.h>

/* "NAME" of "NAME=DATA", else the last part of the path: what a data set is called. */
static void put_data_name(struct json_writer *w, const char *asked)
{
    size_t n = suite_given_name(asked);
    if (n > 0) {
        jsonw_text_n(w, asked, n);
    } else {
        jsonw_text(w, file_name(asked));
    }
}

static void put_texts(struct json_writer *w, const char *key, const char *const *texts, uint32_t n,
                      bool are_data)
{
    jsonw_key(w, key);
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (are_data) {
            put_data_name(w, texts[i]);
        } else {
            jsonw_text(w, texts[i]);
        }
    }
    jsonw_close(w, ']');
}

/* What is data is in the list of files by its content, here by its name. */
#define IS_DATA(member) (strcmp(member, "datasets") == 0 || strcmp(member, "train") == 0)
#define PUT(type, member, ...) PUT_##type(member)
#define PUT_TEXTS(member)                                                                          \
    put_texts(w, #member, request->member, request->n_##member, IS_DATA(#member));
#define PUT_TEXT(member)                                                                           \
    jsonw_put_text(w, #member, request->member ? file_name(request->member) : NULL);
#define PUT_WHOLE(member) jsonw_put_uint(w, #member, request->member);
#define PUT_WHOLE32(member) jsonw_put_uint(w, #member, request->member);
#define PUT_SETTINGS(member) /* made of `options` */

static void put_request(struct json_writer *w, const struct suite_request *request)
{
    jsonw_key(w, "request");
    jsonw_open(w, '{');
    SUITE_REQUEST_MEMBERS(PUT)
    jsonw_close(w, '}');
}

/* Of a file or folder its content, of another value the text. */
static int put_option(struct json_writer *w, const struct emb_option *option, const char *value)
{
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    bool is_file = option->kind == EMB_OPT_PATH && value[0] && file_exists(value);
    if (is_file) {
        TRY(digest_cached(value, hex, &bytes));
    }
    jsonw_put_text(w, option->name, is_file ? hex : value);
    return 0;
}

static int put_embedder(struct json_writer *w, const struct worker_job *job)
{
    const struct embedder_spec *spec = job->spec;
    const struct emb_options *options = spec->options;
    struct embedder_facts facts;
    struct str view = {0};
    int status = 0;
    session_facts(job, &facts);
    word_view_describe(&spec->word_view, &view);
    jsonw_put_text(w, "embedder", spec->name);
    jsonw_put_text(w, "plugin", facts.plugin);
    jsonw_put_text(w, "plugin_sha256", facts.plugin_sha256);
    jsonw_put_text(w, "view", str_text(&view));
    jsonw_put_text(w, "postprocess", job->postprocess);
    jsonw_put_text(w, "stages", job->stages);
    jsonw_key(w, "options");
    jsonw_open(w, '{');
    for (uint32_t i = 0; status == 0 && options && i < options->n; i++) {
        status = put_option(w, &options->options[i], options->values[i].text);
    }
    jsonw_close(w, '}');
    str_finish(&view);
    embedder_facts_finish(&facts);
    return status;
}

static void put_files(struct json_writer *w, const struct run_facts *run)
{
    jsonw_key(w, "files");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < run->n_data; i++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "name", file_name(run->data[i].path));
        jsonw_put_text(w, "sha256", run->data[i].sha256);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static int describe(const struct run *run, uint32_t embedder_run, const char *program,
                    const char *numerics, struct str *text)
{
    struct json_writer w = jsonw_create(text, 0);
    struct run_tasks tasks;
    run_tasks_begin(run, embedder_run, &tasks);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "unit", "harness-unit/1");
    jsonw_put_text(&w, "program_sha256", program);
    jsonw_put_text(&w, "numerics", numerics);
    int status = put_embedder(&w, &tasks.job);
    jsonw_put_text(&w, "suite", tasks.tasks[0].suite->id);
    put_request(&w, tasks.tasks[0].request);
    put_files(&w, &run->tree.run);
    jsonw_put_bool(&w, "items", !args_flag(run->args, "no-items"));
    jsonw_close(&w, '}');
    run_tasks_finish(&tasks);
    return status;
}

int unit_key(const struct run *run, uint32_t embedder_run, const char *program,
             const char *numerics, char ret_key[DIGEST_TEXT_BYTES])
{
    struct str text = {0};
    int status = describe(run, embedder_run, program, numerics, &text);
    if (status == 0) {
        digest_of(text.data, text.n, ret_key);
    }
    str_finish(&text);
    return status;
}

void unit_chunk_key(const char *whole, uint32_t chunk, uint32_t n_chunks,
                    char ret_key[DIGEST_TEXT_BYTES])
{
    struct str text = {0};
    str_format(&text, "%s chunk %u/%u", whole, chunk, n_chunks);
    digest_of(text.data, text.n, ret_key);
    str_finish(&text);
}
