/*
 * check - does a plugin keep the contract and its own claims? A line for each rule.
 *
 * The rules run in a child process: a plugin that crashes or hangs under one of them has broken it.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/command.h"
#include "commands/guard.h"
#include "commands/say.h"
#include "plugin/check.h"
#include "plugin/confinement.h"
#include "plugin/registry.h"
#include "plugin/spec.h"
#include "worker/children.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct option_help options[] = {
    {"threads", "N", "threads of the plugin's loops; default 2"},
    {"model", "ID", "of a file with several models, try only this; default: all"},
    {"timeout", "SECONDS", "for one rule; default 120"},
    {"plugin-dir", "DIR", "where to look for a plugin given by its id; repeatable"},
    SANDBOX_OPTION,
    {0},
};

/* What child and parent both see. */
struct board {
    char rule[128]; /* being tried; "" between two */
    uint32_t n_passed, n_failed, n_skipped;
};

static struct board *board;
static unsigned timeout;

static void begin(void *ctx, const char *rule)
{
    (void)ctx;
    snprintf(board->rule, sizeof board->rule, "%s", rule);
    alarm(timeout);
}

static void end(void *ctx, const char *rule, enum verdict verdict, const char *why)
{
    static const char *const words[] = {
        [VERDICT_PASSED] = "ok", [VERDICT_FAILED] = "BROKEN", [VERDICT_SKIPPED] = "skipped"};
    (void)ctx;
    alarm(0);
    say("%-8s %s%s%s\n", words[verdict], rule, why[0] ? ": " : "", why);
    fflush(stdout);
    board->n_passed += verdict == VERDICT_PASSED;
    board->n_failed += verdict == VERDICT_FAILED;
    board->n_skipped += verdict == VERDICT_SKIPPED;
    board->rule[0] = '\0';
}

static _Noreturn void run_child(const struct embedder_spec *spec, uint32_t n_threads)
{
    const struct check_report report = {.begin = begin, .end = end};
    signal(SIGALRM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    confinement_enter(spec->model);
    struct pool *pool = pool_create(n_threads);
    plugin_check(spec, pool, &report);
    pool_destroy(pool);
    fflush(NULL);
    _exit(0);
}

/* All rules on one model, in a process of their own. */
static int check_spec(const struct embedder_spec *spec, uint32_t n_threads)
{
    say("%s\n", spec->model->plugin->path);
    say("%-8s %s\n", "ok", "it is a plugin, and its descriptors are sound");
    fflush(NULL);
    memset(board, 0, sizeof *board);
    board->n_passed = 1;
    struct children others;
    children_adopt(&others);
    pid_t pid = fork();
    if (pid == 0) {
        run_child(spec, n_threads);
    }
    int wait_status = 0;
    if (pid < 0 || waitpid(pid, &wait_status, 0) != pid) {
        return error_set(ERR_MACHINE, "cannot start a process");
    }
    children_end_others(0, &others);
    if (board->rule[0]) { /* it ended in the middle of a rule */
        int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
        if (number == SIGALRM) {
            say("BROKEN   %s: did not end within %u s\n", board->rule, timeout);
        } else if (number) {
            say("BROKEN   %s: signal %d (%s)%s\n", board->rule, number, strsignal(number),
                number == SIGSEGV || number == SIGBUS ? "; the page behind each text cannot be read"
                                                      : "");
        } else {
            say("BROKEN   %s: the process ended with status %d\n", board->rule,
                WEXITSTATUS(wait_status));
        }
        board->n_failed++;
    }
    say("%s: %u rules kept, %u broken, %u skipped\n", spec->model->desc->id, board->n_passed,
        board->n_failed, board->n_skipped);
    return board->n_failed ? error_set(ERR_FAILED, "%s breaks the contract", spec->name) : 0;
}

/* "PATH.so" of "PATH.so:model,option=value", or NULL if the word names an id. */
static char *plugin_file(const char *word)
{
    const char *so = strstr(word, ".so");
    while (so && so[3] != '\0' && so[3] != ':' && so[3] != ',') {
        so = strstr(so + 3, ".so");
    }
    return so ? mem_text_n(word, (size_t)(so + 3 - word)) : NULL;
}

static int open_plugin(const struct args *args, const char *file, struct registry *registry)
{
    if (file) {
        return registry_open_file(file, registry);
    }
    uint32_t n_folders;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    int status = registry_open(folders, n_folders, registry);
    free(folders);
    return status;
}

/* Every model of a file; the one that is named where no file is. */
static int check_word(const struct args *args, const char *word, uint32_t n_threads)
{
    struct registry registry = {0};
    char *file = plugin_file(word);
    int status = open_plugin(args, file, &registry), worst = 0;
    uint32_t n = file ? registry.n_models : 1, tried = 0;
    const char *only = args_value(args, "model", NULL);
    for (uint32_t i = 0; i < n && !status; i++) {
        struct embedder_spec spec;
        if (file && only && strcmp(only, registry.models[i].desc->id) != 0) {
            continue;
        }
        tried++;
        char *text = file ? mem_format("%s%s", registry.models[i].desc->id, word + strlen(file))
                          : mem_text(word);
        status = spec_parse(&registry, text, &spec);
        free(text);
        if (!status) {
            int verdict = check_spec(&spec, n_threads);
            worst = verdict ? verdict : worst;
            spec_finish(&spec);
        }
    }
    if (!status && tried == 0) {
        status = error_set(ERR_REQUEST, "%s: no model \"%s\"", file, only);
    }
    registry_close(&registry);
    free(file);
    return status ? status : worst;
}

static int run(const struct args *args)
{
    uint64_t threads, seconds;
    int status = args_uint(args, "threads", 2, &threads);
    status = status ? status : args_uint(args, "timeout", 120, &seconds);
    if (status) {
        return status;
    }
    if (args_n(args) == 0) {
        return error_set(ERR_REQUEST, "check: expected PLUGIN.so[:PATH][,option=value…]");
    }
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        return error_set(ERR_MACHINE, "out of memory");
    }
    timeout = (unsigned)seconds;
    int worst = 0;
    for (uint32_t i = 0; i < args_n(args); i++) {
        status = check_word(args, args_word(args, i), (uint32_t)threads);
        worst = status < worst ? status : worst;
    }
    munmap(board, sizeof *board);
    return worst;
}

const struct command command_check = {
    .name = "check",
    .synopsis = "PLUGIN.so[:PATH][,option=value…]…",
    .summary = "does a plugin keep the contract and its own claims?",
    .details =
        "Loads the plugin, makes a model with the options given, and checks one rule after\n"
        "another: it writes its rows and nothing else; the same batch gives the same bytes; a\n"
        "static embedder ignores the sentence and a contextual one does not; failures are\n"
        "reported and leave nothing behind. An id instead of a file is looked up among the\n"
        "plugins. Exit status 1 if a rule is broken.\n"
        "\n"
        "  harness check plugins/mine.so:model.bin,window=5\n"
        "  harness check glove:vectors.txt\n",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
