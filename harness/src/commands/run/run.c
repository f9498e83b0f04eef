/*
 * run - the main job: suites × embedders → result tree → table and report files.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "commands/command.h"
#include "commands/help_suites.h"
#include "commands/compare/differences.h"
#include "commands/run/machine.h"
#include "commands/run/embedder_runs_seeds.h"
#include "commands/run/outputs.h"
#include "commands/run/provenance.h"
#include "commands/run/resume.h"
#include "commands/run/run_options.h"
#include "report/bibtex.h"
#include "report/summary.h"
#include "suites/suite.h"
#include "worker/session.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct option_help options[] = {
    RUN_OPTIONS,
    {"print-config", NULL, "print what was asked for as such a file, and do nothing else"},
    {"cite", NULL, "print as BibTeX what to cite for such a run, and do nothing else"},
    {"resume", "[NAME]",
     "finish an interrupted run, NAME.partial in --out; default: the only one there, or that of\n"
     "--name; nothing else has to be given"},
    {0},
};

static const struct option_words option_words[] = {RUN_OPTION_WORDS, {0}};

static int read_format(struct run *run)
{
    bool wants_json = args_flag(run->args, "json");
    const char *fallback = wants_json ? "json" : report_formats[0]->name;
    int status =
        report_format_find("format", args_value(run->args, "format", fallback), &run->format);
    return status == 0 && wants_json && strcmp(run->format->name, "json") != 0
               ? error_set(ERR_REQUEST, "--json: found --format %s beside it, expected one of them",
                           run->format->name)
               : status;
}

static int read_limits(struct run *run)
{
    const struct args *args = run->args;
    uint64_t threads;
    const char *memory = args_value(args, "memory-limit", NULL);
    const char *timeout = args_value(args, "timeout", "900");
    int status = args_uint(args, "threads", 0, &threads);
    if (status == 0 && threads > 1024) {
        status = error_set(ERR_REQUEST, "--threads: found %llu, expected at most 1024",
                           (unsigned long long)threads);
    }
    if (status == 0 && memory && !num_bytes(slice_of(memory), &run->job.memory_limit)) {
        status = error_set(ERR_REQUEST, "--memory-limit: found '%s', expected bytes, as 4G or 500M",
                           memory);
    }
    if (status == 0 &&
        (!num_real(slice_of(timeout), &run->job.timeout_seconds) || run->job.timeout_seconds < 0)) {
        status = error_set(ERR_REQUEST, "--timeout: found '%s', expected seconds", timeout);
    }
    cpu_set_t set;
    run->job.n_threads = (uint32_t)threads;
    run->tree.run.n_threads = threads > 0 ? (uint32_t)threads
                              : sched_getaffinity(0, sizeof set, &set) == 0
                                  ? (uint32_t)CPU_COUNT(&set)
                                  : 1;
    run->job.in_process = args_flag(args, "in-process");
    run->job.stages = args_value(args, "stages", NULL);
    return status;
}

static bool nothing_to_report(const struct run *run, int worst)
{
    if (worst != ERR_REQUEST) {
        return false;
    }
    for (uint32_t i = 0; i < run->tree.n_embedders; i++) {
        if (strcmp(run->tree.embedders[i].status, "failed") != 0) {
            return false;
        }
    }
    return true;
}

/* The suites with their data, and which files these are. */
static int prepare_suite_jobs(struct run *run)
{
    struct provenance provenance = {0};
    provenance_watch(&provenance);
    int status = suite_jobs_from_args(run->args, run->only_suite, &run->suite_jobs);
    provenance_stop();
    provenance_add(&provenance, run->job.postprocess_sample);
    if (status == 0) {
        status = provenance_describe(&provenance, &run->embedders.catalogue, &run->tree);
    }
    provenance_finish(&provenance);
    return status;
}

static void describe_run(struct run *run)
{
    struct run_facts *facts = &run->tree.run;
    struct str config = {0};
    machine_describe(facts);
    if (!facts->config) { /* else it is what the interrupted run was asked for */
        args_write_config(run->args, 0, &config);
        facts->config = result_tree_text(&run->tree, str_text(&config));
    }
    facts->command = args_line(run->args);
    facts->seed = run->suite_jobs.seed;
    str_finish(&config);
}

/* What a run of this would stand on, as BibTeX. */
static void cite(struct run *run)
{
    for (uint32_t i = 0; i < run->embedder_runs.n; i++) {
        struct worker_job job = run_job(run, i);
        struct embedder_facts facts;
        session_facts(&job, &facts);
        provenance_of_model(&run->embedders.catalogue, &facts);
        result_tree_add_embedder(&run->tree, &facts);
    }
    report_write_bibtex(&run->tree, stdout);
}

int run_prepare(struct run *run)
{
    bool summary;
    TRY(read_format(run));
    TRY(report_page_of(args_value(run->args, "page", NULL), &summary));
    TRY(embedders_from_args(run->args, &run->embedders));
    TRY(read_limits(run));
    TRY(embedder_runs_from_args(run->args, &run->embedders, &run->embedder_runs));
    run->job.postprocess_sample = args_value(run->args, "postprocess-sample", NULL);
    TRY(prepare_suite_jobs(run));
    describe_run(run);
    return 0;
}

static int finish_report(struct run *run, double begin)
{
    TRY(run_conclude(run));
    embedder_runs_summarise_seeds(&run->embedder_runs, &run->tree);
    differences_test(&run->tree);
    run->tree.run.seconds = clock_seconds() - begin + run->replayed_seconds;
    run->tree.run.items = run->items_path ? file_name(run->items_path) : NULL;
    run->tree.run.keys = run->keys_path ? file_name(run->keys_path) : NULL;
    TRY(run_write_outputs(run));
    return run_print_results(run);
}

/* What stands beside the figures in every table is said aloud, too. */
static void warn_of_caveats(const struct result_tree *tree)
{
    struct summary summary;
    summary_init(&summary, tree);
    for (uint32_t i = 0; i < summary.n_suites; i++) {
        const struct summary_suite *suite = &summary.suites[i];
        for (uint32_t d = 0; d < suite->n_sets; d++) {
            for (uint32_t s = 0; s < suite->n_systems; s++) {
                char *caveat = summary_caveat(summary_cell(suite, d, s));
                if (caveat) {
                    log_warn("%s %s, %s %s: %s", suite->suite, suite->sets[d].dataset,
                             suite->systems[s].embedder, suite->systems[s].method, caveat);
                }
                free(caveat);
            }
        }
    }
    summary_finish(&summary);
}

/* Names are distinguished before anything is scored; should a suite write a figure twice all the
 * same, nobody takes one for the other unwarned. */
static int check_keys(const struct result_tree *tree)
{
    const struct figure *twin = result_tree_twin(tree, false);
    return twin ? error_set(ERR_FAILED,
                            "a fault of this program: the report has two figures \"%s %s, %s %s, "
                            "stage %s, %s, %s, policy %s\"",
                            twin->suite, twin->dataset, twin->embedder, twin->method,
                            twin->stage.name ? twin->stage.name : "none", twin->metric,
                            twin->split.text, twin->policy ? twin->policy : "none")
                : 0;
}

static int work(struct run *run)
{
    double begin = clock_seconds();
    int worst = 0;
    TRY(run_prepare(run));
    if (args_flag(run->args, "cite")) {
        cite(run);
        return 0;
    }
    TRY(run_open_outputs(run));
    TRY(run_suites(run, &worst));
    if (nothing_to_report(run, worst)) {
        return error_set(worst, "no embedder could be run; no report was written");
    }
    TRY(finish_report(run, begin));
    warn_of_caveats(&run->tree);
    TRY(check_keys(&run->tree));
    return worst ? error_set(ERR_FAILED, "not every embedder finished; the report says which") : 0;
}

/* What was left behind is kept where it saves work or the run was not to blame. */
static int settle_partial(struct run *run, int status)
{
    struct partial *partial = &run->partial;
    if (!partial->journal) {
        return status;
    }
    bool cut_off = (status == ERR_MACHINE || status == ERR_INTERRUPTED) && !run->source;
    if (!cut_off && !partial->resumed && journal_n_runs(partial->journal) == 0) {
        partial_discard(partial);
        return status;
    }
    if (cut_off) {
        char *resuming = partial_resuming(partial, NULL);
        error_context(status, "%s: %s finishes it", partial->folder, resuming);
        free(resuming);
    }
    return status;
}

void run_finish(struct run *run)
{
    item_writer_abort(run->items);
    suite_jobs_finish(&run->suite_jobs);
    embedder_runs_finish(&run->embedder_runs);
    partial_close(&run->partial);
    free(run->base);
    free(run->items_path);
    free(run->keys_path);
    str_finish(&run->endings);
    result_tree_finish(&run->tree);
    embedders_finish(&run->embedders);
}

int run_whole(struct run *run)
{
    int status = settle_partial(run, work(run));
    run_finish(run);
    return status;
}

static int resume(const struct args *args)
{
    const char *name = args_value(args, "resume", "");
    struct run run = {0};
    struct args *then = NULL;
    TRY(partial_resume(args_value(args, "out", PARTIAL_OUT),
                       name[0] ? name : args_value(args, "name", ""), &run.partial));
    int status = resume_args(args, journal_head(run.partial.journal), &then, &run.tree);
    if (status == 0) {
        uint32_t n_done = journal_n_runs(run.partial.journal);
        log_info("%s: %u embedder%s done", run.partial.name, n_done, n_done == 1 ? " is" : "s are");
        run.args = then;
        status = run_whole(&run);
    } else {
        partial_close(&run.partial);
        result_tree_finish(&run.tree);
    }
    args_destroy(then);
    return status;
}

/* A run that leaves no files has no name or place for them, and nothing to go on from. */
static int check_no_report(const struct args *args)
{
    static const char *const others[] = {"out", "name", "resume"};
    for (size_t i = 0; args_flag(args, "no-report") && i < sizeof others / sizeof *others; i++) {
        if (args_flag(args, others[i])) {
            return error_set(ERR_REQUEST, "--no-report: found --%s beside it, of files", others[i]);
        }
    }
    return 0;
}

static int run_command(const struct args *args)
{
    char started[32];
    TRY(check_no_report(args));
    if (args_n(args) > 0) {
        return error_set(ERR_REQUEST, "run: unexpected word '%s'; see harness run --help",
                         args_word(args, 0));
    }
    if (args_flag(args, "print-config")) {
        struct str config = {0};
        args_write_config(args, 2, &config);
        printf("%s\n", str_text(&config));
        str_finish(&config);
        return 0;
    }
    if (args_flag(args, "resume")) {
        return resume(args);
    }
    struct run run = {.args = args};
    clock_stamp(started);
    run.tree.run.started = result_tree_text(&run.tree, started);
    return run_whole(&run);
}

const struct command command_run = {
    .name = "run",
    .synopsis = "--suite LIST [options]",
    .summary = "score embedders on benchmark suites",
    .details =
        "Every embedder runs in a process of its own, over every suite and data set, all stages "
        "in\n"
        "one forward pass. The table shows, per data set, the score of the look-up table and of "
        "the\n"
        "best stage side by side; the report files (JSON, XML, HTML, per-item records) hold it "
        "all.\n\n"
        "  harness --suite wsd\n"
        "  harness --suite wsd --dataset data/ALL --train data/semcor --embedder minilm\n"
        "  harness --suite similarity --dataset ws353.txt --embedder "
        "mine=glove:vectors.txt,lowercase=1\n"
        "  harness --suite wsd,similarity --dataset wsd=data/ALL --dataset similarity=men.txt",
    .options = options,
    .words = option_words,
    .more_help = help_suites_options,
    .run = run_command,
};
