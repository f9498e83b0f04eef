/*
 * main.c - argv to a command, its error to stderr, its code to the exit status.
 */
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mapped.h"
#include "base/progress.h"
#include "base/str.h"
#include "commands/args.h"
#include "commands/guard.h"
#include "suites/suite.h"
#include "worker/worker.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command *find_command(const char *name)
{
    for (const struct command *const *command = commands; *command; command++) {
        if (strcmp((*command)->name, name) == 0) {
            return *command;
        }
    }
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[32];
    uint32_t n = 0;
    for (const struct command *const *command = commands; *command && n < 32; command++) {
        names[n++] = (*command)->name;
    }
    const char *nearest = args_nearest(word, names, n);
    return error_set(ERR_REQUEST, "unknown command '%s'%s%s%s; see harness --help", word,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* With what stands beside --help: `train gpt --help` has the options of that trainer. */
static int help_on(const struct command *command, int argc, char **argv)
{
    struct args *args = NULL;
    int n = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0) {
            argv[n++] = argv[i];
        }
    }
    if (args_parse(command, n, argv, &args) != 0) {
        args = NULL; /* what is wrong with the rest is not asked */
    }
    int status = args_help(command, args, stdout);
    args_destroy(args);
    return status;
}

/* The reader of standard output has had enough (`| head`). */
static bool reader_has_left(void)
{
    struct pollfd pipe = {.fd = STDOUT_FILENO};
    return poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR);
}

/* An error code as an exit status; results that could not be printed are an error too, but for
 * those that nobody reads any more: then the program ends as others do, by SIGPIPE and without a
 * word. */
static int finish(int status)
{
    bool unprinted = fflush(stdout) != 0 || ferror(stdout) ||
                     (status != 0 && text_starts(error_message(), "standard output: "));
    if (unprinted && (status == 0 || status == ERR_MACHINE) && reader_has_left()) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (status != 0 && error_message()[0]) {
        log_error("%s", error_message());
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_error("standard output: cannot write");
        return status ? -status : 3;
    }
    return -status;
}

/* --quiet, anywhere before "--", is for every command: taken out of argv. Returns the words left.
 */
static int take_quiet(int argc, char **argv)
{
    int n = 1;
    bool words = false;
    for (int i = 1; i < argc; i++) {
        words = words || strcmp(argv[i], "--") == 0;
        if (!words && strcmp(argv[i], "--quiet") == 0) {
            log_set_level(LOG_WARN);
            progress_silence();
        } else {
            argv[n++] = argv[i];
        }
    }
    argv[n] = NULL;
    return n;
}

static int dispatch(int argc, char **argv)
{
    argc = take_quiet(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("harness %s\n", HARNESS_VERSION);
        return 0;
    }
    bool named = argc > 1 && argv[1][0] != '-';
    if (argc > 1 && !named && asks_for_help(argc, argv) && argc == 2) {
        args_overview(stdout);
        return 0;
    }
    const struct command *command = named ? find_command(argv[1]) : commands[0];
    if (!command) {
        return unknown_command(argv[1]);
    }
    if (asks_for_help(argc, argv)) {
        return help_on(command, argc - named, argv + named);
    }
    struct args *args;
    int status = args_parse(command, argc - named, argv + named, &args);
    if (status != 0) {
        return status;
    }
    const char *config = args_value(args, "config", NULL);
    if (config) {
        status = args_read_config(args, config);
    }
    status = status ? status : args_check_outputs(args);
    if (status == 0) {
        status = command->loads_plugins ? guard_run(command, args) : command->run(args);
    }
    args_destroy(args);
    return status;
}

int main(int argc, char **argv)
{
    descriptors_open_standard();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error, reported like any other */
    signal(SIGXFSZ, SIG_IGN); /* so is a file beyond a limit */
    metrics_declare(suite_figures_of);
    splits_declare(suite_split_meaning);
    bool worker = argc > 1 && strcmp(argv[1], WORKER_ARGUMENT) == 0;
    mapped_watch(!worker);
    if (worker) {
        return worker_main(argc, argv);
    }
    const char *level = getenv("HARNESS_LOG");
    if (level) {
        log_set_level(strcmp(level, "debug") == 0   ? LOG_DEBUG
                      : strcmp(level, "warn") == 0  ? LOG_WARN
                      : strcmp(level, "error") == 0 ? LOG_ERROR
                                                    : LOG_INFO);
    }
    return finish(dispatch(argc, argv));
}
