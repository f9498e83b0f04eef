/*
 * plan - an experiment cut into units: reads and hashes all that a run would stand on, and writes
 * the plan of a sweep with scripts for Slurm.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/args.h"
#include "commands/help_suites.h"
#include "commands/run/run_options.h"
#include "commands/run/run_state.h"
#include "commands/sweep/plan_file.h"
#include "commands/sweep/scripts.h"
#include "commands/sweep/unit_key.h"
#include "data/digest.h"
#include "data/digest_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_help options[] = {
    RUN_OPTIONS,
    {"o", "DIR", "the folder of the sweep; it may be there"},
    {"split", "N", "cut the text of every suite into N chunks, a unit each; default 1"},
    {0},
};

static const struct option_words option_words[] = {RUN_OPTION_WORDS, {0}};

/* What a unit asks of a machine: the largest of them, from sizes alone. */
struct sizes {
    uint64_t model_bytes;      /* of the largest */
    uint64_t contextual_bytes; /* of the largest whose weights work on every piece */
    uint64_t data_bytes;
    uint32_t n_chunks; /* that the data are cut into */
};

/* Room for the units of one suite more, one for each embedder's run. */
static struct unit *add_unit(struct plan *plan, const char *embedder, const char *suite,
                             const char *key)
{
    plan->units = mem_resize(plan->units, plan->n + 1u, sizeof *plan->units);
    struct unit *unit = &plan->units[plan->n++];
    *unit = (struct unit){.embedder = mem_text(embedder), .suite = mem_text(suite)};
    memcpy(unit->key, key, DIGEST_TEXT_BYTES);
    return unit;
}

/* One unit, or its chunks. */
static void add_units(struct plan *plan, const char *embedder, const char *suite, const char *key,
                      uint32_t n_chunks)
{
    if (n_chunks == 1) {
        add_unit(plan, embedder, suite, key);
        return;
    }
    for (uint32_t i = 1; i <= n_chunks; i++) {
        struct unit *unit = add_unit(plan, embedder, suite, key);
        memcpy(unit->whole, key, DIGEST_TEXT_BYTES);
        unit->chunk = i;
        unit->n_chunks = n_chunks;
        unit_chunk_key(key, i, n_chunks, unit->key);
    }
}

static void measure(const struct run *run, struct sizes *sizes)
{
    uint64_t data = 0;
    for (uint32_t i = 0; i < run->tree.run.n_data; i++) {
        data += run->tree.run.data[i].bytes;
    }
    sizes->data_bytes = data > sizes->data_bytes ? data : sizes->data_bytes;
    for (uint32_t i = 0; i < run->embedders.n; i++) {
        const struct embedder_spec *spec = &run->embedders.specs[i];
        const char *path = options_path(spec->options);
        char hex[DIGEST_TEXT_BYTES];
        uint64_t bytes = 0;
        if (path && digest_cached(path, hex, &bytes) == 0) {
            uint64_t works = spec->model->desc->caps & EMB_CAP_STATIC ? 0 : bytes;
            sizes->model_bytes = bytes > sizes->model_bytes ? bytes : sizes->model_bytes;
            sizes->contextual_bytes =
                works > sizes->contextual_bytes ? works : sizes->contextual_bytes;
        }
    }
}

/* The units of one suite, behind those that are there. */
static int plan_suite(const struct args *args, const char *suite, struct plan *plan, uint32_t split,
                      struct sizes *sizes)
{
    struct run run = {.args = args, .only_suite = suite};
    int status = run_prepare(&run);
    const struct suite *found = status == 0 ? run.suite_jobs.jobs[0].suite : NULL;
    if (split > 1 && found && found->unsplit) {
        log_info("%s is not split: %s", suite, found->unsplit);
        split = 1;
    }
    for (uint32_t i = 0; status == 0 && i < run.embedder_runs.n; i++) {
        char key[DIGEST_TEXT_BYTES];
        status = unit_key(&run, i, plan->program, plan->numerics, key);
        if (status == 0) {
            add_units(plan, run.embedder_runs.runs[i].spec.name, suite, key, split);
        }
    }
    measure(&run, sizes);
    run_finish(&run);
    return status;
}

/* From suite by suite to embedder by embedder, the order of a single run. */
static void order_units(struct plan *plan, uint32_t n_suites)
{
    struct unit *units = mem_array(plan->n, sizeof *units);
    uint32_t *next = mem_array(n_suites, sizeof *next), n = 0;
    for (uint32_t s = 0, i = 0; s < n_suites; s++) {
        next[s] = i;
        while (i < plan->n && strcmp(plan->units[i].suite, plan->units[next[s]].suite) == 0) {
            i++;
        }
    }
    while (n < plan->n) {
        for (uint32_t s = 0; s < n_suites; s++) {
            uint32_t n_chunks = unit_n_chunks(&plan->units[next[s]]);
            memcpy(&units[n], &plan->units[next[s]], n_chunks * sizeof *units);
            next[s] += n_chunks;
            n += n_chunks;
        }
    }
    free(next);
    free(plan->units);
    plan->units = units;
}

static int plan_units(const struct args *args, uint32_t split, struct plan *plan,
                      struct sizes *sizes)
{
    uint32_t n;
    const char **suites_ = args_values(args, "suite", true, &n);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < n; i++) {
        status = plan_suite(args, suites_[i], plan, split, sizes);
    }
    if (status == 0 && plan->n == 0) {
        status = error_set(ERR_REQUEST, "plan: found no suite in the experiment: {\"suite\": …}");
    }
    if (status == 0) {
        order_units(plan, n);
    }
    free(suites_);
    return status;
}

/* Rules of thumb, said with their figures: nothing has run yet. Memory: the model twice, and what
 * a run needs besides. Time: ten minutes, and of contextual models two operations a parameter of
 * four bytes and piece, a piece for every four bytes of data, at 20 GFLOP/s, three times over. */
static struct estimate estimate_of(const struct sizes *sizes)
{
    double pieces = (double)sizes->data_bytes / 4, parameters = (double)sizes->contextual_bytes / 4;
    double seconds = 2 * parameters * pieces / 20e9 / sizes->n_chunks;
    return (struct estimate){.megabytes = 1024 + 2 * (sizes->model_bytes >> 20),
                             .minutes = 10 + (uint64_t)(3 * seconds / 60)};
}

static void say(const struct plan *plan, const struct sizes *sizes, const struct estimate *estimate)
{
    uint32_t tasks = plan->n < SCRIPTS_MOST_TASKS ? plan->n : SCRIPTS_MOST_TASKS;
    printf("%u units in %s\n\n", plan->n, plan->sweep);
    printf(
        "Asked of Slurm for each: %llu MB, %llu minutes; a guess from the largest model (%.1f MB)\n"
        "and the largest suite's data (%.1f MB). Change it in unit.sbatch, or give --mem and "
        "--time.\n\n",
        (unsigned long long)estimate->megabytes, (unsigned long long)estimate->minutes,
        (double)sizes->model_bytes / 1e6, (double)sizes->data_bytes / 1e6);
    printf("  sbatch --array=0-%u %s/unit.sbatch\n", tasks - 1, plan->sweep);
    printf("  sbatch --dependency=afterany:JOB %s/gather.sbatch\n", plan->sweep);
    printf("or, on this machine\n");
    printf("  seq 0 %u | parallel -j2 harness unit %s {}\n", plan->n - 1, plan->sweep);
    printf("  harness gather %s\n", plan->sweep);
}

static int describe(const struct args *args, const struct args *run, struct plan *plan)
{
    struct str config = {0};
    uint64_t bytes;
    args_write_config(run, 0, &config);
    plan->sweep = realpath(args_value(args, "o", NULL), NULL);
    plan->folder = getcwd(NULL, 0);
    plan->command = mem_text(args_line(args));
    plan->options = mem_text(str_text(&config));
    plan->numerics = plan_numerics();
    plan->blas_core = plan_blas_core();
    str_finish(&config);
    return plan->sweep && plan->folder ? digest_file("/proc/self/exe", plan->program, &bytes)
                                       : error_set(ERR_MACHINE, "%s: cannot work there: %s",
                                                   args_value(args, "o", NULL), strerror(errno));
}

static int make(const struct args *args, const struct args *run)
{
    struct plan plan = {0};
    struct sizes sizes = {.n_chunks = 1};
    uint64_t split;
    TRY(args_uint(args, "split", 1, &split));
    if (split < 1 || split > PLAN_MOST_CHUNKS) {
        return error_set(ERR_REQUEST, "--split: found %llu, expected a number from 1 to %u",
                         (unsigned long long)split, PLAN_MOST_CHUNKS);
    }
    sizes.n_chunks = (uint32_t)split;
    int status = file_make_folders(args_value(args, "o", NULL));
    status = status ? status : describe(args, run, &plan);
    status = status ? status : plan_units(run, sizes.n_chunks, &plan, &sizes);
    const struct estimate estimate = estimate_of(&sizes);
    status = status ? status : scripts_write(&plan, args_program(args), &estimate);
    status = status ? status : plan_write(&plan);
    if (status == 0) {
        say(&plan, &sizes, &estimate);
    }
    plan_finish(&plan);
    return status;
}

static int run_plan(const struct args *args)
{
    if (!args_value(args, "o", NULL) || args_n(args) > 0) {
        return error_set(ERR_REQUEST, "plan: expected the options of a run, or --config FILE with "
                                      "them, and -o DIR, where the sweep goes");
    }
    struct args *run = args_for(commands[0], args);
    int status = make(args, run);
    args_destroy(run);
    return status;
}

const struct command command_plan = {
    .name = "plan",
    .synopsis = "-o DIR [--config FILE] [--split N] [options of a run]",
    .summary = "cut an experiment into units that many machines can run",
    .details =
        "A unit is one embedder, in one view, with one seed, on one suite. The plan names all of\n"
        "them and hashes what they stand on: models, data, this program. Each machine then runs\n"
        "units (harness unit), in any order and as often as it takes; harness gather makes of\n"
        "them the report that one machine would have written. See harness/doc/SWEEPS.md.\n"
        "\n"
        "--split N cuts further: a unit is then a chunk of what the embedder has to read for a\n"
        "suite, whole sentences; the last one to end makes the suite's figures of them, those of\n"
        "--split 1 to the last bit.\n"
        "\n"
        "  harness plan -o sweep --suite wsd,sts --embedder minilm --embedder glove --seed 1,2,3\n"
        "  harness plan -o sweep --config study.json\n"
        "  sbatch --array=0-3 sweep/unit.sbatch",
    .options = options,
    .words = option_words,
    .makes_folders = true,
    .more_help = help_suites_options,
    .run = run_plan,
};
