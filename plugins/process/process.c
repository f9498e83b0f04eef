/*
 * process.c - the plugin: any program that speaks emb-process/1 (harness/doc/PROCESS.md) behind
 * embedder.h. Three models, since what a descriptor claims is constant.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct emb_option options[] = {
    {"python", "", "Python program, run by interpreter=; the short form of command=", EMB_OPT_PATH,
     0, 1, 0},
    {"command", "", "program to start, with its arguments, as /bin/sh reads it", EMB_OPT_TEXT, 0, 1,
     0},
    {"interpreter", "python3", "what runs python=FILE; looked up on PATH", EMB_OPT_TEXT, 0, 1, 0},
    {"model", "", "file or folder whose path is passed to the program", EMB_OPT_PATH, 0, 1, 0},
    {"device", "", "where the program is to compute: cpu, cuda, ...; its own default", EMB_OPT_TEXT,
     0, 1, 0},
    {"options", "", "the program's own options: name=value;name=value", EMB_OPT_TEXT, 0, 1, 0},
};

#define PROCESS_DESC                                                                               \
    .struct_size = sizeof(struct emb_model_desc), .version = "1.0.0", .options = options,          \
    .n_options = sizeof options / sizeof *options,                                                 \
    .citation = "none of its own: see the program that it starts"

static const struct emb_model_desc contextual_desc = {PROCESS_DESC, .caps = EMB_CAP_CONTEXTUAL,
                                                      .id = "process", .name = "Program"};
static const struct emb_model_desc static_desc = {
    PROCESS_DESC, .caps = EMB_CAP_STATIC, .id = "process-static", .name = "Program (static)"};
static const struct emb_model_desc causal_desc = {
    PROCESS_DESC, .caps = EMB_CAP_CONTEXTUAL | EMB_CAP_CAUSAL, .id = "process-causal",
    .name = "Program (causal)"};

/* The folder of guard and helper: that of this plugin in a build tree, else "process" in it. */
static emb_status find_folder(const struct emb_host *host, char ret_folder[PATH_MAX])
{
    static const char *const below[] = {"", "/process"};
    Dl_info self;
    const char *slash = dladdr(&contextual_desc, &self) ? strrchr(self.dli_fname, '/') : NULL;
    for (unsigned i = 0; slash && i < 2; i++) {
        char guard[PATH_MAX + 16];
        int n = snprintf(ret_folder, PATH_MAX, "%.*s%s", (int)(slash - self.dli_fname),
                         self.dli_fname, below[i]);
        snprintf(guard, sizeof guard, "%s/process-guard", ret_folder);
        if (n < PATH_MAX && access(guard, X_OK) == 0) {
            return EMB_OK;
        }
    }
    return emb_failf(host, EMB_E_IO,
                     "%s: process-guard lies neither beside it nor in the folder process there",
                     slash ? self.dli_fname : "process.so");
}

static bool add_option(struct text *text, const char *name, size_t n_name, const char *value,
                       size_t n_value)
{
    text_say(text, text->n > 1 ? "," : "");
    text_quoted(text, name, n_name);
    text_say(text, ":");
    text_quoted(text, value, n_value);
    return n_name > 0;
}

/* model=, device= and what options= lists, as one object of texts. */
static emb_status write_options(const struct emb_host *host, const struct emb_options *values,
                                struct text *ret_object)
{
    static const char *const own[] = {"model", "device"};
    text_say(ret_object, "{");
    for (unsigned i = 0; i < 2; i++) {
        const char *value = host->opt_text(values, own[i]);
        if (value[0]) {
            add_option(ret_object, own[i], strlen(own[i]), value, strlen(value));
        }
    }
    for (const char *at = host->opt_text(values, "options"); *at;) {
        size_t n = strcspn(at, ";"), n_name = strcspn(at, "=;");
        if (n_name == 0 || n_name == n) {
            return emb_failf(host, EMB_E_OPTION,
                             "options: found \"%.*s\", expected name=value;name=value", (int)n, at);
        }
        add_option(ret_object, at, n_name, at + n_name + 1, n - n_name - 1);
        at += n + (at[n] == ';');
    }
    text_say(ret_object, "}");
    return EMB_OK;
}

static emb_status start(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    const char *python = host->opt_text(values, "python");
    const char *command = host->opt_text(values, "command");
    const char *interpreter = host->opt_text(values, "interpreter");
    char folder[PATH_MAX];
    if (!python[0] == !command[0]) {
        return emb_failf(host, EMB_E_OPTION,
                         "expected one of python=FILE.py and command=PROGRAM, found %s",
                         python[0] ? "both" : "neither");
    }
    TRY(find_folder(host, folder));
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    if (python[0]) {
        argv[0] = interpreter;
        argv[1] = python;
        argv[2] = NULL;
    }
    return program_start(host, folder, (char *const *)(uintptr_t)argv, &model->program);
}

/* What it says of itself, for the log. */
static void say_who(const struct emb_model *model)
{
    const struct ready *ready = &model->ready;
    char line[1024], name[200], version[100], citation[500];
    text_harmless(ready->name, strlen(ready->name), name, sizeof name - 1);
    text_harmless(ready->version, strlen(ready->version), version, sizeof version - 1);
    text_harmless(ready->citation, strlen(ready->citation), citation, sizeof citation - 1);
    snprintf(line, sizeof line, "program: %s%s%s%s%s", name[0] ? name : "(no name)",
             version[0] ? " " : "", version, citation[0] ? "; " : "", citation);
    model->host->log(model->host, EMB_LOG_INFO, line);
}

static void destroy(struct emb_model *model)
{
    if (model) {
        extras_free(model);
        talk_bye(model);
        model->host->free(model->host, model);
    }
}

static emb_status create(const struct emb_host *host, const struct emb_model_desc *of,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    struct text object = {0};
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "no memory for the model");
    }
    model->host = host;
    model->kind = of->caps & EMB_CAP_STATIC   ? "static"
                  : of->caps & EMB_CAP_CAUSAL ? "causal"
                                              : "contextual";
    talk_init(model);
    emb_status status = host->progress(host, 0, 0);
    status = status ? host->fail(host, status, "cancelled") : write_options(host, values, &object);
    status = status ? status : start(model, values);
    status = status ? status : talk_hello(model, &object);
    status = status ? status : extras_load(model);
    text_finish(&object);
    if (status) {
        destroy(model);
        return status;
    }
    say_who(model);
    *ret_model = model;
    return EMB_OK;
}

static emb_status info(const struct emb_model *model, struct emb_model_info *ret_info)
{
    const struct emb_model_info full = {
        .struct_size = ret_info->struct_size,
        .dim = model->ready.dim,
        .n_stages = model->ready.n_stages,
        .max_tokens = model->ready.max_tokens,
        .n_words = model->ready.n_words,
    };
    memcpy(ret_info, &full,
           ret_info->struct_size < sizeof full ? ret_info->struct_size : sizeof full);
    return EMB_OK;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *ret_stage)
{
    if (i >= model->ready.n_stages) {
        return emb_failf(model->host, EMB_E_INVAL, "process: stage %u of %u", i,
                         model->ready.n_stages);
    }
    const struct emb_stage full = {
        .struct_size = ret_stage->struct_size,
        .block = model->ready.stages[i].block,
        .name = model->ready.stages[i].name,
        .is_block_output = model->ready.stages[i].is_block_output,
    };
    memcpy(ret_stage, &full,
           ret_stage->struct_size < sizeof full ? ret_stage->struct_size : sizeof full);
    return EMB_OK;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = model_embed,
    .extension = model_extension,
};

static const struct emb_plugin_model models[] = {
    {&contextual_desc, &ops}, {&static_desc, &ops}, {&causal_desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = sizeof models / sizeof *models,
};
