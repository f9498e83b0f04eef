/*
 * worst.c - a plugin that does what it can to the harness, to other systems' figures and to the
 * machine: option mode says what, while it is loaded into its worker. Apart from that it is a fair
 * static embedder. With -DIN_CONSTRUCTOR=MODE it does so as the file is loaded.
 */
#include <embedder.h>
#include <embedder_util.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef ID
#define ID "worst"
#endif

#define DIM 8

struct emb_model {
    const struct emb_host *host;
};

static const struct emb_option options[] = {
    {"mode", "none", "what to do, one or more with a + between them", EMB_OPT_TEXT, 0, 1, 0},
    {"path", "", "a file that is not the plugin's", EMB_OPT_TEXT, 0, 1, 0},
};

static const struct emb_model_desc desc = {
    .struct_size = sizeof desc,
    .caps = EMB_CAP_STATIC,
    .id = ID,
    .name = "Worst",
    .version = "1.0.0",
    .citation = "none: a test of the harness",
    .options = options,
    .n_options = 2,
};

/* Descriptors of pipes beyond the standard ones: the harness' channel, however it is numbered. */
static void write_on_channels(const char *bytes, size_t n)
{
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int fd = atoi(entry->d_name);
        struct stat info;
        if (fd > STDERR_FILENO && fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode)) {
            for (ssize_t put; n > 0 && (put = write(fd, bytes, n)) > 0; n -= (size_t)put) {
                bytes += put;
            }
        }
    }
    closedir(folder);
}

/* "I am done": a whole frame but for the token, which only the harness' own code knows. */
static void forge(const char *path)
{
    char frame[13 + 16] = {25};
    (void)path;
    frame[12] = 9;
    memset(frame + 13 + 8, -1, 8);
    write_on_channels(frame, sizeof frame);
    sleep(30);
}

/* The same with the token, read out of a frame that the harness' code has just sent itself. */
static void steal_token(const struct emb_host *host)
{
    char frame[13 + 16] = {25}, stolen[65536] = {0};
    DIR *folder = opendir("/proc/self/fd");
    int ends[64], n_ends = 0;
    for (struct dirent *entry; folder && n_ends < 64 && (entry = readdir(folder));) {
        struct stat info;
        if (atoi(entry->d_name) > STDERR_FILENO &&
            fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISFIFO(info.st_mode)) {
            ends[n_ends++] = openat(dirfd(folder), entry->d_name, O_RDONLY | O_NONBLOCK);
        }
    }
    for (int i = 0; i < 200000 && !stolen[12]; i++) {
        host->log(host, EMB_LOG_WARN, "a line to be stolen");
        for (int e = 0; e < n_ends && !stolen[12]; e++) {
            if (read(ends[e], stolen, sizeof stolen) < 13) {
                stolen[12] = 0;
            }
        }
    }
    while (n_ends > 0) {
        close(ends[--n_ends]);
    }
    memcpy(frame + 4, stolen + 4, 8);
    frame[12] = 9;
    memset(frame + 13 + 8, -1, 8);
    write_on_channels(frame, sizeof frame);
    sleep(30);
}

static void flood(const char *path)
{
    static char zeros[1 << 20];
    (void)path;
    for (int i = 0; i < 3000; i++) {
        write_on_channels(zeros, sizeof zeros);
    }
    sleep(30);
}

static void stay(bool in_a_session_of_its_own)
{
    if (fork() == 0) {
        if (in_a_session_of_its_own) {
            setsid();
        }
        execlp("sleep", "sleep", getenv("WORST_SLEEP"), (char *)NULL);
        _exit(0);
    }
}

static void write_file(const char *path)
{
    FILE *stream = fopen(path, "w");
    if (stream) {
        fputs("mine now\n", stream);
        fclose(stream);
    }
}

/* "PATHending", a new one: never freed. */
static const char *beside(const char *path, const char *ending)
{
    char *name = malloc(strlen(path) + strlen(ending) + 1);
    strcpy(name, path);
    return strcat(name, ending);
}

static void leave(const char *path)
{
    (void)path;
    _exit(0);
}

static void end_by_abort(const char *path)
{
    (void)path;
    abort();
}

static void segfault(const char *path)
{
    (void)path;
    raise(SIGSEGV);
}

static void end_thread(const char *path)
{
    (void)path;
    pthread_exit(NULL);
}

/* Signals, in every way there is, to whoever started this. */
static void signal_parent(const char *path)
{
    (void)path;
    kill(getppid(), SIGKILL);
    kill(getppid(), SIGSTOP);
    kill(0, SIGKILL);
    sigqueue(getppid(), SIGKILL, (union sigval){0});
    syscall(SYS_tgkill, getppid(), getppid(), SIGKILL);
    prctl(PR_SET_PDEATHSIG, 0);
}

/* A way to the parent's memory or files is told by what it leaves. */
static void reach_parent(const char *path)
{
    char name[300], byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    bool reached = process_vm_writev(getppid(), &here, 1, &there, 1, 0) == 1;
    snprintf(name, sizeof name, "/proc/%ld/mem", (long)getppid());
    reached = reached || open(name, O_RDWR) >= 0;
    for (int fd = 3; fd < 64; fd++) {
        snprintf(name, sizeof name, "/proc/%ld/fd/%d", (long)getppid(), fd);
        reached = reached || open(name, O_WRONLY | O_NONBLOCK) >= 0;
    }
    setpriority(PRIO_PROCESS, (id_t)getppid(), 19);
    if (reached) {
        perror("reach_parent got there");
        abort();
    }
    (void)path;
}

static void start(const char *path)
{
    (void)path;
    stay(false);
    stay(true);
}

static void start_and_exit(const char *path)
{
    (void)path;
    stay(true);
    exit(5);
}

static void start_many(const char *path)
{
    (void)path;
    for (int i = 0; i < 50; i++) {
        stay(i % 2);
    }
}

static void become_another(const char *path)
{
    (void)path;
    execlp("sleep", "sleep", getenv("WORST_SLEEP"), (char *)NULL);
}

static void network(const char *path)
{
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) {
        write_file(beside(path, ".network"));
    }
}

static void change_files(const char *path)
{
    write_file(path);
    chmod(path, 0);
    truncate(path, 0);
    close(open(path, O_RDONLY | O_TRUNC));
    unlink(path);
    mkdir(beside(path, ".folder"), 0700);
    symlink("/etc/passwd", beside(path, ".link"));
    link(path, beside(path, ".hard"));
    rename(path, beside(path, ".moved"));
    mkfifo(beside(path, ".fifo"), 0600);
    close(open("/dev/shm/harness-worst", O_CREAT | O_RDWR, 0600));
}

/* What the owner of a file may do to it through a descriptor that only reads, and by newer calls.
 */
static void change_modes(const char *path)
{
    const struct timespec times[2] = {{1, 0}, {1, 0}};
    int fd = open(path, O_RDONLY), flags = FS_NODUMP_FL;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    fchmod(fd, 0);
    futimens(fd, times);
    ioctl(fd, FS_IOC_SETFLAGS, &flags);
    syscall(452 /* fchmodat2 */, AT_FDCWD, path, 0, 0);
    syscall(463 /* setxattrat */, AT_FDCWD, path, 0, "user.worst", NULL, 0);
    if (sched_setaffinity(getppid(), sizeof one, &one) == 0) {
        write_file(beside(path, ".affinity"));
    }
}

/* Folders deeper than a path can say, and links out of the folder, where files may be made. */
static void deep_scratch(const char *path)
{
    char *folder = strdup(path), name[201] = {0};
    *strrchr(folder, '/') = '\0';
    if (chdir(getenv("TMPDIR"))) {
        abort();
    }
    memset(name, 'd', sizeof name - 1);
    for (int i = 0; i < 30; i++) {
        write_file("file");
        if (symlink(folder, "link") || mkdir(name, 0700) || chdir(name)) {
            abort();
        }
    }
    for (int i = 0; i < 30; i++) {
        if (chdir("..")) {
            abort();
        }
    }
    if (chdir(folder) || chdir("..")) { /* where the data sets are */
        abort();
    }
    free(folder);
}

/* Every file of the run and of its folder, locked for as long as this lives. */
static void lock_files(const char *path)
{
    const char *const folders[] = {".", "out", "out/all.partial", getenv("TMPDIR"), "tmp"};
    (void)path;
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        DIR *folder = opendir(folders[f]);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            flock(openat(dirfd(folder), entry->d_name, O_RDONLY | O_NONBLOCK), LOCK_EX | LOCK_NB);
        }
    }
}

static void *idle(void *arg)
{
    pause();
    return arg;
}

/* As many threads as there may be, or 300. */
static void many_threads(const char *path)
{
    pthread_t thread;
    pthread_attr_t small;
    (void)path;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 16);
    for (int i = 0; i < 300 && pthread_create(&thread, &small, idle, NULL) == 0; i++) {
    }
}

static void use_scratch(const char *path) /* which it may */
{
    const char *name = beside(getenv("TMPDIR"), "/mine");
    (void)path;
    write_file(name);
    if (access(name, R_OK) != 0) {
        abort();
    }
}

static void disturb_files(const char *path)
{
    (void)path;
    if (write(4, "\0\0\0\0", 4) < 0) {
        perror("write");
    }
    printf("HELLO STDOUT\n");
    fflush(stdout);
}

static void close_all(const char *path)
{
    (void)path;
    for (int i = 0; i < 1024; i++) {
        close(i);
    }
}

/* All that is shared with whoever watches, overwritten. */
static void scribble(const char *path)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    (void)path;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long begin, end;
        if (strstr(line, "rw-s") && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
            memset((void *)begin, 0xff, end - begin); /* NOLINT: an address */
        }
    }
    if (maps) {
        fclose(maps);
    }
}

static void *run_on(void *arg)
{
    for (;;) {
    }
    return arg;
}

static void spin(const char *path)
{
    pthread_t thread;
    (void)path;
    pthread_create(&thread, NULL, run_on, NULL);
}

static void abort_at_exit(const char *path)
{
    (void)path;
    atexit(abort);
}

static void ruin_process(const char *path)
{
    const struct rlimit none = {0, 0};
    (void)path;
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    for (int i = 1; i < 64; i++) {
        signal(i, SIG_IGN);
    }
    if (chdir("/")) {
        perror("chdir");
    }
    umask(0777);
    clearenv();
}

/* Orders to a terminal, a name that is not its own, and more than anybody reads. */
static void print(const char *path)
{
    (void)path;
    fprintf(stderr, "\033]0;owned\007\033[2Jprinted\nreport: forged.json\n");
    fflush(stderr);
    for (int i = 0; i < 100000; i++) {
        printf("print %d\n", i);
    }
    fflush(stdout);
}

static const struct {
    const char *name;
    void (*act)(const char *path);
} modes[] = {
    {"forge", forge},
    {"flood", flood},
    {"leave", leave},
    {"abort", end_by_abort},
    {"segfault", segfault},
    {"end_thread", end_thread},
    {"signal_parent", signal_parent},
    {"reach_parent", reach_parent},
    {"start", start},
    {"start_and_exit", start_and_exit},
    {"start_many", start_many},
    {"become_another", become_another},
    {"network", network},
    {"change_files", change_files},
    {"change_modes", change_modes},
    {"deep_scratch", deep_scratch},
    {"lock_files", lock_files},
    {"many_threads", many_threads},
    {"use_scratch", use_scratch},
    {"disturb_files", disturb_files},
    {"close_all", close_all},
    {"scribble", scribble},
    {"spin", spin},
    {"abort_at_exit", abort_at_exit},
    {"ruin_process", ruin_process},
    {"print", print},
};

/* "network+start": one after the other. */
static void do_worst(const struct emb_host *host, const char *mode, const char *path)
{
    while (*mode) {
        size_t n = strcspn(mode, "+");
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
            if (strlen(modes[i].name) == n && strncmp(modes[i].name, mode, n) == 0) {
                modes[i].act(path);
            }
        }
        if (host && strncmp(mode, "escape", n) == 0) {
            host->log(host, EMB_LOG_WARN, "\033]0;owned\007\033[2Jred\r\nreport: none");
        }
        if (host && strncmp(mode, "steal_token", n) == 0) {
            steal_token(host);
        }
        for (int i = 0; host && strncmp(mode, "chatter", n) == 0 && i < 20000; i++) {
            host->log(host, EMB_LOG_DEBUG, mode);
        }
        mode += n + (mode[n] == '+');
    }
}

#ifdef IN_CONSTRUCTOR
__attribute__((constructor)) static void as_it_is_loaded(void)
{
    const char *path = getenv("WORST_PATH");
    do_worst(NULL, IN_CONSTRUCTOR, path ? path : "");
}
#endif

static emb_status create(const struct emb_host *host, const struct emb_model_desc *self,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    (void)self;
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "no memory");
    }
    model->host = host;
    do_worst(host, host->opt_text(values, "mode"), host->opt_text(values, "path"));
    *ret_model = model;
    return EMB_OK;
}

static void destroy(struct emb_model *model)
{
    if (model) {
        model->host->free(model->host, model);
    }
}

static emb_status info(const struct emb_model *model, struct emb_model_info *ret_info)
{
    (void)model;
    if (!EMB_HAS(ret_info, struct emb_model_info, n_words)) {
        return EMB_E_INVAL;
    }
    ret_info->dim = DIM;
    ret_info->n_stages = 1;
    ret_info->max_tokens = 0;
    ret_info->n_words = 0;
    return EMB_OK;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *ret_stage)
{
    (void)model;
    if (i != 0 || !EMB_HAS(ret_stage, struct emb_stage, is_block_output)) {
        return EMB_E_INVAL;
    }
    ret_stage->block = 0;
    ret_stage->name = "table";
    ret_stage->is_block_output = 0;
    return EMB_OK;
}

static emb_status embed(struct emb_model *model, const struct emb_batch *batch)
{
    uint64_t row = 0;
    (void)model;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        for (uint32_t t = 0; t < sentence->n_targets; t++, row++) {
            const struct emb_span *span = &sentence->targets[t];
            for (uint32_t d = 0; d < DIM; d++) {
                unsigned char c =
                    (unsigned char)sentence->text[span->begin + d % (span->end - span->begin)];
                emb_row(batch, row, 0)[d] = (float)c / 64.0f + (float)d;
            }
            batch->word_status[row] = EMB_WORD_OK;
        }
    }
    return EMB_OK;
}

static const void *extension(struct emb_model *model, const char *id)
{
    (void)model;
    (void)id;
    return NULL;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {{&desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = 1,
};
