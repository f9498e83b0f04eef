/* Loads plugins in sandboxed children and takes their descriptions from a pipe. */
#include "plugin/probe.h"

#include "plugin/load.h"
#include "plugin/plugin.h"
#include "plugin/probe_read.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/printed.h"
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_SECONDS 30.0 /* to load one file */
#define CHANNEL 1000      /* about the child's number of its end of the pipe */

/* A child that loads files, as its parent has it. */
struct prober {
    pid_t pid;
    int fd, prints; /* its frames; a file in memory of what the plugins print */
    uint64_t token;
    struct sandbox_board *board;
};

static void send_frame(int fd, struct str *frame, uint64_t token)
{
    wire_stamp(frame, token);
    for (size_t done = 0; done < frame->n;) {
        ssize_t n = write(fd, frame->data + done, frame->n - done);
        if (n < 0 && errno != EINTR) {
            _exit(3);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    str_clear(frame);
}

/* Nothing but the pipe is left of what the parent had open. */
static int move_channel(int fd, int prints)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(prints < 0 ? null : prints, STDOUT_FILENO);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    int high = fcntl(fd, F_DUPFD_CLOEXEC, CHANNEL);
    high = high < 0 ? fd : high;
    if (high > STDERR_FILENO + 1) {
        close_range(STDERR_FILENO + 1, (unsigned)high - 1, 0);
    }
    close_range((unsigned)high + 1, ~0u, 0);
    return high;
}

static _Noreturn void serve(char *const *paths, uint32_t n, int fd, const struct prober *prober)
{
    const struct sandbox sandbox = {.confined = true, .board = prober->board};
    const struct rlimit no_core = {0, 0}, printed = {MOST_PRINTED, MOST_PRINTED};
    struct str frame = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_FSIZE, &printed);
    signal(SIGXFSZ, SIG_IGN);               /* what is printed beyond is lost */
    setenv("OPENBLAS_NUM_THREADS", "1", 1); /* else it starts as many as fit as it is loaded */
    fd = move_channel(fd, prober->prints);
    sandbox_enter(&sandbox);
    for (uint32_t i = 0; i < n; i++) {
        const struct emb_plugin_entry *entry = NULL;
        char *flaw = plugin_load_file(paths[i], &entry);
        size_t begun = wire_begin(&frame, flaw ? PROBE_FLAW : PROBE_MODELS);
        if (flaw) {
            wire_text(&frame, flaw);
        } else {
            description_write(entry, &frame);
        }
        wire_end(&frame, begun);
        send_frame(fd, &frame, prober->token);
        free(flaw);
    }
    fflush(NULL);
    _exit(0);
}

static int start(char *const *paths, uint32_t n, struct prober *ret_prober)
{
    struct prober prober = {0};
    int ends[2];
    void *board =
        mmap(NULL, sizeof *prober.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(ERR_MACHINE, "cannot make a pipe to look at plugins: %s", strerror(errno));
    }
    prober.board = board;
    if (getrandom(&prober.token, sizeof prober.token, 0) != (ssize_t)sizeof prober.token) {
        prober.token = (uint64_t)getpid();
    }
    prober.prints = memfd_create("prints", MFD_CLOEXEC);
    fflush(NULL); /* or the child would print it again */
    prober.pid = fork();
    if (prober.pid == 0) {
        serve(paths, n, ends[1], &prober);
    }
    int why = errno;
    close(ends[1]);
    if (prober.pid < 0) {
        close(ends[0]);
        close(prober.prints);
        munmap(board, sizeof *prober.board);
        return error_set(ERR_MACHINE, "cannot start a process to look at plugins: %s",
                         strerror(why));
    }
    prober.fd = ends[0];
    *ret_prober = prober;
    return 0;
}

static char *flaw_of_end(const struct prober *prober, int wait_status)
{
    struct str calls = {0};
    sandbox_describe(prober->board, &calls);
    char *refused = calls.n > 0 ? mem_format(" (the sandbox refused: %s)", str_text(&calls)) : NULL;
    char *flaw = WIFSIGNALED(wait_status)
                     ? mem_format("its constructors ended the process: signal %d (%s)%s",
                                  WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)),
                                  refused ? refused : "")
                     : mem_format("its constructors ended the process: exit status %d%s",
                                  WEXITSTATUS(wait_status), refused ? refused : "");
    free(refused);
    str_finish(&calls);
    return flaw;
}

/* Ends the child, with its group; how it ended by itself, where it did. */
static int stop(struct prober *prober)
{
    siginfo_t ended;
    int wait_status = 0;
    double begun = clock_seconds();
    while (clock_seconds() - begun < 1 &&
           waitid(P_PID, (id_t)prober->pid, &ended, WEXITED | WNOWAIT | WNOHANG) == 0 &&
           ended.si_pid == 0) {
        usleep(500);
    }
    kill(-prober->pid, SIGKILL);
    kill(prober->pid, SIGKILL);
    while (waitpid(prober->pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    close(prober->fd);
    return wait_status;
}

static void show_prints(const char *path, uint32_t n, int fd)
{
    if (fd < 0) { /* there was no file in memory to print into */
        return;
    }
    const char *slash = strrchr(path, '/');
    struct printed printed = {.who = n > 1   ? "a plugin that came with the harness"
                                     : slash ? slash + 1
                                             : path};
    if (lseek(fd, 0, SEEK_SET) == 0) {
        printed_read(&printed, fd);
    }
    printed_finish(&printed);
    close(fd);
}

/* Files from the first on, until the child is through or one of them ends it; *ret_n is how many
 * were judged. */
static int probe_some(char *const *paths, uint32_t n, struct probed *probed, uint32_t *ret_n)
{
    struct prober prober = {0};
    uint32_t judged;
    TRY(start(paths, n, &prober));
    enum probe_end end = probe_read(prober.fd, prober.token, MOST_SECONDS, n, probed, &judged);
    if (end == PROBE_LATE || end == PROBE_FOREIGN) {
        kill(prober.pid, SIGKILL);
    }
    int wait_status = stop(&prober);
    if (end == PROBE_LATE) {
        probed[judged].flaw = mem_format("loading it took more than %g s", MOST_SECONDS);
    } else if (end == PROBE_FOREIGN) {
        probed[judged].flaw = mem_text("its constructors wrote what is no description");
    } else if (end == PROBE_SHORT) {
        probed[judged].flaw = flaw_of_end(&prober, wait_status);
    }
    show_prints(paths[0], n, prober.prints);
    munmap(prober.board, sizeof *prober.board);
    *ret_n = judged + (end != PROBE_ALL);
    return 0;
}

int probe_files(char *const *paths, uint32_t n, struct probed *ret_probed)
{
    memset(ret_probed, 0, n * sizeof *ret_probed);
    for (uint32_t i = 0, done = 0; i < n; i += done) {
        uint32_t together = 1;
        while (plugin_is_own(paths[i]) && i + together < n && plugin_is_own(paths[i + together])) {
            together++;
        }
        TRY(probe_some(paths + i, together, ret_probed + i, &done));
    }
    return 0;
}
