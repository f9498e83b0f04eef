/*
 * guard.c - stands between a worker and the program it started, and outlives neither.
 *
 *     process-guard PROGRAM [ARGUMENT…]      with GUARD_FD a socket to the plugin
 *
 * Starts the program, adopts whatever that starts and abandons (PR_SET_CHILD_SUBREAPER), tells the
 * plugin how the program ended, and kills every descendant as soon as the program has ended or the
 * plugin's end of GUARD_FD is closed, which happens too when the worker is killed. It runs in a
 * session of its own, so that what is sent to the worker's process group does not reach it first.
 */
#include "protocol.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 200 /* a look around even if nothing seems to happen */

static void report(int kind, int value)
{
    const struct guard_report said = {kind, value};
    send(GUARD_FD, &said, sizeof said, MSG_NOSIGNAL);
}

/* Sends SIGKILL to every process whose parent is `parent`, and to theirs. */
static void kill_descendants(pid_t parent, unsigned depth)
{
    char path[64];
    long child;
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)parent, (long)parent);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return;
    }
    while (fscanf(stream, "%ld", &child) == 1) {
        if (depth < 64) {
            kill_descendants((pid_t)child, depth + 1);
        }
        kill((pid_t)child, SIGKILL);
    }
    fclose(stream);
}

/* Until there is none: orphans of what was killed become children of this process. */
static void end_all(pid_t program)
{
    for (;;) {
        kill(-program, SIGKILL); /* its group, where /proc tells nothing of children */
        kill_descendants(getpid(), 0);
        pid_t gone = waitpid(-1, NULL, WNOHANG);
        if (gone < 0 && errno == ECHILD) {
            return;
        }
        if (gone == 0) {
            poll(NULL, 0, 1);
        }
    }
}

static _Noreturn void run(char **argv, pid_t guard, int signals, const sigset_t *mask)
{
    close(signals);
    close(GUARD_FD);
    sigprocmask(SIG_SETMASK, mask, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == guard) {
        execvp(argv[0], argv);
        fprintf(stderr, "%s: cannot be started: %s\n", argv[0], strerror(errno));
    }
    _exit(127);
}

/* Reaps; true once the program itself has ended and that is reported. */
static bool reap(pid_t program)
{
    int status;
    pid_t pid;
    bool ended = false;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == program) {
            report(WIFSIGNALED(status) ? GUARD_SIGNALLED : GUARD_EXITED,
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            ended = true;
        }
    }
    return ended;
}

int main(int argc, char **argv)
{
    sigset_t chld, before;
    int type;
    socklen_t size = sizeof type;
    if (argc < 2 || getsockopt(GUARD_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        fputs("process-guard is how the plugin \"process\" starts programs\n", stderr);
        return 2;
    }
    close_range(GUARD_FD + 1, ~0u, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    int signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    pid_t self = getpid(), program = fork();
    if (program < 0) {
        report(GUARD_NOT_STARTED, errno);
        return 1;
    }
    if (program == 0) {
        run(argv + 1, self, signals, &before);
    }
    close(STDOUT_FILENO); /* all that is the program's is the program's alone */
    close(STDERR_FILENO);
    close(PROTOCOL_FD);
    struct pollfd ready[] = {{.fd = GUARD_FD, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        poll(ready, 2, TICK_MS);
        struct signalfd_siginfo reported;
        while (read(signals, &reported, sizeof reported) > 0) {
        }
        if (reap(program) || (ready[0].revents & (POLLIN | POLLHUP | POLLERR))) {
            break;
        }
    }
    end_all(program);
    return 0;
}
