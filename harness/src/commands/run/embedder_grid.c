/* Multiplies embedders by the values of their options. */
#include "commands/run/embedder_grid.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/args.h"

#include <stdlib.h>
#include <string.h>

/* "EMBEDDER.OPTION=VALUE,VALUE" */
struct axis {
    const char *given; /* all of it, the arguments' */
    char *embedder;    /* NULL: of every embedder that has the option */
    char *option;
    char **values; /* [n] */
    uint32_t n;
    bool used; /* by an embedder */
};

struct axes {
    struct axis *axes; /* [n] */
    uint32_t n;
};

static int wrong_axis(const char *given)
{
    return error_set(ERR_REQUEST,
                     "--grid: found '%s', expected OPTION=VALUE,VALUE… or "
                     "EMBEDDER.OPTION=VALUE,VALUE…",
                     given);
}

/* One value, "\," and "\\" in it read; *at: behind it. */
static char *read_value(const char **at)
{
    struct str value = {0};
    for (; **at && **at != ','; (*at)++) {
        *at += **at == '\\' && ((*at)[1] == ',' || (*at)[1] == '\\');
        str_add_char(&value, **at);
    }
    *at += **at == ',';
    return value.n > 0 ? value.data : mem_text("");
}

static int read_axis(const char *given, struct axis *axis)
{
    const char *equals = strchr(given, '=');
    *axis = (struct axis){.given = given};
    if (!equals || equals == given || !equals[1]) {
        return wrong_axis(given);
    }
    char *name = mem_text_n(given, (size_t)(equals - given)), *point = strrchr(name, '.');
    axis->embedder = point ? mem_text_n(name, (size_t)(point - name)) : NULL;
    axis->option = mem_text(point ? point + 1 : name);
    free(name);
    for (const char *at = equals + 1; *at;) {
        axis->values = mem_resize(axis->values, axis->n + 1u, sizeof *axis->values);
        axis->values[axis->n++] = read_value(&at);
    }
    return axis->option[0] && (!point || axis->embedder[0]) ? 0 : wrong_axis(given);
}

/* In an experiment file these go to the run's own options; so must they here. */
static int check_axis(const struct axis *axis)
{
    static const char *const of_run[] = {"context", "pooling", "postprocess", "seed"};
    for (size_t i = 0; !axis->embedder && i < sizeof of_run / sizeof *of_run; i++) {
        if (strcmp(axis->option, of_run[i]) == 0) {
            return error_set(ERR_REQUEST, "--grid %s: an option of the run, expected --%s %s",
                             axis->given, of_run[i], strchr(axis->given, '=') + 1);
        }
    }
    return 0;
}

static int read_axes(const struct args *args, struct axes *axes)
{
    uint32_t n;
    const char **given = args_values(args, "grid", false, &n);
    int status = 0;
    *axes = (struct axes){mem_array(n + 1u, sizeof *axes->axes), 0};
    for (uint32_t i = 0; i < n && status == 0; i++) {
        struct axis *axis = &axes->axes[axes->n++];
        status = read_axis(given[i], axis);
        status = args_blame(args, "grid", given[i], status ? status : check_axis(axis));
    }
    free(given);
    return status;
}

static void axes_finish(struct axes *axes)
{
    for (uint32_t i = 0; i < axes->n; i++) {
        for (uint32_t v = 0; v < axes->axes[i].n; v++) {
            free(axes->axes[i].values[v]);
        }
        free(axes->axes[i].values);
        free(axes->axes[i].embedder);
        free(axes->axes[i].option);
    }
    free(axes->axes);
}

static bool has_option(const struct embedder_spec *spec, const char *name)
{
    const struct emb_model_desc *desc = spec->model->desc;
    for (uint32_t i = 0; i < desc->n_options; i++) {
        if (strcmp(desc->options[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool embedder_gives(const struct embedder_spec *spec, const char *name)
{
    for (uint32_t i = 0; i < spec->n_pairs; i++) {
        if (strcmp(spec->pairs[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Does the axis vary this embedder? Named, it must be able to. */
static int check_use(struct axis *axis, const struct embedder_spec *spec, bool *ret_use)
{
    bool named = axis->embedder && strcmp(axis->embedder, spec->name) == 0;
    bool has = has_option(spec, axis->option), given = embedder_gives(spec, axis->option);
    *ret_use = (named || !axis->embedder) && has && !given;
    axis->used = axis->used || *ret_use;
    return !named || *ret_use ? 0
           : has ? error_set(ERR_REQUEST, "--grid %s: the embedder gives %s already", axis->given,
                             axis->option)
                 : error_set(ERR_REQUEST, "--grid %s: %s has no option %s", axis->given,
                             spec->model->desc->id, axis->option);
}

/* The axes that vary an embedder: [*ret_n] of them, no option twice. */
static int find_uses(const struct args *args, const struct axes *axes,
                     const struct embedder_spec *spec, const struct axis **uses, uint32_t *ret_n)
{
    *ret_n = 0;
    for (uint32_t i = 0; i < axes->n; i++) {
        struct axis *axis = &axes->axes[i];
        bool use;
        int status = check_use(axis, spec, &use);
        for (uint32_t u = 0; status == 0 && use && u < *ret_n; u++) {
            if (strcmp(uses[u]->option, axis->option) == 0) {
                status = error_set(ERR_REQUEST, "--grid %s: %s has values by --grid %s already",
                                   axis->given, spec->name, uses[u]->given);
            }
        }
        TRY(args_blame(args, "grid", axis->given, status));
        if (use) {
            uses[(*ret_n)++] = axis;
        }
    }
    return 0;
}

/* The embedder with one value of each axis: the digits of `number`, the last axis's fastest. */
static int add_one(struct embedder_grid *grid, const struct embedder_spec *spec,
                   const struct axis *const *uses, uint32_t n_uses, uint64_t number)
{
    struct option_pair *pairs = mem_array((size_t)spec->n_pairs + n_uses + 1, sizeof *pairs);
    struct str suffix = {0};
    for (uint32_t i = 0; i < spec->n_pairs; i++) {
        pairs[i] = spec->pairs[i];
    }
    for (uint32_t u = n_uses; u-- > 0; number /= uses[u]->n) {
        pairs[spec->n_pairs + u] =
            (struct option_pair){uses[u]->option, uses[u]->values[number % uses[u]->n]};
    }
    for (uint32_t u = 0; u < n_uses; u++) {
        str_format(&suffix, "@%s:%s", uses[u]->option, pairs[spec->n_pairs + u].value);
    }
    char *name = mem_format("%s%s", spec->name, suffix.n ? str_text(&suffix) : "");
    grid->specs = mem_resize(grid->specs, grid->n + 1u, sizeof *grid->specs);
    struct embedder_spec *made = &grid->specs[grid->n];
    int status = spec_create(name, spec->model, pairs, spec->n_pairs + n_uses, made);
    if (status == 0) {
        grid->n++;
        made->word_view = spec->word_view;
        made->series = spec->series ? mem_format("%s%s", spec->series, str_text(&suffix)) : NULL;
        made->series_tokens = spec->series_tokens;
        made->held_out_loss = spec->held_out_loss;
    }
    free(name);
    str_finish(&suffix);
    free(pairs);
    return status;
}

static int add_all(const struct args *args, const struct axes *axes,
                   const struct embedder_spec *spec, struct embedder_grid *grid)
{
    enum { MOST_COMBINATIONS = 100000 };
    const struct axis **uses = mem_array(axes->n + 1u, sizeof *uses);
    uint32_t n_uses;
    uint64_t n = 1;
    int status = find_uses(args, axes, spec, uses, &n_uses);
    for (uint32_t u = 0; status == 0 && u < n_uses; u++) {
        n *= uses[u]->n;
        if (n > MOST_COMBINATIONS) {
            status = error_set(ERR_REQUEST, "--grid: found more than %d combinations of %s",
                               MOST_COMBINATIONS, spec->name);
        }
    }
    for (uint64_t i = 0; status == 0 && i < n; i++) {
        status = add_one(grid, spec, uses, n_uses, i);
        status = n_uses > 0 ? args_blame(args, "grid", uses[0]->given, status) : status;
    }
    free(uses);
    return status;
}

static int unused_axis(const struct axis *axis)
{
    return axis->embedder
               ? error_set(ERR_REQUEST, "--grid %s: found no embedder called %s", axis->given,
                           axis->embedder)
               : error_set(ERR_REQUEST,
                           "--grid %s: found no embedder whose plugin has an option %s that it "
                           "does not give; see harness list",
                           axis->given, axis->option);
}

int embedder_grid_from_args(const struct args *args, const struct embedders *embedders,
                            struct embedder_grid *grid)
{
    struct axes axes;
    *grid = (struct embedder_grid){0};
    int status = read_axes(args, &axes);
    for (uint32_t i = 0; status == 0 && i < embedders->n; i++) {
        status = add_all(args, &axes, &embedders->specs[i], grid);
    }
    for (uint32_t i = 0; status == 0 && i < axes.n; i++) {
        if (!axes.axes[i].used) {
            status = args_blame(args, "grid", axes.axes[i].given, unused_axis(&axes.axes[i]));
        }
    }
    axes_finish(&axes);
    return status;
}

void embedder_grid_finish(struct embedder_grid *grid)
{
    for (uint32_t i = 0; i < grid->n; i++) {
        spec_finish(&grid->specs[i]);
    }
    free(grid->specs);
    *grid = (struct embedder_grid){0};
}
