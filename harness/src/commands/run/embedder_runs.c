/* Multiplies embedders by contexts, poolings and post-processings into the runs to be made. */
#include "commands/run/embedder_runs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/args.h"
#include "commands/run/embedder_runs_seeds.h"
#include "math/postprocess.h"
#include "plugin/confinement.h"

#include <stdlib.h>
#include <string.h>

/* What the options ask for; at least one of each. */
struct ways {
    struct word_view *contexts, *poolings; /* [n_contexts], [n_poolings]: that part of them */
    const char **postprocesses;            /* [n_postprocesses] */
    uint32_t n_contexts, n_poolings, n_postprocesses;
    enum sandbox_wish sandbox;
    bool contexts_given, poolings_given;
};

static int read_word_views(const struct args *args, const char *option,
                           int (*set)(const char *owner, const char *text,
                                      struct word_view *word_view),
                           struct word_view **ret_word_views, uint32_t *ret_n, bool *ret_given)
{
    uint32_t n;
    const char **values = args_values(args, option, true, &n);
    struct word_view *word_views = mem_array(n + 1u, sizeof *word_views);
    int status = 0;
    for (uint32_t i = 0; i < n && status == 0; i++) {
        status = set("run", values[i], &word_views[i]);
    }
    free(values);
    status = args_blame(args, option, NULL, status);
    *ret_word_views = word_views;
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
            return args_blame(args, "postprocess", NULL, error_context(status, "--postprocess"));
        }
    }
    return sample && !file_exists(sample)
               ? args_blame(
                     args, "postprocess-sample", NULL,
                     error_set(ERR_REQUEST, "--postprocess-sample: %s: no such file", sample))
               : 0;
}

static int read_ways(const struct args *args, struct ways *ways)
{
    *ways = (struct ways){0};
    int status = read_word_views(args, "context", word_view_set_context, &ways->contexts,
                                 &ways->n_contexts, &ways->contexts_given);
    status = status ? status
                    : read_word_views(args, "pooling", word_view_set_pooling, &ways->poolings,
                                      &ways->n_poolings, &ways->poolings_given);
    status =
        status ? status : sandbox_wish_parse(args_value(args, "sandbox", NULL), &ways->sandbox);
    return status ? status : read_postprocesses(args, ways);
}

/* One view under every post-processing. name: of the embedder so read. */
static void add_runs(struct embedder_runs *embedder_runs, const struct embedder_spec *spec,
                     const struct word_view *word_view, const char *name, const struct ways *ways)
{
    for (uint32_t i = 0; i < ways->n_postprocesses || i == 0; i++) {
        const char *postprocess = ways->n_postprocesses ? ways->postprocesses[i] : "raw";
        bool raw = strcmp(postprocess, "raw") == 0;
        struct embedder_run *embedder_run = &embedder_runs->runs[embedder_runs->n++];
        embedder_run->spec = *spec;
        embedder_run->spec.word_view = *word_view;
        embedder_run->spec.name = raw ? mem_text(name) : mem_format("%s+%s", name, postprocess);
        embedder_run->postprocess = raw ? NULL : postprocess;
        embedder_run->confined = plugin_is_confined(spec->model, ways->sandbox);
        embedder_run->writable = embedder_run->confined ? plugin_writable(spec->model) : NULL;
    }
}

/* Every view of an embedder: what its own options do not fix and the run's options vary. */
static void add_word_views(struct embedder_runs *embedder_runs, const struct embedder_spec *spec,
                           const struct ways *ways)
{
    bool is_static = spec->model->desc->caps & EMB_CAP_STATIC;
    bool vary_context = !is_static && !spec->word_view.fixed_context && ways->contexts_given;
    bool vary_pooling = !is_static && !spec->word_view.fixed_pooling && ways->poolings_given;
    if (is_static && !word_view_is_plain(&spec->word_view)) {
        log_warn("%s is static: its vectors do not depend on context= and pooling=", spec->name);
    }
    for (uint32_t c = 0; c < (vary_context ? ways->n_contexts : 1); c++) {
        for (uint32_t p = 0; p < (vary_pooling ? ways->n_poolings : 1); p++) {
            struct word_view varied = {0}, word_view = spec->word_view;
            if (vary_context) {
                varied = ways->contexts[c];
                word_view.context = varied.context;
                word_view.window = varied.window;
                word_view.seed = varied.seed;
                word_view.fixed_seed = varied.fixed_seed;
            }
            if (vary_pooling) {
                word_view.pooling = varied.pooling = ways->poolings[p].pooling;
            }
            char *name = word_view_name(spec->name, &varied);
            add_runs(embedder_runs, spec, &word_view, name, ways);
            free(name);
        }
    }
}

static int check_names(const struct embedder_runs *embedder_runs)
{
    struct embedder_spec *specs = mem_array(embedder_runs->n + 1u, sizeof *specs);
    for (uint32_t i = 0; i < embedder_runs->n; i++) {
        specs[i] = embedder_runs->runs[i].spec;
    }
    int status = specs_check_names(specs, embedder_runs->n);
    free(specs);
    return status ? error_context(status, "--grid, --context, --pooling, --postprocess, --seed")
                  : 0;
}

int embedder_runs_from_args(const struct args *args, const struct embedders *embedders,
                            struct embedder_runs *embedder_runs)
{
    struct ways ways;
    int status = read_ways(args, &ways);
    *embedder_runs = (struct embedder_runs){.postprocesses = ways.postprocesses};
    status = status ? status : seeds_from_args(args, &embedder_runs->seeds);
    status = status ? status : embedder_grid_from_args(args, embedders, &embedder_runs->grid);
    const struct embedder_grid *grid = &embedder_runs->grid;
    size_t n =
        (size_t)grid->n * ways.n_contexts * (ways.n_poolings + 1u) * (ways.n_postprocesses + 1u);
    embedder_runs->runs = mem_array(n, sizeof *embedder_runs->runs);
    for (uint32_t i = 0; i < grid->n && status == 0; i++) {
        add_word_views(embedder_runs, &grid->specs[i], &ways);
    }
    free(ways.contexts);
    free(ways.poolings);
    status = status ? status : check_names(embedder_runs); /* means over seeds go by these */
    status = status ? status : embedder_runs_add_seeds(embedder_runs);
    return status ? status : check_names(embedder_runs);
}

const struct embedder_run *embedder_runs_find(const struct embedder_runs *embedder_runs,
                                              const char *embedder)
{
    for (uint32_t i = 0; embedder && i < embedder_runs->n; i++) {
        if (strcmp(embedder_runs->runs[i].spec.name, embedder) == 0) {
            return &embedder_runs->runs[i];
        }
    }
    return NULL;
}

void embedder_run_finish(struct embedder_run *embedder_run)
{
    if (embedder_run->owns_spec) {
        spec_finish(&embedder_run->spec);
    } else {
        free(embedder_run->spec.name);
    }
    free(embedder_run->seedless);
    free(embedder_run->writable);
}

void embedder_runs_finish(struct embedder_runs *embedder_runs)
{
    for (uint32_t i = 0; i < embedder_runs->n; i++) {
        embedder_run_finish(&embedder_runs->runs[i]);
    }
    free(embedder_runs->postprocesses);
    embedder_grid_finish(&embedder_runs->grid);
    seeds_finish(&embedder_runs->seeds);
    free(embedder_runs->runs);
    *embedder_runs = (struct embedder_runs){0};
}
