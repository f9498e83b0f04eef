/* Turns a SIGBUS from a file that shrank under its map into a message. */
#include "base/mapped.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* All below on_bus_error runs in a signal handler: only calls that may be made there. */

enum { LINE_BYTES = 4096 + 128 /* of /proc/self/maps: a path and its numbers */ };

static volatile sig_atomic_t must_exit;

static void say(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t put = write(STDERR_FILENO, text, n);
        if (put <= 0) {
            return;
        }
        text += put;
        n -= (size_t)put;
    }
}

static void say_text(const char *text)
{
    say(text, strlen(text));
}

/* A hexadecimal number; *p is moved behind it. */
static uintptr_t hex(const char **p)
{
    uintptr_t value = 0;
    for (;; ++*p) {
        char c = **p;
        if (c >= '0' && c <= '9') {
            value = value * 16 + (uintptr_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + (uintptr_t)(c - 'a') + 10;
        } else {
            return value;
        }
    }
}

/* The path in a line "begin-end ... path" if the address lies between the two, else NULL. */
static const char *path_if_inside(const char *line, uintptr_t address)
{
    const char *p = line;
    uintptr_t begin = hex(&p);
    p += *p == '-';
    uintptr_t end = hex(&p);
    return address >= begin && address < end ? strchr(p, '/') : NULL;
}

/* The file mapped at the address into `line`; NULL if there is none. */
static const char *file_at(uintptr_t address, char line[LINE_BYTES])
{
    char block[1024];
    const char *found = NULL;
    size_t n = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    for (ssize_t got; !found && fd >= 0 && (got = read(fd, block, sizeof block)) > 0;) {
        for (ssize_t i = 0; i < got && !found; i++) {
            if (block[i] == '\n') {
                line[n] = '\0';
                n = 0;
                found = path_if_inside(line, address);
            } else if (n < LINE_BYTES - 1) {
                line[n++] = block[i];
            }
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return found;
}

static void on_bus_error(int number, siginfo_t *about, void *context)
{
    (void)context;
    char line[LINE_BYTES];
    const char *path =
        about->si_code == BUS_ADRERR ? file_at((uintptr_t)about->si_addr, line) : NULL;
    if (path) {
        say_text("error: ");
        say_text(path);
        say_text(": became shorter while it was in use, or can no longer be read\n");
        if (must_exit) {
            _exit(3);
        }
    }
    signal(number, SIG_DFL); /* what raised it is tried again, and ends the process */
}

void mapped_watch(bool exits)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    must_exit = exits;
    sigaction(SIGBUS, &action, NULL);
}
