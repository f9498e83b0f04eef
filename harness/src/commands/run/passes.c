/* Multiplies embedders by contexts, poolings and post-processings into the runs to be made. */
#include "commands/run/passes.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/run/passes_seeds.h"
#include "math/postprocess.h"
#include "plugin/confinement.h"

#include <stdlib.h>
#include <string.h>

/* What the options ask for; at least one of each. */
struct ways {
    struct reading *contexts, *poolings; /* [n_contexts], [n_poolings]: that part of them */
    const char **postprocesses;          /* [n_postprocesses] */
    uint32_t n_contexts, n_poolings, n_postprocesses;
    enum sandbox_wish sandbox;
    bool contexts_given, poolings_given;
};

static int read_readings(const struct args *args, const char *option,
                         int (*set)(const char *owner, const char *text, struct reading *reading),
                         struct reading **ret_readings, uint32_t *ret_n, bool *ret_given)
{
    uint32_t n;
    const char **values = args_values(args, option, true, &n);
    struct reading *readings = mem_array(n + 1u, sizeof *readings);
    int status = 0;
    for (uint32_t i = 0; i < n && status == 0; i++) {
        status = set("run", values[i], &readings[i]);
    }
    free(values);
    *ret_readings = readings;
    *ret_n = n > 0 ? n : 1;
    *ret_given = n > 0;
    return status;
}

static int read_postprocesses(const struct args *args, struct ways *ways)
{
    const char *sample = args_value(args, "postprocess-sample", NULL);
    struct postprocess_spec spec;
    ways->postprocesses = args_values(args, "postprocess", true, &ways->n_postprocesses);
    for (uint32_t i = 0; i < ways->n_postprocesses; i++) {
        int status = postprocess_parse(ways->postprocesses[i], &spec);
        if (status) {
            return error_context(status, "--postprocess");
        }
    }
    if (sample && !file_exists(sample)) {
        return error_set(ERR_REQUEST, "--postprocess-sample: %s: no such file", sample);
    }
    return 0;
}

static int read_ways(const struct args *args, struct ways *ways)
{
    *ways = (struct ways){0};
    int status = read_readings(args, "context", reading_set_context, &ways->contexts,
                               &ways->n_contexts, &ways->contexts_given);
    status = status ? status
                    : read_readings(args, "pooling", reading_set_pooling, &ways->poolings,
                                    &ways->n_poolings, &ways->poolings_given);
    status =
        status ? status : sandbox_wish_parse(args_value(args, "sandbox", NULL), &ways->sandbox);
    return status ? status : read_postprocesses(args, ways);
}

/* One reading under every post-processing. name: of the embedder so read. */
static void add_passes(struct passes *passes, const struct embedder_spec *spec,
                       const struct reading *reading, const char *name, const struct ways *ways)
{
    for (uint32_t i = 0; i < ways->n_postprocesses || i == 0; i++) {
        const char *postprocess = ways->n_postprocesses ? ways->postprocesses[i] : "raw";
        bool raw = strcmp(postprocess, "raw") == 0;
        struct pass *pass = &passes->passes[passes->n++];
        pass->spec = *spec;
        pass->spec.reading = *reading;
        pass->spec.name = raw ? mem_text(name) : mem_format("%s+%s", name, postprocess);
        pass->postprocess = raw ? NULL : postprocess;
        pass->confined = plugin_is_confined(spec->model, ways->sandbox);
        pass->writable = pass->confined ? plugin_writable(spec->model) : NULL;
    }
}

/* Every reading of an embedder: what its own options do not fix and the run's options vary. */
static void add_readings(struct passes *passes, const struct embedder_spec *spec,
                         const struct ways *ways)
{
    bool is_static = spec->model->desc->caps & EMB_CAP_STATIC;
    bool vary_context = !is_static && !spec->reading.fixed_context && ways->contexts_given;
    bool vary_pooling = !is_static && !spec->reading.fixed_pooling && ways->poolings_given;
    if (is_static && !reading_is_plain(&spec->reading)) {
        log_warn("%s is static: its vectors do not depend on context= and pooling=", spec->name);
    }
    for (uint32_t c = 0; c < (vary_context ? ways->n_contexts : 1); c++) {
        for (uint32_t p = 0; p < (vary_pooling ? ways->n_poolings : 1); p++) {
            struct reading varied = {0}, reading = spec->reading;
            if (vary_context) {
                varied = ways->contexts[c];
                reading.context = varied.context;
                reading.window = varied.window;
                reading.seed = varied.seed;
                reading.fixed_seed = varied.fixed_seed;
            }
            if (vary_pooling) {
                reading.pooling = varied.pooling = ways->poolings[p].pooling;
            }
            char *name = reading_name(spec->name, &varied);
            add_passes(passes, spec, &reading, name, ways);
            free(name);
        }
    }
}

static int check_names(const struct passes *passes)
{
    struct embedder_spec *specs = mem_array(passes->n + 1u, sizeof *specs);
    for (uint32_t i = 0; i < passes->n; i++) {
        specs[i] = passes->passes[i].spec;
    }
    int status = specs_check_names(specs, passes->n);
    free(specs);
    return status ? error_context(status, "--context, --pooling, --postprocess, --seed") : 0;
}

int passes_from_args(const struct args *args, const struct embedders *embedders,
                     struct passes *passes)
{
    struct ways ways;
    int status = read_ways(args, &ways);
    *passes = (struct passes){.postprocesses = ways.postprocesses};
    status = status ? status : seeds_from_args(args, &passes->seeds);
    size_t n = (size_t)embedders->n * ways.n_contexts * (ways.n_poolings + 1u) *
               (ways.n_postprocesses + 1u);
    passes->passes = mem_array(n, sizeof *passes->passes);
    for (uint32_t i = 0; i < embedders->n && status == 0; i++) {
        add_readings(passes, &embedders->specs[i], &ways);
    }
    free(ways.contexts);
    free(ways.poolings);
    status = status ? status : check_names(passes); /* means over seeds go by these */
    status = status ? status : passes_add_seeds(passes);
    return status ? status : check_names(passes);
}

const struct pass *passes_find(const struct passes *passes, const char *embedder)
{
    for (uint32_t i = 0; embedder && i < passes->n; i++) {
        if (strcmp(passes->passes[i].spec.name, embedder) == 0) {
            return &passes->passes[i];
        }
    }
    return NULL;
}

void pass_finish(struct pass *pass)
{
    if (pass->owns_spec) {
        spec_finish(&pass->spec);
    } else {
        free(pass->spec.name);
    }
    free(pass->seedless);
    free(pass->writable);
}

void passes_finish(struct passes *passes)
{
    for (uint32_t i = 0; i < passes->n; i++) {
        pass_finish(&passes->passes[i]);
    }
    free(passes->postprocesses);
    seeds_finish(&passes->seeds);
    free(passes->passes);
    *passes = (struct passes){0};
}
