/*
 * verify - does a report come out again? Runs what it says, on the same files by SHA-256, and
 * compares figure by figure and item by item.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "commands/args.h"
#include "commands/run/partial.h"
#include "commands/stored/verify_compare.h"
#include "commands/say.h"
#include "data/digest.h"
#include "report/stored/read.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct option_help options[] = {
    {"tolerance", "X",
     "figures and scores may differ by X; default 0 on the same processor, BLAS and build,\nelse "
     "1e-4, for the last bits of matrix products"},
    {"show", "N", "differences to print; default 10"},
    {"out", "DIR", "keep the new report there, as verify.json; default: it is thrown away"},
    {0},
};

/* One file that must be what it was. */
static uint32_t check_file(const char *what, const char *path, const char *sha256)
{
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    if (!path || !sha256) {
        return 0;
    }
    if (digest_path(path, hex, &bytes) != 0) {
        say("%s %s: %s\n", what, path, error_message());
        return 1;
    }
    if (strcmp(hex, sha256) != 0) {
        say("%s %s: sha256 is %s, was %s\n", what, path, hex, sha256);
        return 1;
    }
    return 0;
}

/* Everything that the report stands on; a plugin may have been built anew, which its figures will
 * show. */
static int check_files(const char *path, const struct result_tree *report)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < report->run.n_data; i++) {
        n += check_file("data", report->run.data[i].path, report->run.data[i].sha256);
    }
    for (uint32_t i = 0; i < report->n_embedders; i++) {
        const struct embedder_facts *facts = &report->embedders[i];
        char hex[DIGEST_TEXT_BYTES];
        uint64_t bytes;
        n += check_file("model", facts->model_path, facts->model_sha256);
        if (facts->plugin_path && facts->plugin_sha256 &&
            (digest_file(facts->plugin_path, hex, &bytes) != 0 ||
             strcmp(hex, facts->plugin_sha256) != 0)) {
            log_warn("plugin %s: not the one of the report, sha256 %s", facts->plugin_path,
                     facts->plugin_sha256);
        }
    }
    return n == 0 ? 0
                  : error_set(ERR_REQUEST,
                              "%s: cannot be verified: %u of its files are missing or differ "
                              "(relative paths count from where it was made)",
                              path, n);
}

/* What the run was asked for, without what says where its results go. */
static int write_config(const char *path, const struct result_tree *report, const char *to)
{
    static const char *const elsewhere[] = {"out", "name", "junit", "json", "format"};
    const struct run_facts *run = &report->run;
    if (run->n_sources > 0) {
        return error_set(ERR_REQUEST, "%s: made of %u reports; verify these", path, run->n_sources);
    }
    if (!run->config) {
        return error_set(ERR_REQUEST,
                         "%s: run.config: found nothing, expected what was asked for (a report "
                         "of an earlier version, or of another command)",
                         path);
    }
    struct args *args = args_from_config(commands[0], run->config, "");
    if (!args) {
        return error_context(ERR_REQUEST, "%s: run.config", path);
    }
    struct str text = {0};
    struct file_out out;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        args_forget(args, elsewhere[i]);
    }
    args_write_config(args, 2, &text);
    args_destroy(args);
    int status = file_out_open(&out, to);
    if (status == 0) {
        fwrite(text.data, 1, text.n, out.stream);
        status = file_out_commit(&out);
    }
    str_finish(&text);
    return status;
}

/* In the child: options of a run come from the configuration alone. */
static void forget_environment(void)
{
    for (const struct option_help *option = commands[0]->options; option->name; option++) {
        char *name = mem_format("HARNESS_%s", option->name);
        for (char *c = name; *c; c++) {
            *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
        }
        unsetenv(name);
        free(name);
    }
}

/* The run once more, in a process of its own whose table nobody wants. */
static int run_again(const struct args *args, const char *config, const char *out)
{
    fflush(stdout);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        return error_set(ERR_MACHINE, "cannot start a process");
    }
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        forget_environment();
        if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || getppid() != parent) {
            _exit(3);
        }
        execl(args_program(args), "harness", "run", "--config", config, "--out", out, "--name",
              "verify", (char *)NULL);
        _exit(3);
    }
    int how = 0;
    while (waitpid(pid, &how, 0) < 0) {
    }
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : 130;
    return code <= 1 ? 0 : error_set(-code, "the run failed: exit status %d", code);
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static int choose_tolerance(const struct args *args, const struct run_facts *was,
                            const struct run_facts *is, double *ret_tolerance)
{
    const char *text = args_value(args, "tolerance", NULL);
    bool same = same_text(was->processor, is->processor) && same_text(was->blas, is->blas) &&
                same_text(was->build, is->build);
    double tolerance = same ? 0 : 1e-4;
    if (text && (!num_real(slice_of(text), &tolerance) || !(tolerance >= 0))) {
        return error_set(ERR_REQUEST, "--tolerance: found '%s', expected a number from 0 up", text);
    }
    *ret_tolerance = tolerance;
    return 0;
}

static int compare(const struct args *args, const char *path, const struct result_tree *was,
                   const char *again, uint64_t show)
{
    struct result_tree is;
    struct verdict verdict = {.most_shown = show};
    int status = report_read(again, &is);
    if (status != 0) {
        return status;
    }
    status = choose_tolerance(args, &was->run, &is.run, &verdict.tolerance);
    if (status == 0) {
        verify_embedders(was, &is, &verdict);
        verify_rows(was, &is, &verdict);
        status = verify_items(path, was, again, &is, &verdict);
    }
    result_tree_finish(&is);
    if (status != 0) {
        return status;
    }
    say("%s: %llu figures, %llu items, tolerance %g: %llu differ\n", path,
        (unsigned long long)verdict.n_rows, (unsigned long long)verdict.n_items, verdict.tolerance,
        (unsigned long long)verdict.n_different);
    return verdict.n_different == 0 ? 0 : error_set(ERR_FAILED, "%s: was not reproduced", path);
}

static int verify(const struct args *args, const char *path, const struct result_tree *report,
                  const char *folder)
{
    uint64_t show;
    int status = args_uint(args, "show", 10, &show);
    char *config = file_join(folder, "config.json");
    char *again = file_join(folder, "verify.json");
    const char *keep = args_value(args, "out", NULL);
    status = status ? status : write_config(path, report, config);
    status = status ? status : check_files(path, report);
    status = status ? status : run_again(args, config, keep ? keep : folder);
    if (status == 0 && keep) {
        free(again);
        again = file_join(keep, "verify.json");
    }
    status = status ? status : compare(args, path, report, again, show);
    free(again);
    free(config);
    return status;
}

static int run_verify(const struct args *args)
{
    struct result_tree report;
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST, "verify: expected one REPORT; see harness verify --help");
    }
    int status = report_read(args_word(args, 0), &report);
    if (status != 0) {
        return status;
    }
    const char *temporary = getenv("TMPDIR");
    char *folder =
        mem_format("%s/harness-verify-XXXXXX", temporary && temporary[0] ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        status = error_set(ERR_MACHINE, "%s: cannot make the folder", folder);
    } else {
        status = verify(args, args_word(args, 0), &report, folder);
        file_remove_tree(folder);
    }
    free(folder);
    result_tree_finish(&report);
    return status;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "[options] REPORT",
    .summary = "repeat the run of a report, and compare",
    .details =
        "Data and models must be the same by sha256; those that are not are named. Then the run\n"
        "is repeated from the report's own options and compared: every figure with its interval,\n"
        "every item (answer, status, score), every embedder (status, hash of its weights).\n"
        "Exit status: 0 the same, 1 something differs, 2 it cannot be verified.\n\n"
        "  harness verify results/a.json",
    .options = options,
    .run = run_verify,
};
