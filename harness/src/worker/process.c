#include "worker/process.h"

#include "worker/worker.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

#define MEMORY_SLACK                                                                               \
    (1ull << 30) /* address space that need not be resident: stacks, BLAS buffers */

extern char **environ;

/* The environment with one thread for OpenBLAS; only the array and its first entry are owned. */
static char **worker_environment(void)
{
    static const char threads[] = "OPENBLAS_NUM_THREADS=";
    size_t n = 0, kept = 1;
    while (environ[n]) {
        n++;
    }
    char **environment = mem_array(n + 2, sizeof *environment);
    environment[0] = mem_format("%s1", threads);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], threads, sizeof threads - 1) != 0) {
            environment[kept++] = environ[i];
        }
    }
    return environment;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t written = write(fd, bytes + done, n - done);
        if (written < 0) {
            return false;
        }
        done += (size_t)written;
    }
    return true;
}

/* The job in a file without a name; -1 with errno. Numbers above those of the worker's own files,
 * so that moving one into place cannot close the other. */
static int job_file(const struct str *job)
{
    int fd = memfd_create("job", MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    if (high >= 0 && !write_all(high, str_text(job), job->n)) {
        close(high);
        return -1;
    }
    return high;
}

static int result_pipe(int *ret_read, int *ret_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    int high = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    close(ends[1]);
    if (high < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        close(ends[0]);
        return -1;
    }
    *ret_read = ends[0];
    *ret_write = high;
    return 0;
}

static int spawn(int job_fd, int result_fd, const char *name, pid_t *ret_pid)
{
    char parent[32];
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *argv[] = {"harness", WORKER_ARGUMENT, parent, name, NULL};
    char **environment = worker_environment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, job_fd, PROCESS_JOB_FD);
    posix_spawn_file_actions_adddup2(&actions, result_fd, PROCESS_RESULT_FD);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    int why = posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes,
                          (char *const *)(uintptr_t)argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(environment[0]);
    free(environment);
    return why;
}

int process_start(const struct str *job, const char *name, pid_t *ret_pid, int *ret_fd)
{
    int read_fd, write_fd;
    int job_fd = job_file(job);
    if (job_fd < 0) {
        return error_set(ERR_MACHINE, "cannot hand a job to a worker: %s", strerror(errno));
    }
    if (result_pipe(&read_fd, &write_fd) != 0) {
        int status = error_set(ERR_MACHINE, "cannot make a pipe: %s", strerror(errno));
        close(job_fd);
        return status;
    }
    int why = spawn(job_fd, write_fd, name, ret_pid);
    close(job_fd);
    close(write_fd);
    if (why) {
        close(read_fd);
        return error_set(ERR_MACHINE, "cannot start a worker: %s", strerror(why));
    }
    *ret_fd = read_fd;
    return 0;
}

void process_kill(pid_t pid)
{
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL); /* in case its group is not made yet */
}

bool process_ended(pid_t pid, int *ret_wait_status)
{
    return waitpid(pid, ret_wait_status, WNOHANG) == pid;
}

int process_wait(pid_t pid)
{
    int wait_status = 0;
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return wait_status;
}

uint64_t process_peak_rss(pid_t pid)
{
    char path[64], line[256];
    unsigned long long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return 0;
    }
    while (fgets(line, sizeof line, stream) && sscanf(line, "VmHWM: %llu kB", &kilobytes) != 1) {
    }
    fclose(stream);
    return kilobytes * 1024;
}

void process_limit_memory(uint64_t limit)
{
#ifndef UNDER_SANITIZER
    if (limit > 0) {
        const struct rlimit bounds = {limit + MEMORY_SLACK, limit + MEMORY_SLACK};
        setrlimit(RLIMIT_DATA, &bounds);
    }
#else
    (void)limit;
#endif
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
#define N_CAUGHT (sizeof caught / sizeof *caught)
static struct sigaction before[N_CAUGHT];
static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void process_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal}; /* no SA_RESTART: poll() must wake */
    interrupted = 0;
    for (size_t i = 0; i < N_CAUGHT; i++) {
        sigaction(caught[i], &action, &before[i]);
        if (before[i].sa_handler == SIG_IGN) { /* nohup, a shell's background job */
            sigaction(caught[i], &before[i], NULL);
        }
    }
}

void process_restore_signals(void)
{
    for (size_t i = 0; i < N_CAUGHT; i++) {
        sigaction(caught[i], &before[i], NULL);
    }
}

bool process_interrupted(void)
{
    return interrupted;
}
