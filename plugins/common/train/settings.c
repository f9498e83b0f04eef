/* Parses the trainers' shared options and writes them out again. */
#include "train/settings.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/kernels.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int64_t setting_int(const struct train_job *job, const char *name)
{
    return job->host->opt_int(job->request->options, name);
}

double setting_real(const struct train_job *job, const char *name)
{
    return job->host->opt_real(job->request->options, name);
}

const char *setting_text(const struct train_job *job, const char *name)
{
    return job->host->opt_text(job->request->options, name);
}

struct word_rules settings_word_rules(const struct train_job *job)
{
    return (struct word_rules){
        .strip = setting_int(job, "strip-punctuation") != 0,
        .lowercase = setting_int(job, "lowercase") != 0,
        .unicode = setting_int(job, "unicode") != 0,
    };
}

/* The vectors and what is said of them, OUTPUT.json, are files. */
static emb_status check_places(const struct train_job *job)
{
    static const char *const endings[] = {"", ".json"};
    const char *output = job->request->output;
    for (size_t i = 0; i < 2; i++) {
        struct stat at;
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s%s", output, endings[i]);
        if (stat(path, &at) == 0 && S_ISDIR(at.st_mode)) {
            return emb_failf(job->host, EMB_E_OPTION, "%s: is a folder, expected a file to write",
                             path);
        }
    }
    return EMB_OK;
}

emb_status settings_begin(struct train_job *job, const struct emb_host *host,
                          const struct emb_train_request *request, const char *model,
                          const struct kernels **ret_kernels)
{
    const uint64_t default_memory = UINT64_C(4) << 30;
    if (!request || !request->corpus || !request->output || !request->output[0]) {
        return emb_failf(host, EMB_E_INVAL, "%s: a training request needs a corpus and an output",
                         model);
    }
    job_init(job, host, request, model, default_memory);
    double gigabytes = setting_real(job, "memory");
    if (gigabytes > 0) {
        job->memory_bytes = (uint64_t)(gigabytes * 0x1p30);
    }
    TRY(check_places(job));
    const char *name = setting_text(job, "kernel");
    *ret_kernels = kernels_find(name);
    if (!*ret_kernels) {
        return emb_failf(host, EMB_E_OPTION,
                         "kernel=%s: not known or not for this machine; expected auto, reference, "
                         "vector, avx2 or avx512",
                         name);
    }
    return EMB_OK;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return hash;
}

const char *setting_value(const struct train_job *job, const struct emb_option *option, char *buf,
                          size_t n)
{
    switch (option->kind) {
    case EMB_OPT_INT:
    case EMB_OPT_FLAG:
        snprintf(buf, n, "%lld", (long long)setting_int(job, option->name));
        return buf;
    case EMB_OPT_REAL:
        snprintf(buf, n, "%.17g", setting_real(job, option->name));
        for (char *c = buf; *c; c++) {
            *c = *c == ',' ? '.' : *c; /* the decimal point of some locales */
        }
        return buf;
    default: {
        const char *text = setting_text(job, option->name);
        return text ? text : "";
    }
    }
}

uint64_t settings_hash(const struct train_job *job, const struct emb_ext_train *table)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    char buf[64];
    for (uint32_t i = 0; i < table->n_options; i++) {
        const struct emb_option *option = &table->options[i];
        if (strcmp(option->name, "memory") != 0) {
            hash = hash_text(hash, option->name);
            hash = hash_text(hash, "=");
            hash = hash_text(hash, setting_value(job, option, buf, sizeof buf));
            hash = hash_text(hash, "\n");
        }
    }
    snprintf(buf, sizeof buf, "seed=%" PRIu64, job->request->seed);
    return hash_text(hash, buf);
}

static void json_string(struct output *file, const char *text)
{
    output_bytes(file, "\"", 1);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            output_text(file, "\\%c", c);
        } else if (c < 0x20) {
            output_text(file, "\\u%04x", c);
        } else {
            output_bytes(file, text, 1);
        }
    }
    output_bytes(file, "\"", 1);
}

static void json_real(struct output *file, const char *name, double value, int digits)
{
    output_text(file, "  \"%s\": ", name);
    if (isfinite(value)) {
        output_number(file, value, digits);
    } else {
        output_bytes(file, "null", 4);
    }
    output_bytes(file, ",\n", 2);
}

void settings_write_options(struct output *file, const struct train_job *job,
                            const struct emb_ext_train *table)
{
    output_text(file, "  \"options\": {");
    for (uint32_t i = 0; i < table->n_options; i++) {
        const struct emb_option *option = &table->options[i];
        char buf[64];
        const char *value = setting_value(job, option, buf, sizeof buf);
        output_text(file, "%s\n    \"%s\": ", i ? "," : "", option->name);
        if (option->kind == EMB_OPT_INT || option->kind == EMB_OPT_FLAG) {
            output_text(file, "%s", value);
        } else if (option->kind == EMB_OPT_REAL) {
            output_number(file, setting_real(job, option->name), 10);
        } else {
            json_string(file, value);
        }
    }
    output_text(file, "\n  },\n");
}

static void write_corpus(struct output *file, const struct corpus *corpus)
{
    output_text(file,
                "  \"corpus\": {\n"
                "    \"bytes\": %" PRIu64 ",\n"
                "    \"fnv1a64\": \"%016" PRIx64 "\",\n"
                "    \"lines\": %" PRIu64 ",\n"
                "    \"tokens\": %" PRIu64 ",\n"
                "    \"types\": %" PRIu64 ",\n"
                "    \"trained_tokens\": %" PRIu64 "\n"
                "  },\n",
                corpus->n_bytes, corpus->hash, corpus->n_lines, corpus->n_read, corpus->n_types,
                corpus->n_tokens);
}

static void write_members(struct output *file, const struct train_job *job,
                          const struct run_facts *facts)
{
    output_text(file, "{\n  \"format\": \"harness-training/1\",\n  \"model\": \"%s\",\n",
                job->model);
    output_text(file, "  \"version\": \"" TRAIN_VERSION "\",\n  \"output\": ");
    json_string(file, job->request->output);
    output_text(file, ",\n");
    write_corpus(file, facts->corpus);
    settings_write_options(file, job, facts->table);
    output_text(file,
                "  \"seed\": %" PRIu64 ",\n  \"threads\": %u,\n  \"deterministic\": %s,\n"
                "  \"kernel\": \"%s\",\n  \"words\": %u,\n  \"dim\": %u,\n",
                job->request->seed, job->n_lanes, facts->deterministic ? "true" : "false",
                facts->kernel, facts->corpus->vocabulary.n_words, facts->dim);
    if (facts->n_records > 0) {
        output_text(file, "  \"records\": %" PRIu64 ",\n", facts->n_records);
    }
    json_real(file, "loss", facts->loss, 9);
    json_real(file, "seconds", job_clock() - job->started, 6);
    json_real(file, "reading_seconds", job->reading_seconds, 6);
    if (facts->n_records > 0) {
        json_real(file, "counting_seconds", job->counting_seconds, 6);
        json_real(file, "shuffling_seconds", job->shuffling_seconds, 6);
    }
    json_real(file, "training_seconds", facts->training_seconds, 6);
    output_text(file, "  \"resumed\": %s\n}\n", job->request->resume_from ? "true" : "false");
}

static emb_status write_facts(const struct train_job *job, const struct run_facts *facts,
                              struct output *ret_file)
{
    uint64_t n = strlen(job->request->output);
    char *path;
    TRY(job_alloc(job, n + 6, 1, "a file name", &path));
    memcpy(path, job->request->output, n);
    memcpy(path + n, ".json", 6);
    emb_status status = output_open(ret_file, job, path);
    job->host->free(job->host, path);
    if (status == EMB_OK) {
        write_members(ret_file, job, facts);
        status = output_close(ret_file);
    }
    return status;
}

static void fill_result(const struct train_job *job, const struct run_facts *facts,
                        struct emb_train_result *result)
{
    struct emb_train_result full = {
        .struct_size = result->struct_size,
        .dim = facts->dim,
        .n_words = facts->corpus->vocabulary.n_words,
        .corpus_tokens = facts->corpus->n_read,
        .seconds = job_clock() - job->started,
        .loss = facts->loss,
    };
    /* An older host may know fewer members. */
    memcpy(result, &full, full.struct_size < sizeof full ? full.struct_size : sizeof full);
}

emb_status settings_publish(const struct train_job *job, const struct run_facts *facts,
                            void (*write)(void *arg, struct output *file), void *arg,
                            struct emb_train_result *result)
{
    struct output vectors = {0}, side = {0};
    emb_status status;
    TRY_OR_FINISH(output_open(&vectors, job, job->request->output));
    write(arg, &vectors);
    TRY_OR_FINISH(output_close(&vectors));
    TRY_OR_FINISH(write_facts(job, facts, &side));
    TRY_OR_FINISH(output_commit(&vectors));
    TRY_OR_FINISH(output_commit(&side));
    if (result) {
        fill_result(job, facts, result);
    }
finish:
    output_finish(&vectors);
    output_finish(&side);
    return status;
}
