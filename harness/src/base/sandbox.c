/* Closes the sandbox around a process: capabilities dropped, Landlock rules, seccomp filter. */
#include "base/sandbox.h"

#include "base/instrumented.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Landlock as its ABI has it, include/uapi/linux/landlock.h: older headers lack the later parts. */
#define LANDLOCK_VERSION 1u /* flag of create_ruleset */
#define LANDLOCK_PATH_BENEATH 1u
#define FS_WRITE_FILE (1ull << 1)
#define FS_MAKES_AND_REMOVES 0x1ff0ull /* REMOVE_DIR to MAKE_SYM: bits 4 to 12 */
#define FS_REFER (1ull << 13)          /* ABI 2 */
#define FS_TRUNCATE (1ull << 14)       /* ABI 3 */
#define FS_OF_A_FILE (FS_WRITE_FILE | FS_TRUNCATE)
#define SCOPE_ABSTRACT_UNIX 1ull /* ABI 6 */
#define SCOPE_SIGNAL 2ull

struct ruleset {
    uint64_t files, network, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

static int landlock_version(void)
{
#ifdef SYS_landlock_create_ruleset
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
#else
    return -1;
#endif
}

static void allow_below(int ruleset, const char *path, uint64_t rights)
{
#ifdef SYS_landlock_add_rule
    struct stat info;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0) {
        bool folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
        struct path_beneath rule = {folder ? rights : rights & FS_OF_A_FILE, fd};
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0);
        close(fd);
    }
#else
    (void)ruleset, (void)path, (void)rights;
#endif
}

static void enter_landlock(const struct sandbox *sandbox)
{
#ifdef SYS_landlock_restrict_self
    int version = landlock_version();
    struct ruleset rules = {0};
    if (sandbox->confined) {
        rules.files = FS_WRITE_FILE | FS_MAKES_AND_REMOVES | (version >= 2 ? FS_REFER : 0) |
                      (version >= 3 ? FS_TRUNCATE : 0);
    }
    if (version >= 6) {
        rules.scoped = SCOPE_SIGNAL | (sandbox->confined ? SCOPE_ABSTRACT_UNIX : 0);
    }
    if (version < 1 || (rules.files == 0 && rules.scoped == 0)) {
        return;
    }
    size_t size = version >= 6   ? sizeof rules
                  : version >= 4 ? offsetof(struct ruleset, scoped)
                                 : offsetof(struct ruleset, network);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0) {
        return;
    }
    if (sandbox->confined) {
        for (uint32_t i = 0; i < sandbox->n_writable; i++) {
            allow_below(ruleset, sandbox->writable[i], rules.files);
        }
        allow_below(ruleset, "/dev/null", rules.files);
#if INSTRUMENTED
        allow_below(ruleset, HARNESS_BUILD_ROOT, rules.files); /* logs and coverage */
#endif
    }
    syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
#else
    (void)sandbox;
#endif
}

/* Later calls are not there for a confined process: what they can do nobody has looked at. */
#define NEWEST_CALL 450u /* set_mempolicy_home_node, Linux 5.17 */

/* The calls that are refused whatever they are called with, and their names. */
#define CALL(name)                                                                                 \
    {                                                                                              \
        SYS_##name, #name                                                                          \
    }
static const struct {
    int number;
    const char *name;
} refused[] = {
    CALL(socket),
    CALL(socketpair),
    CALL(connect),
    CALL(bind),
    CALL(listen),
    CALL(accept4),
    CALL(execve),
    CALL(execveat),
    CALL(setsid),
    CALL(setpgid),
    CALL(tkill),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kcmp),
    CALL(perf_event_open),
    CALL(bpf),
    CALL(userfaultfd),
    CALL(shmget),
    CALL(semget),
    CALL(msgget),
    CALL(mq_open),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(chroot),
    CALL(unshare),
    CALL(setns),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(acct),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(adjtimex),
    CALL(clock_adjtime),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(quotactl),
    CALL(syslog),
    CALL(add_key),
    CALL(request_key),
    CALL(keyctl),
    CALL(open_by_handle_at),
    CALL(fanotify_init),
    CALL(move_pages),
    CALL(migrate_pages),
    CALL(personality),
    CALL(setpriority), /* of others */
    CALL(ioprio_set),
    CALL(sched_setscheduler),
    CALL(sched_setparam),
    CALL(sched_setattr),
    CALL(truncate), /* which Landlock knows since its ABI 3 */
    CALL(fchmod),
    CALL(fchmodat),
    CALL(fchownat),
    CALL(fchown),
    CALL(utimensat),
    CALL(setxattr),
    CALL(lsetxattr),
    CALL(fsetxattr),
    CALL(removexattr),
    CALL(lremovexattr),
    CALL(fremovexattr),
#ifdef __x86_64__
    CALL(fork),
    CALL(vfork),
    CALL(accept),
    CALL(chmod),
    CALL(chown),
    CALL(lchown),
    CALL(utime),
    CALL(utimes),
    CALL(futimesat),
    CALL(iopl),
    CALL(ioperm),
    CALL(modify_ldt),
#endif
#ifdef SYS_io_uring_setup
    CALL(io_uring_setup),
#endif
#ifdef SYS_pidfd_send_signal
    CALL(pidfd_send_signal),
#endif
#ifdef SYS_pidfd_getfd
    CALL(pidfd_getfd),
#endif
#ifdef SYS_process_madvise
    CALL(process_madvise),
#endif
#ifdef SYS_mount_setattr
    CALL(mount_setattr),
#endif
#ifdef SYS_quotactl_fd
    CALL(quotactl_fd),
#endif
#ifdef SYS_open_tree
    CALL(open_tree),
    CALL(move_mount),
    CALL(fsopen),
    CALL(fsmount),
#endif
#if !INSTRUMENTED /* the leak sanitizer stops the other threads and looks at them */
    CALL(ptrace),
#endif
};

/* Those that are refused for some arguments. */
static const struct {
    int number;
    const char *name;
} refused_sometimes[] = {
    CALL(clone),     CALL(kill),  CALL(tgkill), CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo),
    CALL(prlimit64), CALL(prctl), CALL(ioctl),  CALL(fcntl),           CALL(sched_setaffinity)};

#define N_REFUSED (sizeof refused / sizeof *refused)
#define N_SOMETIMES (sizeof refused_sometimes / sizeof *refused_sometimes)

static struct sandbox_board *the_board;

#ifdef ARCHITECTURE

/* The kernel did not do the call: it is noted, and fails. */
static void note_refusal(int signal, siginfo_t *info, void *context)
{
    ucontext_t *at = context;
    unsigned number = (unsigned)info->si_syscall;
    (void)signal;
    if (the_board && number < 64 * sizeof the_board->refused / sizeof *the_board->refused) {
        atomic_fetch_or(&the_board->refused[number / 64], UINT64_C(1) << number % 64);
    }
#ifdef __x86_64__
    at->uc_mcontext.gregs[REG_RAX] = -EPERM;
#else
    at->uc_mcontext.regs[0] = (uint64_t)-EPERM;
#endif
}

/* A filter while it is written: each rule is a few instructions of classic BPF. */
struct filter {
    struct sock_filter code[512];
    unsigned short n;
};

static void add(struct filter *filter, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    filter->code[filter->n++] = (struct sock_filter){code, if_true, if_false, k};
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ANY_BIT (BPF_JMP | BPF_JSET | BPF_K)
#define RETURN (BPF_RET | BPF_K)
#define NUMBER offsetof(struct seccomp_data, nr)
/* The lower half of an argument, which is all of a process or a flag. */
#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8u * (unsigned)(i))

static void refuse(struct filter *filter, int number)
{
    add(filter, IF_EQUAL, (uint32_t)number, 0, 1);
    add(filter, RETURN, SECCOMP_RET_TRAP, 0, 0);
}

/* Refuses `number` unless argument i is a or b. */
static void allow_for(struct filter *filter, int number, int i, uint32_t a, uint32_t b)
{
    add(filter, IF_EQUAL, (uint32_t)number, 0, 5);
    add(filter, LOAD, (uint32_t)ARGUMENT(i), 0, 0);
    add(filter, IF_EQUAL, a, 2, 0);
    add(filter, IF_EQUAL, b, 1, 0);
    add(filter, RETURN, SECCOMP_RET_TRAP, 0, 0);
    add(filter, LOAD, NUMBER, 0, 0);
}

/* Refuses `number` if argument i is a or b. */
static void refuse_for(struct filter *filter, int number, int i, uint32_t a, uint32_t b)
{
    add(filter, IF_EQUAL, (uint32_t)number, 0, 5);
    add(filter, LOAD, (uint32_t)ARGUMENT(i), 0, 0);
    add(filter, IF_EQUAL, a, 1, 0);
    add(filter, IF_EQUAL, b, 0, 1);
    add(filter, RETURN, SECCOMP_RET_TRAP, 0, 0);
    add(filter, LOAD, NUMBER, 0, 0);
}

static void write_filter(struct filter *filter)
{
    const uint32_t self = (uint32_t)getpid();
    add(filter, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
    add(filter, IF_EQUAL, ARCHITECTURE, 1, 0);
    add(filter, RETURN, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    add(filter, LOAD, NUMBER, 0, 0);
#ifdef __x86_64__
    add(filter, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* the x32 way into the same calls */
    add(filter, RETURN, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
#endif
    add(filter, BPF_JMP | BPF_JGT | BPF_K, NEWEST_CALL, 0, 1);
    add(filter, RETURN, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    for (size_t i = 0; i < N_REFUSED; i++) {
        refuse(filter, refused[i].number);
    }
    allow_for(filter, SYS_kill, 0, self, self);
    allow_for(filter, SYS_tgkill, 0, self, self);
    allow_for(filter, SYS_rt_sigqueueinfo, 0, self, self);
    allow_for(filter, SYS_rt_tgsigqueueinfo, 0, self, self);
    allow_for(filter, SYS_prlimit64, 0, 0, self);
    allow_for(filter, SYS_sched_setaffinity, 0, 0, self);
    refuse_for(filter, SYS_kill, 1, SIGSTOP, SIGTSTP);
    refuse_for(filter, SYS_tgkill, 2, SIGSTOP, SIGTSTP);
#if INSTRUMENTED /* the leak sanitizer's tracer ends with its parent; a trap in it kills it */
    refuse_for(filter, SYS_prctl, 0, PR_SET_CHILD_SUBREAPER, PR_SET_CHILD_SUBREAPER);
#else
    refuse_for(filter, SYS_prctl, 0, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER);
#endif
    refuse_for(filter, SYS_ioctl, 1, TIOCSTI, TIOCCONS); /* keys into the user's terminal */
    refuse_for(filter, SYS_ioctl, 1, FIOSETOWN, TIOCLINUX);
    refuse_for(filter, SYS_ioctl, 1, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR); /* of files only read */
    refuse_for(filter, SYS_fcntl, 1, F_SETOWN, F_SETOWN_EX); /* signals on others' behalf */
#if !INSTRUMENTED
    add(filter, IF_EQUAL, SYS_clone, 0, 4); /* threads, no processes */
    add(filter, LOAD, (uint32_t)ARGUMENT(0), 0, 0);
    add(filter, IF_ANY_BIT, 0x00010000 /* CLONE_THREAD */, 1, 0);
    add(filter, RETURN, SECCOMP_RET_TRAP, 0, 0);
    add(filter, LOAD, NUMBER, 0, 0);
#endif
#ifdef SYS_clone3 /* whose flags lie in memory, out of a filter's sight: the C library falls back  \
                   */
    add(filter, IF_EQUAL, SYS_clone3, 0, 1);
    add(filter, RETURN, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
#endif
    add(filter, RETURN, SECCOMP_RET_ALLOW, 0, 0);
}

static void enter_seccomp(struct sandbox_board *board)
{
    static struct filter filter;
    struct sigaction action = {.sa_sigaction = note_refusal, .sa_flags = SA_SIGINFO | SA_NODEFER};
    the_board = board;
    sigaction(SIGSYS, &action, NULL);
    filter.n = 0;
    write_filter(&filter);
    const struct sock_fprog program = {filter.n, filter.code};
    /* SPEC_ALLOW: without it the kernel slows every branch of the process down */
    const unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) {
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    }
}

#else

static void enter_seccomp(struct sandbox_board *board)
{
    the_board = board;
}

#endif

/* Root without what makes it more than another user, but for reading and writing files of others:
 * where may be written, Landlock says. */
static void drop_capabilities(void)
{
    const uint32_t kept = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH;
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2];
    if (syscall(SYS_capget, &head, have) == 0) {
        const struct __user_cap_data_struct wanted[2] = {
            {have[0].effective & kept, have[0].permitted & kept, 0}, {0, 0, 0}};
        syscall(SYS_capset, &head, wanted);
    }
}

void sandbox_enter(const struct sandbox *sandbox)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    enter_landlock(sandbox);
    if (sandbox->confined) {
        drop_capabilities();
        enter_seccomp(sandbox->board);
    }
}

static bool has_seccomp(void)
{
#ifdef ARCHITECTURE
    uint32_t action = SECCOMP_RET_TRAP;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
    return false;
#endif
}

const char *sandbox_lacks(void)
{
    int version = landlock_version();
    return !has_seccomp() ? version < 1 ? "seccomp and Landlock: plugins are not confined"
                                        : "seccomp: plugins may use the network and start processes"
           : version < 1  ? "Landlock: plugins may write files anywhere"
                          : NULL;
}

void sandbox_describe(const struct sandbox_board *board, struct str *out)
{
    for (size_t i = 0; i < N_REFUSED + N_SOMETIMES; i++) {
        bool always = i < N_REFUSED;
        int number = always ? refused[i].number : refused_sometimes[i - N_REFUSED].number;
        const char *name = always ? refused[i].name : refused_sometimes[i - N_REFUSED].name;
        if (atomic_load(&board->refused[number / 64]) >> number % 64 & 1) {
            str_format(out, "%s%s", out->n > 0 ? ", " : "", name);
        }
    }
}
