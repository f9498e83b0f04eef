/*
 * unit - one unit of a sweep, from its number to a sealed result.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "commands/args.h"
#include "commands/run/run_state.h"
#include "commands/sweep/plan_file.h"
#include "commands/sweep/unit_key.h"
#include "commands/sweep/unit_left.h"
#include "commands/sweep/unit_result.h"
#include "data/digest_cache.h"
#include "plugin/split.h"

#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"every", "T", "N, N + T, N + 2 T and so on: for arrays of fewer tasks than units"},
    {"threads", "N", "default: what Slurm has given the task, else the processors there are"},
    {"timeout", "SECONDS",
     "end an embedder that has shown no sign of life for so long; default 900"},
    {"memory-limit", "BYTES", "end an embedder that uses more (4G, 500M)"},
    {"again", NULL, "also units that are done"},
    {0},
};

static void journal_row(void *ctx, const struct figure *row)
{
    journal_add_row(ctx, row);
}

static void journal_item(void *ctx, const struct result_item *item)
{
    journal_add_item(ctx, item);
}

/* Is what this machine has what the plan was made of? */
static int check_key(const struct run *run, uint32_t embedder_run, const struct plan *plan,
                     const struct unit *unit)
{
    char program[DIGEST_TEXT_BYTES], key[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    TRY(digest_file("/proc/self/exe", program, &bytes));
    if (strcmp(program, plan->program) != 0) {
        return error_set(ERR_REQUEST,
                         "this program is not the one that planned: found %s, "
                         "expected %s",
                         program, plan->program);
    }
    char *numerics = plan_numerics();
    int status = strcmp(numerics, plan->numerics) == 0
                     ? unit_key(run, embedder_run, program, numerics, key)
                     : error_set(ERR_REQUEST,
                                 "this machine computes with %s, the plan was made for %s: figures "
                                 "would differ in their last bits; plan on such a machine, or "
                                 "with OPENBLAS_CORETYPE set (Haswell, for one)",
                                 numerics, plan->numerics);
    free(numerics);
    TRY(status);
    const struct unit whole = unit_whole(unit);
    return strcmp(key, whole.key) == 0
               ? 0
               : error_set(ERR_REQUEST,
                           "the model, the data or the plugin is not what was planned "
                           "with: found unit %.12s…, expected %.12s…; plan anew",
                           key, whole.key);
}

/* The run of the unit's name. */
static int find_run(const struct run *run, const struct unit *unit, uint32_t *ret_run)
{
    for (uint32_t i = 0; i < run->embedder_runs.n; i++) {
        if (strcmp(run->embedder_runs.runs[i].spec.name, unit->embedder) == 0) {
            *ret_run = i;
            return 0;
        }
    }
    return error_set(ERR_REQUEST, "found no embedder called %s, expected that of the plan",
                     unit->embedder);
}

/* The model's files as their hash is known on this machine, so that the worker need not read them
 * once more. */
struct model {
    const char *path; /* NULL: it has none */
    char sha256[DIGEST_TEXT_BYTES];
    uint64_t bytes;
};

static int know_model(const struct worker_job *job, struct model *model)
{
    *model = (struct model){.path = options_path(job->spec->options)};
    model->path = model->path && file_exists(model->path) ? model->path : NULL;
    return model->path ? digest_cached(model->path, model->sha256, &model->bytes) : 0;
}

/* What was hashed before is what was loaded since: by the same stamps, or by its bytes again. */
static int check_model(const struct model *model)
{
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    TRY(model->path ? digest_cached(model->path, hex, &bytes) : 0);
    return !model->path || strcmp(hex, model->sha256) == 0
               ? 0
               : error_set(ERR_REQUEST, "%s: changed while the unit ran", model->path);
}

/* beginning: of the names of the files of answers, where the whole is made of chunks; NULL. */
static int score(const struct run *run, uint32_t embedder_run, const struct plan *plan,
                 const struct unit *unit, const char *beginning, uint32_t n_chunks)
{
    struct run_tasks tasks;
    struct unit_writing writing = {0};
    struct worker_outcome outcome;
    const struct unit whole = unit_whole(unit);
    struct model model;
    run_tasks_begin(run, embedder_run, &tasks);
    tasks.job.want_items = tasks.job.want_items || !args_flag(run->args, "no-items");
    int status = know_model(&tasks.job, &model);
    tasks.job.model_sha256 = status == 0 && model.path ? model.sha256 : NULL;
    tasks.job.model_bytes = model.bytes;
    status = status ? status : unit_begin(plan, unit, run->tree.run.n_threads, &writing);
    if (n_chunks > 0) {
        tasks.job.split_whole = whole.key;
        tasks.job.split_n = n_chunks;
        tasks.job.split_chunk = unit->chunk;
        tasks.job.split_path = unit->chunk > 0 ? writing.answers_temporary : beginning;
    }
    struct result_sink sink = {writing.journal, journal_row,
                               tasks.job.want_items ? journal_item : NULL};
    if (status == 0) {
        status = worker_run(&tasks.job, &sink, &outcome);
    }
    if (status == 0) {
        status = check_model(&model);
        status = status              ? status
                 : outcome.code == 0 ? unit_commit(&writing, &outcome.facts)
                                     : unit_fail(&writing, &outcome);
        if (status == 0 && outcome.code != 0) {
            status = error_set(outcome.code, "%s: %s", outcome.facts.status,
                               outcome.facts.error ? outcome.facts.error : "no reason given");
        }
        worker_outcome_finish(&outcome);
    }
    unit_writing_finish(&writing, status == ERR_INTERRUPTED);
    run_tasks_finish(&tasks);
    return status;
}

/* From the answers of all chunks, which are there, to the unit that is not split. Whoever does the
 * same at the same time may be done first, and have removed them. */
static int score_whole(const struct run *run, uint32_t embedder_run, const struct plan *plan,
                       const struct unit *chunk)
{
    const struct unit whole = unit_whole(chunk);
    const struct split_of of = {whole.key, chunk->n_chunks};
    char *beginning = unit_answers_beginning(plan, chunk);
    struct split *split = NULL;
    int status = split_whole_begin(beginning, &of, &split);
    split_destroy(split);
    status = status ? error_context(status, "harness unit --again makes a chunk anew")
                    : score(run, embedder_run, plan, &whole, beginning, chunk->n_chunks);
    free(beginning);
    if (unit_state(plan, &whole) != UNIT_DONE) {
        return status;
    }
    unit_remove_answers(plan, chunk);
    return 0;
}

static int score_chunk(const struct run *run, uint32_t embedder_run, const struct plan *plan,
                       const struct unit *unit, bool again)
{
    if (again || !unit_is_recorded(plan, unit)) {
        TRY(score(run, embedder_run, plan, unit, NULL, unit->n_chunks));
    }
    return unit_answers_are_there(plan, unit) ? score_whole(run, embedder_run, plan, unit) : 0;
}

/* Slurm's word on processors, where --threads is not given: of --cpus-per-task, else of what it has
 * given the job on this node, for not every Slurm binds a task to its processors. */
static void heed_allocation(struct run *run)
{
    const char *given = getenv("SLURM_CPUS_PER_TASK");
    given = given ? given : getenv("SLURM_CPUS_ON_NODE");
    uint64_t n;
    if (!args_flag(run->args, "threads") && given && num_uint(slice_of(given), &n) && n > 0 &&
        n <= 1024) {
        run->job.n_threads = run->tree.run.n_threads = (uint32_t)n;
    }
}

static int make_unit(const struct plan *plan, const struct args *args, const struct unit *unit,
                     bool again)
{
    struct args *then;
    TRY(plan_args(plan, args, &then));
    struct run run = {.args = then, .only_suite = unit->suite};
    uint32_t embedder_run = 0;
    int status = run_prepare(&run);
    heed_allocation(&run);
    status = status ? status : find_run(&run, unit, &embedder_run);
    status = status ? status : check_key(&run, embedder_run, plan, unit);
    if (status == 0) {
        status = unit->n_chunks > 0 ? score_chunk(&run, embedder_run, plan, unit, again)
                                    : score(&run, embedder_run, plan, unit, NULL, 0);
    }
    run_finish(&run);
    args_destroy(then);
    return status;
}

static int do_unit(const struct plan *plan, const struct args *args, uint32_t number)
{
    const struct unit *unit = &plan->units[number], whole = unit_whole(unit);
    bool again = args_flag(args, "again");
    bool waits = unit_state(plan, &whole) != UNIT_DONE && unit_answers_are_there(plan, unit);
    char *name = unit_name(unit);
    if (unit_state(plan, unit) == UNIT_DONE && !again && !waits) {
        log_info("unit %u is done: %s", number, name);
        free(name);
        return 0;
    }
    int status = make_unit(plan, args, unit, again);
    if (status == 0) {
        log_info("unit %u: %s%s", number, name,
                 unit_state(plan, &whole) == UNIT_DONE ? "" : "; its whole waits for other chunks");
    }
    status = status ? error_context(status, "unit %u: %s", number, name) : 0;
    free(name);
    return status;
}

static int read_number(const struct plan *plan, const char *text, uint32_t *ret_number)
{
    uint64_t number;
    if (!num_uint(slice_of(text), &number) || number >= plan->n) {
        return error_set(ERR_REQUEST, "unit: found '%s', expected a number from 0 to %u", text,
                         plan->n - 1);
    }
    *ret_number = (uint32_t)number;
    return 0;
}

/* One that fails does not keep the next from running; the first reason stays. */
static int do_units(const struct plan *plan, const struct args *args)
{
    uint64_t every;
    uint32_t first = 0;
    int worst = 0;
    TRY(args_uint(args, "every", plan->n, &every));
    TRY(read_number(plan, args_word(args, 1), &first));
    for (uint64_t i = first; i<plan->n; i += every> 0 ? every : plan->n) {
        int status = do_unit(plan, args, (uint32_t)i);
        if (status == ERR_INTERRUPTED) {
            return status;
        }
        if (status != 0) {
            log_error("%s", error_message());
        }
        worst = status < worst ? status : worst;
    }
    return worst ? error_set(worst, "not every unit could be run") : 0;
}

static int run_unit(const struct args *args)
{
    struct plan plan;
    if (args_n(args) != 2) {
        return error_set(ERR_REQUEST, "unit: expected the folder of a sweep and a unit's number");
    }
    int status = plan_read(args_word(args, 0), &plan);
    status = status ? status : plan_enter(&plan);
    if (status == 0) {
        unit_left_clear(&plan);
    }
    status = status ? status : do_units(&plan, args);
    plan_finish(&plan);
    return status;
}

const struct command command_unit = {
    .name = "unit",
    .synopsis = "SWEEP N [options]",
    .summary = "run one unit of a sweep",
    .details =
        "A unit that is done is left as it is. What it gives appears whole, under the hash of all\n"
        "that decides about it; one that was cut off starts again. The exit status is that of a\n"
        "run: 1 where the embedder failed, 2 where this machine lacks what the plan names.\n"
        "\n"
        "  harness unit sweep 3\n"
        "  seq 0 199 | parallel -j2 harness unit sweep {}",
    .options = options,
    .run = run_unit,
};
