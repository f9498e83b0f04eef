/* Starts a program under its guard and ends it again. */
#include "program.h"

#include "embedder_util.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100
#define READ_BYTES 65536
#define READ_ROUNDS 64    /* blocks of one stream at a time, so that none starves the others */
#define END_SECONDS 5.0   /* for the guard to kill everything */
#define HIGHEST_OWN_FD 10 /* descriptors that are moved into place come from above */

extern char **environ;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Both ends of each channel; theirs[i] becomes the file number places[i] of the program's guard. */
enum { OUT, ERR, CONTROL, LIFE, N_CHANNELS };
static const int places[N_CHANNELS] = {STDOUT_FILENO, STDERR_FILENO, PROTOCOL_FD, GUARD_FD};

static int open_channel(unsigned which, int *ret_ours, int *ret_theirs)
{
    int ends[2];
    int failed =
        which == OUT || which == ERR
            ? pipe2(ends, O_CLOEXEC)
            : socketpair(AF_UNIX, (which == LIFE ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0,
                         ends);
    if (failed) {
        return -1;
    }
    *ret_ours = ends[0];
    *ret_theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, HIGHEST_OWN_FD);
    close(ends[1]);
    return *ret_theirs < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ? -1 : 0;
}

/* The environment and what the program must know besides. Only the first *ret_n_own texts and the
 * array are owned. NULL: out of memory. */
static char **environment(const char *folder, uint32_t n_threads, size_t *ret_n_own)
{
    static const char *const names[] = {
        "PYTHONPATH=",           "OMP_NUM_THREADS=",  "MKL_NUM_THREADS=",
        "OPENBLAS_NUM_THREADS=", "PYTHONUNBUFFERED=", PROTOCOL_FD_NAME "="};
    enum { N = sizeof names / sizeof *names };
    const char *path = getenv("PYTHONPATH");
    size_t n = 0, kept = N;
    while (environ[n]) {
        n++;
    }
    char **all = calloc(n + N + 1, sizeof *all);
    bool failed = !all || asprintf(&all[0], "PYTHONPATH=%s%s%s", folder, path && path[0] ? ":" : "",
                                   path ? path : "") < 0;
    for (size_t i = 1; i < N && !failed; i++) {
        unsigned value = i < 4 ? n_threads : i == 4 ? 1 : PROTOCOL_FD;
        failed = asprintf(&all[i], "%s%u", names[i], value) < 0;
        *ret_n_own = i + 1;
    }
    for (size_t i = 0; i < n && !failed; i++) {
        bool ours = false;
        for (size_t k = 0; k < N; k++) {
            ours = ours || strncmp(environ[i], names[k], strlen(names[k])) == 0;
        }
        if (!ours) {
            all[kept++] = environ[i];
        }
    }
    return failed ? NULL : all;
}

static int spawn(const char *guard, char *const *argv, char *const *env, const int *theirs,
                 pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (unsigned i = 0; i < N_CHANNELS; i++) {
        posix_spawn_file_actions_adddup2(&actions, theirs[i], places[i]);
    }
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    int why = posix_spawn(ret_pid, guard, &actions, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return why;
}

static emb_status start_guard(struct program *program, const char *folder, char *const *argv,
                              const int *theirs)
{
    const struct emb_host *host = program->host;
    size_t n = 0, n_own = 0;
    while (argv[n]) {
        n++;
    }
    char *guard = NULL;
    char **all = calloc(n + 2, sizeof *all);
    char **env = environment(folder, host->n_workers, &n_own);
    emb_status status = EMB_OK;
    if (!all || !env || asprintf(&guard, "%s/process-guard", folder) < 0) {
        status = emb_failf(host, EMB_E_NOMEM, "process: no memory to start a program");
    } else {
        all[0] = guard;
        memcpy(all + 1, argv, n * sizeof *all);
        int why = spawn(guard, all, env, theirs, &program->guard);
        if (why) {
            program->guard = 0;
            status = emb_failf(host, EMB_E_IO, "%s: cannot be started: %s", guard, strerror(why));
        }
    }
    for (size_t i = 0; env && i < n_own; i++) {
        free(env[i]);
    }
    free(env);
    free(all);
    free(guard);
    return status;
}

emb_status program_start(const struct emb_host *host, const char *folder, char *const *argv,
                         struct program *ret_program)
{
    *ret_program = PROGRAM_NONE;
    ret_program->host = host;
    int *ours[N_CHANNELS] = {[OUT] = &ret_program->out,
                             [ERR] = &ret_program->err,
                             [CONTROL] = &ret_program->control,
                             [LIFE] = &ret_program->life};
    int theirs[N_CHANNELS] = {-1, -1, -1, -1};
    emb_status status = EMB_OK;
    for (unsigned i = 0; i < N_CHANNELS && !status; i++) {
        if (open_channel(i, ours[i], &theirs[i]) != 0) {
            status = emb_failf(host, EMB_E_IO, "process: cannot make a channel to the program: %s",
                               strerror(errno));
        }
    }
    if (!status) {
        status = start_guard(ret_program, folder, argv, theirs);
    }
    for (unsigned i = 0; i < N_CHANNELS; i++) {
        close_fd(&theirs[i]);
    }
    return status;
}

/* What has been printed until now. False at the end of the stream. */
static bool read_printed(struct program *program, unsigned stream, int fd)
{
    char block[READ_BYTES];
    for (unsigned round = 0; round < READ_ROUNDS; round++) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 && errno == EAGAIN;
        }
        printed_add(&program->printed, program->host, stream, block, (size_t)n);
    }
    return true;
}

static void read_all_printed(struct program *program)
{
    if (program->out >= 0 && !read_printed(program, 0, program->out)) {
        close_fd(&program->out);
    }
    if (program->err >= 0 && !read_printed(program, 1, program->err)) {
        close_fd(&program->err);
    }
}

/* False: out of memory. Descriptors that come along are closed by the kernel: none is asked for. */
static bool read_control(struct program *program)
{
    char block[READ_BYTES];
    for (unsigned round = 0; round < READ_ROUNDS && !program->control_ended; round++) {
        ssize_t n = recv(program->control, block, sizeof block, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n <= 0) {
            program->control_ended = true;
        } else if (!frame_reader_add(&program->frames, block, (size_t)n)) {
            return false;
        }
    }
    return true;
}

static bool take_end(struct program *program)
{
    struct guard_report said = {0};
    ssize_t n = recv(program->life, &said, sizeof said, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    bool open = read_control(program); /* its last words */
    read_all_printed(program);
    printed_flush(&program->printed, program->host);
    if (n != sizeof said) {
        snprintf(program->how, sizeof program->how, "its guard was killed");
    } else if (said.kind == GUARD_SIGNALLED) {
        snprintf(program->how, sizeof program->how, "signal %d (%s)", said.value,
                 strsignal(said.value));
    } else if (said.kind == GUARD_EXITED) {
        snprintf(program->how, sizeof program->how, "exit status %d", said.value);
    } else {
        snprintf(program->how, sizeof program->how, "cannot be started: %s", strerror(said.value));
    }
    program->ended = true;
    return open;
}

static bool send_some(struct program *program, const char *bytes, size_t n, size_t *sent, int fd)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)(bytes + *sent), .iov_len = n - *sent};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0 && *sent == 0) {
        control.head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
        message.msg_control = &control;
        message.msg_controllen = CMSG_LEN(sizeof fd);
    }
    ssize_t done = sendmsg(program->control, &message, MSG_NOSIGNAL);
    if (done > 0) {
        *sent += (size_t)done;
        return true;
    }
    return errno == EAGAIN || errno == EINTR;
}

bool program_pump(struct program *program, const char *bytes, size_t n, size_t *sent, int fd)
{
    if (program->ended) {
        return true;
    }
    bool sending = *sent < n && !program->control_ended;
    short control = (short)(POLLIN | (sending ? POLLOUT : 0));
    struct pollfd ready[] = {
        {.fd = program->control_ended ? -1 : program->control, .events = control},
        {.fd = program->life, .events = POLLIN},
        {.fd = program->out, .events = POLLIN},
        {.fd = program->err, .events = POLLIN},
    };
    if (poll(ready, 4, TICK_MS) < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    bool sound = true;
    if (ready[2].revents || ready[3].revents) {
        read_all_printed(program);
    }
    if (sending && (ready[0].revents & POLLOUT)) {
        program->control_ended = !send_some(program, bytes, n, sent, fd);
    }
    if (ready[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        sound = read_control(program);
    }
    if (ready[1].revents) {
        sound = take_end(program) && sound;
    }
    return sound;
}

void program_wait(struct program *program, double seconds)
{
    size_t none = 0;
    double end = now() + seconds;
    while (!program->ended && now() < end) {
        program->frames.at = program->frames.n; /* nothing it may still say matters */
        program_pump(program, NULL, 0, &none, -1);
    }
}

void program_end(struct program *program)
{
    close_fd(&program->control);
    close_fd(&program->life); /* what the guard waits for */
    if (program->guard > 0) {
        double end = now() + END_SECONDS;
        pid_t gone = 0;
        while ((gone = waitpid(program->guard, NULL, WNOHANG)) == 0 && now() < end) {
            if (program->out >= 0 || program->err >= 0) {
                read_all_printed(program);
            }
            poll(NULL, 0, 1);
        }
        if (gone == 0) {
            kill(program->guard, SIGKILL); /* and the program goes with it */
            waitpid(program->guard, NULL, 0);
        }
        program->guard = 0;
    }
    read_all_printed(program);
    printed_flush(&program->printed, program->host);
    close_fd(&program->out);
    close_fd(&program->err);
    frame_reader_finish(&program->frames);
}
