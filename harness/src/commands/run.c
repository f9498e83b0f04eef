/*
 * run - the main job: suites × embedders → result tree → table and report files.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/machine.h"
#include "commands/parts.h"
#include "commands/passes.h"
#include "report/write.h"
#include "suites/suite.h"
#include "worker/worker.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct option_help options[] = {
    {"suite", "LIST", "suites to run, comma-separated; see harness list suites"},
    EMBEDDER_OPTIONS,
    {"dataset", "DATA",
     "file, folder or name of a prepared set; SUITE=DATA gives it to one suite\n"
     "alone; repeatable; default: the suites' prepared sets"},
    {"train", "DATA", "training corpus of wsd (sense centroids); repeatable"},
    {"dev", "DATA",
     "data set on which the headline stage is chosen; default: semeval2007 where a set of\n"
     "wsd has it as a part"},
    {"method", "LIST", "methods, comma-separated; default: all that the data allow"},
    {"stages", "LIST",
     "stages, comma-separated: all (default), blocks, table, 3, 3.attention, 1-6,\n"
     "'*.attention', sum:3-6, mean:1-6, sum:last4"},
    {"context", "LIST",
     "run every contextual embedder once with each of these contexts, called NAME@left and so\n"
     "on: both (plain), left, right, repeat, shuffled, none, window:N, window:all; an\n"
     "embedder with a context= of its own keeps it"},
    {"pooling", "LIST",
     "the same with each of mean (plain), first, last: which pieces of a word make its vector"},
    {"postprocess", "LIST",
     "score every embedder under each of raw (default), centre, standardise, abtt:D,\n"
     "whiten: a pass of its own, called NAME+abtt:2; all vectors of all suites are\n"
     "transformed, fitted stage by stage on a sample of text"},
    {"postprocess-sample", "FILE",
     "that text: 2,000 of its lines, evenly spaced; default: of WordNet's definitions"},
    {"set", "NAME=VALUE",
     "option of a suite; SUITE.NAME=VALUE gives it to one suite alone; see harness list\n"
     "suites; repeatable"},
    {"limit", "N", "only the first N items of each data set"},
    {"vocabulary-limit", "N", "analogy: answers among the N most frequent words"},
    {"resamples", "N", "bootstrap resamples behind each 95 % interval; 0 = none; default 2000"},
    {"seed", "N", "of everything random; default 1"},
    {"wordnet", "DIR", "the WordNet data base; default: where Debian has it"},
    {"out", "DIR", "where report files go; default results"},
    {"name", "NAME", "base name of the report files; default the date, time and suites"},
    {"json", NULL, "print the JSON report instead of the table"},
    {"junit", "FILE", "write JUnit XML for CI dashboards there too; see harness report"},
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},
    {"no-items", NULL, "no per-item records and answer keys"},
    {"threads", "N", "default: the processors there are"},
    {"timeout", "SECONDS",
     "give an embedder up after so long without a sign of life; default 900;\n"
     "0 = never"},
    {"memory-limit", "BYTES", "give an embedder up when it holds more (4G, 500M)"},
    {"in-process", NULL, "run embedders in this process, for a debugger"},
    {"config", "FILE", "take these options from a JSON object; flags come first"},
    {0},
};

struct run {
    const struct args *args;
    struct embedders embedders;
    struct passes passes;
    struct parts parts;
    struct worker_job job; /* what all embedders' jobs have in common */
    struct result_tree tree;
    struct item_writer *items; /* NULL: none wanted */
    char *base;                /* DIR/NAME */
    char *items_path, *keys_path;
};

/* Rows go to the tree; items to their file, and to the tree where conclude() wants them. A suite
 * does not know how words are read: that part of the signature is added here. */
static void take_row(void *ctx, const struct result_row *row)
{
    struct run *run = ctx;
    const struct reading *reading = passes_reading(&run->passes, row->embedder);
    if (!reading || reading_is_plain(reading) || !row->signature) {
        result_tree_add_row(&run->tree, row);
        return;
    }
    struct result_row full = *row;
    struct str signature = {0};
    reading_sign(reading, row->signature, &signature);
    full.signature = str_text(&signature);
    result_tree_add_row(&run->tree, &full);
    str_finish(&signature);
}

static void take_item(void *ctx, const struct result_item *item)
{
    struct run *run = ctx;
    if (run->items) {
        item_writer_add(run->items, item);
    }
    stories_add(&run->tree.stories, item);
    const struct suite *suite = suite_find(item->suite);
    if (suite && suite->keep_items) {
        result_tree_add_item(&run->tree, item);
    }
    for (uint32_t i = 0; i < run->parts.n; i++) {
        const struct part *part = &run->parts.parts[i];
        if (part->suite == suite && suite->observe) {
            suite->observe(part->state, item);
        }
    }
}

static bool wants_items(const struct run *run)
{
    bool kept = run->items != NULL;
    for (uint32_t i = 0; i < run->parts.n; i++) {
        const struct suite *suite = run->parts.parts[i].suite;
        kept = kept || suite->keep_items || suite->observe;
    }
    return kept;
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

/* DIR/NAME, where NAME is new unless the user chose it. */
static int choose_base(struct run *run)
{
    const char *folder = args_value(run->args, "out", "results");
    const char *name = args_value(run->args, "name", NULL);
    int status = file_make_folders(folder);
    if (status != 0) {
        return status;
    }
    if (name && strchr(name, '/')) {
        return error_set(ERR_REQUEST, "--name: found '%s', expected a name without '/'", name);
    }
    struct str stem = {0};
    if (name) {
        str_add(&stem, name);
    } else {
        char stamp[32];
        time_t now = time(NULL);
        struct tm local;
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
        str_add(&stem, stamp);
        for (uint32_t i = 0; i < run->parts.n; i++) {
            str_format(&stem, "-%s", run->parts.parts[i].suite->id);
        }
    }
    for (int again = 1;; again++) {
        char *full =
            again == 1 ? mem_text(str_text(&stem)) : mem_format("%s.%d", str_text(&stem), again);
        char *report = mem_format("%s/%s.json", folder, full);
        bool taken = !name && file_exists(report);
        run->base = file_join(folder, full);
        free(report);
        free(full);
        if (!taken) {
            break;
        }
        free(run->base);
    }
    str_finish(&stem);
    return 0;
}

static int open_items(struct run *run)
{
    if (args_flag(run->args, "no-items")) {
        return 0;
    }
    run->items_path = mem_format("%s.items.jsonl", run->base);
    run->keys_path = mem_format("%s.keys", run->base);
    return item_writer_open(run->items_path, run->keys_path, &run->items);
}

static int run_baselines(struct run *run, struct result_sink *sink)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < run->parts.n; i++) {
        const struct part *part = &run->parts.parts[i];
        struct suite_run suite_run = {&part->request, part->state, NULL, sink};
        if (part->suite->baselines) {
            status = part->suite->baselines(&suite_run);
        }
    }
    return status;
}

/* Every pass in turn; *ret_worst is 0, or the code of the worst end that one came to. */
static int run_embedders(struct run *run, struct result_sink *sink, int *ret_worst)
{
    struct worker_task *tasks = mem_array(run->parts.n, sizeof *tasks);
    for (uint32_t i = 0; i < run->parts.n; i++) {
        tasks[i] = (struct worker_task){run->parts.parts[i].suite, &run->parts.parts[i].request};
    }
    int status = 0, worst = 0;
    for (uint32_t i = 0; status == 0 && i < run->passes.n; i++) {
        struct worker_job job = run->job;
        job.spec = &run->passes.passes[i].spec;
        job.postprocess = run->passes.passes[i].postprocess;
        job.tasks = tasks;
        job.n_tasks = run->parts.n;
        job.want_items = wants_items(run);
        struct worker_outcome outcome;
        status = worker_run(&job, sink, &outcome);
        if (status != 0) {
            break;
        }
        if (outcome.code != 0) {
            log_error("%s: %s: %s", outcome.facts.name, outcome.facts.status,
                      outcome.facts.error ? outcome.facts.error : "");
            worst = outcome.code < worst ? outcome.code : worst;
        }
        result_tree_add_embedder(&run->tree, &outcome.facts);
        worker_outcome_finish(&outcome);
    }
    free(tasks);
    *ret_worst = worst;
    return status;
}

static int conclude(struct run *run, struct result_sink *sink)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < run->parts.n; i++) {
        const struct part *part = &run->parts.parts[i];
        if (part->suite->conclude) {
            struct suite_run suite_run = {&part->request, part->state, NULL, sink};
            struct result_items items = {run->tree.items, run->tree.n_items};
            status = part->suite->conclude(&suite_run, &items);
        }
    }
    return status;
}

static int write_files(struct run *run)
{
    static const struct {
        const char *ending;
        int (*write)(const struct result_tree *tree, const char *path);
    } writers[] = {
        {"xml", report_write_xml}, {"html", report_write_html}, {"json", report_write_json}};
    int status = run->items ? item_writer_commit(run->items) : 0;
    run->items = NULL;
    if (run->keys_path && !file_is_folder(run->keys_path)) {
        run->tree.run.keys = NULL;
    }
    for (size_t i = 0; status == 0 && i < sizeof writers / sizeof *writers; i++) {
        char *path = mem_format("%s.%s", run->base, writers[i].ending);
        status = writers[i].write(&run->tree, path);
        free(path);
    }
    if (status == 0) {
        char *folder = file_folder(run->base), *schemas = file_join(folder, "schema");
        status = report_write_schemas(schemas);
        free(schemas);
        free(folder);
    }
    const char *junit = args_value(run->args, "junit", NULL);
    return status == 0 && junit ? report_write_junit(&run->tree, junit) : status;
}

static int print_results(struct run *run)
{
    if (args_flag(run->args, "json")) {
        char *path = mem_format("%s.json", run->base);
        struct str text;
        int status = file_read(path, &text);
        if (status == 0) {
            fwrite(text.data, 1, text.n, stdout);
            str_finish(&text);
        }
        free(path);
        return status;
    }
    report_write_table(&run->tree, stdout, table_columns(stdout),
                       table_colour(stdout, args_flag(run->args, "no-color")));
    log_info("report: %s.json, .xml, .html", run->base);
    return 0;
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

static int work(struct run *run)
{
    char started[32];
    double begin = clock_seconds();
    struct result_sink sink = {run, take_row, take_item};
    int worst = 0;
    clock_stamp(started);
    int status = embedders_from_args(run->args, &run->embedders);
    if (status == 0) {
        status = read_limits(run);
    }
    if (status == 0) {
        status = passes_from_args(run->args, &run->embedders, &run->passes);
        run->job.postprocess_sample = args_value(run->args, "postprocess-sample", NULL);
    }
    if (status == 0) {
        status = parts_from_args(run->args, &run->parts);
    }
    if (status == 0) {
        status = choose_base(run);
    }
    if (status == 0) {
        status = open_items(run);
        sink.item = wants_items(run) ? take_item : NULL;
    }
    if (status == 0) {
        status = run_baselines(run, &sink);
    }
    if (status == 0) {
        status = run_embedders(run, &sink, &worst);
    }
    if (status != 0 || nothing_to_report(run, worst)) {
        return status ? status
                      : error_set(worst, "no embedder could be run; no report was written");
    }
    status = conclude(run, &sink);
    machine_describe(&run->tree.run);
    run->tree.run.command = args_line(run->args);
    run->tree.run.started = started;
    run->tree.run.seed = run->parts.seed;
    run->tree.run.seconds = clock_seconds() - begin;
    run->tree.run.items = run->items_path ? file_name(run->items_path) : NULL;
    run->tree.run.keys = run->keys_path ? file_name(run->keys_path) : NULL;
    if (status == 0) {
        status = write_files(run);
    }
    if (status == 0) {
        status = print_results(run);
    }
    if (status == 0 && worst != 0) {
        return error_set(ERR_FAILED, "not every embedder came through; the report says which");
    }
    return status;
}

static void finish(struct run *run)
{
    item_writer_abort(run->items);
    parts_finish(&run->parts);
    passes_finish(&run->passes);
    free(run->base);
    free(run->items_path);
    free(run->keys_path);
    result_tree_finish(&run->tree);
    embedders_finish(&run->embedders);
}

static int run_command(const struct args *args)
{
    if (args_n(args) > 0) {
        return error_set(ERR_REQUEST, "run: unexpected word '%s'; see harness run --help",
                         args_word(args, 0));
    }
    struct run run = {.args = args};
    int status = work(&run);
    finish(&run);
    return status;
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
    .run = run_command,
};
