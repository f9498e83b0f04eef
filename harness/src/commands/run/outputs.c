/* Opens, writes and names the files of a run. */
#include "commands/run/outputs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/run/resume.h"
#include "commands/run/targets.h"
#include "report/merge.h"
#include "report/readouts.h"
#include "report/select.h"
#include "worker/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *describe_head(const struct run *run)
{
    struct embedder_facts *facts = mem_array(run->embedder_runs.n + 1u, sizeof *facts);
    for (uint32_t i = 0; i < run->embedder_runs.n; i++) {
        struct worker_job job = run_job(run, i);
        session_facts(&job, &facts[i]);
    }
    char *head = resume_head(run->args, &run->tree.run, facts, run->embedder_runs.n);
    for (uint32_t i = 0; i < run->embedder_runs.n; i++) {
        embedder_facts_finish(&facts[i]);
    }
    free(facts);
    return head;
}

enum { SUITES_NAMED = 3 };

/* NAME: as the user chose, or the date, time and suites, by number where they are many. */
static int choose_name(struct run *run)
{
    struct str stem = {0};
    char stamp[32];
    time_t now = time(NULL);
    struct tm local;
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    str_add(&stem, stamp);
    for (uint32_t i = 0; i < run->suite_jobs.n && run->suite_jobs.n <= SUITES_NAMED; i++) {
        str_format(&stem, "-%s", run->suite_jobs.jobs[i].suite->id);
    }
    if (run->suite_jobs.n > SUITES_NAMED) {
        str_format(&stem, "-%u-suites", run->suite_jobs.n);
    }
    int status =
        partial_choose(args_value(run->args, "out", PARTIAL_OUT),
                       args_value(run->args, "name", NULL), str_text(&stem), &run->partial);
    str_finish(&stem);
    return status;
}

/* Before the folder is made that --out names, in which it may be wanted. */
static int check_junit(const struct args *args)
{
    const char *out = args_value(args, "out", PARTIAL_OUT),
               *junit = args_value(args, "junit", NULL);
    if (!junit) {
        return 0;
    }
    char *folder = file_folder(junit);
    bool will_be_there = strcmp(folder, out) == 0 && !file_exists(folder);
    free(folder);
    int status = will_be_there ? 0 : file_check_output(junit);
    return status ? error_context(status, "--junit") : 0;
}

/* The journal: a new one, or the one that goes on if all is as it was. */
static int open_partial(struct run *run)
{
    char *head = describe_head(run);
    bool new = !run->partial.journal;
    int status = check_junit(run->args);
    status = status ? status
             : new  ? choose_name(run)
                    : resume_check(journal_head(run->partial.journal), head);
    status = status ? status : targets_check(run->partial.out, run->partial.name);
    status = status || !new ? status : partial_begin(&run->partial, head);
    free(head);
    if (status == 0 && new) {
        partial_tell_others(&run->partial);
    }
    if (status == 0) {
        run->base = file_join(run->partial.folder, run->partial.name);
    }
    return status;
}

static int open_items(struct run *run)
{
    if (args_flag(run->args, "no-items")) {
        return 0;
    }
    run->items_path = mem_format("%s" REPORT_ITEMS_ENDING, run->base);
    run->keys_path = mem_format("%s.keys", run->base);
    return item_writer_open(run->items_path, run->keys_path, &run->items);
}

/* As --page and --no-color say, which run_prepare() has checked. */
static struct report_look look_of(const struct run *run)
{
    struct report_look look = {.view.digits = -1, .no_color = args_flag(run->args, "no-color")};
    report_page_of(args_value(run->args, "page", NULL), &look.summary);
    return look;
}

/* Where --junit wants it, besides the files of every run. */
static int write_junit(const struct run *run)
{
    const char *path = args_value(run->args, "junit", NULL);
    const struct report_look look = look_of(run);
    const struct report_format *format;
    if (!path) {
        return 0;
    }
    int status = report_format_find("format", "junit", &format);
    return status ? status : report_format_write(format, &run->tree, &look, path);
}

int run_write_outputs(struct run *run)
{
    if (!run->base) {
        return write_junit(run);
    }
    int status = run->items ? item_writer_commit(run->items) : 0;
    run->items = NULL;
    if (run->keys_path && !file_is_folder(run->keys_path)) {
        run->tree.run.keys = NULL;
    }
    const struct report_look look = look_of(run);
    status =
        status ? status : report_formats_write_run(&run->tree, &look, run->base, &run->endings);
    if (status == 0) {
        char *schemas = file_join(run->partial.out, "schema");
        status = report_write_schemas(schemas);
        free(schemas);
    }
    status = status ? status : write_junit(run);
    return status ? status : partial_publish(&run->partial);
}

/* Where the files are that every run writes. */
static void say_files(const struct run *run)
{
    char *base = file_join(run->partial.out, run->partial.name);
    log_info("report: %s%s", base, str_text(&run->endings));
    free(base);
}

int run_print_results(struct run *run)
{
    struct report_look look = look_of(run);
    struct result_tree headlines = {0};
    struct merge_names names = {0};
    struct readouts readouts = {0};
    if (run->format->of_view) {
        readouts_list(&run->tree, &readouts);
        look.readouts = &readouts;
        const char *name = run->partial.name ? run->partial.name : "run";
        result_tree_merge(&headlines, &run->tree, name, &names);
        result_tree_headlines(&headlines);
    }
    int status = report_format_write(run->format, run->format->of_view ? &headlines : &run->tree,
                                     &look, "-");
    readouts_finish(&readouts);
    merge_names_finish(&names);
    result_tree_finish(&headlines);
    if (status == 0 && run->base && !run->format->with_run) {
        say_files(run);
    }
    return status;
}

int run_open_outputs(struct run *run)
{
    if (args_flag(run->args, "no-report")) {
        return check_junit(run->args);
    }
    TRY(open_partial(run));
    return open_items(run);
}
