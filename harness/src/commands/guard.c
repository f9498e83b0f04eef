/* Runs a command in a child process, so that a plugin that crashes does not take it along. */
#include "commands/guard.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/confinement.h"
#include "worker/process.h"
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What child and parent both see. */
struct shared {
    volatile int done, code;
    char message[4096];
    struct sandbox_board board;
};

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP};
#define N_FORWARDED (sizeof forwarded / sizeof *forwarded)
static struct sigaction before[N_FORWARDED];
static volatile pid_t child;
static volatile sig_atomic_t last_signal;

/* What a terminal sends, it sends to the child as well. */
static void forward(int number, siginfo_t *info, void *context)
{
    (void)context;
    last_signal = number;
    if (info->si_code <= 0 && child > 0) {
        kill(child, number);
    }
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART};
    for (size_t i = 0; i < N_FORWARDED; i++) {
        sigaction(forwarded[i], &action, &before[i]);
        if (before[i].sa_handler == SIG_IGN) {
            sigaction(forwarded[i], &before[i], NULL);
        }
    }
}

static void restore_signals(void)
{
    for (size_t i = 0; i < N_FORWARDED; i++) {
        sigaction(forwarded[i], &before[i], NULL);
    }
}

/* In the child. */
static _Noreturn void serve(const struct command *command, const struct args *args, pid_t parent,
                            enum sandbox_wish wish, const char *scratch, const sigset_t *signals,
                            struct shared *shared)
{
    restore_signals();
    sigprocmask(SIG_SETMASK, signals, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(3);
    }
    setenv("TMPDIR", scratch, 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1); /* else it starts threads as a plugin brings it */
    confinement_defer(wish, &shared->board);
    confinement_allow_folder(scratch);
    int status = command->run(args);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = status ? status : error_set(ERR_MACHINE, "standard output: cannot write");
    }
    snprintf(shared->message, sizeof shared->message, "%s", error_message());
    shared->code = status;
    shared->done = 1;
    exit(0);
}

/* " (the sandbox refused: ...)", or nothing; free() it. */
static char *describe_refusals(const struct shared *shared)
{
    struct str calls = {0};
    sandbox_describe(&shared->board, &calls);
    char *text = calls.n == 0
                     ? mem_text("")
                     : mem_format(" (the sandbox refused: %s; see --sandbox)", str_text(&calls));
    str_finish(&calls);
    return text;
}

/* What the child has said, as an error of ours: a plugin can have written it. */
static int repeat(const struct command *command, const struct shared *shared, const char *refused)
{
    int status = shared->code;
    if (status == 0) {
        if (refused[0]) {
            log_warn("%s:%s", command->name, refused);
        }
        return 0;
    }
    bool known = (status >= ERR_MACHINE && status <= ERR_FAILED) || status == ERR_INTERRUPTED;
    return error_set(known ? status : ERR_FAILED, "%.*s%s", (int)sizeof shared->message - 1,
                     shared->message, refused);
}

/* How a child that has not said how it went has ended. */
static int judge_end(const struct command *command, int wait_status, const char *refused)
{
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        return error_set(ERR_FAILED, "%s: the plugin ended the process: signal %d (%s)%s",
                         command->name, number, strsignal(number), refused);
    }
    int status = WEXITSTATUS(wait_status); /* 3: out of memory, reported already */
    return error_set(status == 3 ? ERR_MACHINE : ERR_FAILED,
                     "%s: the plugin ended the process: exit status %d%s", command->name, status,
                     refused);
}

/* From the start of the child to its end, and that of all it has left. */
static int run_child(const struct command *command, const struct args *args, enum sandbox_wish wish,
                     struct shared *shared, int *ret_wait_status)
{
    struct scratch scratch;
    struct children others;
    sigset_t all, signals;
    pid_t parent = getpid();
    int status = scratch_make(&scratch);
    if (status) {
        return status;
    }
    fflush(NULL);
    children_adopt(&others);
    catch_signals();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &signals); /* until there is somebody to forward them to */
    child = fork();
    if (child == 0) {
        serve(command, args, parent, wish, scratch.folder, &signals, shared);
    }
    sigprocmask(SIG_SETMASK, &signals, NULL);
    if (child < 0) {
        status = error_set(ERR_MACHINE, "cannot start a process: %s", strerror(errno));
    }
    while (child > 0 && waitpid(child, ret_wait_status, 0) < 0 && errno == EINTR) {
    }
    child = 0;
    children_end_others(0, &others);
    scratch_finish(&scratch);
    restore_signals();
    return status;
}

int guard_run(const struct command *command, const struct args *args)
{
    enum sandbox_wish wish;
    int wait_status = 0;
    TRY(sandbox_wish_parse(args_value(args, "sandbox", NULL), &wish));
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return error_set(ERR_MACHINE, "out of memory");
    }
    int status = run_child(command, args, wish, shared, &wait_status);
    if (!status && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == last_signal &&
        !shared->done) {
        raise(last_signal); /* which has ended the child */
    }
    if (!status) {
        shared->message[sizeof shared->message - 1] = '\0';
        char *refused = describe_refusals(shared);
        status = shared->done ? repeat(command, shared, refused)
                              : judge_end(command, wait_status, refused);
        free(refused);
    }
    munmap(shared, sizeof *shared);
    return status;
}
