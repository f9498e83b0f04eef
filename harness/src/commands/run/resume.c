/* Writes the request into a journal's head and checks it on --resume. */
#include "commands/run/resume.h"

#include "base/error.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "commands/args.h"
#include "data/digest.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

#define JOURNAL_FORMAT "harness-journal/1"

/* What changes nothing in the results: how they are got, and where they go. */
static const char *const may_change[] = {"out",        "timeout", "memory-limit", "threads",
                                         "in-process", "json",    "no-color",     "junit",
                                         "sandbox",    "format"};

static bool is_free(const char *option)
{
    for (size_t i = 0; i < sizeof may_change / sizeof *may_change; i++) {
        if (strcmp(option, may_change[i]) == 0) {
            return true;
        }
    }
    return false;
}

char *resume_head(const struct args *args, const struct run_facts *run,
                  const struct embedder_facts *embedders, uint32_t n_embedders)
{
    struct str out = {0}, options = {0};
    char program[DIGEST_TEXT_BYTES] = "";
    uint64_t bytes;
    if (digest_file("/proc/self/exe", program, &bytes) != 0) {
        program[0] = '\0';
    }
    args_write_config(args, 0, &options);
    struct json_writer w = jsonw_create(&out, 0);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "journal", JOURNAL_FORMAT);
    jsonw_put_text(&w, "version", run->version);
    jsonw_put_text(&w, "program_sha256", program);
    jsonw_put_text(&w, "command", run->command);
    jsonw_put_text(&w, "started", run->started);
    jsonw_put_text(&w, "options", str_text(&options));
    jsonw_key(&w, "embedders");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < n_embedders; i++) {
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "name", embedders[i].name);
        jsonw_put_text(&w, "sha256", embedders[i].plugin_sha256);
        jsonw_put_text(&w, "options", embedders[i].options);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_key(&w, "data");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < run->n_data; i++) {
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "name", run->data[i].path);
        jsonw_put_text(&w, "sha256", run->data[i].sha256);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    str_finish(&options);
    return out.data;
}

static int read_head(const char *head, json **ret_document)
{
    int status = jsonr_read_text(head, strlen(head), "journal", ret_document);
    if (status != 0) {
        return status;
    }
    const char *format = jsonr_get_text(*ret_document, "journal", "nothing");
    if (strcmp(format, JOURNAL_FORMAT) != 0) {
        status = error_set(ERR_REQUEST, "--resume: found a journal \"%s\", expected \"%s\"", format,
                           JOURNAL_FORMAT);
        jsonr_free(*ret_document);
    }
    return status;
}

/* --json and --format say the same thing: the one given now is no contradiction of the other. */
static void settle_format(const struct args *args, struct args *then)
{
    if (args_flag(args, "format") != args_flag(args, "json")) {
        args_forget(then, args_flag(args, "json") ? "format" : "json");
    }
}

/* What was given beside --resume against what the interrupted run was given. */
static int check_options(const struct args *args, struct args *then)
{
    settle_format(args, then);
    for (const struct option_help *option = args_options(args); option->name; option++) {
        char *now, *before;
        if (!args_in_experiment(option->name) || !args_flag(args, option->name)) {
            continue;
        }
        if (is_free(option->name)) {
            args_take_over(then, args, option->name);
        } else if (!args_same(args, then, option->name, &now, &before)) {
            int status =
                error_set(ERR_REQUEST, "--resume: --%s: found %s, the interrupted run has %s",
                          option->name, now, before);
            free(now);
            free(before);
            return status;
        }
    }
    return 0;
}

int resume_args(const struct args *args, const char *head, struct args **ret_args,
                struct result_tree *tree)
{
    json *document;
    int status = read_head(head, &document);
    if (status != 0) {
        return status;
    }
    struct args *then = args_from_config(commands[0], jsonr_get_text(document, "options", "{}"),
                                         jsonr_get_text(document, "command", ""));
    status = then ? check_options(args, then) : ERR_REQUEST;
    if (status == 0) {
        *ret_args = then;
        tree->run.started = result_tree_text(tree, jsonr_get_text(document, "started", ""));
        tree->run.config = result_tree_text(tree, jsonr_get_text(document, "options", "{}"));
    } else {
        args_destroy(then);
    }
    jsonr_free(document);
    return status;
}

static int differs(const char *what, const char *name, const char *then, const char *now)
{
    return error_set(
        ERR_REQUEST, "--resume: %s%s%s is not what the interrupted run used: found %s, expected %s",
        what, name[0] ? " " : "", name, now ? now : "nothing", then ? then : "nothing");
}

static int check_member(const json *then, const json *now, const char *member, const char *what,
                        const char *name)
{
    const char *x = jsonr_get_text(then, member, ""), *y = jsonr_get_text(now, member, "");
    return strcmp(x, y) == 0 ? 0 : differs(what, name, x, y);
}

static int check_list(const json *then, const json *now, const char *list, const char *what)
{
    const json *x = jsonr_get(then, list), *y = jsonr_get(now, list);
    size_t n = jsonr_length(x) > jsonr_length(y) ? jsonr_length(x) : jsonr_length(y);
    int status = 0;
    for (size_t i = 0; status == 0 && i < n; i++) {
        const json *a = jsonr_at(x, i), *b = jsonr_at(y, i);
        const char *name = jsonr_get_text(b ? b : a, "name", "");
        status = check_member(a, b, "name", what, "");
        status = status ? status : check_member(a, b, "sha256", what, name);
        status = status ? status : check_member(a, b, "options", what, name);
    }
    return status;
}

int resume_check(const char *then, const char *now)
{
    json *x, *y;
    int status = read_head(then, &x);
    if (status != 0) {
        return status;
    }
    status = read_head(now, &y);
    if (status == 0) {
        status = check_member(x, y, "version", "the harness' version", "");
        status = status ? status : check_member(x, y, "program_sha256", "this harness", "");
        status = status ? status : check_list(x, y, "data", "data file");
        status = status ? status : check_list(x, y, "embedders", "embedder");
        jsonr_free(y);
    }
    jsonr_free(x);
    return status;
}
