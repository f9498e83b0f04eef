/*
 * criterion_emulated.c - in Criterion programs of another processor: Criterion gives each test a
 * process of its own by executing the program again, which this machine's kernel cannot. The
 * emulator named by TEST_EMULATOR, whose guest this process is, takes it as its argument instead.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_ARGS = 64 };

/* Criterion's own call ends here: a program's symbols come before those of the C library. */
__attribute__((visibility("default"))) int execve(const char *path, char *const argv[],
                                                  char *const envp[])
{
    char *emulator = getenv("TEST_EMULATOR"), *args[MOST_ARGS + 3] = {emulator, (char *)path};
    for (size_t i = 1; emulator && argv[0] && argv[i]; i++) {
        if (i == MOST_ARGS) {
            errno = E2BIG;
            return -1;
        }
        args[i + 1] = argv[i];
    }
    return (int)syscall(SYS_execve, emulator ? emulator : path, emulator ? args : argv, envp);
}
