/* Starts a worker with its pipes, its limits and the job in its hand, and ends it. */
#include "worker/process.h"

#include "worker/worker.h"

#include "base/build_tree.h"
#include "base/error.h"
#include "base/instrumented.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_SLACK                                                                               \
    (1ull << 30) /* address space that need not be resident: stacks, BLAS buffers */

extern char **environ;

/* The environment with one thread for OpenBLAS and a TMPDIR; only the array and its first two
 * entries are owned. */
static char **worker_environment(const char *scratch)
{
    static const char threads[] = "OPENBLAS_NUM_THREADS=", temporary[] = "TMPDIR=";
    size_t n = 0, kept = 2;
    while (environ[n]) {
        n++;
    }
    char **environment = mem_array(n + 3, sizeof *environment);
    environment[0] = mem_format("%s1", threads);
    environment[1] = mem_format("%s%s", temporary, scratch);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], threads, sizeof threads - 1) != 0 &&
            strncmp(environ[i], temporary, sizeof temporary - 1) != 0) {
            environment[kept++] = environ[i];
        }
    }
    return environment;
}

static void free_environment(char **environment)
{
    free(environment[0]);
    free(environment[1]);
    free(environment);
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

/* What a file begins with that process_take() reads; the job's bytes follow. Its first page is
 * shared for as long as the worker lives. */
struct given_head {
    struct sandbox_board board;
    uint64_t n_bytes;
    int32_t results;
};

#define BOARD_BYTES 4096u

/* Numbers for the worker's own two files, far above those that it opens: for a plugin that closes
 * or writes wherever it can. */
static void choose_numbers(int *ret_job, int *ret_results)
{
    struct rlimit files;
    uint32_t chance[2] = {0, 1};
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (getrandom(chance, sizeof chance, 0) != (ssize_t)sizeof chance) {
        chance[0] = (uint32_t)getpid();
    }
    uint32_t most = files.rlim_cur < 8192 ? (uint32_t)files.rlim_cur : 8192, half = most / 2;
    *ret_job = (int)(half + chance[0] % (most - half));
    *ret_results = (int)(half + chance[1] % (most - half));
    if (*ret_results == *ret_job) {
        *ret_results = *ret_job > (int)half ? *ret_job - 1 : *ret_job + 1;
    }
}

/* The job in a file without a name; -1 with errno. */
static int job_file(const struct str *job, int results, struct sandbox_board **ret_board)
{
    struct given_head head = {.n_bytes = job->n, .results = results};
    int fd = memfd_create("job", MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    void *board = MAP_FAILED;
    if (write_all(fd, (const char *)&head, sizeof head) && write_all(fd, str_text(job), job->n)) {
        board = mmap(NULL, BOARD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (board == MAP_FAILED) {
        close(fd);
        return -1;
    }
    *ret_board = board;
    return fd;
}

bool process_take(const char *number, struct process_given *ret_given)
{
    struct given_head head;
    int fd = atoi(number);
    if (fd <= STDERR_FILENO || pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head) {
        return false;
    }
    struct process_given given = {.results = head.results};
    char block[16384];
    ssize_t n;
    while (given.job.n < head.n_bytes &&
           (n = pread(fd, block, sizeof block, (off_t)(sizeof head + given.job.n))) > 0) {
        str_append(&given.job, block, (size_t)n);
    }
    void *board = mmap(NULL, BOARD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    given.board = board == MAP_FAILED ? NULL : board;
    if (given.job.n != head.n_bytes || head.results <= STDERR_FILENO) {
        str_finish(&given.job);
        return false;
    }
    /* Nothing else is open, whatever the harness itself was started with. */
    close_range(STDERR_FILENO + 1, (unsigned)head.results - 1, 0);
    close_range((unsigned)head.results + 1, ~0u, 0);
    fcntl(head.results, F_SETFD, FD_CLOEXEC);
    *ret_given = given;
    return true;
}

static int spawn(int job_fd, int job_number, int result_fd, int result_number, int print_fd,
                 const char *name, const char *scratch, pid_t *ret_pid)
{
    char parent[32], number[32];
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    snprintf(number, sizeof number, "%d", job_number);
    const char *argv[] = {"harness", WORKER_ARGUMENT, parent, number, name, NULL};
    char **environment = worker_environment(scratch);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, print_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, print_fd, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, job_fd, job_number);
    posix_spawn_file_actions_adddup2(&actions, result_fd, result_number);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    int why = posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes,
                          (char *const *)(uintptr_t)argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free_environment(environment);
    return why;
}

/* A pipe whose end for reading does not block. */
static bool make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

/* The worker with its two pipes; 0, or errno. */
static int start_with_pipes(struct process *process, int job_fd, int job_number, int result_number,
                            const char *name)
{
    int results[2], prints[2];
    if (!make_pipe(results)) {
        return errno;
    }
    process->results = results[0];
    int why = make_pipe(prints) ? 0 : errno;
    if (!why) {
        process->printed = prints[0];
        why = spawn(job_fd, job_number, results[1], result_number, prints[1], name,
                    process->scratch.folder, &process->pid);
        close(prints[1]);
    }
    close(results[1]);
    return why;
}

int process_start(const struct str *job, const char *name, struct process *ret_process)
{
    struct process process = {0};
    int job_number, result_number;
    TRY(build_tree_check_program());
    int status = scratch_make(&process.scratch);
    if (status) {
        return status;
    }
    children_adopt(&process.before);
    choose_numbers(&job_number, &result_number);
    int job_fd = job_file(job, result_number, &process.board);
    if (job_fd < 0) {
        status = error_set(ERR_MACHINE, "cannot hand a job to a worker: %s", strerror(errno));
        process_finish(&process);
        return status;
    }
    int why = start_with_pipes(&process, job_fd, job_number, result_number, name);
    close(job_fd);
    if (why) {
        process_finish(&process);
        return error_set(ERR_MACHINE, "cannot start a worker: %s", strerror(why));
    }
    *ret_process = process;
    return 0;
}

void process_kill(const struct process *process)
{
    kill(-process->pid, SIGKILL);
    kill(process->pid, SIGKILL); /* in case its group is not made yet */
}

void process_ask_to_end(const struct process *process)
{
    kill(process->pid, SIGTERM);
}

static bool (*when_asked)(void);

static void be_asked(int number)
{
    if (!when_asked()) {
        signal(number, SIG_DFL);
        raise(number); /* takes effect when this handler returns */
    }
}

void process_on_request(bool (*end_tidily)(void))
{
    struct sigaction action = {.sa_handler = be_asked, .sa_flags = SA_RESTART};
    when_asked = end_tidily;
    sigaction(SIGTERM, &action, NULL);
}

bool process_ended(const struct process *process, int *ret_wait_status)
{
    return waitpid(process->pid, ret_wait_status, WNOHANG) == process->pid;
}

int process_wait(const struct process *process)
{
    int wait_status = 0;
    while (waitpid(process->pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return wait_status;
}

void process_finish(struct process *process)
{
    if (process->pid > 0) {
        children_end_others(process->pid, &process->before);
    }
    free(process->before.pids);
    if (process->results > 0) {
        close(process->results);
    }
    if (process->printed > 0) {
        close(process->printed);
    }
    if (process->board) {
        munmap(process->board, BOARD_BYTES);
    }
    scratch_finish(&process->scratch);
    *process = (struct process){0};
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
#if !INSTRUMENTED
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
